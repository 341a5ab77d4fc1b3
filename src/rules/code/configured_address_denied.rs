//! Addresses of Services in the settings of workloads that network policies keep them from: what the
//! configuration says must talk, and the policies say must not.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::call::Call;
use crate::model::graph::ports::Protocol;
use crate::model::graph::speech::Speaks;
use crate::model::graph::trace::Reason;
use crate::model::graph::{Graph, Peer};
use crate::model::istio::destination;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::pods::Workload;
use crate::model::root::Root;
use crate::rules::finding::Confidence;
use crate::rules::reach;
use crate::rules::sink::Sink;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// Ports that schemes stand for where none is written.
const SCHEMES: [(&str, u16); 14] = [
    ("http", 80),
    ("https", 443),
    ("ws", 80),
    ("wss", 443),
    ("postgres", 5432),
    ("postgresql", 5432),
    ("mysql", 3306),
    ("mongodb", 27017),
    ("redis", 6379),
    ("rediss", 6379),
    ("amqp", 5672),
    ("amqps", 5671),
    ("nats", 4222),
    ("ldap", 389),
];

/// An address of a Service as a setting writes it.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    host: String,
    /// None where neither it nor its scheme says.
    port: Option<u16>,
}

/// A text of a workload's settings, and the resource in which it stands.
struct Setting<'r> {
    resource: usize,
    at: Cursor<'r>,
}

/// `configured_address_denied`: one finding for each setting.
pub fn configured_address_denied<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let Some(graph) = sink.graph().filter(|graph| !graph.policies().is_empty()) else { return };
    let (maps, mut reported) = (config_maps(root), BTreeSet::new());
    for (from, workload) in root.cluster().workloads.iter().enumerate() {
        if workload.present != Truth::True || workload.host_network != Truth::False {
            continue;
        }
        for setting in settings(root, workload, &maps, sink) {
            let Some(text) = setting.at.text() else {
                sink.unknown();
                continue;
            };
            let Some(address) = address(&text) else { continue };
            let Some((to, port)) = denied(graph, from, &address, sink) else { continue };
            if !reported.insert((setting.resource, setting.at.focus())) {
                continue;
            }
            let caller = format!("`{}`", reach::name(root, from));
            let target = format!("`{}`", reach::name(root, to));
            let number = port.to_string();
            let words = [("caller", &*caller), ("target", &*target), ("port", &*number)];
            let ends = [from, to].map(Peer::Workload);
            if let Some(raw) = sink.report(setting.resource, setting.at, None, &words) {
                raw.witness = Some(reach::by_network(graph, ends[0], ends[1], Protocol::Tcp, port));
                let homes = [from, to].map(|at| &root.cluster().workloads[at].home);
                if !homes.iter().all(|home| root.cluster().closed(home)) {
                    raw.confidence = Confidence::Possible;
                    raw.assumption =
                        Some("no network policy that allows it is written elsewhere".to_owned());
                }
            }
        }
    }
}

/// The workload behind an address, and its port, if every one behind it is out of reach. Where one end
/// allows it, what the other end denies is another rule's.
fn denied(
    graph: &Graph<'_>,
    from: usize,
    address: &Address,
    sink: &mut Sink<'_, '_>,
) -> Option<(usize, u16)> {
    let root = graph.root();
    let cluster = root.cluster();
    let (home, name) = place(&address.host, &cluster.workloads[from].home)?;
    let (exists, service) = cluster.service(&home, &name);
    let Some(service) = service.map(|at| &cluster.services[at]) else {
        if exists == Truth::Unknown {
            sink.unknown();
        }
        return None;
    };
    let port = match (address.port, service.ports.as_slice()) {
        (Some(number), ports) => ports.iter().find(|port| port.number == Some(number)),
        (None, [only]) if !service.open_ports => Some(only),
        _ => None,
    };
    let port = port.filter(|port| port.protocol.as_deref() == Some("TCP"))?;
    let targets = cluster.targets(service);
    // Who is one of several peers finds himself, too.
    if targets.iter().any(|(at, _)| *at == from) {
        return None;
    }
    let mut found = None;
    for (to, chosen) in targets {
        let number = port.number_on(&cluster.workloads[to])?;
        let ends = [from, to].map(Peer::Workload);
        let call = Call { speaks: Speaks::Usual, ..Call::new(ends[0], ends[1], number) };
        let decision = graph.call(&call);
        match decision.network.or(decision.allowed) {
            Truth::False => {}
            Truth::True => return None,
            Truth::Unknown => {
                sink.unknown();
                return None;
            }
        }
        let (_, steps) = graph.why(ends[0], ends[1], Protocol::Tcp, number);
        if steps.iter().any(|step| step.reason == Reason::Allows) {
            return None;
        }
        if chosen == Truth::True {
            found = found.or(Some((to, number)));
        }
    }
    found
}

/// The namespace and name of a Service: `api`, `api.shop`, `api.shop.svc…`.
fn place<'a>(host: &str, own: &Home<'a>) -> Option<(Home<'a>, String)> {
    let named = |namespace: &str| Home::Named(namespace.to_owned().into());
    let parts: Vec<&str> = host.split('.').collect();
    match parts.as_slice() {
        [name] => Some((own.clone(), (*name).to_owned())),
        [name, namespace] => Some((named(namespace), (*name).to_owned())),
        _ => {
            let (name, namespace) = destination::service(host)?;
            Some((named(namespace), name.to_owned()))
        }
    }
}

/// Configuration maps by their names.
fn config_maps<'r>(root: &'r Root<'r>) -> HashMap<Cow<'r, str>, Vec<usize>> {
    let mut maps: HashMap<_, Vec<usize>> = HashMap::new();
    for at in root.objects("", "ConfigMap") {
        let name = root.cursor(root.resources[at]).key("metadata").key("name");
        if let Some(name) = name.text() {
            maps.entry(name).or_default().push(at);
        }
    }
    maps
}

/// Values of environment variables, those from configuration maps among them, and arguments.
fn settings<'r>(
    root: &'r Root<'r>,
    workload: &Workload<'r>,
    maps: &HashMap<Cow<'r, str>, Vec<usize>>,
    sink: &mut Sink<'_, 'r>,
) -> Vec<Setting<'r>> {
    let own = workload.resource;
    let mut found = Vec::new();
    let map = |name: Cursor<'r>| {
        let mut named = maps.get(&name.text()?)?.iter().copied().filter(|at| {
            let body = root.cursor(root.resources[*at]);
            Home::read(body).same(&workload.home) == Truth::True
        });
        let first = named.next()?;
        // Of two that are written either may count.
        named.next().is_none().then_some(first)
    };
    let data = |at: usize| root.cursor(root.resources[at]).key("data");
    let (containers, open) = workload.containers();
    if open {
        sink.unknown();
    }
    for container in containers {
        for variable in container.key("env").items().known {
            let (value, from) = (variable.key("value"), variable.key("valueFrom"));
            let reference = from.key("configMapKeyRef");
            if value.shape() != Shape::Absent {
                found.push(Setting { resource: own, at: value });
            } else if let (Some(resource), Some(key)) =
                (map(reference.key("name")), reference.key("key").text())
            {
                let at = data(resource).key(&key);
                found.extend((at.shape() != Shape::Absent).then_some(Setting { resource, at }));
            }
        }
        for source in container.key("envFrom").items().known {
            if let Some(resource) = map(source.key("configMapRef").key("name")) {
                let entries = data(resource).entries().0.into_iter();
                found.extend(entries.map(|(_, at)| Setting { resource, at }));
            }
        }
        for list in ["command", "args"] {
            let items = container.key(list).items().known.into_iter();
            found.extend(items.map(|at| Setting { resource: own, at }));
        }
    }
    found
}

/// The address that a text is, if it is one and no more: with a scheme, or with a port.
fn address(text: &str) -> Option<Address> {
    let text = text.trim();
    let text = match text.strip_prefix('-').and_then(|rest| rest.split_once('=')) {
        Some((_, value)) => value.trim_matches(['"', '\'']),
        None => text,
    };
    let text = text.strip_prefix("jdbc:").unwrap_or(text);
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, text),
    };
    if text.contains(char::is_whitespace) {
        return None;
    }
    let authority = match scheme {
        Some(_) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
        None => rest,
    };
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0)?)),
        None => (authority, None),
    };
    let known = |scheme: &String| SCHEMES.iter().find(|(name, _)| name == scheme);
    let port = port.or_else(|| Some(known(scheme.as_ref()?)?.1));
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let named = host.chars().all(letter) && host.starts_with(|c: char| c.is_ascii_alphabetic());
    (named && (scheme.is_some() || port.is_some())).then_some(Address { host, port })
}

#[cfg(test)]
mod tests {
    use super::{Address, address, place};
    use crate::model::kubernetes::namespace::Home;

    #[test]
    fn texts_that_are_addresses() {
        for (text, expected) in [
            ("http://api", Some(("api", Some(80)))),
            ("https://api.shop/v1?a=b", Some(("api.shop", Some(443)))),
            ("HTTP://API.shop:8080", Some(("api.shop", Some(8080)))),
            ("grpc://api.shop.svc", Some(("api.shop.svc", None))),
            (
                "api.shop.svc.cluster.local.:50051",
                Some(("api.shop.svc.cluster.local", Some(50051))),
            ),
            ("api:3550", Some(("api", Some(3550)))),
            ("--upstream=\"http://api:80/\"", Some(("api", Some(80)))),
            ("jdbc:postgresql://db.data:5432/orders", Some(("db.data", Some(5432)))),
            ("redis://user:secret@cache:6379/0", Some(("cache", Some(6379)))),
            ("mongodb://a:27017,b:27017/x", None),
            ("api", None),
            ("api.shop", None),
            ("http://$(HOST):80", None),
            ("http://{{ host }}", None),
            ("http://10.0.0.1:80", None),
            ("see http://api", None),
            ("0.0.0.0:8080", None),
            (":8080", None),
            ("nginx:1.27", None),
            ("key:value", None),
            ("", None),
        ] {
            let found = address(text);
            let expected = expected.map(|(host, port)| Address { host: host.to_owned(), port });
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn hosts_name_services() {
        let own = Home::Named("shop".into());
        for (host, expected) in [
            ("api", Some(("shop", "api"))),
            ("api.pay", Some(("pay", "api"))),
            ("api.pay.svc", Some(("pay", "api"))),
            ("api.pay.svc.cluster.local", Some(("pay", "api"))),
            ("db-0.db.pay.svc", None),
            ("api.pay.example", None),
        ] {
            let found = place(host, &own);
            let found = found.as_ref().map(|(home, name)| (home.name().unwrap_or("?"), &**name));
            assert_eq!(found, expected, "{host}");
        }
    }
}
