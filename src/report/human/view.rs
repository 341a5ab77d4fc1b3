//! Which part of a line is shown: around the marked places, as wide as the terminal allows, and
//! nothing of a secret.

use crate::input::source::{Source, Span};
use crate::report::is_hostile;

/// How lines are shown.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Whether characters outside ASCII may be added.
    pub(super) unicode: bool,
    /// Columns for a line of source.
    pub(super) width: usize,
    /// Whether the marked places hold secrets: then nothing of them is shown but the quote before
    /// them, nothing behind them on their line, and no neighbouring line.
    pub(super) secret: bool,
    /// Whether what stands around the marked places may be secret: nothing else is shown.
    pub(super) alone: bool,
}

/// Columns that a tab may take.
const TAB: usize = 4;

/// The part of a line that is shown, in bytes of the file.
pub(super) struct View {
    pub(super) from: usize,
    /// From here to the end nothing is shown but a mask.
    pub(super) hidden: usize,
    pub(super) end: usize,
}

impl View {
    /// What to show of a line with these places on it, the most important first.
    pub(super) fn new(source: &Source, line: Span, places: &[Span], shape: Shape) -> Self {
        let text = &source.text;
        let (start, end) = (line.start as usize, line.end as usize);
        let anchor = places[0];
        let mut from = start;
        let first = places.iter().copied().min().unwrap_or(anchor);
        if !fits(&text[start..end], shape.width) && anchor.end as usize - start > shape.width {
            let before = &text[start..anchor.start as usize];
            from = back(before, shape.width / 3).map_or(start, |at| start + at);
        }
        let mut hidden = usize::MAX;
        if shape.secret || shape.alone {
            // The neighbours of a secret on its line may be secrets as well: only the words right
            // before it stay.
            from = from.min(first.start as usize);
            let before = &text[from..first.start as usize];
            if let Some(at) = before.rfind([',', ';', '&', '{', '[', '(']) {
                from += at + 1;
            }
            let secret = source.slice(first);
            let quote = usize::from(secret.starts_with(['"', '\'']));
            hidden = first.start as usize + if shape.secret { quote } else { secret.len() };
        }
        Self { from, hidden, end }
    }
}

/// Whether a line fits into so many columns; looks at no more of it than that.
fn fits(line: &str, width: usize) -> bool {
    line.len() <= width.saturating_mul(4) && line.chars().map(shown_width).sum::<usize>() <= width
}

/// Where the last `width` columns of a text begin, if it has more.
fn back(text: &str, width: usize) -> Option<usize> {
    let mut used = 0;
    for (at, character) in text.char_indices().rev() {
        used += shown_width(character);
        if used > width {
            return Some(at + character.len_utf8());
        }
    }
    None
}

/// Columns that a character takes, roughly.
pub(super) fn shown_width(character: char) -> usize {
    match character {
        '\t' => TAB,
        plain if !is_hostile(plain) => 1,
        _ => 8,
    }
}
