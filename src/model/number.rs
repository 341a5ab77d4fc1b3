//! Numbers as Terraform has them: whole numbers and decimals of any size. What does not end is cut
//! after 154 significant digits, as Terraform's 512 bits are.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::Arc;

const DIGITS: NonZeroU64 = NonZeroU64::new(154).expect("not zero");

/// Quotients keep more, so that three thirds are one.
const QUOTIENT_DIGITS: u64 = 170;

/// A power of ten beyond this is refused: nobody's configuration needs it.
const MAX_EXPONENT: i64 = 4096;

/// Computed numbers beyond this power of ten are taken for it, those below its inverse for zero.
const MAX_RESULT: i64 = 8192;

/// A number.
#[derive(Clone, Debug)]
pub struct Number(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Int(i64),
    Big(Arc<BigDecimal>),
}

impl Number {
    /// Reads a number as HCL or Terraform's `tonumber` writes it: decimal, perhaps with a sign, a
    /// point at either end, an exponent.
    pub fn parse(text: &str) -> Option<Number> {
        if let Ok(int) = i64::from_str(text) {
            return Some(Number(Repr::Int(int)));
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], &unsigned[at + 1..]),
            None => (unsigned, "0"),
        };
        let plain = mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if !plain || !mantissa.bytes().any(|b| b.is_ascii_digit()) || text.len() > 8192 {
            return None;
        }
        if exponent.parse::<i64>().ok()?.unsigned_abs() > MAX_EXPONENT.unsigned_abs() {
            return None;
        }
        Some(BigDecimal::from_str(text).ok()?.into())
    }

    /// A floating-point number by its shortest decimal; none if it is not finite, or so large that
    /// this would not be exact.
    pub fn from_f64(value: f64) -> Option<Number> {
        let short = Number::parse(&format!("{value}")).filter(|_| value.is_finite())?;
        let exact = value.abs() < 9_007_199_254_740_992.0 || {
            let exact: Number = BigDecimal::try_from(value).ok()?.into();
            exact == short
        };
        exact.then_some(short)
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
            Repr::Int(int) => int.to_f64().unwrap_or(f64::NAN),
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

    /// The number without its sign.
    #[must_use]
    pub fn absolute(&self) -> Number {
        if *self < Number::from(0) { self.negated() } else { self.clone() }
    }

    /// The least whole number that is not less.
    #[must_use]
    pub fn ceiling(&self) -> Number {
        match &self.0 {
            Repr::Int(_) => self.clone(),
            Repr::Big(big) => big.with_scale_round(0, RoundingMode::Ceiling).into(),
        }
    }

    /// The greatest whole number that is not greater.
    #[must_use]
    pub fn floor(&self) -> Number {
        match &self.0 {
            Repr::Int(_) => self.clone(),
            Repr::Big(big) => big.with_scale_round(0, RoundingMode::Floor).into(),
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
            _ => Some(Number(quotient(&self.to_decimal(), &other.to_decimal()))),
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
        Self(kept(&rounded(value)))
    }
}

fn quotient(dividend: &BigDecimal, divisor: &BigDecimal) -> Repr {
    let missing = (QUOTIENT_DIGITS + divisor.digits()).saturating_sub(dividend.digits());
    let (number, scale) = dividend.as_bigint_and_exponent();
    let (by, by_scale) = divisor.as_bigint_and_exponent();
    let shift = u32::try_from(missing).expect("digits of numbers are few");
    let shifted = number * BigInt::from(10).pow(shift);
    kept(&BigDecimal::new(shifted / by, scale - by_scale + i64::from(shift)))
}

fn rounded(value: BigDecimal) -> BigDecimal {
    if value.digits() > DIGITS.get() {
        value.with_precision_round(DIGITS, RoundingMode::HalfEven)
    } else {
        value
    }
}

fn kept(value: &BigDecimal) -> Repr {
    let power = i64::try_from(value.digits()).unwrap_or(i64::MAX) - value.fractional_digit_count();
    if value.is_zero() || power < -MAX_RESULT {
        return Repr::Int(0);
    }
    let value = if power > MAX_RESULT {
        BigDecimal::new(BigInt::from_biguint(value.sign(), 1_u8.into()), -MAX_RESULT)
    } else {
        value.normalized()
    };
    match value.to_i64().filter(|_| value.is_integer()) {
        Some(int) => Repr::Int(int),
        None => Repr::Big(Arc::new(value)),
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
            _ => rounded(self.to_decimal()).cmp(&rounded(other.to_decimal())),
        }
    }
}

/// As Terraform writes it into texts: no exponent, no trailing zeros.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(int) => int.fmt(f),
            Repr::Big(big) => f.write_str(&rounded((**big).clone()).normalized().to_plain_string()),
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
        for (a, b) in [("1", "3"), ("2", "7"), ("-10", "6"), ("0.1", "0.7"), ("1e-9", "49")] {
            let (a, b) = (number(a), number(b));
            assert_eq!(a.over(&b).map(|quotient| quotient.times(&b)), Some(a));
        }
        assert_eq!(number("2").over(&3.into()), number("1").over(&3.into()).map(|n| n.plus(&n)));
        assert!(Number::parse("1e99999").is_none() && Number::parse("x").is_none());
        assert!(Number::parse("0x1F").is_none() && Number::parse("").is_none());
    }

    #[test]
    fn texts_are_read_as_tonumber_reads_them() {
        for (text, value) in [
            ("+5", "5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("010", "10"),
            ("-1E3", "-1000"),
            ("1.0", "1"),
        ] {
            assert_eq!(number(text).to_string(), value, "{text}");
        }
        for text in ["", "-", ".", "1_000", " 5", "1e", "0b11", "NaN", "inf", "--1", "1e5000", "e5"]
        {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn results_of_any_size_are_bounded() {
        let mut large = number("-1e4000");
        let mut small = number("1e-4000");
        for _ in 0..70 {
            large = large.times(&large).negated();
            small = small.times(&small);
        }
        assert!(large.to_string().len() < 9000 && large < number("-1e4096"));
        assert!(small.is_zero());
    }

    #[test]
    fn whole_numbers_around() {
        for (value, floor, ceiling) in
            [("1.5", 1, 2), ("-1.5", -2, -1), ("3", 3, 3), ("1e-30", 0, 1)]
        {
            assert_eq!(number(value).floor(), floor.into(), "{value}");
            assert_eq!(number(value).ceiling(), ceiling.into(), "{value}");
        }
        assert_eq!(number("-0.5").absolute(), number("0.5"));
        assert_eq!(Number::from_f64(2.5), Some(number("2.5")));
        assert_eq!(Number::from_f64(1e22), Some(number("1e22")));
        assert!([1e23, f64::INFINITY, f64::NAN].iter().all(|&f| Number::from_f64(f).is_none()));
    }
}
