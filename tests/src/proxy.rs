//! A proxy on loopback in front of any service, that does to the bytes what networks do.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What is done to one direction of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// Bytes pass as they are.
    #[default]
    Fair,
    /// Each piece comes so much later.
    Delay(Duration),
    /// Pieces have at most so many bytes, and each is a write of its own.
    Split(usize),
    /// After so many bytes the connection is closed, in both directions.
    Cut(usize),
    /// After so many bytes the connection is reset.
    Reset(usize),
    /// After so many bytes this direction ends; the other goes on.
    HalfClose(usize),
    /// After so many bytes nothing passes any more, and nothing is closed.
    Stall(usize),
    /// This byte, counted from 0, is another one.
    Corrupt(usize),
    /// So many bytes from here on, counted from 0, are left out.
    Drop(usize, usize),
    /// The byte here, counted from 0, comes twice.
    Repeat(usize),
}

/// What is done to a connection: to requests, and to replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// From the client to the service.
    pub requests: Weather,
    /// From the service to the client.
    pub replies: Weather,
}

/// A proxy that does to the bytes what it is told.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl FaultProxy {
    /// Starts one in front of a service. `script` tells what is done to the first connection (0), the second, …
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(
        service: SocketAddr,
        script: impl Fn(usize) -> Link + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let link = script(counter.fetch_add(1, Ordering::SeqCst));
                tokio::spawn(async move { pass(client, service, link).await.ok() });
            }
        });
        Ok(Self {
            address,
            connections,
        })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connections that came.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// How one direction ended.
enum End {
    /// As its sender ended it.
    Ended,
    /// Both directions end.
    Cut,
    /// Both directions end, by a reset.
    Reset,
}

async fn pass(client: TcpStream, service: SocketAddr, link: Link) -> io::Result<()> {
    let upstream = TcpStream::connect(service).await?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    let (mut client_in, mut client_out) = client.into_split();
    let (mut service_in, mut service_out) = upstream.into_split();
    let end = {
        let requests = carry(&mut client_in, &mut service_out, link.requests);
        let replies = carry(&mut service_in, &mut client_out, link.replies);
        tokio::pin!(requests, replies);
        tokio::select! {
            end = &mut requests => match end? {
                End::Ended => replies.await?,
                end => end,
            },
            end = &mut replies => match end? {
                End::Ended => requests.await?,
                end => end,
            },
        }
    };
    if matches!(end, End::Reset) {
        let client = client_in.reunite(client_out).map_err(io::Error::other)?;
        client.set_zero_linger()?;
    }
    Ok(())
}

async fn carry(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    weather: Weather,
) -> io::Result<End> {
    let mut passed = 0;
    let mut buffer = [0; 4096];
    loop {
        let room = match weather {
            Weather::Split(size) => size.clamp(1, buffer.len()),
            _ => buffer.len(),
        };
        let size = from
            .read(buffer.get_mut(..room).unwrap_or_default())
            .await?;
        let piece = buffer.get(..size).unwrap_or_default();
        if piece.is_empty() {
            to.shutdown().await?;
            return Ok(End::Ended);
        }
        if let Weather::Delay(time) = weather {
            tokio::time::sleep(time).await;
        }
        to.write_all(&changed(piece, passed, weather)).await?;
        passed += size;
        match weather {
            Weather::Cut(at) if passed >= at => return Ok(End::Cut),
            Weather::Reset(at) if passed >= at => return Ok(End::Reset),
            Weather::HalfClose(at) if passed >= at => {
                to.shutdown().await?;
                return Ok(End::Ended);
            }
            Weather::Stall(at) if passed >= at => {
                while from.read(&mut buffer).await? > 0 {}
                return Ok(End::Ended);
            }
            _ => {}
        }
    }
}

/// What passes of a piece that begins after so many bytes.
fn changed(piece: &[u8], passed: usize, weather: Weather) -> Vec<u8> {
    let mut changed = piece.to_vec();
    // Where a byte of the whole stands in this piece.
    let here = |at: usize| at.checked_sub(passed).filter(|here| *here < piece.len());
    match weather {
        Weather::Fair | Weather::Delay(_) | Weather::Split(_) => {}
        Weather::Cut(at) | Weather::Reset(at) | Weather::HalfClose(at) | Weather::Stall(at) => {
            changed.truncate(at.saturating_sub(passed));
        }
        Weather::Corrupt(at) => {
            let byte = here(at).and_then(|here| changed.get_mut(here));
            if let Some(byte) = byte {
                *byte ^= 0x15;
            }
        }
        Weather::Drop(at, count) => {
            let mut place = passed..;
            changed.retain(|_| {
                let place = place.next().unwrap_or_default();
                place < at || place >= at + count
            });
        }
        Weather::Repeat(at) => {
            if let Some((here, byte)) = here(at).and_then(|here| Some((here, *piece.get(here)?))) {
                changed.insert(here, byte);
            }
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_change_where_they_are_told_to() {
        let whole = |weather| {
            let pieces = [(0, "abc"), (3, "def")];
            let changed = pieces.map(|(passed, piece)| changed(piece.as_bytes(), passed, weather));
            String::from_utf8(changed.concat()).unwrap()
        };
        assert_eq!(whole(Weather::Fair), "abcdef");
        assert_eq!(whole(Weather::Cut(4)), "abcd");
        assert_eq!(whole(Weather::Corrupt(3)), "abcqef");
        assert_eq!(whole(Weather::Drop(2, 2)), "abef");
        assert_eq!(whole(Weather::Repeat(3)), "abcddef");
    }
}
