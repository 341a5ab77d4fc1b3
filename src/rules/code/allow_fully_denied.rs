//! Rules of an ALLOW policy whose calls a DENY policy for at least the same workloads refuses, all of
//! them: denials are asked first.

use crate::model::fact::Truth;
use crate::model::istio::authorization::attachment::targets;
use crate::model::istio::authorization::{Action, Attribute, Clause, Clauses, Policy, Rule, Term};
use crate::model::istio::mesh::Authorization;
use crate::model::root::Root;
use crate::model::selector::Selector;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// `allow_fully_denied`: one finding for each rule.
pub fn allow_fully_denied<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    let sure = |one: &Authorization<'r>, action| {
        one.policy.enforces(action).and(one.present) == Truth::True && !is_targeted(&one.policy)
    };
    let denials: Vec<_> = mesh.policies.iter().filter(|one| sure(one, Action::Deny)).collect();
    for one in mesh.policies.iter().filter(|one| sure(one, Action::Allow)) {
        for rule in &one.policy.rules {
            let denied = denials.iter().find_map(|denial| {
                let rules = denial.policy.rules.iter();
                let covers = rules.into_iter().find(|deny| includes(deny, rule))?;
                reaches(root, denial, one).then_some((denial, covers))
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

fn is_targeted(policy: &Policy<'_>) -> bool {
    let (known, open) = targets(policy.spec());
    open || !known.is_empty()
}

/// Whether one policy surely is for every workload that another one is for.
fn reaches(root: &Root<'_>, one: &Authorization<'_>, other: &Authorization<'_>) -> bool {
    let same = one.home.same(&other.home).or(root.mesh().is_root(&one.home)) == Truth::True;
    let selected = match (selector(one), selector(other)) {
        (None, _) => true,
        (Some(one), Some(other)) => one.includes(&other),
        (Some(one), None) => one.selects_everything() == Truth::True,
    };
    same && selected
}

fn selector<'r>(one: &Authorization<'r>) -> Option<Selector<'r>> {
    Selector::read(one.policy.spec().key("selector"))
}

/// Whether a rule surely matches every call that another one matches.
fn includes(deny: &Rule<'_>, allow: &Rule<'_>) -> bool {
    let known = |clauses: Option<&Clauses<'_>>| clauses.is_none_or(|list| !list.open);
    let read = !deny.is_open() && known(allow.from.as_ref()) && known(allow.to.as_ref());
    let sides = [(&deny.from, &allow.from), (&deny.to, &allow.to)];
    // A condition must follow from one of the other's conditions.
    let when = deny.when.known.iter().all(|clause| {
        !clause.terms.is_empty() && allow.when.known.iter().any(|other| implied(clause, other))
    });
    read && when
        && sides.iter().all(|(deny, allow)| match (deny, allow) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(deny), Some(allow)) => {
                let covered =
                    |clause: &Clause<'_>| deny.known.iter().any(|own| implied(own, clause));
                allow.known.iter().all(covered)
            }
        })
}

/// Whether every term of a clause follows from one of another clause's terms.
fn implied(wide: &Clause<'_>, narrow: &Clause<'_>) -> bool {
    !wide.terms.is_empty()
        && wide.terms.iter().all(|term| narrow.terms.iter().any(|other| follows(term, other)))
}

fn follows(wide: &Term<'_>, narrow: &Term<'_>) -> bool {
    if wide.attribute != narrow.attribute || wide.negated != narrow.negated {
        return false;
    }
    let (own, others) = (wide.values.items(), narrow.values.items());
    let texts = |items: &crate::model::cursor::Items<'_>| -> Option<Vec<String>> {
        let known = items.known.iter().map(|one| Some(one.text()?.into_owned()));
        known.collect::<Option<Vec<_>>>().filter(|texts| !items.open && !texts.is_empty())
    };
    let (Some(own), Some(others)) = (texts(&own), texts(&others)) else { return false };
    let (inner, outer) = if wide.negated { (own, others) } else { (others, own) };
    inner.iter().all(|one| outer.iter().any(|other| matches(&wide.attribute, other, one)))
}

/// Whether a pattern surely takes in all that another one does: the same text, or a prefix, suffix or
/// presence of plain texts.
fn matches(attribute: &Attribute, wide: &str, narrow: &str) -> bool {
    let plain = !matches!(attribute, Attribute::SourceIp | Attribute::RemoteIp | Attribute::Port);
    let template = wide.contains(['{', '}']) || narrow.contains(['{', '}']);
    let within = || {
        if wide == "*" {
            return true;
        }
        if let Some(prefix) = wide.strip_suffix('*') {
            return narrow.starts_with(prefix);
        }
        wide.strip_prefix('*').is_some_and(|suffix| narrow.ends_with(suffix))
    };
    wide == narrow || plain && !template && within()
}
