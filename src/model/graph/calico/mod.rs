//! `NetworkPolicy` and `GlobalNetworkPolicy` of projectcalico.org/v3 and crd.projectcalico.org/v1 as a
//! `Policy`, as Calico's reference of its resources describes them. Host endpoints, services as
//! peers and whatever is done before or without connection tracking are left unknown.

mod rule;
pub mod selector;
mod set;

use super::condition::{Condition, Holder};
use super::policy::{
    Direction, Hosts, Namespaces, Policy, Rule, Scope, Side, Tier, Turn, priority,
};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::namespace::Home;
use crate::model::resource::Object;
use crate::model::root::Root;
use set::NetworkSet;
use std::collections::BTreeMap;

/// The API group, and that of the resources as Calico stores them.
pub const GROUPS: [&str; 2] = ["projectcalico.org", STORED];
const STORED: &str = "crd.projectcalico.org";

/// The order of the tier `default`, in which `NetworkPolicies` are. ("Policy tiers".)
const DEFAULT_TIER: f64 = 1_000_000.0;

/// Fields of a policy that are read, or say nothing about connections.
const FIELDS: [&str; 12] = [
    "tier",
    "order",
    "ingress",
    "egress",
    "selector",
    "types",
    "serviceAccountSelector",
    "performanceHints",
    "namespaceSelector",
    "doNotTrack",
    "preDNAT",
    "applyOnForward",
];

/// What a root writes of Calico's tiers and network sets.
pub struct Calico<'a> {
    /// Tiers by name; none where their place cannot be told.
    tiers: BTreeMap<String, Option<Level>>,
    sets: Vec<NetworkSet<'a>>,
}

#[derive(Clone, Copy)]
struct Level {
    tier: Tier,
    /// Whether what the tier does not decide is denied.
    closes: Truth,
}

impl<'a> Calico<'a> {
    /// Reads a root's tiers and network sets.
    pub fn new(root: &'a Root<'a>) -> Self {
        let (mut written, mut sets) = (BTreeMap::new(), Vec::new());
        for resource in &root.resources {
            let Some(object) = resource.object() else { continue };
            if !GROUPS.contains(&object.group.as_str()) {
                continue;
            }
            let body = root.cursor(resource);
            match object.kind.as_str() {
                "Tier" => {
                    let name = body.key("metadata").key("name").text().unwrap_or_default();
                    let level = Order::read(body.key("spec").key("order"))
                        .filter(|_| resource.certain)
                        .map(|order| (order, default_action(body.key("spec"))));
                    // Of two tiers of one name either may count.
                    let twice = written.contains_key(&*name);
                    written.insert(name.into_owned(), level.filter(|_| !twice));
                }
                "NetworkSet" | "GlobalNetworkSet" => {
                    sets.push(NetworkSet::read(root.cluster(), resource.certain, object, body));
                }
                _ => {}
            }
        }
        Self { tiers: ranked(&written), sets }
    }

    /// Reads an object of the groups; none where its kind is no policy that is enforced.
    pub fn read(
        &self,
        resource: usize,
        certain: bool,
        object: &Object,
        home: &Home<'a>,
        body: Cursor<'a>,
    ) -> Option<Policy<'a>> {
        let home = match object.kind.as_str() {
            "NetworkPolicy" => Some(home),
            "GlobalNetworkPolicy" => None,
            _ => return None,
        };
        let spec = body.key("spec");
        let (fields, open) = spec.entries();
        let off = |key: &str| {
            let at = spec.key(key);
            at.shape() == Shape::Absent || at.text().as_deref() == Some("false")
        };
        let plain = !open
            && matches!(spec.shape(), Shape::Map | Shape::Absent)
            && fields.iter().all(|(key, _)| FIELDS.contains(key))
            && ["doNotTrack", "preDNAT", "applyOnForward"].into_iter().all(off);
        let level = self.level(spec).filter(|_| plain);
        let closes = level.map_or(Truth::Unknown, |level| level.closes);
        let sides = Direction::BOTH.map(|direction| {
            let list = if direction == Direction::Egress { "egress" } else { "ingress" };
            let written = spec.key(list).items();
            let others = written.open.then(|| Rule::possible(None, spec.key(list)));
            let rules = written.known.into_iter().filter_map(|at| self.rule(at, direction, home));
            Side {
                applies: applies(spec, direction, object.group == STORED),
                closes,
                rules: others.into_iter().chain(rules).collect(),
            }
        });
        Some(Policy {
            resource,
            tier: level.map_or(Tier::Unmodelled, |level| level.tier),
            priority: Order::read(spec.key("order")).map(|order| priority(order.0)),
            turn: turn(object, home, body),
            subject: Some(subject(spec, home)),
            present: if certain { Truth::True } else { Truth::Unknown },
            sides,
            at: spec.key("selector"),
        })
    }

    /// The tier of a policy; none where its place cannot be told.
    fn level(&self, spec: Cursor<'a>) -> Option<Level> {
        let at = spec.key("tier");
        match (at.shape(), at.text()) {
            (Shape::Absent, _) => self.named("default"),
            (_, Some(name)) => self.named(if name.is_empty() { "default" } else { &name }),
            _ => None,
        }
    }

    fn named(&self, name: &str) -> Option<Level> {
        let own = Level { tier: Tier::Namespace, closes: Truth::True };
        let written = self.tiers.get(name);
        if name != "default" {
            return *written?;
        }
        // The tier of `NetworkPolicies` has a fixed place, and it always denies what is left.
        let usual = |level: &Option<Level>| level.is_some_and(|one| one.closes == Truth::True);
        written.is_none_or(usual).then_some(own)
    }
}

/// An order: lower comes first, none is last.
#[derive(Clone, Copy)]
struct Order(f64);

impl Order {
    fn read(at: Cursor<'_>) -> Option<Self> {
        match (at.shape(), at.text()) {
            (Shape::Absent, _) => Some(Self(f64::INFINITY)),
            (_, Some(text)) => text.parse().ok().map(Self),
            _ => None,
        }
    }
}

/// `Deny` unless it is `Pass`.
fn default_action(spec: Cursor<'_>) -> Truth {
    let at = spec.key("defaultAction");
    match (at.shape(), at.text().as_deref()) {
        (Shape::Absent, _) | (_, Some("Deny")) => Truth::True,
        (_, Some("Pass")) => Truth::False,
        _ => Truth::Unknown,
    }
}

/// The places of tiers, by order and name. Those that Calico keeps for the `AdminNetworkPolicy` API
/// are none of the users'.
fn ranked(written: &BTreeMap<String, Option<(Order, Truth)>>) -> BTreeMap<String, Option<Level>> {
    let mut order: Vec<(&String, Order)> =
        written.iter().filter_map(|(name, one)| Some((name, one.as_ref()?.0))).collect();
    order.sort_by(|one, other| one.1.0.total_cmp(&other.1.0).then(one.0.cmp(other.0)));
    let place = |name: &String| order.iter().position(|one| one.0 == name).unwrap_or_default();
    let level = |name: &String, one: &Option<(Order, Truth)>| {
        let (order, closes) = one.as_ref()?;
        let place = place(name) as u32;
        let early = order.0 < DEFAULT_TIER;
        let tier = if early { Tier::Early(place) } else { Tier::Late(place) };
        let kept = name.starts_with("kube-") || name.contains("adminnetworkpolicy");
        (!kept).then_some(Level { tier, closes: *closes })
    };
    written.iter().map(|(name, one)| (name.clone(), level(name, one))).collect()
}

/// Policies of one order are asked by name; how names of different kinds and namespaces compare
/// depends on the version, and whether they carry their tier's name on how they were written.
fn turn<'a>(object: &Object, home: Option<&Home<'a>>, body: Cursor<'a>) -> Option<Turn> {
    let name = body.key("metadata").key("name").text()?;
    let tiered = name.contains('.');
    let home = match home {
        Some(Home::Unknown) => return None,
        other => format!("{other:?}"),
    };
    let series = format!("{} {home} {} {tiered}", object.group, object.kind);
    Some(Turn { series, name: name.into_owned() })
}

/// Whether a policy is about a direction. Where `types` is absent it is about those that have
/// rules, or else ingress; as stored, nothing fills it in, and an empty one means both.
fn applies(spec: Cursor<'_>, direction: Direction, stored: bool) -> Truth {
    let (word, types) = match direction {
        Direction::Egress => ("Egress", spec.key("types").items()),
        Direction::Ingress => ("Ingress", spec.key("types").items()),
    };
    if types.known.is_empty() && !types.open {
        let some = |list: &str| {
            let list = spec.key(list).items();
            if list.known.is_empty() && list.open {
                Truth::Unknown
            } else {
                Truth::of(!list.known.is_empty())
            }
        };
        let inferred = match direction {
            Direction::Egress => some("egress"),
            Direction::Ingress => some("ingress").or(!some("egress")),
        };
        return if stored { inferred.or(Truth::Unknown) } else { inferred };
    }
    let listed = Truth::any(types.known.iter().map(|one| match one.text() {
        Some(text) => Truth::of(text == word),
        None => Truth::Unknown,
    }));
    if types.open { listed.or(Truth::Unknown) } else { listed }
}

/// The pods that a policy is for. A global one may be for endpoints of hosts, too.
fn subject<'a>(spec: Cursor<'a>, home: Option<&Home<'a>>) -> Scope<'a> {
    let keys = [
        ("selector", Holder::Pod),
        ("namespaceSelector", Holder::Namespace),
        ("serviceAccountSelector", Holder::Account),
    ];
    let conditions = keys.into_iter().filter_map(|(key, holder)| written(spec.key(key), holder));
    let (namespaces, hosts) = match home {
        Some(home) => (Namespaces::One(home.clone()), Hosts::Never),
        None => (Namespaces::Every, Hosts::Possible),
    };
    Scope::new(namespaces, None, hosts).with(joined(conditions.collect()))
}

/// A selector, if one is written.
fn written(at: Cursor<'_>, holder: Holder) -> Option<Condition<'_>> {
    match (at.shape(), at.text()) {
        (Shape::Absent, _) => None,
        (_, Some(text)) if text.is_empty() => None,
        (_, Some(text)) => Some(selector::parse(&text, holder, at).unwrap_or(Condition::Unknown)),
        _ => Some(Condition::Unknown),
    }
}

/// All of some conditions; none for those that hold of everything.
fn joined(mut conditions: Vec<Condition<'_>>) -> Option<Condition<'_>> {
    conditions.retain(|one| !matches!(one, Condition::All(all) if all.is_empty()));
    match conditions.len() {
        0 => None,
        1 => conditions.pop(),
        _ => Some(Condition::All(conditions)),
    }
}
