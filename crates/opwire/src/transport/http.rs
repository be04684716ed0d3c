//! [`HttpTransport`]: HTTP/1.1 and HTTP/2 over reqwest.

use super::classify::{classify, find};
use super::resolve::PublicOnly;
use super::{Limits, Transport, TransportError, TransportFuture};
use crate::egress::Policy;
use crate::error::{Error, ErrorKind, Outcome};
use ::http::{Request, Response, header};
use bytes::{Bytes, BytesMut};
use std::sync::Arc;
use std::time::Duration;

pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The names and values of a reply's headers together.
pub(crate) const HEAD_SIZE: usize = 64 * 1024;
/// Services close idle connections after 5 seconds and more: a shorter idle time meets fewer of them half closed.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// The transport over reqwest: rustls, no redirects, no proxy from the environment, no cookies; only public addresses,
/// but for the origins that the host named.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
}

impl HttpTransport {
    pub(crate) fn new(policy: Policy) -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("opwire/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .dns_resolver(Arc::new(PublicOnly::new(policy)))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE)
            .build()
            .map_err(|_| Error::new(ErrorKind::Internal, "the HTTP client could not be set up"))?;
        Ok(Self { client })
    }
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
            let until = tokio::time::Instant::now() + limits.timeout;
            let attempt = async {
                let head = self.client.execute(request);
                let head = tokio::time::timeout(limits.first_byte.min(limits.timeout), head).await;
                let reply = head
                    .map_err(|_| late())?
                    .map_err(|error| classify(&error))?;
                let status = reply.status().as_u16();
                check_head(&reply)?;
                let whole = tokio::time::timeout_at(until, receive(reply, limits)).await;
                let whole = whole.unwrap_or_else(|_| Err(late().with_outcome(Outcome::Answered)));
                whole.map_err(|error| error.with_status(status))
            };
            attempt.await
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
    // Those that the client knows are undone by now, and their names taken away.
    let encodings = reply.headers().get_all(header::CONTENT_ENCODING);
    if encodings
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        let message = "the reply is compressed in a way that was not asked for";
        return Err(TransportError::new(ErrorKind::DecodeFailed, message).with_status(status));
    }
    Ok(())
}

async fn receive(
    mut reply: reqwest::Response,
    limits: &Limits,
) -> Result<Response<Bytes>, TransportError> {
    let announced = reply.content_length().and_then(|n| usize::try_from(n).ok());
    if announced.is_some_and(|n| n > limits.response_size) {
        return Err(too_large(limits));
    }
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = reply.status();
    std::mem::swap(response.headers_mut(), reply.headers_mut());
    let Some(first) = next(&mut reply).await? else {
        return Ok(response);
    };
    // Most replies come in one piece: it is kept as it is.
    let Some(second) = next(&mut reply).await? else {
        if first.len() > limits.response_size {
            return Err(too_large(limits));
        }
        *response.body_mut() = first;
        return Ok(response);
    };
    let mut body = BytesMut::with_capacity(announced.unwrap_or(first.len() + second.len()));
    body.extend_from_slice(&first);
    body.extend_from_slice(&second);
    while body.len() <= limits.response_size {
        let Some(piece) = next(&mut reply).await? else {
            *response.body_mut() = body.freeze();
            return Ok(response);
        };
        body.extend_from_slice(&piece);
    }
    Err(too_large(limits))
}

async fn next(reply: &mut reqwest::Response) -> Result<Option<Bytes>, TransportError> {
    reply.chunk().await.map_err(|error| {
        if error.is_decode() && !error.is_timeout() && find::<hyper::Error>(&error).is_none() {
            return TransportError::new(
                ErrorKind::DecodeFailed,
                "the reply's compression is broken",
            );
        }
        TransportError::new(
            ErrorKind::ConnectionLost,
            "the connection broke in the middle of the reply",
        )
        .with_outcome(Outcome::Answered)
    })
}

fn late() -> TransportError {
    TransportError::new(ErrorKind::Timeout, "the service did not answer in time")
}

fn too_large(limits: &Limits) -> TransportError {
    let message = format!("the reply is larger than {} bytes", limits.response_size);
    TransportError::new(ErrorKind::ResponseTooLarge, message)
}
