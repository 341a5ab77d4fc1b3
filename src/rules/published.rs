//! Workloads that addresses outside the cluster reach by what is written: through a load balancer, or
//! through an Ingress or a route.

use super::guard;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::call::{Asks, Call};
use crate::model::graph::entries::{Entry, Visitor};
use crate::model::graph::gates::{Served, Tls};
use crate::model::graph::speech::Speaks;
use crate::model::graph::{Graph, Peer};
use crate::model::root::Root;
use std::sync::OnceLock;

/// The trust graph of a root and what strangers reach by it, each worked out when somebody asks for it
/// first, which starts no task that could wait for it in turn.
#[derive(Default)]
pub struct Traffic<'r> {
    graph: OnceLock<Graph<'r>>,
    published: OnceLock<Vec<Published>>,
}

impl<'r> Traffic<'r> {
    /// The graph of `root`, always the same one.
    pub fn graph(&self, root: &'r Root<'r>) -> &Graph<'r> {
        self.graph.get_or_init(|| Graph::build(root))
    }

    /// What strangers reach.
    pub fn published(&self, root: &'r Root<'r>) -> &[Published] {
        self.published.get_or_init(|| published(self.graph(root)))
    }
}

/// An IPv4 address that is public: where strangers come from.
pub const SOMEWHERE: u128 = 0x0808_0808;

/// A workload behind an entry, and one call of a stranger that gets through to it.
pub struct Published {
    /// The Service, Ingress or route, by its index in the root.
    pub resource: usize,
    /// The workload.
    pub workload: usize,
    /// Who comes in: the internet itself, or a gateway on its behalf.
    pub visitor: Visitor,
    /// The last part of its way: from outside, or from the gateway, to the pods.
    pub call: Call<'static>,
    /// Whether policies for the gateway may be written elsewhere.
    pub vague: bool,
}

/// Every port of a workload that strangers without certificate and token surely reach: by a Service
/// whose load balancer is neither internal nor limited to some addresses nor in front of a gateway,
/// or by an Ingress or route that is not for a private network. Gateways themselves are left out.
fn published(graph: &Graph<'_>) -> Vec<Published> {
    let root = graph.root();
    let mut entries = graph.entries();
    entries.retain(|entry| {
        let resource = root.resources[entry.resource];
        let spec = root.cursor(resource).key("spec");
        let gateway = root.mesh().is_gateway(&root.cluster().workloads[entry.workload]);
        let sure = resource.certain && !entry.edge.must.is_empty() && gateway == Truth::False;
        sure && match entry.visitor {
            // A node port alone says nothing about the addresses of nodes.
            Visitor::Internet => {
                spec.key("type").text().as_deref() == Some("LoadBalancer")
                    && guard::excepted("ZT-NET-022", root, entry.resource) == Truth::False
                    && ranges(graph, entry.resource)
            }
            Visitor::IngressController => is_public(root.cursor(resource)),
        }
    });
    let visits = graph.visits(&entries, &Asks::Anything).into_iter().filter(|visit| {
        let entry = &entries[visit.entry];
        let gate = visit.gate.map(|gate| &entry.gates[gate]);
        let sends_on = gate.is_some_and(|gate| {
            gate.redirects == Truth::True || matches!(gate.tls, Tls::Passthrough | Tls::Unknown)
        });
        let request = visit.decision.way.as_ref().and_then(|way| way.request.as_ref());
        let health = request.is_some_and(|one| HEALTH.contains(&one.path.trim_matches('/')));
        visit.decision.allowed == Truth::True && !sends_on && !health
    });
    let published = visits.filter_map(|visit| {
        let entry = &entries[visit.entry];
        let to = Peer::Workload(entry.workload);
        let from = |from| {
            let speaks =
                if matches!(from, Peer::Workload(_)) { Speaks::Usual } else { Speaks::Plaintext };
            Call { speaks, ..Call::new(from, to, visit.port) }
        };
        let outside = Peer::Outside(graph.atom(false, SOMEWHERE));
        let mut sources = match entry.visitor {
            Visitor::Internet => vec![outside],
            Visitor::IngressController => entry.sources.clone(),
        };
        sources.push(Peer::AnyPod);
        let calls = sources.into_iter().map(from);
        let call = calls.into_iter().find(|call| graph.call(call).allowed == Truth::True)?;
        let elsewhere = |gate: &crate::model::graph::gates::Gate| {
            gate.kind == Served::Selected && gate.workloads.is_empty()
        };
        let vague = visit.gate.is_some_and(|gate| elsewhere(&entry.gates[gate]));
        let Entry { resource, workload, visitor, .. } = *entry;
        Some(Published { resource, workload, visitor, call, vague })
    });
    published.collect()
}

/// Paths that load balancers ask without a token.
const HEALTH: [&str; 8] =
    ["health", "healthz", "livez", "live", "readyz", "ready", "ping", ".well-known/health"];

/// Words in the name of a class of ingress controllers that no stranger reaches.
const PRIVATE: [&str; 4] = ["internal", "private", "tailscale", "intranet"];

/// Whether an Ingress or route is surely not for a private network.
fn is_public(object: Cursor<'_>) -> bool {
    let (annotations, spec) = (object.key("metadata").key("annotations"), object.key("spec"));
    let read = |at: Cursor<'_>| match at.shape() {
        Shape::Absent => Some(String::new()),
        _ => at.text().map(|text| text.to_lowercase()),
    };
    let class = [spec.key("ingressClassName"), annotations.key("kubernetes.io/ingress.class")];
    let entry = annotations.key("traefik.ingress.kubernetes.io/router.entrypoints");
    let (Some(scheme), Some(words)) = (
        read(annotations.key("alb.ingress.kubernetes.io/scheme")),
        class.into_iter().chain([entry]).map(read).collect::<Option<Vec<_>>>(),
    ) else {
        return false;
    };
    let private = words.iter().any(|word| PRIVATE.iter().any(|one| word.contains(one)));
    let alone = annotations.key("appgw.ingress.kubernetes.io/use-private-ip").absent();
    let balanced = !words.contains(&"alb".to_owned()) || scheme == "internet-facing";
    !private && balanced && alone == Truth::True && scheme != "internal"
}

/// Whether a load balancer accepts (nearly) every address.
fn ranges(graph: &Graph<'_>, service: usize) -> bool {
    let root = graph.root();
    let spec = root.cursor(root.resources[service]).key("spec");
    let ranges = spec.key("loadBalancerSourceRanges");
    let items = ranges.items();
    (items.known.is_empty() && !items.open)
        || crate::model::network::covers_internet(ranges) == Truth::True
}
