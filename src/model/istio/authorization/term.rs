//! Whether one term of a policy matches a call.

use super::{Attribute, Term};
use crate::model::fact::Truth;
use crate::model::istio::flow::{Flow, Identity, TrustDomains};
use crate::model::istio::pattern::{matches, matches_host, matches_path};
use crate::model::network::network;
use std::net::IpAddr;

/// Whether a term matches. Values of a field are alternatives; what the call lacks matches nothing
/// and so everything that is turned round.
pub(super) fn holds(
    term: &Term<'_>,
    flow: &Flow<'_>,
    own_namespace: Option<&str>,
    domains: &TrustDomains,
) -> Truth {
    let values = term.values.items();
    if is_unclear(&term.attribute, flow) {
        return Truth::Unknown;
    }
    let one = |value: &crate::model::cursor::Cursor<'_>| match value.text() {
        Some(text) => compare(&term.attribute, &text, flow, own_namespace, domains),
        // Whatever it is, it does not match what the call has not got.
        None => match present(&term.attribute, flow) {
            Truth::False => Truth::False,
            _ => Truth::Unknown,
        },
    };
    let known = Truth::any(values.known.iter().map(one));
    let found = match (known, values.open, present(&term.attribute, flow)) {
        (Truth::False, true, Truth::False) => Truth::False,
        (Truth::False, true, _) => Truth::Unknown,
        _ => known,
    };
    if term.negated { !found } else { found }
}

/// Whether it cannot be told what a call says of an attribute.
fn is_unclear(attribute: &Attribute, flow: &Flow<'_>) -> bool {
    if attribute.is_identity() {
        return flow.unclear.identity && flow.identity.is_some();
    }
    if flow.unclear.address && matches!(attribute, Attribute::Path | Attribute::Host) {
        return flow.request.is_some();
    }
    let unclear = if attribute.is_token() { flow.unclear.token } else { flow.unclear.request };
    unclear && attribute.is_http() && flow.request.is_some()
}

/// Whether a call has an attribute at all.
fn present(attribute: &Attribute, flow: &Flow<'_>) -> Truth {
    if attribute.is_identity() {
        return Truth::of(flow.identity.is_some());
    }
    if attribute.is_http() && flow.request.is_none() {
        return Truth::False;
    }
    let request = flow.request.as_ref();
    match attribute {
        Attribute::Header(name) => {
            Truth::of(request.is_some_and(|r| r.headers.iter().any(|(key, _)| key == name)))
        }
        _ if attribute.is_token() => Truth::of(request.is_some_and(|r| r.token.is_some())),
        Attribute::Other(_) => Truth::Unknown,
        _ => Truth::True,
    }
}

fn compare(
    attribute: &Attribute,
    text: &str,
    flow: &Flow<'_>,
    own_namespace: Option<&str>,
    domains: &TrustDomains,
) -> Truth {
    let request = flow.request.as_ref();
    let token = request.and_then(|request| request.token.as_ref());
    let caller =
        |test: &dyn Fn(&Identity<'_>) -> bool| Truth::of(flow.identity.as_ref().is_some_and(test));
    match attribute {
        Attribute::Principal => caller(&|identity| principal(text, identity, domains)),
        Attribute::Namespace => caller(&|identity| matches(text, identity.namespace)),
        Attribute::TrustDomain => caller(&|identity| {
            matches(text, identity.trust_domain)
                || domains.is_local(text) && domains.is_local(identity.trust_domain)
        }),
        Attribute::ServiceAccount => match (flow.identity, text.split_once('/')) {
            (None, _) => Truth::False,
            (Some(caller), Some((namespace, account))) => {
                Truth::of(caller.namespace == namespace && caller.account == account)
            }
            (Some(caller), None) if caller.account != text => Truth::False,
            (Some(caller), None) => {
                own_namespace.map_or(Truth::Unknown, |own| Truth::of(own == caller.namespace))
            }
        },
        Attribute::SourceIp => address(text, flow.address),
        Attribute::RemoteIp => address(text, flow.remote_address),
        Attribute::Port => Truth::of(text.trim() == flow.port.to_string()),
        Attribute::Host => Truth::of(request.is_some_and(|r| matches_host(text, r.host))),
        Attribute::Method => Truth::of(request.is_some_and(|r| matches(text, r.method))),
        Attribute::Path => Truth::of(request.is_some_and(|r| matches_path(text, r.path))),
        Attribute::Header(name) => Truth::of(request.is_some_and(|r| {
            r.headers.iter().any(|(key, value)| key == name && matches(text, value))
        })),
        Attribute::RequestPrincipal => Truth::of(token.is_some_and(|token| {
            let whole = !token.issuer.is_empty() && !token.subject.is_empty();
            whole && matches(text, &format!("{}/{}", token.issuer, token.subject))
        })),
        Attribute::Audience => Truth::of(
            token.is_some_and(|t| t.audiences.iter().any(|audience| matches(text, audience))),
        ),
        Attribute::Presenter => {
            Truth::of(token.and_then(|t| t.presenter).is_some_and(|value| matches(text, value)))
        }
        Attribute::Claim(name) => Truth::of(token.is_some_and(|token| {
            token.claims.iter().any(|(claim, value)| claim == name && matches(text, value))
        })),
        Attribute::Other(_) => Truth::Unknown,
    }
}

/// Principals are compared after `spiffe://`; a local trust domain stands for all its names
/// (trust domain migration).
fn principal(text: &str, identity: &Identity<'_>, domains: &TrustDomains) -> bool {
    if matches(text, &identity.principal()) {
        return true;
    }
    let Some((domain, rest)) = text.split_once('/') else { return false };
    domains.is_local(domain)
        && domains.is_local(identity.trust_domain)
        && matches(rest, &format!("ns/{}/sa/{}", identity.namespace, identity.account))
}

fn address(block: &str, address: Option<&str>) -> Truth {
    let Some(address) = address.and_then(|text| text.parse::<IpAddr>().ok()) else {
        return Truth::Unknown;
    };
    network(block).map_or(Truth::Unknown, |block| Truth::of(block.contains(&address)))
}
