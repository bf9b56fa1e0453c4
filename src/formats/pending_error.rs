//! A line that is no record: damage when another line follows, no news when the log ends in it and is still written.

use super::Sink;

/// The last line read, if it was no record, with what to say of it.
#[derive(Debug, Default)]
pub(super) struct PendingError(Option<(u64, &'static str)>);

impl PendingError {
    /// This line is no record.
    pub(super) fn raise(&mut self, line: u64, reason: &'static str) {
        self.0 = Some((line, reason));
    }

    /// Another line follows: the one in pending is a problem.
    pub(super) fn report(&mut self, sink: &mut Sink) {
        self.report_at_end(false, sink);
    }

    /// The log ends here: the line in pending is a problem, unless it was cut off.
    pub(super) fn report_at_end(&mut self, cut: bool, sink: &mut Sink) {
        if let Some((line, reason)) = self.0.take().filter(|_| !cut) {
            sink.problem(line, reason);
        }
    }
}
