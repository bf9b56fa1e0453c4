//! From spans to rows: calls, the requests below them, and calls inside calls.
//!
//! In: neutral spans in any order. Out: one row a request, or a call where its requests have no spans. Always: of spans that
//! are nested the innermost is the row, and takes names, tokens and text from those around it; a failure that
//! only its error shows counts where no span around or inside it does, since an exception is recorded on its whole way up.

use std::collections::{HashMap, HashSet};

use super::attributes::Attributes;
use super::kind::{self, Kind};
use super::span::Span;
use crate::formats::Sink;
use crate::formats::http::api;
use crate::formats::http::headers::{Headers, Meters};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

/// Requests behind a call's span: the first and two retries of the SDK (`max_retries = 2` of openai and anthropic).
const WITH_SDK_RETRIES: u8 = 3;

/// Deepest nesting of spans.
const DEEPEST: usize = 100;

/// Keys of a session.
pub(super) const SESSION: &[&str] = &["gen_ai.conversation.id", "session.id", "langfuse.session.id"];

/// Keys of token counts: input, output, read from a cache, written to a cache.
const TOKENS: [&[&str]; 4] = [
    &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "ai.usage.promptTokens"],
    &[
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
        "ai.usage.completionTokens",
    ],
    &[
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
    ],
    &[
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
    ],
];

/// Keys of an error's text, where neither the status nor an exception has one.
const MESSAGE: &[&str] = &["exception.message", "error.message", "langfuse.observation.status_message", "error"];

/// A call, or one of its requests.
#[derive(Debug, Default)]
pub(in crate::formats) struct Call {
    pub(in crate::formats) id: u64,
    pub(in crate::formats) parent: u64,
    pub(in crate::formats) is_request: bool,
    pub(in crate::formats) is_failure: bool,
    pub(in crate::formats) start: Option<Time>,
    pub(in crate::formats) end: Option<Time>,
    pub(in crate::formats) line: u64,
    pub(in crate::formats) failed: bool,
    pub(in crate::formats) status: Option<u16>,
    pub(in crate::formats) kind: Option<String>,
    pub(in crate::formats) message: Option<String>,
    pub(in crate::formats) provider: Option<String>,
    pub(in crate::formats) model: Option<String>,
    pub(in crate::formats) session: Option<String>,
    pub(in crate::formats) agent: Option<String>,
    pub(in crate::formats) request_id: Option<String>,
    pub(in crate::formats) headers: Headers,
    pub(in crate::formats) tokens: [Option<u64>; 4],
}

/// Collects the spans of a file.
#[derive(Debug, Default)]
pub(in crate::formats) struct Calls {
    calls: Vec<Call>,
    /// The parent of every span that is no call of its own.
    parents: HashMap<u64, u64>,
    others: u64,
    first_line: Option<u64>,
}

impl Calls {
    /// Takes a span; `shared` are attributes of its resource. Answers whether it is a call or a request.
    pub(in crate::formats) fn take(&mut self, span: &Span<'_>, shared: &Attributes<'_>, sink: &mut Sink) -> bool {
        sink.count_record();
        self.first_line.get_or_insert(span.line);
        if let Some(end) = span.end {
            sink.note_time(end);
        }
        let class = span.exception[0].or_else(|| span.attributes.text(&["exception.type", "error.type"]));
        let text = span.exception[1].or(span.message).or_else(|| span.attributes.text(MESSAGE));
        let error = text.filter(|_| span.failed || class.is_some()).map(|text| (class, text));
        let (kind, is_known) = kind::of(span.name, &span.attributes, error);
        if let Some(known) = is_known {
            sink.note_kind(span.line, known);
        }
        if kind == Kind::Other || span.is_server {
            self.others += 1;
            self.parents.insert(span.id, span.parent);
            return false;
        }
        if kind == Kind::Call && span.attributes.has_prefix("gen_ai.") {
            sink.need(span.line, "gen_ai.request.model", span.attributes.text(kind::MODEL).is_some());
        }
        self.calls.push(Call::of(span, shared, kind, class));
        kind != Kind::Failure
    }

    /// Takes a call that its writer marks as one.
    pub(in crate::formats) fn add(&mut self, call: Call, sink: &mut Sink) {
        sink.count_record();
        self.first_line.get_or_insert(call.line);
        if let Some(end) = call.end {
            sink.note_time(end);
        }
        self.calls.push(call);
    }

    /// Takes a span that its writer marks as something else.
    pub(in crate::formats) fn other(&mut self, id: u64, parent: u64, line: u64, sink: &mut Sink) {
        sink.count_record();
        self.first_line.get_or_insert(line);
        self.others += 1;
        self.parents.insert(id, parent);
    }

    /// Gives the rows to the sink.
    pub(in crate::formats) fn finish(self, sink: &mut Sink) {
        let Self { mut calls, parents, others, first_line } = self;
        let around = enclosing_calls(&calls, &parents);
        drop_echoes(&mut calls, &around);
        let around = super::calls::enclosing_calls(&calls, &parents);
        match (calls.len(), first_line) {
            (0, Some(line)) => sink.problem(
                line,
                "spans, and none of them is a call of a model: no GenAI, OpenInference or Langfuse attribute, no address of a \
                 model API, no name or error of an SDK",
            ),
            _ => sink.count_skipped(others),
        }
        let mut meters = Meters::default();
        let mut in_time: Vec<&Call> = calls.iter().collect();
        in_time.sort_by_key(|c| c.end);
        in_time.iter().for_each(|c| c.limits(&mut meters, sink));
        if calls.iter().all(|c| c.provider.is_none())
            && let Some(provider) = linked_provider(&calls)
        {
            sink.provider(provider);
        }
        let last = last_inside(&calls, &around);
        let outer: HashSet<usize> = around.iter().flatten().copied().collect();
        for (i, call) in calls.iter().enumerate().filter(|(i, _)| !outer.contains(i)) {
            let over = chain(i, &around).map(|o| &calls[o]).collect::<Vec<_>>();
            let is_last = around[i].is_some_and(|o| last.get(&o) == Some(&i));
            call.row(&over, is_last, sink);
        }
    }
}

/// Pages that providers name in their errors.
const PAGES: &[(&str, &str)] = &[
    ("platform.openai.com/", "openai"),
    ("docs.claude.com/", "anthropic"),
    ("docs.anthropic.com/", "anthropic"),
    ("aka.ms/oai/", "azure"),
    ("generativelanguage.googleapis.com/", "gemini"),
    ("ai.google.dev/", "gemini"),
];

/// The provider whose pages the errors name, if it is one: some writers of spans name none.
fn linked_provider(calls: &[Call]) -> Option<&'static str> {
    let texts = || calls.iter().filter_map(|c| c.message.as_deref());
    let mut providers =
        PAGES.iter().filter(|(page, _)| texts().any(|t| t.contains(page))).map(|(_, provider)| *provider);
    let first = providers.next()?;
    providers.all(|other| other == first).then_some(first)
}

/// For every call the nearest one around it.
fn enclosing_calls(calls: &[Call], parents: &HashMap<u64, u64>) -> Vec<Option<usize>> {
    let known: HashMap<u64, usize> =
        calls.iter().enumerate().filter(|(_, c)| c.id != 0).map(|(i, c)| (c.id, i)).collect();
    let nearest = |call: &Call| {
        let mut up = call.parent;
        for _ in 0..DEEPEST {
            match known.get(&up) {
                Some(position) if calls[*position].id != call.id => return Some(*position),
                _ => up = *parents.get(&up)?,
            }
        }
        None
    };
    calls.iter().map(nearest).collect()
}

/// The calls around a call, the nearest first.
fn chain<'a>(i: usize, around: &'a [Option<usize>]) -> impl Iterator<Item = usize> + 'a {
    std::iter::successors(around[i], |o| around[*o]).take(DEEPEST)
}

/// Removes failures that another span of the same path has too.
fn drop_echoes(calls: &mut Vec<Call>, around: &[Option<usize>]) {
    let mut echo = vec![false; calls.len()];
    for (i, call) in calls.iter().enumerate() {
        for over in chain(i, around) {
            // Inside a call that is known as one, a failure is that call's; around one, that of a call inside.
            echo[i] |= call.is_failure && !calls[over].is_failure;
            echo[over] |= calls[over].is_failure;
        }
    }
    let mut at = 0..;
    calls.retain(|_| at.next().is_none_or(|i: usize| !echo[i]));
}

/// The last one inside each call: what the call says of its end is that one's.
fn last_inside(calls: &[Call], around: &[Option<usize>]) -> HashMap<usize, usize> {
    let mut last = HashMap::new();
    for (inner, over) in around.iter().enumerate().filter_map(|(i, o)| Some((i, (*o)?))) {
        let so_far = last.entry(over).or_insert(inner);
        if (calls[inner].end, inner) > (calls[*so_far].end, *so_far) {
            *so_far = inner;
        }
    }
    last
}

impl Call {
    fn of(span: &Span<'_>, shared: &Attributes<'_>, kind: Kind, class: Option<&str>) -> Self {
        let own = &span.attributes;
        let by_level = own.text(&["langfuse.observation.level"]) == Some("ERROR");
        let class = own.text(&["error.type"]).or(class);
        let failed = span.failed || by_level;
        let message = span.message.filter(|_| failed).or(span.exception[1]).or_else(|| own.text(MESSAGE));
        let by_class = class.filter(|k| k.len() == 3).and_then(|k| k.parse().ok());
        let status =
            own.status().or(by_class).or_else(|| message.and_then(status_in)).filter(|s| (100..600).contains(s));
        let provider = own.text(kind::PROVIDER);
        let url = kind::address(own).filter(|u| u.contains("://")).or_else(|| own.text(&["gen_ai.openai.api_base"]));
        let address = url.or_else(|| own.text(&["server.address", "net.peer.name", "http.host"]));
        let owned = |t: Option<&str>| t.map(str::to_owned);
        Self {
            id: span.id,
            parent: span.parent,
            is_request: kind == Kind::Request,
            is_failure: kind == Kind::Failure,
            start: span.start,
            end: span.end,
            line: span.line,
            // The status of a span is often left unset where that of HTTP says it.
            failed: failed || class.is_some() || status.is_some_and(|s| s >= 400),
            status,
            kind: class.filter(|_| by_class.is_none()).map(|c| c.rsplit('.').next().unwrap_or(c).to_owned()),
            message: owned(message.filter(|_| failed || class.is_some() || status.is_some_and(|s| s >= 400))),
            provider: owned(address.and_then(api::provider_of).or_else(|| provider_named(provider?, address))),
            model: owned(own.text(kind::MODEL)),
            session: owned(own.text(SESSION).or_else(|| shared.text(SESSION))),
            agent: owned(own.text(&["gen_ai.agent.id", "gen_ai.agent.name"])),
            request_id: owned(own.text(&["gen_ai.response.id"])),
            headers: own.headers(),
            tokens: TOKENS.map(|keys| own.count(keys)),
        }
    }

    fn record(&self) -> Record<'_> {
        let [input_tokens, output_tokens, cache_read_tokens, cache_write_tokens] = self.tokens;
        Record {
            start: self.start,
            start_low: self.start,
            end: self.end,
            row_outcome: if self.failed { RowOutcome::Error } else { RowOutcome::Ok },
            status: self.status,
            error: ErrorFields { kind: self.kind.as_deref(), message: self.message.as_deref() },
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_write_tokens,
            provider: self.provider.as_deref(),
            model: self.model.as_deref(),
            session: self.session.as_deref(),
            agent: self.agent.as_deref(),
            request_id: self.request_id.as_deref().or(self.headers.request_id()),
            retry_after_s: if self.failed { self.headers.retry_after_s(self.end) } else { None },
            at_most: 1,
            line: self.line,
            ..Record::default()
        }
    }

    /// The limits in the answer's headers.
    fn limits(&self, meters: &mut Meters, sink: &mut Sink) {
        if let Some(end) = self.end.or(self.start) {
            meters.take(&self.headers, (end, self.line), self.provider.as_deref(), sink);
        }
    }

    /// A row with the names of the calls around it, the nearest first. What the nearest says of its end is that of the last
    /// one inside it.
    fn row(&self, over: &[&Self], is_last: bool, sink: &mut Sink) {
        let mut own = self.record();
        if !self.is_request {
            // A call whose requests have no spans collapses the retries of its SDK.
            let at_once = self.failed && matches!(self.status, Some(400..=407 | 410..=428));
            (own.at_most, own.fidelity) =
                if at_once { (1, Fidelity::Observed) } else { (WITH_SDK_RETRIES, Fidelity::Collapsed) };
        }
        for (n, over) in over.iter().map(|o| o.record()).enumerate() {
            let ends = is_last && n == 0;
            own = Record {
                provider: own.provider.or(over.provider),
                model: over.model.filter(|_| self.is_request).or(own.model).or(over.model),
                session: own.session.or(over.session),
                agent: own.agent.or(over.agent),
                ..own
            };
            if ends {
                own = merge_end(own, &over);
            }
        }
        sink.attempt(own);
    }
}

/// The row with what the call around it says of its end.
fn merge_end<'a>(own: Record<'a>, over: &Record<'a>) -> Record<'a> {
    Record {
        // The span of a request ends with its headers, that of the call with the last token.
        end: if over.end >= own.end { over.end } else { own.end },
        status: own.status.or(over.status),
        error: ErrorFields {
            kind: over.error.kind.or(own.error.kind),
            message: over.error.message.or(own.error.message),
        },
        input_tokens: over.input_tokens.or(own.input_tokens),
        output_tokens: over.output_tokens.or(own.output_tokens),
        cache_read_tokens: over.cache_read_tokens.or(own.cache_read_tokens),
        cache_write_tokens: over.cache_write_tokens.or(own.cache_write_tokens),
        request_id: over.request_id.or(own.request_id),
        ..own
    }
}

/// The status that an error's text begins with, as SDKs write it: `Error code: 429 - {...}`, `429 {"error": ...}`.
pub(in crate::formats) fn status_in(message: &str) -> Option<u16> {
    let message = message.trim_start();
    let rest = message.strip_prefix("Error code: ").unwrap_or(message);
    let rest =
        rest.split_once("Error: ").map_or(rest, |(class, message)| if class.contains(' ') { rest } else { message });
    let rest = rest.strip_prefix("Error code: ").unwrap_or(rest);
    let (status, after) = rest.split_at_checked(3)?;
    let ends = after.is_empty() || after.starts_with([' ', ':', ',', '-', '.']);
    status.parse().ok().filter(|s| ends && (400..600).contains(s))
}

/// The provider by its name, without the API that some write behind it (`openai.chat`). `openai` at another address means
/// its protocol alone.
fn provider_named<'a>(name: &'a str, address: Option<&str>) -> Option<&'a str> {
    let bare = name
        .split_once('.')
        .filter(|(_, api)| ["chat", "responses", "messages", "completion", "generative-ai"].contains(api));
    let name = bare.map_or(name, |(provider, _)| provider);
    (name != "openai" || address.is_none()).then_some(name)
}
