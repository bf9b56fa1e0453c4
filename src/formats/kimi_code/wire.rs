//! Stub.
use super::super::{FormatInfo, Head, LineParser, LogFormat, Place};
/// Stub.
#[derive(Debug)]
pub struct KimiCodeWire;
impl LogFormat for KimiCodeWire {
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
