//! The test cases of RFC 6570 (in the sources of `PyPI` uritemplate 4.2.0), where our paths and queries say the same:
//! `{name}` is a hole in a path, `{?name}` a query parameter, lists with commas or, exploded, repeated.

use super::load;
use opwire::Engine;
use serde_json::{Map, Value, json};

const FILES: [&str; 2] = ["spec-examples-by-section.json", "extended-tests.json"];

struct Case {
    template: String,
    expected: Vec<String>,
    variables: Value,
}

fn cases() -> Vec<Case> {
    let folder = opwire_tests::corpus::pypi("uritemplate", "4.2.0").unwrap();
    let mut cases = Vec::new();
    for file in FILES {
        let text = std::fs::read_to_string(folder.join("tests/fixtures").join(file)).unwrap();
        let sections: Map<String, Value> = serde_json::from_str(&text).unwrap();
        for section in sections.values() {
            for case in section["testcases"].as_array().unwrap() {
                let expected = match &case[1] {
                    Value::String(one) => vec![one.clone()],
                    Value::Array(several) => several
                        .iter()
                        .filter_map(|one| Some(one.as_str()?.to_owned()))
                        .collect(),
                    _ => vec![],
                };
                cases.push(Case {
                    template: case[0].as_str().unwrap().to_owned(),
                    expected,
                    variables: section["variables"].clone(),
                });
            }
        }
    }
    cases
}

/// A manifest's request for a template; nothing when the language has no such thing.
fn request_of(case: &Case) -> Option<String> {
    let inner = case.template.strip_prefix('{')?.strip_suffix('}')?;
    let value = |name: &str| {
        case.variables
            .get(name)
            .filter(|value| !value.is_null() && *value != "" && *value != &json!([]))
    };
    if let Some(names) = inner.strip_prefix('?') {
        let names: Vec<&str> = names.split(',').collect();
        let exploded = names.iter().any(|name| name.ends_with('*'));
        let mut query = String::new();
        for name in names {
            let plain = name.trim_end_matches('*');
            let value = value(plain)?;
            if plain.contains([':', '.', '%'])
                || value.is_object()
                || (value.is_array() && exploded != name.ends_with('*'))
            {
                return None;
            }
            query += &format!("    '{plain}': '{{{{input.{plain}}}}}'\n");
        }
        let style = if exploded { "repeat" } else { "comma" };
        return Some(format!(
            "  path: /p\n  query_style: {{ arrays: {style} }}\n  query:\n{query}"
        ));
    }
    let plain = inner.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let scalar = value(inner).is_some_and(|value| value.is_string() || value.is_number());
    (plain && scalar).then(|| format!("  path: '/p/{{{{input.{inner}}}}}'\n"))
}

#[test]
fn paths_and_queries_are_expanded_as_rfc_6570_says() {
    let cases = cases();
    let mut applied = 0;
    for case in &cases {
        let Some(request) = request_of(case) else {
            continue;
        };
        let text = format!(
            "title: O\nkind: main\ndescription: O\ninput: {{ type: object, additionalProperties: true }}\nrequest:\n  method: GET\n{request}"
        );
        let catalog = load(&[
            ("c/connector.yaml", super::CONNECTOR),
            ("c/main/o.yaml", &text),
        ]);
        let engine = Engine::builder().catalog(catalog).build().unwrap();
        let rendered = engine.render("c.o", case.variables.clone()).unwrap();
        let url = rendered.uri().to_string();
        let given = url.strip_prefix("https://c.example.com/p").unwrap();
        let given = given.strip_prefix('/').unwrap_or(given);
        assert!(
            case.expected.iter().any(|expected| expected == given),
            "{}: {given}, not {:?}",
            case.template,
            case.expected
        );
        applied += 1;
    }
    println!(
        "{applied} of {} cases have their like in a manifest",
        cases.len()
    );
    assert!(applied >= 16, "{applied}");
}
