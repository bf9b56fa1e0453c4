//! Keys of the canonical form and the OpenTelemetry names for the same fields.
//!
//! Aliases: OpenTelemetry semantic conventions for GenAI spans and events (`gen_ai.*`), HTTP (`http.response.*`)
//! and exceptions, in their current and their older spellings, and the span times of OTLP in JSON.

/// A field of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// When the request left.
    Start,
    /// When the answer was complete.
    End,
    /// Milliseconds between the two.
    Duration,
    /// HTTP status.
    Status,
    /// `ok` or `error`.
    Outcome,
    /// Type, code or class of the error.
    ErrorType,
    /// Message of the error.
    ErrorMessage,
    /// Input tokens.
    Input,
    /// Output tokens.
    Output,
    /// Tokens read from a cache.
    CacheRead,
    /// Tokens written to a cache.
    CacheWrite,
    /// Provider.
    Provider,
    /// Account.
    Account,
    /// Model.
    Model,
    /// Session.
    Session,
    /// Agent.
    Agent,
    /// Request id.
    RequestId,
    /// Seconds to wait.
    RetryAfter,
    /// Number of the try.
    Attempt,
}

impl Field {
    /// Every field, in order.
    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::Start,
        Self::End,
        Self::Duration,
        Self::Status,
        Self::Outcome,
        Self::ErrorType,
        Self::ErrorMessage,
        Self::Input,
        Self::Output,
        Self::CacheRead,
        Self::CacheWrite,
        Self::Provider,
        Self::Account,
        Self::Model,
        Self::Session,
        Self::Agent,
        Self::RequestId,
        Self::RetryAfter,
        Self::Attempt,
    ];

    /// How many fields there are.
    pub(super) const COUNT: usize = 19;

    /// The canonical key.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Duration => "duration_ms",
            Self::Status => "status",
            Self::Outcome => "outcome",
            Self::ErrorType => "error_type",
            Self::ErrorMessage => "error_message",
            Self::Input => "input_tokens",
            Self::Output => "output_tokens",
            Self::CacheRead => "cache_read_tokens",
            Self::CacheWrite => "cache_write_tokens",
            Self::Provider => "provider",
            Self::Account => "account",
            Self::Model => "model",
            Self::Session => "session",
            Self::Agent => "agent",
            Self::RequestId => "request_id",
            Self::RetryAfter => "retry_after_s",
            Self::Attempt => "attempt",
        }
    }
}

/// The field that a key means, and how far down its list of names it is: of two keys for one field the
/// lower number counts. `None` for an unknown key.
pub(super) fn field_of(key: &str) -> Option<(Field, u8)> {
    use Field as F;
    Some(match key {
        "start" => (F::Start, 0),
        "start_time" | "startTimeUnixNano" | "start_time_unix_nano" => (F::Start, 1),
        "end" => (F::End, 0),
        "end_time" | "endTimeUnixNano" | "end_time_unix_nano" => (F::End, 1),
        "duration_ms" => (F::Duration, 0),
        "status" => (F::Status, 0),
        "http.response.status_code" => (F::Status, 1),
        "http.status_code" => (F::Status, 2),
        "outcome" => (F::Outcome, 0),
        "error_type" => (F::ErrorType, 0),
        "error.type" => (F::ErrorType, 1),
        "exception.type" => (F::ErrorType, 2),
        "error_message" => (F::ErrorMessage, 0),
        "error.message" => (F::ErrorMessage, 1),
        "exception.message" => (F::ErrorMessage, 2),
        "input_tokens" => (F::Input, 0),
        "gen_ai.usage.input_tokens" => (F::Input, 1),
        "gen_ai.usage.prompt_tokens" => (F::Input, 2),
        "output_tokens" => (F::Output, 0),
        "gen_ai.usage.output_tokens" => (F::Output, 1),
        "gen_ai.usage.completion_tokens" => (F::Output, 2),
        "cache_read_tokens" => (F::CacheRead, 0),
        "gen_ai.usage.cache_read.input_tokens" => (F::CacheRead, 1),
        "gen_ai.usage.cache_read_input_tokens" | "gen_ai.usage.cached_tokens" => (F::CacheRead, 2),
        "cache_write_tokens" => (F::CacheWrite, 0),
        "gen_ai.usage.cache_creation.input_tokens" => (F::CacheWrite, 1),
        "gen_ai.usage.cache_creation_input_tokens" => (F::CacheWrite, 2),
        "provider" => (F::Provider, 0),
        "gen_ai.provider.name" => (F::Provider, 1),
        "gen_ai.system" => (F::Provider, 2),
        "account" => (F::Account, 0),
        "model" => (F::Model, 0),
        "gen_ai.request.model" => (F::Model, 1),
        "gen_ai.response.model" => (F::Model, 2),
        "session" => (F::Session, 0),
        "session_id" | "session.id" => (F::Session, 1),
        "gen_ai.conversation.id" => (F::Session, 2),
        "agent" => (F::Agent, 0),
        "agent_id" | "gen_ai.agent.id" => (F::Agent, 1),
        "gen_ai.agent.name" => (F::Agent, 2),
        "request_id" => (F::RequestId, 0),
        "gen_ai.response.id" => (F::RequestId, 1),
        "retry_after_s" => (F::RetryAfter, 0),
        "attempt" => (F::Attempt, 0),
        _ => return None,
    })
}

/// Where the aliases of teams begin: names that the program's own form and OpenTelemetry do not have.
pub(super) const TEAM: u8 = 10;

/// The unit of a number of milliseconds or seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// As the field has it.
    Own,
    /// Thousand times as much: seconds for milliseconds.
    Thousand,
    /// A thousandth: milliseconds for seconds.
    Thousandth,
    /// Nanoseconds for milliseconds.
    Nanos,
    /// Microseconds for milliseconds.
    Micros,
    /// Seconds or milliseconds, by the size of the number.
    Either,
    /// A truth value that says the opposite.
    Inverse,
}

/// Longest name of a team's that is compared.
const LONGEST: usize = 32;

/// Names that teams give to fields, without case, `_`, `-`, `.` and `@`; the earlier of two for one field counts.
#[rustfmt::skip]
static TEAM_NAMES: &[(Field, Unit, &[&str])] = &[
    (Field::Start, Unit::Own, &[
        "startedat", "starttime", "starttimestamp", "startts", "requeststart", "requestedat", "requesttimestamp", "sentat", "begin",
        "startutc", "timestamp", "ts", "time", "datetime", "timestamputc", "eventtime", "logtime", "createdat", "created", "date", "at", "t",
        "timestampms", "timestampus", "timestampns", "tsms", "tsus", "tsns", "timeus", "timens", "epochms", "epoch", "unixtime",
        "requestcreatedat", "requesttime", "reqtime",
    ]),
    (Field::End, Unit::Own, &["endedat", "endtime", "endtimestamp", "endts", "finishedat", "completedat", "endutc", "completiontime"]),
    (Field::Duration, Unit::Own, &[
        "durationms", "latencyms", "elapsedms", "responsetimems", "tookms", "totalms", "requestdurationms", "durationmillis",
        "latencymillis", "elapsedmillis", "totallatencyms", "timems", "ms", "delayms", "elapsedmilliseconds", "durationmilliseconds",
    ]),
    (Field::Duration, Unit::Micros, &["durationus", "latencyus", "elapsedus", "durationmicros", "latencymicros"]),
    (Field::Duration, Unit::Thousand, &[
        "durations", "latencys", "elapseds", "durationseconds", "latencyseconds", "elapsedseconds", "durationsec", "latencysec",
        "elapsedsec", "responsetimes", "responsetimeseconds", "tooks", "seconds", "processtime",
    ]),
    (Field::Duration, Unit::Nanos, &["durationns", "latencyns", "elapsedns", "durationnano"]),
    (Field::Duration, Unit::Either, &[
        "duration", "latency", "elapsed", "took", "responsetime", "elapsedtime", "totaltime", "timetaken", "requestduration", "runtime",
    ]),
    (Field::Status, Unit::Own, &[
        "statuscode", "httpstatus", "httpstatuscode", "httpresponsestatuscode", "responsestatus", "responsestatuscode", "responsecode",
        "httpcode", "resstatuscode", "resstatus", "status", "errorstatus", "errorstatuscode", "errstatus", "errstatuscode", "code",
        "errorcode", "errcode",
    ]),
    (Field::Outcome, Unit::Own, &["success", "ok", "succeeded", "issuccess", "successful", "result", "state"]),
    (Field::Outcome, Unit::Inverse, &["iserror", "failed", "haserror", "isfailed"]),
    (Field::ErrorType, Unit::Own, &[
        "errortype", "errorkind", "errorname", "errorclass", "exceptiontype", "exceptionclass", "exceptionname", "errtype", "errname",
        "errorerrortype",
    ]),
    (Field::ErrorMessage, Unit::Own, &[
        "errormessage", "errormsg", "errmsg", "errmessage", "exceptionmessage", "error", "err", "exception", "errordetail",
        "errordetails", "failurereason", "failure", "errorerrormessage", "message", "msg",
    ]),
    (Field::Input, Unit::Own, &[
        "inputtokens", "prompttokens", "tokensin", "tokensinput", "intokens", "tokensprompt", "usageprompttokens", "usageinputtokens",
        "usageinput", "requesttokens",
    ]),
    (Field::Output, Unit::Own, &[
        "outputtokens", "completiontokens", "tokensout", "tokensoutput", "outtokens", "tokenscompletion", "usagecompletiontokens",
        "usageoutputtokens", "usageoutput", "responsetokens",
    ]),
    (Field::CacheRead, Unit::Own, &[
        "cachereadtokens", "cachereadinputtokens", "cachedtokens", "cachedinputtokens", "usagecachereadinputtokens",
    ]),
    (Field::CacheWrite, Unit::Own, &[
        "cachewritetokens", "cachecreationtokens", "cachecreationinputtokens", "usagecachecreationinputtokens",
    ]),
    (Field::Provider, Unit::Own, &["providername", "providerid", "llmprovider", "apiprovider", "vendor"]),
    (Field::Account, Unit::Own, &[
        "accountid", "accountname", "orgid", "organizationid", "organization", "org", "keyalias", "apikeyalias", "keyname", "apikeyname",
    ]),
    (Field::Model, Unit::Own, &[
        "modelname", "modelid", "llmmodel", "requestmodel", "reqmodel", "requestedmodel", "responsemodel", "deploymentname", "deployment", "engine",
    ]),
    (Field::Session, Unit::Own, &["sessionid", "sessionname", "conversationid", "threadid", "chatid"]),
    (Field::Agent, Unit::Own, &["agentid", "agentname", "workerid", "worker", "userid", "username", "user"]),
    (Field::RequestId, Unit::Own, &[
        "requestid", "reqid", "xrequestid", "providerrequestid", "responseid", "generationid", "completionid", "callid", "correlationid",
        "id",
    ]),
    (Field::RetryAfter, Unit::Own, &["retryafter", "retryafters", "retryafterseconds", "retryaftersec"]),
    (Field::RetryAfter, Unit::Thousandth, &["retryafterms"]),
    (Field::Attempt, Unit::Own, &["attemptnumber", "attemptno", "trynumber", "try"]),
];

/// The field that a team's own name means: how far down its list of names it is, and its unit.
pub(super) fn team_field_of(key: &str) -> Option<(Field, u8, Unit)> {
    type Names = std::collections::HashMap<&'static str, (Field, u8, Unit)>;
    static NAMES: std::sync::OnceLock<Names> = std::sync::OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut names = Names::new();
        for (at, (field, unit, keys)) in TEAM_NAMES.iter().enumerate() {
            // All names of a field's later list come after those of an earlier one.
            let before: usize = TEAM_NAMES[..at].iter().filter(|(f, _, _)| f == field).map(|(_, _, k)| k.len()).sum();
            for (n, key) in keys.iter().enumerate() {
                names.insert(key, (*field, TEAM + u8::try_from(before + n).unwrap_or(u8::MAX - TEAM), *unit));
            }
        }
        names
    });
    let mut plain = [0; LONGEST];
    let mut length = 0;
    for byte in key.bytes().filter(|b| !matches!(b, b'_' | b'-' | b'.' | b'@' | b' ')) {
        *plain.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    names.get(std::str::from_utf8(&plain[..length]).ok()?).copied()
}

/// Objects whose own keys are read as `object.key`.
pub(super) const NESTED: [&str; 9] =
    ["error", "err", "exception", "usage", "request", "response", "res", "req", "http"];

/// Keys that name the address that was asked.
pub(super) const ADDRESSES: [&str; 15] = [
    "url",
    "path",
    "uri",
    "endpoint",
    "route",
    "request_uri",
    "request_path",
    "RequestPath",
    "request.url",
    "request.uri",
    "request.path",
    "req.url",
    "req.path",
    "http.url",
    "url.full",
];
