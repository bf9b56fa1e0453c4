//! Shapes of our own: headers, addresses with a password, prefixes of providers, e-mails, home folders, account ids.

use super::{How, Kind, Needs, Rule, SECRET, named, runs};
use crate::pattern::PatternMatch;

/// Kind, keywords, pattern, replacement, what else a match needs.
type Row = (Kind, &'static [&'static str], &'static str, How, Needs);

/// What names a header or a field, and so is known whatever it looks like.
const NAMED: &[Row] = &[
    (
        Kind::Secret,
        &["private key"],
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:(?s:.*?)-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\:,-]*)",
        How::With(SECRET),
        runs(7, 10),
    ),
    // Every scheme, and the list of parameters that some have.
    (
        Kind::Secret,
        &["authorization"],
        r#"(?i)\b((?:proxy-|x-[a-z-]*)?authorization)(\\*["']?\s*[:=]\s*\\*["']?)(?:[a-z][a-z0-9-]*\s+)?[^\s"'<>\\;,]+(?:\s*[,;]\s*[\w.-]+=[^\s"'<>\\;,]+)*"#,
        How::If(header),
        runs(13, 13),
    ),
    (
        Kind::Secret,
        &["cookie"],
        r#"(?i)\b((?:set-)?cookie2?)(\\*["']?\s*[:=]\s*\\*["']?)[^\s"'<>\\;,]+(?:;\s*[^\s"'<>\\;,]+)*"#,
        How::If(header),
        runs(6, 6),
    ),
    (Kind::Secret, &["://"], r#"(://)[^/\s"'<>@]+@"#, How::If(user_of_an_address), runs(0, 2).and(|t| t.contains('@'))),
    (
        Kind::Secret,
        &[
            "hooks.slack.com",
            "/api/webhooks/",
            "webhook.office.com",
            "hooks.zapier.com",
            "maker.ifttt.com",
            "/open-apis/bot/",
            "logic.azure.com",
            "api.telegram.org",
            "webhook.site",
            "pipedream.net",
            "hook.integromat.com",
            "/webhookb2/",
            "chat.googleapis.com",
        ],
        r#"(?i)((?:hooks\.slack\.com|/api/webhooks|[\w.-]*webhook\.office\.com|hooks\.zapier\.com|maker\.ifttt\.com|/open-apis/bot|[\w.-]*logic\.azure\.com|api\.telegram\.org|webhook\.site|hook\.integromat\.com|/webhookb2|chat\.googleapis\.com)(?::\d+)?/)[^\s"'<>]{4,}"#,
        How::With("$1<secret>"),
        runs(4, 10),
    ),
    (
        Kind::Secret,
        &[
            "sig",
            "token",
            "key",
            "credential",
            "secret",
            "passw",
            "code=",
            "auth",
            "jwt",
            "session",
            "policy",
            "ticket",
        ],
        r#"(?i)((?:[?&;]|&amp;|\\u0026)(?:[\w.-]*(?:sig|signature|credential|token|key|secret|password|passwd|auth|jwt|key-pair-id|session|sessionid|policy|ticket)|code))=([^&\s"'<>\#\\;]+)"#,
        How::If(parameter),
        runs(3, 4).and(has_parameters),
    ),
    (Kind::Secret, named::KEYWORDS, named::PATTERN, How::If(named::replaced), runs(3, 3).and(named::may_be_in)),
    (
        Kind::Secret,
        SPOKEN,
        r#"(?i)\b((?:(?:api|access|auth|secret|refresh)[ _-]?(?:key|token)|password|passphrase|secret)(?:\s+(?:provided|was|is|used|given|supplied|received|value))?\s*[:=]?\s+\\*["'`]?)([A-Za-z0-9._~+/*-]{5,}[A-Za-z0-9_~+/*=-])"#,
        How::If(spoken),
        runs(3, 3),
    ),
    (
        Kind::Secret,
        &["--"],
        r#"(?i)(--[a-z-]*(?:key|token|secret|password|pass)[\s=]+\\*["']?)([^\s"'<>\\]{6,})"#,
        How::If(spoken),
        runs(3, 5),
    ),
    (
        Kind::Secret,
        &["-u ", "--user "],
        r#"(\s(?:-u|--user)\s+["']?)[^\s"'<>:]+:[^\s"'<>]+"#,
        How::With("$1<secret>"),
        runs(1, 2),
    ),
    (Kind::Secret, &["bearer"], r"(?i)\b(bearer\s+)([A-Za-z0-9._~+/=-]{8,})", How::If(spoken), runs(6, 6)),
    (Kind::Secret, &["eyj"], r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}", How::With(SECRET), runs(3, 12)),
];

/// Names of keys, as sentences have them.
#[rustfmt::skip]
const SPOKEN: &[&str] = &[
    "password", "passphrase", "secret", "apikey", "api key", "api_key", "api-key", "apitoken", "api token", "api_token", "api-token",
    "accesskey", "access key", "access_key", "access-key", "accesstoken", "access token", "access_token", "access-token",
    "authkey", "auth key", "auth_key", "auth-key", "authtoken", "auth token", "auth_token", "auth-token",
    "refreshkey", "refresh key", "refresh_key", "refresh-key", "refreshtoken", "refresh token", "refresh_token", "refresh-token",
];

/// Prefixes of keys, with the fewest signs behind each. What is behind most must have a digit, as words follow some too.
const PREFIXED: &[Row] = &[
    (
        Kind::Secret,
        &["sk-", "pk-lf-"],
        r"(?:\b|_)(?:sk-ant-|sk-|pk-lf-)[A-Za-z0-9_*-]{8,}",
        How::With(SECRET),
        runs(2, 3),
    ),
    (
        Kind::Secret,
        &["aiza", "aq.", "ya29.", "1//0", "gocspx-", "akia", "asia", "abia", "acca", "absk", "bedrock-api-key-"],
        r"\b(?:AIza[A-Za-z0-9_-]{16,}|AQ\.[A-Za-z0-9_-]{16,}|ya29\.[A-Za-z0-9_.-]{12,}|1//0[A-Za-z0-9_-]{16,}|GOCSPX-[A-Za-z0-9_-]{12,}|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}|ABSK[A-Za-z0-9+/=_-]{20,}|bedrock-api-key-[A-Za-z0-9+/=_-]{16,})",
        How::If(digits),
        runs(1, 16),
    ),
    (
        Kind::Secret,
        &[
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_",
            "glpat-",
            "gldt-",
            "glrt-",
            "glptt-",
            "glcbt-",
            "glft-",
            "glimt-",
            "glagent-",
            "glsoat-",
            "gloas-",
            "atatt",
            "atctt",
            "atbb",
        ],
        r"\b(?:gh[pousr]_|github_pat_|gl(?:pat|dt|rt|rtr|ptt|cbt|ft|imt|agent|soat|oas)-|ATATT|ATCTT|ATBB)[A-Za-z0-9_.=-]{16,}",
        How::If(digits),
        runs(3, 20),
    ),
    (
        Kind::Secret,
        &[
            "xai-",
            "pplx-",
            "gsk_",
            "hf_",
            "api_org_",
            "nvapi-",
            "csk-",
            "sess-",
            "r8_",
            "fw_",
            "jina_",
            "tgp_v1_",
            "pa-",
            "vck_",
            "tvly-",
            "fc-",
            "rpa_",
            "pcsk_",
            "lsv2_",
            "phx_",
            "phc_",
            "sk_",
            "rk_",
            "pk_",
            "esecret_",
            "voyage-",
            "together_",
            "nv-",
            "bfl-",
            "cpk_",
            "inf_",
            "key_",
            "co_",
            "mk_",
        ],
        r"\b(?:xai-|pplx-|gsk_|hf_|api_org_|nvapi-|csk-|sess-|r8_|fw_|jina_|tgp_v1_|pa-|vck_|tvly-|fc-|rpa_|pcsk_|lsv2_|ph[csx]_|(?:sk|rk|pk)_(?:live_|test_)?|esecret_|cpk_|inf_|key_|co_|mk_)[A-Za-z0-9_.-]{16,}",
        How::If(digits),
        runs(2, 19),
    ),
    (
        Kind::Secret,
        &[
            "xox",
            "xapp-",
            "xwfp-",
            "whsec_",
            "shpat_",
            "shpca_",
            "shppa_",
            "shpss_",
            "ntn_",
            "secret_",
            "figd_",
            "figo",
            "sb_secret_",
            "sb_publishable_",
            "sbp_",
            "dckr_",
            "hvs.",
            "hvb.",
            "hvr.",
            "npm_",
            "pypi-",
            "age-secret-key-",
            "dop_v1_",
            "doo_v1_",
            "dor_v1_",
            "rnd_",
            "sntry",
            "glsa_",
            "glc_",
            "nrak-",
            "pmak-",
            "lin_api_",
            "lin_oauth_",
            "sg.",
            "xkeysib-",
            "re_",
            "pscale_",
            "cfpat-",
            "sgp_",
            "sq0",
            "rubygems_",
            "dapi",
            "dp.",
            "ops_",
            "uphold",
            "key-",
        ],
        r"\b(?:xox[abeoprs]-|xapp-|xwfp-|whsec_|shp(?:at|ca|pa|ss)_|ntn_|secret_|fig[dour]_|sb_(?:secret|publishable)_|sbp_|dckr_(?:pat|oat)_|hv[sbr]\.|npm_|pypi-|AGE-SECRET-KEY-|do[opr]_v1_|rnd_|sntry[su]_|gls?[ac]_|NR(?:AK|JS|II)-|PMAK-|lin_(?:api|oauth)_|SG\.|xkeysib-|re_|pscale_[a-z]+_|CFPAT-|sgp_|sq0[a-z]{3}-|rubygems_|dapi|dp\.(?:pt|st|ct|sa|scim|audit)\.|ops_|key-)[A-Za-z0-9_.+/=-]{16,}",
        How::If(digits),
        runs(2, 19),
    ),
    // Telegram's bots, Twilio's keys, z.ai's keys: no word that the finder could look for.
    (Kind::Secret, &[":aa"], r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}", How::With(SECRET), runs(8, 32)),
    (Kind::Secret, &["sk", "ac"], r"\b(?:SK|AC)[0-9a-f]{32}\b", How::With(SECRET), runs(34, 34)),
    (
        Kind::Secret,
        &["0.", "1.", "2.", "3.", "4.", "5.", "6.", "7.", "8.", "9.", "a.", "b.", "c.", "d.", "e.", "f."],
        r"\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b",
        How::With(SECRET),
        runs(32, 49),
    ),
];

/// What names a person or an account.
const OWNERS: &[Row] = &[
    (
        Kind::Email,
        &["@"],
        r"[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}[\p{L}\p{N}-]+",
        How::With("<email>"),
        runs(1, 4),
    ),
    // A name of two words ends where the next folder begins.
    (
        Kind::Home,
        &["users", "documents and settings"],
        r#"(?i)\b[a-z]:(?:\\{1,8}|/)(?:Users|Documents and Settings)(?:\\{1,8}|/)[^\\/\r\n"'<>:|*?]{1,64}(\\|/)"#,
        How::With("~$1"),
        runs(5, 5),
    ),
    (
        Kind::Home,
        &["users", "documents and settings"],
        r#"(?i)\b[a-z]:(?:\\{1,8}|/)(?:Users|Documents and Settings)(?:\\{1,8}|/)[^\\/\s"'<>:]+"#,
        How::With("~"),
        runs(5, 5),
    ),
    (
        Kind::Home,
        &["home", "users"],
        r#"(?i)(\\(?:home|users)\\{1,8})[^\\/\s"'<>:]+"#,
        How::With("$1<user>"),
        runs(4, 4),
    ),
    (
        Kind::Home,
        &["users"],
        r#"(?i)((?:^|[^A-Za-z0-9_])/(?:mnt/|cygdrive/)?[a-z]/users/)[^/\s"'<>:]+"#,
        How::With("$1<user>"),
        runs(5, 9),
    ),
    (
        Kind::Home,
        &["home", "users"],
        r#"(^|[^A-Za-z0-9_.~-])/(?:home|Users)/[^/\s"'<>:]+"#,
        How::With("$1~"),
        runs(4, 6),
    ),
    (Kind::Home, &["home", "users"], r#"(/(?:home|Users)/)[^/\s"'<>:]+"#, How::With("$1<user>"), runs(4, 6)),
    // A path whose root was cut off: an archive of a home folder, a model named by its folder.
    (
        Kind::Home,
        &["home", "users"],
        r#"(^|[\s"'(=])((?:home|Users)/)[^/\s"'<>:]+/"#,
        How::With("$1$2<user>/"),
        runs(4, 5),
    ),
    (
        Kind::Home,
        &["home%", "users%"],
        r#"(?i)(%(?:25)*(?:2F|5C)(?:home|users)%(?:25)*(?:2F|5C))[^%/\s"'<>&\\]+"#,
        How::With("$1<user>"),
        runs(6, 6),
    ),
    // Claude Code names a project's folder after its path: `-home-ann-shop`, `C--Users-ann-shop`.
    (
        Kind::Home,
        &["-home-", "-users-"],
        r#"(?i)((?:^|[/\\\s"'(=:,\[]|\b[a-z]-|-mnt-[a-z]|-cygdrive-[a-z]|-var|-export|-usr|-private)-(?:home|users)-)[\p{L}\p{N}_.~+]+"#,
        How::With("$1<user>"),
        runs(4, 6),
    ),
    (Kind::Home, &["/media/"], r#"(/media/)[^/\s"'<>:]+/"#, How::With("$1<user>/"), runs(5, 7)),
    (Kind::Home, &["~"], r#"(^|[\s"'(=:,])~[A-Za-z][A-Za-z0-9._-]*/"#, How::With("$1~/"), runs(1, 2)),
    (Kind::Account, &["org-"], r"\borg-[A-Za-z0-9]+<ak-[A-Za-z0-9]+>", How::With("<account>"), runs(3, 5)),
    (
        Kind::Account,
        &["org-", "ak-"],
        r"\b(?:org|ak)-(?:[A-Za-z]*[0-9][A-Za-z0-9]{2,}|[A-Za-z0-9]{20,})",
        How::With("<account>"),
        runs(3, 6),
    ),
    (
        Kind::Account,
        &["acct_", "proj_", "cus_", "org_", "wrkspc_", "user_", "team_", "wks_", "usr_", "sub_", "apikey_"],
        r"\b(?:acct|proj|cus|org|wrkspc|user|team|wks|usr|sub|apikey)_[A-Za-z0-9]{12,}",
        How::With("<account>"),
        runs(12, 16),
    ),
    (Kind::Account, &["arn:aws"], r"(\barn:aws[\w-]*:[\w-]*:[\w-]*:)\d{12}\b", How::With("$1<account>"), runs(12, 12)),
];

fn made(rows: &'static [Row]) -> impl Iterator<Item = Rule> {
    rows.iter()
        .map(|(kind, keywords, pattern, how, needs)| Rule::new(*kind, keywords.to_vec(), pattern, (*how, *needs)))
}

/// Rules that come first.
pub fn before() -> Vec<Rule> {
    made(NAMED).chain(made(PREFIXED)).collect()
}

/// Rules that come last: a key may hold an `@`.
pub fn after() -> Vec<Rule> {
    made(OWNERS).collect()
}

/// A header keeps its name; what is masked already stays.
fn header(found: &PatternMatch<'_>) -> Option<String> {
    Some(format!("{}{}{SECRET}", &found[1], &found[2]))
}

/// `git@` is nobody.
fn user_of_an_address(found: &PatternMatch<'_>) -> Option<String> {
    (&found[0] != "://git@").then(|| format!("://{SECRET}@"))
}

/// Whether an address with parameters may be in a text.
fn has_parameters(text: &str) -> bool {
    text.contains('=') && (text.contains(['?', '&', ';']) || text.contains("0026"))
}

/// A parameter of an address. A short number is a status or a page.
fn parameter(found: &PatternMatch<'_>) -> Option<String> {
    let value = &found[2];
    let is_short = value.len() <= 4 && value.bytes().all(|b| b.is_ascii_digit());
    (!is_short).then(|| format!("{}={SECRET}", &found[1]))
}

/// A value in a sentence: words follow too, so only what is long or has digits or stars among letters is one.
fn spoken(found: &PatternMatch<'_>) -> Option<String> {
    let value = &found[2];
    let is_number = value.bytes().all(|b| b.is_ascii_digit() || b"._-".contains(&b));
    let has_sign = value.bytes().any(|b| b.is_ascii_digit() || b == b'*');
    let is_one = !is_number && (has_sign || value.len() >= 20) && !value.contains(SECRET);
    is_one.then(|| format!("{}{SECRET}", &found[1]))
}

/// A key behind a prefix has digits in it, or small and capital letters without order; a word has neither.
fn digits(found: &PatternMatch<'_>) -> Option<String> {
    let text = found[0].as_bytes();
    let changes = text.windows(2).filter(|w| w[0].is_ascii_uppercase() != w[1].is_ascii_uppercase()).count();
    let is_one = text.iter().any(u8::is_ascii_digit) || changes * 3 >= text.len();
    is_one.then(|| SECRET.to_owned())
}
