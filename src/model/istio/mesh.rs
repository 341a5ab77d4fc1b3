//! The Istio side of one root: settings, policies and rules by namespace, and what they mean for
//! each workload of its cluster.

use super::authorization::attachment::{Position, Proxy, attaches, targets};
use super::authorization::evaluation::Plane;
use super::authorization::{Action, Policy};
use super::capture;
use super::enrolment::Pod;
use super::flow::TrustDomains;
use super::mesh_config::{self, MeshConfig, Word};
use super::peer::{self, Candidate, Effective};
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::pods::Workload;
use crate::model::resource::Resource;
use crate::model::selector::{Label, Labels, Selector};
use std::collections::HashMap;

/// The API group of the security kinds.
pub const SECURITY: &str = "security.istio.io";
/// The API group of the traffic kinds.
pub const NETWORKING: &str = "networking.istio.io";

/// The root namespace of a mesh that names no other.
const ROOT: &str = "istio-system";

/// What is written of a mesh.
pub struct Mesh<'a> {
    /// Its settings, one for each object that holds some.
    pub configs: Vec<MeshConfig<'a>>,
    /// Its root namespace.
    pub root: Home<'static>,
    /// Its trust domain's names.
    pub domains: TrustDomains,
    /// `PeerAuthentication`s.
    pub peers: Vec<Item<'a>>,
    /// `AuthorizationPolicy`s.
    pub policies: Vec<Authorization<'a>>,
    /// `RequestAuthentication`s.
    pub tokens: Vec<Item<'a>>,
    /// `DestinationRule`s.
    pub destinations: Vec<Item<'a>>,
    /// `Telemetry`s.
    pub telemetries: Vec<Item<'a>>,
    /// Istio's own `Gateway`s.
    pub gateways: Vec<Item<'a>>,
    /// The pods that each of them selects.
    gateway_pods: Vec<Option<Selector<'a>>>,
    peer_homes: Homes,
    policy_homes: Homes,
    token_homes: Homes,
    system: Vec<String>,
    /// Labels of a namespace of which nothing is known.
    unknown: Labels<'a>,
    /// Whether a declared namespace has a name that cannot be told.
    unnamed: bool,
}

/// An object of a namespace.
#[derive(Clone)]
pub struct Item<'a> {
    /// Its index in the root.
    pub resource: usize,
    /// Its namespace.
    pub home: Home<'a>,
    /// The object.
    pub object: Cursor<'a>,
    /// `True`, or `Unknown` where it may not exist.
    pub present: Truth,
}

impl<'a> Item<'a> {
    /// Its `spec`.
    pub fn spec(&self) -> Cursor<'a> {
        self.object.key("spec")
    }
}

/// A policy of a namespace.
pub struct Authorization<'a> {
    /// What it says.
    pub policy: Policy<'a>,
    /// Its namespace.
    pub home: Home<'a>,
    /// `True`, or `Unknown` where it may not exist.
    pub present: Truth,
    /// The pods that it names.
    selector: Option<Selector<'a>>,
}

impl Authorization<'_> {
    /// Whether it is for pods by their labels, or for all, and surely for no gateway or Service by name.
    pub fn is_selective(&self) -> bool {
        let (known, open) = targets(self.policy.spec());
        !open && known.is_empty()
    }
}

/// What the model takes from the configuration.
pub struct Given<'s> {
    /// The root namespace.
    pub root_namespace: &'s str,
    /// The trust domain and its other names; none where nobody said.
    pub trust_domains: &'s [String],
    /// Namespaces of the cluster's own components.
    pub system_namespaces: &'s [String],
}

/// Indexes by namespace.
#[derive(Default)]
struct Homes {
    named: HashMap<String, Vec<usize>>,
    elsewhere: Vec<usize>,
}

impl Homes {
    fn new<'h>(homes: impl Iterator<Item = &'h Home<'h>>) -> Self {
        let mut index = Self::default();
        for (at, home) in homes.enumerate() {
            match home.name() {
                Some(name) => index.named.entry(name.to_owned()).or_default().push(at),
                None => index.elsewhere.push(at),
            }
        }
        index
    }

    /// Those that may be of any of the namespaces, in order.
    fn of(&self, homes: &[&Home<'_>]) -> Vec<usize> {
        let mut found = self.elsewhere.clone();
        if homes.iter().any(|home| home.name().is_none()) {
            found.extend(self.named.values().flatten());
        } else {
            let names = homes.iter().filter_map(|home| home.name());
            found.extend(names.filter_map(|name| self.named.get(name)).flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl<'a> Mesh<'a> {
    /// Reads the Istio objects among `resources`; `body` gives a resource's content.
    pub fn new(
        resources: &[&'a Resource],
        body: impl Fn(&'a Resource) -> Cursor<'a>,
        given: &Given<'_>,
    ) -> Self {
        let mut mesh = Self {
            configs: Vec::new(),
            root: Home::Named(given.root_namespace.to_owned().into()),
            domains: TrustDomains { names: given.trust_domains.to_vec() },
            peers: Vec::new(),
            policies: Vec::new(),
            tokens: Vec::new(),
            destinations: Vec::new(),
            telemetries: Vec::new(),
            gateways: Vec::new(),
            gateway_pods: Vec::new(),
            peer_homes: Homes::default(),
            policy_homes: Homes::default(),
            token_homes: Homes::default(),
            system: given.system_namespaces.to_vec(),
            unknown: Labels::unknown(),
            unnamed: false,
        };
        for (at, resource) in resources.iter().enumerate() {
            let Some(object) = resource.object() else { continue };
            let list = match (object.group.as_str(), object.kind.as_str()) {
                (SECURITY, "PeerAuthentication") => &mut mesh.peers,
                (SECURITY, "RequestAuthentication") => &mut mesh.tokens,
                (NETWORKING, "DestinationRule") => &mut mesh.destinations,
                (NETWORKING, "Gateway") => &mut mesh.gateways,
                ("telemetry.istio.io", "Telemetry") => &mut mesh.telemetries,
                (SECURITY, "AuthorizationPolicy") => {
                    let item = Item::read(at, resource, body(resource));
                    let namespace = item.home.name().map(str::to_owned);
                    let policy = Policy::read(at, item.object, namespace);
                    let Item { home, present, .. } = item;
                    let selector = Selector::read(policy.spec().key("selector"));
                    mesh.policies.push(Authorization { policy, home, present, selector });
                    continue;
                }
                ("", "Namespace") if object.name.is_none() => {
                    mesh.unnamed = true;
                    continue;
                }
                _ => {
                    mesh.configs.extend(mesh_config::read(at, object, body(resource)));
                    continue;
                }
            };
            list.push(Item::read(at, resource, body(resource)));
        }
        let pods = mesh.gateways.iter().map(|one| Selector::of_map(one.spec().key("selector")));
        mesh.gateway_pods = pods.collect();
        mesh.peer_homes = Homes::new(mesh.peers.iter().map(|item| &item.home));
        mesh.policy_homes = Homes::new(mesh.policies.iter().map(|one| &one.home));
        mesh.token_homes = Homes::new(mesh.tokens.iter().map(|item| &item.home));
        mesh.apply_configs();
        mesh
    }

    /// What the mesh's own settings say of root namespace and trust domain, where the configuration
    /// leaves it to them.
    fn apply_configs(&mut self) {
        let names =
            |of: fn(&MeshConfig<'_>) -> Word| self.configs.iter().map(of).collect::<Vec<_>>();
        let roots = names(|config| config.settings.root_namespace.clone());
        if self.root.name() == Some(ROOT) {
            let mut written = roots.iter().filter(|word| **word != Word::Absent);
            match written.next() {
                None => {}
                Some(first @ Word::Text(name)) if written.all(|other| other == first) => {
                    self.root = Home::Named(name.clone().into());
                }
                Some(_) => self.root = Home::Unknown,
            }
        }
        for config in &self.configs {
            if let Word::Text(name) = &config.settings.trust_domain {
                self.domains.names.push(name.clone());
            }
            self.domains.names.extend(config.settings.aliases.known.iter().cloned());
        }
    }

    /// The settings, where all objects of the root that hold some agree: the first one's.
    pub fn config(&self) -> Option<&MeshConfig<'a>> {
        let (first, others) = self.configs.split_first()?;
        others.iter().all(|other| other.settings == first.settings).then_some(first)
    }

    /// Whether a namespace is the mesh's root namespace.
    pub fn is_root(&self, home: &Home<'_>) -> Truth {
        self.root.same(home)
    }

    /// As [`Mesh::is_root`], where an object that names no namespace is in another one.
    pub fn names_root(&self, home: &Home<'_>) -> Truth {
        if *home == Home::Unwritten { Truth::False } else { self.is_root(home) }
    }

    /// A workload's pod and namespace, as far as enrolment looks at them.
    pub fn pod<'c>(&'c self, cluster: &'c Cluster<'a>, workload: &Workload<'a>) -> Pod<'c, 'a> {
        let declared = cluster.namespace(&workload.home).filter(|one| one.resource.is_some());
        let vague = self.unnamed || workload.home == Home::Unknown;
        let unknown = vague.then_some(&self.unknown);
        Pod {
            template: workload.template,
            namespace: declared.map(|one| &one.labels).or(unknown),
            system: workload.home.name().is_some_and(|name| self.system.iter().any(|s| s == name)),
        }
    }

    /// Who evaluates the policies for a workload: its sidecar, or the node's proxy; none where it is
    /// in no mesh or that cannot be told.
    pub fn plane(&self, cluster: &Cluster<'a>, workload: &Workload<'a>) -> Option<Plane> {
        let pod = self.pod(cluster, workload);
        if pod.sidecar().truth == Truth::True {
            return Some(Plane::Proxy);
        }
        (pod.ambient().truth == Truth::True).then_some(Plane::Ztunnel)
    }

    /// Whether the proxy that serves a workload sees connections to a TCP port of its pods.
    pub fn captures(&self, workload: &Workload<'a>, plane: Plane, port: u16) -> Truth {
        match plane {
            Plane::Ztunnel => capture::ztunnel_captures("TCP"),
            Plane::Proxy => {
                let annotations = workload.template.key("metadata").key("annotations");
                capture::sidecar_captures(annotations, port, "TCP")
            }
        }
    }

    /// Whether a workload is a gateway, whose proxy ends TLS and reads what comes out: by its
    /// injection template, the usual label, having no container but the proxy, or as the pods that
    /// an Istio `Gateway` of any namespace selects.
    pub fn is_gateway(&self, workload: &Workload<'a>) -> Truth {
        let template = match workload.annotations.get("inject.istio.io/templates") {
            Some(Label::Known(names)) => Truth::of(names.contains("gateway")),
            None if !workload.annotations.open() => Truth::False,
            _ => Truth::Unknown,
        };
        let usual = match workload.labels.get("istio") {
            Some(Label::Known(name)) => Truth::of(name.ends_with("gateway")),
            None if !workload.labels.open() => Truth::False,
            _ => Truth::Unknown,
        };
        let (containers, open) = workload.containers();
        let proxy = |item: &Cursor<'_>| item.key("name").text().as_deref() == Some("istio-proxy");
        let only = Truth::of(!open && !containers.is_empty() && containers.iter().all(proxy));
        let selected = self.gateways.iter().zip(&self.gateway_pods);
        let selected = Truth::any(selected.map(|(gateway, pods)| match pods {
            Some(selector) => selector.matches(&workload.labels).and(gateway.present),
            None => Truth::False,
        }));
        Truth::any([template, usual, only, selected])
    }

    /// The mTLS mode of a workload's port, of the workload as a whole where no port is given.
    pub fn mode(&self, workload: &Workload<'_>, port: Option<u16>, ambient: bool) -> Effective {
        peer::effective(&self.candidates(workload), port, ambient)
    }

    /// The `PeerAuthentication`s that apply, or may apply, to a workload.
    pub fn candidates(&self, workload: &Workload<'_>) -> Vec<Candidate<'a>> {
        let mut found = Vec::new();
        for at in self.peer_homes.of(&[&workload.home, &self.root]) {
            let item = &self.peers[at];
            let spec = item.spec();
            let (root, same) = (self.is_root(&item.home), item.home.same(&workload.home));
            let selects = peer::has_selector(spec);
            let matches = match Selector::read(spec.key("selector")) {
                Some(selector) => selector.matches(&workload.labels),
                None => Truth::True,
            };
            for (level, here) in [
                (peer::Level::Mesh, root.and(!selects)),
                (peer::Level::Namespace, same.and(!root).and(!selects)),
                (peer::Level::Workload, same.and(!root).and(selects).and(matches)),
            ] {
                let applies = here.and(item.present);
                if applies != Truth::False {
                    found.push(Candidate { resource: item.resource, level, applies, spec });
                }
            }
        }
        found
    }

    /// Policies that attach to a workload's own proxy (`True`) or may (`Unknown`), by their index in
    /// `policies`.
    pub fn attached(&self, workload: &Workload<'a>) -> Vec<(usize, Truth)> {
        let of = self.policy_homes.of(&[&workload.home, &self.root]).into_iter();
        let judged = of.map(|at| {
            let one = &self.policies[at];
            let here = self.attaches(one.policy.spec(), &one.home, workload);
            (at, here.and(one.present))
        });
        judged.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    /// `RequestAuthentication`s that attach to a workload's own proxy or may, by their index in
    /// `tokens`.
    pub fn verifiers(&self, workload: &Workload<'a>) -> Vec<(usize, Truth)> {
        let of = self.token_homes.of(&[&workload.home, &self.root]).into_iter();
        let judged = of.map(|at| {
            let one = &self.tokens[at];
            (at, self.attaches(one.spec(), &one.home, workload).and(one.present))
        });
        judged.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    fn attaches(&self, spec: Cursor<'a>, home: &Home<'_>, workload: &Workload<'a>) -> Truth {
        let position = Position { same: home.same(&workload.home), root: self.is_root(home) };
        attaches(spec, position, Proxy::Workload { labels: &workload.labels })
    }

    /// Whether the attached policies refuse what no ALLOW names.
    pub fn is_limited(&self, attached: &[(usize, Truth)]) -> Truth {
        Truth::any(
            attached
                .iter()
                .map(|(at, here)| here.and(self.policies[*at].policy.enforces(Action::Allow))),
        )
    }

    /// Whether one policy surely is for every workload that another one is for, both selective.
    pub fn covers(&self, one: &Authorization<'a>, other: &Authorization<'a>) -> bool {
        let selected = || match (&one.selector, &other.selector) {
            (None, _) => true,
            (Some(one), Some(other)) => one.includes(other),
            (Some(one), None) => one.selects_everything() == Truth::True,
        };
        one.home.same(&other.home).or(self.is_root(&one.home)) == Truth::True && selected()
    }

    /// Workloads that a policy attaches to or may: by its selector, in its namespace or the whole
    /// mesh; as indexes of the cluster.
    pub fn workloads(
        &self,
        cluster: &Cluster<'a>,
        spec: Cursor<'a>,
        home: &Home<'_>,
    ) -> Vec<(usize, Truth)> {
        let (named, open) = targets(spec);
        let untargeted = match (named.is_empty(), open) {
            (false, _) => return Vec::new(),
            (true, true) => Truth::Unknown,
            (true, false) => Truth::True,
        };
        let every = Selector { requirements: Vec::new(), open: false, at: spec };
        let selector = Selector::read(spec.key("selector")).unwrap_or(every);
        let root = self.is_root(home);
        let found = if root == Truth::False {
            cluster.selected(home, &selector)
        } else {
            cluster.selected_where(&selector, |own| own.same(home).or(root))
        };
        found.into_iter().map(|(at, truth)| (at, truth.and(untargeted))).collect()
    }
}

impl<'a> Item<'a> {
    fn read(at: usize, resource: &Resource, object: Cursor<'a>) -> Self {
        let present = if resource.certain { Truth::True } else { Truth::Unknown };
        Self { resource: at, home: Home::read(object), object, present }
    }
}
