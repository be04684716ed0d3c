//! Reply → the next page's request, or the end.

use crate::connector::Connector;
use crate::diagnostic::Code;
use crate::error::{Error, ErrorKind};
use crate::manifest::{Fault, Pagination, PaginationUse, Paginator, nearest};
use crate::operation::Known;
use crate::output::Output;
use crate::request::Change;
use crate::response::{Body, Reply, View, not_json};
use crate::template::eval::kind_of;
use crate::template::{
    Compiler, EvalError, Expr, Names, Reads, Root, Roots, Scope, Step, Template,
};
use crate::types::{Kinds, Type};
use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::fmt;

/// What a following request can change.
const CHANGED: [&str; 4] = ["query", "headers", "body", "url"];

/// How an operation's pages are walked, compiled at load.
#[derive(Debug)]
pub(crate) struct PagePlan {
    items: Template,
    items_reads: Reads,
    next: Template,
    next_reads: Reads,
    query: Option<Template>,
    headers: Option<Template>,
    body: Option<Template>,
    url: Option<Template>,
    /// One invocation walks until this many items are in.
    pub(crate) collect: Option<usize>,
    when: Option<Template>,
}

/// What leads to the next page.
#[derive(Debug)]
pub(crate) struct Next {
    /// What `next` gave, to be told from those before.
    pub(crate) token: String,
    pub(crate) change: Change,
}

impl PagePlan {
    /// The plan, and what is known of an item.
    pub(crate) fn compile<'a>(
        pagination: Option<&Pagination>,
        connector: &Connector,
        known: &Known<'a>,
        faults: &mut Vec<Fault>,
    ) -> Option<(Self, Type<'a>)> {
        let used = match pagination? {
            Pagination::Name(name) if name == "none" => return None,
            Pagination::Name(name) => PaginationUse {
                r#use: Some(name.clone()),
                ..PaginationUse::default()
            },
            Pagination::Use(used) => (**used).clone(),
        };
        let pointer = if used.r#use.is_some() && matches!(pagination, Some(Pagination::Use(_))) {
            "/pagination/use"
        } else {
            "/pagination"
        };
        let (paginator, own) = match (&used.r#use, &used.items, &used.next, &used.request) {
            (Some(name), None, None, None) => (shared(name, connector, pointer, faults)?, false),
            (None, Some(items), Some(next), Some(request)) => (
                Paginator {
                    items: items.clone(),
                    next: next.clone(),
                    request: request.clone(),
                },
                true,
            ),
            _ => {
                let mut fault = Fault::new(
                    Code::WrongValue,
                    "/pagination",
                    "either `use` or all of `items`, `next` and `request`",
                );
                fault.help("`use: NAME` takes a paginator of connector.yaml");
                faults.push(fault);
                return None;
            }
        };
        // Faults of a shared paginator are the connector's: they are found when it is compiled there.
        let mut found = Vec::new();
        let (mut plan, item) = Self::of(&paginator, known, &mut found);
        if own {
            faults.append(&mut found);
        } else if found.iter().any(Fault::is_error) {
            let mut fault = Fault::new(
                Code::UnknownPaginator,
                pointer,
                "the paginator does not fit this operation",
            );
            fault.help("see `pagination` in connector.yaml");
            faults.push(fault);
        }
        plan.collect = used.collect;
        let mut compiler = Compiler::new(known.of_input(), "/pagination");
        plan.when = used
            .when
            .as_ref()
            .map(|when| compiler.at("when", |c| c.condition(when).0));
        faults.append(&mut compiler.faults);
        Some((plan, item))
    }

    /// The plan of a paginator, and what is known of an item.
    pub(crate) fn of<'a>(
        paginator: &Paginator,
        known: &Known<'a>,
        faults: &mut Vec<Fault>,
    ) -> (Self, Type<'a>) {
        let mut compiler = Compiler::new(known.of_reply(), "/pagination");
        let (items, item) = compiler.at("items", |c| {
            let (template, of) =
                c.wanted(&paginator.items, Kinds::LIST, "what holds a page's items");
            (template, of.item())
        });
        let (next, of_next) = compiler.at("next", |c| c.typed(&paginator.next));
        faults.append(&mut compiler.faults);
        let names = Names {
            next: Some(of_next.present()),
            ..known.of_reply()
        };
        let mut compiler = Compiler::new(names, "/pagination/request");
        for key in paginator
            .request
            .keys()
            .filter(|key| !CHANGED.contains(&key.as_str()))
        {
            let message = format!("`{key}` is not what a following request can change");
            compiler.at(key, |c| {
                c.fault(Code::UnknownKey, message)
                    .on_key()
                    .help("it can change query, headers, body and url");
            });
        }
        let mut part = |key: &str| {
            paginator
                .request
                .get(key)
                .map(|value| compiler.at(key, |c| c.template(value)))
        };
        let (query, headers, url) = (part("query"), part("headers"), part("url"));
        // `body: {json: {cursor: …}}` as in a request; its kind is the request's own.
        let body = paginator.request.get("body").map(|body| {
            let inner = body
                .get("json")
                .or_else(|| body.get("form"))
                .unwrap_or(body);
            compiler.at("body", |c| c.template(inner))
        });
        faults.append(&mut compiler.faults);
        let (mut items_reads, mut next_reads) = (Reads::default(), Reads::default());
        items_reads.add(&items);
        next_reads.add(&next);
        for template in [&query, &headers, &body, &url].into_iter().flatten() {
            next_reads.add(template);
        }
        let plan = Self {
            items,
            items_reads,
            next,
            next_reads,
            query,
            headers,
            body,
            url,
            collect: None,
            when: None,
        };
        (plan, item)
    }

    /// Are further pages walked for this input?
    pub(crate) fn walks(&self, input: &Value) -> Result<bool, Error> {
        let roots = Roots {
            input: Some(input),
            ..Roots::default()
        };
        self.when.as_ref().map_or(Ok(true), |when| {
            when.holds(&Scope::new(&roots)).map_err(failed)
        })
    }

    /// The page's items, as a list.
    pub(crate) fn items(&self, reply: &Reply, input: &Value) -> Result<Vec<Value>, Error> {
        let view = View::of(reply, &self.items_reads)?;
        let roots = view.roots(input);
        let scope = Scope::new(&roots);
        match self
            .items
            .eval(&scope)
            .map_err(failed)?
            .map(std::borrow::Cow::into_owned)
        {
            Some(Value::Array(items)) => Ok(items),
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(other) => Err(failed(EvalError::new(format!(
                "a page's items are a list, not {}",
                kind_of(&other)
            )))),
        }
    }

    /// The page's items, each as JSON text: cut out of the reply where the path to them is plain.
    pub(crate) fn items_json(&self, reply: &Reply, input: &Value) -> Result<Vec<Output>, Error> {
        if let (Template::Expr(Expr::Path(path)), Body::Json(text)) = (&self.items, &reply.body)
            && path.root == Root::Body
            && path.steps.iter().all(|step| step.index.is_none())
        {
            return cut(text, &path.steps);
        }
        Ok(self
            .items(reply, input)?
            .iter()
            .map(Output::of_value)
            .collect())
    }

    /// What leads to the next page; nothing at the end.
    pub(crate) fn next(&self, reply: &Reply, input: &Value) -> Result<Option<Next>, Error> {
        let view = View::of(reply, &self.next_reads)?;
        let roots = view.roots(input);
        let scope = Scope::new(&roots);
        let Some(next) = self
            .next
            .eval(&scope)
            .map_err(failed)?
            .filter(|next| !next.is_null())
        else {
            return Ok(None);
        };
        let next = next.into_owned();
        let roots = Roots {
            next: Some(&next),
            ..view.roots(input)
        };
        let scope = Scope::new(&roots);
        let map = |template: &Option<Template>| match template
            .as_ref()
            .map(|template| template.eval(&scope))
            .transpose()
        {
            Ok(value) => match value.flatten().map(std::borrow::Cow::into_owned) {
                Some(Value::Object(map)) => Ok(map),
                None | Some(Value::Null) => Ok(Map::new()),
                Some(other) => Err(failed(EvalError::new(format!(
                    "what the next request changes is an object, not {}",
                    kind_of(&other)
                )))),
            },
            Err(error) => Err(failed(error)),
        };
        let url = self
            .url
            .as_ref()
            .map(|template| template.eval(&scope))
            .transpose()
            .map_err(failed)?
            .flatten();
        let url = url.as_deref().and_then(Value::as_str).map(str::to_owned);
        if self.url.is_some() && url.is_none() {
            return Err(failed(EvalError::new(
                "the next page's `url` is missing or not text",
            )));
        }
        let change = Change {
            query: map(&self.query)?,
            headers: map(&self.headers)?,
            body: map(&self.body)?,
            url,
        };
        Ok(Some(Next {
            token: next.to_string(),
            change,
        }))
    }
}

fn shared(
    name: &str,
    connector: &Connector,
    pointer: &str,
    faults: &mut Vec<Fault>,
) -> Option<Paginator> {
    let known = &connector.typed.pagination;
    let found = known.get(name).cloned();
    if found.is_none() {
        let mut fault = Fault::new(
            Code::UnknownPaginator,
            pointer,
            format!("connector.yaml has no paginator `{name}`"),
        );
        let near = nearest(name, known.keys().map(String::as_str))
            .map(|near| format!("did you mean `{near}`?"));
        fault.help_if(near);
        faults.push(fault);
    }
    found
}

fn failed(EvalError(what): EvalError) -> Error {
    Error::new(ErrorKind::MappingFailed, format!("pagination: {what}"))
}

/// The items at a path of a JSON text, as slices of it.
fn cut(text: &Bytes, steps: &[Step]) -> Result<Vec<Output>, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let list = Along(steps)
        .deserialize(&mut deserializer)
        .map_err(|error| not_json(&error))?;
    deserializer.end().map_err(|error| not_json(&error))?;
    let Some(list) = list.filter(|list| list.get() != "null") else {
        return Ok(Vec::new());
    };
    let items: Vec<&RawValue> = serde_json::from_str(list.get())
        .map_err(|_| failed(EvalError::new("a page's items are not a list")))?;
    Ok(items
        .into_iter()
        .map(|item| Output::of_json(text.slice_ref(item.get().as_bytes())))
        .collect())
}

/// Reads JSON text along a path; the rest is passed over.
struct Along<'a>(&'a [Step]);

impl<'de> DeserializeSeed<'de> for Along<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.0.is_empty() {
            return serde::Deserialize::deserialize(deserializer).map(Some);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Along<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let Some((first, rest)) = self.0.split_first() else {
            return Ok(None);
        };
        let mut found = None;
        while let Some(key) = access.next_key::<std::borrow::Cow<'_, str>>()? {
            if *key == first.key {
                found = access.next_value_seed(Along(rest))?;
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_digits() {
        let text = Bytes::from_static(br#"{"a": 1, "data": {"list": [{"n": 123456789012345678901234567890}, 1.10]}, "z": []}"#);
        let items = cut(&text, &[Step::new("data"), Step::new("list")]).unwrap();
        let items: Vec<&str> = items.iter().map(Output::as_str).collect();
        assert_eq!(items, [r#"{"n": 123456789012345678901234567890}"#, "1.10"]);
        assert!(cut(&text, &[Step::new("nothing")]).unwrap().is_empty());
        assert!(cut(&text, &[Step::new("a")]).is_err());
    }
}
