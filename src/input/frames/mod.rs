//! What is around the lines of a program: the frames of container runtimes, log daemons and log services.
//!
//! In: the first lines of a file that no format recognises directly. Out: the layers around its text, found once a file,
//! and then the text of each line. Where a program's own lines have no date, the stamp of the frame goes before them
//! (`2026-05-12T09:00:00Z INFO:httpx:...`), so that every format of lines reads them. Always: a file without frames never
//! comes here.

mod csv;
mod journal;
mod json;
mod map;
mod stamp;
mod tail;
mod text;

use std::collections::BTreeMap;

use super::detect::Recognise;
use crate::formats::dates::{self, Dates, Day, StampTime};
use crate::formats::{Head, LogFormat, Named};
use crate::model::Time;

pub use json::keys_of;
pub use map::{advice, mapping};

/// Layers that may lie around each other: a log service around a runtime's file around a program's JSON.
const DEEPEST: usize = 4;

/// Lines that are asked for a layer.
const ASKED: usize = 50;

/// Lines whose own stamps are compared with the frame's.
const COMPARED: u32 = 500;

/// Offsets are multiples of a quarter of an hour.
const STEP_S: f64 = 900.0;

/// How late a frame may stamp a line.
const LATE_S: f64 = 120.0;

/// What the user said that helps to read a file's frames.
#[derive(Debug, Clone, Copy)]
pub struct Hints<'a> {
    /// What stamps lack.
    pub named: Named,
    /// Fields and their keys.
    pub map: &'a [(String, String)],
}

/// A piece of text out of one layer.
#[derive(Debug, Default, Clone)]
struct Piece {
    text: Vec<u8>,
    /// The frame's stamp as a time, or unchanged where it lacks something.
    stamp: Option<String>,
    /// The stamp as an instant.
    at: Option<Time>,
    /// Level and logger, where the frame has them apart from the text.
    label: String,
    /// The line goes on in the next piece.
    partial: bool,
    /// It goes on from the line before: no frame of its own.
    follows: bool,
}

/// One layer, with what it must remember between lines.
#[derive(Debug, Clone)]
enum Layer {
    Ansi,
    Text(text::Wrapper),
    Tail(tail::Tail),
    Json,
    Journal(journal::Export),
    Csv(csv::Table),
    Map(map::Renames),
}

impl Layer {
    /// The layers that may lie around these lines, the most particular first.
    fn candidates(lines: &[&[u8]], hints: Hints<'_>) -> Vec<Self> {
        let mut all = Vec::new();
        if lines.iter().any(|l| memchr::memmem::find(l, b"\x1b[").is_some()) {
            return vec![Self::Ansi];
        }
        all.extend(journal::Export::of(lines).map(Self::Journal));
        all.extend(csv::Table::of(lines).map(Self::Csv));
        let json = Self::Json;
        if json.holds(lines) {
            all.push(json);
        }
        all.extend(text::Wrapper::of(lines, hints.named).into_iter().map(Self::Text));
        all.extend(tail::Tail::of(lines, hints.named).map(Self::Tail));
        all
    }

    /// Whether nearly all of the lines have this layer.
    fn holds(&self, lines: &[&[u8]]) -> bool {
        let mut layer = self.clone();
        let opened = lines.iter().filter(|l| !layer.open(l).is_empty()).count();
        opened > 0 && opened * 5 >= lines.len() * 4
    }

    /// The text of a line; nothing where the line lacks the layer or goes on.
    fn open(&mut self, line: &[u8]) -> Vec<Piece> {
        match self {
            Self::Ansi => vec![Piece { text: text::without_colours(line), ..Piece::default() }],
            Self::Text(wrapper) => wrapper.open(line).into_iter().collect(),
            Self::Tail(tail) => tail.open(line).into_iter().collect(),
            Self::Json => json::open(line),
            Self::Journal(export) => export.open(line).into_iter().collect(),
            Self::Csv(table) => table.open(line).into_iter().collect(),
            Self::Map(renames) => vec![Piece { text: renames.rename(line), ..Piece::default() }],
        }
    }

    /// Whether a line without the layer passes unchanged: a traceback below a framed line.
    fn passes_others(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

/// The layers around a file's text.
#[derive(Debug, Clone)]
pub struct Frames {
    layers: Vec<Layer>,
    /// The frame's stamp goes before the text.
    is_dated: bool,
    parts: Vec<u8>,
    offsets: BTreeMap<i32, u32>,
    compared: u32,
}

/// What was found behind frames.
pub struct Behind {
    /// The layers.
    pub frames: Frames,
    /// The format of the text.
    pub format: &'static dyn LogFormat,
    /// The beginning of the text.
    pub head: Vec<u8>,
}

impl Frames {
    /// The rows of a table with a header, as JSON; `None` for other files.
    pub fn rows(head: &[u8]) -> Option<Vec<u8>> {
        let lines: Vec<&[u8]> = Head { bytes: head }.lines(ASKED).collect();
        let table = csv::Table::of(&lines)?;
        Some(Self::new(vec![Layer::Csv(table)], false).texts(head))
    }

    fn new(layers: Vec<Layer>, is_dated: bool) -> Self {
        Self { layers, is_dated, parts: Vec::new(), offsets: BTreeMap::new(), compared: 0 }
    }

    /// The layers around the text of a file that begins with this head.
    pub fn of(head: &[u8], recognise: &Recognise, hints: Hints<'_>) -> Option<Behind> {
        if head.iter().take(512).any(|b| *b == 0) && !head.starts_with(b"__") {
            return None;
        }
        let whole = head.iter().rposition(|b| *b == b'\n').map_or(head, |at| &head[..at]);
        Self::below(Vec::new(), whole, (recognise, hints))
    }

    fn below(layers: Vec<Layer>, head: &[u8], (recognise, hints): (&Recognise, Hints<'_>)) -> Option<Behind> {
        if !hints.map.is_empty() && !matches!(layers.last(), Some(Layer::Map(_))) {
            let mut mapped = layers.clone();
            mapped.push(Layer::Map(map::Renames::new(hints.map)));
            let frames = Self::recognise_behind(mapped, head, recognise);
            if frames.is_some() {
                return frames;
            }
        }
        if layers.len() >= DEEPEST {
            return None;
        }
        let asked = Head { bytes: head };
        let inner = Self::new(layers.clone(), false).texts(head);
        let inner_lines: Vec<&[u8]> = if layers.is_empty() {
            asked.lines(ASKED).collect()
        } else {
            Head { bytes: &inner }.lines(ASKED).collect()
        };
        for layer in Layer::candidates(&inner_lines, hints) {
            let mut deeper = layers.clone();
            deeper.push(layer);
            if let Some(frames) = Self::recognise_behind(deeper.clone(), head, recognise) {
                return Some(frames);
            }
            if let Some(frames) = Self::below(deeper, head, (recognise, hints)) {
                return Some(frames);
            }
        }
        None
    }

    /// Asks the formats about the text, without and with the frame's stamp.
    fn recognise_behind(layers: Vec<Layer>, head: &[u8], recognise: &Recognise) -> Option<Behind> {
        for is_dated in [false, true] {
            let frames = Self::new(layers.clone(), is_dated);
            let text = frames.clone().texts(head);
            if let Some(format) = recognise(&Head { bytes: &text }).filter(|f| !f.streams()) {
                return Some(Behind { frames, format, head: text });
            }
        }
        None
    }

    /// All texts of a head.
    fn texts(mut self, head: &[u8]) -> Vec<u8> {
        let mut texts = Vec::with_capacity(head.len());
        let lines = head.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
        let keeps = self.keeps_blank_lines();
        for line in lines.filter(|l| keeps || !l.iter().all(u8::is_ascii_whitespace)) {
            self.unwrap(line, &mut |text| {
                texts.extend_from_slice(text);
                texts.push(b'\n');
            });
        }
        texts
    }

    /// Whether a blank line says something.
    pub fn keeps_blank_lines(&self) -> bool {
        matches!(self.layers.first(), Some(Layer::Journal(_) | Layer::Csv(_)))
    }

    /// Gives the texts of a line.
    pub fn unwrap(&mut self, line: &[u8], emit: &mut dyn FnMut(&[u8])) {
        let mut layers = std::mem::take(&mut self.layers);
        self.descend(&mut layers, Piece { text: line.to_vec(), ..Piece::default() }, emit);
        self.layers = layers;
    }

    fn descend(&mut self, layers: &mut [Layer], piece: Piece, emit: &mut dyn FnMut(&[u8])) {
        let Some((layer, rest)) = layers.split_first_mut() else { return self.give(piece, emit) };
        let pieces = if piece.follows { Vec::new() } else { layer.open(&piece.text) };
        if pieces.is_empty() && (piece.follows || layer.passes_others()) {
            return self.descend(rest, Piece { follows: true, ..piece }, emit);
        }
        for inner in pieces {
            // The outer stamp is nearer to a clock that has a zone; of two the one with a zone counts.
            let keeps = piece.at.is_some() || (piece.stamp.is_some() && inner.at.is_none());
            let (stamp, at) = if keeps { (piece.stamp.clone(), piece.at) } else { (inner.stamp, inner.at) };
            let label = if inner.label.is_empty() { piece.label.clone() } else { inner.label };
            self.descend(rest, Piece { stamp, at, label, ..inner }, emit);
        }
    }

    fn give(&mut self, piece: Piece, emit: &mut dyn FnMut(&[u8])) {
        self.parts.extend_from_slice(&piece.text);
        if piece.partial && self.parts.len() < super::lines::LONGEST_LINE {
            return;
        }
        let text = std::mem::take(&mut self.parts);
        self.compare(&text, piece.at);
        if text.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        if !self.is_dated || piece.follows {
            return emit(&text);
        }
        let Some(stamp) = piece.stamp else { return emit(&text) };
        let mut dated = stamp.into_bytes();
        dated.push(b' ');
        if !piece.label.is_empty() {
            dated.extend_from_slice(piece.label.as_bytes());
            dated.push(b' ');
        }
        dated.extend_from_slice(&text);
        emit(&dated);
    }

    /// Notes by how much a local stamp of the text differs from the frame's instant.
    fn compare(&mut self, text: &[u8], at: Option<Time>) {
        let Some(at) = at.filter(|_| !self.is_dated && self.compared < COMPARED) else { return };
        self.compared += 1;
        let start = String::from_utf8_lossy(&text[..text.len().min(80)]);
        let Some(stamp) = dates::find(&start).filter(|f| matches!(f.day, Some(Day::Known(..)))) else { return };
        if let StampTime::Local(wall) = Dates::default().resolve(&stamp) {
            let late = wall.since(at);
            let offset = (late / STEP_S).round() * STEP_S;
            if (late - offset).abs() <= LATE_S {
                *self.offsets.entry(offset as i32).or_insert(0) += 1;
            }
        }
    }

    /// The offset of the text's local stamps in seconds, which the frame's stamps prove.
    pub fn offset_s(&self) -> Option<i32> {
        let best = self.offsets.iter().max_by_key(|(_, n)| **n)?;
        (best.1 * 2 > self.offsets.values().sum()).then_some(*best.0)
    }

    /// The names that the user gave to fields, if they are in use.
    pub fn renames(&self) -> &[(String, String)] {
        match self.layers.last() {
            Some(Layer::Map(renames)) => renames.pairs(),
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests;
