//! Objects that are written for an API group or version that does not serve their kind: security
//! controls, and what else Kubernetes, the mesh and their neighbours have removed.

use crate::model::kubernetes::removed::removal;
use crate::model::resource::Object;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// The APIs that never served some kinds.
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
const HOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
const NETWORK: &[&str] = &["NetworkPolicy"];
const NETWORK_API: &str = "`networking.k8s.io/v1`";
const ROUTES: &[&str] =
    &["GatewayClass", "HTTPRoute", "GRPCRoute", "TLSRoute", "ReferenceGrant", "BackendTLSPolicy"];

const TABLE: &[Row] = &[
    Row {
        written: Api::IstioBut("security.istio.io"),
        kinds: &["RequestAuthentication", "PeerAuthentication", "AuthorizationPolicy"],
        suggestion: "`security.istio.io/v1`",
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
    Row { written: Api::Group("extensions"), kinds: NETWORK, suggestion: NETWORK_API },
    Row { written: Api::Group("policy"), kinds: NETWORK, suggestion: NETWORK_API },
    Row { written: Api::Group("apps"), kinds: NETWORK, suggestion: NETWORK_API },
    Row { written: Api::Versions("", &["v1"]), kinds: NETWORK, suggestion: NETWORK_API },
    Row {
        written: Api::VersionsBut("networking.k8s.io", "v1"),
        kinds: NETWORK,
        suggestion: NETWORK_API,
    },
    Row {
        written: Api::Versions("rbac.authorization.k8s.io", &["v1alpha1"]),
        kinds: RBAC,
        suggestion: RBAC_API,
    },
    Row { written: Api::Versions("", &["v1"]), kinds: RBAC, suggestion: RBAC_API },
    Row { written: Api::Group("rbac.k8s.io"), kinds: RBAC, suggestion: RBAC_API },
    Row { written: Api::Group("authorization.k8s.io"), kinds: RBAC, suggestion: RBAC_API },
    Row {
        written: Api::Versions("", &["v1"]),
        kinds: HOOKS,
        suggestion: "`admissionregistration.k8s.io/v1`",
    },
    Row {
        written: Api::Versions("", &["v1"]),
        kinds: &["PodSecurityPolicy"],
        suggestion: "Pod Security admission",
    },
    Row {
        written: Api::Group("networking.k8s.io"),
        kinds: ROUTES,
        suggestion: "`gateway.networking.k8s.io`",
    },
    Row {
        written: Api::Group("networking.k8s.io"),
        kinds: &["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"],
        suggestion: "`policy.networking.k8s.io`",
    },
];

/// Removed kinds that are controls; the groups of Istio hold no others.
const CONTROLS: &[&str] = &[
    "NetworkPolicy",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "CertificateSigningRequest",
    "TokenReview",
    "SubjectAccessReview",
    "LocalSubjectAccessReview",
    "SelfSubjectAccessReview",
    "Certificate",
    "Issuer",
    "ClusterIssuer",
    "CertificateRequest",
];

/// Reports the `apiVersion` of each control that its API does not serve.
pub fn control_in_wrong_api<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, |object| {
        if let Some(removal) = removal(object).filter(|_| is_control(object)) {
            return Some((format!("which {} removed", removal.release), removal.instead));
        }
        let row = TABLE
            .iter()
            .find(|row| row.kinds.contains(&object.kind.as_str()) && row.written.holds(object))?;
        Some(("which does not serve this kind".to_owned(), row.suggestion))
    });
}

/// Reports the `apiVersion` of every other object whose API was removed.
pub fn removed_api<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, |object| {
        let removal = removal(object).filter(|_| !is_control(object))?;
        Some((removal.release.to_owned(), removal.instead))
    });
}

fn is_control(object: &Object) -> bool {
    object.group.ends_with(".istio.io") || CONTROLS.contains(&object.kind.as_str())
}

/// Reports each object for which a reason and a suggestion are found.
fn each<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    find: impl Fn(&Object) -> Option<(String, &'static str)>,
) {
    for (at, resource) in root.resources.iter().enumerate() {
        let Some((reason, suggestion)) = resource.object().and_then(&find) else { continue };
        let written = root.cursor(resource).key("apiVersion");
        sink.report(at, written, None, &[("reason", &reason), ("suggestion", suggestion)]);
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
