//! What a scalar's text means. Plain YAML scalars are typed as Kubernetes' reader types them
//! (sigs.k8s.io/yaml, which keeps go-yaml v2's YAML 1.1 words); JSON and HCL tokens as JSON.

use super::tree::Style;
use std::borrow::Cow;

/// A typed scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, `~`, or nothing written.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(Cow<'a, str>),
}

impl<'a> Scalar<'a> {
    /// Types `text` by the way it was written.
    pub fn read(style: Style, text: &'a str) -> Scalar<'a> {
        match style {
            Style::Quoted => Scalar::Text(Cow::Borrowed(text)),
            Style::Empty => Scalar::Null,
            Style::Plain => plain(text),
            Style::Literal => match text {
                "null" => Scalar::Null,
                "true" => Scalar::Bool(true),
                "false" => Scalar::Bool(false),
                number => decimal(number).unwrap_or(Scalar::Text(Cow::Borrowed(number))),
            },
        }
    }

    /// The text by which scalars are compared across types: `true`, `80`, the text itself.
    pub fn canonical(&self) -> Cow<'_, str> {
        match self {
            Scalar::Null => Cow::Borrowed("null"),
            Scalar::Bool(true) => Cow::Borrowed("true"),
            Scalar::Bool(false) => Cow::Borrowed("false"),
            Scalar::Int(number) => Cow::Owned(number.to_string()),
            Scalar::Float(number) => Cow::Owned(number.to_string()),
            Scalar::Text(text) => Cow::Borrowed(text),
        }
    }

    /// The number, where this is one or a text that spells one.
    #[allow(clippy::cast_precision_loss)]
    pub fn number(&self) -> Option<f64> {
        match self {
            Scalar::Int(number) => Some(*number as f64),
            Scalar::Float(number) => Some(*number),
            Scalar::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            Scalar::Null | Scalar::Bool(_) => None,
        }
    }
}

fn decimal(text: &str) -> Option<Scalar<'static>> {
    if let Ok(number) = text.parse() {
        return Some(Scalar::Int(number));
    }
    text.parse::<f64>().ok().filter(|n| n.is_finite()).map(Scalar::Float)
}

fn plain(text: &str) -> Scalar<'_> {
    let Some(&first) = text.as_bytes().first() else { return Scalar::Null };
    match first {
        b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O' => {
            match text {
                "~" | "null" | "Null" | "NULL" => return Scalar::Null,
                "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "y" | "Y" | "on" | "On"
                | "ON" => return Scalar::Bool(true),
                "false" | "False" | "FALSE" | "no" | "No" | "NO" | "n" | "N" | "off" | "Off"
                | "OFF" => return Scalar::Bool(false),
                _ => {}
            }
            Scalar::Text(Cow::Borrowed(text))
        }
        b'0'..=b'9' | b'+' | b'-' | b'.' => {
            number(text).unwrap_or(Scalar::Text(Cow::Borrowed(text)))
        }
        _ => Scalar::Text(Cow::Borrowed(text)),
    }
}

/// Numbers as go-yaml v2 reads them: underscores dropped, `0x`, `0o`, `0b` and leading-zero octal,
/// then floats. Sexagesimals and dates stay texts, as in JSON.
fn number(text: &str) -> Option<Scalar<'static>> {
    // Most texts that begin like one are flags (`--port=80`).
    let of_numbers =
        |b: u8| b.is_ascii_hexdigit() || matches!(b, b'_' | b'.' | b'+' | b'-' | b'x' | b'o');
    if !text.bytes().all(of_numbers) {
        return None;
    }
    let clean: Cow<'_, str> =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let (negative, digits) = match clean.as_bytes().first()? {
        b'-' => (true, &clean[1..]),
        b'+' => (false, &clean[1..]),
        _ => (false, &clean[..]),
    };
    if digits.is_empty() || !digits.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let radix = |prefix: &str| digits.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    let whole = if let Some(hex) = radix("0x") {
        i64::from_str_radix(hex, 16).ok()
    } else if let Some(octal) = radix("0o") {
        i64::from_str_radix(octal, 8).ok()
    } else if let Some(binary) = radix("0b") {
        i64::from_str_radix(binary, 2).ok()
    } else if let Some(octal) = radix("0").filter(|o| o.bytes().all(|b| (b'0'..=b'7').contains(&b)))
    {
        i64::from_str_radix(octal, 8).ok()
    } else if digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    };
    if let Some(whole) = whole {
        return Some(Scalar::Int(if negative { -whole } else { whole }));
    }
    let float_like =
        digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if !float_like || digits.starts_with(['e', 'E', '+', '-']) {
        return None;
    }
    clean.parse::<f64>().ok().filter(|n| n.is_finite()).map(Scalar::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain_is(text: &str) -> Scalar<'_> {
        Scalar::read(Style::Plain, text)
    }

    #[test]
    fn words_are_typed_as_kubernetes_does() {
        for yes in ["true", "True", "yes", "ON", "y"] {
            assert_eq!(plain_is(yes), Scalar::Bool(true), "{yes}");
        }
        for no in ["false", "no", "Off", "N"] {
            assert_eq!(plain_is(no), Scalar::Bool(false), "{no}");
        }
        assert_eq!(plain_is("~"), Scalar::Null);
        assert_eq!(plain_is("yEs"), Scalar::Text("yEs".into()));
        assert_eq!(Scalar::read(Style::Quoted, "yes"), Scalar::Text("yes".into()));
    }

    #[test]
    fn numbers_are_typed_as_kubernetes_does() {
        assert_eq!(plain_is("0x1F"), Scalar::Int(31));
        assert_eq!(plain_is("010"), Scalar::Int(8));
        assert_eq!(plain_is("0o17"), Scalar::Int(15));
        assert_eq!(plain_is("1_000"), Scalar::Int(1000));
        assert_eq!(plain_is("-5"), Scalar::Int(-5));
        assert_eq!(plain_is("1e3"), Scalar::Float(1000.0));
        assert_eq!(plain_is("1.5"), Scalar::Float(1.5));
        for text in ["1.2.3", "12:30", "2026-01-01", "10.0.0.0/8", "1d", "-", ".", "+-1"] {
            assert_eq!(plain_is(text), Scalar::Text(text.into()), "{text}");
        }
    }
}
