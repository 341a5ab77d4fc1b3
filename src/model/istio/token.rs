//! Whether a request must carry a verified token. A `RequestAuthentication` alone refuses only
//! tokens that are wrong, and admits requests without one (`RequestAuthentication`, "a request
//! that does not contain any authentication credentials will be accepted").

use super::authorization::{Action, Attribute, Clause, Policy, Rule};
use crate::model::fact::Truth;

/// Whether the attached policies refuse every request without a token: by a DENY for callers
/// without a token principal that is not narrowed further, or because ALLOW policies attach and
/// each of their rules asks for a token.
pub fn required(policies: &[(&Policy<'_>, Truth)]) -> Truth {
    let by = |action: Action| {
        policies.iter().map(move |(policy, here)| (*policy, here.and(policy.enforces(action))))
    };
    let denied = Truth::any(by(Action::Deny).map(|(policy, counts)| {
        let known = Truth::any(policy.rules.iter().map(refuses_tokenless));
        let known = if policy.open { known.or(Truth::Unknown) } else { known };
        counts.and(known)
    }));
    let limited = Truth::any(by(Action::Allow).map(|(_, counts)| counts));
    let admitted = Truth::any(by(Action::Allow).map(|(policy, counts)| {
        let known = Truth::any(policy.rules.iter().map(|rule| !asks_for_token(rule)));
        let known = if policy.open { known.or(Truth::Unknown) } else { known };
        counts.and(known)
    }));
    denied.or(limited.and(!admitted))
}

/// Whether a DENY rule matches every request without a token.
fn refuses_tokenless(rule: &Rule<'_>) -> Truth {
    if rule.to.is_some() || !rule.when.known.is_empty() {
        return Truth::False;
    }
    let source = |clause: &Clause<'_>| {
        let only = clause
            .terms
            .iter()
            .all(|term| term.negated && term.attribute == Attribute::RequestPrincipal);
        Truth::of(only && !clause.terms.is_empty())
    };
    let known = match &rule.from {
        None => Truth::True,
        Some(from) => Truth::any(from.known.iter().map(source)),
    };
    if rule.is_open() { known.and(Truth::Unknown) } else { known }
}

/// Whether an ALLOW rule matches no request without a token.
fn asks_for_token(rule: &Rule<'_>) -> Truth {
    let asks = |clause: &Clause<'_>| {
        let known = clause.terms.iter().any(|term| term.attribute.is_token() && !term.negated);
        if known {
            Truth::True
        } else if clause.open {
            Truth::Unknown
        } else {
            Truth::False
        }
    };
    let condition = Truth::any(rule.when.known.iter().map(asks));
    let condition = if rule.when.open { condition.or(Truth::Unknown) } else { condition };
    let sources = match &rule.from {
        None => Truth::False,
        Some(from) => {
            let known = Truth::all(from.known.iter().map(asks));
            if from.open { known.and(Truth::Unknown) } else { known }
        }
    };
    condition.or(sources)
}

#[cfg(test)]
mod tests {
    use super::required;
    use crate::model::fact::Truth::{self, False, True, Unknown};
    use crate::model::istio::authorization::Policy;
    use crate::model::istio::fixture::yaml;

    #[test]
    fn when_a_token_is_required() {
        const ALLOW: &str = "{rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}";
        const DENY: &str =
            "{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]}";
        const CLAIM: &str =
            "{rules: [{when: [{key: 'request.auth.claims[role]', values: [clerk]}]}]}";
        const CALLER: &str = "{rules: [{from: [{source: {namespaces: [shop]}}]}]}";
        let cases: &[(&[&str], Truth)] = &[
            (&[], False),
            (&[ALLOW], True),
            (&[DENY], True),
            (&[CLAIM], True),
            (&["{}"], True),
            (&[CALLER], False),
            (&[ALLOW, CALLER], False),
            (&[DENY, CALLER], True),
            (&["{rules: [{}]}"], False),
            (&["{rules: [{from: [{source: {notRequestPrincipals: ['x']}}]}]}"], False),
            (
                &[
                    "{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}], to: [{operation: {paths: [/api/*]}}]}]}",
                ],
                False,
            ),
            (
                &[
                    "{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*'], namespaces: [edge]}}]}]}",
                ],
                False,
            ),
            (
                &[
                    "{rules: [{from: [{source: {requestPrincipals: ['*']}}, {source: {namespaces: [shop]}}]}]}",
                ],
                False,
            ),
            (
                &[
                    "{rules: [{from: [{source: {namespaces: [shop]}}], when: [{key: request.auth.audiences, values: [shop]}]}]}",
                ],
                True,
            ),
            (
                &[
                    "{action: \"${ACTION}\", rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}",
                ],
                Unknown,
            ),
        ];
        for (specs, expected) in cases {
            let policies: Vec<Policy<'_>> = specs
                .iter()
                .map(|spec| Policy::read(0, yaml(&format!("spec: {spec}\n")), None))
                .collect();
            let attached: Vec<_> = policies.iter().map(|policy| (policy, True)).collect();
            assert_eq!(required(&attached), *expected, "{specs:?}");
        }
    }
}
