//! Calls through the mesh: tables of what reaches whom, in which transport and with which identity.

use super::with_graph;
use ztlint::model::fact::Truth;
use ztlint::model::graph::call::{Asks, Call, Decision, Transport};
use ztlint::model::graph::ports::Protocol;
use ztlint::model::graph::speech::Speaks;
use ztlint::model::graph::{Graph, Peer};
use ztlint::model::istio::flow::{Identity, Request, Token};

/// A namespace for each way of being in the mesh, each with a pod of its own account.
pub const PODS: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: side, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: amb, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Namespace
metadata: {name: bare}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: side, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: side, labels: {app: api}}
spec: {serviceAccountName: api, containers: [{name: c, ports: [{containerPort: 8080}, {containerPort: 9000}, {containerPort: 7000}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: side}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp-data, port: 9000}, {name: other, port: 7000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: amb, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: amb, labels: {app: api}}
spec: {serviceAccountName: api, containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: amb}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: bare, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: bare, labels: {app: api}}
spec: {serviceAccountName: api, containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
";

pub fn end(graph: &Graph<'_>, text: &str) -> Peer {
    match text {
        "any-pod" => Peer::AnyPod,
        "outside" => Peer::Outside(graph.atom(false, 0xcb00_7105)),
        _ => {
            let at = graph.names().iter().position(|name| name == text);
            Peer::Workload(at.unwrap_or_else(|| panic!("no {text} in {:?}", graph.names())))
        }
    }
}

/// An object of Istio's security kinds: `PA side {…}`; the spec follows the namespace.
pub fn objects(text: &str) -> String {
    let mut found = String::new();
    for (at, line) in text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let mut words = line.splitn(3, ' ');
        let [kind, namespace, spec] = std::array::from_fn(|_| words.next().unwrap_or("{}"));
        let (api, kind) = match kind {
            "PA" => ("security.istio.io/v1", "PeerAuthentication"),
            "AP" => ("security.istio.io/v1", "AuthorizationPolicy"),
            "RA" => ("security.istio.io/v1", "RequestAuthentication"),
            "DR" => ("networking.istio.io/v1", "DestinationRule"),
            "NP" => ("networking.k8s.io/v1", "NetworkPolicy"),
            other => panic!("{other}"),
        };
        let meta = format!("metadata: {{name: o{at}, namespace: {namespace}}}");
        let object = format!("apiVersion: {api}\nkind: {kind}\n{meta}\nspec: {spec}\n---\n");
        found.push_str(&object);
    }
    found
}

/// `FROM TO:PORT [as=NAMESPACE/ACCOUNT | usual | plain | stranger] [any | token | bytes | METHOD
/// PATH [header=value] [host=…] [jwt=issuer|subject]]`.
pub fn call<'c>(graph: &Graph<'_>, text: &'c str) -> Call<'c> {
    let words: Vec<&'c str> = text.split(' ').collect();
    let (to, port) = words[1].split_once(':').expect("a port");
    let mut call = Call::new(end(graph, words[0]), end(graph, to), port.parse().expect("a number"));
    let mut request: Option<Request<'c>> = None;
    let mut plain = Vec::new();
    for word in &words[2..] {
        match (word.split_once('='), *word) {
            (None, "usual") => call.speaks = Speaks::Usual,
            (None, "plain") => call.speaks = Speaks::Plaintext,
            (None, "stranger") => call.speaks = Speaks::Stranger,
            (None, "udp") => call.protocol = Protocol::Udp,
            (None, "token") => call.asks = Asks::WithToken,
            (None, "bytes") => call.asks = Asks::Bytes,
            (Some(("as", identity)), _) => {
                let (namespace, account) = identity.split_once('/').expect("an identity");
                let trust_domain = "cluster.local";
                call.speaks = Speaks::As(Identity { trust_domain, namespace, account });
            }
            (Some(("host", host)), _) => request.get_or_insert_default().host = host,
            (Some(("jwt", token)), _) => {
                let (issuer, subject) = token.split_once('|').expect("issuer and subject");
                let token = Token { issuer, subject, audiences: vec!["shop"], ..Token::default() };
                request.get_or_insert_default().token = Some(token);
            }
            (Some(header), _) => request.get_or_insert_default().headers.push(header),
            (None, word) => plain.push(word),
        }
    }
    if let [method, path] = plain.as_slice() {
        let request = request.get_or_insert_default();
        (request.method, request.path) = (method, path);
    }
    if let Some(request) = request {
        call.asks = Asks::Request(request);
    }
    call
}

/// `yes plaintext none`, `maybe tunnel cluster.local/ns/side/sa/web`, `no`.
pub fn shown(decision: &Decision) -> String {
    let word = match decision.allowed {
        Truth::True => "yes",
        Truth::False => return "no".to_owned(),
        Truth::Unknown => "maybe",
    };
    let Some(way) = &decision.way else { return word.to_owned() };
    let transport = match way.transport {
        Transport::Plaintext => "plaintext",
        Transport::Mutual => "mutual",
        Transport::Tunnel => "tunnel",
    };
    let caller = way.caller.to_string();
    format!("{word} {transport} {}", caller.trim_start_matches("cluster.local/"))
}

/// Compares answers with a table: objects, then calls with what is expected.
fn table(cases: &[(&str, &[(&str, &str)])]) {
    let mut wrong = Vec::new();
    for (text, calls) in cases {
        with_graph(&format!("{PODS}{}", objects(text)), |graph| {
            for (asked, expected) in *calls {
                let call = call(graph, asked);
                let found = shown(&graph.call(&call));
                if !found.starts_with(expected) {
                    wrong.push(format!("{}\n  {asked}: {found}, not {expected}", text.trim()));
                }
                let told = graph.explain(&call);
                assert_eq!(shown(&told.decision), found);
                assert!(!told.because.is_empty(), "{text} {asked}");
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub const WEB: &str = "yes mutual ns/side/sa/web";

#[test]
fn transport_and_identity() {
    table(&[
        (
            "",
            &[
                ("side/web side/api:8080", "yes plaintext none"),
                ("side/web side/api:8080 usual", WEB),
                ("bare/web side/api:8080", "yes plaintext none"),
                ("bare/web side/api:8080 usual", "yes plaintext none"),
                ("any-pod side/api:8080", "yes plaintext none"),
                ("side/web bare/api:8080 usual", "yes plaintext none"),
                ("amb/web amb/api:8080 usual", "yes tunnel ns/amb/sa/web"),
                ("side/web amb/api:8080 usual", "yes tunnel ns/side/sa/web"),
                ("amb/web side/api:8080 usual", "yes tunnel ns/amb/sa/web"),
                ("side/web side/api:53 udp", "yes plaintext none"),
            ],
        ),
        (
            "PA istio-system {mtls: {mode: STRICT}}",
            &[
                ("side/web side/api:8080", WEB),
                ("side/web side/api:8080 plain", "no"),
                ("bare/web side/api:8080", "no"),
                ("any-pod side/api:8080", "maybe mutual any of the mesh"),
                ("any-pod side/api:8080 plain", "no"),
                ("any-pod side/api:8080 stranger", "yes mutual any of the mesh"),
                ("outside side/api:8080", "no"),
                ("bare/web side/api:15021", "yes plaintext none"),
                ("bare/web side/api:22", "yes plaintext none"),
                ("bare/web side/api:53 udp", "yes plaintext none"),
                ("bare/web bare/api:8080", "yes plaintext none"),
                ("bare/web amb/api:8080", "no"),
                ("amb/web amb/api:8080", "yes tunnel ns/amb/sa/web"),
            ],
        ),
        (
            "DR side {host: api, trafficPolicy: {tls: {mode: DISABLE}}}\nPA side {mtls: {mode: STRICT}}",
            &[("side/web side/api:8080 usual", "no"), ("side/web side/api:8080", WEB)],
        ),
        (
            "NP amb {podSelector: {}, ingress: [{ports: [{port: 8080}]}]}",
            &[
                ("amb/web amb/api:8080", "yes plaintext none"),
                ("amb/web amb/api:8080 usual", "no"),
                ("bare/web amb/api:8080", "yes plaintext none"),
                ("bare/web amb/api:9000", "no"),
            ],
        ),
        (
            "NP amb {podSelector: {}, ingress: [{ports: [{port: 15008}]}]}",
            &[
                ("amb/web amb/api:9999", "yes tunnel ns/amb/sa/web"),
                ("bare/web amb/api:8080", "no"),
            ],
        ),
    ]);
}

#[test]
fn who_is_admitted_with_a_token() {
    const NEEDED: &str = "action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]";
    const ANY: &str = "rules: [{from: [{source: {requestPrincipals: ['*']}}]}]";
    const VERIFY: &str = "RA side {jwtRules: [{issuer: 'https://id.test', audiences: [shop]}]}\n";
    const OTHERS: &str = "RA side {jwtRules: [{issuer: 'https://id.test', audiences: [bank]}]}\n";
    let with = |verify: &str, rest: &str| {
        format!("{verify}AP side {{selector: {{matchLabels: {{app: api}}}}, {rest}}}")
    };
    let cases: Vec<(String, Calls)> = vec![
        (
            VERIFY.to_owned(),
            &[
                ("bare/web side/api:8080 GET /", "yes"),
                ("bare/web side/api:8080 GET / jwt=https://id.test|me", "yes"),
                ("bare/web side/api:8080 GET / jwt=https://evil.test|me", "no"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
        (OTHERS.to_owned(), &[("bare/web side/api:8080 GET / jwt=https://id.test|me", "no")]),
        (
            with(VERIFY, ANY),
            &[
                ("bare/web side/api:8080 GET /", "no"),
                ("bare/web side/api:8080 GET / jwt=https://id.test|me", "yes"),
                ("bare/web side/api:8080", "no"),
                ("bare/web side/api:8080 token", "yes"),
                ("bare/web side/api:9000", "no"),
                ("bare/web side/api:9000 token", "no"),
            ],
        ),
        // Nobody verifies: no request has a principal.
        (
            with("", ANY),
            &[
                ("bare/web side/api:8080 GET / jwt=https://id.test|me", "no"),
                ("bare/web side/api:8080 token", "no"),
            ],
        ),
        (
            with(VERIFY, NEEDED),
            &[
                ("bare/web side/api:8080", "no"),
                ("bare/web side/api:8080 token", "yes"),
                ("bare/web side/api:9000", "no"),
            ],
        ),
        (
            with(
                VERIFY,
                "rules: [{from: [{source: {requestPrincipals: ['https://id.test/me']}}]}]",
            ),
            &[
                ("bare/web side/api:8080 GET / jwt=https://id.test|me", "yes"),
                ("bare/web side/api:8080 GET / jwt=https://id.test|you", "no"),
                ("bare/web side/api:8080 token", "yes"),
            ],
        ),
        (
            with(VERIFY, "rules: [{when: [{key: 'request.auth.claims[role]', values: [clerk]}]}]"),
            &[
                ("bare/web side/api:8080", "no"),
                ("bare/web side/api:8080 token", "yes"),
                ("bare/web side/api:8080 GET / jwt=https://id.test|me", "no"),
            ],
        ),
        // A path is left open beside the token.
        (
            with(
                VERIFY,
                "action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}], to: [{operation: {notPaths: [/healthz]}}]}]",
            ),
            &[
                ("bare/web side/api:8080 GET /healthz", "yes"),
                ("bare/web side/api:8080 GET /", "no"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
        (
            "RA side {jwtRules: [{issuer: '${ISSUER}'}]}".to_owned(),
            &[
                ("bare/web side/api:8080 GET / jwt=https://id.test|me", "maybe"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
    ];
    owned_table(&cases);
}

#[test]
fn who_is_admitted_by_the_layer_4_proxy() {
    const AMB: &str = "yes tunnel ns/amb/sa/web";
    let api = |rest: &str| format!("AP amb {{selector: {{matchLabels: {{app: api}}}}, {rest}}}");
    let cases: Vec<(String, Calls)> = vec![
        (
            api("rules: [{from: [{source: {principals: [cluster.local/ns/amb/sa/web]}}]}]"),
            &[
                ("amb/web amb/api:8080", AMB),
                ("side/web amb/api:8080", "no"),
                ("bare/web amb/api:8080", "no"),
            ],
        ),
        (
            api("rules: [{from: [{source: {namespaces: [side]}}]}]"),
            &[
                ("side/web amb/api:8080", "yes tunnel ns/side/sa/web"),
                ("amb/web amb/api:8080", "no"),
            ],
        ),
        (
            api("rules: [{to: [{operation: {methods: [GET]}}]}]"),
            &[("amb/web amb/api:8080 GET /", "no"), ("bare/web amb/api:8080", "no")],
        ),
        (
            api("action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}]"),
            &[("amb/web amb/api:8080 DELETE /", "yes")],
        ),
        (
            api("action: DENY, rules: [{to: [{operation: {ports: ['8080'], methods: [DELETE]}}]}]"),
            &[("amb/web amb/api:8080 GET /", "no"), ("amb/web amb/api:9090", "yes")],
        ),
        (
            api("action: DENY, rules: [{from: [{source: {principals: ['*/ns/amb/*']}}]}]"),
            &[("amb/web amb/api:8080 usual", "yes")],
        ),
        (
            api("action: DENY, rules: [{from: [{source: {namespaces: [amb]}}]}]"),
            &[("amb/web amb/api:8080 usual", "no"), ("amb/web amb/api:8080", "yes plaintext none")],
        ),
        (
            api("action: CUSTOM, provider: {name: login}, rules: [{}]"),
            &[("bare/web amb/api:8080", "yes")],
        ),
        (
            format!(
                "PA amb {{mtls: {{mode: STRICT}}}}\n{}",
                api("rules: [{from: [{source: {notNamespaces: [side]}}]}]")
            ),
            &[
                ("amb/web amb/api:8080", AMB),
                ("side/web amb/api:8080", "no"),
                ("bare/web amb/api:8080", "no"),
            ],
        ),
    ];
    owned_table(&cases);
}

/// Calls with what is expected of each.
pub type Calls = &'static [(&'static str, &'static str)];

pub fn owned_table(cases: &[(String, Calls)]) {
    let cases: Vec<_> = cases.iter().map(|(text, calls)| (text.as_str(), *calls)).collect();
    table(&cases);
}

const WAYPOINT: &str = r"
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way, namespace: amb, labels: {istio.io/waypoint-for: service}}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
---
apiVersion: v1
kind: Pod
metadata: {name: shop, namespace: amb, labels: {app: shop}}
spec: {serviceAccountName: shop, containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: amb, labels: {istio.io/use-waypoint: way}}
spec: {selector: {app: shop}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
";

#[test]
fn who_is_admitted_by_a_waypoint() {
    const GET: &str = "AP amb {targetRefs: [{kind: Service, name: shop}], rules: [{to: [{operation: {methods: [GET]}}]}]}\n";
    const ONLY_WAY: &str = "AP amb {selector: {matchLabels: {app: shop}}, rules: [{from: [{source: {principals: [cluster.local/ns/amb/sa/way]}}]}]}\n";
    let both = format!("{GET}{ONLY_WAY}");
    let callers = format!(
        "{ONLY_WAY}AP amb {{targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: way}}], rules: [{{from: [{{source: {{namespaces: [amb]}}}}]}}]}}"
    );
    let cases: [(&str, Calls); 5] = [
        ("", &[("amb/web amb/shop:8080 usual", "yes tunnel ns/amb/sa/web")]),
        (
            GET,
            &[
                ("amb/web amb/shop:8080 usual GET /", "yes tunnel"),
                ("amb/web amb/shop:8080 usual POST /", "no"),
                // Past the waypoint: by the pod's address, and without the mesh.
                ("amb/web amb/shop:8080 POST /", "yes"),
                ("bare/web amb/shop:8080 POST /", "yes plaintext none"),
            ],
        ),
        (
            ONLY_WAY,
            &[
                ("amb/web amb/shop:8080 usual POST /", "yes tunnel ns/amb/sa/web"),
                ("bare/web amb/shop:8080", "no"),
            ],
        ),
        (
            &both,
            &[
                ("amb/web amb/shop:8080 GET /", "yes tunnel ns/amb/sa/web"),
                ("amb/web amb/shop:8080 POST /", "no"),
                ("amb/web amb/shop:8080", "yes tunnel"),
                ("bare/web amb/shop:8080 GET /", "no"),
                ("side/web amb/shop:8080 usual GET /", "maybe"),
            ],
        ),
        (
            &callers,
            &[
                ("amb/web amb/shop:8080", "yes tunnel ns/amb/sa/web"),
                ("amb/web amb/shop:8080 as=side/web", "no"),
            ],
        ),
    ];
    let mut wrong = Vec::new();
    for (text, calls) in cases {
        with_graph(&format!("{PODS}{WAYPOINT}{}", objects(text)), |graph| {
            for (asked, expected) in calls {
                let found = shown(&graph.call(&call(graph, asked)));
                if !found.starts_with(expected) {
                    wrong.push(format!("{text}\n  {asked}: {found}, not {expected}"));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_caller_that_may_be_of_the_ambient_mesh_may_know_no_rules_of_sidecars() {
    let elsewhere = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: else}\n\
                     spec: {serviceAccountName: web, containers: [{name: c}]}\n---\n";
    let rules = objects(
        "DR side {host: api, trafficPolicy: {tls: {mode: DISABLE}}}\nPA side {mtls: {mode: STRICT}}",
    );
    with_graph(&format!("{PODS}{elsewhere}{rules}"), |graph| {
        let decision = graph.call(&call(graph, "else/web side/api:8080 usual"));
        assert_eq!(decision.allowed, Truth::Unknown, "{decision:?}");
    });
}

/// What hundreds of policies say of other callers neither decides nor hinders the search for a request:
/// "no" is said of a search that left nothing out.
#[test]
fn policies_about_others_leave_a_search_complete() {
    let policy = |caller: &str, path: &str| {
        format!(
            "AP side {{selector: {{matchLabels: {{app: api}}}}, rules: [{{from: [{{source: {{principals: \
             [cluster.local/ns/{caller}]}}}}], to: [{{operation: {{methods: [GET], paths: ['{path}']}}}}], \
             when: [{{key: 'request.headers[x-{}]', values: [a, b]}}]}}]}}\n",
            path.len() % 4
        )
    };
    let strict = "PA side {mtls: {mode: STRICT}}\n".to_owned();
    let others: String =
        (0..300).map(|at| policy(&format!("bare/sa/a-{at}"), &format!("/v{at}/*"))).collect();
    let web = policy("side/sa/web", "/v7/*");
    let refused = "AP side {action: DENY, rules: [{to: [{operation: {paths: ['/v*']}}]}]}\n";
    let cases: Vec<(String, Calls)> = vec![
        (format!("{strict}{others}{web}"), &[("side/web side/api:8080", WEB)]),
        (format!("{strict}{others}{web}{refused}"), &[("side/web side/api:8080", "no")]),
        (format!("{strict}{others}"), &[("side/web side/api:8080", "no")]),
    ];
    owned_table(&cases);
}
