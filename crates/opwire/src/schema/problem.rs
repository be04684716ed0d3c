//! What a value breaks of a schema, in words without the value.

use crate::error::Violation;
use crate::manifest::locate::escape;
use crate::manifest::nearest;
use crate::types::Type;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// Of the unknown keys of one object no more are told.
const MOST_KEYS: usize = 100;

/// One thing that is wrong with a value.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// A key that the schema doesn't have; the pointer leads to it.
    UnknownKey {
        pointer: String,
        key: String,
        known: Vec<String>,
    },
    /// A key that must be there; the pointer leads to where it should stand.
    MissingKey { pointer: String, key: String },
    Other {
        pointer: String,
        keyword: String,
        message: String,
    },
}

impl From<Problem> for Violation {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::UnknownKey {
                pointer,
                key,
                known,
            } => {
                let near = nearest(&key, known.iter().map(String::as_str));
                let message = match near {
                    Some(near) => format!("there is no `{key}`; did you mean `{near}`?"),
                    None if known.is_empty() => format!("there is no `{key}`"),
                    None => format!("there is no `{key}`; there is {}", some_of(&known)),
                };
                Self::new(pointer, "additionalProperties", message)
            }
            Problem::MissingKey { pointer, key } => {
                Self::new(pointer, "required", format!("`{key}` is missing"))
            }
            Problem::Other {
                pointer,
                keyword,
                message,
            } => Self::new(pointer, keyword, message),
        }
    }
}

fn some_of(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
    let more = if names.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", shown.join(", "))
}

/// Turns one error of the validator into problems.
pub(super) fn collect(error: &ValidationError<'_>, schema: &Value, into: &mut Vec<Problem>) {
    let pointer = error.instance_path().to_string();
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let known = known(schema, &pointer);
            for key in unexpected.iter().take(MOST_KEYS) {
                into.push(Problem::UnknownKey {
                    pointer: format!("{pointer}/{}", escape(key)),
                    key: short(key),
                    known: known.clone(),
                });
            }
        }
        Kind::Required { property } => {
            let key = property.as_str().unwrap_or_default().to_owned();
            into.push(Problem::MissingKey { pointer, key });
        }
        // A union of forms: the branch that got furthest says most.
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let branch = nearest_branch(context, pointer.len());
            match branch {
                Some(errors) => errors.iter().for_each(|error| collect(error, schema, into)),
                None => into.push(Problem::Other {
                    message: forms(context),
                    keyword: error.kind().keyword().to_owned(),
                    pointer,
                }),
            }
        }
        kind => into.push(Problem::Other {
            keyword: kind.keyword().to_owned(),
            message: plain(error),
            pointer,
        }),
    }
}

/// The one branch whose form the value has, so that only something in it is wrong.
fn nearest_branch<'a>(
    context: &'a [Vec<ValidationError<'static>>],
    depth: usize,
) -> Option<&'a [ValidationError<'static>]> {
    let other_form = |error: &ValidationError<'_>| {
        error.instance_path().to_string().len() == depth
            && matches!(error.kind(), Kind::Type { .. } | Kind::Constant { .. })
    };
    let mut fitting = context
        .iter()
        .filter(|errors| !errors.is_empty() && !errors.iter().any(other_form));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn forms(context: &[Vec<ValidationError<'static>>]) -> String {
    let mut each: Vec<String> = Vec::new();
    for branch in context {
        let text = branch.iter().map(plain).collect::<Vec<_>>().join(" and ");
        if !text.is_empty() && !each.contains(&text) {
            each.push(text);
        }
    }
    format!("fits none of the allowed forms: {}", each.join("; or "))
}

/// The names that may stand in the object at a pointer.
fn known(schema: &Value, pointer: &str) -> Vec<String> {
    let mut of = Type::of_schema(schema);
    for token in pointer.split('/').skip(1) {
        let name = token.replace("~1", "/").replace("~0", "~");
        of = match of.child(&name) {
            Ok(next) => next,
            Err(_) => return Vec::new(),
        };
    }
    of.child("\u{0}").err().unwrap_or_default()
}

/// A key of the input may be anything: what is shown of it is short.
fn short(key: &str) -> String {
    let mut text: String = key.chars().take(64).collect();
    if text.len() < key.len() {
        text.push('…');
    }
    text
}

/// What is wrong, without the value.
pub(super) fn plain(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Type {
            kind: TypeKind::Single(one),
        } => format!("must be {}", article(&one.to_string())),
        Kind::Type {
            kind: TypeKind::Multiple(several),
        } => {
            let names: Vec<String> = several.iter().map(|t| article(&t.to_string())).collect();
            format!("must be {}", names.join(" or "))
        }
        Kind::Required { property } => {
            format!("`{}` is missing", property.as_str().unwrap_or_default())
        }
        Kind::Enum { options } => format!("must be one of {}", list(options)),
        Kind::Constant { expected_value } => format!("must be {expected_value}"),
        Kind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::MinProperties { limit } => format!("must have at least {limit} keys"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} keys"),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::Pattern { pattern } => format!("must match {pattern}"),
        Kind::Format { format } => format!("must be a valid {format}"),
        Kind::UniqueItems => "must not have an item twice".to_owned(),
        Kind::FalseSchema => "can't stand here".to_owned(),
        Kind::Not { .. } => "has a form that is ruled out".to_owned(),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => forms(context),
        Kind::OneOfMultipleValid { .. } => {
            "fits more than one of the forms, and must fit just one".to_owned()
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let names: Vec<String> = unexpected
                .iter()
                .map(|key| format!("`{}`", short(key)))
                .collect();
            format!("can't have {}", names.join(", "))
        }
        // The key is the value here, and would be told whole.
        Kind::PropertyNames { error } => {
            let key = error.instance().as_str().unwrap_or_default();
            format!("the key `{}` {}", short(key), plain(error))
        }
        _ => error.masked_with("the value").to_string(),
    }
}

fn article(name: &str) -> String {
    match name {
        "null" => "null".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "an object".to_owned(),
        "integer" => "an integer".to_owned(),
        "string" => "text".to_owned(),
        other => format!("a {other}"),
    }
}

fn list(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let shown: Vec<String> = options.iter().take(20).map(Value::to_string).collect();
    let more = if options.len() > 20 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Validator;
    use serde_json::json;

    #[test]
    fn of_a_wrong_key_no_more_than_its_beginning_is_told() {
        let schema = json!({"propertyNames": {"maxLength": 80, "pattern": "^[a-z]+$"}});
        let validator = Validator::new(schema).unwrap();
        let told = |key: &str| -> Vec<(String, String)> {
            let problems = validator.problems(&json!({ key: 1 }), 10).into_iter();
            let told = problems.filter_map(|problem| match problem {
                Problem::Other {
                    pointer, message, ..
                } => Some((pointer, message)),
                _ => None,
            });
            told.collect()
        };
        assert_eq!(told("abc"), []);
        let wrong = |message: String| vec![(String::new(), message)];
        assert_eq!(
            told("a[b]"),
            wrong("the key `a[b]` must match ^[a-z]+$".to_owned())
        );
        let shown = "x".repeat(64);
        assert_eq!(
            told(&"x".repeat(100_000)),
            wrong(format!(
                "the key `{shown}…` must have at most 80 characters"
            ))
        );
    }
}
