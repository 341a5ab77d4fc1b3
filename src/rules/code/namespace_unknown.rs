//! Namespaces that a policy names and that do not exist, where the configuration says that all of
//! them are written, or where one exists whose name is a slip apart.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::istio::mesh::SECURITY;
use crate::model::kubernetes::cluster::Absence;
use crate::model::kubernetes::namespace::{Home, NAME_LABEL};
use crate::model::root::Root;
use crate::model::selector::{Operator, Selector};
use crate::rules::sink::Sink;
use crate::rules::{absence, slip};

/// `namespace_unknown`.
pub fn namespace_unknown<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for policy in &root.cluster().policies {
        for (list, peers) in [("ingress", "from"), ("egress", "to")] {
            for rule in policy.spec.key(list).items().known {
                for peer in rule.key(peers).items().known {
                    for at in names(peer.key("namespaceSelector")) {
                        judge(root, policy.resource, at, sink);
                    }
                }
            }
        }
    }
    for at in root.objects(SECURITY, "AuthorizationPolicy") {
        for rule in root.cursor(root.resources[at]).key("spec").key("rules").items().known {
            for from in rule.key("from").items().known {
                for list in ["namespaces", "notNamespaces"] {
                    for name in from.key("source").key(list).items().known {
                        judge(root, at, name, sink);
                    }
                }
            }
        }
    }
}

/// Where a selector writes names of namespaces.
fn names(at: Cursor<'_>) -> Vec<Cursor<'_>> {
    let Some(selector) = Selector::read(at) else { return Vec::new() };
    let mut found = Vec::new();
    for one in selector.requirements {
        if one.key == NAME_LABEL && matches!(one.operator, Operator::In | Operator::NotIn) {
            let values = one.at.key("values").items().known;
            found.extend(if values.is_empty() { vec![one.at] } else { values });
        }
    }
    found
}

fn judge<'r>(root: &'r Root<'r>, resource: usize, at: Cursor<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    let Some(name) = at.text() else { return sink.unknown() };
    let of_system = root.settings.system_namespaces.iter().any(|one| *one == *name);
    if name.is_empty() || name.contains('*') || of_system {
        return;
    }
    let closed = cluster.closed(&Home::Named(name.clone()));
    let declared = cluster.namespaces.values().filter(|one| one.resource.is_some());
    let meant = declared.map(|one| &*one.name).find(|own| slip::apart(own, &name));
    if !closed && meant.is_none() {
        return;
    }
    match cluster.names_namespace(&name) {
        Truth::True => return,
        Truth::Unknown => return sink.unknown(),
        Truth::False => {}
    }
    let hint = meant.map_or_else(String::new, |meant| format!("; perhaps `{meant}` is meant"));
    let finding = sink.report(resource, at, None, &[("hint", &hint)]);
    let absent = if closed { Absence::Proven } else { Absence::Possible };
    absence::of(finding, absent, || format!("no namespace `{name}` exists elsewhere"));
}
