//! Manifest value → [`Template`], collecting every fault.

use super::check::Shape;
use super::helpers::{self, Helper};
use super::{Expr, Path, Piece, Root, Step, Template, Text};
use crate::diagnostic::Code;
use crate::manifest::Fault;
use crate::manifest::locate::escape;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path as HandlebarsPath, Template as Handlebars};
use serde_json::Value;

pub(crate) const MAX_SCALAR: usize = 16 * 1024;
pub(crate) const MAX_PARENTHESES: usize = 16;

/// The names that a template may begin a path with, and what is known of what they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names<'a> {
    pub(crate) input: Option<Shape<'a>>,
    /// The shape of `response.body`.
    pub(crate) response: Option<Shape<'a>>,
    pub(crate) next: bool,
    pub(crate) items: Option<Shape<'a>>,
    pub(crate) credentials: Option<Vec<String>>,
}

/// Compiles the templates of one manifest.
pub(crate) struct Compiler<'a> {
    names: Names<'a>,
    locals: Vec<(String, Shape<'a>)>,
    pub(crate) pointer: String,
    pub(crate) faults: Vec<Fault>,
}

impl<'a> Compiler<'a> {
    /// A compiler for the templates below `pointer`.
    pub(crate) fn new(names: Names<'a>, pointer: impl Into<String>) -> Self {
        Self {
            names,
            locals: Vec::new(),
            pointer: pointer.into(),
            faults: Vec::new(),
        }
    }

    pub(crate) fn fault(&mut self, code: Code, message: impl Into<String>) -> &mut Fault {
        self.faults
            .push(Fault::new(code, self.pointer.clone(), message));
        let last = self.faults.len() - 1;
        // One was pushed just now.
        #[expect(
            clippy::indexing_slicing,
            reason = "the index is of what was just pushed"
        )]
        &mut self.faults[last]
    }

    /// Does `work` with the pointer one step further.
    pub(crate) fn at<T>(&mut self, key: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(key));
        let done = work(self);
        self.pointer.truncate(length);
        done
    }

    /// Does `work` with a name bound.
    pub(crate) fn bound<T>(
        &mut self,
        name: String,
        shape: Shape<'a>,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.locals.push((name, shape));
        let done = work(self);
        self.locals.pop();
        done
    }

    pub(crate) fn each_depth(&self) -> usize {
        self.locals.len()
    }

    /// Any value: scalars with expressions, lists, mappings, operators.
    pub(crate) fn template(&mut self, value: &Value) -> Template {
        match value {
            Value::String(text) => self.scalar(text),
            Value::Array(list) => {
                let items: Vec<_> = list
                    .iter()
                    .enumerate()
                    .map(|(i, v)| self.at(&i.to_string(), |this| this.template(v)))
                    .collect();
                // Not the list as written: a text may have been one with `\{{`.
                let literals: Option<Vec<&Value>> = items.iter().map(Template::literal).collect();
                if let Some(literals) = literals {
                    return Template::Literal(literals.into_iter().cloned().collect());
                }
                Template::List(items)
            }
            Value::Object(map) => self.mapping(map),
            other => Template::Literal(other.clone()),
        }
    }

    /// A text: itself, one expression, or text with holes.
    pub(crate) fn scalar(&mut self, text: &str) -> Template {
        if !text.contains("{{") {
            return Template::Literal(Value::String(text.to_owned()));
        }
        let Some(parsed) = self.handlebars(text) else {
            return Template::Literal(Value::Null);
        };
        if let [TemplateElement::Expression(expression)] = parsed.elements.as_slice() {
            return self
                .expression(expression)
                .map_or(Template::Literal(Value::Null), Template::Expr);
        }
        let mut pieces = Vec::new();
        for element in &parsed.elements {
            match element {
                TemplateElement::RawString(raw) => pieces.push(Piece::Literal(raw.clone())),
                TemplateElement::Expression(expression) => {
                    let Some(parsed) = self.expression(expression) else {
                        continue;
                    };
                    self.check_hole(&parsed, expression);
                    pieces.push(Piece::Hole(parsed, written(expression)));
                }
                _ => {
                    self.refuse_construct(text);
                    return Template::Literal(Value::Null);
                }
            }
        }
        match pieces.as_slice() {
            [Piece::Literal(only)] => Template::Literal(Value::String(only.clone())),
            _ => Template::Text(Text { pieces }),
        }
    }

    /// The text as Handlebars reads it, once it is certain that it holds nothing but plain expressions.
    fn handlebars(&mut self, text: &str) -> Option<Handlebars> {
        if text.len() > MAX_SCALAR {
            self.fault(Code::TemplateSyntax, "the template is longer than 16 KiB");
            return None;
        }
        if !plain(text) {
            self.refuse_construct(text);
            return None;
        }
        if parentheses(text) > MAX_PARENTHESES {
            self.fault(
                Code::TemplateSyntax,
                "helper calls are nested deeper than 16 levels",
            );
            return None;
        }
        if let Ok(parsed) = Handlebars::compile(text) {
            Some(parsed)
        } else {
            self.fault(Code::TemplateSyntax, "the expression in `{{ }}` can't be read")
                .help("write a path (`{{input.name}}`) or a helper with arguments (`{{default input.name 'none'}}`)");
            None
        }
    }

    fn refuse_construct(&mut self, _: &str) {
        self.fault(
            Code::TemplateSyntax,
            "only plain expressions can stand in `{{ }}`: no blocks, partials, comments or `{{{`",
        )
        .help("use the operators `$if`, `$each` and `$switch` for structure");
    }

    fn expression(&mut self, expression: &HelperTemplate) -> Option<Expr> {
        if !expression.hash.is_empty() {
            self.fault(
                Code::TemplateSyntax,
                "named arguments (`name=value`) are not part of the language",
            )
            .needle(&written(expression));
            return None;
        }
        if expression.params.is_empty() {
            return self.parameter(&expression.name);
        }
        self.call(&expression.name, &expression.params)
    }

    fn parameter(&mut self, parameter: &Parameter) -> Option<Expr> {
        match parameter {
            Parameter::Literal(value) => Some(Expr::Literal(value.clone())),
            Parameter::Name(name) => self.path(&[name.as_str()], name).map(Expr::Path),
            Parameter::Path(HandlebarsPath::Relative((segments, raw))) => {
                let names: Vec<String> = segments.iter().map(segment).collect();
                if names.iter().any(String::is_empty) || raw.contains('/') || names.is_empty() {
                    self.fault(
                        Code::TemplateSyntax,
                        format!("`{raw}` is not a path of names joined by dots"),
                    )
                    .needle(raw);
                    return None;
                }
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                self.path(&names, raw).map(Expr::Path)
            }
            Parameter::Subexpression(sub) => match sub.as_element() {
                TemplateElement::Expression(expression) => self.expression(expression),
                _ => None,
            },
            Parameter::Path(HandlebarsPath::Local((_, name, raw))) => {
                self.fault(Code::UnknownPath, format!("there is no `@{name}`"))
                    .needle(raw);
                None
            }
            _ => {
                self.fault(
                    Code::TemplateSyntax,
                    "the expression in `{{ }}` can't be read",
                );
                None
            }
        }
    }

    fn call(&mut self, name: &Parameter, params: &[Parameter]) -> Option<Expr> {
        let Some(name) = name.as_name() else {
            self.fault(
                Code::TemplateSyntax,
                "a helper's name must stand before its arguments",
            );
            return None;
        };
        let arguments: Vec<Option<Expr>> = params.iter().map(|p| self.parameter(p)).collect();
        let Some(helper) = helpers::find(name) else {
            let known = helpers::TABLE.iter().map(|h| h.name);
            let help =
                crate::manifest::nearest(name, known).map(|near| format!("did you mean `{near}`?"));
            self.fault(Code::UnknownHelper, format!("there is no helper `{name}`"))
                .needle(name)
                .help_if(help);
            return None;
        };
        self.check_arguments(helper, params.len())?;
        Some(Expr::Call(
            helper,
            arguments.into_iter().collect::<Option<Vec<_>>>()?,
        ))
    }

    fn check_arguments(&mut self, helper: &'static Helper, given: usize) -> Option<()> {
        if given >= helper.least && helper.most.is_none_or(|most| given <= most) {
            return Some(());
        }
        self.fault(
            Code::HelperArguments,
            format!("`{}` can't take {given} arguments", helper.name),
        )
        .needle(helper.name)
        .help(format!("write `{}`", helper.form));
        None
    }

    /// A path by its names: finds the root and checks the steps against what is known.
    fn path(&mut self, names: &[&str], raw: &str) -> Option<Path> {
        let (first, rest) = names.split_first()?;
        if let Some(at) = self.locals.iter().rposition(|(name, _)| name == first) {
            let shape = self
                .locals
                .get(at)
                .map(|(_, shape)| shape.clone())
                .unwrap_or_default();
            return self.finish(Root::Local(self.locals.len() - 1 - at), shape, rest, raw);
        }
        let found = match *first {
            "input" => self
                .names
                .input
                .clone()
                .map(|shape| (Root::Input, shape, rest)),
            "next" if self.names.next => Some((Root::Next, Shape::default(), rest)),
            "items" => self
                .names
                .items
                .clone()
                .map(|shape| (Root::Items, shape, rest)),
            "response" => self.response(rest),
            "credentials" => return self.credentials(rest, raw),
            _ => None,
        };
        let Some((root, shape, rest)) = found else {
            self.unknown_root(first, raw);
            return None;
        };
        self.finish(root, shape, rest, raw)
    }

    fn response<'n>(&self, rest: &'n [&'n str]) -> Option<(Root, Shape<'a>, &'n [&'n str])> {
        let shape = self.names.response.clone()?;
        let (part, rest) = rest.split_first()?;
        match *part {
            "body" => Some((Root::Body, shape, rest)),
            "status" if rest.is_empty() => Some((Root::Status, Shape::default(), rest)),
            "text" if rest.is_empty() => Some((Root::Text, Shape::default(), rest)),
            "headers" => Some((Root::Headers, Shape::default(), rest)),
            _ => None,
        }
    }

    fn credentials(&mut self, rest: &[&str], raw: &str) -> Option<Path> {
        let Some(known) = self.names.credentials.clone() else {
            self.fault(
                Code::SecretOutsideAuth,
                "credentials can be read in `auth` alone",
            )
            .needle(raw);
            return None;
        };
        match rest {
            [name] if known.iter().any(|k| k == name) => Some(Path {
                root: Root::Credentials,
                steps: vec![Step::new(name)],
            }),
            _ => {
                let help = rest.first().and_then(|name| {
                    crate::manifest::nearest(name, known.iter().map(String::as_str))
                });
                let help = help.map(|near| format!("did you mean `credentials.{near}`?"));
                self.fault(
                    Code::UnknownPath,
                    format!("`{raw}` is not one of the connector's credentials"),
                )
                .needle(raw)
                .help_if(help);
                None
            }
        }
    }

    fn unknown_root(&mut self, first: &str, raw: &str) {
        let mut known: Vec<&str> = self.locals.iter().map(|(name, _)| name.as_str()).collect();
        known.extend(self.names.input.is_some().then_some("input"));
        known.extend(self.names.response.is_some().then_some("response"));
        known.extend(self.names.next.then_some("next"));
        known.extend(self.names.items.is_some().then_some("items"));
        known.extend(self.names.credentials.is_some().then_some("credentials"));
        let help = if helpers::find(first).is_some() {
            format!("`{first}` is a helper and needs arguments")
        } else if first == "response" && self.names.response.is_some() {
            "the reply has `response.status`, `response.headers`, `response.body` and `response.text`".to_owned()
        } else {
            format!("a path here begins with {}", known.join(", "))
        };
        self.fault(Code::UnknownPath, format!("`{raw}` leads nowhere"))
            .needle(raw)
            .help(help);
    }

    fn finish(&mut self, root: Root, shape: Shape<'a>, rest: &[&str], raw: &str) -> Option<Path> {
        let mut shape = shape;
        for name in rest {
            match shape.child(name) {
                Ok(next) => shape = next,
                Err(known) => {
                    let help = crate::manifest::nearest(name, known.iter().map(String::as_str))
                        .map(|near| format!("did you mean `{near}`?"))
                        .or_else(|| {
                            (!known.is_empty()).then(|| format!("it has {}", known.join(", ")))
                        });
                    self.fault(
                        Code::UnknownPath,
                        format!("`{raw}` can't exist: there is no `{name}` in the schema"),
                    )
                    .needle(raw)
                    .help_if(help);
                    return None;
                }
            }
        }
        Some(Path {
            root,
            steps: rest.iter().map(|name| Step::new(name)).collect(),
        })
    }

    /// What is known of the value of a template, for the names bound to its items.
    pub(crate) fn shape_of(&self, template: &Template) -> Shape<'a> {
        let Template::Expr(Expr::Path(path)) = template else {
            return Shape::default();
        };
        let root = match path.root {
            Root::Input => self.names.input.clone(),
            Root::Body => self.names.response.clone(),
            Root::Items => self.names.items.clone(),
            Root::Local(up) => self
                .locals
                .len()
                .checked_sub(1 + up)
                .and_then(|at| self.locals.get(at))
                .map(|(_, shape)| shape.clone()),
            _ => None,
        };
        let mut shape = root.unwrap_or_default();
        for step in &path.steps {
            shape = shape.child(&step.key).unwrap_or_default();
        }
        shape
    }

    /// A hole in text must not be a list or an object.
    fn check_hole(&mut self, expr: &Expr, written_as: &HelperTemplate) {
        let shape = self.shape_of(&Template::Expr(expr.clone()));
        if let Some(what) = shape.only_container() {
            self.fault(Code::WrongValue, format!("a hole in text can't be {what}"))
                .needle(&written(written_as))
                .help("join it (`{{join … ','}}`) or let the scalar be this one expression alone");
        }
    }
}

/// Does every `{{` open a plain expression? Handlebars' other constructs can exhaust its parser's stack, so they are
/// refused before it sees them.
fn plain(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let after = rest.get(at + 2..).unwrap_or_default().trim_start();
        if after.starts_with(['#', '/', '^', '!', '>', '&', '*', '{', '~', '@', '.'])
            || after.starts_with("else")
        {
            return false;
        }
        let Some(end) = after.find("}}") else {
            return false;
        };
        let inside = after.get(..end).unwrap_or_default();
        let next = after.get(end + 2..).unwrap_or_default();
        if inside.ends_with('~') || next.starts_with('}') || inside.trim().is_empty() {
            return false;
        }
        rest = next;
    }
    true
}

/// How deep parentheses are nested.
fn parentheses(text: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'(' => {
                depth += 1;
                most = most.max(depth);
            }
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// A segment of a path; one in brackets has them still. `this` and `..` give an empty name.
fn segment(segment: &handlebars::PathSeg) -> String {
    match segment {
        handlebars::PathSeg::Named(name) => name
            .strip_prefix('[')
            .and_then(|n| n.strip_suffix(']'))
            .unwrap_or(name)
            .to_owned(),
        _ => String::new(),
    }
}

/// The expression as its author wrote it, as near as the parsed form lets it be told.
fn written(expression: &HelperTemplate) -> String {
    fn parameter(parameter: &Parameter) -> String {
        match parameter {
            Parameter::Name(name) => name.clone(),
            Parameter::Path(
                HandlebarsPath::Relative((_, raw)) | HandlebarsPath::Local((_, _, raw)),
            ) => raw.clone(),
            Parameter::Literal(Value::String(text)) => format!("'{text}'"),
            Parameter::Literal(other) => other.to_string(),
            Parameter::Subexpression(sub) => match sub.as_element() {
                TemplateElement::Expression(inner) => format!("({})", written(inner)),
                _ => "(…)".to_owned(),
            },
            _ => "…".to_owned(),
        }
    }
    let mut text = parameter(&expression.name);
    for argument in &expression.params {
        text.push(' ');
        text.push_str(&parameter(argument));
    }
    text
}
