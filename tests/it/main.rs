//! The one integration binary: the program and its library from outside.
//!
//! In: `fixtures/`, logs drawn from a seed, recordings beside the repository where they are. Nothing here looks inside
//! a stage; each test states what a user, a script or a ticket may rely on.

// Clippy's exceptions for tests do not reach the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod architecture;
mod bad_input;
mod blanks;
mod cases;
mod check_command;
mod cli;
mod client_logs;
mod command_line;
mod config;
mod counted;
mod damage;
mod databases;
mod diff;
mod error_texts;
mod exports;
mod fleet;
mod fuzz;
mod gateways;
mod hook;
mod limits;
mod machines;
mod names;
mod next;
mod odd_bytes;
mod once;
mod outputs;
mod plain_meaning;
mod properties;
mod recordings;
mod recount;
mod renamed;
mod replay;
mod resets;
mod running;
mod same_incident;
mod samples;
mod schema;
mod screen;
mod secrets;
mod skills;
mod stories;
mod support;
mod taint;
mod talk;
mod ticket;
mod truth;
mod usage_bodies;
mod widths;
mod zones;
