//! missing-example: documentation, mock and snapshot come from an operation's example.

use crate::diagnostic::Code;
use crate::manifest::Fault;
use crate::operation::Operation;

pub(super) fn check(operation: &Operation) -> Option<Fault> {
    let file = operation
        .examples_dir()
        .join(format!("{}.yaml", operation.id()));
    (!file.is_file()).then(|| {
        let mut fault = Fault::new(
            Code::MissingExample,
            "",
            format!("there is no examples/{}.yaml", operation.id()),
        );
        fault
            .warning()
            .help("write one with an input and the service's reply");
        fault
    })
}
