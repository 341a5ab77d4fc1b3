//! Calls from outside by way of an entry: what the policies at its gateway decide, and then those at
//! the workload, for one request.

use super::call::{Asks, Call, Decision, TUNNEL, Transport, Way, agreed};
use super::entries::{Entry, Visitor};
use super::gates::{Gate, Served, Tls};
use super::inbound::{Carries, Issuers};
use super::ports::Protocol;
use super::rewrite::{Path, Rewrite};
use super::speech::Speaks;
use super::witness::{Question, Witness};
use super::{Graph, Peer};
use crate::model::fact::Truth;
use crate::model::istio::authorization::Policy;
use crate::model::istio::authorization::attachment::{Position, Proxy, attaches};
use crate::model::istio::authorization::evaluation::{Judge, Plane};
use crate::model::istio::flow::{Flow, Identity, Request};
use crate::model::kubernetes::namespace::Home;
use crate::model::selector::Labels;

/// A call from outside by one entry, one listener and one port of the workload.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The entry, by its index among those given.
    pub entry: usize,
    /// The listener, by its index in the entry's `gates`; none for an entry without.
    pub gate: Option<usize>,
    /// The port of the workload's pods.
    pub port: u16,
    /// Whether it gets through with neither certificate nor token (but what `asks` says), and how.
    pub decision: Decision,
    /// Whether the policies at the gateway alone let it through.
    pub gateway: Truth,
}

impl Graph<'_> {
    /// What gets in by each entry on TCP, for every listener and port.
    pub fn visits(&self, entries: &[Entry], asks: &Asks<'_>) -> Vec<Visit> {
        let mut found = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let ranges = entry.edge.may.of(Protocol::Tcp).to_vec();
            let gates: Vec<Option<usize>> = match entry.gates.len() {
                0 => vec![None],
                count => (0..count).map(Some).collect(),
            };
            for port in ranges.into_iter().flat_map(|(low, high)| low..=high) {
                for &gate in &gates {
                    let (decision, gateway) =
                        self.visit(entry, gate.map(|gate| &entry.gates[gate]), port, asks);
                    found.push(Visit { entry: at, gate, port, decision, gateway });
                }
            }
        }
        found
    }

    /// What gets in by one listener of an entry, by whichever of its rules, and whether its gateway
    /// alone lets it through.
    fn visit(
        &self,
        entry: &Entry,
        gate: Option<&Gate>,
        port: u16,
        asks: &Asks<'_>,
    ) -> (Decision, Truth) {
        let Some(gate) = gate else {
            let decision = self.arrives(entry, None, port, asks);
            return (decision, Truth::True);
        };
        let read = gate.tls != Tls::Passthrough && !matches!(asks, Asks::Bytes);
        let mut best: Option<(Decision, Truth)> = None;
        for rewrite in &entry.rewrites {
            let found = if read && !rewrite.keeps() {
                self.rewritten(entry, gate, port, asks, rewrite)
            } else {
                self.unchanged(entry, gate, port, asks)
            };
            let better = best.as_ref().is_none_or(|(known, _)| {
                known.allowed == Truth::False && found.0.allowed != Truth::False
                    || known.allowed != Truth::True && found.0.allowed == Truth::True
            });
            if better {
                best = Some(found);
            }
        }
        best.unwrap_or_else(|| self.unchanged(entry, gate, port, asks))
    }

    /// By a rule that rewrites paths: the gateway sees the path that was sent, the workload another
    /// one. What surely gets in is shown by a request that does; where none is found and each end lets
    /// something through, it is unknown.
    fn rewritten(
        &self,
        entry: &Entry,
        gate: &Gate,
        port: u16,
        asks: &Asks<'_>,
        rewrite: &Rewrite,
    ) -> (Decision, Truth) {
        let behind = |request: &Request<'_>| match rewrite.apply(request.path) {
            Path::Elsewhere => None,
            Path::Known(path) => {
                let request = Request { path: &path, ..request.clone() };
                Some(self.arrives(entry, Some(gate), port, &Asks::Request(request)))
            }
            Path::Unknown => {
                Some(self.arrives(entry, Some(gate), port, &Asks::Rewritten(request.clone())))
            }
        };
        let (gateway, witness) = self.passes(gate, asks);
        let mut free = self.arrives(entry, Some(gate), port, asks);
        if let Asks::Request(request) = asks {
            let mut decision = behind(request).unwrap_or_else(|| {
                free.allowed = Truth::False;
                free.clone()
            });
            decision.allowed = decision.allowed.and(gateway);
            if decision.allowed == Truth::False {
                decision.way = None;
            }
            return (decision, gateway);
        }
        let wanted = free.way.as_ref().and_then(|way| way.request.clone());
        let source = wanted.as_ref().and_then(|wanted| rewrite.source(&wanted.path));
        let plain =
            Witness { method: "GET".to_owned(), path: "/".to_owned(), ..Witness::default() };
        let mut tries = Vec::new();
        for one in [wanted, witness, Some(plain)].into_iter().flatten() {
            let paths = [source.as_deref(), rewrite.sample(), Some(one.path.as_str())];
            let paths = paths.into_iter().flatten();
            tries.extend(paths.map(|path| Witness { path: path.to_owned(), ..one.clone() }));
        }
        for one in tries {
            let request = one.request();
            let (passes, _) = self.passes(gate, &Asks::Request(request.clone()));
            if passes == Truth::True
                && let Some(decision) = behind(&request)
                && decision.allowed == Truth::True
            {
                return (decision, gateway);
            }
        }
        free.allowed = free.allowed.and(gateway).and(Truth::Unknown);
        if free.allowed == Truth::False {
            free.way = None;
        }
        (free, gateway)
    }

    /// By a rule that leaves paths as they are.
    fn unchanged(
        &self,
        entry: &Entry,
        gate: &Gate,
        port: u16,
        asks: &Asks<'_>,
    ) -> (Decision, Truth) {
        let (gateway, witness) = self.passes(gate, asks);
        let asked = |witness: &Option<Witness>| match (asks, witness) {
            (Asks::Anything | Asks::WithToken, Some(witness)) => Some(witness.clone()),
            _ => None,
        };
        let stated = asked(&witness);
        let mut decision = match &stated {
            Some(witness) => {
                self.arrives(entry, Some(gate), port, &Asks::Request(witness.request()))
            }
            None => self.arrives(entry, Some(gate), port, asks),
        };
        let mut passes = gateway;
        if decision.allowed != Truth::True && stated.is_some() {
            // Perhaps the gateway lets through what the workload wants.
            let other = self.arrives(entry, Some(gate), port, asks);
            let wanted = other.way.as_ref().and_then(|way| asked(&way.request));
            if let Some(wanted) = wanted {
                let (truth, _) = self.passes(gate, &Asks::Request(wanted.request()));
                if truth.and(other.allowed) == Truth::True {
                    (decision, passes) = (other, truth);
                } else if gateway.and(other.allowed) != Truth::False {
                    // Each lets something through; whether it is the same was not found out.
                    (decision, passes) = (other, Truth::Unknown);
                }
            }
        }
        decision.allowed = decision.allowed.and(passes);
        if decision.allowed == Truth::False {
            decision.way = None;
        }
        (decision, gateway)
    }

    /// Whether a listener lets a caller without certificate through, and with which request.
    fn passes(&self, gate: &Gate, asks: &Asks<'_>) -> (Truth, Option<Witness>) {
        let (mesh, cluster) = (self.root.mesh(), self.root.cluster());
        let known = match gate.tls {
            Tls::Mutual => return (Truth::False, None),
            Tls::Unknown => Truth::Unknown,
            _ => Truth::True,
        };
        let carries = match gate.tls {
            Tls::Passthrough => Carries::Tls,
            Tls::Unknown => Carries::Unknown,
            _ => Carries::Requests,
        };
        let mut answers = Vec::new();
        let mut witness = None;
        let mut ask = |policies: &[(&Policy<'_>, Truth)], issuers: &Issuers, port: Option<u16>| {
            let judge = Judge { plane: Plane::Proxy, domains: &mesh.domains };
            let question = Question { judge, policies, issuers, carries, asks };
            let flow = Flow { port: port.unwrap_or_default(), ..Flow::default() };
            let (truth, found) = question.answer(&flow);
            answers.push(truth);
            witness = witness.take().or(found);
        };
        match &gate.kind {
            Served::Foreign => {
                if let Asks::Request(request) = asks {
                    witness = Some(Witness::of(request));
                }
                answers.push(Truth::True);
            }
            Served::Selected if gate.workloads.is_empty() => {
                // Its pods are written elsewhere, and perhaps policies for them.
                answers.push(Truth::True);
            }
            Served::Selected => {
                for &at in &gate.workloads {
                    let profile = self.inbound().of(at);
                    let attached = profile.policies.iter();
                    let policies: Vec<(&Policy<'_>, Truth)> = attached
                        .map(|(at, here)| (&mesh.policies[*at as usize].policy, *here))
                        .collect();
                    let targets = cluster.services.iter().find_map(|service| {
                        let workload = &cluster.workloads[at];
                        let selector = service.selector.as_ref()?;
                        let here = selector.matches(&workload.labels);
                        let same = here.and(service.home.same(&workload.home)) == Truth::True;
                        let port = service.ports.iter().find(|one| one.number == gate.port);
                        port.filter(|_| same)?.number_on(workload)
                    });
                    ask(&policies, &profile.issuers, targets.or(gate.port));
                }
            }
            Served::Managed(namespace, _) => {
                let gateway = self.root.cursor(self.root.resources[gate.resource]);
                let name = gateway.key("metadata").key("name").text().unwrap_or_default();
                let mut labels =
                    Labels::read(gateway.key("spec").key("infrastructure").key("labels"));
                let own = "gateway.networking.k8s.io/gateway-name";
                labels.set(own, crate::model::selector::Label::Known(name.clone()));
                let home = Home::Named(namespace.as_str().into());
                let here = |spec, other: &Home<'_>| {
                    let (same, root) = (other.same(&home), mesh.is_root(other));
                    let proxy = Proxy::Gateway { name: &name, labels: &labels };
                    attaches(spec, Position { same, root }, proxy)
                };
                let attached = mesh
                    .policies
                    .iter()
                    .map(|one| (&one.policy, here(one.policy.spec(), &one.home).and(one.present)));
                let policies: Vec<(&Policy<'_>, Truth)> =
                    attached.filter(|one| one.1 != Truth::False).collect();
                let tokens = mesh.tokens.iter().enumerate();
                let tokens: Vec<(u32, Truth)> = tokens
                    .map(|(at, one)| (at as u32, here(one.spec(), &one.home).and(one.present)))
                    .filter(|one| one.1 != Truth::False)
                    .collect();
                ask(&policies, &Issuers::read(mesh, &tokens), gate.port);
            }
        }
        (agreed(answers).unwrap_or(Truth::Unknown).and(known), witness)
    }

    /// Whether a call that the entry's gateway passes on gets through at the workload. Without a
    /// gateway it comes from outside, as nobody.
    fn arrives(&self, entry: &Entry, gate: Option<&Gate>, port: u16, asks: &Asks<'_>) -> Decision {
        let to = Peer::Workload(entry.workload);
        let tls = gate.is_some_and(|gate| gate.tls == Tls::Passthrough);
        let asks = if tls { Asks::Bytes } else { asks.clone() };
        let base = Call { asks, ..Call::new(Peer::AnyPod, to, port) };
        let every = [self.grid.all(), self.grid.all()];
        let network = match (
            entry.edge.must.holds(Protocol::Tcp, port),
            entry.edge.may.holds(Protocol::Tcp, port),
        ) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        };
        let as_account = |namespace: &str, account: &str| {
            let identity = Identity { trust_domain: "cluster.local", namespace, account };
            self.answer(&Call { speaks: Speaks::As(identity), ..base.clone() }, &every)
        };
        let plain = || self.answer(&Call { speaks: Speaks::Plaintext, ..base.clone() }, &every);
        let unclear = || self.answer(&Call { speaks: Speaks::Someone, ..base.clone() }, &every);
        let mut decision = match (entry.visitor, gate.map(|gate| &gate.kind), gate) {
            (Visitor::Internet, _, _) => plain(),
            (_, Some(Served::Managed(namespace, account)), _) => as_account(namespace, account),
            (_, Some(Served::Selected), Some(gate)) if !gate.workloads.is_empty() => {
                let each = gate.workloads.iter().map(|at| {
                    let usual =
                        Call { from: Peer::Workload(*at), speaks: Speaks::Usual, ..base.clone() };
                    self.answer(&usual, &every)
                });
                joined(each.collect()).unwrap_or_else(unclear)
            }
            // A gateway of the mesh whose account is not written, or an ingress controller that may
            // be part of the mesh.
            (_, Some(Served::Selected), _) => unclear(),
            _ if self.accepts(to, Protocol::Tcp, port).plaintext == Truth::True => {
                let plain = plain();
                if plain.allowed == Truth::True {
                    plain
                } else {
                    joined(vec![plain, unclear()]).unwrap_or_else(unclear)
                }
            }
            _ => joined(vec![plain(), unclear()]).unwrap_or_else(unclear),
        };
        let tunnelled = decision.way.as_ref().is_some_and(|way| way.transport == Transport::Tunnel);
        let network = if tunnelled {
            let sources = entry
                .sources
                .iter()
                .map(|from| self.open(&self.cells(*from, to), Protocol::Tcp, TUNNEL));
            Truth::any(sources)
        } else {
            network
        };
        decision.network = network;
        decision.allowed = decision.allowed.and(network);
        if decision.allowed == Truth::False {
            decision.way = None;
        }
        decision
    }
}

/// The answer of which one of these is the real one; none of none.
fn joined(decisions: Vec<Decision>) -> Option<Decision> {
    let allowed = agreed(decisions.iter().map(|one| one.allowed))?;
    let way: Option<Way> = decisions.iter().find_map(|one| one.way.clone());
    decisions.into_iter().next().map(|first| Decision { allowed, way, ..first })
}
