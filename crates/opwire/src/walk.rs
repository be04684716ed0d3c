//! Walking pages: [`Pages`] and [`Items`].

use crate::engine::{Call, Invocation, guarded};
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;
use crate::output::Output;
use crate::page::Next;
use crate::request::Change;
use crate::response::Reply;
use crate::running::One;
use crate::send::Ledger;
use futures_core::Stream;
use serde_json::Value;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A walk longer than this is taken for one that doesn't end.
pub(crate) const MAX_PAGES: usize = 1_000;

/// The pages of one operation, one after the other.
pub(crate) struct Walk {
    invocation: Invocation,
    input: Value,
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
    pub(crate) fn new(invocation: Invocation, input: Value) -> Self {
        Self {
            invocation,
            input,
            state: State::First,
            seen: HashSet::new(),
            pages: 0,
            most: None,
        }
    }

    fn operation(&self) -> &Operation {
        &self.invocation.operation
    }

    /// Did the last reply tell of a page that follows, and may it be fetched?
    fn more(&self) -> bool {
        matches!(self.state, State::Next(_)) && self.most.is_none_or(|most| self.pages < most)
    }

    /// Walks pages until enough items are in, and maps them together.
    pub(crate) async fn collect(
        mut self,
        most: usize,
        mut ledger: Ledger,
    ) -> Result<Output, Error> {
        let (mut items, mut last) = (Vec::new(), None);
        while items.len() < most {
            let Some(reply) = self.page(&mut ledger).await? else {
                break;
            };
            if let Some(plan) = &self.operation().page {
                let found = plan.items(&reply, &self.input);
                items.extend(found.map_err(|error| self.after(error, &reply, &ledger))?);
            }
            last = Some(reply);
        }
        items.truncate(most);
        let items = Value::Array(items);
        self.invocation
            .output(&self.input, last.as_ref(), Some(&items), ledger)
    }

    /// Counts as running while the guard lives. A walk that has begun is cancelled when no more may run.
    fn running(&self) -> Result<One, Error> {
        let running = self.invocation.running();
        running.map_err(|closed| {
            if self.pages == 0 {
                closed
            } else {
                Error::cancelled().with_help("the pages so far were fetched, those that follow not")
            }
        })
    }

    /// The output of the next page; nothing at the end.
    async fn next_output(&mut self) -> Result<Option<Output>, Error> {
        let _running = self.running()?;
        let mut ledger = self.invocation.ledger();
        let Some(reply) = self.page(&mut ledger).await? else {
            return Ok(None);
        };
        self.invocation
            .output(&self.input, Some(&reply), None, ledger)
            .map(Some)
    }

    /// The items of the next page; nothing at the end.
    async fn next_items(&mut self) -> Result<Option<Vec<Output>>, Error> {
        let _running = self.running()?;
        let mut ledger = self.invocation.ledger();
        let reply = self.page(&mut ledger).await?;
        match (reply, &self.operation().page) {
            (Some(reply), Some(plan)) => {
                let items = plan.items_json(&reply, &self.input).map(Some);
                items.map_err(|error| self.after(error, &reply, &ledger))
            }
            (Some(_), None) => Err(Error::new(
                ErrorKind::InputInvalid,
                "the operation has no `pagination`, so no items",
            )),
            (None, _) => Ok(None),
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
        let exchanged = self
            .invocation
            .exchange(&self.input, change.as_deref(), ledger);
        let reply = exchanged.await?;
        self.pages += 1;
        let turned = self.turn(&reply);
        turned.map_err(|error| self.after(error, &reply, ledger))?;
        Ok(Some(reply))
    }

    /// Finds out where the page after this one is, if there is one.
    fn turn(&mut self, reply: &Reply) -> Result<(), Error> {
        if let Some(plan) = &self.invocation.operation.page
            && plan.walks(&self.input)?
            && let Some(Next { token, change }) = plan.next(reply, &self.input)?
        {
            if !self.seen.insert(token) {
                return Err(Error::new(
                    ErrorKind::MappingFailed,
                    "pagination: `next` leads to a page that was walked already",
                ));
            }
            self.state = State::Next(Box::new(change));
        }
        Ok(())
    }

    fn after(&self, error: Error, reply: &Reply, ledger: &Ledger) -> Error {
        self.invocation.after(error, Some(reply.status), ledger)
    }
}

/// What a stream's next element is got by.
type Pending<T> = Pin<Box<dyn Future<Output = (Box<Walk>, Result<Option<T>, Error>)> + Send>>;

/// Where a stream stands.
enum Stage<T> {
    /// Not begun.
    Start(Box<Call>),
    Idle(Box<Walk>),
    Busy(Pending<T>),
    Starting(Pin<Box<dyn Future<Output = Result<Box<Walk>, Error>> + Send>>),
    Over,
}

impl<T: Send + 'static> Stage<T> {
    /// Is it known that there is a page that follows?
    fn more(&self) -> bool {
        matches!(self, Self::Idle(walk) if walk.more())
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
        most: Option<usize>,
        take: fn(Box<Walk>) -> Pending<T>,
    ) -> Poll<Option<Result<T, Error>>> {
        loop {
            match std::mem::replace(self, Self::Over) {
                Self::Over => return Poll::Ready(None),
                Self::Start(call) => {
                    let engine = call.engine();
                    *self = Self::Starting(Box::pin(async move { engine.walk(*call).await }));
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
                        return Poll::Ready(Some(Err(
                            error.with_operation(walk.operation().name())
                        )));
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
    pub(crate) fn new(call: Call) -> Self {
        Self {
            stage: Stage::Start(Box::new(call)),
            most: None,
        }
    }

    /// Ends after this many pages.
    pub fn max_pages(mut self, most: usize) -> Self {
        self.most = Some(most);
        self
    }

    /// Is it known that there is a page after the last one that was given? Nothing is fetched for it.
    #[must_use]
    pub fn more(&self) -> bool {
        self.stage.more()
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
                let output = guarded(walk.next_output()).await;
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
    pub(crate) fn new(call: Call) -> Self {
        Self {
            stage: Stage::Start(Box::new(call)),
            ready: VecDeque::new(),
            most: None,
        }
    }

    /// Ends after the items of this many pages.
    pub fn max_pages(mut self, most: usize) -> Self {
        self.most = Some(most);
        self
    }

    /// Is it known that there is a page or an item after the last one that was given? Nothing is fetched for it. The page
    /// may turn out to have no items.
    #[must_use]
    pub fn more(&self) -> bool {
        self.ready() > 0 || self.stage.more()
    }

    /// How many items of the page that was fetched last are still to be given.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.ready.len()
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
        let items = guarded(walk.next_items()).await;
        (walk, items)
    })
}
