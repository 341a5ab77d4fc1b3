//! The transformers a kustomization has built in: namespace, name prefix and suffix, labels,
//! annotations, images, replicas. Each writes the fields that Kustomize's default configuration
//! names.

use super::built::Built;
use super::edit::{entry, same, text, visit};
use crate::input::file::File;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::workload::template_path;
use crate::model::value::{NodeRef, Value};

/// Puts an object into a namespace; a `Namespace` gets its name.
pub(super) fn namespace(files: &[File], built: &mut Built, at: Cursor<'_>) {
    let Some(node) = at.node_ref() else { return };
    let kind = built.object.kind.as_str();
    let mut set = |value: &mut Value| put(files, value, at);
    match (built.object.group.as_str(), kind) {
        ("", "Namespace") => {
            visit(files, &mut built.value, &["metadata", "name"], Some(node), &mut set);
        }
        ("apiregistration.k8s.io", "APIService") => {
            let path = ["spec", "service", "namespace"];
            visit(files, &mut built.value, &path, Some(node), &mut set);
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let path = ["spec", "conversion", "webhook", "clientConfig", "service", "namespace"];
            visit(files, &mut built.value, &path, None, &mut set);
        }
        _ if built.is_namespaced() => {
            visit(files, &mut built.value, &["metadata", "namespace"], Some(node), &mut set);
        }
        _ => {}
    }
    if matches!(kind, "RoleBinding" | "ClusterRoleBinding") {
        // Only the default account is the namespace's own, whatever else the kustomization holds.
        visit(files, &mut built.value, &["subjects[]"], None, &mut |subject| {
            let name = Cursor::value(files, subject).key("name");
            if name.text().as_deref() == Some("default")
                && let Some(entry) = entry(files, subject, "namespace")
            {
                put(files, entry, at);
            }
        });
    }
    built.rename(files);
}

/// Writes a value unless the same is there.
fn put(files: &[File], value: &mut Value, new: Cursor<'_>) {
    if same(Cursor::value(files, value), new, 0) != Truth::True {
        *value = new.to_value();
    }
}

/// Puts words around an object's name.
pub(super) fn affix(files: &[File], built: &mut Built, prefix: Cursor<'_>, suffix: Cursor<'_>) {
    let kept = matches!(
        (built.object.group.as_str(), built.object.kind.as_str()),
        ("", "Namespace")
            | ("apiextensions.k8s.io", "CustomResourceDefinition")
            | ("apiregistration.k8s.io", "APIService")
    );
    if kept {
        return;
    }
    for (word, before) in [(prefix, true), (suffix, false)] {
        if word.shape() == Shape::Absent {
            continue;
        }
        let Some(node) = word.node_ref() else { continue };
        visit(files, &mut built.value, &["metadata", "name"], None, &mut |name| {
            let now = Cursor::value(files, name);
            *name = match (word.text(), now.text()) {
                (Some(word), Some(now)) if before => text(files, format!("{word}{now}"), node),
                (Some(word), Some(now)) => text(files, format!("{now}{word}"), node),
                _ => Value::Unknown(word.place()),
            };
        });
        built.rename(files);
    }
}

/// Which fields labels are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The object's own labels.
    Metadata,
    /// Those of its pod template too.
    Templates,
    /// Its selectors as well.
    Selectors,
}

/// Adds labels.
pub(super) fn labels(files: &[File], built: &mut Built, pairs: Cursor<'_>, reach: Reach) {
    let Some(node) = pairs.node_ref().filter(|_| pairs.shape() != Shape::Unknown) else {
        built.value = Value::Unknown(pairs.place());
        return;
    };
    let mut set = |value: &mut Value| add_pairs(files, value, pairs, node);
    visit(files, &mut built.value, &["metadata", "labels"], Some(node), &mut set);
    let object = built.object.clone();
    let template = template_path(&object).filter(|path| !path.is_empty());
    let known = matches!(
        (object.group.as_str(), object.kind.as_str()),
        ("", "ReplicationController")
            | ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
            | ("batch", "Job" | "CronJob")
    );
    if let (true, true, Some(template)) = (known, reach != Reach::Metadata, template) {
        let path: Vec<&str> = template.iter().copied().chain(["metadata", "labels"]).collect();
        visit(files, &mut built.value, &path, Some(node), &mut set);
        if object.kind == "CronJob" {
            let path = ["spec", "jobTemplate", "metadata", "labels"];
            visit(files, &mut built.value, &path, Some(node), &mut set);
        }
        if object.kind == "StatefulSet" {
            let path = ["spec", "volumeClaimTemplates[]", "metadata", "labels"];
            visit(files, &mut built.value, &path, Some(node), &mut set);
        }
    }
    if reach == Reach::Selectors {
        for (path, create) in selectors(&object.group, &object.kind) {
            visit(files, &mut built.value, path, create.then_some(node), &mut set);
        }
        if object.group == "apps" && matches!(object.kind.as_str(), "Deployment" | "StatefulSet") {
            for place in SCHEDULING {
                let path: Vec<&str> = ["spec", "template", "spec"]
                    .into_iter()
                    .chain(place.iter().copied())
                    .chain(["labelSelector", "matchLabels"])
                    .collect();
                visit(files, &mut built.value, &path, None, &mut set);
            }
        }
    }
}

type Path = &'static [&'static str];

/// What holds selectors of pods inside a pod's own specification.
const SCHEDULING: [Path; 5] = [
    &["affinity", "podAffinity", PREFERRED, "podAffinityTerm"],
    &["affinity", "podAffinity", REQUIRED],
    &["affinity", "podAntiAffinity", PREFERRED, "podAffinityTerm"],
    &["affinity", "podAntiAffinity", REQUIRED],
    &["topologySpreadConstraints[]"],
];
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution[]";
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution[]";

/// Selectors that labels are written to, and whether they are made where there are none.
fn selectors(group: &str, kind: &str) -> Vec<(Path, bool)> {
    match (group, kind) {
        ("", "Service" | "ReplicationController") => vec![(&["spec", "selector"], true)],
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            vec![(&["spec", "selector", "matchLabels"], true)]
        }
        ("batch", "Job") => vec![(&["spec", "selector", "matchLabels"], false)],
        ("batch", "CronJob") => {
            vec![(&["spec", "jobTemplate", "spec", "selector", "matchLabels"], false)]
        }
        ("policy", "PodDisruptionBudget") => {
            vec![(&["spec", "selector", "matchLabels"], false)]
        }
        ("networking.k8s.io", "NetworkPolicy") => vec![
            (&["spec", "podSelector", "matchLabels"], false),
            (&["spec", "ingress[]", "from[]", "podSelector", "matchLabels"], false),
            (&["spec", "egress[]", "to[]", "podSelector", "matchLabels"], false),
        ],
        _ => Vec::new(),
    }
}

/// Adds annotations, to the pod template too.
pub(super) fn annotations(files: &[File], built: &mut Built, pairs: Cursor<'_>) {
    let Some(node) = pairs.node_ref().filter(|_| pairs.shape() != Shape::Unknown) else {
        built.value = Value::Unknown(pairs.place());
        return;
    };
    let mut set = |value: &mut Value| add_pairs(files, value, pairs, node);
    visit(files, &mut built.value, &["metadata", "annotations"], Some(node), &mut set);
    let template = template_path(&built.object).filter(|path| !path.is_empty());
    let own = matches!(built.object.group.as_str(), "" | "apps" | "batch");
    if let (true, Some(template)) = (own, template) {
        let path: Vec<&str> = template.iter().copied().chain(["metadata", "annotations"]).collect();
        visit(files, &mut built.value, &path, Some(node), &mut set);
        if built.object.kind == "CronJob" {
            let path = ["spec", "jobTemplate", "metadata", "annotations"];
            visit(files, &mut built.value, &path, Some(node), &mut set);
        }
    }
}

/// Writes pairs into a map, which may not be there yet.
fn add_pairs(files: &[File], value: &mut Value, pairs: Cursor<'_>, node: NodeRef) {
    match Cursor::value(files, value).shape() {
        Shape::Absent => *value = Value::Made(node, Vec::new()),
        Shape::Map => {}
        _ => return,
    }
    let (known, open) = pairs.entries();
    for (key, new) in known {
        if let Some(entry) = entry(files, value, key) {
            put(files, entry, new);
        }
    }
    if open && let Some(rest) = entry(files, value, "") {
        *rest = Value::Unknown(pairs.header());
    }
}

/// Changes images as one entry of `images` says, wherever containers are.
pub(super) fn image(files: &[File], value: &mut Value, change: Cursor<'_>, depth: usize) {
    let now = Cursor::value(files, value);
    if depth == 8 || now.shape() != Shape::Map && now.shape() != Shape::List {
        return;
    }
    if now.shape() == Shape::List {
        if now.items().known.iter().all(|one| !holds_images(*one, depth)) {
            return;
        }
        for member in super::edit::items(files, value).into_iter().flatten() {
            image(files, member, change, depth + 1);
        }
        return;
    }
    let keys: Vec<String> = now.entries().0.iter().map(|(key, _)| (*key).to_owned()).collect();
    for key in keys {
        let inner = Cursor::value(files, value).key(&key);
        let is_list = inner.shape() == Shape::List;
        if matches!(&*key, "containers" | "initContainers") && is_list {
            let members = entry(files, value, &key).and_then(|v| super::edit::items(files, v));
            for member in members.into_iter().flatten() {
                let written = Cursor::value(files, member).key("image").text();
                let Some(written) = written.map(std::borrow::Cow::into_owned) else { continue };
                if let Some(new) = changed_image(files, &written, change)
                    && let Some(entry) = entry(files, member, "image")
                {
                    *entry = new;
                }
            }
        } else if holds_images(inner, depth)
            && let Some(inner) = entry(files, value, &key)
        {
            image(files, inner, change, depth + 1);
        }
    }
}

/// Whether containers may be below.
fn holds_images(at: Cursor<'_>, depth: usize) -> bool {
    depth < 8
        && match at.shape() {
            Shape::Map => at.entries().0.iter().any(|(key, inner)| {
                matches!(*key, "containers" | "initContainers") || holds_images(*inner, depth + 1)
            }),
            Shape::List => at.items().known.iter().any(|one| holds_images(*one, depth + 1)),
            _ => false,
        }
}

/// A reference to an image after a change; none where the change is not about it.
fn changed_image(files: &[File], written: &str, change: Cursor<'_>) -> Option<Value> {
    let node = change.node_ref()?;
    let Some(wanted) = change.key("name").text() else {
        return Some(Value::Unknown(change.header()));
    };
    let (name, tag, digest) = image_parts(written);
    if name != wanted {
        return None;
    }
    let given = |key: &str| {
        let at = change.key(key);
        (at.absent() != Truth::True).then_some(at)
    };
    let decides =
        ["digest", "newTag", "tagSuffix", "newName"].iter().find_map(|key| given(key)?.node_ref());
    let word = |key: &str| given(key).map(|at| at.text().map(std::borrow::Cow::into_owned));
    let parts = (word("newName"), word("newTag"), word("digest"), word("tagSuffix"));
    let unknown = [&parts.0, &parts.1, &parts.2, &parts.3].iter().any(|part| **part == Some(None));
    if unknown {
        return Some(Value::Unknown(change.header()));
    }
    let flat = |part: Option<Option<String>>| part.flatten().filter(|text| !text.is_empty());
    let mut reference = flat(parts.0).unwrap_or_else(|| name.to_owned());
    let (own_tag, own_digest) = (tag.map(str::to_owned), digest.map(str::to_owned));
    // A new tag or digest replaces both of what was written.
    let (tag, digest) = match (flat(parts.1), flat(parts.2), flat(parts.3)) {
        (None, None, None) => (own_tag, own_digest),
        (None, None, Some(suffix)) => (Some(own_tag.unwrap_or_default() + &suffix), None),
        (tag, digest, _) => (tag, digest),
    };
    if let Some(tag) = tag {
        reference = format!("{reference}:{tag}");
    }
    if let Some(digest) = digest {
        reference = format!("{reference}@{digest}");
    }
    (reference != written).then(|| text(files, reference, decides.unwrap_or(node)))
}

/// Name, tag and digest of a reference to an image.
fn image_parts(image: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    let from = rest.rfind('/').map_or(0, |at| at + 1);
    match rest[from..].find(':') {
        Some(at) => (&rest[..from + at], Some(&rest[from + at + 1..]), digest),
        None => (rest, None, digest),
    }
}

/// Sets the number of replicas of what has one.
pub(super) fn replicas(files: &[File], built: &mut Built, change: Cursor<'_>) {
    let known = matches!(
        built.object.kind.as_str(),
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController"
    );
    let (count, name) = (change.key("count"), change.key("name").text());
    let named = |object: &crate::model::resource::Object| {
        name.as_deref().is_none_or(|name| object.name.as_deref() == Some(name))
    };
    if !known || !built.identities().any(named) {
        return;
    }
    let Some(node) = count.node_ref() else { return };
    visit(files, &mut built.value, &["spec", "replicas"], Some(node), &mut |value| {
        *value = if name.is_some() { count.to_value() } else { Value::Unknown(count.place()) };
    });
}

#[cfg(test)]
mod tests {
    use super::image_parts;

    #[test]
    fn references_to_images_fall_into_parts() {
        for (image, parts) in [
            ("nginx", ("nginx", None, None)),
            ("nginx:1", ("nginx", Some("1"), None)),
            ("r.io:5000/nginx", ("r.io:5000/nginx", None, None)),
            ("r.io:5000/a/nginx:1.2", ("r.io:5000/a/nginx", Some("1.2"), None)),
            ("nginx@sha256:ab", ("nginx", None, Some("sha256:ab"))),
            ("nginx:1@sha256:ab", ("nginx", Some("1"), Some("sha256:ab"))),
        ] {
            assert_eq!(image_parts(image), parts, "{image}");
        }
    }
}
