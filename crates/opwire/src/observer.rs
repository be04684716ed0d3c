//! [`Observer`]: who watches an engine work, and what it is told.

use crate::connector::Connector;
use crate::error::{Attempt, ErrorKind, Outcome};
use crate::operation::Operation;
use crate::output::Output;
use std::fmt;
use std::time::Duration;

/// Watches an engine work: for metrics and logs.
///
/// Nothing that is told holds a credential or a value of an input or a reply. Each method is called from the task that
/// does the work, so it should be quick. All do nothing by default.
pub trait Observer: Send + Sync {
    /// An invocation, a page of a walk, or a field's choices are there, or failed.
    ///
    /// A name that no operation has is not told of.
    fn called(&self, call: &Called<'_>) {
        let _ = call;
    }

    /// An attempt is over.
    fn attempted(&self, operation: &Operation, attempt: &Attempt) {
        let _ = (operation, attempt);
    }

    /// A retry that the operation allows was not made, since the budget for retries is spent.
    fn withheld(&self, operation: &Operation) {
        let _ = operation;
    }

    /// An access token was asked for.
    fn renewed(&self, renewal: &Renewed<'_>) {
        let _ = renewal;
    }
}

/// What was asked of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Work {
    /// An operation's output.
    Invoke,
    /// One page of a walk.
    Page,
    /// A field's choices.
    Options,
}

impl Work {
    /// The stable name: `invoke`, `page` or `options`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoke => "invoke",
            Self::Page => "page",
            Self::Options => "options",
        }
    }
}

/// How a call went.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Called<'a> {
    /// What was asked for.
    pub work: Work,
    /// The operation; for choices, the one whose field they are for.
    pub operation: &'a Operation,
    /// The tenant's name, when the call had one.
    pub tenant: Option<&'a str>,
    /// What went wrong; nothing when there is an output. A call that its caller dropped is `cancelled`.
    pub error: Option<ErrorKind>,
    /// May the service have acted?
    pub outcome: Outcome,
    /// The status of the last reply, when there was one.
    pub status: Option<u16>,
    /// How many requests were made for it.
    pub attempts: usize,
    /// The output's length in bytes: for items, of a page's together; for choices, of what they are taken from.
    pub bytes: usize,
    /// How long it took, by the engine's clock.
    pub elapsed: Duration,
}

/// How it went to ask for an access token.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Renewed<'a> {
    /// Whose token it is.
    pub connector: &'a Connector,
    /// What went wrong, when something did.
    pub error: Option<ErrorKind>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What is told of an output besides the output.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) status: Option<u16>,
    pub(crate) attempts: usize,
    pub(crate) bytes: usize,
}

impl Facts {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            status: output.status(),
            attempts: output.attempts().len(),
            bytes: output.as_bytes().len(),
        }
    }
}

/// All that watch one engine.
#[derive(Default)]
pub(crate) struct Observers(pub(crate) Vec<Box<dyn Observer>>);

impl Observers {
    pub(crate) fn tell(&self, what: impl Fn(&dyn Observer)) {
        for observer in &self.0 {
            what(&**observer);
        }
    }

    pub(crate) fn any(&self) -> bool {
        !self.0.is_empty()
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observers").field(&self.0.len()).finish()
    }
}

/// A function that is told of attempts alone.
pub(crate) struct OnAttempt<F>(pub(crate) F);

impl<F: Fn(&Attempt) + Send + Sync> Observer for OnAttempt<F> {
    fn attempted(&self, _: &Operation, attempt: &Attempt) {
        (self.0)(attempt);
    }
}
