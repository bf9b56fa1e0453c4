//! Stub.
use super::super::{FormatInfo, Head, LineParser, LogFormat, Place};
/// Stub.
#[derive(Debug)]
pub struct KimiWire;
impl LogFormat for KimiWire {
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
