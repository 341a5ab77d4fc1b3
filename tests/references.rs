//! References between Kubernetes objects that lead nowhere, and those that only seem to: each case is
//! a world of its own. `#!` marks a line with a proven finding, `#?` one with a possible finding.

mod support;

use globset::{Glob, GlobSet};
use std::collections::BTreeSet;
use support::settings;
use ztlint::input::file_tree::Memory;
use ztlint::rules::engine;
use ztlint::rules::finding::Confidence;

/// A case: rule, what it shows, namespaces that are closed, manifests.
type Case<'a> = (&'a str, &'a str, &'a str, Vec<String>);

fn found(rule: &str, closed: &str, text: &str) -> (BTreeSet<(u32, Confidence)>, Vec<String>) {
    let mut settings = settings(rule, Vec::new());
    if !closed.is_empty() {
        let glob = Glob::new(closed).expect("a glob");
        settings.model.closed_namespaces =
            GlobSet::builder().add(glob).build().expect("one glob is a set");
    }
    let report = engine::run(&Memory::new().with("all.yaml", text.to_owned()), &settings);
    assert!(report.problems.is_empty(), "{:?} in\n{text}", report.problems);
    let line = |at: u32| text[..at as usize].matches('\n').count() as u32 + 1;
    let place = |finding: &ztlint::rules::finding::Finding| {
        (line(finding.primary.span.start), finding.confidence)
    };
    let messages = report.findings.iter().map(|finding| finding.message.clone()).collect();
    (report.findings.iter().map(place).collect(), messages)
}

fn check(cases: Vec<Case<'_>>) {
    let mut faults = Vec::new();
    for (rule, shows, closed, objects) in cases {
        let text = objects.join("\n---\n") + "\n";
        let expected: BTreeSet<_> = (1..)
            .zip(text.lines())
            .filter_map(|(line, text)| match (text.contains("#!"), text.contains("#?")) {
                (true, _) => Some((line, Confidence::Proven)),
                (_, true) => Some((line, Confidence::Possible)),
                _ => None,
            })
            .collect();
        let (found, messages) = found(&format!("ZT-{rule}"), closed, &text);
        if found != expected {
            faults.push(format!("{rule}, {shows}: {found:?}, not {expected:?}\n{messages:#?}"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// `shop/web`, or only `web`: no namespace is written.
fn metadata(name: &str) -> String {
    match name.split_once('/') {
        Some((namespace, name)) => format!("metadata: {{name: {name}, namespace: {namespace}}}"),
        None => format!("metadata: {{name: {name}}}"),
    }
}

fn pods(name: &str, labels: &str, ports: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\n{}\nspec:\n  template:\n    metadata: {{labels: {{{labels}}}}}\n    \
         spec: {{containers: [{{name: a, image: 'shop:1', ports: [{ports}]}}]}}",
        metadata(name)
    )
}

fn policy(name: &str, spec: &str) -> String {
    object("networking.k8s.io/v1", "NetworkPolicy", name, spec)
}

fn service(name: &str, spec: &str) -> String {
    object("v1", "Service", name, spec)
}

fn object(api: &str, kind: &str, name: &str, spec: &str) -> String {
    format!("apiVersion: {api}\nkind: {kind}\n{}\nspec:\n  {spec}", metadata(name))
}

fn namespace(name: &str, labels: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}")
}

/// Cases: rule, what is shown, closed namespaces => manifests.
macro_rules! cases {
    ($($rule:literal $shows:literal $closed:literal => $($object:expr),+;)*) => {
        vec![$(($rule, $shows, $closed, vec![$($object.to_string()),+])),*]
    };
}

#[test]
fn selectors() {
    let web = pods("shop/web", "app: web", "");
    let unwritten = pods("web", "app: web", "");
    let select =
        |labels: &str| policy("shop/p", &format!("podSelector: {{matchLabels: {{{labels}}}}}"));
    let custom = object("kafka.strimzi.io/v1", "Kafka", "shop/k", "replicas: 3");
    let deployer = object("argoproj.io/v1alpha1", "Application", "cd/k", "project: x");
    let peer = "security.istio.io/v1";
    check(cases! {
        "POL-001" "a slip" "" => web, select("app: wbe") + " #?";
        "POL-001" "an unknown name" "" => web, select("app: db");
        "POL-001" "an unknown name in a closed world" "shop" => web, select("app: db") + " #!";
        "POL-001" "a closed world without workloads" "sh*" => select("app: db") + " #!";
        "POL-001" "the same name under another key" "" => web, select("name: web") + " #?";
        "POL-001" "a value that is no name" "" => web, select("tier: web");
        "POL-001" "the name, and a label that is not there" "" => web, policy("shop/p", "podSelector:\n    matchLabels: #?\n      app: web\n      tier: x");
        "POL-001" "siblings" "" => pods("shop/a", "app: web-1", ""), select("app: web-2");
        "POL-001" "another namespace" "" => pods("pay/web", "app: web", ""), select("app: wbe");
        "POL-001" "no namespace on either" "" => unwritten, policy("p", "podSelector: {matchLabels: {app: wbe}} #?");
        "POL-001" "a namespace on one" "" => unwritten, web, select("app: web");
        "POL-001" "the pods may be there" "" => unwritten, pods("shop/api", "app: api", ""), select("app: web");
        "POL-001" "an operator beside" "" => web, custom, select("app: wbe");
        "POL-001" "an operator in a closed world" "shop" => web, custom, select("app: wbe") + " #!";
        "POL-001" "a deployer beside" "" => web, deployer, select("app: wbe") + " #?";
        "POL-001" "a label of an operator" "" => web, select("app: wbe, strimzi.io/cluster: k");
        "POL-001" "a system namespace" "" => pods("kube-system/dns", "app: dnss", ""), policy("kube-system/p", "podSelector: {matchLabels: {app: dns}}");
        "POL-001" "only PeerAuthentication of the mesh's group" "" => web, object("example.org/v1", "PeerAuthentication", "shop/p", "selector: {matchLabels: {app: wbe}}");
        "POL-001" "a mesh policy" "" => web, object(peer, "PeerAuthentication", "shop/p", "selector: {matchLabels: {app: wbe}} #?");
        "POL-001" "a mesh policy with a target" "" => web, object(peer, "AuthorizationPolicy", "shop/p", "{selector: {matchLabels: {app: wbe}}, targetRefs: [{kind: Gateway, name: x}]}");
        "POL-530" "a Service" "" => web, service("shop/s", "selector: {app: wbe} #?");
        "POL-530" "a Service of another namespace" "" => web, service("pay/s", "selector: {app: wbe}");
        "POL-531" "a subset of a Service elsewhere" "" => web, service("shop/web", "selector: {app: web}"), object("networking.istio.io/v1", "DestinationRule", "shop/d", "{host: web.pay.svc, subsets: [{name: a, labels: {v: b}}]}");
        "POL-531" "a subset by the short name in another namespace" "" => web, service("shop/web", "selector: {app: web}"), object("networking.istio.io/v1", "DestinationRule", "pay/d", "{host: web, subsets: [{name: a, labels: {v: b}}]}");
        "POL-531" "a subset that nobody is in" "" => web, service("shop/web", "selector: {app: web}"), object("networking.istio.io/v1", "DestinationRule", "pay/d", "{host: web.shop.svc.cluster.local, subsets: [{name: a, labels: {v: b}}]} #?");
    });
}

#[test]
fn peers_and_namespaces() {
    let web = pods("shop/web", "app: web", "");
    let scraper = pods("watch/scraper", "app: scraper", "");
    let from = |peer: &str| {
        policy("shop/p", &format!("{{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}"))
    };
    let to = |peer: &str| {
        policy(
            "shop/p",
            &format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{peer}]}}]}}"),
        )
    };
    let called = |name: &str| format!("{{namespaceSelector: {{matchLabels: {{name: {name}}}}}}}");
    let fixed = |name: &str| {
        format!("{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}}}")
    };
    let app = |name: &str| format!("{{podSelector: {{matchLabels: {{app: {name}}}}}}}");
    let both = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: watch}}, podSelector: {matchLabels: {app: nobody}}}";
    let (watch, labelled) = (namespace("watch", ""), namespace("watch", "name: watch"));
    let principals = |list: &str| {
        object(
            "security.istio.io/v1",
            "AuthorizationPolicy",
            "shop/p",
            &format!("rules: [{{from: [{{source: {{{list}}}}}]}}]"),
        )
    };
    check(cases! {
        "POL-002" "declared without the label" "" => watch, from(&called("watch")) + " #?";
        "POL-002" "declared with it" "" => labelled, from(&called("watch"));
        "POL-002" "not declared" "" => namespace("shop", ""), from(&called("watch"));
        "POL-002" "egress to a slip" "" => web, to(&app("wbe")) + " #?";
        "POL-002" "rules for a direction that does not count" "" => web, policy("shop/p", "{podSelector: {}, policyTypes: [Egress], ingress: [{from: [{podSelector: {matchLabels: {app: wbe}}}]}]}");
        "POL-002" "pods elsewhere" "" => web, from(&app("nobody"));
        "POL-002" "pods in a closed world" "shop" => web, from(&app("nobody")) + " #!";
        "POL-002" "another namespace, open" "shop" => web, scraper, from(both);
        "POL-002" "another namespace, closed" "*" => web, scraper, from(both) + " #!";
        "POL-532" "not declared" "" => from(&called("watch")) + " #!";
        "POL-532" "declared, which is another rule's" "" => watch, from(&called("watch"));
        "POL-532" "others carry the label" "" => namespace("shop", "name: shop"), from(&called("watch"));
        "POL-004" "closed" "*" => web, from(&fixed("watch")) + " #!";
        "POL-004" "open" "" => web, from(&fixed("watch"));
        "POL-004" "only named by a workload" "*" => scraper, web, from(&fixed("watch"));
        "POL-004" "a slip" "" => watch, from(&fixed("wathc")) + " #?";
        "POL-004" "a system namespace" "*" => web, from(&fixed("kube-system"));
        "POL-004" "a slip in a mesh policy" "" => watch, principals("namespaces: [wathc]") + " #?";
        "POL-004" "workloads without a namespace may be in it" "" => watch, pods("a", "app: a", ""), from(&fixed("wathc"));
        "NET-012" "pods that are only there" "" => web, scraper, from(&format!("{}, {}", fixed("watch"), app("scraper"))) + " #?";
        "NET-012" "the other way round" "" => web, scraper, from(&format!("{}, {}", app("scraper"), fixed("watch")));
        "NET-012" "pods of both" "" => web, scraper, pods("shop/s", "app: scraper", ""), from(&format!("{}, {}", fixed("watch"), app("scraper")));
        "NET-012" "every namespace" "" => web, scraper, from(&format!("{{namespaceSelector: {{}}}}, {}", app("scraper")));
        "NET-012" "pods that may be here" "" => pods("s", "app: scraper", ""), scraper, from(&format!("{}, {}", fixed("watch"), app("scraper")));
    });
}

#[test]
fn ports() {
    let web = pods("shop/web", "app: web", "{name: http, containerPort: 8080}");
    let dns = pods("shop/web", "app: web", "{name: dns, containerPort: 53, protocol: UDP}");
    let port = |port: &str| {
        policy(
            "shop/p",
            &format!(
                "{{podSelector: {{matchLabels: {{app: web}}}}, ingress: [{{ports: [{port}]}}]}}"
            ),
        )
    };
    let served =
        |ports: &str| service("shop/s", &format!("{{selector: {{app: web}}, ports: [{ports}]}}"));
    let mapped = served("{port: 80, targetPort: 8080}");
    check(cases! {
        "POL-010" "declared" "" => web, port("{port: http}");
        "POL-010" "not declared" "" => web, port("{port: web}") + " #?";
        "POL-010" "not declared, closed" "shop" => web, port("{port: web}") + " #!";
        "POL-010" "for another protocol" "" => dns, port("{port: dns}") + " #?";
        "POL-010" "for its protocol" "" => dns, port("{port: dns, protocol: UDP}");
        "POL-010" "the injected proxy's" "" => web, port("{port: http-envoy-prom}");
        "POL-010" "some pods have it" "" => web, pods("shop/b", "app: web", ""), port("{port: http}");
        "POL-010" "pods that may be selected" "" => web, pods("b", "app: web", ""), port("{port: web}");
        "POL-010" "a Service" "" => web, served("{port: 80, targetPort: web}") + " #?";
        "POL-010" "egress to other namespaces" "" => web, policy("shop/p", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: web}]}]}");
        "POL-011" "the Service's number" "" => web, mapped, port("{port: 80}") + " #?";
        "POL-011" "for another protocol" "" => web, mapped, port("{port: 80, protocol: UDP}");
        "POL-011" "by name" "" => web, served("{port: 80, targetPort: http}"), port("{port: 80}") + " #?";
        "POL-011" "a range" "" => web, mapped, port("{port: 80, endPort: 9000}");
        "POL-011" "both numbers" "" => web, mapped, port("{port: 80}, {port: 8080}");
        "POL-011" "a name beside" "" => web, mapped, port("{port: 80}, {port: http}");
        "POL-011" "another Service leads to the number" "" => web, mapped, service("shop/t", "{selector: {app: web}, ports: [{port: 81, targetPort: 80}]}"), port("{port: 80}");
        "POL-011" "a Service of another namespace" "" => web, service("pay/s", "{selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}"), port("{port: 80}");
    });
}

#[test]
fn name_servers() {
    let deny = policy("shop/d", "{podSelector: {}, policyTypes: [Egress]}");
    let to = |name: &str, pods: &str, to: &str| {
        policy(name, &format!("{{podSelector: {{{pods}}}, policyTypes: [Egress], egress: [{to}]}}"))
    };
    let (web, system) = ("matchLabels: {app: web}", "kubernetes.io/metadata.name: kube-system");
    let data = "{to: [{podSelector: {matchLabels: {app: data}}}]}";
    let dns = "{ports: [{port: 53, protocol: UDP}]}";
    check(cases! {
        "NET-009" "everything is denied" "" => deny.clone() + " #?";
        "NET-009" "everything is denied, closed" "shop" => deny.clone() + " #!";
        "NET-009" "only these pods are cut off" "" => policy("shop/d", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}");
        "NET-009" "a rule of the denial's namespace" "" => deny, to("shop/a", web, data) + " #?";
        "NET-009" "DNS for all" "" => deny, to("shop/a", web, data), to("shop/b", "", dns);
        "NET-009" "DNS for all of another namespace" "" => to("shop/a", web, data) + " #?", to("pay/b", "", dns);
        "NET-009" "DNS for other pods" "" => to("shop/a", web, data) + " #?", to("shop/b", "matchLabels: {app: api}", dns);
        "NET-009" "DNS for some pods" "" => to("shop/a", web, data), to("shop/b", "matchLabels: {tier: x}", dns);
        "NET-009" "DNS in a namespace that is not written" "" => to("shop/a", web, data), to("b", "", dns);
        "NET-009" "the name server's namespace, every port" "" => to("shop/a", web, &format!("{{to: [{{namespaceSelector: {{matchLabels: {{{system}}}}}}}]}}"));
        "NET-009" "another namespace, every port" "" => to("shop/a", web, "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}}]}") + " #?";
        "NET-009" "a label that the name server's namespace may have" "" => to("shop/a", web, "{to: [{namespaceSelector: {matchLabels: {name: kube-system}}}]}");
        "NET-009" "the Internet" "" => to("shop/a", web, "{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}");
        "NET-009" "one public network" "" => to("shop/a", web, "{to: [{ipBlock: {cidr: 8.8.0.0/16}}]}") + " #?";
        "NET-009" "a range of ports" "" => to("shop/a", web, "{ports: [{port: 1, endPort: 1024}]}");
        "NET-009" "ports beside" "" => to("shop/a", web, "{ports: [{port: 443}]}") + " #?";
        "NET-009" "ingress only" "" => policy("shop/a", "{podSelector: {}, ingress: []}");
        "NET-009" "a system namespace" "" => policy("kube-system/d", "{podSelector: {}, policyTypes: [Egress]}");
    });
}

#[test]
fn routes() {
    let gateway = |hosts: &str| {
        object(
            "networking.istio.io/v1",
            "Gateway",
            "edge/public",
            &format!("servers: [{{hosts: [{hosts}]}}]"),
        )
    };
    let route = |gateways: &str, host: &str| {
        object(
            "networking.istio.io/v1",
            "VirtualService",
            "shop/v",
            &format!("{{gateways: [{gateways}], hosts: ['{host}']}}"),
        )
    };
    let api = |rest: &str| {
        object(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            "edge/public",
            &format!("listeners: [{{name: a{rest}}}]"),
        )
    };
    let http = |parent: &str, rest: &str| {
        object(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "shop/v",
            &format!("{{parentRefs: [{{name: public, namespace: edge{parent}}}]{rest}}}"),
        )
    };
    let all = ", allowedRoutes: {namespaces: {from: All}}";
    let by =
        ", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {public: yes}}}}";
    check(cases! {
        "POL-015" "the host is served" "" => gateway("'*.shop.io'"), route("edge/public", "a.shop.io");
        "POL-015" "the host is not served" "" => gateway("'*.shop.io'"), route("edge/public", "a.pay.io") + " #!";
        "POL-015" "inside the mesh too" "" => gateway("'*.shop.io'"), route("mesh, edge/public", "a.pay.io");
        "POL-015" "another gateway may serve it" "" => gateway("'*.shop.io'"), route("edge/public, other/x", "a.pay.io");
        "POL-015" "a gateway with a slip" "" => gateway("'*'"), route("edge/pubilc", "a.pay.io") + " #?";
        "POL-015" "a gateway elsewhere" "" => gateway("'*'"), route("edge/private", "a.pay.io");
        "POL-015" "a gateway of a closed namespace" "edge" => gateway("'*'"), route("edge/private", "a.pay.io") + " #!";
        "POL-015" "routes of the same namespace only" "" => api(""), http("", "") + " #!";
        "POL-015" "routes of all namespaces" "" => api(all), http("", "");
        "POL-015" "a namespace without the label" "" => namespace("shop", ""), api(by), http("", "") + " #!";
        "POL-015" "a namespace with the label" "" => namespace("shop", "public: yes"), api(by), http("", "");
        "POL-015" "a host of the listener" "" => api(&format!(", hostname: '*.shop.io'{all}")), http("", ", hostnames: [a.shop.io]");
        "POL-015" "another host" "" => api(&format!(", hostname: '*.shop.io'{all}")), http("", ", hostnames: [a.pay.io]") + " #!";
        "POL-015" "another section" "" => api(&format!(", hostname: '*.shop.io'{all}")), http(", sectionName: b", ", hostnames: [a.pay.io]");
    });
}
