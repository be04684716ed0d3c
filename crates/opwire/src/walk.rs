//! Walking pages: [`Pages`] and [`Items`].

use crate::auth::Keys;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::input::{self, Checked};
use crate::operation::Operation;
use crate::output::{self, Output};
use crate::page::Next;
use crate::request::Change;
use crate::response::Reply;
use crate::send::Ledger;
use futures_core::Stream;
use serde_json::Value;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A walk longer than this is taken for one that doesn't end.
const MAX_PAGES: usize = 1_000;

/// The pages of one operation, one after the other.
pub(crate) struct Walk {
    engine: Engine,
    pub(crate) operation: Arc<Operation>,
    pub(crate) input: Value,
    keys: Keys,
    state: State,
    seen: HashSet<String>,
    pages: usize,
    most: Option<usize>,
}

enum State {
    First,
    Next(Box<Change>),
    End,
}

impl Walk {
    pub(crate) fn new(engine: Engine, operation: Arc<Operation>, input: Value, keys: Keys) -> Self {
        Self {
            engine,
            operation,
            input,
            keys,
            state: State::First,
            seen: HashSet::new(),
            pages: 0,
            most: None,
        }
    }

    /// The next page's reply; nothing at the end.
    pub(crate) async fn page(&mut self, ledger: &mut Ledger) -> Result<Option<Reply>, Error> {
        let change = match std::mem::replace(&mut self.state, State::End) {
            State::End => return Ok(None),
            State::First => None,
            State::Next(_) if self.most.is_some_and(|most| self.pages >= most) => return Ok(None),
            State::Next(_) if self.pages >= MAX_PAGES => {
                return Err(Error::new(
                    ErrorKind::MappingFailed,
                    "pagination: more than 1,000 pages",
                )
                .with_help("narrow the input, or ask for larger pages"));
            }
            State::Next(change) => Some(change),
        };
        let reply = self
            .engine
            .exchange(
                &self.operation,
                &self.input,
                &self.keys,
                change.as_deref(),
                ledger,
            )
            .await?;
        self.pages += 1;
        if let Some(plan) = &self.operation.page
            && plan.walks(&self.input)?
            && let Some(Next { token, change }) = plan.next(&reply, &self.input)?
        {
            if !self.seen.insert(token) {
                return Err(Error::new(
                    ErrorKind::MappingFailed,
                    "pagination: `next` leads to a page that was walked already",
                ));
            }
            self.state = State::Next(Box::new(change));
        }
        Ok(Some(reply))
    }
}

/// What a stream's next element is got by.
type Pending<T> = Pin<Box<dyn Future<Output = (Box<Walk>, Result<Option<T>, Error>)> + Send>>;

/// Where a stream stands.
enum Stage<T> {
    /// Not begun.
    Start(Engine, String, Value),
    Idle(Box<Walk>),
    Busy(Pending<T>),
    Starting(Pin<Box<dyn Future<Output = Result<Box<Walk>, Error>> + Send>>),
    Over,
}

async fn start(engine: Engine, name: String, input: Value) -> Result<Box<Walk>, Error> {
    let operation = engine.catalog().get(&name)?;
    let begin = async {
        if operation.request.is_none() {
            return Err(Error::new(
                ErrorKind::InputInvalid,
                "the operation is static: it has no pages",
            ));
        }
        let Checked { input, credentials } = input::check(&operation, input)?;
        let keys = engine.keys(&operation, credentials).await?;
        Ok(Box::new(Walk::new(
            engine.clone(),
            Arc::clone(&operation),
            input,
            keys,
        )))
    };
    let walk = begin.await;
    walk.map_err(|error| error.with_operation(operation.name()))
}

impl<T: Send + 'static> Stage<T> {
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        most: Option<usize>,
        take: fn(Box<Walk>) -> Pending<T>,
    ) -> Poll<Option<Result<T, Error>>> {
        loop {
            match std::mem::replace(self, Self::Over) {
                Self::Over => return Poll::Ready(None),
                Self::Start(engine, name, input) => {
                    *self = Self::Starting(Box::pin(start(engine, name, input)));
                }
                Self::Starting(mut future) => match future.as_mut().poll(context) {
                    Poll::Pending => {
                        *self = Self::Starting(future);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok(mut walk)) => {
                        walk.most = most;
                        *self = Self::Idle(walk);
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                },
                Self::Idle(walk) => *self = Self::Busy(take(walk)),
                Self::Busy(mut future) => match future.as_mut().poll(context) {
                    Poll::Pending => {
                        *self = Self::Busy(future);
                        return Poll::Pending;
                    }
                    Poll::Ready((walk, Ok(Some(taken)))) => {
                        *self = Self::Idle(walk);
                        return Poll::Ready(Some(Ok(taken)));
                    }
                    Poll::Ready((_, Ok(None))) => return Poll::Ready(None),
                    Poll::Ready((walk, Err(error))) => {
                        return Poll::Ready(Some(Err(error.with_operation(walk.operation.name()))));
                    }
                },
            }
        }
    }
}

/// The outputs of an operation's pages, fetched one at a time as they are asked for.
///
/// Ends after the last page, or after an error. A `next` that comes again is an error, and so is the 1,001st page.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Pages {
    stage: Stage<Output>,
    most: Option<usize>,
}

impl Pages {
    pub(crate) fn new(engine: Engine, operation: &str, input: Value) -> Self {
        Self {
            stage: Stage::Start(engine, operation.to_owned(), input),
            most: None,
        }
    }

    /// Ends after this many pages.
    pub fn max_pages(mut self, most: usize) -> Self {
        self.most = Some(most);
        self
    }

    /// The next page's output; nothing at the end.
    pub async fn next(&mut self) -> Option<Result<Output, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("max_pages", &self.most)
            .finish_non_exhaustive()
    }
}

impl Stream for Pages {
    type Item = Result<Output, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.stage.poll(context, this.most, |mut walk| {
            Box::pin(async move {
                let mut ledger = Ledger::new(walk.operation.limits.deadline);
                let output = match walk.page(&mut ledger).await {
                    Ok(Some(reply)) => {
                        match output::map(&walk.operation, &walk.input, Some(&reply), None) {
                            Ok(output) => {
                                Ok(Some(output.with(Some(reply.status), ledger.attempts)))
                            }
                            Err(error) => Err(error.after(Some(reply.status), &ledger.attempts)),
                        }
                    }
                    Ok(None) => Ok(None),
                    Err(error) => Err(error),
                };
                (walk, output)
            })
        })
    }
}

/// The items of all pages of an operation, one after the other, each as it stands in the reply.
///
/// Pages are fetched as items are asked for. The operation must have `pagination`.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Items {
    stage: Stage<Vec<Output>>,
    ready: VecDeque<Output>,
    most: Option<usize>,
}

impl Items {
    pub(crate) fn new(engine: Engine, operation: &str, input: Value) -> Self {
        Self {
            stage: Stage::Start(engine, operation.to_owned(), input),
            ready: VecDeque::new(),
            most: None,
        }
    }

    /// Ends after the items of this many pages.
    pub fn max_pages(mut self, most: usize) -> Self {
        self.most = Some(most);
        self
    }

    /// The next item; nothing at the end.
    pub async fn next(&mut self) -> Option<Result<Output, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}

impl Stream for Items {
    type Item = Result<Output, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match this.stage.poll(context, this.most, page_of_items) {
                Poll::Ready(Some(Ok(items))) => this.ready = items.into(),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

fn page_of_items(mut walk: Box<Walk>) -> Pending<Vec<Output>> {
    Box::pin(async move {
        let mut ledger = Ledger::new(walk.operation.limits.deadline);
        let items = match (walk.page(&mut ledger).await, &walk.operation.page) {
            (Ok(Some(reply)), Some(plan)) => plan.items_json(&reply, &walk.input).map(Some),
            (Ok(Some(_)), None) => Err(Error::new(
                ErrorKind::InputInvalid,
                "the operation has no `pagination`, so no items",
            )),
            (Ok(None), _) => Ok(None),
            (Err(error), _) => Err(error),
        };
        (walk, items)
    })
}
