//! Elements of an array inside a JSON document, one by one, however large the document.
//!
//! In: the bytes of documents, cut anywhere, and the keys that lead to the array. Out: the bytes of each object in it,
//! with the line on which it begins. Always: only one element is in memory; one beyond a bound is skipped and counted as a problem.

/// Largest element that is kept. A request with its whole context and answer has some megabytes.
const LARGEST: usize = 32 << 20;

/// Longest key that is compared.
const KEY: usize = 40;

/// Walks documents.
#[derive(Debug)]
pub(crate) struct Elements {
    path: &'static [&'static [&'static str]],
    depth: usize,
    /// The last key at each depth, as far as a path reaches.
    keys: Vec<Vec<u8>>,
    in_string: bool,
    escaped: bool,
    string: Vec<u8>,
    /// Depth of the array whose elements are wanted, while inside it.
    array: Option<usize>,
    element: Option<OpenElement>,
    /// A document that is an object is an element itself, unless a wanted array is in it.
    documents: bool,
    line: u64,
    largest: usize,
}

#[derive(Debug)]
struct OpenElement {
    bytes: Vec<u8>,
    line: u64,
    too_large: bool,
    is_document: bool,
}

/// An element of the array, or the place of one that was too large.
#[derive(Debug)]
pub(crate) struct Element {
    /// Its bytes; none if it was too large.
    pub(crate) bytes: Option<Vec<u8>>,
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
}

impl Elements {
    /// Elements of the arrays at these paths, each a list of keys from the top.
    pub(crate) fn at(path: &'static [&'static [&'static str]]) -> Self {
        let deepest = path.iter().map(|p| p.len()).max().unwrap_or(0);
        Self {
            path,
            depth: 0,
            keys: vec![Vec::new(); deepest + 1],
            in_string: false,
            escaped: false,
            string: Vec::new(),
            array: None,
            element: None,
            documents: false,
            line: 1,
            largest: LARGEST,
        }
    }

    /// The same, and documents that are objects without such an array.
    pub(crate) fn or_documents_at(path: &'static [&'static [&'static str]]) -> Self {
        Self { documents: true, ..Self::at(path) }
    }

    /// The same, its first byte on this line.
    pub(crate) fn starting_on(self, line: u64) -> Self {
        Self { line, ..self }
    }

    /// The line of the next byte.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Whether a document is unfinished.
    pub(crate) fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// What was read of an element that has not ended.
    pub(crate) fn unfinished(&self) -> Option<&[u8]> {
        self.element.as_ref().map(|e| e.bytes.as_slice())
    }

    /// Takes the next bytes and gives the elements that end in them.
    pub(crate) fn push(&mut self, block: &[u8], mut on_element: impl FnMut(Element)) {
        for byte in block {
            if let Some(element) = &mut self.element {
                if element.bytes.len() < self.largest {
                    element.bytes.push(*byte);
                } else {
                    element.too_large = true;
                }
            }
            if let Some(ended) = self.step(*byte) {
                on_element(ended);
            }
            self.line += u64::from(*byte == b'\n');
        }
    }

    fn step(&mut self, byte: u8) -> Option<Element> {
        if self.in_string {
            self.inside_string(byte);
            return None;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.string.clear();
            }
            b':' => {
                if let Some(key) = self.keys.get_mut(self.depth) {
                    key.clone_from(&self.string);
                }
            }
            b'{' | b'[' => self.open(byte),
            b'}' | b']' => return self.close(),
            _ => {}
        }
        None
    }

    fn inside_string(&mut self, byte: u8) {
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.in_string = false;
            return;
        }
        if self.element.as_ref().is_none_or(|e| e.is_document) && self.string.len() < KEY {
            self.string.push(byte);
        }
    }

    fn open(&mut self, byte: u8) {
        let is_document = self.documents && self.depth == 0;
        if byte == b'{' && self.element.is_none() && (self.array == Some(self.depth) || is_document) {
            self.element = Some(OpenElement { bytes: vec![byte], line: self.line, too_large: false, is_document });
        }
        if byte == b'[' && self.array.is_none() && self.is_wanted() {
            self.array = Some(self.depth + 1);
            self.element = self.element.take().filter(|e| !e.is_document);
        }
        self.depth += 1;
        if let Some(key) = self.keys.get_mut(self.depth) {
            key.clear();
        }
    }

    fn is_wanted(&self) -> bool {
        let here = |path: &&&[&str]| {
            path.len() == self.depth && path.iter().zip(&self.keys[1..]).all(|(want, key)| want.as_bytes() == key)
        };
        self.path.iter().any(|p| here(&p))
    }

    fn close(&mut self) -> Option<Element> {
        self.depth = self.depth.saturating_sub(1);
        if self.array == Some(self.depth + 1) {
            self.array = None;
        }
        let is_document = self.depth == 0 && self.element.as_ref().is_some_and(|e| e.is_document);
        if self.array != Some(self.depth) && !is_document {
            return None;
        }
        let element = self.element.take()?;
        Some(Element { bytes: (!element.too_large).then_some(element.bytes), line: element.line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(text: &str, block: usize, largest: usize) -> (Vec<(u64, Option<String>)>, bool) {
        let mut elements = Elements { largest, ..Elements::at(&[&["log", "entries"], &["rows"]]) };
        let mut all = Vec::new();
        for bytes in text.as_bytes().chunks(block) {
            elements.push(bytes, |f| all.push((f.line, f.bytes.map(|b| String::from_utf8(b).unwrap()))));
        }
        (all, elements.is_open())
    }

    #[test]
    fn elements_are_found_at_any_cut_and_nowhere_else() {
        let text = concat!(
            "{\"x\":{\"entries\":[{\"no\":1}]},\n",
            " \"log\":{\"a\":\"]}\\\"{\",\"entries\":[\n",
            "  {\"t\":\"{[\\\\\",\"in\":{\"entries\":[{}]}},\n",
            "  7, [{}], {\"b\":2}]}}\n",
            "{\"rows\":[{\"c\":3}]}",
        );
        let expected = [
            (3, Some("{\"t\":\"{[\\\\\",\"in\":{\"entries\":[{}]}}".to_owned())),
            (4, Some("{\"b\":2}".to_owned())),
            (5, Some("{\"c\":3}".to_owned())),
        ];
        for block in [1, 2, 3, 50, 1000] {
            assert_eq!(elements(text, block, 1000), (expected.to_vec(), false), "blocks of {block}");
        }
    }

    #[test]
    fn documents_are_elements_where_they_hold_no_wanted_array() {
        let text = "{\"a\":{\"rows\":[{\"no\":1}]}}\n{\"meta\":1,\"rows\":[{\"b\":2}]}\n[{\"c\":3}]\n{\"d\":\n4}";
        let mut elements = Elements::or_documents_at(&[&[], &["rows"]]);
        let mut all = Vec::new();
        elements.push(text.as_bytes(), |f| all.push((f.line, String::from_utf8(f.bytes.unwrap()).unwrap())));
        let actual: Vec<(u64, &str)> = all.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(
            actual,
            [(1, "{\"a\":{\"rows\":[{\"no\":1}]}}"), (2, "{\"b\":2}"), (3, "{\"c\":3}"), (4, "{\"d\":\n4}")]
        );
    }

    #[test]
    fn a_large_element_is_skipped_and_a_cut_document_is_open() {
        let text = format!("{{\"rows\":[{{\"a\":\"{}\"}},{{\"b\":1}}", "x".repeat(100));
        assert_eq!(elements(&text, 9, 50), (vec![(1, None), (1, Some("{\"b\":1}".to_owned()))], true));
    }

    #[test]
    fn odd_bytes_do_no_harm() {
        let (all, _) = elements("]]}}\u{0}{\"rows\":[[[{]}}{\"rows\":[{}]}", 4, 50);
        assert!(all.len() <= 2);
    }
}
