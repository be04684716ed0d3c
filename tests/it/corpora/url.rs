//! The web platform's URL tests (`urltestdata.json` of the crate url 2.5.8) through the egress check.

use super::{Tally, text};
use crate::made::{connectors, refused};
use opwire::{Engine, ErrorKind};
use serde_json::{Value, json};

/// A URL, and what a browser makes of it.
struct Case {
    input: String,
    fails: bool,
    href: String,
    origin: String,
    host: String,
}

fn cases() -> Vec<Case> {
    let folder = opwire_tests::corpus::crate_dir("url").unwrap();
    assert!(folder.ends_with("url-2.5.8"), "{}", folder.display());
    let data = std::fs::read_to_string(folder.join("tests/urltestdata.json")).unwrap();
    let data: Vec<Value> = serde_json::from_str(&data).unwrap();
    let cases = data.iter().filter(|case| case.is_object()).map(|case| {
        let told = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
        Case {
            input: text(case, "input").to_owned(),
            fails: case["failure"] == true,
            href: told("href"),
            origin: told("origin"),
            host: told("hostname"),
        }
    });
    cases.collect()
}

/// Connectors for these base URLs, without those that are refused when they are loaded.
fn loaded(bases: &[String]) -> (opwire::Catalog, Vec<usize>) {
    let kept: Vec<usize> = {
        let refused = refused(bases);
        (0..bases.len())
            .filter(|index| !refused.contains(index))
            .collect()
    };
    let catalog = connectors(kept.iter().map(|index| (*index, bases[*index].as_str())));
    (catalog, kept)
}

/// Wherever a URL leads a browser, with the input it leads to the connector's own origin or nowhere.
#[test]
fn no_url_of_the_web_platform_leads_elsewhere() {
    let cases = cases();
    assert!(cases.len() >= 800, "{}", cases.len());
    let (catalog, _) = loaded(&["https://t.example.com".to_owned()]);
    let engine = Engine::builder().catalog(catalog).build().unwrap();
    let (mut tally, mut stayed, mut refused) = (Tally::default(), 0, 0);
    for case in &cases {
        match engine.render("c0.any", json!({ "url": case.input })) {
            Ok(request) => {
                let uri = request.uri();
                let own = uri.scheme_str() == Some("https")
                    && uri.authority().is_some_and(|host| host == "t.example.com");
                tally.expect(own, || format!("{:?} leads to {uri}", case.input));
                stayed += 1;
            }
            Err(error) => {
                let kinds = [ErrorKind::InputInvalid, ErrorKind::EgressDenied];
                tally.expect(kinds.contains(&error.kind()), || {
                    format!("{:?}: {error}", case.input)
                });
                refused += 1;
            }
        }
    }
    println!(
        "{} URLs as inputs: {refused} refused, {stayed} stay at the connector's host",
        cases.len()
    );
    tally.finish();
}

/// Where the connector's own origin is what a browser makes of the URL, the request goes where the browser would, or
/// nowhere.
#[test]
fn a_url_is_read_as_browsers_read_it_or_refused() {
    let cases: Vec<Case> = cases()
        .into_iter()
        .filter(|case| !case.fails && case.origin.starts_with("http"))
        .filter(|case| case.input.contains("://"))
        .collect();
    let origins: Vec<String> = cases.iter().map(|case| case.origin.clone()).collect();
    let (catalog, kept) = loaded(&origins);
    // All of them are allowed: what is looked at is whether two origins are taken for one.
    let mut builder = Engine::builder().catalog(catalog);
    for index in &kept {
        builder = builder.allow_origin(&origins[*index]);
    }
    let engine = builder.build().unwrap();
    let (mut tally, mut sent, mut refused) = (Tally::default(), 0, 0);
    for index in &kept {
        let case = &cases[*index];
        match engine.render(&format!("c{index}.any"), json!({ "url": case.input })) {
            Ok(request) => {
                let expected = case.href.split('#').next().unwrap();
                let uri = request.uri().to_string();
                tally.expect(uri == expected, || {
                    format!("{:?} leads to {uri}, not {expected}", case.input)
                });
                sent += 1;
            }
            Err(_) => refused += 1,
        }
    }
    println!(
        "{} URLs with origins of their own: {sent} as browsers read them, {refused} refused",
        kept.len()
    );
    assert!(sent >= 50, "{sent}");
    tally.finish();
}

/// As a connector's base URL: only HTTPS at a public name, written plainly, is ever called.
#[test]
fn no_url_of_the_web_platform_is_an_odd_base() {
    let cases = cases();
    let bases: Vec<String> = cases.iter().map(|case| case.input.clone()).collect();
    let (catalog, kept) = loaded(&bases);
    let engine = Engine::builder().catalog(catalog).build().unwrap();
    let (mut tally, mut called) = (Tally::default(), 0);
    for index in &kept {
        let case = &cases[*index];
        tally.expect(!case.fails, || {
            format!("{:?} is no URL, and was loaded", case.input)
        });
        let Ok(request) = engine.render(&format!("c{index}.any"), json!({"url": "/"})) else {
            continue;
        };
        called += 1;
        let uri = request.uri();
        let host = uri.authority().unwrap().as_str();
        let plain = host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
        let name = host.contains('.') && host.parse::<std::net::IpAddr>().is_err();
        let right = uri.scheme_str() == Some("https") && plain && name && host == case.host;
        tally.expect(right, || format!("{:?} is called at {uri}", case.input));
    }
    println!(
        "{} URLs as base URLs: {} loaded, {called} may be called",
        cases.len(),
        kept.len()
    );
    assert!(called > 0);
    tally.finish();
}
