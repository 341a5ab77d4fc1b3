//! Peers of network policies that match nothing, or not what was meant: labels that nobody has, and
//! two list items where one with both selectors was meant.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::Peer;
use crate::model::graph::call::Call;
use crate::model::kubernetes::cluster::{Absence, Cluster, NetworkPolicy};
use crate::model::kubernetes::namespace::{Home, NAME_LABEL};
use crate::model::kubernetes::pods::Workload;
use crate::model::root::Root;
use crate::model::selector::{Operator, Selector};
use crate::rules::finding::{Confidence, Label, Witness};
use crate::rules::sink::Sink;
use crate::rules::{absence, network_policy, reach, slip};

/// One entry of a `from` or `to`.
struct Item<'r> {
    pods: Option<Selector<'r>>,
    namespaces: Option<Selector<'r>>,
    block: bool,
}

/// The lists of peers whose direction counts.
fn lists<'r>(policy: &NetworkPolicy<'r>) -> Vec<Cursor<'r>> {
    let mut found = Vec::new();
    for (direction, list, peers) in [("Ingress", "ingress", "from"), ("Egress", "egress", "to")] {
        if network_policy::applies_to(policy.spec, direction) == Truth::True {
            let rules = policy.spec.key(list).items().known;
            found.extend(rules.into_iter().map(|rule| rule.key(peers)));
        }
    }
    found
}

fn peers(list: Cursor<'_>) -> Vec<Item<'_>> {
    let items = list.items().known.into_iter();
    let peers = items.map(|at| Item {
        pods: Selector::read(at.key("podSelector")),
        namespaces: Selector::read(at.key("namespaceSelector")),
        block: at.key("ipBlock").shape() != Shape::Absent,
    });
    peers.collect()
}

fn closed(selector: &Selector<'_>) -> bool {
    !selector.open && selector.requirements.iter().all(|one| !one.open)
}

/// `peer_matches_nothing`.
pub fn peer_matches_nothing<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    for policy in &cluster.policies {
        for peer in lists(policy).into_iter().flat_map(peers) {
            match (&peer.namespaces, &peer.pods) {
                (Some(namespaces), None) => by_name(cluster, policy, namespaces, sink),
                (None, Some(pods)) => of_own_namespace(cluster, policy, pods, sink),
                (Some(namespaces), Some(pods)) => {
                    by_name(cluster, policy, namespaces, sink);
                    of_others(cluster, policy, namespaces, pods, sink);
                }
                (None, None) => {}
            }
        }
    }
}

/// A namespace that is meant by its name, with a label that it is declared without.
fn by_name<'r>(
    cluster: &Cluster<'r>,
    policy: &NetworkPolicy<'r>,
    selector: &Selector<'r>,
    sink: &mut Sink<'_, 'r>,
) {
    let [only] = selector.requirements.as_slice() else { return };
    let [name] = only.values.as_slice() else { return };
    if !closed(selector) || only.operator != Operator::In || only.key == NAME_LABEL {
        return;
    }
    let Some(meant) = cluster.namespaces.get(&**name) else { return };
    let Some(resource) = meant.resource else { return };
    let declared = cluster.namespaces.values().filter(|one| one.resource.is_some());
    match Truth::any(declared.map(|one| selector.matches(&one.labels))) {
        Truth::True => return,
        Truth::Unknown => return sink.unknown(),
        Truth::False if !cluster.all_named() => return sink.unknown(),
        Truth::False => {}
    }
    let label = format!("`{}: {name}`", only.key);
    let what = format!("the namespace `{name}`, which is declared without the label {label}");
    let header = sink.root().resources[resource].header;
    if let Some(raw) = sink.report(policy.resource, only.at, None, &[("what", &what)]) {
        let text = format!("has no label `{}`", only.key);
        raw.labels.push(Label { place: header, text });
        raw.confidence = Confidence::Possible;
        raw.assumption = Some(format!("nobody else labels the namespace `{name}`"));
    }
}

/// Keys by which people mean a namespace's name.
const NAMES: [&str; 3] = ["name", "namespace", "ns"];

/// `namespace_named_by_own_label`: a namespace that is not declared here, by a label that nobody
/// sets by itself.
pub fn namespace_named_by_own_label<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    for policy in &cluster.policies {
        for peer in lists(policy).into_iter().flat_map(peers) {
            let Some(selector) = &peer.namespaces else { continue };
            let [only] = selector.requirements.as_slice() else { continue };
            let [name] = only.values.as_slice() else { continue };
            let by_name = NAMES.contains(&&*only.key) && only.operator == Operator::In;
            if !closed(selector) || !by_name {
                continue;
            }
            let mut declared = cluster.namespaces.values().filter(|one| one.resource.is_some());
            // Where namespaces carry the label somebody sees to it.
            let kept = Truth::any(declared.clone().map(|one| one.labels.has(&only.key)));
            let meant = declared.any(|one| one.name == *name);
            match kept.or(Truth::of(meant)) {
                Truth::True => {}
                Truth::False if cluster.all_named() => {
                    sink.report(policy.resource, only.at, None, &[("key", &only.key)]);
                }
                _ => sink.unknown(),
            }
        }
    }
}

/// Pods of the policy's own namespace.
fn of_own_namespace<'r>(
    cluster: &Cluster<'r>,
    policy: &NetworkPolicy<'r>,
    pods: &Selector<'r>,
    sink: &mut Sink<'_, 'r>,
) {
    if pods.selects_everything() == Truth::True || !closed(pods) {
        return;
    }
    let absent = cluster.absence(&policy.home);
    if absent == Absence::Nothing {
        return;
    }
    let found = cluster.selected(&policy.home, pods).into_iter().map(|(_, truth)| truth);
    let found = Truth::any(found);
    if found == Truth::True {
        return;
    }
    let meant = slipped(cluster, &policy.home, pods);
    let elsewhere = elsewhere(cluster, &policy.home, pods);
    if absent == Absence::Possible && meant.is_none() && elsewhere.is_none() {
        return;
    }
    if found == Truth::Unknown {
        return sink.unknown();
    }
    let other = elsewhere.and_then(|at| cluster.workloads[at].home.name());
    let what = match (meant, other) {
        (Some(label), _) => format!("pods that do not exist; perhaps `{label}` is meant"),
        (None, Some(name)) => {
            format!(
                "pods of its own namespace that do not exist; perhaps those of `{name}` are meant"
            )
        }
        (None, None) => "pods that do not exist".to_owned(),
    };
    let resource = elsewhere.map(|at| cluster.workloads[at].resource);
    let header = resource.map(|at| sink.root().resources[at].header);
    let mut finding = sink.report(policy.resource, place(pods), None, &[("what", &what)]);
    if let (Some(raw), Some(place)) = (&mut finding, header) {
        raw.labels.push(Label { place, text: "has these labels, in another namespace".to_owned() });
    }
    absence::of_pods(finding, absent, &policy.home);
}

/// A workload with the wanted labels in another namespace, where pods of the own one are written, too,
/// and all that have the labels are in that namespace.
fn elsewhere(cluster: &Cluster<'_>, home: &Home<'_>, pods: &Selector<'_>) -> Option<usize> {
    let own = home.name()?;
    let workloads = || cluster.workloads.iter().enumerate();
    workloads().find(|(_, one)| one.home.name() == Some(own))?;
    let mut there = workloads().filter(|(_, one)| pods.matches(&one.labels) != Truth::False);
    let (at, first) = there.next()?;
    let sure = |one: &Workload<'_>| {
        let known = one.present == Truth::True && pods.matches(&one.labels) == Truth::True;
        known && one.home.name().is_some_and(|name| name != own)
    };
    let same = |one: &Workload<'_>| sure(one) && one.home.name() == first.home.name();
    (sure(first) && there.all(|(_, one)| same(one))).then_some(at)
}

/// Pods of other namespaces, where all of these are closed.
fn of_others<'r>(
    cluster: &Cluster<'r>,
    policy: &NetworkPolicy<'r>,
    namespaces: &Selector<'r>,
    pods: &Selector<'r>,
    sink: &mut Sink<'_, 'r>,
) {
    if !closed(namespaces) || !closed(pods) || pods.selects_everything() == Truth::True {
        return;
    }
    // Only a name tells all the namespaces that a selector may match.
    let named = namespaces
        .requirements
        .iter()
        .find(|one| one.key == NAME_LABEL && one.operator == Operator::In);
    let Some(named) = named else { return };
    let home = |name: &str| Home::Named(name.to_owned().into());
    if !named.values.iter().all(|name| cluster.closed(&home(name))) {
        return;
    }
    let found = named.values.iter().flat_map(|name| cluster.selected(&home(name), pods));
    match Truth::any(found.map(|(_, truth)| truth)) {
        Truth::True => {}
        Truth::Unknown => sink.unknown(),
        Truth::False => {
            let what = [("what", "pods that do not exist")];
            sink.report(policy.resource, place(pods), None, &what);
        }
    }
}

fn place<'r>(selector: &Selector<'r>) -> Cursor<'r> {
    match selector.requirements.as_slice() {
        [only] => only.at,
        _ => selector.at,
    }
}

/// A label of the namespace's pods that is a slip apart from a wanted one.
fn slipped(cluster: &Cluster<'_>, home: &Home<'_>, selector: &Selector<'_>) -> Option<String> {
    let mut found = Vec::new();
    for one in selector.requirements.iter().filter(|one| one.operator == Operator::In) {
        let [value] = one.values.as_slice() else { continue };
        for (at, _) in cluster.workloads_in(home) {
            for (key, own) in cluster.workloads[at].labels.known() {
                let slip = (key == one.key && slip::apart(own, value))
                    || (own == value && slip::apart(key, &one.key));
                found.extend(slip.then(|| format!("{key}: {own}")));
            }
        }
    }
    found.into_iter().min()
}

/// `peers_apart_instead_of_together`.
pub fn peers_apart_instead_of_together<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    for policy in &cluster.policies {
        for list in lists(policy) {
            for pair in peers(list).windows(2) {
                apart(cluster, policy, &pair[0], &pair[1], sink);
            }
        }
    }
}

/// A connection of a pod of the other namespace that has none of the labels.
fn unmeant<'r>(
    cluster: &Cluster<'r>,
    policy: &NetworkPolicy<'r>,
    namespaces: &Selector<'r>,
    pods: &Selector<'r>,
    sink: &Sink<'_, 'r>,
) -> Option<Witness> {
    let (root, graph) = (sink.root(), sink.graph()?);
    let own = reach::first_pod(root, policy)?;
    let other = cluster.workloads.iter().position(|one| {
        let there = namespaces.matches(&cluster.namespace_labels(&one.home));
        there == Truth::True && pods.matches(&one.labels) == Truth::False
    })?;
    let port = reach::port(root, own).unwrap_or(80);
    let (own, other) = (Peer::Workload(own), Peer::Workload(other));
    let calls = [Call::new(other, own, port), Call::new(own, other, port)];
    let call = calls.iter().find(|call| graph.call(call).network == Truth::True)?;
    Some(reach::by_network(graph, call.from, call.to, call.protocol, call.port))
}

/// A namespace, then pods that are only found in it: the second item means pods of the policy's own
/// namespace, and the first every pod of the other one.
fn apart<'r>(
    cluster: &Cluster<'r>,
    policy: &NetworkPolicy<'r>,
    first: &Item<'r>,
    second: &Item<'r>,
    sink: &mut Sink<'_, 'r>,
) {
    if first.block || second.block || first.pods.is_some() || second.namespaces.is_some() {
        return;
    }
    let (Some(namespaces), Some(pods)) = (&first.namespaces, &second.pods) else { return };
    if pods.selects_everything() != Truth::False
        || namespaces.selects_everything() != Truth::False
        || !closed(pods)
        || !closed(namespaces)
    {
        return;
    }
    let labels = |home: &Home<'r>| namespaces.matches(&cluster.namespace_labels(home));
    let there = cluster.selected_where(pods, labels);
    if !there.iter().any(|(_, truth)| *truth == Truth::True) {
        return;
    }
    let here = cluster.selected(&policy.home, pods).into_iter().map(|(_, truth)| truth);
    match Truth::any(here) {
        Truth::True => return,
        Truth::Unknown => return sink.unknown(),
        Truth::False => {}
    }
    let at = place(pods);
    let witness = unmeant(cluster, policy, namespaces, pods, sink);
    if let Some(raw) = sink.report(policy.resource, at, None, &[]) {
        raw.witness = witness;
        let text = "admits every pod of that namespace".to_owned();
        raw.labels.push(Label { place: namespaces.at.header(), text });
        raw.confidence = Confidence::Possible;
        let none = "no pods with these labels are meant in the policy's own namespace".to_owned();
        raw.assumption = Some(none);
    }
}
