//! Base64 in either alphabet, padded or not, as Secrets and tokens use it.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};

/// Padding is taken off before, and what the last character holds too much does not matter.
const READER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes behind a text; line ends are skipped. None where the text is no base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let plain = |byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    };
    let spaces = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let mut plain: Vec<u8> = text.bytes().filter(spaces).map(plain).collect();
    let length = plain.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    if plain.len() - length > 2 {
        return None;
    }
    plain.truncate(length);
    READER.decode(plain).ok()
}

/// The text behind a text, where it is UTF-8.
pub fn decode_text(text: &str) -> Option<String> {
    String::from_utf8(decode(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_with_and_without_padding() {
        for (text, plain) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zg", "f"),
            ("Zm9v\nYmFy", "foobar"),
            ("Zm9vYg==\n", "foob"),
            ("8J+YgA==", "😀"),
            ("8J-YgA", "😀"),
        ] {
            assert_eq!(decode_text(text).as_deref(), Some(plain), "{text}");
        }
        for text in ["Z", "Zg==Zg==", "Zm9v!", "${X}", "Z===="] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode_text("/////w=="), None);
    }
}
