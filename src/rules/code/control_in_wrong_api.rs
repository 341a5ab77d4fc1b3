//! Security controls that are written for an API group or version that does not serve their kind.

use crate::model::resource::Object;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// The APIs that do not serve some kinds.
enum Api {
    /// Every group of Istio but this one.
    IstioBut(&'static str),
    /// A group in every version.
    Group(&'static str),
    /// A group in these versions.
    Versions(&'static str, &'static [&'static str]),
    /// A group in every version but this one.
    VersionsBut(&'static str, &'static str),
}

/// Kinds that are never right in an API.
struct Row {
    written: Api,
    kinds: &'static [&'static str],
    /// What to use, as the message says it.
    suggestion: &'static str,
}

const RBAC: &[&str] = &["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];
const RBAC_API: &str = "`rbac.authorization.k8s.io/v1`";
const NETWORK_API: &str = "`networking.k8s.io/v1`";
const POD_SECURITY: &str = "Pod Security admission";
const CERTIFICATES: &[&str] = &["Certificate", "Issuer", "ClusterIssuer", "CertificateRequest"];
const CERTIFICATES_API: &str = "`cert-manager.io/v1`";

const TABLE: &[Row] = &[
    Row {
        written: Api::IstioBut("security.istio.io"),
        kinds: &["RequestAuthentication", "PeerAuthentication", "AuthorizationPolicy"],
        suggestion: "`security.istio.io/v1`",
    },
    Row {
        written: Api::Group("authentication.istio.io"),
        kinds: &["Policy", "MeshPolicy"],
        suggestion: "PeerAuthentication and RequestAuthentication of `security.istio.io/v1`",
    },
    Row {
        written: Api::Group("rbac.istio.io"),
        kinds: &["ClusterRbacConfig", "RbacConfig", "ServiceRole", "ServiceRoleBinding"],
        suggestion: "AuthorizationPolicy of `security.istio.io/v1`",
    },
    Row {
        written: Api::Group("config.istio.io"),
        kinds: &[
            "rule",
            "handler",
            "instance",
            "adapter",
            "template",
            "QuotaSpec",
            "QuotaSpecBinding",
        ],
        suggestion: "AuthorizationPolicy, Telemetry or WasmPlugin, which replace Mixer",
    },
    Row {
        written: Api::IstioBut("networking.istio.io"),
        kinds: &[
            "DestinationRule",
            "Gateway",
            "VirtualService",
            "ServiceEntry",
            "Sidecar",
            "WorkloadEntry",
            "WorkloadGroup",
        ],
        suggestion: "`networking.istio.io/v1`",
    },
    Row {
        written: Api::IstioBut("networking.istio.io"),
        kinds: &["EnvoyFilter"],
        suggestion: "`networking.istio.io/v1alpha3`",
    },
    Row {
        written: Api::IstioBut("telemetry.istio.io"),
        kinds: &["Telemetry"],
        suggestion: "`telemetry.istio.io/v1`",
    },
    Row {
        written: Api::Versions("policy", &["v1beta1"]),
        kinds: &["PodSecurityPolicy"],
        suggestion: POD_SECURITY,
    },
    Row {
        written: Api::Versions("extensions", &["v1beta1"]),
        kinds: &["PodSecurityPolicy"],
        suggestion: POD_SECURITY,
    },
    Row { written: Api::Group("extensions"), kinds: &["NetworkPolicy"], suggestion: NETWORK_API },
    Row { written: Api::Group("policy"), kinds: &["NetworkPolicy"], suggestion: NETWORK_API },
    Row { written: Api::Group("apps"), kinds: &["NetworkPolicy"], suggestion: NETWORK_API },
    Row { written: Api::Versions("", &["v1"]), kinds: &["NetworkPolicy"], suggestion: NETWORK_API },
    Row {
        written: Api::VersionsBut("networking.k8s.io", "v1"),
        kinds: &["NetworkPolicy"],
        suggestion: NETWORK_API,
    },
    Row {
        written: Api::Versions("rbac.authorization.k8s.io", &["v1alpha1", "v1beta1"]),
        kinds: RBAC,
        suggestion: RBAC_API,
    },
    Row { written: Api::Versions("", &["v1"]), kinds: RBAC, suggestion: RBAC_API },
    Row {
        written: Api::Versions("admissionregistration.k8s.io", &["v1beta1"]),
        kinds: &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        suggestion: "`admissionregistration.k8s.io/v1`",
    },
    Row {
        written: Api::Versions("certificates.k8s.io", &["v1beta1"]),
        kinds: &["CertificateSigningRequest"],
        suggestion: "`certificates.k8s.io/v1`",
    },
    Row {
        written: Api::Versions("authentication.k8s.io", &["v1beta1"]),
        kinds: &["TokenReview"],
        suggestion: "`authentication.k8s.io/v1`",
    },
    Row {
        written: Api::Versions("authorization.k8s.io", &["v1beta1"]),
        kinds: &["SubjectAccessReview", "LocalSubjectAccessReview", "SelfSubjectAccessReview"],
        suggestion: "`authorization.k8s.io/v1`",
    },
    Row {
        written: Api::Group("certmanager.k8s.io"),
        kinds: CERTIFICATES,
        suggestion: CERTIFICATES_API,
    },
    Row {
        written: Api::Versions("cert-manager.io", &["v1alpha2", "v1alpha3", "v1beta1"]),
        kinds: CERTIFICATES,
        suggestion: CERTIFICATES_API,
    },
];

/// Reports the `apiVersion` of each control that its API does not serve.
pub fn control_in_wrong_api<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for row in TABLE {
        for &at in row.kinds.iter().flat_map(|kind| root.kind(kind)) {
            let resource = root.resources[at];
            if resource.object().is_some_and(|object| row.written.holds(object)) {
                let written = root.cursor(resource).key("apiVersion");
                sink.report(at, written, None, &[("suggestion", row.suggestion)]);
            }
        }
    }
}

impl Api {
    fn holds(&self, object: &Object) -> bool {
        let (group, version) = (object.group.as_str(), object.version.as_str());
        match *self {
            Api::IstioBut(right) => {
                (group == "istio.io" || group.ends_with(".istio.io")) && group != right
            }
            Api::Group(wrong) => group == wrong,
            Api::Versions(wrong, versions) => group == wrong && versions.contains(&version),
            Api::VersionsBut(wrong, right) => group == wrong && version != right,
        }
    }
}
