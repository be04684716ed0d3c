//! An operation to begin with, and its example.

use super::ask::Ask;
use super::yaml::scalar;
use super::{check_name, create, title_of};
use crate::args::{KindArg, NewOperationArgs};
use crate::exit::{self, Ended};
use crate::{find, terminal};
use opwire::{Catalog, Connector};
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
        let mut text = format!(
            "# yaml-language-server: $schema=../../../schemas/operation.schema.json\n\
             title: {}\n\
             kind: {}\n\
             description: {}\n",
            scalar(&self.title),
            self.folder(),
            scalar(&self.description),
        );
        text.push_str(&self.input());
        let path = self.path.replace('{', "{{input.").replace('}', "}}");
        let (method, path) = (scalar(&self.method), scalar(&path));
        text.push_str(&format!("\nrequest:\n  method: {method}\n  path: {path}\n"));
        if !self.query.is_empty() {
            text.push_str("  query:\n");
            for name in &self.query {
                text.push_str(&format!("    {name}: \"{{{{input.{name}}}}}\"\n"));
            }
        }
        if self.writes() {
            text.push_str("  body:\n    json: \"{{input.fields}}\"\n");
        }
        if self.kind == KindArg::Ddl {
            let [items, label, value] = &self.options;
            text.push_str(&format!(
                "\nresponse:\n  output:\n    options:\n      \
                 $each: \"{{{{response.body.{items}}}}}\"\n      \
                 $as: record\n      \
                 $map: {{ label: \"{{{{record.{label}}}}}\", value: \"{{{{record.{value}}}}}\" }}\n"
            ));
        }
        text
    }

    fn input(&self) -> String {
        let mut properties = String::new();
        let names = holes(&self.path).unwrap_or_default();
        for name in &names {
            let ids = self.connector.manifest().pointer("/$defs/id").is_some()
                && (*name == "id" || name.ends_with("_id"));
            let of = if ids {
                "$ref: connector.yaml#/$defs/id"
            } else {
                "type: string\n      minLength: 1"
            };
            let title = title_of(name);
            properties.push_str(&format!("    {name}:\n      {of}\n      title: {title}\n"));
        }
        for name in &self.query {
            let title = title_of(name);
            properties.push_str(&format!(
                "    {name}:\n      type: string\n      title: {title}\n"
            ));
        }
        let mut required = names;
        if self.writes() {
            required.push("fields");
            properties.push_str("    fields:\n      type: object\n      title: Fields\n");
        }
        if properties.is_empty() {
            return String::new();
        }
        let required = match required.as_slice() {
            [] => String::new(),
            names => format!("  required: [{}]\n", names.join(", ")),
        };
        format!(
            "\ninput:\n  type: object\n{required}  additionalProperties: false\n  properties:\n{properties}"
        )
    }

    fn example(&self) -> String {
        let mut input = Vec::new();
        for name in self.connector.usual_credentials() {
            input.push(format!("  {name}: your_{name}_here\n"));
        }
        for name in holes(&self.path).unwrap_or_default() {
            input.push(format!("  {name}: \"7\"\n"));
        }
        if self.writes() {
            input.push("  fields: { name: Ada }\n".to_owned());
        }
        let input = if input.is_empty() {
            " {}\n".to_owned()
        } else {
            format!("\n{}", input.concat())
        };
        let [items, label, value] = &self.options;
        let body = match self.kind {
            KindArg::Main => "{ id: 7 }".to_owned(),
            KindArg::Ddl => nested(items, &format!("[{{ {label}: Ada, {value}: 7 }}]")),
        };
        format!(
            "# yaml-language-server: $schema=../../../schemas/example.schema.json\n\
             description: Made up, until a real reply stands here.\n\
             input:{input}\
             replies:\n  - status: 200\n    headers: {{ content-type: application/json }}\n    body: {body}\n"
        )
    }
}

/// `data.users` and a list → `{ data: { users: […] } }`
fn nested(path: &str, list: &str) -> String {
    path.rsplit('.').fold(list.to_owned(), |inner, name| {
        format!("{{ {name}: {inner} }}")
    })
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
