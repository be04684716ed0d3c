//! YAML that costs, hides or means two things.

use super::{Hostile, operation};
use std::fmt::Write as _;

const HEAD: &str = "title: T\nkind: main\ndescription: T\nrequest: { method: GET, path: /x }\n";

fn bomb() -> String {
    let mut text = format!("{HEAD}response:\n  output:\n    a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let last = level - 1;
        writeln!(
            text,
            "    a{level}: &a{level} [*a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}]"
        )
        .unwrap();
    }
    text
}

fn blocks(depth: usize) -> String {
    let mut text = format!("{HEAD}response:\n");
    for level in 1..depth {
        writeln!(text, "{}a:", " ".repeat(level)).unwrap();
    }
    text
}

pub(super) fn cases() -> Vec<Hostile> {
    let mut cases = Vec::new();
    let mut more =
        |code, name: &str, rest: &str| cases.push(operation(code, name, format!("{HEAD}{rest}")));
    for (name, rest) in [
        ("anchor", "response: &a { output: 1 }"),
        ("anchor on a key", "&a response: { output: 1 }"),
        ("alias of nothing", "response: { output: *a }"),
        ("alias as key", "*a : 1"),
        ("recursive alias", "response: { output: &a [*a] }"),
        ("merge key", "response: { <<: { output: 1 } }"),
        (
            "merge list",
            "response:\n  <<: [{ output: 1 }, { output: 2 }]",
        ),
        ("tag !!str", "response: { output: !!str 1 }"),
        ("local tag", "response: { output: !x 1 }"),
        ("tag !!binary", "response: { output: !!binary aGk= }"),
        (
            "tag of an object",
            "response: { output: !!python/object:os.system [ls] }",
        ),
        (
            "verbatim tag",
            "response: { output: !<tag:yaml.org,2002:int> 1 }",
        ),
        ("tag on a mapping", "response: !!map { output: 1 }"),
        ("tag on a key", "!!str response: { output: 1 }"),
        ("NaN", "response: { output: .nan }"),
        ("infinity", "response: { output: .inf }"),
        ("negative infinity", "response: { output: -.Inf }"),
        (
            "an integer of 30 digits",
            "response: { output: 123456789012345678901234567890 }",
        ),
        (
            "a negative integer of 30 digits",
            "response: { output: -123456789012345678901234567890 }",
        ),
        (
            "an integer of 17 hexadecimal digits",
            "response: { output: 0x1ffffffffffffffff }",
        ),
        ("1e999", "response: { output: 1e999 }"),
        ("NUL", "response: { output: \"a\0b\" }"),
        ("control character", "response: { output: a\u{1}b }"),
        ("escape character in a comment", "# \u{1b}[2J\n"),
        ("DEL", "response: { output: a\u{7f} }"),
        ("two documents", "---\ntitle: U\n"),
        ("a document after its end", "...\ntitle: U\n"),
        ("tab as indent", "response:\n\toutput: 1\n"),
        ("open quote", "response: { output: \"x }\n"),
        ("open list", "response: { output: [1, 2\n"),
        ("unknown escape", "response: { output: \"\\q\" }"),
        ("half a surrogate pair", "response: { output: \"\\uD800\" }"),
        ("a list as key", "? [a, b]\n: 1\n"),
        ("a mapping as key", "response: { output: { { a: b }: c } }"),
        ("a number as key", "response: { output: { 1: x } }"),
        ("null as key", "response: { output: { ~: x } }"),
        ("no key", "response: { output: { : x } }"),
        ("directive in the middle", "%TAG ! tag:x,2000:\n"),
        ("wrong indent", "response:\n    a: 1\n  b: 2\n"),
    ] {
        more("yaml-syntax", name, rest);
    }
    for (name, rest) in [
        ("a key twice", "title: U"),
        ("a key twice, once quoted", "\"title\": U"),
        ("a key twice by an escape", "\"\\u0074itle\": U"),
        (
            "a key twice, deep",
            "response: { output: { a: { b: 1, b: 2 } } }",
        ),
    ] {
        more("duplicate-key", name, rest);
    }
    for (name, rest) in [
        (
            "lists 100 deep",
            format!(
                "response: {{ output: {}{} }}",
                "[".repeat(100),
                "]".repeat(100)
            ),
        ),
        (
            "100,000 open lists",
            "response: ".to_owned() + &"[".repeat(100_000),
        ),
        (
            "50,000 open mappings",
            "response: ".to_owned() + &"{a: ".repeat(50_000),
        ),
        (
            "1,000 lists in a line",
            "response: { output: 1 }\nx:\n ".to_owned() + &"- ".repeat(1_000),
        ),
    ] {
        more("file-too-large", name, &rest);
    }
    more(
        "yaml-syntax",
        "100,000 questions",
        &("response:\n ".to_owned() + &"? ".repeat(100_000)),
    );
    more(
        "file-too-large",
        "a comment of 300 KiB",
        &format!("#{}", "x".repeat(300 << 10)),
    );
    more(
        "file-too-large",
        "a scalar of 300 KiB",
        &format!("response: {{ output: {} }}", "x".repeat(300 << 10)),
    );
    more(
        "unknown-key",
        "5,000 unknown keys",
        &(0..5_000)
            .map(|n| format!("k{n}: {n}\n"))
            .collect::<String>(),
    );
    cases.extend([
        operation("yaml-syntax", "alias bomb", bomb()),
        operation("file-too-large", "mappings 200 deep", blocks(200)),
        operation(
            "yaml-syntax",
            "a version that isn't",
            "%YAML 9.9 x\n---\ntitle: T\n",
        ),
        operation("wrong-value", "a scalar", "42"),
        operation("wrong-value", "a list", "[title, kind]"),
        operation("wrong-value", "nothing", ""),
        operation(
            "file-unreadable",
            "not UTF-8",
            [HEAD.as_bytes(), b"# \xff\xfe\n"].concat(),
        ),
        operation(
            "file-unreadable",
            "UTF-16",
            "title: T\n"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .chain([0xff, 0xfe])
                .collect::<Vec<u8>>(),
        ),
    ]);
    cases
}
