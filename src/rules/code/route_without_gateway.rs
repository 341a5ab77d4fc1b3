//! Routes that no gateway takes in: the gateway they name does not exist, refuses them, or serves
//! other hosts.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Absence;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::rules::route::{
    GATEWAY_API, Gateway, ISTIO, admits, find, gateways, is_gateway, overlap, taken,
};
use crate::rules::sink::Sink;
use crate::rules::{absence, slip};

/// `route_without_gateway`.
pub fn route_without_gateway<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let istio = gateways(root, ISTIO);
    for at in root.objects(ISTIO, "VirtualService") {
        virtual_service(root, at, &istio, sink);
    }
    let standard = gateways(root, GATEWAY_API);
    for kind in ["HTTPRoute", "GRPCRoute", "TLSRoute"] {
        for at in root.objects(GATEWAY_API, kind) {
            route(root, at, &standard, sink);
        }
    }
}

fn virtual_service<'r>(
    root: &'r Root<'r>,
    at: usize,
    gateways: &[Gateway<'r>],
    sink: &mut Sink<'_, 'r>,
) {
    let body = root.cursor(root.resources[at]);
    let (spec, own) = (body.key("spec"), Home::read(body));
    let listed = spec.key("gateways").items();
    if listed.open {
        return sink.unknown();
    }
    let mut bound = Vec::new();
    let mut told = !listed.known.is_empty();
    for reference in listed.known {
        let Some(text) = reference.text() else {
            told = false;
            sink.unknown();
            continue;
        };
        if text == "mesh" {
            told = false;
            continue;
        }
        let (home, name) = match text.split_once('/') {
            Some((".", name)) => (own.clone(), name),
            Some((home, name)) => (Home::Named(home.to_owned().into()), name),
            None => (own.clone(), &*text),
        };
        match find(gateways, &home, name) {
            (_, Some(gateway)) => bound.push(gateway),
            (Truth::False, None) => {
                told = false;
                missing(root, at, reference, gateways, &home, sink);
            }
            _ => {
                told = false;
                sink.unknown();
            }
        }
    }
    if !told {
        return;
    }
    for host in spec.key("hosts").items().known {
        let Some(text) = host.text() else {
            sink.unknown();
            continue;
        };
        let served = Truth::any(bound.iter().map(|gateway| {
            let servers = gateway.spec.key("servers").items();
            let any = Truth::any(servers.known.iter().map(|server| admits(*server, &text)));
            if servers.open { any.or(Truth::Unknown) } else { any }
        }));
        match served {
            Truth::True => {}
            Truth::Unknown => sink.unknown(),
            Truth::False => {
                let what = format!("none of its gateways serves the host `{text}`");
                sink.report(at, host, None, &[("what", &what)]);
            }
        }
    }
}

/// Reports a gateway that does not exist: where all of its namespace is written, or one exists whose
/// name is a slip apart.
fn missing<'r>(
    root: &'r Root<'r>,
    at: usize,
    reference: Cursor<'r>,
    gateways: &[Gateway<'r>],
    home: &Home<'r>,
    sink: &mut Sink<'_, 'r>,
) {
    let text = reference.text().unwrap_or_default();
    let name = text.rsplit('/').next().unwrap_or_default();
    let there = gateways.iter().filter(|one| one.home.same(home) == Truth::True);
    let meant = there.filter_map(|one| one.name.as_deref()).find(|own| slip::apart(own, name));
    let closed = root.cluster().closed(home);
    if meant.is_none() && !closed {
        return;
    }
    let hint = meant.map_or_else(String::new, |meant| format!("; perhaps `{meant}` is meant"));
    let what = format!("no gateway `{text}` exists{hint}");
    let finding = sink.report(at, reference, None, &[("what", &what)]);
    let absent = if closed { Absence::Proven } else { Absence::Possible };
    absence::of(finding, absent, || format!("no gateway `{text}` is defined elsewhere"));
}

fn route<'r>(root: &'r Root<'r>, at: usize, gateways: &[Gateway<'r>], sink: &mut Sink<'_, 'r>) {
    let body = root.cursor(root.resources[at]);
    let (spec, own) = (body.key("spec"), Home::read(body));
    let parents = spec.key("parentRefs").items();
    let mut listeners = Vec::new();
    let mut told = !parents.open && !parents.known.is_empty();
    for parent in parents.known {
        if !is_gateway(parent) {
            told = false;
            continue;
        }
        let home = match Home::named(parent.key("namespace")) {
            Home::Unwritten => own.clone(),
            named => named,
        };
        let reference = parent.key("name");
        let Some(name) = reference.text() else {
            told = false;
            sink.unknown();
            continue;
        };
        match find(gateways, &home, &name) {
            (_, Some(gateway)) => match taken(root, gateway, parent, &own) {
                (Truth::True, found) => listeners.extend(found),
                (Truth::Unknown, _) => {
                    told = false;
                    sink.unknown();
                }
                (Truth::False, _) => {
                    told = false;
                    let what =
                        format!("no listener of the gateway `{name}` takes in its namespace");
                    sink.report(at, reference, None, &[("what", &what)]);
                }
            },
            (Truth::False, None) => {
                told = false;
                missing(root, at, reference, gateways, &home, sink);
            }
            _ => {
                told = false;
                sink.unknown();
            }
        }
    }
    if told {
        hosts(at, spec, &listeners, sink);
    }
}

/// Host names that no listener serves. Without host names a route takes those of the listener.
fn hosts<'r>(at: usize, spec: Cursor<'r>, listeners: &[Cursor<'r>], sink: &mut Sink<'_, 'r>) {
    for host in spec.key("hostnames").items().known {
        let Some(text) = host.text() else {
            sink.unknown();
            continue;
        };
        let served = Truth::any(listeners.iter().map(|listener| {
            let own = listener.key("hostname");
            match (own.shape(), own.text()) {
                (Shape::Absent, _) => Truth::True,
                (_, Some(own)) => Truth::of(own.is_empty() || overlap(&own, &text)),
                _ => Truth::Unknown,
            }
        }));
        match served {
            Truth::True => {}
            Truth::Unknown => sink.unknown(),
            Truth::False => {
                let what = format!("none of its gateways serves the host `{text}`");
                sink.report(at, host, None, &[("what", &what)]);
            }
        }
    }
}
