//! Expressions: operators, terms, traversals, calls.

use super::{OPERATORS, Scanner, starts_name};
use crate::input::source::Span;
use crate::input::tree::{Binary, NodeId, NodeKind, Operation, Step, Style, Text, Unary};
use std::ops::Range;

/// The longest number that is read here; none of them is too large for the library.
const DIGITS: usize = 18;

/// An expression that was read.
pub(super) struct Read {
    pub id: NodeId,
    /// Its bytes in the text, parentheses and quotes included.
    pub range: Range<usize>,
    /// For an object: its first key.
    pub first_key: Option<Span>,
}

impl Scanner<'_> {
    /// An expression; `lines` says whether it may go on behind the end of a line.
    pub(super) fn expression(&mut self, mut lines: bool, header: Span) -> Option<Read> {
        self.deeper()?;
        let first = self.term(&mut lines, header)?;
        let condition = self.operations(first, lines, 0, header)?;
        let end = self.at;
        self.skip(lines)?;
        let read = if self.byte() == b'?' {
            self.at += 1;
            self.skip(lines)?;
            let yes = self.expression(lines, header)?;
            self.skip(lines)?;
            self.take(b':')?;
            self.skip(lines)?;
            let no = self.expression(lines, header)?;
            let operation = Operation::Conditional(condition.id, yes.id, no.id);
            self.operation(operation, condition.range.start, header)
        } else {
            self.at = end;
            condition
        };
        self.depth -= 1;
        Some(read)
    }

    /// The binary operations on `left` whose operators bind at least as tightly as `least`.
    fn operations(&mut self, mut left: Read, lines: bool, least: u8, header: Span) -> Option<Read> {
        loop {
            let end = self.at;
            self.skip(lines)?;
            let operator = self.operator()?.filter(|(_, tightness, _)| *tightness >= least);
            let Some((operator, tightness, length)) = operator else {
                self.at = end;
                return Some(left);
            };
            self.operators += 1;
            if self.operators > OPERATORS {
                return None;
            }
            self.at += length;
            self.skip(lines)?;
            let right = self.term(&mut lines.clone(), header)?;
            let right = self.operations(right, lines, tightness + 1, header)?;
            let operation = Operation::Binary(left.id, operator, right.id);
            left = self.operation(operation, left.range.start, header);
        }
    }

    /// The binary operator that comes next, if any: how tightly it binds, and its bytes.
    #[expect(clippy::option_option, reason = "no operator is no reason to give up")]
    fn operator(&self) -> Option<Option<(Binary, u8, usize)>> {
        let next = self.byte_at(self.at + 1);
        Some(Some(match self.byte() {
            b'|' if next == b'|' => (Binary::Or, 1, 2),
            b'&' if next == b'&' => (Binary::And, 2, 2),
            b'=' if next == b'=' => (Binary::Equal, 3, 2),
            b'!' if next == b'=' => (Binary::NotEqual, 3, 2),
            b'<' if next == b'=' => (Binary::LessEqual, 4, 2),
            b'>' if next == b'=' => (Binary::GreaterEqual, 4, 2),
            b'<' => (Binary::Less, 4, 1),
            b'>' => (Binary::Greater, 4, 1),
            b'+' => (Binary::Plus, 5, 1),
            b'-' => (Binary::Minus, 5, 1),
            b'*' => (Binary::Times, 6, 1),
            b'/' if next != b'/' && next != b'*' => (Binary::Divide, 6, 1),
            b'%' => (Binary::Modulo, 6, 1),
            b'|' | b'&' | b'!' => return None,
            _ => return Some(None),
        }))
    }

    /// A term with what is taken out of it. A call or a list lets the lines go on behind it.
    fn term(&mut self, lines: &mut bool, header: Span) -> Option<Read> {
        let start = self.at;
        let term = match self.byte() {
            b'"' => self.string(header)?,
            b'[' => {
                *lines = true;
                self.list(header)?
            }
            b'{' => self.object(lines, header)?,
            b'0'..=b'9' => self.number(start, header)?,
            b'<' => self.heredoc(header)?,
            b'-' if self.byte_at(start + 1).is_ascii_digit() => {
                self.at += 1;
                self.number(start, header)?
            }
            // What stands behind white space may be a number, too.
            b'-' if matches!(self.byte_at(start + 1), b' ' | b'\t' | b'/') => return None,
            b'-' => self.unary(Unary::Negate, *lines, header)?,
            b'!' => self.unary(Unary::Not, *lines, header)?,
            b'(' => self.parentheses(header)?,
            byte if starts_name(byte) => self.named(lines, header)?,
            _ => return None,
        };
        self.traversal(term, *lines, header)
    }

    fn unary(&mut self, operator: Unary, lines: bool, header: Span) -> Option<Read> {
        let start = self.at;
        self.at += 1;
        self.skip_spaces()?;
        self.deeper()?;
        let operand = self.term(&mut lines.clone(), header)?;
        self.depth -= 1;
        Some(self.operation(Operation::Unary(operator, operand.id), start, header))
    }

    fn parentheses(&mut self, header: Span) -> Option<Read> {
        let start = self.at;
        self.at += 1;
        self.skip_lines()?;
        let inner = self.expression(true, header)?;
        self.skip_lines()?;
        self.take(b')')?;
        Some(self.read(inner.id, start))
    }

    fn number(&mut self, start: usize, header: Span) -> Option<Read> {
        let digits = |scanner: &mut Self| {
            let start = scanner.at;
            while scanner.byte().is_ascii_digit() {
                scanner.at += 1;
            }
            (scanner.at - start <= DIGITS).then_some(())
        };
        digits(self)?;
        if self.byte() == b'.' && self.byte_at(self.at + 1).is_ascii_digit() {
            self.at += 1;
            digits(self)?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            return None;
        }
        Some(self.token(start, header))
    }

    /// A keyword, a name or a call.
    fn named(&mut self, lines: &mut bool, header: Span) -> Option<Read> {
        let start = self.at;
        let (name, span) = self.name()?;
        let end = self.at;
        self.skip(*lines)?;
        match self.byte() {
            b'(' if self.at == end => {
                *lines = true;
                return self.call(Text::Source(span), start, header);
            }
            b'(' => return None,
            b':' if self.byte_at(self.at + 1) == b':' => return None,
            _ => self.at = end,
        }
        if matches!(name, "null" | "true" | "false") {
            return Some(self.token(start, header));
        }
        let id = self.push_parent(NodeKind::Name(Text::Source(span)), self.span(start), header);
        Some(self.read(id, start))
    }

    fn call(&mut self, name: Text, start: usize, header: Span) -> Option<Read> {
        self.take(b'(')?;
        let mut args = Vec::new();
        loop {
            self.skip_lines()?;
            if self.byte() == b')' {
                break;
            }
            let arg = self.expression(true, header)?;
            args.push(arg.id);
            self.skip_lines()?;
            match self.byte() {
                b',' => self.at += 1,
                b')' => break,
                _ if self.bytes[self.at..].starts_with(b"...") => {
                    self.at += 3;
                    let span = self.tree.node(arg.id).span;
                    let kind = NodeKind::Operation(Operation::Expand(arg.id));
                    let expanded = self.push_parent(kind, span, header);
                    args.pop();
                    args.push(expanded);
                    self.skip_lines()?;
                    break;
                }
                _ => return None,
            }
        }
        self.take(b')')?;
        let span = self.span(start);
        let id = self.push_parent(NodeKind::Call { name, args: args.into() }, span, header);
        Some(self.read(id, start))
    }

    /// What is taken out of a term: `.id`, `[0]`, `[*]`.
    fn traversal(&mut self, term: Read, lines: bool, header: Span) -> Option<Read> {
        let mut steps = Vec::new();
        loop {
            let end = self.at;
            self.skip(lines)?;
            let next = self.byte_at(self.at + 1);
            match self.byte() {
                b'.' if next != b'.' => {
                    self.at += 1;
                    steps.push(self.step()?);
                }
                b'[' => {
                    self.at += 1;
                    self.skip_lines()?;
                    steps.push(if self.byte() == b'*' {
                        self.at += 1;
                        Step::Splat
                    } else {
                        Step::Index(self.expression(true, header)?.id)
                    });
                    self.skip_lines()?;
                    self.take(b']')?;
                }
                _ => {
                    self.at = end;
                    break;
                }
            }
        }
        if steps.is_empty() {
            return Some(term);
        }
        Some(self.operation(Operation::Traversal(term.id, steps.into()), term.range.start, header))
    }

    /// What stands behind a point.
    fn step(&mut self) -> Option<Step> {
        match self.byte() {
            b'*' => {
                self.at += 1;
                Some(Step::AttributeSplat)
            }
            b'0'..=b'9' => {
                let start = self.at;
                while self.byte().is_ascii_digit() {
                    self.at += 1;
                }
                let digits = &self.text[start..self.at];
                let plain = digits == "0" || !digits.starts_with('0') && digits.len() <= DIGITS;
                if plain { digits.parse().ok().map(Step::Position) } else { None }
            }
            _ => self.name().map(|(_, span)| Step::Attribute(Text::Source(span))),
        }
    }

    fn token(&mut self, start: usize, header: Span) -> Read {
        let span = self.span(start);
        let kind = NodeKind::Scalar(Style::Literal, Text::Source(span));
        let id = self.tree.push(kind, span, header);
        self.read(id, start)
    }

    /// Adds an operation that goes from `start` up to here.
    pub(super) fn operation(&mut self, operation: Operation, start: usize, header: Span) -> Read {
        let span = self.span(start);
        let id = self.push_parent(NodeKind::Operation(operation), span, header);
        self.read(id, start)
    }

    /// What was read from `start` up to here.
    pub(super) fn read(&self, id: NodeId, start: usize) -> Read {
        Read { id, range: start..self.at, first_key: None }
    }
}
