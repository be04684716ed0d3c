//! Handlebars' expression → [`Expr`] and its type, every fault told.

use super::helpers::{self, Helper, Mismatch};
use super::parse::{Compiler, argument as as_written, segment, written};
use super::{Expr, Path, Root, Step};
use crate::diagnostic::Code;
use crate::manifest::Meant;
use crate::types::{Kinds, Type};
use handlebars::Path as HandlebarsPath;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use serde_json::Value;

type Typed<'a> = (Expr, Type<'a>);

impl<'a> Compiler<'a> {
    pub(super) fn expression(&mut self, expression: &HelperTemplate) -> Option<Typed<'a>> {
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

    fn parameter(&mut self, parameter: &Parameter) -> Option<Typed<'a>> {
        match parameter {
            Parameter::Literal(value) => Some((Expr::Literal(value.clone()), Type::literal(value))),
            Parameter::Name(name) => self.path(&[name.as_str()], name),
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
                self.path(&names, raw)
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

    fn call(&mut self, name: &Parameter, params: &[Parameter]) -> Option<Typed<'a>> {
        let Some(name) = name.as_name() else {
            self.fault(
                Code::TemplateSyntax,
                "a helper's name must stand before its arguments",
            );
            return None;
        };
        let read = self.scope.names.reads.as_ref().map(super::InputReads::len);
        let arguments: Vec<Option<Typed<'a>>> = params.iter().map(|p| self.parameter(p)).collect();
        let Some(helper) = helpers::find(name) else {
            let known = helpers::TABLE.iter().map(|h| h.name);
            let near = Meant::of(name, known);
            self.fault(Code::UnknownHelper, format!("there is no helper `{name}`"))
                .needle(name)
                .meant(near);
            return None;
        };
        self.check_arguments(helper, params.len())?;
        let arguments: Vec<Typed<'a>> = arguments.into_iter().collect::<Option<_>>()?;
        let (arguments, types): (Vec<Expr>, Vec<Type<'a>>) = arguments.into_iter().unzip();
        self.note_keys(helper, &arguments, read);
        self.check_default(helper, &types, params);
        let of = match (helper.types)(&types) {
            Ok(of) => of,
            Err(Mismatch { argument, needs }) => {
                self.mismatch(helper, params, &types, argument, needs);
                Type::any()
            }
        };
        Some((Expr::Call(helper, arguments), of))
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

    fn mismatch(
        &mut self,
        helper: &Helper,
        params: &[Parameter],
        types: &[Type<'a>],
        argument: usize,
        needs: &str,
    ) {
        let told = types.get(argument).map(Type::told).unwrap_or_default();
        let text = params.get(argument).map(as_written).unwrap_or_default();
        let message = format!("`{}` needs {needs}, and this is {told}", helper.name);
        self.fault(Code::WrongType, message)
            .needle(&text)
            .help(format!("write `{}`", helper.form));
    }

    /// A default after a value that is always there is never given.
    fn check_default(&mut self, helper: &Helper, types: &[Type<'a>], params: &[Parameter]) {
        if helper.name != "default" {
            return;
        }
        let before = types.len().saturating_sub(1);
        let sure = types.iter().take(before).position(|of| !of.may_lack());
        if let Some(param) = sure.and_then(|at| params.get(at)) {
            let text = as_written(param);
            let message = format!("`{text}` is never missing or null, so what follows is not used");
            self.fault(Code::UselessDefault, message)
                .warning()
                .needle(&text)
                .help("leave `default` away, or make the field optional");
        }
    }

    /// `omit` and `pick` say which keys they read.
    fn note_keys(&self, helper: &Helper, arguments: &[Expr], read: Option<usize>) {
        let (Some(reads), Some(at)) = (&self.scope.names.reads, read) else {
            return;
        };
        let ("omit" | "pick", Some((Expr::Path(path), names))) =
            (helper.name, arguments.split_first())
        else {
            return;
        };
        let literal = |name: &Expr| match name {
            Expr::Literal(Value::String(name)) => Some(name.clone()),
            _ => None,
        };
        let names: Option<Vec<String>> = names.iter().map(literal).collect();
        if let Some(names) = names.filter(|_| self.scope.origin(path).is_some()) {
            reads.of_keys(at, &names, helper.name == "pick");
        }
    }

    /// A path by its names: finds the root and checks the steps against what is known.
    fn path(&mut self, names: &[&str], raw: &str) -> Option<Typed<'a>> {
        let (first, rest) = names.split_first()?;
        let locals = &self.scope.locals;
        if let Some(at) = locals.iter().rposition(|local| local.name == *first) {
            return self.finish(Root::Local(locals.len() - 1 - at), rest, raw);
        }
        let known = &self.scope.names;
        let found = match *first {
            "input" => known.input.is_some().then_some((Root::Input, rest)),
            "next" => known.next.is_some().then_some((Root::Next, rest)),
            "items" => known.items.is_some().then_some((Root::Items, rest)),
            "response" => known.response.as_ref().and_then(|_| response(rest)),
            "credentials" => return self.credentials(rest, raw),
            _ => None,
        };
        let Some((root, rest)) = found else {
            self.unknown_root(first, raw);
            return None;
        };
        self.finish(root, rest, raw)
    }

    fn credentials(&mut self, rest: &[&str], raw: &str) -> Option<Typed<'a>> {
        let Some(known) = self.scope.names.credentials.clone() else {
            self.fault(
                Code::SecretOutsideAuth,
                "credentials can be read in `auth` alone",
            )
            .needle(raw);
            return None;
        };
        if let [name] = rest
            && known.iter().any(|k| k == name)
        {
            let path = Path {
                root: Root::Credentials,
                steps: vec![Step::new(name)],
            };
            return Some((Expr::Path(path), Type::kind(Kinds::TEXT).or_missing()));
        }
        let near = rest
            .first()
            .and_then(|name| Meant::of(name, known.iter().map(String::as_str)))
            .map(|near| near.map(|near| format!("credentials.{near}")));
        self.fault(
            Code::UnknownPath,
            format!("`{raw}` is not one of the connector's credentials"),
        )
        .needle(raw)
        .meant(near);
        None
    }

    fn unknown_root(&mut self, first: &str, raw: &str) {
        let help = if helpers::find(first).is_some() {
            format!("`{first}` is a helper and needs arguments")
        } else if first == "response" && self.scope.names.response.is_some() {
            "the reply has `response.status`, `response.headers`, `response.body` and `response.text`".to_owned()
        } else {
            format!("a path here begins with {}", self.scope.roots().join(", "))
        };
        self.fault(Code::UnknownPath, format!("`{raw}` leads nowhere"))
            .needle(raw)
            .help(help);
    }

    fn finish(&mut self, root: Root, rest: &[&str], raw: &str) -> Option<Typed<'a>> {
        let path = |steps: &[&str]| Path {
            root,
            steps: steps.iter().map(|name| Step::new(name)).collect(),
        };
        let mut of = self.scope.at(&path(&[]));
        for name in rest {
            if matches!(root, Root::Headers) {
                of = self.scope.at(&path(rest));
                break;
            }
            match of.child(name) {
                Ok(next) => of = next,
                Err(known) => {
                    self.unknown_step(name, &of, &known, raw);
                    return None;
                }
            }
        }
        let path = path(rest);
        self.note(&path);
        Some((Expr::Path(path), of))
    }

    /// Notes that a place of the input is read.
    pub(super) fn note(&self, path: &Path) {
        if let (Some(reads), Some(origin)) = (&self.scope.names.reads, self.scope.origin(path)) {
            reads.add(origin);
        }
    }

    fn unknown_step(&mut self, name: &str, of: &Type<'a>, known: &[String], raw: &str) {
        if of.is_nothing() {
            let message =
                format!("`{raw}` can't exist here: what stands before `{name}` is never there");
            self.fault(Code::UnknownPath, message).needle(raw);
            return;
        }
        let near = Meant::of(name, known.iter().map(String::as_str));
        let (dotted, bracketed) = (format!(".{name}"), raw.contains('['));
        let near = near.filter(|_| !bracketed);
        let near = near.map(|near| near.map(|near| raw.replacen(&dotted, &format!(".{near}"), 1)));
        let message = if of.may_be(Kinds::CONTAINER) {
            format!("`{raw}` can't exist: there is no `{name}` in the schema")
        } else {
            format!(
                "`{raw}` can't exist: what stands before `{name}` is {}",
                of.told()
            )
        };
        let fault = self.fault(Code::UnknownPath, message);
        fault.needle(raw);
        match near {
            Some(near) => drop(fault.meant(Some(near))),
            None if known.is_empty() => {}
            None => drop(fault.help(format!("it has {}", known.join(", ")))),
        }
    }
}

/// What of a reply the path begins with.
fn response<'n>(rest: &'n [&'n str]) -> Option<(Root, &'n [&'n str])> {
    let (part, rest) = rest.split_first()?;
    match *part {
        "body" => Some((Root::Body, rest)),
        "status" if rest.is_empty() => Some((Root::Status, rest)),
        "text" if rest.is_empty() => Some((Root::Text, rest)),
        "headers" if rest.len() < 2 => Some((Root::Headers, rest)),
        _ => None,
    }
}
