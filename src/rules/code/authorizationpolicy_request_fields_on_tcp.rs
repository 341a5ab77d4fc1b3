//! Policies with fields of requests on ports where a sidecar reads none.

use crate::input::source::Place;
use crate::model::fact::Truth;
use crate::model::istio::authorization::evaluation::Plane;
use crate::model::istio::authorization::{Action, Attribute, Rule, Term};
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::mesh::is_opaque;
use crate::rules::sink::Sink;
use std::collections::BTreeSet;

/// A port of a workload that carries bytes, as a Service says.
struct Opaque {
    number: u16,
    place: Place,
}

/// Reports DENY rules that deny whole ports, since their other fields cannot be checked there.
pub fn deny_widens_on_tcp<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mut reported = BTreeSet::new();
    each(root, sink, |attached, port, sink| {
        for (index, truth) in attached {
            let one = &root.mesh().policies[*index];
            let counts = truth.and(one.policy.enforces(Action::Deny));
            for rule in &one.policy.rules {
                let Some(term) = request_term(rule) else { continue };
                match counts.and(reaches(rule, port.number)) {
                    Truth::True if reported.insert(term.values.place()) => {
                        report(sink, one.policy.resource, term, port);
                    }
                    Truth::Unknown => sink.unknown(),
                    _ => {}
                }
            }
        }
    });
}

/// Reports ALLOW rules that were meant for a port on which they admit nothing, where no other does.
pub fn allow_fails_on_tcp<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mut reported = BTreeSet::new();
    each(root, sink, |attached, port, sink| {
        let mut intended = None;
        let mut open = false;
        for (index, truth) in attached {
            let one = &root.mesh().policies[*index];
            let counts = truth.and(one.policy.enforces(Action::Allow));
            if counts == Truth::False {
                continue;
            }
            open |= counts == Truth::Unknown || one.policy.open;
            for rule in &one.policy.rules {
                let here = reaches(rule, port.number);
                match (request_term(rule), here) {
                    (_, Truth::False) => {}
                    (None, Truth::True) => return,
                    (Some(term), Truth::True) => {
                        intended = intended.or(Some((one.policy.resource, term)));
                    }
                    (_, Truth::Unknown) => open = true,
                }
            }
        }
        match intended {
            Some(_) if open => sink.unknown(),
            Some((resource, term)) if reported.insert(term.values.place()) => {
                report(sink, resource, term, port);
            }
            _ => {}
        }
    });
}

fn report<'r>(sink: &mut Sink<'_, 'r>, resource: usize, term: &Term<'r>, port: &Opaque) {
    let number = port.number.to_string();
    if let Some(finding) = sink.report(resource, term.values, None, &[("port", &number)]) {
        finding.primary = term.values.header();
        let text = "carries no requests".to_owned();
        finding.labels.push(Label { place: port.place, text });
    }
}

/// Every opaque port of every workload with a sidecar, with the policies that attach to it.
fn each<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    mut judge: impl FnMut(&[(usize, Truth)], &Opaque, &mut Sink<'_, 'r>),
) {
    let (mesh, cluster) = (root.mesh(), root.cluster());
    if mesh.policies.is_empty() {
        return;
    }
    let mut ports: Vec<Vec<Opaque>> = cluster.workloads.iter().map(|_| Vec::new()).collect();
    for service in &cluster.services {
        let opaque: Vec<_> = service.ports.iter().filter(|port| is_opaque(port)).collect();
        if opaque.is_empty() {
            continue;
        }
        for (at, truth) in cluster.targets(service) {
            if truth != Truth::True {
                continue;
            }
            ports[at].extend(opaque.iter().filter_map(|port| {
                let number = port.number_on(&cluster.workloads[at])?;
                Some(Opaque { number, place: port.at.header() })
            }));
        }
    }
    for (workload, ports) in cluster.workloads.iter().zip(ports) {
        if ports.is_empty() || mesh.plane(cluster, workload) != Some(Plane::Proxy) {
            continue;
        }
        match mesh.is_gateway(workload) {
            Truth::False => {}
            Truth::True => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let attached = mesh.attached(workload);
        for port in &ports {
            match mesh.captures(workload, Plane::Proxy, port.number) {
                Truth::True => {}
                // No policy is asked there.
                Truth::False => continue,
                Truth::Unknown => {
                    sink.unknown();
                    continue;
                }
            }
            judge(&attached, port, sink);
        }
    }
}

/// The first term of a rule that asks for requests.
fn request_term<'p, 'a>(rule: &'p Rule<'a>) -> Option<&'p Term<'a>> {
    rule.terms().find(|term| term.attribute.is_http() && term.is_written())
}

/// Whether a rule's ports, where it names some, hold a port.
fn reaches(rule: &Rule<'_>, port: u16) -> Truth {
    let holds = |term: &Term<'_>| {
        let values = term.values.items();
        let known = Truth::any(values.known.iter().map(|value| match value.text() {
            Some(text) => Truth::of(text.trim() == port.to_string()),
            None => Truth::Unknown,
        }));
        let known = if values.open { known.or(Truth::Unknown) } else { known };
        if term.negated { !known } else { known }
    };
    let ports = |clause: &crate::model::istio::authorization::Clause<'_>| {
        let named = clause.terms.iter().filter(|term| term.attribute == Attribute::Port);
        let known = Truth::all(named.map(holds));
        if clause.open { known.and(Truth::Unknown) } else { known }
    };
    let to = match &rule.to {
        None => Truth::True,
        Some(list) => {
            let known = Truth::any(list.known.iter().map(ports));
            if list.open { known.or(Truth::Unknown) } else { known }
        }
    };
    let when = Truth::all(rule.when.known.iter().map(ports));
    let from = match &rule.from {
        Some(list) if list.open || list.known.iter().any(|clause| clause.open) => Truth::Unknown,
        _ => Truth::True,
    };
    let when = if rule.when.open { when.and(Truth::Unknown) } else { when };
    to.and(when).and(from)
}
