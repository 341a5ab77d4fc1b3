//! How a caller speaks: what it can send, and what its own proxy makes of it (`DestinationRule`,
//! automatic mutual TLS).

use super::call::{Call, Caller, Situation, Transport};
use super::waypoint::Waypoint;
use super::{Graph, Peer, inbound};
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::istio::authorization::evaluation::Plane;
use crate::model::istio::destination::{self, Candidate, Tls};
use crate::model::istio::flow::Identity;
use crate::model::istio::peer::Mode;

/// How a caller speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks<'c> {
    /// In every way it can, as an attacker would: in plaintext, and with its own identity where it
    /// is part of the mesh. A workload may go past its own proxy (by the pod's address, as the
    /// proxy's user, with the right to change its network), never past another's.
    Any,
    /// As its own proxy makes it speak, by `DestinationRule`s and automatic mutual TLS; in plaintext
    /// where it has none.
    Usual,
    /// In plaintext, or with TLS of its own.
    Plaintext,
    /// With the identity that it has in the mesh; not at all where it has none or the destination
    /// knows none.
    Own,
    /// With an identity of the mesh that no policy names; in plaintext where the destination knows
    /// no identities.
    Stranger,
    /// With an identity of the mesh that cannot be told; likewise.
    Someone,
    /// With this identity; in plaintext where the destination knows no identities.
    As(Identity<'c>),
}

/// One manner of speaking.
pub(super) struct Manner {
    pub transport: Transport,
    pub caller: Caller,
    /// Whether the caller can speak so.
    pub able: Truth,
    /// Whether a tunnel surely is one.
    pub tunnel_sure: bool,
    /// The waypoint through which it goes.
    pub waypoint: Option<Waypoint>,
}

impl Manner {
    fn plaintext(able: Truth) -> Self {
        let (transport, caller) = (Transport::Plaintext, Caller::Nobody);
        Self { transport, caller, able, tunnel_sure: true, waypoint: None }
    }
}

/// All that a `DestinationRule` which cannot be read may say.
const EVERY: [Option<Tls>; 4] =
    [None, Some(Tls::Disable), Some(Tls::Simple), Some(Tls::IstioMutual)];

impl Graph<'_> {
    /// The manners in which a call may be made to a destination in a situation, and whether the
    /// caller chooses among them.
    pub(super) fn manners(&self, call: &Call<'_>, situation: Situation) -> (Vec<Manner>, bool) {
        let mutual = |caller: Caller, able: Truth| {
            let (transport, tunnel_sure) = self.carrier(call.from, situation);
            Manner { transport, caller, able, tunnel_sure, waypoint: None }
        };
        // Who has no proxy, or asks one for plaintext, shows no identity.
        let fallback = || situation.plane.is_none() || situation.mode == Mode::Disable;
        let waypoints = match (situation.plane, call.to) {
            (Some(Plane::Ztunnel), Peer::Workload(to)) => self.waypoints(to, call.port),
            _ => Vec::new(),
        };
        let through = |own: &Manner, able: Truth| {
            let one = |waypoint: &Waypoint| Manner {
                waypoint: Some(waypoint.clone()),
                caller: own.caller.clone(),
                able,
                ..*own
            };
            waypoints.iter().map(one).collect::<Vec<_>>()
        };
        let mut manners = match call.speaks {
            Speaks::Plaintext => vec![Manner::plaintext(Truth::True)],
            Speaks::Stranger | Speaks::Someone | Speaks::As(_) if fallback() => {
                vec![Manner::plaintext(Truth::True)]
            }
            Speaks::Stranger => vec![mutual(Caller::Stranger, Truth::True)],
            Speaks::Someone => vec![mutual(Caller::Unclear, Truth::True)],
            Speaks::As(identity) => vec![mutual(Caller::of(identity), Truth::True)],
            Speaks::Own => {
                let (caller, able) = self.identity(call.from);
                let known = able != Truth::False && !fallback();
                known.then(|| mutual(caller, able)).into_iter().collect()
            }
            Speaks::Any => {
                let mut found = vec![Manner::plaintext(Truth::True)];
                let (caller, able) = self.identity(call.from);
                if able != Truth::False && !fallback() {
                    found.push(mutual(caller, able));
                }
                found
            }
            Speaks::Usual => {
                let (caller, member) = self.identity(call.from);
                let mut found = Vec::new();
                if member != Truth::True {
                    found.push(Manner::plaintext(Truth::True));
                }
                if member != Truth::False {
                    for tls in self.client(call) {
                        found.push(match tls {
                            None if fallback() => Manner::plaintext(Truth::True),
                            None | Some(Tls::IstioMutual) => mutual(caller.clone(), Truth::True),
                            Some(_) => Manner::plaintext(Truth::True),
                        });
                    }
                }
                if waypoints.iter().any(|one| one.sure == Truth::True) && self.tunnels(call.from) {
                    found.retain(|manner| manner.transport == Transport::Plaintext);
                    let own = mutual(caller, Truth::True);
                    found.extend(through(&own, Truth::True));
                } else if let Some(own) =
                    found.iter().position(|one| one.transport != Transport::Plaintext)
                {
                    found.extend(through(&found[own], Truth::True));
                }
                return (found, false);
            }
        };
        // Whoever has an identity may call the pod by its address, or the Service.
        let own = manners.iter().find(|one| one.transport != Transport::Plaintext);
        let others = own.map(|own| through(own, own.able));
        manners.extend(others.into_iter().flatten());
        (manners, true)
    }

    /// Whether a caller surely calls Services by their waypoints: as a member of the ambient mesh.
    fn tunnels(&self, from: Peer) -> bool {
        match from {
            Peer::Workload(at) => self.inbound().of(at).planes == [Some(Plane::Ztunnel)],
            Peer::AnyPod | Peer::Outside(_) => false,
        }
    }

    /// How mutual TLS travels: a node's proxy of the ambient mesh is spoken to in tunnels; it may
    /// speak so to sidecars, too.
    fn carrier(&self, from: Peer, situation: Situation) -> (Transport, bool) {
        if situation.plane == Some(Plane::Ztunnel) {
            return (Transport::Tunnel, true);
        }
        let ambient = |at: usize| self.inbound().of(at).planes.contains(&Some(Plane::Ztunnel));
        match from {
            Peer::Workload(at) if ambient(at) => (Transport::Tunnel, false),
            _ => (Transport::Mutual, true),
        }
    }

    /// The identity that a caller has in the mesh, and whether it has one.
    pub(super) fn identity(&self, from: Peer) -> (Caller, Truth) {
        match from {
            Peer::Outside(_) => (Caller::Nobody, Truth::False),
            Peer::AnyPod => (Caller::Stranger, Truth::Unknown),
            Peer::Workload(at) => {
                let workload = &self.root.cluster().workloads[at];
                let caller = match (workload.home.name(), workload.account.name()) {
                    (Some(namespace), Some(account)) => Caller::Known {
                        domain: "cluster.local".to_owned(),
                        namespace: namespace.to_owned(),
                        account: account.to_owned(),
                    },
                    _ => Caller::Unclear,
                };
                (caller, self.inbound().of(at).enrolled())
            }
        }
    }

    /// A word for the account of a workload's pods, by which the mesh tells callers apart.
    pub fn account(&self, workload: usize) -> String {
        self.identity(Peer::Workload(workload)).0.to_string()
    }

    /// The TLS that the caller's proxy may be told to speak by the `DestinationRule`s for the
    /// Services that lead to the port; none for automatic mutual TLS.
    fn client(&self, call: &Call<'_>) -> Vec<Option<Tls>> {
        let (Peer::Workload(from), Peer::Workload(to)) = (call.from, call.to) else {
            return vec![None];
        };
        let (cluster, mesh) = (self.root.cluster(), self.root.mesh());
        // The node's proxy knows no such rules.
        let planes = &self.inbound().of(from).planes;
        if mesh.destinations.is_empty() || !planes.contains(&Some(Plane::Proxy)) {
            return vec![None];
        }
        let Some(client) = cluster.workloads[from].home.name() else { return EVERY.to_vec() };
        let mut found = Vec::new();
        if planes.contains(&Some(Plane::Ztunnel)) {
            found.push(None);
        }
        for (at, here) in cluster.services_in(&cluster.workloads[to].home) {
            let service = &cluster.services[at];
            let leads = match &service.selector {
                Some(selector) => selector.matches(&cluster.workloads[to].labels).and(here),
                None => Truth::False,
            };
            if leads == Truth::False {
                continue;
            }
            if service.open_ports {
                found.extend(EVERY);
            }
            for port in &service.ports {
                let leads = leads.and(inbound::leads(port, &cluster.workloads[to], call.port));
                match (leads, service.home.name(), &service.name) {
                    (Truth::False, _, _) => {}
                    (Truth::True, Some(namespace), Some(name)) => {
                        let host = format!("{name}.{namespace}.svc.cluster.local");
                        found.extend(self.ruled(&host, client, namespace, port.number));
                    }
                    _ => found.extend(EVERY),
                }
            }
        }
        if found.is_empty() {
            found.push(None);
        }
        found.dedup();
        found
    }

    /// What the rule that a client uses for a host says of a port.
    fn ruled(
        &self,
        host: &str,
        client: &str,
        namespace: &str,
        port: Option<u16>,
    ) -> Vec<Option<Tls>> {
        let mesh = self.root.mesh();
        let (mut texts, mut rules) = (Vec::new(), Vec::new());
        let mut vague = false;
        for rule in &mesh.destinations {
            let home = rule.home.name();
            let written = rule.spec().key("host").text();
            let whole = written.and_then(|text| destination::whole_name(&text, home));
            let exports = rule.spec().key("exportTo").items();
            let exported: Option<Vec<_>> = exports.known.iter().map(Cursor::text).collect();
            match (home, whole, exported) {
                (Some(home), Some(whole), Some(exported))
                    if !exports.open && rule.present == Truth::True =>
                {
                    texts.push((home, whole, exported));
                    rules.push(rule.spec());
                }
                _ => vague = true,
            }
        }
        let lists: Vec<Vec<&str>> =
            texts.iter().map(|(_, _, to)| to.iter().map(|one| &**one).collect()).collect();
        let candidates: Vec<Candidate<'_>> = texts
            .iter()
            .zip(&lists)
            .map(|((namespace, host, _), export_to)| Candidate { namespace, host, export_to })
            .collect();
        let root = mesh.root.name().unwrap_or_default();
        let chosen = destination::choose(&candidates, host, client, Some(namespace), root);
        let setting = chosen.and_then(|at| destination::for_port(rules[at], None, port));
        let tls = match setting {
            None => None,
            Some(setting) if setting.tls.is_some() => setting.tls,
            Some(_) => return EVERY.to_vec(),
        };
        if vague { EVERY.to_vec() } else { vec![tls] }
    }
}
