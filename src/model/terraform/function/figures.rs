//! Numbers as the verbs of `format` write them: signs, bases, rounding, widths.

use crate::model::number::Number;
use bigdecimal::num_bigint::Sign;

/// Flags, width and precision of a verb.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Five flags that combine freely.
pub struct NumberStyle {
    /// `-`: padding goes to the right.
    pub left: bool,
    /// `+`: a plus before numbers that are not negative.
    pub plus: bool,
    /// `#`: another form.
    pub sharp: bool,
    /// A space before numbers that are not negative.
    pub space: bool,
    /// `0`: padding is zeros.
    pub zero: bool,
    /// The least number of characters.
    pub width: usize,
    /// The number after the point.
    pub precision: Option<usize>,
}

/// The digits of a number: `0.digits × 10^exponent`, without zeros at either end.
#[derive(Clone, Debug)]
pub struct Figures {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
    /// Whether the number has an end in base two too, so that its halves are halves there.
    binary: bool,
}

/// More digits than this are not those that Terraform, which counts in base two, would write.
const MAX_DIGITS: usize = 150;

impl Figures {
    /// The digits of a number.
    pub fn of(number: &Number) -> Self {
        let (mut unscaled, scale) = number.to_decimal().normalized().into_bigint_and_exponent();
        let negative = unscaled.sign() == Sign::Minus;
        let mut digits = unscaled.magnitude().to_str_radix(10).into_bytes();
        let exponent = i64::try_from(digits.len()).unwrap_or(i64::MAX).saturating_sub(scale);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let mut binary = true;
        for _ in 0..scale.clamp(0, 64) {
            binary &= (&unscaled % 5_u8) == 0_u8.into();
            unscaled /= 5_u8;
        }
        let exponent = if digits.is_empty() { 0 } else { exponent };
        Self { negative, digits, exponent, binary: binary && scale <= 64 }
    }

    /// Keeps a number of digits, rounding halves to even. None if that cannot be told.
    fn round(&mut self, keep: i64) -> Option<()> {
        let Ok(keep) = usize::try_from(keep) else {
            self.digits.clear();
            self.exponent = 0;
            return Some(());
        };
        if keep >= self.digits.len() {
            return Some(());
        }
        let half = self.digits[keep] == b'5' && keep + 1 == self.digits.len();
        if half && !self.binary {
            return None;
        }
        let odd = keep > 0 && self.digits[keep - 1] % 2 == 1;
        let up = if half { odd } else { self.digits[keep] >= b'5' };
        self.digits.truncate(keep);
        if up {
            while self.digits.last() == Some(&b'9') {
                self.digits.pop();
            }
            if let Some(last) = self.digits.last_mut() {
                *last += 1;
            } else {
                self.digits.push(b'1');
                self.exponent += 1;
            }
        }
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.exponent = 0;
        }
        Some(())
    }

    fn digit(&self, place: i64) -> char {
        let digit = usize::try_from(place).ok().and_then(|place| self.digits.get(place));
        digit.map_or('0', |&digit| char::from(digit))
    }

    fn plain(&self, decimals: usize) -> String {
        let mut text: String = (0..self.exponent).map(|place| self.digit(place)).collect();
        if text.is_empty() {
            text.push('0');
        }
        if decimals > 0 {
            text.push('.');
            text.extend((self.exponent..).take(decimals).map(|place| self.digit(place)));
        }
        text
    }

    fn scientific(&self, letter: char, decimals: usize) -> String {
        let mut text = String::from(self.digit(0));
        if decimals > 0 {
            text.push('.');
            text.extend((1..).take(decimals).map(|place| self.digit(place)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.exponent - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{text}{letter}{sign}{:02}", exponent.unsigned_abs())
    }

    fn count(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX)
    }
}

impl NumberStyle {
    /// A whole number in base 2, 8, 10 or 16; none if it is not whole.
    pub fn whole(&self, letter: char, number: &Number) -> Option<String> {
        if !number.is_whole() {
            return None;
        }
        let (value, _) = number.to_decimal().with_scale(0).into_bigint_and_exponent();
        let (base, prefix) = match letter {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let mut digits = value.magnitude().to_str_radix(base);
        if letter == 'X' {
            digits.make_ascii_uppercase();
        }
        if digits == "0" && self.precision == Some(0) {
            return Some(String::new());
        }
        let missing = self.precision.unwrap_or(0).saturating_sub(digits.len());
        digits.insert_str(0, &"0".repeat(missing));
        let sign = self.sign(value.sign() == Sign::Minus);
        let prefix = if self.sharp { prefix } else { "" };
        let length = sign.len() + prefix.len() + digits.len();
        let padding = self.width.saturating_sub(length);
        Some(if self.left {
            format!("{sign}{prefix}{digits}{}", " ".repeat(padding))
        } else if self.zero && self.precision.is_none() {
            format!("{sign}{prefix}{}{digits}", "0".repeat(padding))
        } else {
            format!("{}{sign}{prefix}{digits}", " ".repeat(padding))
        })
    }

    /// A number as `e`, `E`, `f`, `g` or `G` writes it; none if its last digit cannot be told.
    pub fn decimal(&self, letter: char, mut figures: Figures) -> Option<String> {
        let short = self.precision.is_none() && matches!(letter, 'g' | 'G');
        if short && figures.digits.len() > MAX_DIGITS {
            return None;
        }
        let precision = self.precision.unwrap_or(6);
        let wanted = i64::try_from(precision).ok()?;
        let text = match letter {
            'f' => {
                figures.round(figures.exponent.saturating_add(wanted))?;
                figures.plain(precision)
            }
            'e' | 'E' => {
                figures.round(wanted.saturating_add(1))?;
                figures.scientific(letter, precision)
            }
            _ => {
                let wanted = if short { figures.count() } else { wanted.max(1) };
                figures.round(wanted)?;
                let count = figures.count();
                let mut limit = wanted;
                if limit > count && count >= figures.exponent {
                    limit = count;
                }
                if short {
                    limit = 6;
                }
                let power = figures.exponent - 1;
                if power < -4 || power >= limit {
                    let letter = if letter == 'G' { 'E' } else { 'e' };
                    let decimals = (wanted.min(count) - 1).max(0);
                    figures.scientific(letter, usize::try_from(decimals).ok()?)
                } else {
                    let wanted = if wanted > figures.exponent { count } else { wanted };
                    let decimals = (wanted - figures.exponent).max(0);
                    figures.plain(usize::try_from(decimals).ok()?)
                }
            }
        };
        let sign = self.sign(figures.negative);
        let padding = self.width.saturating_sub(sign.len() + text.len());
        Some(if self.zero {
            format!("{sign}{}{text}", "0".repeat(padding))
        } else if self.left {
            format!("{sign}{text}{}", " ".repeat(padding))
        } else {
            format!("{}{sign}{text}", " ".repeat(padding))
        })
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }
}
