//! Templates: JSON values whose text leaves may hold `{{ expressions }}`, compiled once and evaluated with types kept.
//!
//! [`parse`] turns a manifest's value into a [`Template`] (expressions by Handlebars' own parser, paths split ahead);
//! [`eval`] writes a template as JSON text or as a value; [`reads`] tells which parts of a reply it looks at.

pub(crate) mod eval;
pub(crate) mod expression;
mod expressions;
pub(crate) mod helpers;
pub(crate) mod names;
pub(crate) mod operators;
pub(crate) mod parse;
pub(crate) mod reads;
pub(crate) mod sink;

pub(crate) use eval::{EvalError, Roots, Scope};
pub(crate) use expression::{Expr, Path, Root, Step};
pub(crate) use names::{Environment, InputReads, Names, Probe};
pub(crate) use operators::{Each, If, Map, Switch};
pub(crate) use parse::Compiler;
pub(crate) use reads::Reads;

use serde_json::Value;

/// A compiled template.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    /// A value without any expression in it.
    Literal(Value),
    /// A scalar that is one expression: the value keeps its type.
    Expr(Expr),
    /// Text with expressions in it: always a string.
    Text(Text),
    /// A list; an item that gives nothing is dropped.
    List(Vec<Template>),
    /// A mapping; a key that gives nothing is dropped.
    Map(Box<Map>),
    /// `$each`
    Each(Box<Each>),
    /// `$if`
    If(Box<If>),
    /// `$switch`
    Switch(Box<Switch>),
    /// `$concat`
    Concat(Vec<Template>),
    /// `$pairs`
    Pairs(Box<Template>),
}

impl Template {
    /// The value, when there is no expression in it.
    pub(crate) fn literal(&self) -> Option<&Value> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }
}

/// Text with holes.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) pieces: Vec<Piece>,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Literal(String),
    /// The expression and how it is written.
    Hole(Expr, String),
}
