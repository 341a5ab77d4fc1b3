//! Fields that the API of their object does not know, by what is lost with them.

use crate::model::kubernetes::schema::{Advice, Deviation, Fault, text};
use crate::model::root::Root;
use crate::rules::consequence::{Consequence, consequence};
use crate::rules::sink::Sink;

/// Reports unknown fields of policies and roles.
pub fn unknown_field_of_control<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    unknown_fields(root, Consequence::Control, sink);
}

/// Reports unknown fields where settings stand that make something safer.
pub fn unknown_field_of_setting<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    unknown_fields(root, Consequence::Setting, sink);
}

/// Reports all other unknown fields.
pub fn unknown_field<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    unknown_fields(root, Consequence::Other, sink);
}

fn unknown_fields<'r>(root: &'r Root<'r>, wanted: Consequence, sink: &mut Sink<'_, 'r>) {
    for (at, Deviation { at: value, path, fault }) in root.deviations() {
        let (Fault::Unknown(advice), Some(object)) = (fault, root.resources[*at].object()) else {
            continue;
        };
        if consequence(object, path) != wanted {
            continue;
        }
        let (parent, field) = path.split_at(path.len() - 1);
        let place = match parent {
            [] => "at the top".to_owned(),
            _ => format!("in `{}`", text(parent)),
        };
        let advice = match advice {
            Some(Advice::Instead(name)) => format!(" (did you mean `{name}`?)"),
            Some(Advice::Under(place)) if place.is_empty() => " (it belongs at the top)".to_owned(),
            Some(Advice::Under(place)) => format!(" (it belongs in `{place}`)"),
            None => String::new(),
        };
        let words = [("field", &*text(field)), ("place", &*place), ("advice", &*advice)];
        if let Some(finding) = sink.report(*at, *value, None, &words) {
            finding.primary = value.header();
        }
    }
}
