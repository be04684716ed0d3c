//! What `tracing` is told.

use std::sync::{Arc, LazyLock, Mutex};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::registry::LookupSpan;

/// Somebody always listens: a place in the code that is first reached while nobody does is never heard of again, by a
/// race within `tracing` when others begin to listen.
static KEPT: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(subscriber(std::io::sink)));

/// To be called before anything begins to listen.
pub(crate) fn somebody_listens() {
    LazyLock::force(&KEPT);
    tracing::callsite::rebuild_interest_cache();
}

fn subscriber<W: std::io::Write>(
    writer: impl Fn() -> W + Send + Sync + 'static,
) -> impl Subscriber + for<'a> LookupSpan<'a> + Send + Sync {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(writer)
        .finish()
}

/// Keeps what `tracing` is told, of every level. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn subscriber(
        &self,
    ) -> impl Subscriber + for<'a> LookupSpan<'a> + Send + Sync + use<> {
        somebody_listens();
        let writer = self.clone();
        subscriber(move || writer.clone())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
