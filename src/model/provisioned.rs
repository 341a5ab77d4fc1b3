//! Kubernetes objects that Terraform's `kubernetes` and `kubectl` providers make: their resources,
//! evaluated, become the same objects as manifests, and every value keeps its place in the
//! configuration. The one room that knows both worlds; it judges nothing.
//!
//! What the providers call their resources and their blocks is what their documentation says
//! (registry.terraform.io/providers/hashicorp/kubernetes/latest/docs, …/alekc/kubectl/latest/docs);
//! fields are those of the API.

use super::cursor::{Cursor, Items, Shape};
use super::fact::{Fact, Truth};
use super::kubernetes;
use super::kubernetes::schema::{self, Expects, Type};
use super::resource::{Category, Identity, Instance, Object, Resource};
use super::terraform::version::Range;
use super::value::{NodeRef, Value};
use super::words::Words;
use crate::input::embedded;
use crate::input::file::{File, Language};
use crate::input::tree::{NodeId, NodeKind};
use std::sync::Arc;

/// What makes an object of whatever is written in one of its attributes.
const WRITTEN: [(&str, &str); 2] =
    [("kubernetes_manifest", "manifest"), ("kubectl_manifest", "yaml_body")];

/// The attribute in which a resource of this type has its object as it would stand in a manifest.
pub fn manifest(kind: &str) -> Option<&'static str> {
    WRITTEN.iter().find(|(name, _)| *name == kind).map(|(_, attribute)| *attribute)
}

/// What a type of resources makes: its name without `kubernetes_` and version, the API version and kind of its
/// objects, and whether namespaces hold them.
struct Kind(&'static str, &'static str, &'static str, bool);

const RBAC: &str = "rbac.authorization.k8s.io/v1";
const NETWORKING: &str = "networking.k8s.io/v1";

const KINDS: [Kind; 33] = [
    Kind("cluster_role", RBAC, "ClusterRole", false),
    Kind("cluster_role_binding", RBAC, "ClusterRoleBinding", false),
    Kind("config_map", "v1", "ConfigMap", true),
    Kind("cron_job", "batch/v1", "CronJob", true),
    Kind("daemon_set", "apps/v1", "DaemonSet", true),
    Kind("daemonset", "apps/v1", "DaemonSet", true),
    Kind("default_service_account", "v1", "ServiceAccount", true),
    Kind("deployment", "apps/v1", "Deployment", true),
    Kind("endpoints", "v1", "Endpoints", true),
    Kind("horizontal_pod_autoscaler", "autoscaling/v2", "HorizontalPodAutoscaler", true),
    Kind("ingress", NETWORKING, "Ingress", true),
    Kind("ingress_class", NETWORKING, "IngressClass", false),
    Kind("job", "batch/v1", "Job", true),
    Kind("limit_range", "v1", "LimitRange", true),
    Kind(
        "mutating_webhook_configuration",
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration",
        false,
    ),
    Kind("namespace", "v1", "Namespace", false),
    Kind("network_policy", NETWORKING, "NetworkPolicy", true),
    Kind("persistent_volume", "v1", "PersistentVolume", false),
    Kind("persistent_volume_claim", "v1", "PersistentVolumeClaim", true),
    Kind("pod", "v1", "Pod", true),
    Kind("pod_disruption_budget", "policy/v1", "PodDisruptionBudget", true),
    Kind("pod_security_policy", "policy/v1beta1", "PodSecurityPolicy", false),
    Kind("priority_class", "scheduling.k8s.io/v1", "PriorityClass", false),
    Kind("replication_controller", "v1", "ReplicationController", true),
    Kind("resource_quota", "v1", "ResourceQuota", true),
    Kind("role", RBAC, "Role", true),
    Kind("role_binding", RBAC, "RoleBinding", true),
    Kind("secret", "v1", "Secret", true),
    Kind("service", "v1", "Service", true),
    Kind("service_account", "v1", "ServiceAccount", true),
    Kind("stateful_set", "apps/v1", "StatefulSet", true),
    Kind("storage_class", "storage.k8s.io/v1", "StorageClass", false),
    Kind(
        "validating_webhook_configuration",
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        false,
    ),
];

/// Types whose name without a version stands for an older version of the API.
const FORMER: [(&str, &str); 2] =
    [("cron_job", "batch/v1beta1"), ("ingress", "networking.k8s.io/v1beta1")];

/// Fields at the top of objects of whose kind no schema is at hand.
const TOP: [&str; 6] = ["metadata", "spec", "data", "parameters", "webhook", "subset"];

/// The block of a persistent volume for which the API has no field.
const VOLUME_SOURCE: &str = "persistent_volume_source";

/// How deep blocks are followed.
const DEPTH: usize = 40;

/// The objects that the resources of one Terraform root make.
pub fn objects(files: &[File], resources: &[Resource]) -> Vec<Resource> {
    let made = resources.iter().filter_map(|resource| {
        let block = resource.block()?;
        if block.category != Category::Managed || !block.kind.starts_with("kube") {
            return None;
        }
        let body = match resource.instance.as_ref().and_then(|one| one.body.as_ref()) {
            Some(value) => Cursor::value(files, value),
            None => Cursor::node(files, resource.node),
        };
        let (object, value) = if let Some(attribute) = manifest(&block.kind) {
            let written = body.key(attribute).document();
            let object = kubernetes::object(written)?;
            moved(object, written, body.key("override_namespace"))?
        } else {
            let (kind, api) = kind(&block.kind)?;
            let old = before_2(files, resources, resource);
            Reader { files, body, node: resource.node, kind, api, old }.object()?
        };
        let own = resource.instance.as_deref();
        let instance = Instance {
            module: resource.module(),
            prefix: own.map_or_else(String::new, |one| one.prefix.clone()),
            call: own.and_then(|one| one.call),
            key: own.and_then(|one| one.key.clone()),
            body: Some(value),
            written: Some(Identity::Block(block.clone())),
            ..Instance::default()
        };
        Some(Resource {
            node: resource.node,
            header: resource.header,
            identity: Identity::Object(object).into(),
            certain: resource.certain,
            instance: Some(Arc::new(instance)),
        })
    });
    made.collect()
}

/// An object in the namespace that the resource says instead of the object's own; none where which
/// one cannot be told.
fn moved(object: Object, written: Cursor<'_>, namespace: Cursor<'_>) -> Option<(Object, Value)> {
    if namespace.shape() == Shape::Absent {
        return Some((object, written.to_value()));
    }
    let name = namespace.text()?;
    let replaced = |at: Cursor<'_>, key: &str, value: Value| {
        let (entries, open) = at.entries();
        let kept = entries.iter().filter(|(own, _)| *own != key);
        let mut entries: Entries =
            kept.map(|(own, value)| ((*own).into(), value.to_value())).collect();
        entries.push((key.into(), value));
        if open {
            entries.push(("".into(), Value::Unknown(at.header())));
        }
        Some(Value::Made(at.node_ref()?, entries))
    };
    let metadata = replaced(written.key("metadata"), "namespace", namespace.to_value())?;
    let object = Object { namespace: Some(name.into_owned()), ..object };
    Some((object, replaced(written, "metadata", metadata)?))
}

/// Parses the manifests that are written as heredocs in Terraform's files, in place, and those that
/// are values for a chart.
pub fn embed(files: &mut [File]) {
    for file in files.iter_mut().filter(|file| file.language == Language::Hcl) {
        let text = &file.source.text;
        let marked = kubernetes::MARKS.iter().all(|mark| find(text, mark));
        if !text.contains("<<") || !(marked || text.contains(CHART)) {
            continue;
        }
        let strings: Vec<NodeId> = (0..file.tree.nodes.len() as u32)
            .map(NodeId)
            .filter(|id| is_manifest(file, *id) || is_chart_values(file, *id))
            .collect();
        for string in strings {
            embedded::embed(&file.source.text, &mut file.tree, string);
        }
    }
}

/// What installs a chart.
const CHART: &str = "helm_release";

fn find(text: &str, mark: &[u8]) -> bool {
    std::str::from_utf8(mark).is_ok_and(|mark| text.contains(mark))
}

/// The source of a heredoc that holds no document yet.
fn heredoc(file: &File, id: NodeId) -> Option<&str> {
    let node = file.node(id);
    let is_text = matches!(node.kind, NodeKind::Scalar(..) | NodeKind::Template(_));
    let raw = file.source.slice(node.span);
    (is_text && node.embedded.is_none() && raw.starts_with("<<")).then_some(raw)
}

fn is_manifest(file: &File, id: NodeId) -> bool {
    let says = |raw: &str, key: &str| {
        let mut lines = raw.lines();
        lines.any(|line| line.trim_start().strip_prefix(key).is_some_and(|r| r.starts_with(':')))
    };
    heredoc(file, id).is_some_and(|raw| says(raw, "apiVersion") && says(raw, "kind"))
}

/// Whether this is a member of `values` of a release.
fn is_chart_values(file: &File, id: NodeId) -> bool {
    let Some(list) = heredoc(file, id).map(|_| file.node(id).parent) else { return false };
    let body = file.node(list).parent;
    let NodeKind::Map { entries, .. } = &file.node(body).kind else { return false };
    entries.iter().any(|entry| entry.value == list && file.text(&entry.key) == "values")
        && file.source.slice(file.node(body).header).contains(CHART)
}

/// The kind of a resource, whatever version its name ends in, and its API version.
fn kind(name: &str) -> Option<(&'static Kind, &'static str)> {
    let name = name.strip_prefix("kubernetes_")?;
    let versions = ["_v1", "_v2", "_v1beta1", "_v2beta2", "_v2beta1"];
    let bare = versions.iter().find_map(|version| name.strip_suffix(version));
    let kind = KINDS.iter().find(|kind| kind.0 == bare.unwrap_or(name))?;
    let former = FORMER.iter().find(|(old, _)| *old == name);
    Some((kind, former.map_or(kind.1, |(_, api)| api)))
}

/// Whether the provider is older than 2.0, when tokens were not mounted unless that was said (its
/// guide "Upgrade to v2.0.0"). Without a constraint it is the current one.
fn before_2(files: &[File], resources: &[Resource], resource: &Resource) -> Truth {
    let folder = files[resource.node.file.0 as usize].folder();
    let mut constraints = Vec::new();
    for settings in resources {
        let is_settings =
            settings.block().is_some_and(|block| block.category == Category::Settings);
        if !is_settings || files[settings.node.file.0 as usize].folder() != folder {
            continue;
        }
        let body = Cursor::node(files, settings.node);
        let blocks = body.key("required_providers").items();
        if blocks.open {
            return Truth::Unknown;
        }
        for block in blocks.known {
            let written = block.key("kubernetes");
            let version =
                if written.shape() == Shape::Map { written.key("version") } else { written };
            match version.words() {
                Fact::Known(Words::Exact(text), _) => constraints.push(text),
                Fact::Absent(_) => {}
                _ => return Truth::Unknown,
            }
        }
    }
    let current = Range::parse(&constraints.join(",")).overlaps(&Range::parse(">= 2.0"));
    Truth::of(!current)
}

type Entries = Vec<(Box<str>, Value)>;

/// Reads one resource.
struct Reader<'a> {
    files: &'a [File],
    body: Cursor<'a>,
    node: NodeRef,
    kind: &'static Kind,
    api: &'static str,
    /// Whether tokens are not mounted unless that is said.
    old: Truth,
}

impl<'a> Reader<'a> {
    fn object(&self) -> Option<(Object, Value)> {
        let Kind(name, api, kind, namespaced) = *self.kind;
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        let whole = schema::kind(group, version, kind);
        let mut entries: Entries = vec![
            ("apiVersion".into(), self.text(self.api, self.node)),
            ("kind".into(), self.text(kind, self.node)),
        ];
        let (written, open) = self.body.entries();
        for (key, value) in written {
            let entry = match (name, key) {
                // The provider encodes what is here; what is encoded already has its own key.
                ("secret", "data") => ("stringData".into(), value.to_value()),
                ("secret", "binary_data") => ("data".into(), value.to_value()),
                ("storage_class", "storage_provisioner") => {
                    ("provisioner".into(), value.to_value())
                }
                ("config_map", "binary_data") => ("binaryData".into(), value.to_value()),
                _ => {
                    let (field, expects) = field(whole, key);
                    if expects.is_none() && !TOP.contains(&key) {
                        continue;
                    }
                    (field, self.field(value, expects, 0))
                }
            };
            entries.push(entry);
        }
        if open {
            entries.push(("".into(), Value::Unknown(self.body.header())));
        }
        if namespaced
            && let Some((_, metadata)) = entries.iter_mut().find(|(k, _)| **k == *"metadata")
        {
            self.unless_written(metadata, "namespace");
            if name == "default_service_account" {
                self.unless_written(metadata, "name");
            }
        }
        if kind == "ServiceAccount" {
            self.unmounted(&mut entries, self.node);
        }
        let value = Value::Made(self.node, entries);
        let object = kubernetes::object(Cursor::value(self.files, &value))?;
        Some((object, value))
    }

    /// The provider puts what names no namespace into `default`, and so it calls the account that
    /// every namespace has.
    fn unless_written(&self, metadata: &mut Value, field: &str) {
        let Value::Made(node, entries) = metadata else { return };
        if !entries.iter().any(|(key, _)| key.is_empty() || **key == *field) {
            let value = self.text("default", *node);
            entries.push((field.into(), value));
        }
    }

    /// What stands for a field: an attribute as written, a block as a map, blocks as a list.
    fn field(&self, at: Cursor<'a>, expects: Option<&'static Expects>, depth: usize) -> Value {
        let (of, list) = match expects {
            Some(Expects::Object(index)) => (Some(schema::of(*index)), false),
            Some(Expects::List(Expects::Object(index))) => (Some(schema::of(*index)), true),
            // Before blocks became attributes: `limits { cpu = "1" }`.
            Some(Expects::Map(_)) => (None, false),
            Some(_) => return at.to_value(),
            None => (None, at.items().known.len() > 1),
        };
        let items = at.items();
        let maps = |items: &Items<'a>| items.known.iter().all(|item| item.shape() == Shape::Map);
        match at.shape() {
            Shape::List if maps(&items) && depth < DEPTH => {}
            Shape::Map if of.is_some() && depth < DEPTH => return self.lone(at, of, list, depth),
            _ => return at.to_value(),
        }
        if list {
            let members = items.known.iter().map(|item| self.map(*item, of, depth + 1)).collect();
            let list = Value::List { items: members, open: items.open, place: at.header() };
            return list.at(at.node_ref());
        }
        match items.known.first() {
            Some(block) => self.map(*block, of, depth + 1),
            None if items.open => Value::Unknown(at.header()),
            None => at.to_value(),
        }
    }

    /// A block of Terraform's JSON, which stands without a list.
    fn lone(&self, at: Cursor<'a>, of: Option<&'static Type>, list: bool, depth: usize) -> Value {
        let map = self.map(at, of, depth + 1);
        if !list {
            return map;
        }
        Value::List { items: vec![map], open: false, place: at.header() }.at(at.node_ref())
    }

    /// The body of a block.
    fn map(&self, block: Cursor<'a>, of: Option<&'static Type>, depth: usize) -> Value {
        let Some(node) = block.node_ref() else { return Value::Unknown(block.header()) };
        let (written, open) = block.entries();
        let mut entries: Entries = Vec::new();
        for (key, value) in written {
            if key == VOLUME_SOURCE {
                // What the volume is made of stands in the specification itself.
                let items = value.items();
                match items.known.first().map(|source| self.map(*source, of, depth + 1)) {
                    Some(Value::Made(_, source)) => entries.extend(source),
                    _ => entries.push(("".into(), Value::Unknown(value.header()))),
                }
                continue;
            }
            let (field, expects) = field(of, key);
            entries.push((field, self.field(value, expects, depth)));
        }
        if open {
            entries.push(("".into(), Value::Unknown(block.header())));
        }
        if of.is_some_and(|of| of.field("automountServiceAccountToken").is_some()) {
            self.unmounted(&mut entries, node);
        }
        Value::Made(node, entries)
    }

    /// What older providers set where nothing was written.
    fn unmounted(&self, entries: &mut Entries, node: NodeRef) {
        const TOKEN: &str = "automountServiceAccountToken";
        let said = |(key, _): &(Box<str>, Value)| key.is_empty() || **key == *TOKEN;
        if self.old == Truth::False || entries.iter().any(said) {
            return;
        }
        let place = Cursor::node(self.files, node).header();
        let value = match self.old {
            Truth::True => Value::Bool(false, place).at(Some(node)),
            _ => Value::Unknown(place),
        };
        entries.push((TOKEN.into(), value));
    }

    fn text(&self, text: &str, node: NodeRef) -> Value {
        let place = Cursor::node(self.files, node).header();
        Value::Text(text.to_owned(), place).at(Some(node))
    }
}

/// The field of a type that the provider writes in snake case, blocks in the singular; a name in
/// camel case where none is known.
fn field(of: Option<&'static Type>, key: &str) -> (Box<str>, Option<&'static Expects>) {
    let plain: String = key.chars().filter(|c| *c != '_').collect();
    let plural = match plain.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if plain.ends_with(['s', 'x']) => format!("{plain}es"),
        None => format!("{plain}s"),
    };
    let known = of.map_or(&[][..], |of| of.fields);
    let named = |wanted: &str| known.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    match named(&plain).or_else(|| named(&plural)) {
        Some((name, expects)) => ((*name).into(), Some(expects)),
        None => (camel(key).into(), None),
    }
}

/// `host_network` as `hostNetwork`.
fn camel(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    let mut upper = false;
    for c in key.chars() {
        match c {
            '_' => upper = true,
            _ if upper => {
                name.extend(c.to_uppercase());
                upper = false;
            }
            _ => name.push(c),
        }
    }
    name
}
