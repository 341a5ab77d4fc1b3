//! Terraform's pure functions. Those that read files or look at unevaluated arguments (`file`,
//! `templatefile`, `try`, `can`) are the evaluator's.
//!
//! Source: Terraform language documentation, "Functions".

mod argument;
mod choice;
mod collection;
#[cfg(test)]
mod collection_tests;
#[cfg(test)]
mod completion;
mod csv;
mod date;
mod encoding;
mod figures;
mod format;
mod hash;
pub mod json;
mod map;
mod network;
mod number;
mod pattern;
mod phrase;
mod set;
#[cfg(test)]
mod soundness;
mod string;
#[cfg(test)]
mod tests;
mod types;
mod yaml;

use crate::model::datum::Datum;

/// A result, or the sentence that says what is wrong with the arguments.
pub type Outcome = Result<Datum, String>;

/// Calls a function; none if there is no such pure function. Arguments may be unknown in part.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    string::call(name, arguments)
        .or_else(|| collection::call(name, arguments))
        .or_else(|| choice::call(name, arguments))
        .or_else(|| map::call(name, arguments))
        .or_else(|| set::call(name, arguments))
        .or_else(|| types::call(name, arguments))
        .or_else(|| json::call(name, arguments))
        .or_else(|| format::call(name, arguments))
        .or_else(|| pattern::call(name, arguments))
        .or_else(|| number::call(name, arguments))
        .or_else(|| encoding::call(name, arguments))
        .or_else(|| hash::call(name, arguments))
        .or_else(|| date::call(name, arguments))
        .or_else(|| network::call(name, arguments))
}
