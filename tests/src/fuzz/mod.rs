//! What the fuzzers run, and what `cargo test` runs over what they kept: one function a target.
//!
//! Each takes any bytes, and panics only when something that Opwire promises does not hold.

mod draw;
mod egress;
mod input;
mod manifest;
mod redactor;
mod reply;
mod request;
mod retry_after;
mod schema;
mod template;

use crate::fake::Fake;
use draw::Draw;
use opwire::{Catalog, Engine, EngineBuilder, Error, ErrorKind, NoRateLimit};
use opwire_testkit::ManualClock;
use std::path::Path;
use std::sync::LazyLock;

/// A target's name, which is that of its corpus and its dictionary too, and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 9] = [
    ("egress", egress::run),
    ("input", input::run),
    ("manifest", manifest::run),
    ("redactor", redactor::run),
    ("reply", reply::run),
    ("request", request::run),
    ("retry_after", retry_after::run),
    ("schema", schema::run),
    ("template", template::run),
];

/// Runs the target of this name.
///
/// # Panics
/// When there is none, or when something does not hold.
pub fn run(target: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let (_, run) = found.expect("a target of this name");
    run(data);
}

/// The operations that ship.
fn shipped() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
        let operations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../operations");
        Catalog::open(operations).unwrap_or_else(|found| panic!("{found}"))
    });
    &CATALOG
}

/// An engine of its own for each run, so that none knows of another.
fn engine(catalog: &Catalog, fake: &Fake) -> EngineBuilder {
    Engine::builder()
        .catalog(catalog.clone())
        .transport(fake.clone())
        .clock(ManualClock::default())
        .rate_limiter(NoRateLimit)
}

/// Runs what waits for nothing.
fn wait<T>(work: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(work))
}

/// All that an error tells, by whatever way.
fn told(error: &Error) -> String {
    let json = serde_json::to_string(error).unwrap();
    format!("{error}\n{error:?}\n{json}")
}

/// A fault of the engine itself is never the answer.
fn no_fault_of_ours(error: &Error) {
    assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
}
