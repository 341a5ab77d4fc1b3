//! Connections of the trust graph as rules tell of them: how workloads are called, the witness of a
//! connection, and what it rests on.

use super::finding::{Confidence, Label, Witness};
use super::sink::Raw;
use crate::model::fact::Truth;
use crate::model::graph::policy::Direction;
use crate::model::graph::ports::Protocol;
use crate::model::graph::trace::{Reason, Step};
use crate::model::graph::{Graph, Peer};
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;

/// A workload as sentences name it: `shop/web`, or `web` where no namespace is written.
pub fn name(root: &Root<'_>, workload: usize) -> String {
    let workload = &root.cluster().workloads[workload];
    let own = workload.name.as_deref().unwrap_or("?");
    match workload.home.name() {
        Some(namespace) => format!("{namespace}/{own}"),
        None => own.to_owned(),
    }
}

/// The namespace as sentences name it.
pub fn place(home: &Home<'_>) -> String {
    match home.name() {
        Some(name) => format!("namespace `{name}`"),
        None => "the namespace these manifests are applied to".to_owned(),
    }
}

/// How one connection comes about, or that it does not.
pub struct Way {
    /// Whether the port is open.
    pub open: Truth,
    /// The sentence and its steps.
    pub witness: Witness,
    /// Whether it is open because nothing was written for one of the ends.
    pub by_absence: bool,
}

/// The way from one end to a port of another.
pub fn way(graph: &Graph<'_>, from: Peer, to: Peer, protocol: Protocol, port: u16) -> Way {
    let (open, steps) = graph.why(from, to, protocol, port);
    let root = graph.root();
    let title = |peer: Peer| match peer {
        Peer::Workload(at) => format!("`{}`", name(root, at)),
        Peer::AnyPod => "any pod of the cluster".to_owned(),
        Peer::Outside(_) => "the internet".to_owned(),
    };
    let labels: Vec<Label> =
        steps.iter().map(|step| Label { place: step.place, text: said(step) }).collect();
    let because: Vec<String> = steps.iter().map(|step| reason(root, step)).collect();
    let sentence = format!(
        "{} → {} {} {port}, {}",
        title(from),
        title(to),
        protocol.word(),
        if because.is_empty() {
            "which nothing restricts".to_owned()
        } else {
            format!("since {}", because.join("; "))
        }
    );
    let absent = |step: &Step| matches!(step.reason, Reason::NoPolicy | Reason::Undecided);
    Way { open, witness: Witness { sentence, steps: labels }, by_absence: steps.iter().any(absent) }
}

fn side(direction: Direction) -> &'static str {
    if direction == Direction::Egress { "egress" } else { "ingress" }
}

/// The words at a step's place.
fn said(step: &Step) -> String {
    let side = side(step.direction);
    match step.reason {
        Reason::NoPolicy => format!("no policy limits the {side} of these pods"),
        Reason::Allows => format!("allows it ({side})"),
        Reason::Denies => format!("denies it ({side})"),
        Reason::Passes => "leaves it to the network policies".to_owned(),
        Reason::Isolates => format!("limits {side} without allowing it"),
        Reason::Undecided => format!("is for these pods, and none of its rules decides on {side}"),
        Reason::Unknown => format!("may decide ({side})"),
        Reason::Local => "traffic of a pod with itself is not limited".to_owned(),
    }
}

/// A step as part of a sentence.
fn reason(root: &Root<'_>, step: &Step) -> String {
    let title = root.resources[step.resource].title();
    match step.reason {
        Reason::NoPolicy => {
            format!("no network policy limits the {} of {title}", side(step.direction))
        }
        _ => format!("{title} {}", said(step)),
    }
}

/// Marks a finding that rests on no policies being written for a namespace, unless the configuration
/// says that all of it is written here.
pub fn without_policies(root: &Root<'_>, home: &Home<'_>, finding: Option<&mut Raw>) {
    if root.cluster().closed(home) {
        return;
    }
    if let Some(raw) = finding {
        raw.confidence = Confidence::Possible;
        raw.assumption =
            Some(format!("no network policies for {} are written elsewhere", place(home)));
    }
}
