//! Connections of the trust graph as rules tell of them: how workloads are called, the witness of a
//! connection, and what it rests on.

use super::finding::{Confidence, Label, Witness};
use super::sink::Raw;
use crate::input::source::Place;
use crate::model::fact::Truth;
use crate::model::graph::call::{Call, Caller, Transport, Way as Passage};
use crate::model::graph::explain::{Assumption, Layer};
use crate::model::graph::policy::Direction;
use crate::model::graph::ports::Protocol;
use crate::model::graph::trace::{self, Reason};
use crate::model::graph::{Graph, Peer};
use crate::model::kubernetes::cluster::NetworkPolicy;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;

/// Whether policies for a namespace are expected here: it is declared here, all of it is written
/// here, or network policies are written here.
pub fn is_own(graph: &Graph<'_>, home: &Home<'_>) -> bool {
    let cluster = graph.root().cluster();
    let declared = cluster.namespace(home).is_some_and(|one| one.resource.is_some());
    declared || cluster.closed(home) || !graph.policies().is_empty()
}

/// A workload as sentences name it: `shop/web`, or `web` where no namespace is written.
pub fn name(root: &Root<'_>, workload: usize) -> String {
    let workload = &root.cluster().workloads[workload];
    let own = workload.name.as_deref().unwrap_or("?");
    match workload.home.name() {
        Some(namespace) => format!("{namespace}/{own}"),
        None => own.to_owned(),
    }
}

/// The first TCP port that a workload declares.
pub fn port(root: &Root<'_>, workload: usize) -> Option<u16> {
    let ports = root.cluster().workloads[workload].ports.iter();
    let mut tcp = ports.filter(|port| port.protocol.as_deref() == Some("TCP"));
    tcp.find_map(|port| port.number)
}

/// The first workload that surely is for a policy to limit.
pub fn first_pod(root: &Root<'_>, policy: &NetworkPolicy<'_>) -> Option<usize> {
    let cluster = root.cluster();
    let selected = match &policy.selector {
        Some(selector) => cluster.selected(&policy.home, selector),
        None => cluster.workloads_in(&policy.home),
    };
    let sure = selected.into_iter().filter(|(at, truth)| {
        *truth == Truth::True && cluster.workloads[*at].host_network == Truth::False
    });
    sure.map(|(at, _)| at).next()
}

/// The namespace as sentences name it.
pub fn place(home: &Home<'_>) -> String {
    match home.name() {
        Some(name) => format!("namespace `{name}`"),
        None => "the namespace these manifests are applied to".to_owned(),
    }
}

/// A namespace as findings about it are known by, whether it is declared or not.
pub fn subject(home: &Home<'_>) -> String {
    format!("Namespace {}", home.name().unwrap_or("(not written)"))
}

/// How one connection comes about, or that it does not.
pub struct Way {
    /// Whether it gets through.
    pub open: Truth,
    /// The sentence and its steps.
    pub witness: Witness,
    /// What it rests on that is not written, in words; none where everything is.
    pub assumed: Option<String>,
}

/// One thing that decides, in whatever layer.
struct Step {
    layer: Layer,
    reason: Reason,
    resource: usize,
    place: Place,
}

/// The way that network policies alone leave from one end to a port of another.
pub fn by_network(
    graph: &Graph<'_>,
    from: Peer,
    to: Peer,
    protocol: Protocol,
    port: u16,
) -> Witness {
    let words = format!("{} → {} {} {port}", end(graph, from), end(graph, to), protocol.word());
    told(graph.root(), &words, &by_policies(graph, from, to, protocol, port))
}

/// The same where no policy isolates, so that every port is open.
pub fn on_every_port(graph: &Graph<'_>, from: Peer, to: Peer) -> Witness {
    let words = format!("{} → {}, every port", end(graph, from), end(graph, to));
    told(graph.root(), &words, &by_policies(graph, from, to, Protocol::Tcp, 443))
}

fn by_policies(
    graph: &Graph<'_>,
    from: Peer,
    to: Peer,
    protocol: Protocol,
    port: u16,
) -> Vec<Step> {
    let (_, steps) = graph.why(from, to, protocol, port);
    let step = |step: trace::Step| Step {
        layer: match step.direction {
            Direction::Egress => Layer::Egress,
            Direction::Ingress => Layer::Ingress,
        },
        reason: step.reason,
        resource: step.resource,
        place: step.place,
    };
    steps.into_iter().map(step).collect()
}

/// The way of a call through every layer.
pub fn by_call(graph: &Graph<'_>, call: &Call<'_>) -> Way {
    let explanation = graph.explain(call);
    let root = graph.root();
    let steps: Vec<Step> = explanation
        .because
        .iter()
        .map(|one| Step {
            layer: one.layer,
            reason: one.reason,
            resource: one.resource,
            place: one.place,
        })
        .collect();
    let how = explanation.decision.way.as_ref().map(spoken).unwrap_or_default();
    let words = format!(
        "{}{how} → {} {} {}",
        end(graph, call.from),
        end(graph, call.to),
        call.protocol.word(),
        call.port
    );
    let request = explanation.decision.way.as_ref().and_then(asked).unwrap_or_default();
    let witness = told(root, &format!("{words}{request}"), &steps);
    let closed = |peer: Peer| match peer {
        Peer::Workload(at) => root.cluster().closed(&root.cluster().workloads[at].home),
        Peer::AnyPod | Peer::Outside(_) => true,
    };
    let open_ended = steps.iter().any(|step| {
        step.reason == Reason::Undecided && matches!(step.layer, Layer::Egress | Layer::Ingress)
    }) && !(closed(call.from) && closed(call.to));
    let absences = explanation.assumes.iter().filter(|one| {
        use Assumption::{Enrolment, NoAuthorizationPolicy, NoNetworkPolicy, NoPeerAuthentication};
        matches!(one, Enrolment | NoAuthorizationPolicy | NoNetworkPolicy | NoPeerAuthentication)
    });
    let mut words: Vec<String> = absences.map(ToString::to_string).collect();
    if open_ended && words.is_empty() {
        words.push(Assumption::NoNetworkPolicy.to_string());
    }
    let assumed = (!words.is_empty()).then(|| words.join("; "));
    Way { open: explanation.decision.allowed, witness, assumed }
}

/// Marks a finding by what its way rests on, and adds the witness.
pub fn rests_on(raw: &mut Raw, way: Way) {
    raw.witness = Some(way.witness);
    if let Some(assumed) = way.assumed {
        raw.confidence = Confidence::Possible;
        raw.assumption = Some(assumed);
    }
}

fn end(graph: &Graph<'_>, peer: Peer) -> String {
    match peer {
        Peer::Workload(at) => format!("`{}`", name(graph.root(), at)),
        Peer::AnyPod => "any pod of the cluster".to_owned(),
        Peer::Outside(_) => "the internet".to_owned(),
    }
}

/// How a caller speaks, in words.
fn spoken(way: &Passage) -> String {
    let caller = match &way.caller {
        Caller::Nobody => "no identity".to_owned(),
        Caller::Stranger => "any identity of the mesh".to_owned(),
        Caller::Unclear => "an identity of the mesh".to_owned(),
        known @ Caller::Known { .. } => format!("as {known}"),
    };
    let transport = match way.transport {
        Transport::Plaintext => "plaintext",
        Transport::Mutual => "mutual TLS",
        Transport::Tunnel => "mutual TLS in a tunnel",
    };
    format!(", {caller}, {transport}")
}

/// The request, where there is one worth telling.
fn asked(way: &Passage) -> Option<String> {
    let request = way.request.as_ref()?;
    let known = !request.method.is_empty() && !request.path.is_empty();
    known.then(|| format!(" {} {}", request.method, request.path))
}

fn told(root: &Root<'_>, words: &str, steps: &[Step]) -> Witness {
    let labels = steps.iter().map(|step| Label { place: step.place, text: said(step) });
    let mut because: Vec<String> = Vec::new();
    for step in steps {
        let text = reason(root, step);
        if !because.contains(&text) {
            because.push(text);
        }
    }
    let why = if because.is_empty() {
        "which nothing restricts".to_owned()
    } else {
        format!("since {}", because.join("; "))
    };
    Witness { sentence: format!("{words}, {why}"), steps: labels.collect() }
}

/// The words at a step's place.
fn said(step: &Step) -> String {
    let side = step.layer.word();
    let network = matches!(step.layer, Layer::Egress | Layer::Ingress);
    let text = match step.reason {
        Reason::NoPolicy if network => return format!("no policy limits the {side} of these pods"),
        Reason::NoPolicy => "no AuthorizationPolicy limits who may call these pods",
        Reason::Allows if network => return format!("allows it ({side})"),
        Reason::Allows => "allows it",
        Reason::Denies if network => return format!("denies it ({side})"),
        Reason::Denies => "denies it",
        Reason::Passes => "leaves it to the network policies",
        Reason::Isolates => return format!("limits {side} without allowing it"),
        Reason::Undecided => {
            return format!("is for these pods, and none of its rules decides on {side}");
        }
        Reason::Unknown => match step.layer {
            Layer::Enrolment => "may or may not be part of the mesh",
            Layer::Transport => "accepts what cannot be told",
            _ => return format!("may decide ({side})"),
        },
        Reason::Local => "traffic of a pod with itself is not limited",
        Reason::InMesh => "puts these pods into the mesh",
        Reason::OutsideMesh => "these pods are not part of the mesh",
        Reason::Uncaptured => "keeps the port from the proxy",
        Reason::MutualOnly => "accepts mutual TLS only",
        Reason::Both => "accepts plaintext beside mutual TLS",
        Reason::PlaintextOnly => "accepts plaintext only",
        Reason::Unmatched => "allows other calls only",
    };
    text.to_owned()
}

/// A step as part of a sentence.
fn reason(root: &Root<'_>, step: &Step) -> String {
    let title = root.resources[step.resource].title();
    let network = matches!(step.layer, Layer::Egress | Layer::Ingress);
    match step.reason {
        Reason::NoPolicy if network => {
            format!("no network policy limits the {} of {title}", step.layer.word())
        }
        Reason::NoPolicy => format!("no AuthorizationPolicy limits who may call {title}"),
        Reason::OutsideMesh => format!("{title} is not part of the mesh"),
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
