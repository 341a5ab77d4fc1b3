//! Workloads that the internet reaches and whose service account leads to every right in the cluster.

use crate::model::fact::Truth;
use crate::model::graph::entries::Visitor;
use crate::model::root::Root;
use crate::rules::account::{Strong, is_strong, strong};
use crate::rules::finding::{Confidence, Label};
use crate::rules::reach;
use crate::rules::sink::Sink;
use std::collections::BTreeSet;

/// `exposed_account_is_strong`: one finding for each workload.
pub fn exposed_account_is_strong<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    let strong = strong(cluster);
    if strong.is_empty() {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    let mut seen = BTreeSet::new();
    for entry in sink.published() {
        let workload = &cluster.workloads[entry.workload];
        let Some(account) = workload.account.name() else {
            sink.unknown();
            continue;
        };
        if is_strong(cluster, &workload.home, account) != Truth::True {
            continue;
        }
        let same =
            |one: &&Strong<'_>| one.name == account && one.home.same(&workload.home) == Truth::True;
        let Some(by) = strong.iter().find(same).filter(|_| seen.insert(entry.workload)) else {
            continue;
        };
        let title = root.resources[entry.resource].title();
        let words = [("account", account), ("entry", &*title)];
        if let Some(raw) = sink.report(workload.resource, workload.account_at, None, &words) {
            let text = format!("gives `{account}` its rights in the whole cluster");
            raw.labels.push(Label { place: by.by.focus(), text });
            let place = root.resources[entry.resource].header;
            let text = "takes connections from outside".to_owned();
            raw.labels.push(Label { place, text });
            reach::rests_on(raw, reach::by_call(graph, &entry.call));
            if entry.visitor == Visitor::IngressController && raw.assumption.is_none() {
                raw.confidence = Confidence::Possible;
                raw.assumption = Some("strangers reach the ingress controller".to_owned());
            }
        }
    }
}
