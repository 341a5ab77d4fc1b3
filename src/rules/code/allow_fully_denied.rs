//! Rules of an ALLOW policy whose calls a DENY policy for at least the same workloads refuses, all of
//! them: denials are asked first.

use crate::model::fact::Truth;
use crate::model::istio::authorization::Action;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// `allow_fully_denied`: one finding for each rule.
pub fn allow_fully_denied<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    let sure = |action| {
        mesh.policies.iter().filter(move |one| {
            one.policy.enforces(action).and(one.present) == Truth::True && one.is_selective()
        })
    };
    let denials: Vec<_> = sure(Action::Deny).collect();
    for one in sure(Action::Allow) {
        for rule in &one.policy.rules {
            let denied = denials.iter().find_map(|denial| {
                let rules = denial.policy.rules.iter();
                let same = denial.home.same(&one.home) == Truth::True;
                let covers = rules.into_iter().find(|deny| deny.includes(rule, same))?;
                mesh.covers(denial, one).then_some((denial, covers))
            });
            let Some((denial, deny)) = denied else { continue };
            let title = root.resources[denial.policy.resource].title();
            if let Some(raw) = sink.report(one.policy.resource, rule.at, None, &[("deny", &title)])
            {
                let text = "refuses every such call, and is asked first".to_owned();
                raw.labels.push(Label { place: deny.at.focus(), text });
            }
        }
    }
}
