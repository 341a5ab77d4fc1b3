//! Workloads that addresses outside the cluster reach by what is written: through a load balancer, or
//! through an Ingress or a route.

use super::guard;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::Graph;
use crate::model::graph::entries::Visitor;
use crate::model::graph::ports::Connections;

/// An IPv4 address that is public: where strangers come from.
pub const SOMEWHERE: u128 = 0x0808_0808;

/// A workload behind an entry.
pub struct Published {
    /// The Service, Ingress or route, by its index in the root.
    pub resource: usize,
    /// The workload.
    pub workload: usize,
    /// Who comes in: the internet itself, or an ingress controller on its behalf.
    pub visitor: Visitor,
    /// The ports of its pods that are open to the visitor, whatever the unknown values are.
    pub ports: Connections,
}

/// Every workload that the internet reaches: by a Service whose load balancer is neither internal nor
/// limited to some addresses nor in front of a gateway, or by an Ingress or route that is not for
/// hosts of a private network.
pub fn published(graph: &Graph<'_>) -> Vec<Published> {
    let root = graph.root();
    let entries = graph.entries().into_iter().filter(|entry| {
        let resource = root.resources[entry.resource];
        let spec = root.cursor(resource).key("spec");
        let sure = resource.certain && !entry.edge.must.is_empty();
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
    let published = entries.map(|entry| Published {
        resource: entry.resource,
        workload: entry.workload,
        visitor: entry.visitor,
        ports: entry.edge.must,
    });
    published.collect()
}

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
