//! Policies that ask for verified tokens where nothing verifies any.

use crate::model::fact::Truth;
use crate::model::istio::authorization::Term;
use crate::model::istio::authorization::attachment::targets;
use crate::model::istio::mesh::Authorization;
use crate::model::root::Root;
use crate::model::selector::{Operator, Selector};
use crate::rules::reference::assume;
use crate::rules::sink::Sink;

/// Reports the first token term of each policy that no `RequestAuthentication` serves.
pub fn token_claim_without_verification<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for one in &root.mesh().policies {
        if one.present != Truth::True || one.policy.dry_run == Truth::True {
            continue;
        }
        // CUSTOM cannot use tokens at all, and a negative match holds without one.
        let positive = |term: &&Term<'_>| term.attribute.is_token() && !term.negated;
        let terms = one.policy.terms().filter(positive);
        let mut values = terms.flat_map(|term| term.values.items().known);
        let Some(at) = values.find(|value| value.text().is_some()) else { continue };
        match verified(root, one) {
            Truth::True => {}
            Truth::Unknown => sink.unknown(),
            Truth::False => {
                let found = sink.report(one.policy.resource, at, None, &[]);
                assume(
                    found,
                    "no other manifests hold a RequestAuthentication for these workloads",
                );
            }
        }
    }
}

/// Whether tokens may be verified for what a policy is for.
fn verified(root: &Root<'_>, one: &Authorization<'_>) -> Truth {
    let (mesh, cluster) = (root.mesh(), root.cluster());
    let filtered = root.kind("EnvoyFilter").iter().any(|&at| {
        root.cursor(root.resources[at]).source_text().contains("jwt_authn")
            || root.cursor(root.resources[at]).key("spec").source_text().contains("${")
    });
    if filtered || !root.kind("SecurityPolicy").is_empty() {
        return Truth::Unknown;
    }
    let spec = one.policy.spec();
    let (named, open) = targets(spec);
    if open {
        return Truth::Unknown;
    }
    let selector = Selector::read(spec.key("selector"));
    let selected = mesh.workloads(cluster, spec, &one.home);
    if named.is_empty() && !selected.is_empty() {
        let each = selected.iter().map(|(at, _)| {
            let verifiers = mesh.verifiers(&cluster.workloads[*at]);
            Truth::any(verifiers.into_iter().map(|(_, truth)| truth))
        });
        return Truth::any(each);
    }
    // Without the workloads: whatever may be for the same ones, or the same targets.
    Truth::any(mesh.tokens.iter().map(|other| {
        let root_wide = mesh.is_root(&other.home).or(mesh.is_root(&one.home));
        let near = other.home.same(&one.home).or(root_wide);
        let theirs = Selector::read(other.spec().key("selector"));
        let apart = match (&selector, &theirs) {
            (Some(own), Some(theirs)) => {
                // What a gateway has verified is not a claim at the workloads behind it.
                let behind = is_gateways(theirs) && !is_gateways(own);
                let elsewhere = other.home.same(&one.home) == Truth::False;
                disjoint(own, theirs) || behind && elsewhere && !own.open
            }
            _ => false,
        };
        if apart { Truth::False } else { near }
    }))
}

/// Whether a selector is for gateways, by their usual label.
fn is_gateways(selector: &Selector<'_>) -> bool {
    selector.requirements.iter().any(|one| {
        let gateway = |value: &std::borrow::Cow<'_, str>| value.ends_with("gateway");
        one.key == "istio" && !one.open && one.values.iter().all(gateway)
    })
}

/// Whether two selectors want different values of one label.
fn disjoint(one: &Selector<'_>, other: &Selector<'_>) -> bool {
    let plain = |selector: &Selector<'_>| -> Vec<(String, String)> {
        let equal = selector.requirements.iter().filter(|requirement| {
            requirement.operator == Operator::In
                && !requirement.open
                && requirement.values.len() == 1
        });
        equal.map(|one| (one.key.to_string(), one.values[0].to_string())).collect()
    };
    let theirs = plain(other);
    plain(one).iter().any(|(key, value)| theirs.iter().any(|(k, v)| k == key && v != value))
}
