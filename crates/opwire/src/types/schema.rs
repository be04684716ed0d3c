//! JSON Schema → [`Type`]: which forms a schema allows, one level at a time.
//!
//! A schema is unfolded into alternatives, each a list of plain schemas that all hold: `$ref` and `allOf` add to every
//! alternative, `anyOf`, `oneOf` and `if` divide them. What no keyword here says anything of (`not`, `contains`,
//! `propertyNames` …) only narrows further, so leaving it out never says less than what may come.

use super::{Fields, Form, Inside, Kinds, Source, Type, indexed};
use crate::schema::keys::{properties, required};
use serde_json::{Map, Value};
use std::rc::Rc;

/// References lead this deep; what lies deeper is anything.
const MAX_DEPTH: usize = 48;
/// More alternatives than these are taken for anything.
const MAX_ALTERNATIVES: usize = 32;

/// Schemas that all hold.
#[derive(Clone, Debug)]
pub(super) struct Conjunction<'a> {
    document: &'a Value,
    nodes: Vec<Node<'a>>,
    /// What a condition has shown of some keys.
    pub(super) shown: Vec<(String, Type<'a>)>,
}

/// A plain schema of an alternative.
#[derive(Clone, Copy, Debug)]
struct Node<'a> {
    schema: &'a Value,
    /// It stands in one of several alternatives: its defaults are not filled in.
    divided: bool,
}

type Alternative<'a> = Vec<Node<'a>>;

impl<'a> Type<'a> {
    /// What a self-contained schema says of its values.
    pub(crate) fn of_schema(document: &'a Value) -> Self {
        Self::of_node(document, document)
    }

    /// What a part of a document says.
    pub(crate) fn of_node(document: &'a Value, node: &'a Value) -> Self {
        Self::of_all(
            document,
            &[Node {
                schema: node,
                divided: false,
            }],
        )
    }

    fn of_all(document: &'a Value, roots: &[Node<'a>]) -> Self {
        let mut alternatives = vec![Vec::new()];
        for root in roots {
            alternatives = crossed(&alternatives, &unfold(document, *root, 0));
        }
        let source = match roots {
            [only] => Some(Source {
                document,
                node: only.schema,
            }),
            _ => None,
        };
        let about = roots.first().map(|root| Source {
            document,
            node: root.schema,
        });
        if alternatives.len() > MAX_ALTERNATIVES {
            return Self {
                source,
                about,
                ..Self::any()
            };
        }
        let forms: Vec<Form<'a>> = alternatives
            .into_iter()
            .filter_map(|nodes| form(document, nodes))
            .collect();
        Self {
            missing: false,
            forms,
            source,
            about,
        }
    }
}

/// One alternative's form; nothing when no value can have it.
fn form<'a>(document: &'a Value, nodes: Alternative<'a>) -> Option<Form<'a>> {
    let mut form = Form::of(Kinds::ANY);
    for Node { schema, .. } in &nodes {
        if **schema == Value::Bool(false) {
            return None;
        }
        let Some(map) = schema.as_object() else {
            continue;
        };
        if let Some(names) = map.get("type") {
            form.kinds = form.kinds & Kinds::of_type(names);
        }
        let only = match (map.get("const"), map.get("enum")) {
            (Some(value), _) => Some(std::slice::from_ref(value)),
            (_, Some(Value::Array(several))) => Some(several.as_slice()),
            _ => None,
        };
        if let Some(only) = only {
            let kept = only.iter().filter(|value| form.has(value));
            form.values = Some(kept.cloned().collect());
        }
        form.may_be_empty &= !["minLength", "minItems", "minProperties"]
            .iter()
            .any(|key| map.get(*key).and_then(Value::as_u64).is_some_and(|n| n > 0));
        form.may_be_empty &= map
            .get("required")
            .and_then(Value::as_array)
            .is_none_or(Vec::is_empty);
    }
    let shaped = nodes.iter().any(|node| {
        node.schema
            .as_object()
            .is_some_and(|map| map.keys().any(|key| SHAPING.contains(&key.as_str())))
    });
    let mut form = form.only(Kinds::ANY)?;
    if shaped && form.kinds.may(Kinds::CONTAINER) {
        let shown = Vec::new();
        form.inside = Inside::Schemas(Rc::new(Conjunction {
            document,
            nodes,
            shown,
        }));
    }
    Some(form)
}

/// Keywords that say something of items and keys.
const SHAPING: [&str; 8] = [
    "properties",
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
    "required",
    "items",
    "prefixItems",
    "propertyNames",
];

/// Every combination of two lists of alternatives.
fn crossed<'a>(one: &[Alternative<'a>], other: &[Alternative<'a>]) -> Vec<Alternative<'a>> {
    if one.len() * other.len() > MAX_ALTERNATIVES * 4 {
        return vec![Vec::new(); MAX_ALTERNATIVES + 1];
    }
    let both = |a: &Alternative<'a>, b: &Alternative<'a>| [a.as_slice(), b.as_slice()].concat();
    one.iter()
        .flat_map(|a| other.iter().map(move |b| both(a, b)))
        .collect()
}

/// A schema's alternatives.
fn unfold<'a>(document: &'a Value, node: Node<'a>, depth: usize) -> Vec<Alternative<'a>> {
    let mut alternatives = vec![vec![node]];
    let Some(map) = node.schema.as_object().filter(|_| depth < MAX_DEPTH) else {
        return alternatives;
    };
    let part = |schema: &'a Value, divided: bool| {
        let divided = divided || node.divided;
        unfold(document, Node { schema, divided }, depth + 1)
    };
    let target = map.get("$ref").and_then(Value::as_str);
    if let Some(target) = target.and_then(|reference| resolve(document, reference)) {
        alternatives = crossed(&alternatives, &part(target, false));
    }
    let list = |key: &str| map.get(key).and_then(Value::as_array);
    for one in list("allOf").into_iter().flatten() {
        alternatives = crossed(&alternatives, &part(one, false));
    }
    for several in ["anyOf", "oneOf"].into_iter().filter_map(list) {
        let each: Vec<_> = several.iter().flat_map(|one| part(one, true)).collect();
        alternatives = crossed(&alternatives, &each);
    }
    if let Some(condition) = map.get("if") {
        let branch = |key: &str| match map.get(key) {
            Some(schema) => part(schema, true),
            None => vec![Vec::new()],
        };
        let mut each = crossed(&part(condition, true), &branch("then"));
        each.extend(branch("else"));
        alternatives = crossed(&alternatives, &each);
    }
    if let Some(Value::Object(dependent)) = map.get("dependentSchemas") {
        for schema in dependent.values() {
            let mut each = part(schema, true);
            each.push(Vec::new());
            alternatives = crossed(&alternatives, &each);
        }
    }
    alternatives
}

impl<'a> Conjunction<'a> {
    fn objects(&self) -> impl Iterator<Item = (Node<'a>, &'a Map<String, Value>)> {
        let each = self.nodes.iter();
        each.filter_map(|node| Some((*node, node.schema.as_object()?)))
    }

    /// What stands under a name; nothing when it can't be.
    pub(super) fn child(
        &self,
        name: &str,
        kinds: Kinds,
        names: &mut Vec<String>,
    ) -> Option<Type<'a>> {
        if let Some((_, shown)) = self.shown.iter().find(|(known, _)| known == name) {
            return Some(shown.clone());
        }
        if kinds.may(Kinds::LIST) && kinds.may(indexed(name)) {
            return Some(self.item().or_missing());
        }
        let child = self.property(name);
        if child.is_none() {
            for (_, map) in self.objects() {
                names.extend(properties(map).map(|(name, _)| name.clone()));
            }
        }
        child
    }

    fn property(&self, name: &str) -> Option<Type<'a>> {
        let mut found: Vec<Node<'a>> = Vec::new();
        let (mut loose, mut rest, mut closed, mut needed) = (false, Vec::new(), false, false);
        for (node, map) in self.objects() {
            if let Some((_, schema)) = properties(map).find(|(known, _)| *known == name) {
                needed |= !node.divided && has_default(self.document, schema, 0);
                found.push(Node {
                    schema,
                    divided: node.divided,
                });
            } else if map.contains_key("patternProperties") {
                // Whether a pattern fits is left open.
                loose = true;
            } else {
                match map.get("additionalProperties") {
                    Some(Value::Bool(false)) => return None,
                    Some(schema) => rest.push(Node {
                        schema,
                        divided: node.divided,
                    }),
                    None => {}
                }
            }
            closed |= map.get("unevaluatedProperties") == Some(&Value::Bool(false));
            needed |= required(map).any(|known| known == name);
        }
        if found.is_empty() && !loose && rest.is_empty() && closed {
            return None;
        }
        let named = found.len();
        found.extend(rest);
        let mut child = Type::of_all(self.document, &found);
        if loose && found.is_empty() {
            child = Type::any();
        }
        if child.is_never() {
            // What is named and ruled out is never there; what no schema names can't be.
            return (named > 0).then(Type::absent);
        }
        child.missing = !needed;
        Some(child)
    }

    pub(super) fn item(&self) -> Type<'a> {
        let mut items: Vec<Node<'a>> = Vec::new();
        let mut first = Type::never();
        for (Node { divided, .. }, map) in self.objects() {
            if let Some(schema) = map.get("items").filter(|schema| schema.is_object()) {
                items.push(Node { schema, divided });
            }
            for schema in map
                .get("prefixItems")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                first = first.or(Type::of_all(self.document, &[Node { schema, divided }]));
            }
        }
        if items.is_empty() && !first.is_never() {
            // Whether there are others is left open.
            return first.or(Type::any());
        }
        first.or(Type::of_all(self.document, &items))
    }

    pub(super) fn fields(&self) -> Fields<'a> {
        let mut names: Vec<&String> = Vec::new();
        let (mut closed, mut loose, mut rest) = (false, false, Vec::new());
        for (node, map) in self.objects() {
            names.extend(properties(map).map(|(name, _)| name));
            loose |= map.contains_key("patternProperties");
            closed |= map.get("unevaluatedProperties") == Some(&Value::Bool(false));
            match map.get("additionalProperties") {
                Some(Value::Bool(false)) => closed = true,
                Some(schema) => rest.push(Node {
                    schema,
                    divided: node.divided,
                }),
                None => {}
            }
        }
        let mut fields = Fields::default();
        for name in names {
            let child = self.child(name, Kinds::OBJECT, &mut Vec::new());
            if let Some(child) = child {
                fields.set(name, child);
            }
        }
        fields.rest = match (closed, loose) {
            (true, false) => None,
            (_, true) => Some(Type::any()),
            (false, false) => Some(Type::of_all(self.document, &rest)),
        };
        fields
    }

    /// The same, of which a condition has shown what stands under a name.
    pub(super) fn showing(&self, name: &str, value: Type<'a>) -> Self {
        let mut shown = self.shown.clone();
        shown.retain(|(known, _)| known != name);
        shown.push((name.to_owned(), value));
        Self {
            shown,
            ..self.clone()
        }
    }
}

/// Is a value filled in where there is none? (As `schema/defaults.rs` does it.)
fn has_default(document: &Value, schema: &Value, depth: usize) -> bool {
    if schema.get("default").is_some() {
        return true;
    }
    let target = schema.get("$ref").and_then(Value::as_str);
    let target = target.and_then(|reference| resolve(document, reference));
    depth < MAX_DEPTH && target.is_some_and(|target| has_default(document, target, depth + 1))
}

/// A local reference's target.
pub(crate) fn resolve<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    document.pointer(reference.strip_prefix('#')?)
}
