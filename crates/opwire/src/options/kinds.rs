//! What is known at load of a DDL's choices, and of the fields that they fill.

use super::OptionLink;
use crate::diagnostic::Code;
use crate::manifest::{Fault, OptionsPointers};
use crate::types::{Kinds, Type};
use serde_json::Value;

/// What is known of the choices that a DDL gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChoiceKinds {
    pub(crate) value: Kinds,
}

impl ChoiceKinds {
    /// Follows the pointers through the computed output.
    pub(crate) fn of(
        pointers: &OptionsPointers,
        output: &Type<'_>,
        manifest: &Value,
        faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        let mut follow = Follow { manifest, faults };
        let list = follow.to("items", &pointers.items, output)?;
        if !list.is_unknown() && !list.may_be(Kinds::LIST) {
            let what = format!("the options are a list, and this is {}", list.told());
            follow.fault("items", what);
            return None;
        }
        let item = list.item();
        if item.is_never() {
            return None;
        }
        let label = follow.to("label", &pointers.label, &item);
        let value = follow.to("value", &pointers.value, &item)?;
        if let Some(label) = label {
            follow.check_label(&label);
        }
        if !value.may_be(Kinds::SCALAR) {
            let what = format!(
                "a value is text, a number or a boolean, and this is {}",
                value.told()
            );
            follow.fault("value", what);
        }
        let value = value.kinds() & !Kinds::NULL;
        Some(Self { value })
    }
}

struct Follow<'a> {
    manifest: &'a Value,
    faults: &'a mut Vec<Fault>,
}

impl Follow<'_> {
    fn to<'t>(&mut self, key: &str, pointer: &str, from: &Type<'t>) -> Option<Type<'t>> {
        let mut at = from.clone();
        for token in pointer.split('/').skip(1) {
            let name = token.replace("~1", "/").replace("~0", "~");
            match at.child(&name) {
                Ok(next) => at = next,
                Err(known) => {
                    let of = if key == "items" {
                        "the output"
                    } else {
                        "an option"
                    };
                    let message = format!("{of} has no `{pointer}`");
                    let fault = self.fault(key, message);
                    if !known.is_empty() {
                        fault.help(format!("what stands there has {}", known.join(", ")));
                    }
                    return None;
                }
            }
        }
        Some(at)
    }

    fn check_label(&mut self, label: &Type<'_>) {
        let others = label.kinds() & !(Kinds::TEXT | Kinds::NULL);
        if label.is_unknown() || others.is_none() {
            return;
        }
        let certain = !label.may_be(Kinds::TEXT);
        let verb = if certain { "is" } else { "may be" };
        let message = format!("a label is text, and this {verb} {others}");
        let fault = self.fault("label", message);
        fault.help("make it text with `string` or `concat`");
        if !certain {
            fault.warning();
        }
    }

    fn fault(&mut self, key: &str, message: String) -> &mut Fault {
        let own = format!("/options/{key}");
        let place = if self.manifest.pointer(&own).is_some() {
            own
        } else if self.manifest.pointer("/response/output").is_some() {
            "/response/output".to_owned()
        } else {
            "/kind".to_owned()
        };
        self.faults
            .push(Fault::new(Code::OptionsPointers, place, message));
        let last = self.faults.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "it was pushed just now")]
        let fault = &mut self.faults[last];
        fault
    }
}

/// What a field takes of a choice: a list takes it as an item; an object, or a list of {key, value}, as a key.
pub(super) fn accepted(field: &Type<'_>) -> Kinds {
    let mut kinds = field.kinds() & (Kinds::SCALAR | Kinds::NULL);
    if field.may_be(Kinds::LIST) {
        let item = field.item();
        kinds = kinds | (item.kinds() & Kinds::SCALAR);
        if item.may_be(Kinds::OBJECT) && item.child("key").is_ok() {
            kinds = kinds | Kinds::TEXT;
        }
    }
    if field.may_be(Kinds::OBJECT) {
        kinds = kinds | Kinds::TEXT;
    }
    kinds
}

/// A key of the input that a link gives its DDL.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) kinds: Kinds,
}

/// The keys of the input that a link gives; nothing when they are not all known.
pub(super) fn given(input: Option<&Type<'_>>) -> Option<Vec<Given>> {
    let Some(input) = input else {
        return Some(Vec::new());
    };
    let fields = input.clone().only(Kinds::OBJECT).fields();
    let given = |(name, of): (String, Type<'_>)| Given {
        name,
        kinds: of.kinds(),
    };
    let all = fields.named.into_iter().map(given).collect();
    fields.rest.is_none().then_some(all)
}

/// What is wrong between a link and the DDL that it names, whose input is of this type.
pub(crate) fn mismatches(link: &OptionLink, ddl: ChoiceKinds, input: &Type<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let place = |key: &str| format!("{}/{key}", link.place);
    if !ddl.value.is_none() && !ddl.value.may(link.accepts) {
        let (value, field) = (ddl.value, link.accepts);
        let message = format!(
            "`{}` gives values that are {value}, and the field takes {field}",
            link.operation
        );
        faults.push(Fault::new(Code::OptionsType, place("operation"), message));
    }
    let Some(given) = &link.given else {
        return faults;
    };
    for Given { name, kinds } in given {
        let wrong = match input.child(name) {
            Err(known) => {
                let message = format!("`{}` has no input `{name}`", link.operation);
                let meant = crate::manifest::Meant::of(name, known.iter().map(String::as_str));
                Some((message, meant))
            }
            Ok(of) if !of.may_be(*kinds) && !kinds.is_none() => {
                let message = format!("`{name}` is {}, and this is {kinds}", of.told());
                Some((message, None))
            }
            Ok(_) => None,
        };
        if let Some((message, meant)) = wrong {
            let pointer = format!(
                "{}/{}",
                place("input"),
                crate::manifest::locate::escape(name)
            );
            let mut fault = Fault::new(Code::OptionsInput, pointer, message);
            fault.on_key().meant(meant);
            faults.push(fault);
        }
    }
    for (name, of) in input.clone().only(Kinds::OBJECT).fields().named {
        if !of.missing && !given.iter().any(|given| given.name == name) {
            let message = format!("`{}` needs the input `{name}`", link.operation);
            let mut fault = Fault::new(Code::OptionsInput, place("operation"), message);
            fault.help("give it under `input` of `x-options`");
            faults.push(fault);
        }
    }
    faults
}
