//! The fields of an operation's input, and how to put a value into one.

use opwire::Operation;
use opwire_testkit::Example;
use serde_json::{Map, Value, json};

/// One step into an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The member of this name.
    Key(String),
    /// The first item of a list.
    Item,
}

/// A place in the input, and a schema that what stands there must fit.
#[derive(Clone, Debug)]
pub struct Field {
    /// From the whole input to the place.
    pub steps: Vec<Step>,
    /// The schema.
    pub schema: Value,
}

impl Field {
    /// The place as a JSON Pointer.
    #[must_use]
    pub fn pointer(&self) -> String {
        let steps = self.steps.iter().map(|step| match step {
            Step::Key(key) => format!("/{key}"),
            Step::Item => "/0".to_owned(),
        });
        steps.collect()
    }

    /// Puts a value there, making what is on the way.
    pub fn put(&self, input: &mut Value, value: Value) {
        let mut at = input;
        for step in &self.steps {
            at = match step {
                Step::Key(key) => {
                    if !at.is_object() {
                        *at = json!({});
                    }
                    at.as_object_mut()
                        .unwrap()
                        .entry(key.clone())
                        .or_insert(Value::Null)
                }
                Step::Item => {
                    if at.as_array().is_none_or(Vec::is_empty) {
                        *at = json!([null]);
                    }
                    &mut at[0]
                }
            };
        }
        *at = value;
    }

    /// Takes it away, where it is.
    pub fn remove(&self, input: &mut Value) {
        let (Some(Step::Key(last)), parent) = (self.steps.last(), &self.pointer()) else {
            return;
        };
        let parent = parent.rsplit_once('/').unwrap().0;
        if let Some(map) = input.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.shift_remove(last);
        }
    }
}

/// All fields of an operation, the credentials among them.
#[must_use]
pub fn fields(operation: &Operation) -> Vec<Field> {
    let schema = operation.input_schema();
    let mut found = Vec::new();
    gather(schema, schema, &mut Vec::new(), &mut found);
    found
}

fn gather(document: &Value, schema: &Value, steps: &mut Vec<Step>, found: &mut Vec<Field>) {
    if steps.len() > 8 {
        return;
    }
    if let Some(to) = schema["$ref"].as_str() {
        let target = document.pointer(to.strip_prefix('#').unwrap()).unwrap();
        gather(document, target, steps, found);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for part in schema[key].as_array().into_iter().flatten() {
            gather(document, part, steps, found);
        }
    }
    for (name, property) in schema["properties"].as_object().unwrap_or(&Map::new()) {
        inside(document, property, Step::Key(name.clone()), steps, found);
    }
    if let Some(items) = schema.get("items") {
        inside(document, items, Step::Item, steps, found);
    }
}

fn inside(
    document: &Value,
    schema: &Value,
    step: Step,
    steps: &mut Vec<Step>,
    found: &mut Vec<Field>,
) {
    steps.push(step);
    if !found.iter().any(|field| field.steps == *steps) {
        let (steps, schema) = (steps.clone(), schema.clone());
        found.push(Field { steps, schema });
    }
    gather(document, schema, steps, found);
    steps.pop();
}

/// A valid input: that of the operation's first example, with credentials.
#[must_use]
pub fn valid_input(operation: &Operation) -> Value {
    let examples = Example::for_operation(operation).unwrap();
    let mut input = examples[0].input.clone();
    if input.is_null() {
        input = json!({});
    }
    for name in operation.connector().usual_credentials() {
        input[name] = json!("token");
    }
    input
}
