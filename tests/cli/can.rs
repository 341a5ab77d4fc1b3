//! `ztlint can`: verdicts and exit codes, reasons, roots, mistakes.

use super::folder;
use serde_json::Value;

const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: web, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{name: http, port: 8080}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  rules:
    - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
      to: [{operation: {methods: [GET], paths: [/items]}}]
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}, annotations: {sidecar.istio.io/inject: \"false\"}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: api}}}, {ipBlock: {cidr: 192.0.2.0/24}}]
      ports: [{port: 5432}]
    - from: [{podSelector: {}}]
      ports: [{port: 53, protocol: UDP}]
";

#[test]
fn verdicts_are_exit_codes() {
    let project = folder(&[("shop.yaml", SHOP)]);
    for (question, code) in [
        // Network policies.
        ("shop/api shop/db:5432", 0),
        ("shop/api shop/db:5432/tcp", 0),
        ("shop/web shop/db:5432", 1),
        ("shop/web shop/db:53", 1),
        ("shop/web shop/db:53/UDP", 0),
        ("shop/web shop/db", 0),
        ("any-pod shop/db:80", 1),
        ("internet shop/db", 1),
        ("192.0.2.0/24 shop/db:5432", 0),
        ("192.0.2.7 shop/db:5432", 0),
        ("192.0.0.0/16 shop/db:5432", 0),
        ("198.51.100.0/24 shop/db:5432", 1),
        ("shop/db internet", 0),
        ("shop/db [2001:db8::1]:443", 0),
        ("shop/db 2001:db8::1", 0),
        ("shop/db shop/db:1", 0),
        ("shop/* shop/db:5432", 1),
        // The mesh: mutual TLS, identity, method and path.
        ("shop/web shop/api:8080", 0),
        ("shop/web shop/api:8080 GET /items", 0),
        ("shop/web shop/api:8080 get /items", 0),
        ("shop/web shop/api:8080 POST /items", 1),
        ("shop/web shop/api:8080 GET /admin", 1),
        ("shop/web shop/api:8080 --as none", 1),
        ("shop/web shop/api:8080 --as shop/web", 0),
        ("shop/web shop/api:8080 --as spiffe://cluster.local/ns/shop/sa/web", 0),
        ("shop/web shop/api:8080 --as shop/other", 1),
        ("shop/db shop/api:8080", 1),
        ("internet shop/api:8080", 1),
    ] {
        let args: Vec<&str> = ["can"].into_iter().chain(question.split(' ')).collect();
        let run = project.run(&args);
        assert_eq!((run.code, run.err.as_str()), (code, ""), "{question}: {}", run.out);
        let word = if code == 0 { "allowed: " } else { "denied: " };
        assert!(run.out.contains(word), "{question}: {}", run.out);
    }
}

#[test]
fn answers_name_the_lines_that_decide() {
    let project = folder(&[("shop.yaml", SHOP)]);
    let told = |question: &str| {
        let args: Vec<&str> = ["can"].into_iter().chain(question.split(' ')).collect();
        project.run(&args).out
    };
    let lines = told("shop/api shop/db:5432");
    let expected = "allowed: shop/api → shop/db, TCP 5432\n";
    assert!(lines.starts_with(expected), "{lines}");
    assert!(lines.contains("  ingress allows: NetworkPolicy shop/db, shop.yaml:48:7\n"), "{lines}");
    let lines = told("shop/web shop/api:8080");
    let how = "  mutual TLS, identity cluster.local/ns/shop/sa/web, GET /items\n";
    assert!(lines.contains(how), "{lines}");
    assert!(lines.contains("  authorization allows: AuthorizationPolicy shop/api"), "{lines}");
    let order = ["egress", "transport", "authorization"].map(|word| lines.find(word));
    assert!(order.is_sorted() && order[0].is_some(), "{lines}");
    let lines = told("192.0.0.0/16 shop/db:5432");
    assert!(lines.contains("  only for 192.0.2.0/24\n"), "{lines}");
    assert!(told("shop/web shop/db").contains("UDP 53"));
    assert!(told("198.51.100.0/24 shop/db").contains("on any port"));
    let run = project.run(&["can", "shop/web", "shop/api:8080", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).expect("JSON");
    let answer = &report["answers"][0];
    for (key, value) in [
        ("verdict", "allowed"),
        ("transport", "mutual TLS"),
        ("identity", "cluster.local/ns/shop/sa/web"),
        ("request", "GET /items"),
    ] {
        assert_eq!(answer[key], value, "{answer}");
    }
}

#[test]
fn what_cannot_be_told_ends_with_3() {
    let unknown = "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                   metadata: {name: more, namespace: shop}\n\
                   spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{}], toPorts: [{\
                   ports: [{port: \"5432\", protocol: TCP}], rules: {l7proto: db}}]}]}\n";
    let project = folder(&[("shop.yaml", &(SHOP.to_owned() + unknown))]);
    let run = project.run(&["can", "shop/web", "shop/db:5432"]);
    assert!(run.code == 3 && run.out.starts_with("unknown: "), "{} {}", run.code, run.out);
    // A pod of which nothing is known may be the one that a selector means.
    let run = folder(&[("shop.yaml", SHOP)]).run(&["can", "any-pod", "shop/db"]);
    assert!(run.code == 3 && run.out.starts_with("unknown: "), "{} {}", run.code, run.out);
}

#[test]
fn of_several_roots_the_worst_counts() {
    let allows = SHOP.replace("{matchLabels: {app: api}}}, ", "{}}, ");
    let project = folder(&[("dev/shop.yaml", &allows), ("prod/shop.yaml", SHOP)]);
    let ask = |args: &[&str]| project.run(&[&["can", "shop/web", "shop/db:5432"], args].concat());
    assert_eq!(ask(&["--root", "dev"]).code, 0);
    assert_eq!(ask(&["--root", "prod"]).code, 1);
    let both = ask(&[]);
    assert_eq!(both.code, 1);
    assert!(both.out.contains("root dev\nallowed") && both.out.contains("root prod\ndenied"));
    assert_eq!(ask(&["--path", "dev"]).code, 0);
}

#[test]
fn mistakes_end_with_2() {
    let project = folder(&[("a/shop.yaml", SHOP)]);
    for (question, word) in [
        ("shop/wbe shop/db", "did you mean `shop/web`?"),
        ("shop/web shop/frontend:80", "in `shop` there are shop/api, shop/db, shop/web"),
        ("pay/api shop/db", "no workload is called `pay/api`"),
        ("web shop/db", "namespace/workload"),
        ("shop/web shop/db:0", "8080"),
        ("shop/web shop/db:http", "8080"),
        ("internet 10.0.0.0/8", "both ends"),
        ("shop/web shop/db GET", "PATH"),
        ("shop/web shop/db GET items", "begins with /"),
        ("shop/web shop/db --as web", "namespace/account"),
        ("shop/web shop/db --root b", "`b`"),
        ("shop/web shop/db --path missing", "missing"),
    ] {
        let args: Vec<&str> = ["can"].into_iter().chain(question.split(' ')).collect();
        let run = project.run(&args);
        assert!(run.code == 2 && run.err.contains(word), "{question}: {} {}", run.code, run.err);
    }
}
