//! Identities of workloads: those that run as their namespace's default account, and accounts whose
//! token every pod gets though nothing is granted to them.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::pods::{Account, Workload};
use crate::model::kubernetes::rbac::ServiceAccount;
use crate::model::root::Root;
use crate::rules::finding::{Confidence, Label};
use crate::rules::sink::Sink;

const AUTOMOUNT: &str = "automountServiceAccountToken";

/// Words in names, images and arguments of containers that talk to the API server.
const CLIENTS: [&str; 13] = [
    "kube",
    "operator",
    "controller",
    "helm",
    "argo",
    "flux",
    "vault",
    "consul",
    "prometheus",
    "ingress",
    "leader",
    "k8s",
    "kubernetes",
];

/// Beginnings of annotation keys by which others use the token.
const BY_OTHERS: [&str; 3] = ["vault.hashicorp.com/", "consul.hashicorp.com/", "linkerd.io/"];

/// `default_service_account`.
pub fn default_service_account<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    for workload in &cluster.workloads {
        if workload.account.name() != Some("default") {
            if workload.account == Account::Unknown {
                sink.unknown();
            }
            continue;
        }
        // A part that is laid over a whole object does not say who runs it.
        let (containers, open) = workload.containers();
        let image = Truth::any(containers.iter().map(|one| !one.key("image").absent()));
        match if open { image.or(Truth::Unknown) } else { image } {
            Truth::True => {}
            Truth::False => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let (exists, declared) = cluster.account(&workload.home, "default");
        let account = declared.map(|at| &cluster.accounts[at]);
        let mounts = match (exists, mounts(workload, account)) {
            // One that may be its own account may say something else.
            (Truth::Unknown, Truth::True) if account.is_none() => Truth::Unknown,
            (_, mounts) => mounts,
        };
        match mounts {
            Truth::True => {
                let at = workload.account_at;
                let missing = at.absent_parent().map(|pod| (pod, vec![SERVICE_ACCOUNT.to_owned()]));
                sink.report(workload.resource, at, missing, &[]);
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}

const SERVICE_ACCOUNT: &str = "serviceAccountName";

/// Whether a workload's pods get the token: what the pod says counts, then what the account says,
/// then the API's default.
fn mounts(workload: &Workload<'_>, account: Option<&ServiceAccount<'_>>) -> Truth {
    let pod = workload.pod.key(AUTOMOUNT);
    if pod.shape() != Shape::Absent {
        return told(pod);
    }
    match account.map(|account| account.at.key(AUTOMOUNT)) {
        Some(at) if at.shape() != Shape::Absent => told(at),
        _ => Truth::True,
    }
}

fn told(at: Cursor<'_>) -> Truth {
    match at.text().as_deref() {
        Some("true") => Truth::True,
        Some("false") => Truth::False,
        _ => Truth::Unknown,
    }
}

/// `token_without_rights`.
pub fn token_without_rights<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    for account in &cluster.accounts {
        // Workloads that run as the default account are another card's.
        let Some(name) = account.name.as_deref().filter(|name| *name != "default") else {
            continue;
        };
        let written = account.at.key(AUTOMOUNT);
        if written.shape() != Shape::Absent && told(written) != Truth::True {
            continue;
        }
        match rights(cluster, &account.home, name) {
            Truth::False => {}
            Truth::True => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let (users, sure) = users(cluster, account, name);
        let Some(first) = users.first() else { continue };
        if !sure {
            sink.unknown();
            continue;
        }
        let mut missing = None;
        if let Some(object) = written.absent_parent() {
            missing = Some((object, vec![AUTOMOUNT.to_owned()]));
        }
        if let Some(raw) = sink.report(account.resource, written, missing, &[]) {
            let text = "gets the token".to_owned();
            raw.labels.push(Label { place: first.account_at.focus(), text });
            raw.confidence = Confidence::Possible;
            raw.assumption = Some(format!("nothing is granted to `{name}` elsewhere"));
        }
    }
}

/// Whether a binding names the account, its namespace's accounts, or all accounts.
fn rights(cluster: &Cluster<'_>, home: &Home<'_>, name: &str) -> Truth {
    let group = home.name().map(|home| format!("system:serviceaccounts:{home}"));
    Truth::any(cluster.bindings_for(name).into_iter().map(|at| {
        let binding = &cluster.bindings[at];
        let subjects = Truth::any(binding.subjects.iter().map(|subject| {
            match (subject.kind.as_deref(), subject.name.as_deref()) {
                (Some("Group"), Some("system:serviceaccounts" | "system:authenticated")) => {
                    Truth::True
                }
                (Some("Group"), Some(own)) => match &group {
                    Some(group) => Truth::of(own == group),
                    None if own.starts_with("system:serviceaccounts:") => Truth::Unknown,
                    None => Truth::False,
                },
                (Some("Group"), None) => Truth::Unknown,
                _ => subject.is_account(home, name),
            }
        }));
        if binding.open { subjects.or(Truth::Unknown) } else { subjects }
    }))
}

/// The workloads that get the account's token without looking like clients of the API server; and
/// whether no other one uses the account.
fn users<'c, 'r>(
    cluster: &'c Cluster<'r>,
    account: &ServiceAccount<'r>,
    name: &str,
) -> (Vec<&'c Workload<'r>>, bool) {
    let (mut found, mut sure) = (Vec::new(), true);
    for (at, here) in cluster.workloads_in(&account.home) {
        let workload = &cluster.workloads[at];
        let uses = match workload.account.name() {
            Some(own) => Truth::of(own == name).and(here),
            None => Truth::Unknown,
        };
        match uses.and(mounts(workload, Some(account))) {
            Truth::False => {}
            Truth::Unknown => sure = false,
            Truth::True if is_client(workload) => sure = false,
            Truth::True => found.push(workload),
        }
    }
    (found, sure)
}

/// Whether a workload may talk to the API server, by what its containers are called and told.
fn is_client(workload: &Workload<'_>) -> bool {
    let annotated = workload.annotations.open()
        || workload
            .annotations
            .entries()
            .any(|(key, _)| BY_OTHERS.iter().any(|beginning| key.starts_with(beginning)));
    let (containers, open) = workload.containers();
    annotated
        || open
        || containers.iter().any(|container| {
            let mut texts = vec![container.key("name"), container.key("image")];
            for list in ["command", "args"] {
                let items = container.key(list).items();
                if items.open {
                    return true;
                }
                texts.extend(items.known);
            }
            texts.iter().any(|at| match at.text() {
                Some(text) => {
                    let text = text.to_ascii_lowercase();
                    CLIENTS.iter().any(|word| text.contains(word))
                }
                None => at.shape() != Shape::Absent,
            })
        })
}
