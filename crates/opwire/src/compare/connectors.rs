//! What of `connector.yaml` changed.

use super::change::{Aspect, Grade, Sink};
use super::templates::{Difference, differences, shown};
use super::{Comparison, errors, limits};
use crate::connector::Connector;
use crate::egress::Origin;
use serde_json::Value;

/// Keys with rules of their own, and those that only operations show.
const KNOWN: [&str; 13] = [
    "opwire",
    "name",
    "title",
    "description",
    "base_url",
    "credentials",
    "auth",
    "request",
    "egress",
    "limits",
    "errors",
    "pagination",
    "$defs",
];

pub(super) fn compare(old: &Connector, new: &Connector, comparison: &mut Comparison) {
    let mut sink = comparison.of_connector(new);
    let (before, after) = (&old.manifest, &new.manifest);
    for key in ["title", "description"] {
        text(
            before.get(key),
            after.get(key),
            &format!("/{key}"),
            &mut sink,
        );
    }
    if old.base != new.base {
        sink.tell(
            Grade::Breaking,
            Aspect::Url,
            "/base_url",
            "every request goes elsewhere",
        )
        .from(shown(&old.base_url().into()), shown(&new.base_url().into()));
    }
    credentials(old, new, &mut sink);
    for (key, aspect, what) in [
        ("auth", Aspect::Auth, "how requests are signed"),
        ("pagination", Aspect::Pagination, "how pages are walked"),
    ] {
        let changes = differences(before.get(key), after.get(key), &format!("/{key}"));
        risky(changes, |_| (aspect, what), &mut sink);
    }
    shared_request(before.get("request"), after.get("request"), &mut sink);
    egress(old, new, &mut sink);
    let written = (before.get("limits"), after.get("limits"));
    limits::compare(written, &old.limits, &new.limits, &mut sink);
    errors::compare(before.get("errors"), after.get("errors"), &mut sink);
    other(before, after, "", &KNOWN, &mut sink);
}

/// What every request of the connector has.
fn shared_request(old: Option<&Value>, new: Option<&Value>, sink: &mut Sink<'_>) {
    let about = |pointer: &str| {
        if pointer.starts_with("/request/query_style") {
            (Aspect::Query, "how lists and objects are laid out")
        } else {
            (Aspect::Headers, "a header of every request")
        }
    };
    risky(differences(old, new, "/request"), about, sink);
}

/// Tells changes that a caller may notice; by its place, what each is about.
fn risky(
    changes: Vec<(String, Difference<'_>)>,
    about: impl Fn(&str) -> (Aspect, &'static str),
    sink: &mut Sink<'_>,
) {
    for (pointer, change) in changes {
        let (aspect, what) = about(&pointer);
        let (old, new) = change.shown();
        let words = format!("{what} {}", change.words());
        sink.tell(Grade::Risky, aspect, pointer, words)
            .from(old, new);
    }
}

/// A set of credentials that was enough must be enough.
fn credentials(old: &Connector, new: &Connector, sink: &mut Sink<'_>) {
    let at = |name: &str| format!("/credentials/properties/{name}");
    for name in old.credential_names() {
        if !new.credential_names().any(|known| known == name) {
            let message = format!(
                "there is no credential `{name}` any more: an input that holds it is refused"
            );
            sink.tell(Grade::Breaking, Aspect::Credentials, at(name), message);
        }
    }
    let mut needed: Vec<(&str, String)> = Vec::new();
    for enough in old.enough_credentials() {
        for name in new.missing_credentials(|name| enough.contains(&name)) {
            if !needed.iter().any(|(known, _)| *known == name) {
                let told = if enough.is_empty() {
                    "none was needed".to_owned()
                } else {
                    format!("`{}` was enough", enough.join("` and `"))
                };
                needed.push((name, told));
            }
        }
    }
    for name in new.credential_names() {
        if let Some((_, told)) = needed.iter().find(|(known, _)| *known == name) {
            let message = format!("the credential `{name}` must be given now; {told}");
            sink.tell(Grade::Breaking, Aspect::Credentials, at(name), message);
        } else if !old.credential_names().any(|known| known == name) {
            let message = format!("the credential `{name}` is new and need not be given");
            sink.tell(Grade::Compatible, Aspect::Credentials, at(name), message);
        }
    }
    for name in new.credential_names() {
        let said = |connector: &Connector, key: &str| {
            connector
                .manifest
                .pointer(&format!("{}/{key}", at(name)))
                .cloned()
        };
        for key in ["title", "description"] {
            let (before, after) = (said(old, key), said(new, key));
            if old.credential_names().any(|known| known == name) {
                text(
                    before.as_ref(),
                    after.as_ref(),
                    &format!("{}/{key}", at(name)),
                    sink,
                );
            }
        }
    }
}

/// The origins beside that of `base_url`, and whether credentials go there.
fn egress(old: &Connector, new: &Connector, sink: &mut Sink<'_>) {
    let (before, after) = (&old.egress, &new.egress);
    let reached = |list: &[(Origin, bool)], origin: &Origin| list.iter().any(|it| &it.0 == origin);
    let (grade, message) = if !before.iter().all(|it| reached(after, &it.0)) {
        (Grade::Breaking, "an origin can't be reached any more")
    } else if before.iter().any(|it| !after.contains(it)) {
        (Grade::Risky, "credentials go to other origins")
    } else if before.len() < after.len() {
        (Grade::Compatible, "another origin can be reached")
    } else {
        return;
    };
    let written = |connector: &Connector| connector.manifest.get("egress").map(shown);
    sink.tell(grade, Aspect::Egress, "/egress", message)
        .from(written(old), written(new));
}

/// What is for people.
pub(super) fn text(old: Option<&Value>, new: Option<&Value>, pointer: &str, sink: &mut Sink<'_>) {
    if old != new {
        let what = pointer.rsplit('/').next().unwrap_or_default();
        sink.tell(
            Grade::Compatible,
            Aspect::Text,
            pointer,
            format!("the {what} is another"),
        )
        .from(old.map(shown), new.map(shown));
    }
}

/// Keys of a mapping at `at` without a rule of their own: what they do is not known here.
pub(super) fn other(old: &Value, new: &Value, at: &str, known: &[&str], sink: &mut Sink<'_>) {
    let keys = |map: &'_ Value| -> Vec<String> {
        let map = map.as_object().into_iter();
        map.flat_map(|map| map.keys().cloned()).collect()
    };
    let mut all = keys(old);
    all.extend(keys(new));
    for key in all.iter().filter(|key| !known.contains(&key.as_str())) {
        for (pointer, difference) in differences(old.get(key), new.get(key), &format!("{at}/{key}"))
        {
            let message = format!("`{key}` {}", difference.words());
            let (old, new) = difference.shown();
            sink.tell(Grade::Risky, Aspect::Other, pointer, message)
                .from(old, new);
        }
    }
}
