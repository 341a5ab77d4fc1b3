//! Policies for workloads of the ambient mesh whose rules the node's layer 4 proxy cannot enforce.

use crate::input::source::Place;
use crate::model::fact::Truth;
use crate::model::istio::authorization::attachment::targets;
use crate::model::istio::authorization::evaluation::{Plane, is_beyond_ztunnel};
use crate::model::istio::authorization::{Action, Clause, Clauses, Rule, Term};
use crate::model::istio::enrolment::{DATAPLANE, Membership};
use crate::model::istio::mesh::Authorization;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// Reports DENY rules of which nothing is left, so that they deny nothing.
pub fn ambient_deny_without_effect<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, &[Action::Deny], |rule| {
        let beyond =
            |clause: &Clause<'r>| !clause.open && clause.terms.iter().all(is_beyond_ztunnel);
        let first = |clauses: &[Clause<'r>]| {
            clauses.iter().flat_map(|clause| &clause.terms).find(|term| term.is_written()).cloned()
        };
        let lost = |list: &Option<Clauses<'r>>| {
            let list = list.as_ref()?;
            (!list.open && list.known.iter().all(beyond)).then(|| first(&list.known))?
        };
        let condition = rule.when.known.iter().find(|clause| beyond(clause));
        let condition = condition.and_then(|clause| first(std::slice::from_ref(clause)));
        lost(&rule.to).or_else(|| lost(&rule.from)).or(condition)
    });
}

/// Reports ALLOW rules that ask for requests, and CUSTOM policies: only a waypoint enforces them.
pub fn ambient_policy_needs_waypoint<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, &[Action::Allow], |rule| {
        rule.terms().find(|term| is_beyond_ztunnel(term) && term.is_written()).cloned()
    });
    for one in &root.mesh().policies {
        if one.policy.action != Some(Action::Custom) || one.policy.dry_run == Truth::True {
            continue;
        }
        let (ambient, place) = ambient(root, one);
        match ambient.and(!one.policy.dry_run) {
            Truth::True => {
                let action = one.policy.spec().key("action");
                if let Some(finding) = sink.report(one.policy.resource, action, None, &[]) {
                    finding.labels.extend(place.map(served));
                }
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}

fn served(place: Place) -> Label {
    Label { place, text: "is served by the ambient mesh".to_owned() }
}

fn each<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    actions: &[Action],
    lost: impl Fn(&Rule<'r>) -> Option<Term<'r>>,
) {
    for one in &root.mesh().policies {
        let enforced = Truth::any(actions.iter().map(|action| one.policy.enforces(*action)));
        let terms: Vec<Term<'r>> = one.policy.rules.iter().filter_map(&lost).collect();
        if terms.is_empty() || enforced == Truth::False {
            continue;
        }
        let (ambient, place) = ambient(root, one);
        match enforced.and(ambient) {
            Truth::False => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
            Truth::True => {}
        }
        for term in terms {
            if let Some(finding) = sink.report(one.policy.resource, term.values, None, &[]) {
                finding.primary = term.values.header();
                finding.labels.extend(place.map(served));
            }
        }
    }
}

/// Whether the policy is for workloads of the ambient mesh, and one of them, or their namespace.
fn ambient(root: &Root<'_>, one: &Authorization<'_>) -> (Truth, Option<Place>) {
    let (mesh, cluster) = (root.mesh(), root.cluster());
    let spec = one.policy.spec();
    let (named, open) = targets(spec);
    if !named.is_empty() {
        return (Truth::False, None);
    }
    if open {
        return (Truth::Unknown, None);
    }
    let mut verdict = Truth::False;
    for (at, here) in mesh.workloads(cluster, spec, &one.home) {
        let workload = &cluster.workloads[at];
        let pod = mesh.pod(cluster, workload);
        let served = match pod.membership() {
            Membership::Unknown => Truth::Unknown,
            Membership::Out | Membership::Undeclared => Truth::False,
            Membership::In => Truth::of(mesh.plane(cluster, workload) == Some(Plane::Ztunnel)),
        };
        match here.and(served) {
            Truth::True => return (Truth::True, Some(root.resources[workload.resource].header)),
            other => verdict = verdict.or(other),
        }
    }
    // Without the workloads, what their namespace says of all.
    let known = !cluster.workloads_in(&one.home).is_empty();
    if known || verdict != Truth::False {
        return (verdict, None);
    }
    match cluster.namespace(&one.home) {
        Some(namespace) if namespace.resource.is_some() => {
            let place = namespace.resource.map(|at| root.resources[at].header);
            (namespace.labels.is(DATAPLANE, "ambient"), place)
        }
        _ => (Truth::False, None),
    }
}
