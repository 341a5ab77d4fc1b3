//! Network policies for pods that use their node's network, on which network plugins do not enforce
//! them.

use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Absence;
use crate::model::root::Root;
use crate::rules::absence;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// `policy_on_host_network`: every pod that a policy selects is such a one. Policies for every pod of
/// a namespace are for those that come, too.
pub fn policy_on_host_network<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    for policy in &cluster.policies {
        let Some(selector) = &policy.selector else { continue };
        if selector.selects_everything() != Truth::False || policy.present != Truth::True {
            continue;
        }
        let selected = cluster.selected(&policy.home, selector);
        let Some(&(first, _)) = selected.first() else { continue };
        let on_node = Truth::all(
            selected.iter().map(|(at, truth)| truth.and(cluster.workloads[*at].host_network)),
        );
        match on_node {
            Truth::True => {}
            Truth::False => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let absent = cluster.absence(&policy.home);
        if absent == Absence::Nothing {
            sink.unknown();
            continue;
        }
        let name = format!("`{}`", cluster.workloads[first].name.as_deref().unwrap_or("?"));
        let mut finding =
            sink.report(policy.resource, policy.spec.key("podSelector"), None, &[("pods", &name)]);
        if let Some(raw) = &mut finding {
            raw.labels.extend(selected.iter().take(5).map(|(at, _)| Label {
                place: cluster.workloads[*at].pod.key("hostNetwork").focus(),
                text: "uses its node's network".to_owned(),
            }));
        }
        absence::of_pods(finding, absent, &policy.home);
    }
}
