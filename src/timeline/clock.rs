//! stub
pub fn settle(_: &mut [crate::input::InputFile], _: Option<crate::model::Zone>) -> Vec<String> { Vec::new() }
