//! Clients of the mesh that a `DestinationRule` makes speak something else than mutual TLS.

use crate::model::cursor::Shape;
use crate::model::fact::Truth;
use crate::model::istio::authorization::evaluation::Plane;
use crate::model::istio::destination::{Scope, Setting, Tls, blocks};
use crate::model::istio::enrolment::Membership;
use crate::model::istio::mesh::Item;
use crate::model::istio::peer::Mode;
use crate::model::kubernetes::pods::Workload;
use crate::model::root::Root;
use crate::model::selector::Selector;
use crate::rules::finding::Label;
use crate::rules::mesh::{Host, host, missing};
use crate::rules::sink::Sink;

/// Reports `tls` blocks that make clients send plaintext to workloads that take mutual TLS, too.
pub fn destinationrule_disables_mtls<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, |sink, item, setting, accepted| match (setting.tls, accepted) {
        (Some(Tls::Disable), Accepted::Both) => {
            let mode = setting.block.key("mode");
            sink.report(item.resource, mode, missing(setting.block, "mode"), &[]);
        }
        (None | Some(Tls::Disable), Accepted::Unknown) | (None, _) => sink.unknown(),
        _ => {}
    });
}

/// Reports `tls` blocks with which no call arrives: the workloads accept something else.
pub fn destinationrule_conflicts<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, |sink, item, setting, accepted| {
        let (speech, accepted, places) = match (setting.tls, accepted) {
            (None, _) | (_, Accepted::Unknown) => return sink.unknown(),
            (Some(Tls::Disable), Accepted::MutualTls(by)) => {
                ("plaintext", "only mutual TLS of the mesh", by)
            }
            (Some(Tls::Simple | Tls::Mutual), Accepted::MutualTls(by)) => {
                ("TLS of its own", "only mutual TLS of the mesh", by)
            }
            (Some(Tls::IstioMutual), Accepted::Plaintext) => {
                ("mutual TLS of the mesh", "only plaintext", Vec::new())
            }
            _ => return,
        };
        let mode = setting.block.key("mode");
        let words = [("speech", speech), ("accepted", accepted)];
        let found = sink.report(item.resource, mode, missing(setting.block, "mode"), &words);
        if let Some(finding) = found {
            finding.labels.extend(places.into_iter().map(|at| {
                let spec = root.cursor(root.resources[at]).key("spec");
                let mode = spec.key("mtls").key("mode");
                let place =
                    if mode.shape() == Shape::Scalar { mode.focus() } else { spec.header() };
                Label { place, text: "sets the mode that the workloads accept".to_owned() }
            }));
        }
    });
}

/// What the workloads behind a host accept.
#[derive(Clone, PartialEq, Eq)]
enum Accepted {
    /// Mutual TLS, and plaintext beside it; assumed where nothing in the root says more.
    Both,
    /// Plaintext only: they are outside the mesh, or their mode is `DISABLE`.
    Plaintext,
    /// Mutual TLS only, as these resources say.
    MutualTls(Vec<usize>),
    /// Cannot be told.
    Unknown,
}

fn each<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    mut judge: impl FnMut(&mut Sink<'_, 'r>, &Item<'r>, Setting<'r>, Accepted),
) {
    for item in &root.mesh().destinations {
        let spec = item.spec();
        let all = blocks(spec);
        if all.is_empty() {
            continue;
        }
        let meant = host(root, spec.key("host"), &item.home);
        for (scope, setting) in all {
            match &meant {
                Host::Outside => {}
                Host::Unknown => sink.unknown(),
                Host::Inside => judge(sink, item, setting, Accepted::Both),
                Host::Service(service, targets) => {
                    let accepted = accepted_by(root, *service, targets, scope);
                    judge(sink, item, setting, accepted);
                }
            }
        }
    }
}

/// What the workloads of a Service accept where a setting holds.
fn accepted_by<'r>(
    root: &'r Root<'r>,
    service: usize,
    targets: &[usize],
    scope: Scope<'r>,
) -> Accepted {
    let (cluster, mesh) = (root.cluster(), root.mesh());
    let port = match scope.port.map(|at| at.text().and_then(|text| text.parse::<u16>().ok())) {
        None => None,
        Some(None) => return Accepted::Unknown,
        Some(number) => number,
    };
    let labels = scope.subset.and_then(|subset| Selector::of_map(subset.key("labels")));
    let mut verdict: Option<Accepted> = None;
    for &target in targets {
        let workload = &cluster.workloads[target];
        match labels.as_ref().map_or(Truth::True, |labels| labels.matches(&workload.labels)) {
            Truth::True => {}
            Truth::False => continue,
            Truth::Unknown => return Accepted::Unknown,
        }
        let pod = mesh.pod(cluster, workload);
        let one = match pod.membership() {
            Membership::Unknown => return Accepted::Unknown,
            Membership::Out => Accepted::Plaintext,
            // Whoever refuses a sidecar may still be in the ambient mesh.
            Membership::Undeclared if pod.sidecar().truth == Truth::False => Accepted::Unknown,
            // What nobody declares is taken for a part of the mesh: its rules are about it.
            Membership::Undeclared => Accepted::Both,
            Membership::In => {
                let ambient = pod.sidecar().truth != Truth::True;
                on_ports(root, service, workload, port, ambient)
            }
        };
        match (&verdict, one) {
            (_, Accepted::Unknown) => return Accepted::Unknown,
            (None, one) => verdict = Some(one),
            (Some(known), one) if *known == one => {}
            _ => return Accepted::Unknown,
        }
    }
    verdict.unwrap_or(Accepted::Both)
}

/// What a workload's proxy accepts on the ports behind a Service's port, or all of its ports.
fn on_ports<'r>(
    root: &'r Root<'r>,
    service: usize,
    workload: &Workload<'r>,
    port: Option<u16>,
    ambient: bool,
) -> Accepted {
    let ports = root.cluster().services[service].ports.iter();
    let ports = ports.filter(|own| port.is_none() || own.number == port);
    let plane = if ambient { Plane::Ztunnel } else { Plane::Proxy };
    let (mut modes, mut bare) = (Vec::new(), 0);
    for own in ports {
        let Some(number) = own.number_on(workload) else { return Accepted::Unknown };
        match root.mesh().captures(workload, plane, number) {
            Truth::True => modes.push(root.mesh().mode(workload, Some(number), ambient)),
            Truth::False => bare += 1,
            Truth::Unknown => return Accepted::Unknown,
        }
    }
    if bare > 0 {
        return if modes.is_empty() { Accepted::Plaintext } else { Accepted::Unknown };
    }
    if modes.is_empty() {
        modes.push(root.mesh().mode(workload, None, ambient));
    }
    let all = |mode: Mode| modes.iter().all(|own| own.mode == Some(mode));
    if modes.iter().any(|own| own.mode.is_none()) {
        Accepted::Unknown
    } else if all(Mode::Strict) {
        Accepted::MutualTls(modes.swap_remove(0).deciding)
    } else if all(Mode::Disable) {
        Accepted::Plaintext
    } else {
        Accepted::Both
    }
}
