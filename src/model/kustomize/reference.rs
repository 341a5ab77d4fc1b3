//! References between objects by name: they follow where a kustomization renames what they name.

use super::built::Built;
use super::edit::{text, visit};
use crate::input::file::File;
use crate::model::cursor::{Cursor, Shape};
use crate::model::kubernetes::workload::template_path;
use crate::model::resource::Object;
use crate::model::value::{NodeRef, Value};
use std::collections::HashMap;

/// Kind of what is named, and the field inside a pod's specification that names it.
const POD: [(&str, &[&str]); 31] = [
    ("ConfigMap", &["volumes[]", "configMap", "name"]),
    ("ConfigMap", &["volumes[]", "projected", "sources[]", "configMap", "name"]),
    ("ConfigMap", &["containers[]", "env[]", "valueFrom", "configMapKeyRef", "name"]),
    ("ConfigMap", &["containers[]", "envFrom[]", "configMapRef", "name"]),
    ("ConfigMap", &["initContainers[]", "env[]", "valueFrom", "configMapKeyRef", "name"]),
    ("ConfigMap", &["initContainers[]", "envFrom[]", "configMapRef", "name"]),
    ("ConfigMap", &["ephemeralContainers[]", "env[]", "valueFrom", "configMapKeyRef", "name"]),
    ("ConfigMap", &["ephemeralContainers[]", "envFrom[]", "configMapRef", "name"]),
    ("Secret", &["volumes[]", "secret", "secretName"]),
    ("Secret", &["volumes[]", "projected", "sources[]", "secret", "name"]),
    ("Secret", &["volumes[]", "csi", "nodePublishSecretRef", "name"]),
    ("Secret", &["volumes[]", "azureFile", "secretName"]),
    ("Secret", &["volumes[]", "cephfs", "secretRef", "name"]),
    ("Secret", &["volumes[]", "cinder", "secretRef", "name"]),
    ("Secret", &["volumes[]", "flexVolume", "secretRef", "name"]),
    ("Secret", &["volumes[]", "iscsi", "secretRef", "name"]),
    ("Secret", &["volumes[]", "rbd", "secretRef", "name"]),
    ("Secret", &["volumes[]", "scaleIO", "secretRef", "name"]),
    ("Secret", &["volumes[]", "storageos", "secretRef", "name"]),
    ("Secret", &["containers[]", "env[]", "valueFrom", "secretKeyRef", "name"]),
    ("Secret", &["containers[]", "envFrom[]", "secretRef", "name"]),
    ("Secret", &["initContainers[]", "env[]", "valueFrom", "secretKeyRef", "name"]),
    ("Secret", &["initContainers[]", "envFrom[]", "secretRef", "name"]),
    ("Secret", &["ephemeralContainers[]", "env[]", "valueFrom", "secretKeyRef", "name"]),
    ("Secret", &["ephemeralContainers[]", "envFrom[]", "secretRef", "name"]),
    ("Secret", &["imagePullSecrets[]", "name"]),
    ("ServiceAccount", &["serviceAccountName"]),
    ("ServiceAccount", &["serviceAccount"]),
    ("PersistentVolumeClaim", &["volumes[]", "persistentVolumeClaim", "claimName"]),
    ("PersistentVolumeClaim", &["volumes[]", "ephemeral", "claimName"]),
    ("PriorityClass", &["priorityClassName"]),
];

/// Kind of what names, kind of what is named, and the field.
const OTHERS: [(&str, &str, &[&str]); 24] = [
    ("StatefulSet", "Service", &["spec", "serviceName"]),
    ("Ingress", "Service", &["spec", "defaultBackend", "service", "name"]),
    ("Ingress", "Service", &["spec", "backend", "serviceName"]),
    ("Ingress", "Service", &["spec", "rules[]", "http", "paths[]", "backend", "service", "name"]),
    ("Ingress", "Service", &["spec", "rules[]", "http", "paths[]", "backend", "serviceName"]),
    ("Ingress", "Secret", &["spec", "tls[]", "secretName"]),
    ("Ingress", "IngressClass", &["spec", "ingressClassName"]),
    ("ServiceAccount", "Secret", &["imagePullSecrets[]", "name"]),
    ("ServiceAccount", "Secret", &["secrets[]", "name"]),
    ("PersistentVolumeClaim", "PersistentVolume", &["spec", "volumeName"]),
    ("PersistentVolumeClaim", "StorageClass", &["spec", "storageClassName"]),
    ("PersistentVolume", "PersistentVolumeClaim", &["spec", "claimRef", "name"]),
    ("PersistentVolume", "StorageClass", &["spec", "storageClassName"]),
    (
        "StatefulSet",
        "StorageClass",
        &["spec", "volumeClaimTemplates[]", "spec", "storageClassName"],
    ),
    ("Role", "ConfigMap", &["rules[]", "resourceNames[]"]),
    ("Role", "Secret", &["rules[]", "resourceNames[]"]),
    ("ClusterRole", "ConfigMap", &["rules[]", "resourceNames[]"]),
    ("ClusterRole", "Secret", &["rules[]", "resourceNames[]"]),
    ("Certificate", "Issuer", &["spec", "issuerRef", "name"]),
    ("Certificate", "ClusterIssuer", &["spec", "issuerRef", "name"]),
    ("Issuer", "Secret", &["spec", "ca", "secretName"]),
    ("ClusterIssuer", "Secret", &["spec", "ca", "secretName"]),
    ("ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy", &["spec", "policyName"]),
    ("Certificate", "Secret", &["spec", "keystores", "jks", "passwordSecretRef", "name"]),
];

/// What an object that was renamed is called now, and the node that renamed it.
struct Renamed {
    object: Object,
    before: Object,
    node: Option<NodeRef>,
    place: Option<NodeRef>,
}

/// The objects of one build that are called otherwise than they were, by kind and former name.
struct Names {
    renamed: HashMap<(String, String), Vec<Renamed>>,
    /// Names that some object has now, by kind.
    current: HashMap<(String, String), Vec<Option<String>>>,
}

/// Lets references follow the objects they name.
pub(super) fn follow(files: &[File], objects: &mut [Built]) {
    let names = Names::new(files, objects);
    if names.renamed.is_empty() {
        return;
    }
    for built in objects {
        names.update(files, built);
    }
}

/// The namespace of what names none.
fn effective(namespace: Option<&String>) -> &str {
    namespace.map_or("default", String::as_str)
}

impl Names {
    fn new(files: &[File], objects: &[Built]) -> Names {
        let mut names = Names { renamed: HashMap::new(), current: HashMap::new() };
        for built in objects {
            let Some(name) = &built.object.name else { continue };
            let kind = &built.object.kind;
            let current = names.current.entry((kind.clone(), name.clone())).or_default();
            current.push(built.object.namespace.clone());
            let metadata = Cursor::value(files, &built.value).key("metadata");
            let mut seen: Vec<&str> = Vec::new();
            for before in &built.former {
                let Some(former) = &before.name else { continue };
                let moved = before.namespace != built.object.namespace;
                if former == name && !moved || seen.contains(&former.as_str()) {
                    continue;
                }
                seen.push(former);
                let renamed = Renamed {
                    object: built.object.clone(),
                    before: before.clone(),
                    node: metadata.key("name").node_ref(),
                    place: metadata.key("namespace").node_ref(),
                };
                names.renamed.entry((kind.clone(), former.clone())).or_default().push(renamed);
            }
        }
        names
    }

    /// The one object that a name meant, seen from a namespace; none where it still means another.
    fn find(&self, kind: &str, name: &str, from: Option<&str>) -> Option<&Renamed> {
        let key = (kind.to_owned(), name.to_owned());
        let near = |namespace: Option<&str>| {
            matches!((namespace, from), (None, _) | (_, None)) || namespace == from
        };
        let current = self.current.get(&key).into_iter().flatten();
        let taken = current.clone().any(|namespace| near(namespace.as_deref()));
        let known = self.renamed.get(&key)?;
        let mut found = known.iter().filter(|one| near(one.object.namespace.as_deref()));
        let first = found.next()?;
        let renamed = first.object.name != first.before.name;
        (found.next().is_none() && !(taken && renamed)).then_some(first)
    }

    fn update(&self, files: &[File], built: &mut Built) {
        let object = built.object.clone();
        let from = object.namespace.as_deref();
        let value = &mut built.value;
        if let Some(template) = template_path(&object) {
            let pod: Vec<&str> = template.iter().copied().chain(["spec"]).collect();
            visit(files, value, &pod, None, &mut |pod| {
                for (kind, path) in POD {
                    visit(files, pod, path, None, &mut |name| {
                        self.rewrite(files, name, kind, from);
                    });
                }
            });
        }
        for (_, kind, path) in OTHERS.iter().filter(|(holder, ..)| *holder == object.kind) {
            visit(files, value, path, None, &mut |name| self.rewrite(files, name, kind, from));
        }
        let named_with_kind = |holder: &Value, key: &str| {
            let kind = Cursor::value(files, holder).key(key).text();
            kind.map(std::borrow::Cow::into_owned)
        };
        match object.kind.as_str() {
            "RoleBinding" | "ClusterRoleBinding" => {
                let role = ["roleRef"];
                visit(files, value, &role, None, &mut |role| {
                    if let Some(kind) = named_with_kind(role, "kind") {
                        let rewrite =
                            &mut |name: &mut Value| self.rewrite(files, name, &kind, from);
                        visit(files, role, &["name"], None, rewrite);
                    }
                });
                visit(files, value, &["subjects[]"], None, &mut |subject| {
                    // Kustomize takes every subject of that name for the account.
                    self.relocate(files, subject, "ServiceAccount");
                });
            }
            "HorizontalPodAutoscaler" => {
                visit(files, value, &["spec", "scaleTargetRef"], None, &mut |target| {
                    if let Some(kind) = named_with_kind(target, "kind") {
                        let rewrite =
                            &mut |name: &mut Value| self.rewrite(files, name, &kind, from);
                        visit(files, target, &["name"], None, rewrite);
                    }
                });
            }
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                let path = ["webhooks[]", "clientConfig", "service"];
                visit(files, value, &path, None, &mut |service| {
                    self.relocate(files, service, "Service");
                });
            }
            "APIService" => {
                visit(files, value, &["spec", "service"], None, &mut |service| {
                    self.relocate(files, service, "Service");
                });
            }
            "CustomResourceDefinition" => {
                let path = ["spec", "conversion", "webhook", "clientConfig", "service"];
                visit(files, value, &path, None, &mut |service| {
                    self.relocate(files, service, "Service");
                });
            }
            _ => {}
        }
    }

    fn rewrite(&self, files: &[File], value: &mut Value, kind: &str, from: Option<&str>) {
        let now = Cursor::value(files, value);
        if now.shape() == Shape::List {
            for member in super::edit::items(files, value).into_iter().flatten() {
                self.rewrite(files, member, kind, from);
            }
            return;
        }
        let Some(name) = now.text() else { return };
        let Some(found) = self.find(kind, &name, from) else { return };
        if let (Some(new), Some(node)) = (&found.object.name, found.node)
            && *new != *name
        {
            *value = text(files, new.clone(), node);
        }
    }

    /// Rewrites a name and a namespace that stand side by side.
    fn relocate(&self, files: &[File], holder: &mut Value, kind: &str) {
        let now = Cursor::value(files, holder);
        let Some(name) = now.key("name").text().map(std::borrow::Cow::into_owned) else { return };
        let written = now.key("namespace").text().map(std::borrow::Cow::into_owned);
        let key = (kind.to_owned(), name);
        let found: Vec<&Renamed> = self
            .renamed
            .get(&key)
            .into_iter()
            .flatten()
            .filter(|one| effective(one.before.namespace.as_ref()) == effective(written.as_ref()))
            .collect();
        let [found] = found.as_slice() else { return };
        if let (Some(new), Some(node)) = (&found.object.name, found.node)
            && let Some(entry) = super::edit::entry(files, holder, "name")
            && *new != key.1
        {
            *entry = text(files, new.clone(), node);
        }
        if let (Some(new), Some(node)) = (&found.object.namespace, found.place)
            && found.object.namespace != written
            && let Some(entry) = super::edit::entry(files, holder, "namespace")
        {
            *entry = text(files, new.clone(), node);
        }
    }
}
