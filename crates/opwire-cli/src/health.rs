//! `opwire health`

use crate::args::HealthArgs;
use crate::exit::{self, Ended};
use crate::terminal;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// It answers in so long, or isn't well.
const PATIENCE: Duration = Duration::from_secs(2);
/// As long as a status line can be.
const HEAD: u64 = 256;

pub(crate) async fn run(args: &HealthArgs) -> ExitCode {
    exit::code(health(args.listen).await)
}

async fn health(address: SocketAddr) -> Ended {
    let asked = tokio::time::timeout(PATIENCE, ask(address)).await;
    let wrong = match asked {
        Ok(Ok(line)) if line.split(' ').nth(1) == Some("200") => return Ok(exit::DONE),
        Ok(Ok(line)) => format!("the server at {address} is not ready: {line}"),
        Ok(Err(error)) => format!("the server at {address} can't be asked: {error}"),
        Err(_) => format!("the server at {address} does not answer"),
    };
    terminal::error(&wrong, None);
    Ok(exit::FINDINGS)
}

/// The status line of `GET /readyz`.
async fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    stream.take(HEAD).read_to_end(&mut head).await?;
    let head = String::from_utf8_lossy(&head);
    Ok(head.lines().next().unwrap_or_default().to_owned())
}
