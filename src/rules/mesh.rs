//! Questions about an Istio mesh that several rules ask.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::istio::destination;
use crate::model::istio::mesh::NETWORKING;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::service::ServicePort;
use crate::model::root::Root;
use crate::model::value::NodeRef;

/// The Service that a host means and the workloads behind it.
#[derive(Debug, PartialEq, Eq)]
pub enum Host {
    /// A Service of the root, by its index in the cluster, and its workloads.
    Service(usize, Vec<usize>),
    /// A name of the mesh that nothing in the root explains.
    Inside,
    /// Outside the mesh, or the cluster's own API server.
    Outside,
    /// Cannot be told.
    Unknown,
}

/// What a rule of namespace `home` means by a host (`DestinationRule.host`).
pub fn host(root: &Root<'_>, host: Cursor<'_>, home: &Home<'_>) -> Host {
    let Some(text) = host.text() else { return Host::Unknown };
    let cluster = root.cluster();
    let inside =
        text == "*" || !text.contains('.') || text.ends_with(".svc") || text.ends_with(".local");
    if !inside || is_api_server(&text) {
        return Host::Outside;
    }
    if !text.contains('.') && *home == Home::Unknown {
        return Host::Unknown;
    }
    let (service, found_in) = match destination::whole_name(&text, home.name()) {
        None => (text.to_string(), home.clone()),
        Some(whole) => match external(root, &whole) {
            Truth::True => return Host::Outside,
            Truth::Unknown => return Host::Unknown,
            Truth::False => match destination::service(&whole) {
                None => return Host::Inside,
                Some((name, namespace)) => {
                    (name.to_owned(), Home::Named(namespace.to_owned().into()))
                }
            },
        },
    };
    match cluster.service(&found_in, &service) {
        (Truth::False, _) => Host::Inside,
        (Truth::True, Some(at)) => {
            let service = &cluster.services[at];
            if service.kind.is_none() {
                return Host::Unknown;
            }
            if service.selector.is_none() {
                return Host::Outside;
            }
            let targets = cluster.targets(service);
            if targets.iter().any(|(_, truth)| *truth != Truth::True) {
                return Host::Unknown;
            }
            Host::Service(at, targets.into_iter().map(|(target, _)| target).collect())
        }
        _ => Host::Unknown,
    }
}

/// The API server is no part of the mesh and speaks its own TLS.
fn is_api_server(host: &str) -> bool {
    let rest = host.strip_prefix("kubernetes");
    rest.is_some_and(|rest| {
        matches!(rest, "" | ".default" | ".default.svc" | ".default.svc.cluster.local")
    })
}

/// Whether a `ServiceEntry` says that a host lies outside the mesh (`MESH_EXTERNAL`, the default).
fn external(root: &Root<'_>, host: &str) -> Truth {
    Truth::any(root.objects(NETWORKING, "ServiceEntry").map(|at| {
        let spec = root.cursor(root.resources[at]).key("spec");
        let location = spec.key("location");
        let outside = match (location.shape(), location.text()) {
            (Shape::Absent, _) => Truth::True,
            (_, Some(text)) => Truth::of(text == "MESH_EXTERNAL"),
            _ => Truth::Unknown,
        };
        let hosts = spec.key("hosts").items();
        let listed = Truth::any(hosts.known.iter().map(|item| match item.text() {
            Some(text) => Truth::of(destination::covers(&text, host)),
            None => Truth::Unknown,
        }));
        let listed = if hosts.open { listed.or(Truth::Unknown) } else { listed };
        outside.and(listed)
    }))
}

/// Whether a Service's port is said to carry bytes that no proxy reads as requests, by
/// `appProtocol` or the name's prefix ("Protocol selection").
pub fn is_opaque(port: &ServicePort<'_>) -> bool {
    let word = match (&port.app_protocol, &port.name) {
        (Some(protocol), _) => protocol.to_ascii_lowercase(),
        (None, Some(name)) => name.split('-').next().unwrap_or_default().to_ascii_lowercase(),
        (None, None) => return false,
    };
    let tcp = port.protocol.as_deref() == Some("TCP");
    tcp && matches!(word.as_str(), "tcp" | "tls" | "https" | "mongo" | "mysql" | "redis")
}

/// The keys to write below a map for something absent in it, as reports want them.
pub fn missing(parent: Cursor<'_>, key: &str) -> Option<(NodeRef, Vec<String>)> {
    Some((parent.node_ref()?, vec![key.to_owned()]))
}
