//! `opwire test`: results as JUnit XML, examples that can't run.

use crate::{command, shop};

#[test]
fn junit_tells_what_passed_and_what_did_not() {
    let dir = shop();
    let examples = dir.path().join("shop/examples");
    std::fs::create_dir_all(&examples).unwrap();
    let example = "input: { token: t, order_id: 7 }\nreplies: [{ body: { id: 7 } }]\n";
    std::fs::write(examples.join("get_order.yaml"), example).unwrap();
    std::fs::write(examples.join("get_order.new.yaml"), example).unwrap();
    std::fs::write(examples.join("get_order.broken.yaml"), "input: [\n").unwrap();
    let run = |args: &[&str]| {
        let mut command = command();
        command.env("OPWIRE_OPERATIONS", dir.path()).arg("test");
        command.args(args).output().unwrap()
    };
    let accepted = run(&["shop.get_order", "--accept"]);
    assert_eq!(accepted.status.code(), Some(1), "the broken one can't run");
    std::fs::remove_file(examples.join("snapshots/get_order.new.snap")).unwrap();
    let output = run(&["--format", "junit"]);
    assert_eq!(output.status.code(), Some(1));
    let xml = String::from_utf8(output.stdout).unwrap();
    let count = |text: &str| xml.matches(text).count();
    assert_eq!(count("<testcase "), 3, "{xml}");
    assert_eq!(count("<failure "), 2, "{xml}");
    for part in [
        "<testsuite name=\"shop\" tests=\"3\"",
        "type=\"missing\"",
        "-&gt; GET https://api.shop.example/orders/7",
        "get_order.broken",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
}
