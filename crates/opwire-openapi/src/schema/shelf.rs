//! What schemas refer to: gathered, made finite, and given a place in the connector.
//!
//! Manifests have no schema that leads back to itself, and none that unfolds to more than the engine walks: where the
//! document has one, the reference is cut and an open schema stands in, with a warning.

use super::finish::{beside, finish, loosen_required};
use super::size::{self, Size};
use super::{Converter, Kinds, children, children_mut};
use crate::names;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The engine allows 10,000 nodes and 256 levels, whatever refers to whatever.
const MOST: Size = Size {
    nodes: 8_000,
    levels: 200,
};
/// A shared schema leaves room for those that refer to it.
const SHARED: Size = Size {
    nodes: 2_000,
    levels: 100,
};
/// References lead this far at most.
const MAX_CHAIN: usize = 40;
/// A schema of one use that is no larger is written where it is used.
const INLINE: usize = 24;

/// Whether values go to the service or come from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// Where a shared schema is written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Home {
    /// Where it is used.
    Inline,
    /// `connector.yaml#/$defs/NAME`
    Connector(String),
    /// `schemas/NAME.yaml`
    File(String),
}

#[derive(Debug)]
struct Def {
    value: Value,
    size: Size,
    /// How often it is referred to, by what is written.
    sites: usize,
    request: bool,
    home: Home,
}

/// The schemas that others refer to, by the reference.
#[derive(Debug)]
pub(crate) struct Shelf<'s, 'a> {
    converter: Converter<'s, 'a>,
    defs: BTreeMap<String, Def>,
    /// In the order in which they were met.
    order: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Open,
    Done,
}

impl<'s, 'a> Shelf<'s, 'a> {
    pub(crate) fn new(converter: Converter<'s, 'a>) -> Self {
        Self {
            converter,
            defs: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    /// Takes in all that a schema refers to.
    pub(crate) fn gather(&mut self, schema: &Value) {
        let mut wanted = references(schema);
        while let Some(reference) = wanted.pop() {
            if self.defs.contains_key(&reference) {
                continue;
            }
            let value = self.converter.target(&reference);
            wanted.extend(references(&value));
            let def = Def {
                value,
                size: Size::default(),
                sites: 0,
                request: false,
                home: Home::Inline,
            };
            self.order.push(reference.clone());
            self.defs.insert(reference, def);
        }
    }

    /// Cuts what leads back to itself, and what unfolds to too much.
    pub(crate) fn settle(&mut self) {
        let mut visits = HashMap::new();
        for reference in self.order.clone() {
            self.visit(&reference, &mut visits, 0);
        }
    }

    fn visit(&mut self, reference: &str, visits: &mut HashMap<String, Visit>, depth: usize) {
        if visits.contains_key(reference) {
            return;
        }
        let Some(def) = self.defs.get_mut(reference) else {
            return;
        };
        visits.insert(reference.to_owned(), Visit::Open);
        let mut value = def.value.clone();
        for target in references(&value) {
            if depth < MAX_CHAIN {
                self.visit(&target, visits, depth + 1);
            }
            match visits.get(&target) {
                Some(Visit::Done) => {}
                Some(Visit::Open) => {
                    self.cut(&mut value, &target, reference, "leads back to itself");
                }
                None => self.cut(&mut value, &target, reference, "is nested too deep"),
            }
        }
        self.shrink(&mut value, reference, SHARED);
        let size = size::of(&value, &|reference| self.size(reference));
        if let Some(def) = self.defs.get_mut(reference) {
            def.value = value;
            def.size = size;
        }
        visits.insert(reference.to_owned(), Visit::Done);
    }

    fn size(&self, reference: &str) -> Size {
        self.defs
            .get(reference)
            .map_or(Size::default(), |def| def.size)
    }

    /// Cuts references of an operation's schema until the engine can walk it.
    pub(crate) fn fit(&self, schema: &mut Value, at: &str) {
        self.shrink(schema, at, MOST);
    }

    fn shrink(&self, schema: &mut Value, at: &str, most: Size) {
        loop {
            let size = size::of(schema, &|reference| self.size(reference));
            if size.within(most) {
                return;
            }
            let weight = |reference: &String| {
                let size = self.size(reference);
                if size.nodes > 0 && size::of(schema, &|at| self.size(at)).nodes > most.nodes {
                    size.nodes
                } else {
                    size.levels
                }
            };
            let Some(largest) = references(schema).into_iter().max_by_key(weight) else {
                return;
            };
            self.cut(schema, &largest, at, "unfolds to too much");
        }
    }

    /// Writes an open schema in place of each reference to a target.
    fn cut(&self, schema: &mut Value, target: &str, at: &str, why: &str) {
        if schema.get("$ref").and_then(Value::as_str) == Some(target) {
            let name = target.rsplit('/').next().unwrap_or_default();
            let message = format!("the schema `{name}` {why} here, and is left open");
            self.converter
                .source
                .warn(at.trim_start_matches('#'), message);
            let Some(map) = schema.as_object_mut() else {
                return;
            };
            map.remove("$ref");
            map.retain(|key, _| matches!(key.as_str(), "title" | "description" | "deprecated"));
            map.entry("description")
                .or_insert_with(|| json!(format!("A {name}, not written out here.")));
            let kind = self.defs.get(target).and_then(|def| def.value.get("type"));
            if let Some(kind) = kind {
                map.insert("type".to_owned(), kind.clone());
            }
        }
        for child in children_mut(schema) {
            self.cut(child, target, at, why);
        }
    }

    /// The schema itself, or what its reference leads to when that is all that it says.
    pub(crate) fn resolve<'v>(&'v self, schema: &'v Value) -> &'v Value {
        let mut schema = schema;
        for _ in 0..MAX_CHAIN {
            let target = schema.get("$ref").and_then(Value::as_str);
            match target.and_then(|reference| self.defs.get(reference)) {
                Some(def) => schema = &def.value,
                None => return schema,
            }
        }
        schema
    }

    /// Every type that a value may have.
    pub(crate) fn kinds(&self, schema: &Value) -> Kinds {
        self.kinds_within(schema, 0)
    }

    fn kinds_within(&self, schema: &Value, depth: usize) -> Kinds {
        let schema = self.resolve(schema);
        if depth > MAX_CHAIN {
            return Kinds::ANY;
        }
        let mut kinds = Kinds::of_schema(schema);
        if let Some(value) = schema.get("const") {
            kinds = kinds.and(Kinds::of(value));
        }
        let list = |key: &str| schema.get(key).and_then(Value::as_array);
        if let Some(values) = list("enum") {
            kinds = kinds.and(values.iter().map(Kinds::of).fold(Kinds::NONE, Kinds::or));
        }
        for part in list("allOf").into_iter().flatten() {
            kinds = kinds.and(self.kinds_within(part, depth + 1));
        }
        for branches in [list("anyOf"), list("oneOf")].into_iter().flatten() {
            let each = branches
                .iter()
                .map(|branch| self.kinds_within(branch, depth + 1));
            kinds = kinds.and(each.fold(Kinds::NONE, Kinds::or));
        }
        kinds
    }

    /// Decides where each schema is written that any of these refers to.
    pub(crate) fn house(&mut self, schemas: &[(&Value, Direction)]) {
        for (schema, direction) in schemas {
            for reference in references_all(schema) {
                if let Some(def) = self.defs.get_mut(&reference) {
                    def.sites += 1;
                }
                self.reach(&reference, *direction);
            }
        }
        let used: Vec<String> = self.used();
        for reference in &used {
            let targets = self
                .defs
                .get(reference)
                .map(|def| references_all(&def.value));
            for target in targets.into_iter().flatten() {
                if let Some(def) = self.defs.get_mut(&target) {
                    def.sites += 1;
                }
            }
        }
        let mut taken = BTreeSet::new();
        for reference in used {
            let name = names::of_reference(&reference);
            let Some(def) = self.defs.get_mut(&reference) else {
                continue;
            };
            def.home = match home(def) {
                Home::Inline => Home::Inline,
                Home::Connector(_) => Home::Connector(names::unique(&name, &mut taken)),
                Home::File(_) => Home::File(names::unique(&name, &mut taken)),
            };
        }
    }

    /// Everything that is reached from what is written.
    fn used(&self) -> Vec<String> {
        let reached = self
            .defs
            .iter()
            .filter(|(_, def)| def.request || def.sites > 0);
        let mut used: BTreeSet<String> = reached.map(|(reference, _)| reference.clone()).collect();
        let mut open: Vec<String> = used.iter().cloned().collect();
        while let Some(reference) = open.pop() {
            let targets = self.defs.get(&reference).map(|def| references(&def.value));
            for target in targets.into_iter().flatten() {
                if used.insert(target.clone()) {
                    open.push(target);
                }
            }
        }
        used.into_iter().collect()
    }

    fn reach(&mut self, reference: &str, direction: Direction) {
        if direction == Direction::Response {
            return;
        }
        let mut open = vec![reference.to_owned()];
        while let Some(reference) = open.pop() {
            let Some(def) = self.defs.get_mut(&reference) else {
                continue;
            };
            if !std::mem::replace(&mut def.request, true) {
                open.extend(references(&def.value));
            }
        }
    }

    /// Writes a schema as the connector has it: its references lead to where they are written.
    pub(crate) fn place(&self, schema: &mut Value, direction: Direction) {
        self.put(schema, direction, false);
    }

    fn put(&self, schema: &mut Value, direction: Direction, in_connector: bool) {
        if let Some(map) = schema.as_object_mut() {
            loosen_required(map, direction);
        }
        // An item of a list is not left out.
        if let Some(Value::Object(items)) = schema.get_mut("items") {
            items.remove("default");
        }
        for child in children_mut(schema) {
            self.put(child, direction, in_connector);
        }
        let reference = schema
            .get("$ref")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let def = reference.and_then(|reference| self.defs.get(&reference));
        if let (Some(def), Some(map)) = (def, schema.as_object_mut()) {
            let lead = match &def.home {
                Home::Inline => None,
                Home::Connector(name) if in_connector => Some(format!("#/$defs/{name}")),
                Home::Connector(name) => Some(format!("connector.yaml#/$defs/{name}")),
                Home::File(name) => Some(format!("schemas/{name}.yaml")),
            };
            if let Some(lead) = lead {
                map.insert("$ref".to_owned(), json!(lead));
            } else {
                let mut inner = def.value.clone();
                self.put(&mut inner, direction, in_connector);
                map.remove("$ref");
                *schema = beside(inner, std::mem::take(map));
            }
        }
        finish(schema, direction);
    }

    /// The schemas that have a file of their own, by their names.
    pub(crate) fn files(&self) -> Vec<(String, Value)> {
        self.written(|home| match home {
            Home::File(name) => Some(name),
            _ => None,
        })
    }

    /// The schemas that stand under `$defs` of connector.yaml.
    pub(crate) fn in_connector(&self) -> Vec<(String, Value)> {
        self.written(|home| match home {
            Home::Connector(name) => Some(name),
            _ => None,
        })
    }

    fn written(&self, chosen: impl Fn(&Home) -> Option<&String>) -> Vec<(String, Value)> {
        let mut written = Vec::new();
        for def in self.defs.values() {
            let Some(name) = chosen(&def.home) else {
                continue;
            };
            let direction = if def.request {
                Direction::Request
            } else {
                Direction::Response
            };
            let mut value = def.value.clone();
            self.put(
                &mut value,
                direction,
                matches!(def.home, Home::Connector(_)),
            );
            written.push((name.clone(), value));
        }
        written.sort_by(|a, b| a.0.cmp(&b.0));
        written
    }
}

/// Where a schema is written, by how much it says and how often.
fn home(def: &Def) -> Home {
    let own = size::of(&def.value, &|_| Size::default());
    let map = def.value.as_object();
    let says_little = map.is_none_or(|map| {
        let said = map.keys().filter(|key| *key != "examples");
        !map.contains_key("description") && said.count() <= 2 && own.nodes <= 2
    });
    if says_little || (def.sites <= 1 && own.nodes <= INLINE) {
        return Home::Inline;
    }
    let parts = [
        "properties",
        "allOf",
        "anyOf",
        "oneOf",
        "additionalProperties",
    ];
    let of_parts = map.is_some_and(|map| parts.iter().any(|key| map.contains_key(*key)));
    if of_parts || own.nodes > INLINE {
        Home::File(String::new())
    } else {
        Home::Connector(String::new())
    }
}

/// Every reference of a schema, each once, in order.
pub(crate) fn references(schema: &Value) -> Vec<String> {
    let mut each: Vec<String> = Vec::new();
    for reference in references_all(schema) {
        if !each.contains(&reference) {
            each.push(reference);
        }
    }
    each
}

fn references_all(schema: &Value) -> Vec<String> {
    let own = schema
        .get("$ref")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let mut found: Vec<String> = own.into_iter().collect();
    for child in children(schema) {
        found.extend(references_all(child));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Dialect;
    use crate::read::node::Source;

    type Files = Vec<(String, Value)>;

    /// The schemas of a document as they are written, where one of them is a reply, and how often it was warned.
    fn shelved(schemas: &Value) -> (Value, Files, Files, usize) {
        let root = json!({ "components": { "schemas": schemas } });
        let source = Source::new(&root);
        let dialect = Dialect::OpenApi31;
        let mut shelf = Shelf::new(Converter {
            source: &source,
            dialect,
        });
        let mut reply = json!({ "$ref": "#/components/schemas/Reply" });
        shelf.gather(&reply);
        shelf.settle();
        shelf.fit(&mut reply, "/paths");
        shelf.house(&[(&reply, Direction::Response)]);
        shelf.place(&mut reply, Direction::Response);
        let told = source.warnings().len();
        (reply, shelf.files(), shelf.in_connector(), told)
    }

    #[test]
    fn what_is_shared_has_a_place_and_what_is_used_once_stands_there() {
        let id = json!({ "type": "string", "description": "An ID.", "minLength": 1 });
        let owner = json!({ "type": "object", "properties": { "id": { "$ref": "#/components/schemas/Id" } } });
        let pet = json!({ "type": "object", "properties": { "id": { "$ref": "#/components/schemas/Id" },
            "owner": { "$ref": "#/components/schemas/Owner" }, "friend": { "$ref": "#/components/schemas/Owner", "description": "Another." },
            "state": { "$ref": "#/components/schemas/State" } } });
        let schemas =
            json!({ "Reply": pet, "Owner": owner, "Id": id, "State": { "type": "string" } });
        let (reply, files, defs, told) = shelved(&schemas);
        let properties = &reply["properties"];
        assert_eq!(
            properties["id"],
            json!({ "$ref": "connector.yaml#/$defs/id" })
        );
        assert_eq!(properties["owner"], json!({ "$ref": "schemas/owner.yaml" }));
        assert_eq!(properties["friend"]["description"], "Another.");
        assert_eq!(properties["state"], json!({ "type": "string" }));
        assert_eq!((files.len(), defs.len(), told), (1, 1, 0));
    }

    #[test]
    fn what_leads_back_to_itself_is_cut() {
        let node = json!({ "type": "object", "description": "A node.", "properties": {
            "next": { "$ref": "#/components/schemas/Reply" },
            "others": { "type": "array", "items": { "$ref": "#/components/schemas/Other" } } } });
        let other = json!({ "type": "object", "properties": { "back": { "$ref": "#/components/schemas/Reply" } } });
        let (reply, files, _, told) = shelved(&json!({ "Reply": node, "Other": other }));
        let open = json!({ "description": "A Reply, not written out here.", "type": "object" });
        assert_eq!(reply["properties"]["next"], open);
        assert_eq!(
            reply["properties"]["others"]["items"]["properties"]["back"],
            open
        );
        assert_eq!((files.len(), told), (0, 2));
    }

    #[test]
    fn what_unfolds_to_too_much_is_cut() {
        let mut schemas = serde_json::Map::new();
        for level in 0..40 {
            let next = json!({ "$ref": format!("#/components/schemas/S{}", level + 1) });
            let name = if level == 0 {
                "Reply".to_owned()
            } else {
                format!("S{level}")
            };
            let both = json!({ "type": "object", "properties": { "a": next, "b": next } });
            schemas.insert(name, both);
        }
        schemas.insert("S40".to_owned(), json!({ "type": "string" }));
        let (reply, files, defs, told) = shelved(&Value::Object(schemas));
        assert!(told > 0);
        let all: Vec<Value> = files
            .into_iter()
            .chain(defs)
            .map(|(_, schema)| schema)
            .collect();
        assert!((5..=11).contains(&all.len()), "{}", all.len());
        assert!(reply.get("properties").is_some());
    }
}
