//! [`HttpTransport`]: HTTP/1.1 and HTTP/2 over reqwest.

use super::classify::classify;
use super::resolve::{Checked, Resolver, SystemResolver};
use super::unpack::{ACCEPTED, Packing, Pieces, too_large};
use super::{Limits, Transport, TransportError, TransportFuture};
use crate::egress::EgressPolicy;
use crate::error::{Error, ErrorKind, Outcome};
use ::http::{HeaderMap, HeaderValue, Request, Response, header};
use bytes::{Bytes, BytesMut};
use reqwest::Certificate;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The names and values of a reply's headers together.
pub(crate) const HEAD_SIZE: usize = 64 * 1024;
/// Services close idle connections after 5 seconds and more: a shorter idle time meets fewer of them half closed.
const POOL_IDLE: Duration = Duration::from_secs(4);
/// A body that comes more slowly than this many bytes a second is given up…
pub(crate) const SLOWEST: u64 = 1024;
/// … after this time.
pub(crate) const SLOW_FROM: Duration = Duration::from_secs(10);

/// The transport over reqwest: rustls, no redirects, no proxy from the environment, no cookies; only public addresses,
/// but for the origins that the host named.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
}

/// What the embedding program says about the default transport.
#[derive(Default)]
pub(crate) struct Settings {
    /// Default: the operating system's.
    pub(crate) resolver: Option<Arc<dyn Resolver>>,
    /// Certificate authorities besides the system's, in PEM.
    pub(crate) certificates: Vec<Vec<u8>>,
}

impl HttpTransport {
    pub(crate) fn new(settings: Settings, policy: &EgressPolicy) -> Result<Self, Error> {
        let resolver = settings
            .resolver
            .unwrap_or_else(|| Arc::new(SystemResolver));
        let checked = Checked {
            policy: Arc::new(policy.clone()),
            resolver,
        };
        let roots = roots(&settings.certificates)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED));
        let client = reqwest::Client::builder()
            .user_agent(concat!("opwire/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            // Bodies are unpacked here, where it is known how much came over the wire; and a crate elsewhere in the
            // program may have switched these on.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .tls_sslkeylogfile(false)
            .tls_certs_merge(roots)
            .dns_resolver(Arc::new(checked))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE)
            .build()
            .map_err(|_| wrong("the HTTP client can't be set up with what it is to trust"))?;
        Ok(Self { client })
    }
}

/// Certificate authorities, each in PEM.
fn roots(certificates: &[Vec<u8>]) -> Result<Vec<Certificate>, Error> {
    let mut roots = Vec::new();
    for pem in certificates {
        let found = Certificate::from_pem_bundle(pem).unwrap_or_default();
        if found.is_empty() {
            return Err(wrong("a certificate to trust is not one in PEM"));
        }
        roots.extend(found);
    }
    Ok(roots)
}

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InputInvalid, message)
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, request: Request<Bytes>, limits: &'a Limits) -> TransportFuture<'a> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(|_| {
                TransportError::new(
                    ErrorKind::Internal,
                    "the request is not one that can be sent",
                )
                .with_outcome(Outcome::NotSent)
            })?;
            let until = Instant::now() + limits.timeout;
            let head = self.client.execute(request);
            let head = timeout(limits.first_byte.min(limits.timeout), head).await;
            let reply = head
                .map_err(|_| late())?
                .map_err(|error| classify(&error))?;
            let status = reply.status().as_u16();
            check_head(&reply)?;
            let whole = receive(reply, limits, until).await;
            whole.map_err(|error| error.with_status(status))
        })
    }
}

/// What the client lets through, and the engine doesn't.
fn check_head(reply: &reqwest::Response) -> Result<(), TransportError> {
    let wrong = |message: &str| Err(TransportError::new(ErrorKind::ProtocolError, message));
    let status = reply.status().as_u16();
    if !(200..600).contains(&status) {
        return wrong("the service's answer has a status that is none");
    }
    let headers = reply.headers().iter();
    let size: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > HEAD_SIZE {
        return wrong("the head of the service's answer is larger than 64 KiB");
    }
    let coding = reply.headers().get(header::TRANSFER_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        return wrong("the service's answer is coded in a way that was not asked for");
    }
    Ok(())
}

/// The whole reply, its body unpacked.
async fn receive(
    mut reply: reqwest::Response,
    limits: &Limits,
    until: Instant,
) -> Result<Response<Bytes>, TransportError> {
    let packing = Packing::of(reply.headers())?;
    let announced = reply.content_length().and_then(|n| usize::try_from(n).ok());
    if announced.is_some_and(|n| n > limits.response_size) {
        return Err(too_large(limits.response_size));
    }
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = reply.status();
    std::mem::swap(response.headers_mut(), reply.headers_mut());
    let announced = announced.filter(|_| packing.is_none());
    if packing.is_some() {
        response.headers_mut().remove(header::CONTENT_ENCODING);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    // What has no body is not packed either, whatever its head says.
    if reply.content_length() == Some(0) {
        return Ok(response);
    }
    let mut body = Body {
        pieces: Pieces::new(reply, packing, limits.response_size),
        begun: Instant::now(),
        until,
    };
    let Some(first) = body.next().await? else {
        return Ok(response);
    };
    // Most replies come in one piece: it is kept as it is.
    let Some(second) = body.next().await? else {
        *response.body_mut() = first;
        return Ok(response);
    };
    let mut whole = BytesMut::with_capacity(announced.unwrap_or(first.len() + second.len()));
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while let Some(piece) = body.next().await? {
        whole.extend_from_slice(&piece);
    }
    *response.body_mut() = whole.freeze();
    Ok(response)
}

/// A body that must come in time.
struct Body {
    pieces: Pieces,
    begun: Instant,
    until: Instant,
}

impl Body {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let received = u64::try_from(self.pieces.wire()).unwrap_or(u64::MAX);
        let pace = Duration::from_millis(received.saturating_mul(1000) / SLOWEST).max(SLOW_FROM);
        let slow = self
            .begun
            .checked_add(pace)
            .filter(|slow| *slow < self.until);
        let piece = timeout_at(slow.unwrap_or(self.until), self.pieces.next()).await;
        piece.unwrap_or_else(|_| {
            let error = if slow.is_some() { slowly() } else { late() };
            Err(error.with_outcome(Outcome::Answered))
        })
    }
}

fn slowly() -> TransportError {
    let message = "the reply comes more slowly than 1 KiB a second";
    TransportError::new(ErrorKind::Timeout, message)
}

fn late() -> TransportError {
    TransportError::new(ErrorKind::Timeout, "the service did not answer in time")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream::unfold;

    /// Receives a body of pieces of one size, on paused time. `wait` gives the milliseconds before each, and before the
    /// end. Gives how it ended, and when.
    async fn received(
        size: usize,
        count: usize,
        wait: impl Fn(usize) -> u64 + Copy + Send + Sync + 'static,
    ) -> (Result<usize, ErrorKind>, u64) {
        let pieces = unfold(0, move |number| async move {
            tokio::time::sleep(Duration::from_millis(wait(number))).await;
            let piece = Ok::<_, std::io::Error>(Bytes::from(vec![b' '; size]));
            (number < count).then_some((piece, number + 1))
        });
        let body = reqwest::Body::wrap_stream(pieces);
        let begun = Instant::now();
        let limits = Limits::default();
        let until = begun + limits.timeout;
        let reply = reqwest::Response::from(Response::new(body));
        let given = receive(reply, &limits, until).await;
        if let Err(error) = &given {
            assert_eq!(error.outcome, Outcome::Answered);
        }
        let given = given.map(|reply| reply.body().len());
        let time = u64::try_from(begun.elapsed().as_millis()).unwrap();
        (given.map_err(|error| error.kind), time)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_slower_than_1_kib_a_second_is_given_up_after_10_seconds() {
        let slow = Err(ErrorKind::Timeout);
        // A byte in 200 ms, without end; and nothing at all.
        assert_eq!(received(1, 100_000, |_| 200).await, (slow, 10_000));
        assert_eq!(received(1, 1, |_| 100_000).await, (slow, 10_000));
        // Slow, but whole before 10 seconds are over.
        assert_eq!(received(10, 40, |_| 200).await, (Ok(400), 8_200));
        // 1,000 bytes a second are too few, 1,200 are not.
        assert_eq!(received(1_000, 20, |_| 1_000).await, (slow, 10_000));
        assert_eq!(received(1_200, 20, |_| 1_000).await, (Ok(24_000), 21_000));
        // 15 KiB at once last for 15 seconds.
        let silent = |number| if number == 0 { 0 } else { 100_000 };
        assert_eq!(received(15 * 1024, 2, silent).await, (slow, 15_000));
    }

    #[tokio::test(start_paused = true)]
    async fn no_body_takes_longer_than_the_attempt() {
        let late = Err(ErrorKind::Timeout);
        assert_eq!(received(5_000, 100, |_| 1_000).await, (late, 30_000));
    }
}
