//! The documentation of the operations is what their manifests and examples say.

use crate::{catalog, root};
use opwire::Catalog;
use opwire::manifest::Kind;
use opwire_testkit::{Example, docs};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

async fn pages(catalog: &Catalog) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for connector in catalog.connectors() {
        let page = docs::page(catalog, connector).await.unwrap();
        pages.push((connector.name().to_owned(), page));
    }
    pages
}

#[tokio::test]
async fn the_pages_are_fresh() {
    let catalog = catalog();
    let dir = root().join("docs/operations");
    let mut names = BTreeSet::new();
    for (name, page) in pages(&catalog).await {
        let file = dir.join(format!("{name}.md"));
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed == page,
            "{} is not fresh: opwire docs --out docs/operations",
            file.display()
        );
        names.insert(format!("{name}.md"));
    }
    let there = std::fs::read_dir(dir).unwrap();
    let there = there.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(there.collect::<BTreeSet<String>>(), names);
}

#[tokio::test]
async fn no_credential_is_in_them() {
    let catalog = catalog();
    let mut secrets = BTreeSet::new();
    for connector in catalog.connectors() {
        for example in Example::of_connector(connector).unwrap() {
            for name in connector.credential_names() {
                if let Some(secret) = example.input.get(name).and_then(Value::as_str) {
                    secrets.insert((name.to_owned(), secret.to_owned()));
                }
            }
        }
    }
    assert!(secrets.len() >= 3, "{secrets:?}");
    for (connector, page) in pages(&catalog).await {
        for (name, secret) in &secrets {
            let stands = format!("your_{name}_here");
            assert!(
                *secret == stands || !page.contains(secret),
                "{connector}: {name}"
            );
        }
        for begin in [
            "eyJ",
            "ghp_",
            "github_pat_",
            "sk_test_",
            "sk_live_",
            "Bearer ",
        ] {
            let told = page.match_indices(begin).find(|(at, _)| {
                let next = page[at + begin.len()..].chars().next();
                next.is_some_and(|c| c.is_ascii_alphanumeric())
            });
            assert_eq!(told, None, "{connector}");
        }
    }
}

/// A page as a reader of `CommonMark` sees it.
#[derive(Default)]
struct Read {
    headings: Vec<(HeadingLevel, String)>,
    links: Vec<String>,
    /// Of each table, how many cells its rows have.
    tables: Vec<BTreeSet<usize>>,
    /// Heading → the blocks of JSON under it.
    blocks: BTreeMap<String, Vec<Value>>,
    html: usize,
}

impl Read {
    fn of(page: &str) -> Self {
        let mut read = Self::default();
        let (mut text, mut cells, mut block) = (String::new(), 0, None);
        for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => text.clear(),
                Event::End(TagEnd::Heading(level)) => read.headings.push((level, text.clone())),
                Event::Start(Tag::Link { dest_url, .. }) => read.links.push(dest_url.to_string()),
                Event::Start(Tag::Table(_)) => read.tables.push(BTreeSet::new()),
                Event::Start(Tag::TableRow) => cells = 0,
                Event::End(TagEnd::TableCell) => cells += 1,
                Event::End(TagEnd::TableRow) => drop(read.tables.last_mut().unwrap().insert(cells)),
                Event::Start(Tag::CodeBlock(kind)) => {
                    assert!(matches!(kind, CodeBlockKind::Fenced(name) if &*name == "json"));
                    block = Some(String::new());
                }
                Event::End(TagEnd::CodeBlock) => {
                    let value = serde_json::from_str(&block.take().unwrap()).unwrap();
                    let heading = read.headings.last().unwrap().1.clone();
                    read.blocks.entry(heading).or_default().push(value);
                }
                Event::Text(part) | Event::Code(part) => match &mut block {
                    Some(block) => block.push_str(&part),
                    None => text.push_str(&part),
                },
                Event::Html(_) | Event::InlineHtml(_) => read.html += 1,
                _ => {}
            }
        }
        read
    }

    /// The anchors of its headings, as GitHub makes them.
    fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        for (_, heading) in &self.headings {
            let lower = heading.to_lowercase().replace(' ', "-");
            let kept = lower
                .chars()
                .filter(|c| c.is_alphanumeric() || "-_".contains(*c));
            let anchor: String = kept.collect();
            let numbered = (1..).map(|n| format!("{anchor}-{n}"));
            let mut free = std::iter::once(anchor.clone()).chain(numbered);
            anchors.insert(free.find(|it| !anchors.contains(it)).unwrap());
        }
        anchors
    }
}

#[tokio::test]
async fn they_are_sound_markdown_in_the_published_form() {
    let catalog = catalog();
    for (connector, page) in pages(&catalog).await {
        assert!(page.ends_with('\n') && !page.ends_with("\n\n"));
        for line in page.lines() {
            assert_eq!(line, line.trim_end(), "{connector}");
        }
        let read = Read::of(&page);
        assert_eq!(read.html, 1, "the first line alone is a comment");
        let anchors = read.anchors();
        assert_eq!(anchors.len(), read.headings.len());
        for link in &read.links {
            let anchor = link.strip_prefix('#').unwrap();
            assert!(anchors.contains(anchor), "{connector}: {link}");
        }
        for rows in &read.tables {
            assert!(
                rows.len() == 1 && !rows.contains(&1),
                "{connector}: {rows:?}"
            );
        }
        let own = catalog
            .operations()
            .filter(|it| it.connector().name() == connector);
        let mut sections: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for operation in own {
            let section = match operation.kind() {
                Kind::Ddl => "DDL operations",
                _ => "Main operations",
            };
            sections.entry(section).or_default().push(operation.title());
            let blocks = &read.blocks[operation.title()];
            assert_eq!(blocks.len(), 2, "{}", operation.name());
        }
        for (section, titles) in &mut sections {
            titles.sort_by_key(|title| title.to_lowercase());
            let after = read
                .headings
                .iter()
                .skip_while(|(_, text)| text != section)
                .skip(1);
            let told = after.take_while(|(level, _)| *level == HeadingLevel::H3);
            let told: Vec<&str> = told.map(|(_, text)| text.as_str()).collect();
            assert_eq!(&told, titles, "{connector}: {section}");
        }
    }
}

/// Each field of each input has its row, and each drop-down its link.
#[tokio::test]
async fn fields_are_told_with_their_drop_downs() {
    let catalog = catalog();
    for (connector, page) in pages(&catalog).await {
        let (mut rows, mut links) = (0, 0);
        for operation in catalog
            .operations()
            .filter(|it| it.connector().name() == connector)
        {
            for field in operation.fields() {
                rows += 1;
                let row = format!("\n| `{}` | ", field.path);
                assert!(page.contains(&row), "{} {}", operation.name(), field.path);
                links += usize::from(!field.choices.is_empty());
            }
        }
        assert!(rows >= 30, "{connector} {rows}");
        assert_eq!(page.matches("Choices: [").count(), links, "{connector}");
        assert!(links >= 3, "{connector} {links}");
    }
}

/// The published samples stand in the page of Salesloft.
#[tokio::test]
async fn the_published_samples_are_shown() {
    let catalog = catalog();
    let pages = pages(&catalog).await;
    let (_, page) = pages.iter().find(|(name, _)| name == "salesloft").unwrap();
    let read = Read::of(page);
    let mut shown = 0;
    for entry in std::fs::read_dir(root().join("tests/samples/salesloft")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let (id, block) = match name.split_once('.') {
            Some((id, "input.json")) => (id, 0),
            Some((id, "output.json")) => (id, 1),
            _ => continue,
        };
        let mut sample: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if block == 0
            && let Some(token) = sample.get_mut("access_token")
        {
            *token = "your_access_token_here".into();
        }
        let operation = catalog.get(&format!("salesloft.{id}")).unwrap();
        let blocks = &read.blocks[operation.title()];
        if holds(&blocks[block], &sample) {
            shown += 1;
        } else {
            println!("{name} is shown by another example");
        }
    }
    assert!(shown >= 30, "{shown}");
}

/// Does a value have all that a sample has?
fn holds(value: &Value, sample: &Value) -> bool {
    match (value, sample) {
        (Value::Object(value), Value::Object(sample)) => sample
            .iter()
            .all(|(key, sample)| value.get(key).is_some_and(|value| holds(value, sample))),
        (Value::Array(value), Value::Array(sample)) => {
            value.len() == sample.len() && value.iter().zip(sample).all(|(a, b)| holds(a, b))
        }
        (value, sample) => value == sample,
    }
}
