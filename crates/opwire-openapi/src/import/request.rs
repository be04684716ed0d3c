//! The `request` of an operation.

use super::body::{BodyDraft, BodyPlan, Form};
use super::inputs::{Input, Origin};
use super::styles::{Styles, Writing};
use crate::schema::shelf::Shelf;
use crate::schema::{BINARY, Kinds};
use serde_json::{Map, Value, json};

/// What the request of an operation is made of.
pub(super) struct Parts<'p> {
    pub(super) method: &'p str,
    pub(super) path: &'p str,
    /// Parameters that the document writes into the path.
    pub(super) fixed: &'p [(String, String)],
    pub(super) inputs: &'p [Input],
    /// How each input of the query is written.
    pub(super) written: &'p [(String, (Writing, Styles))],
    pub(super) body: Option<(&'p BodyDraft, &'p BodyPlan)>,
    /// The connector's own styles.
    pub(super) styles: Styles,
    pub(super) shelf: &'p Shelf<'p, 'p>,
}

impl Parts<'_> {
    pub(super) fn manifest(&self) -> Value {
        let mut request = Map::new();
        request.insert("method".to_owned(), json!(self.method));
        request.insert("path".to_owned(), json!(self.path()));
        // A form has no styles of its own: those of the request are its.
        let form = self.body.map_or(Styles::default(), |(_, plan)| plan.styles);
        let mut own = Styles::default();
        if !form.within(self.styles) {
            own = form;
        } else if let Some(all) = self.same_styles() {
            own = all;
        }
        if own != Styles::default() {
            request.insert("query_style".to_owned(), own.manifest());
        }
        if let Some(query) = self.query(own.or(self.styles)) {
            request.insert("query".to_owned(), query);
        }
        let headers = self.headers();
        if !headers.is_empty() {
            request.insert("headers".to_owned(), Value::Object(headers));
        }
        if let Some(body) = self.body() {
            request.insert("body".to_owned(), body);
        }
        Value::Object(request)
    }

    fn path(&self) -> String {
        let mut path = String::new();
        let mut rest = self.path;
        while let Some((before, after)) = rest.split_once('{') {
            path.push_str(before);
            let (hole, after) = after.split_once('}').unwrap_or((after, ""));
            let of_path = |input: &&Input| input.origin == Origin::Path && input.wire == hole;
            if let Some(input) = self.inputs.iter().find(of_path) {
                path.push_str(&self.scalar(input));
            }
            rest = after;
        }
        path.push_str(rest);
        path
    }

    /// An input in a place that holds text.
    fn scalar(&self, input: &Input) -> String {
        let lists = self.shelf.kinds(&input.schema).may(Kinds::LIST);
        if lists {
            format!("{{{{join {} ','}}}}", read(&input.name))
        } else {
            format!("{{{{{}}}}}", read(&input.name))
        }
    }

    fn of(&self, origin: Origin) -> impl Iterator<Item = &Input> {
        self.inputs
            .iter()
            .filter(move |input| input.origin == origin)
    }

    fn writing(&self, input: &Input) -> (Writing, Styles) {
        let found = self.written.iter().find(|(name, _)| *name == input.name);
        found.map_or((Writing::Plain, Styles::default()), |(_, written)| *written)
    }

    /// The styles of the whole query, where they are not the connector's: those that all its parameters have.
    fn same_styles(&self) -> Option<Styles> {
        let written: Vec<(Writing, Styles)> = self
            .of(Origin::Query)
            .map(|input| self.writing(input))
            .collect();
        // What is spread has no parameter to write a style at.
        let spread = written
            .iter()
            .find(|(writing, styles)| *writing == Writing::Spread && !styles.within(self.styles));
        if let Some((_, styles)) = spread {
            return Some(*styles);
        }
        let each: Vec<Styles> = written.into_iter().map(|(_, styles)| styles).collect();
        if each.iter().all(|styles| styles.within(self.styles)) {
            return None;
        }
        let all = each
            .iter()
            .fold(Styles::default(), |all, styles| all.or(*styles));
        each.iter().all(|styles| styles.within(all)).then_some(all)
    }

    fn query(&self, styles: Styles) -> Option<Value> {
        let inputs: Vec<&Input> = self.of(Origin::Query).collect();
        if inputs.is_empty() && self.fixed.is_empty() {
            return None;
        }
        let others: Vec<&str> = self
            .inputs
            .iter()
            .filter(|input| input.origin != Origin::Query)
            .map(|input| input.name.as_str())
            .collect();
        let plain = |input: &&Input| {
            let (writing, own) = self.writing(input);
            writing == Writing::Plain && own.within(styles) && input.name == input.wire
        };
        if self.fixed.is_empty() && self.body.is_none() && inputs.iter().all(plain) {
            if others.is_empty() {
                return Some(json!("{{input}}"));
            }
            if inputs.len() > 2 && others.len() < 4 {
                return Some(json!(format!("{{{{omit input{}}}}}", quoted(&others))));
            }
        }
        let mut query = Map::new();
        for (name, value) in self.fixed {
            query.insert(key(name), json!(value));
        }
        for input in inputs {
            let (writing, own) = self.writing(input);
            let path = read(&input.name);
            let value = match writing {
                Writing::Plain => format!("{{{{{path}}}}}"),
                Writing::Joined(separator) => format!("{{{{join {path} '{separator}'}}}}"),
                Writing::Json => format!("{{{{json {path}}}}}"),
                Writing::Spread => {
                    query.insert("$spread".to_owned(), json!(format!("{{{{{path}}}}}")));
                    continue;
                }
            };
            let single = own.single().filter(|_| !own.within(styles));
            let value = match single {
                Some(style) => json!({ "value": value, "style": style.as_str() }),
                None => json!(value),
            };
            query.insert(key(&input.wire), value);
        }
        Some(Value::Object(query))
    }

    fn headers(&self) -> Map<String, Value> {
        let mut headers = Map::new();
        for input in self.of(Origin::Header) {
            headers.insert(input.wire.clone(), json!(self.scalar(input)));
        }
        let content_type = self.body.and_then(|(draft, _)| draft.content_type.clone());
        if let Some(kind) = content_type {
            headers.insert("Content-Type".to_owned(), json!(kind));
        }
        headers
    }

    fn body(&self) -> Option<Value> {
        let (draft, plan) = self.body?;
        let kind = match draft.form {
            Form::Json => "json",
            Form::Urlencoded => "form",
            Form::Multipart => "multipart",
            Form::Text => "text",
            Form::Bytes => "bytes",
        };
        let template = match &plan.whole {
            Some(name) => json!(format!("{{{{{}}}}}", read(name))),
            None if draft.form == Form::Multipart => self.parts(plan),
            None => {
                let others: Vec<&str> = self
                    .inputs
                    .iter()
                    .filter(|input| input.origin != Origin::Body)
                    .map(|input| input.name.as_str())
                    .collect();
                if others.is_empty() {
                    json!("{{input}}")
                } else {
                    json!(format!("{{{{omit input{}}}}}", quoted(&others)))
                }
            }
        };
        Some(json!({ kind: template }))
    }

    /// The parts of a multipart body, those that may be missing with a condition.
    fn parts(&self, plan: &BodyPlan) -> Value {
        let mut lists: Vec<Value> = Vec::new();
        let mut parts: Vec<Value> = Vec::new();
        for input in &plan.inputs {
            let kinds = self.shelf.kinds(&input.schema);
            if kinds.only(Kinds::LIST.or(Kinds::NULL)) {
                let item = self
                    .shelf
                    .resolve(&input.schema)
                    .get("items")
                    .cloned()
                    .unwrap_or_default();
                if !parts.is_empty() {
                    lists.push(Value::Array(std::mem::take(&mut parts)));
                }
                lists.push(json!({
                    "$each": format!("{{{{{}}}}}", read(&input.name)),
                    "$as": "item",
                    "$map": self.part(&input.wire, "item", &item, None),
                }));
                continue;
            }
            let path = read(&input.name);
            let part = self.part(&input.wire, &path, &input.schema, Some(&input.name));
            let always = input.required && !kinds.may(Kinds::NULL);
            parts.push(if always {
                part
            } else {
                json!({ "$if": condition(&path, kinds), "$then": part })
            });
        }
        if lists.is_empty() {
            return Value::Array(parts);
        }
        if !parts.is_empty() {
            lists.push(Value::Array(parts));
        }
        json!({ "$concat": lists })
    }

    /// One part: text, or the bytes of a file.
    fn part(&self, name: &str, path: &str, schema: &Value, file: Option<&str>) -> Value {
        let target = self.shelf.resolve(schema);
        if schema.get(BINARY).or(target.get(BINARY)).is_some() {
            let filename = match file
                .filter(|file| self.inputs.iter().any(|input| input.name == filename(file)))
            {
                Some(file) => format!(
                    "{{{{default {} '{}'}}}}",
                    read(&filename(file)),
                    quotable(name)
                ),
                None => quotable(name),
            };
            return json!({
                "name": name,
                "filename": filename,
                "content_type": "application/octet-stream",
                "base64": format!("{{{{{path}}}}}"),
            });
        }
        let scalar = self.shelf.kinds(schema).only(
            Kinds::NUMBER
                .or(Kinds::TEXT)
                .or(Kinds::BOOLEAN)
                .or(Kinds::NULL),
        );
        let value = if scalar {
            format!("{{{{{path}}}}}")
        } else {
            format!("{{{{json {path}}}}}")
        };
        json!({ "name": name, "value": value })
    }
}

/// The input that holds a file's name.
pub(super) fn filename(file: &str) -> String {
    format!("{file}_name")
}

/// Is the value there, and not null?
fn condition(path: &str, kinds: Kinds) -> String {
    if kinds.may(Kinds::BOOLEAN) {
        format!("{{{{or {path} (eq {path} false)}}}}")
    } else {
        format!("{{{{{path}}}}}")
    }
}

/// The path of an input in a template.
fn read(name: &str) -> String {
    format!("input.{name}")
}

/// A key of a template's mapping: `$` begins operators.
fn key(name: &str) -> String {
    if name.starts_with('$') {
        format!("${name}")
    } else {
        name.to_owned()
    }
}

fn quoted(names: &[&str]) -> String {
    let each: Vec<String> = names.iter().map(|name| format!(" '{name}'")).collect();
    each.concat()
}

fn quotable(text: &str) -> String {
    text.replace(['\'', '{', '}', '\\'], "_")
}
