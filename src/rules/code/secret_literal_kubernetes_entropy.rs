//! Finds random values under the names of credentials in Kubernetes objects, where no known format
//! gives them away.

use crate::model::root::Root;
use crate::rules::secret::{known, manifest, random};
use crate::rules::sink::Sink;
use manifest::Home;

/// One finding for each scalar.
pub fn secret_literal_kubernetes_entropy<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for literal in manifest::literals(root) {
        let named = match literal.home {
            Home::Environment => random::credential_key(&literal.key, true),
            Home::Data => random::credential_key(&literal.key, false),
            Home::Command | Home::Annotation => false,
        };
        let text = literal.text.trim_end_matches(['\r', '\n']);
        if named && random::looks_random(text) && known::find(text).is_none() {
            let element = format!("`{}`", literal.key);
            sink.report(literal.resource, literal.at, None, &[("element", &element)]);
        }
    }
}
