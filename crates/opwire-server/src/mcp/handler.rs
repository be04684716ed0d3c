//! [`Session`]: the protocol's requests, answered.

use super::arguments::{Asked, Names, RESERVED};
use super::call::{Answer, Calling, Failed, cancelled};
use super::catalogue::{self, BESIDE};
use super::confirm::Confirmed;
use super::known::{Entry, Known};
use super::progress::Progress;
use super::view::View;
use super::{Mcp, failure, resources};
use crate::server::Server;
use axum::http::request::Parts;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    InputResponses, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value};

const OF_TOOLS: &str = "Each tool is an operation of a web service. `_fields` keeps only these paths of a result (data.id goes \
    through lists). A result with `_opwire` is not the whole output: its note says what is left out, and calling the same \
    tool with `_continue` set to `_opwire.continue` gives what follows. A description that names a tool after `Choices` \
    tells where valid values come from.";
const OF_CATALOGUE: &str = "Operations of web services: find one with search_operations, read its schemas with describe_operation, \
    then call invoke_operation. `fields` keeps only these paths of a result (data.id goes through lists). A result with \
    `_opwire` is not the whole output: its note says what is left out, and invoking the same operation with `continue` \
    set to `_opwire.continue` gives what follows.";

/// A client's session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    mcp: Mcp,
    /// Where it came in, over HTTP.
    server: Option<Server>,
}

/// What is called, and with what.
struct Request<'a> {
    view: &'a View,
    entry: &'a Entry,
    arguments: Map<String, Value>,
    names: Names,
    responses: Option<&'a InputResponses>,
}

impl Session {
    pub(crate) fn new(mcp: Mcp) -> Self {
        Self { mcp, server: None }
    }

    /// A session of a server over HTTP.
    pub(crate) fn at(mcp: Mcp, server: Server) -> Self {
        Self {
            mcp,
            server: Some(server),
        }
    }

    /// What this request sees.
    fn view(&self, context: &RequestContext<RoleServer>) -> Result<View, ErrorData> {
        let view = &self.mcp.0.view;
        let Some(server) = &self.server else {
            return Ok(view.clone());
        };
        let parts = context.extensions.get::<Parts>();
        let parts =
            parts.ok_or_else(|| ErrorData::internal_error("the request's head is lost", None))?;
        view.over_http(server, parts)
    }

    async fn catalogue(
        &self,
        known: &Known,
        view: &View,
        mut params: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let mut arguments = params.arguments.take().unwrap_or_default();
        let result = match &*params.name {
            catalogue::SEARCH => match serde_json::from_value(Value::Object(arguments)) {
                Ok(search) => of_map(catalogue::search(&view.offered(known), &search)),
                Err(error) => failure::told(format!("the arguments are not valid: {error}")),
            },
            catalogue::DESCRIBE => match named(known, view, &arguments) {
                Ok(entry) => of_map(catalogue::describe(entry, known, view)),
                Err(told) => failure::told(told),
            },
            catalogue::INVOKE => match named(known, view, &arguments) {
                Ok(entry) => {
                    arguments.shift_remove("operation");
                    let request = Request {
                        view,
                        entry,
                        arguments,
                        names: BESIDE,
                        responses: params.input_responses.as_ref(),
                    };
                    return Ok(self.call(request, context).await);
                }
                Err(told) => failure::told(told),
            },
            name => {
                return Err(unknown_tool(
                    name,
                    [catalogue::SEARCH, catalogue::DESCRIBE, catalogue::INVOKE],
                ));
            }
        };
        Ok(result.into())
    }

    /// Calls an operation, until the client gives the call up.
    async fn call(
        &self,
        request: Request<'_>,
        context: &RequestContext<RoleServer>,
    ) -> CallToolResponse {
        let called = tokio::select! {
            biased;
            () = context.ct.cancelled() => Err(Failed::from(cancelled())),
            called = self.confirmed(request, context) => called,
        };
        called.unwrap_or_else(|failed| match failed {
            Failed::Error(error) => failure::of(&error).into(),
            Failed::Asked(told) => failure::told(told).into(),
        })
    }

    /// Calls an operation, once a person has confirmed it where that is wanted.
    async fn confirmed(
        &self,
        request: Request<'_>,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, Failed> {
        let Request {
            view,
            entry,
            arguments,
            names,
            responses,
        } = request;
        let asked = asked(arguments, names).map_err(Failed::Asked)?;
        let shared = &self.mcp.0;
        // What follows a result was confirmed with it.
        if asked.next.is_none() {
            let confirm = shared.confirm;
            let operation = &entry.operation;
            match confirm
                .ask(operation, &asked.input, responses, context)
                .await
            {
                Confirmed::Yes => {}
                Confirmed::Ask(question) => return Ok(question.into()),
                Confirmed::No(why) => {
                    return Err(Failed::Asked(format!("{why}: nothing was sent.")));
                }
            }
        }
        let calling = Calling {
            engine: &shared.engine,
            held: &shared.held,
            view,
            entry,
            owner: view.owner(),
            most: shared.result_bytes,
            progress: &Progress::of(context),
        };
        Ok(of_answer(calling.answer(asked).await?).into())
    }
}

/// What a call asks for; in the catalogue the operation's input stands under `input`.
fn asked(arguments: Map<String, Value>, names: Names) -> Result<Asked, String> {
    let mut asked = Asked::take(arguments, names)?;
    if names.fields == RESERVED.fields {
        return Ok(asked);
    }
    let input = asked.input.shift_remove("input");
    if let Some(other) = asked.input.keys().next() {
        return Err(format!(
            "there is no argument `{other}`: the operation's own arguments stand under `input`"
        ));
    }
    match input {
        None | Some(Value::Null) => {}
        Some(Value::Object(input)) => asked.input = input,
        Some(_) => return Err("`input` must be an object".to_owned()),
    }
    Ok(asked)
}

/// The operation that a catalogue's tool is asked about.
fn named<'a>(
    known: &'a Known,
    view: &View,
    arguments: &Map<String, Value>,
) -> Result<&'a Entry, String> {
    let name = arguments.get("operation").and_then(Value::as_str);
    let name = name.ok_or("`operation` must be the name of an operation")?;
    let found = known.get(name).filter(|entry| view.offers(entry));
    found.ok_or_else(|| {
        let names = known.entries().iter().filter(|entry| view.offers(entry));
        let near = nearest(name, names.map(|entry| entry.operation.name()));
        let near = near.map(|near| format!(": did you mean `{near}`?"));
        format!(
            "there is no such operation{} search_operations finds them",
            near.as_deref().unwrap_or(":")
        )
    })
}

fn unknown_tool<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> ErrorData {
    let near = nearest(name, known).map(|near| format!(": did you mean `{near}`?"));
    ErrorData::invalid_params(format!("unknown tool{}", near.unwrap_or_default()), None)
}

/// The name that is most like a wrong one, when one is.
fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let like = |name: &'a str| (strsim::jaro_winkler(wrong, name), name);
    let best = known
        .into_iter()
        .map(like)
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.85).then_some(best.1)
}

fn of_answer(answer: Answer) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(answer.text)]);
    result.structured_content = Some(Value::Object(answer.value));
    result
}

fn of_map(value: Map<String, Value>) -> CallToolResult {
    let text = Value::Object(value.clone()).to_string();
    of_answer(Answer { value, text })
}

impl ServerHandler for Session {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .build();
        let told = if self.mcp.0.view.catalogue {
            OF_CATALOGUE
        } else {
            OF_TOOLS
        };
        ServerConfig::new(capabilities)
            .with_server_info(
                Implementation::new("opwire", env!("CARGO_PKG_VERSION")).with_title("Opwire"),
            )
            .with_instructions(told)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let view = self.view(&context)?;
        let mcp = self.mcp.clone();
        // Schemas are computed when they are first asked for, and examples are read.
        let tools = tokio::task::spawn_blocking(move || mcp.tools(&mcp.known(), &view));
        let tools = tools
            .await
            .map_err(|_| ErrorData::internal_error("the list of tools can't be made", None))?;
        // All at once: many clients read the first page alone.
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let view = self.view(&context)?;
        let known = self.mcp.known();
        if view.catalogue {
            return self.catalogue(&known, &view, params, &context).await;
        }
        let found = known.get(&params.name);
        let found = found.filter(|entry| entry.tool == params.name && view.offers(entry));
        let Some(entry) = found else {
            let offered = view.offered(&known);
            return Err(unknown_tool(
                &params.name,
                offered.iter().map(|entry| entry.tool.as_str()),
            ));
        };
        let request = Request {
            view: &view,
            entry,
            arguments: params.arguments.unwrap_or_default(),
            names: RESERVED,
            responses: params.input_responses.as_ref(),
        };
        Ok(self.call(request, &context).await)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let view = self.view(&context)?;
        let known = self.mcp.known();
        Ok(ListResourcesResult::with_all_items(resources::list(
            &view.offered(&known),
        )))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(
            resources::templates(),
        ))
    }

    async fn read_resource(
        &self,
        params: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let view = self.view(&context)?;
        let known = self.mcp.known();
        let found = resources::read(&view.offered(&known), &params.uri);
        let contents = found.ok_or_else(|| {
            ErrorData::resource_not_found(
                "there is no such manifest: resources/list names those that there are",
                None,
            )
        })?;
        Ok(ReadResourceResponse::Complete(ReadResourceResult::new(
            vec![contents],
        )))
    }
}
