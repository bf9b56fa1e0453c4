//! why429: why did my requests fail, which limit was it, and when does it end?
//!
//! Files are discovered, decoded and parsed into attempts and snapshots; these become a timeline per pool; the
//! timeline is cut into episodes; evidence is weighed for each; a verdict is drawn; a report is written.

pub mod assemble;
pub mod causes;
pub mod check;
pub mod diff;
pub mod document;
pub mod episodes;
pub mod escape;
pub mod evidence;
pub mod formats;
pub mod hook;
pub mod input;
mod keywords;
pub mod lenient;
pub mod merge;
pub mod model;
pub mod next;
pub mod output;
mod parquet;
pub mod pattern;
pub mod pipeline;
pub mod privacy;
pub mod report;
pub mod signals;
pub mod snapshots;
pub mod timeline;
pub mod verdict;
pub mod wording;
