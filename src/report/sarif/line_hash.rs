//! `primaryLocationLineHash` as the action that uploads SARIF to GitHub computes it: for each line a
//! rolling hash of the next hundred characters that are no blanks, and how often that hash occurred.
//! Only for uploads past that action, which computes it itself.
//!
//! Source: `fingerprints.ts` of <https://github.com/github/codeql-action>.

use std::collections::HashMap;

/// Characters that a hash covers.
const WINDOW: usize = 100;

/// The multiplier of the rolling hash.
const FACTOR: u64 = 37;

/// The hash of each line, the first line first.
pub fn of_lines(text: &str) -> Vec<String> {
    let mut rolling = Rolling::default();
    let mut after_return = false;
    // The uploader reads UTF-16 units and ends with one that no text holds.
    for unit in text.encode_utf16().chain([u16::MAX]) {
        let blank = unit == u16::from(b' ') || unit == u16::from(b'\t');
        if blank || after_return && unit == u16::from(b'\n') {
            after_return = false;
            continue;
        }
        after_return = unit == u16::from(b'\r');
        rolling.take(if after_return { u16::from(b'\n') } else { unit });
    }
    rolling.finish()
}

struct Rolling {
    window: [u16; WINDOW],
    /// The line that began where a place of the window was filled.
    begun: [Option<usize>; WINDOW],
    at: usize,
    hash: u64,
    /// `FACTOR` to the power of the window's length.
    oldest: u64,
    line_starts: bool,
    lines: Vec<String>,
    seen: HashMap<u64, usize>,
}

impl Default for Rolling {
    fn default() -> Self {
        Self {
            window: [0; WINDOW],
            begun: [None; WINDOW],
            at: 0,
            hash: 0,
            oldest: (0..WINDOW).fold(1, |power: u64, _| power.wrapping_mul(FACTOR)),
            line_starts: true,
            lines: Vec::new(),
            seen: HashMap::new(),
        }
    }
}

impl Rolling {
    fn take(&mut self, unit: u16) {
        self.leave();
        if self.line_starts {
            self.begun[self.at] = Some(self.lines.len());
            self.lines.push(String::new());
        }
        self.line_starts = unit == u16::from(b'\n');
        self.roll(unit);
    }

    /// The line that began a window ago has its hash.
    fn leave(&mut self) {
        if let Some(line) = self.begun[self.at].take() {
            let count = self.seen.entry(self.hash).or_insert(0);
            *count += 1;
            self.lines[line] = format!("{:x}:{count}", self.hash);
        }
    }

    fn roll(&mut self, unit: u16) {
        let gone = self.oldest.wrapping_mul(u64::from(self.window[self.at]));
        self.window[self.at] = unit;
        self.hash = self.hash.wrapping_mul(FACTOR).wrapping_add(u64::from(unit)).wrapping_sub(gone);
        self.at = (self.at + 1) % WINDOW;
    }

    fn finish(mut self) -> Vec<String> {
        for _ in 0..WINDOW {
            self.leave();
            self.roll(0);
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_uploaders() {
        assert_eq!(of_lines(""), ["c129715d7a2bc9a3:1"]);
        let hashes =
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        for text in [" a\nb\n  \t\tc\n d", " a\r\nb\r\n  \t\tc\r\n d", "a\rb\rc\rd"] {
            assert_eq!(of_lines(text), hashes, "{text:?}");
        }
    }

    #[test]
    fn equal_hashes_are_counted() {
        let lines = of_lines(&"x: y\n".repeat(100));
        assert_eq!(lines.len(), 101);
        let hash = |line: &str| line.split_once(':').map(|(hash, _)| hash.to_owned());
        assert_eq!(hash(&lines[0]), hash(&lines[1]));
        assert!(lines[0].ends_with(":1") && lines[1].ends_with(":2"), "{:?}", &lines[..2]);
    }
}
