//! The body of a request: as inputs of their own where it is an object, else as one.

use super::fields::{self, Fields};
use super::inputs::{Input, Origin};
use super::styles::{self, Style, Styles};
use crate::names;
use crate::read::model::{Body, Layout, ListLayout, Media, ObjectLayout};
use crate::schema::shelf::Shelf;
use crate::schema::{BINARY, Converter, Kinds, clean};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Urlencoded,
    Multipart,
    Text,
    Bytes,
}

/// The body before shared schemas have settled.
#[derive(Debug)]
pub(crate) struct BodyDraft {
    pub(crate) at: String,
    pub(crate) form: Form,
    required: bool,
    description: Option<String>,
    /// Where it isn't the form's usual one.
    pub(crate) content_type: Option<String>,
    pub(crate) schema: Value,
    pub(crate) examples: Vec<Value>,
    encoding: Vec<(String, crate::read::model::Encoding)>,
}

/// The body, and what it adds to the input.
#[derive(Debug, Default)]
pub(crate) struct BodyPlan {
    /// Inputs of the body's own.
    pub(crate) inputs: Vec<Input>,
    /// The one input that is the whole body.
    pub(crate) whole: Option<String>,
    /// A shared schema whose properties are the body's.
    pub(crate) shared: Option<Value>,
    pub(crate) fields: Fields,
    /// What a form needs.
    pub(crate) styles: Styles,
}

/// Chooses among the media types: JSON, then forms, then text, then bytes.
pub(super) fn choose(converter: Converter<'_, '_>, body: &Body<'_>) -> Option<BodyDraft> {
    let rank = |media: &&Media<'_>| match form(&media.kind) {
        _ if media.kind == "application/json" => 0,
        Form::Json => 1,
        Form::Urlencoded => 2,
        Form::Multipart => 3,
        Form::Text => 4,
        Form::Bytes => 5,
    };
    let media = body.media.iter().min_by_key(rank)?;
    let form = form(&media.kind);
    let usual = match form {
        Form::Json => {
            media.kind == "application/json"
                || media.kind.contains('*')
                || media.kind == "text/json"
        }
        Form::Urlencoded | Form::Multipart => true,
        Form::Text => media.kind == "text/plain",
        Form::Bytes => media.kind == "application/octet-stream" || media.kind.contains('*'),
    };
    let schema = media
        .schema
        .as_ref()
        .map(|schema| converter.convert(schema));
    let schema = schema.filter(Value::is_object).unwrap_or_else(|| json!({}));
    // Bytes that no media type tells of.
    let form = if schema.get(BINARY).is_some() && form != Form::Multipart {
        Form::Bytes
    } else {
        form
    };
    Some(BodyDraft {
        at: media.at.clone(),
        form,
        required: body.required,
        description: body.description.as_deref().and_then(clean),
        content_type: (!usual && !media.kind.contains('*')).then(|| media.kind.clone()),
        schema,
        examples: media.examples.clone(),
        encoding: media.encoding.clone(),
    })
}

fn form(kind: &str) -> Form {
    match kind {
        "application/x-www-form-urlencoded" => Form::Urlencoded,
        "*/*" | "application/*" | "" => Form::Json,
        kind if kind.contains("json") && !kind.contains("jsonl") && !kind.contains("ndjson") => {
            Form::Json
        }
        kind if kind.starts_with("multipart/") => Form::Multipart,
        kind if kind.starts_with("text/")
            || kind.contains("xml")
            || kind.contains("yaml")
            || kind.contains("jsonl")
            || kind.contains("ndjson") =>
        {
            Form::Text
        }
        _ => Form::Bytes,
    }
}

/// The plan of a body: `taken` are the names of the other inputs; `shared` whether others have the same body.
pub(super) fn plan(
    shelf: &Shelf<'_, '_>,
    draft: &BodyDraft,
    taken: &[&str],
    shared: bool,
    warn: &dyn Fn(&str, String),
) -> BodyPlan {
    let parts = matches!(draft.form, Form::Json | Form::Urlencoded | Form::Multipart);
    let fields = parts.then(|| fields::of(shelf, &draft.schema)).flatten();
    let clash = |fields: &Fields| {
        fields
            .properties
            .iter()
            .any(|(name, _)| taken.contains(&name.as_str()))
    };
    let Some(mut fields) = fields.filter(|fields| !clash(fields)) else {
        return whole(shelf, draft, taken, warn);
    };
    for lost in &fields.lost {
        warn(
            &draft.at,
            format!("`{lost}` of the body can't be expressed for the input"),
        );
    }
    if !draft.required && !fields.required.is_empty() {
        warn(
            &draft.at,
            "that the body may be left out can't be expressed: what it must hold must be given"
                .to_owned(),
        );
    }
    if draft.form != Form::Json {
        fields.open = None;
    }
    let mut inputs: Vec<Input> = fields
        .properties
        .iter()
        .map(|(name, schema)| field(draft, name, schema, &fields))
        .collect();
    if draft.form == Form::Multipart {
        // Each part is read by its name.
        let mut taken: BTreeSet<String> = taken.iter().map(|name| (*name).to_owned()).collect();
        for input in &mut inputs {
            input.name = names::unique(&names::of_input(&input.wire), &mut taken);
        }
    }
    let styles = if draft.form == Form::Urlencoded {
        form_styles(shelf, draft, &inputs, warn)
    } else {
        Styles::default()
    };
    let reference = draft
        .schema
        .get("$ref")
        .filter(|_| draft.schema.as_object().is_some_and(|map| map.len() == 1));
    let whole_object = !fields.closed || taken.is_empty();
    let read_only = fields.properties.len() != all_properties(shelf, &draft.schema);
    let shared = reference.filter(|_| {
        shared
            && draft.form != Form::Multipart
            && whole_object
            && !read_only
            && fields.lost.is_empty()
            && fields.sets.is_empty()
    });
    BodyPlan {
        inputs,
        whole: None,
        shared: shared.map(|_| draft.schema.clone()),
        fields,
        styles,
    }
}

/// How many properties the target of a reference has by itself.
fn all_properties(shelf: &Shelf<'_, '_>, schema: &Value) -> usize {
    let properties = shelf
        .resolve(schema)
        .get("properties")
        .and_then(Value::as_object);
    properties.map_or(0, serde_json::Map::len)
}

fn field(draft: &BodyDraft, name: &str, schema: &Value, fields: &Fields) -> Input {
    let encoding = draft
        .encoding
        .iter()
        .find(|(of, _)| of == name)
        .map(|(_, encoding)| encoding);
    let json = encoding
        .and_then(|encoding| encoding.content_type.as_deref())
        .is_some_and(|kind| kind.contains("json"));
    let usual = Layout {
        lists: if json {
            ListLayout::Json
        } else {
            ListLayout::Repeat
        },
        objects: if json {
            ObjectLayout::Json
        } else {
            ObjectLayout::Brackets
        },
    };
    let examples = draft
        .examples
        .iter()
        .filter_map(|example| example.get(name).cloned());
    let schema = match schema {
        Value::Object(_) => schema.clone(),
        _ => json!({}),
    };
    Input {
        at: draft.at.clone(),
        name: name.to_owned(),
        wire: name.to_owned(),
        origin: Origin::Body,
        required: fields.required.iter().any(|required| required == name),
        schema,
        layout: encoding
            .and_then(|encoding| encoding.layout)
            .unwrap_or(usual),
        examples: examples.collect(),
        default: None,
    }
}

/// The styles of a form: one for all its lists, one for all its objects.
fn form_styles(
    shelf: &Shelf<'_, '_>,
    draft: &BodyDraft,
    inputs: &[Input],
    warn: &dyn Fn(&str, String),
) -> Styles {
    let mut each = Vec::new();
    for input in inputs {
        let mut input = input.clone();
        // In a form a member keeps its object's name.
        if input.layout.objects == ObjectLayout::Spread {
            input.layout.objects = ObjectLayout::Brackets;
        }
        each.push((styles::of(shelf, &input, warn).1, input));
    }
    let all: Vec<Styles> = each.iter().map(|(styles, _)| *styles).collect();
    let mut styles = styles::majority(&all);
    // Only these can lay out lists of objects.
    for style in [Style::Brackets, Style::Json] {
        if all.iter().any(|styles| styles.arrays == Some(style)) {
            styles.arrays = Some(style);
        }
    }
    for (own, input) in each {
        let asked = draft
            .encoding
            .iter()
            .any(|(name, encoding)| *name == input.wire && encoding.layout.is_some());
        if asked && !own.within(styles) {
            warn(
                &input.at,
                format!(
                    "`{}` is laid out like the other fields of the form",
                    input.wire
                ),
            );
        }
    }
    styles
}

/// The body as one input.
fn whole(
    shelf: &Shelf<'_, '_>,
    draft: &BodyDraft,
    taken: &[&str],
    warn: &dyn Fn(&str, String),
) -> BodyPlan {
    let names = ["body", "request_body", "content"];
    let name = names
        .iter()
        .find(|name| !taken.contains(name))
        .unwrap_or(&"whole_body");
    let mut schema = draft.schema.clone();
    let kinds = shelf.kinds(&schema);
    match draft.form {
        Form::Urlencoded if kinds == Kinds::ANY || !kinds.only(Kinds::OBJECT) => {
            schema = json!({ "type": "object" });
        }
        Form::Multipart => {
            let message = "the parts are not described: a list of {name, value} and {name, filename, content_type, base64} is taken";
            warn(&draft.at, message.to_owned());
            let part = json!({ "type": "object", "required": ["name"] });
            schema = json!({ "type": "array", "minItems": 1, "items": part });
        }
        Form::Text if !kinds.only(Kinds::TEXT) => schema = json!({ "type": "string" }),
        Form::Bytes => {
            schema = json!({ "type": "string", "contentEncoding": "base64", BINARY: true });
        }
        Form::Json | Form::Urlencoded | Form::Text => {}
    }
    if let (Some(text), Some(map)) = (&draft.description, schema.as_object_mut()) {
        map.entry("description").or_insert_with(|| json!(text));
    }
    let input = Input {
        at: draft.at.clone(),
        name: (*name).to_owned(),
        wire: (*name).to_owned(),
        origin: Origin::Body,
        required: draft.required || draft.form == Form::Multipart,
        schema,
        layout: Layout {
            lists: ListLayout::Repeat,
            objects: ObjectLayout::Brackets,
        },
        examples: draft.examples.clone(),
        default: None,
    };
    let styles = if draft.form == Form::Urlencoded {
        Styles {
            arrays: Some(Style::Brackets),
            objects: Some(Style::Brackets),
        }
    } else {
        Styles::default()
    };
    BodyPlan {
        whole: Some((*name).to_owned()),
        inputs: vec![input],
        shared: None,
        fields: Fields::default(),
        styles,
    }
}
