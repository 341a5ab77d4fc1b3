//! API versions that were removed: which release did so, and what serves the kind now. From the
//! deprecated API migration guide of Kubernetes and the release notes of the other projects.

use crate::model::resource::Object;

/// The removal of an API version.
#[derive(Debug)]
pub struct Removal {
    /// Who removed it and when: `Kubernetes 1.22`.
    pub release: &'static str,
    /// What to use now, in words.
    pub instead: &'static str,
}

/// Group, versions (none for all), kinds (none for all) and the removal.
type Row = (&'static str, &'static [&'static str], &'static [&'static str], Removal);

const fn row(
    group: &'static str,
    versions: &'static [&'static str],
    kinds: &'static [&'static str],
    release: &'static str,
    instead: &'static str,
) -> Row {
    (group, versions, kinds, Removal { release, instead })
}

const CERTIFICATES: &[&str] = &["Certificate", "Issuer", "ClusterIssuer", "CertificateRequest"];
const WORKLOADS: &[&str] = &["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"];
const ROLES: &[&str] = &["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];
const HOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
const REVIEWS: &[&str] = &[
    "SubjectAccessReview",
    "LocalSubjectAccessReview",
    "SelfSubjectAccessReview",
    "SelfSubjectRulesReview",
];
const ADMISSION: &str = "Pod Security admission";
const APPS: &str = "`apps/v1`";
const FLOW: &str = "`flowcontrol.apiserver.k8s.io/v1`";
const FLOWS: &[&str] = &["FlowSchema", "PriorityLevelConfiguration"];
const GATEWAY: &str = "`gateway.networking.k8s.io/v1`";
const NETWORK: &str = "`networking.k8s.io/v1`";
const CERT_MANAGER: &str = "`cert-manager.io/v1`";
const ISTIO_POLICIES: &str =
    "PeerAuthentication and RequestAuthentication of `security.istio.io/v1`";
const MIXER: &str = "AuthorizationPolicy, Telemetry or WasmPlugin, which replace Mixer";

const BETA: &[&str] = &["v1beta1"];

const TABLE: &[Row] = &[
    // Kubernetes
    row("extensions", BETA, WORKLOADS, "Kubernetes 1.16", APPS),
    row("apps", &["v1beta1", "v1beta2"], WORKLOADS, "Kubernetes 1.16", APPS),
    row("extensions", BETA, &["NetworkPolicy"], "Kubernetes 1.16", NETWORK),
    row("extensions", BETA, &["PodSecurityPolicy"], "Kubernetes 1.16", ADMISSION),
    row("policy", BETA, &["PodSecurityPolicy"], "Kubernetes 1.25", ADMISSION),
    row("extensions", BETA, &["Ingress"], "Kubernetes 1.22", NETWORK),
    row("networking.k8s.io", BETA, &["Ingress", "IngressClass"], "Kubernetes 1.22", NETWORK),
    row(
        "rbac.authorization.k8s.io",
        BETA,
        ROLES,
        "Kubernetes 1.22",
        "`rbac.authorization.k8s.io/v1`",
    ),
    row(
        "admissionregistration.k8s.io",
        BETA,
        HOOKS,
        "Kubernetes 1.22",
        "`admissionregistration.k8s.io/v1`",
    ),
    row(
        "certificates.k8s.io",
        BETA,
        &["CertificateSigningRequest"],
        "Kubernetes 1.22",
        "`certificates.k8s.io/v1`",
    ),
    row(
        "authentication.k8s.io",
        BETA,
        &["TokenReview"],
        "Kubernetes 1.22",
        "`authentication.k8s.io/v1`",
    ),
    row("authorization.k8s.io", BETA, REVIEWS, "Kubernetes 1.22", "`authorization.k8s.io/v1`"),
    row(
        "apiextensions.k8s.io",
        BETA,
        &["CustomResourceDefinition"],
        "Kubernetes 1.22",
        "`apiextensions.k8s.io/v1`",
    ),
    row(
        "apiregistration.k8s.io",
        BETA,
        &["APIService"],
        "Kubernetes 1.22",
        "`apiregistration.k8s.io/v1`",
    ),
    row("coordination.k8s.io", BETA, &["Lease"], "Kubernetes 1.22", "`coordination.k8s.io/v1`"),
    row("scheduling.k8s.io", BETA, &["PriorityClass"], "Kubernetes 1.22", "`scheduling.k8s.io/v1`"),
    row(
        "storage.k8s.io",
        BETA,
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        "Kubernetes 1.22",
        "`storage.k8s.io/v1`",
    ),
    row("storage.k8s.io", BETA, &["CSIStorageCapacity"], "Kubernetes 1.27", "`storage.k8s.io/v1`"),
    row("batch", &["v2alpha1"], &["CronJob"], "Kubernetes 1.21", "`batch/v1`"),
    row("batch", BETA, &["CronJob"], "Kubernetes 1.25", "`batch/v1`"),
    row("discovery.k8s.io", BETA, &["EndpointSlice"], "Kubernetes 1.25", "`discovery.k8s.io/v1`"),
    row("events.k8s.io", BETA, &["Event"], "Kubernetes 1.25", "`events.k8s.io/v1`"),
    row("policy", BETA, &["PodDisruptionBudget"], "Kubernetes 1.25", "`policy/v1`"),
    row("node.k8s.io", BETA, &["RuntimeClass"], "Kubernetes 1.25", "`node.k8s.io/v1`"),
    row(
        "autoscaling",
        &["v2beta1"],
        &["HorizontalPodAutoscaler"],
        "Kubernetes 1.25",
        "`autoscaling/v2`",
    ),
    row(
        "autoscaling",
        &["v2beta2"],
        &["HorizontalPodAutoscaler"],
        "Kubernetes 1.26",
        "`autoscaling/v2`",
    ),
    row("flowcontrol.apiserver.k8s.io", BETA, FLOWS, "Kubernetes 1.26", FLOW),
    row("flowcontrol.apiserver.k8s.io", &["v1beta2"], FLOWS, "Kubernetes 1.29", FLOW),
    row("flowcontrol.apiserver.k8s.io", &["v1beta3"], FLOWS, "Kubernetes 1.32", FLOW),
    // Istio
    row("authentication.istio.io", &[], &["Policy", "MeshPolicy"], "Istio 1.6", ISTIO_POLICIES),
    row(
        "rbac.istio.io",
        &[],
        &["ClusterRbacConfig", "RbacConfig", "ServiceRole", "ServiceRoleBinding"],
        "Istio 1.6",
        "AuthorizationPolicy of `security.istio.io/v1`",
    ),
    row("config.istio.io", &[], &[], "Istio 1.8", MIXER),
    // Gateway API
    row("networking.x-k8s.io", &["v1alpha1"], &[], "Gateway API 0.5", GATEWAY),
    row(
        "gateway.networking.k8s.io",
        &["v1alpha2"],
        &["Gateway", "GatewayClass", "HTTPRoute"],
        "Gateway API 0.8",
        GATEWAY,
    ),
    row(
        "gateway.networking.k8s.io",
        &["v1alpha2"],
        &["ReferencePolicy"],
        "Gateway API 0.6",
        "ReferenceGrant of `gateway.networking.k8s.io/v1beta1`",
    ),
    row("gateway.networking.k8s.io", &["v1alpha2"], &["GRPCRoute"], "Gateway API 1.2", GATEWAY),
    row(
        "gateway.networking.k8s.io",
        &["v1alpha2"],
        &["ReferenceGrant"],
        "Gateway API 1.2",
        "`gateway.networking.k8s.io/v1beta1`",
    ),
    // cert-manager
    row("certmanager.k8s.io", &[], CERTIFICATES, "cert-manager 0.11", CERT_MANAGER),
    row(
        "cert-manager.io",
        &["v1alpha2", "v1alpha3", "v1beta1"],
        CERTIFICATES,
        "cert-manager 1.7",
        CERT_MANAGER,
    ),
];

/// The removal of the API version that an object is written for.
pub fn removal(object: &Object) -> Option<&'static Removal> {
    let has = |list: &[&str], word: &str| list.is_empty() || list.contains(&word);
    let found = TABLE.iter().find(|(group, versions, kinds, _)| {
        *group == object.group && has(versions, &object.version) && has(kinds, &object.kind)
    });
    found.map(|(_, _, _, removal)| removal)
}

#[cfg(test)]
mod tests {
    use super::removal;
    use crate::model::resource::Object;

    fn release(api: &str, kind: &str) -> Option<&'static str> {
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        let object = Object {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            name: None,
        };
        removal(&object).map(|removal| removal.release)
    }

    #[test]
    fn releases() {
        for (api, kind, expected) in [
            ("extensions/v1beta1", "Ingress", Some("Kubernetes 1.22")),
            ("extensions/v1beta1", "Deployment", Some("Kubernetes 1.16")),
            ("extensions/v1beta1", "Workshop", None),
            ("networking.k8s.io/v1", "Ingress", None),
            ("networking.k8s.io/v1beta1", "IPAddress", None),
            ("policy/v1beta1", "PodSecurityPolicy", Some("Kubernetes 1.25")),
            ("policy/v1beta1", "PodDisruptionBudget", Some("Kubernetes 1.25")),
            ("policy/v1", "PodDisruptionBudget", None),
            ("batch/v1beta1", "CronJob", Some("Kubernetes 1.25")),
            ("rbac.authorization.k8s.io/v1beta1", "Role", Some("Kubernetes 1.22")),
            ("config.istio.io/v1alpha2", "handler", Some("Istio 1.8")),
            ("networking.istio.io/v1alpha3", "Gateway", None),
            ("gateway.networking.k8s.io/v1alpha2", "HTTPRoute", Some("Gateway API 0.8")),
            ("gateway.networking.k8s.io/v1alpha2", "TCPRoute", None),
            ("gateway.networking.k8s.io/v1beta1", "HTTPRoute", None),
            ("cert-manager.io/v1alpha2", "Certificate", Some("cert-manager 1.7")),
            ("v1", "Pod", None),
        ] {
            assert_eq!(release(api, kind), expected, "{api} {kind}");
        }
    }
}
