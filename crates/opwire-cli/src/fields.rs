//! A schema as people read it: a row for each field.

use crate::terminal;
use opwire::OptionLink;
use serde_json::Value;

/// Fields nest this deep in a table; what lies deeper stays on its field's line.
const MAX_DEPTH: usize = 4;
/// References are followed, and lists looked into, so often.
const MAX_STEPS: usize = 16;
/// An object on its field's line shows so many of its keys.
const MAX_KEYS: usize = 4;
/// Values that are longer than this together are no help in a table.
const MAX_WIDTH: usize = 40;

/// A self-contained schema, and how to show it.
pub(crate) struct Fields<'a> {
    pub(crate) schema: &'a Value,
    /// The fields that a DDL fills.
    pub(crate) links: &'a [OptionLink],
    /// Below the first level, an object of so few keys stays on the line of the field that has it.
    pub(crate) short: usize,
}

impl<'a> Fields<'a> {
    /// A row for each field: name, type, what it is; empty where there is no field.
    pub(crate) fn table(&self) -> String {
        let mut rows = Vec::new();
        self.rows(self.schema, "", 0, &mut rows);
        terminal::table(&rows)
    }

    /// What the whole is: `object`, `list of text`.
    pub(crate) fn whole(&self) -> String {
        let open = self.inside(self.schema, 0).is_some();
        self.kind(self.schema, open)
    }

    fn rows(&self, schema: &'a Value, prefix: &str, depth: usize, rows: &mut Vec<Vec<String>>) {
        let Some(object) = self.inside(schema, depth) else {
            return;
        };
        let required = self.required(object);
        for (name, field) in self.keys(object) {
            let pointer = format!("{prefix}/{name}");
            let star = if required.contains(&name) { "*" } else { " " };
            let open = self.inside(field, depth + 1).is_some();
            rows.push(vec![
                format!(" {star} {}{name}", "  ".repeat(depth)),
                self.kind(field, open),
                self.about(field, &pointer),
            ]);
            self.rows(field, &pointer, depth + 1, rows);
        }
    }

    fn about(&self, field: &'a Value, pointer: &str) -> String {
        let about = ["description", "title"]
            .into_iter()
            .find_map(|key| self.said(field, key)?.as_str());
        let link = self.links.iter().find(|link| link.pointer == pointer);
        let from = link.map(|link| format!(" [choices: {}]", link.operation));
        format!("{}{}", about.unwrap_or_default(), from.unwrap_or_default())
    }

    /// The object whose keys are rows of their own: the schema itself, or the items of the list that it is.
    fn inside(&self, schema: &'a Value, depth: usize) -> Option<&'a Value> {
        if depth >= MAX_DEPTH {
            return None;
        }
        let mut forms = self.forms(schema);
        for _ in 0..MAX_STEPS {
            if let Some(object) = forms.iter().find(|form| !self.keys(form).is_empty()) {
                let short = depth > 1 && self.keys(object).len() <= self.short;
                return (!short).then_some(*object);
            }
            let items = forms.iter().find_map(|form| self.said(form, "items"))?;
            forms = self.forms(items);
        }
        None
    }

    /// The schema, and what it refers to: what stands nearer comes first.
    fn parts(&self, schema: &'a Value) -> Vec<&'a Value> {
        let mut parts = vec![schema];
        while let Some(at) = parts.last().and_then(|last| last.get("$ref")?.as_str())
            && let Some(target) = at.strip_prefix('#').and_then(|at| self.schema.pointer(at))
            && parts.len() < MAX_STEPS
        {
            parts.push(target);
        }
        parts
    }

    fn said(&self, schema: &'a Value, key: &str) -> Option<&'a Value> {
        self.parts(schema)
            .into_iter()
            .find_map(|part| part.get(key))
    }

    /// The forms that a value may have: one, or those of `anyOf` and `oneOf`.
    fn forms(&self, schema: &'a Value) -> Vec<&'a Value> {
        let several = ["anyOf", "oneOf"]
            .into_iter()
            .find_map(|key| self.said(schema, key)?.as_array());
        // Beside `type`, they only say what must be given together.
        match several.filter(|_| self.said(schema, "type").is_none()) {
            Some(several) => several.iter().collect(),
            None => vec![schema],
        }
    }

    /// Names and schemas of an object's keys; those that it refers to come first.
    fn keys(&self, object: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let mut keys: Vec<(&str, &Value)> = Vec::new();
        for part in self.parts(object).into_iter().rev() {
            let own = part.get("properties").and_then(Value::as_object);
            for (name, field) in own.into_iter().flatten() {
                match keys.iter_mut().find(|(known, _)| known == name) {
                    Some(known) => known.1 = field,
                    None => keys.push((name, field)),
                }
            }
        }
        keys
    }

    fn required(&self, object: &'a Value) -> Vec<&'a str> {
        let parts = self.parts(object).into_iter();
        parts
            .filter_map(|part| part.get("required")?.as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// `text or null`, `list of {id, name}`; an object whose keys are rows of their own is `open`.
    fn kind(&self, schema: &'a Value, open: bool) -> String {
        let mut words: Vec<String> = Vec::new();
        for form in self.forms(schema) {
            for word in self.words(form, open) {
                if !words.contains(&word) {
                    words.push(word);
                }
            }
        }
        // Null is what one least expects: it comes last.
        words.sort_by_key(|word| word == "null");
        words.join(" or ")
    }

    fn words(&self, form: &'a Value, open: bool) -> Vec<String> {
        if let Some(only) = self.said(form, "const") {
            return vec![shown(only)];
        }
        if let Some(several) = self.said(form, "enum").and_then(Value::as_array) {
            let text = several.iter().map(shown).collect::<Vec<_>>().join("|");
            if text.chars().count() <= MAX_WIDTH {
                return vec![text];
            }
            if several.iter().all(Value::is_string) {
                return vec!["text".to_owned()];
            }
        }
        let names = match self.said(form, "type") {
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            Some(one) => one.as_str().into_iter().collect(),
            None => Vec::new(),
        };
        if names.is_empty() {
            return vec!["any".to_owned()];
        }
        let word = |name: &str| match name {
            "string" => "text".to_owned(),
            "array" => self.list(form, open),
            "object" if !open => self.object(form),
            other => other.to_owned(),
        };
        names.into_iter().map(word).collect()
    }

    fn list(&self, form: &'a Value, open: bool) -> String {
        let items = self.said(form, "items").filter(|items| items.is_object());
        match items.map(|items| self.kind(items, open)).as_deref() {
            None | Some("any") => "list".to_owned(),
            Some(word @ ("boolean" | "integer" | "number" | "object" | "list")) => {
                format!("list of {word}s")
            }
            Some(words) if words.contains(" or ") => format!("list of ({words})"),
            Some(word) => format!("list of {word}"),
        }
    }

    /// An object on the line of its field: `{id, name}`.
    fn object(&self, form: &'a Value) -> String {
        let keys = self.keys(form);
        let mut names: Vec<&str> = keys.iter().map(|(name, _)| *name).take(MAX_KEYS).collect();
        if names.is_empty() {
            return "object".to_owned();
        }
        if keys.len() > MAX_KEYS {
            names.push("…");
        }
        format!("{{{}}}", names.join(", "))
    }
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
