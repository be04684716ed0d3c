//! Which parts of a reply a template looks at, so that only those are built.

use super::operators::Entry;
use super::{Expr, Path, Piece, Root, Template};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// The parts of a reply that templates read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) body: Part,
    pub(crate) text: bool,
    pub(crate) headers: bool,
}

/// A part of a JSON value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// All of it is read.
    whole: bool,
    keys: Vec<(String, Part)>,
    items: Option<Box<Part>>,
}

impl Part {
    pub(crate) fn is_empty(&self) -> bool {
        !self.whole && self.keys.is_empty() && self.items.is_none()
    }

    pub(crate) fn read_all(&mut self) {
        *self = Self {
            whole: true,
            ..Self::default()
        };
    }

    fn key(&mut self, name: &str) -> &mut Self {
        let at = self
            .keys
            .iter()
            .position(|(key, _)| key == name)
            .unwrap_or_else(|| {
                self.keys.push((name.to_owned(), Self::default()));
                self.keys.len() - 1
            });
        #[expect(
            clippy::indexing_slicing,
            reason = "the index was found or made just now"
        )]
        &mut self.keys[at].1
    }

    fn item(&mut self) -> &mut Self {
        self.items.get_or_insert_with(Box::default)
    }
}

/// Where a bound name's value comes from: steps into the body, or somewhere else.
type Origin = Option<Vec<Hop>>;

#[derive(Clone, Debug)]
enum Hop {
    Key(String),
    Item,
}

impl Reads {
    /// Adds what a template reads.
    pub(crate) fn add(&mut self, template: &Template) {
        self.template(template, &mut Vec::new());
    }

    fn template(&mut self, template: &Template, locals: &mut Vec<Origin>) {
        match template {
            Template::Literal(_) => {}
            Template::Expr(expr) => self.expr(expr, locals),
            Template::Text(text) => {
                for piece in &text.pieces {
                    if let Piece::Hole(expr, _) = piece {
                        self.expr(expr, locals);
                    }
                }
            }
            Template::List(items) | Template::Concat(items) => {
                items.iter().for_each(|item| self.template(item, locals));
            }
            Template::Map(map) => {
                for entry in &map.entries {
                    match entry {
                        Entry::Key(_, template)
                        | Entry::Spread {
                            source: template, ..
                        } => self.template(template, locals),
                    }
                }
            }
            Template::Each(each) => {
                let origin = self.each_origin(&each.list, locals);
                locals.push(origin);
                if let Some(condition) = &each.condition {
                    self.template(condition, locals);
                }
                self.template(&each.item, locals);
                locals.pop();
            }
            Template::If(branch) => {
                self.template(&branch.condition, locals);
                self.template(&branch.then, locals);
                branch
                    .otherwise
                    .iter()
                    .for_each(|template| self.template(template, locals));
            }
            Template::Switch(switch) => {
                self.template(&switch.value, locals);
                switch
                    .cases
                    .iter()
                    .for_each(|(_, template)| self.template(template, locals));
                switch
                    .default
                    .iter()
                    .for_each(|template| self.template(template, locals));
            }
            Template::Pairs(list) => self.template(list, locals),
        }
    }

    /// Where the items of a list come from. A list that isn't a plain path into the body is read whole.
    fn each_origin(&mut self, list: &Template, locals: &mut Vec<Origin>) -> Origin {
        if let Template::Expr(Expr::Path(path)) = list
            && let Some(mut hops) = hops(path, locals)
        {
            hops.push(Hop::Item);
            // The list itself must be built even when nothing of its items is read.
            self.at(&hops);
            return Some(hops);
        }
        self.template(list, locals);
        None
    }

    fn expr(&mut self, expr: &Expr, locals: &[Origin]) {
        match expr {
            Expr::Literal(_) => {}
            Expr::Call(_, arguments) => arguments
                .iter()
                .for_each(|argument| self.expr(argument, locals)),
            Expr::Path(path) => {
                match path.root {
                    Root::Text => self.text = true,
                    Root::Headers => self.headers = true,
                    _ => {}
                }
                if let Some(hops) = hops(path, locals) {
                    self.at(&hops).read_all();
                }
            }
        }
    }

    fn at(&mut self, hops: &[Hop]) -> &mut Part {
        let mut part = &mut self.body;
        for hop in hops {
            if part.whole {
                return part;
            }
            part = match hop {
                Hop::Key(name) => part.key(name),
                Hop::Item => part.item(),
            };
        }
        part
    }
}

fn hops(path: &Path, locals: &[Origin]) -> Origin {
    let mut hops = match path.root {
        Root::Body => Vec::new(),
        Root::Local(up) => locals.get(locals.len().checked_sub(1 + up)?)?.clone()?,
        _ => return None,
    };
    for step in &path.steps {
        // A number may be a key or an index: which one is known only when the reply is there.
        if step.index.is_some() {
            break;
        }
        hops.push(Hop::Key(step.key.clone()));
    }
    Some(hops)
}

/// Reads JSON text, building only the part: other keys are passed over, their syntax checked.
impl<'de> DeserializeSeed<'de> for &Part {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.whole {
            return serde::Deserialize::deserialize(deserializer);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Part {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        match self.items.as_deref() {
            Some(part) => {
                while let Some(item) = access.next_element_seed(part)? {
                    list.push(item);
                }
            }
            None => while access.next_element::<IgnoredAny>()?.is_some() {},
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::with_capacity(self.keys.len());
        while let Some(wanted) = access.next_key_seed(KeyOf(self))? {
            match wanted {
                Some((name, part)) => {
                    let value = access.next_value_seed(part)?;
                    map.insert(name.to_owned(), value);
                }
                None => drop(access.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(map))
    }
}

/// Reads a key as the part that it leads to, without keeping its text.
struct KeyOf<'a>(&'a Part);

impl<'de, 'a> DeserializeSeed<'de> for KeyOf<'a> {
    type Value = Option<(&'a str, &'a Part)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for KeyOf<'a> {
    type Value = Option<(&'a str, &'a Part)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self
            .0
            .keys
            .iter()
            .find(|(name, _)| name == key)
            .map(|(name, part)| (name.as_str(), part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{Compiler, Names};
    use crate::types::Type;
    use serde_json::json;

    fn projected(template: &Value, reply: &Value) -> Value {
        let names = Names {
            input: Some(Type::any()),
            response: Some(Type::any()),
            ..Names::default()
        };
        let mut compiler = Compiler::new(names, "");
        let template = compiler.template(template);
        assert!(compiler.faults.is_empty(), "{:?}", compiler.faults);
        let mut reads = Reads::default();
        reads.add(&template);
        reads
            .body
            .deserialize(&mut serde_json::Deserializer::from_str(&reply.to_string()))
            .unwrap()
    }

    #[test]
    fn only_what_is_read_is_built() {
        let template = json!({"options": {"$each": "{{response.body.data}}", "$as": "user", "$where": "{{user.active}}",
            "$map": {"label": "{{default user.name user.email.work}}", "value": "{{user.id}}"}}});
        let reply = json!({"metadata": {"a": 1}, "data": [{"id": 1, "name": "A", "big": [1, 2], "email": {"work": "w", "home": "h"}, "active": true}, 3]});
        assert_eq!(
            projected(&template, &reply),
            json!({"data": [{"id": 1, "name": "A", "email": {"work": "w"}, "active": true}, 3]})
        );
    }

    #[test]
    fn what_is_read_whole_stays_whole() {
        let reply = json!({"data": [{"id": 1}], "x": {"y": 1}});
        assert_eq!(projected(&json!("{{response.body}}"), &reply), reply);
        assert_eq!(
            projected(&json!({"a": "{{last response.body.data}}"}), &reply),
            json!({"data": [{"id": 1}]})
        );
        assert_eq!(
            projected(&json!("{{response.body.data.[0].id}}"), &reply),
            json!({"data": [{"id": 1}]})
        );
        assert_eq!(
            projected(
                &json!({"n": {"$each": "{{response.body.data}}", "$map": 1}}),
                &reply
            ),
            json!({"data": [{}]})
        );
    }
}
