//! Counts, shares and lengths of time as sentences write them.

/// Seconds as people say them: `42 s`, `7 min`, `1 h 02 min`, `5 h`, `3 d 4 h`, `7 d`.
pub fn duration(seconds: f64) -> String {
    let s = seconds.abs().round();
    if s < 120.0 {
        return if seconds.abs() < 10.0 { format!("{:.1} s", seconds.abs()) } else { format!("{s:.0} s") };
    }
    let minutes = (s / 60.0).round() as i64;
    match minutes {
        0..90 => format!("{minutes} min"),
        90..2880 if minutes % 60 == 0 => format!("{} h", minutes / 60),
        90..2880 => format!("{} h {:02} min", minutes / 60, minutes % 60),
        _ if minutes % 1440 < 60 => format!("{} d", minutes / 1440),
        _ => format!("{} d {} h", minutes / 1440, minutes % 1440 / 60),
    }
}

/// `1 refusal`, `2 refusals`, `1,312 refusals`.
pub fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", thousands(n as u64)) }
}

/// A part of a whole: `All 38 refusals`, `3 of 38 refusals`, `None of 38 refusals`, `The only refusal`.
pub fn share_of(part: usize, whole: usize, noun: &str) -> String {
    match (part, whole) {
        (1, 1) => format!("The only {noun}"),
        (2, 2) => format!("Both {noun}s"),
        (0, n) => format!("None of {}", counted(n, noun)),
        (k, n) if k == n => format!("All {}", counted(n, noun)),
        (k, n) => format!("{} of {}", thousands(k as u64), counted(n, noun)),
    }
}

/// `was` of one, `were` of others.
pub const fn was(n: usize) -> &'static str {
    if n == 1 { "was" } else { "were" }
}

/// A count with thousands set apart: `1,312`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// First letter in upper case.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}
