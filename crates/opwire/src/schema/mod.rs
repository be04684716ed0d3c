//! JSON Schema (2020-12): the one place that knows the validator's crate.

mod bundle;
mod defaults;
mod problem;

pub(crate) use bundle::{Bundle, Documents};
pub(crate) use defaults::Defaults;
pub(crate) use problem::Problem;

use jsonschema::{Draft, PatternOptions};
use serde_json::Value;

/// Formats that other descriptions use and that say nothing about text.
const UNCHECKED_FORMATS: [&str; 12] = [
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint", "float", "double",
    "password", "byte",
];
/// A compiled pattern is at most this large, in bytes.
const PATTERN_SIZE: usize = 1 << 20;

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

    /// Compiles a schema of the program's own.
    pub(crate) fn trusted(schema: &Value) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "generated from our types; a test compiles it"
        )]
        Self::new(schema.clone())
            .map_err(|(at, what)| format!("{at}: {what}"))
            .expect("a generated schema is valid")
    }

    pub(crate) fn schema(&self) -> &Value {
        &self.schema
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
