//! Mistakes that are often made when these policies are read, by people and by programs: each is a
//! small project and what is found in it.

mod support;

use support::settings;
use ztlint::input::file_tree::Memory;
use ztlint::rules::card::Profile;
use ztlint::rules::engine;
use ztlint::rules::finding::{Confidence, Finding};

/// `line rule` of what these rules find in a file.
#[track_caller]
fn finds(rules: &[&str], path: &str, text: &str, expected: &[&str]) {
    let mut settings = settings("", Vec::new());
    settings.select = rules.iter().map(|&id| id.to_owned()).collect();
    let report = engine::run(&Memory::new().with(path, text), &settings);
    let faults: Vec<_> = report.problems.iter().map(|problem| &problem.message).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let line = |finding: &Finding| {
        let line = report.source(finding.primary.file).position(finding.primary.span.start).line;
        format!("{line} {}", finding.rule.id)
    };
    let found: Vec<String> = report.findings.iter().map(line).collect();
    assert_eq!(found, expected, "{text}");
}

fn object(api: &str, kind: &str, namespace: &str, rest: &str) -> String {
    format!(
        "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: web, namespace: {namespace}}}\n{rest}"
    )
}

fn policy(spec: &str) -> String {
    object("networking.k8s.io/v1", "NetworkPolicy", "shop", spec)
}

fn authorization(spec: &str) -> String {
    object("security.istio.io/v1", "AuthorizationPolicy", "shop", spec)
}

fn peer(namespace: &str, spec: &str) -> String {
    object("security.istio.io/v1", "PeerAuthentication", namespace, spec)
}

/// A namespace with this label, a Service from port 80 to 8080 (port 9000 of the second one carries
/// bytes), and a workload.
fn shop(label: &str, annotation: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{{label}}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec:
  selector: {{app: web}}
  ports:
    - {{name: http, port: 80, targetPort: 8080}}
    - {{name: tcp-data, port: 9000, targetPort: 9000}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}, annotations: {{{annotation}}}}}
    spec:
      containers:
        - {{name: web, image: web, ports: [{{containerPort: 8080}}, {{containerPort: 9000}}]}}
"
    )
}

#[test]
fn an_empty_egress_list_isolates_nothing_unless_a_type_says_so() {
    let rules = ["ZT-NET-014", "ZT-POL-012"];
    finds(&rules, "a.yaml", &policy("spec:\n  podSelector: {}\n  egress: []\n"), &["4 ZT-NET-014"]);
    let typed = "spec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress: []\n";
    finds(&rules, "a.yaml", &policy(typed), &[]);
}

#[test]
fn an_empty_rule_admits_everybody_in_kubernetes_and_nobody_in_cilium() {
    let rules = ["ZT-NET-005", "ZT-NET-020"];
    let kubernetes = policy("spec:\n  podSelector: {}\n  ingress:\n    - {}\n");
    finds(&rules, "a.yaml", &kubernetes, &["7 ZT-NET-005"]);
    let spec = "spec:\n  description: allow all\n  endpointSelector: {}\n  ingress:\n    - {}\n";
    let cilium = object("cilium.io/v2", "CiliumNetworkPolicy", "shop", spec);
    finds(&rules, "a.yaml", &cilium, &["8 ZT-NET-020"]);
}

#[test]
fn an_authorization_policy_without_rules_denies_everything() {
    let rules = ["ZT-PRV-002", "ZT-PRV-003"];
    finds(&rules, "a.yaml", &authorization("spec: {}\n"), &[]);
    finds(&rules, "a.yaml", &authorization("spec:\n  rules:\n    - {}\n"), &["6 ZT-PRV-002"]);
}

#[test]
fn allowing_all_but_some_admits_strangers() {
    let rules = ["ZT-PRV-004"];
    let spec = |action: &str| {
        let from = "from: [{source: {notPrincipals: [cluster.local/ns/a/sa/b]}}]";
        authorization(&format!("spec:\n  action: {action}\n  rules:\n    - {from}\n"))
    };
    finds(&rules, "a.yaml", &spec("ALLOW"), &["7 ZT-PRV-004"]);
    finds(&rules, "a.yaml", &spec("DENY"), &[]);
}

#[test]
fn strict_somewhere_is_not_strict_everywhere() {
    let rules = ["ZT-MSH-004", "ZT-MSH-006", "ZT-MSH-011", "ZT-MSH-012"];
    let strict = "spec:\n  selector: {matchLabels: {app: web}}\n  mtls: {mode: STRICT}\n";
    let world = |policy: &str, label: &str, annotation: &str| {
        format!("{policy}{}", shop(label, annotation))
    };
    let injected = "istio-injection: enabled";
    finds(&rules, "a.yaml", &world(&peer("shop", strict), injected, ""), &[]);
    // A port of its own mode.
    let port = format!("{strict}  portLevelMtls:\n    8080: {{mode: PERMISSIVE}}\n");
    let expected = ["8 ZT-MSH-004"];
    finds(&rules, "a.yaml", &world(&peer("shop", &port), injected, ""), &expected);
    // A port that the sidecar never sees.
    let hole = "traffic.sidecar.istio.io/excludeInboundPorts: '8080'";
    let expected = ["27 ZT-MSH-012"];
    finds(&rules, "a.yaml", &world(&peer("shop", strict), injected, hole), &expected);
    // A pod without one.
    let out = "sidecar.istio.io/inject: 'false'";
    let expected = ["27 ZT-MSH-011"];
    finds(&rules, "a.yaml", &world(&peer("shop", strict), injected, out), &expected);
    // A selector in the root namespace.
    let expected = ["3 ZT-MSH-006"];
    finds(&rules, "a.yaml", &world(&peer("istio-system", strict), injected, ""), &expected);
}

#[test]
fn policies_are_about_the_ports_of_pods() {
    let rules = ["ZT-POL-011", "ZT-MSH-005"];
    let ingress = |port: u16| {
        let spec = "spec:\n  podSelector: {matchLabels: {app: web}}\n  ingress:\n";
        let rule = format!("    - {{from: [{{podSelector: {{}}}}], ports: [{{port: {port}}}]}}\n");
        policy(&format!("{spec}{rule}")) + &shop("team: shop", "")
    };
    finds(&rules, "a.yaml", &ingress(80), &["7 ZT-POL-011"]);
    finds(&rules, "a.yaml", &ingress(8080), &[]);
    let port = |port: u16| {
        let spec = "spec:\n  selector: {matchLabels: {app: web}}\n  portLevelMtls:\n";
        let port = format!("    {port}: {{mode: STRICT}}\n");
        peer("shop", &format!("{spec}{port}")) + &shop("istio-injection: enabled", "")
    };
    finds(&rules, "a.yaml", &port(80), &["7 ZT-MSH-005"]);
    finds(&rules, "a.yaml", &port(8080), &[]);
}

#[test]
fn one_file_without_a_network_policy_proves_nothing() {
    let families = ["NET", "POL"];
    let text = shop("team: shop", "").replace(
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n",
        "",
    );
    let mut settings = settings("", Vec::new());
    settings.select = families.map(str::to_owned).to_vec();
    let report = engine::run(&Memory::new().with("a.yaml", text), &settings);
    assert!(report.summary.rules > 50, "{} rules ran", report.summary.rules);
    // The strict profile says at most what may be missing elsewhere.
    let proven = report.findings.iter().filter(|one| one.confidence == Confidence::Proven);
    let found: Vec<_> = proven.map(|finding| finding.rule.id).collect();
    assert_eq!(found, Vec::<&str>::new());
    let default = |finding: &Finding| finding.rule.profiles.contains(&Profile::Default);
    assert!(!report.findings.iter().any(default), "{:?}", report.findings);
}

#[test]
fn the_internet_is_more_than_one_text() {
    let rules = ["ZT-NET-025"];
    let group = |peers: &str| {
        format!(
            "resource \"aws_security_group\" \"a\" {{\n  ingress {{\n    from_port = 22\n    to_port = 22\n    protocol = \"tcp\"\n{peers}\n  }}\n}}\n"
        )
    };
    for (peers, expected) in [
        ("    cidr_blocks = [\"0.0.0.0/0\"]", &["6 ZT-NET-025"][..]),
        ("    ipv6_cidr_blocks = [\"::/0\"]", &["6 ZT-NET-025"]),
        ("    cidr_blocks = [\"0.0.0.0/1\", \"128.0.0.0/1\"]", &["6 ZT-NET-025"]),
        ("    cidr_blocks = [\"10.0.0.0/8\"]", &[]),
    ] {
        finds(&rules, "a.tf", &group(peers), expected);
    }
    let rule = "resource \"aws_vpc_security_group_ingress_rule\" \"a\" {
  security_group_id = \"sg-1\"
  from_port = 22
  to_port = 22
  ip_protocol = \"tcp\"
  cidr_ipv4 = \"0.0.0.0/0\"
}
";
    finds(&rules, "a.tf", rule, &["6 ZT-NET-025"]);
    let list = "resource \"aws_ec2_managed_prefix_list\" \"all\" {
  name = \"all\"
  address_family = \"IPv4\"
  max_entries = 1
  entry {
    cidr = \"0.0.0.0/0\"
  }
}
";
    let through = rule.replace(
        "cidr_ipv4 = \"0.0.0.0/0\"",
        "prefix_list_id = aws_ec2_managed_prefix_list.all.id",
    );
    finds(&rules, "a.tf", &format!("{list}{through}"), &["14 ZT-NET-025"]);
}

#[test]
fn only_symmetric_keys_of_ones_own_rotate() {
    let rules = ["ZT-ROT-001", "ZT-ROT-002"];
    let key = |kind: &str, rest: &str| format!("resource \"{kind}\" \"a\" {{\n{rest}}}\n");
    for (kind, rest, expected) in [
        ("aws_kms_key", "", &["1 ZT-ROT-001"][..]),
        (
            "aws_kms_key",
            "  customer_master_key_spec = \"RSA_4096\"\n  key_usage = \"SIGN_VERIFY\"\n",
            &[],
        ),
        (
            "aws_kms_key",
            "  customer_master_key_spec = \"HMAC_256\"\n  key_usage = \"GENERATE_VERIFY_MAC\"\n",
            &[],
        ),
        ("aws_kms_key", "  custom_key_store_id = \"cks-1\"\n", &[]),
        (
            "aws_kms_replica_key",
            "  primary_key_arn = \"arn:aws:kms:eu-central-1:111122223333:key/1\"\n",
            &[],
        ),
        ("aws_kms_external_key", "  enabled = true\n", &[]),
    ] {
        finds(&rules, "a.tf", &key(kind, rest), expected);
    }
}

#[test]
fn a_mounted_token_is_not_excused_as_short_lived() {
    // The API server extends it to a year; a token that the pod asks for itself says how long it lives.
    let rules = ["ZT-CRD-002", "ZT-CRD-003"];
    let account =
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n";
    let pod = |rest: &str| {
        let spec = format!(
            "spec:\n  serviceAccountName: web\n  {rest}\n  containers: [{{name: web, image: web}}]\n"
        );
        object("v1", "Pod", "shop", &spec) + account
    };
    finds(&rules, "a.yaml", &pod("hostname: web"), &["10 ZT-CRD-002"]);
    finds(&rules, "a.yaml", &pod("automountServiceAccountToken: false"), &[]);
    let own = |seconds: u32| {
        pod(&format!(
            "automountServiceAccountToken: false\n  volumes: [{{name: t, projected: {{sources: [{{serviceAccountToken: {{path: t, audience: vault, expirationSeconds: {seconds}}}}}]}}}}]"
        ))
    };
    finds(&rules, "a.yaml", &own(3600), &[]);
    finds(&rules, "a.yaml", &own(31_536_000), &["7 ZT-CRD-003"]);
}

#[test]
fn certificates_get_a_new_key_unless_the_manifest_says_never() {
    let rules = ["ZT-ROT-007"];
    let certificate = |key: &str| {
        let spec = "spec:\n  secretName: web\n  issuerRef: {name: ca}\n";
        object("cert-manager.io/v1", "Certificate", "shop", &format!("{spec}{key}"))
    };
    finds(
        &rules,
        "a.yaml",
        &certificate("  privateKey: {rotationPolicy: Never}\n"),
        &["7 ZT-ROT-007"],
    );
    finds(&rules, "a.yaml", &certificate("  privateKey: {rotationPolicy: Always}\n"), &[]);
    // The default changed with 1.18; which version runs is not written.
    finds(&rules, "a.yaml", &certificate(""), &[]);
}

#[test]
fn a_deny_with_request_fields_means_less_or_more_by_who_reads_it() {
    let rules = ["ZT-PRV-007", "ZT-PRV-008"];
    let deny = authorization(
        "spec:\n  action: DENY\n  rules:\n    - to: [{operation: {methods: [DELETE]}}]\n",
    );
    let world = |label: &str| format!("{deny}{}", shop(label, ""));
    // A sidecar leaves the field out on ports that carry bytes, and denies them all.
    finds(&rules, "a.yaml", &world("istio-injection: enabled"), &["7 ZT-PRV-008"]);
    // The proxy of the node leaves the whole rule out, and denies nothing.
    finds(&rules, "a.yaml", &world("istio.io/dataplane-mode: ambient"), &["7 ZT-PRV-007"]);
}

#[test]
fn verifying_tokens_does_not_require_any() {
    let rules = ["ZT-POL-014", "ZT-PRV-002"];
    let tokens = object(
        "security.istio.io/v1",
        "RequestAuthentication",
        "shop",
        "spec:\n  jwtRules: [{issuer: https://id.example.com}]\n",
    );
    // A policy that lets everybody in stays one, whoever verifies tokens.
    let all = authorization("spec:\n  rules:\n    - {}\n");
    let world = format!("{all}---\n{tokens}{}", shop("istio-injection: enabled", ""));
    finds(&rules, "a.yaml", &world, &["6 ZT-PRV-002"]);
    // And one that names a claim admits nobody where no token is verified.
    let claim = authorization(
        "spec:\n  rules:\n    - when: [{key: 'request.auth.claims[role]', values: [clerk]}]\n",
    );
    let shop = shop("istio-injection: enabled", "");
    finds(&rules, "a.yaml", &format!("{claim}---\n{tokens}{shop}"), &[]);
    finds(&rules, "a.yaml", &format!("{claim}{shop}"), &["6 ZT-POL-014"]);
}

#[test]
fn one_mount_of_the_node_is_one_finding() {
    let rules = ["ZT-WRK-002", "ZT-WRK-004", "ZT-WRK-405", "ZT-WRK-424"];
    let pod = |path: &str, privileged: bool| {
        let container = format!(
            "  containers:\n    - name: web\n      image: web\n      securityContext:\n        privileged: {privileged}\n      volumeMounts: [{{name: host, mountPath: /host}}]\n"
        );
        let volume = format!("  volumes:\n    - name: host\n      hostPath: {{path: {path}}}\n");
        object("v1", "Pod", "shop", &format!("spec:\n{container}{volume}"))
    };
    finds(&rules, "a.yaml", &pod("/etc/kubernetes", false), &["13 ZT-WRK-004"]);
    finds(&rules, "a.yaml", &pod("/etc", false), &["13 ZT-WRK-405"]);
    finds(&rules, "a.yaml", &pod("/srv/data", false), &["13 ZT-WRK-424"]);
    // Each of the two gives the node away by itself, so each is to be mended.
    let both = ["9 ZT-WRK-002", "13 ZT-WRK-004"];
    finds(&rules, "a.yaml", &pod("/etc/kubernetes", true), &both);
}
