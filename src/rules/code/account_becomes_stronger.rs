//! Service accounts that may act as a stronger account of the same namespace: by starting pods as
//! it, entering its pods, or issuing its tokens.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::rbac::{self, Binding, allows};
use crate::model::root::Root;
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
            match strength(cluster, &subject.home, name) {
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

/// An account with rights in the whole cluster that lead to every other.
struct Strong<'r> {
    home: Home<'r>,
    name: String,
    by: Cursor<'r>,
}

fn strong<'r>(cluster: &Cluster<'r>) -> Vec<Strong<'r>> {
    let mut found = Vec::new();
    for (at, binding) in cluster.bindings.iter().enumerate() {
        if !binding.cluster || leads_to_all(cluster, at) != Truth::True {
            continue;
        }
        for subject in &binding.subjects {
            if subject.kind.as_deref() == Some("ServiceAccount")
                && let Some(name) = &subject.name
                && subject.home.name().is_some()
            {
                let by = binding.role_at.key("name");
                found.push(Strong { home: subject.home.clone(), name: name.to_string(), by });
            }
        }
    }
    found
}

/// Whether an account has such rights itself.
fn strength(cluster: &Cluster<'_>, home: &Home<'_>, name: &str) -> Truth {
    let bound = cluster.bindings_for(name).into_iter().filter(|at| cluster.bindings[*at].cluster);
    Truth::any(bound.map(|at| {
        let binding = &cluster.bindings[at];
        let named = Truth::any(binding.subjects.iter().map(|one| one.is_account(home, name)));
        let named = if binding.open { named.or(Truth::Unknown) } else { named };
        if named == Truth::False { named } else { named.and(leads_to_all(cluster, at)) }
    }))
}

/// Whether what a cluster role binding grants leads to every right: `cluster-admin`, every verb on
/// everything, every secret, escalation, pods anywhere.
fn leads_to_all(cluster: &Cluster<'_>, binding: usize) -> Truth {
    let bound = &cluster.bindings[binding];
    if is_built_in(bound, &["cluster-admin", "admin", "edit"]) {
        return bound.present;
    }
    let roles = cluster.roles_of(binding);
    let weak = is_built_in(bound, &["view"])
        || bound.role.as_deref().is_some_and(|role| role.starts_with("system:"));
    if roles.is_empty() {
        return if weak { Truth::False } else { Truth::Unknown };
    }
    Truth::any(roles.into_iter().map(|(role, sure)| {
        let open = cluster.roles[role].rules.items().open;
        let granted = cluster.rules_of(role).into_iter();
        let strong = Truth::any(granted.map(|(_, rule)| strong_rule(rule)));
        sure.and(if open { strong.or(Truth::Unknown) } else { strong })
    }))
}

fn strong_rule(rule: Cursor<'_>) -> Truth {
    let group = |name| allows(rule.key("apiGroups"), &[name]);
    let grants = |resources: &[&str], verbs: &[&str]| {
        allows(rule.key("resources"), resources).and(allows(rule.key("verbs"), verbs))
    };
    let core = Truth::any([
        grants(&["secrets"], &["get", "list", "watch"]),
        grants(&["serviceaccounts/token"], &["create"]),
        grants(&["pods"], &["create"]),
    ]);
    let escalates = grants(&["clusterroles"], &["escalate", "bind"]);
    let any = group("").and(core).or(group(rbac::GROUP).and(escalates));
    let names = rule.key("resourceNames").items();
    match (names.known.is_empty(), names.open) {
        (true, false) => any,
        (true, true) => any.and(Truth::Unknown),
        (false, _) => Truth::False,
    }
}

fn is_built_in(binding: &Binding<'_>, names: &[&str]) -> bool {
    binding.cluster_role == Some(true)
        && binding.role.as_deref().is_some_and(|role| names.contains(&role))
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
