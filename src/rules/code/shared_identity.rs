//! Applications that share a service account by which policies tell callers apart.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::istio::authorization::Attribute;
use crate::model::kubernetes::pods::{Account, Workload};
use crate::model::root::Root;
use crate::model::selector::Label as PodLabel;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;
use std::collections::BTreeMap;

/// Labels that name an application, the first that is there counts.
const NAMES: [&str; 3] = ["app.kubernetes.io/name", "app", "k8s-app"];

/// Reports the second application of each account that a policy names.
pub fn shared_identity<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let named = named_accounts(root);
    if named.is_empty() {
        return;
    }
    let mut users: BTreeMap<(&str, &str), Vec<(&Workload<'r>, &str)>> = BTreeMap::new();
    for workload in &root.cluster().workloads {
        let kind = root.resources[workload.resource].object().map(|object| object.kind.as_str());
        if matches!(kind, Some("Job" | "CronJob")) || workload.present != Truth::True {
            continue;
        }
        let (Some(home), Account::Named(account)) = (workload.home.name(), &workload.account)
        else {
            continue;
        };
        if account == "default" || !named.contains_key(&(home.to_owned(), account.to_string())) {
            continue;
        }
        match application(workload) {
            Some(name) => users.entry((home, account)).or_default().push((workload, name)),
            None => sink.unknown(),
        }
    }
    for ((home, account), users) in users {
        let (first, name) = users[0];
        let Some((second, other)) = users.iter().find(|(_, other)| *other != name) else {
            continue;
        };
        let words = [("account", account), ("one", name), ("other", *other)];
        let found = sink.report(second.resource, second.account_at, None, &words);
        if let Some(finding) = found {
            let text = "runs as the same account".to_owned();
            finding.labels.push(Label { place: first.account_at.focus(), text });
            if let Some(policy) = named.get(&(home.to_owned(), account.to_owned())) {
                let text = "tells callers apart by it".to_owned();
                finding.labels.push(Label { place: policy.focus(), text });
            }
        }
    }
}

/// Namespace and account of every principal that a policy names in full, and one place of each.
fn named_accounts<'r>(root: &'r Root<'r>) -> BTreeMap<(String, String), Cursor<'r>> {
    let mut found = BTreeMap::new();
    for one in &root.mesh().policies {
        for term in one.policy.terms() {
            for value in term.values.items().known {
                let Some(text) = value.text() else { continue };
                let pair = match term.attribute {
                    Attribute::Principal => {
                        let parts: Vec<&str> = text.split('/').collect();
                        match parts.as_slice() {
                            [_, "ns", namespace, "sa", account] => Some((*namespace, *account)),
                            _ => None,
                        }
                    }
                    Attribute::ServiceAccount => match text.split_once('/') {
                        Some(pair) => Some(pair),
                        None => one.home.name().map(|home| (home, &*text)),
                    },
                    _ => None,
                };
                if let Some((namespace, account)) = pair {
                    found.entry((namespace.to_owned(), account.to_owned())).or_insert(value);
                }
            }
        }
    }
    found
}

/// The application a workload says it is; none where that cannot be told.
fn application<'w>(workload: &'w Workload<'_>) -> Option<&'w str> {
    for key in NAMES {
        match workload.labels.get(key) {
            Some(PodLabel::Known(name)) => return Some(name),
            Some(_) => return None,
            None if workload.labels.open() => return None,
            None => {}
        }
    }
    None
}
