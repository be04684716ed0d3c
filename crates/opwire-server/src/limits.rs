//! [`Limits`]: how much a server takes, and for how long.

use std::time::Duration;

/// How much a server takes, and for how long. The defaults stand at the fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// A request's body, in bytes; beyond it 413. Default 1 MiB.
    pub body: usize,
    /// How long a request's body may take to come; beyond it 408. Default 30 s.
    pub body_time: Duration,
    /// How long the head of a request may take to come, and a connection may wait for one; beyond it the connection is
    /// closed. Default 15 s.
    pub head_time: Duration,
    /// How long a connection may take nothing of an answer; beyond it the connection is closed. Default 60 s.
    pub write_time: Duration,
    /// How long an answer may take to begin; beyond it 504. Default 120 s.
    pub request_time: Duration,
    /// How many requests may run at once; beyond it 503. Default 512.
    pub requests: usize,
    /// How many of them may be one tenant's; beyond it 429. Default 128.
    pub tenant_requests: usize,
    /// How many connections may be open; more wait to be accepted. Default 2,048.
    pub connections: usize,
    /// How long what runs may take when the server stops. Default 30 s.
    pub drain: Duration,
    /// How long a field's choices are kept; zero keeps none. Default 60 s.
    pub options_ttl: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            body_time: Duration::from_secs(30),
            head_time: Duration::from_secs(15),
            write_time: Duration::from_secs(60),
            request_time: Duration::from_secs(120),
            requests: 512,
            tenant_requests: 128,
            connections: 2_048,
            drain: Duration::from_secs(30),
            options_ttl: Duration::from_secs(60),
        }
    }
}
