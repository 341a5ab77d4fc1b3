//! Worlds of several files: what the rules about a mesh find in them together, each cause once.

mod support;

use support::settings;
use ztlint::input::file_tree::Memory;
use ztlint::rules::engine;

/// The families that talk about meshes; what else is found in these worlds is not their subject.
const SELECTED: [&str; 26] = [
    "ZT-MSH-002",
    "ZT-MSH-003",
    "ZT-MSH-004",
    "ZT-MSH-005",
    "ZT-MSH-006",
    "ZT-MSH-007",
    "ZT-MSH-008",
    "ZT-MSH-009",
    "ZT-MSH-011",
    "ZT-MSH-450",
    "ZT-MSH-451",
    "ZT-MSH-461",
    "ZT-MSH-462",
    "ZT-PRV-002",
    "ZT-PRV-003",
    "ZT-PRV-005",
    "ZT-PRV-007",
    "ZT-PRV-008",
    "ZT-PRV-009",
    "ZT-PRV-010",
    "ZT-PRV-014",
    "ZT-PRV-540",
    "ZT-POL-003",
    "ZT-POL-014",
    "ZT-POL-016",
    "ZT-POL-540",
];

/// `file:line rule` of every finding.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let mut settings = settings("", Vec::new());
    settings.select = SELECTED.iter().map(|&id| id.to_owned()).collect();
    let tree = files.iter().fold(Memory::new(), |tree, (name, text)| tree.with(*name, *text));
    let report = engine::run(&tree, &settings);
    let faults: Vec<_> = report.problems.iter().map(|problem| &problem.message).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let line = |finding: &ztlint::rules::finding::Finding| {
        let source = report.source(finding.primary.file);
        let line = source.position(finding.primary.span.start).line;
        format!("{}:{line} {}", source.path, finding.rule.id)
    };
    report.findings.iter().map(line).collect()
}

const SHOP: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
";
const PAY: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {istio.io/rev: stable}}
";
const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: web, image: web:1, ports: [{containerPort: 8080, name: http}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
";
const STRICT: &str = "
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
";

#[test]
fn a_mesh_in_order_gives_no_finding() {
    let nothing = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: allow-nothing, namespace: istio-system}
spec: {}
";
    let policies = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  rules:
    - from: [{source: {principals: [cluster.local/ns/edge/sa/gateway]}}]
      to: [{operation: {ports: ['8080'], methods: [GET]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: edge, namespace: edge}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]
  rules: [{from: [{source: {requestPrincipals: ['https://id.test/*']}}]}]
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: edge, namespace: edge}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]
  jwtRules: [{issuer: 'https://id.test', audiences: [shop]}]
";
    let config = "
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh, namespace: istio-system}
spec: {meshConfig: {trustDomain: shop.test, accessLogFile: /dev/stdout}}
";
    let job = "
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: shop}
spec:
  template:
    metadata: {labels: {app: migrate, sidecar.istio.io/inject: 'false'}}
    spec: {restartPolicy: Never, containers: [{name: m, image: m:1}]}
";
    let world = [
        ("shop.yaml", SHOP),
        ("web.yaml", WEB),
        ("strict.yaml", STRICT),
        ("nothing.yaml", nothing),
        ("policies.yaml", policies),
        ("config.yaml", config),
        ("job.yaml", job),
    ];
    assert_eq!(found(&world), Vec::<String>::new());
}

#[test]
fn a_namespace_may_be_stricter_than_the_mesh() {
    let mesh = STRICT.replace("STRICT", "PERMISSIVE");
    let shop = STRICT.replace("istio-system", "shop");
    let world = [("shop.yaml", SHOP), ("web.yaml", WEB), ("mesh.yaml", &mesh), ("own.yaml", &shop)];
    assert_eq!(found(&world), Vec::<String>::new());
    // Not for a workload that is left to the mesh's default.
    let ledger = WEB.replace("web", "ledger").replace("namespace: shop", "namespace: pay");
    let mut left = world.to_vec();
    left.extend([("pay.yaml", PAY), ("ledger.yaml", &*ledger)]);
    assert_eq!(found(&left), ["mesh.yaml:5 ZT-MSH-451"]);
    // The other way round the exception is the finding.
    let weak = shop.replace("STRICT", "PERMISSIVE");
    let world =
        [("shop.yaml", SHOP), ("web.yaml", WEB), ("mesh.yaml", STRICT), ("own.yaml", &weak)];
    assert_eq!(found(&world), ["own.yaml:5 ZT-MSH-451"]);
}

#[test]
fn a_second_namespace_without_a_policy_is_seen() {
    let ledger = WEB.replace("web", "ledger").replace("namespace: shop", "namespace: pay");
    let own = STRICT.replace("istio-system", "shop");
    let both = [SHOP, PAY].join("---");
    let world =
        [("ns.yaml", &*both), ("web.yaml", WEB), ("ledger.yaml", &ledger), ("own.yaml", &own)];
    assert_eq!(found(&world), ["own.yaml:4 ZT-MSH-002"]);
    let pay = STRICT.replace("istio-system", "pay");
    let mut world = world.to_vec();
    world.push(("pay.yaml", &pay));
    assert_eq!(found(&world), Vec::<String>::new());
}

#[test]
fn one_cause_is_reported_once() {
    let rule = "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec: {host: web, trafficPolicy: {tls: {mode: DISABLE}}}
";
    // Plaintext that arrives, plaintext that does not, plaintext where nothing else is possible.
    let world = [("shop.yaml", SHOP), ("web.yaml", WEB), ("rule.yaml", rule)];
    assert_eq!(found(&world), ["rule.yaml:5 ZT-MSH-008"]);
    let world =
        [("shop.yaml", SHOP), ("web.yaml", WEB), ("rule.yaml", rule), ("strict.yaml", STRICT)];
    assert_eq!(found(&world), ["rule.yaml:5 ZT-MSH-009"]);
    let outside = SHOP.replace("enabled", "disabled");
    let world = [("shop.yaml", &*outside), ("web.yaml", WEB), ("rule.yaml", rule)];
    assert_eq!(found(&world), Vec::<String>::new());

    // A workload that leaves the mesh: one rule, by what is known of its namespace.
    let out = WEB.replace(
        "{app: web}}\n    spec",
        "{app: web, sidecar.istio.io/inject: 'false'}}\n    spec",
    );
    assert_ne!(out, WEB);
    assert_eq!(found(&[("web.yaml", &out)]), ["web.yaml:8 ZT-MSH-461"]);
    assert_eq!(found(&[("shop.yaml", SHOP), ("web.yaml", &out)]), ["web.yaml:8 ZT-MSH-011"]);
    assert_eq!(found(&[("shop.yaml", &outside), ("web.yaml", &out)]), Vec::<String>::new());

    // A rule for everybody, alone and beside a narrower one.
    let open = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: open, namespace: shop}
spec:
  rules:
    - {}
";
    let narrow = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: narrow, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  rules: [{from: [{source: {namespaces: [edge]}}]}]
";
    assert_eq!(found(&[("open.yaml", open)]), ["open.yaml:7 ZT-PRV-002"]);
    assert_eq!(found(&[("open.yaml", open), ("narrow.yaml", narrow)]), ["open.yaml:7 ZT-PRV-003"]);
}

#[test]
fn what_the_ambient_mesh_cannot_read_is_one_finding_for_each_action() {
    let ambient = SHOP.replace("istio-injection: enabled", "istio.io/dataplane-mode: ambient");
    let policy = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  action: DENY
  rules:
    - to:
        - operation:
            methods: [DELETE]
";
    let world =
        |policy: &str| found(&[("shop.yaml", &ambient), ("web.yaml", WEB), ("ap.yaml", policy)]);
    assert_eq!(world(policy), ["ap.yaml:11 ZT-PRV-007"]);
    assert_eq!(world(&policy.replace("DENY", "ALLOW")), ["ap.yaml:11 ZT-PRV-010"]);
    assert_eq!(
        world(&policy.replace("methods: [DELETE]", "ports: ['8080']")),
        Vec::<String>::new()
    );
    // A sidecar in an ambient namespace reads requests.
    let beside = WEB
        .replace("{app: web}}\n    spec", "{app: web, sidecar.istio.io/inject: 'true'}}\n    spec");
    let world = [("shop.yaml", &*ambient), ("web.yaml", &*beside), ("ap.yaml", policy)];
    assert_eq!(found(&world), Vec::<String>::new());
}

#[test]
fn overlays_do_not_answer_for_each_other() {
    // Two environments define the same objects: each is a world of its own.
    let dev = [SHOP, WEB].join("---");
    let rule = "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec: {host: web, trafficPolicy: {tls: {mode: DISABLE}}}
";
    let prod = [SHOP, WEB, STRICT, rule].join("---");
    let dev = [&*dev, rule].join("---");
    let findings = found(&[("dev/all.yaml", &dev), ("prod/all.yaml", &prod)]);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings[0].starts_with("dev/") && findings[0].ends_with("ZT-MSH-008"), "{findings:?}");
    assert!(
        findings[1].starts_with("prod/") && findings[1].ends_with("ZT-MSH-009"),
        "{findings:?}"
    );
}

#[test]
fn values_for_istios_chart_say_which_namespace_is_the_root() {
    let policy = "
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: web, namespace: mesh}
spec:
  selector: {matchLabels: {app: web}}
  mtls: {mode: STRICT}
";
    let world = |values: &[(&str, &str)]| {
        let mut files = vec![("mesh/pa.yaml", policy)];
        files.extend(values);
        found(&files)
    };
    let (root, other) =
        ("meshConfig: {rootNamespace: mesh}\n", "meshConfig: {rootNamespace: istio-config}\n");
    let ignored = ["mesh/pa.yaml:4 ZT-MSH-006"];
    let none: [&str; 0] = [];
    assert_eq!(world(&[]), none);
    assert_eq!(world(&[("istiod/values.yaml", root)]), ignored);
    // The settings of a chart hold outside of it.
    let chart = "apiVersion: v2\nname: istiod\nversion: 1.0.0\n";
    let below = "istiod:\n  meshConfig: {rootNamespace: mesh}\n";
    assert_eq!(world(&[("istiod/Chart.yaml", chart), ("istiod/values.yaml", below)]), ignored);
    // Two that agree count, two that differ leave it open.
    assert_eq!(world(&[("a/values.yaml", root), ("b/values.yaml", root)]), ignored);
    assert_eq!(world(&[("a/values.yaml", root), ("b/values.yaml", other)]), none);
    assert_eq!(world(&[("istiod/values.yaml", "meshConfig: {root: mesh}\n")]), none);
}
