//! Objects that Terraform has as texts: in `kubectl_manifest`, and decoded for `kubernetes_manifest`.
//! They are judged as manifests are, at the line of the text, and what is not known keeps rules silent.

#[path = "support/configurations.rs"]
mod configurations;

use configurations::Case;

const CASES: [Case; 12] = [
    (
        "a text without interpolation",
        &["ZT-WRK-002", "ZT-WRK-001"],
        r#"
resource "kubectl_manifest" "web" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
    spec:
      hostNetwork: true  #~ ZT-WRK-001
      containers:
        - name: web
          securityContext:
            privileged: yes  #~ ZT-WRK-002
  YAML
}
"#,
    ),
    (
        "what is interpolated is known, or it is not",
        &["ZT-WRK-001", "ZT-WRK-002", "ZT-WRK-400"],
        r#"
variable "name" {}
locals {
  shared = true
}
resource "kubectl_manifest" "web" {
  yaml_body = <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: ${var.name}-web
  namespace: "${var.name}"
  labels: ${jsonencode({ app = "web" })}
spec:
  hostNetwork: ${local.shared}  #~ ZT-WRK-001
  hostPID: ${var.name}
  containers:
    - name: web
      image: "registry.shop.test/${var.name}:1"
      securityContext:
        privileged: true  #~ ZT-WRK-002
YAML
}
"#,
    ),
    (
        "a name of an entry that is not known may be any",
        &["ZT-WRK-001", "ZT-IDN-006"],
        r#"
variable "field" {}
resource "kubectl_manifest" "web" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata: {name: web}
    spec:
      ${var.field}: true
      containers:
        - name: web
  YAML
}
"#,
    ),
    (
        "entries that are put in as a whole may be any",
        &["ZT-WRK-001"],
        r#"
variable "more" {}
resource "kubectl_manifest" "web" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata: {name: web}
    spec:
      hostNetwork: true
      ${var.more}
      containers: []
  YAML
}
"#,
    ),
    (
        "a condition in the text",
        &["ZT-WRK-001"],
        r#"
variable "shared" {}
resource "kubectl_manifest" "web" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata: {name: web}
    spec:
      %{ if var.shared }
      hostNetwork: true
      %{ endif }
      containers: []
  YAML
}
"#,
    ),
    (
        "a value that Terraform encodes, with an unknown one beside it",
        &["ZT-WRK-002", "ZT-WRK-001"],
        r#"
variable "namespace" {}
resource "kubectl_manifest" "web" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Pod"
    metadata   = { name = "web", namespace = var.namespace }
    spec = {
      hostNetwork = var.namespace
      containers = [{
        name = "web"
        securityContext = {
          privileged = true  #~ ZT-WRK-002
        }
      }]
    }
  })
}
"#,
    ),
    (
        "a text from elsewhere in the module",
        &["ZT-NET-005"],
        r#"
locals {
  policies = {
    open = <<-YAML
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: open
        namespace: shop
      spec:
        podSelector: {}
        policyTypes: [Ingress]
        ingress:
          - {}  #~ ZT-NET-005
    YAML
  }
}
resource "kubectl_manifest" "policy" {
  for_each  = local.policies
  yaml_body = each.value
}
"#,
    ),
    (
        "a decoded text keeps its lines",
        &["ZT-WRK-002", "ZT-POL-550"],
        r#"
resource "kubernetes_manifest" "web" {
  manifest = yamldecode(<<-YAML
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
    spec:
      containers:
        - name: web
          securityContext:
            privileged: true  #~ ZT-WRK-002
  YAML
  )
}
resource "kubernetes_manifest" "policy" {
  manifest = yamldecode(<<-YAML
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: web, namespace: shop}
    spec:
      podSelector: {}
      polcyTypes: [Ingress]  #~ ZT-POL-550
  YAML
  )
}
"#,
    ),
    (
        "the provider's namespace takes the place of the text's",
        &["ZT-NET-670"],
        r#"
variable "namespace" {}
resource "kubectl_manifest" "moved" {
  override_namespace = "default"  #~ ZT-NET-670
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata: {name: web, namespace: shop}
    spec: {containers: []}
  YAML
}
resource "kubectl_manifest" "away" {
  override_namespace = "shop"
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata: {name: web, namespace: default}
    spec: {containers: []}
  YAML
}
resource "kubectl_manifest" "anywhere" {
  override_namespace = var.namespace
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata: {name: web, namespace: default}
    spec: {containers: []}
  YAML
}
"#,
    ),
    (
        "objects of one module are joined, whoever makes them",
        &["ZT-POL-001"],
        r#"
resource "kubernetes_namespace" "shop" {
  metadata { name = "shop" }
}
resource "kubernetes_pod" "web" {
  metadata {
    name      = "web"
    namespace = "shop"
    labels    = { app = "web" }
  }
  spec {
    container { name = "web" }
  }
}
resource "kubectl_manifest" "policy" {
  yaml_body = <<-YAML
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: web, namespace: shop}
    spec:
      podSelector:
        matchLabels:
          app: wbe  #~ ZT-POL-001
      policyTypes: [Ingress]
  YAML
}
"#,
    ),
    (
        "what is no manifest, or not at hand",
        &["ZT-WRK-001"],
        r#"
data "kubectl_path_documents" "all" {
  pattern = "./manifests/*.yaml"
}
resource "kubectl_manifest" "each" {
  for_each  = toset(data.kubectl_path_documents.all.documents)
  yaml_body = each.value
}
resource "kubectl_manifest" "file" {
  yaml_body = templatefile("${path.module}/missing.yaml", {})
}
resource "kubectl_manifest" "broken" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: Pod
    spec: {hostNetwork: true
  YAML
}
resource "local_file" "text" {
  content = <<-YAML
    apiVersion: v1
    kind: Pod
    metadata: {name: web}
    spec: {hostNetwork: true}
  YAML
}
"#,
    ),
    (
        "a mesh's policy",
        &["ZT-MSH-003"],
        r#"
resource "kubectl_manifest" "mtls" {
  yaml_body = <<-YAML
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls:
        mode: DISABLE  #~ ZT-MSH-003
  YAML
}
"#,
    ),
];

#[test]
fn faults_stand_in_the_text() {
    configurations::found(&CASES);
}

#[test]
fn unknown_values_are_never_bad() {
    configurations::silent(&CASES);
}
