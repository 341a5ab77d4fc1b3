//! Three-valued knowledge: facts with places, and Kleene's logic. Judges nothing.

use crate::input::source::Place;

/// What is known about a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact<T> {
    /// The value and where it is written.
    Known(T, Place),
    /// It is written, but only evaluation outside the text could tell what it is.
    Unknown(Place),
    /// The author did not write it (or wrote `null`), so the API's default applies. The place is
    /// the header of the innermost existing parent.
    Absent(Place),
}

impl<T> Fact<T> {
    /// The known value.
    pub fn known(self) -> Option<T> {
        match self {
            Fact::Known(value, _) => Some(value),
            _ => None,
        }
    }

    /// Changes a known value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Fact::Known(value, place) => Fact::Known(change(value), place),
            Fact::Unknown(place) => Fact::Unknown(place),
            Fact::Absent(place) => Fact::Absent(place),
        }
    }
}

/// Kleene's three truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// Certainly.
    True,
    /// Certainly not.
    False,
    /// Cannot be told.
    Unknown,
}

impl Truth {
    /// True or false.
    pub fn of(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// At least one.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::False, Truth::False) => Truth::False,
            _ => Truth::Unknown,
        }
    }

    /// Every one of them; true of none.
    pub fn all(values: impl IntoIterator<Item = Truth>) -> Truth {
        let mut result = Truth::True;
        for value in values {
            result = result.and(value);
            if result == Truth::False {
                break;
            }
        }
        result
    }

    /// Any of them; false of none.
    pub fn any(values: impl IntoIterator<Item = Truth>) -> Truth {
        let mut result = Truth::False;
        for value in values {
            result = result.or(value);
            if result == Truth::True {
                break;
            }
        }
        result
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, False, True, Unknown};

    #[test]
    fn kleene_tables() {
        assert_eq!(Unknown.and(False), False);
        assert_eq!(Unknown.and(True), Unknown);
        assert_eq!(Unknown.or(True), True);
        assert_eq!(Unknown.or(False), Unknown);
        assert_eq!(!Unknown, Unknown);
        assert_eq!(Truth::all([]), True);
        assert_eq!(Truth::any([]), False);
        assert_eq!(Truth::any([Unknown, True]), True);
        assert_eq!(Truth::all([Unknown, False]), False);
    }
}
