//! Base64 in either alphabet, padded or not, as Secrets and tokens use it.

/// The bytes behind a text; line ends are skipped. None where the text is no base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held, mut padding) = (0u32, 0u32, 0usize);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    (held < 6 && padding < 3).then_some(bytes)
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
