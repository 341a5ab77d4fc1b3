//! Deny rules of network ACLs that never take effect, because an earlier rule allows the same.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::network;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::{Addresses, Target};
use crate::rules::sink::Sink;
use ipnet::IpNet;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

const ACL: &str = "aws_network_acl";

/// AWS takes at most 40 rules for a direction; what is far beyond cannot be applied.
const LIMIT: usize = 200;

/// `network_acl_deny_shadowed`.
pub fn network_acl_deny_shadowed<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mut groups: BTreeMap<(usize, bool), Vec<Rule<'r>>> = BTreeMap::new();
    for kind in [ACL, "aws_default_network_acl"] {
        for &at in root.terraform(Category::Managed, kind) {
            let body = root.cursor(root.resources[at]);
            for (key, egress) in [("ingress", false), ("egress", true)] {
                let rules = body.key(key).items().known;
                let rules = rules.into_iter().map(|rule| Rule::inline(at, rule));
                groups.entry((at, egress)).or_default().extend(rules);
            }
        }
    }
    let floating = standalone(root, &mut groups);
    for ((acl, _), rules) in groups {
        let homeless = floating.contains(root.folder(root.resources[acl]));
        if rules.len() > LIMIT {
            sink.unknown();
            continue;
        }
        for deny in rules.iter().filter(|rule| rule.denies == Some(true)) {
            match shadow(deny, &rules) {
                Some(_) if homeless => sink.unknown(),
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

/// Adds rules that are resources of their own. Returns the modules where such a rule may belong
/// to any ACL and may be a deny.
fn standalone<'r>(
    root: &'r Root<'r>,
    groups: &mut BTreeMap<(usize, bool), Vec<Rule<'r>>>,
) -> BTreeSet<&'r str> {
    let mut floating = BTreeSet::new();
    let rules = root.terraform(Category::Managed, "aws_network_acl_rule");
    if rules.is_empty() {
        return floating;
    }
    let addresses = Addresses::new(root);
    for &at in rules {
        let body = root.cursor(root.resources[at]);
        let rule = Rule::standalone(at, body, root.resources[at].certain);
        let direction = body.key("egress");
        let direction = match (direction.absent(), direction.text().as_deref()) {
            (Truth::True, _) | (_, Some("false")) => Some(false),
            (_, Some("true")) => Some(true),
            _ => None,
        };
        let target = addresses.target(body.key("network_acl_id"), &[ACL], "");
        let acl = match target {
            Target::Resource(acl) => {
                let body = root.cursor(root.resources[acl]);
                let repeated =
                    ["count", "for_each"].iter().any(|key| body.key(key).absent() != Truth::True);
                // Which of several ACLs is meant is not told.
                if repeated { None } else { Some(acl) }
            }
            Target::Unknown => None,
            Target::Text(_) | Target::Elsewhere => continue,
        };
        match (acl, direction) {
            (Some(acl), Some(egress)) => groups.entry((acl, egress)).or_default().push(rule),
            _ if rule.denies == Some(false) => {}
            _ => {
                floating.insert(root.folder(root.resources[at]));
            }
        }
    }
    floating
}

/// One rule; `None` stands for what is not known.
struct Rule<'r> {
    resource: usize,
    certain: bool,
    at: Cursor<'r>,
    number: Option<i64>,
    denies: Option<bool>,
    protocol: Option<Cow<'r, str>>,
    network: Option<IpNet>,
    ports: Option<(i64, i64)>,
    icmp: Option<(i64, i64)>,
}

impl<'r> Rule<'r> {
    fn inline(resource: usize, rule: Cursor<'r>) -> Self {
        Self::read(resource, true, rule, ["rule_no", "action"])
    }

    fn standalone(resource: usize, rule: Cursor<'r>, certain: bool) -> Self {
        Self::read(resource, certain, rule, ["rule_number", "rule_action"])
    }

    fn read(resource: usize, certain: bool, rule: Cursor<'r>, keys: [&str; 2]) -> Self {
        let pair =
            |low: &str, high: &str| Some((integer(rule.key(low))?, integer(rule.key(high))?));
        let networks = [rule.key("cidr_block"), rule.key("ipv6_cidr_block")];
        let networks = networks.map(|cidr| (cidr.absent(), cidr.text()));
        let network = match networks {
            [(Truth::True, _), (_, Some(cidr))] | [(_, Some(cidr)), (Truth::True, _)] => {
                network::network(cidr.trim())
            }
            _ => None,
        };
        Self {
            resource,
            certain,
            at: rule.key(keys[0]),
            number: integer(rule.key(keys[0])),
            denies: match rule.key(keys[1]).text() {
                Some(word) if word.eq_ignore_ascii_case("deny") => Some(true),
                Some(word) if word.eq_ignore_ascii_case("allow") => Some(false),
                _ => None,
            },
            protocol: rule.key("protocol").text().map(protocol),
            network,
            ports: pair("from_port", "to_port"),
            icmp: pair("icmp_type", "icmp_code"),
        }
    }

    /// Whether every packet of `other` matches this rule too.
    fn covers(&self, other: &Self) -> Truth {
        let network = match (&self.network, &other.network) {
            (Some(outer), Some(inner)) => Truth::of(outer.contains(inner)),
            _ => Truth::Unknown,
        };
        let protocol = match (self.protocol.as_deref(), other.protocol.as_deref()) {
            (Some("-1"), _) => Truth::True,
            (Some(outer), Some(inner)) if outer != inner => Truth::False,
            (Some("tcp" | "udp"), Some(_)) => match (self.ports, other.ports) {
                (Some((from, to)), Some((low, high))) => Truth::of(from <= low && high <= to),
                _ => Truth::Unknown,
            },
            (Some("icmp" | "icmpv6"), Some(_)) => match (self.icmp, other.icmp) {
                (Some((-1, _)), _) => Truth::True,
                (Some((kind, code)), Some((inner, inner_code))) => {
                    Truth::of(kind == inner && (code == -1 || code == inner_code))
                }
                _ => Truth::Unknown,
            },
            (Some(_), Some(_)) => Truth::True,
            _ => Truth::Unknown,
        };
        network.and(protocol)
    }

    /// Whether the rule is tried before the one with this number.
    fn before(&self, number: i64) -> Truth {
        self.number.map_or(Truth::Unknown, |own| Truth::of(own < number))
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

fn integer(cursor: Cursor<'_>) -> Option<i64> {
    cursor.text()?.trim().parse().ok()
}

fn protocol(word: Cow<'_, str>) -> Cow<'_, str> {
    match word.as_ref() {
        "all" => Cow::Borrowed("-1"),
        "6" => Cow::Borrowed("tcp"),
        "17" => Cow::Borrowed("udp"),
        "1" => Cow::Borrowed("icmp"),
        "58" => Cow::Borrowed("icmpv6"),
        other if other.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Cow::Owned(other.to_ascii_lowercase())
        }
        _ => word,
    }
}
