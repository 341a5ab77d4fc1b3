//! From the objects of a root to its graph: policies are read, their scopes resolved, ports and
//! addresses cut, rules translated, policies attached to the classes that they are for.

use super::addresses::{AtomSet, Atoms, Range, may_hold_pods};
use super::calico::Calico;
use super::policy::{Block, Direction, Peers, Policy, Ports, Rule, Tier};
use super::population::Population;
use super::ports::{Grid, Protocol};
use super::{
    Compiled, CompiledPeers, CompiledPorts, Graph, admin_policy, calico, cilium, network_policy,
};
use crate::model::fact::Truth;
use crate::model::istio::authorization::Attribute;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::service::Target;
use crate::model::root::Root;
use std::collections::BTreeSet;
use std::sync::OnceLock;

pub(super) fn build<'a>(root: &'a Root<'a>) -> Graph<'a> {
    let mut policies = policies(root);
    policies.sort_by(|one, other| {
        let places = (one.tier, one.priority).cmp(&(other.tier, other.priority));
        places.then_with(|| one.turn.cmp(&other.turn))
    });
    let (grid, atoms) = (grid(root, &policies), atoms(root, &policies));
    let mut population = Population::new(root.cluster());
    let subjects: Vec<Option<usize>> = policies
        .iter()
        .map(|policy| policy.subject.as_ref().map(|scope| population.scope(scope)))
        .collect();
    let mut terms = Terms { population: &mut population, grid: &grid, atoms: &atoms };
    let mut rules = Vec::with_capacity(policies.len());
    for policy in &policies {
        rules.push(policy.sides.each_ref().map(|side| {
            let each = side.rules.iter();
            each.map(|rule| terms.rule(rule)).collect::<Vec<_>>()
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
    Graph {
        root,
        policies,
        grid,
        atoms,
        classes,
        rules,
        attached,
        scopes,
        inbound: OnceLock::new(),
        doors: OnceLock::new(),
        waypoints: OnceLock::new(),
    }
}

/// Every policy of a root.
fn policies<'a>(root: &'a Root<'a>) -> Vec<Policy<'a>> {
    let cluster = root.cluster();
    let mut found: Vec<Policy<'a>> = cluster.policies.iter().map(network_policy::read).collect();
    let tiers = Calico::new(root);
    let (mut of_cilium, mut of_calico) = (Vec::new(), Vec::new());
    for (at, resource) in root.resources.iter().enumerate() {
        let Some(object) = resource.object() else { continue };
        let (certain, body) = (resource.certain, root.cursor(resource));
        match object.group.as_str() {
            admin_policy::GROUP => {
                found.extend(admin_policy::read(at, certain, &object.kind, body));
            }
            cilium::GROUP => {
                let home = cluster.home(Home::read(body));
                of_cilium.extend(cilium::read(at, certain, &object.kind, home, body));
            }
            group if calico::GROUPS.contains(&group) => {
                let home = cluster.home(Home::read(body));
                of_calico.extend(tiers.read(at, certain, object, &home, body));
            }
            _ => {}
        }
    }
    if !of_cilium.is_empty() && !of_calico.is_empty() {
        // Only one of the two runs, and it cannot be told which.
        let both = of_cilium.iter_mut().chain(&mut of_calico);
        both.for_each(|policy| policy.tier = Tier::Unmodelled);
    }
    found.extend(of_cilium);
    found.extend(of_calico);
    found
}

fn rules<'p, 'a>(policies: &'p [Policy<'a>]) -> impl Iterator<Item = &'p Rule<'a>> {
    policies.iter().flat_map(|policy| &policy.sides).flat_map(|side| &side.rules)
}

/// The ports that rules are about.
fn ports<'p, 'a>(policies: &'p [Policy<'a>]) -> impl Iterator<Item = &'p Ports<'a>> {
    rules(policies).flat_map(|rule| [Some(&rule.ports), rule.except.as_ref()]).flatten()
}

/// The names of ports that policies use.
fn names<'p>(policies: &'p [Policy<'_>]) -> BTreeSet<&'p str> {
    let named = ports(policies).flat_map(|ports| match ports {
        Ports::Listed { named, .. } => named.as_slice(),
        Ports::Every => &[],
    });
    named.map(|(_, name)| &**name).collect()
}

/// Port numbers: of policies, of the containers' ports that policies name, and those that Services
/// lead to.
fn grid(root: &Root<'_>, policies: &[Policy<'_>]) -> Grid {
    let mut ranges: BTreeSet<(Protocol, u16, u16)> = BTreeSet::new();
    for ports in ports(policies) {
        if let Ports::Listed { ranges: known, possible, .. } = ports {
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
    let mut blocks = Vec::new();
    for rule in rules(policies) {
        for peers in [Some(&rule.peers), rule.own.as_ref()].into_iter().flatten() {
            blocks_of(peers, &mut blocks);
        }
    }
    let ranges =
        blocks.iter().flat_map(|block| [block.range].into_iter().chain(block.except.clone()));
    let terms = root.mesh().policies.iter().flat_map(|one| one.policy.terms());
    let sources = terms.filter(|term| term.attribute == Attribute::SourceIp);
    let of_mesh = sources.flat_map(|term| term.values.items().known);
    let of_mesh = of_mesh.filter_map(network_policy::range);
    Atoms::new(ranges.chain(of_mesh))
}

fn blocks_of<'p>(peers: &'p Peers<'_>, found: &mut Vec<&'p Block>) {
    match peers {
        Peers::Every => {}
        Peers::Both { held, excluded } => {
            held.iter().chain(excluded).for_each(|one| blocks_of(one, found));
        }
        Peers::Listed { blocks, .. } => found.extend(blocks),
    }
}

/// What rules are translated with.
struct Terms<'t, 'a> {
    population: &'t mut Population<'a>,
    grid: &'t Grid,
    atoms: &'t Atoms,
}

impl<'a> Terms<'_, 'a> {
    fn rule(&mut self, rule: &Rule<'a>) -> Compiled<'a> {
        Compiled {
            action: rule.action,
            own: rule.own.as_ref().map(|own| self.peers(own)),
            peers: self.peers(&rule.peers),
            ports: self.ports(&rule.ports),
            except: rule.except.as_ref().map(|except| self.ports(except)),
        }
    }

    fn peers(&mut self, peers: &Peers<'a>) -> CompiledPeers {
        match peers {
            Peers::Every => CompiledPeers::Every,
            Peers::Both { held, excluded } => CompiledPeers::Both {
                held: held.iter().map(|one| self.peers(one)).collect(),
                excluded: excluded.iter().map(|one| self.peers(one)).collect(),
            },
            Peers::Listed { scopes, blocks, open } => {
                let mut addresses: [AtomSet; 2] = [Vec::new(), Vec::new()];
                for block in blocks {
                    let set = self.atoms.set(&block.range, &block.except);
                    if !block.open {
                        addresses[0].extend(set.iter().copied());
                    }
                    addresses[1].extend(set);
                }
                let whole = [false, true].map(|v6| self.atoms.of(&Range::family(v6)));
                if *open {
                    addresses[1].extend(whole);
                }
                let pods = Truth::any(blocks.iter().map(|block| {
                    let pods = block.pods && may_hold_pods(&block.range);
                    if pods { Truth::Unknown } else { Truth::False }
                }));
                let scopes = scopes.iter().map(|scope| self.population.scope(scope)).collect();
                CompiledPeers::Listed { scopes, addresses, pods, open: *open }
            }
        }
    }

    fn ports(&self, ports: &Ports<'a>) -> CompiledPorts<'a> {
        match ports {
            Ports::Every => {
                CompiledPorts { plain: [self.grid.all(), self.grid.all()], named: Vec::new() }
            }
            Ports::Listed { ranges, named, possible } => {
                let mut sure = self.grid.none();
                for &(protocol, low, high) in ranges {
                    sure.add(&self.grid.range(protocol, low, high));
                }
                let mut any = sure.clone();
                for &(protocol, low, high) in possible {
                    any.add(&self.grid.range(protocol, low, high));
                }
                CompiledPorts { plain: [sure, any], named: named.clone() }
            }
        }
    }
}
