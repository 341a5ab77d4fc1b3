//! The rules of AWS network ACLs, those written in the ACL and those that are resources of their own,
//! in the order in which they are tried. Says nothing about what they should be.

use super::reference::{Target, target};
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::network;
use crate::model::resource::Category;
use crate::model::root::Root;
use ipnet::IpNet;
use std::borrow::Cow;

const ACL: &str = "aws_network_acl";

/// Which ACL a rule belongs to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acl<'r> {
    /// One of this root, by its index.
    Declared(usize),
    /// One of elsewhere, by its identifier.
    Named(Cow<'r, str>),
    /// Cannot be told.
    Unknown,
}

impl Acl<'_> {
    /// Whether two are the same. AWS chooses identifiers, so none names a declared ACL.
    pub fn is(&self, other: &Self) -> Truth {
        match (self, other) {
            (Acl::Unknown, _) | (_, Acl::Unknown) => Truth::Unknown,
            (one, other) => Truth::of(one == other),
        }
    }
}

/// The rules of every ACL of a root.
pub fn rules<'r>(root: &'r Root<'r>) -> Vec<Rule<'r>> {
    let mut found = Vec::new();
    for kind in [ACL, "aws_default_network_acl"] {
        for &at in root.terraform(Category::Managed, kind) {
            let body = root.cursor(root.resources[at]);
            for (key, egress) in [("ingress", false), ("egress", true)] {
                let place = (Acl::Declared(at), Some(egress));
                let list = body.key(key);
                let written = list.items();
                let rules = written.known.into_iter();
                found.extend(rules.map(|rule| Rule::read(at, place.clone(), (true, false), rule)));
                found.extend(written.open.then(|| Rule::unread(at, place, list)));
            }
        }
    }
    for &at in root.terraform(Category::Managed, "aws_network_acl_rule") {
        let body = root.cursor(root.resources[at]);
        let acl = match target(root, body.key("network_acl_id"), &[ACL], "") {
            // Which of an unknown number of ACLs is meant is not told.
            Target::Resource(acl) if root.resources[acl].certain => Acl::Declared(acl),
            Target::Text(id) => Acl::Named(id),
            Target::Resource(_) | Target::Elsewhere | Target::Unknown => Acl::Unknown,
        };
        let direction = body.key("egress");
        let egress = match (direction.absent(), direction.text().as_deref()) {
            (Truth::True, _) | (_, Some("false")) => Some(false),
            (_, Some("true")) => Some(true),
            _ => None,
        };
        found.push(Rule::read(at, (acl, egress), (root.resources[at].certain, true), body));
    }
    found
}

/// One rule; `None` stands for what is not known.
#[derive(Clone)]
pub struct Rule<'r> {
    /// The resource that holds it.
    pub resource: usize,
    /// The ACL it belongs to.
    pub acl: Acl<'r>,
    /// Whether it is for what leaves.
    pub egress: Option<bool>,
    /// Whether it surely exists.
    pub certain: bool,
    /// Whether it is a resource of its own.
    pub standalone: bool,
    /// What is written.
    pub body: Cursor<'r>,
    /// Where its number is written.
    pub at: Cursor<'r>,
    /// Its number: lower ones are tried first.
    pub number: Option<i64>,
    /// Whether it denies.
    pub denies: Option<bool>,
    /// The protocol's name; `-1` for all.
    pub protocol: Option<Cow<'r, str>>,
    /// Whom it is about.
    pub network: Option<IpNet>,
    /// From and to.
    pub ports: Option<(i64, i64)>,
    /// Type and code.
    pub icmp: Option<(i64, i64)>,
}

impl<'r> Rule<'r> {
    fn read(
        resource: usize,
        (acl, egress): (Acl<'r>, Option<bool>),
        (certain, standalone): (bool, bool),
        rule: Cursor<'r>,
    ) -> Self {
        let keys = if standalone { ["rule_number", "rule_action"] } else { ["rule_no", "action"] };
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
            acl,
            egress,
            certain,
            standalone,
            body: rule,
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

    /// What may stand in a list that is not known to its end.
    fn unread(resource: usize, (acl, egress): (Acl<'r>, Option<bool>), list: Cursor<'r>) -> Self {
        Self {
            resource,
            acl,
            egress,
            certain: false,
            standalone: false,
            body: list,
            at: list,
            number: None,
            denies: None,
            protocol: None,
            network: None,
            ports: None,
            icmp: None,
        }
    }

    /// Whether every packet of `other` matches this rule too.
    pub fn covers(&self, other: &Self) -> Truth {
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
    pub fn before(&self, number: i64) -> Truth {
        self.number.map_or(Truth::Unknown, |own| Truth::of(own < number))
    }
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
