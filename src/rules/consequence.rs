//! What it costs when a field or value of an object does not count, because its API does not know
//! it or refuses it.

use crate::model::kubernetes::schema::{Step, Type};
use crate::model::resource::Object;

/// How much is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// A control: what a policy or a role says is not in force, or not as it is written.
    Control,
    /// A setting that makes something safer.
    Setting,
    /// Something else of an object that carries controls.
    Other,
}

/// Objects that are nothing but a control.
const CONTROLS: &[(&str, &[&str])] = &[
    ("networking.k8s.io", &["NetworkPolicy"]),
    ("rbac.authorization.k8s.io", &["Role", "ClusterRole"]),
    ("security.istio.io", &["PeerAuthentication", "RequestAuthentication", "AuthorizationPolicy"]),
    (
        "policy.networking.k8s.io",
        &["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"],
    ),
    ("cilium.io", &["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"]),
    ("projectcalico.org", &["NetworkPolicy", "GlobalNetworkPolicy"]),
    ("crd.projectcalico.org", &["NetworkPolicy", "GlobalNetworkPolicy"]),
];

/// Objects whose fields make something safer, but for their metadata.
const SETTINGS: &[(&str, &[&str])] = &[
    ("rbac.authorization.k8s.io", &["RoleBinding", "ClusterRoleBinding"]),
    (
        "admissionregistration.k8s.io",
        &[
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
            "MutatingWebhookConfiguration",
        ],
    ),
    ("gateway.networking.k8s.io", &["BackendTLSPolicy", "ReferenceGrant"]),
    ("cert-manager.io", &["Certificate"]),
    ("", &["ServiceAccount"]),
];

/// Types whose fields make something safer, wherever they stand.
const TYPES: &[&str] = &[
    "SecurityContext",
    "PodSecurityContext",
    "Capabilities",
    "SeccompProfile",
    "AppArmorProfile",
    "SELinuxOptions",
    "WindowsSecurityContextOptions",
    "ServiceAccountTokenProjection",
    "ClientTls",
    "ServerTls",
    "ListenerTls",
    "GatewayTls",
    "FrontendTls",
    "FrontendValidation",
    "IngressTLS",
];

/// Fields that make something safer, wherever somebody wrote them.
const FIELDS: &[&str] = &[
    "securityContext",
    "podSecurityContext",
    "runAsNonRoot",
    "runAsUser",
    "runAsGroup",
    "readOnlyRootFilesystem",
    "allowPrivilegeEscalation",
    "capabilities",
    "seccompProfile",
    "appArmorProfile",
    "seLinuxOptions",
    "automountServiceAccountToken",
    "serviceAccountName",
    "tls",
];

/// What is lost with what stands at the end of a path.
pub fn consequence(object: &Object, path: &[Step<'_>]) -> Consequence {
    let kind = (object.group.as_str(), object.kind.as_str());
    let first = path.first().and_then(key);
    let last = path.iter().rev().find_map(key);
    if is_one(CONTROLS, kind) && first != Some("metadata") {
        return Consequence::Control;
    }
    let typed = path.iter().filter_map(known).any(|known| TYPES.contains(&known.name));
    let named = last.is_some_and(|last| FIELDS.contains(&last));
    let setting = is_one(SETTINGS, kind) && first != Some("metadata");
    // The labels of a namespace say how safe its pods must be.
    let labels = kind == ("", "Namespace") && first == Some("metadata");
    if typed || named || setting || labels { Consequence::Setting } else { Consequence::Other }
}

fn is_one(table: &[(&str, &[&str])], (group, kind): (&str, &str)) -> bool {
    table.iter().any(|(known, kinds)| *known == group && kinds.contains(&kind))
}

fn key<'a>(step: &Step<'a>) -> Option<&'a str> {
    match step {
        Step::Key(key, _) => Some(key),
        Step::Index(_) => None,
    }
}

fn known(step: &Step<'_>) -> Option<&'static Type> {
    match step {
        Step::Key(_, known) => *known,
        Step::Index(_) => None,
    }
}
