//! [`Problem`]: what went wrong, as `application/problem+json` (RFC 9457).
//!
//! An [`opwire::Error`] becomes one by the engine's own table of kinds; what the server refuses before the engine is
//! asked has the kinds of [`Refusal`].

use crate::upstream;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opwire::{Error, ErrorKind, Outcome};
use serde_json::{Map, Value};
use std::time::Duration;

/// When to come back to a server that has too much to do.
pub(crate) const SOON: Duration = Duration::from_secs(1);

/// Why the server itself refused a request. Nothing was sent to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The query or a header can't be read.
    BadRequest,
    /// There is no API key, or one that nobody has.
    Unauthenticated,
    /// The API key doesn't allow this.
    Forbidden,
    /// Nothing is at this path, or nothing has this name.
    NotFound,
    /// The path is not asked with this method.
    MethodNotAllowed,
    /// The answer has none of the accepted forms.
    NotAcceptable,
    /// The request did not come in time.
    RequestTimeout,
    /// Another change came first.
    Conflict,
    /// The body is larger than the server takes.
    PayloadTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// The tenant has too many requests in flight.
    TooManyRequests,
}

/// A row of the server's table.
struct Row {
    refusal: Refusal,
    name: &'static str,
    status: StatusCode,
    retryable: bool,
}

const fn row(refusal: Refusal, name: &'static str, status: StatusCode, retryable: bool) -> Row {
    Row {
        refusal,
        name,
        status,
        retryable,
    }
}

/// Refusal → name, status, worth trying again.
const TABLE: [Row; 11] = {
    use Refusal as R;
    use StatusCode as S;
    [
        row(R::BadRequest, "bad_request", S::BAD_REQUEST, false),
        row(
            R::Unauthenticated,
            "unauthenticated",
            S::UNAUTHORIZED,
            false,
        ),
        row(R::Forbidden, "forbidden", S::FORBIDDEN, false),
        row(R::NotFound, "not_found", S::NOT_FOUND, false),
        row(
            R::MethodNotAllowed,
            "method_not_allowed",
            S::METHOD_NOT_ALLOWED,
            false,
        ),
        row(R::NotAcceptable, "not_acceptable", S::NOT_ACCEPTABLE, false),
        row(
            R::RequestTimeout,
            "request_timeout",
            S::REQUEST_TIMEOUT,
            true,
        ),
        row(R::Conflict, "conflict", S::CONFLICT, true),
        row(
            R::PayloadTooLarge,
            "payload_too_large",
            S::PAYLOAD_TOO_LARGE,
            false,
        ),
        row(
            R::UnsupportedMediaType,
            "unsupported_media_type",
            S::UNSUPPORTED_MEDIA_TYPE,
            false,
        ),
        row(
            R::TooManyRequests,
            "too_many_requests",
            S::TOO_MANY_REQUESTS,
            true,
        ),
    ]
};

impl Refusal {
    /// Every refusal, by status.
    pub const ALL: [Self; 11] = {
        let mut all = [Self::BadRequest; 11];
        let mut i = 0;
        while i < TABLE.len() {
            #[expect(
                clippy::indexing_slicing,
                reason = "both arrays have the loop's length"
            )]
            {
                all[i] = TABLE[i].refusal;
            }
            i += 1;
        }
        all
    };

    fn row(self) -> &'static Row {
        // The table has a row for each, in their order: a test walks it.
        TABLE.get(self as usize).unwrap_or(&TABLE[0])
    }

    /// The stable name, in snake case (`not_found`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// The status that it is answered with.
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.row().status
    }

    /// Can the same request succeed later?
    #[must_use]
    pub fn retryable(self) -> bool {
        self.row().retryable
    }
}

/// What went wrong with a request.
///
/// Answered as `application/problem+json` with `type`, `title`, `status`, `detail`, `kind`, `outcome`, `retryable`, and
/// `instance`, the request's ID; of the engine's errors with all that they tell. It holds no secret and no value of an
/// input.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: &'static str,
    status: StatusCode,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// What the server itself refuses. The text is lower-case, and holds no value of the request.
    pub fn new(refusal: Refusal, detail: impl Into<String>) -> Self {
        let Row {
            name,
            status,
            retryable,
            ..
        } = refusal.row();
        let texts = [
            ("type", format!("urn:opwire:error:{name}")),
            ("title", name.replace('_', " ")),
            ("detail", detail.into()),
            ("kind", (*name).to_owned()),
            ("outcome", Outcome::NotSent.to_string()),
        ];
        let texts = texts.map(|(key, text)| (key.to_owned(), Value::String(text)));
        let mut members = Map::from_iter(texts);
        members.insert("status".to_owned(), status.as_u16().into());
        members.insert("retryable".to_owned(), (*retryable).into());
        Self(Box::new(Inner {
            kind: name,
            status: *status,
            members,
            headers: Vec::new(),
        }))
    }

    /// More busy than the server may be: nothing was begun.
    pub(crate) fn overloaded(detail: &str) -> Self {
        Self::from(Error::new(ErrorKind::Overloaded, detail))
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0
            .members
            .insert("help".to_owned(), Value::String(help.into()));
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.0
            .members
            .insert("retry_after_ms".to_owned(), millis.into());
        self.0.headers.push(retry_after(wait));
        self
    }

    /// The stable name of what went wrong.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    /// The status that it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The object, as it is answered.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.members.clone())
    }

    /// Names the request.
    pub(crate) fn of_request(mut self, id: &str) -> Self {
        self.0.members.insert("instance".to_owned(), id.into());
        self
    }
}

/// `Retry-After` has whole seconds (RFC 9110, section 10.2.3): rounded up, so that nobody comes back early.
fn retry_after(wait: Duration) -> (HeaderName, HeaderValue) {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    (header::RETRY_AFTER, seconds.into())
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        let status =
            StatusCode::from_u16(kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let overloaded = (kind == ErrorKind::Overloaded).then_some(SOON);
        let wait = error.retry_after().or(overloaded);
        let mut headers: Vec<_> = wait.map(retry_after).into_iter().collect();
        let told = upstream::of_error(&error);
        headers.extend(
            told.iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        if status == StatusCode::UNAUTHORIZED {
            // The service's credentials, not the API key (RFC 9110, section 11.6.1, wants a challenge with each 401).
            let challenge = HeaderValue::from_static("Opwire-Connection");
            headers.push((header::WWW_AUTHENTICATE, challenge));
        }
        let members = match serde_json::to_value(&error) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        Self(Box::new(Inner {
            kind: kind.as_str(),
            status,
            members,
            headers,
        }))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let text = serde_json::to_vec(&self.0.members).unwrap_or_default();
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        let form = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, form);
        for (name, value) in &self.0.headers {
            headers.append(name, value.clone());
        }
        // For layers above: one writes the request's ID in, others count kinds.
        response.extensions_mut().insert(self);
        response
    }
}

/// Nothing is at this path.
pub(crate) async fn not_found() -> Problem {
    Problem::new(Refusal::NotFound, "nothing is at this path")
}

/// The path is not asked with this method; `Allow` tells the ones that it is.
pub(crate) async fn method_not_allowed() -> Problem {
    let detail = "the path is not asked with this method";
    Problem::new(Refusal::MethodNotAllowed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_one_row_for_each_refusal_in_order() {
        for (index, refusal) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(refusal as usize, index);
            assert_eq!(refusal.row().refusal, refusal);
            assert!(refusal.status().is_client_error());
            let names = ErrorKind::ALL.map(ErrorKind::as_str);
            assert!(!names.contains(&refusal.as_str()), "{}", refusal.as_str());
        }
    }

    #[test]
    fn both_kinds_of_problems_have_the_members_of_rfc_9457() {
        let own = Problem::new(Refusal::Forbidden, "no").of_request("r1");
        let engine = Problem::overloaded("busy").of_request("r2");
        for (problem, kind, status) in [(own, "forbidden", 403), (engine, "overloaded", 503)] {
            let value = problem.to_value();
            assert_eq!(value["type"], format!("urn:opwire:error:{kind}"));
            assert_eq!(
                (&value["kind"], &value["status"]),
                (&kind.into(), &status.into())
            );
            for key in ["title", "detail", "outcome", "retryable", "instance"] {
                assert!(value.get(key).is_some(), "{key}");
            }
        }
    }

    #[test]
    fn seconds_are_rounded_up() {
        for (millis, seconds) in [(0, "0"), (1, "1"), (1000, "1"), (1001, "2")] {
            assert_eq!(retry_after(Duration::from_millis(millis)).1, seconds);
        }
    }
}
