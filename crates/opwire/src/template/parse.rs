//! Manifest value → [`Template`] and its [`Type`], collecting every fault.

use super::names::{Environment, Facts, Local, Names};
use super::{Piece, Template, Text};
use crate::diagnostic::Code;
use crate::manifest::Fault;
use crate::manifest::locate::escape;
use crate::types::{Fact, Kinds, Type};
use handlebars::Path as HandlebarsPath;
use handlebars::Template as Handlebars;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use serde_json::Value;

pub(crate) const MAX_SCALAR: usize = 16 * 1024;
pub(crate) const MAX_PARENTHESES: usize = 16;

/// A template, and what is known of its value.
pub(crate) type Typed<'a> = (Template, Type<'a>);

/// Compiles the templates of one manifest.
pub(crate) struct Compiler<'a> {
    pub(super) scope: Environment<'a>,
    pub(crate) pointer: String,
    pub(crate) faults: Vec<Fault>,
}

impl<'a> Compiler<'a> {
    /// A compiler for the templates below `pointer`.
    pub(crate) fn new(names: Names<'a>, pointer: impl Into<String>) -> Self {
        let locals = Vec::new();
        Self::within(Environment { names, locals }, pointer)
    }

    /// A compiler for templates where these names hold.
    pub(crate) fn within(scope: Environment<'a>, pointer: impl Into<String>) -> Self {
        Self {
            scope,
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
    pub(crate) fn bound<T>(&mut self, local: Local<'a>, work: impl FnOnce(&mut Self) -> T) -> T {
        self.scope.locals.push(local);
        let done = work(self);
        self.scope.locals.pop();
        done
    }

    /// Does `work` where a condition has shown something.
    pub(crate) fn knowing<T>(
        &mut self,
        facts: &[(super::Path, Fact)],
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if facts.is_empty() {
            return work(self);
        }
        let before = self.scope.clone();
        for (path, fact) in facts {
            self.scope.learn(path, fact);
        }
        let done = work(self);
        self.scope = before;
        done
    }

    pub(crate) fn each_depth(&self) -> usize {
        self.scope.locals.len()
    }

    /// Any value: scalars with expressions, lists, mappings, operators.
    pub(crate) fn template(&mut self, value: &Value) -> Template {
        self.typed(value).0
    }

    /// The same with its type.
    pub(crate) fn typed(&mut self, value: &Value) -> Typed<'a> {
        self.scope.show(&self.pointer);
        match value {
            Value::String(text) => self.typed_scalar(text),
            Value::Array(list) => {
                let (mut items, mut item, mut some) = (Vec::new(), Type::never(), false);
                for (index, value) in list.iter().enumerate() {
                    let (template, of) = self.at(&index.to_string(), |this| this.typed(value));
                    some |= !of.missing;
                    item = item.or(of);
                    items.push(template);
                }
                let of = Type::list(item, !some);
                // Not the list as written: a text in it may have been one with `\{{`.
                let literals: Option<Vec<&Value>> = items.iter().map(Template::literal).collect();
                if let Some(literals) = literals {
                    let list = literals.into_iter().cloned().collect();
                    return (Template::Literal(list), of);
                }
                (Template::List(items), of)
            }
            Value::Object(map) => self.mapping(map),
            other => (Template::Literal(other.clone()), Type::literal(other)),
        }
    }

    /// A template whose value must be of certain kinds, or missing or null.
    pub(crate) fn wanted(&mut self, value: &Value, kinds: Kinds, what: &str) -> Typed<'a> {
        let (template, of) = self.typed(value);
        if self.want(&of, kinds, what) {
            (template, of)
        } else {
            (template, Type::any())
        }
    }

    /// Tells when a value can't be of these kinds, whatever it turns out to be.
    pub(crate) fn want(&mut self, of: &Type<'a>, kinds: Kinds, what: &str) -> bool {
        let present = of.kinds();
        let fits = present.may(kinds) || present.only(Kinds::NULL);
        if !fits {
            let message = format!("{what} is {kinds}, and this is {}", of.told());
            self.fault(Code::WrongType, message);
        }
        fits
    }

    /// A condition and what it shows. One that is always met, or never, is told.
    pub(crate) fn condition(&mut self, value: &Value) -> (Template, Facts) {
        let (template, of) = self.typed(value);
        let verdict = match (of.may_hold(), of.may_fail()) {
            (true, true) | (false, false) => None,
            (true, false) => Some("always"),
            (false, true) => Some("never"),
        };
        if let Some(verdict) = verdict {
            let message = format!("the condition is {verdict} met");
            let told = format!("its value is {}", of.told());
            self.fault(Code::ConstantCondition, message)
                .warning()
                .help(format!(
                    "{told}; a condition fails when it is missing, null or false"
                ));
        }
        let facts = match &template {
            Template::Expr(expr) => Facts::of(expr),
            _ => Facts::default(),
        };
        (template, facts)
    }

    /// A text: itself, one expression, or text with holes.
    pub(crate) fn scalar(&mut self, text: &str) -> Template {
        self.scope.show(&self.pointer);
        self.typed_scalar(text).0
    }

    fn typed_scalar(&mut self, text: &str) -> Typed<'a> {
        let literal = || {
            let value = Value::String(text.to_owned());
            let of = Type::literal(&value);
            (Template::Literal(value), of)
        };
        if !text.contains("{{") {
            return literal();
        }
        let Some(parsed) = self.handlebars(text) else {
            return wrong();
        };
        if let [TemplateElement::Expression(expression)] = parsed.elements.as_slice() {
            return self
                .expression(expression)
                .map_or_else(wrong, |(expr, of)| (Template::Expr(expr), of));
        }
        let Some(text) = self.text(&parsed.elements, text, Code::HoleInText) else {
            return wrong();
        };
        if let [Piece::Literal(only)] = text.pieces.as_slice() {
            let value = Value::String(only.clone());
            let of = Type::literal(&value);
            return (Template::Literal(value), of);
        }
        let filled = |piece: &Piece| matches!(piece, Piece::Literal(text) if !text.is_empty());
        let some = text.pieces.iter().any(filled);
        let of = if some {
            Type::some_text()
        } else {
            Type::kind(Kinds::TEXT)
        };
        (Template::Text(text), of)
    }

    /// Text in which every expression is a hole, also when there is nothing else.
    pub(crate) fn holes(&mut self, text: &str, code: Code) -> Option<Text> {
        self.scope.show(&self.pointer);
        if !text.contains("{{") {
            let pieces = vec![Piece::Literal(text.to_owned())];
            return Some(Text { pieces });
        }
        let parsed = self.handlebars(text)?;
        self.text(&parsed.elements, text, code)
    }

    fn text(&mut self, elements: &[TemplateElement], text: &str, code: Code) -> Option<Text> {
        let mut pieces = Vec::new();
        for element in elements {
            match element {
                TemplateElement::RawString(raw) => pieces.push(Piece::Literal(raw.clone())),
                TemplateElement::Expression(expression) => {
                    let Some((parsed, of)) = self.expression(expression) else {
                        continue;
                    };
                    self.check_hole(&of, expression, code);
                    pieces.push(Piece::Hole(parsed, written(expression)));
                }
                _ => {
                    self.refuse_construct(text);
                    return None;
                }
            }
        }
        pieces.shrink_to_fit();
        Some(Text { pieces })
    }

    /// A hole is text, a number or a boolean: anything else fails when it comes.
    fn check_hole(&mut self, of: &Type<'a>, expression: &HelperTemplate, code: Code) {
        let kinds = of.kinds();
        if of.is_open() || (kinds.only(Kinds::SCALAR) && !of.missing) {
            return;
        }
        let wrong = kinds & !Kinds::SCALAR;
        let never = !kinds.may(Kinds::SCALAR);
        let what = match (of.missing, wrong.is_none()) {
            (true, true) => "missing".to_owned(),
            (true, false) => format!("{wrong}, or missing"),
            (false, _) => wrong.to_string(),
        };
        let text = written(expression);
        let place = if code == Code::HoleInPath {
            "a path"
        } else {
            "text"
        };
        let fault = if never {
            self.fault(code, format!("`{{{{{text}}}}}` in {place} is {what}"))
        } else {
            let message = format!("`{{{{{text}}}}}` in {place} may be {what}");
            self.fault(code, message).warning()
        };
        let help = if wrong.may(Kinds::LIST) {
            "join it (`{{join … ','}}`), or let the scalar be this one expression alone"
        } else if code == Code::HoleInPath {
            "make the field required, or give it a `default`"
        } else {
            "give another value with `default`, leave it out with `concat`, or choose with `$if`"
        };
        fault.needle(&text).help(help);
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
}

impl<'a> Environment<'a> {
    /// The type of an expression where these names hold; nothing where it is none.
    pub(crate) fn type_of(&self, expression: &str) -> Option<Type<'a>> {
        let mut compiler = Compiler::within(self.clone(), "");
        let (_, of) = compiler.typed_scalar(&format!("{{{{{expression}}}}}"));
        compiler
            .faults
            .iter()
            .all(|fault| !fault.is_error())
            .then_some(of)
    }
}

/// What stands in for a template with a fault: nothing follows from it.
pub(super) fn wrong<'a>() -> Typed<'a> {
    (Template::Literal(Value::Null), Type::any())
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
pub(super) fn segment(segment: &handlebars::PathSeg) -> String {
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
pub(super) fn written(expression: &HelperTemplate) -> String {
    let mut text = argument(&expression.name);
    for param in &expression.params {
        text.push(' ');
        text.push_str(&argument(param));
    }
    text
}

/// The same for an argument of a helper.
pub(super) fn argument(parameter: &Parameter) -> String {
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
