//! [`HttpTransport`]: HTTP/1.1 and HTTP/2 over reqwest.

use super::resolve::{PublicOnly, Unresolved};
use super::{Limits, Transport, TransportError, TransportFuture};
use crate::egress::{Denied, Policy};
use crate::error::{Error, ErrorKind, Outcome};
use ::http::{Request, Response};
use bytes::{Bytes, BytesMut};
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
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
                let whole = tokio::time::timeout_at(until, receive(reply, limits)).await;
                let whole = whole.unwrap_or_else(|_| Err(late().with_outcome(Outcome::Answered)));
                whole.map_err(|error| error.with_status(status))
            };
            attempt.await
        })
    }
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

/// Which kind of error it is. The error's own text is never shown: it holds the URL.
fn classify(error: &reqwest::Error) -> TransportError {
    if let Some(denied) = find::<Denied>(error) {
        return TransportError::new(ErrorKind::EgressDenied, denied.to_string());
    }
    if let Some(Unresolved) = find::<Unresolved>(error) {
        return TransportError::new(
            ErrorKind::DnsFailed,
            "the service's host name does not resolve",
        );
    }
    if error.is_connect() {
        if error.is_timeout() {
            return TransportError::new(ErrorKind::Timeout, "no connection could be made in time")
                .with_outcome(Outcome::NotSent);
        }
        // rustls errors come wrapped in an io::Error whose text names the certificate or the handshake.
        let mut source = error.source();
        while let Some(inner) = source {
            let text = inner.to_string();
            if text.contains("certificate")
                || text.contains("handshake")
                || text.contains("received fatal alert")
            {
                return TransportError::new(
                    ErrorKind::TlsFailed,
                    "the service's TLS certificate or handshake is not acceptable",
                );
            }
            source = inner.source();
        }
        return TransportError::new(
            ErrorKind::ConnectFailed,
            "no connection could be made to the service",
        );
    }
    if error.is_timeout() {
        return TransportError::new(ErrorKind::Timeout, "the service did not answer in time");
    }
    if find::<hyper::Error>(error)
        .is_some_and(|e| e.is_parse() || e.is_parse_too_large() || e.is_parse_status())
    {
        return TransportError::new(
            ErrorKind::ProtocolError,
            "the service's answer is not valid HTTP",
        );
    }
    TransportError::new(
        ErrorKind::ConnectionLost,
        "the connection broke before the answer came",
    )
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut current = Some(error);
    while let Some(inner) = current {
        if let Some(found) = inner.downcast_ref::<E>() {
            return Some(found);
        }
        current = inner.source();
    }
    None
}
