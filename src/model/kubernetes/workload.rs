//! Workloads, their pod templates and containers, and the rules of RBAC roles: the views that most
//! Kubernetes rules look at.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Object;
use crate::model::value::Value;

/// Where a kind keeps its pod template: the path to what holds `spec` and `metadata`.
pub fn template_path(object: &Object) -> Option<&'static [&'static str]> {
    match (object.group.as_str(), object.kind.as_str()) {
        ("", "Pod") | ("serving.knative.dev", "Revision") => Some(&[]),
        ("", "PodTemplate") => Some(&["template"]),
        ("", "ReplicationController")
        | ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job")
        | ("serving.knative.dev", "Service" | "Configuration")
        | ("argoproj.io", "Rollout")
        | ("apps.openshift.io", "DeploymentConfig")
        | ("apps.kruise.io", "CloneSet" | "StatefulSet" | "DaemonSet" | "BroadcastJob")
        | ("actions.github.com", "AutoscalingRunnerSet") => Some(&["spec", "template"]),
        ("batch", "CronJob") => Some(&["spec", "jobTemplate", "spec", "template"]),
        ("keda.sh", "ScaledJob") => Some(&["spec", "jobTargetRef", "template"]),
        _ => None,
    }
}

/// The pod template of a workload.
pub fn template<'a>(object: &Object, cursor: Cursor<'a>) -> Option<Cursor<'a>> {
    let path = template_path(object)?;
    Some(path.iter().fold(cursor, |at, key| at.key(key)))
}

/// The `workload` view of one object.
pub fn workload(object: &Object, cursor: Cursor<'_>) -> Option<Value> {
    let template = template(object, cursor)?;
    let spec = template.key("spec");
    (spec.shape() == Shape::Map).then(|| Value::Map {
        place: spec.header(),
        entries: vec![
            ("pod", spec.to_value()),
            ("metadata", template.key("metadata").to_value()),
            ("volumes", volumes(spec)),
            ("object", cursor.to_value()),
        ],
    })
}

/// A pod's volumes, each with whether containers can only read it.
fn volumes(spec: Cursor<'_>) -> Value {
    let written = spec.key("volumes");
    let list = written.items();
    let view = |volume: Cursor<'_>| {
        let read_only = Value::truth(read_only(spec, volume), volume.header());
        let entries = vec![("volume", volume.to_value()), ("read-only", read_only)];
        Value::Map { entries, place: volume.header() }
    };
    let items = list.known.into_iter().map(view).collect();
    Value::List { items, open: list.open, place: written.header() }
}

/// Whether containers mount a volume, and all of them `readOnly`.
fn read_only(spec: Cursor<'_>, volume: Cursor<'_>) -> Truth {
    let (mut mounted, mut result, mut open) = (Truth::False, Truth::True, false);
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let containers = spec.key(list).items();
        for container in containers.known {
            let mounts = container.key("volumeMounts").items();
            for mount in mounts.known {
                let same = match (volume.key("name").text(), mount.key("name").text()) {
                    (Some(volume), Some(mount)) => Truth::of(volume == mount),
                    _ => Truth::Unknown,
                };
                let only = match mount.key("readOnly").text().as_deref() {
                    Some("true") => Truth::True,
                    Some("false") => Truth::False,
                    None if mount.key("readOnly").shape() == Shape::Absent => Truth::False,
                    _ => Truth::Unknown,
                };
                mounted = mounted.or(same);
                result = result.and(!same.and(!only));
            }
            open |= mounts.open;
        }
        open |= containers.open;
    }
    if open {
        mounted.or(Truth::Unknown).and(result).and(Truth::Unknown)
    } else {
        mounted.and(result)
    }
}

/// The `container` view: every container of one object, with a name for messages.
pub fn containers(object: &Object, cursor: Cursor<'_>) -> Vec<(Value, String)> {
    let Some(template) = template(object, cursor) else { return Vec::new() };
    let spec = template.key("spec");
    let mut found = Vec::new();
    for (list, word) in [
        ("containers", "container"),
        ("initContainers", "init"),
        ("ephemeralContainers", "ephemeral"),
    ] {
        for container in spec.key(list).items().known {
            if container.shape() != Shape::Map {
                continue;
            }
            let name = container.key("name").text();
            let label = format!("container `{}`", name.as_deref().unwrap_or("(unnamed)"));
            let entries = vec![
                ("container", container.to_value()),
                ("type", Value::Text(word.to_owned(), container.place())),
                ("pod", spec.to_value()),
                ("metadata", template.key("metadata").to_value()),
                ("object", cursor.to_value()),
            ];
            found.push((Value::Map { entries, place: container.header() }, label));
        }
    }
    found
}

/// The `rbac-rule` view: every rule of a Role or `ClusterRole`.
pub fn rbac_rules(object: &Object, cursor: Cursor<'_>) -> Vec<(Value, String)> {
    let is_role = object.group == "rbac.authorization.k8s.io"
        && matches!(object.kind.as_str(), "Role" | "ClusterRole");
    if !is_role {
        return Vec::new();
    }
    let rules = cursor.key("rules").items().known;
    let view = |(at, rule): (usize, Cursor<'_>)| {
        let entries = vec![("rule", rule.to_value()), ("object", cursor.to_value())];
        (Value::Map { entries, place: rule.header() }, format!("rule {}", at + 1))
    };
    rules.into_iter().filter(|rule| rule.shape() == Shape::Map).enumerate().map(view).collect()
}
