//! Waypoints: the proxies through which members of an ambient mesh call a Service, where its label or
//! its namespace's asks for one ("Configure waypoint proxies"). Who is no member, or calls a pod by
//! its address, goes past them.

use super::call::{Asks, Call, Caller, TUNNEL, Transport, Way, agreed};
use super::inbound::Issuers;
use super::ports::{Cells, Protocol};
use super::witness::{Question, Witness};
use super::{Graph, Peer, inbound};
use crate::model::fact::Truth;
use crate::model::istio::authorization::Policy;
use crate::model::istio::authorization::attachment::{
    GATEWAY_API, Position, Proxy, WAYPOINT_CLASS, attaches,
};
use crate::model::istio::authorization::evaluation::{Judge, Plane};
use crate::model::istio::flow::Flow;
use crate::model::istio::mesh::Mesh;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::model::selector::{Label, Labels};

/// The label that asks for a waypoint.
const USE: &str = "istio.io/use-waypoint";
/// The label that says in which namespace it is.
const USE_NAMESPACE: &str = "istio.io/use-waypoint-namespace";

/// A waypoint before a Service.
#[derive(Clone, Debug)]
pub struct Waypoint {
    /// Its Gateway, by its index in the root; none where that is not written.
    pub resource: Option<usize>,
    /// Its namespace.
    pub namespace: String,
    /// Its name, and that of its account.
    pub name: String,
    /// The Service, by its index in the cluster.
    pub service: usize,
    /// The Service's port.
    pub port: Option<u16>,
    /// Whether it surely serves the Service.
    pub sure: Truth,
}

/// Whether a root may hold waypoints at all.
pub(super) fn any(root: &Root<'_>) -> bool {
    let labelled = |at: usize| {
        let labels = root.cursor(root.resources[at]).key("metadata").key("labels");
        labels.key(USE).absent() != Truth::True
    };
    root.objects("", "Service").chain(root.objects("", "Namespace")).any(labelled)
}

impl<'a> Graph<'a> {
    /// The waypoints through which calls to a port may go.
    pub fn waypoints(&self, workload: usize, port: u16) -> Vec<Waypoint> {
        if !*self.waypoints.get_or_init(|| any(self.root)) {
            return Vec::new();
        }
        let cluster = self.root.cluster();
        let to = &cluster.workloads[workload];
        let mut found = Vec::new();
        for (at, here) in cluster.services_in(&to.home) {
            let service = &cluster.services[at];
            let leads = match &service.selector {
                Some(selector) => selector.matches(&to.labels).and(here),
                None => Truth::False,
            };
            if leads == Truth::False {
                continue;
            }
            for one in &service.ports {
                let leads = leads.and(inbound::leads(one, to, port));
                if leads != Truth::False
                    && let Some((name, namespace, sure)) = self.asked(at)
                {
                    let resource = self.gateway(&name, &namespace);
                    let sure = if resource.is_some() { sure } else { Truth::Unknown };
                    let sure = sure.and(leads);
                    let port = one.number;
                    found.push(Waypoint { resource, namespace, name, service: at, port, sure });
                }
            }
        }
        found
    }

    /// The waypoint that a Service, or else its namespace, asks for.
    fn asked(&self, service: usize) -> Option<(String, String, Truth)> {
        let cluster = self.root.cluster();
        let service = &cluster.services[service];
        let object = self.root.cursor(self.root.resources[service.resource]);
        let own = Labels::read(object.key("metadata").key("labels"));
        let around = cluster.namespace_labels(&service.home);
        let labels = if own.has(USE) == Truth::False { &around } else { &own };
        let Some(Label::Known(name)) = labels.get(USE) else { return None };
        if name.is_empty() || name == "none" {
            return None;
        }
        let namespace = match labels.get(USE_NAMESPACE) {
            Some(Label::Known(namespace)) => namespace.to_string(),
            Some(_) => return None,
            None => service.home.name()?.to_owned(),
        };
        let sure = if labels.open() { Truth::Unknown } else { Truth::True };
        Some((name.to_string(), namespace, sure))
    }

    fn gateway(&self, name: &str, namespace: &str) -> Option<usize> {
        let root = self.root;
        root.objects(GATEWAY_API, "Gateway").find(|at| {
            let body = root.cursor(root.resources[*at]);
            let class = body.key("spec").key("gatewayClassName").text();
            let purpose = body.key("metadata").key("labels").key("istio.io/waypoint-for").text();
            body.key("metadata").key("name").text().as_deref() == Some(name)
                && root.cluster().home(Home::read(body)).name() == Some(namespace)
                && class.as_deref() == Some(WAYPOINT_CLASS)
                && !matches!(purpose.as_deref(), Some("workload" | "none"))
        })
    }

    /// The answer for a caller with an identity that goes through a waypoint.
    pub(super) fn through(
        &self,
        call: &Call<'_>,
        waypoint: &Waypoint,
        caller: &Caller,
    ) -> (Truth, Option<Way>) {
        let Peer::Workload(to) = call.to else { return (Truth::False, None) };
        // Its pods are those of nobody who is written here, in its namespace.
        let tunnel = |cells: &[Cells; 2]| self.open(cells, Protocol::Tcp, TUNNEL);
        let first = tunnel(&self.cells(call.from, Peer::AnyPod));
        let second = tunnel(&self.cells(Peer::AnyPod, call.to));
        // What is for every pod is for the waypoint's; what is for its namespace is not known.
        let second = if second == Truth::False { Truth::Unknown } else { second };
        let (mesh, profile) = (self.root.mesh(), self.inbound().of(to));
        let policies = self.at_waypoint(waypoint);
        let issuers = self.issuers_at(waypoint);
        let judge = Judge { plane: Plane::Proxy, domains: &mesh.domains };
        let carries = profile.carries(call.port);
        let question =
            Question { judge, policies: &policies, issuers: &issuers, carries, asks: &call.asks };
        let mut request: Option<Witness> = None;
        // Which of the two ports its policies see is not relied on.
        let ports = [Some(call.port), waypoint.port].into_iter().flatten();
        let admitted = agreed(ports.map(|port| {
            let mut flow = Flow { identity: caller.identity(), port, ..Flow::default() };
            flow.unclear.identity = *caller == Caller::Unclear;
            let (truth, found) = question.answer(&flow);
            request = request.take().or(found);
            truth
        }));
        let own = Caller::Known {
            domain: "cluster.local".to_owned(),
            namespace: waypoint.namespace.clone(),
            account: waypoint.name.clone(),
        };
        let bytes = Call { asks: Asks::Bytes, ..call.clone() };
        let (taken, _) = self.admitted(&bytes, Some(Plane::Ztunnel), &own);
        let admitted = admitted.unwrap_or(Truth::Unknown);
        let truth = Truth::all([waypoint.sure, first, second, admitted, taken]);
        let way = (truth != Truth::False).then(|| Way {
            transport: Transport::Tunnel,
            caller: caller.clone(),
            request,
            waypoint: waypoint.resource,
        });
        (truth, way)
    }

    /// Policies that attach to a waypoint, or may.
    pub(super) fn at_waypoint(&self, waypoint: &Waypoint) -> Vec<(&Policy<'a>, Truth)> {
        let mesh = self.root.mesh();
        let judged = mesh.policies.iter().map(|one| {
            let here = self.is_for(mesh, one.policy.spec(), &one.home, waypoint);
            (&one.policy, here.and(one.present))
        });
        judged.filter(|one| one.1 != Truth::False).collect()
    }

    fn issuers_at(&self, waypoint: &Waypoint) -> Issuers {
        let mesh = self.root.mesh();
        let judged = mesh.tokens.iter().enumerate().map(|(at, one)| {
            let here = self.is_for(mesh, one.spec(), &one.home, waypoint);
            (at as u32, here.and(one.present))
        });
        let tokens: Vec<(u32, Truth)> = judged.filter(|one| one.1 != Truth::False).collect();
        Issuers::read(mesh, &tokens)
    }

    /// Whether a policy is for a waypoint, or for the Service that is called by it.
    fn is_for(
        &self,
        mesh: &Mesh<'a>,
        spec: crate::model::cursor::Cursor<'a>,
        home: &Home<'_>,
        waypoint: &Waypoint,
    ) -> Truth {
        let service = &self.root.cluster().services[waypoint.service];
        let root = mesh.is_root(home);
        let of_service = match &service.name {
            Some(name) => {
                let proxy = Proxy::Waypoint { name: "", services: &[name] };
                attaches(spec, Position { same: home.same(&service.home), root }, proxy)
            }
            None => Truth::Unknown,
        };
        let own = Home::Named(waypoint.namespace.as_str().into());
        let proxy = Proxy::Waypoint { name: &waypoint.name, services: &[] };
        of_service.or(attaches(spec, Position { same: home.same(&own), root }, proxy))
    }
}
