//! What a `DestinationRule` makes clients do: which host it is for, and which TLS they speak.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;

/// What a client's proxy speaks to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Plaintext.
    Disable,
    /// TLS without a certificate of the client's.
    Simple,
    /// TLS with a certificate of the client's that the rule names.
    Mutual,
    /// The mesh's mutual TLS.
    IstioMutual,
}

/// The whole name of a host as a rule in `namespace` means it (`DestinationRule.host`: short names
/// are of the rule's own namespace). A name with a dot is whole already, and so is a wildcard. None
/// where the namespace is needed and not known.
pub fn whole_name(host: &str, namespace: Option<&str>) -> Option<String> {
    if host.contains('.') || host.starts_with('*') {
        return Some(host.to_ascii_lowercase());
    }
    let namespace = namespace?;
    Some(format!("{}.{namespace}.svc.cluster.local", host.to_ascii_lowercase()))
}

/// The service and namespace of a whole in-cluster name, whatever the cluster's domain.
pub fn service(host: &str) -> Option<(&str, &str)> {
    let (name, rest) = host.split_once('.')?;
    let (namespace, domain) = rest.split_once('.')?;
    let inside = domain == "svc" || domain.starts_with("svc.");
    (inside && !name.is_empty() && name != "*").then_some((name, namespace))
}

/// Whether a host that a rule names (whole, perhaps with a leading `*`) covers another.
pub fn covers(host: &str, other: &str) -> bool {
    match host.strip_prefix('*') {
        Some(suffix) => other.ends_with(suffix),
        None => host == other,
    }
}

/// A rule as clients look it up.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'c> {
    /// Its namespace.
    pub namespace: &'c str,
    /// Its whole host.
    pub host: &'c str,
    /// The namespaces it is for (`exportTo`): `.` its own, `*` or none at all every one.
    pub export_to: &'c [&'c str],
}

impl Candidate<'_> {
    fn is_seen_from(&self, client: &str) -> bool {
        self.export_to.is_empty()
            || self.export_to.iter().any(|to| match *to {
                "*" => true,
                "." => self.namespace == client,
                name => name == client,
            })
    }
}

/// The rule that a client's proxy uses for a host (`DestinationRule.exportTo`, "the process follows
/// the namespace hierarchy"): that of the client's own namespace, else of the Service's, else of the
/// root; among them the one with the longest host, the first of equals.
pub fn choose(
    rules: &[Candidate<'_>],
    host: &str,
    client: &str,
    service: Option<&str>,
    root: &str,
) -> Option<usize> {
    [Some(client), service, Some(root)].into_iter().flatten().find_map(|namespace| {
        let here = rules.iter().enumerate().filter(|(_, rule)| {
            rule.namespace == namespace && covers(rule.host, host) && rule.is_seen_from(client)
        });
        let best =
            here.rev().max_by_key(|(_, rule)| (!rule.host.starts_with('*'), rule.host.len()));
        best.map(|(at, _)| at)
    })
}

/// A setting and where it is written.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The `tls` block.
    pub block: Cursor<'a>,
    /// What it says; none where that cannot be told.
    pub tls: Option<Tls>,
}

/// What a `tls` block says; none where there is no block, so that mutual TLS is automatic. A block
/// without `mode` is `DISABLE`, the first value of the enumeration (`ClientTLSSettings.TLSmode`).
pub fn setting(block: Cursor<'_>) -> Option<Setting<'_>> {
    let tls = match block.shape() {
        Shape::Absent => return None,
        Shape::Unknown => None,
        _ => {
            let mode = block.key("mode");
            match (mode.absent(), mode.text().as_deref()) {
                (Truth::True, _) | (_, Some("DISABLE")) => Some(Tls::Disable),
                (_, Some("SIMPLE")) => Some(Tls::Simple),
                (_, Some("MUTUAL")) => Some(Tls::Mutual),
                (_, Some("ISTIO_MUTUAL")) => Some(Tls::IstioMutual),
                _ => None,
            }
        }
    };
    Some(Setting { block, tls })
}

/// What the rule says for a port of the Service and a subset: the subset's own policy, else the
/// rule's; in each a port's settings replace the others wholly (`TrafficPolicy.PortTrafficPolicy`),
/// so that one without `tls` leaves mutual TLS automatic.
pub fn for_port<'a>(
    spec: Cursor<'a>,
    subset: Option<Cursor<'a>>,
    port: Option<u16>,
) -> Option<Setting<'a>> {
    let policies =
        [subset.map(|subset| subset.key("trafficPolicy")), Some(spec.key("trafficPolicy"))];
    for policy in policies.into_iter().flatten() {
        if let Some(own) = port.and_then(|port| port_policy(policy, port)) {
            return setting(own.key("tls"));
        }
        if let Some(found) = setting(policy.key("tls")) {
            return Some(found);
        }
    }
    None
}

fn port_policy(policy: Cursor<'_>, port: u16) -> Option<Cursor<'_>> {
    policy.key("portLevelSettings").items().known.into_iter().find(|item| {
        item.key("port").key("number").text().is_some_and(|text| text.parse() == Ok(port))
    })
}

/// Every `tls` block of a rule, with what it is for.
pub fn blocks(spec: Cursor<'_>) -> Vec<(Scope<'_>, Setting<'_>)> {
    let mut found = Vec::new();
    collect(None, spec.key("trafficPolicy"), &mut found);
    for subset in spec.key("subsets").items().known {
        collect(Some(subset), subset.key("trafficPolicy"), &mut found);
    }
    found
}

/// What a `tls` block of a rule is for.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The subset; none for every one.
    pub subset: Option<Cursor<'a>>,
    /// The Service's port; none for every one.
    pub port: Option<Cursor<'a>>,
}

fn collect<'a>(
    subset: Option<Cursor<'a>>,
    policy: Cursor<'a>,
    found: &mut Vec<(Scope<'a>, Setting<'a>)>,
) {
    if let Some(setting) = setting(policy.key("tls")) {
        found.push((Scope { subset, port: None }, setting));
    }
    for item in policy.key("portLevelSettings").items().known {
        if let Some(setting) = setting(item.key("tls")) {
            found.push((Scope { subset, port: Some(item.key("port").key("number")) }, setting));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Candidate, Tls, blocks, choose, covers, for_port, service, whole_name};
    use crate::model::istio::fixture::yaml;

    #[test]
    fn short_names_are_of_the_rules_namespace() {
        for (host, namespace, expected) in [
            ("orders", Some("shop"), Some("orders.shop.svc.cluster.local")),
            ("orders", None, None),
            ("Orders.Pay.svc.cluster.local", Some("shop"), Some("orders.pay.svc.cluster.local")),
            ("orders.pay", Some("shop"), Some("orders.pay")),
            ("*.pay.svc.cluster.local", None, Some("*.pay.svc.cluster.local")),
            ("api.example.test", None, Some("api.example.test")),
        ] {
            assert_eq!(whole_name(host, namespace).as_deref(), expected, "{host}");
        }
        assert_eq!(service("orders.pay.svc.cluster.local"), Some(("orders", "pay")));
        assert_eq!(service("orders.pay.svc.corp.test"), Some(("orders", "pay")));
        assert_eq!(service("orders.pay"), None);
        assert_eq!(service("api.example.test"), None);
        assert_eq!(service("*.pay.svc.cluster.local"), None);
        assert!(covers("*.pay.svc.cluster.local", "orders.pay.svc.cluster.local"));
        assert!(covers("*", "api.example.test"));
        assert!(!covers("*.pay.svc.cluster.local", "orders.shop.svc.cluster.local"));
    }

    #[test]
    fn the_nearest_rule_and_the_longest_host_win() {
        const HOST: &str = "orders.pay.svc.cluster.local";
        const WIDE: &str = "*.pay.svc.cluster.local";
        let rule = |namespace, host, export_to| Candidate { namespace, host, export_to };
        let cases: &[(&[Candidate<'_>], Option<usize>)] = &[
            (&[], None),
            (&[rule("pay", HOST, &[])], Some(0)),
            (&[rule("pay", HOST, &[]), rule("shop", WIDE, &[])], Some(1)),
            (&[rule("istio-system", HOST, &[]), rule("pay", WIDE, &[])], Some(1)),
            (&[rule("istio-system", "*", &[])], Some(0)),
            (&[rule("other", HOST, &[])], None),
            (&[rule("shop", WIDE, &[]), rule("shop", HOST, &[])], Some(1)),
            (&[rule("shop", "*", &[]), rule("shop", WIDE, &[])], Some(1)),
            (&[rule("shop", HOST, &[]), rule("shop", HOST, &[])], Some(0)),
            (&[rule("pay", HOST, &["."])], None),
            (&[rule("pay", HOST, &["shop"])], Some(0)),
            (&[rule("pay", HOST, &["web"]), rule("istio-system", "*", &["*"])], Some(1)),
            (&[rule("shop", HOST, &["."])], Some(0)),
        ];
        for (rules, expected) in cases {
            let found = choose(rules, HOST, "shop", Some("pay"), "istio-system");
            assert_eq!(found, *expected, "{rules:?}");
        }
    }

    const SPEC: &str = "
spec:
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    portLevelSettings:
      - {port: {number: 80}, tls: {mode: DISABLE}}
      - {port: {number: 81}, connectionPool: {}}
      - {port: {number: 82}, tls: {sni: orders}}
  subsets:
    - {name: v1}
    - {name: v2, trafficPolicy: {tls: {mode: SIMPLE}}}
    - name: v3
      trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: MUTUAL}}]}
    - {name: v4, trafficPolicy: {loadBalancer: {simple: RANDOM}}}
    - {name: v5, trafficPolicy: {tls: {mode: \"${MODE}\"}}}
";

    #[test]
    fn ports_and_subsets_replace_what_is_wider() {
        use Tls::{Disable, IstioMutual, Mutual, Simple};
        let spec = yaml(SPEC).key("spec");
        let subset = |at: usize| spec.key("subsets").index(at);
        for (at, port, expected) in [
            (None, None, Some(IstioMutual)),
            (None, Some(8080), Some(IstioMutual)),
            (None, Some(80), Some(Disable)),
            (None, Some(82), Some(Disable)),
            (Some(0), Some(80), Some(Disable)),
            (Some(0), None, Some(IstioMutual)),
            (Some(1), None, Some(Simple)),
            (Some(1), Some(80), Some(Simple)),
            (Some(2), Some(80), Some(Mutual)),
            (Some(2), Some(8080), Some(IstioMutual)),
            (Some(3), Some(80), Some(Disable)),
        ] {
            let found = for_port(spec, at.map(subset), port).and_then(|setting| setting.tls);
            assert_eq!(found, expected, "{at:?} {port:?}");
        }
        assert!(for_port(spec, None, Some(81)).is_none(), "automatic again");
        let unknown = for_port(spec, Some(subset(4)), None).expect("a block");
        assert_eq!(unknown.tls, None);
        assert_eq!(blocks(spec).len(), 6);
    }

    #[test]
    fn without_a_block_mutual_tls_is_automatic() {
        assert!(for_port(yaml("spec: {host: a}\n").key("spec"), None, Some(80)).is_none());
        let empty = yaml("spec: {trafficPolicy: {tls: {}}}\n").key("spec");
        assert_eq!(for_port(empty, None, None).and_then(|s| s.tls), Some(Tls::Disable));
    }
}
