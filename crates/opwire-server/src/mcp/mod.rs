//! The Model Context Protocol: operations as tools for models, by the official SDK.
//!
//! Specification: <https://modelcontextprotocol.io/specification>. Each operation is a tool with its schemas and
//! annotations; or three tools search, describe and invoke them ([`McpBuilder::catalogue`]). Manifests are resources.
//! A result that is too long comes in parts. docs/agents.md has the settings of clients.

mod arguments;
mod call;
mod catalogue;
mod confirm;
mod cost;
mod failure;
mod fields;
mod handler;
mod held;
pub(crate) mod http;
mod known;
mod naming;
mod parts;
mod progress;
mod resources;
mod schema;
mod selection;
mod tools;
mod view;

pub use confirm::Confirm;
pub use cost::{Cost, Costs};
pub use selection::Selection;

use handler::Session;
use held::Held;
use known::{Entry, Known, Latest};
use opwire::Engine;
use rmcp::ServiceExt as _;
use rmcp::model::Tool;
use rmcp::service::ServerInitializeError;
use schema::Writing;
use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use view::View;

/// A result has at most so many bytes, unless it is said otherwise.
const RESULT_BYTES: usize = 64 * 1024;
/// A result may be cut to no less than so many bytes.
const LEAST_BYTES: usize = 2 * 1024;
/// How long a call that is out may take when the server is to stop.
const FINISH: Duration = Duration::from_secs(10);

/// Operations as tools of the Model Context Protocol. Cheap to clone.
///
/// ```no_run
/// # async fn example(engine: opwire::Engine) -> std::io::Result<()> {
/// let mcp = opwire_server::Mcp::builder(engine).build();
/// mcp.stdio(std::future::pending()).await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Mcp(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    engine: Engine,
    view: View,
    result_bytes: usize,
    confirm: Confirm,
    origins: Vec<String>,
    held: Held,
    latest: Latest,
}

impl Mcp {
    /// Sets it up around an engine.
    pub fn builder(engine: Engine) -> McpBuilder {
        McpBuilder {
            engine,
            view: View::default(),
            credentials: BTreeSet::new(),
            result_bytes: RESULT_BYTES,
            confirm: Confirm::default(),
            origins: Vec::new(),
        }
    }

    /// Serves one client over standard input and output, until the client closes them.
    ///
    /// Nothing else may be written to standard output meanwhile. When `stop` is over, no more calls are taken, those
    /// that are out have 10 seconds, and then it ends too.
    ///
    /// # Errors
    /// When the client doesn't begin as the protocol says.
    pub async fn stdio(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        self.serve(rmcp::transport::stdio_pipes(), stop).await
    }

    /// Serves one client over a pair of streams, as [`stdio`](Self::stdio) does.
    ///
    /// # Errors
    /// When the client doesn't begin as the protocol says.
    pub async fn serve<R, W>(
        self,
        streams: (R, W),
        stop: impl Future<Output = ()>,
    ) -> io::Result<()>
    where
        R: tokio::io::AsyncRead + Send + Unpin + 'static,
        W: tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        let engine = self.0.engine.clone();
        let mut stop = pin!(stop);
        let begun = async {
            tokio::select! {
                biased;
                () = &mut stop => None,
                begun = Session::new(self).serve(streams) => Some(begun),
            }
        };
        let service = match begun.await {
            Some(Ok(service)) => service,
            // A client that goes before it has said anything wanted nothing.
            None | Some(Err(ServerInitializeError::ConnectionClosed(_))) => return Ok(()),
            Some(Err(error)) => return Err(io::Error::other(error)),
        };
        let cancel = service.cancellation_token();
        let mut waiting = pin!(service.waiting());
        tokio::select! {
            ended = &mut waiting => return ended.map(drop).map_err(io::Error::other),
            () = stop => {}
        }
        engine.drain(FINISH).await;
        engine.cancel();
        cancel.cancel();
        waiting.await.map(drop).map_err(io::Error::other)
    }

    /// What the list of tools costs a model, a tool each, and the catalogue in place of them. Tokens are estimated.
    #[must_use]
    pub fn costs(&self) -> Costs {
        self.costs_by(cost::estimate)
    }

    /// The same, by a tokenizer: it counts the tokens of a text.
    pub fn costs_by(&self, count: impl Fn(&str) -> usize) -> Costs {
        let known = self.known();
        let tools = |catalogue| {
            let mut view = self.0.view.clone();
            view.catalogue = catalogue;
            self.tools(&known, &view)
        };
        Costs::of(&tools(false), &tools(true), &count)
    }

    /// Has the list of tools got so long that a catalogue would serve better?
    #[must_use]
    pub fn is_long(&self) -> bool {
        !self.0.view.catalogue && self.0.view.offered(&self.known()).len() > catalogue::MANY
    }

    fn known(&self) -> Arc<Known> {
        self.0.latest.of(self.0.engine.catalog())
    }

    /// The list of tools.
    fn tools(&self, known: &Known, view: &View) -> Vec<Tool> {
        let offered = view.offered(known);
        if view.catalogue {
            return catalogue::tools(&offered);
        }
        let tool = |entry: &&Entry| {
            let connector = entry.operation.connector().name();
            let has = |name: &str| view.has_credential(connector, name);
            let ddl = |id: &str| {
                let found = known.get(&format!("{connector}.{id}"))?;
                view.offers(found).then(|| found.tool.clone())
            };
            let writing = Writing {
                has: &has,
                tool: &ddl,
                example: entry.example(),
                own: true,
            };
            tools::tool(entry, &writing, self.0.confirm)
        };
        offered.iter().map(tool).collect()
    }
}

/// Sets an [`Mcp`] up.
#[derive(Debug)]
#[must_use]
pub struct McpBuilder {
    engine: Engine,
    view: View,
    credentials: BTreeSet<(String, String)>,
    result_bytes: usize,
    confirm: Confirm,
    origins: Vec<String>,
}

impl McpBuilder {
    /// Which operations are offered. Default: all.
    pub fn select(mut self, selection: Selection) -> Self {
        self.view.selections = vec![selection];
        self
    }

    /// Offers three tools, to search, describe and invoke operations, in place of one for each. Default: no.
    pub fn catalogue(mut self, catalogue: bool) -> Self {
        self.view.catalogue = catalogue;
        self
    }

    /// A connector's credential that calls don't have to give, because the engine has it: no tool asks for it.
    pub fn has_credential(mut self, connector: &str, name: &str) -> Self {
        self.credentials
            .insert((connector.to_owned(), name.to_owned()));
        self
    }

    /// The most bytes that a result's JSON may have; a longer one comes in parts. Default 65,536, at least 2,048.
    pub fn result_bytes(mut self, most: usize) -> Self {
        self.result_bytes = most.max(LEAST_BYTES);
        self
    }

    /// Before what a person is asked, where the client can. Default: before what removes something.
    pub fn confirm(mut self, confirm: Confirm) -> Self {
        self.confirm = confirm;
        self
    }

    /// An origin (`https://app.example.com:443`) whose web pages may call over HTTP. Default: loopback's alone.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// The tools.
    #[must_use]
    pub fn build(self) -> Mcp {
        let Self {
            engine,
            mut view,
            credentials,
            result_bytes,
            confirm,
            origins,
        } = self;
        view.credentials = Arc::new(credentials);
        Mcp(Arc::new(Shared {
            engine,
            view,
            result_bytes,
            confirm,
            origins,
            held: Held::default(),
            latest: Latest::default(),
        }))
    }
}
