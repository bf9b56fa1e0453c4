//! Gemini CLI and Qwen Code, which was made from it: telemetry files, and chats.

mod attributes;
pub mod chat;
pub mod chat_json;
pub mod qwen_chat;
pub mod telemetry;
