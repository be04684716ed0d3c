//! [`Type`]: what is known of a JSON value before there is one.
//!
//! The types of an operation's input and reply come from their JSON Schemas ([`schema`]), those of templates from
//! what they are made of; a condition narrows them ([`narrow`]), and what may be one or the other is their [`union`];
//! and a type is published as a JSON Schema again ([`publish`]). What is not known is anything: a type never says less
//! than what may come.

mod kinds;
mod narrow;
mod publish;
mod schema;
mod union;

pub(crate) use kinds::Kinds;
pub(crate) use narrow::Fact;
pub(crate) use publish::Publisher;
pub(crate) use schema::resolve;

use serde_json::Value;
use std::rc::Rc;

/// What is known of a value: the forms that it may have, and whether it may be missing.
#[derive(Clone, Debug)]
pub(crate) struct Type<'a> {
    pub(crate) missing: bool,
    forms: Vec<Form<'a>>,
    /// The schema that says just this, for publishing.
    source: Option<Source<'a>>,
    /// The schema that it began as, whatever has been found out since: for people.
    about: Option<Source<'a>>,
}

/// A schema, and the document that its references lead into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) document: &'a Value,
    pub(crate) node: &'a Value,
}

/// One form that a value may have.
#[derive(Clone, Debug)]
pub(crate) struct Form<'a> {
    kinds: Kinds,
    /// The only values that there are.
    values: Option<Rc<[Value]>>,
    inside: Inside<'a>,
    /// Can it be `""`, `[]` or `{}`?
    may_be_empty: bool,
    /// Nothing says what it is: its kinds are those that nothing has ruled out yet.
    open: bool,
}

/// What is known of a list's items and an object's keys.
#[derive(Clone, Debug)]
enum Inside<'a> {
    Unknown,
    /// What schemas say, all of which hold.
    Schemas(Rc<schema::Conjunction<'a>>),
    /// A template's mapping.
    Object(Rc<Fields<'a>>),
    /// A template's list: the type of an item.
    List(Rc<Type<'a>>),
}

/// The keys of an object that a template makes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields<'a> {
    pub(crate) named: Vec<(String, Type<'a>)>,
    /// What other keys hold; nothing when there are no others.
    pub(crate) rest: Option<Type<'a>>,
}

impl<'a> Fields<'a> {
    /// Puts a key in, in place of its namesake.
    pub(crate) fn set(&mut self, name: &str, value: Type<'a>) {
        match self.named.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.named.push((name.to_owned(), value)),
        }
    }
}

impl Form<'_> {
    fn of(kinds: Kinds) -> Self {
        Self {
            kinds,
            values: None,
            inside: Inside::Unknown,
            may_be_empty: true,
            open: false,
        }
    }

    /// Is nothing known but the kinds?
    fn is_plain(&self) -> bool {
        self.values.is_none() && matches!(self.inside, Inside::Unknown)
    }

    /// Takes kinds away; nothing when none is left.
    fn only(mut self, kinds: Kinds) -> Option<Self> {
        self.kinds = self.kinds & kinds;
        if let Some(values) = &self.values {
            let kept: Vec<Value> = values
                .iter()
                .filter(|value| Kinds::of(value).only(kinds))
                .cloned()
                .collect();
            self.kinds = kept.iter().map(Kinds::of).fold(Kinds::NONE, |a, b| a | b);
            self.values = Some(kept.into());
        }
        (!self.kinds.is_none()).then_some(self)
    }
}

impl Default for Type<'_> {
    fn default() -> Self {
        Self::any()
    }
}

impl<'a> Type<'a> {
    fn of_form(form: Form<'a>) -> Self {
        Self {
            missing: false,
            forms: vec![form],
            source: None,
            about: None,
        }
    }

    /// Anything, but there.
    pub(crate) fn any() -> Self {
        Self::perhaps(Kinds::ANY)
    }

    /// Any of these kinds, as far as is known.
    pub(crate) fn perhaps(kinds: Kinds) -> Self {
        Self::of_form(Form {
            open: true,
            ..Form::of(kinds)
        })
    }

    /// There is no such value.
    pub(crate) fn never() -> Self {
        Self {
            missing: false,
            forms: Vec::new(),
            source: None,
            about: None,
        }
    }

    /// It is always missing.
    pub(crate) fn absent() -> Self {
        Self {
            missing: true,
            ..Self::never()
        }
    }

    /// Values of these kinds.
    pub(crate) fn kind(kinds: Kinds) -> Self {
        Self::of_form(Form::of(kinds))
    }

    /// Text of which something is there.
    pub(crate) fn some_text() -> Self {
        Self::of_form(Form {
            may_be_empty: false,
            ..Form::of(Kinds::TEXT)
        })
    }

    /// This value.
    pub(crate) fn literal(value: &Value) -> Self {
        Self::of_form(match value {
            Value::Object(map) => {
                let named = map.iter().map(|(k, v)| (k.clone(), Self::literal(v)));
                return Self::object(Fields {
                    named: named.collect(),
                    rest: None,
                });
            }
            Value::Array(list) => {
                let items = list.iter().map(Self::literal).fold(Self::never(), Self::or);
                return Self::list(items, list.is_empty());
            }
            scalar => Form {
                values: Some(Rc::from([scalar.clone()])),
                may_be_empty: scalar.as_str() == Some(""),
                ..Form::of(Kinds::of(scalar))
            },
        })
    }

    /// A list of such items.
    pub(crate) fn list(mut item: Self, may_be_empty: bool) -> Self {
        // An item that gives nothing is dropped.
        let may_be_empty = may_be_empty || item.missing;
        item.missing = false;
        Self::of_form(Form {
            inside: Inside::List(Rc::new(item)),
            may_be_empty,
            ..Form::of(Kinds::LIST)
        })
    }

    /// An object with these keys.
    pub(crate) fn object(fields: Fields<'a>) -> Self {
        let may_be_empty = fields.named.iter().all(|(_, value)| value.missing);
        Self::of_form(Form {
            inside: Inside::Object(Rc::new(fields)),
            may_be_empty,
            ..Form::of(Kinds::OBJECT)
        })
    }

    /// The same, and perhaps missing.
    pub(crate) fn or_missing(mut self) -> Self {
        self.missing = true;
        self
    }

    /// The same, missing where `other` may be.
    pub(crate) fn missing_as(mut self, missing: bool) -> Self {
        self.missing |= missing;
        self
    }

    /// The schema that describes it.
    pub(crate) fn about(&self) -> Option<Source<'a>> {
        self.about
    }

    /// Every kind that it may be.
    pub(crate) fn kinds(&self) -> Kinds {
        self.forms
            .iter()
            .fold(Kinds::NONE, |kinds, form| kinds | form.kinds)
    }

    /// Is nothing known of it?
    pub(crate) fn is_unknown(&self) -> bool {
        let apart = [Kinds::SCALAR | Kinds::NULL, Kinds::LIST, Kinds::OBJECT];
        self.forms
            .iter()
            .any(|form| form.open && !apart.iter().any(|kinds| form.kinds.only(*kinds)))
    }

    /// Is nothing known of it, and no schema says as much?
    pub(crate) fn is_open(&self) -> bool {
        self.source.is_none() && self.is_unknown()
    }

    /// Is it always missing, or ruled out?
    pub(crate) fn is_nothing(&self) -> bool {
        self.forms.is_empty()
    }

    /// Is there no such value, not even a missing one?
    pub(crate) fn is_never(&self) -> bool {
        self.forms.is_empty() && !self.missing
    }

    /// May it be of one of these kinds?
    pub(crate) fn may_be(&self, kinds: Kinds) -> bool {
        self.kinds().may(kinds)
    }

    /// May it be missing or null?
    pub(crate) fn may_lack(&self) -> bool {
        self.missing || self.may_be(Kinds::NULL)
    }

    /// The type where it is there and of one of these kinds.
    pub(crate) fn only(mut self, kinds: Kinds) -> Self {
        let whole = self.kinds().only(kinds);
        self.missing = false;
        if !whole {
            self.source = None;
            self.forms = self
                .forms
                .into_iter()
                .filter_map(|form| form.only(kinds))
                .collect();
        }
        self
    }

    /// The type where it is neither missing nor null.
    pub(crate) fn present(self) -> Self {
        self.only(!Kinds::NULL)
    }

    /// The only values that it can have, when they are known.
    pub(crate) fn values(&self) -> Option<Vec<&Value>> {
        let mut all = Vec::new();
        for form in &self.forms {
            match &form.values {
                Some(values) => all.extend(values.iter()),
                None if form.kinds == Kinds::NULL => all.push(&Value::Null),
                None => return None,
            }
        }
        Some(all)
    }

    /// Can it be `""`, `[]` or `{}`?
    pub(crate) fn may_be_empty(&self) -> bool {
        self.forms
            .iter()
            .any(|form| form.may_be_empty && form.kinds.may(Kinds::TEXT | Kinds::CONTAINER))
    }

    /// As a condition: can it be met?
    pub(crate) fn may_hold(&self) -> bool {
        self.forms.iter().any(|form| match &form.values {
            Some(values) => values.iter().any(holds),
            None => form.kinds.may(!Kinds::NULL),
        })
    }

    /// As a condition: can it be unmet?
    pub(crate) fn may_fail(&self) -> bool {
        self.missing
            || self.forms.iter().any(|form| match &form.values {
                Some(values) => !values.iter().all(holds),
                None => form.kinds.may(Kinds::NULL | Kinds::BOOLEAN),
            })
    }

    /// What stands under a name; the names that there are when it can't be.
    pub(crate) fn child(&self, name: &str) -> Result<Self, Vec<String>> {
        let (mut found, mut names) = (Self::never(), Vec::new());
        let mut any = false;
        for form in &self.forms {
            match form.child(name, &mut names) {
                Some(child) => {
                    any = true;
                    found = found.or(child);
                }
                None => found.missing = true,
            }
            let elsewhere = !(Kinds::OBJECT | indexed(name));
            found.missing |= form.kinds.may(elsewhere);
        }
        if !any {
            names.sort_unstable();
            names.dedup();
            return Err(names);
        }
        found.missing |= self.missing;
        Ok(found)
    }

    /// A list's items.
    pub(crate) fn item(&self) -> Self {
        self.forms
            .iter()
            .filter(|form| form.kinds.may(Kinds::LIST))
            .map(Form::item)
            .fold(Self::never(), Self::or)
    }

    /// What is known of an object's keys: each form's, for those forms that can be objects.
    pub(crate) fn fields(&self) -> Fields<'a> {
        let mut objects = self
            .forms
            .iter()
            .filter(|form| form.kinds.may(Kinds::OBJECT))
            .map(Form::fields);
        let Some(mut all) = objects.next() else {
            return Fields::default();
        };
        for other in objects {
            all = union::fields(all, other);
        }
        all
    }

    /// As people read it: `text or null, may be missing`.
    pub(crate) fn told(&self) -> String {
        let mut text = match self.kinds() {
            Kinds::NONE => "nothing".to_owned(),
            Kinds::LIST => {
                let item = self.item();
                match item.kinds() {
                    Kinds::ANY | Kinds::NONE => "a list".to_owned(),
                    kinds => format!("a list of items, each {kinds}"),
                }
            }
            kinds => kinds.to_string(),
        };
        if let Some(values) = self.values().filter(|v| (1..=8).contains(&v.len())) {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            text = values.join(" or ");
        }
        if self.missing {
            text.push_str(", may be missing");
        }
        text
    }
}

impl<'a> Form<'a> {
    fn has(&self, value: &Value) -> bool {
        match &self.values {
            Some(values) => values.iter().any(|known| known == value),
            None => self.kinds.may(Kinds::of(value)),
        }
    }

    fn child(&self, name: &str, names: &mut Vec<String>) -> Option<Type<'a>> {
        if !self.kinds.may(Kinds::OBJECT | indexed(name)) {
            return None;
        }
        match &self.inside {
            Inside::Unknown => Some(Type::any().or_missing()),
            Inside::Schemas(schemas) => schemas.child(name, self.kinds, names),
            Inside::Object(fields) => {
                names.extend(fields.named.iter().map(|(name, _)| name.clone()));
                let found = fields.named.iter().find(|(known, _)| known == name);
                found
                    .map(|(_, value)| value.clone())
                    .or_else(|| Some(fields.rest.clone()?.or_missing()))
            }
            Inside::List(item) => Some((**item).clone().or_missing()),
        }
    }

    fn item(&self) -> Type<'a> {
        match &self.inside {
            Inside::Unknown | Inside::Object(_) => Type::any(),
            Inside::Schemas(schemas) => schemas.item(),
            Inside::List(item) => (**item).clone(),
        }
    }

    fn fields(&self) -> Fields<'a> {
        match &self.inside {
            Inside::Unknown | Inside::List(_) => Fields {
                named: Vec::new(),
                rest: Some(Type::any()),
            },
            Inside::Schemas(schemas) => schemas.fields(),
            Inside::Object(fields) => (**fields).clone(),
        }
    }
}

/// A number may be an index as well as a key.
fn indexed(name: &str) -> Kinds {
    if !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
        Kinds::LIST
    } else {
        Kinds::NONE
    }
}

/// Does a value meet a condition?
fn holds(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

#[cfg(test)]
mod tests;
