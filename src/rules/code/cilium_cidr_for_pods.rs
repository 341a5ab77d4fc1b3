//! Rules of Cilium's policies that name pods by address, which Cilium never compares.

use crate::model::cursor::{Cursor, Shape};
use crate::model::network;
use crate::model::root::Root;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;
use ipnet::IpNet;

/// Ranges that installers give to pods: kubeadm's guides, kind and minikube; k3s and RKE2.
const USUAL: [&str; 2] = ["10.244.0.0/16", "10.42.0.0/16"];

const KINDS: [&str; 2] = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"];

/// Reports each CIDR of a rule that lies inside a range of pods: one that is written for the
/// cluster, or else a usual one.
pub fn cilium_cidr_for_pods<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let written = pod_ranges(root);
    let usual = || USUAL.iter().filter_map(|text| network::network(text)).collect();
    let (ranges, assumption): (Vec<IpNet>, _) = match written {
        Some(ranges) if ranges.is_empty() => (usual(), "the range holds pods of this cluster"),
        Some(ranges) => (ranges, "the range that is written for pods is the one in use"),
        None => return sink.unknown(),
    };
    for at in KINDS.into_iter().flat_map(|kind| root.objects("cilium.io", kind)) {
        let body = root.cursor(root.resources[at]);
        let specs = body.key("specs").items().known.into_iter().chain([body.key("spec")]);
        for cidr in specs.flat_map(cidrs) {
            let Some(text) = cidr.text() else {
                sink.unknown();
                continue;
            };
            let inside = |net: IpNet| ranges.iter().any(|range| range.contains(&net));
            if network::network(text.trim()).is_some_and(inside) {
                assume(sink.report(at, cidr, None, &[]), assumption);
            }
        }
    }
}

/// The CIDRs of a specification for pods.
fn cidrs(spec: Cursor<'_>) -> Vec<Cursor<'_>> {
    let mut found = Vec::new();
    for (list, word) in
        [("ingress", "from"), ("ingressDeny", "from"), ("egress", "to"), ("egressDeny", "to")]
    {
        for rule in spec.key(list).items().known {
            found.extend(rule.key(&format!("{word}CIDR")).items().known);
            let sets = rule.key(&format!("{word}CIDRSet")).items().known;
            let named = sets.into_iter().map(|set| set.key("cidr"));
            found.extend(named.filter(|cidr| cidr.shape() != Shape::Absent));
        }
    }
    found
}

/// The ranges that are written for pods: of Cilium's configuration, kind's or kubeadm's; none where
/// one is written that cannot be told.
fn pod_ranges(root: &Root<'_>) -> Option<Vec<IpNet>> {
    let subnet = |at: usize| root.cursor(root.resources[at]).key("networking").key("podSubnet");
    let kind = root.objects("kind.x-k8s.io", "Cluster").map(subnet);
    let kubeadm = root.objects("kubeadm.k8s.io", "ClusterConfiguration").map(subnet);
    let mut written: Vec<Cursor<'_>> = kind.chain(kubeadm).collect();
    for at in root.objects("", "ConfigMap") {
        let body = root.cursor(root.resources[at]);
        let range = body.key("data").key("cluster-pool-ipv4-cidr");
        match body.key("metadata").key("name").text() {
            _ if range.shape() == Shape::Absent => {}
            Some(name) if name == "cilium-config" => written.push(range),
            Some(_) => {}
            None => return None,
        }
    }
    let mut found = Vec::new();
    for at in written.into_iter().filter(|at| at.shape() != Shape::Absent) {
        for text in at.text()?.split([' ', ',']).filter(|text| !text.is_empty()) {
            found.push(network::network(text)?);
        }
    }
    Some(found)
}
