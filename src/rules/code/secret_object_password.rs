//! Finds passwords that people have chosen in Secrets, by the name of the entry: what no known format and
//! no randomness gives away.

use crate::model::root::Root;
use crate::rules::secret::{self, known, manifest, random};
use crate::rules::sink::Sink;
use manifest::Home;

/// `secret_object_password`: one finding for each entry.
pub fn secret_object_password<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for literal in manifest::literals(root) {
        let object = root.resources[literal.resource].object();
        let is_secret = object.is_some_and(|object| object.kind == "Secret");
        if !is_secret || literal.home != Home::Data {
            continue;
        }
        let text = literal.text.trim_end_matches(['\r', '\n']);
        if random::credential_key(&literal.key, false)
            && secret::secret_value(text)
            && !random::looks_random(text)
            && known::find(text).is_none()
        {
            let element = format!("`{}`", literal.key);
            sink.report(literal.resource, literal.at, None, &[("element", &element)]);
        }
    }
}
