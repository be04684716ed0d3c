//! What a condition that is met, or not, shows of a value.

use super::{Form, Inside, Kinds, Type, holds};
use serde_json::Value;
use std::rc::Rc;

/// Something that is known of the value at a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    /// It is there, and neither null nor false.
    Holds,
    /// It is missing, null or false.
    Fails,
    /// It is there.
    There,
    /// It is not there.
    Missing,
    /// It is there and of one of these kinds.
    Is(Kinds),
    /// It is missing, or of another kind.
    IsNot(Kinds),
    /// It is this value.
    Equals(Value),
    /// It is missing or another value.
    Differs(Value),
    /// It has this one key.
    OnlyKey(String),
}

impl Fact {
    /// Does it say that the value is there?
    fn demands(&self) -> bool {
        !matches!(
            self,
            Self::Fails | Self::Missing | Self::IsNot(_) | Self::Differs(_)
        )
    }
}

impl Type<'_> {
    /// The type where something is known of the value at these steps into it.
    pub(crate) fn knowing(&self, steps: &[&str], fact: &Fact) -> Self {
        match steps.split_first() {
            None => self.with(fact),
            Some((first, rest)) => self.below(first, rest, fact),
        }
    }

    fn below(&self, first: &str, rest: &[&str], fact: &Fact) -> Self {
        let mut forms = Vec::with_capacity(self.forms.len());
        let mut changed = false;
        for form in &self.forms {
            let child = if form.kinds.may(Kinds::OBJECT) {
                form.child(first, &mut Vec::new())
            } else {
                None
            };
            let Some(child) = child else {
                // Nothing is there: that fits only where nothing need be.
                changed |= fact.demands();
                if !fact.demands() {
                    forms.push(form.clone());
                }
                continue;
            };
            let known = child.knowing(rest, fact);
            if known.is_never() {
                let others = form.clone().only(!Kinds::OBJECT);
                forms.extend(others.filter(|_| !fact.demands()));
            } else {
                forms.push(form.showing(first, known, fact.demands()));
            }
            changed = true;
        }
        Self {
            missing: self.missing && !fact.demands(),
            forms,
            source: self.source.filter(|_| !changed),
            about: self.about,
        }
    }

    fn with(&self, fact: &Fact) -> Self {
        let this = self.clone();
        match fact {
            Fact::There => Self {
                missing: false,
                ..this
            },
            Fact::Missing => Self {
                about: self.about,
                ..Self::absent()
            },
            Fact::Holds => {
                let mut this = this.present();
                this.without(|value| !holds(value));
                this
            }
            Fact::Fails => {
                let missing = self.missing;
                let mut this = this.only(Kinds::NULL | Kinds::BOOLEAN);
                this.without(holds);
                this.missing_as(missing)
            }
            Fact::Is(kinds) => this.only(*kinds),
            Fact::IsNot(kinds) => {
                let missing = self.missing;
                this.only(!*kinds).missing_as(missing)
            }
            Fact::Equals(value) => {
                if self.forms.iter().any(|form| form.has(value)) {
                    Self {
                        about: self.about,
                        ..Self::literal(value)
                    }
                } else {
                    Self::never()
                }
            }
            Fact::Differs(value) => {
                let mut this = this;
                this.without(|known| known == value);
                this
            }
            Fact::OnlyKey(name) => {
                let forms = self.forms.iter().filter_map(|form| {
                    let child = form.child(name, &mut Vec::new())?;
                    Some(form.showing(name, child.with(&Fact::There), true))
                });
                Self {
                    missing: false,
                    forms: forms.collect(),
                    source: None,
                    about: self.about,
                }
            }
        }
    }

    /// Takes values away where they are all known.
    fn without(&mut self, gone: impl Fn(&Value) -> bool) {
        let mut changed = false;
        self.forms.retain_mut(|form| {
            let Some(values) = &form.values else {
                return true;
            };
            let kept: Rc<[Value]> = values.iter().filter(|v| !gone(v)).cloned().collect();
            if kept.len() < values.len() {
                changed = true;
                form.kinds = kept.iter().map(Kinds::of).fold(Kinds::NONE, |a, b| a | b);
                form.values = Some(kept);
            }
            !form.kinds.is_none()
        });
        if changed {
            self.source = None;
        }
    }
}

impl<'a> Form<'a> {
    /// The form of which it is known what stands under a name.
    fn showing(&self, name: &str, value: Type<'a>, demanded: bool) -> Self {
        let mut form = self.clone();
        if demanded {
            form.kinds = form.kinds & Kinds::OBJECT;
            form.may_be_empty = false;
        }
        form.inside = match &self.inside {
            Inside::Schemas(schemas) => Inside::Schemas(Rc::new(schemas.showing(name, value))),
            Inside::Object(fields) => {
                let mut fields = (**fields).clone();
                fields.set(name, value);
                Inside::Object(Rc::new(fields))
            }
            Inside::Unknown => {
                let mut fields = super::Fields {
                    named: Vec::new(),
                    rest: Some(Type::any()),
                };
                fields.set(name, value);
                // What may be no object at all keeps its other kinds.
                if form.kinds.only(Kinds::OBJECT) {
                    Inside::Object(Rc::new(fields))
                } else {
                    Inside::Unknown
                }
            }
            Inside::List(item) => Inside::List(Rc::clone(item)),
        };
        form
    }
}
