//! [`Field`]: a field of an operation's input, for people.

use super::Operation;
use crate::manifest::locate::escape;
use crate::schema::keys::{properties, required};
use crate::schema::{Defaults, Part, parts, words};
use serde_json::Value;

/// Fields of fields are told this deep.
const MAX_DEPTH: usize = 12;

/// A field of an operation's input, as people read it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// The field, as a JSON Pointer into the input: `0` is a list's item, `*` any key (`/line_items/0/price`).
    pub pointer: String,
    /// The same as a dotted path: `line_items[].price`, `metadata.*`.
    pub path: String,
    /// The name for people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What values it takes, in words; literals stand between backticks: ``text that matches `^[0-9]+$` ``.
    pub accepts: String,
    /// It must be given where what it stands in is given; what has a default need not be.
    pub required: bool,
    /// What is filled in when it is left out.
    pub default: Option<Value>,
    /// Its value is a secret: a credential of the connector, or marked with `x-secret`.
    pub secret: bool,
    /// The DDL operations that fill its drop-down, by their names within the connector.
    pub choices: Vec<String>,
    /// `x-options` as it is written.
    pub(crate) options: Vec<Value>,
}

impl Operation {
    /// The fields of the input, those of objects and lists in them too, each after what it stands in.
    ///
    /// Credentials are among them, as in [`input_schema`](Self::input_schema).
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        of_schema(self.input_schema())
    }

    /// The fields of what it gives, likewise; `required` is what is always there where what it stands in is.
    #[must_use]
    pub fn output_fields(&self) -> Vec<Field> {
        of_schema(self.output_schema())
    }

    /// What it gives as a whole, in words: `object`, `list of objects`.
    #[must_use]
    pub fn output_in_words(&self) -> String {
        let schema = self.output_schema();
        words(schema, &[(schema, false)])
    }
}

/// The fields of a self-contained schema.
pub(crate) fn of_schema(schema: &Value) -> Vec<Field> {
    let mut gather = Gather {
        document: schema,
        fields: Vec::new(),
    };
    gather.inside(&[(schema, false)], "", "", 0);
    gather.fields
}

type Nodes<'a> = Vec<(&'a Value, bool)>;

struct Gather<'a> {
    document: &'a Value,
    fields: Vec<Field>,
}

impl<'a> Gather<'a> {
    fn inside(&mut self, nodes: &[(&'a Value, bool)], pointer: &str, path: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let parts = parts(self.document, nodes);
        let mut names: Vec<&String> = Vec::new();
        for (name, _) in parts.iter().flat_map(|part| properties(part.map)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            let own = parts.iter().flat_map(|part| {
                let here = properties(part.map).filter(|(known, _)| *known == name);
                here.map(|(_, schema)| (schema, part.divided))
            });
            let own: Nodes<'a> = own.collect();
            let pointer = format!("{pointer}/{}", escape(name));
            let dot = if path.is_empty() { "" } else { "." };
            let path = format!("{path}{dot}{name}");
            let required = parts
                .iter()
                .any(|part| !part.divided && required(part.map).any(|known| known == name));
            let field = self.field(&own, &pointer, &path, required);
            self.fields.push(field);
            self.inside(&own, &pointer, &path, depth + 1);
        }
        for (key, token, suffix) in [("items", "0", "[]"), ("additionalProperties", "*", ".*")] {
            let below = parts.iter().filter_map(|part| {
                let schema = part.map.get(key).filter(|schema| schema.is_object())?;
                Some((schema, part.divided))
            });
            let below: Nodes<'a> = below.collect();
            if !below.is_empty() {
                let pointer = format!("{pointer}/{token}");
                self.inside(&below, &pointer, &format!("{path}{suffix}"), depth + 1);
            }
        }
    }

    fn field(&self, nodes: &Nodes<'a>, pointer: &str, path: &str, required: bool) -> Field {
        let parts = parts(self.document, nodes);
        let said = |key: &str| {
            let text = |part: &Part<'a>| part.map.get(key)?.as_str().map(str::to_owned);
            let own = parts.iter().filter(|part| !part.divided).find_map(text);
            own.or_else(|| parts.iter().find_map(text))
        };
        let sure = nodes.iter().filter(|(_, divided)| !divided);
        let default = sure
            .map(|(node, _)| *node)
            .find_map(|node| Defaults::of_property(self.document, node));
        // Choices of a list's items are the list's.
        let items = parts.iter().filter_map(|part| {
            let items = part.map.get("items")?;
            Some((items, part.divided))
        });
        let items: Nodes<'a> = items.collect();
        let both = parts.iter().copied();
        let both = both.chain(crate::schema::parts(self.document, &items));
        let mut options = Vec::new();
        for written in both.filter_map(|part| part.map.get("x-options")) {
            match written {
                Value::Array(several) => options.extend(several.iter().cloned()),
                one => options.push(one.clone()),
            }
        }
        let mut choices: Vec<String> = Vec::new();
        for name in options
            .iter()
            .filter_map(|it| it.get("operation")?.as_str())
        {
            if !choices.iter().any(|known| known == name) {
                choices.push(name.to_owned());
            }
        }
        let secret = |part: &Part<'a>| part.map.get("x-secret") == Some(&Value::Bool(true));
        Field {
            pointer: pointer.to_owned(),
            path: path.to_owned(),
            title: said("title"),
            description: said("description"),
            accepts: words(self.document, nodes),
            required: required && default.is_none(),
            default,
            secret: parts.iter().any(secret),
            choices,
            options,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_told_with_what_stands_in_them() {
        let schema = json!({"type": "object", "required": ["a", "d"], "properties": {
            "a": {"$ref": "#/$defs/id", "description": "Own.", "x-options": {"operation": "list_ddl"}},
            "b": {"type": "array", "items": {"type": "object", "required": ["x"], "properties": {
                "x": {"type": "boolean"}, "y/z": {"type": "string", "x-secret": true}}}},
            "c": {"additionalProperties": {"properties": {"k": {"type": "null"}}}},
            "d": {"type": "integer", "default": 1},
            "e": {"type": "array", "items": {"$ref": "#/$defs/id", "x-options": [{"operation": "p"}, {"operation": "q"}, {"operation": "p"}]}},
        }, "anyOf": [{"properties": {"f": {"type": "string"}}, "required": ["f"]}],
        "$defs": {"id": {"type": "integer", "title": "ID", "description": "Of any."}}});
        let told: Vec<String> = of_schema(&schema)
            .into_iter()
            .map(|field| {
                let star = if field.required { "*" } else { "" };
                let about = field.description.or(field.title).unwrap_or_default();
                let (secret, choices) = (field.secret, field.choices.join(" "));
                format!(
                    "{} {}{star} | {} | {about} | {secret} | {choices}",
                    field.pointer, field.path, field.accepts
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "/a a* | integer | Own. | false | list_ddl",
                "/b b | list of objects |  | false | ",
                "/b/0/x b[].x* | boolean |  | false | ",
                "/b/0/y~1z b[].y/z | text |  | true | ",
                "/c c | object, each value: object |  | false | ",
                "/c/*/k c.*.k | null |  | false | ",
                "/d d | integer |  | false | ",
                "/e e | list of integers |  | false | p q",
                "/f f | text |  | false | ",
            ]
        );
    }
}
