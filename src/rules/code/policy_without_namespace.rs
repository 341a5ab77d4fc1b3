//! Policies that name no namespace among objects that do.

use crate::model::istio::mesh::{NETWORKING, SECURITY};
use crate::model::kubernetes::namespace::Home;
use crate::model::resource::Object;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::mesh::missing;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;
use std::collections::{BTreeMap, BTreeSet};

/// Reports each such policy; in roots that Kustomize builds, namespaces may come from there.
pub fn policy_without_namespace<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if !root.kind("Kustomization").is_empty() {
        return;
    }
    // What is applied to a namespace as a whole names none for its workloads either.
    let cluster = root.cluster();
    let workloads = cluster.workloads.iter().map(|one| (one.resource, &one.home));
    let services = cluster.services.iter().map(|one| (one.resource, &one.home));
    let applied: BTreeSet<u32> = workloads
        .chain(services)
        .filter(|(_, home)| !matches!(home, Home::Named(_)))
        .map(|(at, _)| root.resources[at].node.file.0)
        .collect();
    // The first object of each file that names a namespace, Namespaces aside.
    let mut named: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, resource) in root.resources.iter().enumerate() {
        if resource.object().is_some_and(|object| object.namespace.is_some()) {
            named.entry(resource.node.file.0).or_insert(at);
        }
    }
    for (at, resource) in root.resources.iter().enumerate() {
        let (Some(object), Some(&other)) = (resource.object(), named.get(&resource.node.file.0))
        else {
            continue;
        };
        if !is_policy(object) || applied.contains(&resource.node.file.0) {
            continue;
        }
        let body = root.cursor(resource);
        let short = || {
            let host = body.key("spec").key("host");
            host.text().is_some_and(|host| !host.contains('.') && !host.contains('*'))
        };
        if object.kind == "DestinationRule" && !short() {
            continue;
        }
        let metadata = body.key("metadata");
        match Home::read(body) {
            Home::Named(_) => {}
            Home::Unknown => sink.unknown(),
            Home::Unwritten => {
                let at_namespace = metadata.key("namespace");
                let found = sink.report(at, at_namespace, missing(metadata, "namespace"), &[]);
                if let Some(finding) = found {
                    let place =
                        root.cursor(root.resources[other]).key("metadata").key("namespace").focus();
                    let text = "is written for this namespace".to_owned();
                    finding.labels.push(Label { place, text });
                    assume(Some(finding), "the file is not applied to a namespace of its own");
                }
            }
        }
    }
}

fn is_policy(object: &Object) -> bool {
    matches!(
        (object.group.as_str(), object.kind.as_str()),
        (SECURITY, "AuthorizationPolicy" | "PeerAuthentication" | "RequestAuthentication")
            | (NETWORKING, "DestinationRule")
            | ("networking.k8s.io", "NetworkPolicy")
    )
}
