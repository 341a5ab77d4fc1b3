//! Who is admitted by a sidecar: identities, addresses, requests, ports, the order of actions.

use super::mesh::{Calls, WEB, owned_table};

/// What Istio's own tests of authorization expect, in our words: who is admitted where.
#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn who_is_admitted_by_a_sidecar() {
    const STRICT: &str = "PA istio-system {mtls: {mode: STRICT}}\n";
    let api = |rest: &str| format!("AP side {{selector: {{matchLabels: {{app: api}}}}, {rest}}}");
    let strict = |rest: &str| format!("{STRICT}{}", api(rest));
    let principal = "cluster.local/ns/side/sa/web";
    let cases: Vec<(String, Calls)> = vec![
        // By identity, over mutual TLS and in plaintext.
        (
            strict(&format!("rules: [{{from: [{{source: {{principals: [{principal}]}}}}]}}]")),
            &[
                ("side/web side/api:8080", WEB),
                ("side/web side/api:9000", WEB),
                ("amb/web side/api:8080", "no"),
                ("bare/web side/api:8080", "no"),
                ("any-pod side/api:8080", "no"),
                ("amb/web side/web:8080", "yes tunnel ns/amb/sa/web"),
            ],
        ),
        (
            api(&format!("rules: [{{from: [{{source: {{principals: [{principal}]}}}}]}}]")),
            &[
                ("side/web side/api:8080", WEB),
                ("side/web side/api:8080 plain", "no"),
                ("bare/web side/api:8080", "no"),
                ("any-pod side/api:8080 stranger", "no"),
            ],
        ),
        (
            api(&format!("rules: [{{from: [{{source: {{notPrincipals: [{principal}]}}}}]}}]")),
            &[
                ("bare/web side/api:8080", "yes plaintext none"),
                ("side/web side/api:8080", "yes plaintext none"),
                ("side/web side/api:8080 usual", "no"),
                ("any-pod side/api:8080 stranger", "yes mutual"),
            ],
        ),
        (
            strict(&format!("rules: [{{from: [{{source: {{notPrincipals: [{principal}]}}}}]}}]")),
            &[
                ("side/web side/api:8080", "no"),
                ("amb/web side/api:8080", "yes tunnel ns/amb/sa/web"),
                ("bare/web side/api:8080", "no"),
            ],
        ),
        (
            api(&format!(
                "action: DENY, rules: [{{from: [{{source: {{principals: [{principal}]}}}}]}}]"
            )),
            &[
                ("side/web side/api:8080 usual", "no"),
                ("side/web side/api:8080", "yes plaintext none"),
                ("amb/web side/api:8080 usual", "yes tunnel ns/amb/sa/web"),
            ],
        ),
        (
            strict(&format!(
                "action: DENY, rules: [{{from: [{{source: {{principals: [{principal}]}}}}]}}]"
            )),
            &[("side/web side/api:8080", "no"), ("amb/web side/api:8080", "yes tunnel")],
        ),
        (
            api("action: DENY, rules: [{from: [{source: {notPrincipals: ['*']}}]}]"),
            &[
                ("bare/web side/api:8080", "no"),
                ("side/web side/api:8080", WEB),
                ("side/web side/api:8080 plain", "no"),
            ],
        ),
        (
            api("rules: [{from: [{source: {principals: ['*']}}]}]"),
            &[
                ("bare/web side/api:8080", "no"),
                ("side/web side/api:8080", WEB),
                ("any-pod side/api:8080", "maybe mutual any of the mesh"),
            ],
        ),
        (
            api("rules: [{from: [{source: {principals: ['*/sa/web']}}]}]"),
            &[
                ("side/web side/api:8080", WEB),
                ("amb/web side/api:8080", "yes tunnel"),
                ("side/api side/web:8080 as=side/api", "yes"),
                ("any-pod side/api:8080 as=other/web", "yes mutual ns/other/sa/web"),
                ("any-pod side/api:8080 as=other/api", "no"),
            ],
        ),
        (
            api("rules: [{from: [{source: {namespaces: [side]}}]}]"),
            &[
                ("side/web side/api:8080", WEB),
                ("amb/web side/api:8080", "no"),
                ("bare/web side/api:8080", "no"),
            ],
        ),
        (
            api("action: DENY, rules: [{from: [{source: {namespaces: [side]}}]}]"),
            &[
                ("side/web side/api:8080 usual", "no"),
                ("bare/web side/api:8080", "yes plaintext none"),
            ],
        ),
        (
            api("rules: [{from: [{source: {serviceAccounts: [web]}}]}]"),
            &[("side/web side/api:8080", WEB), ("amb/web side/api:8080", "no")],
        ),
        (
            api("rules: [{from: [{source: {serviceAccounts: [amb/web]}}]}]"),
            &[("amb/web side/api:8080", "yes tunnel"), ("side/web side/api:8080", "no")],
        ),
        (
            api("rules: [{when: [{key: source.namespace, values: [side]}]}]"),
            &[("side/web side/api:8080", WEB), ("amb/web side/api:8080", "no")],
        ),
        // By address.
        (
            api("rules: [{from: [{source: {ipBlocks: [203.0.113.0/24]}}]}]"),
            &[("outside side/api:8080", "yes plaintext none"), ("side/web side/api:8080", "maybe")],
        ),
        (
            api("rules: [{from: [{source: {notIpBlocks: [203.0.113.0/24]}}]}]"),
            &[("outside side/api:8080", "no")],
        ),
        (
            api("action: DENY, rules: [{from: [{source: {ipBlocks: [203.0.113.0/24]}}]}]"),
            &[("outside side/api:8080", "no")],
        ),
        // By method, path, host and header.
        (
            api("rules: [{to: [{operation: {methods: [GET], paths: [/orders*]}}]}]"),
            &[
                ("bare/web side/api:8080 GET /orders/1", "yes"),
                ("bare/web side/api:8080 POST /orders", "no"),
                ("bare/web side/api:8080 GET /admin", "no"),
                ("bare/web side/api:8080", "yes plaintext none"),
                ("bare/web side/api:8080 bytes", "no"),
                ("bare/web side/api:9000", "no"),
                ("bare/web side/api:9000 GET /orders", "no"),
            ],
        ),
        (
            api("rules: [{to: [{operation: {notPaths: [/admin*]}}]}]"),
            &[
                ("bare/web side/api:8080 GET /admin", "no"),
                ("bare/web side/api:8080 GET /orders", "yes"),
                ("bare/web side/api:9000", "no"),
            ],
        ),
        (
            api("action: DENY, rules: [{to: [{operation: {paths: [/admin*]}}]}]"),
            &[
                ("bare/web side/api:8080 GET /admin/users", "no"),
                ("bare/web side/api:8080 GET /Admin", "yes"),
                ("bare/web side/api:8080", "yes"),
                // Without requests nothing is left of the rule but its whole.
                ("bare/web side/api:9000", "no"),
            ],
        ),
        (
            api("action: DENY, rules: [{to: [{operation: {notMethods: [GET, HEAD]}}]}]"),
            &[
                ("bare/web side/api:8080 GET /", "yes"),
                ("bare/web side/api:8080 DELETE /", "no"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
        (
            api("rules: [{to: [{operation: {paths: ['/a/{*}/c']}}]}]"),
            &[
                ("bare/web side/api:8080 GET /a/b/c", "yes"),
                ("bare/web side/api:8080 GET /a/b/b/c", "no"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
        (
            api("rules: [{to: [{operation: {hosts: [shop.test]}}]}]"),
            &[
                ("bare/web side/api:8080 GET / host=shop.test", "yes"),
                ("bare/web side/api:8080 GET / host=SHOP.test", "yes"),
                ("bare/web side/api:8080 GET / host=shop.test:80", "no"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
        (
            api("rules: [{when: [{key: 'request.headers[x-team]', values: [blue]}]}]"),
            &[
                ("bare/web side/api:8080 GET / x-team=blue", "yes"),
                ("bare/web side/api:8080 GET / x-team=red", "no"),
                ("bare/web side/api:8080 GET /", "no"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
        (
            api(
                "action: DENY, rules: [{when: [{key: 'request.headers[x-team]', notValues: [blue]}]}]",
            ),
            &[
                ("bare/web side/api:8080 GET /", "no"),
                ("bare/web side/api:8080 GET / x-team=blue", "yes"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
        // By port; ports that no Service names carry what they carry.
        (
            api("rules: [{to: [{operation: {ports: ['8080']}}]}]"),
            &[
                ("bare/web side/api:8080", "yes"),
                ("bare/web side/api:9000", "no"),
                ("bare/web side/api:1234", "no"),
            ],
        ),
        (
            api("action: DENY, rules: [{to: [{operation: {notPorts: ['8080']}}]}]"),
            &[
                ("bare/web side/api:8080", "yes"),
                ("bare/web side/api:9000", "no"),
                ("bare/web side/api:7000", "no"),
            ],
        ),
        (
            api("action: DENY, rules: [{to: [{operation: {ports: ['9000'], methods: [GET]}}]}]"),
            &[("bare/web side/api:9000", "no"), ("bare/web side/api:8080", "yes")],
        ),
        (
            api("rules: [{to: [{operation: {methods: [GET]}}, {operation: {ports: ['9000']}}]}]"),
            &[
                // One field on requests takes the whole rule away where there are none.
                ("bare/web side/api:9000", "no"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
        (
            api(
                "rules: [{to: [{operation: {methods: [GET]}}]}, {to: [{operation: {ports: ['9000']}}]}]",
            ),
            &[("bare/web side/api:9000", "yes"), ("bare/web side/api:8080 POST /", "no")],
        ),
        // What a proxy sniffs may be either.
        (
            api("rules: [{to: [{operation: {methods: [GET]}}]}]"),
            &[
                ("bare/web side/api:7000 GET /", "yes"),
                ("bare/web side/api:7000 bytes", "no"),
                ("bare/web side/api:7000", "yes"),
            ],
        ),
        (
            api("action: DENY, rules: [{to: [{operation: {methods: ['*']}}]}]"),
            &[
                ("bare/web side/api:7000 GET /", "no"),
                ("bare/web side/api:7000 bytes", "no"),
                ("bare/web side/api:8080", "no"),
            ],
        ),
        // Order of actions, empty policies, dry runs, audits, providers.
        (api("rules: []"), &[("side/web side/api:8080", "no"), ("bare/web side/web:80", "yes")]),
        (
            "AP side {}".to_owned(),
            &[("side/web side/api:8080", "no"), ("bare/web bare/api:8080", "yes")],
        ),
        (
            "AP istio-system {}".to_owned(),
            &[
                ("side/web side/api:8080", "no"),
                ("bare/web amb/api:8080", "no"),
                ("bare/web bare/api:8080", "yes"),
            ],
        ),
        (api("rules: [{}]") + "\nAP side {}", &[("bare/web side/api:8080", "yes plaintext none")]),
        (
            api("action: DENY, rules: [{}]") + "\nAP side {rules: [{}]}",
            &[("side/web side/api:8080", "no"), ("bare/web side/web:8080", "yes")],
        ),
        (api("action: AUDIT, rules: [{}]"), &[("bare/web side/api:8080", "yes")]),
        (
            api(
                "action: CUSTOM, provider: {name: login}, rules: [{to: [{operation: {paths: [/admin]}}]}]",
            ),
            &[
                ("bare/web side/api:8080 GET /admin", "maybe"),
                ("bare/web side/api:8080 GET /", "yes"),
                ("bare/web side/api:8080", "yes"),
            ],
        ),
        (
            api("action: CUSTOM, provider: {name: login}, rules: [{}]") + "\nAP side {}",
            &[("bare/web side/api:8080", "no")],
        ),
        (
            api("action: CUSTOM, provider: {name: login}, rules: [{}]"),
            &[("bare/web side/api:8080", "maybe"), ("side/web side/api:9000", "maybe")],
        ),
        (
            api(
                "rules: [{from: [{source: {namespaces: [side]}}], to: [{operation: {methods: [GET]}}]}]",
            ) + "\nAP side {action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}",
            &[
                ("side/web side/api:8080 GET /", WEB),
                ("side/web side/api:8080 GET /admin", "no"),
                ("side/web side/api:8080 POST /", "no"),
                ("bare/web side/api:8080 GET /", "no"),
            ],
        ),
        // Policies with targets, and of other namespaces, are for nobody here.
        (
            "AP side {targetRefs: [{kind: Service, name: api}], action: DENY, rules: [{}]}"
                .to_owned(),
            &[("bare/web side/api:8080", "yes")],
        ),
        (
            "AP amb {action: DENY, rules: [{}]}".to_owned(),
            &[("bare/web side/api:8080", "yes"), ("bare/web amb/api:8080", "no")],
        ),
        // Ports that the sidecar does not see are nobody's.
        (
            api("action: DENY, rules: [{}]"),
            &[
                ("bare/web side/api:15020", "yes plaintext none"),
                ("bare/web side/api:53 udp", "yes plaintext none"),
            ],
        ),
        // One port apart.
        (
            format!(
                "{STRICT}PA side {{selector: {{matchLabels: {{app: api}}}}, portLevelMtls: {{8080: {{mode: PERMISSIVE}}, 9000: {{mode: DISABLE}}}}}}"
            ),
            &[
                ("bare/web side/api:8080", "yes plaintext none"),
                ("bare/web side/api:9000", "yes plaintext none"),
                ("bare/web side/api:7000", "no"),
                ("side/web side/api:7000", WEB),
                ("side/web side/api:9000 usual", "yes plaintext none"),
                ("any-pod side/api:9000 stranger", "yes plaintext none"),
            ],
        ),
        (
            format!(
                "PA side {{selector: {{matchLabels: {{app: api}}}}, portLevelMtls: {{9000: {{mode: DISABLE}}}}}}\n{}",
                api("rules: [{from: [{source: {namespaces: [side]}}]}]")
            ),
            &[("side/web side/api:9000", "no"), ("side/web side/api:8080", WEB)],
        ),
    ];
    owned_table(&cases);
}
