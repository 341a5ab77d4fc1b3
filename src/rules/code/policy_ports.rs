//! Ports that policies and Services name and no pod has: names that nobody declares, and the number
//! of a Service where the pods' own counts.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::istio::mesh::SECURITY;
use crate::model::kubernetes::cluster::{Absence, Cluster};
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::pods::Workload;
use crate::model::kubernetes::service::{Service, ServicePort, Target};
use crate::model::root::Root;
use crate::model::selector::Selector;
use crate::rules::finding::{Confidence, Label};
use crate::rules::sink::Sink;
use crate::rules::{absence, network_policy};
use std::borrow::Cow;

/// Names of ports that a mesh's injected proxy declares.
const INJECTED: [&str; 3] = ["http-envoy-prom", "linkerd-proxy", "linkerd-admin"];

/// A port number that a policy names, for certain pods.
struct Named<'r> {
    at: Cursor<'r>,
    number: u16,
    protocol: Cow<'r, str>,
    /// The other numbers of the same list.
    others: Vec<u16>,
}

/// `named_port_unresolved`.
pub fn named_port_unresolved<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    for policy in &cluster.policies {
        for (direction, list, peers) in [("Ingress", "ingress", "from"), ("Egress", "egress", "to")]
        {
            let applies = network_policy::applies_to(policy.spec, direction);
            for rule in policy.spec.key(list).items().known {
                if applies != Truth::True {
                    break;
                }
                let to = rule.key(peers);
                let blocks_only = direction == "Egress" && only_blocks(to);
                for port in rule.key("ports").items().known {
                    let (name, protocol) = (port.key("port"), port.key("protocol"));
                    let Some(text) = name.text().filter(|text| is_name(text)) else { continue };
                    if blocks_only {
                        // Addresses have no names for ports.
                        sink.report(policy.resource, name, None, &[("whom", "address")]);
                        continue;
                    }
                    let pods = match direction {
                        "Ingress" => selected(cluster, &policy.home, policy.selector.as_ref()),
                        _ => reached(cluster, &policy.home, to),
                    };
                    let protocol = match protocol.shape() {
                        Shape::Absent => Some(Cow::Borrowed("TCP")),
                        _ => protocol.text(),
                    };
                    let whom = if direction == "Ingress" { "pod it selects" } else { "peer" };
                    let resolved = resolves(&pods, &text, protocol.as_deref());
                    report(root, policy.resource, name, &policy.home, resolved, whom, sink);
                }
            }
        }
    }
    for service in &cluster.services {
        for port in &service.ports {
            let Target::Name(name) = &port.target else { continue };
            let pods = whole(cluster, cluster.targets(service));
            let resolved = resolves(&pods, name, port.protocol.as_deref());
            let at = port.at.key("targetPort");
            report(root, service.resource, at, &service.home, resolved, "pod it selects", sink);
        }
    }
}

/// `policy_names_service_port`.
pub fn policy_names_service_port<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    for policy in &cluster.policies {
        if network_policy::applies_to(policy.spec, "Ingress") != Truth::True {
            continue;
        }
        let mut pods = None;
        for rule in policy.spec.key("ingress").items().known {
            for number in numbers(rule.key("ports")) {
                let pods = pods.get_or_insert_with(|| {
                    selected(cluster, &policy.home, policy.selector.as_ref())
                });
                judge_number(root, policy.resource, pods, &number, sink);
            }
        }
    }
    for at in root.objects(SECURITY, "AuthorizationPolicy") {
        let body = root.cursor(root.resources[at]);
        let (spec, home) = (body.key("spec"), Home::read(body));
        let mut targets = ["targetRef", "targetRefs"].iter();
        let targeted = targets.any(|key| spec.key(key).shape() != Shape::Absent);
        if targeted || home.name() == Some(&root.settings.root_namespace) {
            continue;
        }
        let selector = Selector::read(spec.key("selector"));
        let pods = selected(cluster, &home, selector.as_ref());
        for rule in spec.key("rules").items().known {
            for to in rule.key("to").items().known {
                for list in ["ports", "notPorts"] {
                    for number in listed(to.key("operation").key(list)) {
                        judge_number(root, at, &pods, &number, sink);
                    }
                }
            }
        }
    }
}

/// Workloads, where it is known which ones are meant.
type Pods<'c, 'r> = Option<Vec<&'c Workload<'r>>>;

/// Those that certainly are meant; none where another may be.
fn whole<'c, 'r>(cluster: &'c Cluster<'r>, found: Vec<(usize, Truth)>) -> Pods<'c, 'r> {
    let sure = found.iter().all(|(_, truth)| *truth == Truth::True);
    sure.then(|| found.into_iter().map(|(at, _)| &cluster.workloads[at]).collect())
}

fn selected<'c, 'r>(
    cluster: &'c Cluster<'r>,
    home: &Home<'_>,
    selector: Option<&Selector<'_>>,
) -> Pods<'c, 'r> {
    match selector {
        Some(selector) => whole(cluster, cluster.selected(home, selector)),
        None => whole(cluster, cluster.workloads_in(home)),
    }
}

/// The pods of the policy's own namespace that peers select, if all of them are such pods.
fn reached<'c, 'r>(cluster: &'c Cluster<'r>, home: &Home<'_>, peers: Cursor<'_>) -> Pods<'c, 'r> {
    let peers = peers.items();
    let mut found = Vec::new();
    if peers.open || peers.known.is_empty() {
        return None;
    }
    for peer in peers.known {
        let mut others = ["namespaceSelector", "ipBlock"].iter();
        if others.any(|key| peer.key(key).shape() != Shape::Absent) {
            return None;
        }
        found.extend(selected(cluster, home, Some(&Selector::read(peer.key("podSelector"))?))?);
    }
    Some(found)
}

/// Whether all peers are blocks of addresses.
fn only_blocks(peers: Cursor<'_>) -> bool {
    let peers = peers.items();
    !peers.open
        && !peers.known.is_empty()
        && peers.known.iter().all(|peer| peer.key("ipBlock").shape() == Shape::Map)
}

fn is_name(text: &str) -> bool {
    let text = text.trim();
    text.bytes().any(|byte| byte.is_ascii_lowercase()) && !INJECTED.contains(&text)
}

/// Whether any of the pods declares such a port. True where there are none: that is another fault.
fn resolves(pods: &Pods<'_, '_>, name: &str, protocol: Option<&str>) -> Truth {
    let Some(pods) = pods else { return Truth::Unknown };
    if pods.is_empty() {
        return Truth::True;
    }
    Truth::any(pods.iter().map(|pod| {
        let other = pod.ports.iter().any(|port| {
            port.name.as_deref() == Some(name)
                && matches!((protocol, &port.protocol), (Some(one), Some(own)) if one != own)
        });
        if other { Truth::False } else { pod.names_port(name) }
    }))
}

fn report<'r>(
    root: &'r Root<'r>,
    at: usize,
    name: Cursor<'r>,
    home: &Home<'r>,
    resolved: Truth,
    whom: &str,
    sink: &mut Sink<'_, 'r>,
) {
    let absent = root.cluster().absence(home);
    match resolved {
        Truth::True => {}
        Truth::Unknown => sink.unknown(),
        Truth::False if absent == Absence::Nothing => {}
        Truth::False => {
            let finding = sink.report(at, name, None, &[("whom", whom)]);
            absence::of_pods(finding, absent, home);
        }
    }
}

/// The numbers of a network policy's `ports`, if all of them are single numbers.
fn numbers(ports: Cursor<'_>) -> Vec<Named<'_>> {
    let items = ports.items();
    let number = |port: &Cursor<'_>| port.key("port").text()?.parse::<u16>().ok();
    let all: Vec<u16> = items.known.iter().filter_map(number).collect();
    let ranges = items.known.iter().any(|port| port.key("endPort").shape() != Shape::Absent);
    // A range, or a port that is no number, may hold the pods' own.
    if items.open || ranges || all.len() < items.known.len() {
        return Vec::new();
    }
    let known = items.known.iter().filter_map(|port| {
        let protocol = port.key("protocol");
        let protocol = match protocol.shape() {
            Shape::Absent => Cow::Borrowed("TCP"),
            _ => protocol.text()?,
        };
        let (at, number) = (port.key("port"), number(port)?);
        Some(Named { at, number, protocol, others: all.clone() })
    });
    known.collect()
}

/// The numbers of a mesh policy's list, if all of them are known.
fn listed(ports: Cursor<'_>) -> Vec<Named<'_>> {
    let list = ports.items();
    let (items, open) = (list.known, list.open);
    let number = |port: &Cursor<'_>| port.text()?.parse::<u16>().ok();
    let all: Vec<u16> = items.iter().filter_map(number).collect();
    if open || all.len() < items.len() {
        return Vec::new();
    }
    let known = items.iter().filter_map(|port| {
        let protocol = Cow::Borrowed("TCP");
        Some(Named { at: *port, number: number(port)?, protocol, others: all.clone() })
    });
    known.collect()
}

/// Reports a number that none of the pods declares and one of their Services has.
fn judge_number<'r>(
    root: &'r Root<'r>,
    at: usize,
    pods: &Pods<'_, 'r>,
    number: &Named<'r>,
    sink: &mut Sink<'_, 'r>,
) {
    let Some(pods) = pods else { return sink.unknown() };
    let declared = Truth::any(pods.iter().map(|pod| {
        // Pods that declare no port at all say nothing.
        if pod.ports.is_empty() { Truth::Unknown } else { pod.declares_port(number.number) }
    }));
    match declared {
        Truth::True => return,
        Truth::Unknown => return sink.unknown(),
        Truth::False => {}
    }
    let cluster = root.cluster();
    for pod in pods {
        let Some(services) = leading_to(cluster, pod) else { return sink.unknown() };
        let mut ports = services.iter().flat_map(|service| &service.ports);
        if ports.any(|port| port.number_on(pod) == Some(number.number)) {
            return;
        }
        let mapped = services.iter().find_map(|service| mapped(service, pod, number));
        let Some((port, own)) = mapped else { continue };
        // Who names both numbers knows about the difference.
        if number.others.contains(&own) {
            return;
        }
        let own = own.to_string();
        if let Some(raw) = sink.report(at, number.at, None, &[("pods", &own)]) {
            let text = format!("leads to port {own} of the pods");
            raw.labels.push(Label { place: port.at.key("port").focus(), text });
            raw.confidence = Confidence::Possible;
            raw.assumption = Some(format!("the pods do not listen on {} as well", number.number));
        }
        return;
    }
}

/// The Services that lead to a workload's pods; none where another one may, or where one's ports
/// cannot all be told.
fn leading_to<'c, 'r>(
    cluster: &'c Cluster<'r>,
    pod: &Workload<'r>,
) -> Option<Vec<&'c Service<'r>>> {
    let mut found = Vec::new();
    for (at, here) in cluster.services_in(&pod.home) {
        let service = &cluster.services[at];
        let Some(selector) = &service.selector else { continue };
        match here.and(selector.matches(&pod.labels)) {
            Truth::False => continue,
            Truth::Unknown => return None,
            Truth::True => {}
        }
        let told = |port: &ServicePort<'_>| port.number_on(pod).is_some();
        if service.open_ports || !service.ports.iter().all(told) {
            return None;
        }
        found.push(service);
    }
    Some(found)
}

/// The port of a Service with this number, and the other number that it leads to on the pods.
fn mapped<'c, 'r>(
    service: &'c Service<'r>,
    pod: &Workload<'_>,
    number: &Named<'_>,
) -> Option<(&'c ServicePort<'r>, u16)> {
    let port = service.ports.iter().find(|port| {
        port.number == Some(number.number) && port.protocol.as_deref() == Some(&*number.protocol)
    })?;
    let own = port.number_on(pod).filter(|own| *own != number.number)?;
    Some((port, own))
}
