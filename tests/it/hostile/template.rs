//! Templates that run, recurse, read or cost what a manifest's can't.

use super::{CONNECTOR, Hostile, changed};
use serde_json::{Value, json};

fn nested(depth: usize) -> String {
    format!(
        "{{{{{}response.body{}}}}}",
        "lower (".repeat(depth),
        ")".repeat(depth)
    )
}

fn lists(depth: usize) -> Value {
    (0..depth).fold(json!("{{response.body}}"), |inner, _| json!([inner]))
}

pub(super) fn cases() -> Vec<Hostile> {
    let mut cases = Vec::new();
    let mut more = |code, name: &str, output: Value| {
        cases.push(changed(code, name, "/response/output", output))
    };
    for template in [
        "{{#if response.body}}x{{/if}}",
        "{{#unless response.body}}x{{/unless}}",
        "{{#each response.body}}{{/each}}",
        "{{#each response.body}}{{#each this}}{{#each this}}{{/each}}{{/each}}{{/each}}",
        "{{#with response}}{{body}}{{/with}}",
        "{{#*inline \"x\"}}{{> x}}{{/inline}}{{> x}}",
        "{{#*inline \"x\"}}a{{/inline}}",
        "{{> x}}",
        "{{> (lookup . 'x')}}",
        "{{#> x}}{{/x}}",
        "{{> @partial-block}}",
        "{{* decorator}}",
        "{{{response.body}}}",
        "{{&response.body}}",
        "{{{{raw}}}}{{response.body}}{{{{/raw}}}}",
        "{{^response.body}}x{{/response.body}}",
        "{{else}}",
        "{{/if}}",
        "{{#if}}",
        "{{^}}",
        "{{@root.response.body}}",
        "{{@index}}",
        "{{@../index}}",
        "{{../response.body}}",
        "{{response.body",
        "{{}}",
        "{{ }}",
        "{{{{",
        "{{'unclosed}}",
        "{{lower (}}",
        "{{lower (lower response.body}}",
        "{{lower response.body as |x|}}",
        "{{response.[body}}",
        "{{response..body}}",
        "{{response.body.}}",
        "{{this}}",
        "{{lower \u{0}}}",
    ] {
        more("template-syntax", template, json!(template));
    }
    for template in [
        "{{lookup response 'body'}}",
        "{{log response.body}}",
        "{{eval response.body}}",
        "{{include '/etc/passwd'}}",
        "{{helperMissing response.body}}",
        "{{blockHelperMissing response.body}}",
        "{{default (exec 'id') 1}}",
    ] {
        more("unknown-helper", template, json!(template));
    }
    for template in [
        "{{lower}}",
        "{{eq}}",
        "{{env.PATH}}",
        "{{process.env.HOME}}",
        "{{secrets.token}}",
        "{{constructor}}",
        "{{__proto__.polluted}}",
        "{{input.nothing}}",
        "{{response.headerz}}",
    ] {
        more("unknown-path", template, json!(template));
    }
    for template in [
        "{{credentials.token}}",
        "x{{credentials.token}}y",
        "{{lower credentials.token}}",
        "{{default (lower credentials.token) 1}}",
        "{{credentials}}",
    ] {
        more("secret-outside-auth", template, json!(template));
    }
    for template in [
        "{{lower response.body response.body response.body}}",
        "{{eq 1}}",
    ] {
        more("helper-arguments", template, json!(template));
    }
    more("unknown-path", "{{if}}", json!("{{if}}"));
    for (name, operator) in [
        ("an unknown operator", json!({"$eval": "{{response.body}}"})),
        ("$ref in a template", json!({"$ref": "#/x"})),
        (
            "$each with an unknown part",
            json!({"$each": "{{response.body}}", "$sort": 1}),
        ),
        (
            "$if with other keys",
            json!({"$if": "{{response.body}}", "$then": 1, "x": 2}),
        ),
        ("$where alone", json!({"$where": "this.a == 1"})),
        (
            "two operators",
            json!({"$if": true, "$then": 1, "$switch": 1, "$cases": {}}),
        ),
    ] {
        more("bad-operator", name, operator);
    }
    more(
        "template-syntax",
        "5,000 nested calls",
        json!(nested(5_000)),
    );
    more(
        "template-syntax",
        "10,000 nested calls",
        json!(nested(10_000)),
    );
    more("template-syntax", "100 nested calls", json!(nested(100)));
    more(
        "template-syntax",
        "20,000 open parentheses",
        json!(format!("{{{{lower {}", "(".repeat(20_000))),
    );
    more(
        "template-syntax",
        "20,000 open braces",
        json!("{{".repeat(20_000)),
    );
    more(
        "template-syntax",
        "5,000 nested blocks",
        json!(format!("{}x", "{{#if response.body}}".repeat(5_000))),
    );
    more(
        "template-syntax",
        "a chain of partials",
        json!(
            (0..1_000)
                .map(|n| format!("{{{{> p{n}}}}}"))
                .collect::<String>()
        ),
    );
    more(
        "template-syntax",
        "a path of 20,000 steps",
        json!(format!("{{{{response.body{}}}}}", ".a".repeat(20_000))),
    );
    more(
        "template-syntax",
        "a template of 200 KiB",
        json!("{{response.body}} ".repeat(12_000)),
    );
    more(
        "helper-arguments",
        "6,000 arguments",
        json!(format!("{{{{lower{}}}}}", " 1".repeat(6_000))),
    );
    more("file-too-large", "a template 100 lists deep", lists(100));
    for (name, part, value) in [
        (
            "credentials in the path",
            "/request/path",
            json!("/x/{{credentials.token}}"),
        ),
        (
            "credentials in the query",
            "/request/query",
            json!({"q": "{{credentials.token}}"}),
        ),
        (
            "credentials in a header",
            "/request/headers",
            json!({"X-T": "{{credentials.token}}"}),
        ),
        (
            "credentials in the body",
            "/request/body",
            json!({"json": {"t": "{{credentials.token}}"}}),
        ),
    ] {
        cases.push(changed("secret-outside-auth", name, part, value));
    }
    for (name, part, value) in [
        (
            "the reply in the path",
            "/request/path",
            json!("/x/{{response.body.id}}"),
        ),
        (
            "the reply in the query",
            "/request/query",
            json!({"q": "{{response.body.id}}"}),
        ),
    ] {
        cases.push(changed("unknown-path", name, part, value));
    }
    let mut everywhere = changed(
        "secret-outside-auth",
        "credentials in the connector's headers",
        "/response/output",
        json!(1),
    );
    everywhere.connector =
        format!("{CONNECTOR}request: {{ headers: {{ X-T: '{{{{credentials.token}}}}' }} }}\n")
            .into();
    cases.push(everywhere);
    cases
}
