//! What stands before a workload's pods: whether a proxy of the mesh, what it accepts, which policies
//! and verifiers of tokens are attached to it, and what each port carries. Found once for each root,
//! and shared by the workloads for which it is the same.

use super::call::Situation;
use super::ports::Protocol;
use super::{Graph, Peer};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::istio::authorization::evaluation::Plane;
use crate::model::istio::capture;
use crate::model::istio::mesh::Mesh;
use crate::model::istio::peer::{self, Candidate, Level, Mode};
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::pods::{Port, Workload};
use crate::model::kubernetes::service::{ServicePort, Target};
use crate::model::selector::Selector;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

/// What a port carries, as the Services that lead to it say ("Protocol selection").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Carries {
    /// HTTP requests.
    Requests,
    /// Bytes that no proxy reads.
    Bytes,
    /// The application's own TLS.
    Tls,
    /// Nobody says: proxies look at the first bytes.
    Anything,
    /// Cannot be told: what is said differs, or is unknown.
    Unknown,
}

/// What stands before the pods of a workload.
pub(super) struct Profile<'a> {
    /// The proxies that may serve them: none for no proxy.
    pub planes: Vec<Option<Plane>>,
    /// Whether they are a gateway's: its listeners speak their own TLS, whatever peers are asked
    /// for, and nothing is captured.
    gateway: Truth,
    /// The `PeerAuthentication`s that apply, or may.
    pub peers: Vec<Candidate<'a>>,
    /// `AuthorizationPolicy`s that attach, or may, by their index in the mesh.
    pub policies: Vec<(u32, Truth)>,
    /// The issuers whose tokens are verified.
    pub issuers: Issuers,
    /// The pods' annotations.
    annotations: Cursor<'a>,
    carries: Carried,
}

/// Issuers of tokens that a proxy verifies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Issuers {
    /// Issuers, with the audiences that they must name (none for any), and whether their verifier
    /// surely attaches.
    pub known: Vec<(String, Vec<String>, Truth)>,
    /// Whether there may be others.
    pub open: bool,
}

impl Issuers {
    /// Whether tokens are looked at.
    pub fn any(&self) -> Truth {
        let known = Truth::any(self.known.iter().map(|(_, _, sure)| *sure));
        if self.open { known.or(Truth::Unknown) } else { known }
    }

    /// The issuers of `RequestAuthentication`s that attach, or may.
    pub fn read(mesh: &Mesh<'_>, tokens: &[(u32, Truth)]) -> Self {
        let mut issuers = Self::default();
        for (at, here) in tokens {
            let rules = mesh.tokens[*at as usize].spec().key("jwtRules").items();
            issuers.open |= rules.open;
            for rule in rules.known {
                let audiences = rule.key("audiences").items();
                let texts: Option<Vec<String>> =
                    audiences.known.iter().map(|one| Some(one.text()?.into_owned())).collect();
                match (rule.key("issuer").text(), texts) {
                    (Some(issuer), Some(texts)) if !audiences.open => {
                        issuers.known.push((issuer.into_owned(), texts, *here));
                    }
                    _ => issuers.open = true,
                }
            }
        }
        issuers
    }
}

impl Profile<'_> {
    /// What a TCP port carries.
    pub fn carries(&self, port: u16) -> Carries {
        if self.carries.open {
            return Carries::Unknown;
        }
        self.carries.known.get(&port).copied().unwrap_or(Carries::Anything)
    }

    /// Ports that Services lead to.
    pub fn served(&self) -> impl Iterator<Item = u16> {
        self.carries.known.keys().copied()
    }

    /// Whether its pods are part of the mesh.
    pub fn enrolled(&self) -> Truth {
        match self.planes.as_slice() {
            [None] => Truth::False,
            planes if planes.contains(&None) => Truth::Unknown,
            _ => Truth::True,
        }
    }

    /// Whether a proxy captures a port, by the proxy.
    pub fn captured(&self, plane: Plane, protocol: Protocol, port: u16) -> Truth {
        match plane {
            Plane::Ztunnel => capture::ztunnel_captures(protocol.word()),
            Plane::Proxy => capture::sidecar_captures(self.annotations, port, protocol.word()),
        }
    }

    /// The situations in which a port may be.
    pub fn situations(&self, protocol: Protocol, port: u16) -> Vec<Situation> {
        let mut found: Vec<Situation> = Vec::new();
        let mut add = |one: Situation| {
            if !found.contains(&one) {
                found.push(one);
            }
        };
        for &plane in &self.planes {
            let Some(proxy) = plane else {
                add(Situation::BARE);
                continue;
            };
            if self.gateway != Truth::False && proxy == Plane::Proxy {
                add(Situation { plane, mode: Mode::Disable });
                if self.gateway == Truth::True {
                    continue;
                }
            }
            let captured = self.captured(proxy, protocol, port);
            if captured != Truth::True {
                add(Situation::BARE);
            }
            if captured == Truth::False {
                continue;
            }
            let ambient = proxy == Plane::Ztunnel;
            match peer::effective(&self.peers, Some(port), ambient).mode {
                Some(mode) => add(Situation { plane, mode }),
                None => [Mode::Strict, Mode::Permissive, Mode::Disable]
                    .into_iter()
                    .filter(|mode| !ambient || *mode != Mode::Disable)
                    .for_each(|mode| add(Situation { plane, mode })),
            }
        }
        found
    }

    /// Ports that something here tells from the others.
    pub fn ports(&self, mesh: &Mesh<'_>) -> BTreeSet<u16> {
        let mut found: BTreeSet<u16> = self.carries.known.keys().copied().collect();
        if self.planes == [None] {
            return found;
        }
        let written = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port > 0);
        found.extend(capture::NEVER);
        for candidate in &self.peers {
            let (ports, _) = candidate.spec.key("portLevelMtls").entries();
            found.extend(ports.iter().filter_map(|(key, _)| written(key)));
        }
        for (at, _) in &self.policies {
            found.extend(mesh.policies[*at as usize].policy.ports());
        }
        for key in ["excludeInboundPorts", "includeInboundPorts"] {
            let list = self.annotations.key(&format!("traffic.sidecar.istio.io/{key}")).text();
            found.extend(list.iter().flat_map(|text| text.split(',')).filter_map(written));
        }
        found
    }
}

/// The profiles of a root's workloads.
pub(super) struct Inbound<'a> {
    of: Vec<u32>,
    profiles: Vec<Profile<'a>>,
}

impl<'a> Inbound<'a> {
    /// Reads what stands before each workload.
    pub fn new(cluster: &Cluster<'a>, mesh: &Mesh<'a>) -> Self {
        let count = cluster.workloads.len();
        let peers = peers(cluster, mesh);
        let mut policies: Vec<Vec<(u32, Truth)>> = vec![Vec::new(); count];
        for (at, one) in mesh.policies.iter().enumerate() {
            for (workload, here) in mesh.workloads(cluster, one.policy.spec(), &one.home) {
                add(&mut policies[workload], at, here.and(one.present));
            }
        }
        let mut tokens: Vec<Vec<(u32, Truth)>> = vec![Vec::new(); count];
        for (at, one) in mesh.tokens.iter().enumerate() {
            for (workload, here) in mesh.workloads(cluster, one.spec(), &one.home) {
                add(&mut tokens[workload], at, here.and(one.present));
            }
        }
        let carries = carries(cluster);
        let (mut of, mut profiles) = (Vec::with_capacity(count), Vec::new());
        let mut known: HashMap<String, u32> = HashMap::new();
        let parts = peers.into_iter().zip(policies).zip(tokens).zip(carries);
        for (workload, (((peers, policies), tokens), carries)) in
            cluster.workloads.iter().zip(parts)
        {
            let annotations = workload.template.key("metadata").key("annotations");
            let planes = planes(cluster, mesh, workload);
            let gateway = mesh.is_gateway(workload);
            let key =
                signature((&planes, gateway), &peers, &policies, &tokens, annotations, &carries);
            let at = *known.entry(key).or_insert_with(|| {
                let issuers = Issuers::read(mesh, &tokens);
                let profile =
                    Profile { planes, gateway, peers, policies, issuers, annotations, carries };
                profiles.push(profile);
                profiles.len() as u32 - 1
            });
            of.push(at);
        }
        Self { of, profiles }
    }

    /// What stands before a workload.
    pub fn of(&self, workload: usize) -> &Profile<'a> {
        &self.profiles[self.of[workload] as usize]
    }

    /// The number of a workload's profile.
    pub fn class(&self, workload: usize) -> u32 {
        self.of[workload]
    }
}

fn add(list: &mut Vec<(u32, Truth)>, at: usize, truth: Truth) {
    if truth != Truth::False {
        list.push((at as u32, truth));
    }
}

/// The proxies that may serve a workload.
fn planes<'a>(
    cluster: &Cluster<'a>,
    mesh: &Mesh<'a>,
    workload: &Workload<'a>,
) -> Vec<Option<Plane>> {
    let pod = mesh.pod(cluster, workload);
    let sidecar = pod.sidecar().truth;
    if sidecar == Truth::True {
        return vec![Some(Plane::Proxy)];
    }
    let ambient = pod.ambient().truth;
    if ambient == Truth::True {
        return vec![Some(Plane::Ztunnel)];
    }
    let mut found = vec![None];
    let possible = [(sidecar, Plane::Proxy), (ambient, Plane::Ztunnel)];
    found.extend(possible.iter().filter(|one| one.0 != Truth::False).map(|one| Some(one.1)));
    found
}

/// The `PeerAuthentication`s of each workload, as `Mesh::candidates` has them.
fn peers<'a>(cluster: &Cluster<'a>, mesh: &Mesh<'a>) -> Vec<Vec<Candidate<'a>>> {
    let mut found: Vec<Vec<Candidate<'a>>> = vec![Vec::new(); cluster.workloads.len()];
    for item in &mesh.peers {
        let spec = item.spec();
        let (root, selects) = (mesh.is_root(&item.home), peer::has_selector(spec));
        let selector = Selector::read(spec.key("selector"));
        let hits = if root == Truth::False {
            cluster.workloads_in(&item.home).into_iter().map(|(at, _)| at).collect()
        } else {
            (0..cluster.workloads.len()).collect::<Vec<_>>()
        };
        for at in hits {
            let workload = &cluster.workloads[at];
            let same = item.home.same(&workload.home).and(!root);
            let matches = match &selector {
                Some(selector) if selects != Truth::False => selector.matches(&workload.labels),
                _ => Truth::True,
            };
            for (level, here) in [
                (Level::Mesh, root.and(!selects)),
                (Level::Namespace, same.and(!selects)),
                (Level::Workload, same.and(selects).and(matches)),
            ] {
                let applies = here.and(item.present);
                if applies != Truth::False {
                    found[at].push(Candidate { resource: item.resource, level, applies, spec });
                }
            }
        }
    }
    found
}

/// What the ports of a workload carry.
#[derive(Clone, Debug, Default)]
struct Carried {
    known: BTreeMap<u16, Carries>,
    /// Whether a Service may lead to ports that cannot be told.
    open: bool,
}

/// What each workload's ports carry.
fn carries(cluster: &Cluster<'_>) -> Vec<Carried> {
    let mut found = vec![Carried::default(); cluster.workloads.len()];
    for service in &cluster.services {
        for (workload, here) in cluster.targets(service) {
            let carried = &mut found[workload];
            carried.open |= service.open_ports;
            for port in &service.ports {
                if port.protocol.as_deref().is_some_and(|protocol| protocol != "TCP") {
                    continue;
                }
                let to = &cluster.workloads[workload];
                let Some(number) = port.number_on(to) else {
                    carried.open |= is_vague(port, to);
                    continue;
                };
                let sure = here.and(service.present) == Truth::True && port.protocol.is_some();
                let own = if sure { self::carried(port) } else { Carries::Unknown };
                let known = carried.known.entry(number).or_insert(own);
                if *known != own {
                    *known = Carries::Unknown;
                }
            }
        }
    }
    found
}

/// Whether a Service's port, which leads to no known number of a workload, may lead to any.
fn is_vague(port: &ServicePort<'_>, to: &Workload<'_>) -> bool {
    let vague = |own: &Port<'_>| own.open_name || own.number.is_none();
    port.target == Target::Unknown || to.open_ports || to.ports.iter().any(vague)
}

/// Whether a Service's port leads to a port of a workload's pods.
pub(super) fn leads(port: &ServicePort<'_>, to: &Workload<'_>, number: u16) -> Truth {
    match port.number_on(to) {
        Some(own) => Truth::of(own == number),
        None if is_vague(port, to) => Truth::Unknown,
        None => Truth::False,
    }
}

/// What a Service says of a port: `appProtocol`, else the first word of its name.
pub fn carried(port: &ServicePort<'_>) -> Carries {
    let (application, name) = (port.at.key("appProtocol"), port.at.key("name"));
    let word = match (application.shape(), &port.app_protocol) {
        (Shape::Absent, _) => match (name.shape(), &port.name) {
            (Shape::Absent, _) => return Carries::Anything,
            (_, Some(name)) => name.split('-').next().unwrap_or_default().to_ascii_lowercase(),
            _ => return Carries::Unknown,
        },
        (_, Some(word)) => word.to_ascii_lowercase(),
        _ => return Carries::Unknown,
    };
    match word.as_str() {
        "http" | "http2" | "grpc" | "kubernetes.io/h2c" | "kubernetes.io/ws" => Carries::Requests,
        "tcp" | "mongo" | "mysql" | "redis" => Carries::Bytes,
        "tls" | "https" | "kubernetes.io/wss" => Carries::Tls,
        // As `grpc-web`, which begins with another word.
        _ if port.app_protocol.as_deref() == Some("grpc-web") => Carries::Requests,
        _ => Carries::Anything,
    }
}

/// A text that is the same where everything is.
fn signature(
    (planes, gateway): (&[Option<Plane>], Truth),
    peers: &[Candidate<'_>],
    policies: &[(u32, Truth)],
    tokens: &[(u32, Truth)],
    annotations: Cursor<'_>,
    carries: &Carried,
) -> String {
    let mut text = format!("{planes:?}{gateway:?}{policies:?}{tokens:?}{carries:?}");
    for one in peers {
        let _ = write!(text, "|{} {:?} {:?}", one.resource, one.level, one.applies);
    }
    for key in ["excludeInboundPorts", "includeInboundPorts"] {
        let at = annotations.key(&format!("traffic.sidecar.istio.io/{key}"));
        let _ = write!(text, "|{:?} {:?}", at.shape(), at.text());
    }
    text
}

impl<'a> Graph<'a> {
    /// What stands before each workload; found when it is asked for first.
    pub(super) fn inbound(&self) -> &Inbound<'a> {
        self.inbound.get_or_init(|| Inbound::new(self.root.cluster(), self.root.mesh()))
    }

    /// The situations in which a port of a destination may be. A pod of which nothing is known, and
    /// addresses outside, answer for themselves.
    pub(super) fn situations(&self, to: Peer, protocol: Protocol, port: u16) -> Vec<Situation> {
        match to {
            Peer::Workload(at) => self.inbound().of(at).situations(protocol, port),
            Peer::AnyPod | Peer::Outside(_) => vec![Situation::BARE],
        }
    }

    /// What a TCP port of a workload carries.
    pub fn carries(&self, workload: usize, port: u16) -> Carries {
        self.inbound().of(workload).carries(port)
    }

    /// Whether a workload's pods are part of the mesh.
    pub fn enrolled(&self, workload: usize) -> Truth {
        self.inbound().of(workload).enrolled()
    }

    /// The number of what stands before a workload: those with the same number, in one class of
    /// `class`, answer every call alike.
    pub fn profile(&self, workload: usize) -> u32 {
        self.inbound().class(workload)
    }

    /// Ports of a destination that the mesh tells from its others.
    pub fn told_apart(&self, workload: usize) -> BTreeSet<u16> {
        self.inbound().of(workload).ports(self.root.mesh())
    }

    /// A text of the address of a caller; none where it cannot be told.
    pub(super) fn address(&self, peer: Peer) -> Option<String> {
        match peer {
            Peer::Outside(atom) => {
                let range = self.atoms.range(atom).to_string();
                range.split('-').next().map(str::to_owned)
            }
            Peer::Workload(_) | Peer::AnyPod => None,
        }
    }
}
