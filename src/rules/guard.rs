//! What declarative cards say, for code rules that share it: their exceptions (`unless`), and whether
//! they report something themselves.

use super::catalog;
use super::expression::Expressions;
use super::matcher::Subject;
use super::rule::{Check, Condition, Declarative};
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::root::Root;
use std::sync::OnceLock;

/// Whether the exceptions of the card `id` hold for a resource.
pub fn excepted<'r>(id: &str, root: &'r Root<'r>, resource: usize) -> Truth {
    let Some(unless) = declarative(id).and_then(|check| check.unless.as_ref()) else {
        return Truth::False;
    };
    let cursor = root.cursor(root.resources[resource]);
    holds(unless, root, resource, cursor)
}

/// Whether the card `id` reports an element of a resource.
pub fn reports<'r>(id: &str, root: &'r Root<'r>, resource: usize, element: Cursor<'r>) -> Truth {
    let Some(check) = declarative(id) else { return Truth::False };
    let unless = check.unless.as_ref();
    holds(&check.when, root, resource, element)
        .and(!unless.map_or(Truth::False, |unless| holds(unless, root, resource, element)))
}

fn holds<'r>(
    condition: &Condition,
    root: &'r Root<'r>,
    resource: usize,
    cursor: Cursor<'r>,
) -> Truth {
    static EXPRESSIONS: OnceLock<Expressions> = OnceLock::new();
    let expressions = EXPRESSIONS.get_or_init(|| Expressions::new(catalog::EXPRESSIONS));
    let resource = root.resources[resource];
    Subject { cursor, resource, root, expressions }.holds(condition, cursor)
}

fn declarative(id: &str) -> Option<&'static Declarative> {
    match &catalog::find(id)?.check {
        Check::Declarative(check) => Some(check),
        Check::Code(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::declarative;

    #[test]
    fn the_cards_that_lend_their_exceptions_have_some() {
        for id in ["ZT-NET-005", "ZT-ENC-002"] {
            assert!(declarative(id).is_some_and(|check| check.unless.is_some()), "{id}");
        }
    }
}
