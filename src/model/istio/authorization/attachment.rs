//! Which proxies a security policy attaches to: sidecars, gateways, waypoints, the ambient mesh's
//! node proxy. Holds for `AuthorizationPolicy` and `RequestAuthentication` alike.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::selector::{Labels, Selector};

/// The API group of gateways and their classes.
pub const GATEWAY_API: &str = "gateway.networking.k8s.io";
/// The class of waypoints.
pub const WAYPOINT_CLASS: &str = "istio-waypoint";

/// What a policy may attach to.
#[derive(Clone, Copy)]
pub enum Proxy<'p, 'a> {
    /// A pod with a sidecar, or one that the node's proxy serves.
    Workload {
        /// The pod's labels.
        labels: &'p Labels<'a>,
    },
    /// The pods of a Gateway API gateway.
    Gateway {
        /// The Gateway's name.
        name: &'p str,
        /// The pods' labels.
        labels: &'p Labels<'a>,
    },
    /// A waypoint.
    Waypoint {
        /// The Gateway's name.
        name: &'p str,
        /// Names of the Services and `ServiceEntry`s of the policy's namespace that it serves.
        services: &'p [&'p str],
    },
}

/// Where a policy stands relative to the proxy.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Whether it is in the proxy's namespace.
    pub same: Truth,
    /// Whether it is in the mesh's root namespace.
    pub root: Truth,
}

/// An entry of `targetRefs`, or `targetRef`.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The entry.
    pub at: Cursor<'a>,
}

impl Target<'_> {
    /// `group`; the core group where it is empty or absent.
    pub fn group(&self) -> Option<String> {
        let group = self.at.key("group");
        match group.shape() {
            Shape::Absent => Some(String::new()),
            _ => group.text().map(std::borrow::Cow::into_owned),
        }
    }

    /// `kind`, where known.
    pub fn kind(&self) -> Option<String> {
        self.at.key("kind").text().map(std::borrow::Cow::into_owned)
    }

    fn is(&self, group: &str, kind: &str, name: &str) -> Truth {
        let word = |own: Option<String>, word: &str| {
            own.map_or(Truth::Unknown, |own| Truth::of(own == word))
        };
        let named = self.at.key("name").text().map(std::borrow::Cow::into_owned);
        Truth::all([word(self.group(), group), word(self.kind(), kind), word(named, name)])
    }
}

/// The targets that a policy's `spec` names, and whether there may be others.
pub fn targets(spec: Cursor<'_>) -> (Vec<Target<'_>>, bool) {
    let list = spec.key("targetRefs").items();
    let mut found: Vec<Target<'_>> = list.known.into_iter().map(|at| Target { at }).collect();
    let single = spec.key("targetRef");
    match single.shape() {
        Shape::Absent => {}
        Shape::Unknown => return (found, true),
        _ => found.push(Target { at: single }),
    }
    (found, list.open)
}

/// Whether a policy attaches to a proxy ("policyattachment": what `targetRefs` name, else what the
/// selector matches; a policy without either is for everything in its namespace, or in the whole
/// mesh from the root namespace). One with targets never attaches to sidecars or the node's proxy;
/// one without never attaches to a waypoint.
pub fn attaches(spec: Cursor<'_>, position: Position, proxy: Proxy<'_, '_>) -> Truth {
    let (named, open) = targets(spec);
    let targeted = match (named.is_empty(), open) {
        (false, _) => Truth::True,
        (true, true) => Truth::Unknown,
        (true, false) => Truth::False,
    };
    let any = |test: &dyn Fn(&Target<'_>) -> Truth| {
        let known = Truth::any(named.iter().map(test));
        if open { known.or(Truth::Unknown) } else { known }
    };
    let by_labels = |labels: &Labels<'_>| {
        let selected = match Selector::read(spec.key("selector")) {
            Some(selector) => selector.matches(labels),
            None => Truth::True,
        };
        selected.and(position.same.or(position.root)).and(!targeted)
    };
    match proxy {
        Proxy::Workload { labels } => by_labels(labels),
        Proxy::Gateway { name, labels } => {
            let named = any(&|target| target.is(GATEWAY_API, "Gateway", name)).and(position.same);
            named.or(by_labels(labels))
        }
        Proxy::Waypoint { name, services } => {
            let own = any(&|target| {
                let service = |name: &&str| {
                    let entry = target.is("networking.istio.io", "ServiceEntry", name);
                    target.is("", "Service", name).or(entry)
                };
                let gateway = target.is(GATEWAY_API, "Gateway", name);
                Truth::any(services.iter().map(service)).or(gateway)
            });
            let class = any(&|target| target.is(GATEWAY_API, "GatewayClass", WAYPOINT_CLASS));
            own.and(position.same).or(class.and(position.root))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, Proxy, attaches};
    use crate::model::fact::Truth::{self, False, True, Unknown};
    use crate::model::istio::fixture::yaml;
    use crate::model::selector::Labels;

    const HERE: Position = Position { same: True, root: False };
    const ROOT: Position = Position { same: False, root: True };
    const ELSEWHERE: Position = Position { same: False, root: False };
    const SOMEWHERE: Position = Position { same: Unknown, root: False };

    const ALL: &str = "{}";
    const WEB: &str = "{selector: {matchLabels: {app: web}}}";
    const API: &str = "{selector: {matchLabels: {app: api}}}";
    const LATER: &str = "{selector: {matchLabels: {app: \"${APP}\"}}}";
    const EDGE: &str =
        "{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]}";
    const SINGLE: &str =
        "{targetRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge}}";
    const WRONG_GROUP: &str = "{targetRefs: [{kind: Gateway, name: edge}]}";
    const SERVICE: &str = "{targetRefs: [{kind: Service, name: orders}]}";
    const SERVICE_GROUP: &str = "{targetRefs: [{group: \"\", kind: Service, name: orders}]}";
    const ENTRY: &str =
        "{targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: partner}]}";
    const CLASS: &str = "{targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}]}";
    const OPEN: &str = "{targetRefs: [{kind: Service, name: \"${NAME}\"}]}";

    fn judge(spec: &str, position: Position, proxy: Proxy<'_, '_>) -> Truth {
        attaches(yaml(&format!("spec: {spec}\n")).key("spec"), position, proxy)
    }

    #[test]
    fn to_workloads_by_labels_only() {
        let labels = Labels::read(yaml("labels: {app: web, tier: front}\n").key("labels"));
        for (spec, position, expected) in [
            (ALL, HERE, True),
            (ALL, ROOT, True),
            (ALL, ELSEWHERE, False),
            (ALL, SOMEWHERE, Unknown),
            (WEB, HERE, True),
            (WEB, ROOT, True),
            (API, HERE, False),
            (API, SOMEWHERE, False),
            (LATER, HERE, Unknown),
            (LATER, ELSEWHERE, False),
            ("{selector: {}}", HERE, True),
            (EDGE, HERE, False),
            (SERVICE, HERE, False),
            (OPEN, HERE, False),
            ("{targetRefs: []}", HERE, True),
        ] {
            let proxy = Proxy::Workload { labels: &labels };
            assert_eq!(judge(spec, position, proxy), expected, "{spec} {position:?}");
        }
    }

    #[test]
    fn to_gateways_by_target_or_labels() {
        let labels = Labels::read(yaml("labels: {app: edge}\n").key("labels"));
        for (spec, position, expected) in [
            (EDGE, HERE, True),
            (SINGLE, HERE, True),
            (EDGE, ROOT, False),
            (EDGE, ELSEWHERE, False),
            (WRONG_GROUP, HERE, False),
            (SERVICE, HERE, False),
            (ALL, HERE, True),
            (ALL, ROOT, True),
            (WEB, HERE, False),
            ("{selector: {matchLabels: {app: edge}}}", HERE, True),
        ] {
            let proxy = Proxy::Gateway { name: "edge", labels: &labels };
            assert_eq!(judge(spec, position, proxy), expected, "{spec} {position:?}");
        }
    }

    #[test]
    fn to_waypoints_by_target_only() {
        for (spec, position, expected) in [
            (SERVICE, HERE, True),
            (SERVICE_GROUP, HERE, True),
            (SERVICE, ELSEWHERE, False),
            (ENTRY, HERE, True),
            ("{targetRefs: [{kind: Service, name: other}]}", HERE, False),
            (
                "{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]}",
                HERE,
                True,
            ),
            (EDGE, HERE, False),
            (CLASS, ROOT, True),
            (CLASS, HERE, False),
            (ALL, HERE, False),
            (ALL, ROOT, False),
            (WEB, HERE, False),
            (OPEN, HERE, Unknown),
        ] {
            let services = ["orders", "partner"];
            let proxy = Proxy::Waypoint { name: "way", services: &services };
            assert_eq!(judge(spec, position, proxy), expected, "{spec} {position:?}");
        }
    }
}
