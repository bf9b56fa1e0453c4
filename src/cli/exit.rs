//! Exit codes (docs/REPORT.md). All others are reserved.

use std::process::ExitCode;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done.
    Done,
    /// A file could not be read, or an output not written; what could be made is still made.
    Failed,
    /// The command line was wrong.
    Usage,
    /// Nothing was recognised in the inputs.
    NothingRecognised,
    /// `check` or `diff` found a difference.
    Differs,
    /// `--fail-on` matched.
    Matched,
    /// `next`: a selected pool is blocked.
    Blocked,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NothingRecognised => 3,
            Exit::Differs => 4,
            Exit::Matched => 5,
            Exit::Blocked => 6,
        })
    }
}
