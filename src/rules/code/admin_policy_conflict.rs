//! Tiers of network policies that undo one another: a baseline denial that no longer counts, an
//! admin rule that opens what a namespace closed, and two admin policies of one priority that
//! contradict each other.

use crate::input::source::Place;
use crate::model::fact::Truth;
use crate::model::graph::policy::{Action, Direction, Peers, Policy, Tier};
use crate::model::graph::ports::Protocol;
use crate::model::graph::{Graph, Peer};
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reach;
use crate::rules::sink::Sink;

/// The port of name servers, which every tier may open.
const DNS: u16 = 53;

/// `baseline_denial_cancelled`: a baseline policy denies, and a network policy that allows everything
/// decides before it.
pub fn baseline_denial_cancelled<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if !has_admin_policies(root) {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    for (policy, direction) in sides(graph) {
        let one = &graph.policies()[policy];
        if !graph.is_network_policy(policy) || one.present != Truth::True {
            continue;
        }
        let rules = &one.sides[direction as usize].rules;
        let Some(rule) = rules.iter().find(|rule| {
            matches!(rule.peers, Peers::Every) && rule.ports.is_every() && rule.action.is_some()
        }) else {
            continue;
        };
        let mut shadowed: Option<(usize, usize)> = None;
        for own in graph.representatives() {
            let attached = graph.attached(Peer::Workload(own), direction);
            let sure = |at: usize| {
                attached.iter().any(|(other, truth)| *other as usize == at && *truth == Truth::True)
            };
            if !sure(policy) {
                continue;
            }
            let baseline = attached.iter().find(|(other, truth)| {
                let other = &graph.policies()[*other as usize];
                let denies = other.sides[direction as usize].rules.iter();
                *truth == Truth::True
                    && other.tier == Tier::Baseline
                    && denies.into_iter().any(|rule| rule.action == Some(Action::Deny))
            });
            if let Some((baseline, _)) = baseline {
                shadowed = Some((own, *baseline as usize));
                break;
            }
        }
        let Some((own, baseline)) = shadowed else { continue };
        let baseline = &graph.policies()[baseline];
        let title = root.resources[baseline.resource].title();
        let pods = format!("`{}`", reach::name(root, own));
        let words = [("baseline", &*title), ("pods", &*pods)];
        if let Some(raw) = sink.report(one.resource, rule.at, None, &words) {
            let denies = baseline.sides[direction as usize].rules.iter();
            let denies = denies.into_iter().find(|rule| rule.action == Some(Action::Deny));
            raw.labels.extend(denies.map(|rule| Label {
                place: rule.at.key("action").focus(),
                text: "is not asked any more".to_owned(),
            }));
        }
    }
}

/// `admin_rule_opens_namespace`: an admin rule lets every pod of the cluster in to pods whose network
/// policies do not.
pub fn admin_rule_opens_namespace<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if !has_admin_policies(root) {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    for (policy, direction) in sides(graph) {
        let one = &graph.policies()[policy];
        if one.tier != Tier::Admin || one.present != Truth::True {
            continue;
        }
        for (at, rule) in one.sides[direction as usize].rules.iter().enumerate() {
            let every = graph.rule_matches((policy, at), direction, Peer::AnyPod);
            if rule.action != Some(Action::Allow) || every == Truth::False {
                continue;
            }
            if every == Truth::Unknown {
                sink.unknown();
                continue;
            }
            let opened = graph.representatives().find_map(|own| {
                let attached = graph.attached(Peer::Workload(own), direction);
                let sure = attached.contains(&(policy as u32, Truth::True));
                let (from, to) = ends(direction, own);
                let mut ports = graph.denied_by_namespace(direction, from, to);
                ports.keep(&graph.decided(policy, direction, from, to).allow);
                ports.keep(&graph.rule_ports((policy, at), direction, to, true));
                let ports = graph.shown_ports(&ports);
                let dns = |protocol| ports.holds(protocol, DNS);
                let only_dns = [Protocol::Tcp, Protocol::Udp].into_iter().any(dns)
                    && ports
                        .to_string()
                        .split([',', ' '])
                        .all(|word| word.parse::<u16>().map_or(true, |port| port == DNS))
                    && !ports.is_all();
                (sure && !ports.is_empty() && !only_dns).then_some((own, ports))
            });
            let Some((own, ports)) = opened else { continue };
            let pods = format!("`{}`", reach::name(root, own));
            let ports_text = ports.to_string();
            let side = if direction == Direction::Ingress { "ingress" } else { "egress" };
            let words = [("pods", &*pods), ("ports", &*ports_text), ("side", side)];
            let (from, to) = ends(direction, own);
            if let Some(raw) = sink.report(one.resource, rule.at.key("action"), None, &words) {
                raw.labels.extend(isolating(graph, own, direction).map(|place| Label {
                    place,
                    text: "does not allow it, and is not asked".to_owned(),
                }));
                raw.witness = ports
                    .first()
                    .map(|(protocol, port)| reach::by_network(graph, from, to, protocol, port));
            }
        }
    }
}

/// `admin_policies_tie`: two admin policies of one priority that decide differently about the same
/// connection. Which of them counts is not defined.
pub fn admin_policies_tie<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if !has_admin_policies(root) {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    let policies = graph.policies();
    for (second, one) in policies.iter().enumerate() {
        let ordered = matches!(one.tier, Tier::Admin | Tier::Baseline);
        let at = root.cursor(root.resources[one.resource]).key("spec").key("priority");
        if !ordered || one.priority.is_none() || at.text().is_none() || one.present != Truth::True {
            continue;
        }
        let tied = policies[..second].iter().enumerate().filter(|(_, other)| {
            (other.tier, other.priority, other.present) == (one.tier, one.priority, Truth::True)
                && kind(root, other) == kind(root, one)
                && root.resources[other.resource].address()
                    != root.resources[one.resource].address()
        });
        let conflict = tied.into_iter().find_map(|(first, _)| {
            let mut sides = Direction::BOTH.into_iter();
            sides.find_map(|direction| Some((first, conflict(graph, [first, second], direction)?)))
        });
        let Some((first, what)) = conflict else { continue };
        let other = &policies[first];
        let title = root.resources[other.resource].title();
        let words = [("other", &*title), ("what", &*what)];
        if let Some(raw) = sink.report(one.resource, at, None, &words) {
            let other = root.cursor(root.resources[other.resource]).key("spec").key("priority");
            raw.labels.push(Label { place: other.focus(), text: "the same priority".to_owned() });
        }
    }
}

fn kind<'r>(root: &Root<'r>, policy: &Policy<'r>) -> Option<&'r str> {
    root.resources[policy.resource].object().map(|object| object.kind.as_str())
}

/// What two policies decide differently, in words.
fn conflict(graph: &Graph<'_>, pair: [usize; 2], direction: Direction) -> Option<String> {
    let root = graph.root();
    graph.representatives().find_map(|own| {
        let end = Peer::Workload(own);
        let attached = graph.attached(end, direction);
        if !pair.iter().all(|at| attached.contains(&(*at as u32, Truth::True))) {
            return None;
        }
        let others = graph.representatives().filter(|other| *other != own).map(Peer::Workload);
        let mut others = others.chain([Peer::AnyPod]);
        others.find_map(|other| {
            let (from, to) = match direction {
                Direction::Egress => (end, other),
                Direction::Ingress => (other, end),
            };
            let [one, two] = pair.map(|at| graph.decided(at, direction, from, to));
            let mut against = one.allow.both(&two.deny);
            for (mine, theirs) in [
                (&one.deny, &two.allow),
                (&one.allow, &two.pass),
                (&one.pass, &two.allow),
                (&one.deny, &two.pass),
                (&one.pass, &two.deny),
            ] {
                against.add(&mine.both(theirs));
            }
            let ports = graph.shown_ports(&against);
            (!ports.is_empty()).then(|| {
                let title = |peer| match peer {
                    Peer::Workload(at) => format!("`{}`", reach::name(root, at)),
                    _ => "any pod".to_owned(),
                };
                format!("{} → {} ({ports})", title(from), title(to))
            })
        })
    })
}

/// A connection with any pod, seen from a workload.
fn ends(direction: Direction, own: usize) -> (Peer, Peer) {
    match direction {
        Direction::Egress => (Peer::Workload(own), Peer::AnyPod),
        Direction::Ingress => (Peer::AnyPod, Peer::Workload(own)),
    }
}

/// The place of the first network policy of its namespace that surely isolates a workload.
fn isolating(graph: &Graph<'_>, own: usize, direction: Direction) -> Option<Place> {
    let attached = graph.attached(Peer::Workload(own), direction).iter();
    let mut sure = attached.filter(|(_, truth)| *truth == Truth::True);
    sure.find_map(|(at, _)| {
        let policy = &graph.policies()[*at as usize];
        graph.is_network_policy(*at as usize).then(|| policy.at.focus())
    })
}

fn sides(graph: &Graph<'_>) -> impl Iterator<Item = (usize, Direction)> + use<> {
    (0..graph.policies().len()).flat_map(|at| Direction::BOTH.map(|direction| (at, direction)))
}

fn has_admin_policies(root: &Root<'_>) -> bool {
    let kinds = ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"];
    kinds.iter().any(|kind| !root.kind(kind).is_empty())
}
