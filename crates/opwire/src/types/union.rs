//! Either of several types: what says the same is said once.

use super::{Fields, Form, Inside, Type};
use serde_json::Value;
use std::rc::Rc;

/// More forms than these are put together, whatever is lost by it.
const MAX_FORMS: usize = 32;
/// More single values than these are any of their kinds.
const MAX_VALUES: usize = 32;

impl<'a> Type<'a> {
    /// Either of two.
    pub(crate) fn or(mut self, other: Self) -> Self {
        if self.forms.is_empty() {
            let missing = self.missing || other.missing;
            let about = other.about.or(self.about);
            return Self {
                missing,
                about,
                ..other
            };
        }
        self.missing |= other.missing;
        self.about = self.about.or(other.about);
        if other.forms.is_empty() {
            return self;
        }
        self.source = match (self.source, other.source) {
            (Some(a), Some(b)) if std::ptr::eq(a.node, b.node) => {
                return Self {
                    source: Some(a),
                    ..self
                };
            }
            _ => None,
        };
        for form in other.forms {
            self.add(form);
        }
        if self.forms.len() > MAX_FORMS {
            self.forms = objects_joined(&self.forms, |_, _| true);
        }
        if self.forms.len() > MAX_FORMS {
            let kinds = self.kinds();
            let open = true;
            self.forms = vec![Form {
                open,
                ..Form::of(kinds)
            }];
        }
        self
    }

    fn add(&mut self, mut form: Form<'a>) {
        let mut place = self.forms.len();
        while let Some(at) = self.forms.iter().position(|known| known.joins(&form)) {
            form = self.forms.remove(at).joined(&form);
            place = at;
        }
        if let Some(known) = self.forms.iter_mut().find(|known| known.covers(&form)) {
            known.may_be_empty |= form.may_be_empty;
            return;
        }
        let (covered, others) = std::mem::take(&mut self.forms)
            .into_iter()
            .partition::<Vec<_>, _>(|known| form.covers(known));
        form.may_be_empty |= covered.iter().any(|known| known.may_be_empty);
        self.forms = others;
        self.forms.insert(place.min(self.forms.len()), form);
    }
}

impl Form<'_> {
    /// Can one form say what both say?
    fn joins(&self, other: &Self) -> bool {
        (self.is_plain() && other.is_plain()) || (self.values.is_some() && other.values.is_some())
    }

    fn joined(&self, other: &Self) -> Self {
        let mut form = Form {
            may_be_empty: self.may_be_empty || other.may_be_empty,
            open: self.open || other.open,
            ..Form::of(self.kinds | other.kinds)
        };
        if let (Some(values), Some(more)) = (&self.values, &other.values) {
            let new = more.iter().filter(|value| !self.has(value));
            let all: Vec<Value> = values.iter().chain(new).cloned().collect();
            form.values = (all.len() <= MAX_VALUES).then(|| all.into());
        }
        form
    }

    /// Does it say no more than the kinds, and the other's are among them?
    fn covers(&self, other: &Self) -> bool {
        self.is_plain() && other.kinds.only(self.kinds)
    }
}

/// The forms, with those objects of templates as one that belong together.
pub(super) fn objects_joined<'a>(
    forms: &[Form<'a>],
    together: impl Fn(&Fields<'a>, &Fields<'a>) -> bool,
) -> Vec<Form<'a>> {
    let mut joined: Vec<Form<'a>> = Vec::with_capacity(forms.len());
    for form in forms {
        let mate = joined.iter_mut().find_map(|known| {
            let (Inside::Object(one), Inside::Object(other)) = (&known.inside, &form.inside) else {
                return None;
            };
            let both = together(one, other).then(|| fields((**one).clone(), (**other).clone()))?;
            Some((known, both))
        });
        match mate {
            Some((known, both)) => {
                known.may_be_empty |= form.may_be_empty;
                known.inside = Inside::Object(Rc::new(both));
            }
            None => joined.push(form.clone()),
        }
    }
    joined
}

/// Have two objects of templates the same keys?
pub(super) fn same_keys(one: &Fields<'_>, other: &Fields<'_>) -> bool {
    let known = |name: &str| one.named.iter().any(|(known, _)| known == name);
    one.rest.is_none()
        && other.rest.is_none()
        && one.named.len() == other.named.len()
        && other.named.iter().all(|(name, _)| known(name))
}

/// The keys of either of two objects.
pub(super) fn fields<'a>(mut one: Fields<'a>, other: Fields<'a>) -> Fields<'a> {
    let absent = |rest: &Option<Type<'a>>| rest.clone().map_or_else(Type::absent, Type::or_missing);
    for (name, value) in &mut one.named {
        let there = other.named.iter().find(|(known, _)| known == name);
        let there = there.map_or_else(|| absent(&other.rest), |(_, there)| there.clone());
        *value = std::mem::replace(value, Type::never()).or(there);
    }
    for (name, value) in other.named {
        if !one.named.iter().any(|(known, _)| *known == name) {
            let value = value.or(absent(&one.rest));
            one.named.push((name, value));
        }
    }
    one.rest = match (one.rest, other.rest) {
        (Some(a), Some(b)) => Some(a.or(b)),
        (a, b) => a.or(b),
    };
    one
}
