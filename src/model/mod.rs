//! Plain data: what the stages hand to each other. Nothing here reads, prints or decides.

pub mod attempt;
pub mod cause;
pub mod local_limit;
mod number;
pub mod record;
pub mod snapshot;
pub mod source;
pub mod text;
pub mod time;
pub mod zone;

pub use attempt::{Attempt, Class, Count, Fidelity, Outcome, Tokens, Wait};
pub use cause::{Cause, Group, Hypothesis};
pub use local_limit::LocalLimit;
pub use number::median;
pub use record::{ErrorFields, Record, RowOutcome};
pub use snapshot::{CaptureBasis, Captured, EXHAUSTED_SHARE, QuotaState, Snapshot, WindowState};
pub use source::{FileId, Problem, SourceRef};
pub use text::{TextId, Texts};
pub use time::Time;
pub use zone::Zone;
