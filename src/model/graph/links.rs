//! The edges of a graph as a list: ends with names, one link for each pair that may connect, and
//! the choice of some of them.

use super::addresses::Range;
use super::call::TUNNEL;
use super::policy::Direction;
use super::ports::{Connections, Protocol};
use super::{Edge, Graph, Peer};
use ipnet::IpNet;
use std::collections::HashMap;

/// A pair of ends that may connect.
#[derive(Clone, Debug)]
pub struct Link {
    /// The source.
    pub from: Peer,
    /// The destination.
    pub to: Peer,
    /// The addresses of the end that lies outside, if one does.
    pub outside: Option<Range>,
    /// The ports.
    pub edge: Edge,
}

/// Ends that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// `namespace/name`, `namespace/*`, or the name that a graph gives a workload.
    Workload(String),
    /// A pod of which nothing is known.
    AnyPod,
    /// Every address outside.
    Internet,
    /// Some addresses outside.
    Addresses(IpNet),
}

impl End {
    /// Reads `namespace/name`, `any-pod`, `internet`, or a CIDR or address.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "any-pod" => Some(Self::AnyPod),
            "internet" => Some(Self::Internet),
            _ => match crate::model::network::network(text) {
                Some(net) => Some(Self::Addresses(net)),
                None if text.contains('/') => Some(Self::Workload(text.to_owned())),
                None => None,
            },
        }
    }

    /// Whether a workload with this name is meant.
    pub fn means(&self, name: &str) -> bool {
        let Self::Workload(text) = self else { return false };
        match text.strip_suffix('*').filter(|start| start.ends_with('/')) {
            Some(start) => name.starts_with(start),
            None => name == text || name.split('[').next() == Some(text),
        }
    }

    /// Whether it is a set of addresses outside.
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Internet | Self::Addresses(_))
    }
}

/// Links that are wanted; none means all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The source.
    pub from: Option<End>,
    /// The destination.
    pub to: Option<End>,
    /// A port of the destination, of this protocol or of any.
    pub port: Option<(Option<Protocol>, u16)>,
}

impl Selection {
    /// Whether ports that are wanted are among these, which network policies leave open: through the
    /// mesh's tunnels every TCP port is reached.
    fn allows(&self, ports: &Connections) -> bool {
        let tcp =
            self.port.is_none_or(|(protocol, _)| protocol.is_none_or(|one| one == Protocol::Tcp));
        self.wants(ports) || tcp && ports.holds(Protocol::Tcp, TUNNEL)
    }

    /// Whether ports that are wanted are among these.
    pub fn wants(&self, ports: &Connections) -> bool {
        match self.port {
            None => true,
            Some((Some(protocol), port)) => ports.holds(protocol, port),
            Some((None, port)) => Protocol::ALL.iter().any(|one| ports.holds(*one, port)),
        }
    }
}

impl Graph<'_> {
    /// A name for each workload: `namespace/name`, with its kind where two would have the same.
    pub fn names(&self) -> Vec<String> {
        let root = self.root();
        let kind = |resource: usize| {
            root.resources[resource].object().map_or("", |object| object.kind.as_str())
        };
        let plain = root.cluster().workloads.iter().map(|workload| {
            let namespace = workload.home.assumed().unwrap_or("?");
            format!("{namespace}/{}", workload.name.as_deref().unwrap_or("?"))
        });
        let plain: Vec<String> = plain.collect();
        let mut times: HashMap<&str, usize> = HashMap::new();
        for name in &plain {
            *times.entry(name).or_default() += 1;
        }
        let mut used: HashMap<String, usize> = HashMap::new();
        let named = plain.iter().zip(&root.cluster().workloads).map(|(name, workload)| {
            let mut text = name.clone();
            if times[name.as_str()] > 1 {
                text = format!("{name}[{}]", kind(workload.resource));
                let seen = used.entry(text.clone()).or_default();
                *seen += 1;
                if *seen > 1 {
                    text = format!("{text}#{seen}");
                }
            }
            text
        });
        named.collect()
    }

    /// The links that are wanted, by source and destination in file order, addresses outside last.
    /// Links of a workload with itself are left out.
    pub fn links(&self, names: &[String], wanted: &Selection) -> Vec<Link> {
        let ends = self.ends(names, wanted.from.as_ref());
        let targets = self.ends(names, wanted.to.as_ref());
        let mut known: HashMap<(Option<u32>, Option<u32>), Edge> = HashMap::new();
        let mut found = Vec::new();
        for &from in &ends {
            for &to in targets.iter().filter(|to| **to != from) {
                let key = (self.class(from), self.class(to));
                let edge = known.entry(key).or_insert_with(|| self.edge(from, to));
                if !edge.may.is_empty() && wanted.allows(&edge.may) {
                    found.push(Link { from, to, outside: None, edge: edge.clone() });
                }
            }
            found.extend(self.outward(from, Direction::Egress, wanted));
        }
        for &to in &targets {
            found.extend(self.outward(to, Direction::Ingress, wanted));
        }
        found
    }

    /// Links with addresses outside.
    fn outward(&self, own: Peer, direction: Direction, wanted: &Selection) -> Vec<Link> {
        let other = match direction {
            Direction::Egress => &wanted.to,
            Direction::Ingress => &wanted.from,
        };
        let among = match other {
            None | Some(End::Internet) => None,
            Some(End::Addresses(net)) => Some(Range::of(*net)),
            Some(_) => return Vec::new(),
        };
        if own == Peer::AnyPod {
            return Vec::new();
        }
        let edges = self.outside_edges(own, direction).into_iter();
        let edges = edges.filter(|(range, edge)| {
            among.is_none_or(|among| among.meets(range)) && wanted.allows(&edge.may)
        });
        edges
            .map(|(range, edge)| {
                let far = Peer::Outside(self.atom(range.v6, range.low));
                let (from, to) = match direction {
                    Direction::Egress => (own, far),
                    Direction::Ingress => (far, own),
                };
                Link { from, to, outside: Some(range), edge }
            })
            .collect()
    }

    /// The ends inside the cluster that are wanted.
    pub(super) fn ends(&self, names: &[String], wanted: Option<&End>) -> Vec<Peer> {
        let workloads = &self.root().cluster().workloads;
        let all = (0..workloads.len()).map(Peer::Workload);
        match wanted {
            None => all.chain([Peer::AnyPod]).collect(),
            Some(End::AnyPod) => vec![Peer::AnyPod],
            Some(end @ End::Workload(_)) => {
                let found = (0..workloads.len()).filter(|at| end.means(&names[*at]));
                found.map(Peer::Workload).collect()
            }
            Some(End::Internet | End::Addresses(_)) => Vec::new(),
        }
    }
}
