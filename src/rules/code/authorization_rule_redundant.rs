//! Rules of `AuthorizationPolicy`s that decide nothing: another rule with the same action, for at least
//! the same workloads, matches every call that they match.

use crate::model::fact::Truth;
use crate::model::istio::authorization::{Action, Rule};
use crate::model::istio::mesh::Authorization;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// `authorization_rule_redundant`: of two rules that say the same, the later one. (ALLOW policies add up,
/// and so do DENY policies.)
pub fn authorization_rule_redundant<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for (action, word) in [(Action::Allow, "ALLOW"), (Action::Deny, "DENY")] {
        let policies = root.mesh().policies.iter().filter(|one| {
            one.policy.enforces(action).and(one.present) == Truth::True && one.is_selective()
        });
        let address = |one: &Authorization<'_>| root.resources[one.policy.resource].address();
        let policies: Vec<Candidate<'_, 'r>> =
            policies.map(|one| Candidate { address: address(one), policy: one }).collect();
        for (at, Candidate { policy: one, .. }) in policies.iter().enumerate() {
            for (own, rule) in one.policy.rules.iter().enumerate() {
                let Some((by, wide)) = covering(root, &policies, (at, own)) else { continue };
                let other = &policies[by].policy.policy;
                let title = if by == at {
                    "another rule of it".to_owned()
                } else {
                    root.resources[other.resource].title()
                };
                let words = [("action", word), ("by", &*title)];
                if let Some(raw) = sink.report(one.policy.resource, rule.at, None, &words) {
                    let text = "matches every such call".to_owned();
                    raw.labels.push(Label { place: wide.at.focus(), text });
                }
            }
        }
    }
}

/// A policy that is surely in force.
struct Candidate<'p, 'r> {
    policy: &'p Authorization<'r>,
    /// Of its object.
    address: String,
}

/// The first rule that makes another one redundant, with its policy's place in the list.
fn covering<'p, 'r>(
    root: &Root<'r>,
    policies: &[Candidate<'p, 'r>],
    (at, own): (usize, usize),
) -> Option<(usize, &'p Rule<'r>)> {
    let Candidate { policy: one, address } = &policies[at];
    let rule = &one.policy.rules[own];
    policies.iter().enumerate().find_map(|(by, candidate)| {
        let other = candidate.policy;
        // Of one object that is written twice only one counts, whichever.
        if by != at && candidate.address == *address || !root.mesh().covers(other, one) {
            return None;
        }
        let same = other.home.same(&one.home) == Truth::True;
        let mutual = || root.mesh().covers(one, other);
        let mut rules = other.policy.rules.iter().enumerate();
        let wide = rules.find(|(index, wide)| {
            let before = (by, *index) < (at, own);
            let itself = (by, *index) == (at, own);
            // What matches every call is reported where it stands.
            !itself
                && !wide.is_empty()
                && wide.includes(rule, same)
                && (before || !(mutual() && rule.includes(wide, same)))
        });
        wide.map(|(_, wide)| (by, wide))
    })
}
