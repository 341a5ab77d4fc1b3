//! Workloads that stay out of the mesh although their namespace is in it, or may be.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::istio::enrolment::{DATAPLANE, INJECT, INJECTION, REVISION};
use crate::model::kubernetes::pods::Workload;
use crate::model::root::Root;
use crate::model::selector::Labels;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// Reports those in namespaces that are declared as parts of the mesh.
pub fn workload_leaves_mesh<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for workload in &root.cluster().workloads {
        for way in [Way::Sidecar, Way::Ambient] {
            let Some(at) = opts_out(workload, way, sink) else { continue };
            match enrolled(root, workload, way) {
                Truth::True => {}
                Truth::Unknown => {
                    sink.unknown();
                    continue;
                }
                Truth::False => continue,
            }
            let namespace = root.cluster().namespace(&workload.home);
            let place = namespace.and_then(|one| one.resource).map(|at| root.resources[at].header);
            if let Some(finding) = sink.report(workload.resource, at, None, &[]) {
                let text = "is part of the mesh".to_owned();
                finding.labels.extend(place.map(|place| Label { place, text }));
            }
        }
    }
}

/// Reports those that refuse a sidecar in namespaces that are not declared here.
pub fn workload_opts_out_of_injection<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    elsewhere(root, sink, Way::Sidecar);
}

/// Reports those that refuse the ambient mesh in namespaces that are not declared here.
pub fn workload_opts_out_of_ambient<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    elsewhere(root, sink, Way::Ambient);
}

fn elsewhere<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, way: Way) {
    for workload in &root.cluster().workloads {
        let Some(at) = opts_out(workload, way, sink) else { continue };
        if root.mesh().pod(root.cluster(), workload).namespace.is_none() {
            sink.report(workload.resource, at, None, &[]);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Sidecar,
    Ambient,
}

/// Where a workload refuses to be part of the mesh, unless it may.
fn opts_out<'r>(workload: &Workload<'r>, way: Way, sink: &mut Sink<'_, 'r>) -> Option<Cursor<'r>> {
    let metadata = workload.template.key("metadata");
    let (labels, annotations) = (metadata.key("labels"), metadata.key("annotations"));
    let (inject, mode) = (labels.key(INJECT), labels.key(DATAPLANE));
    let at = match way {
        Way::Sidecar if inject.absent() == Truth::True => annotations.key(INJECT),
        Way::Sidecar => inject,
        Way::Ambient => mode,
    };
    let word = if way == Way::Sidecar { "false" } else { "none" };
    match (at.absent(), at.text()) {
        (Truth::True, _) => return None,
        (_, Some(text)) if text == word => {}
        (_, Some(_)) => return None,
        _ => {
            sink.unknown();
            return None;
        }
    }
    // The other way into the mesh, and whoever cannot be part of it.
    let other = match way {
        Way::Sidecar => is(mode, "ambient"),
        Way::Ambient => is(inject, "true"),
    };
    match Truth::any([other, workload.host_network, finishes(workload), operates(workload)]) {
        Truth::True => None,
        Truth::Unknown => {
            sink.unknown();
            None
        }
        Truth::False => Some(at),
    }
}

fn is(at: Cursor<'_>, word: &str) -> Truth {
    match (at.absent(), at.text()) {
        (Truth::True, _) => Truth::False,
        (_, Some(text)) => Truth::of(text == word),
        _ => Truth::Unknown,
    }
}

/// A sidecar can keep a Job from finishing.
fn finishes(workload: &Workload<'_>) -> Truth {
    let restart = workload.pod.key("restartPolicy");
    match (restart.absent(), restart.text()) {
        (Truth::True, _) => Truth::False,
        (_, Some(text)) => Truth::of(matches!(&*text, "Never" | "OnFailure")),
        _ => Truth::Unknown,
    }
}

/// Controllers and webhooks are called by the API server, which is no part of the mesh.
fn operates(workload: &Workload<'_>) -> Truth {
    const ENDS: [&str; 6] =
        ["-operator", "-controller", "-controller-manager", "-webhook", "-cainjector", "-injector"];
    const PARTS: [&str; 5] = ["operator", "controller", "controller-manager", "webhook", "manager"];
    let name = match &workload.name {
        Some(name) => Truth::of(ENDS.iter().any(|end| name.ends_with(end))),
        None => Truth::Unknown,
    };
    let part = Truth::any(
        PARTS.iter().map(|part| workload.labels.is("app.kubernetes.io/component", part)),
    );
    Truth::any([name, part, workload.labels.has("control-plane")])
}

/// Whether the workload's namespace is declared as a part of the mesh in this way.
fn enrolled(root: &Root<'_>, workload: &Workload<'_>, way: Way) -> Truth {
    let Some(labels) = root.mesh().pod(root.cluster(), workload).namespace else {
        return Truth::False;
    };
    let injected = |labels: &Labels<'_>| {
        let silent = !labels.has(INJECTION);
        labels.is(INJECTION, "enabled").or(silent.and(labels.has(REVISION)))
    };
    match way {
        Way::Sidecar => injected(labels),
        Way::Ambient => labels.is(DATAPLANE, "ambient"),
    }
}
