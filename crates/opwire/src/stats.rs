//! [`Stats`]: how an engine stands at a moment.

/// How an engine stands at a moment: for gauges, and to see why calls wait.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Calls that run, and tokens that are asked for.
    pub calls: usize,
    /// Requests that are out.
    pub requests: usize,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// The hosts that requests went to, by name.
    pub hosts: Vec<HostStats>,
}

/// How an engine stands with one host, all tenants together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HostStats {
    /// The host, and the port where it isn't the scheme's own.
    pub host: String,
    /// Tenants that are kept in mind.
    pub tenants: usize,
    /// Calls that run.
    pub calls: usize,
    /// Requests that are out.
    pub requests: usize,
    /// Calls that wait for a retry or make one.
    pub retrying: usize,
    /// What is left for retries to the tenant that has the least, of 500.
    pub budget: u32,
    /// Tenants whose requests are held back, since the host failed too often.
    pub open: usize,
}

impl HostStats {
    pub(crate) fn new(host: &str, budget: u32) -> Self {
        Self {
            host: host.to_owned(),
            tenants: 0,
            calls: 0,
            requests: 0,
            retrying: 0,
            budget,
            open: 0,
        }
    }
}
