//! Any URL of an input or a reply: what leaves goes where a second reading of it says that it may, and signed only there.

use super::{engine, wait};
use crate::fake::{Fake, reply};
use crate::made::Made;
use http::Uri;
use opwire::{Catalog, ErrorKind};
use serde_json::json;
use std::sync::LazyLock;

/// Three origins, one of them without credentials.
const PUBLIC: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
egress: [https://cdn.example.com, { origin: 'https://signed.example.com', credentials: true }]
credentials: { type: object, properties: { key: { type: string } } }
auth: { bearer: { token: '{{credentials.key}}' } }
pagination:
  pages: { items: '{{response.body.items}}', next: '{{response.body.next}}', request: { url: '{{next}}' } }
";
/// At this machine, which the program allows; another that it doesn't; and one that nobody can allow.
const LOCAL: &str = "
opwire: 1
name: t
title: T
description: T
base_url: http://127.0.0.1:8080
egress: [http://127.0.0.1:9090, http://169.254.169.254]
credentials: { type: object, properties: { key: { type: string } } }
auth: { bearer: { token: '{{credentials.key}}' } }
pagination:
  pages: { items: '{{response.body.items}}', next: '{{response.body.next}}', request: { url: '{{next}}' } }
";
const INPUT: &str = "title: A\nkind: main\ndescription: A\ninput: { additionalProperties: true }\nrequest: { method: GET, url: '{{input.url}}' }\n";
const PAGED: &str =
    "title: P\nkind: main\ndescription: P\nrequest: { method: GET, path: /x }\npagination: pages\n";

/// A connector, the origins that its requests may go to, and whether credentials may too.
struct Place {
    catalog: Catalog,
    base: &'static str,
    origins: &'static [(&'static str, bool)],
}

static PLACES: LazyLock<[Place; 2]> = LazyLock::new(|| {
    let catalog = |connector| Made::new(connector, &[("any", INPUT), ("paged", PAGED)]).catalog();
    [
        Place {
            catalog: catalog(PUBLIC),
            base: "https://t.example.com",
            origins: &[
                ("https://t.example.com", true),
                ("https://cdn.example.com", false),
                ("https://signed.example.com", true),
            ],
        },
        Place {
            catalog: catalog(LOCAL),
            base: "http://127.0.0.1:8080",
            origins: &[("http://127.0.0.1:8080", true)],
        },
    ]
});

pub(super) fn run(data: &[u8]) {
    let Some((choice, url)) = data.split_first() else {
        return;
    };
    let Ok(url) = std::str::from_utf8(url) else {
        return;
    };
    let place = &PLACES[usize::from(choice % 2)];
    let next = json!({"items": [1], "next": url}).to_string();
    let fake =
        Fake::new(move |number, _| Ok(reply(200, &[], if number == 0 { &next } else { "{}" })));
    let builder = engine(&place.catalog, &fake);
    let engine = builder
        .allow_origin("http://127.0.0.1:8080")
        .allow_origin("http://169.254.169.254")
        .build()
        .unwrap();
    let input = |url: Option<&str>| json!({"key": "k3y-0123", "url": url});
    let (error, sent) = if choice % 4 < 2 {
        let error = wait(engine.invoke("t.any", input(Some(url)))).err();
        (error, fake.requests())
    } else {
        let mut pages = engine.pages("t.paged", json!({"key": "k3y-0123"}));
        wait(pages.next()).unwrap().unwrap();
        let error = wait(pages.next()).and_then(Result::err);
        (error, fake.requests().split_off(1))
    };
    for request in &sent {
        let allowed = place.allows(request.uri());
        let signed = request.headers().contains_key("authorization");
        assert_eq!(allowed, Some(signed), "{url:?} led to {}", request.uri());
        assert!(error.is_none(), "{url:?}: {error:?}");
    }
    if sent.is_empty() && !url.is_empty() {
        let error = error.unwrap_or_else(|| panic!("{url:?}: nothing was sent, and nothing told"));
        let refused = [
            ErrorKind::EgressDenied,
            ErrorKind::InputInvalid,
            ErrorKind::TemplateFailed,
        ];
        assert!(refused.contains(&error.kind()), "{url:?}: {error}");
        assert!(!place.plainly_own(url), "{url:?}: {error}");
    }
}

impl Place {
    /// May a request leave to there, and with credentials? Read from the text of its URL alone.
    fn allows(&self, uri: &Uri) -> Option<bool> {
        let whole = uri.to_string().to_ascii_lowercase();
        let (scheme, rest) = whole.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let port = if scheme == "https" { ":443" } else { ":80" };
        let host = authority.strip_suffix(port).unwrap_or(authority);
        let host = host.strip_suffix('.').unwrap_or(host);
        let origin = format!("{scheme}://{host}");
        let found = self.origins.iter().find(|(allowed, _)| *allowed == origin);
        found.map(|(_, credentials)| *credentials)
    }

    /// Is this a URL that nobody could read otherwise than as one of ours?
    fn plainly_own(&self, url: &str) -> bool {
        let own = self.origins.iter().map(|(origin, _)| *origin);
        let rest = own
            .chain([self.base])
            .find_map(|origin| url.strip_prefix(origin));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~?=&".contains(&byte);
        rest.is_some_and(|rest| {
            rest.starts_with('/') && rest.len() < 1000 && rest.bytes().all(plain)
        })
    }
}
