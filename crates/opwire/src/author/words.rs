//! What operators, roots and keywords are for, in a sentence each.

/// Operators of templates: the name, what it is for, and the heads beside which it stands (none: it is a head).
pub(super) const OPERATORS: [(&str, &str, &[&str]); 14] = [
    (
        "$each",
        "A list: the template under `$map` for each item of this list. `$as` names the item, `$where` passes items over.",
        &[],
    ),
    (
        "$as",
        "The name of an item in `$where` and `$map`. Default `item`.",
        &["$each"],
    ),
    (
        "$where",
        "The condition that an item must meet. It fails when it is missing, null or false.",
        &["$each"],
    ),
    (
        "$map",
        "The template for each item. Without it the item itself is given.",
        &["$each"],
    ),
    (
        "$if",
        "One of two templates: `$then` when the condition is met, else `$else`. A condition fails when it is missing, null or false.",
        &[],
    ),
    (
        "$then",
        "The template for a condition that is met.",
        &["$if"],
    ),
    (
        "$else",
        "The template for a condition that is not met. Without it: missing.",
        &["$if"],
    ),
    (
        "$switch",
        "The template under the value's name in `$cases`, else `$default`.",
        &[],
    ),
    (
        "$cases",
        "Templates by the name of the value.",
        &["$switch"],
    ),
    (
        "$default",
        "The template for a value that has no case. Without it: missing.",
        &["$switch"],
    ),
    ("$concat", "One list of several.", &[]),
    (
        "$pairs",
        "A list of `{key, value}` as parameters, headers or fields in that order, repeats kept.",
        &[],
    ),
    (
        "$spread",
        "The keys of an object in this place. A key that is written out wins.",
        &["{}"],
    ),
    (
        "$omit_empty",
        "`true` drops the keys of this mapping whose value is `[]`, `{}` or `\"\"`.",
        &["{}"],
    ),
];

/// What paths begin with.
pub(super) const ROOTS: [(&str, &str); 5] = [
    (
        "input",
        "What the operation is invoked with, defaults filled in.",
    ),
    ("response", "The service's reply."),
    (
        "next",
        "What leads to the next page: what the paginator's `next` gave.",
    ),
    ("items", "The items of all pages that were walked."),
    (
        "credentials",
        "What the connection holds. It can be read in `auth` alone.",
    ),
];

/// The parts of a reply.
pub(super) const REPLY: [(&str, &str, &str); 4] = [
    ("status", "an integer", "The HTTP status."),
    (
        "headers",
        "an object",
        "The headers, by their names in lower case.",
    ),
    ("body", "", "The decoded body."),
    ("text", "text", "The body as text."),
];

/// Keywords of JSON Schema, and Opwire's own.
pub(super) const KEYWORDS: [(&str, &str); 46] = [
    ("title", "The name for people."),
    ("description", "What it is, for people."),
    (
        "type",
        "The kinds of value: string, integer, number, boolean, array, object, null, or a list of these.",
    ),
    ("properties", "Schemas of an object's keys, by name."),
    ("required", "The keys that an object must have."),
    (
        "additionalProperties",
        "The schema of other keys; `false` refuses them.",
    ),
    ("items", "The schema of a list's items."),
    ("enum", "The only values that there are."),
    ("const", "The only value that there is."),
    (
        "default",
        "The value that is filled in where there is none.",
    ),
    ("examples", "Values as they may come."),
    (
        "format",
        "The form of a text: date-time, date, email, uri, uuid …",
    ),
    (
        "$ref",
        "The schema that stands elsewhere: `connector.yaml#/$defs/id`, `schemas/person.yaml#/$defs/one`, `#/$defs/own`.",
    ),
    (
        "x-options",
        "The operation that fills the field's drop-down: `{operation, input, when}`, or a list of such.",
    ),
    (
        "x-secret",
        "`true`: the value is shown as a name and taken out of every error.",
    ),
    ("minLength", "The fewest characters."),
    ("maxLength", "The most characters."),
    (
        "pattern",
        "A regular expression that the text must match somewhere.",
    ),
    ("minimum", "The least number."),
    ("maximum", "The greatest number."),
    ("exclusiveMinimum", "The number must be more than this."),
    ("exclusiveMaximum", "The number must be less than this."),
    ("multipleOf", "The number is a multiple of this."),
    ("minItems", "The fewest items."),
    ("maxItems", "The most items."),
    ("uniqueItems", "`true`: no item stands twice."),
    ("prefixItems", "Schemas of the first items, in order."),
    ("contains", "The schema that at least one item fits."),
    ("minProperties", "The fewest keys."),
    ("maxProperties", "The most keys."),
    (
        "patternProperties",
        "Schemas of keys, by a regular expression for the name.",
    ),
    ("propertyNames", "The schema of the keys' names."),
    (
        "unevaluatedProperties",
        "The schema of keys that no schema here or referred to names; `false` refuses them.",
    ),
    (
        "dependentRequired",
        "The keys that must be there when another is.",
    ),
    (
        "dependentSchemas",
        "Schemas of the object, for when it has a key.",
    ),
    ("allOf", "Every one of these schemas fits."),
    ("anyOf", "At least one of these schemas fits."),
    ("oneOf", "Exactly one of these schemas fits."),
    ("not", "The schema that must not fit."),
    ("if", "When this schema fits, so must `then`, else `else`."),
    ("then", "The schema for what fits `if`."),
    ("else", "The schema for what doesn't fit `if`."),
    ("deprecated", "`true`: it should not be used any more."),
    ("readOnly", "`true`: only the service sets it."),
    ("writeOnly", "`true`: the service never shows it."),
    ("$defs", "Schemas that others refer to, by name."),
];

/// Keys of an `x-options` entry.
pub(super) const OPTIONS: [(&str, &str); 3] = [
    (
        "operation",
        "The DDL of this connector that gives the choices.",
    ),
    (
        "input",
        "What the DDL is invoked with: templates over the partial input of this operation.",
    ),
    (
        "when",
        "The condition under which this entry is taken. Of several the first that holds.",
    ),
];

/// Kinds of bodies.
pub(super) const BODIES: [(&str, &str); 5] = [
    ("json", "Any template, sent as JSON."),
    (
        "form",
        "An object, sent as `application/x-www-form-urlencoded`.",
    ),
    (
        "multipart",
        "A list of `{name, value}` and `{name, filename, content_type, base64}`, sent as `multipart/form-data`.",
    ),
    ("text", "Text, sent as it is."),
    ("bytes", "Bytes, from text in base64."),
];

/// JSON Schema's names of kinds.
pub(super) const TYPES: [&str; 7] = [
    "string", "integer", "number", "boolean", "array", "object", "null",
];

/// Formats that are checked.
pub(super) const FORMATS: [&str; 14] = [
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "uuid",
    "regex",
    "json-pointer",
    "int64",
];

/// Keywords that take true or false.
pub(super) const SWITCHES: [&str; 5] = [
    "x-secret",
    "uniqueItems",
    "deprecated",
    "readOnly",
    "writeOnly",
];

/// The kinds that the helper `is` names.
pub(super) const KINDS: [&str; 7] = [
    "text", "number", "boolean", "list", "object", "null", "missing",
];

/// The sentence for a name.
pub(super) fn of(
    table: &'static [(&'static str, &'static str)],
    name: &str,
) -> Option<&'static str> {
    let mut rows = table.iter();
    rows.find(|(known, _)| *known == name)
        .map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::helpers::kinds_named;

    #[test]
    fn the_tables_are_the_languages() {
        let mut own: Vec<&str> = OPERATORS.iter().map(|(name, ..)| *name).collect();
        let mut known = crate::template::operators::OPERATORS.to_vec();
        own.sort_unstable();
        known.sort_unstable();
        assert_eq!(own, known);
        let bodies = BODIES.map(|(name, _)| name);
        assert_eq!(bodies, crate::request::BODY_KINDS);
        for (name, _) in KEYWORDS {
            assert!(
                name.starts_with("x-") || crate::check::is_keyword(name),
                "{name}"
            );
        }
        for name in KINDS {
            assert!(name == "missing" || kinds_named(name).is_some(), "{name}");
        }
    }
}
