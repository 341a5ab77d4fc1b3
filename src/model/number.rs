//! Numbers as Terraform has them: whole numbers and decimals of any size. Quotients that do not end
//! are cut after 154 significant digits, as Terraform's 512 bits are.

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::Arc;

const DIGITS: NonZeroU64 = NonZeroU64::new(154).expect("not zero");

/// A power of ten beyond this is refused: nobody's configuration needs it.
const MAX_EXPONENT: i64 = 4096;

/// A number.
#[derive(Clone, Debug)]
pub struct Number(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Int(i64),
    Big(Arc<BigDecimal>),
}

impl Number {
    /// Reads a number as HCL or Terraform's `tonumber` writes it.
    pub fn parse(text: &str) -> Option<Number> {
        if let Ok(int) = i64::from_str(text) {
            return (!text.starts_with('+')).then_some(Number(Repr::Int(int)));
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) || text.contains('_') {
            return None;
        }
        let exponent = text.find(['e', 'E']).map_or("0", |at| &text[at + 1..]);
        if exponent.parse::<i64>().ok()?.abs() > MAX_EXPONENT || text.len() > 8192 {
            return None;
        }
        Some(BigDecimal::from_str(text).ok()?.into())
    }

    /// The number as a whole one, if it is.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(int) => Some(*int),
            Repr::Big(_) => None,
        }
    }

    /// The nearest floating-point number.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Int(int) => *int as f64,
            Repr::Big(big) => big.to_f64().unwrap_or(f64::NAN),
        }
    }

    /// The number as a decimal.
    pub fn to_decimal(&self) -> BigDecimal {
        match &self.0 {
            Repr::Int(int) => BigDecimal::from(*int),
            Repr::Big(big) => (**big).clone(),
        }
    }

    /// Whether it is a whole number.
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Int(_) => true,
            Repr::Big(big) => big.is_integer(),
        }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Int(0))
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Number) -> Number {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) if a.checked_add(*b).is_some() => Number::from(a + b),
            _ => (self.to_decimal() + other.to_decimal()).into(),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negated(&self) -> Number {
        match &self.0 {
            Repr::Int(int) if int.checked_neg().is_some() => Number::from(-int),
            _ => (-self.to_decimal()).into(),
        }
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Number) -> Number {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) if a.checked_mul(*b).is_some() => Number::from(a * b),
            _ => (self.to_decimal() * other.to_decimal()).into(),
        }
    }

    /// The quotient; none by zero.
    pub fn over(&self, other: &Number) -> Option<Number> {
        match (&self.0, &other.0) {
            (_, Repr::Int(0)) => None,
            (Repr::Int(a), Repr::Int(b)) if a.checked_rem(*b) == Some(0) => {
                Some(Number::from(a / b))
            }
            _ => Some((self.to_decimal() / other.to_decimal()).into()),
        }
    }

    /// The remainder, with the sign of the dividend; none by zero.
    pub fn rest(&self, other: &Number) -> Option<Number> {
        match (&self.0, &other.0) {
            (_, Repr::Int(0)) => None,
            (Repr::Int(a), Repr::Int(b)) => Some(Number::from(a.checked_rem(*b).unwrap_or(0))),
            _ => Some((self.to_decimal() % other.to_decimal()).into()),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Int(value))
    }
}

impl From<BigDecimal> for Number {
    fn from(value: BigDecimal) -> Self {
        if value.is_integer()
            && let Some(int) = value.to_i64()
        {
            return Self(Repr::Int(int));
        }
        let value = if value.digits() > DIGITS.get() {
            value.with_precision_round(DIGITS, RoundingMode::HalfEven)
        } else {
            value
        };
        if value.is_zero() {
            return Self(Repr::Int(0));
        }
        Self(Repr::Big(Arc::new(value.normalized())))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) => a.cmp(b),
            _ => self.to_decimal().cmp(&other.to_decimal()),
        }
    }
}

/// As Terraform writes it into texts: no exponent, no trailing zeros.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(int) => int.fmt(f),
            Repr::Big(big) => f.write_str(&big.to_plain_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn number(text: &str) -> Number {
        Number::parse(text).expect("a number")
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(number("0.1").plus(&number("0.2")).to_string(), "0.3");
        assert_eq!(
            number("9223372036854775807").plus(&1.into()).to_string(),
            "9223372036854775808"
        );
        assert_eq!(number("1.50").to_string(), "1.5");
        assert_eq!(number("1e3").to_string(), "1000");
        assert_eq!(number("7").over(&2.into()), Some(number("3.5")));
        assert_eq!(number("-7").rest(&3.into()), Some((-1).into()));
        assert_eq!(number("1").over(&0.into()), None);
        assert!(Number::parse("1e99999").is_none() && Number::parse("x").is_none());
        assert!(Number::parse("0x1F").is_none() && Number::parse("").is_none());
    }
}
