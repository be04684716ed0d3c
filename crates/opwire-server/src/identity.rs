//! Which request it is: its ID, and the trace that it is part of.
//!
//! `X-Request-Id` is taken when it is plain (1 to 128 letters, digits, `.`, `_`, `-`), else made, and given back. So is
//! `traceparent` (W3C Trace Context, section 3.2): the answer's has the same trace, and this server's span.

use crate::access::is_name;
use crate::problem::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The ID of a request, an extension of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

/// The trace that a request is part of, and the server's own span in it; an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    /// The trace's ID.
    pub(crate) id: [u8; 16],
    /// The caller's span, when it told one.
    pub(crate) parent: Option<[u8; 8]>,
    /// The server's span.
    pub(crate) span: [u8; 8],
    /// As the caller gave them; bit 0 says that the trace is recorded.
    pub(crate) flags: u8,
}

impl Trace {
    /// The trace's ID as `traceparent` has it.
    pub(crate) fn trace_id(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.id))
    }

    fn of(headers: &HeaderMap) -> Self {
        let given = headers
            .get(TRACEPARENT)
            .and_then(|value| value.to_str().ok());
        let span = random_span();
        match given.and_then(parse) {
            Some((id, parent, flags)) => Self {
                id,
                parent: Some(parent),
                span,
                flags,
            },
            None => Self {
                id: Uuid::new_v4().into_bytes(),
                parent: None,
                span,
                flags: 0,
            },
        }
    }
}

/// As `traceparent` has it.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, span) = (u128::from_be_bytes(self.id), u64::from_be_bytes(self.span));
        write!(f, "00-{trace:032x}-{span:016x}-{:02x}", self.flags)
    }
}

fn random_span() -> [u8; 8] {
    let (span, _) = Uuid::new_v4().as_u64_pair();
    span.to_be_bytes()
}

/// Trace, parent and flags. A later version may have more behind them.
fn parse(text: &str) -> Option<([u8; 16], [u8; 8], u8)> {
    let mut parts = text.split('-');
    let (version, trace) = (hex(parts.next()?, 2)?, hex(parts.next()?, 32)?);
    let (parent, flags) = (hex(parts.next()?, 16)?, hex(parts.next()?, 2)?);
    let ended = parts.next().is_none() || version > 0;
    let sound = version != 0xff && trace != 0 && parent != 0 && ended;
    let parent = u64::try_from(parent).ok()?;
    sound.then_some((
        trace.to_be_bytes(),
        parent.to_be_bytes(),
        u8::try_from(flags).ok()?,
    ))
}

/// Lower-case hexadecimal digits, exactly so many.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let known = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let plain = text.len() == digits && text.bytes().all(known);
    u128::from_str_radix(text, 16).ok().filter(|_| plain)
}

/// Gives the request its ID and trace, and the answer both.
pub(crate) async fn identify(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(REQUEST_ID);
    let given = given
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_name(id));
    let id: Arc<str> = given.map_or_else(|| Uuid::new_v4().to_string().into(), Arc::from);
    let trace = Trace::of(request.headers());
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    request.extensions_mut().insert(trace);
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let headers = std::mem::take(response.headers_mut());
        response = problem.of_request(&id).into_response();
        // What layers below have added stays, such as `Allow`.
        for (name, value) in &headers {
            if !response.headers().contains_key(name) && name != axum::http::header::CONTENT_LENGTH
            {
                response.headers_mut().append(name.clone(), value.clone());
            }
        }
    }
    for (name, text) in [
        (REQUEST_ID, id.to_string()),
        (TRACEPARENT, trace.to_string()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn trace(text: &str) -> Trace {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, text.parse().unwrap());
        Trace::of(&headers)
    }

    #[test]
    fn a_trace_goes_on_with_a_span_of_the_servers_own() {
        let trace = trace(GIVEN);
        let told = trace.to_string();
        assert_eq!(told.len(), GIVEN.len());
        assert_eq!((&told[..36], &told[52..]), (&GIVEN[..36], "-01"));
        assert_ne!(&told[36..52], &GIVEN[36..52]);
        assert_eq!(trace.parent, Some(0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()));
    }

    #[test]
    fn what_is_no_traceparent_begins_a_trace() {
        let later = trace("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more");
        assert!(later.parent.is_some());
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(trace(wrong).parent, None, "{wrong}");
        }
    }
}
