//! Rules that need relations or arithmetic: one function each, named by its card's `code`.

mod account_becomes_stronger;
mod admin_policy_conflict;
mod alarm_topic_without_subscriber;
mod allow_fully_denied;
mod ambient_tunnel_port;
mod api_stage_without_client_certificate;
mod application_url_plaintext;
mod authorization_clause_contradiction;
mod authorization_rule_redundant;
mod authorizationpolicy_allows_all;
mod authorizationpolicy_beyond_ztunnel;
mod authorizationpolicy_listed_paths;
mod authorizationpolicy_request_fields_on_tcp;
mod azure_database_firewall_wide;
mod azure_database_without_entra_administrator;
mod azure_gateway_serves_http;
mod azure_role_assignment_wide;
mod azure_signature_long_lived;
mod azure_sql_server_without_auditing;
mod azure_storage_account_without_network_rules;
mod azure_subnet_without_security_group;
mod backend_static_credentials;
mod bucket_without_access_log;
mod certificate_renewal_window;
mod certificate_renewal_window_wide;
mod cilium_cidr_for_pods;
mod cloudfront_bucket_origin;
mod configured_address_denied;
mod control_in_wrong_api;
mod custom_provider_unknown;
mod database_reachable_from_internet;
mod denial_escaped_in_plaintext;
mod destinationrule_plaintext;
mod ecs_environment_secret;
mod egress_open_over_ipv6;
mod egress_without_control_plane;
mod egress_without_dns;
mod emr_encryption_off;
mod end_port_below_port;
mod etcd_authority;
mod exposed_account_is_strong;
mod firewall_world_wide_port_range;
mod function_caller_without_permission;
mod functions_share_a_role;
mod google_duties_together;
mod google_http_proxy_without_redirect;
mod iam_escalation_path;
mod iam_user_access_key;
mod ingress_host_outside_tls;
mod injection_opt_out;
mod internet_reaches_workload;
mod key_of_the_service;
mod kubelet_configuration;
mod lambda_environment_secret;
mod listener_rule_forwards_plain_http;
mod mesh_access_logs_off;
mod mesh_policy_outside_root;
mod mesh_token_in_app;
mod mesh_without_strict_default;
mod metric_filter_pattern;
mod metric_filters_and_alarms;
mod mutual_tls_bypassed;
mod namespace_unknown;
mod namespace_without_isolation;
mod network_acl_deny_shadowed;
mod network_acl_world_admin_port;
mod networkpolicy_metadata_egress;
mod networkpolicy_world_ipblock;
mod peer_matches_nothing;
mod peerauthentication_contradiction;
mod peerauthentication_selector_in_root;
mod peerauthentication_service_port;
mod peerauthentication_weak_mode;
mod plaintext_hop;
mod plaintext_reaches_mesh;
mod platform_environment_secret;
mod policy_allows_one_side;
mod policy_allows_plain_http;
mod policy_by_namespace_only;
mod policy_on_host_network;
mod policy_ports;
mod policy_rule_shadowed;
mod policy_target_misplaced;
mod policy_without_namespace;
mod principal_account_unknown;
mod replication_task_without_log;
mod repository_without_scan;
mod route_without_gateway;
mod s3_acl_public;
mod search_collection_public;
mod secret_literal_kubernetes;
mod secret_literal_kubernetes_entropy;
mod secret_literal_terraform;
mod secret_object_password;
mod secretsmanager_without_rotation;
mod security_group_inline_and_standalone;
mod selector_matches_nothing;
mod sensitive_output;
mod sensitive_port_reachable;
mod service_account_token;
mod service_environment_secret;
mod session_document;
mod shared_identity;
mod task_container;
mod tls_secret_static;
mod token_claim_without_verification;
mod token_not_required;
mod unknown_field;
mod user_data_secret;
mod value_refused;
mod virtualservice_route_shadowed;
mod waypoint_bypassed;
mod workload_without_authorization;

use super::sink::Sink;
use crate::model::root::Root;

/// A code rule.
pub type Function = for<'r> fn(&'r Root<'r>, &mut Sink<'_, 'r>);

/// Every code rule by the name its card uses, sorted. `by_engine` marks those about suppressions
/// and expectations, which the engine reports itself.
pub const TABLE: &[(&str, Function)] = &[
    ("account_becomes_stronger", account_becomes_stronger::account_becomes_stronger),
    ("admin_policies_tie", admin_policy_conflict::admin_policies_tie),
    ("admin_rule_opens_namespace", admin_policy_conflict::admin_rule_opens_namespace),
    ("admin_rule_shadowed", policy_rule_shadowed::admin_rule_shadowed),
    (
        "alarm_topic_without_subscriber",
        alarm_topic_without_subscriber::alarm_topic_without_subscriber,
    ),
    ("alarm_without_metric_filter", metric_filters_and_alarms::alarm_without_metric_filter),
    ("allow_fails_on_tcp", authorizationpolicy_request_fields_on_tcp::allow_fails_on_tcp),
    ("allow_fully_denied", allow_fully_denied::allow_fully_denied),
    (
        "ambient_deny_without_effect",
        authorizationpolicy_beyond_ztunnel::ambient_deny_without_effect,
    ),
    (
        "ambient_policy_needs_waypoint",
        authorizationpolicy_beyond_ztunnel::ambient_policy_needs_waypoint,
    ),
    (
        "api_stage_without_client_certificate",
        api_stage_without_client_certificate::api_stage_without_client_certificate,
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
    ("authorization_rule_redundant", authorization_rule_redundant::authorization_rule_redundant),
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
        "azure_database_without_entra_administrator",
        azure_database_without_entra_administrator::azure_database_without_entra_administrator,
    ),
    ("azure_gateway_serves_http", azure_gateway_serves_http::azure_gateway_serves_http),
    ("azure_role_assignment_wide", azure_role_assignment_wide::azure_role_assignment_wide),
    ("azure_signature_long_lived", azure_signature_long_lived::azure_signature_long_lived),
    (
        "azure_sql_server_without_auditing",
        azure_sql_server_without_auditing::azure_sql_server_without_auditing,
    ),
    (
        "azure_sql_without_entra_administrator",
        azure_database_without_entra_administrator::azure_sql_without_entra_administrator,
    ),
    (
        "azure_storage_account_without_network_rules",
        azure_storage_account_without_network_rules::azure_storage_account_without_network_rules,
    ),
    (
        "azure_subnet_without_security_group",
        azure_subnet_without_security_group::azure_subnet_without_security_group,
    ),
    ("backend_static_credentials", backend_static_credentials::backend_static_credentials),
    ("baseline_denial_cancelled", admin_policy_conflict::baseline_denial_cancelled),
    ("batch_container_privileged", task_container::batch_container_privileged),
    ("bucket_without_access_log", bucket_without_access_log::bucket_without_access_log),
    ("certificate_renewal_window", certificate_renewal_window::certificate_renewal_window),
    (
        "certificate_renewal_window_wide",
        certificate_renewal_window_wide::certificate_renewal_window_wide,
    ),
    ("chart_value_secret", platform_environment_secret::chart_value_secret),
    ("cilium_cidr_for_pods", cilium_cidr_for_pods::cilium_cidr_for_pods),
    ("cloudfront_bucket_origin", cloudfront_bucket_origin::cloudfront_bucket_origin),
    ("configured_address_denied", configured_address_denied::configured_address_denied),
    ("control_in_wrong_api", control_in_wrong_api::control_in_wrong_api),
    ("custom_provider_unknown", custom_provider_unknown::custom_provider_unknown),
    ("database_in_public_subnet", database_reachable_from_internet::database_in_public_subnet),
    (
        "database_reachable_from_internet",
        database_reachable_from_internet::database_reachable_from_internet,
    ),
    ("debugger_reachable_from_any_pod", sensitive_port_reachable::debugger_reachable_from_any_pod),
    ("default_service_account", service_account_token::default_service_account),
    ("denial_escaped_in_plaintext", denial_escaped_in_plaintext::denial_escaped_in_plaintext),
    ("denials_unlogged", mesh_access_logs_off::denials_unlogged),
    ("deny_widens_on_tcp", authorizationpolicy_request_fields_on_tcp::deny_widens_on_tcp),
    ("destinationrule_conflicts", destinationrule_plaintext::destinationrule_conflicts),
    ("destinationrule_disables_mtls", destinationrule_plaintext::destinationrule_disables_mtls),
    ("ecs_container_capability", task_container::ecs_container_capability),
    ("ecs_container_privileged", task_container::ecs_container_privileged),
    ("ecs_container_root", task_container::ecs_container_root),
    ("ecs_container_without_log", task_container::ecs_container_without_log),
    ("ecs_container_writes_its_image", task_container::ecs_container_writes_its_image),
    ("ecs_environment_secret", ecs_environment_secret::ecs_environment_secret),
    ("egress_open_over_ipv6", egress_open_over_ipv6::egress_open_over_ipv6),
    ("egress_without_control_plane", egress_without_control_plane::egress_without_control_plane),
    ("egress_without_dns", egress_without_dns::egress_without_dns),
    ("emr_disks_unencrypted", emr_encryption_off::emr_disks_unencrypted),
    ("emr_plaintext", emr_encryption_off::emr_plaintext),
    ("end_port_below_port", end_port_below_port::end_port_below_port),
    ("etcd_trusts_cluster_authority", etcd_authority::etcd_trusts_cluster_authority),
    ("excluded_port_reached", plaintext_reaches_mesh::excluded_port_reached),
    ("expectation_forbidden", by_engine),
    ("expectation_names_nothing", by_engine),
    ("expectation_refused", by_engine),
    ("exposed_account_is_strong", exposed_account_is_strong::exposed_account_is_strong),
    ("exposed_container_as_root", internet_reaches_workload::exposed_container_as_root),
    (
        "firewall_world_wide_port_range",
        firewall_world_wide_port_range::firewall_world_wide_port_range,
    ),
    (
        "function_caller_without_permission",
        function_caller_without_permission::function_caller_without_permission,
    ),
    ("functions_share_a_role", functions_share_a_role::functions_share_a_role),
    ("google_duties_together", google_duties_together::google_duties_together),
    (
        "google_http_proxy_without_redirect",
        google_http_proxy_without_redirect::google_http_proxy_without_redirect,
    ),
    ("iam_escalation_path", iam_escalation_path::iam_escalation_path),
    ("iam_user_access_key", iam_user_access_key::iam_user_access_key),
    ("ingress_host_outside_tls", ingress_host_outside_tls::ingress_host_outside_tls),
    ("internet_reaches_workload", internet_reaches_workload::internet_reaches_workload),
    ("key_of_the_service", key_of_the_service::key_of_the_service),
    (
        "kubelet_certificate_rotation_left_off",
        kubelet_configuration::kubelet_certificate_rotation_left_off,
    ),
    ("kubelet_without_client_authority", kubelet_configuration::kubelet_without_client_authority),
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
    ("metric_filter_counts_every_call", metric_filter_pattern::metric_filter_counts_every_call),
    ("metric_filter_leaves_out_events", metric_filter_pattern::metric_filter_leaves_out_events),
    ("metric_filter_matches_nothing", metric_filter_pattern::metric_filter_matches_nothing),
    ("metric_filter_without_alarm", metric_filters_and_alarms::metric_filter_without_alarm),
    ("mutual_tls_bypassed", mutual_tls_bypassed::mutual_tls_bypassed),
    ("named_port_unresolved", policy_ports::named_port_unresolved),
    ("namespace_named_by_own_label", peer_matches_nothing::namespace_named_by_own_label),
    (
        "namespace_of_others_open_ingress",
        namespace_without_isolation::namespace_of_others_open_ingress,
    ),
    ("namespace_open_egress", namespace_without_isolation::namespace_open_egress),
    ("namespace_open_ingress", namespace_without_isolation::namespace_open_ingress),
    ("namespace_unknown", namespace_unknown::namespace_unknown),
    ("network_acl_deny_shadowed", network_acl_deny_shadowed::network_acl_deny_shadowed),
    (
        "network_acl_rule_world_admin_port",
        network_acl_world_admin_port::network_acl_rule_world_admin_port,
    ),
    ("network_acl_world_admin_port", network_acl_world_admin_port::network_acl_world_admin_port),
    ("network_policy_rule_redundant", policy_rule_shadowed::network_policy_rule_redundant),
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
    ("permissive_mode_reached", plaintext_reaches_mesh::permissive_mode_reached),
    ("plaintext_hop", plaintext_hop::plaintext_hop),
    ("platform_environment_secret", platform_environment_secret::platform_environment_secret),
    ("policy_allows_one_side", policy_allows_one_side::policy_allows_one_side),
    ("policy_allows_plain_http", policy_allows_plain_http::policy_allows_plain_http),
    ("policy_by_namespace_only", policy_by_namespace_only::policy_by_namespace_only),
    ("policy_matches_nothing_written", selector_matches_nothing::policy_matches_nothing_written),
    ("policy_names_service_port", policy_ports::policy_names_service_port),
    ("policy_on_host_network", policy_on_host_network::policy_on_host_network),
    ("policy_target_elsewhere", policy_target_misplaced::policy_target_elsewhere),
    ("policy_target_misplaced", policy_target_misplaced::policy_target_misplaced),
    ("policy_without_namespace", policy_without_namespace::policy_without_namespace),
    ("principal_account_unknown", principal_account_unknown::principal_account_unknown),
    ("public_acl_without_effect", s3_acl_public::public_acl_without_effect),
    ("removed_api", control_in_wrong_api::removed_api),
    ("replication_task_without_log", replication_task_without_log::replication_task_without_log),
    ("repository_without_scan", repository_without_scan::repository_without_scan),
    ("route_without_gateway", route_without_gateway::route_without_gateway),
    ("s3_acl_public_read", s3_acl_public::s3_acl_public_read),
    ("s3_acl_public_write", s3_acl_public::s3_acl_public_write),
    ("search_collection_public", search_collection_public::search_collection_public),
    ("secret_literal_kubernetes", secret_literal_kubernetes::secret_literal_kubernetes),
    (
        "secret_literal_kubernetes_entropy",
        secret_literal_kubernetes_entropy::secret_literal_kubernetes_entropy,
    ),
    ("secret_literal_terraform", secret_literal_terraform::secret_literal_terraform),
    ("secret_object_password", secret_object_password::secret_object_password),
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
    ("sensitive_port_published", sensitive_port_reachable::sensitive_port_published),
    ("service_environment_secret", service_environment_secret::service_environment_secret),
    ("service_matches_nothing", selector_matches_nothing::service_matches_nothing),
    ("session_not_recorded", session_document::session_not_recorded),
    ("session_without_own_key", session_document::session_without_own_key),
    ("shared_identity", shared_identity::shared_identity),
    ("store_reachable_from_any_pod", sensitive_port_reachable::store_reachable_from_any_pod),
    ("suppression_expired", by_engine),
    ("suppression_malformed", by_engine),
    ("suppression_unused", by_engine),
    ("tls_secret_static", tls_secret_static::tls_secret_static),
    (
        "token_claim_without_verification",
        token_claim_without_verification::token_claim_without_verification,
    ),
    ("token_not_required", token_not_required::token_not_required),
    ("token_without_rights", service_account_token::token_without_rights),
    ("trail_bucket_without_access_log", bucket_without_access_log::trail_bucket_without_access_log),
    ("tunnel_blocked", ambient_tunnel_port::tunnel_blocked),
    ("tunnel_opens_every_port", ambient_tunnel_port::tunnel_opens_every_port),
    ("unknown_field", unknown_field::unknown_field),
    ("unknown_field_of_control", unknown_field::unknown_field_of_control),
    ("unknown_field_of_setting", unknown_field::unknown_field_of_setting),
    ("user_data_secret", user_data_secret::user_data_secret),
    ("value_of_wrong_type", value_refused::value_of_wrong_type),
    ("value_unknown", value_refused::value_unknown),
    ("virtualservice_route_shadowed", virtualservice_route_shadowed::virtualservice_route_shadowed),
    ("waypoint_bypassed", waypoint_bypassed::waypoint_bypassed),
    ("workload_leaves_mesh", injection_opt_out::workload_leaves_mesh),
    ("workload_opts_out_of_ambient", injection_opt_out::workload_opts_out_of_ambient),
    ("workload_opts_out_of_injection", injection_opt_out::workload_opts_out_of_injection),
    (
        "workload_without_authorization",
        workload_without_authorization::workload_without_authorization,
    ),
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

/// The function of a code rule.
pub fn function(name: &str) -> Option<Function> {
    let at = TABLE.binary_search_by(|(known, _)| known.cmp(&name)).ok()?;
    Some(TABLE[at].1)
}
