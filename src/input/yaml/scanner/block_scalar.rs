//! Literal and folded block scalars.

use super::Scanner;
use crate::input::tree::{Style, Text};
use crate::input::yaml::block_span;

impl Scanner<'_> {
    /// The block scalar whose indicator is here (YAML 1.2.2, section 8.1), if it is not empty.
    pub(super) fn block_scalar(&mut self, parent: Option<usize>, anchor: usize) -> Option<()> {
        let indicator = self.at;
        let folded = self.byte() == b'>';
        self.at += 1;
        let chomping = self.block_chomping();
        let increment = self.block_increment();
        let chomping = chomping.or_else(|| self.block_chomping());
        self.block_header()?;
        let mut breaks = 0;
        let indent = match increment {
            0 => self.block_indent(&mut breaks)?,
            more => {
                let indent = parent? + more;
                self.block_line(indent, &mut breaks).then_some(indent)?
            }
        };
        if indent <= parent? {
            return None;
        }
        let text = self.text;
        let mut content = String::new();
        let mut after_deeper = false;
        let mut first = true;
        loop {
            let deeper = matches!(self.byte(), b' ' | b'\t');
            if !first {
                // Breaks fold between lines that are no deeper than the others.
                if !folded || after_deeper || deeper {
                    content.push('\n');
                } else if breaks == 0 {
                    content.push(' ');
                }
            }
            content.extend(std::iter::repeat_n('\n', breaks));
            let (end, next) = self.line_end(self.at);
            content.push_str(&text[self.at..end]);
            self.at = next;
            (first, after_deeper, breaks) = (false, deeper, 0);
            if !self.block_line(indent, &mut breaks) {
                break;
            }
        }
        let span = block_span(text, indicator, self.at);
        if chomping != Some(b'-') {
            content.push('\n');
        }
        if chomping == Some(b'+') {
            content.extend(std::iter::repeat_n('\n', breaks));
        }
        self.builder.scalar(Style::Quoted, Text::Decoded(content.into()), span, anchor);
        self.next_line()
    }

    fn block_chomping(&mut self) -> Option<u8> {
        let found = Some(self.byte()).filter(|byte| matches!(byte, b'-' | b'+'));
        self.at += usize::from(found.is_some());
        found
    }

    /// How much deeper than the collection it lies in, if it is said; 0 is no such number.
    fn block_increment(&mut self) -> usize {
        match self.byte() {
            digit @ b'1'..=b'9' => {
                self.at += 1;
                usize::from(digit - b'0')
            }
            _ => 0,
        }
    }

    /// The rest of the indicator's line.
    fn block_header(&mut self) -> Option<()> {
        let end = self.at;
        self.skip_spaces();
        if self.byte() == b'#' && self.at > end {
            self.comment();
            return Some(());
        }
        self.skip_break().then_some(())
    }

    /// Over blank lines to the first line with content; gives its indentation, which no blank line
    /// before it exceeds.
    fn block_indent(&mut self, breaks: &mut usize) -> Option<usize> {
        let mut widest = 0;
        loop {
            let line = self.at;
            self.skip_spaces();
            let indent = self.at - line;
            if self.skip_break() {
                widest = widest.max(indent);
                *breaks += 1;
            } else {
                let content = !matches!(self.byte(), b'\t' | 0);
                return (content && widest <= indent).then_some(indent);
            }
        }
    }

    /// Over blank lines to the content of the next line; false, and at the start of a line, where
    /// there is none.
    fn block_line(&mut self, indent: usize, breaks: &mut usize) -> bool {
        loop {
            let line = self.at;
            while self.at - line < indent && self.byte() == b' ' {
                self.at += 1;
            }
            if self.skip_break() {
                *breaks += 1;
                continue;
            }
            let content = self.at - line == indent && self.byte() != 0;
            if !content {
                self.at = line;
            }
            return content;
        }
    }
}
