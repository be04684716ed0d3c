//! [`Pieces`]: the body of a reply, piece by piece, unpacked.

use super::TransportError;
use crate::error::{ErrorKind, Outcome};
use ::http::{HeaderMap, header};
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::io::StreamReader;

/// What requests say that they take.
pub(super) const ACCEPTED: &str = "gzip, br, zstd, deflate";

/// So much is unpacked at a time.
const PIECE: usize = 16 * 1024;
/// A reply that is larger unpacked than this is looked at for how tightly it is packed.
pub(crate) const TIGHT_FROM: usize = 1024 * 1024;
/// Data that is packed more tightly than 100 to 1 is a bomb.
pub(crate) const TIGHTEST: usize = 100;
/// Windows of zstd have at most 8 MiB in HTTP (RFC 9659).
pub(crate) const ZSTD_WINDOW: u32 = 23;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Packing {
    /// As the head tells it; nothing when the body is not packed.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, TransportError> {
        let unknown = || {
            let message = "the reply is compressed in a way that was not asked for";
            TransportError::new(ErrorKind::DecodeFailed, message)
        };
        let mut told = headers.get_all(header::CONTENT_ENCODING).iter();
        match (told.next(), told.next()) {
            (None, _) => Ok(None),
            (Some(name), None) if name.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(None),
            (Some(name), None) => Self::named(name.as_bytes()).ok_or_else(unknown).map(Some),
            (Some(_), Some(_)) => Err(unknown()),
        }
    }

    fn named(name: &[u8]) -> Option<Self> {
        let names = [
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("deflate", Self::Deflate),
            ("br", Self::Brotli),
            ("zstd", Self::Zstd),
        ];
        let mut found = names
            .iter()
            .filter(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
        found.next().map(|(_, packing)| *packing)
    }
}

/// More came over the wire than a reply may have.
#[derive(Debug)]
struct TooMuch;

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reply is too large")
    }
}

impl std::error::Error for TooMuch {}

/// The body of a reply, piece by piece, unpacked. It ends as an error when it is too large, or packed too tightly.
pub(super) struct Pieces {
    source: Source,
    most: usize,
    /// Bytes that came over the wire.
    wire: Arc<AtomicUsize>,
    unpacked: usize,
}

enum Source {
    Plain(reqwest::Response),
    Packed(Box<dyn AsyncRead + Send + Unpin>),
}

impl Pieces {
    /// Of a reply that may have at most so many bytes, on the wire and unpacked.
    pub(super) fn new(reply: reqwest::Response, packing: Option<Packing>, most: usize) -> Self {
        let wire = Arc::default();
        let source = match packing {
            None => Source::Plain(reply),
            Some(packing) => {
                let packed = metered(reply, most, Arc::clone(&wire));
                Source::Packed(decoder(packing, packed))
            }
        };
        Self {
            source,
            most,
            wire,
            unpacked: 0,
        }
    }

    /// How many bytes came over the wire.
    pub(super) fn wire(&self) -> usize {
        self.wire.load(Ordering::Relaxed)
    }

    /// The next piece; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let piece = match &mut self.source {
            Source::Plain(reply) => {
                let piece = reply.chunk().await.map_err(|_| lost())?;
                let size = piece.as_ref().map_or(0, Bytes::len);
                self.wire.fetch_add(size, Ordering::Relaxed);
                piece
            }
            Source::Packed(reader) => {
                let mut piece = BytesMut::with_capacity(PIECE);
                let read = reader.read_buf(&mut piece).await;
                match read.map_err(|error| broken(&error, self.most))? {
                    0 => None,
                    _ => Some(piece.freeze()),
                }
            }
        };
        self.unpacked += piece.as_ref().map_or(0, Bytes::len);
        if self.unpacked > self.most {
            return Err(too_large(self.most));
        }
        if self.unpacked > TIGHT_FROM && self.unpacked / TIGHTEST > self.wire() {
            let message = "the reply is packed more tightly than 100 to 1";
            return Err(TransportError::new(ErrorKind::ResponseTooLarge, message));
        }
        Ok(piece)
    }
}

/// What comes over the wire, counted.
fn metered(
    reply: reqwest::Response,
    most: usize,
    wire: Arc<AtomicUsize>,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    reply.bytes_stream().map(move |piece| {
        let piece = piece.map_err(io::Error::other)?;
        let before = wire.fetch_add(piece.len(), Ordering::Relaxed);
        if before + piece.len() > most {
            return Err(io::Error::other(TooMuch));
        }
        Ok(piece)
    })
}

fn decoder(
    packing: Packing,
    packed: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Box<dyn AsyncRead + Send + Unpin> {
    let packed = StreamReader::new(Box::pin(packed));
    match packing {
        Packing::Gzip => {
            let mut decoder = GzipDecoder::new(packed);
            decoder.multiple_members(true);
            Box::new(decoder)
        }
        Packing::Deflate => Box::new(ZlibDecoder::new(packed)),
        Packing::Brotli => Box::new(BrotliDecoder::new(packed)),
        Packing::Zstd => {
            let window = DParameter::window_log_max(ZSTD_WINDOW);
            let mut decoder = ZstdDecoder::with_params(packed, &[window]);
            decoder.multiple_members(true);
            Box::new(decoder)
        }
    }
}

/// Why nothing more can be unpacked.
fn broken(error: &io::Error, most: usize) -> TransportError {
    let inner = error.get_ref();
    if inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<TooMuch>) {
        return too_large(most);
    }
    if inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<reqwest::Error>) {
        return lost();
    }
    TransportError::new(ErrorKind::DecodeFailed, "the reply's compression is broken")
}

fn lost() -> TransportError {
    let message = "the connection broke in the middle of the reply";
    TransportError::new(ErrorKind::ConnectionLost, message).with_outcome(Outcome::Answered)
}

pub(super) fn too_large(most: usize) -> TransportError {
    let message = format!("the reply is larger than {most} bytes");
    TransportError::new(ErrorKind::ResponseTooLarge, message)
}
