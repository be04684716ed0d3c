//! Operations: to list, to invoke, to walk, and the choices of their fields.

use super::{JSON, OPERATIONS};
use crate::openapi::route::{ADMITTED, ANY, Answer, BODY, CALL, NAMED, Part, QUERY, Route};

const OF_CALL: &[&str] = &[
    "Opwire-Operation",
    "Opwire-Attempts",
    "Opwire-Status",
    "Idempotency-Key",
    "Opwire-Replayed",
];
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
