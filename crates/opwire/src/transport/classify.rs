//! What an error of the HTTP client means: which kind it is, and whether the service may have acted.

use super::TransportError;
use super::resolve::Unresolved;
use crate::egress::Denied;
use crate::error::{ErrorKind, Outcome};
use std::error::Error as StdError;
use std::io;

/// Which kind of error it is. The error's own text is never shown: it holds the URL.
pub(super) fn classify(error: &reqwest::Error) -> TransportError {
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
        if find::<rustls::Error>(error).is_some() {
            return TransportError::new(
                ErrorKind::TlsFailed,
                "the service's TLS certificate or handshake is not acceptable",
            );
        }
        return TransportError::new(
            ErrorKind::ConnectFailed,
            "no connection could be made to the service",
        );
    }
    if error.is_timeout() {
        return TransportError::new(ErrorKind::Timeout, "the service did not answer in time");
    }
    if find::<h2::Error>(error).is_some_and(unprocessed) {
        let message = "the service refused the request before it looked at it";
        return TransportError::new(ErrorKind::ConnectionLost, message)
            .with_outcome(Outcome::NotSent);
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

/// An error of this type among an error and its sources.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut current = Some(error);
    while let Some(inner) = current {
        if let Some(found) = inner.downcast_ref::<E>() {
            return Some(found);
        }
        // An I/O error's source is that of the error inside it, which is passed over.
        let wrapped = inner
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        current = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => inner.source(),
        };
    }
    None
}

/// RFC 9113, section 8.7: a stream that is refused, or above the last one that a GOAWAY names, was not processed.
fn unprocessed(error: &h2::Error) -> bool {
    error.reason() == Some(h2::Reason::REFUSED_STREAM) || (error.is_go_away() && error.is_remote())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_stream_was_not_processed() {
        assert!(unprocessed(&h2::Reason::REFUSED_STREAM.into()));
        for reason in [
            h2::Reason::CANCEL,
            h2::Reason::INTERNAL_ERROR,
            h2::Reason::NO_ERROR,
        ] {
            assert!(!unprocessed(&reason.into()), "{reason:?}");
        }
    }
}
