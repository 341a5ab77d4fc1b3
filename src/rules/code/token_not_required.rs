//! `RequestAuthentication`s that verify tokens which nothing requires: a request without one passes.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::Peer;
use crate::model::graph::call::Call;
use crate::model::graph::speech::Speaks;
use crate::model::istio::authorization::Action;
use crate::model::istio::authorization::attachment::targets;
use crate::model::istio::mesh::{Authorization, Item, NETWORKING};
use crate::model::root::Root;
use crate::model::selector::Selector;
use crate::rules::finding::Confidence;
use crate::rules::reach;
use crate::rules::sink::Sink;

/// `token_not_required`.
pub fn token_not_required<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    for item in &mesh.tokens {
        let rules = item.spec().key("jwtRules");
        if rules.items().known.is_empty() || item.present != Truth::True {
            continue;
        }
        let mut allows = 0;
        let mut empty = 0;
        let required = Truth::any(mesh.policies.iter().map(|one| {
            let related = related(root, item, one);
            if related == Truth::False {
                return Truth::False;
            }
            let asks = asks_token(one);
            if one.policy.enforces(Action::Allow) == Truth::True {
                allows += 1;
                empty += usize::from(one.policy.rules.is_empty() && !one.policy.open);
            }
            related.and(asks)
        }));
        // A policy that allows nothing leaves nobody to ask.
        let closed = allows > 0 && allows == empty;
        match required.or(elsewhere(root, item)) {
            Truth::False if !closed => {}
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
            _ => continue,
        }
        let witness = witness(root, item, sink);
        if let Some(raw) = sink.report(item.resource, rules, None, &[]) {
            raw.witness = witness;
            if !root.cluster().closed(&item.home) {
                raw.confidence = Confidence::Possible;
                raw.assumption = Some(
                    "no AuthorizationPolicy that requires a token is written elsewhere".to_owned(),
                );
            }
        }
    }
}

/// Whether a policy may be for workloads whose tokens are verified.
fn related(root: &Root<'_>, item: &Item<'_>, one: &Authorization<'_>) -> Truth {
    let mesh = root.mesh();
    let here = one.home.same(&item.home).or(mesh.is_root(&one.home)).or(mesh.is_root(&item.home));
    let spec = one.policy.spec();
    let targeted = |spec| {
        let (known, open) = targets(spec);
        open || !known.is_empty()
    };
    if targeted(spec) || targeted(item.spec()) {
        return here;
    }
    let pair =
        Selector::read(spec.key("selector")).zip(Selector::read(item.spec().key("selector")));
    if pair.is_some_and(|(one, other)| one.is_apart_from(&other)) { Truth::False } else { here }
}

/// Whether a policy asks for a token, or somebody else who may.
fn asks_token(one: &Authorization<'_>) -> Truth {
    let policy = &one.policy;
    let Some(action) = policy.action else { return Truth::Unknown };
    let tokens = Truth::of(policy.terms().any(|term| term.attribute.is_token()));
    let open =
        policy.open || policy.rules.iter().any(crate::model::istio::authorization::Rule::is_open);
    let asks = match action {
        Action::Custom => Truth::Unknown,
        Action::Audit => Truth::False,
        Action::Allow | Action::Deny => tokens,
    };
    asks.or(if open { Truth::Unknown } else { Truth::False })
}

/// Whether something else may require tokens: a route by their claims, or a filter.
fn elsewhere(root: &Root<'_>, item: &Item<'_>) -> Truth {
    let filters = ["EnvoyFilter", "WasmPlugin"].iter().flat_map(|kind| root.kind(kind));
    let mut others = filters.copied().filter(|at| {
        let home =
            crate::model::kubernetes::namespace::Home::read(root.cursor(root.resources[*at]));
        home.same(&item.home).or(root.mesh().is_root(&home)) != Truth::False
    });
    let claims = root
        .objects(NETWORKING, "VirtualService")
        .any(|at| may_ask_claims(root.cursor(root.resources[at]).key("spec").key("http")));
    if others.next().is_some() || claims { Truth::Unknown } else { Truth::False }
}

/// Whether routes are, or may be, chosen by the claims of a token.
fn may_ask_claims(routes: Cursor<'_>) -> bool {
    let routes = routes.items();
    routes.open
        || routes.known.into_iter().any(|route| {
            let matches = route.key("match").items();
            route.shape() == Shape::Unknown
                || matches.open
                || matches.known.into_iter().any(|one| {
                    let headers = one.key("headers");
                    let (keys, open) = headers.entries();
                    let vague = [one.shape(), headers.shape()].contains(&Shape::Unknown);
                    vague || open || keys.iter().any(|(key, _)| key.starts_with("@request.auth"))
                })
        })
}

/// A call without a token to a workload whose tokens are verified.
fn witness(
    root: &Root<'_>,
    item: &Item<'_>,
    sink: &Sink<'_, '_>,
) -> Option<crate::rules::finding::Witness> {
    let graph = sink.graph()?;
    let attached = root.mesh().workloads(root.cluster(), item.spec(), &item.home).into_iter();
    let mut sure = attached.filter(|(_, truth)| *truth == Truth::True).map(|(at, _)| at);
    sure.find_map(|at| {
        graph.listening(at).into_iter().find_map(|port| {
            let speaks = [Speaks::Plaintext, Speaks::Stranger].into_iter();
            let mut calls = speaks
                .map(|speaks| Call { speaks, ..Call::new(Peer::AnyPod, Peer::Workload(at), port) });
            let call = calls.find(|call| graph.call(call).allowed == Truth::True)?;
            Some(reach::by_call(graph, &call).witness)
        })
    })
}
