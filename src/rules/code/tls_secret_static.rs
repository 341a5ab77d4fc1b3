//! TLS certificates that are committed, in use, and renewed by nobody.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// Parts of annotation and label keys of those that keep Secrets up to date.
const KEEPERS: [&str; 8] = [
    "cert-manager.io",
    "reflector",
    "replicator",
    "kubed",
    "external-secrets.io",
    "vault",
    "sealedsecrets.bitnami.com",
    "sync",
];

/// `tls_secret_static`.
pub fn tls_secret_static<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let users = users(root);
    if users.is_empty() {
        return;
    }
    for at in root.objects("", "Secret") {
        let body = root.cursor(root.resources[at]);
        if body.key("type").text().as_deref() != Some("kubernetes.io/tls") {
            continue;
        }
        let metadata = body.key("metadata");
        let Some(name) = metadata.key("name").text() else { continue };
        let Some(certificate) = certificate(body) else { continue };
        let home = Home::read(body);
        let user = users.iter().find(|one| one.home.same(&home) == Truth::True && one.name == name);
        let Some(user) = user else { continue };
        match kept(metadata).or(produced(root, &home, &name)) {
            Truth::True => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
            Truth::False => {}
        }
        if let Some(raw) = sink.report(at, certificate, None, &[]) {
            raw.labels.push(Label { place: user.at.focus(), text: "is served with it".to_owned() });
        }
    }
}

/// Who serves with a Secret.
struct User<'r> {
    home: Home<'r>,
    name: String,
    at: Cursor<'r>,
}

fn users<'r>(root: &'r Root<'r>) -> Vec<User<'r>> {
    let mut found = Vec::new();
    let mut add = |home: Home<'r>, at: Cursor<'r>| {
        if let Some(name) = at.text() {
            found.push(User { home, name: name.into_owned(), at });
        }
    };
    for &at in root.kind("Ingress") {
        let body = root.cursor(root.resources[at]);
        for entry in body.key("spec").key("tls").items().known {
            add(Home::read(body), entry.key("secretName"));
        }
    }
    for &at in root.kind("Gateway") {
        let body = root.cursor(root.resources[at]);
        let spec = body.key("spec");
        for server in spec.key("servers").items().known {
            add(Home::read(body), server.key("tls").key("credentialName"));
        }
        for listener in spec.key("listeners").items().known {
            for reference in listener.key("tls").key("certificateRefs").items().known {
                let home = match Home::named(reference.key("namespace")) {
                    Home::Unwritten => Home::read(body),
                    named => named,
                };
                add(home, reference.key("name"));
            }
        }
    }
    found
}

/// The committed certificate: a value of some length that is no placeholder.
fn certificate(secret: Cursor<'_>) -> Option<Cursor<'_>> {
    let at = |map: &str| secret.key(map).key("tls.crt");
    let (data, text) = (at("data"), at("stringData"));
    let real = |at: Cursor<'_>, begins: &str| {
        at.text().is_some_and(|text| text.trim().len() > 200 && text.trim().starts_with(begins))
    };
    if real(data, "LS0t") {
        Some(data)
    } else if real(text, "-----BEGIN") {
        Some(text)
    } else {
        None
    }
}

/// Whether an annotation or label says that somebody keeps the Secret.
fn kept(metadata: Cursor<'_>) -> Truth {
    let keys = |map: &str| {
        let at = metadata.key(map);
        let (pairs, open) = at.entries();
        let said = pairs.iter().any(|(key, _)| KEEPERS.iter().any(|word| key.contains(word)));
        match (said, open || at.shape() == Shape::Unknown) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        }
    };
    keys("annotations").or(keys("labels"))
}

/// Whether a Certificate or an external secret of this root writes the Secret.
fn produced(root: &Root<'_>, home: &Home<'_>, name: &str) -> Truth {
    let of = |kind: &str, path: [&str; 2]| {
        Truth::any(root.kind(kind).iter().map(|&at| {
            let body = root.cursor(root.resources[at]);
            let spec = body.key("spec");
            let mut written = path.iter().filter(|key| !key.is_empty()).fold(spec, |a, k| a.key(k));
            if written.shape() == Shape::Absent {
                written = body.key("metadata").key("name");
            }
            let same = match written.text() {
                Some(own) => Truth::of(own == name),
                None => Truth::Unknown,
            };
            same.and(Home::read(body).same(home))
        }))
    };
    of("Certificate", ["secretName", ""]).or(of("ExternalSecret", ["target", "name"]))
}
