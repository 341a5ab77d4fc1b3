//! An object on its way through kustomizations: its body as changed so far, what it is called now
//! and what it was called before.

use crate::input::file::File;
use crate::input::source::Place;
use crate::model::cursor::Cursor;
use crate::model::kubernetes;
use crate::model::resource::Object;
use crate::model::value::{NodeRef, Value};

/// An object of a kustomization.
#[derive(Clone, Debug)]
pub struct Built {
    /// Index of the written object; none for one that a generator makes.
    pub written: Option<usize>,
    /// Where it is written: its body, or the generator's entry.
    pub node: NodeRef,
    /// What to point at for the whole.
    pub header: Place,
    /// Its body.
    pub value: Value,
    /// What it is called now.
    pub object: Object,
    /// What it was called before, as written first.
    pub former: Vec<Object>,
}

impl Built {
    /// What it is and was called.
    pub(super) fn identities(&self) -> impl Iterator<Item = &Object> {
        self.former.iter().chain([&self.object])
    }

    /// Whether nothing has changed it.
    pub fn is_as_written(&self) -> bool {
        matches!(self.value, Value::Node(node) if node == self.node)
    }

    /// What its source calls it.
    pub fn original(&self) -> &Object {
        self.former.first().unwrap_or(&self.object)
    }

    /// Takes note of a new name, namespace or kind.
    pub(super) fn rename(&mut self, files: &[File]) {
        let Some(now) = kubernetes::object(Cursor::value(files, &self.value)) else { return };
        if now != self.object {
            self.former.push(std::mem::replace(&mut self.object, now));
        }
    }

    /// Whether its kind lives in namespaces, as far as known: a custom one is taken for one that does.
    pub(super) fn is_namespaced(&self) -> bool {
        !is_cluster_scoped(&self.object)
    }
}

/// The kinds of Kubernetes itself that no namespace holds.
fn is_cluster_scoped(object: &Object) -> bool {
    match object.group.as_str() {
        "" => matches!(
            object.kind.as_str(),
            "Namespace" | "Node" | "PersistentVolume" | "ComponentStatus"
        ),
        "rbac.authorization.k8s.io" => {
            matches!(object.kind.as_str(), "ClusterRole" | "ClusterRoleBinding")
        }
        "apiextensions.k8s.io"
        | "apiregistration.k8s.io"
        | "scheduling.k8s.io"
        | "admissionregistration.k8s.io"
        | "node.k8s.io"
        | "flowcontrol.apiserver.k8s.io"
        | "certificates.k8s.io" => true,
        "storage.k8s.io" => object.kind != "CSIStorageCapacity",
        "networking.k8s.io" => {
            matches!(object.kind.as_str(), "IngressClass" | "IPAddress" | "ServiceCIDR")
        }
        "policy" => object.kind == "PodSecurityPolicy",
        _ => false,
    }
}
