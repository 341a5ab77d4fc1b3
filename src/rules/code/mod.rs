//! Rules that need relations or arithmetic: one function each, named by its card's `code`.

mod account_becomes_stronger;
mod alarm_topic_without_subscriber;
mod application_url_plaintext;
mod authorization_clause_contradiction;
mod authorizationpolicy_allows_all;
mod authorizationpolicy_beyond_ztunnel;
mod authorizationpolicy_listed_paths;
mod authorizationpolicy_request_fields_on_tcp;
mod azure_database_firewall_wide;
mod azure_key_vault_without_diagnostics;
mod azure_sql_server_without_auditing;
mod azure_storage_account_without_network_rules;
mod backend_static_credentials;
mod certificate_renewal_window;
mod certificate_renewal_window_wide;
mod control_in_wrong_api;
mod custom_provider_unknown;
mod database_reachable_from_internet;
mod destinationrule_plaintext;
mod ecs_environment_secret;
mod egress_open_over_ipv6;
mod egress_without_dns;
mod end_port_below_port;
mod firewall_world_wide_port_range;
mod function_caller_without_permission;
mod google_http_proxy_without_redirect;
mod iam_escalation_path;
mod iam_user_access_key;
mod ingress_host_outside_tls;
mod ingress_plaintext_hop;
mod injection_opt_out;
mod lambda_environment_secret;
mod listener_rule_forwards_plain_http;
mod mesh_access_logs_off;
mod mesh_policy_outside_root;
mod mesh_token_in_app;
mod mesh_without_strict_default;
mod metric_filters_and_alarms;
mod namespace_unknown;
mod network_acl_deny_shadowed;
mod network_acl_world_admin_port;
mod networkpolicy_metadata_egress;
mod networkpolicy_world_ipblock;
mod peer_matches_nothing;
mod peerauthentication_contradiction;
mod peerauthentication_selector_in_root;
mod peerauthentication_service_port;
mod peerauthentication_weak_mode;
mod policy_allows_plain_http;
mod policy_by_namespace_only;
mod policy_ports;
mod policy_target_misplaced;
mod policy_without_namespace;
mod principal_account_unknown;
mod route_without_gateway;
mod s3_acl_public;
mod secret_literal_kubernetes;
mod secret_literal_kubernetes_entropy;
mod secret_literal_terraform;
mod secretsmanager_without_rotation;
mod security_group_inline_and_standalone;
mod selector_matches_nothing;
mod sensitive_output;
mod service_account_token;
mod shared_identity;
mod tls_secret_static;
mod token_claim_without_verification;
mod unknown_field;
mod value_refused;
mod vpc_without_flow_log;

use super::rule::Rule;
use super::sink::{Raw, Sink};
use crate::model::root::Root;

/// A code rule.
pub type Function = for<'r> fn(&'r Root<'r>, &mut Sink<'_, 'r>);

/// Every code rule by the name its card uses, sorted. `by_engine` marks those about suppressions
/// and expectations, which the engine reports itself.
pub const TABLE: &[(&str, Function)] = &[
    ("account_becomes_stronger", account_becomes_stronger::account_becomes_stronger),
    (
        "alarm_topic_without_subscriber",
        alarm_topic_without_subscriber::alarm_topic_without_subscriber,
    ),
    ("alarm_without_metric_filter", metric_filters_and_alarms::alarm_without_metric_filter),
    ("allow_fails_on_tcp", authorizationpolicy_request_fields_on_tcp::allow_fails_on_tcp),
    (
        "ambient_deny_without_effect",
        authorizationpolicy_beyond_ztunnel::ambient_deny_without_effect,
    ),
    (
        "ambient_policy_needs_waypoint",
        authorizationpolicy_beyond_ztunnel::ambient_policy_needs_waypoint,
    ),
    ("application_url_plaintext", application_url_plaintext::application_url_plaintext),
    (
        "application_url_plaintext_inside",
        application_url_plaintext::application_url_plaintext_inside,
    ),
    (
        "authorization_clause_contradiction",
        authorization_clause_contradiction::authorization_clause_contradiction,
    ),
    (
        "authorizationpolicy_allows_all",
        authorizationpolicy_allows_all::authorizationpolicy_allows_all,
    ),
    (
        "authorizationpolicy_allows_all_but_paths",
        authorizationpolicy_listed_paths::authorizationpolicy_allows_all_but_paths,
    ),
    (
        "authorizationpolicy_denies_listed_paths",
        authorizationpolicy_listed_paths::authorizationpolicy_denies_listed_paths,
    ),
    (
        "authorizationpolicy_disarms_others",
        authorizationpolicy_allows_all::authorizationpolicy_disarms_others,
    ),
    ("azure_database_firewall_wide", azure_database_firewall_wide::azure_database_firewall_wide),
    (
        "azure_key_vault_without_diagnostics",
        azure_key_vault_without_diagnostics::azure_key_vault_without_diagnostics,
    ),
    (
        "azure_sql_server_without_auditing",
        azure_sql_server_without_auditing::azure_sql_server_without_auditing,
    ),
    (
        "azure_storage_account_without_network_rules",
        azure_storage_account_without_network_rules::azure_storage_account_without_network_rules,
    ),
    ("backend_static_credentials", backend_static_credentials::backend_static_credentials),
    ("certificate_renewal_window", certificate_renewal_window::certificate_renewal_window),
    (
        "certificate_renewal_window_wide",
        certificate_renewal_window_wide::certificate_renewal_window_wide,
    ),
    ("control_in_wrong_api", control_in_wrong_api::control_in_wrong_api),
    ("custom_provider_unknown", custom_provider_unknown::custom_provider_unknown),
    (
        "database_reachable_from_internet",
        database_reachable_from_internet::database_reachable_from_internet,
    ),
    ("default_service_account", service_account_token::default_service_account),
    ("denials_unlogged", mesh_access_logs_off::denials_unlogged),
    ("deny_widens_on_tcp", authorizationpolicy_request_fields_on_tcp::deny_widens_on_tcp),
    ("destinationrule_conflicts", destinationrule_plaintext::destinationrule_conflicts),
    ("destinationrule_disables_mtls", destinationrule_plaintext::destinationrule_disables_mtls),
    ("ecs_environment_secret", ecs_environment_secret::ecs_environment_secret),
    ("egress_open_over_ipv6", egress_open_over_ipv6::egress_open_over_ipv6),
    ("egress_without_dns", egress_without_dns::egress_without_dns),
    ("end_port_below_port", end_port_below_port::end_port_below_port),
    ("expectation_forbidden", by_engine),
    ("expectation_names_nothing", by_engine),
    ("expectation_refused", by_engine),
    (
        "firewall_world_wide_port_range",
        firewall_world_wide_port_range::firewall_world_wide_port_range,
    ),
    (
        "function_caller_without_permission",
        function_caller_without_permission::function_caller_without_permission,
    ),
    (
        "google_http_proxy_without_redirect",
        google_http_proxy_without_redirect::google_http_proxy_without_redirect,
    ),
    ("iam_escalation_path", iam_escalation_path::iam_escalation_path),
    ("iam_user_access_key", iam_user_access_key::iam_user_access_key),
    ("ingress_host_outside_tls", ingress_host_outside_tls::ingress_host_outside_tls),
    ("ingress_plaintext_hop", ingress_plaintext_hop::ingress_plaintext_hop),
    ("lambda_environment_secret", lambda_environment_secret::lambda_environment_secret),
    (
        "listener_rule_forwards_plain_http",
        listener_rule_forwards_plain_http::listener_rule_forwards_plain_http,
    ),
    ("mesh_access_logs_off", mesh_access_logs_off::mesh_access_logs_off),
    ("mesh_policy_outside_root", mesh_policy_outside_root::mesh_policy_outside_root),
    ("mesh_setting_matches_nothing", selector_matches_nothing::mesh_setting_matches_nothing),
    ("mesh_strict_in_one_namespace", mesh_without_strict_default::mesh_strict_in_one_namespace),
    ("mesh_telemetry_off", mesh_access_logs_off::mesh_telemetry_off),
    ("mesh_token_in_app", mesh_token_in_app::mesh_token_in_app),
    ("mesh_without_strict_default", mesh_without_strict_default::mesh_without_strict_default),
    ("metric_filter_without_alarm", metric_filters_and_alarms::metric_filter_without_alarm),
    ("named_port_unresolved", policy_ports::named_port_unresolved),
    ("namespace_named_by_own_label", peer_matches_nothing::namespace_named_by_own_label),
    ("namespace_unknown", namespace_unknown::namespace_unknown),
    ("network_acl_deny_shadowed", network_acl_deny_shadowed::network_acl_deny_shadowed),
    (
        "network_acl_rule_world_admin_port",
        network_acl_world_admin_port::network_acl_rule_world_admin_port,
    ),
    ("network_acl_world_admin_port", network_acl_world_admin_port::network_acl_world_admin_port),
    ("networkpolicy_metadata_egress", networkpolicy_metadata_egress::networkpolicy_metadata_egress),
    ("networkpolicy_world_ipblock", networkpolicy_world_ipblock::networkpolicy_world_ipblock),
    ("peer_matches_nothing", peer_matches_nothing::peer_matches_nothing),
    (
        "peerauthentication_contradiction",
        peerauthentication_contradiction::peerauthentication_contradiction,
    ),
    (
        "peerauthentication_port_accepts_plaintext",
        peerauthentication_weak_mode::peerauthentication_port_accepts_plaintext,
    ),
    (
        "peerauthentication_port_disables_mtls",
        peerauthentication_weak_mode::peerauthentication_port_disables_mtls,
    ),
    (
        "peerauthentication_selector_in_root",
        peerauthentication_selector_in_root::peerauthentication_selector_in_root,
    ),
    (
        "peerauthentication_service_port",
        peerauthentication_service_port::peerauthentication_service_port,
    ),
    (
        "peerauthentication_writes_permissive",
        peerauthentication_weak_mode::peerauthentication_writes_permissive,
    ),
    ("peers_apart_instead_of_together", peer_matches_nothing::peers_apart_instead_of_together),
    ("policy_allows_plain_http", policy_allows_plain_http::policy_allows_plain_http),
    ("policy_by_namespace_only", policy_by_namespace_only::policy_by_namespace_only),
    ("policy_names_service_port", policy_ports::policy_names_service_port),
    ("policy_target_elsewhere", policy_target_misplaced::policy_target_elsewhere),
    ("policy_target_misplaced", policy_target_misplaced::policy_target_misplaced),
    ("policy_without_namespace", policy_without_namespace::policy_without_namespace),
    ("principal_account_unknown", principal_account_unknown::principal_account_unknown),
    ("removed_api", control_in_wrong_api::removed_api),
    ("route_without_gateway", route_without_gateway::route_without_gateway),
    ("s3_acl_public_read", s3_acl_public::s3_acl_public_read),
    ("s3_acl_public_write", s3_acl_public::s3_acl_public_write),
    ("secret_literal_kubernetes", secret_literal_kubernetes::secret_literal_kubernetes),
    (
        "secret_literal_kubernetes_entropy",
        secret_literal_kubernetes_entropy::secret_literal_kubernetes_entropy,
    ),
    ("secret_literal_terraform", secret_literal_terraform::secret_literal_terraform),
    (
        "secretsmanager_without_rotation",
        secretsmanager_without_rotation::secretsmanager_without_rotation,
    ),
    (
        "security_group_inline_and_standalone",
        security_group_inline_and_standalone::security_group_inline_and_standalone,
    ),
    ("selector_matches_nothing", selector_matches_nothing::selector_matches_nothing),
    ("sensitive_output", sensitive_output::sensitive_output),
    ("service_matches_nothing", selector_matches_nothing::service_matches_nothing),
    ("shared_identity", shared_identity::shared_identity),
    ("suppression_expired", by_engine),
    ("suppression_malformed", by_engine),
    ("suppression_unused", by_engine),
    ("tls_secret_static", tls_secret_static::tls_secret_static),
    (
        "token_claim_without_verification",
        token_claim_without_verification::token_claim_without_verification,
    ),
    ("token_without_rights", service_account_token::token_without_rights),
    ("unknown_field", unknown_field::unknown_field),
    ("unknown_field_of_control", unknown_field::unknown_field_of_control),
    ("unknown_field_of_setting", unknown_field::unknown_field_of_setting),
    ("value_of_wrong_type", value_refused::value_of_wrong_type),
    ("value_unknown", value_refused::value_unknown),
    ("vpc_without_flow_log", vpc_without_flow_log::vpc_without_flow_log),
    ("workload_leaves_mesh", injection_opt_out::workload_leaves_mesh),
    ("workload_opts_out_of_ambient", injection_opt_out::workload_opts_out_of_ambient),
    ("workload_opts_out_of_injection", injection_opt_out::workload_opts_out_of_injection),
];

/// Rules whose findings in an object follow from that object alone.
const BY_OBJECT: [&str; 9] = [
    "control_in_wrong_api",
    "removed_api",
    "secret_literal_kubernetes",
    "secret_literal_kubernetes_entropy",
    "unknown_field",
    "unknown_field_of_control",
    "unknown_field_of_setting",
    "value_of_wrong_type",
    "value_unknown",
];

/// Whether a rule looks at each Kubernetes object by itself.
pub fn by_object(name: &str) -> bool {
    BY_OBJECT.contains(&name)
}

/// Suppressions and expectations are judged after everything else, by the engine.
fn by_engine<'r>(_: &'r Root<'r>, _: &mut Sink<'_, 'r>) {}

/// Runs a code rule; returns how many evaluations unknown values left open.
pub fn run<'r>(name: &str, rule: &'static Rule, root: &'r Root<'r>, out: &mut Vec<Raw>) -> usize {
    let mut sink = Sink::new(rule, root, out);
    if let Ok(at) = TABLE.binary_search_by(|(known, _)| known.cmp(&name)) {
        TABLE[at].1(root, &mut sink);
    }
    sink.unknowns
}
