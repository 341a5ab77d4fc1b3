//! Values of controls that the API server refuses, so that the object is not applied.

use crate::model::kubernetes::schema::{Deviation, Fault, Step, text};
use crate::model::resource::Object;
use crate::model::root::Root;
use crate::rules::consequence::{Consequence, consequence};
use crate::rules::sink::Sink;

/// Reports values of another type than the field holds.
pub fn value_of_wrong_type<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    refused(root, sink, |fault, _, _| match fault {
        Fault::Type(expects) => Some(expects.words()),
        _ => None,
    });
}

/// Reports texts that are none of the values a field takes, but for those of rules of their own.
pub fn value_unknown<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    refused(root, sink, |fault, object, path| match fault {
        Fault::Value(values) if !has_own_rule(object, path) => {
            let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            Some(quoted.join(", "))
        }
        _ => None,
    });
}

fn has_own_rule(object: &Object, path: &[Step<'_>]) -> bool {
    let place = (object.kind.as_str(), &*text(path));
    matches!(
        place,
        ("AuthorizationPolicy", "spec.action") | ("PeerAuthentication", "spec.mtls.mode")
    )
}

fn refused<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    wanted: impl Fn(&Fault, &Object, &[Step<'_>]) -> Option<String>,
) {
    for (at, Deviation { at: value, path, fault }) in root.deviations() {
        let Some(object) = root.resources[*at].object() else { continue };
        let Some(expected) = wanted(fault, object, path) else { continue };
        if consequence(object, path) == Consequence::Other {
            continue;
        }
        let words = [("field", &*text(path)), ("expected", &*expected)];
        sink.report(*at, *value, None, &words);
    }
}
