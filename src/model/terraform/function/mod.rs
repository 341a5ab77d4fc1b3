//! Terraform's pure functions. Those that read files or look at unevaluated arguments (`file`,
//! `templatefile`, `try`, `can`) are the evaluator's.
//!
//! Source: Terraform language documentation, "Functions".

pub mod json;

use crate::model::datum::Datum;

/// A result, or the sentence that says what is wrong with the arguments.
pub type Outcome = Result<Datum, String>;

/// Calls a function; none if there is no such pure function. Arguments may be unknown in part.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    json::call(name, arguments)
}
