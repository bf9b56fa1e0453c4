//! The secrets, from a seed, by code that shares nothing with the redactor.

/// A xorshift generator: the same secrets every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn of(&mut self, alphabet: &str, n: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..n).map(|_| letters[self.roll(letters.len())]).collect()
    }

    fn token(&mut self, n: usize) -> String {
        self.of("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", n)
    }

    /// A word of no language.
    fn word(&mut self) -> String {
        let syllables = ["zor", "quib", "vax", "plim", "druk", "nyx", "wob", "kesh", "grum", "fliv"];
        (0..4).map(|_| syllables[self.roll(10)]).collect()
    }
}

/// What is planted, and the parts of it that must not be found.
///
/// What leaves must hold none of them; what stays on the machine (the terminal, JSON, tables) keeps names of folders,
/// hosts and people where an error text has them, and must not hold `keys`: what opens something, or names its owner.
pub struct Secret {
    pub text: String,
    pub needles: Vec<String>,
    pub keys: Vec<String>,
}

pub fn secret(text: String, needles: &[&str]) -> Secret {
    let needles: Vec<String> = needles.iter().map(|n| (*n).to_owned()).collect();
    assert!(needles.iter().all(|n| text.contains(n.as_str())), "{text}");
    Secret { text, needles, keys: Vec::new() }
}

/// One that must stand nowhere at all.
fn key(text: String, needles: &[&str]) -> Secret {
    let made = secret(text, needles);
    Secret { keys: made.needles.clone(), ..made }
}

pub fn secrets() -> Vec<Secret> {
    let mut d = Dice(0x5eed_2026_1124);
    let mut all = Vec::new();
    for prefix in [
        "sk-",
        "sk-ant-api03-",
        "sk-proj-",
        "sk-or-v1-",
        "AIza",
        "ghp_",
        "github_pat_",
        "xai-",
        "gsk_",
        "hf_",
        "pplx-",
        "AKIA",
        "glpat-",
        "xoxb-",
        "npm_",
        "r8_",
        "nvapi-",
        "sk_live_",
        "csk-",
        "ya29.",
    ] {
        let body = if prefix == "AKIA" { d.of("ABCDEFGHJKLMNPQRSTUVWXYZ234567", 16) } else { d.token(36) };
        all.push(key(format!("{prefix}{body}"), &[&body]));
    }
    for before in [
        "key=",
        "token: ",
        "Authorization: Bearer ",
        "Authorization: Basic ",
        "x-api-key: ",
        "password=",
        "\"secret\":\"",
        "Cookie: sid=",
    ] {
        let body = d.token(22);
        all.push(key(format!("{before}{body}"), &[&body]));
    }
    for n in [20, 28, 33, 40] {
        let body = d.token(n);
        all.push(secret(body.clone(), &[&body]));
    }
    let (a, b, c) = (d.token(20), d.token(40), d.token(30));
    all.push(key(format!("eyJ{a}.eyJ{b}.{c}"), &[&a, &b, &c]));
    let (id, part) = (d.of("0123456789abcdef", 32), d.token(16));
    all.push(key(format!("{id}.{part}"), &[&part]));
    let pem = d.token(48);
    all.push(key(format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----"), &[&pem]));
    for domain in ["mail.example.org", "corp.example.com", "uni.example.edu"] {
        let name = d.word();
        all.push(key(format!("{name}@{domain}"), &[&name]));
    }
    for home in ["/home/", "/Users/", "C:\\Users\\", "/home/"] {
        let (user, repo) = (d.word(), d.word());
        let between = if home.contains('\\') { "\\" } else { "/" };
        let made = secret(format!("{home}{user}{between}{repo}{between}main.rs"), &[&user, &repo]);
        all.push(Secret { keys: vec![user], ..made });
    }
    for root in ["/srv/git/", "/mnt/work/", "D:/repos/"] {
        let (team, repo) = (d.word(), d.word());
        all.push(secret(format!("{root}{team}/{repo}.git"), &[&team, &repo]));
    }
    for end in [".corp.internal", ".lan", ".example.net:8443"] {
        let host = d.word();
        all.push(secret(format!("{host}{end}"), &[&host]));
    }
    all.push(secret("203.0.113.77".to_owned(), &["203.0.113.77"]));
    all.push(secret("2001:db8:85a3::8a2e:370:7334".to_owned(), &["85a3::8a2e:370"]));
    all.push(secret("4929 1187 3345 6621".to_owned(), &["4929 1187", "3345 6621"]));
    all.push(secret("+43 660 5550199".to_owned(), &["5550199"]));
    for _ in 0..3 {
        let (first, last) = (d.word(), d.word());
        all.push(secret(format!("Dr. {first} {last}"), &[&first, &last]));
    }
    for middle in ["asked me to fire", "has been diagnosed with", "will buy", "lives next to"] {
        let (who, what) = (d.word(), d.word());
        all.push(secret(format!("{who} {middle} {what} before the merger is announced"), &[&who, &what, "merger"]));
    }
    let (org, ak) = (d.of("0123456789abcdef", 20), d.of("0123456789abcdef", 20));
    all.push(key(format!("org-{org}<ak-{ak}>"), &[&org, &ak]));
    assert!(all.len() >= 60, "{}", all.len());
    all
}

/// Deals secrets in turn.
pub struct Dealer<'s> {
    pub secrets: &'s [Secret],
    pub next: usize,
}

impl Dealer<'_> {
    pub fn deal(&mut self) -> &str {
        self.next += 1;
        &self.secrets[(self.next - 1) % self.secrets.len()].text
    }
}
