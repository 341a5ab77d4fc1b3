//! Finds passwords that people have chosen in Secrets and `ConfigMaps`, by the name of the entry: what no
//! known format and no randomness gives away.

use crate::model::root::Root;
use crate::rules::secret::{self, known, manifest, random};
use crate::rules::sink::Sink;
use manifest::Home;

/// `secret_object_password`: one finding for each entry.
pub fn secret_object_password<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for literal in manifest::literals(root) {
        if literal.home != Home::Data {
            continue;
        }
        let object = root.resources[literal.resource].object();
        let named = match object.map(|object| object.kind.as_str()) {
            Some("Secret") => random::credential_key(&literal.key, false),
            // Settings are named more freely.
            _ => secret::telling_name(&literal.key),
        };
        let text = literal.text.trim_end_matches(['\r', '\n']);
        if named
            && secret::secret_value(text)
            && !random::looks_random(text)
            && known::find(text).is_none()
        {
            let element = format!("`{}`", literal.key);
            sink.report(literal.resource, literal.at, None, &[("element", &element)]);
        }
    }
}
