//! One form for every kind of network policy: whom it is for, and in each direction rules with an
//! action, peers and ports. The readers of the kinds make it; knows no graph.

use super::addresses::Range;
use super::condition::Condition;
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

/// Which policies are asked first. Within a tier the first rule that matches decides; where none
/// does, policies that close the tier deny, and otherwise the next tier is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// `AdminNetworkPolicies`, `ClusterNetworkPolicies` of the tier `Admin`.
    Admin,
    /// A tier of Calico's that comes before the one of `NetworkPolicies`, by its place.
    Early(u32),
    /// `NetworkPolicies`; with them Cilium's policies, and those of Calico's tier `default`.
    Namespace,
    /// A tier of Calico's that comes after the one of `NetworkPolicies`, by its place.
    Late(u32),
    /// The `BaselineAdminNetworkPolicy`, `ClusterNetworkPolicies` of the tier `Baseline`.
    Baseline,
    /// A policy whose effect is not known here: it may allow and deny anything.
    Unmodelled,
}

impl Tier {
    /// Whether Calico's users made it.
    pub fn custom(self) -> bool {
        matches!(self, Self::Early(_) | Self::Late(_))
    }
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
    /// Its turn among policies of the same priority; none where that cannot be told.
    pub turn: Option<Turn>,
    /// The pods it is for; none where that cannot be told at all.
    pub subject: Option<Scope<'a>>,
    /// Whether it exists.
    pub present: Truth,
    /// What it says in each direction, by `Direction`.
    pub sides: [Side<'a>; 2],
    /// Where it says whom it is for.
    pub at: Cursor<'a>,
}

/// A priority of a fractional order: smaller orders come first.
pub const fn priority(order: f64) -> i64 {
    let bits = order.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// Policies of one series and priority are asked in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// What they have in common.
    pub series: String,
    /// The name.
    pub name: String,
}

/// One direction of a policy.
pub struct Side<'a> {
    /// Whether it says anything.
    pub applies: Truth,
    /// Whether it closes its tier: what no rule of the tier decides is denied. (A `NetworkPolicy`
    /// that isolates does.)
    pub closes: Truth,
    /// Its rules, in order.
    pub rules: Vec<Rule<'a>>,
}

/// A rule.
pub struct Rule<'a> {
    /// What it does, if anything; none where that cannot be told.
    pub action: Option<Action>,
    /// Which of the pods that its policy is for; none for all.
    pub own: Option<Peers<'a>>,
    /// The other end.
    pub peers: Peers<'a>,
    /// The ports of the destination's pods.
    pub ports: Ports<'a>,
    /// Those that are taken out.
    pub except: Option<Ports<'a>>,
    /// Where it is written.
    pub at: Cursor<'a>,
}

impl<'a> Rule<'a> {
    /// A rule for peers and ports.
    pub fn new(action: Option<Action>, peers: Peers<'a>, ports: Ports<'a>, at: Cursor<'a>) -> Self {
        Self { action, own: None, peers, ports, except: None, at }
    }

    /// What stands for rules that cannot be told: it may match anything.
    pub fn possible(action: Option<Action>, at: Cursor<'a>) -> Self {
        Self::new(action, Peers::unknown(), Ports::Every, at)
    }
}

/// The ends that a rule matches.
#[derive(Clone)]
pub enum Peers<'a> {
    /// Every one, inside the cluster and outside.
    Every,
    /// In all of these, and in none of those.
    Both {
        /// All must hold it.
        held: Vec<Peers<'a>>,
        /// None may hold it.
        excluded: Vec<Peers<'a>>,
    },
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

impl Peers<'_> {
    /// Those of which nothing is known.
    pub fn unknown() -> Self {
        Self::Listed { scopes: Vec::new(), blocks: Vec::new(), open: true }
    }
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
    /// Whether addresses of pods count, too.
    pub pods: bool,
}

impl Block {
    /// A range without holes, for pods' addresses, too.
    pub fn new(range: Range) -> Self {
        Self { range, except: Vec::new(), open: false, pods: true }
    }
}

/// A set of pods.
#[derive(Clone)]
pub struct Scope<'a> {
    /// Their namespaces.
    pub namespaces: Namespaces<'a>,
    /// Which of the pods in them; none for all.
    pub pods: Option<Selector<'a>>,
    /// What else must hold; none for nothing.
    pub condition: Option<Condition<'a>>,
    /// Which of the pods on their node's network.
    pub hosts: Hosts,
}

/// How pods on their node's network count, which have no address of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// They may or may not (`NetworkPolicy`: plugins differ).
    Possible,
    /// Never (`AdminNetworkPolicy` API).
    Never,
    /// As all others.
    Alike,
    /// Only they, or some of them where it is unknown.
    Only(Truth),
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
    pub fn new(namespaces: Namespaces<'a>, pods: Option<Selector<'a>>, hosts: Hosts) -> Self {
        let everything = |selector: &Selector<'a>| selector.selects_everything() == Truth::True;
        let namespaces = match namespaces {
            Namespaces::Selected(selector) if everything(&selector) => Namespaces::Every,
            other => other,
        };
        Self { namespaces, pods: pods.filter(|pods| !everything(pods)), condition: None, hosts }
    }

    /// Those of its pods for which something else holds.
    #[must_use]
    pub fn with(mut self, condition: Option<Condition<'a>>) -> Self {
        self.condition = condition;
        self
    }
}

/// The ports that a rule matches.
#[derive(Clone)]
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
