//! How functions read their arguments: counts, types and gaps are judged here, in Terraform's
//! terms. Knows no function.

use super::Outcome;
use super::phrase::Phrase;
use crate::model::datum::{Datum, Kind, List, Reason, Unknown};
use crate::model::number::Number;
use crate::model::terraform::conversion::to_text;
use std::sync::Arc;

/// What a function gives, or why it gives nothing.
pub type Answer = Result<Datum, Stop>;

/// The most bytes that a function may put into a text.
pub const MAX_TEXT: usize = 16 << 20;

/// The most members that a function may put into a list.
pub const MAX_MEMBERS: usize = 1_000_000;

/// Why a function cannot give its result.
#[derive(Debug)]
pub enum Stop {
    /// An argument that decides is not known.
    Gap(Unknown),
    /// The arguments are wrong; a sentence says how.
    Wrong(String),
}

impl Stop {
    /// A result that cannot be told for a reason of its own.
    pub fn because(reason: Reason) -> Self {
        Self::Gap(Unknown { reason, symbol: None })
    }

    /// What a function says of itself, rather than of one argument.
    pub fn wrong(function: &str, what: &str) -> Self {
        Self::Wrong(format!("Call to function \"{function}\" failed: {what}."))
    }
}

impl From<Unknown> for Stop {
    fn from(unknown: Unknown) -> Self {
        Self::because(unknown.reason)
    }
}

/// A function's name, the names of its parameters (`args...` takes any number) and its body.
pub type Entry = (&'static [&'static str], fn(&Arguments) -> Answer);

/// The arguments of one call.
pub struct Arguments<'a> {
    function: &'a str,
    names: &'static [&'static str],
    /// As they were given.
    pub values: &'a [Datum],
}

/// Calls a function after counting the arguments.
pub fn run(function: &str, (names, body): Entry, values: &[Datum]) -> Outcome {
    let arguments = Arguments { function, names, values };
    match arguments.count().and_then(|()| body(&arguments)) {
        Ok(datum) => Ok(datum),
        Err(Stop::Gap(unknown)) => Ok(Datum::unknown(unknown.reason)),
        Err(Stop::Wrong(sentence)) => Err(sentence),
    }
}

impl<'a> Arguments<'a> {
    fn count(&self) -> Result<(), Stop> {
        let open = self.names.last().is_some_and(|name| name.ends_with("..."));
        let needed = self.names.len() - usize::from(open);
        let function = self.function;
        if self.values.len() < needed {
            let missing = self.names[self.values.len()];
            let sentence = format!("Function \"{function}\" needs a value for \"{missing}\".");
            return Err(Stop::Wrong(sentence));
        }
        if self.values.len() > needed && !open {
            let plural = if needed == 1 { "" } else { "s" };
            let sentence = format!("Function \"{function}\" takes {needed} argument{plural} only.");
            return Err(Stop::Wrong(sentence));
        }
        Ok(())
    }

    /// The arguments from a place on.
    pub fn rest(&self, from: usize) -> std::ops::Range<usize> {
        from..self.values.len()
    }

    /// What is wrong with an argument.
    pub fn wrong(&self, place: usize, what: &str) -> Stop {
        let last = self.names.len().saturating_sub(1);
        let name = self.names.get(place.min(last)).copied().unwrap_or_default();
        let name = name.trim_end_matches("...");
        Stop::Wrong(format!("Invalid value for \"{name}\" parameter: {what}."))
    }

    /// What is wrong with the call as a whole.
    pub fn failed(&self, what: &str) -> Stop {
        Stop::wrong(self.function, what)
    }

    /// An argument that is not null.
    pub fn value(&self, place: usize) -> Result<&'a Datum, Stop> {
        match self.values.get(place) {
            None => Err(self.wrong(place, "a value is missing")),
            Some(value) if value.is_null() => Err(self.wrong(place, "argument must not be null")),
            Some(value) => Ok(value),
        }
    }

    /// A text, known in part at least.
    pub fn phrase(&self, place: usize) -> Result<Phrase, Stop> {
        self.phrase_of(place, self.value(place)?)
    }

    /// A member of an argument as a text, known in part at least.
    pub fn phrase_of(&self, place: usize, value: &Datum) -> Result<Phrase, Stop> {
        if let Kind::Instance(_) = value.kind {
            return Err(Stop::because(Reason::Computed));
        }
        let text = to_text(value).map_err(|_| self.wrong(place, "string required"))?;
        Phrase::of(&text).ok_or_else(|| self.wrong(place, "string required"))
    }

    /// A text that is known.
    pub fn text(&self, place: usize) -> Result<Arc<str>, Stop> {
        self.phrase(place)?.known()
    }

    /// A number.
    pub fn number(&self, place: usize) -> Result<Number, Stop> {
        Self::number_of(self.value(place)?).map_err(|stop| match stop {
            Stop::Wrong(_) => self.wrong(place, "a number is required"),
            gap @ Stop::Gap(_) => gap,
        })
    }

    /// A value as a number.
    pub fn number_of(value: &Datum) -> Result<Number, Stop> {
        let wrong = || Stop::Wrong("a number is required".into());
        match &value.kind {
            Kind::Number(number) => Ok(number.clone()),
            Kind::Text(text) => Number::parse(text).ok_or_else(wrong),
            Kind::Json(_) | Kind::Partial(_) => {
                let text = Phrase::of(value).ok_or_else(wrong)?.known()?;
                Number::parse(&text).ok_or_else(wrong)
            }
            Kind::Unknown(unknown) => Err(unknown.clone().into()),
            Kind::Instance(_) => Err(Stop::because(Reason::Computed)),
            _ => Err(wrong()),
        }
    }

    /// A whole number.
    pub fn whole(&self, place: usize) -> Result<Number, Stop> {
        let number = self.number(place)?;
        if number.is_whole() {
            Ok(number)
        } else {
            Err(self.wrong(place, "value must be a whole number"))
        }
    }

    /// A whole number of ordinary size.
    pub fn int(&self, place: usize) -> Result<i64, Stop> {
        self.whole(place)?.to_i64().ok_or_else(|| self.wrong(place, "value is out of range"))
    }

    /// A list, tuple or set, known in part at least.
    pub fn list(&self, place: usize) -> Result<&'a List, Stop> {
        match &self.value(place)?.kind {
            Kind::List(list) => Ok(list),
            Kind::Set(set) => match self.values[place].gap() {
                // The order of a set follows from its members.
                Some(gap) => Err(gap.into()),
                None => Ok(set),
            },
            Kind::Unknown(unknown) => Err(unknown.clone().into()),
            Kind::Instance(_) => Err(Stop::because(Reason::Computed)),
            _ => Err(self.wrong(place, "list required")),
        }
    }
}
