//! [`serve`]: listening, within limits, until it is told to stop.

use crate::router::router;
use crate::server::Server;
use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

/// The head of a request, in bytes; a longer one is answered 431.
const LARGEST_HEAD: usize = 64 * 1024;
/// What was given up has so long to tell it.
const LAST: Duration = Duration::from_secs(2);

/// An answer that is there has so long to be written.
const ANSWERED: Duration = Duration::from_millis(200);

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Running,
    /// What has begun is finished, and nothing more is begun.
    Finishing,
    Over,
}

/// Serves HTTP/1.1 on a listener until `stop` ends. Says whether all that ran then came to its end.
///
/// Connections are held to the server's [`Limits`](crate::Limits). After `stop` it takes no more of them, `/readyz`
/// answers 503, and what runs has [`drain`](crate::Limits::drain): walks end after their page, then calls as
/// `cancelled`.
///
/// # Errors
/// When a server that lets everyone in would listen on more than loopback.
pub async fn serve(
    mut listener: TcpListener,
    server: Server,
    stop: impl Future<Output = ()>,
) -> io::Result<bool> {
    if server.is_open() && !listener.local_addr()?.ip().is_loopback() {
        let message = "without API keys the server listens on loopback alone, such as 127.0.0.1";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let app = router(server.clone());
    let room = Arc::new(Semaphore::new(server.limits().connections));
    let (stage, told) = watch::channel(Stage::Running);
    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            // Errors, such as too many open files, are waited out in there.
            let (stream, _) = Listener::accept(&mut listener).await;
            (stream, permit)
        };
        tokio::select! {
            biased;
            () = &mut stop => break,
            (stream, permit) = accepted => if let Ok(permit) = permit {
                tokio::spawn(connection(stream, app.clone(), server.clone(), told.clone(), permit));
            },
        }
    }
    drop((listener, told));
    Ok(finish(&server, &stage).await)
}

/// Lets what runs come to its end.
async fn finish(server: &Server, stage: &watch::Sender<Stage>) -> bool {
    server.stop();
    stage.send_replace(Stage::Finishing);
    let engine = server.engine();
    let most = server.limits().drain;
    let closed = async {
        let closed = pin!(stage.closed());
        let late = engine.clock().expire(most);
        tokio::select! {
            biased;
            () = closed => true,
            () = late => false,
        }
    };
    let drained = async {
        let drained = engine.drain(most).await;
        // What the last calls gave is on its way yet. Agents' sessions, which would stay open, end after it.
        engine.clock().sleep(ANSWERED).await;
        server.stopped().cancel();
        drained
    };
    let (closed, drained) = tokio::join!(closed, drained);
    if closed && drained {
        return true;
    }
    engine.cancel();
    let told = tokio::time::timeout(LAST, stage.closed()).await.is_ok();
    stage.send_replace(Stage::Over);
    if !told {
        stage.closed().await;
    }
    false
}

async fn connection(
    stream: TcpStream,
    app: Router,
    server: Server,
    mut stage: watch::Receiver<Stage>,
    _permit: OwnedSemaphorePermit,
) {
    let limits = server.limits();
    drop(stream.set_nodelay(true));
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_time));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            TowerToHyperService::new(app),
        );
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            biased;
            // How a connection ended is its client's concern.
            _ = connection.as_mut() => return,
            _ = stage.changed() => {}
        }
        match *stage.borrow_and_update() {
            Stage::Running => {}
            Stage::Finishing => connection.as_mut().graceful_shutdown(),
            Stage::Over => return,
        }
    }
}
