//! Makes hostile text harmless for the place it is written to.
//!
//! In: any text, perhaps from a log. Out: the text as that target shows it literally; borrowed where nothing had to
//! change. The table of characters that a terminal acts on or hides follows fd's `sanitize.rs`.

use std::borrow::Cow;
use std::fmt::Write;
use std::io;

/// Whether a terminal would act on this character, hide it, or reorder the text around it.
pub fn acts_on_a_terminal(c: char) -> bool {
    c.is_control() || is_hidden(c)
}

/// Whether nobody sees this character: Unicode's `Default_Ignorable_Code_Point`, separators of lines, and the anchors of
/// annotations. The two selectors that choose between text and emoji are left to the text that they belong to.
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0D}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// For a terminal: controls, bidi marks and invisible characters become visible escapes (`\n`, `\x1b`, `\u{202e}`).
pub fn terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts_on_a_terminal) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if acts_on_a_terminal(c) && u32::from(c) < 0x100 => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if acts_on_a_terminal(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// For a JSON document that is printed: the same document, with what JSON lets through and a terminal acts on as `\u009b`. Such
/// characters stand in its texts only.
pub fn json(document: &str) -> Cow<'_, str> {
    let acts = |c: char| c != '\n' && acts_on_a_terminal(c);
    if document.bytes().all(|b| b < 0x7f) || !document.chars().any(acts) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 16);
    for c in document.chars() {
        if acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Writes JSON as [`json`] makes it. What is written to it at once ends between two characters, as `serde_json` does.
pub struct Json<W>(pub W);

impl<W: io::Write> io::Write for Json<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.0.write_all(json(text).as_bytes())?,
            Err(_) => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Invisible in the rendered page, and enough to keep a forge from making a link or a mention.
const BREAK: &str = "&#8203;";

/// For running text of GitHub-flavoured Markdown: no markup, HTML, mention, issue number or link comes out of it.
pub fn markdown(text: &str) -> String {
    let visible = terminal(text);
    let mut out = String::with_capacity(visible.len() + 16);
    let mut before = ' ';
    let mut rest = visible.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '!' if rest.peek() == Some(&'[') => out.push_str("\\!"),
            '@' => {
                out.push('@');
                out.push_str(BREAK);
            }
            '#' => {
                out.push_str("\\#");
                out.push_str(BREAK);
            }
            '-' if before == 'H' && rest.peek().is_some_and(char::is_ascii_digit) => {
                out.push('-');
                out.push_str(BREAK);
            }
            ':' if rest.peek() == Some(&'/') => {
                out.push(':');
                out.push_str(BREAK);
            }
            '.' if ends_with_www(&out) => {
                out.push('.');
                out.push_str(BREAK);
            }
            '-' | '+' | '=' if out.is_empty() => {
                out.push('\\');
                out.push(c);
            }
            '.' | ')' if begins_a_list(&out, rest.peek()) => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

fn ends_with_www(out: &str) -> bool {
    out.len() >= 3 && out.as_bytes()[out.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// Whether what was written so far, with a point or bracket after it, would be the number of a list.
fn begins_a_list(out: &str, next: Option<&char>) -> bool {
    !out.is_empty() && out.bytes().all(|b| b.is_ascii_digit()) && next.is_none_or(|c| *c == ' ')
}

/// For a code span of Markdown, also inside a table cell.
pub fn markdown_code(text: &str) -> String {
    let visible = terminal(text);
    let longest = visible.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if visible.starts_with('`') || visible.ends_with('`') || visible.is_empty() { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", visible.replace('|', "\\|"))
}

/// For text and attribute values of XML 1.0. Characters that XML cannot carry are dropped.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            c if c < ' ' || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
    out
}

/// For text and attribute values of HTML, and of SVG inside it: no markup comes out of it, and nothing that hides or
/// reorders text.
pub fn html(text: &str) -> String {
    xml(&terminal(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_is_borrowed() {
        assert!(matches!(terminal("kimi.log:12 ärger 限流"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_terminal_gets_no_control_to_act_on() {
        assert_eq!(terminal("a\x1b[2Jb\nc\u{9b}d\u{202e}e\u{7f}"), "a\\x1b[2Jb\\nc\\x9bd\\u{202e}e\\x7f");
        assert_eq!(terminal("zero\u{200b}width\u{feff}"), "zero\\u{200b}width\\u{feff}");
    }

    #[test]
    fn json_is_the_same_document_and_harmless() {
        let texts = vec!["a\u{9b}31m\u{7f}\u{202e}\u{e0041}\u{1b} ä"];
        let plain = serde_json::to_string_pretty(&texts).unwrap();
        let expected = json(&plain);
        let mut written = Vec::new();
        serde_json::to_writer_pretty(Json(&mut written), &texts).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), expected);
        assert!(expected.contains("a\\u009b31m\\u007f\\u202e\\udb40\\udc41\\u001b ä"), "{expected}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&expected).unwrap(), texts);
    }

    #[test]
    fn markdown_cannot_mention_link_or_mark_up() {
        assert_eq!(markdown("@team see #12"), "@&#8203;team see \\#&#8203;12");
        assert_eq!(markdown("a|b `c` <b> *d* [e](f) ![g]"), "a\\|b \\`c\\` &lt;b&gt; \\*d\\* \\[e\\](f) \\!\\[g\\]");
        assert_eq!(markdown("https://x.example www.x.example"), "https:&#8203;//x.example www.&#8203;x.example");
        assert_eq!(markdown("GH-12"), "GH-&#8203;12");
        assert_eq!(markdown("1. no list"), "1\\. no list");
        assert_eq!(markdown("0.1.0 of a window. So"), "0.1.0 of a window. So");
        assert_eq!(markdown("- no list"), "\\- no list");
        assert_eq!(markdown("two\nlines"), "two\\\\nlines");
        assert_eq!(markdown("16:19 to 17:16, 97 %"), "16:19 to 17:16, 97 %");
    }

    #[test]
    fn a_code_span_holds_its_own_backticks() {
        assert_eq!(markdown_code("a.log:3"), "`a.log:3`");
        assert_eq!(markdown_code("a``b|c"), "```a``b\\|c```");
        assert_eq!(markdown_code("`x"), "`` `x ``");
    }

    #[test]
    fn html_cannot_mark_up_hide_or_reorder() {
        assert_eq!(
            html("</text><script>a('&\"')\u{202e}\n"),
            "&lt;/text&gt;&lt;script&gt;a(&apos;&amp;&quot;&apos;)\\u{202e}\\n"
        );
    }

    #[test]
    fn xml_drops_what_it_cannot_carry() {
        assert_eq!(xml("<a b='c'>\x00\x1b&\u{FFFE}"), "&lt;a b=&apos;c&apos;&gt;&amp;");
    }
}
