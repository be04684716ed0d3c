//! The documentation of a connector's operations, as one page of Markdown.
//!
//! The page has the form of a catalogue of sample payloads: main operations and those that fill drop-downs, each with
//! its fields, a sample input and the output that the example gives. It is the same whenever it is written.

mod markdown;

use crate::example::{Example, ExampleError};
use crate::transcript::Transcript;
use markdown::{Anchors, paragraphs, table, text};
use opwire::manifest::{Idempotency, Kind};
use opwire::{Catalog, Connector, Field, Operation, code_span as code};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Writes the page of a connector.
///
/// Credentials stand in samples as `your_<name>_here`.
///
/// # Errors
/// When an example can't be read or run.
pub async fn page(catalog: &Catalog, connector: &Connector) -> Result<String, ExampleError> {
    let own = catalog
        .operations()
        .filter(|it| it.connector().name() == connector.name());
    let mut operations: Vec<Arc<Operation>> = own.cloned().collect();
    operations.sort_by_cached_key(|it| {
        (
            it.kind() == Kind::Ddl,
            it.title().to_lowercase(),
            it.name().to_owned(),
        )
    });
    let page = Page::new(connector, &operations);
    let mut written = page.head();
    let mut kind = None;
    for operation in &operations {
        if kind != Some(operation.kind()) {
            kind = Some(operation.kind());
            written.push_str(&format!("\n## {}\n", section(operation.kind())));
        }
        written.push_str(&page.operation(operation));
        written.push_str(&samples(catalog, operation).await?);
    }
    Ok(written)
}

fn section(kind: Kind) -> &'static str {
    match kind {
        Kind::Ddl => "DDL operations",
        _ => "Main operations",
    }
}

struct Page<'a> {
    connector: &'a Connector,
    operations: &'a [Arc<Operation>],
    /// Operation (its name within the connector) → anchor.
    anchors: BTreeMap<String, String>,
    /// Anchors of the page's own sections.
    sections: BTreeMap<&'static str, String>,
    /// DDL operation → the operations that have fields which it fills.
    filled: BTreeMap<String, Vec<&'a Operation>>,
}

impl<'a> Page<'a> {
    fn new(connector: &'a Connector, operations: &'a [Arc<Operation>]) -> Self {
        let mut page = Self {
            connector,
            operations,
            anchors: BTreeMap::new(),
            sections: BTreeMap::new(),
            filled: BTreeMap::new(),
        };
        // In the order of the page's headings: the second of a name gets a number.
        let mut anchors = Anchors::default();
        anchors.next(&page.title());
        let mut section_of = |name: &'static str, anchors: &mut Anchors| {
            let anchor = anchors.next(name);
            page.sections.insert(name, anchor);
        };
        if connector.credential_names().next().is_some() {
            section_of("Credentials", &mut anchors);
        }
        if connector.manifest().get("errors").is_some() {
            section_of("Errors", &mut anchors);
        }
        section_of("Contents", &mut anchors);
        let mut kind = None;
        for operation in operations {
            if kind != Some(operation.kind()) {
                kind = Some(operation.kind());
                section_of(section(operation.kind()), &mut anchors);
            }
            let anchor = anchors.next(operation.title());
            page.anchors.insert(operation.id().to_owned(), anchor);
            for link in operation.option_links() {
                let filled = page.filled.entry(link.operation.clone()).or_default();
                if !filled.iter().any(|known| known.id() == operation.id()) {
                    filled.push(operation);
                }
            }
        }
        page
    }

    fn title(&self) -> String {
        format!("{} operations (sample payloads)", self.connector.title())
    }

    fn head(&self) -> String {
        let connector = self.connector;
        let mut head = format!(
            "<!-- Written by `opwire docs {}`: change the manifests, not this page. -->\n\n# {}\n\n{}\n\nRequests go to {}.\n",
            connector.name(),
            text(&self.title()),
            paragraphs(connector.description()),
            code(connector.base_url()),
        );
        if self.sections.contains_key("Credentials") {
            head.push_str("\n## Credentials\n\n");
            head.push_str(&self.credentials());
        }
        if let Some(rules) = connector.manifest().get("errors") {
            head.push_str(
                "\n## Errors\n\nThe first row whose status fits says how a refusal is told.\n\n",
            );
            head.push_str(&errors(rules));
        }
        head.push_str("\n## Contents\n");
        let mut kind = None;
        for operation in self.operations {
            if kind != Some(operation.kind()) {
                kind = Some(operation.kind());
                let name = section(operation.kind());
                let anchor = self.sections.get(name).map_or("", String::as_str);
                head.push_str(&format!("\n[{name}](#{anchor})\n\n"));
            }
            head.push_str(&format!("- {}\n", self.link(operation)));
        }
        head
    }

    fn link(&self, operation: &Operation) -> String {
        let anchor = self.anchors.get(operation.id()).map_or("", String::as_str);
        format!("[{}](#{anchor})", text(operation.title()))
    }

    fn credentials(&self) -> String {
        let manifest = self.connector.manifest();
        let said = |name: &str, key: &str| {
            let properties = manifest.pointer("/credentials/properties");
            let text = properties.and_then(|all| all.get(name)?.get(key)?.as_str());
            text.map(str::to_owned)
        };
        let names = self.connector.credential_names();
        let rows: Vec<Vec<String>> = names
            .map(|name| {
                let about = said(name, "description").or_else(|| said(name, "title"));
                vec![code(name), text(&about.unwrap_or_default())]
            })
            .collect();
        let mut written =
            "They stand at the top level of an input, or come from the program that embeds the engine.\n\n"
                .to_owned();
        written.push_str(&table(&["name", "description"], &rows));
        let sets = self.connector.enough_credentials();
        let sets: Vec<String> = sets
            .iter()
            .filter(|set| !set.is_empty())
            .map(|set| and(&set.iter().map(|name| code(name)).collect::<Vec<_>>()))
            .collect();
        if !sets.is_empty() {
            written.push_str(&format!("\nA call needs {}.\n", sets.join(", or ")));
        }
        written
    }

    fn operation(&self, operation: &Operation) -> String {
        let mut written = format!(
            "\n### {}\n\n{}\n\n",
            text(operation.title()),
            paragraphs(operation.description())
        );
        let mut facts = vec![code(operation.name())];
        match (operation.method(), operation.path()) {
            (Some("dynamic"), _) => facts.push("the input says what is requested".to_owned()),
            (Some(method), Some(path)) => facts.push(code(&format!("{method} {path}"))),
            _ => facts.push("nothing is sent".to_owned()),
        }
        facts.push(format!("effect: {}", operation.effect()));
        written.push_str(&facts.join(" · "));
        written.push('\n');
        let notes = self.notes(operation);
        if !notes.is_empty() {
            written.push_str(&format!("\n{}\n", notes.join(" ")));
        }
        let rows: Vec<Vec<String>> = operation
            .fields()
            .iter()
            .map(|field| self.field(field))
            .collect();
        if !rows.is_empty() {
            let head = ["field", "type", "required", "description"];
            written.push_str(&format!("\n**Input**\n\n{}", table(&head, &rows)));
        }
        if let Some(rules) = operation.manifest().get("errors") {
            written.push_str(&format!("\n**Errors of its own**\n\n{}", errors(rules)));
        }
        written
    }

    /// What a caller should know beside the input.
    fn notes(&self, operation: &Operation) -> Vec<String> {
        let mut notes = Vec::new();
        match operation.idempotency() {
            Idempotency::Header(name) => notes.push(format!("A call can be made again: a key in the header {} tells the service that it is the same one.", code(name))),
            Idempotency::Body(name) => notes.push(format!("A call can be made again: a key in {} of the body tells the service that it is the same one.", code(name))),
            _ => {}
        }
        if operation.collects() {
            let most = operation
                .manifest()
                .pointer("/pagination/collect")
                .and_then(Value::as_u64);
            let most = most
                .map(|most| format!(", until {most} items are in"))
                .unwrap_or_default();
            notes.push(format!("A call walks the pages by itself{most}."));
        } else if operation.paginated() {
            notes.push("A call gives one page; the others can be walked.".to_owned());
        }
        if let Some(pointers) = operation
            .options_pointers()
            .filter(|it| **it != opwire::manifest::OptionsPointers::default())
        {
            notes.push(format!(
                "The choices are the items at {}; of each, {} is the label and {} the value.",
                code(&pointers.items),
                code(&pointers.label),
                code(&pointers.value)
            ));
        }
        if let Some(filled) = self.filled.get(operation.id()) {
            let links: Vec<String> = filled.iter().map(|it| self.link(it)).collect();
            notes.push(format!("It fills fields of {}.", and(&links)));
        }
        notes
    }

    fn field(&self, field: &Field) -> Vec<String> {
        let about = field.description.as_ref().or(field.title.as_ref());
        let mut about: Vec<String> = about.map(|about| text(about)).into_iter().collect();
        if let Some(default) = &field.default {
            about.push(format!("Default: {}.", code(&default.to_string())));
        }
        if !field.choices.is_empty() {
            let by_id = |id: &String| self.operations.iter().find(|it| it.id() == id);
            let links = field
                .choices
                .iter()
                .map(|id| by_id(id).map_or_else(|| code(id), |it| self.link(it)));
            about.push(format!(
                "Choices: {}.",
                links.collect::<Vec<_>>().join(", ")
            ));
        }
        let required = if field.required { "yes" } else { "" };
        vec![
            code(&field.path),
            field.accepts.clone(),
            required.to_owned(),
            about.join(" "),
        ]
    }
}

/// Rules by which refusals become errors.
fn errors(rules: &Value) -> String {
    let row = |rule: &Value| {
        let status = match rule.pointer("/when/status") {
            Some(Value::Array(several)) => several.iter().map(plain).collect::<Vec<_>>().join(", "),
            one => one.map(plain).unwrap_or_default(),
        };
        let told = |key: &str| match rule.get(key) {
            None => String::new(),
            Some(Value::String(literal)) if !literal.contains("{{") && key == "code" => {
                code(literal)
            }
            Some(Value::String(literal)) if !literal.contains("{{") => text(literal),
            Some(_) => "the service's".to_owned(),
        };
        let fields = if rule.get("fields").is_some() {
            "the service's"
        } else {
            ""
        };
        vec![status, told("code"), told("message"), fields.to_owned()]
    };
    let rows: Vec<Vec<String>> = rules.as_array().into_iter().flatten().map(row).collect();
    table(&["status", "code", "message", "wrong fields"], &rows)
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// `a, b and c`
fn and(each: &[String]) -> String {
    match each.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

/// The sample input, and the output that the example gives.
async fn samples(catalog: &Catalog, operation: &Operation) -> Result<String, ExampleError> {
    let examples = Example::for_operation(operation)?;
    let Some(example) = examples.first() else {
        return Ok(String::new());
    };
    let mut input = example.input_with_names(operation.connector());
    if let Some(map) = input.as_object_mut() {
        // They stand first, wherever the example has them.
        for (index, name) in operation.connector().usual_credentials().enumerate() {
            map.shift_insert(index, name.to_owned(), Value::Null);
        }
    }
    for field in operation.fields().iter().filter(|field| field.secret) {
        let name = field
            .path
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .trim_end_matches("[]");
        let tokens: Vec<&str> = field.pointer.split('/').skip(1).collect();
        replace(&mut input, &tokens, &format!("your_{name}_here"));
    }
    let transcript = Transcript::of(catalog, example).await?;
    let output = transcript.outputs().first().map(|output| match output {
        Ok(output) => output.to_value(),
        Err(error) => serde_json::to_value(error).unwrap_or_default(),
    });
    let block = |value: &Value| format!("```json\n{}\n```\n", pretty(value));
    Ok(format!(
        "\n**Sample Input**\n\n{}\n**Sample Output**\n\n{}",
        block(&input),
        block(&output.unwrap_or_default())
    ))
}

/// Puts a text in the place of what is there: `0` is any item of a list, `*` any key.
fn replace(value: &mut Value, tokens: &[&str], text: &str) {
    let Some((token, rest)) = tokens.split_first() else {
        *value = json!(text);
        return;
    };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, rest, text)),
        Value::Object(map) if *token == "*" => map
            .values_mut()
            .for_each(|value| replace(value, rest, text)),
        Value::Object(map) => {
            let name = token.replace("~1", "/").replace("~0", "~");
            if let Some(value) = map.get_mut(&name) {
                replace(value, rest, text);
            }
        }
        _ => {}
    }
}

/// JSON indented by four spaces.
fn pretty(value: &Value) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => value.to_string(),
    }
}
