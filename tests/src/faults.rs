//! A service on loopback that goes wrong as it is told, at the level of bytes; with TLS or without.

use crate::wire::Wire;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::rustls::ServerConfig;

/// So many requests are kept, the first ones.
const KEPT: usize = 50_000;

/// What is done on a connection, one after the other. After the last it is closed.
#[derive(Clone, Debug)]
pub enum Step {
    /// Reads to the end of a request's head.
    Head,
    /// Reads a whole request, by its `content-length`.
    Request,
    /// Sends these bytes.
    Write(Vec<u8>),
    /// Sends these bytes again and again, until the other side has enough.
    Flood(Vec<u8>),
    /// Sends these bytes one by one, each 20 ms after the one before.
    Drip(Vec<u8>),
    /// Does nothing until the other side closes.
    Hang,
    /// Closes with a reset instead of an end.
    Reset,
    /// Closes below TLS, which is not told that it ends.
    Cut,
}

/// What reached the service.
#[derive(Debug, Default)]
pub struct Seen {
    connections: AtomicUsize,
    heads: AtomicUsize,
    requests: AtomicUsize,
    open: AtomicUsize,
    bodies: Mutex<Vec<(String, String)>>,
    changed: Notify,
}

impl Seen {
    /// The head and the body of every request that arrived whole, of the first 50,000.
    #[must_use]
    pub fn bodies(&self) -> Vec<(String, String)> {
        self.bodies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until what was seen is so.
    pub async fn reaches(&self, so: impl Fn(&Self) -> bool) {
        loop {
            let changed = self.changed.notified();
            if so(self) {
                return;
            }
            changed.await;
        }
    }

    /// Connections that are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    fn keep(&self, whole: (String, String)) {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if bodies.len() < KEPT {
            bodies.push(whole);
        }
    }

    pub(crate) fn count(&self, what: &AtomicUsize) -> usize {
        let before = what.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_waiters();
        before
    }

    fn over(&self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    /// Connections that were accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Requests whose head arrived.
    #[must_use]
    pub fn heads(&self) -> usize {
        self.heads.load(Ordering::SeqCst)
    }

    /// Requests that arrived whole.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// A service that goes wrong.
#[derive(Debug)]
pub struct FaultServer {
    address: SocketAddr,
    seen: Arc<Seen>,
}

impl FaultServer {
    /// Starts one. `script` tells what is done on the first connection (0), the second, …
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(script: impl Fn(usize) -> Vec<Step> + Send + 'static) -> io::Result<Self> {
        Self::over(None, script).await
    }

    /// Starts one at another of this machine's addresses than 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn at(
        address: IpAddr,
        script: impl Fn(usize) -> Vec<Step> + Send + 'static,
    ) -> io::Result<Self> {
        Self::listen(address, None, script).await
    }

    /// Starts one that speaks TLS, or doesn't.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn over(
        tls: Option<Arc<ServerConfig>>,
        script: impl Fn(usize) -> Vec<Step> + Send + 'static,
    ) -> io::Result<Self> {
        Self::listen(Ipv4Addr::LOCALHOST.into(), tls, script).await
    }

    async fn listen(
        address: IpAddr,
        tls: Option<Arc<ServerConfig>>,
        script: impl Fn(usize) -> Vec<Step> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((address, 0)).await?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen::default());
        let counts = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = counts.count(&counts.connections);
                counts.count(&counts.open);
                let (steps, counts) = (script(number), Arc::clone(&counts));
                let tls = tls.clone();
                tokio::spawn(async move {
                    // What the other side does to the connection is its own affair.
                    if let Ok(wire) = Wire::accept(stream, tls).await {
                        play(wire, &steps, &counts).await.ok();
                    }
                    counts.over();
                });
            }
        });
        Ok(Self { address, seen })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What reached it.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }
}

async fn play(mut wire: Wire, steps: &[Step], seen: &Seen) -> io::Result<()> {
    for step in steps {
        match step {
            Step::Head => {
                read_head(&mut wire, seen).await?;
            }
            Step::Request => {
                let (head, mut body) = read_head(&mut wire, seen).await?;
                let length = content_length(&head);
                while body.len() < length {
                    let mut buffer = [0; 4096];
                    let size = read(&mut wire, &mut buffer).await?;
                    body.extend_from_slice(buffer.get(..size).unwrap_or_default());
                }
                seen.keep((head, String::from_utf8_lossy(&body).into_owned()));
                seen.count(&seen.requests);
            }
            Step::Write(bytes) => wire.write(bytes).await?,
            Step::Flood(bytes) => loop {
                wire.write(bytes).await?;
            },
            Step::Drip(bytes) => {
                let mut ticks = tokio::time::interval(Duration::from_millis(20));
                for byte in bytes {
                    ticks.tick().await;
                    wire.write(&[*byte]).await?;
                }
            }
            Step::Hang => while wire.read(&mut [0; 4096]).await? > 0 {},
            Step::Reset => wire.tcp().set_zero_linger()?,
            Step::Cut => wire.tcp().shutdown().await?,
        }
    }
    match steps.last() {
        Some(Step::Reset) => return Ok(()),
        Some(Step::Cut) => {}
        // An end, not a reset because of what was not read.
        _ => wire.end().await?,
    }
    while wire.tcp().read(&mut [0; 4096]).await? > 0 {}
    Ok(())
}

/// The head, and what of the body came with it.
async fn read_head(wire: &mut Wire, seen: &Seen) -> io::Result<(String, Vec<u8>)> {
    let mut head = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let size = read(wire, &mut buffer).await?;
        head.extend_from_slice(buffer.get(..size).unwrap_or_default());
        let end = head.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            seen.count(&seen.heads);
            let body = head.split_off(end + 4);
            head.truncate(end);
            return Ok((String::from_utf8_lossy(&head).into_owned(), body));
        }
    }
}

async fn read(wire: &mut Wire, buffer: &mut [u8]) -> io::Result<usize> {
    match wire.read(buffer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        size => Ok(size),
    }
}

fn content_length(head: &str) -> usize {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths
        .next()
        .and_then(|(_, length)| length.trim().parse().ok())
        .unwrap_or(0)
}
