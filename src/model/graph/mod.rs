//! The trust graph of one root: which workload, or address outside, may reach which workload, on
//! which ports. Network policies of all tiers are evaluated as written (layers 3 and 4), three-valued;
//! what an entry point adds is in `entries`. Says what is, never what is wrong.

pub mod addresses;
mod admin_policy;
mod build;
mod calico;
pub mod call;
mod cilium;
pub mod condition;
mod decide;
pub mod difference;
pub mod doors;
pub mod entries;
pub mod explain;
pub mod flows;
pub mod gates;
pub mod inbound;
pub mod links;
mod network_policy;
pub mod policy;
pub mod population;
pub mod ports;
pub mod question;
pub mod rewrite;
pub mod speech;
pub mod trace;
pub mod visits;
pub mod waypoint;
pub mod witness;
pub mod written;

use crate::model::fact::Truth;
use crate::model::root::Root;
use addresses::{AtomSet, Atoms, Range};
use policy::{Action, Direction, Policy};
use population::Classes;
use ports::{Cells, Connections, Grid, Protocol};
use std::borrow::Cow;
use std::sync::OnceLock;

/// The graph of a root. Pairs are never stored: `edge` computes them.
pub struct Graph<'a> {
    root: &'a Root<'a>,
    policies: Vec<Policy<'a>>,
    grid: Grid,
    atoms: Atoms,
    classes: Classes,
    /// Rules of each policy, by direction.
    rules: Vec<[Vec<Compiled<'a>>; 2]>,
    /// For each class and direction: policies that are (or may be) for it, in the order in which
    /// they are asked.
    attached: Vec<[Vec<(u32, Truth)>; 2]>,
    /// The number of distinct scopes.
    scopes: usize,
    /// What stands before each workload, once somebody asked.
    inbound: OnceLock<inbound::Inbound<'a>>,
    /// The ports of all workloads, once somebody asked.
    doors: OnceLock<Vec<doors::Door>>,
    /// Whether anything asks for a waypoint, once somebody asked.
    waypoints: OnceLock<bool>,
}

/// A rule in the terms of its graph.
struct Compiled<'a> {
    action: Option<Action>,
    /// Which of the ends that its policy is for.
    own: Option<CompiledPeers>,
    peers: CompiledPeers,
    ports: CompiledPorts<'a>,
    except: Option<CompiledPorts<'a>>,
}

/// The ports of a rule.
struct CompiledPorts<'a> {
    /// Those that it surely matches, and those that it may match; named ones aside.
    plain: [Cells; 2],
    named: Vec<(Option<Protocol>, Cow<'a, str>)>,
}

/// The peers of a rule.
enum CompiledPeers {
    Every,
    Both {
        held: Vec<Self>,
        excluded: Vec<Self>,
    },
    Listed {
        scopes: Vec<usize>,
        /// Addresses that it surely matches, and those that it may match.
        addresses: [AtomSet; 2],
        /// Whether pods may have such addresses.
        pods: Truth,
        open: bool,
    },
}

impl CompiledPeers {
    /// The atoms at which what it says of addresses may change.
    fn cuts(&self, found: &mut Vec<u32>) {
        match self {
            Self::Every => {}
            Self::Both { held, excluded } => {
                held.iter().chain(excluded).for_each(|one| one.cuts(found));
            }
            Self::Listed { addresses, .. } => {
                found.extend(addresses.iter().flatten().flat_map(|&(first, end)| [first, end]));
            }
        }
    }
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Peer {
    /// A workload, by its index in the cluster.
    Workload(usize),
    /// A pod of which nothing is known, in a namespace for which no policies are written: only
    /// those that are for every pod are for it. Where it surely comes, a newcomer does.
    AnyPod,
    /// An address outside the cluster, by its atom.
    Outside(u32),
}

/// Ports that are surely open, and those that may be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// Open whatever the unknown values are.
    pub must: Connections,
    /// Open for some value of what is unknown.
    pub may: Connections,
}

/// What is said of one workload, by direction.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Whether a policy is for it.
    pub isolated: [Truth; 2],
    /// Ports on which every pod may reach it, and those on which it may reach every pod.
    pub any_pod: [Edge; 2],
    /// The same for addresses outside, those with no ports left out.
    pub outside: [Vec<(Range, Edge)>; 2],
}

/// How much work a graph was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Size {
    /// Workloads.
    pub workloads: usize,
    /// Policies.
    pub policies: usize,
    /// Distinct scopes.
    pub scopes: usize,
    /// Classes of workloads.
    pub classes: usize,
    /// Cells of ports.
    pub cells: usize,
    /// Atoms of addresses.
    pub atoms: usize,
    /// Pairs of a class and a policy that is or may be for it, both directions.
    pub attachments: usize,
}

impl<'a> Graph<'a> {
    /// Builds the graph of a root.
    pub fn build(root: &'a Root<'a>) -> Self {
        build::build(root)
    }

    /// The root.
    pub fn root(&self) -> &'a Root<'a> {
        self.root
    }

    /// How much there is of everything.
    pub fn size(&self) -> Size {
        Size {
            workloads: self.root.cluster().workloads.len(),
            policies: self.policies.len(),
            scopes: self.scopes,
            classes: self.classes.first.len(),
            cells: self.grid.len(),
            atoms: self.atoms.len(),
            attachments: self.attached.iter().flatten().map(Vec::len).sum(),
        }
    }

    /// The class of a workload: those of one class have the same edges.
    pub fn class(&self, peer: Peer) -> Option<u32> {
        let id = match peer {
            Peer::Workload(at) => at,
            Peer::AnyPod => self.classes.of.len() - 1,
            Peer::Outside(_) => return None,
        };
        Some(self.classes.of[id])
    }

    /// The connections from one end to the other. A workload reaches itself, and nothing is said
    /// about connections between two addresses outside.
    pub fn edge(&self, from: Peer, to: Peer) -> Edge {
        let [must, may] = self.cells(from, to);
        self.shown(&must, &may)
    }

    fn shown(&self, must: &Cells, may: &Cells) -> Edge {
        Edge { must: self.grid.connections(must), may: self.grid.connections(may) }
    }

    /// Whether a policy is for a workload in a direction.
    pub fn isolated(&self, workload: usize, direction: Direction) -> Truth {
        let class = self.classes.of[workload] as usize;
        Truth::any(self.attached[class][direction as usize].iter().map(|(_, truth)| *truth))
    }

    /// The atom of an address, an IPv4 one unless `v6`.
    pub fn atom(&self, v6: bool, address: u128) -> u32 {
        self.atoms.of(&Range { v6, low: 0, high: address }).1 - 1
    }

    /// The addresses outside, cut where rules that count for a workload tell them apart, each with
    /// one atom that stands for all.
    pub fn outside(&self, workload: Peer, direction: Direction) -> Vec<(Range, u32)> {
        let v6 = self.atoms.first_v6();
        let mut cuts = vec![0, v6, self.atoms.len() as u32];
        let attached = self.class(workload).map(|class| &self.attached[class as usize]);
        for (policy, _) in attached.into_iter().flat_map(|both| &both[direction as usize]) {
            for rule in &self.rules[*policy as usize][direction as usize] {
                rule.peers.cuts(&mut cuts);
            }
        }
        if direction == Direction::Ingress {
            let end = self.atoms.len() as u32;
            cuts.extend(self.mesh_cuts(workload).into_iter().filter(|cut| *cut < end));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let pairs = cuts.windows(2).map(|pair| (pair[0], pair[1]));
        pairs.map(|pair| (self.atoms.span(pair), pair.0)).collect()
    }

    /// The connections of a workload with addresses outside, neighbours with the same joined unless
    /// policies of the mesh tell them apart.
    pub fn outside_edges(&self, workload: Peer, direction: Direction) -> Vec<(Range, Edge)> {
        let mut found: Vec<(Range, Edge)> = Vec::new();
        let cuts = match direction {
            Direction::Egress => Vec::new(),
            Direction::Ingress => self.mesh_cuts(workload),
        };
        for (range, atom) in self.outside(workload, direction) {
            let edge = match direction {
                Direction::Egress => self.edge(workload, Peer::Outside(atom)),
                Direction::Ingress => self.edge(Peer::Outside(atom), workload),
            };
            match found.last_mut() {
                Some((last, same))
                    if *same == edge && last.v6 == range.v6 && !cuts.contains(&atom) =>
                {
                    last.high = range.high;
                }
                _ => found.push((range, edge)),
            }
        }
        found.retain(|(_, edge)| !edge.may.is_empty());
        found
    }

    /// What is said of each workload; those of a class share it.
    pub fn summaries(&self) -> Vec<Summary> {
        let each = self.classes.first.iter();
        let stranger = self.classes.of.len() - 1;
        each.filter(|first| **first != stranger).map(|first| self.summary(*first)).collect()
    }

    /// What is said of a workload.
    pub fn summary(&self, workload: usize) -> Summary {
        let own = Peer::Workload(workload);
        let [egress, ingress] = Direction::BOTH;
        Summary {
            isolated: Direction::BOTH.map(|direction| self.isolated(workload, direction)),
            any_pod: [self.edge(own, Peer::AnyPod), self.edge(Peer::AnyPod, own)],
            outside: [self.outside_edges(own, egress), self.outside_edges(own, ingress)],
        }
    }
}
