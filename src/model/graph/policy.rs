//! One form for every kind of network policy: whom it is for, and in each direction rules with an
//! action, peers and ports. The readers of the kinds make it; knows no graph.

use super::addresses::Range;
use super::ports::Protocol;
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::kubernetes::namespace::Home;
use crate::model::selector::Selector;
use std::borrow::Cow;

/// Which way a connection goes, seen from the pods that a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From them.
    Egress,
    /// To them.
    Ingress,
}

impl Direction {
    /// Both, in the order a connection passes them.
    pub const BOTH: [Self; 2] = [Self::Egress, Self::Ingress];
}

/// Which policies are asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// `AdminNetworkPolicies`, `ClusterNetworkPolicies` of the tier `Admin`.
    Admin,
    /// `NetworkPolicies`.
    Namespace,
    /// The `BaselineAdminNetworkPolicy`, `ClusterNetworkPolicies` of the tier `Baseline`.
    Baseline,
    /// A kind whose effect is not known here: it may allow and deny anything.
    Unmodelled,
}

/// What a rule does with what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Lets it through.
    Allow,
    /// Stops it.
    Deny,
    /// Leaves it to the next tier.
    Pass,
}

/// A network policy.
pub struct Policy<'a> {
    /// Its index in the root.
    pub resource: usize,
    /// Its tier.
    pub tier: Tier,
    /// Its place in its tier, lower first; none where it cannot be told.
    pub priority: Option<i64>,
    /// The pods it is for; none where that cannot be told at all.
    pub subject: Option<Scope<'a>>,
    /// Whether it exists.
    pub present: Truth,
    /// What it says in each direction, by `Direction`.
    pub sides: [Side<'a>; 2],
    /// Where it says whom it is for.
    pub at: Cursor<'a>,
}

/// One direction of a policy.
pub struct Side<'a> {
    /// Whether it says anything; for a `NetworkPolicy`: whether it isolates.
    pub applies: Truth,
    /// Its rules, in order.
    pub rules: Vec<Rule<'a>>,
    /// Whether there may be other rules.
    pub open: bool,
}

/// A rule.
pub struct Rule<'a> {
    /// What it does; none where that cannot be told.
    pub action: Option<Action>,
    /// The other end.
    pub peers: Peers<'a>,
    /// The ports of the destination's pods.
    pub ports: Ports<'a>,
    /// Where it is written.
    pub at: Cursor<'a>,
}

/// The other ends that a rule matches.
pub enum Peers<'a> {
    /// Every one, inside the cluster and outside.
    Every,
    /// One of these.
    Listed {
        /// Pods.
        scopes: Vec<Scope<'a>>,
        /// Addresses.
        blocks: Vec<Block>,
        /// Whether there may be others.
        open: bool,
    },
}

/// A range of addresses with holes.
#[derive(Clone, Debug)]
pub struct Block {
    /// The whole.
    pub range: Range,
    /// The holes.
    pub except: Vec<Range>,
    /// Whether there may be other holes.
    pub open: bool,
}

/// A set of pods.
#[derive(Clone)]
pub struct Scope<'a> {
    /// Their namespaces.
    pub namespaces: Namespaces<'a>,
    /// Which of the pods in them; none for all.
    pub pods: Option<Selector<'a>>,
    /// Whether pods on their node's network never count (`AdminNetworkPolicy` API), or may or may not
    /// (`NetworkPolicy`: plugins differ).
    pub without_hosts: bool,
}

/// A set of namespaces.
#[derive(Clone)]
pub enum Namespaces<'a> {
    /// One.
    One(Home<'a>),
    /// All.
    Every,
    /// Those with such labels.
    Selected(Selector<'a>),
}

impl<'a> Scope<'a> {
    /// The pods of namespaces; selectors that select everything are none.
    pub fn new(
        namespaces: Namespaces<'a>,
        pods: Option<Selector<'a>>,
        without_hosts: bool,
    ) -> Self {
        let everything = |selector: &Selector<'a>| selector.selects_everything() == Truth::True;
        let namespaces = match namespaces {
            Namespaces::Selected(selector) if everything(&selector) => Namespaces::Every,
            other => other,
        };
        Self { namespaces, pods: pods.filter(|pods| !everything(pods)), without_hosts }
    }
}

/// The ports that a rule matches.
pub enum Ports<'a> {
    /// All ports of all protocols.
    Every,
    /// One of these.
    Listed {
        /// Ranges, inclusive.
        ranges: Vec<(Protocol, u16, u16)>,
        /// Names of container ports, each with its protocol, or none for any.
        named: Vec<(Option<Protocol>, Cow<'a, str>)>,
        /// Ranges that may be meant instead of what cannot be told.
        possible: Vec<(Protocol, u16, u16)>,
    },
}
