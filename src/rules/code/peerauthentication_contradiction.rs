//! `PeerAuthentication`s of one level that set different modes for the same workloads.

use crate::model::fact::Truth;
use crate::model::istio::mesh::Item;
use crate::model::istio::peer::{Candidate, Level, has_selector};
use crate::model::root::Root;
use crate::model::selector::{Operator, Selector};
use crate::rules::finding::Label;
use crate::rules::mesh::missing;
use crate::rules::sink::Sink;
use std::collections::{BTreeMap, BTreeSet};

/// Reports the later of two policies that contradict each other.
pub fn peerauthentication_contradiction<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut alike: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (at, item) in mesh.peers.iter().enumerate() {
        let (Some(home), Some(labels)) = (home(item), selection(item)) else {
            sink.unknown();
            continue;
        };
        // What Istio ignores contradicts nothing.
        if !labels.is_empty() && mesh.is_root(&item.home) == Truth::True {
            continue;
        }
        alike.entry((home, labels)).or_default().push(at);
    }
    for rivals in alike.values() {
        pairs.extend(contradicting(root, rivals));
    }
    for workload in &root.cluster().workloads {
        let mut own = mesh.candidates(workload);
        own.retain(|one| one.level == Level::Workload && one.applies == Truth::True);
        if own.len() < 2 {
            continue;
        }
        let position =
            |one: &Candidate<'_>| mesh.peers.iter().position(|item| item.resource == one.resource);
        let rivals: Vec<usize> = own.iter().filter_map(position).collect();
        pairs.extend(contradicting(root, &rivals));
    }
    let mut reported = BTreeSet::new();
    for (first, second) in pairs {
        // One with a mode is the one to edit.
        let written = |at: usize| mode(&mesh.peers[at]).is_some_and(|mode| mode != "UNSET");
        let (edited, other) = if written(second) { (second, first) } else { (first, second) };
        if !reported.insert(edited) {
            continue;
        }
        let item = &mesh.peers[edited];
        let mtls = item.spec().key("mtls");
        let other = &mesh.peers[other];
        let title = root.resources[other.resource].title();
        let found = sink.report(
            item.resource,
            mtls.key("mode"),
            missing(mtls, "mode"),
            &[("other", &title)],
        );
        if let Some(finding) = found {
            let place = other.spec().key("mtls").key("mode").focus();
            finding.labels.push(Label { place, text: "sets another mode".to_owned() });
        }
    }
}

/// Pairs of policies with different modes.
fn contradicting(root: &Root<'_>, rivals: &[usize]) -> Vec<(usize, usize)> {
    let peers = &root.mesh().peers;
    let mut found = Vec::new();
    for (index, &first) in rivals.iter().enumerate() {
        for &second in &rivals[index + 1..] {
            // Two texts of one object (variants of a sample) are no two policies.
            let name = |at: usize| peers[at].object.key("metadata").key("name").text();
            let (Some(one), Some(other)) = (name(first), name(second)) else { continue };
            if one == other {
                continue;
            }
            let present = peers[first].present.and(peers[second].present) == Truth::True;
            let modes = (mode(&peers[first]), mode(&peers[second]));
            if let (true, (Some(one), Some(other))) = (present, modes)
                && one != other
            {
                found.push((first, second));
            }
        }
    }
    found
}

/// The mode, `UNSET` where none is written; none where it cannot be told.
fn mode(item: &Item<'_>) -> Option<String> {
    let mode = item.spec().key("mtls").key("mode");
    match mode.absent() {
        Truth::True => Some("UNSET".to_owned()),
        _ => mode.text().map(std::borrow::Cow::into_owned),
    }
}

/// The namespace, an empty text for the one that is not written.
fn home(item: &Item<'_>) -> Option<String> {
    use crate::model::kubernetes::namespace::Home;
    match &item.home {
        Home::Named(name) => Some(name.to_string()),
        Home::Unwritten => Some(String::new()),
        Home::Unknown => None,
    }
}

/// The labels a policy selects by, in order; empty for none, nothing where they cannot be told.
fn selection(item: &Item<'_>) -> Option<String> {
    let spec = item.spec();
    match has_selector(spec) {
        Truth::False => return Some(String::new()),
        Truth::Unknown => return None,
        Truth::True => {}
    }
    let selector = Selector::read(spec.key("selector"))?;
    if selector.open {
        return None;
    }
    let mut labels = Vec::new();
    for requirement in &selector.requirements {
        if requirement.operator != Operator::In || requirement.open {
            return None;
        }
        labels.push(format!("{}={}", requirement.key, requirement.values.join(",")));
    }
    labels.sort();
    Some(labels.join(" "))
}
