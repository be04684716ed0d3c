//! What a process holds, as Linux tells it. Elsewhere nothing is told.

/// Resident memory in KiB.
#[must_use]
pub fn resident() -> u64 {
    status("VmRSS:")
}

/// The most resident memory that there was, in KiB.
#[must_use]
pub fn peak() -> u64 {
    status("VmHWM:")
}

/// Resident memory of another process in KiB.
#[must_use]
pub fn resident_of(process: u32) -> u64 {
    field(&process.to_string(), "VmRSS:")
}

/// Open file descriptors.
#[must_use]
pub fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn status(name: &str) -> u64 {
    field("self", name)
}

fn field(process: &str, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}
