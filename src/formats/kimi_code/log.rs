//! Stub.
use super::super::{FormatInfo, Head, LineParser, LogFormat, Place};
/// Stub.
#[derive(Debug)]
pub struct KimiCodeLog;
impl LogFormat for KimiCodeLog {
    fn info(&self) -> &'static FormatInfo {
        unimplemented!()
    }
    fn recognises(&self, _: &Head<'_>) -> bool {
        false
    }
    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        unimplemented!()
    }
}
