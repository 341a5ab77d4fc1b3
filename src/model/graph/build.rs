//! From the objects of a root to its graph: policies are read, their scopes resolved, ports and
//! addresses cut, rules translated, policies attached to the classes that they are for.

use super::addresses::{AtomSet, Atoms, Range, may_hold_pods};
use super::policy::{Direction, Namespaces, Peers, Policy, Ports, Rule, Scope, Side, Tier};
use super::population::Population;
use super::ports::{Grid, Protocol};
use super::{Compiled, CompiledPeers, Graph, admin_policy, network_policy};
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::istio::authorization::Attribute;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::service::Target;
use crate::model::resource::Object;
use crate::model::root::Root;
use std::collections::BTreeSet;

/// Kinds of policies whose effect is not known here.
const UNMODELLED: [(&str, &str); 4] = [
    ("cilium.io", "CiliumNetworkPolicy"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
];

pub(super) fn build<'a>(root: &'a Root<'a>) -> Graph<'a> {
    let mut policies = policies(root);
    policies.sort_by_key(|policy| (policy.tier, policy.priority));
    let (grid, atoms) = (grid(root, &policies), atoms(root, &policies));
    let mut population = Population::new(root.cluster());
    let subjects: Vec<Option<usize>> = policies
        .iter()
        .map(|policy| policy.subject.as_ref().map(|scope| population.scope(scope)))
        .collect();
    let mut rules = Vec::with_capacity(policies.len());
    for policy in &policies {
        rules.push(policy.sides.each_ref().map(|side| {
            let each = side.rules.iter();
            each.map(|rule| compiled(rule, &mut population, &grid, &atoms)).collect::<Vec<_>>()
        }));
    }
    let scopes = population.scopes();
    let classes = population.classes(&names(&policies));
    let stranger = classes.of.last().copied().unwrap_or_default();
    let mut attached: Vec<[Vec<(u32, Truth)>; 2]> =
        classes.first.iter().map(|_| [Vec::new(), Vec::new()]).collect();
    for (at, policy) in policies.iter().enumerate() {
        let members = match subjects[at] {
            Some(scope) => classes.scopes[scope].among(classes.first.len()),
            None => (0..classes.first.len() as u32).map(|class| (class, false)).collect(),
        };
        for direction in Direction::BOTH {
            let applies = policy.sides[direction as usize].applies.and(policy.present);
            if applies == Truth::False {
                continue;
            }
            for &(class, sure) in &members {
                // A pod of which nothing is known is not one that policies are written for.
                if class == stranger && !sure && policy.subject.is_some() {
                    continue;
                }
                let truth = if sure { applies } else { Truth::Unknown };
                attached[class as usize][direction as usize].push((at as u32, truth));
            }
        }
    }
    let (inbound, waypoints) = (std::sync::OnceLock::new(), std::sync::OnceLock::new());
    Graph { root, policies, grid, atoms, classes, rules, attached, scopes, inbound, waypoints }
}

/// Every policy of a root.
fn policies<'a>(root: &'a Root<'a>) -> Vec<Policy<'a>> {
    let mut found: Vec<Policy<'a>> =
        root.cluster().policies.iter().map(network_policy::read).collect();
    for (at, resource) in root.resources.iter().enumerate() {
        let Some(object) = resource.object() else { continue };
        let cursor = root.cursor(resource);
        if object.group == admin_policy::GROUP {
            found.extend(admin_policy::read(at, resource.certain, &object.kind, cursor));
        } else if unmodelled(object) {
            let home = root.cluster().home(Home::read(cursor));
            found.push(opaque(at, object, home, cursor));
        }
    }
    found
}

fn unmodelled(object: &Object) -> bool {
    let group = match object.group.as_str() {
        "crd.projectcalico.org" => "projectcalico.org",
        group => group,
    };
    UNMODELLED.contains(&(group, &object.kind))
}

/// A policy of which only is known that it may allow and deny anything, in its namespace or, where
/// its kind has none, everywhere.
fn opaque<'a>(resource: usize, object: &Object, home: Home<'a>, body: Cursor<'a>) -> Policy<'a> {
    let everywhere = object.kind.starts_with("Global") || object.kind.contains("Clusterwide");
    let own = Scope::new(Namespaces::One(home), None, false);
    let side = || Side { applies: Truth::Unknown, rules: Vec::new(), open: true };
    Policy {
        resource,
        tier: Tier::Unmodelled,
        priority: None,
        subject: (!everywhere).then_some(own),
        present: Truth::Unknown,
        sides: [side(), side()],
        at: body.key("spec"),
    }
}

fn rules<'p, 'a>(policies: &'p [Policy<'a>]) -> impl Iterator<Item = &'p Rule<'a>> {
    policies.iter().flat_map(|policy| &policy.sides).flat_map(|side| &side.rules)
}

/// The names of ports that policies use.
fn names<'p>(policies: &'p [Policy<'_>]) -> BTreeSet<&'p str> {
    let named = rules(policies).flat_map(|rule| match &rule.ports {
        Ports::Listed { named, .. } => named.as_slice(),
        Ports::Every => &[],
    });
    named.map(|(_, name)| &**name).collect()
}

/// Port numbers: of policies, of the containers' ports that policies name, and those that Services
/// lead to.
fn grid(root: &Root<'_>, policies: &[Policy<'_>]) -> Grid {
    let mut ranges: BTreeSet<(Protocol, u16, u16)> = BTreeSet::new();
    for rule in rules(policies) {
        if let Ports::Listed { ranges: known, possible, .. } = &rule.ports {
            ranges.extend(known.iter().chain(possible));
        }
    }
    let mut add = |protocol: Option<&str>, number: Option<u16>| {
        let Some(number) = number else { return };
        match protocol.and_then(Protocol::of) {
            Some(protocol) => drop(ranges.insert((protocol, number, number))),
            None => ranges.extend(Protocol::ALL.map(|one| (one, number, number))),
        }
    };
    let cluster = root.cluster();
    let mut named = names(policies);
    for service in &cluster.services {
        for port in &service.ports {
            match &port.target {
                Target::Number(number) => {
                    add(port.protocol.as_deref(), Some(*number));
                }
                Target::Name(name) => drop(named.insert(name)),
                Target::Unknown => {}
            }
        }
    }
    for workload in &cluster.workloads {
        for port in &workload.ports {
            if port.name.as_deref().is_some_and(|name| named.contains(name)) {
                add(port.protocol.as_deref(), port.number);
            }
        }
    }
    Grid::new(ranges)
}

fn atoms(root: &Root<'_>, policies: &[Policy<'_>]) -> Atoms {
    let blocks = rules(policies).flat_map(|rule| match &rule.peers {
        Peers::Listed { blocks, .. } => blocks.as_slice(),
        Peers::Every => &[],
    });
    let ranges = blocks.flat_map(|block| [block.range].into_iter().chain(block.except.clone()));
    let terms = root.mesh().policies.iter().flat_map(|one| one.policy.terms());
    let sources = terms.filter(|term| term.attribute == Attribute::SourceIp);
    let of_mesh = sources.flat_map(|term| term.values.items().known);
    let of_mesh = of_mesh.filter_map(network_policy::range);
    Atoms::new(ranges.chain(of_mesh))
}

fn compiled<'a>(
    rule: &Rule<'a>,
    population: &mut Population<'a>,
    grid: &Grid,
    atoms: &Atoms,
) -> Compiled<'a> {
    let peers = match &rule.peers {
        Peers::Every => CompiledPeers::Every,
        Peers::Listed { scopes, blocks, open } => {
            let mut addresses: [AtomSet; 2] = [Vec::new(), Vec::new()];
            for block in blocks {
                let set = atoms.set(&block.range, &block.except);
                if !block.open {
                    addresses[0].extend(set.iter().copied());
                }
                addresses[1].extend(set);
            }
            let whole = [false, true].map(|v6| atoms.of(&Range::family(v6)));
            if *open {
                addresses[1].extend(whole);
            }
            let pods = Truth::any(blocks.iter().map(|block| {
                if may_hold_pods(&block.range) { Truth::Unknown } else { Truth::False }
            }));
            let scopes = scopes.iter().map(|scope| population.scope(scope)).collect();
            CompiledPeers::Listed { scopes, addresses, pods, open: *open }
        }
    };
    let (ports, named) = match &rule.ports {
        Ports::Every => ([grid.all(), grid.all()], Vec::new()),
        Ports::Listed { ranges, named, possible } => {
            let mut sure = grid.none();
            for &(protocol, low, high) in ranges {
                sure.add(&grid.range(protocol, low, high));
            }
            let mut any = sure.clone();
            for &(protocol, low, high) in possible {
                any.add(&grid.range(protocol, low, high));
            }
            ([sure, any], named.clone())
        }
    };
    Compiled { action: rule.action, peers, ports, named }
}
