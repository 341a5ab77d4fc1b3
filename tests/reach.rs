//! Who reaches whom, as rules report it: each case is a world of its own. `#!` marks a line with a
//! proven finding, `#?` one with a possible finding; the witness of the first must hold some words.

mod support;

use globset::{Glob, GlobSet};
use std::collections::BTreeSet;
use support::settings;
use ztlint::input::file_tree::Memory;
use ztlint::model::root::ListedPort;
use ztlint::rules::engine;
use ztlint::rules::finding::{Confidence, Finding};
use ztlint::rules::outcome::Report;
use ztlint::rules::settings::Settings;

/// A case: rule, what it shows, namespaces that are closed, words of the witness, manifests.
type Case<'a> = (&'a str, &'a str, &'a str, &'a str, Vec<String>);

fn closed(settings: &mut Settings, name: &str) {
    if !name.is_empty() {
        let glob = Glob::new(name).expect("a glob");
        settings.model.closed_namespaces =
            GlobSet::builder().add(glob).build().expect("one glob is a set");
    }
}

fn run(files: &[(&str, &str)], settings: &Settings) -> Report {
    let tree = files.iter().fold(Memory::new(), |tree, (path, text)| tree.with(*path, *text));
    let report = engine::run(&tree, settings);
    assert!(report.problems.is_empty(), "{:?} in\n{files:?}", report.problems);
    report
}

fn sentence(finding: &Finding) -> &str {
    finding.witness.as_ref().map_or("", |witness| witness.sentence.as_str())
}

fn check(cases: Vec<Case<'_>>) {
    let mut faults = Vec::new();
    for (rule, shows, name, words, objects) in cases {
        let text = objects.join("\n---\n") + "\n";
        let expected: BTreeSet<_> = (1..)
            .zip(text.lines())
            .filter_map(|(line, text)| match (text.contains("#!"), text.contains("#?")) {
                (true, _) => Some((line, Confidence::Proven)),
                (_, true) => Some((line, Confidence::Possible)),
                _ => None,
            })
            .collect();
        let mut settings = settings(&format!("ZT-{rule}"), Vec::new());
        closed(&mut settings, name);
        let report = run(&[("all.yaml", &text)], &settings);
        let line = |at: u32| text[..at as usize].matches('\n').count() as u32 + 1;
        let place = |finding: &Finding| (line(finding.primary.span.start), finding.confidence);
        let found: BTreeSet<_> = report.findings.iter().map(place).collect();
        let told = report.findings.first().map_or("", sentence);
        if found != expected || !told.contains(words) {
            faults.push(format!("{rule}, {shows}: {found:?}, not {expected:?}\n{told}"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Cases: rule, what is shown, closed namespaces, words of the witness => manifests.
macro_rules! cases {
    ($($rule:literal $shows:literal $closed:literal $words:literal => $($object:expr),+;)*) => {
        check(vec![$(($rule, $shows, $closed, $words, vec![$($object.to_string()),+])),*])
    };
}

/// A Deployment with one container; `more` stands below the port.
fn pods(name: &str, port: &str, mark: &str) -> String {
    let (namespace, name) = name.split_once('/').expect("a namespace");
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec:\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n        \
         - name: main\n          ports:\n            - containerPort: {port} {mark}"
    )
}

fn object(api: &str, kind: &str, name: &str, spec: &str) -> String {
    let metadata = match name.split_once('/') {
        Some((namespace, name)) => format!("{{name: {name}, namespace: {namespace}}}"),
        None => format!("{{name: {name}}}"),
    };
    format!("apiVersion: {api}\nkind: {kind}\nmetadata: {metadata}\nspec: {spec}")
}

fn policy(name: &str, spec: &str) -> String {
    object("networking.k8s.io/v1", "NetworkPolicy", name, spec)
}

fn security(kind: &str, name: &str, spec: &str) -> String {
    object("security.istio.io/v1", kind, name, spec)
}

fn namespace(name: &str, label: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{label}}}}}")
}

fn balancer(name: &str, port: u16, mark: &str) -> String {
    let (_, app) = name.split_once('/').expect("a namespace");
    let spec = format!(
        "\n  type: LoadBalancer {mark}\n  selector: {{app: {app}}}\n  ports: [{{port: {port}}}]"
    );
    object("v1", "Service", name, &spec)
}

const SIDECAR: &str = "istio-injection: enabled";
const AMBIENT: &str = "istio.io/dataplane-mode: ambient";
const ALL: &str = "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}";
const GATEWAY: &str =
    "{rules: [{from: [{source: {principals: [cluster.local/ns/edge/sa/gateway]}}]}]}";

#[test]
fn networks() {
    let db = |mark: &str| pods("shop/db", "5432", mark);
    cases! {
        "NET-003" "an allowance is written" "" "since NetworkPolicy shop/all allows it" => db("#!"), policy("shop/all", ALL);
        "NET-003" "the namespace is written, and no policy" "" "no network policy limits the ingress" => namespace("shop", "a: b"), db("#?");
        "NET-003" "nothing is written" "" "" => db("");
        "NET-003" "nothing is written, and the namespace is closed" "shop" "any pod of the cluster, no identity, plaintext → `shop/db` TCP 5432" => db("#!");
        "NET-003" "another namespace is closed" "pay" "" => db("");
        "NET-003" "only the own namespace gets in" "" "" => db(""), policy("shop/all", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}");
        "NET-003" "UDP and another port are open" "" "" => db(""), policy("shop/all", "{podSelector: {}, ingress: [{ports: [{port: 5432, protocol: UDP}, {port: 5433}]}]}");
        "NET-003" "a range holds the port" "" "allows it" => db("#!"), policy("shop/all", "{podSelector: {}, ingress: [{ports: [{port: 5000, endPort: 6000}]}]}");
        "NET-003" "an admin policy denies before" "" "" => db(""), policy("shop/all", ALL), object("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "none", "{priority: 1, subject: {namespaces: {}}, ingress: [{name: a, action: Deny, from: [{namespaces: {}}]}]}");
        "NET-003" "an admin policy allows before" "" "AdminNetworkPolicy open allows it" => db("#!"), policy("shop/all", "{podSelector: {}}"), object("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "open", "{priority: 1, subject: {namespaces: {}}, ingress: [{name: a, action: Allow, from: [{namespaces: {}}]}]}");
        "NET-003" "a policy of a kind that is not modelled" "" "" => db(""), policy("shop/all", ALL), object("crd.projectcalico.org/v1", "GlobalNetworkPolicy", "all", "{preDNAT: true}");
        "NET-001" "closed namespaces prove it" "shop" "→ `shop/db` TCP 5432" => db("").replace("kind: Deployment", "kind: Deployment #!");
        "NET-001" "no port is declared" "shop" "→ `shop/db`, every port" => db("").replace("kind: Deployment", "kind: Deployment #!").replace("          ports:\n            - containerPort: 5432 ", "");
        "NET-001" "the namespace is the place to edit" "" "" => namespace("shop", "a: b").replace("kind: Namespace", "kind: Namespace #?"), db(""), pods("shop/web", "80", "");
        "NET-001" "a policy selects by an expression" "" "" => db(""), policy("shop/all", "{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}");
        "NET-002" "egress is another matter" "shop" "since no network policy limits the egress" => db("").replace("kind: Deployment", "kind: Deployment #!"), policy("shop/all", ALL);
        "NET-008" "the metadata service" "" "`shop/db` → 169.254.169.254 (metadata) TCP 80, since NetworkPolicy shop/all allows it" => db(""), policy("shop/all", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]} #!");
        "NET-009" "a pod asks for a name" "shop" "`shop/db` → any pod of the cluster UDP 53, since NetworkPolicy shop/all" => db(""), policy("shop/all", "{podSelector: {}, egress: [{to: [{podSelector: {}}]}]} #!");
        "NET-012" "a pod without the labels" "" "NetworkPolicy shop/all allows it (ingress)" => namespace("pay", "team: pay"), namespace("shop", "team: shop"), db(""), pods("pay/api", "80", ""), pods("pay/cron", "80", ""), policy("shop/all", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: pay}}}, {podSelector: {matchLabels: {app: api}}}]}]} #?");
        "NET-620" "a policy opens it" "" "the internet, no identity, plaintext → `shop/db` TCP 5432" => db(""), balancer("shop/db", 5432, "#!"), policy("shop/all", "{podSelector: {}, ingress: [{}]}");
        "NET-620" "mutual TLS only" "" "" => namespace("shop", SIDECAR), db(""), balancer("shop/db", 5432, ""), security("PeerAuthentication", "shop/default", "{mtls: {mode: STRICT}}");
        "NET-004" "through a load balancer" "shop" "the internet → Service shop/web → `shop/web` TCP 80" => pods("shop/web", "80", ""), balancer("shop/web", 80, "#?");
        "NET-004" "with a token that is required" "" "" => namespace("shop", SIDECAR), pods("shop/web", "80", ""), balancer("shop/web", 80, ""), security("RequestAuthentication", "shop/a", "{jwtRules: [{issuer: a, jwks: '{}'}]}"), security("AuthorizationPolicy", "shop/a", "{rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}");
        "NET-004" "a path is open without one" "" "GET /" => namespace("shop", SIDECAR), pods("shop/web", "80", ""), balancer("shop/web", 80, "#?"), security("AuthorizationPolicy", "shop/a", "{rules: [{to: [{operation: {paths: [/login], methods: [GET]}}]}]}");
        "NET-004" "only its health is told" "" "" => namespace("shop", SIDECAR), pods("shop/web", "80", ""), balancer("shop/web", 80, ""), security("AuthorizationPolicy", "shop/a", "{rules: [{to: [{operation: {paths: [/healthz], methods: [GET]}}]}]}");
    }
}

#[test]
fn meshes() {
    let web = |mark: &str| pods("shop/web", "8080", mark);
    let mode = |mode: &str| {
        security("PeerAuthentication", "shop/default", &format!("\n  mtls:\n    mode: {mode}"))
    };
    let deny = "\n  action: DENY\n  rules:\n    - from:\n        - source:\n            namespaces: [batch]";
    cases! {
        "NET-003" "mutual TLS only" "" "" => namespace("shop", SIDECAR), pods("shop/db", "5432", ""), mode("STRICT");
        "NET-003" "mutual TLS only, in the ambient mesh" "" "" => namespace("shop", AMBIENT), pods("shop/db", "5432", ""), mode("STRICT");
        "NET-003" "both" "shop" "accepts plaintext beside mutual TLS" => namespace("shop", SIDECAR), pods("shop/db", "5432", "#!"), mode("PERMISSIVE");
        "NET-003" "only the gateway may call" "shop" "" => namespace("shop", SIDECAR), pods("shop/db", "5432", ""), mode("PERMISSIVE"), security("AuthorizationPolicy", "shop/a", GATEWAY);
        "MSH-001" "a mode that is written" "shop" "accepts plaintext beside mutual TLS" => namespace("shop", SIDECAR), web(""), mode("PERMISSIVE #!");
        "MSH-001" "in the ambient mesh" "shop" "plaintext" => namespace("shop", AMBIENT), web(""), mode("PERMISSIVE #!");
        "MSH-001" "no mode is written, and the namespace is closed" "shop" "plaintext" => namespace("shop", SIDECAR).replace("kind: Namespace", "kind: Namespace #!"), web("");
        "MSH-001" "no mode is written" "" "" => namespace("shop", SIDECAR), web("");
        "MSH-001" "the namespace may be in no mesh" "shop" "" => web(""), mode("PERMISSIVE");
        "MSH-001" "egress of nobody matters" "shop" "" => namespace("shop", SIDECAR), web(""), mode("PERMISSIVE"), policy("shop/none", "{podSelector: {}}");
        "PRV-006" "a mode that is written" "shop" "accepts plaintext" => namespace("shop", SIDECAR), web(""), mode("PERMISSIVE"), security("AuthorizationPolicy", "shop/a", &format!("{deny} #!"));
        "PRV-006" "no mode is written" "" "plaintext" => namespace("shop", SIDECAR), web(""), security("AuthorizationPolicy", "shop/a", &format!("{deny} #?"));
        "PRV-006" "outside the mesh" "" "" => namespace("shop", "a: b"), web(""), security("AuthorizationPolicy", "shop/a", deny);
        "PRV-006" "for other pods" "" "" => namespace("shop", SIDECAR), web(""), mode("PERMISSIVE"), security("AuthorizationPolicy", "shop/a", &format!("\n  selector: {{matchLabels: {{app: api}}}}{deny} #!"));
        "IDN-001" "closed" "shop" "any pod of the cluster" => namespace("shop", SIDECAR), web(""), security("RequestAuthentication", "shop/a", "\n  jwtRules: #!\n    - {issuer: a, jwks: '{}'}");
        "IDN-001" "nobody gets in" "shop" "" => namespace("shop", SIDECAR), web(""), security("RequestAuthentication", "shop/a", "\n  jwtRules:\n    - {issuer: a, jwks: '{}'}"), security("AuthorizationPolicy", "shop/none", "{}");
        "PRV-001" "a policy for others" "shop" "any identity of the mesh, mutual TLS" => namespace("shop", SIDECAR).replace("kind: Namespace", "kind: Namespace #!"), web(""), pods("shop/db", "5432", ""), mode("STRICT"), security("AuthorizationPolicy", "shop/a", "{selector: {matchLabels: {app: db}}, rules: [{from: [{source: {principals: [a/ns/b/sa/c]}}]}]}");
        "PRV-001" "no policy at all" "shop" "" => namespace("shop", SIDECAR), web("");
        "PRV-001" "a denial is for some callers only" "shop" "no AuthorizationPolicy limits" => namespace("shop", SIDECAR).replace("kind: Namespace", "kind: Namespace #!"), web(""), security("AuthorizationPolicy", "shop/a", deny);
        "PRV-011" "plaintext goes past it" "" "`shop/web` TCP 8080" => namespace("shop", AMBIENT), web(""), object("v1", "Service", "shop/web", "{selector: {app: web}, ports: [{port: 8080}]}"), security("AuthorizationPolicy", "shop/a", "\n  targetRefs:\n    - kind: Service\n      group: ''\n      name: web #?\n  rules: [{to: [{operation: {methods: [GET]}}]}]");
    }
}

/// Three kustomizations of one base: two leave the debugger open, one closes it.
const OVERLAYS: [(&str, &str); 7] = [
    (
        "base/db.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: db, labels: {app: db}}\nspec: {containers: [{name: db, ports: [{containerPort: 5005}]}]}\n",
    ),
    ("base/kustomization.yaml", "resources: [db.yaml]\n"),
    ("dev/kustomization.yaml", "namespace: dev\nresources: [../base]\n"),
    ("live/kustomization.yaml", "namespace: live\nresources: [../base]\n"),
    ("safe/kustomization.yaml", "namespace: safe\nresources: [../base, deny.yaml]\n"),
    (
        "safe/deny.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n",
    ),
    ("README.yaml", "# no manifest\n"),
];

#[test]
fn roots_share_a_finding_and_its_fingerprint() {
    let report = run(&OVERLAYS, &settings("ZT-WRK-009", Vec::new()));
    let [finding] = report.findings.as_slice() else { panic!("{:#?}", report.findings) };
    assert_eq!(finding.roots, ["dev", "live"], "{finding:#?}");
    assert!(sentence(finding).contains("TCP 5005"), "{finding:#?}");
    let alone: Vec<(&str, &str)> =
        OVERLAYS.into_iter().filter(|(path, _)| !path.starts_with("live")).collect();
    let again = run(&alone, &settings("ZT-WRK-009", Vec::new()));
    assert_eq!(again.findings[0].fingerprint, finding.fingerprint);
}

#[test]
fn steps_count_as_places_and_suppressions_hide_the_finding() {
    let db = "apiVersion: v1\nkind: Pod\nmetadata: {name: db, namespace: shop, labels: {app: db}}\nspec:\n  containers:\n    - name: db\n      ports:\n        - containerPort: 5432\n";
    let open = policy("shop/all", ALL);
    let mut wanted = settings("ZT-NET-003", Vec::new());
    wanted.focus = Some(vec!["policy.yaml".to_owned()]);
    let report = run(&[("db.yaml", db), ("policy.yaml", &open)], &wanted);
    assert_eq!(report.findings.len(), 1, "the file that lets it pass is asked about");
    let steps = &report.findings[0].witness.as_ref().expect("a witness").steps;
    assert_eq!(report.source(steps[0].place.file).path, "policy.yaml");
    wanted.focus = Some(vec!["other.yaml".to_owned()]);
    assert!(run(&[("db.yaml", db), ("policy.yaml", &open)], &wanted).findings.is_empty());
    let hidden = db.replace("5432", "5432  # ztlint:ignore[ZT-NET-003] reason=\"Moves soon.\"");
    let report =
        run(&[("db.yaml", &hidden), ("policy.yaml", &open)], &settings("ZT-NET-003", Vec::new()));
    assert_eq!((report.findings.len(), report.summary.suppressed), (0, 1));
}

/// A list of ports, and the lines of the ports that are found.
type Ports<'a> = (&'a [ListedPort], &'a [u32]);

#[test]
fn listed_ports_are_sensitive() {
    let name = |name: &str| ListedPort::Name(name.to_owned());
    let named = "      containers:\n        - name: main\n          ports:\n            - {name: admin, containerPort: 9901}";
    let text = [
        pods("shop/web", "7000", ""),
        pods("shop/db", "5432", ""),
        pods("shop/edge", "8080", "").split("      containers:").next().expect("a head").to_owned()
            + named,
        policy("shop/all", ALL),
    ]
    .join("\n---\n");
    let cases: [Ports<'_>; 6] = [
        (&[], &[23]),
        (&[ListedPort::Number(7000)], &[11, 23]),
        (&[ListedPort::Number(5435)], &[23]),
        (&[name("admin")], &[23, 35]),
        (&[ListedPort::Number(9901), name("admin")], &[23, 35]),
        (&[name("metrics"), ListedPort::Number(7001)], &[23]),
    ];
    for (ports, lines) in cases {
        let mut settings = settings("ZT-NET-003", Vec::new());
        settings.model.sensitive_ports = ports.to_vec();
        let report = run(&[("all.yaml", &text)], &settings);
        let line = |at: u32| text[..at as usize].matches('\n').count() as u32 + 1;
        let found: Vec<u32> =
            report.findings.iter().map(|one| line(one.primary.span.start)).collect();
        assert_eq!(found, lines, "{ports:?}");
    }
}

#[test]
fn one_missing_policy_is_one_finding() {
    let db = pods("shop/db", "5432", "");
    let web = pods("shop/web", "80", "");
    let one = policy("shop/web", "{podSelector: {matchLabels: {app: web}}}");
    let cases: [(&str, Vec<&str>, &str); 4] = [
        ("nothing isolates the store", vec![&db, &one], "ZT-NET-001"),
        ("a policy admits everybody", vec![&db, &web, ALL_POLICY], "ZT-NET-003"),
        ("another workload is the open one", vec![&db, &web, DB_POLICY], "ZT-NET-001 ZT-NET-003"),
        ("both are open", vec![&db, &web, PAY_POLICY], "ZT-NET-001"),
    ];
    for (shows, objects, expected) in cases {
        let text = objects.join("\n---\n") + "\n";
        let mut wanted = settings("ZT-NET-003", Vec::new());
        wanted.select.push("ZT-NET-001".to_owned());
        let report = run(&[("all.yaml", &text)], &wanted);
        let rules: Vec<&str> = report.findings.iter().map(|one| one.rule.id).collect();
        assert_eq!(rules.join(" "), expected, "{shows}");
        let told = |one: &Finding| one.labels.iter().any(|label| label.text.contains("PostgreSQL"));
        let label = report.findings.iter().any(told);
        assert_eq!(label, expected == "ZT-NET-001", "{shows}: the store is a label");
    }
}

const ALL_POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all, namespace: shop}\nspec: {podSelector: {}, ingress: [{}]}";
const DB_POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db, namespace: shop}\nspec: {podSelector: {matchLabels: {app: db}}, ingress: [{}]}";
const PAY_POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all, namespace: pay}\nspec: {podSelector: {}}";

#[test]
fn public_workloads_are_meant() {
    let text = [pods("shop/web", "80", ""), balancer("shop/web", 80, "")].join("\n---\n");
    for (public, count) in [("shop/web", 0), ("shop/api", 1)] {
        let mut settings = settings("ZT-NET-004", Vec::new());
        settings.model.public = vec![public.to_owned()];
        assert_eq!(run(&[("all.yaml", &text)], &settings).findings.len(), count, "{public}");
    }
}
