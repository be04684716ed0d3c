//! Evaluating: a template with a scope → JSON text, or a value.

use super::helpers::{Lazy, Run};
use super::operators::{Each, Entry, If, Map, Switch};
use super::sink::{JsonSink, Sink, Slot, ValueSink, is_empty};
use super::{Expr, Path, Piece, Root, Template, Text};
use serde_json::Value;
use std::borrow::Cow;
use std::cell::Cell;

/// One invocation maps at most this many `$each` items.
pub(crate) const MAX_ITEMS: usize = 100_000;
/// What a template writes is at most this long.
pub(crate) const MAX_OUTPUT: usize = 10 * 1024 * 1024;

/// Why a template gave nothing: never with a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EvalError(pub(crate) String);

impl EvalError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// What a value is, for messages.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What the paths of a template begin with.
#[derive(Debug, Default)]
pub(crate) struct Roots<'a> {
    pub(crate) input: Option<&'a Value>,
    pub(crate) status: Option<&'a Value>,
    pub(crate) headers: Option<&'a Value>,
    pub(crate) body: Option<&'a Value>,
    pub(crate) text: Option<&'a Value>,
    pub(crate) next: Option<&'a Value>,
    pub(crate) items: Option<&'a Value>,
    pub(crate) credentials: Option<&'a Value>,
    /// `$each` items so far.
    pub(crate) mapped: Cell<usize>,
}

/// Roots and the names bound by `$as`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    roots: &'a Roots<'a>,
    local: Option<&'a Local<'a>>,
}

#[derive(Debug)]
struct Local<'a> {
    value: &'a Value,
    outer: Option<&'a Local<'a>>,
}

type Evaluated<'a> = Result<Option<Cow<'a, Value>>, EvalError>;

impl<'a> Scope<'a> {
    pub(crate) fn new(roots: &'a Roots<'a>) -> Self {
        Self { roots, local: None }
    }

    fn path(&self, path: &Path) -> Option<&'a Value> {
        let root = match path.root {
            Root::Input => self.roots.input,
            Root::Status => self.roots.status,
            Root::Headers => self.roots.headers,
            Root::Body => self.roots.body,
            Root::Text => self.roots.text,
            Root::Next => self.roots.next,
            Root::Items => self.roots.items,
            Root::Credentials => self.roots.credentials,
            Root::Local(up) => {
                let mut local = self.local?;
                for _ in 0..up {
                    local = local.outer?;
                }
                Some(local.value)
            }
        };
        path.of(root?)
    }

    /// An expression's value; nothing when it is missing.
    pub(crate) fn expression<'s>(&'s self, expr: &'s Expr) -> Evaluated<'s> {
        match expr {
            Expr::Literal(value) => Ok(Some(Cow::Borrowed(value))),
            Expr::Path(path) => Ok(self.path(path).map(Cow::Borrowed)),
            Expr::Call(helper, arguments) => match helper.run {
                Run::Lazy(lazy) => self.until_decided(lazy, arguments),
                Run::Eager(run) => {
                    let mut values = Vec::with_capacity(arguments.len());
                    for argument in arguments {
                        values.push(self.expression(argument)?);
                    }
                    run(values)
                        .map_err(|message| EvalError(format!("`{}`: {message}", helper.name)))
                }
            },
        }
    }

    /// `default`, `and` and `or` look at no argument after the one that decides.
    fn until_decided<'s>(&'s self, lazy: Lazy, arguments: &'s [Expr]) -> Evaluated<'s> {
        for argument in arguments {
            let value = self.expression(argument)?;
            let holds = !matches!(
                value.as_deref(),
                None | Some(Value::Null | Value::Bool(false))
            );
            match lazy {
                Lazy::Default if value.as_deref().is_some_and(|value| !value.is_null()) => {
                    return Ok(value);
                }
                Lazy::And if !holds => return Ok(Some(Cow::Owned(Value::Bool(false)))),
                Lazy::Or if holds => return Ok(Some(Cow::Owned(Value::Bool(true)))),
                _ => {}
            }
        }
        Ok(match lazy {
            Lazy::Default => None,
            Lazy::And => Some(Cow::Owned(Value::Bool(true))),
            Lazy::Or => Some(Cow::Owned(Value::Bool(false))),
        })
    }
}

impl Template {
    /// The value; nothing when it is missing.
    pub(crate) fn eval<'s>(&'s self, scope: &'s Scope<'s>) -> Evaluated<'s> {
        match self {
            Self::Literal(value) => Ok(Some(Cow::Borrowed(value))),
            Self::Expr(expr) => scope.expression(expr),
            Self::Text(text) => text
                .render(scope)
                .map(|text| Some(Cow::Owned(Value::String(text)))),
            _ => {
                let mut sink = ValueSink::default();
                let wrote = self.write(scope, &mut sink, Slot::Whole)?;
                Ok(wrote.then(|| Cow::Owned(sink.into_value())))
            }
        }
    }

    /// The value as JSON text; nothing when it is missing.
    pub(crate) fn json(&self, scope: &Scope<'_>) -> Result<Option<Vec<u8>>, EvalError> {
        let mut sink = JsonSink {
            text: Vec::with_capacity(512),
        };
        let wrote = self.write(scope, &mut sink, Slot::Whole)?;
        within(&sink)?;
        Ok(wrote.then_some(sink.text))
    }

    /// Is the condition met? False for missing, null and `false`.
    pub(crate) fn holds(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        Ok(self
            .eval(scope)?
            .is_some_and(|value| !matches!(*value, Value::Null | Value::Bool(false))))
    }

    /// Writes the value, and tells whether there was one.
    pub(crate) fn write<S: Sink>(
        &self,
        scope: &Scope<'_>,
        sink: &mut S,
        slot: Slot<'_>,
    ) -> Result<bool, EvalError> {
        match self {
            Self::Literal(value) => sink.value(slot, value),
            Self::Expr(expr) => match scope.expression(expr)? {
                Some(value) => sink.value(slot, &value),
                None => return Ok(false),
            },
            Self::Text(text) => sink.value(slot, &Value::String(text.render(scope)?)),
            Self::List(items) => {
                sink.open_list(slot);
                for item in items {
                    item.write(scope, sink, Slot::Item)?;
                }
                sink.close_list();
            }
            Self::Map(map) => map.write(scope, sink, slot)?,
            Self::Each(each) => return each.write(scope, sink, slot),
            Self::If(branch) => return branch.write(scope, sink, slot),
            Self::Switch(switch) => return switch.write(scope, sink, slot),
            Self::Concat(lists) => {
                sink.open_list(slot);
                for list in lists {
                    match list.eval(scope)?.as_deref() {
                        Some(Value::Array(items)) => {
                            items.iter().for_each(|item| sink.value(Slot::Item, item));
                        }
                        None | Some(Value::Null) => {}
                        Some(other) => {
                            return Err(EvalError(format!(
                                "`$concat` takes lists, and one is {}",
                                kind_of(other)
                            )));
                        }
                    }
                }
                sink.close_list();
            }
            Self::Pairs(list) => return list.write(scope, sink, slot),
        }
        Ok(true)
    }
}

fn within<S: Sink>(sink: &S) -> Result<(), EvalError> {
    if sink.size() > MAX_OUTPUT {
        Err(EvalError::new(
            "what the template writes is larger than 10 MiB",
        ))
    } else {
        Ok(())
    }
}

impl Map {
    fn write<S: Sink>(
        &self,
        scope: &Scope<'_>,
        sink: &mut S,
        slot: Slot<'_>,
    ) -> Result<(), EvalError> {
        sink.open_map(slot);
        for entry in &self.entries {
            match entry {
                Entry::Key(key, template) => {
                    let mark = sink.mark();
                    if template.write(scope, sink, Slot::Key(key))? && self.omit_empty {
                        sink.drop_if_empty(mark);
                    }
                }
                Entry::Spread { source, except } => match source.eval(scope)?.as_deref() {
                    Some(Value::Object(map)) => {
                        for (key, value) in map {
                            let dropped =
                                except.contains(key) || (self.omit_empty && is_empty(value));
                            if !dropped {
                                sink.value(Slot::Key(key), value);
                            }
                        }
                    }
                    None | Some(Value::Null) => {}
                    Some(other) => {
                        return Err(EvalError(format!(
                            "`$spread` takes an object, not {}",
                            kind_of(other)
                        )));
                    }
                },
            }
        }
        sink.close_map();
        Ok(())
    }
}

impl Each {
    fn write<S: Sink>(
        &self,
        scope: &Scope<'_>,
        sink: &mut S,
        slot: Slot<'_>,
    ) -> Result<bool, EvalError> {
        let list = self.list.eval(scope)?;
        let items = match list.as_deref() {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) => return Ok(false),
            Some(other) => {
                return Err(EvalError(format!(
                    "`$each` takes a list, not {}",
                    kind_of(other)
                )));
            }
        };
        sink.open_list(slot);
        for value in items {
            let mapped = scope.roots.mapped.get() + 1;
            scope.roots.mapped.set(mapped);
            if mapped > MAX_ITEMS {
                return Err(EvalError::new("more than 100,000 `$each` items"));
            }
            let local = Local {
                value,
                outer: scope.local,
            };
            let inner = Scope {
                roots: scope.roots,
                local: Some(&local),
            };
            if let Some(condition) = &self.condition
                && !condition.holds(&inner)?
            {
                continue;
            }
            self.item.write(&inner, sink, Slot::Item)?;
            within(sink)?;
        }
        sink.close_list();
        Ok(true)
    }
}

impl If {
    fn write<S: Sink>(
        &self,
        scope: &Scope<'_>,
        sink: &mut S,
        slot: Slot<'_>,
    ) -> Result<bool, EvalError> {
        if self.condition.holds(scope)? {
            return self.then.write(scope, sink, slot);
        }
        self.otherwise
            .as_ref()
            .map_or(Ok(false), |template| template.write(scope, sink, slot))
    }
}

impl Switch {
    fn write<S: Sink>(
        &self,
        scope: &Scope<'_>,
        sink: &mut S,
        slot: Slot<'_>,
    ) -> Result<bool, EvalError> {
        self.chosen(scope)?
            .map_or(Ok(false), |template| template.write(scope, sink, slot))
    }

    /// The template under the value's name, else the default.
    pub(crate) fn chosen(&self, scope: &Scope<'_>) -> Result<Option<&Template>, EvalError> {
        let value = self.value.eval(scope)?;
        let name = value.as_deref().and_then(text_of);
        let case = name.and_then(|name| self.cases.iter().find(|(case, _)| *case == *name));
        Ok(case.map(|(_, template)| template).or(self.default.as_ref()))
    }
}

/// A string, number or boolean as text.
pub(crate) fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(true) => Some(Cow::Borrowed("true")),
        Value::Bool(false) => Some(Cow::Borrowed("false")),
        _ => None,
    }
}

impl Text {
    pub(crate) fn render(&self, scope: &Scope<'_>) -> Result<String, EvalError> {
        let mut text = String::new();
        self.each_piece(scope, |_, piece| {
            text.push_str(piece);
            Ok(())
        })?;
        Ok(text)
    }

    /// Hands out literals and holes in order; a hole that is not text, a number or a boolean is an error.
    pub(crate) fn each_piece(
        &self,
        scope: &Scope<'_>,
        mut take: impl FnMut(Option<&Expr>, &str) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => take(None, text)?,
                Piece::Hole(expr, written) => {
                    let value = scope.expression(expr)?;
                    let what = value.as_deref().map_or("missing", kind_of);
                    match value.as_deref().and_then(text_of) {
                        Some(text) => take(Some(expr), &text)?,
                        None => {
                            return Err(EvalError(format!(
                                "`{{{{{written}}}}}` in text is {what}"
                            )));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
