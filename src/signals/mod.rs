//! What an error says: the catalogue as data, and the matcher.

pub mod class;
