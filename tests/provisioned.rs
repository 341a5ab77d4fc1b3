//! Resources of Terraform's `kubernetes` provider are judged as the objects they make: the rules of
//! Kubernetes find the same faults, at the line of the configuration, and unknown values keep them
//! silent.

use ztlint::input::file_tree::Memory;
use ztlint::rules::catalog::Catalog;
use ztlint::rules::outcome::Report;
use ztlint::rules::{engine, example};

#[path = "support/configurations.rs"]
mod configurations;

use configurations::{Case, snippet};

const CASES: [Case; 24] = [
    (
        "a pod's containers, of every kind",
        &["ZT-WRK-002"],
        r#"
resource "kubernetes_pod" "web" {
  metadata { name = "web" }
  spec {
    init_container {
      name = "prepare"
      security_context { privileged = true }  #~ ZT-WRK-002
    }
    container {
      name = "web"
      security_context {
        privileged = "true"  #~ ZT-WRK-002
      }
    }
    container {
      name = "side"
      security_context { privileged = false }
    }
  }
}
"#,
    ),
    (
        "templates of workloads, whatever version the type names",
        &["ZT-WRK-001"],
        r#"
resource "kubernetes_stateful_set_v1" "db" {
  metadata { name = "db" }
  spec {
    template {
      metadata { labels = { app = "db" } }
      spec {
        host_network = true  #~ ZT-WRK-001
        container { name = "db" }
      }
    }
  }
}
resource "kubernetes_cron_job" "night" {
  metadata { name = "night" }
  spec {
    schedule = "0 3 * * *"
    job_template {
      metadata {}
      spec {
        template {
          metadata {}
          spec {
            host_network = true  #~ ZT-WRK-001
            container { name = "night" }
          }
        }
      }
    }
  }
}
"#,
    ),
    (
        "a class of volumes has its parameters, and the provider's name for its driver",
        &["ZT-ENC-867"],
        r#"
variable "encrypted" {}
resource "kubernetes_storage_class_v1" "fast" {
  metadata { name = "fast" }
  storage_provisioner = "ebs.csi.aws.com"
  parameters = {
    type      = "gp3"
    encrypted = "false"  #~ ZT-ENC-867
  }
}
resource "kubernetes_storage_class" "slow" {
  metadata { name = "slow" }
  storage_provisioner = "ebs.csi.aws.com"
  parameters          = { encrypted = var.encrypted }
}
"#,
    ),
    (
        "the account that every namespace has is called `default`",
        &["ZT-IDN-867"],
        r#"
resource "kubernetes_default_service_account_v1" "shop" {
  metadata {
    namespace   = "shop"
    annotations = {
      "eks.amazonaws.com/role-arn" = "arn:aws:iam::111122223333:role/shop"  #~ ZT-IDN-867
    }
  }
}
resource "kubernetes_service_account_v1" "web" {
  metadata {
    name        = "web"
    annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::111122223333:role/web" }
  }
}
"#,
    ),
    (
        "a value comes from elsewhere, and unknown ones are not bad",
        &["ZT-WRK-001", "ZT-WRK-400"],
        r#"
locals {
  network = true
}
variable "processes" {}
resource "kubernetes_daemonset" "agent" {
  metadata { name = "agent" }
  spec {
    template {
      spec {
        host_network = local.network  #~ ZT-WRK-001
        host_pid     = var.processes
        container { name = "agent" }
      }
    }
  }
}
"#,
    ),
    (
        "an empty block of rules allows everything, one with peers does not",
        &["ZT-NET-005"],
        r#"
resource "kubernetes_network_policy_v1" "open" {
  metadata { name = "open" }
  spec {
    pod_selector {}
    policy_types = ["Ingress"]
    ingress {}  #~ ZT-NET-005
  }
}
resource "kubernetes_network_policy" "closed" {
  metadata { name = "closed" }
  spec {
    pod_selector {}
    policy_types = ["Ingress"]
    ingress {
      from {
        pod_selector { match_labels = { app = "web" } }
      }
      ports { port = "8080" }
    }
  }
}
"#,
    ),
    (
        "rules that an unknown collection makes may be anything",
        &["ZT-NET-005"],
        r#"
variable "peers" {}
resource "kubernetes_network_policy_v1" "open" {
  metadata { name = "open" }
  spec {
    pod_selector {}
    policy_types = ["Ingress"]
    dynamic "ingress" {
      for_each = var.peers
      content {
        from {
          ip_block { cidr = ingress.value }
        }
      }
    }
  }
}
"#,
    ),
    (
        "rules that a known collection makes are what they are",
        &["ZT-NET-005"],
        r#"
resource "kubernetes_network_policy_v1" "open" {
  metadata { name = "open" }
  spec {
    pod_selector {}
    policy_types = ["Ingress"]
    dynamic "ingress" {
      for_each = [8080]
      content {  #~ ZT-NET-005
      }
    }
  }
}
"#,
    ),
    (
        "roles and their bindings",
        &["ZT-PRV-016", "ZT-PRV-021"],
        r#"
resource "kubernetes_cluster_role_v1" "all" {
  metadata { name = "all" }
  rule {
    api_groups = ["*"]
    resources  = ["*"]
    verbs      = ["*"]  #~ ZT-PRV-016
  }
}
resource "kubernetes_role" "some" {
  metadata { name = "some" }
  rule {
    api_groups = [""]
    resources  = ["configmaps"]
    verbs      = ["get"]
  }
}
resource "kubernetes_cluster_role_binding" "everyone" {
  metadata { name = "everyone" }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "view"
  }
  subject {
    kind      = "Group"
    name      = "system:authenticated"  #~ ZT-PRV-021
    api_group = "rbac.authorization.k8s.io"
  }
}
"#,
    ),
    (
        "what is plain in a secret's data is what the API calls stringData",
        &["ZT-CRD-005"],
        r#"
resource "kubernetes_secret" "key" {
  metadata { name = "key" }
  data = {
    user  = "shop"
    token = "TOKEN"  #~ ZT-CRD-005
  }
}
"#,
    ),
    (
        "namespaces: the provider's default, and another",
        &["ZT-NET-670"],
        r#"
resource "kubernetes_pod" "default" {
  metadata {  #~ ZT-NET-670
    name = "web"
  }
  spec {
    container { name = "web" }
  }
}
resource "kubernetes_pod" "shop" {
  metadata {
    name      = "web"
    namespace = "shop"
  }
  spec {
    container { name = "web" }
  }
}
"#,
    ),
    (
        "a manifest is taken as it is",
        &["ZT-NET-005", "ZT-POL-550"],
        r#"
resource "kubernetes_manifest" "open" {
  manifest = {
    apiVersion = "networking.k8s.io/v1"
    kind       = "NetworkPolicy"
    metadata   = { name = "open", namespace = "shop" }
    spec = {
      podSelector = {}
      ingress     = [{}]  #~ ZT-NET-005
      polcyTypes  = ["Ingress"]  #~ ZT-POL-550
    }
  }
}
resource "kubernetes_manifest" "read" {
  manifest = yamldecode(file("${path.module}/missing.yaml"))
}
"#,
    ),
    (
        "a manifest of a mesh",
        &["ZT-MSH-003"],
        r#"
resource "kubernetes_manifest" "mtls" {
  manifest = {
    apiVersion = "security.istio.io/v1"
    kind       = "PeerAuthentication"
    metadata   = { name = "default", namespace = "shop" }
    spec       = { mtls = { mode = "DISABLE" } }  #~ ZT-MSH-003
  }
}
"#,
    ),
    (
        "objects of one root module are joined",
        &["ZT-POL-001"],
        r#"
resource "kubernetes_namespace" "shop" {
  metadata { name = "shop" }
}
resource "kubernetes_deployment" "web" {
  metadata {
    name      = "web"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  spec {
    selector { match_labels = { app = "web" } }
    template {
      metadata { labels = { app = "web" } }
      spec {
        container { name = "web" }
      }
    }
  }
}
resource "kubernetes_network_policy" "slip" {
  metadata {
    name      = "slip"
    namespace = "shop"
  }
  spec {
    pod_selector {
      match_labels = { app = "wbe" }  #~ ZT-POL-001
    }
    policy_types = ["Ingress"]
  }
}
resource "kubernetes_network_policy" "right" {
  metadata {
    name      = "right"
    namespace = "shop"
  }
  spec {
    pod_selector {
      match_expressions {
        key      = "app"
        operator = "In"
        values   = ["web"]
      }
    }
    policy_types = ["Ingress"]
  }
}
"#,
    ),
    (
        "services and ports by name",
        &["ZT-POL-010", "ZT-NET-022"],
        r#"
resource "kubernetes_pod" "web" {
  metadata {
    name   = "web"
    labels = { app = "web" }
  }
  spec {
    container {
      name = "web"
      port {
        name           = "http"
        container_port = 8080
      }
    }
  }
}
resource "kubernetes_service" "web" {
  metadata { name = "web" }
  spec {  #~ ZT-NET-022
    type     = "LoadBalancer"
    selector = { app = "web" }
    port {
      port        = 5432
      target_port = "htp"  #~ ZT-POL-010
    }
  }
}
"#,
    ),
    (
        "what names no namespace is in default",
        &["ZT-POL-001"],
        r#"
resource "kubernetes_pod" "web" {
  metadata {
    name      = "web"
    labels    = { app = "web" }
    namespace = "default"
  }
  spec {
    container { name = "web" }
  }
}
resource "kubernetes_network_policy" "slip" {
  metadata { name = "slip" }
  spec {
    pod_selector { match_labels = { app = "wbe" } }  #~ ZT-POL-001
    policy_types = ["Ingress"]
  }
}
"#,
    ),
    (
        "tokens are mounted unless that is said",
        &["ZT-IDN-006"],
        r#"
terraform {
  required_providers {
    kubernetes = { source = "hashicorp/kubernetes", version = "~> 2.30" }
  }
}
resource "kubernetes_pod" "web" {
  metadata { name = "web" }
  spec {  #~ ZT-IDN-006
    container {
      name  = "web"
      image = "registry.shop.test/web:1"
    }
  }
}
resource "kubernetes_pod" "null" {
  metadata { name = "null" }
  spec {
    service_account_name = null  #~ ZT-IDN-006
    container {
      name  = "web"
      image = "registry.shop.test/web:1"
    }
  }
}
resource "kubernetes_pod" "none" {
  metadata { name = "none" }
  spec {
    automount_service_account_token = false
    container {
      name  = "web"
      image = "registry.shop.test/web:1"
    }
  }
}
"#,
    ),
    (
        "older providers mounted none unless that was said",
        &["ZT-IDN-006"],
        r#"
terraform {
  required_providers {
    kubernetes = { source = "hashicorp/kubernetes", version = "~> 1.13" }
  }
}
resource "kubernetes_pod" "web" {
  metadata { name = "web" }
  spec {
    container {
      name  = "web"
      image = "registry.shop.test/web:1"
    }
  }
}
resource "kubernetes_pod" "said" {
  metadata { name = "said" }
  spec {  #~ ZT-IDN-006
    automount_service_account_token = true
    container {
      name  = "web"
      image = "registry.shop.test/web:1"
    }
  }
}
"#,
    ),
    (
        "volumes and what mounts them",
        &["ZT-WRK-004"],
        r#"
resource "kubernetes_job_v1" "build" {
  metadata { name = "build" }
  spec {
    template {
      metadata {}
      spec {
        container {
          name = "build"
          volume_mount {
            name       = "sock"
            mount_path = "/sock"
          }
        }
        volume {
          name = "sock"
          host_path { path = "/var/run/docker.sock" }  #~ ZT-WRK-004
        }
        volume {
          name = "key"
          secret { secret_name = "key" }
        }
      }
    }
  }
}
"#,
    ),
    (
        "what a persistent volume is made of",
        &["ZT-WRK-773"],
        r#"
resource "kubernetes_persistent_volume" "node" {
  metadata { name = "node" }
  spec {
    capacity     = { storage = "1Gi" }
    access_modes = ["ReadWriteOnce"]
    persistent_volume_source {
      host_path {
        path = "/etc"  #~ ZT-WRK-773
      }
    }
  }
}
resource "kubernetes_persistent_volume_v1" "data" {
  metadata { name = "data" }
  spec {
    persistent_volume_source {
      host_path { path = "/mnt/data" }
    }
  }
}
"#,
    ),
    (
        "types that make no object are passed over",
        &["ZT-WRK-008"],
        r#"
resource "kubernetes_labels" "shop" {
  api_version = "v1"
  kind        = "Namespace"
  metadata { name = "shop" }
  labels = {}
}
data "kubernetes_namespace" "shop" {
  metadata { name = "shop" }
}
"#,
    ),
    (
        "Terraform's JSON",
        &[],
        r#"
{"resource": {"kubernetes_pod": {"web": {
  "metadata": {"name": "web"},
  "spec": {
    "host_network": true,
    "container": [{"name": "web", "security_context": {"privileged": true}}]
  }
}}}}
"#,
    ),
    (
        "an ingress's paths and its single blocks",
        &["ZT-ENC-002"],
        r#"
resource "kubernetes_ingress_v1" "plain" {
  metadata { name = "plain" }
  spec {  #~ ZT-ENC-002
    rule {
      host = "shop.example.com"
      http {
        path {
          path = "/"
          backend {
            service {
              name = "web"
              port { number = 80 }
            }
          }
        }
      }
    }
  }
}
resource "kubernetes_ingress_v1" "tls" {
  metadata { name = "tls" }
  spec {
    tls {
      hosts       = ["shop.example.com"]
      secret_name = "shop"
    }
    rule {
      host = "shop.example.com"
      http {
        path {
          path = "/"
          backend {
            service {
              name = "web"
              port { number = 80 }
            }
          }
        }
      }
    }
  }
}
"#,
    ),
    (
        "a type without a version in its name makes the older version of its object",
        &["ZT-POL-457"],
        r#"
resource "kubernetes_ingress" "old" {  #~ ZT-POL-457
  metadata { name = "old" }
  spec {}
}
resource "kubernetes_ingress_v1" "new" {
  metadata { name = "new" }
  spec {}
}
"#,
    ),
];

#[test]
fn faults_stand_in_the_configuration() {
    configurations::found(&CASES);
}

#[test]
fn unknown_values_are_never_bad() {
    configurations::silent(&CASES);
}

fn check(files: &[(&str, &str)], rule: &str) -> Report {
    let tree = files.iter().fold(Memory::new(), |tree, (path, text)| tree.with(*path, *text));
    engine::run(&tree, &example::settings(&Catalog::default(), rule, Vec::new()))
}

fn lines(report: &Report) -> Vec<(String, u32)> {
    let place = |finding: &ztlint::rules::finding::Finding| {
        let source = report.source(finding.primary.file);
        (source.path.clone(), source.position(finding.primary.span.start).line)
    };
    report.findings.iter().map(place).collect()
}

#[test]
fn terraform_json_has_the_same_places() {
    let text = CASES.iter().find(|case| case.0 == "Terraform's JSON").expect("a case").2.trim();
    let found = |rule| lines(&check(&[("main.tf.json", text)], rule));
    assert_eq!(found("ZT-WRK-001"), [("main.tf.json".to_owned(), 4)]);
    assert_eq!(found("ZT-WRK-002"), [("main.tf.json".to_owned(), 5)]);
}

const MODULE: &str = r#"
variable "names" {}
variable "open" { default = false }
resource "kubernetes_pod" "each" {
  for_each = toset(var.names)
  metadata { name = each.value }
  spec {
    host_network = var.open
    container { name = "web" }
  }
}
"#;

#[test]
fn instances_and_modules_have_their_addresses() {
    let call = r#"
module "closed" {
  source = "./pods"
  names  = ["a"]
}
module "open" {
  source = "./pods"
  names  = ["b", "c"]
  open   = true
}
"#;
    let report = check(&[("main.tf", call), ("pods/main.tf", MODULE)], "ZT-WRK-001");
    assert_eq!(lines(&report), [("pods/main.tf".to_owned(), 8)]);
    let finding = &report.findings[0];
    let instances = ["b", "c"].map(|key| format!("module.open.kubernetes_pod.each[\"{key}\"]"));
    assert_eq!(finding.instances, instances);
    assert_eq!(finding.resource, "kubernetes_pod.each");
    let none =
        [("main.tf", "module \"m\" {\n  source = \"./pods\"\n  names = []\n  open = true\n}\n")];
    let files = [none[0], ("pods/main.tf", MODULE)];
    assert!(check(&files, "ZT-WRK-001").findings.is_empty());
    assert!(finding.message.starts_with("kubernetes_pod.each sets"), "{}", finding.message);
}

#[test]
fn a_root_module_is_a_world_of_its_own() {
    let pod = r#"
resource "kubernetes_pod" "web" {
  metadata {
    name   = "web"
    labels = { app = "web" }
  }
  spec {
    container { name = "web" }
  }
}
"#;
    let policy = r#"
resource "kubernetes_network_policy" "slip" {
  metadata { name = "slip" }
  spec {
    pod_selector { match_labels = { app = "wbe" } }
    policy_types = ["Ingress"]
  }
}
"#;
    let together = [("a/pod.tf", pod), ("a/policy.tf", policy)];
    assert_eq!(lines(&check(&together, "ZT-POL-001")), [("a/policy.tf".to_owned(), 5)]);
    let apart = [("a/pod.tf", pod), ("b/policy.tf", policy)];
    assert!(lines(&check(&apart, "ZT-POL-001")).is_empty());
}

#[test]
fn a_secret_is_one_finding() {
    let case = CASES.iter().find(|case| case.1 == ["ZT-CRD-005"]).expect("a case");
    let report = check(&[("main.tf", &snippet(case.2).text)], "CRD");
    let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules, ["ZT-CRD-504"]);
}

#[test]
fn a_suppression_covers_its_block() {
    let text = r#"
# ztlint:ignore[ZT-WRK-001] instance=kubernetes_pod.each["a"] reason="Reads the node's sockets."
resource "kubernetes_pod" "each" {
  for_each = toset(["a", "b"])
  metadata { name = each.value }
  spec {
    host_network = true
    container { name = "web" }
  }
}
"#;
    let report = check(&[("main.tf", text)], "ZT-WRK-001");
    assert_eq!(report.findings[0].instances, ["kubernetes_pod.each[\"b\"]"]);
    let whole = text.replace(" instance=kubernetes_pod.each[\"a\"]", "");
    assert!(check(&[("main.tf", &whole)], "ZT-WRK-001").findings.is_empty());
}
