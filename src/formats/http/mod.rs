//! What every log of HTTP requests needs: which requests go to a model, what answers' headers tell of limits, what an
//! error body says, and elements of documents that are larger than memory should be.

pub(super) mod api;
pub(super) mod body;
pub(crate) mod elements;
pub(super) mod headers;
