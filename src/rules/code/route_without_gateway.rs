//! Routes that no gateway takes in: the gateway they name does not exist, refuses them, or serves
//! other hosts.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Absence;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::model::selector::Selector;
use crate::rules::sink::Sink;
use crate::rules::{absence, slip};
use std::borrow::Cow;

const ISTIO: &str = "networking.istio.io";
const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// A gateway of either API.
struct Gateway<'r> {
    home: Home<'r>,
    name: Option<Cow<'r, str>>,
    spec: Cursor<'r>,
    present: Truth,
}

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

fn gateways<'r>(root: &'r Root<'r>, group: &str) -> Vec<Gateway<'r>> {
    let of = root.objects(group, "Gateway");
    of.map(|at| {
        let body = root.cursor(root.resources[at]);
        Gateway {
            home: Home::read(body),
            name: body.key("metadata").key("name").text(),
            spec: body.key("spec"),
            present: if root.resources[at].certain { Truth::True } else { Truth::Unknown },
        }
    })
    .collect()
}

/// Whether a gateway of this name exists, and which one surely does.
fn find<'c, 'r>(
    gateways: &'c [Gateway<'r>],
    home: &Home<'_>,
    name: &str,
) -> (Truth, Option<&'c Gateway<'r>>) {
    let (mut exists, mut found, mut count) = (Truth::False, None, 0);
    for gateway in gateways {
        let named = match &gateway.name {
            Some(own) => Truth::of(own == name),
            None => Truth::Unknown,
        };
        let this = named.and(gateway.home.same(home)).and(gateway.present);
        if this == Truth::True {
            count += 1;
            found = Some(gateway);
        }
        exists = exists.or(this);
    }
    // Of several with one name, which one counts cannot be told.
    if count > 1 { (Truth::Unknown, None) } else { (exists, found) }
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

/// Whether a server of an Istio Gateway admits a host. The namespace before a `/` limits whose
/// virtual services are taken in; that is not looked at.
fn admits(server: Cursor<'_>, host: &str) -> Truth {
    let hosts = server.key("hosts").items();
    let known = Truth::any(hosts.known.iter().map(|own| match own.text() {
        Some(text) => Truth::of(overlap(text.rsplit('/').next().unwrap_or_default(), host)),
        None => Truth::Unknown,
    }));
    if hosts.open { known.or(Truth::Unknown) } else { known }
}

/// Whether two host names, perhaps with a wildcard in front, have a host in common.
fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    match (one.strip_prefix('*'), other.strip_prefix('*')) {
        (Some(one), Some(other)) => one.ends_with(other) || other.ends_with(one),
        (Some(suffix), None) => other.ends_with(suffix),
        (None, Some(suffix)) => one.ends_with(suffix),
        (None, None) => one == other,
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
        let is = |key: &str, default: &str| {
            let at = parent.key(key);
            at.shape() == Shape::Absent || at.text().is_some_and(|text| text == default)
        };
        if !is("kind", "Gateway") || !is("group", GATEWAY_API) {
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

/// Whether a listener of the gateway takes in routes of a namespace, and which ones the reference
/// means.
fn taken<'r>(
    root: &'r Root<'r>,
    gateway: &Gateway<'r>,
    parent: Cursor<'r>,
    own: &Home<'r>,
) -> (Truth, Vec<Cursor<'r>>) {
    let all = gateway.spec.key("listeners").items();
    let section = parent.key("sectionName");
    let (mut meant, mut open) = (Vec::new(), all.open);
    for listener in all.known {
        match (section.shape(), section.text(), listener.key("name").text()) {
            (Shape::Absent, ..) => meant.push(listener),
            (_, Some(wanted), Some(name)) if wanted == name => meant.push(listener),
            (_, Some(_), Some(_)) => {}
            _ => open = true,
        }
    }
    if meant.is_empty() {
        // A section of another name is another fault.
        return (Truth::Unknown, meant);
    }
    let taken = Truth::any(meant.iter().map(|listener| {
        let namespaces = listener.key("allowedRoutes").key("namespaces");
        let from = namespaces.key("from");
        match (from.shape(), from.text().as_deref()) {
            (Shape::Absent, _) | (_, Some("Same")) => gateway.home.same(own),
            (_, Some("All")) => Truth::True,
            (_, Some("Selector")) => match Selector::read(namespaces.key("selector")) {
                Some(selector) => selector.matches(&root.cluster().namespace_labels(own)),
                None => Truth::Unknown,
            },
            _ => Truth::Unknown,
        }
    }));
    (if open { taken.or(Truth::Unknown) } else { taken }, meant)
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

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn hosts_in_common() {
        let cases = [
            ("a.shop.io", "a.shop.io", true),
            ("A.shop.io", "a.SHOP.io", true),
            ("a.shop.io", "b.shop.io", false),
            ("*.shop.io", "b.shop.io", true),
            ("*.shop.io", "shop.io", false),
            ("*", "shop.io", true),
            ("*.io", "*.shop.io", true),
            ("*.pay.io", "*.shop.io", false),
        ];
        for (one, other, expected) in cases {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
            assert_eq!(overlap(other, one), expected, "{other} {one}");
        }
    }
}
