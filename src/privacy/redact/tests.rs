use super::*;

#[test]
fn every_pattern_compiles() {
    for rule in &RULES.all {
        assert_eq!(rule.pattern.check(), Ok(()));
    }
}

#[test]
fn secrets_are_masked() {
    for (text, expected) in [
        ("key sk-ant-api03-abcdefgh-ij ok", "key <secret> ok"),
        ("Incorrect API key provided: sk-abcd****wxyz.", "Incorrect API key provided: <secret>."),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "<secret>"),
        ("ghp_0123456789abcdefABCD", "<secret>"),
        ("xai-0123456789abcdef0123", "<secret>"),
        ("AKIAABCDEFGHIJKL2NOP", "<secret>"),
        ("Authorization: Bearer abc.def-123", "Authorization: <secret>"),
        ("sent Bearer abcdefgh1234", "sent Bearer <secret>"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "<secret>"),
        ("https://x.example/v1?key=abcd1234&alt=sse", "https://x.example/v1?key=<secret>&alt=sse"),
        ("nvapi-0123456789abcdefABCD", "<secret>"),
        ("sk_live_0123456789abcdef", "<secret>"),
        ("0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp", "<secret>"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- x", "<secret> x"),
        ("proxy http://bob:hunter2@proxy:8080/", "proxy http://<secret>@proxy:8080/"),
        (r#"{"api_key": "abcd1234"}"#, r#"{"api_key": "<secret>"}"#),
        (r#"{\"secret\":\"abcd1234\"}"#, r#"{\"secret\":\"<secret>\"}"#),
        (r#"max \"secret\":\"abcd1234 3","type":1"#, r#"max \"secret\":\"<secret>","type":1"#),
        (r#"max \"secret\":\"ab\\ncd12\" 3"#, r#"max \"secret\":\"<secret>\" 3"#),
        (r#"max \"secret\":\"abcd1234"#, r#"max \"secret\":\"<secret>\""#),
        ("token: hFq7Lw2pXk", "token: <secret>"),
        (r"D:\\Users\\alice\\x", r"~\\x"),
        ("mail bob.b+x@mail.example.org now", "mail <email> now"),
        ("/home/alice/.kimi/logs", "~/.kimi/logs"),
        ("file:///Users/alice/x", "file://~/x"),
        (r"C:\Users\alice\AppData", r"~\AppData"),
        ("home/alice/.kimi/kimi.log", "home/<user>/.kimi/kimi.log"),
        ("backup/home/alice/kimi.log", "backup/home/<user>/kimi.log"),
        ("quota of org-7f3c<ak-f1a2> is used up", "quota of <account> is used up"),
    ] {
        assert_eq!(mask(text), expected);
        assert_eq!(mask(expected), expected, "masking twice");
    }
}

/// Names with any prefix, in every way of writing, and headers with every scheme.
#[test]
fn fields_that_are_named_are_masked() {
    for (text, expected) in [
        ("OPENAI_API_KEY=Qz7Lw2pX", "OPENAI_API_KEY=<secret>"),
        ("export DB_PASSWORD='correct horse'; make", "export DB_PASSWORD='<secret>'; make"),
        ("API_KEY_PROD=abcdwxyz x", "API_KEY_PROD=<secret> x"),
        (r#"{"bearerToken":"Qz7L","n":1}"#, r#"{"bearerToken":"<secret>","n":1}"#),
        (r#"{"clientSecret" : "a \" b"}"#, r#"{"clientSecret" : "<secret>"}"#),
        ("AccountName=x;AccountKey=Zm9vYmFy;EndpointSuffix=y", "AccountName=x;AccountKey=<secret>;EndpointSuffix=y"),
        ("dbpassword: hunter2hunter2", "dbpassword: <secret>"),
        ("Authorization: Digest username=\"x\", a", "Authorization: <secret>\"x\", a"),
        ("Authorization=AWS4-HMAC-SHA256 Credential=A/b, Signature=dead", "Authorization=<secret>"),
        ("proxy-authorization: Negotiate YII= (429)", "proxy-authorization: <secret> (429)"),
        ("Cookie: a=Qz7Lw2pX; b=Rt9Qz7Lw2", "Cookie: <secret>"),
        ("set-cookie: sid=1; Path=/; Secure (retry in 30 s)", "set-cookie: <secret> (retry in 30 s)"),
        ("curl -u ann:hunter2 x", "curl -u <secret> x"),
        ("tool --api-key Qz7Lw2pX --n 3", "tool --api-key <secret> --n 3"),
        ("https://Qz7Lw2@git.example/x", "https://<secret>@git.example/x"),
        ("https://s3.example/o?X-Amz-Signature=00ff&x=1", "https://s3.example/o?X-Amz-Signature=<secret>&x=1"),
        ("https://discord.com/api/webhooks/1/Qz7L", "https://discord.com/api/webhooks/<secret>"),
        ("the password is hunter2 today", "the password is <secret> today"),
        (r#"of "secret":"Qz7L/-/*, <secret>/-/*"#, r#"of "secret":"<secret>""#),
        ("cut \"access_token\":\"Qz7Lw2pX", "cut \"access_token\":\"<secret>\""),
    ] {
        assert_eq!(mask(text), expected);
        assert_eq!(mask(expected), expected, "masking twice");
    }
}

#[test]
fn home_folders_are_masked_in_every_spelling() {
    for (text, expected) in [
        (r"c:\users\ann\x", r"~\x"),
        (r"C:\Users\Ann Marie Smith\x", r"~\x"),
        ("C:/Users/ann/x", "~/x"),
        (r"C:\Documents and Settings\ann\x", r"~\x"),
        ("/mnt/c/Users/ann/x", "/mnt/c/Users/<user>/x"),
        ("/c/users/ann/x", "/c/users/<user>/x"),
        (r"\\wsl$\Ubuntu\home\ann\x", r"\\wsl$\Ubuntu\home\<user>\x"),
        ("/var/home/ann/x", "/var/home/<user>/x"),
        ("%2Fhome%2Fann%2Fx", "%2Fhome%2F<user>%2Fx"),
        ("c%3A%5CUsers%5Cann%5Cx", "c%3A%5CUsers%5C<user>%5Cx"),
        ("%252FUsers%252Fann%252Fx", "%252FUsers%252F<user>%252Fx"),
        (".claude/projects/-home-ann-shop/a.jsonl", ".claude/projects/-home-<user>-shop/a.jsonl"),
        ("projects/-Users-ann-shop", "projects/-Users-<user>-shop"),
        ("projects/C--Users-ann-shop", "projects/C--Users-<user>-shop"),
        ("projects/-mnt-c-Users-ann-shop", "projects/-mnt-c-Users-<user>-shop"),
        ("see ~ann/logs", "see ~/logs"),
    ] {
        assert_eq!(mask(text), expected);
        assert_eq!(mask(expected), expected, "masking twice");
    }
    assert_eq!(mask("a work-home-office, --home-dir x, ~/x"), "a work-home-office, --home-dir x, ~/x");
}

#[test]
fn addresses_of_every_form_are_masked() {
    for text in ["ann@sub.localhost", "ann@mail.xn--p1ai", "änne@exämple.at", "o'neil@mail.example.org"] {
        assert_eq!(mask(&format!("to {text}, now")), "to <email>, now");
    }
    for text in ["claude-3-5-sonnet-v2@20241022", "pkg@1.2.3", "@scope/pkg@0.4.1", "a @ b.c"] {
        assert_eq!(mask(text), text);
    }
}

#[test]
fn plain_words_and_request_ids_stay() {
    for text in [
        "request id req_011CSHoEeqs5C35K2UUqR7Fy, chatcmpl-9f8e7d6c5b4a",
        "token: expired, key: none, password: wrong",
        "max_tokens=8192 input_token=12345 tokens: 120000",
        "an org-wide limit, a task-force, 403 at 2026-03-03T16:19:00.123Z",
        "We're receiving too many requests at the moment",
        "sessions/3017a12e6ec007e553effa28733f1697/wire.jsonl",
        "organization TPM rate limit, current: 21586, limit: 18000",
        "monkey=banana bypass=always author: somebody token_type=bearer PWD=/srv/x",
        "Bearer authentication required; the API key is invalid or missing",
        "tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 6.5s",
        "https://api.example/v1?code=429&page=2 and session limit reached",
    ] {
        assert!(matches!(mask(text), Cow::Borrowed(_)), "{text}: {}", mask(text));
    }
}

#[test]
fn kinds_are_counted() {
    let mut counts = Counts::new();
    mask_counting("a@b.example c@d.example key=abcdef", &mut counts);
    assert_eq!(counts, Counts::from([(Kind::Secret, 1), (Kind::Email, 2)]));
}

/// The invented keys of the data file, each with a sign in it that keeps scanners away.
#[test]
fn no_part_of_an_invented_key_stays() {
    let rows = include_str!("../../../tests/data/keys.tsv").lines().filter(|l| !l.starts_with('#'));
    let mut left = Vec::new();
    for row in rows {
        let (secret, text) = row.split_once('\t').expect("a secret and its text");
        let (secret, text) = (secret.replace('§', ""), text.replace('§', "").replace("\\n", "\n"));
        assert!(text.contains(&secret), "{text}");
        RULES.of(&text).for_each(|rule| crate::pattern::tests::agree(&rule.pattern, &text));
        let masked = mask(&text);
        if masked.contains(&secret) {
            left.push(masked.to_string());
        }
        assert_eq!(mask(&masked), masked, "masking twice");
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}

/// A row that says too much would leave a secret in a text without it; one that says too little costs time.
#[test]
fn every_rule_needs_the_rows_that_its_pattern_requires() {
    for rule in &RULES.all {
        let required = runs::required::by(rule.pattern.as_str());
        assert_eq!(rule.needs.runs, required, "{}", rule.pattern.as_str());
    }
}

/// What is quickly seen never keeps a text from a rule that matches it.
#[test]
fn no_text_that_a_rule_matches_is_passed_over() {
    let keys = include_str!("../../../tests/data/keys.tsv").replace('§', "").replace("\\n", "\n");
    let more = [
        "token\u{b}: a",
        "api_token\u{a0}= abcd",
        r#"x-\"auth_key\"  : 12345"#,
        "to\u{212a}en: hFq7Lw2pXk",
        "sig=>abcdefgh",
        "x?session=abcdefgh",
        "x\\U0026key=abc",
        "my API-Key was: abcdef12",
        "RefreshToken  abcdef12",
        "://a@b",
        "password\tx1x2x3",
    ];
    for text in keys.split(['\t', '\n']).chain(more) {
        let runs = Runs::of(text);
        for rule in RULES
            .all
            .iter()
            .filter(|r| !r.may_match(text, runs) && r.keywords.iter().any(|k| text.to_ascii_lowercase().contains(k)))
        {
            assert!(!rule.pattern.is_match(text), "{text}\n{}", rule.pattern.as_str());
        }
        // A name for a key in a sentence has one of the words that are looked for.
        let is_of_a_sentence = |r: &&Rule| r.pattern.as_str().contains("(?:provided|was|");
        for rule in RULES.all.iter().filter(is_of_a_sentence).filter(|r| r.pattern.is_match(text)) {
            assert!(
                rule.keywords.iter().any(|k| text.to_ascii_lowercase().contains(k)),
                "{text}\n{}",
                rule.pattern.as_str()
            );
        }
    }
}
