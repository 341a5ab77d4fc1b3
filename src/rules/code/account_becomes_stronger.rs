//! Service accounts that may act as a stronger account of the same namespace: by starting pods as
//! it, entering its pods, or issuing its tokens.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::rbac::allows;
use crate::model::root::Root;
use crate::rules::account::{is_built_in, is_strong, strong};
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// What runs pods.
const WORKLOADS: [&str; 8] = [
    "pods",
    "deployments",
    "daemonsets",
    "statefulsets",
    "replicasets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
];

/// A way to act as another account.
struct Way<'r> {
    how: &'static str,
    /// The rule that allows it; the reference to a built-in role.
    at: Cursor<'r>,
}

/// `account_becomes_stronger`.
pub fn account_becomes_stronger<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    let strong = strong(cluster);
    if strong.is_empty() {
        return;
    }
    for (at, binding) in cluster.bindings.iter().enumerate() {
        if binding.cluster || binding.present != Truth::True {
            continue;
        }
        let Some(way) = way(cluster, at) else { continue };
        let gained = strong.iter().find(|one| one.home.same(&binding.home) == Truth::True);
        let Some(gained) = gained else { continue };
        for subject in &binding.subjects {
            let (Some("ServiceAccount"), Some(name)) =
                (subject.kind.as_deref(), subject.name.as_deref())
            else {
                continue;
            };
            match is_strong(cluster, &subject.home, name) {
                Truth::False => {}
                // What is strong already gains nothing.
                Truth::True => continue,
                Truth::Unknown => {
                    sink.unknown();
                    continue;
                }
            }
            let words = [("how", way.how), ("stronger", &*gained.name), ("account", name)];
            let account = subject.at.key("name");
            if let Some(raw) = sink.report(binding.resource, account, None, &words) {
                raw.labels.push(Label { place: way.at.focus(), text: "allows it".to_owned() });
                let text = format!("gives `{}` its rights in the whole cluster", gained.name);
                raw.labels.push(Label { place: gained.by.focus(), text });
            }
        }
    }
}

/// How what a role binding grants lets its subjects act as other accounts of its namespace.
fn way<'r>(cluster: &Cluster<'r>, binding: usize) -> Option<Way<'r>> {
    let bound = &cluster.bindings[binding];
    if is_built_in(bound, &["edit", "admin", "cluster-admin"]) {
        return Some(Way { how: "start pods as", at: bound.role_at.key("name") });
    }
    let certain = cluster.roles_of(binding).into_iter().filter(|(_, truth)| *truth == Truth::True);
    certain.flat_map(|(role, _)| cluster.rules_of(role)).find_map(|(_, rule)| {
        if !rule.key("resourceNames").items().known.is_empty() {
            return None;
        }
        let groups = rule.key("apiGroups");
        let verb = |verbs: &[&str]| allows(rule.key("verbs"), verbs) == Truth::True;
        let on = |resources: &[&str]| allows(rule.key("resources"), resources) == Truth::True;
        let core = allows(groups, &[""]) == Truth::True;
        let how = if allows(groups, &["", "apps", "batch"]) == Truth::True
            && on(&WORKLOADS)
            && verb(&["create"])
        {
            "start pods as"
        } else if core && on(&["pods/exec"]) && verb(&["create", "get"]) {
            "enter the pods of"
        } else if core && on(&["serviceaccounts/token"]) && verb(&["create"]) {
            "issue tokens for"
        } else {
            return None;
        };
        Some(Way { how, at: rule.key("verbs") })
    })
}
