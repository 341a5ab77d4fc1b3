//! Tables of what policies decide, in the short forms of `fixture`.

use super::super::Policy;
use super::{Judge, Plane, Verdict};
use crate::model::fact::Truth;
use crate::model::istio::fixture::{flow, yaml};
use crate::model::istio::flow::TrustDomains;

/// The verdict over the policies whose `spec` (and dry-run annotation) are given.
fn decide(plane: Plane, specs: &[&str], call: &'static str) -> Verdict {
    let policies: Vec<Policy<'_>> = specs
        .iter()
        .map(|spec| {
            let (dry, spec) = match spec.strip_prefix("dry ") {
                Some(rest) => ("true", rest),
                None => ("false", *spec),
            };
            let annotations = format!("metadata: {{annotations: {{istio.io/dry-run: \"{dry}\"}}}}");
            let object = yaml(&format!("{annotations}\nspec: {spec}\n"));
            Policy::read(0, object, Some("shop".to_owned()))
        })
        .collect();
    let attached: Vec<_> = policies.iter().map(|policy| (policy, Truth::True)).collect();
    let domains = TrustDomains { names: vec!["mesh.test".to_owned(), "old.test".to_owned()] };
    Judge { plane, domains: &domains }.decide(&attached, &flow(call))
}

fn table(plane: Plane, cases: &[(&[&str], &'static str, Verdict)]) {
    let mut faults = Vec::new();
    for (specs, call, expected) in cases {
        let found = decide(plane, specs, call);
        if found != *expected {
            faults.push(format!("{specs:?} {call}: {found:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

const WEB: &str = "{rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]}]}";
const NOT_WEB: &str =
    "{rules: [{from: [{source: {notPrincipals: [cluster.local/ns/shop/sa/web]}}]}]}";
const DENY_WEB: &str =
    "{action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]}]}";
const DENY_NOT_WEB: &str =
    "{action: DENY, rules: [{from: [{source: {notPrincipals: [cluster.local/ns/shop/sa/web]}}]}]}";
const READ: &str = "{rules: [{to: [{operation: {methods: [GET], paths: [/orders*]}}]}]}";
const DENY_DELETE: &str = "{action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}]}";
const NOTHING: &str = "{}";
const EVERYTHING: &str = "{rules: [{}]}";

#[test]
fn the_order_of_actions() {
    use Verdict::{Allow, Deny, Unknown};
    table(
        Plane::Proxy,
        &[
            (&[], "- 80 GET /", Allow),
            (&[NOTHING], "shop/web 80 GET /", Deny),
            (&["{rules: []}"], "shop/web 80 GET /", Deny),
            (&[EVERYTHING], "- 80 GET /", Allow),
            (&[NOTHING, EVERYTHING], "- 80 GET /", Allow),
            (&[NOTHING, WEB], "shop/web 80 GET /", Allow),
            (&[NOTHING, WEB], "shop/cart 80 GET /", Deny),
            (&["{action: DENY, rules: [{}]}", EVERYTHING], "shop/web 80 GET /", Deny),
            (&["{action: DENY}"], "shop/web 80 GET /", Allow),
            (&[DENY_DELETE], "shop/web 80 GET /", Allow),
            (&[DENY_DELETE], "shop/web 80 DELETE /", Deny),
            (&[DENY_DELETE, WEB], "shop/web 80 DELETE /", Deny),
            (&["{action: AUDIT, rules: [{}]}"], "- 80 GET /", Allow),
            (&["dry {}"], "- 80 GET /", Allow),
            (&["dry {action: DENY, rules: [{}]}"], "- 80 GET /", Allow),
            (&["dry {rules: [{}]}", NOTHING], "- 80 GET /", Deny),
            (&["{action: CUSTOM, provider: {name: p}, rules: [{}]}"], "- 80 GET /", Unknown),
            (&["{action: CUSTOM, provider: {name: p}, rules: [{}]}", NOTHING], "- 80 GET /", Deny),
            (&["{action: '${ACTION}', rules: [{}]}"], "- 80 GET /", Unknown),
        ],
    );
}

#[test]
fn identity_comes_from_mutual_tls() {
    use Verdict::{Allow, Deny};
    const NAMESPACE: &str = "{rules: [{from: [{source: {namespaces: [shop]}}]}]}";
    const DENY_NAMESPACE: &str =
        "{action: DENY, rules: [{from: [{source: {namespaces: [shop]}}]}]}";
    const ACCOUNT: &str = "{rules: [{from: [{source: {serviceAccounts: [web]}}]}]}";
    const OTHER: &str = "{rules: [{from: [{source: {serviceAccounts: [pay/web]}}]}]}";
    const DOMAIN: &str = "{rules: [{from: [{source: {trustDomains: [partner.test]}}]}]}";
    const ANY: &str = "{rules: [{from: [{source: {principals: ['*']}}]}]}";
    table(
        Plane::Proxy,
        &[
            (&[WEB], "- 80 GET /", Deny),
            (&[NOT_WEB], "- 80 GET /", Allow),
            (&[NOT_WEB], "shop/web 80 GET /", Deny),
            (&[NOT_WEB], "shop/cart 80 GET /", Allow),
            (&[DENY_WEB], "- 80 GET /", Allow),
            (&[DENY_WEB], "shop/web 80 GET /", Deny),
            (&[DENY_NOT_WEB], "- 80 GET /", Deny),
            (&[DENY_NOT_WEB], "shop/web 80 GET /", Allow),
            (&[NAMESPACE], "shop/cart 80 GET /", Allow),
            (&[NAMESPACE], "pay/cart 80 GET /", Deny),
            (&[NAMESPACE], "- 80 GET /", Deny),
            (&[DENY_NAMESPACE], "- 80 GET /", Allow),
            (&[ACCOUNT], "shop/web 80 GET /", Allow),
            (&[ACCOUNT], "pay/web 80 GET /", Deny),
            (&[OTHER], "pay/web 80 GET /", Allow),
            (&[DOMAIN], "partner.test:shop/web 80 GET /", Allow),
            (&[DOMAIN], "shop/web 80 GET /", Deny),
            (&[ANY], "shop/web 80 GET /", Allow),
            (&[ANY], "- 80 GET /", Deny),
        ],
    );
}

#[test]
fn a_local_trust_domain_has_all_its_names() {
    use Verdict::{Allow, Deny};
    const MESH: &str = "{rules: [{from: [{source: {principals: [mesh.test/ns/shop/sa/web]}}]}]}";
    const OLD: &str = "{rules: [{from: [{source: {principals: [old.test/ns/shop/*]}}]}]}";
    const TYPO: &str = "{rules: [{from: [{source: {principals: [mehs.test/ns/shop/sa/web]}}]}]}";
    const SCHEME: &str =
        "{rules: [{from: [{source: {principals: ['spiffe://mesh.test/ns/shop/sa/web']}}]}]}";
    table(
        Plane::Proxy,
        &[
            (&[WEB], "mesh.test:shop/web 80 GET /", Allow),
            (&[MESH], "shop/web 80 GET /", Allow),
            (&[OLD], "mesh.test:shop/web 80 GET /", Allow),
            (&[TYPO], "shop/web 80 GET /", Deny),
            (&[SCHEME], "shop/web 80 GET /", Deny),
            (&[WEB], "partner.test:shop/web 80 GET /", Deny),
        ],
    );
}

#[test]
fn requests_tokens_and_addresses() {
    use Verdict::{Allow, Deny, Unknown};
    const TOKEN: &str = "{rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}";
    const ISSUER: &str =
        "{rules: [{from: [{source: {requestPrincipals: ['https://id.test/*']}}]}]}";
    const NEEDED: &str =
        "{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]}";
    const CLAIM: &str = "{rules: [{when: [{key: 'request.auth.claims[role]', values: [clerk]}]}]}";
    const AUDIENCE: &str = "{rules: [{when: [{key: request.auth.audiences, values: [shop]}]}]}";
    const HEADER: &str =
        "{rules: [{when: [{key: 'request.headers[X-Team]', values: [blue, 're*']}]}]}";
    const NO_HEADER: &str =
        "{rules: [{when: [{key: 'request.headers[x-team]', notValues: [blue]}]}]}";
    const BLOCK: &str = "{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8, 192.0.2.7]}}]}]}";
    const SNI: &str = "{rules: [{when: [{key: connection.sni, values: [x.test]}]}]}";
    table(
        Plane::Proxy,
        &[
            (&[READ], "- 80 GET /orders/1", Allow),
            (&[READ], "- 80 POST /orders/1", Deny),
            (&[READ], "- 80 GET /Orders", Deny),
            (&[TOKEN], "- 80 GET /", Deny),
            (&[TOKEN], "- 80 GET / token=https://id.test|me", Allow),
            (&[TOKEN], "- 80 GET / token=https://id.test|", Deny),
            (&[ISSUER], "- 80 GET / token=https://other.test|me", Deny),
            (&[NEEDED], "- 80 GET /", Deny),
            (&[NEEDED], "- 80 GET / token=https://id.test|me", Allow),
            (&[CLAIM], "- 80 GET / token=https://id.test|me", Allow),
            (&[CLAIM], "- 80 GET /", Deny),
            (&[AUDIENCE], "- 80 GET / token=https://id.test|me", Allow),
            (&[HEADER], "- 80 GET / x-team=red", Allow),
            (&[HEADER], "- 80 GET / x-team=green", Deny),
            (&[HEADER], "- 80 GET /", Deny),
            (&[NO_HEADER], "- 80 GET /", Allow),
            (&[BLOCK], "- 80 GET / from=10.1.2.3", Allow),
            (&[BLOCK], "- 80 GET / from=192.0.2.8", Deny),
            (&[BLOCK], "- 80 GET /", Unknown),
            (&[SNI], "- 80 GET /", Unknown),
        ],
    );
}

#[test]
fn a_port_without_requests_loses_their_fields_in_an_envoy_proxy() {
    use Verdict::{Allow, Deny};
    const MIXED: &str =
        "{rules: [{to: [{operation: {methods: [GET]}}, {operation: {ports: ['5432']}}]}]}";
    const DENY_MIXED: &str = "{action: DENY, rules: [{from: [{source: {namespaces: [pay]}}], to: [{operation: {methods: [GET]}}]}]}";
    const DENY_PORT: &str =
        "{action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ['8080']}}]}]}";
    const NEEDED: &str =
        "{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]}";
    table(
        Plane::Proxy,
        &[
            (&[READ], "shop/web 5432", Deny),
            (&[MIXED], "shop/web 5432", Deny),
            (&[WEB], "shop/web 5432", Allow),
            (&[DENY_DELETE], "shop/web 5432", Deny),
            (&[DENY_MIXED], "pay/web 5432", Deny),
            (&[DENY_MIXED], "shop/web 5432", Allow),
            (&[DENY_PORT], "shop/web 5432", Allow),
            (&[DENY_PORT], "shop/web 8080", Deny),
            (&[NEEDED], "shop/web 5432", Deny),
        ],
    );
}

#[test]
fn the_layer_4_proxy_drops_what_it_cannot_check() {
    use Verdict::{Allow, Deny};
    const DENY_CALLER: &str = "{action: DENY, rules: [{from: [{source: {namespaces: [pay]}}], to: [{operation: {methods: [GET]}}]}]}";
    const DENY_TWO: &str = "{action: DENY, rules: [{to: [{operation: {methods: [GET]}}, {operation: {ports: ['8080']}}]}]}";
    const DENY_BOTH: &str =
        "{action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ['8080']}}]}]}";
    const DENY_CLAIM: &str = "{action: DENY, rules: [{from: [{source: {namespaces: [pay]}}], when: [{key: 'request.auth.claims[a]', values: [b]}]}]}";
    const DOMAIN: &str = "{action: DENY, rules: [{from: [{source: {trustDomains: [x.test]}}]}]}";
    table(
        Plane::Ztunnel,
        &[
            (&[WEB], "shop/web 80 GET /", Allow),
            (&[WEB], "- 80 GET /", Deny),
            (&[READ], "shop/web 80 GET /orders", Deny),
            (&[READ, WEB], "shop/web 80 GET /other", Allow),
            (&[DENY_DELETE], "shop/web 80 DELETE /", Allow),
            (&[DENY_CALLER], "pay/web 80 GET /", Allow),
            (&[DENY_TWO], "pay/web 80 GET /", Allow),
            (&[DENY_TWO], "pay/web 8080 GET /", Deny),
            (&[DENY_BOTH], "pay/web 8080 POST /", Deny),
            (&[DENY_CLAIM], "pay/web 80 GET /", Allow),
            (&[DOMAIN], "x.test:pay/web 80 GET /", Allow),
            (&[DENY_NOT_WEB], "- 80 GET /", Deny),
            (&["{action: CUSTOM, provider: {name: p}, rules: [{}]}"], "- 80 GET /", Allow),
        ],
    );
}

#[test]
fn what_cannot_be_read_leaves_the_verdict_open() {
    use Verdict::{Allow, Deny, Unknown};
    const CALLERS: &str = "{rules: [{from: [{source: {principals: ['${CALLER}']}}]}]}";
    const SOME: &str =
        "{rules: [{from: [{source: {principals: ['${CALLER}', cluster.local/ns/shop/sa/web]}}]}]}";
    const DENY_SOME: &str =
        "{action: DENY, rules: [{from: [{source: {principals: ['${CALLER}']}}]}]}";
    table(
        Plane::Proxy,
        &[
            (&[CALLERS], "shop/web 80 GET /", Unknown),
            (&[CALLERS], "- 80 GET /", Deny),
            (&[SOME], "shop/web 80 GET /", Allow),
            (&[DENY_SOME], "shop/web 80 GET /", Unknown),
            (&[DENY_SOME], "- 80 GET /", Allow),
        ],
    );
}
