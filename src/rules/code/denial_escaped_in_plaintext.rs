//! Denials by identity of workloads that accept plaintext: a caller without mutual TLS has no
//! identity, and the denial does not match it.

use crate::model::fact::Truth;
use crate::model::graph::Peer;
use crate::model::graph::call::Call;
use crate::model::graph::speech::Speaks;
use crate::model::istio::authorization::{Action, Rule, Term};
use crate::model::istio::mesh::{Authorization, Item};
use crate::model::istio::peer::has_selector;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reach;
use crate::rules::sink::Sink;

/// `denial_escaped_in_plaintext`: one finding for each policy.
pub fn denial_escaped_in_plaintext<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let (cluster, mesh) = (root.cluster(), root.mesh());
    for one in &mesh.policies {
        if one.policy.enforces(Action::Deny).and(one.present) != Truth::True {
            continue;
        }
        let Some(term) = one.policy.rules.iter().find_map(by_identity) else { continue };
        let attached = mesh.workloads(cluster, one.policy.spec(), &one.home);
        if attached.is_empty() {
            without_workloads(root, one, term, sink);
            continue;
        }
        let Some(graph) = sink.graph() else { continue };
        let sure = attached.into_iter().filter(|(_, truth)| *truth == Truth::True);
        let call = sure.into_iter().find_map(|(at, _)| {
            let enrolled = graph.enrolled(at) == Truth::True;
            let mut ports = graph.listening(at).into_iter().filter(|_| enrolled);
            ports.find_map(|port| {
                let to = Peer::Workload(at);
                let call = Call { speaks: Speaks::Plaintext, ..Call::new(Peer::AnyPod, to, port) };
                let decision = graph.call(&call);
                let passes = decision.allowed.and(decision.accepts.plaintext) == Truth::True;
                // Where the proxy sees no plaintext either, it is not the mode that lets it in.
                let seen = decision.accepts.mutual == Truth::True;
                (passes && seen).then_some(call)
            })
        });
        let Some(call) = call else { continue };
        if let Some(raw) = sink.report(one.policy.resource, term.values, None, &[]) {
            reach::rests_on(raw, reach::by_call(graph, &call));
        }
    }
}

/// Judges a policy whose workloads are not written here by the namespace's own mode.
fn without_workloads<'r>(
    root: &'r Root<'r>,
    one: &Authorization<'r>,
    term: &Term<'r>,
    sink: &mut Sink<'_, 'r>,
) {
    let mesh = root.mesh();
    let here = |item: &&Item<'r>| item.home.same(&one.home) != Truth::False;
    let own: Vec<&Item<'r>> = mesh.peers.iter().filter(here).collect();
    let [only] = own.as_slice() else { return };
    let sure = only.home.same(&one.home).and(only.present).and(!has_selector(only.spec()));
    let mode = only.spec().key("mtls").key("mode");
    let open = only.spec().key("portLevelMtls").absent() != Truth::True;
    if open || sure != Truth::True || mode.text().as_deref() != Some("PERMISSIVE") {
        return;
    }
    if mesh.is_root(&one.home) != Truth::False {
        // Namespaces may have modes of their own.
        return sink.unknown();
    }
    if let Some(raw) = sink.report(one.policy.resource, term.values, None, &[]) {
        let text = "accepts plaintext, which has no identity".to_owned();
        raw.labels.push(Label { place: mode.focus(), text });
    }
}

/// A field by which every source of a rule names identities, if plaintext therefore never matches.
fn by_identity<'p, 'r>(rule: &'p Rule<'r>) -> Option<&'p Term<'r>> {
    let from = rule.from.as_ref().filter(|from| !from.open && !rule.is_open())?;
    let named = |terms: &'p [Term<'r>]| {
        terms.iter().find(|term| term.attribute.is_identity() && !term.negated && term.is_written())
    };
    let mut first = None;
    for source in &from.known {
        let term = named(&source.terms)?;
        first = first.or(Some(term));
    }
    first
}
