//! Why a call gets through or not: the same decision as in `call`, once more and with its places, in
//! the order in which a call passes them, absences included; and what the answer assumes.

use super::call::{Asks, Call, Caller, Decision, Situation, TUNNEL, Transport, Way};
use super::inbound::Carries;
use super::ports::Protocol;
use super::speech::Manner;
use super::trace::Reason;
use super::witness::Witness;
use super::{Graph, Peer};
use crate::input::source::Place;
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::graph::policy::Direction;
use crate::model::istio::authorization::evaluation::{Judge, Plane};
use crate::model::istio::authorization::{Action, Policy};
use crate::model::istio::flow::Flow;
use crate::model::istio::peer::{self, Mode};
use std::fmt;

/// What decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Network policies for the caller.
    Egress,
    /// Network policies for the destination.
    Ingress,
    /// What the policies at the waypoint before it decide.
    Waypoint,
    /// Whether the destination is part of the mesh.
    Enrolment,
    /// What its proxy accepts.
    Transport,
    /// What the policies there decide.
    Authorization,
}

impl Layer {
    /// A word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Egress => "egress",
            Self::Ingress => "ingress",
            Self::Waypoint => "waypoint",
            Self::Enrolment => "enrolment",
            Self::Transport => "transport",
            Self::Authorization => "authorization",
        }
    }
}

/// One thing that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Because {
    /// The layer.
    pub layer: Layer,
    /// What it does.
    pub reason: Reason,
    /// The index in the root of the object that says so.
    pub resource: usize,
    /// Where it says so; for something absent the header of the labels of the pods that lack it.
    pub place: Place,
}

/// What an answer assumes that no manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Assumption {
    /// No further network policies are for the workload.
    NoNetworkPolicy,
    /// The namespace is not declared here, so nobody says whether its pods are part of the mesh.
    Enrolment,
    /// No `PeerAuthentication` is written elsewhere.
    NoPeerAuthentication,
    /// No `AuthorizationPolicy` is written elsewhere.
    NoAuthorizationPolicy,
    /// The caller goes past its own proxy.
    PastItsProxy,
    /// The caller calls the pod by its address, past the waypoint of its Service.
    PastTheWaypoint,
    /// The caller is a workload of the mesh.
    OfTheMesh,
    /// The caller holds a token of this issuer.
    Token(String),
    /// The port carries requests, which nobody says.
    Requests,
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNetworkPolicy => f.write_str("no network policy for it is written elsewhere"),
            Self::Enrolment => f.write_str(
                "its namespace is not declared here, so whether its pods are in the mesh is not known",
            ),
            Self::NoPeerAuthentication => {
                f.write_str("no PeerAuthentication for it is written elsewhere")
            }
            Self::NoAuthorizationPolicy => {
                f.write_str("no AuthorizationPolicy for it is written elsewhere")
            }
            Self::PastTheWaypoint => {
                f.write_str("the caller calls the pod by its address, past its Service's waypoint")
            }
            Self::PastItsProxy => f.write_str("the caller goes past its own proxy"),
            Self::OfTheMesh => f.write_str("the caller is a workload of the mesh"),
            Self::Token(issuer) => write!(f, "the caller holds a token of {issuer}"),
            Self::Requests => f.write_str("the port carries HTTP, which its Service does not say"),
        }
    }
}

/// An answer with its reasons.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The answer.
    pub decision: Decision,
    /// What decides, from the caller to the destination.
    pub because: Vec<Because>,
    /// What it assumes, each once.
    pub assumes: Vec<Assumption>,
}

impl Graph<'_> {
    /// Answers a call and says why.
    pub fn explain(&self, call: &Call<'_>) -> Explanation {
        let decision = self.call(call);
        let mut told = Told { because: Vec::new(), assumes: Vec::new() };
        let (situation, way) = self.told_way(call, &decision);
        self.network(call, &way, &mut told);
        let network_refuses =
            self.why(call.from, call.to, call.protocol, travels(call, &way)).0 == Truth::False;
        if let Peer::Workload(to) = call.to
            && call.from != call.to
            && !network_refuses
        {
            self.enrolment(to, situation, &mut told);
            self.transport(to, call, situation, &mut told);
            let mutual = way.transport != Transport::Plaintext;
            let refused = situation.mode == Mode::Strict && !mutual;
            if let (Some(plane), false) = (situation.plane, refused) {
                self.authorization(to, call, plane, &way, &mut told);
            }
        }
        if decision.allowed != Truth::False {
            self.assume_of_caller(call, &way, &mut told);
        }
        told.assumes.sort_unstable();
        told.assumes.dedup();
        Explanation { decision, because: told.because, assumes: told.assumes }
    }

    /// The situation and way to tell of: the one that gets through, or else the one that comes
    /// furthest.
    fn told_way(&self, call: &Call<'_>, decision: &Decision) -> (Situation, Way) {
        let situations = self.situations(call.to, call.protocol, call.port);
        let cells = self.cells(call.from, call.to);
        let mut best: Option<((u8, usize), (Situation, Way))> = None;
        for situation in situations {
            for (at, manner) in self.manners(call, situation).0.into_iter().enumerate() {
                let (truth, way) = self.in_manner(call, situation, &manner, &cells);
                let wanted = decision.way.is_some() && way == decision.way;
                let rank = match (wanted, truth) {
                    (true, _) => 0,
                    (_, Truth::True) => 1,
                    (_, Truth::Unknown) => 2,
                    _ => 2 + self.refusal(call, situation, &manner),
                };
                if best.as_ref().is_none_or(|(known, _)| (rank, at) < *known) {
                    let (transport, caller) = (manner.transport, manner.caller.clone());
                    let plain = Way { transport, caller, ..Way::plaintext() };
                    best = Some(((rank, at), (situation, way.unwrap_or(plain))));
                }
            }
        }
        best.map_or((Situation::BARE, Way::plaintext()), |(_, found)| found)
    }

    /// How early a call is refused: 1 by policies, 2 by the proxy's mode, 3 by network policies.
    fn refusal(&self, call: &Call<'_>, situation: Situation, manner: &Manner) -> u8 {
        let mutual = manner.transport != Transport::Plaintext;
        let cells = self.cells(call.from, call.to);
        let (protocol, port) = match manner.transport {
            Transport::Tunnel => (Protocol::Tcp, TUNNEL),
            _ => (call.protocol, call.port),
        };
        if self.open(&cells, protocol, port) == Truth::False {
            3
        } else if mutual == (situation.mode == Mode::Disable)
            || !mutual && situation.mode == Mode::Strict
        {
            2
        } else {
            1
        }
    }

    fn network(&self, call: &Call<'_>, way: &Way, told: &mut Told) {
        let (_, steps) = self.why(call.from, call.to, call.protocol, travels(call, way));
        for step in steps {
            let layer = match step.direction {
                Direction::Egress => Layer::Egress,
                Direction::Ingress => Layer::Ingress,
            };
            if step.reason == Reason::NoPolicy {
                let end = if layer == Layer::Egress { call.from } else { call.to };
                self.assume(end, Assumption::NoNetworkPolicy, told);
            }
            let (reason, resource, place) = (step.reason, step.resource, step.place);
            told.because.push(Because { layer, reason, resource, place });
        }
    }

    /// Assumes something about what is written for a workload, unless all of its namespace is.
    fn assume(&self, end: Peer, assumption: Assumption, told: &mut Told) {
        let Peer::Workload(at) = end else { return };
        let cluster = self.root.cluster();
        if !cluster.closed(&cluster.workloads[at].home) {
            told.assumes.push(assumption);
        }
    }

    /// The header of the labels of a workload's pods.
    fn pods(&self, workload: usize) -> (usize, Place) {
        let workload = &self.root.cluster().workloads[workload];
        (workload.resource, workload.template.key("metadata").key("labels").header())
    }

    /// Whether a proxy of the mesh stands before the port, and what says so.
    fn enrolment(&self, to: usize, situation: Situation, told: &mut Told) {
        let (cluster, mesh) = (self.root.cluster(), self.root.mesh());
        let workload = &cluster.workloads[to];
        let enrolled = self.enrolled(to);
        if !self.has_mesh() && enrolled != Truth::True {
            return;
        }
        let pod = mesh.pod(cluster, workload);
        let (sidecar, ambient) = (pod.sidecar(), pod.ambient());
        let decision = match situation.plane {
            Some(Plane::Ztunnel) => ambient,
            None if sidecar.truth == Truth::False && ambient.truth != Truth::False => ambient,
            _ => sidecar,
        };
        let namespace = cluster.namespace(&workload.home).and_then(|one| one.resource);
        let (mut resource, mut place) = match (decision.at, namespace) {
            (Some(at), _) => (workload.resource, at.focus()),
            (None, Some(namespace)) => (namespace, self.root.resources[namespace].header),
            (None, None) => self.pods(to),
        };
        let reason = match (situation.plane, enrolled) {
            (_, Truth::Unknown) => Reason::Unknown,
            (Some(_), _) => Reason::InMesh,
            (None, Truth::False) => Reason::OutsideMesh,
            (None, _) => Reason::Uncaptured,
        };
        if reason == Reason::Uncaptured {
            let annotations = workload.template.key("metadata").key("annotations");
            let lists = ["excludeInboundPorts", "includeInboundPorts"];
            let written =
                lists.map(|key| annotations.key(&format!("traffic.sidecar.istio.io/{key}")));
            if let Some(at) = written.iter().find(|at| at.absent() == Truth::False) {
                (resource, place) = (workload.resource, at.focus());
            }
        }
        if namespace.is_none() && enrolled == Truth::Unknown {
            told.assumes.push(Assumption::Enrolment);
        }
        told.because.push(Because { layer: Layer::Enrolment, reason, resource, place });
    }

    /// Whether anything of a mesh is written in the root.
    fn has_mesh(&self) -> bool {
        let mesh = self.root.mesh();
        !mesh.peers.is_empty() || !mesh.policies.is_empty() || !mesh.configs.is_empty()
    }

    fn transport(&self, to: usize, call: &Call<'_>, situation: Situation, told: &mut Told) {
        let Some(plane) = situation.plane else { return };
        let reason = match situation.mode {
            Mode::Strict => Reason::MutualOnly,
            Mode::Permissive => Reason::Both,
            Mode::Disable => Reason::PlaintextOnly,
        };
        let profile = self.inbound().of(to);
        let ambient = plane == Plane::Ztunnel;
        let effective = peer::effective(&profile.peers, Some(call.port), ambient);
        let reason = if effective.mode.is_none() { Reason::Unknown } else { reason };
        let because =
            |(resource, place)| Because { layer: Layer::Transport, reason, resource, place };
        if effective.deciding.is_empty() {
            self.assume(Peer::Workload(to), Assumption::NoPeerAuthentication, told);
            told.because.push(because(self.pods(to)));
        }
        for resource in effective.deciding {
            let spec = self.root.cursor(self.root.resources[resource]).key("spec");
            let own = spec.key("portLevelMtls").key(&call.port.to_string()).key("mode");
            let whole = spec.key("mtls").key("mode");
            let at: Cursor<'_> = if own.absent() == Truth::False { own } else { whole };
            told.because.push(because((resource, at.focus())));
        }
    }

    fn authorization(&self, to: usize, call: &Call<'_>, plane: Plane, way: &Way, told: &mut Told) {
        let (mesh, profile) = (self.root.mesh(), self.inbound().of(to));
        let attached = profile.policies.iter();
        let own: Vec<(&Policy<'_>, Truth)> =
            attached.map(|(at, here)| (&mesh.policies[*at as usize].policy, *here)).collect();
        let waypoint = self.waypoints(to, call.port).into_iter();
        let mut waypoint =
            waypoint.filter(|one| way.waypoint.is_some() && one.resource == way.waypoint);
        let Some(waypoint) = waypoint.next() else {
            let layer = Layer::Authorization;
            return self.judged(to, call, plane, way, (layer, &own), told);
        };
        let before = self.at_waypoint(&waypoint);
        self.judged(to, call, Plane::Proxy, way, (Layer::Waypoint, &before), told);
        let caller = Caller::Known {
            domain: "cluster.local".to_owned(),
            namespace: waypoint.namespace,
            account: waypoint.name,
        };
        let second = Way { caller, request: None, ..way.clone() };
        self.judged(to, call, plane, &second, (Layer::Authorization, &own), told);
    }

    /// The policies of one proxy that decide.
    fn judged(
        &self,
        to: usize,
        call: &Call<'_>,
        proxy: Plane,
        way: &Way,
        (layer, policies): (Layer, &[(&Policy<'_>, Truth)]),
        told: &mut Told,
    ) {
        let (mesh, profile) = (self.root.mesh(), self.inbound().of(to));
        let judge = Judge { plane: proxy, domains: &mesh.domains };
        let reads = !matches!(profile.carries(call.port), Carries::Bytes | Carries::Tls);
        let plain =
            Witness { method: "GET".to_owned(), path: "/".to_owned(), ..Witness::default() };
        let stated = match &call.asks {
            Asks::Request(request) | Asks::Rewritten(request) => Some(Witness::of(request)),
            Asks::Bytes => None,
            Asks::Anything | Asks::WithToken => way.request.clone().or(Some(plain)),
        };
        let witness = stated.filter(|_| reads && proxy == Plane::Proxy);
        let address = self.address(call.from);
        let mut flow = Flow {
            identity: way.caller.identity(),
            address: address.as_deref(),
            port: call.port,
            request: witness.as_ref().map(Witness::request),
            ..Flow::default()
        };
        flow.unclear.identity = way.caller == Caller::Unclear;
        let mut limited = false;
        for (action, word) in [
            (Action::Custom, Reason::Unknown),
            (Action::Deny, Reason::Denies),
            (Action::Allow, Reason::Allows),
        ] {
            if action == Action::Custom && proxy == Plane::Ztunnel {
                continue;
            }
            for (policy, here) in policies {
                let own = policy.namespace.as_deref();
                let here = here.and(policy.enforces(action));
                limited |= action == Action::Allow && here != Truth::False;
                for rule in policy.rules.iter().filter(|_| here != Truth::False) {
                    let matched = here.and(judge.rule(rule, action, &flow, own));
                    let reason = match matched {
                        Truth::True => word,
                        Truth::Unknown => Reason::Unknown,
                        Truth::False => continue,
                    };
                    let (resource, place) = (policy.resource, rule.at.focus());
                    told.because.push(Because { layer, reason, resource, place });
                    if matched == Truth::True && action != Action::Custom {
                        return;
                    }
                }
            }
        }
        for (policy, here) in policies {
            let here = here.and(policy.enforces(Action::Allow));
            if here != Truth::False {
                let reason = if here == Truth::True { Reason::Unmatched } else { Reason::Unknown };
                let (resource, place) = (policy.resource, policy.spec().header());
                told.because.push(Because { layer, reason, resource, place });
            }
        }
        if !limited {
            self.assume(Peer::Workload(to), Assumption::NoAuthorizationPolicy, told);
            let (resource, place) = self.pods(to);
            told.because.push(Because { layer, reason: Reason::NoPolicy, resource, place });
        }
    }

    fn assume_of_caller(&self, call: &Call<'_>, way: &Way, told: &mut Told) {
        match (call.from, &way.caller) {
            (Peer::Workload(from), Caller::Nobody)
                if call.from != call.to
                    && self.enrolled(from) == Truth::True
                    && self.bypasses(call) =>
            {
                told.assumes.push(Assumption::PastItsProxy);
            }
            (Peer::AnyPod, Caller::Stranger) => told.assumes.push(Assumption::OfTheMesh),
            _ => {}
        }
        if way.caller != Caller::Nobody && way.waypoint.is_none() && self.has_waypoint(call) {
            told.assumes.push(Assumption::PastTheWaypoint);
        }
        if let Some(token) = way.request.as_ref().and_then(|request| request.token.as_ref()) {
            told.assumes.push(Assumption::Token(token.issuer.clone()));
        }
        if let (Peer::Workload(to), Some(request)) = (call.to, &way.request)
            && self.carries(to, call.port) == Carries::Anything
            && !request.path.is_empty()
            && matches!(call.asks, Asks::Request(_))
        {
            told.assumes.push(Assumption::Requests);
        }
    }

    fn has_waypoint(&self, call: &Call<'_>) -> bool {
        matches!(call.to, Peer::Workload(to) if !self.waypoints(to, call.port).is_empty())
    }

    /// Whether plaintext comes only past the caller's own proxy.
    fn bypasses(&self, call: &Call<'_>) -> bool {
        let usual = Call { speaks: super::speech::Speaks::Usual, ..call.clone() };
        call.speaks == super::speech::Speaks::Any
            && self.call(&usual).way.is_none_or(|way| way.caller != Caller::Nobody)
    }
}

/// The port that network policies see.
fn travels(call: &Call<'_>, way: &Way) -> u16 {
    if way.transport == Transport::Tunnel { TUNNEL } else { call.port }
}

struct Told {
    because: Vec<Because>,
    assumes: Vec<Assumption>,
}
