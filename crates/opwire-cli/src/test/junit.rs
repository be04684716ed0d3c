//! The results as JUnit XML, which most CI systems show.

use super::{End, Ran, Report};
use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;

/// A suite a connector, a case an example; a snapshot without an example fails its connector's suite.
pub(super) fn document(report: &Report) -> String {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for ran in &report.ran {
        let connector = ran.connector.as_str();
        let suite = suites
            .entry(connector)
            .or_insert_with(|| TestSuite::new(connector));
        suite.add_test_case(case(ran));
    }
    for orphan in &report.orphans {
        let name = orphan.file_stem().unwrap_or_default().to_string_lossy();
        let connector = orphan.ancestors().nth(3).and_then(|dir| dir.file_name());
        let connector = connector.unwrap_or_default().to_string_lossy();
        let message = format!("{} has no example any more", orphan.display());
        let case = TestCase::new(name, failed("orphan", &message, ""));
        if let Some(suite) = suites.get_mut(&*connector) {
            suite.add_test_case(case);
        }
    }
    let mut document = Document::new("opwire test");
    document.add_test_suites(suites.into_values());
    document.to_string().unwrap_or_default()
}

fn case(ran: &Ran) -> TestCase {
    let status = match &ran.end {
        End::Same | End::Accepted => TestCaseStatus::success(),
        End::Differs(diff) => failed("differs", "not what was accepted before", diff),
        End::Missing(transcript) => failed("missing", "there is no snapshot yet", transcript),
        End::Failed(why) => failed("failed", why, ""),
    };
    let mut case = TestCase::new(ran.example.as_str(), status);
    case.set_classname(ran.connector.as_str());
    case.set_time(ran.took);
    case
}

fn failed(kind: &str, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(kind).set_message(message);
    if !text.is_empty() {
        status.set_description(text);
    }
    status
}
