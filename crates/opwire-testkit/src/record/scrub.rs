//! Putting made-up values in the place of what may be somebody's.

use super::harmless::harmless;
use super::personal::{Kind, told_by};
use opwire::manifest::escape_pointer;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Replaces values, the same one by the same wherever it stands.
pub(super) struct Scrubber {
    own: String,
    /// What was there → what stands there now.
    replaced: HashMap<(Kind, String), String>,
    count: BTreeMap<(Kind, String), usize>,
    made_up: HashSet<String>,
    /// What a schema lists as its only values.
    listed: HashSet<String>,
    /// Places that the caller answers for, as JSON Pointers into the example.
    keep: Vec<String>,
}

impl Scrubber {
    /// `own` is the service's host.
    pub(super) fn new(own: &str, keep: &[String]) -> Self {
        Self {
            own: own.to_owned(),
            replaced: HashMap::new(),
            count: BTreeMap::new(),
            made_up: HashSet::new(),
            listed: HashSet::new(),
            keep: keep.to_vec(),
        }
    }

    /// The value without anything that may be somebody's. `pointer` is its place in the example; `key` what it stands
    /// under; `schema` is what is known of it.
    pub(super) fn value(
        &mut self,
        value: &Value,
        pointer: &str,
        key: &str,
        schema: Known<'_>,
    ) -> Value {
        if self.kept(pointer) {
            return value.clone();
        }
        match value {
            Value::String(text) => Value::String(self.text(text, key, schema)),
            Value::Number(number) => match told_by(key) {
                Some(kind) if kind != Kind::Text && kind != Kind::Token => {
                    let digits: String = self
                        .made_up(kind, &number.to_string(), key)
                        .chars()
                        .filter(char::is_ascii_digit)
                        .collect();
                    digits
                        .trim_start_matches('0')
                        .parse::<u64>()
                        .unwrap_or(1)
                        .into()
                }
                _ => value.clone(),
            },
            Value::Array(list) => {
                let items = list.iter().enumerate();
                let items = items.map(|(index, item)| {
                    self.value(item, &format!("{pointer}/{index}"), key, schema.item())
                });
                Value::Array(items.collect())
            }
            Value::Object(map) => Value::Object(self.object(map, pointer, schema)),
            other => other.clone(),
        }
    }

    /// What stands for a credential.
    pub(super) fn placeholder(&mut self, name: &str) -> String {
        self.made_up(Kind::Token, name, name)
    }

    /// A header's value: a link's parameters may be anything.
    pub(super) fn header(&mut self, value: &Value, pointer: &str, name: &str) -> Value {
        let Some(text) = value.as_str().filter(|_| !self.kept(pointer)) else {
            return value.clone();
        };
        if name == "link" {
            let parts = text.split(", ").map(|part| self.link(part));
            let link = parts.collect::<Vec<_>>().join(", ");
            self.made_up.insert(link.clone());
            return link.into();
        }
        self.text(text, name, Known::nothing()).into()
    }

    /// `<https://…?page=2>; rel="next"`, of which the URL stays when it can say nothing.
    fn link(&mut self, part: &str) -> String {
        let (target, rest) = part.split_once('>').unwrap_or((part, ""));
        let url = target.trim_start_matches('<');
        let url = if harmless(url, &self.own) {
            url.to_owned()
        } else {
            let own = self.own.clone();
            format!("https://{own}/{}", self.made_up(Kind::Handle, url, "link"))
        };
        format!("<{url}>{rest}")
    }

    fn object(
        &mut self,
        map: &Map<String, Value>,
        pointer: &str,
        schema: Known<'_>,
    ) -> Map<String, Value> {
        // A list of {key, value}: what the key says holds for the value.
        let named = map
            .get("key")
            .and_then(Value::as_str)
            .filter(|_| map.contains_key("value"));
        let mut clean = Map::with_capacity(map.len());
        for (key, value) in map {
            let pointer = format!("{pointer}/{}", escape_pointer(key));
            let about = match (named, key.as_str()) {
                (Some(name), "value") => name,
                _ => key,
            };
            let about = if is_field(about) { about } else { "value" };
            let value = self.value(value, &pointer, about, schema.child(key));
            // A key that is no name of a field may be somebody's too.
            let key = if is_field(key) {
                key.clone()
            } else {
                self.made_up(Kind::Text, key, "key")
            };
            clean.insert(key, value);
        }
        clean
    }

    fn text(&mut self, text: &str, key: &str, schema: Known<'_>) -> String {
        if schema
            .allows_only()
            .is_some_and(|values| values.contains(&text))
        {
            self.listed.insert(text.to_owned());
            return text.to_owned();
        }
        let told = schema.kind().or_else(|| told_by(key));
        match told {
            Some(kind) if !text.is_empty() => self.made_up(kind, text, key),
            _ if harmless(text, &self.own) => text.to_owned(),
            _ => {
                let kind = shape_of(text);
                self.made_up(kind, text, key)
            }
        }
    }

    fn made_up(&mut self, kind: Kind, text: &str, key: &str) -> String {
        // The same address is the same one in the input and in the reply, whatever its key.
        let known = (kind, text.to_owned());
        if let Some(made) = self.replaced.get(&known) {
            return made.clone();
        }
        let counted = if kind == Kind::Text { key } else { "" };
        let number = self.count.entry((kind, counted.to_owned())).or_default();
        *number += 1;
        let made = kind.made_up(*number, key);
        self.replaced.insert(known, made.clone());
        self.made_up.insert(made.clone());
        made
    }

    fn kept(&self, pointer: &str) -> bool {
        self.keep.iter().any(|kept| {
            pointer
                .strip_prefix(kept.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// The places whose text is neither harmless nor made up: there should be none, and this looks again.
    pub(super) fn unproven(&self, value: &Value, pointer: &str) -> Vec<String> {
        if self.kept(pointer) {
            return Vec::new();
        }
        match value {
            Value::String(text) => {
                let known = [&self.made_up, &self.listed];
                let proven =
                    harmless(text, &self.own) || known.iter().any(|texts| texts.contains(text));
                if proven {
                    Vec::new()
                } else {
                    vec![pointer.to_owned()]
                }
            }
            Value::Array(list) => {
                let items = list.iter().enumerate();
                items
                    .flat_map(|(index, item)| self.unproven(item, &format!("{pointer}/{index}")))
                    .collect()
            }
            Value::Object(map) => {
                let mut found = Vec::new();
                for (key, value) in map {
                    let at = format!("{pointer}/{}", escape_pointer(key));
                    if !is_field(key) && !self.made_up.contains(key) {
                        found.push(at.clone());
                    }
                    found.extend(self.unproven(value, &at));
                }
                found
            }
            _ => Vec::new(),
        }
    }
}

/// The name of a field: a word, perhaps with digits and separators.
fn is_field(key: &str) -> bool {
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    key.len() <= 64
        && digits <= 4
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$' | '.'))
}

/// What a text is by its own form.
fn shape_of(text: &str) -> Kind {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let dialled = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b' ' | b'(' | b')' | b'.'));
    if text.contains('@') && !text.contains(' ') {
        Kind::Email
    } else if text.parse::<std::net::IpAddr>().is_ok() {
        Kind::Address
    } else if dialled && digits >= 7 {
        Kind::Phone
    } else if text.starts_with("https://") || text.starts_with("http://") {
        Kind::Url
    } else {
        Kind::Text
    }
}

/// What a schema says of a value.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    document: &'a Value,
    node: Option<&'a Value>,
}

impl<'a> Known<'a> {
    pub(super) fn of(document: &'a Value) -> Self {
        Self {
            document,
            node: Some(document),
        }
    }

    fn nothing() -> Self {
        Self {
            document: &Value::Null,
            node: None,
        }
    }

    /// The schema and what it refers to.
    fn nodes(self) -> impl Iterator<Item = &'a Value> {
        let target = |node: &'a Value| {
            let at = node.get("$ref")?.as_str()?.strip_prefix('#')?;
            self.document.pointer(at)
        };
        std::iter::successors(self.node, move |node| target(node)).take(16)
    }

    fn child(self, key: &str) -> Self {
        let named = |node: &'a Value| node.get("properties")?.get(key);
        let node = self.nodes().find_map(named);
        Self { node, ..self }
    }

    fn item(self) -> Self {
        let node = self.nodes().find_map(|node| node.get("items"));
        Self { node, ..self }
    }

    fn allows_only(self) -> Option<Vec<&'a str>> {
        let node = self.nodes().find(|node| node.get("enum").is_some())?;
        let values = node.get("enum")?.as_array()?;
        Some(values.iter().filter_map(Value::as_str).collect())
    }

    /// What the schema itself says it is: `x-secret`, `x-personal`, or a format.
    fn kind(self) -> Option<Kind> {
        let marked = |key: &str| {
            self.nodes()
                .any(|node| node.get(key) == Some(&Value::Bool(true)))
        };
        if marked("x-secret") {
            return Some(Kind::Token);
        }
        let format = self.nodes().find_map(|node| node.get("format")?.as_str());
        match format {
            Some("email" | "idn-email") => Some(Kind::Email),
            Some("ipv4" | "ipv6") => Some(Kind::Address),
            Some("password") => Some(Kind::Token),
            _ if marked("x-personal") => Some(Kind::Text),
            _ => None,
        }
    }
}
