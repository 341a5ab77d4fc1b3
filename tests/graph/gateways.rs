//! Calls from outside by gateways: their listeners and TLS, the policies and verifiers of tokens
//! there, and then those at the workload.

use super::mesh::{PODS, objects};
use super::with_graph;
use ztlint::model::fact::Truth;
use ztlint::model::graph::Peer;
use ztlint::model::graph::call::Asks;
use ztlint::model::graph::ports::Protocol;
use ztlint::model::istio::flow::{Request, Token};

const EDGE: &str = r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: side}
spec:
  template:
    metadata: {labels: {istio: edge, sidecar.istio.io/inject: 'true'}, annotations: {inject.istio.io/templates: gateway}}
    spec: {serviceAccountName: edge, containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: side}
spec: {selector: {istio: edge}, ports: [{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}]}
---
";

/// A Gateway of Istio's whose pods are written, with one server, and a route to the API.
fn istio(server: &str) -> String {
    format!(
        "{EDGE}apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: side}}\n\
         spec: {{selector: {{istio: edge}}, servers: [{server}]}}\n---\n\
         apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: api, namespace: side}}\n\
         spec: {{hosts: [shop.test], gateways: [edge], http: [{{route: [{{destination: {{host: api, port: {{number: 80}}}}}}]}}]}}\n---\n"
    )
}

/// A Gateway of the Gateway API that the control plane runs, and a route.
fn managed(listener: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: door, namespace: side}}\n\
         spec: {{gatewayClassName: istio, listeners: [{listener}]}}\n---\n\
         apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: api, namespace: side}}\n\
         spec: {{parentRefs: [{{name: door}}], rules: [{{backendRefs: [{{name: api, port: 80}}]}}]}}\n---\n"
    )
}

const INGRESS: &str = r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: api, namespace: side}
spec: {tls: [{hosts: [shop.test]}], rules: [{host: shop.test, http: {paths: [{backend: {service: {name: api, port: {number: 80}}}}]}}]}
---
";

/// `any`, `token`, or `METHOD PATH [issuer]`.
fn asks(text: &'static str) -> Asks<'static> {
    match text.split(' ').collect::<Vec<_>>()[..] {
        ["any"] => Asks::Anything,
        ["token"] => Asks::WithToken,
        [method, path] => Asks::Request(Request { method, path, ..Request::default() }),
        [method, path, issuer] => {
            let token = Token { issuer, subject: "me", ..Token::default() };
            Asks::Request(Request { method, path, token: Some(token), ..Request::default() })
        }
        _ => panic!("{text}"),
    }
}

const HTTP: &str = "{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}";
const LISTENER: &str = "{name: http, port: 80, protocol: HTTP}";

/// Gateway and route, objects of the mesh, calls with what is expected: verdict, TLS, caller.
type Case = (String, &'static str, &'static [(&'static str, &'static str)]);

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn who_comes_in_by_a_gateway() {
    let server = |tls: &str| {
        istio(&format!(
            "{{port: {{number: 443, name: https, protocol: HTTPS}}, hosts: ['*'], tls: {tls}}}"
        ))
    };
    let cases: Vec<Case> = vec![
        (istio(HTTP), "", &[("any", "yes none ns/side/sa/edge")]),
        (istio(HTTP), "PA side {mtls: {mode: STRICT}}", &[("any", "yes none ns/side/sa/edge")]),
        (
            server("{mode: SIMPLE, credentialName: c}"),
            "",
            &[("any", "yes terminated ns/side/sa/edge")],
        ),
        (server("{mode: MUTUAL, credentialName: c}"), "", &[("any", "no mutual")]),
        (server("{mode: OPTIONAL_MUTUAL, credentialName: c}"), "", &[("any", "yes terminated")]),
        // The first value of the enumeration.
        (server("{credentialName: c}"), "", &[("any", "no passthrough")]),
        (server("{mode: '${MODE}'}"), "", &[("any", "maybe unknown")]),
        // Policies at the gateway.
        (
            istio(HTTP),
            "AP side {selector: {matchLabels: {istio: edge}}, rules: [{to: [{operation: {paths: [/orders*]}}]}]}",
            &[("any", "yes"), ("GET /orders", "yes"), ("GET /admin", "no")],
        ),
        (
            istio(HTTP),
            "AP side {selector: {matchLabels: {istio: edge}}, rules: [{to: [{operation: {ports: ['8080']}}]}]}",
            &[("any", "yes")],
        ),
        (
            istio(HTTP),
            "AP side {selector: {matchLabels: {istio: edge}}, rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}",
            &[("any", "maybe")],
        ),
        (
            istio(HTTP),
            "AP side {selector: {matchLabels: {istio: edge}}, action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]}\n\
             RA side {selector: {matchLabels: {istio: edge}}, jwtRules: [{issuer: id.test}]}",
            &[
                ("any", "no"),
                ("token", "yes"),
                ("GET / id.test", "yes"),
                ("GET / evil.test", "no"),
                ("GET /", "no"),
            ],
        ),
        // Policies at the workload see the gateway's account, and the same request.
        (
            istio(HTTP),
            "AP side {selector: {matchLabels: {app: api}}, rules: [{from: [{source: {principals: [cluster.local/ns/side/sa/edge]}}], to: [{operation: {methods: [GET]}}]}]}",
            &[("GET /", "yes"), ("POST /", "no"), ("any", "yes")],
        ),
        (
            istio(HTTP),
            "AP side {selector: {matchLabels: {app: api}}, rules: [{from: [{source: {principals: [cluster.local/ns/side/sa/web]}}]}]}",
            &[("any", "no")],
        ),
        (
            istio(HTTP),
            "AP side {selector: {matchLabels: {istio: edge}}, rules: [{to: [{operation: {paths: [/a, /b]}}]}]}\n\
             AP side {selector: {matchLabels: {app: api}}, rules: [{to: [{operation: {paths: [/b, /c]}}]}]}",
            &[("GET /a", "no"), ("GET /b", "yes"), ("GET /c", "no"), ("any", "yes")],
        ),
        // Network policies that admit the gateway's pods only.
        (
            istio(HTTP),
            "NP side {podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {istio: edge}}}]}]}",
            &[("any", "yes")],
        ),
        (istio(HTTP), "NP side {podSelector: {matchLabels: {app: api}}, ingress: []}", &[]),
        // The Gateway API: policies by target, the control plane's account.
        (managed(LISTENER), "", &[("any", "yes none ns/side/sa/door-istio")]),
        (
            managed(LISTENER),
            "AP side {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: door}], rules: [{to: [{operation: {methods: [GET]}}]}]}",
            &[("GET /", "yes"), ("POST /", "no")],
        ),
        (
            managed(LISTENER),
            "AP side {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: other}], rules: []}",
            &[("GET /", "yes")],
        ),
        (
            managed(
                "{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}",
            ),
            "AP side {selector: {matchLabels: {app: api}}, rules: [{from: [{source: {principals: [cluster.local/ns/side/sa/door-istio]}}]}]}",
            &[("any", "yes terminated ns/side/sa/door-istio")],
        ),
        // An ingress controller of which nothing is known.
        (INGRESS.to_owned(), "", &[("any", "yes terminated none")]),
        (
            INGRESS.to_owned(),
            "PA side {mtls: {mode: STRICT}}",
            &[("any", "maybe terminated unknown")],
        ),
        (
            INGRESS.to_owned(),
            "AP side {selector: {matchLabels: {app: api}}, rules: [{from: [{source: {namespaces: [edge]}}]}]}",
            &[("any", "maybe terminated unknown")],
        ),
        (INGRESS.to_owned(), "AP side {}", &[("any", "no terminated")]),
    ];
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (gateway, policies, calls) in &cases {
        let text = format!("{PODS}{gateway}{}", objects(policies));
        with_graph(&text, |graph| {
            let entries = graph.entries();
            assert_eq!(entries.is_empty(), calls.is_empty(), "{policies}");
            for (asked, expected) in *calls {
                count += 1;
                let visits = graph.visits(&entries, &asks(asked));
                let [visit] = visits.as_slice() else { panic!("{visits:?}") };
                let word = match visit.decision.allowed {
                    Truth::True => "yes",
                    Truth::False => "no",
                    Truth::Unknown => "maybe",
                };
                let gate = visit.gate.map(|gate| &entries[0].gates[gate]);
                let tls = gate.map_or("nothing", |gate| gate.tls.word());
                let caller = visit.decision.way.as_ref().map(|way| way.caller.to_string());
                let caller = caller.unwrap_or_default();
                let found = format!("{word} {tls} {}", caller.trim_start_matches("cluster.local/"));
                if !found.starts_with(expected) {
                    wrong.push(format!("{gateway}{policies}\n  {asked}: {found}, not {expected}"));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 30, "{count} cases");
}

/// What a rule of a route says, and the calls: what they ask, and the verdict.
type Rewriting = (String, &'static str, &'static [(&'static str, &'static str)]);

#[test]
fn paths_may_be_rewritten_on_the_way() {
    let route =
        |rule: &str| istio(HTTP).replace("http: [{route:", &format!("http: [{{{rule}, route:"));
    let rule = |rule: &str| {
        managed(LISTENER)
            .replace("rules: [{backendRefs:", &format!("rules: [{{{rule}, backendRefs:"))
    };
    let ingress = |target: &str| {
        let own =
            format!("annotations: {{nginx.ingress.kubernetes.io/rewrite-target: '{target}'}}");
        INGRESS.replace("namespace: side}", &format!("namespace: side, {own}}}"))
    };
    let api = "AP side {selector: {matchLabels: {app: api}}, rules: [{to: [{operation: {paths: [/v1*]}}]}]}";
    let shut = "AP side {selector: {matchLabels: {app: api}}, rules: [{to: [{operation: {paths: [/shut]}}]}]}";
    let gate = "AP side {selector: {matchLabels: {istio: edge}}, rules: [{to: [{operation: {paths: [/api/a*]}}]}]}";
    let posts = "AP side {selector: {matchLabels: {app: api}}, rules: [{to: [{operation: {methods: [POST]}}]}]}";
    let prefix = "match: [{uri: {prefix: /api}}], rewrite: {uri: /v1}";
    let exact = "match: [{uri: {exact: /api}}], rewrite: {uri: /v1}";
    let regex = "match: [{uri: {regex: '/api.*'}}], rewrite: {uri: /v1}";
    let pattern = "rewrite: {uriRegexRewrite: {match: '^/api(.*)$', rewrite: '\\\\1'}}";
    let below = "matches: [{path: {value: /api}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /v1}}}]";
    let whole = "matches: [{path: {value: /api}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /v1}}}]";
    let cases: Vec<Rewriting> = vec![
        (route(prefix), api, &[("GET /api/x", "yes"), ("GET /v1/x", "no"), ("any", "yes")]),
        (route(prefix), shut, &[("GET /shut", "no"), ("GET /api", "no"), ("any", "maybe")]),
        (
            route(prefix),
            gate,
            &[("GET /api/a", "yes"), ("GET /api/b", "no"), ("GET /v1/a", "no"), ("any", "yes")],
        ),
        (
            route("match: [{headers: {x: {exact: y}}}], rewrite: {uri: /v1}"),
            api,
            &[("GET /x", "yes"), ("any", "yes")],
        ),
        (route("rewrite: {uri: /v1/}"), api, &[("GET /x", "yes"), ("any", "yes")]),
        (route("rewrite: {uri: '${PATH}'}"), api, &[("GET /v1", "maybe"), ("any", "maybe")]),
        (route("rewrite: {uri: '${PATH}'}"), "", &[("GET /v1", "yes"), ("any", "yes")]),
        (
            route("rewrite: {uri: '${PATH}'}"),
            posts,
            &[("GET /", "no"), ("POST /", "yes"), ("any", "yes")],
        ),
        (route("rewrite: {authority: other.test}"), api, &[("GET /v1", "maybe")]),
        (route(exact), api, &[("GET /api", "yes"), ("GET /api/x", "no"), ("any", "yes")]),
        (route(exact), shut, &[("any", "maybe")]),
        (route(regex), api, &[("GET /api/x", "yes"), ("any", "yes")]),
        (route(regex), shut, &[("GET /shut", "no"), ("any", "maybe")]),
        (route(pattern), api, &[("GET /api/v1", "maybe"), ("any", "maybe")]),
        (
            route("match: [{uri: {prefix: /api}}]"),
            api,
            &[("GET /v1", "yes"), ("GET /api", "no"), ("any", "yes")],
        ),
        (rule(below), api, &[("GET /api/x", "yes"), ("GET /apis", "no"), ("any", "yes")]),
        (rule(whole), api, &[("GET /api/x", "yes"), ("any", "yes")]),
        (rule(whole), shut, &[("GET /shut", "no"), ("any", "maybe")]),
        (
            rule("filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x]}}]"),
            api,
            &[("GET /v1", "yes")],
        ),
        (ingress("/v1"), api, &[("GET /x", "yes"), ("any", "yes")]),
        (ingress("/"), api, &[("GET /v1", "no"), ("any", "maybe")]),
        (ingress("/$1"), api, &[("GET /v1", "maybe"), ("any", "maybe")]),
    ];
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (route, policy, calls) in &cases {
        let text = format!("{PODS}{route}{}", objects(policy));
        with_graph(&text, |graph| {
            let entries = graph.entries();
            for (asked, expected) in *calls {
                count += 1;
                let visits = graph.visits(&entries, &asks(asked));
                let words: Vec<&str> = visits
                    .iter()
                    .map(|visit| match visit.decision.allowed {
                        Truth::True => "yes",
                        Truth::False => "no",
                        Truth::Unknown => "maybe",
                    })
                    .collect();
                if words != [*expected] {
                    wrong.push(format!("{route}{policy}\n  {asked}: {words:?}, not {expected}"));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 40, "{count} cases");
}

#[test]
fn what_is_no_way_in() {
    // Routes inside the mesh, and hosts that a gateway does not serve.
    let inside = istio(HTTP).replace("gateways: [edge]", "gateways: [mesh]");
    let route = managed(LISTENER).replace("{name: door}]", "{name: api, kind: Service}]");
    for text in [inside, route] {
        with_graph(&format!("{PODS}{text}"), |graph| {
            let tcp = |one: &ztlint::model::graph::entries::Entry| {
                one.edge.may.of(Protocol::Tcp).to_vec()
            };
            assert!(graph.entries().iter().map(tcp).next().is_none(), "{text}");
        });
    }
    let other = istio("{port: {number: 80, name: http, protocol: HTTP}, hosts: [other.test]}");
    with_graph(&format!("{PODS}{other}"), |graph| {
        assert!(graph.entries()[0].gates.is_empty());
    });
}

/// A gateway's listeners speak their own TLS: `STRICT` is for what sidecars capture.
#[test]
fn modes_are_not_for_gateways() {
    let policies = objects("PA side {mtls: {mode: STRICT}}");
    with_graph(&format!("{PODS}{EDGE}{policies}"), |graph| {
        let at = |name: &str| graph.names().iter().position(|one| one == name).expect("a name");
        let plaintext =
            |name: &str| graph.accepts(Peer::Workload(at(name)), Protocol::Tcp, 8080).plaintext;
        assert_eq!(plaintext("side/edge"), Truth::True);
        assert_eq!(plaintext("side/api"), Truth::False);
    });
}
