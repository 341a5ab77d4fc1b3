//! Provider version constraints, as far as they bound a range from below and above.

/// Versions from `low` (inclusive) up to `high` (exclusive).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    low: Vec<u64>,
    high: Option<Vec<u64>>,
}

impl Range {
    /// Reads a constraint such as `~> 5.40`, `>= 4.0, < 6.0` or `5.1.0`. Parts that do not bound
    /// (`!=`) or cannot be read are passed over.
    pub fn parse(text: &str) -> Range {
        let mut range = Range::default();
        for part in text.split(',').map(str::trim) {
            let digits = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
            let (operator, number) = part.split_at(digits);
            let version: Vec<u64> =
                number.split('.').map_while(|n| n.trim().parse().ok()).collect();
            if version.is_empty() {
                continue;
            }
            match operator.trim().trim_end_matches('v').trim() {
                ">=" => range.raise(version),
                ">" => range.raise(next(&version)),
                "<" => range.lower(version),
                "<=" => range.lower(next(&version)),
                "~>" => {
                    let mut above = version.clone();
                    if above.len() > 1 {
                        above.pop();
                    }
                    range.lower(next(&above));
                    range.raise(version);
                }
                "" | "=" => {
                    range.lower(next(&version));
                    range.raise(version);
                }
                _ => {}
            }
        }
        range
    }

    fn raise(&mut self, version: Vec<u64>) {
        self.low = self.low.clone().max(version);
    }

    fn lower(&mut self, version: Vec<u64>) {
        self.high = Some(match self.high.take() {
            Some(high) => high.min(version),
            None => version,
        });
    }

    /// Whether some version is in both ranges.
    pub fn overlaps(&self, other: &Range) -> bool {
        let below = |low: &[u64], high: &Option<Vec<u64>>| {
            high.as_ref().is_none_or(|high| trimmed(low) < trimmed(high))
        };
        below(&self.low, &other.high) && below(&other.low, &self.high)
    }
}

fn next(version: &[u64]) -> Vec<u64> {
    let mut next = version.to_vec();
    if let Some(last) = next.last_mut() {
        *last += 1;
    }
    next
}

/// Without trailing zeros, so that `6` and `6.0` are the same.
fn trimmed(version: &[u64]) -> &[u64] {
    let end = version.iter().rposition(|&n| n > 0).map_or(0, |at| at + 1);
    &version[..end]
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn constraints_bound_ranges() {
        let (old, new) = (Range::parse("< 6.0"), Range::parse(">= 6.0"));
        for (text, can_be_old, can_be_new) in [
            ("~> 5.40", true, false),
            ("~> 6.0", false, true),
            (">= 5.0", true, true),
            (">= 5.0, < 6.0.0", true, false),
            ("6.2.1", false, true),
            ("= 5.99.0", true, false),
            ("~> 5.0.1", true, false),
            ("", true, true),
            ("> 6", false, true),
        ] {
            let range = Range::parse(text);
            assert_eq!(range.overlaps(&old), can_be_old, "{text} and < 6.0");
            assert_eq!(range.overlaps(&new), can_be_new, "{text} and >= 6.0");
        }
    }
}
