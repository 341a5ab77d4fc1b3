//! Containers of ECS tasks and Batch jobs, whose definitions are JSON inside Terraform: rights that
//! reach beyond the container, and what it leaves open.
//!
//! Source of the semantics: ECS API, `ContainerDefinition`; Batch API, `ContainerProperties`.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// Capabilities by which a process gets hold of its host, of other containers or of their traffic.
const CAPABILITIES: [&str; 13] = [
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "MAC_ADMIN",
    "NET_ADMIN",
    "NET_RAW",
    "PERFMON",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_TIME",
];

/// `ecs_container_privileged`.
pub fn ecs_container_privileged<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each_ecs(root, sink, |container, sink, at, name| {
        let privileged = container.key("privileged");
        if privileged.text().as_deref() == Some("true") {
            sink.report(at, privileged, None, &[("element", name)]);
        }
    });
}

/// `ecs_container_capability`.
pub fn ecs_container_capability<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each_ecs(root, sink, |container, sink, at, name| {
        for added in added(container) {
            sink.report(at, added, None, &[("element", name)]);
        }
    });
}

/// `ecs_container_root`: a user that is root, or none, by which the image decides.
pub fn ecs_container_root<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each_ecs(root, sink, |container, sink, at, name| {
        let user = container.key("user");
        let first = user.text().map(|text| text.split(':').next().unwrap_or_default().to_owned());
        if first.is_some_and(|user| matches!(&*user, "0" | "root")) {
            sink.report(at, user, None, &[("element", name)]);
        }
    });
}

/// `ecs_container_writes_its_image`.
pub fn ecs_container_writes_its_image<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each_ecs(root, sink, |container, sink, at, name| {
        absent_or(container, "readonlyRootFilesystem", "false", (sink, at, name));
    });
}

/// `ecs_container_without_log`.
pub fn ecs_container_without_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each_ecs(root, sink, |container, sink, at, name| {
        absent_or(container, "logConfiguration", "", (sink, at, name));
    });
}

/// `batch_container_privileged`.
pub fn batch_container_privileged<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Managed, "aws_batch_job_definition") {
        let body = root.cursor(root.resources[at]);
        let ecs = body.key("container_properties").document();
        let node = body.key("node_properties").document().key("nodeRangeProperties").items();
        let nodes = node.known.into_iter().map(|range| range.key("container"));
        let pods = body.key("eks_properties").index(0).key("pod_properties").index(0);
        let containers = pods.key("containers").items().known.into_iter();
        let contexts = containers.map(|container| container.key("security_context").index(0));
        for holder in std::iter::once(ecs).chain(nodes).chain(contexts) {
            let privileged = holder.key("privileged");
            if privileged.text().as_deref() == Some("true") {
                sink.report(at, privileged, None, &[]);
            }
        }
    }
}

/// Runs over the containers of every task definition, each with a name for messages.
fn each_ecs<'r, 's>(
    root: &'r Root<'r>,
    sink: &mut Sink<'s, 'r>,
    mut look: impl FnMut(Cursor<'r>, &mut Sink<'s, 'r>, usize, &str),
) {
    for &at in root.terraform(Category::Managed, "aws_ecs_task_definition") {
        let definitions = root.cursor(root.resources[at]).key("container_definitions").document();
        for (position, container) in definitions.items().known.into_iter().enumerate() {
            if container.shape() != Shape::Map {
                sink.unknown();
                continue;
            }
            let name = match container.key("name").text() {
                Some(name) => format!("container `{name}`"),
                None => format!("container {}", position + 1),
            };
            look(container, sink, at, &name);
        }
    }
}

/// Reports a member that is absent, or is a word.
fn absent_or<'r>(
    container: Cursor<'r>,
    key: &str,
    word: &str,
    (sink, at, name): (&mut Sink<'_, 'r>, usize, &str),
) {
    let member = container.key(key);
    let faulty = member.text().is_some_and(|text| !word.is_empty() && text == word);
    match member.absent() {
        Truth::True => {
            let missing = member.absent_parent().map(|parent| (parent, vec![key.to_owned()]));
            sink.report(at, member, missing, &[("element", name)]);
        }
        Truth::Unknown => sink.unknown(),
        Truth::False if faulty => {
            sink.report(at, member, None, &[("element", name)]);
        }
        Truth::False => {}
    }
}

/// The dangerous capabilities that a container adds.
fn added(container: Cursor<'_>) -> Vec<Cursor<'_>> {
    let added = container.key("linuxParameters").key("capabilities").key("add").items().known;
    let dangerous = |word: &Cursor<'_>| {
        let name = word.text().map(|text| text.trim_start_matches("CAP_").to_owned());
        name.is_some_and(|name| CAPABILITIES.contains(&&*name))
    };
    added.into_iter().filter(dangerous).collect()
}
