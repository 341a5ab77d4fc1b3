//! Routes and the gateways they hang on, in Istio's API and the Gateway API.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::model::selector::Selector;
use std::borrow::Cow;

/// The API group of Istio's routes.
pub const ISTIO: &str = "networking.istio.io";
/// That of the Gateway API.
pub const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// A gateway of either API.
pub struct Gateway<'r> {
    /// Its namespace.
    pub home: Home<'r>,
    /// Its name, where known.
    pub name: Option<Cow<'r, str>>,
    /// Its `spec`.
    pub spec: Cursor<'r>,
    /// `True`, or `Unknown` where it may not exist.
    pub present: Truth,
}

/// The gateways of an API group.
pub fn gateways<'r>(root: &'r Root<'r>, group: &str) -> Vec<Gateway<'r>> {
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
pub fn find<'c, 'r>(
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

/// Whether a route's parent is a gateway (`ParentReference`: the default).
pub fn is_gateway(parent: Cursor<'_>) -> bool {
    let is = |key: &str, default: &str| {
        let at = parent.key(key);
        at.shape() == Shape::Absent || at.text().is_some_and(|text| text == default)
    };
    is("kind", "Gateway") && is("group", GATEWAY_API)
}

/// Whether a server of an Istio Gateway admits a host. The namespace before a `/` limits whose
/// virtual services are taken in; that is not looked at.
pub fn admits(server: Cursor<'_>, host: &str) -> Truth {
    let hosts = server.key("hosts").items();
    let known = Truth::any(hosts.known.iter().map(|own| match own.text() {
        Some(text) => Truth::of(overlap(text.rsplit('/').next().unwrap_or_default(), host)),
        None => Truth::Unknown,
    }));
    if hosts.open { known.or(Truth::Unknown) } else { known }
}

/// Whether two host names, perhaps with a wildcard in front, have a host in common.
pub fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    match (one.strip_prefix('*'), other.strip_prefix('*')) {
        (Some(one), Some(other)) => one.ends_with(other) || other.ends_with(one),
        (Some(suffix), None) => other.ends_with(suffix),
        (None, Some(suffix)) => one.ends_with(suffix),
        (None, None) => one == other,
    }
}

/// Whether a listener of the gateway takes in routes of a namespace, and which ones the reference
/// means.
pub fn taken<'r>(
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
