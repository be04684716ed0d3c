//! The path: literal pieces, and holes that are one percent-encoded segment or a part of one.

use super::failed;
use crate::diagnostic::Code;
use crate::error::{Error, Violation};
use crate::template::eval::{kind_of, text_of};
use crate::template::{Compiler, Expr, Path, Piece, Root, Scope};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// All but RFC 3986's unreserved characters.
pub(crate) const SEGMENT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What may stand in a literal path as its author wrote it.
const LITERAL: AsciiSet = SEGMENT
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'%');
pub(crate) const MAX_HOLE: usize = 1024;

/// A path, compiled at load.
#[derive(Debug)]
pub(crate) struct PathPlan {
    pieces: Vec<PathPiece>,
    /// `/v2/people/{person_id}.json`
    pub(crate) shown: String,
}

#[derive(Debug)]
enum PathPiece {
    /// Percent-encoded already.
    Literal(String),
    /// The expression, and the JSON Pointer of the input field when it is one.
    Hole(Expr, String),
}

impl PathPlan {
    pub(crate) fn compile(compiler: &mut Compiler<'_>, text: &str) -> Self {
        if !text.starts_with('/') {
            compiler.fault(Code::WrongValue, "a path begins with `/`");
        }
        if text
            .split("{{")
            .next()
            .is_some_and(|start| start.contains(['?', '#']))
        {
            compiler
                .fault(Code::WrongValue, "a path can't hold `?` or `#`")
                .help("write the query under `query`");
        }
        let mut plan = Self {
            pieces: Vec::new(),
            shown: String::new(),
        };
        let text = compiler.holes(text, Code::HoleInPath);
        for piece in text.into_iter().flat_map(|text| text.pieces) {
            match piece {
                Piece::Literal(literal) => plan.literal(&literal),
                Piece::Hole(expr, _) => plan.hole(expr),
            }
        }
        plan.pieces.shrink_to_fit();
        if plan.shown.split('/').any(is_dots) || plan.shown.contains('\\') {
            compiler
                .fault(
                    Code::WrongValue,
                    "a path can't hold a segment `.` or `..`, nor a backslash",
                )
                .help("a URL's reader would take them away, and what stands before them");
        }
        plan
    }

    fn literal(&mut self, text: &str) {
        self.shown.push_str(text);
        self.pieces.push(PathPiece::Literal(
            utf8_percent_encode(text, &LITERAL).to_string(),
        ));
    }

    fn hole(&mut self, expr: Expr) {
        let (pointer, name) = match &expr {
            Expr::Path(Path {
                root: Root::Input,
                steps,
            }) => {
                let pointer: String = steps.iter().flat_map(|step| ["/", &step.key]).collect();
                (
                    pointer,
                    steps.last().map_or("input", |step| &step.key).to_owned(),
                )
            }
            _ => (String::new(), "value".to_owned()),
        };
        self.shown.push_str(&format!("{{{name}}}"));
        self.pieces.push(PathPiece::Hole(expr, pointer));
    }

    /// The whole URL, without a query.
    pub(crate) fn render(&self, scope: &Scope<'_>, base: &Url) -> Result<String, Error> {
        let mut url = String::with_capacity(96);
        url.push_str(base.as_str().trim_end_matches('/'));
        for piece in &self.pieces {
            match piece {
                PathPiece::Literal(text) => url.push_str(text),
                PathPiece::Hole(expr, pointer) => {
                    let value = scope.expression(expr).map_err(failed)?;
                    let text = value.as_deref().and_then(text_of);
                    match text.as_deref().map(allowed) {
                        Some(Ok(text)) => url.extend(utf8_percent_encode(text, &SEGMENT)),
                        Some(Err(why)) => return Err(refuse(pointer, why)),
                        None => {
                            let what = value.as_deref().map_or("missing", kind_of);
                            return Err(refuse(
                                pointer,
                                &format!("can't stand in a path: it is {what}"),
                            ));
                        }
                    }
                }
            }
        }
        // Two holes that are sound each may make a dot segment together.
        let path = url
            .get(base.as_str().trim_end_matches('/').len()..)
            .unwrap_or_default();
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(refuse("", "the path would have a segment `.` or `..`"));
        }
        Ok(url)
    }
}

/// `.` or `..`, also percent-encoded (WHATWG URL, section 4.1).
fn is_dots(segment: &str) -> bool {
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
    matches!(plain.as_str(), "." | "..")
}

fn refuse(pointer: &str, message: &str) -> Error {
    Error::input(vec![Violation::new(pointer, "path", message)])
}

/// What a hole may hold: an empty or dot segment would lead the request, with its credentials, elsewhere.
fn allowed(text: &str) -> Result<&str, &'static str> {
    match text {
        "" => Err("can't stand in a path: it is empty"),
        "." | ".." => Err("can't stand in a path: it is `.` or `..`"),
        text if text.len() > MAX_HOLE => {
            Err("can't stand in a path: it is longer than 1,024 bytes")
        }
        text if text.chars().any(char::is_control) => {
            Err("can't stand in a path: it holds a control character")
        }
        text => Ok(text),
    }
}
