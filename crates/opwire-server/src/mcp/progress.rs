//! Telling how far a call is.

use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use rmcp::{Peer, RoleServer};

/// Tells a client that asked for it how many items are in.
pub(crate) struct Progress(Option<(ProgressToken, Peer<RoleServer>)>);

impl Progress {
    pub(crate) fn of(context: &RequestContext<RoleServer>) -> Self {
        let token = context.meta.get_progress_token();
        Self(token.map(|token| (token, context.peer.clone())))
    }

    /// Tells that so many of those that are wanted are in.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a number of items is far below 2^52"
    )]
    pub(crate) async fn tell(&self, done: usize, wanted: usize) {
        let Some((token, peer)) = &self.0 else {
            return;
        };
        let progress = ProgressNotificationParam::new(token.clone(), done as f64)
            .with_total(wanted as f64)
            .with_message(format!("{done} of {wanted} items"));
        // A client that is gone learns of no progress; the call itself will find out.
        drop(peer.notify_progress(progress).await);
    }
}
