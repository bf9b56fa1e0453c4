//! Exports of tracing services, gateways and meters, as they come: JSON, JSON lines, CSV or Parquet.
//!
//! In: rows, whatever carried them. Out: one attempt a call. Every export has the same packings, so one reader takes rows from
//! all of them; a file of this folder says by which fields an export is known and what its fields mean. Always: prompts and
//! answers are not looked at.
//!
//! To add one, write a file with an [`Export`] and add it to [`super::REGISTRY`] and `OF_COLUMNS`.

mod bifrost;
mod claude_monitor;
mod head;
mod helicone;
mod langfuse;
mod langsmith;
mod phoenix;
mod portkey;
mod row;
mod rows;
mod timeline;

pub use bifrost::BIFROST;
pub use claude_monitor::CLAUDE_MONITOR;
pub use helicone::HELICONE;
pub use langfuse::LANGFUSE;
pub use langsmith::LANGSMITH;
pub use phoenix::PHOENIX;
pub use portkey::PORTKEY;
pub use timeline::TIMELINE;

pub(crate) use head::Keys;
pub(crate) use row::Row;

use super::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use rows::Rows;

/// One kind of export.
pub struct Export {
    info: &'static FormatInfo,
    /// Keys below which its rows may be in a list; a list at the top is `&[]`.
    wrappers: &'static [&'static [&'static str]],
    /// Rows of its own have one of these fields: a cheap test before the fields are read.
    marks: &'static [&'static str],
    /// Whether rows with these fields are its own.
    fits: fn(&Keys) -> bool,
    open: fn() -> Box<dyn Reader>,
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Export").field(&self.info.id).finish()
    }
}

/// Takes the rows of one file.
pub(crate) trait Reader: Send {
    /// One row.
    fn row(&mut self, row: &Row, sink: &mut Sink);
    /// The file has ended.
    fn finish(self: Box<Self>, _: &mut Sink) {}
}

/// Every export that may come as Parquet, the most particular first.
pub(crate) static OF_COLUMNS: &[&Export] = &[&TIMELINE, &LANGFUSE, &LANGSMITH, &PHOENIX, &HELICONE];

/// The export whose columns these are.
pub(crate) fn of_columns(names: &Keys) -> Option<&'static Export> {
    OF_COLUMNS.iter().copied().find(|e| (e.fits)(names))
}

impl Export {
    /// A reader for the rows of one file.
    pub(crate) fn reader(&self) -> Box<dyn Reader> {
        (self.open)()
    }
}

impl LogFormat for Export {
    fn info(&self) -> &'static FormatInfo {
        self.info
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let is_marked = self.marks.iter().any(|m| memchr::memmem::find(head.bytes, m.as_bytes()).is_some());
        is_marked && (self.fits)(&Keys::in_head(head.bytes, self.wrappers))
    }

    fn streams(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { rows: Rows::new(self.wrappers), reader: self.reader() })
    }
}

struct Parser {
    rows: Rows,
    reader: Box<dyn Reader>,
}

impl LineParser for Parser {
    fn line(&mut self, _: &[u8], _: u64, _: &mut Sink) {}

    fn bytes(&mut self, block: &[u8], sink: &mut Sink) {
        let Self { rows, reader } = self;
        rows.push(block, sink, &mut |row, sink| reader.row(&row, sink));
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        let Self { rows, mut reader } = *self;
        rows.finish(cut, sink, &mut |row, sink| reader.row(&row, sink));
        reader.finish(sink);
    }
}

#[cfg(test)]
mod tests;
