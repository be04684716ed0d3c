//! Descriptions: Markdown with some HTML in it → plain text for a manifest.

/// Entities that are met in descriptions.
const ENTITIES: [(&str, &str); 7] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// Tags that are taken away; text in other angle brackets stays.
const TAGS: [&str; 22] = [
    "p", "br", "code", "strong", "em", "b", "i", "u", "a", "ul", "ol", "li", "span", "div", "pre",
    "sup", "h1", "h2", "h3", "h4", "h5", "tt",
];

/// A text without markup that nobody sees, and without white space that says nothing. Nothing when none is left.
pub(crate) fn clean(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = if text.contains('<') {
        without_tags(&text)
    } else {
        text
    };
    let text = ENTITIES
        .iter()
        .fold(text, |text, (entity, plain)| text.replace(entity, plain));
    let kept = |c: char| if c == '\t' || c == '\u{a0}' { ' ' } else { c };
    let text: String = text
        .chars()
        .map(kept)
        .filter(|c| *c == '\n' || !c.is_control())
        .collect();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        // One empty line is enough.
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// A text as a sentence: with a full stop at its end.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', ':', ')', '`']) || text.is_empty() {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        let tag = after.split_once('>').filter(|(tag, _)| tag.len() < 400);
        let name = tag.map(|(tag, _)| {
            let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next();
            name.unwrap_or_default().to_ascii_lowercase()
        });
        match (tag, name.as_deref()) {
            (Some((tag, after)), Some(name)) if TAGS.contains(&name) => {
                match (name, tag.starts_with('/')) {
                    ("br", _) | ("p" | "div" | "ul" | "ol", true) => plain.push('\n'),
                    ("li", false) => plain.push_str("\n- "),
                    _ => {}
                }
                rest = after;
            }
            _ => {
                plain.push('<');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_text_stays() {
        for (text, expected) in [
            (
                "<p>A <code>card</code> &amp; more.</p>\r\n<p>Two</p>",
                Some("A card & more.\n\nTwo"),
            ),
            ("a < b and <name> or x<y>", Some("a < b and <name> or x<y>")),
            (
                "<ul><li>one</li><li><a href=\"https://a.example/?x=1\">two</a></li></ul>",
                Some("- one\n- two"),
            ),
            ("  a\t\n\n\n\n b \u{1}", Some("a\n\n b")),
            (" \n ", None),
        ] {
            assert_eq!(clean(text).as_deref(), expected, "{text}");
        }
        assert_eq!(sentence("Lists pets"), "Lists pets.");
        assert_eq!(sentence("Which?"), "Which?");
    }
}
