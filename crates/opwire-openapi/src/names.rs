//! Names: of operations, files, inputs and shared schemas.

use crate::read::operations::holes;
use std::collections::BTreeSet;

/// A name has at most this many characters.
const MAX_NAME: usize = 64;

/// Words whose singular is not made by a rule.
const IRREGULAR: [(&str, &str); 6] = [
    ("people", "person"),
    ("children", "child"),
    ("men", "man"),
    ("women", "woman"),
    ("indices", "index"),
    ("matrices", "matrix"),
];

/// Words that are the same for one and for many.
const UNCOUNTED: [&str; 9] = [
    "data", "news", "media", "series", "species", "metadata", "sms", "dns", "aws",
];

/// Words in lower case with `_` between them: `listPets` and `List pets` → `list_pets`.
pub(crate) fn snake(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut name = String::with_capacity(text.len() + 8);
    for (index, c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !name.is_empty() && !name.ends_with('_') && *c != '\'' {
                name.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(index + 1);
        // A word begins after a small letter, and before the last capital of several (HTTPServer).
        let begins = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        // URLs and IDs are one word.
        let plural = *c == 'I' || before == Some(&'I');
        let plural = plural
            && after == Some(&'s')
            && chars.get(index + 2).is_none_or(|c| !c.is_ascii_lowercase());
        if begins && !plural && !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name.trim_end_matches('_').to_owned()
}

/// A name that begins with a letter, and is no longer than names are.
fn bounded(name: &str, otherwise: &str) -> String {
    let mut name = name.trim_start_matches('_').to_owned();
    if name.is_empty() {
        otherwise.clone_into(&mut name);
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name = format!("{otherwise}_{name}");
    }
    // Room for a number behind it.
    while name.len() > MAX_NAME - 4 {
        match name.rsplit_once('_') {
            Some((start, _)) if !start.is_empty() => name = start.to_owned(),
            _ => name.truncate(MAX_NAME - 4),
        }
    }
    name
}

/// The name, with a number behind it where it is taken. It is taken then.
pub(crate) fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|n| format!("{name}_{n}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    let free = names.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// What tells a method's verb beside the method.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints {
    /// The reply is a list.
    pub(crate) lists: bool,
    /// The path has a PATCH too: a PUT replaces.
    pub(crate) patched: bool,
}

/// An operation's name: from its ID, else from its method and path.
pub(crate) fn of_operation(id: Option<&str>, method: &str, path: &str, hints: Hints) -> String {
    let from_id = id
        .map(snake)
        .filter(|name| name.chars().any(|c| c.is_ascii_alphabetic()));
    let name = from_id.unwrap_or_else(|| from_path(method, path, hints));
    bounded(&name, &method.to_ascii_lowercase())
}

/// `GET /v2/people/{id}.json` → `get_person`
fn from_path(method: &str, path: &str, hints: Hints) -> String {
    let segments: Vec<&str> = path
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let mut words: Vec<(String, bool)> = Vec::new();
    for segment in segments {
        let hole = !holes(segment).is_empty();
        let segment = without_ending(segment);
        if segment.starts_with('{') {
            if let Some((_, addressed)) = words.last_mut() {
                *addressed = true;
            }
            continue;
        }
        let plain = segment.split('{').next().unwrap_or_default();
        let word = snake(plain);
        if !word.is_empty() && !is_version(&word) && word != "api" {
            words.push((word, hole));
        }
    }
    let one = words.last().is_none_or(|(_, addressed)| *addressed);
    let plural = words.last().is_some_and(|(word, _)| is_plural(word));
    let (verb, many) = match method {
        "GET" if !one && (plural || hints.lists) => ("list", true),
        "GET" => ("get", false),
        "POST" if one && !words.is_empty() => ("update", false),
        "POST" => ("create", false),
        "PUT" if hints.patched => ("replace", !one),
        "PUT" | "PATCH" => ("update", !one),
        "DELETE" => ("delete", !one),
        "HEAD" => ("head", !one),
        _ => ("options", !one),
    };
    let last = words.len().saturating_sub(1);
    let mut name = verb.to_owned();
    for (index, (word, addressed)) in words.iter().enumerate() {
        let single = *addressed || (index == last && !many);
        name.push('_');
        name.push_str(&if single { singular(word) } else { word.clone() });
    }
    name
}

/// `people.json` → `people`, `{id}.json` → `{id}`
fn without_ending(segment: &str) -> &str {
    let endings = [".json", ".xml", ".yaml", ".{format}", ".php", ".do"];
    endings
        .iter()
        .find_map(|ending| segment.strip_suffix(ending))
        .unwrap_or(segment)
}

/// `v2`, `v1_1`, `2010_04_01`
fn is_version(word: &str) -> bool {
    let digits = word.strip_prefix('v').unwrap_or(word);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '_')
}

fn is_plural(word: &str) -> bool {
    singular(word) != word
}

/// The last word of a name as it is for one: `open_issues` → `open_issue`.
pub(crate) fn singular(name: &str) -> String {
    let (start, word) = name
        .rsplit_once('_')
        .map_or(("", name), |(start, word)| (start, word));
    let one = singular_word(word);
    if start.is_empty() {
        one
    } else {
        format!("{start}_{one}")
    }
}

fn singular_word(word: &str) -> String {
    if let Some((_, one)) = IRREGULAR.iter().find(|(many, _)| *many == word) {
        return (*one).to_owned();
    }
    let same = UNCOUNTED.contains(&word) || word.len() < 4 || !word.ends_with('s');
    if same
        || ["ss", "us", "is", "ous"]
            .iter()
            .any(|end| word.ends_with(end))
    {
        return word.to_owned();
    }
    let without = |end: &str| word.strip_suffix(end);
    if let Some(start) = without("ies") {
        return format!("{start}y");
    }
    if ["sses", "shes", "ches", "xes", "zes", "uses"]
        .iter()
        .any(|end| word.ends_with(end))
    {
        return without("es").unwrap_or(word).to_owned();
    }
    without("s").unwrap_or(word).to_owned()
}

/// The name of a shared schema: `#/components/schemas/PetOwner` → `pet_owner`.
pub(crate) fn of_reference(reference: &str) -> String {
    let plain = reference.replace("~1", " ").replace("~0", " ");
    let passed = [
        "#",
        "components",
        "schemas",
        "definitions",
        "properties",
        "items",
        "schema",
        "parameters",
        "responses",
        "content",
        "paths",
        "$defs",
    ];
    let words: Vec<String> = plain
        .split('/')
        .filter(|part| !passed.contains(part))
        .map(snake)
        .collect();
    bounded(&words.join("_"), "schema")
}

/// The name of an input: the parameter's own where it can be one.
pub(crate) fn of_input(name: &str) -> String {
    if is_identifier(name) {
        return name.to_owned();
    }
    let name = snake(name);
    match name.chars().next() {
        None => "value".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("value_{name}"),
        Some(_) if is_identifier(&name) => name,
        Some(_) => format!("{name}_value"),
    }
}

/// Can it stand in a template's path as it is?
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !matches!(name, "this" | "true" | "false" | "null" | "undefined")
}

/// The name for people: `list_person_stages` → `List person stages`.
pub(crate) fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut chars = words.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found() {
        for (text, expected) in [
            ("listPets", "list_pets"),
            ("List all pets!", "list_all_pets"),
            ("HTTPServerError", "http_server_error"),
            ("issues/list-for-repo", "issues_list_for_repo"),
            ("getUserByID", "get_user_by_id"),
            ("v2Accounts", "v2_accounts"),
            ("X-Request-ID", "x_request_id"),
            ("filter[name]", "filter_name"),
            ("user's", "users"),
            ("read_items_items__get", "read_items_items_get"),
            ("größe", "gr_e"),
        ] {
            assert_eq!(snake(text), expected);
        }
    }

    #[test]
    fn operations_are_named_by_their_paths() {
        for (method, path, expected) in [
            ("GET", "/v2/account_stages.json", "list_account_stages"),
            ("GET", "/v2/account_stages/{id}.json", "get_account_stage"),
            ("GET", "/v2/people/{id}.json", "get_person"),
            ("GET", "/v2/me.json", "get_me"),
            ("GET", "/api/v1/team", "get_team"),
            ("POST", "/v2/people.json", "create_person"),
            ("PUT", "/v2/people/{id}.json", "update_person"),
            ("PATCH", "/people/{id}", "update_person"),
            ("DELETE", "/people/{id}", "delete_person"),
            (
                "GET",
                "/repos/{owner}/{repo}/issues/{number}/comments",
                "list_repo_issue_comments",
            ),
            ("GET", "/bulkJobs/{id}/results", "list_bulk_job_results"),
            ("POST", "/statuses", "create_status"),
            ("GET", "/", "get"),
            ("GET", "/{id}", "get"),
            (
                "GET",
                "/2010-04-01/Accounts/{Sid}/Calls.json",
                "list_account_calls",
            ),
        ] {
            assert_eq!(
                of_operation(None, method, path, Hints::default()),
                expected,
                "{method} {path}"
            );
        }
        let hints = Hints {
            lists: true,
            patched: true,
        };
        assert_eq!(of_operation(None, "GET", "/search", hints), "list_search");
        assert_eq!(
            of_operation(None, "PUT", "/pets/{id}", hints),
            "replace_pet"
        );
        let of_operation = |id, method, path| of_operation(id, method, path, Hints::default());
        assert_eq!(of_operation(Some("123"), "GET", "/pets"), "list_pets");
        assert_eq!(
            of_operation(Some("3d-models"), "GET", "/x"),
            "get_3d_models"
        );
        let long = of_operation(Some(&"word ".repeat(40)), "GET", "/");
        assert!(long.len() <= 60 && long.ends_with("word"), "{long}");
    }

    #[test]
    fn names_are_unique() {
        let mut taken = BTreeSet::new();
        let names: Vec<String> = (0..3).map(|_| unique("a", &mut taken)).collect();
        assert_eq!(names, ["a", "a_2", "a_3"]);
    }

    #[test]
    fn inputs_keep_names_that_can_stand_in_templates() {
        for (name, expected) in [
            ("petId", "petId"),
            ("_id", "_id"),
            ("$top", "top"),
            ("page[size]", "page_size"),
            ("2fa", "value_2fa"),
            ("this", "this_value"),
            ("日本", "value"),
        ] {
            assert_eq!(of_input(name), expected);
        }
    }
}
