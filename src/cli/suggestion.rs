//! "Did you mean": the known word that is nearest to one that is not known.

use crate::rules::catalog::Catalog;

/// `; did you mean …?`, or nothing where no known word is near.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    near(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The same for words that stand for rules. Ids are near only with the same number: their numbers
/// say nothing about each other.
pub fn rule(word: &str, catalog: &Catalog) -> String {
    let number = |word: &str| {
        let from = word.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        word[from..].to_owned()
    };
    let wanted = number(word);
    let rules = catalog.rules().iter();
    let words = rules.flat_map(|rule| {
        let ids = [rule.id].into_iter().filter(|id| number(id) == wanted);
        ids.chain([rule.name, rule.family].into_iter().filter(|_| wanted.is_empty()))
    });
    hint(word, words)
}

/// The nearest known word: at most three slips away, and fewer than a third of its letters.
fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let distance = |one: &str| {
        let one = one.to_lowercase();
        // The organisation is left out in speech.
        let bare = one.strip_prefix("zt-").filter(|bare| *bare == wanted);
        if bare.is_some() { 1 } else { strsim::osa_distance(&one, &wanted) }
    };
    let least = known.into_iter().map(|one| (distance(one), one)).min_by_key(|(slips, _)| *slips);
    let (slips, one) = least?;
    (slips <= (one.chars().count() / 3).clamp(1, 3)).then_some(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_meant() {
        let known = ["select", "ignore", "profile", "min-severity"];
        for (word, meant) in [
            ("selct", "; did you mean `select`?"),
            ("min_severity", "; did you mean `min-severity`?"),
            ("Profile", "; did you mean `profile`?"),
            ("gate", ""),
            ("", ""),
        ] {
            assert_eq!(hint(word, known), meant, "{word}");
        }
        let catalog = Catalog::default();
        for (word, meant) in [
            ("ZT-NTE-005", "; did you mean `ZT-NET-005`?"),
            ("NET-005", "; did you mean `ZT-NET-005`?"),
            ("ZT-NET-999", ""),
            ("NTE", "; did you mean `NET`?"),
            (
                "networkpolicy-allow-all-ingress",
                "; did you mean `networkpolicy-allows-all-ingress`?",
            ),
            ("everything", ""),
        ] {
            assert_eq!(rule(word, &catalog), meant, "{word}");
        }
    }
}
