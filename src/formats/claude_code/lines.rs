//! The lines of a transcript, as far as they are of interest.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::formats::stamp;
use crate::model::Time;

/// A long line of the user's, of which only this is of interest.
#[derive(Debug, PartialEq)]
pub(super) struct PassedOver<'a> {
    pub(super) uuid: &'a str,
    pub(super) version: &'a str,
    pub(super) at: Time,
    /// It is what the user asked, and no result of a tool.
    pub(super) is_prompt: bool,
}

impl<'a> PassedOver<'a> {
    /// Lines shorter than this are parsed whole: it costs as little.
    const LONG: usize = 2048;

    /// Reads a line in the very shape in which the client writes it, by its marks. A quote inside a text is escaped, so a mark is
    /// never one that somebody quoted; where an object inside has one too, the line is none of these.
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        const STAMP: &[u8] = b"\",\"timestamp\":\"";
        const KIND: &[u8] = b"\"type\":\"user\",\"message\":{\"role\":\"user\"";
        if line.len() < Self::LONG || !line.ends_with(b"}") {
            return None;
        }
        let frame_end = memchr::memmem::find(&line[..1024], KIND)?;
        let frame = &line[..frame_end];
        let has_session = memchr::memmem::find(frame, b"\"sessionId\":\"").is_some();
        if !has_session || memchr::memchr_iter(b'{', frame).nth(1).is_some() {
            return None;
        }
        let mut stamps = memchr::memmem::find_iter(line, STAMP);
        let (stamp, None) = (stamps.next()?, stamps.next()) else { return None };
        let uuid = line.get(stamp.checked_sub(36)?..stamp)?;
        let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).ok();
        let until_quote = |bytes: &'a [u8]| text(&bytes[..memchr::memchr(b'"', &bytes[..bytes.len().min(64)])?]);
        let version = memchr::memmem::find(frame, b"\"version\":\"").map(|at| &line[at + 11..])?;
        let is_id = line[..stamp - 36].ends_with(b",\"uuid\":\"");
        Some(Self {
            uuid: text(uuid).filter(|_| is_id)?,
            version: until_quote(version)?,
            at: stamp::rfc3339(until_quote(&line[stamp + STAMP.len()..])?)?,
            is_prompt: line[frame_end + KIND.len()..].starts_with(b",\"content\":\""),
        })
    }
}

/// The fields of a line that are of interest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) subtype: Option<String>,
    pub(super) uuid: Option<String>,
    pub(super) parent_uuid: Option<String>,
    pub(super) timestamp: Option<String>,
    pub(super) session_id: Option<String>,
    pub(super) agent_id: Option<String>,
    pub(super) is_sidechain: Option<bool>,
    pub(super) is_meta: Option<bool>,
    pub(super) version: Option<String>,
    pub(super) request_id: Option<String>,
    /// The id of the `api-request` that this line answers.
    pub(super) request_ref: Option<String>,
    /// Present on the line that says that the user interrupted.
    pub(super) interrupted_message_id: Option<String>,
    pub(super) is_api_error_message: Option<bool>,
    pub(super) api_error: Option<String>,
    pub(super) api_error_status: Option<u16>,
    pub(super) api_error_type: Option<String>,
    pub(super) stream_cut_cause: Option<String>,
    pub(super) retry_attempt: Option<u32>,
    pub(super) retry_in_ms: Option<f64>,
    #[serde(borrow)]
    pub(super) api_error_params: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) quota_limits: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
}

/// A line of kind `api-request`: one for each request sent, from 2.1.300 on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestLine {
    pub(super) id: Option<String>,
    pub(super) timestamp: Option<String>,
    pub(super) session_id: Option<String>,
    pub(super) agent_id: Option<String>,
    pub(super) version: Option<String>,
    pub(super) query_source: Option<String>,
    pub(super) params: Option<Params>,
}

/// `params` of an `api-request`.
#[derive(Deserialize)]
pub(super) struct Params {
    pub(super) model: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) usage: Option<Usage>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type")]
    kind: Option<String>,
    text: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Usage {
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    pub(super) cache_creation_input_tokens: Option<u64>,
    pub(super) cache_read_input_tokens: Option<u64>,
}

impl Usage {
    /// Tokens grow while the blocks of a message are written.
    pub(super) fn most(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.max(other.input_tokens),
            output_tokens: self.output_tokens.max(other.output_tokens),
            cache_creation_input_tokens: self.cache_creation_input_tokens.max(other.cache_creation_input_tokens),
            cache_read_input_tokens: self.cache_read_input_tokens.max(other.cache_read_input_tokens),
        }
    }
}

/// The first text of a message's blocks.
pub(super) fn first_text(content: Option<&RawValue>) -> String {
    let blocks = content.and_then(|c| serde_json::from_str::<Vec<Block>>(c.get()).ok()).unwrap_or_default();
    blocks.into_iter().find_map(|b| b.text).unwrap_or_default()
}

/// What a line of the user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The user stopped what was under way.
    Interrupt,
    /// Something new was asked.
    Prompt,
    /// A tool's result, or what the client wrote down in the user's name.
    Neither,
}

/// What a short line of the user is.
pub(super) fn turn_of(line: &Line<'_>) -> Turn {
    const INTERRUPTED: &str = "[Request interrupted by user";
    if line.interrupted_message_id.is_some() {
        return Turn::Interrupt;
    }
    let Some(answer) = line.message.and_then(|m| serde_json::from_str::<Answer<'_>>(m.get()).ok()) else {
        return Turn::Neither;
    };
    let Some(content) = answer.content else { return Turn::Neither };
    let (text, is_said) = match serde_json::from_str::<String>(content.get()) {
        Ok(text) => (text, true),
        Err(_) => {
            let blocks: Vec<Block> = serde_json::from_str(content.get()).unwrap_or_default();
            let is_said = blocks.first().is_some_and(|b| b.kind.as_deref() != Some("tool_result"));
            (blocks.into_iter().find_map(|b| b.text).unwrap_or_default(), is_said)
        }
    };
    if is_said && text.starts_with(INTERRUPTED) {
        return Turn::Interrupt;
    }
    // The client's own notes and commands begin with a tag.
    let is_prompt = is_said && line.is_meta != Some(true) && !text.starts_with('<');
    if is_prompt { Turn::Prompt } else { Turn::Neither }
}
