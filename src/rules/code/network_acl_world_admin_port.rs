//! Rules of network ACLs that let the Internet reach an administration port, unless an earlier rule
//! denies it.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::network;
use crate::model::root::Root;
use crate::rules::network_acl::{self, Rule};
use crate::rules::sink::Sink;
use std::borrow::Cow;

/// SSH, and RDP. A range that begins at the ephemeral ports is meant for replies.
const PORTS: [(i64, i64); 2] = [(22, 0), (3389, 1025)];

/// `network_acl_world_admin_port`: rules written in the ACL.
pub fn network_acl_world_admin_port<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    judge(root, sink, false);
}

/// `network_acl_rule_world_admin_port`: rules that are resources of their own.
pub fn network_acl_rule_world_admin_port<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    judge(root, sink, true);
}

fn judge<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, standalone: bool) {
    let rules = network_acl::rules(root);
    // The default ACL is as AWS makes it; its subnets are those that nobody gave another.
    let named = |rule: &&Rule<'r>| {
        let block = root.resources[rule.resource].block();
        block.is_some_and(|block| block.kind != "aws_default_network_acl")
    };
    for rule in rules.iter().filter(|rule| rule.standalone == standalone).filter(named) {
        if rule.egress != Some(false) || rule.denies != Some(false) {
            continue;
        }
        let Some(world) = world(rule) else { continue };
        let open = Truth::any(PORTS.map(|(port, lowest)| opens(rule, port, lowest, &rules)));
        match open {
            Truth::True => {
                let place = if standalone { world } else { rule.body.key("protocol") };
                sink.report(rule.resource, place, None, &[]);
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}

/// The addresses of a rule, if they cover the Internet.
fn world<'r>(rule: &Rule<'r>) -> Option<Cursor<'r>> {
    let cidrs = ["cidr_block", "ipv6_cidr_block"].map(|key| rule.body.key(key));
    cidrs.into_iter().find(|cidr| network::covers_internet(*cidr) == Truth::True)
}

/// Whether a rule lets its sources reach a port. A rule that is tried earlier and may deny it leaves
/// that open.
fn opens<'r>(rule: &Rule<'r>, port: i64, lowest: i64, rules: &[Rule<'r>]) -> Truth {
    let reaches = match (rule.protocol.as_deref(), rule.ports) {
        (Some("-1"), _) => Truth::True,
        (Some("tcp"), Some((from, to))) => Truth::of(lowest <= from && from <= port && port <= to),
        (Some("tcp") | None, _) => Truth::Unknown,
        (Some(_), _) => Truth::False,
    };
    let packet =
        Rule { protocol: Some(Cow::Borrowed("tcp")), ports: Some((port, port)), ..rule.clone() };
    let before = |other: &Rule<'r>| match (other.number, rule.number) {
        (Some(other), Some(own)) => Truth::of(other < own),
        _ => Truth::Unknown,
    };
    let denied = rules.iter().filter(|other| other.denies != Some(false)).map(|other| {
        Truth::all([
            other.acl.is(&rule.acl),
            other.egress.map_or(Truth::Unknown, |egress| Truth::of(!egress)),
            before(other),
            other.covers(&packet),
            if other.certain && other.denies.is_some() { Truth::True } else { Truth::Unknown },
        ])
    });
    reaches.and(!Truth::any(denied))
}
