//! The connector whose changes are compared.

pub(super) const CONNECTOR: &str = r#"opwire: 1
name: t
title: Things
description: A made-up service of things.
base_url: https://t.example.com/v1
credentials:
  type: object
  required: [token]
  properties:
    token: { type: string, title: Token }
    team: { type: string, title: Team }
auth:
  headers: { Authorization-Token: "{{credentials.token}}", Team: "{{credentials.team}}" }
request:
  headers: { Accept: application/json }
  query_style: { arrays: brackets }
egress: ["https://files.example.com"]
limits: { timeout: 20s, response_size: 5MiB, retry: { attempts: 3 }, rate: { cost: 10, per: 1m } }
errors:
  - { when: { status: 404 }, code: nothing_there, message: There is no such thing }
  - { when: { status: 400-499 }, code: refused, message: "{{response.body.error}}" }
pagination:
  pages:
    items: "{{response.body.data}}"
    next: "{{response.body.next}}"
    request: { query: { page: "{{next}}" } }
  other:
    items: "{{response.body.data}}"
    next: "{{response.body.after}}"
    request: { query: { after: "{{next}}" } }
"#;

const MAKE: &str = r#"title: Make
kind: main
description: Makes a thing.
idempotency: { header: Idempotency-Key }
input:
  type: object
  required: [name]
  additionalProperties: false
  properties:
    name: { type: string, minLength: 1, maxLength: 20, title: Name }
    size: { type: integer, minimum: 0, maximum: 9 }
    color: { type: string, enum: [red, green, blue] }
    tags: { type: array, items: { type: string }, maxItems: 5 }
    code: { type: string, pattern: "^[a-z]+$" }
    note: { type: [string, "null"] }
    kind: { type: string, default: plain }
    owner: { type: integer, x-options: { operation: list_owners_ddl } }
    pin: { type: string, x-secret: true }
    parts:
      type: array
      items:
        type: object
        required: [id]
        additionalProperties: false
        properties:
          id: { type: integer }
          count: { type: integer }
    labels: { type: object, additionalProperties: { type: [string, integer] } }
request:
  method: POST
  path: /things
  query: { tags: "{{input.tags}}", kind: "{{input.kind}}" }
  headers: { X-Code: "{{input.code}}" }
  body:
    json:
      name: "{{input.name}}"
      size: "{{input.size}}"
      rest: { color: "{{input.color}}", note: "{{input.note}}", owner: "{{input.owner}}", pin: "{{input.pin}}" }
      parts: "{{input.parts}}"
      labels: "{{input.labels}}"
response:
  success: 200-201
  schema:
    type: object
    required: [id, name, state, size, parts]
    properties:
      id: { type: integer, minimum: 1 }
      name: { type: string }
      state: { enum: [new, old] }
      size: { type: integer }
      when: { type: string, format: date-time }
      parts: { type: array, items: { type: object, required: [id], properties: { id: { type: integer }, note: { type: string } } } }
  output:
    id: "{{response.body.id}}"
    name: "{{response.body.name}}"
    state: "{{response.body.state}}"
    size: "{{response.body.size}}"
    when: "{{response.body.when}}"
    parts: "{{response.body.parts}}"
    answered: true
"#;

const LIST: &str = r#"title: List
kind: main
description: Lists things.
input:
  type: object
  properties:
    page: { type: integer }
    team_id: { type: integer }
request:
  method: GET
  path: "/teams/{{default input.team_id 1}}/things"
  query: { page: "{{input.page}}" }
pagination: pages
response:
  output: "{{response.body}}"
"#;

const FIND: &str = r#"title: Find
kind: main
description: Finds things.
request: { method: GET, path: /found }
response:
  success: any
  output: "{{response.body}}"
"#;

const OWNERS: &str = r#"title: List owners (DDL)
kind: ddl
description: Offers owners.
request: { method: GET, path: /owners }
pagination: { use: pages, collect: 100 }
response:
  output:
    options:
      $each: "{{items}}"
      $as: owner
      $map: { label: "{{owner.name}}", value: "{{owner.id}}" }
"#;

const TEAMS: &str = r"title: List teams (DDL)
kind: ddl
description: Offers teams.
response:
  output: { options: [{ label: One, value: 1 }] }
";

pub(super) const OPERATIONS: &[(&str, &str)] = &[
    ("make", MAKE),
    ("list", LIST),
    ("find", FIND),
    ("list_owners_ddl", OWNERS),
    ("list_teams_ddl", TEAMS),
];

pub(super) const EXAMPLES: &[(&str, &str)] = &[
    (
        "make",
        r"input:
  token: t
  team: t
  name: Ball
  size: 3
  tags: [a]
  parts: [{ id: 1 }]
replies:
  - status: 201
    headers: { content-type: application/json }
    body: { id: 7, name: Ball, state: new, size: 3, parts: [{ id: 1, note: x }], more: 1 }
",
    ),
    (
        "make.refused",
        r"input: { token: t, team: t, name: Ball }
replies:
  - status: 422
    headers: { content-type: application/json }
    body: { error: There is one }
",
    ),
    (
        "list",
        r"input: { token: t, team: t, page: 2 }
replies:
  - headers: { content-type: application/json }
    body: { data: [{ id: 1 }], next: null }
",
    ),
    (
        "list_owners_ddl",
        r"input: { token: t, team: t }
replies:
  - headers: { content-type: application/json }
    body: { data: [{ id: 1, name: Ann }], next: null }
",
    ),
    (
        "find",
        "input: { token: t }\nreplies: [{ headers: { content-type: application/json }, body: { data: [], next: null } }]\n",
    ),
    ("list_teams_ddl", "input: {}\nreplies: []\n"),
];
