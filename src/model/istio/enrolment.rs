//! Whether a pod becomes part of the mesh: with a sidecar, or through the node's ambient proxy, and
//! what decides it.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::selector::{Label, Labels};

/// The label and the annotation that ask for or refuse a sidecar.
pub const INJECT: &str = "sidecar.istio.io/inject";
/// The label of an injection revision.
pub const REVISION: &str = "istio.io/rev";
/// The namespace label that switches injection.
pub const INJECTION: &str = "istio-injection";
/// The label of the ambient mesh.
pub const DATAPLANE: &str = "istio.io/dataplane-mode";

/// What decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Pods on the host's network are never part of the mesh.
    HostNetwork,
    /// The namespace belongs to the cluster.
    SystemNamespace,
    /// The proxy's container is written by hand.
    Manual,
    /// The pod's label.
    PodLabel,
    /// The pod's annotation.
    PodAnnotation,
    /// The namespace's label.
    NamespaceLabel,
    /// Neither asks for it.
    Nothing,
    /// The namespace is not declared here, and nothing else decides.
    Undeclared,
    /// What decides cannot be read.
    Unknown,
}

/// What is known of a pod's place in the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// It is part of the mesh.
    In,
    /// It is not.
    Out,
    /// Its namespace decides, which is not declared here.
    Undeclared,
    /// What decides cannot be read.
    Unknown,
}

/// Whether something holds, why, and where that is written.
#[derive(Clone, Copy)]
pub struct Decision<'a> {
    /// Whether it holds.
    pub truth: Truth,
    /// Why.
    pub reason: Reason,
    /// What decides, where that is written on the pod.
    pub at: Option<Cursor<'a>>,
}

impl<'a> Decision<'a> {
    fn new(truth: Truth, reason: Reason, at: Option<Cursor<'a>>) -> Self {
        Self { truth, reason, at }
    }

    fn open() -> Self {
        Self::new(Truth::Unknown, Reason::Unknown, None)
    }

    fn undeclared() -> Self {
        Self::new(Truth::Unknown, Reason::Undeclared, None)
    }
}

/// A pod and its namespace, as far as enrolment looks at them.
#[derive(Clone, Copy)]
pub struct Pod<'p, 'a> {
    /// The pod template: what holds `metadata` and `spec`.
    pub template: Cursor<'a>,
    /// The labels of its namespace, where that is declared in the root.
    pub namespace: Option<&'p Labels<'a>>,
    /// Whether the namespace is one of the cluster's own.
    pub system: bool,
}

impl<'a> Pod<'_, 'a> {
    fn label(&self, key: &str) -> Cursor<'a> {
        self.template.key("metadata").key("labels").key(key)
    }

    fn annotation(&self, key: &str) -> Cursor<'a> {
        self.template.key("metadata").key("annotations").key(key)
    }

    /// Whether the pod gets a sidecar ("Installing the Sidecar", and the order of the injector's
    /// `injectRequired` and its webhooks' selectors): never on the host's network or in system
    /// namespaces; a pod's label wins over its annotation, `false` always wins; `true` alone counts
    /// where the namespace says nothing; else the namespace's `istio-injection`, then its revision.
    pub fn sidecar(&self) -> Decision<'a> {
        let spec = self.template.key("spec");
        let manual = ["containers", "initContainers"].iter().find_map(|list| {
            let proxy =
                |item: &Cursor<'_>| item.key("name").text().as_deref() == Some("istio-proxy");
            spec.key(list).items().known.into_iter().find(proxy)
        });
        // `image: auto` is a placeholder that the injector fills in.
        let filled = |proxy: &Cursor<'_>| proxy.key("image").text().as_deref() != Some("auto");
        if let Some(proxy) = manual.filter(filled) {
            return Decision::new(Truth::True, Reason::Manual, Some(proxy));
        }
        let host = spec.key("hostNetwork");
        match says(host) {
            Said::Yes => return Decision::new(Truth::False, Reason::HostNetwork, Some(host)),
            Said::Unknown => return Decision::open(),
            _ => {}
        }
        if self.system {
            return Decision::new(Truth::False, Reason::SystemNamespace, None);
        }
        let (label, annotation) = (self.label(INJECT), self.annotation(INJECT));
        let (asked, at, reason) = match says(label) {
            Said::Nothing => (says(annotation), annotation, Reason::PodAnnotation),
            said => (said, label, Reason::PodLabel),
        };
        match asked {
            Said::No => return Decision::new(Truth::False, reason, Some(at)),
            Said::Unknown => return Decision::open(),
            _ => {}
        }
        let namespace = self.injected_namespace();
        let webhook = reason == Reason::PodLabel && asked == Said::Yes
            || self.label(REVISION).absent() == Truth::False;
        match namespace.reason {
            // The webhooks for objects look at namespaces that say nothing.
            Reason::Nothing | Reason::Undeclared if webhook => {
                Decision::new(Truth::True, Reason::PodLabel, Some(at))
            }
            _ => namespace,
        }
    }

    /// What the namespace's labels say about injection.
    fn injected_namespace(&self) -> Decision<'a> {
        let Some(labels) = self.namespace else { return Decision::undeclared() };
        let by = |truth| Decision::new(truth, Reason::NamespaceLabel, None);
        match written(labels, INJECTION) {
            Written::Text("enabled") => by(Truth::True),
            Written::Text("disabled") => by(Truth::False),
            Written::Text(_) => Decision::new(Truth::False, Reason::Nothing, None),
            Written::Unknown => Decision::open(),
            Written::Nothing => match labels.has(REVISION) {
                Truth::True => by(Truth::True),
                Truth::False => Decision::new(Truth::False, Reason::Nothing, None),
                Truth::Unknown => Decision::open(),
            },
        }
    }

    /// Whether the node's ambient proxy serves the pod ("Add workloads to the mesh", ambient): the
    /// pod's label `istio.io/dataplane-mode` wins over its namespace's; not on the host's network,
    /// and not beside a sidecar.
    pub fn ambient(&self) -> Decision<'a> {
        let host = self.template.key("spec").key("hostNetwork");
        match says(host) {
            Said::Yes => return Decision::new(Truth::False, Reason::HostNetwork, Some(host)),
            Said::Unknown => return Decision::open(),
            _ => {}
        }
        let own = self.label(DATAPLANE);
        let (mode, reason, at) = match (own.absent(), self.namespace) {
            (Truth::False, _) => {
                let text = own.text();
                let mode = text.map(|text| Truth::of(text == "ambient"));
                (mode, Reason::PodLabel, Some(own))
            }
            (Truth::Unknown, _) => return Decision::open(),
            (Truth::True, None) => return Decision::undeclared(),
            (Truth::True, Some(labels)) => match written(labels, DATAPLANE) {
                Written::Nothing => return Decision::new(Truth::False, Reason::Nothing, None),
                Written::Text(text) => {
                    (Some(Truth::of(text == "ambient")), Reason::NamespaceLabel, None)
                }
                Written::Unknown => (None, Reason::NamespaceLabel, None),
            },
        };
        let Some(asked) = mode else { return Decision::open() };
        // A sidecar serves the pod instead.
        let beside = match self.sidecar() {
            Decision { reason: Reason::Undeclared, .. } => Truth::False,
            other => other.truth,
        };
        Decision::new(asked.and(!beside), reason, at)
    }

    /// Whether the pod is part of the mesh in either way.
    pub fn membership(&self) -> Membership {
        let both = [self.sidecar(), self.ambient()];
        let has = |reason: Reason| both.iter().any(|decision| decision.reason == reason);
        if both.iter().any(|decision| decision.truth == Truth::True) {
            Membership::In
        } else if both.iter().all(|decision| decision.truth == Truth::False) {
            Membership::Out
        } else if has(Reason::Undeclared) && !has(Reason::Unknown) {
            Membership::Undeclared
        } else {
            Membership::Unknown
        }
    }
}

/// What is written for a label.
enum Written<'l> {
    Text(&'l str),
    Nothing,
    Unknown,
}

fn written<'l>(labels: &'l Labels<'_>, key: &str) -> Written<'l> {
    match labels.get(key) {
        Some(Label::Known(text)) => Written::Text(text),
        None if !labels.open() => Written::Nothing,
        _ => Written::Unknown,
    }
}

/// What a switch says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    Nothing,
    Unknown,
}

/// The words that the injector reads as yes and no; any other text is as good as none.
fn says(at: Cursor<'_>) -> Said {
    match (at.text(), at.shape()) {
        (Some(text), _) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Said::Yes,
            "false" | "no" | "off" | "n" => Said::No,
            _ => Said::Nothing,
        },
        (None, Shape::Absent) => Said::Nothing,
        _ => Said::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Membership, Pod, Reason};
    use crate::model::fact::Truth::{self, False, True, Unknown};
    use crate::model::istio::fixture::yaml;
    use crate::model::selector::Labels;

    fn pod(
        labels: &str,
        annotations: &str,
        spec: &str,
        namespace: Option<&str>,
    ) -> Pod<'static, 'static> {
        let template = yaml(&format!(
            "metadata: {{labels: {labels}, annotations: {annotations}}}\nspec: {spec}\n"
        ));
        let namespace = namespace.map(|labels| {
            let labels = Labels::read(yaml(&format!("labels: {labels}\n")).key("labels"));
            &*Box::leak(Box::new(labels))
        });
        Pod { template, namespace, system: false }
    }

    const ENABLED: Option<&str> = Some("{istio-injection: enabled}");
    const DISABLED: Option<&str> = Some("{istio-injection: disabled}");
    const REVISION: Option<&str> = Some("{istio.io/rev: stable}");
    const BOTH: Option<&str> = Some("{istio-injection: disabled, istio.io/rev: stable}");
    const SILENT: Option<&str> = Some("{team: shop}");
    const AMBIENT: Option<&str> = Some("{istio.io/dataplane-mode: ambient}");
    const LATER: Option<&str> = Some("{istio-injection: \"${INJECTION}\"}");
    const YES: &str = "{sidecar.istio.io/inject: \"true\"}";
    const NO: &str = "{sidecar.istio.io/inject: \"false\"}";
    const OPEN: &str = "{sidecar.istio.io/inject: \"${INJECT}\"}";

    #[test]
    fn who_gets_a_sidecar() {
        type Case = (&'static str, &'static str, &'static str, Option<&'static str>, Truth, Reason);
        let cases: &[Case] = &[
            ("{}", "{}", "{}", ENABLED, True, Reason::NamespaceLabel),
            ("{}", "{}", "{}", DISABLED, False, Reason::NamespaceLabel),
            ("{}", "{}", "{}", REVISION, True, Reason::NamespaceLabel),
            ("{}", "{}", "{}", BOTH, False, Reason::NamespaceLabel),
            ("{}", "{}", "{}", SILENT, False, Reason::Nothing),
            ("{}", "{}", "{}", None, Unknown, Reason::Undeclared),
            ("{}", "{}", "{}", LATER, Unknown, Reason::Unknown),
            (NO, "{}", "{}", ENABLED, False, Reason::PodLabel),
            ("{}", NO, "{}", ENABLED, False, Reason::PodAnnotation),
            (YES, NO, "{}", ENABLED, True, Reason::NamespaceLabel),
            (NO, YES, "{}", ENABLED, False, Reason::PodLabel),
            (YES, "{}", "{}", SILENT, True, Reason::PodLabel),
            (YES, "{}", "{}", DISABLED, False, Reason::NamespaceLabel),
            (YES, "{}", "{}", None, True, Reason::PodLabel),
            ("{}", YES, "{}", SILENT, False, Reason::Nothing),
            ("{istio.io/rev: stable}", "{}", "{}", SILENT, True, Reason::PodLabel),
            (NO, "{}", "{}", None, False, Reason::PodLabel),
            (OPEN, "{}", "{}", ENABLED, Unknown, Reason::Unknown),
            ("{sidecar.istio.io/inject: maybe}", "{}", "{}", ENABLED, True, Reason::NamespaceLabel),
            ("{}", "{}", "{hostNetwork: true}", ENABLED, False, Reason::HostNetwork),
            (YES, "{}", "{hostNetwork: true}", ENABLED, False, Reason::HostNetwork),
            ("{}", "{}", "{hostNetwork: \"${HOST}\"}", ENABLED, Unknown, Reason::Unknown),
            (
                "{}",
                "{}",
                "{containers: [{name: istio-proxy, image: proxy:1}]}",
                SILENT,
                True,
                Reason::Manual,
            ),
            (
                "{}",
                "{}",
                "{containers: [{name: istio-proxy, image: auto}]}",
                SILENT,
                False,
                Reason::Nothing,
            ),
        ];
        for (labels, annotations, spec, namespace, truth, reason) in cases {
            let found = pod(labels, annotations, spec, *namespace).sidecar();
            assert_eq!(
                (found.truth, found.reason),
                (*truth, *reason),
                "{labels} {annotations} {spec} {namespace:?}"
            );
        }
        let system = Pod { system: true, ..pod(YES, "{}", "{}", ENABLED) };
        assert_eq!(system.sidecar().reason, Reason::SystemNamespace);
    }

    #[test]
    fn whom_the_ambient_proxy_serves() {
        const OUT: &str = "{istio.io/dataplane-mode: none}";
        const IN: &str = "{istio.io/dataplane-mode: ambient}";
        type Case = (&'static str, &'static str, Option<&'static str>, Truth);
        let cases: &[Case] = &[
            ("{}", "{}", AMBIENT, True),
            (OUT, "{}", AMBIENT, False),
            (IN, "{}", SILENT, True),
            (IN, "{}", None, True),
            (OUT, "{}", None, False),
            ("{}", "{}", SILENT, False),
            ("{}", "{}", None, Unknown),
            ("{}", "{hostNetwork: true}", AMBIENT, False),
            (YES, "{}", AMBIENT, False),
            ("{}", "{}", Some("{istio.io/dataplane-mode: \"${MODE}\"}"), Unknown),
            ("{}", "{}", Some("{istio.io/dataplane-mode: none}"), False),
        ];
        for (labels, spec, namespace, truth) in cases {
            let found = pod(labels, "{}", spec, *namespace);
            assert_eq!(found.ambient().truth, *truth, "{labels} {spec} {namespace:?}");
        }
        for (labels, namespace, expected) in [
            ("{}", AMBIENT, Membership::In),
            ("{}", ENABLED, Membership::In),
            ("{}", SILENT, Membership::Out),
            ("{}", None, Membership::Undeclared),
            (NO, None, Membership::Undeclared),
            (NO, SILENT, Membership::Out),
            (OPEN, None, Membership::Unknown),
            ("{}", LATER, Membership::Unknown),
            (OPEN, AMBIENT, Membership::Unknown),
        ] {
            let found = pod(labels, "{}", "{}", namespace).membership();
            assert_eq!(found, expected, "{labels} {namespace:?}");
        }
    }
}
