//! Which replies are success, and how the others become errors.

use crate::diagnostic::Code;
use crate::manifest::{ErrorRule, Fault, Statuses};
use crate::operation::Known;
use crate::template::{Compiler, Names, Template};
use crate::types::{Kinds, Type};

/// A set of HTTP statuses.
#[derive(Clone, Debug)]
pub(crate) struct StatusSet {
    ranges: Vec<(u16, u16)>,
    /// The status is data: none is an error.
    pub(crate) any: bool,
}

impl StatusSet {
    pub(crate) fn contains(&self, status: u16) -> bool {
        self.any
            || self
                .ranges
                .iter()
                .any(|(low, high)| (*low..=*high).contains(&status))
    }

    pub(crate) fn compile(
        statuses: Option<&Statuses>,
        pointer: &str,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let mut set = Self {
            ranges: Vec::new(),
            any: false,
        };
        match statuses {
            None => set.ranges.push((200, 299)),
            Some(statuses) => set.add(statuses, pointer, faults),
        }
        set
    }

    fn add(&mut self, statuses: &Statuses, pointer: &str, faults: &mut Vec<Fault>) {
        match statuses {
            Statuses::One(status) if (100..=599).contains(status) => {
                self.ranges.push((*status, *status));
            }
            Statuses::Text(text) if text == "any" => self.any = true,
            Statuses::Text(text) => {
                let range = text
                    .split_once('-')
                    .and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
                match range
                    .filter(|(low, high)| (100..=599).contains(low) && low <= high && *high <= 599)
                {
                    Some(range) => self.ranges.push(range),
                    None => Self::refuse(pointer, faults),
                }
            }
            Statuses::Several(list) => list
                .iter()
                .for_each(|statuses| self.add(statuses, pointer, faults)),
            Statuses::One(_) => Self::refuse(pointer, faults),
        }
    }

    fn refuse(pointer: &str, faults: &mut Vec<Fault>) {
        let message = "a status is 100 to 599, a range such as 200-299, or `any`";
        faults.push(Fault::new(Code::WrongValue, pointer, message));
    }
}

/// How a reply outside the success range becomes an error.
#[derive(Clone, Debug)]
pub(crate) struct ErrorPlan {
    pub(crate) when: StatusSet,
    pub(crate) code: Option<Template>,
    pub(crate) message: Option<Template>,
    pub(crate) fields: Option<Template>,
}

impl ErrorPlan {
    pub(crate) fn compile_all(
        rules: &[ErrorRule],
        pointer: &str,
        known: Option<&Known<'_>>,
        faults: &mut Vec<Fault>,
    ) -> Vec<Self> {
        // The reply's schema says what a success holds: a refusal may hold anything.
        let names = Names {
            response: Some(Type::any()),
            ..known.map_or_else(Names::of_any_input, Known::of_input)
        };
        let mut plans = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let at = format!("{pointer}/{index}");
            let when = StatusSet::compile(
                Some(&rule.when.status),
                &format!("{at}/when/status"),
                faults,
            );
            let mut compiler = Compiler::new(names.clone(), at);
            let code = rule
                .code
                .as_ref()
                .map(|text| compiler.at("code", |c| c.scalar(text)));
            let message = rule
                .message
                .as_ref()
                .map(|value| compiler.at("message", |c| c.template(value)));
            let fields = rule.fields.as_ref().map(|value| {
                compiler.at("fields", |c| {
                    let what = "what says which fields are wrong";
                    c.wanted(value, Kinds::CONTAINER, what).0
                })
            });
            faults.append(&mut compiler.faults);
            plans.push(Self {
                when,
                code,
                message,
                fields,
            });
        }
        plans
    }
}
