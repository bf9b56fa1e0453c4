//! Where something was read: file and line. And what was wrong there.

/// Index of an input in the analysis' list of inputs (`Analysis::inputs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// One line of one input. Lines count from 1; 0 means the file as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SourceRef {
    /// The input.
    pub file: FileId,
    /// The line, from 1; 0 for the whole file.
    pub line: u32,
}

/// Something in an input that could not be read or believed. Nothing else is lost because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// First line where it was seen, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong, as a phrase without a period, in words that name no secret of the line.
    pub reason: String,
    /// How often in this file.
    pub count: u64,
}
