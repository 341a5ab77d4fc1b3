//! Service accounts whose rights in the whole cluster lead to every other right.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::rbac::{self, Binding, allows};

/// An account with rights in the whole cluster that lead to every other.
pub struct Strong<'r> {
    /// Its namespace.
    pub home: Home<'r>,
    /// Its name.
    pub name: String,
    /// The reference to the role that gives it the rights.
    pub by: Cursor<'r>,
}

/// Every such account that a binding names.
pub fn strong<'r>(cluster: &Cluster<'r>) -> Vec<Strong<'r>> {
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
pub fn is_strong(cluster: &Cluster<'_>, home: &Home<'_>, name: &str) -> Truth {
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

/// Whether a binding gives one of the built-in cluster roles of these names.
pub fn is_built_in(binding: &Binding<'_>, names: &[&str]) -> bool {
    binding.cluster_role == Some(true)
        && binding.role.as_deref().is_some_and(|role| names.contains(&role))
}
