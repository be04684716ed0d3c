//! An operation to begin with, and its example.

use super::ask::Ask;
use super::{check_name, create, title_of};
use crate::args::{KindArg, NewOperationArgs};
use crate::exit::{self, Ended};
use crate::{find, terminal};
use opwire::manifest::to_yaml;
use opwire::{Catalog, Connector};
use serde_json::{Map, Value, json};
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

pub(super) fn write(
    folder: Option<&Path>,
    args: &NewOperationArgs,
    mut ask: Ask<impl BufRead, impl Write>,
) -> Ended {
    let catalog = find::catalog(folder)?;
    let (connector, name) = place(&catalog, &args.name)?;
    check_name(&name)?;
    let draft = Draft::ask(&connector, &name, args, &mut ask)?;
    let dir = connector.dir();
    let kind = draft.folder();
    create(
        &dir.join(kind).join(format!("{name}.yaml")),
        &draft.manifest(),
    )?;
    create(
        &dir.join("examples").join(format!("{name}.yaml")),
        &draft.example(),
    )?;
    terminal::note(&format!(
        "next: put the service's real reply into the example, then opwire test {name} --accept"
    ));
    Ok(exit::DONE)
}

/// The connector and the operation's name in it: `shop.get_order`, or `get_order` where there is one connector.
fn place(catalog: &Catalog, name: &str) -> Result<(Arc<Connector>, String), ExitCode> {
    let connectors: Vec<_> = catalog.connectors().collect();
    let wanted = name.split_once('.');
    let found = match wanted {
        Some((connector, _)) => connectors.iter().find(|known| known.name() == connector),
        None if connectors.len() == 1 => connectors.first(),
        None => None,
    };
    let Some(found) = found else {
        let names: Vec<&str> = connectors.iter().map(|known| known.name()).collect();
        let message = match wanted {
            Some((connector, _)) => format!("there is no connector `{connector}`"),
            None => "there are several connectors".to_owned(),
        };
        let help = format!(
            "write CONNECTOR.NAME; the connectors are {}",
            names.join(", ")
        );
        terminal::error(&message, Some(&help));
        return Err(ExitCode::from(exit::USAGE));
    };
    let name = wanted.map_or(name, |(_, name)| name);
    Ok((Arc::clone(found), name.to_owned()))
}

/// What is known of the operation.
struct Draft<'a> {
    connector: &'a Connector,
    title: String,
    description: String,
    kind: KindArg,
    method: String,
    /// With `{name}` where the input goes.
    path: String,
    query: Vec<String>,
    options: [String; 3],
}

impl<'a> Draft<'a> {
    fn ask(
        connector: &'a Connector,
        name: &str,
        args: &NewOperationArgs,
        ask: &mut Ask<impl BufRead, impl Write>,
    ) -> Result<Self, ExitCode> {
        let kind = args.kind.unwrap_or(if name.ends_with("_ddl") {
            KindArg::Ddl
        } else {
            KindArg::Main
        });
        let usual = title_of(name).replace(" ddl", " (DDL)");
        let title = ask.or(args.title.as_deref(), "Title", &usual)?;
        let usual = format!("{}.", title.trim_end_matches(" (DDL)"));
        let description = ask.or(args.description.as_deref(), "What it does", &usual)?;
        let method = ask.or(args.method.as_deref(), "Method", usual_method(name))?;
        let path = ask.must(
            args.path.as_deref(),
            "Path, with {name} for what the input gives, such as /orders/{order_id}",
            "--path",
        )?;
        let method = method.to_ascii_uppercase();
        if holes(&path).is_none() {
            return Err(exit::usage(
                "--path: every { needs a name and a }, such as /orders/{order_id}",
            ));
        }
        let mut options = [("items", "data"), ("label", "name"), ("value", "id")]
            .map(|(_, usual)| usual.to_owned());
        if kind == KindArg::Ddl {
            let [items, label, value] = &mut options;
            *items = ask.or(
                args.items.as_deref(),
                "Where the records are in the reply",
                items,
            )?;
            *label = ask.or(args.label.as_deref(), "The record's label", label)?;
            *value = ask.or(args.value.as_deref(), "The record's value", value)?;
        }
        let query = args.query.clone();
        Ok(Self {
            connector,
            title,
            description,
            kind,
            method,
            path,
            query,
            options,
        })
    }

    fn folder(&self) -> &'static str {
        match self.kind {
            KindArg::Main => "main",
            KindArg::Ddl => "ddl",
        }
    }

    /// Does the request have a body?
    fn writes(&self) -> bool {
        matches!(self.method.as_str(), "POST" | "PUT" | "PATCH")
    }

    fn manifest(&self) -> String {
        let mut manifest = Map::new();
        let mut put = |key: &str, value: Value| drop(manifest.insert(key.to_owned(), value));
        put("title", json!(self.title));
        put("kind", json!(self.folder()));
        put("description", json!(self.description));
        if let Some(input) = self.input() {
            put("input", input);
        }
        put("request", self.request());
        if self.kind == KindArg::Ddl {
            let [items, label, value] = &self.options;
            let each = json!({
                "$each": format!("{{{{response.body.{items}}}}}"),
                "$as": "record",
                "$map": {
                    "label": format!("{{{{record.{label}}}}}"),
                    "value": format!("{{{{record.{value}}}}}"),
                },
            });
            put("response", json!({ "output": { "options": each } }));
        }
        let comment = "yaml-language-server: $schema=../../../schemas/operation.schema.json";
        to_yaml(
            &[comment],
            &Value::Object(manifest),
            &["input", "request", "response"],
        )
    }

    fn request(&self) -> Value {
        let path = self.path.replace('{', "{{input.").replace('}', "}}");
        let mut request = json!({ "method": self.method, "path": path });
        let Some(map) = request.as_object_mut() else {
            return request;
        };
        if !self.query.is_empty() {
            let query = self.query.iter();
            let query = query.map(|name| (name.clone(), format!("{{{{input.{name}}}}}").into()));
            map.insert("query".to_owned(), Value::Object(query.collect()));
        }
        if self.writes() {
            map.insert("body".to_owned(), json!({ "json": "{{input.fields}}" }));
        }
        request
    }

    /// The input's schema; nothing when it takes none.
    fn input(&self) -> Option<Value> {
        let mut properties = Map::new();
        let mut required = holes(&self.path).unwrap_or_default();
        let shared = self.connector.manifest().pointer("/$defs/id").is_some();
        for name in &required {
            let property = if shared && (*name == "id" || name.ends_with("_id")) {
                json!({ "$ref": "connector.yaml#/$defs/id", "title": title_of(name) })
            } else {
                json!({ "type": "string", "minLength": 1, "title": title_of(name) })
            };
            properties.insert((*name).to_owned(), property);
        }
        for name in &self.query {
            let property = json!({ "type": "string", "title": title_of(name) });
            properties.insert(name.clone(), property);
        }
        if self.writes() {
            required.push("fields");
            let property = json!({ "type": "object", "title": "Fields" });
            properties.insert("fields".to_owned(), property);
        }
        if properties.is_empty() {
            return None;
        }
        let mut input = Map::new();
        input.insert("type".to_owned(), json!("object"));
        if !required.is_empty() {
            input.insert("required".to_owned(), json!(required));
        }
        input.insert("additionalProperties".to_owned(), json!(false));
        input.insert("properties".to_owned(), Value::Object(properties));
        Some(Value::Object(input))
    }

    fn example(&self) -> String {
        let mut input = Map::new();
        for name in self.connector.usual_credentials() {
            input.insert(name.to_owned(), format!("your_{name}_here").into());
        }
        for name in holes(&self.path).unwrap_or_default() {
            input.insert(name.to_owned(), json!("7"));
        }
        if self.writes() {
            input.insert("fields".to_owned(), json!({ "name": "Ada" }));
        }
        let [items, label, value] = &self.options;
        let body = match self.kind {
            KindArg::Main => json!({ "id": 7 }),
            KindArg::Ddl => nested(
                items,
                json!([merged(nested(label, json!("Ada")), nested(value, json!(7)))]),
            ),
        };
        let headers = json!({ "content-type": "application/json" });
        let example = json!({
            "description": "Made up, until a real reply stands here.",
            "input": input,
            "replies": [{ "status": 200, "headers": headers, "body": body }],
        });
        let comment = "yaml-language-server: $schema=../../../schemas/example.schema.json";
        to_yaml(&[comment], &example, &[])
    }
}

/// `data.users` and a list → `{ data: { users: […] } }`
fn nested(path: &str, inner: Value) -> Value {
    path.rsplit('.')
        .fold(inner, |inner, name| json!({ name: inner }))
}

/// Two objects as one.
fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            for (key, value) in other {
                let before = one.remove(&key);
                let value = before.map_or(value.clone(), |before| merged(before, value));
                one.insert(key, value);
            }
            Value::Object(one)
        }
        (_, other) => other,
    }
}

/// By the first word, as operations are usually named.
fn usual_method(name: &str) -> &'static str {
    match name.split('_').next().unwrap_or_default() {
        "create" | "add" | "send" | "start" => "POST",
        "update" | "set" => "PUT",
        "delete" | "remove" => "DELETE",
        _ => "GET",
    }
}

/// The names between braces; nothing when a brace is open or a name is none.
fn holes(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        let sound = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() || !sound || before.contains('}') {
            return None;
        }
        names.push(name);
        rest = after;
    }
    (!rest.contains('}')).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_braces() {
        assert_eq!(holes("/a/{b}/c-{d_1}.json"), Some(vec!["b", "d_1"]));
        assert_eq!(holes("/a"), Some(Vec::new()));
        for wrong in ["/a/{b", "/a/b}", "/a/{}", "/a/{{b}}", "/a/{b c}"] {
            assert_eq!(holes(wrong), None, "{wrong}");
        }
    }
}
