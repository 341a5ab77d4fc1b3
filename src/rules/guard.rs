//! The exceptions (`unless`) of a declarative card, for code rules that share them.

use super::catalog;
use super::matcher::{Expressions, Subject};
use super::rule::{Check, Condition};
use crate::model::fact::Truth;
use crate::model::root::Root;
use std::sync::OnceLock;

/// Whether the exceptions of the card `id` hold for a resource.
pub fn excepted<'r>(id: &str, root: &'r Root<'r>, resource: usize) -> Truth {
    static EXPRESSIONS: OnceLock<Expressions> = OnceLock::new();
    let Some(unless) = exceptions(id) else { return Truth::False };
    let expressions = EXPRESSIONS.get_or_init(|| Expressions::new(catalog::EXPRESSIONS));
    let resource = root.resources[resource];
    let cursor = root.cursor(resource);
    Subject { cursor, resource, root, expressions }.holds(unless, cursor)
}

fn exceptions(id: &str) -> Option<&'static Condition> {
    match &catalog::find(id)?.check {
        Check::Declarative(check) => check.unless.as_ref(),
        Check::Code(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::exceptions;

    #[test]
    fn the_cards_that_lend_their_exceptions_have_some() {
        for id in ["ZT-NET-005", "ZT-ENC-002"] {
            assert!(exceptions(id).is_some(), "{id}");
        }
    }
}
