//! Terraform's functions that convert values, and those about what is secret.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, Stop};
use crate::model::datum::{Datum, Reason};
use crate::model::terraform::conversion::{Type, convert, kind_name};

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    Some(argument::run(name, entry(name)?, arguments))
}

fn entry(name: &str) -> Option<Entry> {
    Some(match name {
        "tobool" => (&["v"], |arguments| converted(arguments, &Type::Bool)),
        "tolist" => (&["v"], |arguments| converted(arguments, &Type::List(Box::new(Type::Any)))),
        "tomap" => (&["v"], |arguments| converted(arguments, &Type::Map(Box::new(Type::Any)))),
        "tonumber" => (&["v"], |arguments| converted(arguments, &Type::Number)),
        "toset" => (&["v"], |arguments| converted(arguments, &Type::Set(Box::new(Type::Any)))),
        "tostring" => (&["v"], |arguments| converted(arguments, &Type::Text)),
        "nonsensitive" | "sensitive" => (&["value"], |arguments| Ok(arguments.values[0].clone())),
        // Values do not say whether they are secret or ephemeral.
        "issensitive" => (&["value"], |_| Err(Stop::because(Reason::Function))),
        "ephemeralasnull" => (&["value"], ephemeralasnull),
        _ => return None,
    })
}

fn converted(arguments: &Arguments, to: &Type) -> Answer {
    let value = &arguments.values[0];
    convert(value, to).map_err(|problem| {
        let from = kind_name(value);
        let problem = problem.trim_end_matches('.');
        arguments.wrong(0, &format!("cannot convert {from}: {problem}"))
    })
}

fn ephemeralasnull(arguments: &Arguments) -> Answer {
    let value = &arguments.values[0];
    if value.is_null() { Ok(value.clone()) } else { Err(Stop::because(Reason::Runtime)) }
}
