//! Interned strings: a log repeats the same few names and error texts a million times.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Index of a text in a [`Texts`] table. Four bytes, also inside an `Option`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(NonZeroU32);

/// A table of distinct texts. Ids count up in the order of first sight, so they never depend on hashing.
#[derive(Debug, Default, Clone)]
pub struct Texts {
    ids: HashMap<Arc<str>, TextId>,
    texts: Vec<Arc<str>>,
    /// Texts met lately, each at its [`place`]: most rows say what a row before them said, and comparing is cheaper than
    /// a hash that hostile logs cannot foresee. Empty, or [`RECENT`] long.
    recent: Vec<Option<TextId>>,
}

/// How many texts are remembered as met lately: more than the agents and models of one log.
const RECENT: usize = 256;

/// Where a text is remembered: by its length and its last bytes, in which names that count up differ.
fn place(text: &str) -> usize {
    let last = text.bytes().rev().take(3);
    last.fold(text.len(), |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte))) % RECENT
}

impl Texts {
    /// The id of `text`, made if it is new. Beyond `u32::MAX - 1` texts the last id is shared.
    pub fn intern(&mut self, text: &str) -> TextId {
        let place = place(text);
        if let Some(id) = self.recent.get(place).copied().flatten()
            && self.get(id) == text
        {
            return id;
        }
        let id = self.ids.get(text).copied().unwrap_or_else(|| self.added(text));
        self.recent.resize(RECENT, None);
        self.recent[place] = Some(id);
        id
    }

    fn added(&mut self, text: &str) -> TextId {
        let index = u32::try_from(self.texts.len()).unwrap_or(u32::MAX - 1);
        let id = TextId(NonZeroU32::MIN.saturating_add(index));
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.ids.insert(text, id);
        id
    }

    /// Lets go of what only makes interning quick: a folder may hold a million files, and each has a table.
    pub fn settle(&mut self) {
        self.recent = Vec::new();
    }

    /// The text behind an id of this table; empty for an id of another one.
    pub fn get(&self, id: TextId) -> &str {
        self.texts.get(id.0.get() as usize - 1).map_or("", |t| t)
    }

    /// The id of a text that is already in the table.
    pub fn find(&self, text: &str) -> Option<TextId> {
        self.ids.get(text).copied()
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Each text's place in alphabetical order, at the position [`TextId::index`]. Ids count up by first sight,
    /// which depends on the order of files; these places do not.
    pub fn alphabetical(&self) -> Vec<u32> {
        let mut ids: Vec<u32> = (0..u32::try_from(self.texts.len()).unwrap_or(u32::MAX)).collect();
        ids.sort_unstable_by(|a, b| self.texts[*a as usize].cmp(&self.texts[*b as usize]));
        let mut places = vec![0; ids.len()];
        for (place, id) in ids.iter().enumerate() {
            places[*id as usize] = place as u32;
        }
        places
    }

    /// Takes over the texts of `other`; the answer maps its ids to the ids here.
    pub fn absorb(&mut self, other: &Self) -> Vec<TextId> {
        other.texts.iter().map(|t| self.intern(t)).collect()
    }
}

impl TextId {
    /// Position in the answer of [`Texts::absorb`].
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_up_in_order_of_first_sight() {
        let mut texts = Texts::default();
        let a = texts.intern("a");
        let b = texts.intern("b");
        assert_eq!(texts.intern("a"), a);
        assert!(a < b);
        assert_eq!(texts.get(b), "b");
        let mut other = Texts::default();
        other.intern("b");
        assert_eq!(texts.absorb(&other), vec![b]);
    }

    #[test]
    fn texts_that_share_a_place_stay_apart() {
        let mut texts = Texts::default();
        // Equal lengths and last bytes.
        let (one, two) = ("first same", "other same");
        assert_eq!(place(one), place(two));
        let ids = [texts.intern(one), texts.intern(two)];
        assert_ne!(ids[0], ids[1]);
        assert_eq!([texts.intern(one), texts.intern(two), texts.intern(two)], [ids[0], ids[1], ids[1]]);
        assert_eq!(texts.len(), 2);
    }
}
