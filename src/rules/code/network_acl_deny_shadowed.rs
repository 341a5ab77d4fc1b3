//! Deny rules of network ACLs that never take effect, because an earlier rule allows the same.

use crate::model::fact::Truth;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::network_acl::{self, Acl, Rule};
use crate::rules::sink::Sink;
use std::collections::BTreeMap;

/// AWS takes at most 40 rules for a direction; what is far beyond cannot be applied.
const LIMIT: usize = 200;

/// `network_acl_deny_shadowed`.
pub fn network_acl_deny_shadowed<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mut groups: BTreeMap<(Acl<'r>, bool), Vec<Rule<'r>>> = BTreeMap::new();
    // Whether a rule may belong to any ACL and may be a deny.
    let mut floating = false;
    for rule in network_acl::rules(root) {
        match (&rule.acl, rule.egress) {
            (Acl::Declared(_) | Acl::Named(_), Some(egress)) => {
                groups.entry((rule.acl.clone(), egress)).or_default().push(rule);
            }
            _ => floating |= rule.denies != Some(false),
        }
    }
    for rules in groups.into_values() {
        if rules.len() > LIMIT {
            sink.unknown();
            continue;
        }
        for deny in rules.iter().filter(|rule| rule.denies == Some(true)) {
            match shadow(deny, &rules) {
                Some(_) if floating => sink.unknown(),
                Some(allow) => {
                    let label = Label {
                        place: allow.at.focus(),
                        text: "this rule is tried first and allows it".to_owned(),
                    };
                    if let Some(raw) = sink.report(deny.resource, deny.at, None, &[]) {
                        raw.labels.push(label);
                    }
                }
                None => {}
            }
        }
    }
}

/// The earliest allow that covers a deny, unless a still earlier deny may cover it as well.
fn shadow<'a, 'r>(deny: &Rule<'r>, rules: &'a [Rule<'r>]) -> Option<&'a Rule<'r>> {
    let number = deny.number?;
    let allow = rules
        .iter()
        .filter(|rule| rule.certain && rule.denies == Some(false))
        .filter(|rule| rule.before(number).and(rule.covers(deny)) == Truth::True)
        .min_by_key(|rule| rule.number)?;
    let earliest = allow.number?;
    let denied = rules
        .iter()
        .filter(|rule| rule.denies != Some(false))
        .any(|rule| rule.before(earliest).and(rule.covers(deny)) != Truth::False);
    (!denied).then_some(allow)
}
