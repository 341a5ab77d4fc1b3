//! Finds credentials of known formats in Kubernetes objects.

use crate::model::root::Root;
use crate::rules::secret::{known, manifest};
use crate::rules::sink::Sink;

/// One finding for each scalar.
pub fn secret_literal_kubernetes<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for literal in manifest::literals(root) {
        if let Some(kind) = known::find(&literal.text) {
            sink.report(literal.resource, literal.at, None, &[("element", kind)]);
        }
    }
}
