//! `CiliumNetworkPolicy` and `CiliumClusterwideNetworkPolicy` (cilium.io/v2) as `Policy`s, as Cilium's
//! policy language says. They count together with `NetworkPolicies`: what is denied comes first, then
//! everything that any of them allows; rules of layer 7 only make a port possible. Policies for
//! nodes are left unknown.

mod peers;
mod ports;

use super::network_policy;
use super::policy::{Action, Direction, Hosts, Namespaces, Peers, Policy, Rule, Scope, Side, Tier};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::namespace::Home;

/// The API group.
pub const GROUP: &str = "cilium.io";

const FIELDS: [&str; 10] = [
    "endpointSelector",
    "nodeSelector",
    "ingress",
    "ingressDeny",
    "egress",
    "egressDeny",
    "enableDefaultDeny",
    "labels",
    "description",
    "log",
];

/// Where a specification stands.
struct Context<'a> {
    resource: usize,
    present: Truth,
    /// The namespace of a policy that has one.
    home: Option<Home<'a>>,
}

/// Reads an object of the group: two policies, what it denies and what it allows, for each of its
/// specifications; none where its kind is no policy.
pub fn read<'a>(
    resource: usize,
    certain: bool,
    kind: &str,
    home: Home<'a>,
    body: Cursor<'a>,
) -> Vec<Policy<'a>> {
    let home = match kind {
        "CiliumNetworkPolicy" => Some(home),
        "CiliumClusterwideNetworkPolicy" => None,
        _ => return Vec::new(),
    };
    let context =
        Context { resource, present: if certain { Truth::True } else { Truth::Unknown }, home };
    let mut specs = body.key("specs").items();
    if body.key("spec").shape() != Shape::Absent {
        specs.known.push(body.key("spec"));
    }
    let mut found: Vec<Policy<'a>> =
        specs.known.into_iter().flat_map(|spec| context.specification(spec)).collect();
    if specs.open {
        found.push(context.opaque(body.key("specs"), None));
    }
    found
}

impl<'a> Context<'a> {
    fn specification(&self, spec: Cursor<'a>) -> Vec<Policy<'a>> {
        let (pods, nodes) = (spec.key("endpointSelector"), spec.key("nodeSelector"));
        let (fields, open) = spec.entries();
        let odd = |key: &&str| !FIELDS.contains(key);
        let subject = match (pods.shape(), nodes.shape()) {
            (Shape::Map, Shape::Absent) => peers::subject(pods, self.home.as_ref()),
            (Shape::Absent, Shape::Map) => {
                let nodes = Scope::new(Namespaces::Every, None, Hosts::Only(Truth::Unknown));
                return vec![self.opaque(spec.key("nodeSelector"), Some(nodes))];
            }
            _ => return vec![self.opaque(spec, None)],
        };
        if open || fields.iter().any(|(key, _)| odd(key)) {
            return vec![self.opaque(pods, Some(subject))];
        }
        let mut reading = Reading { home: self.home.as_ref(), refused: false };
        let sides = Direction::BOTH.map(|direction| reading.sides(spec, direction));
        let present = if reading.refused { Truth::Unknown } else { self.present };
        let [[no, yes], [no_too, yes_too]] = sides;
        let policy = |priority: i64, sides: [Side<'a>; 2]| Policy {
            resource: self.resource,
            tier: Tier::Namespace,
            priority: Some(priority),
            turn: None,
            subject: Some(subject.clone()),
            present,
            sides,
            at: pods,
        };
        vec![policy(i64::MIN, [no, no_too]), policy(network_policy::PRIORITY, [yes, yes_too])]
    }

    /// A policy of which only is known whom it may be for.
    fn opaque(&self, at: Cursor<'a>, subject: Option<Scope<'a>>) -> Policy<'a> {
        let own = || {
            let home = self.home.clone()?;
            Some(Scope::new(Namespaces::One(home), None, Hosts::Never))
        };
        let side = || Side { applies: Truth::Unknown, closes: Truth::Unknown, rules: Vec::new() };
        Policy {
            resource: self.resource,
            tier: Tier::Unmodelled,
            priority: None,
            turn: None,
            subject: subject.or_else(own),
            present: self.present,
            sides: [side(), side()],
            at,
        }
    }
}

/// The rules of a specification on their way in.
struct Reading<'h, 'a> {
    home: Option<&'h Home<'a>>,
    /// Whether Cilium refuses the specification, as some versions do what they do not support.
    refused: bool,
}

impl<'a> Reading<'_, 'a> {
    /// What is denied in a direction, and what is allowed. Rules of either sort switch the default
    /// deny on, also where they match nothing, unless `enableDefaultDeny` says otherwise.
    fn sides(&mut self, spec: Cursor<'a>, direction: Direction) -> [Side<'a>; 2] {
        let (word, deny) = match direction {
            Direction::Egress => ("egress", "egressDeny"),
            Direction::Ingress => ("ingress", "ingressDeny"),
        };
        let lists = [spec.key(deny), spec.key(word)];
        let some = lists.map(|list| {
            let items = list.items();
            match (items.known.is_empty(), items.open) {
                (true, true) => Truth::Unknown,
                (none, _) => Truth::of(!none),
            }
        });
        let wanted = spec.key("enableDefaultDeny").key(word);
        let closes = match (wanted.shape(), wanted.text().as_deref()) {
            (Shape::Absent, _) => some[0].or(some[1]),
            (_, Some("true")) => Truth::True,
            (_, Some("false")) => Truth::False,
            _ => Truth::Unknown,
        };
        let [mut denied, mut allowed] = [Action::Deny, Action::Allow].map(|action| {
            let list = lists[usize::from(action == Action::Allow)];
            let items = list.items();
            let mut rules = Vec::new();
            for at in items.known {
                self.rule(action, at, direction, closes, &mut rules);
            }
            rules.extend(items.open.then(|| Rule::possible(Some(action), list)));
            rules
        });
        // What a rule requires of peers holds for the rules of all policies for the same pods.
        let required = lists.iter().flat_map(|list| list.items().known).filter(|at| {
            ["fromRequires", "toRequires"].iter().any(|key| at.key(key).shape() != Shape::Absent)
        });
        denied.extend(required.map(|at| Rule::possible(None, at)));
        // A rule without layer 7 opens a port again that another one inspects.
        allowed.sort_by_key(|rule| rule.action.is_none());
        let applies = Truth::of(!denied.is_empty());
        [
            Side { applies, closes: Truth::False, rules: denied },
            Side { applies: closes.or(some[1]), closes, rules: allowed },
        ]
    }

    /// Adds what one rule says. One that names neither peers nor ports matches nothing; one that
    /// names only ports matches them at every end.
    fn rule(
        &mut self,
        action: Action,
        at: Cursor<'a>,
        direction: Direction,
        closes: Truth,
        rules: &mut Vec<Rule<'a>>,
    ) {
        let Some(found) = peers::read(at, direction, self.home) else {
            rules.push(Rule::possible(Some(action), at));
            return;
        };
        let (listed, messages) = (at.key("toPorts"), at.key("icmps"));
        let items = listed.items();
        let some_ports = items.open || !items.known.is_empty();
        let some_messages = messages.shape() != Shape::Absent;
        self.refused |= found.kinds > 1 || some_ports && some_messages;
        let peers = match found.kinds {
            0 if !some_ports => return,
            0 => Peers::Every,
            1 => found.peers,
            _ => Peers::unknown(),
        };
        if some_messages && !some_ports {
            return;
        }
        let authenticated = at.key("authentication");
        let mode = authenticated.key("mode").text();
        let checked = authenticated.shape() != Shape::Absent && mode.as_deref() != Some("disabled");
        let (plain, inspected) = ports::read(some_ports.then_some(items), checked);
        if let Some(inspected) = inspected {
            // Where nothing else is denied, what a proxy does not let through still is.
            let (action, ports) = match closes {
                Truth::True => (Some(action), inspected.possible()),
                _ => (None, inspected.ports()),
            };
            rules.push(Rule::new(action, peers.clone(), ports, at));
        }
        if let Some(plain) = plain {
            rules.push(Rule::new(Some(action), peers, plain.ports(), at));
        }
    }
}
