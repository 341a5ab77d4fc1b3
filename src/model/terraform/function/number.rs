//! Terraform's functions on numbers.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, Stop};
use crate::model::datum::{Datum, Kind, Reason};
use crate::model::number::Number;
use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    let entry: Entry = match name {
        "abs" => (&["num"], |arguments| of_one(arguments, Number::absolute)),
        "ceil" => (&["num"], |arguments| of_one(arguments, Number::ceiling)),
        "floor" => (&["num"], |arguments| of_one(arguments, Number::floor)),
        "log" => (&["num", "base"], log),
        "max" => (&["numbers..."], |arguments| extreme(arguments, |a, b| a > b)),
        "min" => (&["numbers..."], |arguments| extreme(arguments, |a, b| a < b)),
        "parseint" => (&["number", "base"], parseint),
        "pow" => (&["num", "power"], pow),
        "signum" => (&["num"], signum),
        _ => return None,
    };
    Some(argument::run(name, entry, arguments))
}

fn number(number: Number) -> Datum {
    Datum::new(Kind::Number(number))
}

fn of_one(arguments: &Arguments, change: fn(&Number) -> Number) -> Answer {
    Ok(number(change(&arguments.number(0)?)))
}

fn signum(arguments: &Arguments) -> Answer {
    Ok(Datum::int(arguments.int(0)?.signum()))
}

fn extreme(arguments: &Arguments, better: fn(&Number, &Number) -> bool) -> Answer {
    let mut best: Option<Number> = None;
    for place in arguments.rest(0) {
        let next = arguments.number(place)?;
        if best.as_ref().is_none_or(|best| better(&next, best)) {
            best = Some(next);
        }
    }
    best.map(number).ok_or_else(|| arguments.failed("must pass at least one number"))
}

fn log(arguments: &Arguments) -> Answer {
    let (value, base) = (arguments.number(0)?.to_f64(), arguments.number(1)?.to_f64());
    float(arguments, libm::log(value) / libm::log(base))
}

/// Powers are exact in floating point, or not told: libraries round them differently.
fn pow(arguments: &Arguments) -> Answer {
    let (value, power) = (arguments.number(0)?, arguments.number(1)?);
    let result = libm::pow(value.to_f64(), power.to_f64());
    if power == Number::from(0) || result.is_nan() {
        return float(arguments, result);
    }
    let untold = || Stop::because(Reason::Function);
    let times = power.to_i64().filter(|times| (-64..=1024).contains(times)).ok_or_else(untold)?;
    let mut exact = value.clone();
    for _ in 1..times.abs() {
        exact = exact.times(&value);
    }
    if times < 0 {
        exact = Number::from(1).over(&exact).ok_or_else(untold)?;
    }
    Number::from_f64(result).filter(|result| *result == exact).map(number).ok_or_else(untold)
}

/// What Terraform computes in floating point.
fn float(arguments: &Arguments, value: f64) -> Answer {
    if value.is_nan() {
        return Err(arguments.failed("the result is not a number"));
    }
    Number::from_f64(value).map(number).ok_or_else(|| Stop::because(Reason::Function))
}

fn parseint(arguments: &Arguments) -> Answer {
    let value = arguments.value(0)?;
    let text = match &value.kind {
        Kind::Number(_) => {
            return Err(arguments.wrong(0, "first argument must be a string, not number"));
        }
        Kind::Bool(_) => {
            return Err(arguments.wrong(0, "first argument must be a string, not bool"));
        }
        _ => arguments.text(0)?,
    };
    let base = u32::try_from(arguments.int(1)?).ok().filter(|base| (2..=62).contains(base));
    let base = base.ok_or_else(|| {
        arguments.wrong(1, "base must be a whole number between 2 and 62 inclusive")
    })?;
    if text.len() > 4096 {
        return Err(Stop::because(Reason::Limit));
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let mut parsed = BigInt::default();
    for c in digits.chars() {
        let digit = digit(c, base).ok_or_else(|| unreadable(arguments, base))?;
        parsed = parsed * base + digit;
    }
    if digits.is_empty() {
        return Err(unreadable(arguments, base));
    }
    if text.starts_with('-') {
        parsed = -parsed;
    }
    Ok(number(BigDecimal::from(parsed).into()))
}

fn unreadable(arguments: &Arguments, base: u32) -> Stop {
    arguments.wrong(0, &format!("cannot parse it as a base {base} integer"))
}

/// Beyond base 36, small letters come before capitals.
fn digit(c: char, base: u32) -> Option<u32> {
    let digit = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        'a'..='z' => u32::from(c) - u32::from('a') + 10,
        'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
        'A'..='Z' => u32::from(c) - u32::from('A') + 36,
        _ => return None,
    };
    (digit < base).then_some(digit)
}
