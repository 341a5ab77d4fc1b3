//! What policies decide about one call, by the proxy that evaluates them (`AuthorizationPolicy`,
//! "the evaluation is determined by the following rules", and what the data planes do with fields
//! they cannot check).

use super::term::holds;
use super::{Action, Clause, Clauses, Policy, Rule, Term};
use crate::model::fact::Truth;
use crate::model::istio::flow::{Flow, TrustDomains};

/// Who evaluates the policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// A sidecar, gateway or waypoint: an Envoy proxy, which reads HTTP where the port speaks it.
    Proxy,
    /// The node's layer 4 proxy of the ambient mesh, which never reads requests.
    Ztunnel,
}

/// How calls are judged.
#[derive(Clone, Copy)]
pub struct Judge<'j> {
    /// Who evaluates.
    pub plane: Plane,
    /// The mesh's trust domain.
    pub domains: &'j TrustDomains,
}

/// The outcome for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is admitted.
    Allow,
    /// It is refused.
    Deny,
    /// Cannot be told.
    Unknown,
}

impl Judge<'_> {
    /// What the attached policies decide: CUSTOM, then DENY, then ALLOW; without an ALLOW policy
    /// everything is admitted. Each policy comes with whether it attaches.
    pub fn decide(&self, policies: &[(&Policy<'_>, Truth)], flow: &Flow<'_>) -> Verdict {
        let by = |action: Action| {
            policies
                .iter()
                .map(move |(policy, attached)| (policy, attached.and(policy.enforces(action))))
        };
        let matched = |action: Action| {
            Truth::any(by(action).map(|(policy, counts)| match counts {
                Truth::False => Truth::False,
                _ => counts.and(self.policy(policy, action, flow)),
            }))
        };
        // Whether the provider admits the call is not written anywhere.
        let custom = match self.plane {
            Plane::Proxy => matched(Action::Custom),
            Plane::Ztunnel => Truth::False,
        };
        let denied = matched(Action::Deny);
        if denied == Truth::True {
            return Verdict::Deny;
        }
        let limited = Truth::any(by(Action::Allow).map(|(_, counts)| counts));
        let allowed = matched(Action::Allow).or(!limited);
        match (custom, denied, allowed) {
            (_, _, Truth::False) => Verdict::Deny,
            (Truth::False, Truth::False, Truth::True) => Verdict::Allow,
            _ => Verdict::Unknown,
        }
    }

    /// Whether a policy, read with this action, matches a call: any of its rules does. One without
    /// rules matches nothing.
    pub fn policy(&self, policy: &Policy<'_>, action: Action, flow: &Flow<'_>) -> Truth {
        let own = policy.namespace.as_deref();
        let known = Truth::any(policy.rules.iter().map(|rule| self.rule(rule, action, flow, own)));
        if policy.open { known.or(Truth::Unknown) } else { known }
    }

    /// Whether a rule matches a call.
    pub fn rule(
        &self,
        rule: &Rule<'_>,
        action: Action,
        flow: &Flow<'_>,
        own: Option<&str>,
    ) -> Truth {
        let beyond = |term: &Term<'_>| self.loses(term, flow);
        let narrows = matches!(action, Action::Allow | Action::Custom);
        if narrows && rule.terms().any(beyond) {
            return Truth::False;
        }
        // A DENY keeps what can be checked. The layer 4 proxy drops clauses of which nothing is
        // left, and with the last alternative the whole rule; an Envoy proxy widens them.
        let judged = |clause: &Clause<'_>| -> Option<Truth> {
            let kept: Vec<&Term<'_>> = clause.terms.iter().filter(|term| !beyond(term)).collect();
            if self.plane == Plane::Ztunnel && kept.is_empty() && !clause.open {
                return None;
            }
            let known = Truth::all(kept.iter().map(|term| holds(term, flow, own, self.domains)));
            Some(if clause.open { known.and(Truth::Unknown) } else { known })
        };
        let any = |list: &Option<Clauses<'_>>| match list {
            None => Truth::True,
            Some(list) => {
                let known = Truth::any(list.known.iter().filter_map(judged));
                if list.open { known.or(Truth::Unknown) } else { known }
            }
        };
        let when = Truth::all(rule.when.known.iter().map(|c| judged(c).unwrap_or(Truth::False)));
        let when = if rule.when.open { when.and(Truth::Unknown) } else { when };
        any(&rule.from).and(any(&rule.to)).and(when)
    }

    /// Whether the proxy cannot check a term: requests where there are none, and at the layer 4
    /// proxy also what it does not know.
    pub fn loses(&self, term: &Term<'_>, flow: &Flow<'_>) -> bool {
        match self.plane {
            Plane::Proxy => term.attribute.is_http() && flow.request.is_none(),
            Plane::Ztunnel => is_beyond_ztunnel(term),
        }
    }
}

/// Whether the layer 4 proxy cannot check a term, whatever the call.
pub fn is_beyond_ztunnel(term: &Term<'_>) -> bool {
    use super::Attribute::{Other, RemoteIp, ServiceAccount, TrustDomain};
    match &term.attribute {
        Other(key) => key != "destination.ip",
        RemoteIp | TrustDomain => true,
        ServiceAccount => term.condition,
        attribute => attribute.is_http(),
    }
}

#[cfg(test)]
mod tests;
