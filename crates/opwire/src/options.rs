//! A field's choices, through the DDL operation that `x-options` names.

mod kinds;

use crate::diagnostic::Code;
use crate::error::{Error, ErrorKind, Violation};
use crate::input;
use crate::manifest::Fault;
use crate::manifest::locate::escape;
use crate::operation::{Known, Operation};
use crate::secret::Secret;
use crate::template::eval::text_of;
use crate::template::{Compiler, Roots, Scope, Template};
use crate::types::resolve;
use crate::types::{Kinds, Type};
pub(crate) use kinds::{ChoiceKinds, Given, mismatches};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A field of an operation's input that a DDL operation fills.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OptionLink {
    /// The field, as a JSON Pointer into the input; list indexes are left out.
    pub pointer: String,
    /// The DDL operation's name within the connector.
    pub operation: String,
    /// The file's own pointer, where the operation's file itself has the link.
    pub(crate) place: String,
    pub(crate) input: Option<Template>,
    pub(crate) when: Option<Template>,
    /// What the field takes of a choice.
    pub(crate) accepts: Kinds,
    /// What of the DDL's input is given; nothing where that is not known.
    pub(crate) given: Option<Vec<Given>>,
}

/// One choice of a field.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Choice {
    /// What a person sees.
    pub label: String,
    /// What the field takes.
    pub value: Value,
}

/// Gathers the `x-options` of an input schema.
pub(crate) fn links(
    schema: &Value,
    own: Option<&Value>,
    known: &Known<'_>,
    faults: &mut Vec<Fault>,
) -> Vec<OptionLink> {
    let mut gather = Gather {
        schema,
        own,
        known,
        links: Vec::new(),
        faults,
        open: Vec::new(),
    };
    gather.node(schema, "", "/input");
    gather.links.shrink_to_fit();
    gather.links
}

struct Gather<'a, 'k, 'f> {
    schema: &'a Value,
    own: Option<&'a Value>,
    known: &'f Known<'k>,
    links: Vec<OptionLink>,
    faults: &'f mut Vec<Fault>,
    open: Vec<&'a str>,
}

impl<'a> Gather<'a, '_, '_> {
    /// `pointer` leads into the input, `place` into the file.
    fn node(&mut self, node: &'a Value, pointer: &str, place: &str) {
        match node.get("x-options") {
            None => {}
            Some(Value::Array(several)) => {
                for (index, link) in several.iter().enumerate() {
                    self.link(link, node, pointer, &format!("{place}/x-options/{index}"));
                }
            }
            Some(link) => self.link(link, node, pointer, &format!("{place}/x-options")),
        }
        if let Some(reference) = node.get("$ref").and_then(Value::as_str)
            && let Some(target) =
                resolve(self.schema, reference).filter(|_| !self.open.contains(&reference))
        {
            self.open.push(reference);
            self.node(target, pointer, place);
            self.open.pop();
        }
        for (name, property) in node
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let name = escape(name);
            self.node(
                property,
                &format!("{pointer}/{name}"),
                &format!("{place}/properties/{name}"),
            );
        }
        if let Some(items) = node.get("items") {
            self.node(items, pointer, &format!("{place}/items"));
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for (index, part) in node
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .enumerate()
            {
                self.node(part, pointer, &format!("{place}/{key}/{index}"));
            }
        }
    }

    fn link(&mut self, link: &Value, field: &'a Value, pointer: &str, place: &str) {
        let within = place.strip_prefix("/input").unwrap_or(place);
        let place = if self.own.and_then(|own| own.pointer(within)).is_some() {
            place
        } else {
            "/input"
        };
        let known = ["operation", "input", "when"];
        let unknown = link
            .as_object()
            .and_then(|map| map.keys().find(|key| !known.contains(&key.as_str())));
        let Some(operation) = link
            .get("operation")
            .and_then(Value::as_str)
            .filter(|_| unknown.is_none())
        else {
            let mut fault = Fault::new(
                Code::OptionsLink,
                place,
                "`x-options` is {operation: NAME}, with `input` and `when` where needed",
            );
            fault.help("or a list of such; `operation` is the name of a DDL of the same connector");
            self.faults.push(fault);
            return;
        };
        let mut compiler = Compiler::new(self.known.of_input(), place);
        let input = link
            .get("input")
            .map(|value| compiler.at("input", |c| c.typed(value)));
        let when = link
            .get("when")
            .map(|value| compiler.at("when", |c| c.condition(value).0));
        let given = kinds::given(input.as_ref().map(|(_, of)| of));
        self.faults.append(&mut compiler.faults);
        let (pointer, place) = (pointer.to_owned(), place.to_owned());
        self.links.push(OptionLink {
            pointer,
            operation: operation.to_owned(),
            place,
            input: input.map(|(template, _)| template),
            when,
            accepts: kinds::accepted(&Type::of_node(self.schema, field)),
            given,
        });
    }
}

/// What is asked of the DDL operation that fills a field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asked {
    /// Its full name.
    pub operation: String,
    /// Its input.
    pub input: Value,
    /// The credentials that the input held.
    pub credentials: BTreeMap<String, Secret>,
}

impl Operation {
    /// Which DDL operation fills a field, and with what input: what [`Engine::options`](crate::Engine::options) invokes.
    ///
    /// `field` is a JSON Pointer into the operation's input; `input` is as much of the input as there is yet.
    ///
    /// # Errors
    /// `input_invalid` when the field has no choices, or none yet.
    pub fn ask(&self, field: &str, input: Value) -> Result<Asked, Error> {
        let mut input = input::bounds::check(input)?;
        let credentials = input::take_credentials(self, &mut input)?;
        let (ddl, input) = ddl_input(self, field, &input)?;
        Ok(Asked {
            operation: format!("{}.{ddl}", self.connector().name()),
            input,
            credentials,
        })
    }

    /// The choices in an output of this operation, which is a DDL.
    #[must_use]
    pub fn choices_in(&self, output: &Value) -> Vec<Choice> {
        choices(self, output)
    }
}

fn choices(ddl: &Operation, output: &Value) -> Vec<Choice> {
    let pointers = ddl.options_pointers().cloned().unwrap_or_default();
    let items = output
        .pointer(&pointers.items)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut choices = Vec::with_capacity(items.len());
    for item in items {
        let value = item
            .pointer(&pointers.value)
            .filter(|value| !value.is_null());
        let label = item.pointer(&pointers.label).and_then(text_of);
        // A record without a value can't be chosen; one without a label is shown by its value.
        if let Some(value) = value {
            let label = label
                .or_else(|| text_of(value))
                .map_or_else(|| value.to_string(), std::borrow::Cow::into_owned);
            choices.push(Choice {
                label,
                value: value.clone(),
            });
        }
    }
    choices
}

/// The DDL's name and its input, from the partial input of the operation.
fn ddl_input(operation: &Operation, field: &str, input: &Value) -> Result<(String, Value), Error> {
    let candidates = links_of(operation, field);
    if candidates.is_empty() {
        let mut known: Vec<&str> = operation
            .links
            .iter()
            .map(|link| link.pointer.as_str())
            .collect();
        known.dedup();
        let near = crate::manifest::nearest(field, known.iter().copied());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "no field of this operation has choices".to_owned(),
            None => format!("fields with choices: {}", known.join(", ")),
        };
        let violation = Violation::new(field, "x-options", "no DDL fills this field");
        return Err(Error::input(vec![violation]).with_help(help));
    }
    let roots = Roots {
        input: Some(input),
        ..Roots::default()
    };
    let scope = Scope::new(&roots);
    let failed = |error: crate::template::EvalError| Error::new(ErrorKind::TemplateFailed, error.0);
    for link in candidates {
        if let Some(when) = &link.when
            && !when.holds(&scope).map_err(failed)?
        {
            continue;
        }
        let given = match &link.input {
            Some(template) => template
                .eval(&scope)
                .map_err(failed)?
                .map(std::borrow::Cow::into_owned),
            None => None,
        };
        return Ok((
            link.operation.clone(),
            given.unwrap_or_else(|| Value::Object(Map::new())),
        ));
    }
    let violation = Violation::new(
        field,
        "x-options",
        "which DDL fills this field depends on other fields, and none fits",
    );
    Err(Error::input(vec![violation]))
}

/// The links of a field, or of the nearest field around it: `/ids/0` and `/custom_fields/0/key` are found too.
fn links_of<'a>(operation: &'a Operation, field: &str) -> Vec<&'a OptionLink> {
    let tokens: Vec<&str> = field
        .split('/')
        .skip(1)
        .filter(|token| token.parse::<usize>().is_err())
        .collect();
    for length in (1..=tokens.len()).rev() {
        let pointer: String = tokens
            .iter()
            .take(length)
            .flat_map(|token| ["/", token])
            .collect();
        let found: Vec<_> = operation
            .links
            .iter()
            .filter(|link| link.pointer == pointer)
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}
