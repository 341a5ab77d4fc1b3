//! What could not be read or parsed. A problem is about the input, never about its safety.

use super::source::{FileId, Span};

/// How much of the input a problem cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something was not analysed: the run ends with exit code 2.
    Error,
    /// Analysed with a stated reading: the exit code is unchanged.
    Warning,
    /// Worth saying, nothing lost (a skipped template, a file that is no manifest).
    Note,
}

/// One problem with the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How much it cost.
    pub level: Level,
    /// Path as the user would write it.
    pub path: String,
    /// The file and bytes, when the file could be read at all.
    pub place: Option<(FileId, Span)>,
    /// A stable word for machines, such as `yaml-syntax` or `unreadable`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}
