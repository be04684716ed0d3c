//! Whether every parameter that may be a list or an object has a style that lays it out.

use crate::diagnostic::Code;
use crate::manifest::{QueryStyle, StyleName};
use crate::template::Compiler;
use crate::types::{Kinds, Type};

/// Lists in lists and objects in objects are looked into this deep.
const MAX_DEPTH: usize = 6;

/// Tells which parameters of an object can't be laid out.
pub(super) fn check(
    compiler: &mut Compiler<'_>,
    parameters: &Type<'_>,
    style: QueryStyle,
    own: &[(String, StyleName)],
) {
    for (name, value) in parameters.clone().only(Kinds::OBJECT).fields().named {
        let own = own.iter().find(|(styled, _)| *styled == name);
        let style = own.map_or(style, |(_, style)| both(*style));
        let Some(wrong) = unlaid(&value, style, 0) else {
            continue;
        };
        let certain = value.kinds().only(Kinds::CONTAINER);
        compiler.at(&name, |compiler| {
            let verb = if certain { "is" } else { "may be" };
            let message = format!("the parameter `{name}` {verb} {}", wrong.message());
            let fault = compiler.fault(Code::QueryStyle, message);
            if !certain {
                fault.warning();
            }
            fault.help(
                "set `query_style` here or in connector.yaml, or `{value: …, style: …}` on the parameter",
            );
        });
    }
}

/// A parameter's own style holds for lists and objects.
pub(super) fn both(style: StyleName) -> QueryStyle {
    QueryStyle {
        arrays: Some(style),
        objects: Some(style),
    }
}

/// What can't be laid out.
struct Unlaid {
    what: &'static str,
    style: Option<StyleName>,
}

impl Unlaid {
    fn message(&self) -> String {
        match self.style {
            None => format!("{}, and nothing says how it is laid out", self.what),
            Some(style) => {
                let name = style.as_str();
                format!("{}, which the style `{name}` can't lay out", self.what)
            }
        }
    }
}

fn unlaid(value: &Type<'_>, style: QueryStyle, depth: usize) -> Option<Unlaid> {
    if value.is_unknown() || depth > MAX_DEPTH {
        return None;
    }
    list(value, style, depth).or_else(|| object(value, style, depth))
}

fn list(value: &Type<'_>, style: QueryStyle, depth: usize) -> Option<Unlaid> {
    if !value.may_be(Kinds::LIST) {
        return None;
    }
    let item = value.item();
    match style.arrays {
        None => Some(Unlaid {
            what: "a list",
            style: None,
        }),
        Some(StyleName::Brackets) => unlaid(&item, style, depth + 1),
        Some(StyleName::Json) => None,
        Some(flat) => (!item.is_unknown() && item.may_be(Kinds::CONTAINER)).then_some(Unlaid {
            what: "a list of lists or objects",
            style: Some(flat),
        }),
    }
}

fn object(value: &Type<'_>, style: QueryStyle, depth: usize) -> Option<Unlaid> {
    if !value.may_be(Kinds::OBJECT) {
        return None;
    }
    match style.objects {
        Some(StyleName::Brackets) => {
            let fields = value.clone().only(Kinds::OBJECT).fields();
            let mut each = fields.named.iter().map(|(_, value)| value);
            each.find_map(|value| unlaid(value, style, depth + 1))
        }
        Some(StyleName::Json) => None,
        style => Some(Unlaid {
            what: "an object",
            style,
        }),
    }
}
