//! What can be wrong with a file of the catalogue.

/// What is wrong with a file of the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Not TOML, or a field is missing or unknown.
    #[error("{file} is not a catalogue file: {reason}.")]
    Shape {
        /// The file.
        file: String,
        /// The parser's words.
        reason: String,
    },
    /// A cause that does not exist.
    #[error("Entry {id} names the unknown cause {cause}.")]
    Cause {
        /// The entry.
        id: String,
        /// The cause.
        cause: String,
    },
    /// A zone that is none.
    #[error("Entry {id} names the unknown zone {zone}.")]
    Zone {
        /// The entry.
        id: String,
        /// The zone.
        zone: String,
    },
}
