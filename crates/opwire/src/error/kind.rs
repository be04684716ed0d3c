//! What can go wrong, and what each kind means to every surface: one table.

use std::fmt;

/// What went wrong, as one of a closed set of stable names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No operation has this name.
    UnknownOperation,
    /// The input breaks the operation's schema or can't stand where the request puts it.
    InputInvalid,
    /// A credential that the connector needs was given nowhere.
    CredentialsMissing,
    /// A template of the request could not be rendered.
    TemplateFailed,
    /// Signing failed, or the service refused the credentials (401).
    AuthFailed,
    /// The request's address is not one that the connector may reach.
    EgressDenied,
    /// The host name did not resolve.
    DnsFailed,
    /// No connection could be made.
    ConnectFailed,
    /// The TLS handshake failed or the certificate is not trusted.
    TlsFailed,
    /// The time for the attempt or the operation ran out.
    Timeout,
    /// The connection broke after the request had begun to leave.
    ConnectionLost,
    /// The reply is not HTTP as it should be.
    ProtocolError,
    /// The service, or the limit kept for it, asks to wait (429).
    RateLimited,
    /// Too many recent failures of this host: not tried.
    CircuitOpen,
    /// Too many invocations in flight: not tried.
    Overloaded,
    /// The service refused the request (4xx, or a redirect, which is never followed).
    UpstreamClientError,
    /// The service failed (5xx).
    UpstreamServerError,
    /// The reply is larger than the operation's `response_size`.
    ResponseTooLarge,
    /// The reply's body is not in the format that it should be in.
    DecodeFailed,
    /// The reply could not be reshaped into the output.
    MappingFailed,
    /// The invocation was cancelled.
    Cancelled,
    /// A fault of the engine itself.
    Internal,
}

/// May the service have acted on the request?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing of the request left: calling again is safe.
    NotSent,
    /// It left, and no answer came: the service may have acted.
    MaybeApplied,
    /// The service answered.
    Answered,
}

impl Outcome {
    /// The stable name: `not_sent`, `maybe_applied` or `answered`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::MaybeApplied => "maybe_applied",
            Self::Answered => "answered",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A row of the table that every surface reads: the command line's exit code, the server's status, the retry rule.
struct Row {
    kind: ErrorKind,
    name: &'static str,
    outcome: Outcome,
    retryable: bool,
    exit: u8,
    http: u16,
}

const fn row(
    kind: ErrorKind,
    name: &'static str,
    outcome: Outcome,
    retryable: bool,
    exit: u8,
    http: u16,
) -> Row {
    Row {
        kind,
        name,
        outcome,
        retryable,
        exit,
        http,
    }
}

/// Kind → name, usual outcome, worth retrying, exit code, HTTP status of a server in front.
const TABLE: [Row; 22] = {
    use ErrorKind as K;
    use Outcome::{Answered, MaybeApplied, NotSent};
    [
        row(
            K::UnknownOperation,
            "unknown_operation",
            NotSent,
            false,
            3,
            404,
        ),
        row(K::InputInvalid, "input_invalid", NotSent, false, 3, 422),
        row(
            K::CredentialsMissing,
            "credentials_missing",
            NotSent,
            false,
            3,
            401,
        ),
        row(K::TemplateFailed, "template_failed", NotSent, false, 3, 422),
        row(K::AuthFailed, "auth_failed", Answered, false, 6, 401),
        row(K::EgressDenied, "egress_denied", NotSent, false, 4, 403),
        row(K::DnsFailed, "dns_failed", NotSent, true, 4, 502),
        row(K::ConnectFailed, "connect_failed", NotSent, true, 4, 502),
        row(K::TlsFailed, "tls_failed", NotSent, false, 4, 502),
        row(K::Timeout, "timeout", MaybeApplied, true, 5, 504),
        row(
            K::ConnectionLost,
            "connection_lost",
            MaybeApplied,
            true,
            5,
            502,
        ),
        row(
            K::ProtocolError,
            "protocol_error",
            MaybeApplied,
            false,
            5,
            502,
        ),
        row(K::RateLimited, "rate_limited", Answered, true, 6, 429),
        row(K::CircuitOpen, "circuit_open", NotSent, true, 4, 503),
        row(K::Overloaded, "overloaded", NotSent, true, 4, 503),
        row(
            K::UpstreamClientError,
            "upstream_client_error",
            Answered,
            false,
            6,
            502,
        ),
        row(
            K::UpstreamServerError,
            "upstream_server_error",
            MaybeApplied,
            true,
            6,
            502,
        ),
        row(
            K::ResponseTooLarge,
            "response_too_large",
            Answered,
            false,
            7,
            502,
        ),
        row(K::DecodeFailed, "decode_failed", Answered, false, 7, 502),
        row(K::MappingFailed, "mapping_failed", Answered, false, 7, 502),
        row(K::Cancelled, "cancelled", MaybeApplied, false, 5, 499),
        row(K::Internal, "internal", MaybeApplied, false, 5, 500),
    ]
};

impl ErrorKind {
    /// Every kind, in the order of an invocation's steps.
    pub const ALL: [Self; 22] = {
        let mut all = [Self::Internal; 22];
        let mut i = 0;
        while i < TABLE.len() {
            #[expect(
                clippy::indexing_slicing,
                reason = "both arrays have the loop's length"
            )]
            {
                all[i] = TABLE[i].kind;
            }
            i += 1;
        }
        all
    };

    fn row(self) -> &'static Row {
        // The table has a row for each kind, in their order: a test walks it.
        TABLE.get(self as usize).unwrap_or(&TABLE[21])
    }

    /// The stable name, in snake case (`input_invalid`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// The usual outcome of this kind; an [`Error`] may know better.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        self.row().outcome
    }

    /// Can trying again help at all, leaving the operation's idempotency aside?
    #[must_use]
    pub fn retryable(self) -> bool {
        self.row().retryable
    }

    /// The command line's exit code, 3 to 7.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        self.row().exit
    }

    /// The status that a server in front of the engine answers with.
    #[must_use]
    pub fn http_status(self) -> u16 {
        self.row().http
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_one_row_for_each_kind_in_order() {
        for (index, kind) in ErrorKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
            assert_eq!(kind.row().kind, kind);
            assert!((3..=7).contains(&kind.exit_code()), "{kind}");
            assert!((400..=599).contains(&kind.http_status()), "{kind}");
            let expected = match (kind.outcome(), kind.exit_code()) {
                (Outcome::NotSent, code) => code == 3 || code == 4,
                (Outcome::MaybeApplied, code) => {
                    code == 5 || kind == ErrorKind::UpstreamServerError
                }
                (Outcome::Answered, code) => code == 6 || code == 7,
            };
            assert!(expected, "{kind}: outcome and exit code disagree");
        }
    }
}
