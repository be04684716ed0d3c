//! Pages: recognised where a parameter and the shape of the reply both show them.

use super::inputs::{Input, Origin};
use super::reply::Reply;
use crate::names::is_identifier;
use crate::schema::Kinds;
use crate::schema::shelf::Shelf;
use serde_json::{Map, Value, json};

/// Where a reply says what comes next.
const META: [&str; 11] = [
    "",
    "meta",
    "metadata",
    "paging",
    "pagination",
    "page_info",
    "pageInfo",
    "page",
    "links",
    "_links",
    "response_metadata",
];
/// Where the items are, of those that hold a list.
const ITEMS: [&str; 14] = [
    "data",
    "items",
    "results",
    "records",
    "values",
    "entries",
    "list",
    "rows",
    "elements",
    "content",
    "objects",
    "result",
    "value",
    "resources",
];
const PAGE: [&str; 6] = [
    "page",
    "page_number",
    "pageNumber",
    "pageNo",
    "page_no",
    "p",
];
const CURSOR: [&str; 18] = [
    "cursor",
    "page_token",
    "pageToken",
    "next_token",
    "nextToken",
    "next_page_token",
    "nextPageToken",
    "next_cursor",
    "nextCursor",
    "continuation_token",
    "continuationToken",
    "starting_after",
    "after",
    "after_cursor",
    "page_cursor",
    "start_cursor",
    "next",
    "token",
];
const NEXT_CURSOR: [&str; 18] = [
    "next_cursor",
    "nextCursor",
    "next_page_token",
    "nextPageToken",
    "next_token",
    "nextToken",
    "next_page_cursor",
    "nextPageCursor",
    "continuation_token",
    "continuationToken",
    "end_cursor",
    "endCursor",
    "cursor",
    "after",
    "next",
    "next_page",
    "nextPage",
    "token",
];
const NEXT_PAGE: [&str; 4] = [
    "next_page",
    "nextPage",
    "next_page_number",
    "nextPageNumber",
];
const NEXT_URL: [&str; 7] = [
    "next",
    "next_url",
    "nextUrl",
    "next_page_url",
    "nextPageUrl",
    "next_page_uri",
    "nextLink",
];

/// A way to walk pages, with the name that it should have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Paginator {
    pub(crate) name: &'static str,
    pub(crate) manifest: Value,
}

/// What a reply's schema has, by path.
struct Shape<'s> {
    shelf: &'s Shelf<'s, 's>,
    schema: &'s Value,
}

impl<'s> Shape<'s> {
    fn at(&self, path: &[&str]) -> Option<&'s Value> {
        let mut schema = self.shelf.resolve(self.schema);
        for name in path {
            schema = self.shelf.resolve(property(self.shelf, schema, name, 0)?);
        }
        Some(schema)
    }

    /// The first of these names below one of the usual places that is of these kinds.
    fn find(&self, names: &[&'static str], kinds: Kinds) -> Option<(Vec<&'static str>, &'s Value)> {
        let at = |meta: &'static str, inner: &'static str, name: &'static str| {
            let path: Vec<&'static str> = [meta, inner, name]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect();
            let schema = self.at(&path)?;
            let own = self.shelf.kinds(schema);
            (own != Kinds::ANY && own.may(kinds) && own.only(kinds.or(Kinds::NULL)))
                .then_some((path, schema))
        };
        let places = META.iter().flat_map(|meta| {
            ["", "paging", "pagination", "cursors", "next"].map(|inner| (*meta, inner))
        });
        places
            .into_iter()
            .filter(|(meta, inner)| !meta.is_empty() || inner.is_empty())
            .find_map(|(meta, inner)| names.iter().find_map(|name| at(meta, inner, name)))
    }

    /// Where the list of items is, and the schema of one.
    fn items(&self) -> Option<(String, &'s Value)> {
        let root = self.shelf.resolve(self.schema);
        if self.shelf.kinds(root).only(Kinds::LIST) {
            return Some(("response.body".to_owned(), root));
        }
        let is_list = |schema: &Value| self.shelf.kinds(schema).only(Kinds::LIST.or(Kinds::NULL));
        let usual = ITEMS
            .iter()
            .find_map(|name| Some((*name, self.at(&[name]).filter(|schema| is_list(schema))?)));
        if let Some((name, schema)) = usual {
            return Some((format!("response.body.{name}"), schema));
        }
        let lists = properties(self.shelf, root);
        let mut lists = lists.into_iter().filter(|(_, schema)| is_list(schema));
        match (lists.next(), lists.next()) {
            (Some((name, schema)), None) if is_identifier(name) => {
                Some((format!("response.body.{name}"), self.shelf.resolve(schema)))
            }
            _ => None,
        }
    }
}

fn property<'s>(
    shelf: &'s Shelf<'s, 's>,
    schema: &'s Value,
    name: &str,
    depth: usize,
) -> Option<&'s Value> {
    if let Some(own) = schema.get("properties").and_then(|all| all.get(name)) {
        return Some(own);
    }
    let parts = schema
        .get("allOf")
        .and_then(Value::as_array)
        .filter(|_| depth < 4);
    parts?
        .iter()
        .find_map(|part| property(shelf, shelf.resolve(part), name, depth + 1))
}

fn properties<'s>(shelf: &'s Shelf<'s, 's>, schema: &'s Value) -> Vec<(&'s str, &'s Value)> {
    let own = schema.get("properties").and_then(Value::as_object);
    let mut all: Vec<(&str, &Value)> = own
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.as_str(), schema))
        .collect();
    for part in schema
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let part = shelf
            .resolve(part)
            .get("properties")
            .and_then(Value::as_object);
        all.extend(
            part.into_iter()
                .flatten()
                .map(|(name, schema)| (name.as_str(), schema)),
        );
    }
    all
}

/// The paginator of an operation; nothing where its pages are not recognised.
pub(super) fn of<'s>(
    shelf: &'s Shelf<'s, 's>,
    method: &str,
    inputs: &[Input],
    reply: &'s Reply,
    told: &str,
) -> Option<Paginator> {
    let schema = reply.schema.as_ref().filter(|_| method == "GET")?;
    let shape = Shape { shelf, schema };
    let (items, list) = shape.items()?;
    let parameter = |names: &[&str]| {
        let query = |input: &&Input| input.origin == Origin::Query && input.name == input.wire;
        names.iter().find_map(|name| {
            inputs
                .iter()
                .filter(query)
                .find(|input| input.wire == *name)
        })
    };
    let by = |name: &'static str, next: Value, request: Value| Paginator {
        name,
        manifest: json!({ "items": format!("{{{{{items}}}}}"), "next": next, "request": request }),
    };
    let query = |input: &Input, value: &str| {
        let mut query = Map::new();
        query.insert(input.wire.clone(), json!(value));
        json!({ "query": query })
    };
    let paged = parameter(&PAGE);
    if let (Some(input), Some((path, _))) = (paged, shape.find(&NEXT_PAGE, Kinds::INTEGER)) {
        return Some(by("pages", json!(hole(&path)), query(input, "{{next}}")));
    }
    let cursor = parameter(&CURSOR);
    if let Some((path, schema)) = shape.find(&NEXT_URL, Kinds::TEXT)
        && is_url(schema)
    {
        return Some(by(
            "next_url",
            text(&path, schema),
            json!({ "url": "{{next}}" }),
        ));
    }
    if let (Some(input), Some((path, schema))) = (cursor, shape.find(&NEXT_CURSOR, Kinds::TEXT)) {
        return Some(by("cursor", text(&path, schema), query(input, "{{next}}")));
    }
    if let (Some(input), Some((path, _))) = (
        parameter(&["starting_after", "after", "after_id", "last_id"]),
        shape.find(&["has_more", "hasMore"], Kinds::BOOLEAN),
    ) && has_id(shelf, list)
    {
        let next = json!({ "$if": hole(&path), "$then": format!("{{{{last {items}}}}}") });
        return Some(by("by_last_id", next, query(input, "{{next.id}}")));
    }
    let linked = reply.links || told.contains("rel=\"next\"") || told.contains("link header");
    if linked && (paged.is_some() || cursor.is_some()) {
        let next = json!("{{link response.headers.link 'next'}}");
        return Some(by("links", next, json!({ "url": "{{next}}" })));
    }
    let offset = parameter(&["offset", "skip", "start"]);
    counted(&shape, paged, offset, &by, &query)
}

/// Pages that are told by numbers: a page and how many there are, or an offset, a limit and the total.
fn counted(
    shape: &Shape<'_>,
    paged: Option<&Input>,
    offset: Option<&Input>,
    by: &dyn Fn(&'static str, Value, Value) -> Paginator,
    query: &dyn Fn(&Input, &str) -> Value,
) -> Option<Paginator> {
    let number = |names: &[&'static str]| {
        shape
            .find(names, Kinds::INTEGER)
            .map(|(path, _)| read(&path))
    };
    let total_pages = number(&[
        "total_pages",
        "totalPages",
        "page_count",
        "pageCount",
        "last_page",
        "lastPage",
        "pages",
    ]);
    let page = number(&[
        "page",
        "current_page",
        "currentPage",
        "page_number",
        "pageNumber",
    ]);
    if let (Some(input), Some(total), Some(page)) = (paged, total_pages, page) {
        let next = json!({ "$if": format!("{{{{lt {page} {total}}}}}"), "$then": format!("{{{{add {page} 1}}}}") });
        return Some(by("pages", next, query(input, "{{next}}")));
    }
    let input = offset?;
    let total = number(&[
        "total",
        "total_count",
        "totalCount",
        "count",
        "total_results",
        "totalResults",
    ])?;
    let (offset, limit) = (
        number(&["offset", "skip", "start"])?,
        number(&["limit", "per_page", "page_size"])?,
    );
    let after = format!("add {offset} {limit}");
    let next = json!({ "$if": format!("{{{{lt ({after}) {total}}}}}"), "$then": format!("{{{{{after}}}}}") });
    Some(by("offset", next, query(input, "{{next}}")))
}

/// The path of a reply in a template: every name of it is one that can stand there.
fn read(path: &[&str]) -> String {
    format!("response.body.{}", path.join("."))
}

fn hole(path: &[&str]) -> String {
    format!("{{{{{}}}}}", read(path))
}

/// A text that leads on; some services give an empty one at the end instead of none.
fn text(path: &[&str], schema: &Value) -> Value {
    if Kinds::of_schema(schema).may(Kinds::NULL) {
        return json!(hole(path));
    }
    let read = read(path);
    json!({ "$if": format!("{{{{ne (default {read} '') ''}}}}"), "$then": format!("{{{{{read}}}}}") })
}

fn is_url(schema: &Value) -> bool {
    let format = schema
        .get("format")
        .or(schema.get("x-format"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let described = schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let examples = schema
        .get("examples")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let example = examples
        .filter_map(Value::as_str)
        .any(|text| text.starts_with("http"));
    format.starts_with("uri")
        || example
        || described
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| matches!(word, "url" | "uri" | "link"))
}

/// Do the items have an `id`?
fn has_id(shelf: &Shelf<'_, '_>, list: &Value) -> bool {
    let item = list.get("items").map(|item| shelf.resolve(item));
    item.is_some_and(|item| property(shelf, item, "id", 0).is_some())
}
