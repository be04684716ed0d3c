//! Exit codes.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | findings (`check`, `test`, `diff`, `docs --check`, `record`), or conflicts (`import`) |
//! | 2 | usage |
//! | 3 | the call is wrong |
//! | 4 | not sent |
//! | 5 | maybe applied |
//! | 6 | the service said no |
//! | 7 | its answer was not understood |

use crate::terminal;
use std::process::ExitCode;

pub(crate) const DONE: u8 = 0;
pub(crate) const FINDINGS: u8 = 1;
pub(crate) const USAGE: u8 = 2;

/// What a command ends with.
pub(crate) type Ended = Result<u8, ExitCode>;

/// The exit code of a command's end.
pub(crate) fn code(ended: Ended) -> ExitCode {
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(code) => code,
    }
}

/// Tells what is wrong with how the command was called.
pub(crate) fn usage(message: &str) -> ExitCode {
    terminal::error(message, None);
    ExitCode::from(USAGE)
}
