//! ALLOW policies that admit every call, alone or beside narrower ones that they disarm.

use crate::model::fact::Truth;
use crate::model::istio::authorization::attachment::targets;
use crate::model::istio::authorization::{Action, Rule};
use crate::model::istio::mesh::Authorization;
use crate::model::root::Root;
use crate::model::selector::Selector;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// Reports rules that match everything where no narrower policy is for the same workloads.
pub fn authorizationpolicy_allows_all<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, false);
}

/// Reports rules that match everything and so disarm narrower policies.
pub fn authorizationpolicy_disarms_others<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, true);
}

fn each<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, disarming: bool) {
    let policies = &root.mesh().policies;
    for one in policies {
        let wide: Vec<&Rule<'_>> = one.policy.rules.iter().filter(|r| r.is_empty()).collect();
        if wide.is_empty() {
            continue;
        }
        match one.policy.enforces(Action::Allow) {
            Truth::True => {}
            Truth::False => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let disarmed = disarmed(root, one);
        if disarmed.is_empty() == disarming {
            continue;
        }
        let first = disarmed.first().map(|at| root.resources[*at].title()).unwrap_or_default();
        for rule in wide {
            let words = [("other", first.as_str())];
            if let Some(finding) = sink.report(one.policy.resource, rule.at, None, &words) {
                finding.labels.extend(disarmed.iter().take(5).map(|at| Label {
                    place: root.resources[*at].header,
                    text: "has no effect any more".to_owned(),
                }));
            }
        }
    }
}

/// Policies with narrower rules all of whose known workloads the policy covers; where none is known,
/// those of which it follows from the text.
fn disarmed(root: &Root<'_>, wide: &Authorization<'_>) -> Vec<usize> {
    let mesh = root.mesh();
    let name = |at: usize| {
        root.resources[at]
            .object()
            .and_then(|object| Some((object.name.as_ref()?, &object.namespace)))
    };
    let Some(own) = name(wide.policy.resource) else { return Vec::new() };
    let narrower = mesh.policies.iter().filter(|other| {
        // Two texts of one object (variants of a sample) are no two policies.
        name(other.policy.resource).is_some_and(|name| name != own)
            && other.present == Truth::True
            && other.policy.enforces(Action::Allow) == Truth::True
            && !other.policy.rules.is_empty()
            && !other.policy.rules.iter().any(Rule::is_empty)
    });
    narrower.filter(|other| covers(root, wide, other)).map(|other| other.policy.resource).collect()
}

fn covers(root: &Root<'_>, wide: &Authorization<'_>, other: &Authorization<'_>) -> bool {
    let mesh = root.mesh();
    let (spec, narrow) = (wide.policy.spec(), other.policy.spec());
    let untargeted = |spec| {
        let (named, open) = targets(spec);
        named.is_empty() && !open
    };
    if !untargeted(spec) || !untargeted(narrow) {
        return false;
    }
    let everywhere = mesh.is_root(&wide.home) == Truth::True;
    let together = everywhere || wide.home.same(&other.home) == Truth::True;
    let everyone = Selector::read(spec.key("selector"))
        .is_none_or(|selector| selector.selects_everything() == Truth::True);
    if together && everyone {
        return true;
    }
    // The same labels, or the same workloads.
    let selected = mesh.workloads(root.cluster(), narrow, &other.home);
    let all = selected.iter().all(|(at, truth)| {
        let attached = mesh.attached(&root.cluster().workloads[*at]);
        *truth == Truth::True
            && attached.iter().any(|(policy, truth)| {
                mesh.policies[*policy].policy.resource == wide.policy.resource
                    && *truth == Truth::True
            })
    });
    !selected.is_empty() && all
}
