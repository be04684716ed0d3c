//! Changes of every class, and how each is graded.

use super::Case;

const CONNECTOR: &str = "connector.yaml";
const MAKE: &str = "main/make.yaml";
const LIST: &str = "main/list.yaml";
const FIND: &str = "main/find.yaml";
const OWNERS: &str = "ddl/list_owners_ddl.yaml";

macro_rules! cases {
    ($($what:literal: [$(($file:expr, $from:literal, $to:literal)),* $(,)?] => [$($change:literal),* $(,)?],)*) => {
        pub(super) const CASES: &[Case] = &[$(Case {
            what: $what,
            edits: &[$(($file, $from, $to)),*],
            changes: &[$($change),*],
        }),*];
    };
}

cases! {
    "an operation is new": [("main/get.yaml", "", "title: Get\nkind: main\ndescription: Gets.\nrequest: { method: GET, path: /thing }\n")] => [
        "compatible get presence ",
    ],
    "an operation is gone": [(LIST, "", ""), ("examples/list.yaml", "", "")] => [
        "breaking list presence ",
    ],
    "an operation is renamed": [(LIST, "", ""), ("examples/list.yaml", "", ""), ("main/list_all.yaml", "", "title: List\nkind: main\ndescription: Lists.\nrequest: { method: GET, path: \"/teams/{{default 1 1}}/things\" }\n")] => [
        "breaking list presence ",
        "compatible list_all presence ",
    ],
    "the kind is another": [
        ("ddl/list_teams_ddl.yaml", "", ""),
        ("main/list_teams_ddl.yaml", "", "title: List teams (DDL)\nkind: main\ndescription: Offers teams.\nresponse:\n  output: { options: [{ label: One, value: 1 }] }\n"),
    ] => [
        "risky list_teams_ddl kind /kind",
    ],
    "the effect is another": [(MAKE, "idempotency:", "effect: delete\nidempotency:")] => [
        "risky make effect /effect",
    ],
    "a call can't be made again": [(MAKE, "idempotency: { header: Idempotency-Key }", "idempotency: none")] => [
        "risky make idempotency /idempotency",
    ],
    "a key goes elsewhere": [(MAKE, "idempotency: { header: Idempotency-Key }", "idempotency: { header: Key }")] => [
        "risky make idempotency /idempotency",
    ],
    "a call can be made again": [(LIST, "kind: main", "kind: main\nidempotency: { header: Key }")] => [
        "compatible list idempotency /idempotency",
    ],
    "the method is another": [(LIST, "method: GET", "method: OPTIONS")] => [
        "breaking list method /request/method by list",
    ],
    "the path is another": [(LIST, "/teams/", "/groups/")] => [
        "breaking list url /request/path by list",
    ],
    "another value stands in the path": [(LIST, "{{default input.team_id 1}}", "{{default input.team_id 2}}")] => [
        "breaking list url /request/path by list",
    ],
    "the path is written otherwise": [(LIST, "{{default input.team_id 1}}", "{{default input.team_id '1'}}")] => [
        "risky list url /request/path",
    ],
    "the path is a URL": [(LIST, "path: \"/teams/", "url: \"/teams/")] => [
        "breaking list url /request/url",
    ],
    "nothing is sent any more": [("ddl/list_teams_ddl.yaml", "response:", "request: { method: GET, path: /teams }\nresponse:")] => [
        "breaking list_teams_ddl url /request",
    ],
    "a query parameter is gone": [(LIST, "query: { page: \"{{input.page}}\" }", "query: {}")] => [
        "risky list query /request/query/page by list",
    ],
    "a query parameter is new": [(LIST, "query: {", "query: { all: 1,")] => [
        "risky list query /request/query/all by list",
    ],
    "a list is laid out otherwise": [(MAKE, "  headers: { X", "  query_style: { arrays: comma }\n  headers: { X")] => [
        "risky make query /request/query/tags by make",
        "risky make query /request/query_style/arrays",
    ],
    "a header is gone": [(MAKE, "  headers: { X-Code: \"{{input.code}}\" }\n", "  headers: { X-Kind: \"{{input.code}}\" }\n")] => [
        "risky make headers /request/headers/X-Code",
        "risky make headers /request/headers/X-Kind",
    ],
    "a part of the body is another": [(MAKE, "name: \"{{input.name}}\"", "name: \"{{lower input.name}}\"")] => [
        "risky make body /request/body/json/name by make",
    ],
    "a part of the body is written otherwise": [(MAKE, "name: \"{{input.name}}\"", "name: \"{{default input.name 'x'}}\"")] => [
        "risky make body /request/body/json/name",
    ],
    "the body is of another kind": [(MAKE, "    json:", "    form:"), (MAKE, "  query: { tags", "  query_style: { arrays: json, objects: json }\n  query: { tags")] => [
        "risky make query /request/query/tags by make",
        "risky make query /request/query_style/arrays",
        "risky make query /request/query_style/objects",
        "risky make body /request/body by make",
    ],
    "a field of the input is gone": [(MAKE, "    color: { type: string, enum: [red, green, blue] }\n", ""), (MAKE, "color: \"{{input.color}}\", ", "")] => [
        r#"breaking make input /color <- {"name":"a","color":"red"}"#,
        "risky make body /request/body/json/rest/color",
    ],
    "a field of the input is new": [(MAKE, "    color:", "    shape: { type: string }\n    color:"), (MAKE, "rest: {", "rest: { shape: \"{{input.shape}}\",")] => [
        "compatible make body /request/body/json/rest/shape",
        "compatible make input /shape",
    ],
    "a field of the input is new and required": [(MAKE, "    color:", "    shape: { type: string }\n    color:"), (MAKE, "rest: {", "rest: { shape: \"{{input.shape}}\","), (MAKE, "required: [name]", "required: [name, shape]")] => [
        r#"breaking make input /shape <- {"name":"a"} by make"#,
        "compatible make body /request/body/json/rest/shape",
    ],
    "a field must be given": [(MAKE, "required: [name]", "required: [name, size]")] => [
        r#"breaking make input /size <- {"name":"a"} by make.refused"#,
    ],
    "a field must be given and is filled in": [(MAKE, "required: [name]", "required: [name, kind]")] => [],
    "a field need not be given": [(MAKE, "required: [name]", "required: []")] => [
        "compatible make input /name",
    ],
    "a type is narrower": [(MAKE, "note: { type: [string, \"null\"] }", "note: { type: string }")] => [
        r#"breaking make input /note <- {"name":"a","note":null}"#,
    ],
    "a type is wider": [(MAKE, "size: { type: integer,", "size: { type: number,")] => [
        "compatible make input /size",
    ],
    "a type is another": [(MAKE, "owner: { type: integer,", "owner: { type: boolean,"), (OWNERS, "value: \"{{owner.id}}\"", "value: \"{{is owner.id 'number'}}\"")] => [
        "breaking list_owners_ddl output /options/0/value by list_owners_ddl",
        r#"breaking make input /owner <- {"name":"a","owner":0}"#,
    ],
    "a value is gone": [(MAKE, "[red, green, blue]", "[red, blue]")] => [
        r#"breaking make input /color <- {"name":"a","color":"green"}"#,
    ],
    "a value is new": [(MAKE, "[red, green, blue]", "[red, green, blue, black]")] => [
        "compatible make input /color",
    ],
    "bounds are narrower": [(MAKE, "minLength: 1, maxLength: 20", "minLength: 2, maxLength: 19"), (MAKE, "maximum: 9", "maximum: 8")] => [
        r#"breaking make input /name <- {"name":"a"}"#,
        r#"breaking make input /size <- {"name":"a","size":9}"#,
    ],
    "bounds are wider": [(MAKE, "minLength: 1, maxLength: 20", "maxLength: 21"), (MAKE, "maximum: 9", "maximum: 10")] => [
        "compatible make input /name",
        "compatible make input /size",
    ],
    "a pattern is narrower": [(MAKE, "^[a-z]+$", "^[a-f]+$")] => [
        r#"breaking make input /code <- {"name":"a","code":"z"}"#,
    ],
    "a pattern is written otherwise": [(MAKE, "^[a-z]+$", "^[a-z][a-z]*$")] => [
        "risky make input /code",
    ],
    "a list is shorter": [(MAKE, "maxItems: 5", "maxItems: 4")] => [
        r#"breaking make input /tags <- {"name":"a","tags":["a","1","","Ab-1_","a b"]}"#,
    ],
    "items are of another type": [(MAKE, "tags: { type: array, items: { type: string }", "tags: { type: array, items: { type: integer }")] => [
        r#"breaking make input /tags/0 <- {"name":"a","tags":["a"]} by make"#,
    ],
    "a field of an item is gone": [(MAKE, "          count: { type: integer }\n", "")] => [
        r#"breaking make input /parts/0/count <- {"name":"a","parts":[{"id":0,"count":0}]}"#,
    ],
    "other keys are refused": [(MAKE, "additionalProperties: { type: [string, integer] }", "additionalProperties: false")] => [
        r#"breaking make input /labels/* <- {"name":"a","labels":{"another_key":0}}"#,
    ],
    "values of other keys are narrower": [(MAKE, "additionalProperties: { type: [string, integer] }", "additionalProperties: { type: string }")] => [
        r#"breaking make input /labels/* <- {"name":"a","labels":{"another_key":0}}"#,
    ],
    "two fields must not come together": [(MAKE, "  required: [name]\n  additional", "  required: [name]\n  not: { required: [size, color] }\n  additional")] => [
        r#"breaking make input  <- {"name":"a","size":0,"color":"red","tags":[],"code":"a","note":null,"kind":"a","owner":0,"pin":"a","parts":[],"labels":{}}"#,
    ],
    "an example is refused": [(MAKE, "maxLength: 20", "maxLength: 3")] => [
        r#"breaking make input /name <- {"name":"Ab-1_"} by make"#,
    ],
    "a default is another": [(MAKE, "default: plain", "default: fancy")] => [
        "risky make query /request/query/kind by make",
        "risky make default /kind",
    ],
    "a default is gone": [(MAKE, ", default: plain", "")] => [
        "risky make query /request/query/kind by make",
        "risky make default /kind",
    ],
    "a default is new": [(MAKE, "maximum: 9 }", "maximum: 9, default: 4 }")] => [
        "risky make body /request/body/json/size by make.refused",
        "risky make default /size",
    ],
    "a secret is none any more": [(MAKE, ", x-secret: true", "")] => [
        "risky make secret /pin",
    ],
    "a field is secret": [(MAKE, "pattern: \"^[a-z]+$\"", "pattern: \"^[a-z]+$\", x-secret: true")] => [
        "compatible make secret /code",
    ],
    "a drop-down is gone": [(MAKE, ", x-options: { operation: list_owners_ddl }", "")] => [
        "breaking make options /owner",
    ],
    "a drop-down is new": [(LIST, "team_id: { type: integer }", "team_id: { type: integer, x-options: { operation: list_teams_ddl } }")] => [
        "compatible list options /team_id",
    ],
    "a drop-down is another": [(MAKE, "list_owners_ddl", "list_teams_ddl")] => [
        "risky make options /owner",
    ],
    "choices stand elsewhere": [(OWNERS, "response:", "options: { items: /owners, label: /label, value: /value }\nresponse:"), (OWNERS, "    options:", "    owners:")] => [
        "breaking list_owners_ddl output /options by list_owners_ddl",
        "risky list_owners_ddl options /options/items",
        "compatible list_owners_ddl output /owners by list_owners_ddl",
    ],
    "a field of the output is gone": [(MAKE, "    size: \"{{response.body.size}}\"\n", "")] => [
        "breaking make output /size by make",
    ],
    "a field of the output is new": [(MAKE, "    answered: true", "    answered: true\n    more: \"{{response.body.id}}\"")] => [
        "compatible make output /more by make",
    ],
    "a field of the output is of another type": [(MAKE, "    id: \"{{response.body.id}}\"", "    id: \"{{string response.body.id}}\"")] => [
        "breaking make output /id by make",
    ],
    "a field of the output is another": [(MAKE, "    name: \"{{response.body.name}}\"", "    name: \"{{lower response.body.name}}\"")] => [
        "risky make output /name by make",
    ],
    "a field of the output may be null": [(MAKE, "      size: { type: integer }", "      size: { type: [integer, \"null\"] }")] => [
        "risky make output /size",
    ],
    "a field of the output may be missing": [(MAKE, "required: [id, name, state, size, parts]", "required: [id, name, state, parts]")] => [
        "risky make output /size",
    ],
    "a field of the output is always there": [(MAKE, "required: [id, name, state, size, parts]", "required: [id, name, state, size, parts, when]")] => [],
    "a field of the output has other values": [(MAKE, "[new, old]", "[new, old, gone]")] => [
        "risky make output /state",
    ],
    "a field of the output has fewer values": [(MAKE, "[new, old]", "[new]")] => [],
    "less is promised of the output": [(MAKE, "minimum: 1", "minimum: 0"), (MAKE, ", format: date-time", "")] => [
        "risky make output /id",
        "risky make output /when",
    ],
    "nothing is known of the output": [(MAKE, "name: { type: string }\n      state", "state")] => [
        "risky make output /name",
    ],
    "a field in the output's list is gone": [(MAKE, "properties: { id: { type: integer }, note: { type: string } }", "properties: { id: { type: integer } }")] => [
        "risky make output /parts/0/note",
    ],
    "the output is another": [(LIST, "output: \"{{response.body}}\"", "output: { data: \"{{response.body.data}}\" }")] => [
        "breaking list output /next by list",
        "risky list output ",
    ],
    "fewer replies are success": [(MAKE, "success: 200-201", "success: 201")] => [
        "risky make response /response/success",
    ],
    "more replies are success": [(MAKE, "success: 200-201", "success: 200-299")] => [
        "risky make response /response/success",
    ],
    "no reply is an error": [(MAKE, "success: 200-201", "success: any")] => [
        "risky make response /response/success",
        "risky make errors  by make.refused",
    ],
    "the status is no data any more": [(FIND, "  success: any\n", "")] => [
        "breaking find response /response/success",
    ],
    "the reply is read otherwise": [(LIST, "response:", "response:\n  format: json")] => [
        "risky list response /response/format",
    ],
    "pages are gone": [(LIST, "pagination: pages\n", "")] => [
        "breaking list pagination /pagination",
    ],
    "pages are new": [(FIND, "response:", "pagination: pages
response:")] => [
        "compatible find pagination /pagination",
    ],
    "pages are walked otherwise": [(LIST, "pagination: pages", "pagination: other")] => [
        "risky list pagination /pagination/use",
    ],
    "a paginator is another": [(CONNECTOR, "request: { query: { page: \"{{next}}\" } }", "request: { query: { p: \"{{next}}\" } }")] => [
        "risky - pagination /pagination/pages/request/query/p",
        "risky - pagination /pagination/pages/request/query/page",
    ],
    "fewer items are collected": [(OWNERS, "collect: 100", "collect: 10")] => [
        "risky list_owners_ddl pagination /pagination/collect",
    ],
    "more items are collected": [(OWNERS, "collect: 100", "collect: 1000")] => [
        "compatible list_owners_ddl pagination /pagination/collect",
    ],
    "items are collected": [(LIST, "pagination: pages", "pagination: { use: pages, collect: 100 }")] => [
        "risky list pagination /pagination/collect",
    ],
    "an error has another code": [(CONNECTOR, "code: refused", "code: rejected")] => [
        "risky - errors /errors/1/code",
    ],
    "an error has another message": [(CONNECTOR, "message: There is no such thing", "message: Nothing there")] => [
        "compatible - errors /errors/0/message",
    ],
    "an error has a rule": [(CONNECTOR, "errors:", "errors:\n  - { when: { status: 422 }, code: invalid }")] => [
        "risky - errors /errors/0",
    ],
    "an error has no rule": [(CONNECTOR, "  - { when: { status: 400-499 }, code: refused, message: \"{{response.body.error}}\" }\n", "")] => [
        "risky - errors /errors/1",
    ],
    "rules are of another order": [
        (CONNECTOR, "  - { when: { status: 404 }, code: nothing_there, message: There is no such thing }\n", ""),
        (CONNECTOR, "pagination:\n", "  - { when: { status: 404 }, code: nothing_there, message: There is no such thing }\npagination:\n"),
    ] => [
        "risky - errors /errors",
    ],
    "an operation has rules of its own": [(MAKE, "response:", "errors: [{ when: { status: 409 }, code: there_already }]\nresponse:")] => [
        "risky make errors /errors/0",
    ],
    "the base URL is another": [(CONNECTOR, "https://t.example.com/v1", "https://t.example.com/v2")] => [
        "breaking - url /base_url",
    ],
    "a credential is required": [(CONNECTOR, "required: [token]", "required: [token, team]")] => [
        "breaking - credentials /credentials/properties/team",
    ],
    "a credential is new": [(CONNECTOR, "    team:", "    region: { type: string }\n    team:"), (CONNECTOR, "Team: \"", "Region: \"{{credentials.region}}\", Team: \"")] => [
        "risky - auth /auth/headers/Region",
        "compatible - credentials /credentials/properties/region",
    ],
    "a credential is gone": [(CONNECTOR, "    team: { type: string, title: Team }\n", ""), (CONNECTOR, ", Team: \"{{credentials.team}}\"", "")] => [
        "breaking - credentials /credentials/properties/team",
        "risky - auth /auth/headers/Team",
    ],
    "another set of credentials is enough": [(CONNECTOR, "  required: [token]", "  anyOf: [{ required: [token] }, { required: [team] }]")] => [],
    "requests are signed otherwise": [(CONNECTOR, "Authorization-Token:", "X-Token:")] => [
        "risky - auth /auth/headers/Authorization-Token",
        "risky - auth /auth/headers/X-Token",
    ],
    "a header of every request is another": [(CONNECTOR, "Accept: application/json", "Accept: application/vnd.t+json")] => [
        "risky - headers /request/headers/Accept",
    ],
    "lists are laid out otherwise": [(CONNECTOR, "arrays: brackets", "arrays: repeat")] => [
        "risky - query /request/query_style/arrays",
        "risky make query /request/query/tags by make",
    ],
    "an origin can't be reached": [(CONNECTOR, "egress: [\"https://files.example.com\"]", "egress: []")] => [
        "breaking - egress /egress",
    ],
    "an origin can be reached": [(CONNECTOR, "egress: [", "egress: [\"https://more.example.com\", ")] => [
        "compatible - egress /egress",
    ],
    "credentials go to an origin": [(CONNECTOR, "egress: [\"https://files.example.com\"]", "egress: [{ origin: \"https://files.example.com\", credentials: true }]")] => [
        "risky - egress /egress",
    ],
    "limits are narrower": [(CONNECTOR, "limits: { timeout: 20s, response_size: 5MiB, retry: { attempts: 3 },", "limits: { timeout: 10s, response_size: 1MiB, retry: { attempts: 2 },")] => [
        "risky - limits /limits/response_size",
        "risky - limits /limits/retry",
        "risky - limits /limits/timeout",
    ],
    "limits are wider": [(CONNECTOR, "limits: { timeout: 20s, response_size: 5MiB, retry: { attempts: 3 }, rate: { cost: 10, per: 1m } }", "limits: { timeout: 30s, response_size: 10MiB, retry: { attempts: 4 } }")] => [
        "compatible - limits /limits/rate",
        "compatible - limits /limits/response_size",
        "compatible - limits /limits/retry",
        "compatible - limits /limits/timeout",
    ],
    "limits are what they were": [(CONNECTOR, "timeout: 20s", "timeout: 20000ms")] => [],
    "an operation has limits of its own": [(MAKE, "response:", "limits: { deadline: 10s }\nresponse:")] => [
        "risky make limits /limits/deadline",
    ],
    "titles and descriptions are others": [
        (CONNECTOR, "title: Things", "title: All things"),
        (MAKE, "description: Makes a thing.", "description: Makes one."),
        (MAKE, "title: Name", "title: The name"),
    ] => [
        "compatible - text /title",
        "compatible make text /description",
        "compatible make text /name/title",
    ],
}
