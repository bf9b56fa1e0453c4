//! Gemini CLI and Qwen Code, which was made from it: telemetry files, and chats.

mod attributes;
pub mod chat;
pub mod chat_json;
pub mod qwen_chat;
pub mod telemetry;

use super::ClientTraits;

/// It is made for Google's API, and names no other.
const GEMINI_CLI: ClientTraits = ClientTraits::PLAIN.made_for("gemini");
