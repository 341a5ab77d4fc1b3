//! Finds credentials written into the backend of Terraform's state.

use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::secret::{self, known};
use crate::rules::sink::Sink;

/// What opens the state, for each type of backend, the worst first.
const CREDENTIALS: [(&str, &[&str]); 17] = [
    ("s3", &["secret_key", "access_key"]),
    ("azurerm", &["access_key", "client_secret", "sas_token", "client_certificate_password"]),
    ("gcs", &["credentials", "access_token"]),
    ("pg", &["conn_str"]),
    ("http", &["password"]),
    ("remote", &["token"]),
    ("consul", &["access_token"]),
    ("kubernetes", &["token", "password", "client_key"]),
    ("oss", &["secret_key", "access_key"]),
    ("cos", &["secret_key", "secret_id"]),
    ("oci", &["private_key", "private_key_password"]),
    ("swift", &["password", "application_credential_secret"]),
    ("artifactory", &["password"]),
    ("etcd", &["password"]),
    ("etcdv3", &["password"]),
    ("manta", &["key_material"]),
    ("cloud", &["token"]),
];

/// One finding for each backend, at its first credential.
pub fn backend_static_credentials<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Settings, "") {
        let settings = root.cursor(root.resources[at]);
        let mut backends: Vec<(&str, Cursor<'r>)> = Vec::new();
        for block in settings.key("backend").items().known {
            match block.labels().first() {
                Some(kind) => backends.push((kind, block)),
                None => backends.extend(block.entries().0),
            }
        }
        backends
            .extend(settings.key("cloud").items().known.into_iter().map(|body| ("cloud", body)));
        for (kind, body) in backends {
            // In JSON the body may stand in a list of one.
            let body = if body.shape() == Shape::List { body.index(0) } else { body };
            if let Some(found) = credential(kind, body, sink) {
                sink.report(at, found, None, &[]);
            }
        }
    }
}

fn credential<'r>(kind: &str, body: Cursor<'r>, sink: &mut Sink<'_, 'r>) -> Option<Cursor<'r>> {
    let (_, keys) = CREDENTIALS.iter().find(|(name, _)| *name == kind)?;
    let found = keys.iter().map(|key| (*key, body.key(key))).find_map(|(key, value)| {
        let written = match (kind, key) {
            ("gcs", "credentials") => google_key(value),
            ("pg", _) => value
                .text()
                .is_some_and(|text| known::url_password(&text) || known::pair_password(&text)),
            ("s3" | "oss", "access_key") if body.key("secret_key").shape() != Shape::Absent => {
                false
            }
            ("s3", "access_key") => {
                value.text().is_some_and(|text| text.len() >= 16 && !secret::stands_for(&text))
            }
            _ => value.text().is_some_and(|text| !secret::stands_for(&text)),
        };
        written.then_some(value)
    })?;
    if kind == "s3" {
        let skip = body.key("skip_credentials_validation");
        match skip.shape() {
            Shape::Absent => {}
            _ if skip.text().as_deref() == Some("false") => {}
            Shape::Unknown => {
                sink.unknown();
                return None;
            }
            _ => return None,
        }
    }
    Some(found)
}

/// A key in the text, not the path of a file with one.
fn google_key(value: Cursor<'_>) -> bool {
    let document = value.document();
    if document.shape() == Shape::Map {
        let key = |name: &str| document.key(name).text().is_some_and(|t| !secret::stands_for(&t));
        return key("private_key") || key("refresh_token") || key("client_secret");
    }
    value
        .text()
        .is_some_and(|text| text.contains("\"private_key\"") || text.contains("PRIVATE KEY-----"))
}
