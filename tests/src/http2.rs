//! A service on loopback that speaks HTTP/2 over TLS, frame by frame (RFC 9113), and goes wrong as it is told.

use crate::wire::Wire;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::ServerConfig;

/// What is done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 200 and `{}`.
    Answer,
    /// 200, the beginning of a body, and a reset of the stream for this reason.
    Half(u32),
    /// A reset of the stream, for this reason.
    Reset(u32),
    /// The connection is told to go away: streams up to the one before this one were looked at. Then it is closed.
    GoAwayBelow(u32),
    /// The connection is told to go away, this stream included in those that were looked at. Then it is closed.
    GoAwayAt(u32),
    /// The connection is closed.
    Close,
}

/// Reasons (RFC 9113, section 7).
pub mod reason {
    /// All is well.
    pub const NO_ERROR: u32 = 0;
    /// The service has a fault.
    pub const INTERNAL_ERROR: u32 = 2;
    /// The stream was not looked at.
    pub const REFUSED_STREAM: u32 = 7;
    /// The stream is not wanted any more.
    pub const CANCEL: u32 = 8;
    /// Too much is asked.
    pub const ENHANCE_YOUR_CALM: u32 = 11;
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PREFACE: usize = 24;
/// `:status: 200` of HPACK's static table.
const OK: u8 = 0x88;

/// A service that speaks HTTP/2.
#[derive(Debug)]
pub struct Http2Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Http2Server {
    /// Starts one. `script` tells what is done with the first request (0), the second, …
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(
        tls: Arc<ServerConfig>,
        script: impl Fn(usize) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let requests = Arc::default();
        let (counter, script) = (Arc::clone(&requests), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let tls = Arc::clone(&tls);
                let (counter, script) = (Arc::clone(&counter), Arc::clone(&script));
                tokio::spawn(async move { serve(stream, tls, &*script, &counter).await.ok() });
            }
        });
        Ok(Self { address, requests })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Requests that arrived whole.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
}

async fn serve(
    stream: TcpStream,
    tls: Arc<ServerConfig>,
    script: &(dyn Fn(usize) -> Reply + Send + Sync),
    requests: &AtomicUsize,
) -> io::Result<()> {
    let mut wire = Wire::accept(stream, Some(tls)).await?;
    read(&mut wire, PREFACE).await?;
    write(&mut wire, SETTINGS, 0, 0, &[]).await?;
    loop {
        let frame = read_frame(&mut wire).await?;
        if frame.kind == SETTINGS && frame.flags & ACK == 0 {
            write(&mut wire, SETTINGS, ACK, 0, &[]).await?;
        }
        let request = matches!(frame.kind, HEADERS | DATA) && frame.flags & END_STREAM != 0;
        if !request {
            continue;
        }
        let reply = script(requests.fetch_add(1, Ordering::SeqCst));
        if !answer(&mut wire, frame.stream, reply).await? {
            wire.end().await?;
            // What the other side still says is no matter.
            return read(&mut wire, usize::MAX).await.map(drop);
        }
    }
}

/// Does what the script says. Gives whether the connection goes on.
async fn answer(wire: &mut Wire, stream: u32, reply: Reply) -> io::Result<bool> {
    let go_away = |last: u32, reason: u32| [last.to_be_bytes(), reason.to_be_bytes()].concat();
    match reply {
        Reply::Answer => {
            write(wire, HEADERS, END_HEADERS, stream, &[OK]).await?;
            write(wire, DATA, END_STREAM, stream, b"{}").await?;
            Ok(true)
        }
        Reply::Half(reason) => {
            write(wire, HEADERS, END_HEADERS, stream, &[OK]).await?;
            write(wire, DATA, 0, stream, b"{\"a\":").await?;
            write(wire, RST_STREAM, 0, stream, &reason.to_be_bytes()).await?;
            Ok(true)
        }
        Reply::Reset(reason) => {
            write(wire, RST_STREAM, 0, stream, &reason.to_be_bytes()).await?;
            Ok(true)
        }
        Reply::GoAwayBelow(reason) => {
            let last = go_away(stream.saturating_sub(2), reason);
            write(wire, GOAWAY, 0, 0, &last).await?;
            Ok(false)
        }
        Reply::GoAwayAt(reason) => {
            write(wire, GOAWAY, 0, 0, &go_away(stream, reason)).await?;
            Ok(false)
        }
        Reply::Close => Ok(false),
    }
}

async fn write(
    wire: &mut Wire,
    kind: u8,
    flags: u8,
    stream: u32,
    payload: &[u8],
) -> io::Result<()> {
    let length = u32::try_from(payload.len()).unwrap_or_default();
    let mut bytes = length.to_be_bytes().get(1..).unwrap_or_default().to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    wire.write(&bytes).await
}

async fn read_frame(wire: &mut Wire) -> io::Result<Frame> {
    let head = read(wire, 9).await?;
    let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | u32::from(*byte));
    let (length, rest) = head.split_at(3);
    let (about, stream) = rest.split_at(2);
    let payload = usize::try_from(number(length)).unwrap_or_default();
    read(wire, payload).await?;
    Ok(Frame {
        kind: about.first().copied().unwrap_or_default(),
        flags: about.last().copied().unwrap_or_default(),
        stream: number(stream) & 0x7fff_ffff,
    })
}

/// So many bytes.
async fn read(wire: &mut Wire, mut count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while count > 0 {
        let mut buffer = [0; 4096];
        let room = buffer.get_mut(..count.min(4096)).unwrap_or_default();
        let size = wire.read(room).await?;
        if size == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(room.get(..size).unwrap_or_default());
        count -= size;
    }
    Ok(bytes)
}
