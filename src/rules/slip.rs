//! Words that were probably meant to be another: one slip of the hand apart.

/// The shortest word that can be taken for a slip of another: shorter ones differ by chance.
const SHORTEST: usize = 3;

/// Whether one letter (inserted, left out, replaced, or swapped with its neighbour) tells the words
/// apart. Words that differ in a digit are siblings (`web-1`, `web-2`), not slips.
pub fn apart(one: &str, other: &str) -> bool {
    let [one_letters, other_letters] = [one, other].map(|word| word.chars().collect::<Vec<char>>());
    // By letters: a word of fewer letters may have more bytes.
    let (short, long) = if one_letters.len() <= other_letters.len() {
        (one_letters, other_letters)
    } else {
        (other_letters, one_letters)
    };
    if short.len() < SHORTEST || long.len() - short.len() > 1 || one == other {
        return false;
    }
    let before = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let (short, long) = (&short[before..], &long[before..]);
    let digit = |letters: &[char]| letters.first().is_some_and(char::is_ascii_digit);
    if digit(short) || digit(long) {
        return false;
    }
    match (short, long) {
        ([], [_]) => true,
        (_, [_, rest @ ..]) if rest == short => true,
        ([a, b, rest @ ..], [c, d, other @ ..]) if a == d && b == c && rest == other => true,
        ([_, rest @ ..], [_, other @ ..]) => rest == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn one_letter_apart() {
        let cases = [
            ("backend", "backnd", true),
            ("backend", "backends", true),
            ("frontend", "forntend", true),
            ("payments", "paymants", true),
            ("web", "webb", true),
            ("web", "web", false),
            ("web", "api", false),
            ("ab", "ac", false),
            ("web-1", "web-2", false),
            ("v1", "v2", false),
            ("shop", "shop2", false),
            ("frontend", "front", false),
            ("backend", "bakcedn", false),
            ("läden", "laden", true),
            ("äöü", "abcde", false),
            ("äöüx", "äöü", true),
        ];
        for (one, other, expected) in cases {
            assert_eq!(apart(one, other), expected, "{one} {other}");
            assert_eq!(apart(other, one), expected, "{other} {one}");
        }
    }
}
