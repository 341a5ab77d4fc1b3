//! What the pods of a workload are like: labels, ports, the account they run as.

use super::namespace::Home;
use super::workload;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::{Fact, Truth};
use crate::model::resource::Object;
use crate::model::selector::{Label, Labels};
use std::borrow::Cow;

/// A workload: what runs pods, or a pod itself.
#[derive(Clone)]
pub struct Workload<'a> {
    /// Its index in the root.
    pub resource: usize,
    /// Its namespace.
    pub home: Home<'a>,
    /// Its name, where known.
    pub name: Option<Cow<'a, str>>,
    /// Labels of its pods: those of the template (or the Pod), and those that its controller or a
    /// mesh may add, which are `Label::Possible`.
    pub labels: Labels<'a>,
    /// Annotations of its pods.
    pub annotations: Labels<'a>,
    /// Ports that its containers declare, sidecar (restartable init) containers included. Pods may
    /// listen on others.
    pub ports: Vec<Port<'a>>,
    /// Whether further ports may be declared.
    pub open_ports: bool,
    /// The account its pods run as.
    pub account: Account<'a>,
    /// Where the account is written, or would be.
    pub account_at: Cursor<'a>,
    /// Whether its pods use their node's network.
    pub host_network: Truth,
    /// What holds the pods' `metadata` and `spec`.
    pub template: Cursor<'a>,
    /// The `PodSpec`.
    pub pod: Cursor<'a>,
    /// `True`, or `Unknown` where the workload may not exist.
    pub present: Truth,
}

/// A port that a container declares.
#[derive(Clone)]
pub struct Port<'a> {
    /// Its name; none where it has none or it cannot be told (see `open_name`).
    pub name: Option<Cow<'a, str>>,
    /// Whether it may have a name that cannot be told.
    pub open_name: bool,
    /// `containerPort`, where known.
    pub number: Option<u16>,
    /// `TCP` (the default), `UDP`, `SCTP`; none where it cannot be told.
    pub protocol: Option<Cow<'a, str>>,
    /// The whole entry.
    pub at: Cursor<'a>,
}

/// The account that pods run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account<'a> {
    /// The named one; `default` may be named, too.
    Named(Cow<'a, str>),
    /// None is written: the namespace's `default`.
    Default,
    /// Cannot be told.
    Unknown,
}

impl Account<'_> {
    /// Its name, where known.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Default => Some("default"),
            Self::Unknown => None,
        }
    }
}

/// Labels that a mesh's injector may add to any pod.
const BY_INJECTORS: [&str; 6] = [
    "istio.io/rev",
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    "topology.istio.io/network",
    "linkerd.io/control-plane-ns",
];

/// Groups whose controllers set labels by rules of their own.
const OWN_LABELS: [&str; 4] =
    ["serving.knative.dev", "argoproj.io", "apps.kruise.io", "actions.github.com"];

/// Labels that controllers add to the pods of a kind. (Workload documentation of each kind.)
fn by_controller(kind: &str) -> &'static [&'static str] {
    match kind {
        "Deployment" | "ReplicaSet" => &["pod-template-hash"],
        "StatefulSet" => &[
            "statefulset.kubernetes.io/pod-name",
            "apps.kubernetes.io/pod-index",
            "controller-revision-hash",
        ],
        "DaemonSet" => &["controller-revision-hash", "pod-template-generation"],
        "Job" | "CronJob" | "ScaledJob" => &[
            "job-name",
            "batch.kubernetes.io/job-name",
            "controller-uid",
            "batch.kubernetes.io/controller-uid",
            "batch.kubernetes.io/job-completion-index",
        ],
        "DeploymentConfig" => &["deployment", "deploymentconfig"],
        _ => &[],
    }
}

impl<'a> Workload<'a> {
    /// Reads a workload; none where the object is no workload.
    pub fn read(
        resource: usize,
        certain: bool,
        object: &Object,
        cursor: Cursor<'a>,
    ) -> Option<Self> {
        // Nothing runs of a template alone.
        let template =
            workload::template(object, cursor).filter(|_| object.kind != "PodTemplate")?;
        let pod = template.key("spec");
        let metadata = template.key("metadata");
        let mut labels = Labels::read(metadata.key("labels"));
        for key in by_controller(&object.kind).iter().chain(&BY_INJECTORS) {
            labels.add(*key, Label::Possible);
        }
        if OWN_LABELS.contains(&object.group.as_str()) {
            labels.leave_open();
        }
        let (ports, open_ports) = ports(pod);
        let (account, account_at) = account(pod);
        Some(Self {
            resource,
            home: Home::read(cursor),
            name: cursor.key("metadata").key("name").text(),
            labels,
            annotations: Labels::read(metadata.key("annotations")),
            ports,
            open_ports,
            account,
            account_at,
            host_network: truth(pod.key("hostNetwork")),
            template,
            pod,
            present: if certain { Truth::True } else { Truth::Unknown },
        })
    }

    /// Every container: those of `containers` first, then `initContainers`, `ephemeralContainers`;
    /// and whether there may be more.
    pub fn containers(&self) -> (Vec<Cursor<'a>>, bool) {
        let (mut found, mut open) = (Vec::new(), false);
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            let items = self.pod.key(list).items();
            found.extend(items.known);
            open |= items.open;
        }
        (found, open)
    }

    /// Whether a port with this name is declared.
    pub fn names_port(&self, name: &str) -> Truth {
        let known = Truth::any(self.ports.iter().map(|port| match &port.name {
            Some(own) => Truth::of(own == name),
            None if port.open_name => Truth::Unknown,
            None => Truth::False,
        }));
        if self.open_ports { known.or(Truth::Unknown) } else { known }
    }

    /// Whether a port with this number is declared. Pods may listen on ports they do not declare.
    pub fn declares_port(&self, number: u16) -> Truth {
        let known = Truth::any(self.ports.iter().map(|port| match port.number {
            Some(own) => Truth::of(own == number),
            None => Truth::Unknown,
        }));
        if self.open_ports { known.or(Truth::Unknown) } else { known }
    }

    /// The number of a named port; none where it is not declared or cannot be told.
    pub fn port_number(&self, name: &str) -> Option<u16> {
        self.ports.iter().find(|port| port.name.as_deref() == Some(name))?.number
    }
}

fn ports(pod: Cursor<'_>) -> (Vec<Port<'_>>, bool) {
    let (mut found, mut open) = (Vec::new(), false);
    for list in ["containers", "initContainers"] {
        let containers = pod.key(list).items();
        open |= containers.open;
        for container in containers.known {
            if list == "initContainers" && container.key("restartPolicy").shape() == Shape::Absent {
                continue;
            }
            let ports = container.key("ports").items();
            open |= ports.open;
            found.extend(ports.known.into_iter().map(port));
        }
    }
    (found, open)
}

fn port(at: Cursor<'_>) -> Port<'_> {
    let name = at.key("name");
    Port {
        open_name: name.shape() != Shape::Absent && name.text().is_none(),
        name: name.text(),
        number: number(at.key("containerPort")),
        protocol: protocol(at.key("protocol")),
        at,
    }
}

/// A port number, where a valid one is known.
pub(super) fn number(at: Cursor<'_>) -> Option<u16> {
    at.text()?.parse().ok().filter(|number| *number > 0)
}

/// A protocol: `TCP` where none is written.
pub(super) fn protocol(at: Cursor<'_>) -> Option<Cow<'_, str>> {
    if at.shape() == Shape::Absent { Some(Cow::Borrowed("TCP")) } else { at.text() }
}

/// A truth value that is false where absent.
pub(super) fn truth(at: Cursor<'_>) -> Truth {
    match at.scalar() {
        Fact::Absent(_) => Truth::False,
        Fact::Unknown(_) => Truth::Unknown,
        Fact::Known(scalar, _) => match &*scalar.canonical() {
            "true" => Truth::True,
            "false" => Truth::False,
            _ => Truth::Unknown,
        },
    }
}

/// `serviceAccountName`, or its old name `serviceAccount`.
fn account(pod: Cursor<'_>) -> (Account<'_>, Cursor<'_>) {
    for key in ["serviceAccountName", "serviceAccount"] {
        let at = pod.key(key);
        match (at.shape(), at.text()) {
            (Shape::Absent, _) => {}
            (_, Some(name)) if name.is_empty() => {}
            (_, Some(name)) => return (Account::Named(name), at),
            _ => return (Account::Unknown, at),
        }
    }
    (Account::Default, pod.key("serviceAccountName"))
}
