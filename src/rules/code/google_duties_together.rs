//! Google Cloud members that hold two roles meant for different people: who manages keys or
//! service accounts, and who uses them.

use crate::model::cursor::Cursor;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::named;
use crate::rules::sink::Sink;
use std::borrow::Cow;

/// The role that manages, and the roles that use what it manages.
const DUTIES: [(&str, &[&str]); 2] = [
    (
        "roles/cloudkms.admin",
        &[
            "roles/cloudkms.cryptoKeyDecrypter",
            "roles/cloudkms.cryptoKeyEncrypter",
            "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        ],
    ),
    ("roles/iam.serviceAccountAdmin", &["roles/iam.serviceAccountUser"]),
];

/// One member with one role, where the role is written.
struct Grant<'r> {
    resource: usize,
    /// Grants of one scope: a project as it is written, or one policy document.
    scope: String,
    role: Cow<'r, str>,
    at: Cursor<'r>,
    member: Cow<'r, str>,
}

/// `google_duties_together`.
pub fn google_duties_together<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let grants = grants(root);
    let mut reported = Vec::new();
    for manager in &grants {
        let Some((_, uses)) = DUTIES.iter().find(|(admin, _)| *admin == manager.role) else {
            continue;
        };
        let user = grants.iter().find(|other| {
            other.scope == manager.scope
                && other.member == manager.member
                && uses.contains(&&*other.role)
        });
        let Some(user) = user else { continue };
        let node = manager.at.node_ref();
        if reported.contains(&node) {
            continue;
        }
        reported.push(node);
        let place = user.at.place();
        let words = [("element", &*manager.member)];
        if let Some(raw) = sink.report(manager.resource, manager.at, None, &words) {
            let text = format!("the same member uses what it manages, as `{}`", user.role);
            raw.labels.push(Label { place, text });
        }
    }
}

/// Grants whose role and members are known; one that is not known is nobody's second role.
fn grants<'r>(root: &'r Root<'r>) -> Vec<Grant<'r>> {
    let mut found = Vec::new();
    for kind in ["google_project_iam_member", "google_project_iam_binding"] {
        for &resource in root.terraform(Category::Managed, kind) {
            let body = root.cursor(root.resources[resource]);
            let project = body.key("project");
            let scope = match (project.text(), project.symbol()) {
                (Some(name), _) => name.into_owned(),
                (None, Some(symbol)) => format!("{symbol:?}"),
                (None, None) => String::new(),
            };
            add(&mut found, resource, &scope, body);
        }
    }
    for &resource in root.terraform(Category::Data, "google_iam_policy") {
        let body = root.cursor(root.resources[resource]);
        for binding in body.key("binding").items().known {
            add(&mut found, resource, &format!("document {resource}"), binding);
        }
    }
    found
}

fn add<'r>(found: &mut Vec<Grant<'r>>, resource: usize, scope: &str, body: Cursor<'r>) {
    let at = body.key("role");
    let Some(role) = at.text() else { return };
    for member in named(body.key("members")).into_iter().chain([body.key("member")]) {
        if let Some(member) = member.text() {
            let (scope, role) = (scope.to_owned(), role.clone());
            found.push(Grant { resource, scope, role, at, member });
        }
    }
}
