//! What each route takes and answers: a row of [`ROUTES`] each. A test holds them to the router.

use serde_json::{Value, json};

/// What a body or an answer holds.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Nothing,
    /// Whatever it is.
    Any,
    Text,
    Object,
    /// One of the components' schemas, by name.
    Schema(&'static str),
}

impl Part {
    /// Its schema; nothing when there is nothing.
    pub(super) fn schema(self) -> Option<Value> {
        Some(match self {
            Self::Nothing => return None,
            Self::Any => json!({}),
            Self::Text => json!({ "type": "string" }),
            Self::Object => json!({ "type": "object" }),
            Self::Schema(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
        })
    }
}

/// A path and a method, as the document has them.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    /// Names of parameters among the components.
    pub(super) parameters: &'static [&'static str],
    /// What its JSON body is; [`Part::Nothing`] where it takes none. No body is an empty one.
    pub(super) body: Part,
    pub(super) answers: &'static [Answer],
    /// The statuses of the problems that it answers with.
    pub(super) problems: &'static [&'static [u16]],
    /// Is it asked without an API key?
    pub(super) open: bool,
}

/// An answer that is no problem.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    /// Media type → what is in it.
    pub(super) content: &'static [(&'static str, Part)],
    /// Headers of its own: names among the components.
    pub(super) headers: &'static [&'static str],
}

/// What can go wrong with any request.
const ANY: &[u16] = &[500];
/// With one that must be admitted: who asks, how many at once, how long.
pub(super) const ADMITTED: &[u16] = &[400, 401, 403, 429, 503, 504];
/// With one whose query is read.
const QUERY: &[u16] = &[400];
/// With one that names an operation.
pub(super) const NAMED: &[u16] = &[400, 403, 404];
/// With one that has a body.
pub(super) const BODY: &[u16] = &[400, 408, 413, 415, 422];
/// With one that calls a service: the engine's own statuses.
pub(super) const CALL: &[u16] = &[401, 403, 404, 422, 429, 499, 500, 502, 503, 504];

const OPERATIONS: &str = "Operations";
const CONNECTIONS: &str = "Connections";
const AGENTS: &str = "Agents";
const DOCUMENTATION: &str = "Documentation";
const SERVER: &str = "Server";
/// The tags of the rows, and what they are about.
pub(super) const TAGS: &[(&str, &str)] = &[
    (
        OPERATIONS,
        "Operations by name: to list, invoke, render, walk, and their fields' choices.",
    ),
    (
        CONNECTIONS,
        "Credentials that are kept for a tenant. There are none without a store.",
    ),
    (AGENTS, "The operations as tools."),
    (DOCUMENTATION, "This document, and a page of it."),
    (SERVER, "Whether it lives and can answer."),
];

const JSON: &str = "application/json";
const OF_CALL: &[&str] = &[
    "Opwire-Operation",
    "Opwire-Attempts",
    "Opwire-Status",
    "Idempotency-Key",
    "Opwire-Replayed",
];
const UNCHANGED: Answer = Answer {
    status: 304,
    description: "It is as the caller has it already.",
    content: &[],
    headers: &["ETag"],
};

/// The rows, by path.
pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "get",
        path: "/v1/operations",
        id: "list_operations",
        tag: OPERATIONS,
        summary: "List operations",
        description: "The operations that the caller may invoke, by name.",
        parameters: &["connector", "kind", "effect", "q"],
        body: Part::Nothing,
        answers: &[Answer {
            status: 200,
            description: "The operations.",
            content: &[(JSON, Part::Schema("operations"))],
            headers: &[],
        }],
        problems: &[ANY, ADMITTED, QUERY],
        open: false,
    },
    Route {
        method: "get",
        path: "/v1/operations/{name}",
        id: "get_operation",
        tag: OPERATIONS,
        summary: "Get an operation",
        description: "An operation with its schemas, the operations that fill its fields' drop-downs, and an example.",
        parameters: &["name"],
        body: Part::Nothing,
        answers: &[Answer {
            status: 200,
            description: "The operation.",
            content: &[(JSON, Part::Schema("operation"))],
            headers: &[],
        }],
        problems: &[ANY, ADMITTED, NAMED],
        open: false,
    },
    Route {
        method: "post",
        path: "/v1/operations/{name}/invoke",
        id: "invoke",
        tag: OPERATIONS,
        summary: "Invoke an operation",
        description: "Invokes the operation with the body as its input, and answers its output. An output that is a reply's \
                      text or bytes is given as it came to those who prefer `text/plain` or `application/octet-stream`. \
                      Each operation has a path of its own too, with its schemas.",
        parameters: &["name", "connection", "idempotency_key"],
        body: Part::Schema("input"),
        answers: &[Answer {
            status: 200,
            description: "The output.",
            content: &[
                (JSON, Part::Any),
                ("text/plain", Part::Text),
                ("application/octet-stream", Part::Any),
            ],
            headers: OF_CALL,
        }],
        problems: &[ANY, ADMITTED, NAMED, BODY, CALL],
        open: false,
    },
    Route {
        method: "post",
        path: "/v1/operations/{name}/render",
        id: "render",
        tag: OPERATIONS,
        summary: "Render an operation's request",
        description: "The request that an invocation would send, with credentials by their names. Nothing is sent.",
        parameters: &["name"],
        body: Part::Schema("input"),
        answers: &[Answer {
            status: 200,
            description: "The request.",
            content: &[(JSON, Part::Schema("request"))],
            headers: &["Opwire-Operation"],
        }],
        problems: &[ANY, ADMITTED, NAMED, BODY, CALL],
        open: false,
    },
    Route {
        method: "post",
        path: "/v1/operations/{name}/pages",
        id: "pages",
        tag: OPERATIONS,
        summary: "Walk an operation's pages",
        description: "The output of each page, or each item, as it comes: a line of JSON each, or a server-sent event `page` \
                      or `item`, and `end` or `error` at the end. What goes wrong on the way is told as the last line, \
                      `{\"error\": PROBLEM}`. A page is fetched when the one before it has been taken.",
        parameters: &[
            "name",
            "items",
            "max_pages",
            "connection",
            "idempotency_key",
        ],
        body: Part::Schema("input"),
        answers: &[Answer {
            status: 200,
            description: "The pages, or the items.",
            content: &[
                ("application/x-ndjson", Part::Text),
                ("text/event-stream", Part::Text),
            ],
            headers: &["Opwire-Operation"],
        }],
        problems: &[ANY, ADMITTED, NAMED, QUERY, BODY, CALL, &[406]],
        open: false,
    },
    Route {
        method: "get",
        path: "/v1/operations/{name}/options",
        id: "options",
        tag: OPERATIONS,
        summary: "Choices of a field",
        description: "The choices of a field of the operation's input that depends on no other field.",
        parameters: CHOICES,
        body: Part::Nothing,
        answers: CHOSEN,
        problems: &[ANY, ADMITTED, NAMED, QUERY, CALL],
        open: false,
    },
    Route {
        method: "post",
        path: "/v1/operations/{name}/options",
        id: "options_of_input",
        tag: OPERATIONS,
        summary: "Choices of a field that depends on others",
        description: "The choices of a field of the operation's input. The body is as much of the input as there is yet.",
        parameters: CHOICES,
        body: Part::Schema("input"),
        answers: CHOSEN,
        problems: &[ANY, ADMITTED, NAMED, QUERY, BODY, CALL],
        open: false,
    },
    Route {
        method: "get",
        path: "/v1/connections",
        id: "list_connections",
        tag: CONNECTIONS,
        summary: "List connections",
        description: "The tenant's connections, by ID, a page at a time.",
        parameters: &["connector", "after", "limit"],
        body: Part::Nothing,
        answers: &[Answer {
            status: 200,
            description: "The connections.",
            content: &[(JSON, Part::Schema("connections"))],
            headers: &[],
        }],
        problems: &[ANY, ADMITTED, QUERY, &[404]],
        open: false,
    },
    Route {
        method: "get",
        path: "/v1/connections/{id}",
        id: "get_connection",
        tag: CONNECTIONS,
        summary: "Get a connection",
        description: "What is kept, without secrets.",
        parameters: &["id"],
        body: Part::Nothing,
        answers: &[Answer {
            status: 200,
            description: "The connection.",
            content: &[(JSON, Part::Schema("kept"))],
            headers: &[],
        }],
        problems: &[ANY, ADMITTED, NAMED],
        open: false,
    },
    Route {
        method: "put",
        path: "/v1/connections/{id}",
        id: "put_connection",
        tag: CONNECTIONS,
        summary: "Keep a connection",
        description: "Keeps credentials in place of what was there; they are checked against the connector's schema.",
        parameters: &["id"],
        body: Part::Schema("credentials"),
        answers: &[
            Answer {
                status: 200,
                description: "It is kept in place of another.",
                content: &[(JSON, Part::Schema("kept"))],
                headers: &[],
            },
            Answer {
                status: 201,
                description: "It is kept.",
                content: &[(JSON, Part::Schema("kept"))],
                headers: &[],
            },
        ],
        problems: &[ANY, ADMITTED, NAMED, BODY],
        open: false,
    },
    Route {
        method: "delete",
        path: "/v1/connections/{id}",
        id: "delete_connection",
        tag: CONNECTIONS,
        summary: "Forget a connection",
        description: "Forgets the credentials, and the tokens that were got with them.",
        parameters: &["id"],
        body: Part::Nothing,
        answers: &[Answer {
            status: 204,
            description: "It is forgotten.",
            content: &[],
            headers: &[],
        }],
        problems: &[ANY, ADMITTED, NAMED],
        open: false,
    },
    Route {
        method: "get",
        path: "/v1/connections/{id}/authorize",
        id: "authorize_connection",
        tag: CONNECTIONS,
        summary: "Authorize a connection",
        description: "Where to send a person who is to allow it: OAuth 2 with PKCE.",
        parameters: &["id"],
        body: Part::Nothing,
        answers: &[Answer {
            status: 302,
            description: "The service's page.",
            content: &[(JSON, Part::Object)],
            headers: &[],
        }],
        problems: &[ANY, ADMITTED, NAMED, &[409, 422]],
        open: false,
    },
    Route {
        method: "get",
        path: "/v1/oauth/callback",
        id: "authorized",
        tag: CONNECTIONS,
        summary: "Come back from an authorization",
        description: "Takes the code that the service sent along: once for each state, in time.",
        parameters: &[],
        body: Part::Nothing,
        answers: &[Answer {
            status: 200,
            description: "It is authorized.",
            content: &[(JSON, Part::Object), ("text/html", Part::Text)],
            headers: &[],
        }],
        problems: &[ANY, &[400, 401, 403, 404, 409, 422, 429, 502, 503, 504]],
        open: true,
    },
    Route {
        method: "get",
        path: "/mcp",
        id: "mcp_get",
        tag: AGENTS,
        summary: "Model Context Protocol",
        description: "Opens the stream of what the server tells. Streamable HTTP; use a client of the protocol.",
        parameters: &[],
        body: Part::Nothing,
        answers: &[
            Answer {
                status: 200,
                description: "An answer, or a stream of messages.",
                content: &[(JSON, Part::Any), ("text/event-stream", Part::Text)],
                headers: &[],
            },
            Answer {
                status: 202,
                description: "It is taken.",
                content: &[],
                headers: &[],
            },
            Answer {
                status: 204,
                description: "It is ended.",
                content: &[],
                headers: &[],
            },
        ],
        problems: &[ANY, ADMITTED, &[404, 405, 406, 409, 413, 415, 422]],
        open: false,
    },
    Route {
        method: "post",
        path: "/mcp",
        id: "mcp_post",
        tag: AGENTS,
        summary: "Model Context Protocol",
        description: "Takes a message. Streamable HTTP; use a client of the protocol.",
        parameters: &[],
        body: Part::Any,
        answers: &[
            Answer {
                status: 200,
                description: "An answer, or a stream of messages.",
                content: &[(JSON, Part::Any), ("text/event-stream", Part::Text)],
                headers: &[],
            },
            Answer {
                status: 202,
                description: "It is taken.",
                content: &[],
                headers: &[],
            },
            Answer {
                status: 204,
                description: "It is ended.",
                content: &[],
                headers: &[],
            },
        ],
        problems: &[ANY, ADMITTED, &[404, 405, 406, 409, 413, 415, 422]],
        open: false,
    },
    Route {
        method: "delete",
        path: "/mcp",
        id: "mcp_delete",
        tag: AGENTS,
        summary: "Model Context Protocol",
        description: "Ends a session. Streamable HTTP; use a client of the protocol.",
        parameters: &[],
        body: Part::Nothing,
        answers: &[
            Answer {
                status: 200,
                description: "An answer, or a stream of messages.",
                content: &[(JSON, Part::Any), ("text/event-stream", Part::Text)],
                headers: &[],
            },
            Answer {
                status: 202,
                description: "It is taken.",
                content: &[],
                headers: &[],
            },
            Answer {
                status: 204,
                description: "It is ended.",
                content: &[],
                headers: &[],
            },
        ],
        problems: &[ANY, ADMITTED, &[404, 405, 406, 409, 413, 415, 422]],
        open: false,
    },
    Route {
        method: "get",
        path: "/openapi.json",
        id: "openapi",
        tag: DOCUMENTATION,
        summary: "This document",
        description: "What the server answers, and the operations that the caller may invoke, as OpenAPI 3.1.",
        parameters: &["if_none_match"],
        body: Part::Nothing,
        answers: &[
            Answer {
                status: 200,
                description: "The document.",
                content: &[(JSON, Part::Object)],
                headers: &["ETag"],
            },
            UNCHANGED,
        ],
        problems: &[ANY, ADMITTED],
        open: false,
    },
    Route {
        method: "get",
        path: "/docs",
        id: "docs",
        tag: DOCUMENTATION,
        summary: "A page of this document",
        description: "A page that shows this document, and tries out what it describes.",
        parameters: &["if_none_match"],
        body: Part::Nothing,
        answers: &[
            Answer {
                status: 200,
                description: "The page.",
                content: &[("text/html", Part::Text)],
                headers: &["ETag"],
            },
            UNCHANGED,
        ],
        problems: &[ANY],
        open: true,
    },
    Route {
        method: "get",
        path: "/docs/{file}",
        id: "docs_file",
        tag: DOCUMENTATION,
        summary: "A file of the page",
        description: "The page's scripts and styles.",
        parameters: &["file", "if_none_match"],
        body: Part::Nothing,
        answers: &[
            Answer {
                status: 200,
                description: "The file.",
                content: &[("text/javascript", Part::Text), ("text/css", Part::Text)],
                headers: &["ETag"],
            },
            UNCHANGED,
        ],
        problems: &[ANY, &[404]],
        open: true,
    },
    Route {
        method: "get",
        path: "/healthz",
        id: "live",
        tag: SERVER,
        summary: "Does it live?",
        description: "200 while the process lives.",
        parameters: &[],
        body: Part::Nothing,
        answers: &[Answer {
            status: 200,
            description: "It lives.",
            content: &[],
            headers: &[],
        }],
        problems: &[ANY],
        open: true,
    },
    Route {
        method: "get",
        path: "/readyz",
        id: "ready",
        tag: SERVER,
        summary: "Can it answer?",
        description: "200 when it has operations and is not about to stop.",
        parameters: &[],
        body: Part::Nothing,
        answers: &[
            Answer {
                status: 200,
                description: "It can.",
                content: &[],
                headers: &[],
            },
            Answer {
                status: 503,
                description: "It can't.",
                content: &[],
                headers: &[],
            },
        ],
        problems: &[ANY],
        open: true,
    },
    Route {
        method: "get",
        path: "/metrics",
        id: "metrics",
        tag: SERVER,
        summary: "What is counted",
        description: "Metrics for Prometheus.",
        parameters: &[],
        body: Part::Nothing,
        answers: &[Answer {
            status: 200,
            description: "The metrics.",
            content: &[("application/openmetrics-text", Part::Text)],
            headers: &[],
        }],
        problems: &[ANY],
        open: true,
    },
];

const CHOICES: &[&str] = &[
    "name",
    "field",
    "search",
    "page",
    "per_page",
    "style",
    "connection",
];
const CHOSEN: &[Answer] = &[Answer {
    status: 200,
    description: "The choices.",
    content: &[(JSON, Part::Schema("choices"))],
    headers: &["Opwire-Operation", "Opwire-Cache"],
}];

#[cfg(test)]
mod tests {
    use super::*;
    use opwire::ErrorKind;
    use std::collections::BTreeSet;

    #[test]
    fn calls_fail_as_the_table_of_kinds_says() {
        let kinds = ErrorKind::ALL.map(ErrorKind::http_status);
        let kinds: Vec<u16> = BTreeSet::from(kinds).into_iter().collect();
        assert_eq!(CALL, kinds);
    }
}
