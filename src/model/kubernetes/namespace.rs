//! Namespaces: which one an object is in, which labels each has, where others than the written
//! objects may exist.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Object;
use crate::model::selector::{Label, Labels};
use std::borrow::Cow;

/// The label that API servers set on every namespace: its name (immutable).
pub const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Which namespace an object is in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Home<'a> {
    /// The one it names.
    Named(Cow<'a, str>),
    /// None is written: the one that the manifests are applied to, whatever that is.
    Unwritten,
    /// One is written that cannot be told.
    Unknown,
}

impl<'a> Home<'a> {
    /// The namespace that an object's metadata name. An empty text is none.
    pub fn read(object: Cursor<'a>) -> Self {
        Self::named(object.key("metadata").key("namespace"))
    }

    /// The namespace that is written here.
    pub fn named(at: Cursor<'a>) -> Self {
        match (at.shape(), at.text()) {
            (Shape::Absent, _) => Self::Unwritten,
            (_, Some(name)) if name.is_empty() => Self::Unwritten,
            (_, Some(name)) => Self::Named(name),
            _ => Self::Unknown,
        }
    }

    /// Its name, if one is written and known.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            _ => None,
        }
    }

    /// The name to assume: what is not written is `default`, which is possible, not proven.
    pub fn assumed(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Unwritten => Some("default"),
            Self::Unknown => None,
        }
    }

    /// Whether both are the same namespace. Objects of one root that name none are applied
    /// together; whether that is to a namespace which others name cannot be told.
    pub fn same(&self, other: &Home<'_>) -> Truth {
        match (self, other) {
            (Self::Named(one), Home::Named(other)) => Truth::of(one == other),
            (Self::Unwritten, Home::Unwritten) => Truth::True,
            _ => Truth::Unknown,
        }
    }
}

/// A namespace that is declared or named.
#[derive(Clone)]
pub struct Namespace<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// The `Namespace` object, by its index in the root; none where it is only named.
    pub resource: Option<usize>,
    /// Its labels, `kubernetes.io/metadata.name` among them. Those of a namespace that is only
    /// named are open.
    pub labels: Labels<'a>,
    /// Its annotations; open where it is only named.
    pub annotations: Labels<'a>,
}

impl<'a> Namespace<'a> {
    /// One that is only named.
    pub fn of_name(name: Cow<'a, str>) -> Self {
        let mut labels = Labels::unknown();
        labels.set(NAME_LABEL, Label::Known(name.clone()));
        Self { name, resource: None, labels, annotations: Labels::unknown() }
    }

    /// As a `Namespace` object declares it.
    pub fn declared(resource: usize, name: Cow<'a, str>, object: Cursor<'a>) -> Self {
        let metadata = object.key("metadata");
        let mut labels = Labels::read(metadata.key("labels"));
        labels.set(NAME_LABEL, Label::Known(name.clone()));
        let annotations = Labels::read(metadata.key("annotations"));
        Self { name, resource: Some(resource), labels, annotations }
    }
}

/// Where a kind of object may make pods that are not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spawns {
    /// Nowhere.
    Nothing,
    /// In its own namespace.
    Here,
    /// Anywhere: it deploys other manifests.
    Anywhere,
}

/// API groups whose objects make no pods but those that are read as workloads.
const STILL_GROUPS: [&str; 13] = [
    "",
    "apps",
    "batch",
    "extensions",
    "policy",
    "autoscaling",
    "cert-manager.io",
    "acme.cert-manager.io",
    "external-secrets.io",
    "bitnami.com",
    "cilium.io",
    "kyverno.io",
    "keda.sh",
];

/// Endings of groups of the same sort.
const STILL_ENDINGS: [&str; 8] = [
    ".k8s.io",
    ".istio.io",
    ".linkerd.io",
    ".gatekeeper.sh",
    ".spiffe.io",
    "projectcalico.org",
    ".cilium.io",
    "serving.knative.dev",
];

/// Kinds that deploy other manifests.
const DEPLOYERS: [(&str, &str); 10] = [
    ("argoproj.io", "Application"),
    ("argoproj.io", "ApplicationSet"),
    ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"),
    ("helm.cattle.io", "HelmChart"),
    ("fleet.cattle.io", "GitRepo"),
    ("operators.coreos.com", "Subscription"),
    ("install.istio.io", "IstioOperator"),
    ("sailoperator.io", "Istio"),
    ("tanka.dev", "Environment"),
];

/// Kinds without pods in groups whose other kinds have some.
const STILL_KINDS: [&str; 13] = [
    "ServiceMonitor",
    "PodMonitor",
    "PrometheusRule",
    "Probe",
    "AppProject",
    "Rollout",
    "AnalysisTemplate",
    "AutoscalingRunnerSet",
    "BroadcastJob",
    "CloneSet",
    "DeploymentConfig",
    "Route",
    "Middleware",
];

/// Whether an object may make pods that nobody wrote. Of custom resources it must be assumed.
pub fn spawns(object: &Object) -> Spawns {
    let (group, kind) = (object.group.as_str(), object.kind.as_str());
    if DEPLOYERS.contains(&(group, kind)) {
        return Spawns::Anywhere;
    }
    // Gateway API implementations run a proxy for each Gateway.
    if group == "gateway.networking.k8s.io" && kind == "Gateway" {
        return Spawns::Here;
    }
    let still = STILL_GROUPS.contains(&group)
        || STILL_ENDINGS.iter().any(|ending| group.ends_with(ending))
        || STILL_KINDS.contains(&kind);
    if still { Spawns::Nothing } else { Spawns::Here }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Truth::{False, True, Unknown};

    #[test]
    fn the_same_namespace() {
        let shop = Home::Named("shop".into());
        let cases = [
            (&shop, Home::Named("shop".into()), True),
            (&shop, Home::Named("pay".into()), False),
            (&shop, Home::Unwritten, Unknown),
            (&shop, Home::Unknown, Unknown),
            (&Home::Unwritten, Home::Unwritten, True),
            (&Home::Unknown, Home::Unknown, Unknown),
        ];
        for (one, other, expected) in cases {
            assert_eq!(one.same(&other), expected, "{one:?} {other:?}");
            assert_eq!(other.same(one), expected, "{other:?} {one:?}");
        }
    }

    #[test]
    fn a_named_namespace_has_its_name_as_a_label() {
        let namespace = Namespace::of_name("shop".into());
        assert_eq!(namespace.labels.is(NAME_LABEL, "shop"), True);
        assert_eq!(namespace.labels.is(NAME_LABEL, "pay"), False);
        assert_eq!(namespace.labels.is("name", "shop"), Unknown);
    }

    #[test]
    fn custom_resources_may_make_pods() {
        let cases = [
            ("apps", "Deployment", Spawns::Nothing),
            ("networking.istio.io", "Gateway", Spawns::Nothing),
            ("gateway.networking.k8s.io", "Gateway", Spawns::Here),
            ("gateway.networking.k8s.io", "HTTPRoute", Spawns::Nothing),
            ("monitoring.coreos.com", "Prometheus", Spawns::Here),
            ("monitoring.coreos.com", "ServiceMonitor", Spawns::Nothing),
            ("postgresql.cnpg.io", "Cluster", Spawns::Here),
            ("argoproj.io", "Application", Spawns::Anywhere),
            ("argoproj.io", "Workflow", Spawns::Here),
            ("install.istio.io", "IstioOperator", Spawns::Anywhere),
        ];
        for (group, kind, expected) in cases {
            let object = Object {
                group: group.to_owned(),
                version: "v1".to_owned(),
                kind: kind.to_owned(),
                namespace: None,
                name: None,
            };
            assert_eq!(spawns(&object), expected, "{group} {kind}");
        }
    }
}
