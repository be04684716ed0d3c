//! The query, and bodies laid out the same way: names and values as text.

use super::path::SEGMENT;
use super::{failed, layout};
use crate::diagnostic::Code;
use crate::error::{Error, ErrorKind};
use crate::manifest::{QueryStyle, StyleName};
use crate::template::eval::{kind_of, text_of};
use crate::template::{Compiler, EvalError, Scope, Template};
use crate::types::Kinds;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use serde_json::{Map, Value};

/// A name keeps the brackets that make lists and objects readable.
const NAME: AsciiSet = SEGMENT.remove(b'[').remove(b']');

/// Parameters, compiled at load.
#[derive(Debug)]
pub(crate) struct QueryPlan {
    template: Template,
    /// Parameters with a style of their own.
    styles: Vec<(String, StyleName)>,
}

impl Default for QueryPlan {
    fn default() -> Self {
        Self {
            template: Template::Literal(Value::Object(Map::new())),
            styles: Vec::new(),
        }
    }
}

impl QueryPlan {
    pub(crate) fn compile(compiler: &mut Compiler<'_>, value: &Value, style: QueryStyle) -> Self {
        let Value::Object(map) = value else {
            if !value.is_string() {
                compiler.fault(
                    Code::WrongValue,
                    "parameters are a mapping from name to value",
                );
            }
            let (template, of) = compiler.wanted(value, Kinds::OBJECT, "what gives the parameters");
            layout::check(compiler, &of, style, &[]);
            return Self {
                template,
                styles: Vec::new(),
            };
        };
        let mut styles = Vec::new();
        let mut plain = Map::with_capacity(map.len());
        for (name, parameter) in map {
            match styled(parameter) {
                Some((value, style)) => {
                    plain.insert(name.clone(), value.clone());
                    styles.push((name.clone(), style));
                }
                None => drop(plain.insert(name.clone(), parameter.clone())),
            }
        }
        let (template, of) = compiler.typed(&Value::Object(plain));
        if !matches!(template, Template::Pairs(_)) {
            compiler.want(&of, Kinds::OBJECT, "what gives the parameters");
            layout::check(compiler, &of, style, &styles);
        }
        Self { template, styles }
    }

    /// The parameters as `name=value&…`, those of `change` instead of its namesakes.
    pub(crate) fn render(
        &self,
        scope: &Scope<'_>,
        style: QueryStyle,
        change: &Map<String, Value>,
        into: &mut String,
    ) -> Result<(), Error> {
        let mut writer = Writer {
            text: into,
            style,
            form: false,
        };
        if let Template::Pairs(list) = &self.template {
            for (name, value) in pairs(list, scope)? {
                writer.pair(&name, &value);
            }
            return writer.map(change, &self.styles);
        }
        match self.template.eval(scope).map_err(failed)?.as_deref() {
            None | Some(Value::Null) => writer.map(change, &self.styles),
            Some(Value::Object(map)) if change.is_empty() => writer.map(map, &self.styles),
            Some(Value::Object(map)) => {
                let mut map = map.clone();
                map.extend(
                    change
                        .iter()
                        .map(|(name, value)| (name.clone(), value.clone())),
                );
                writer.map(&map, &self.styles)
            }
            Some(other) => Err(failed(EvalError::new(format!(
                "parameters are an object, not {}",
                kind_of(other)
            )))),
        }
    }
}

/// `{value: …, style: …}`
fn styled(parameter: &Value) -> Option<(&Value, StyleName)> {
    let map = parameter.as_object().filter(|map| map.len() == 2)?;
    let style = serde_json::from_value(map.get("style")?.clone()).ok()?;
    Some((map.get("value")?, style))
}

/// A list of {key, value} as ordered pairs of text. Missing and null values are dropped.
pub(crate) fn pairs(list: &Template, scope: &Scope<'_>) -> Result<Vec<(String, String)>, Error> {
    let value = list.eval(scope).map_err(failed)?;
    let items = match value.as_deref() {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(other) => {
            return Err(failed(EvalError::new(format!(
                "`$pairs` takes a list of {{key, value}}, not {}",
                kind_of(other)
            ))));
        }
    };
    let mut pairs = Vec::with_capacity(items.len());
    for item in items {
        let Some(name) = item.get("key").and_then(text_of) else {
            return Err(failed(EvalError::new(
                "each item of `$pairs` needs a `key` that is text",
            )));
        };
        match item.get("value") {
            None | Some(Value::Null) => {}
            Some(value) => match text_of(value) {
                Some(value) => pairs.push((name.into_owned(), value.into_owned())),
                None => {
                    return Err(failed(EvalError::new(format!(
                        "a `value` of `$pairs` can't be {}",
                        kind_of(value)
                    ))));
                }
            },
        }
    }
    Ok(pairs)
}

/// Writes pairs, percent-encoded.
struct Writer<'a> {
    text: &'a mut String,
    style: QueryStyle,
    /// `application/x-www-form-urlencoded`: a null is an empty value there.
    form: bool,
}

impl Writer<'_> {
    fn map(
        &mut self,
        map: &Map<String, Value>,
        styles: &[(String, StyleName)],
    ) -> Result<(), Error> {
        for (name, value) in map {
            let own = styles
                .iter()
                .find(|(styled, _)| styled == name)
                .map(|(_, style)| *style);
            let style = match own {
                Some(style) => layout::both(style),
                None => self.style,
            };
            self.value(name, value, style)?;
        }
        Ok(())
    }

    fn value(&mut self, name: &str, value: &Value, style: QueryStyle) -> Result<(), Error> {
        match value {
            Value::Null if self.form => self.pair(name, ""),
            Value::Null => {}
            Value::Array(items) => return self.list(name, items, style),
            Value::Object(map) => match style.objects {
                Some(StyleName::Brackets) => {
                    for (key, value) in map {
                        self.value(&format!("{name}[{key}]"), value, style)?;
                    }
                }
                Some(StyleName::Json) => self.pair(name, &value.to_string()),
                other => return Err(no_style(name, "an object", other)),
            },
            scalar => {
                if let Some(text) = text_of(scalar) {
                    self.pair(name, &text);
                }
            }
        }
        Ok(())
    }

    fn list(&mut self, name: &str, items: &[Value], style: QueryStyle) -> Result<(), Error> {
        match style.arrays {
            Some(StyleName::Brackets) => {
                for (index, item) in items.iter().enumerate() {
                    // `a[][b]` would not say which b belongs to which a.
                    let inner = if item.is_object() || item.is_array() {
                        format!("{name}[{index}]")
                    } else {
                        format!("{name}[]")
                    };
                    self.value(&inner, item, style)?;
                }
            }
            Some(StyleName::Repeat) => {
                for item in items {
                    if item.is_array() || item.is_object() {
                        return Err(no_style(name, kind_of(item), style.arrays));
                    }
                    self.value(name, item, style)?;
                }
            }
            Some(StyleName::Comma) => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items.iter().filter(|item| !item.is_null()) {
                    let text =
                        text_of(item).ok_or_else(|| no_style(name, kind_of(item), style.arrays))?;
                    texts.push(utf8_percent_encode(&text, &SEGMENT).to_string());
                }
                if !texts.is_empty() {
                    self.begin(name);
                    self.text.push_str(&texts.join(","));
                }
            }
            Some(StyleName::Json) => {
                self.pair(name, &serde_json::to_string(items).unwrap_or_default());
            }
            None => return Err(no_style(name, "a list", None)),
        }
        Ok(())
    }

    fn begin(&mut self, name: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.extend(utf8_percent_encode(name, &NAME));
        self.text.push('=');
    }

    fn pair(&mut self, name: &str, value: &str) {
        self.begin(name);
        self.text.extend(utf8_percent_encode(value, &SEGMENT));
    }
}

/// A form's body.
pub(crate) fn form(
    template: &Template,
    scope: &Scope<'_>,
    style: QueryStyle,
    change: &Map<String, Value>,
    key: Option<(&str, &str)>,
) -> Result<String, Error> {
    let mut text = String::new();
    let mut writer = Writer {
        text: &mut text,
        style,
        form: true,
    };
    if let Template::Pairs(list) = template {
        for (name, value) in pairs(list, scope)? {
            writer.pair(&name, &value);
        }
        writer.map(change, &[])?;
        return Ok(text);
    }
    match template.eval(scope).map_err(failed)?.as_deref() {
        None | Some(Value::Null) => writer.map(change, &[])?,
        Some(Value::Object(map)) => {
            let mut map = map.clone();
            map.extend(
                change
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            if let Some((field, key)) = key {
                map.entry(field).or_insert_with(|| Value::from(key));
            }
            writer.map(&map, &[])?;
        }
        Some(other) => {
            return Err(failed(EvalError::new(format!(
                "a form is an object, not {}",
                kind_of(other)
            ))));
        }
    }
    Ok(text)
}

fn no_style(name: &str, what: &str, style: Option<StyleName>) -> Error {
    let message = match style {
        None => format!("the parameter `{name}` is {what}, and nothing says how it is laid out"),
        Some(_) => format!("the parameter `{name}` is {what}, and its style can't lay that out"),
    };
    Error::new(ErrorKind::TemplateFailed, message)
        .with_help("set `query_style`, or `{value: …, style: …}` on the parameter")
}
