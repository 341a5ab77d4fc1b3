//! Pods with a sidecar whose egress is restricted and who may not reach the mesh's control plane: their
//! proxies get neither configuration nor certificates.

use crate::model::fact::Truth;
use crate::model::graph::policy::{Action, Direction, Namespaces, Peers, Ports, Rule, Scope};
use crate::model::graph::ports::Protocol;
use crate::model::graph::{Graph, Peer};
use crate::model::istio::enrolment::Pod;
use crate::model::kubernetes::namespace::{Home, Namespace};
use crate::model::root::Root;
use crate::model::selector::{Label as Value, Labels};
use crate::rules::finding::{Confidence, Label};
use crate::rules::reach;
use crate::rules::sink::Sink;
use std::collections::BTreeMap;

/// The port of istiod for configuration and certificates ("Ports used by Istio").
const CONTROL: u16 = 15012;

/// Workloads that get a label.
const LABELLED: usize = 20;

/// `egress_without_control_plane`: one finding for each policy that restricts.
pub fn egress_without_control_plane<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let (cluster, mesh) = (root.cluster(), root.mesh());
    if root.kind("NetworkPolicy").is_empty() {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    let control = Control::of(root);
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for first in graph.representatives() {
        let isolated = graph.isolated(first, Direction::Egress);
        if isolated == Truth::False {
            continue;
        }
        // What stands before a pod does not follow from its labels alone.
        let members = graph.class_of(first).iter().copied().filter(|at| {
            let workload = &cluster.workloads[*at];
            let sidecar = Pod::sidecar(&mesh.pod(cluster, workload)).truth;
            sidecar == Truth::True && workload.present == Truth::True
        });
        let members: Vec<usize> = members.collect();
        if members.is_empty() {
            continue;
        }
        if isolated == Truth::Unknown {
            sink.unknown();
            continue;
        }
        if let Some(policy) = restricting(graph, first, &control) {
            found.entry(policy).or_default().extend(members);
        }
    }
    for (policy, pods) in found {
        let resource = graph.policies()[policy].resource;
        let spec = root.cursor(root.resources[resource]).key("spec");
        let names: Vec<String> = pods.iter().map(|at| reach::name(root, *at)).collect();
        let words = [("pods", &*format!("`{}`", names[0]))];
        if let Some(raw) = sink.report(resource, spec.key("egress"), None, &words) {
            raw.labels.extend(pods.iter().zip(&names).take(LABELLED).map(|(at, name)| Label {
                place: root.resources[cluster.workloads[*at].resource].header,
                text: format!("`{name}` has a sidecar"),
            }));
            let (from, tcp) = (Peer::Workload(pods[0]), Protocol::Tcp);
            raw.witness = Some(reach::by_network(graph, from, Peer::AnyPod, tcp, CONTROL));
            if !cluster.closed(&cluster.workloads[pods[0]].home) {
                raw.confidence = Confidence::Possible;
                raw.assumption =
                    Some("no policy elsewhere allows these pods the control plane".to_owned());
            }
        }
    }
}

/// The first `NetworkPolicy` that surely restricts the egress of a workload whose policies allow some
/// connections and none of them the control plane. Who is allowed nothing is not meant to call.
fn restricting(graph: &Graph<'_>, workload: usize, control: &Control) -> Option<usize> {
    let (mut first, mut some) = (None, false);
    for &(at, truth) in graph.attached(Peer::Workload(workload), Direction::Egress) {
        let at = at as usize;
        let side = &graph.policies()[at].sides[Direction::Egress as usize];
        for rule in &side.rules {
            match rule.action {
                Some(Action::Deny) => {}
                _ if control.may_be_reached_by(rule) => return None,
                _ => some = true,
            }
        }
        if first.is_none() && truth == Truth::True && graph.is_network_policy(at) {
            first = Some(at);
        }
    }
    first.filter(|_| some)
}

/// The pods of the control plane, as Istio's charts install them.
struct Control {
    namespace: Labels<'static>,
    home: Home<'static>,
    pods: Labels<'static>,
}

impl Control {
    fn of(root: &Root<'_>) -> Self {
        let name = root.settings.root_namespace.clone();
        let mut pods = Labels::default();
        for (key, value) in [("app", "istiod"), ("istio", "pilot")] {
            pods.set(key, Value::Known(value.into()));
        }
        // Charts give them further labels.
        pods.leave_open();
        let namespace = Namespace::of_name(name.clone().into()).labels;
        Self { namespace, home: Home::Named(name.into()), pods }
    }

    /// Whether a rule may let connections to it through. Whoever names one of its ports has thought of
    /// it, whatever the peer.
    fn may_be_reached_by(&self, rule: &Rule<'_>) -> bool {
        match &rule.ports {
            Ports::Every => self.may_be(&rule.peers),
            Ports::Listed { ranges, named, possible } => {
                let here = |one: &(Protocol, u16, u16)| {
                    one.0 == Protocol::Tcp && (one.1..=one.2).contains(&CONTROL)
                };
                let alone = ranges.iter().any(|one| here(one) && one.1 == one.2);
                let met = ranges.iter().chain(possible).any(here) || !named.is_empty();
                alone || met && self.may_be(&rule.peers)
            }
        }
    }

    fn may_be(&self, peers: &Peers<'_>) -> bool {
        match peers {
            Peers::Every | Peers::Both { .. } => true,
            Peers::Listed { scopes, blocks, open } => {
                // Addresses may be those of a Service or of a control plane elsewhere.
                *open || !blocks.is_empty() || scopes.iter().any(|scope| self.may_be_in(scope))
            }
        }
    }

    fn may_be_in(&self, scope: &Scope<'_>) -> bool {
        let there = match &scope.namespaces {
            Namespaces::Every => Truth::True,
            Namespaces::One(home) => home.same(&self.home),
            Namespaces::Selected(selector) => selector.matches(&self.namespace),
        };
        let pods = scope.pods.as_ref().map_or(Truth::True, |pods| pods.matches(&self.pods));
        there.and(pods) != Truth::False
    }
}
