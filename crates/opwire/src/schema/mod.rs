//! JSON Schema (2020-12): the one place that knows the validator's crate.

pub(crate) mod bundle;
mod defaults;
pub(crate) mod keys;
mod library;
mod parts;
mod problem;
mod secrets;
mod words;

pub(crate) use bundle::{Bundle, Documents};
pub(crate) use defaults::Defaults;
pub(crate) use library::Library;
pub(crate) use parts::{Part, parts};
pub(crate) use problem::Problem;
pub(crate) use secrets::Secrets;
pub use words::code_span;
pub(crate) use words::words;

use jsonschema::{Draft, PatternOptions};
use serde_json::Value;
use std::sync::OnceLock;

/// Formats that other descriptions use and that say nothing about text.
pub(crate) const UNCHECKED_FORMATS: [&str; 13] = [
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "uint", "float",
    "double", "password", "byte",
];
/// A compiled pattern is at most this large, in bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// A schema that compiled once, at load, kept as text until an invocation needs it: of a large catalog most operations
/// are never called, and a compiled schema takes many times its text.
#[derive(Debug)]
pub(crate) struct Resting {
    text: Box<str>,
    awake: OnceLock<Validator>,
}

impl Resting {
    /// The schema itself.
    pub(crate) fn schema(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The compiled schema; the first call compiles it.
    pub(crate) fn validator(&self) -> &Validator {
        self.awake.get_or_init(|| Validator::trusted(self.schema()))
    }
}

/// A compiled, self-contained schema.
#[derive(Clone, Debug)]
pub(crate) struct Validator {
    compiled: jsonschema::Validator,
    schema: Value,
}

impl Validator {
    /// Compiles a schema whose references all lead into itself.
    ///
    /// # Errors
    /// Where in the schema the fault is, and what it is.
    pub(crate) fn new(schema: Value) -> Result<Self, (String, String)> {
        let mut options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .offline()
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_SIZE));
        for format in UNCHECKED_FORMATS {
            options = options.with_format(format, |_: &str| true);
        }
        match options.build(&schema) {
            Ok(compiled) => Ok(Self { compiled, schema }),
            Err(error) => Err((error.instance_path().to_string(), problem::plain(&error))),
        }
    }

    /// Compiles a schema of the program's own, or one that compiled before.
    pub(crate) fn trusted(schema: Value) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "generated from our types, which a test compiles, or compiled at load"
        )]
        Self::new(schema)
            .map_err(|(at, what)| format!("{at}: {what}"))
            .expect("the schema is valid")
    }

    /// Lets the compiled form go until it is used.
    pub(crate) fn rest(self) -> Resting {
        Resting {
            text: self.schema.to_string().into(),
            awake: OnceLock::new(),
        }
    }

    pub(crate) fn schema(&self) -> &Value {
        &self.schema
    }

    pub(crate) fn into_schema(self) -> Value {
        self.schema
    }

    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.compiled.is_valid(value)
    }

    /// All that is wrong with a value, none of it with the value in the text.
    pub(crate) fn problems(&self, value: &Value, most: usize) -> Vec<Problem> {
        if self.is_valid(value) {
            return Vec::new();
        }
        let mut problems = Vec::new();
        for error in self.compiled.iter_errors(value).take(most) {
            problem::collect(&error, &self.schema, &mut problems);
        }
        problems.truncate(most);
        problems
    }
}
