//! Policies whose `targetRefs` name what no policy attaches to, or what is not there.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::istio::authorization::attachment::{
    GATEWAY_API, Target, WAYPOINT_CLASS, targets,
};
use crate::model::istio::mesh::{NETWORKING, SECURITY};
use crate::model::kubernetes::cluster::Absence;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::model::selector::Labels;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;

/// The label by which a namespace, Service or pod uses a waypoint.
const USE_WAYPOINT: &str = "istio.io/use-waypoint";
/// Kinds of policies with targets.
const KINDS: [(&str, &str); 4] = [
    (SECURITY, "AuthorizationPolicy"),
    (SECURITY, "RequestAuthentication"),
    ("telemetry.istio.io", "Telemetry"),
    ("extensions.istio.io", "WasmPlugin"),
];

/// Reports targets of a kind, or in a place, to which no proxy attaches policies.
pub fn policy_target_misplaced<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, |resource, home, target, sink| {
        let (Some(group), Some(kind)) = (target.group(), target.kind()) else {
            return sink.unknown();
        };
        let name = target.at.key("name");
        match (group.as_str(), kind.as_str()) {
            (GATEWAY_API, "Gateway") | (NETWORKING, "ServiceEntry") => {}
            (GATEWAY_API, "GatewayClass") => {
                match (name.text().as_deref(), root.mesh().is_root(home)) {
                    (None, _) | (_, Truth::Unknown) => sink.unknown(),
                    (Some(WAYPOINT_CLASS), Truth::True) => {}
                    _ => {
                        let why = "is read in the mesh's root namespace only";
                        sink.report(resource, target.at.key("kind"), None, &[("why", why)]);
                    }
                }
            }
            ("", "Service") => match uses_waypoint(root, home, name) {
                Truth::True => {}
                Truth::Unknown => sink.unknown(),
                Truth::False => {
                    let why = "is reached through no waypoint, and sidecars read no targets";
                    let found = sink.report(resource, target.at.key("kind"), None, &[("why", why)]);
                    assume(found, "no label for a waypoint is set later");
                }
            },
            _ => {
                let why = "is of a kind to which Istio attaches no policy";
                sink.report(resource, target.at.key("kind"), None, &[("why", why)]);
            }
        }
    });
}

/// Reports targets that their namespace does not have, though another has.
pub fn policy_target_elsewhere<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, |resource, home, target, sink| {
        let (Some(group), Some(kind)) = (target.group(), target.kind()) else {
            return sink.unknown();
        };
        let known = [(GATEWAY_API, "Gateway"), (NETWORKING, "ServiceEntry"), ("", "Service")];
        if !known.contains(&(group.as_str(), kind.as_str())) {
            return;
        }
        let name = target.at.key("name");
        let Some(wanted) = name.text() else { return sink.unknown() };
        let (mut here, mut elsewhere) = (Truth::False, Truth::False);
        for at in root.objects(&group, &kind) {
            let body = root.cursor(root.resources[at]);
            let named = match body.key("metadata").key("name").text() {
                Some(own) => Truth::of(own == wanted),
                None => Truth::Unknown,
            };
            let same = Home::read(body).same(home);
            here = here.or(named.and(same));
            elsewhere = elsewhere.or(named.and(!same));
        }
        let closed = root.cluster().absence(home) == Absence::Proven;
        match (here, elsewhere) {
            (Truth::True, _) => {}
            (Truth::False, Truth::False) if !closed => {}
            (Truth::False, Truth::True | Truth::False) => {
                let found = sink.report(resource, name, None, &[("kind", &kind)]);
                if !closed {
                    assume(found, "no other manifests hold such an object in this namespace");
                }
            }
            _ => sink.unknown(),
        }
    });
}

fn each<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    mut judge: impl FnMut(usize, &Home<'r>, Target<'r>, &mut Sink<'_, 'r>),
) {
    for (group, kind) in KINDS {
        for at in root.objects(group, kind) {
            let body = root.cursor(root.resources[at]);
            let home = Home::read(body);
            for target in targets(body.key("spec")).0 {
                judge(at, &home, target, sink);
            }
        }
    }
}

/// Whether a Service is reached through a waypoint. True, too, where nothing here could tell: then
/// the labels are elsewhere.
fn uses_waypoint(root: &Root<'_>, home: &Home<'_>, name: Cursor<'_>) -> Truth {
    let cluster = root.cluster();
    let Some(name) = name.text() else { return Truth::Unknown };
    let waypoint = |&at: &usize| {
        let spec = root.cursor(root.resources[at]).key("spec");
        let class = spec.key("gatewayClassName");
        class.text().is_none_or(|class| class.contains("waypoint"))
    };
    if root.kind("Gateway").iter().any(waypoint) {
        return Truth::True;
    }
    let label = |labels: &Labels<'_>| {
        let none = labels.is(USE_WAYPOINT, "none");
        labels.has(USE_WAYPOINT).and(!none)
    };
    let Some(namespace) = cluster.namespace(home).filter(|one| one.resource.is_some()) else {
        return Truth::True;
    };
    let (exists, Some(service)) = cluster.service(home, &name) else { return Truth::True };
    let body = root.cursor(root.resources[cluster.services[service].resource]);
    let labels = body.key("metadata").key("labels");
    let own = match labels.shape() {
        Shape::Unknown => Truth::Unknown,
        _ => label(&Labels::read(labels)),
    };
    match exists {
        Truth::True => own.or(label(&namespace.labels)),
        _ => Truth::Unknown,
    }
}
