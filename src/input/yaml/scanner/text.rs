//! Which texts the scanner takes at all, by their characters.

/// Where the text starts behind a byte order mark; nothing if it holds what YAML forbids (control
/// and special characters), or a carriage return that ends no line.
pub(super) fn start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let control = |b: u8| b < 0x20 && b != b'\t' && b != b'\n' && b != b'\r' || b == 0x7f;
    if bytes.iter().fold(false, |found, &b| found | control(b)) {
        return None;
    }
    if memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n')) {
        return None;
    }
    // U+0080 to U+009F, a byte order mark, U+FFFE and U+FFFF.
    let special = |at: usize| match bytes[at..] {
        [0xc2, second, ..] => second < 0xa0,
        [0xef, 0xbb, 0xbf, ..] | [0xef, 0xbf, 0xbe | 0xbf, ..] => true,
        _ => false,
    };
    let mut wide = memchr::memchr2_iter(0xc2, 0xef, &bytes[start..]).map(|at| at + start);
    (bytes.is_ascii() || !wide.any(special)).then_some(start)
}
