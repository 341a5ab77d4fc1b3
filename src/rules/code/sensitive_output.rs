//! Finds outputs that hand out a secret attribute of a resource without being marked sensitive.

use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// Attributes that are secret, whatever the resource.
const SECRET: [&str; 38] = [
    "password",
    "master_password",
    "admin_password",
    "admin_user_password",
    "administrator_password",
    "administrator_login_password",
    "login_password",
    "root_password",
    "initial_password",
    "password_data",
    "auth_token",
    "access_token",
    "refresh_token",
    "session_token",
    "api_token",
    "authorization_token",
    "api_key",
    "token",
    "secret",
    "secret_key",
    "secret_access_key",
    "secret_string",
    "secret_binary",
    "secret_data",
    "shared_secret",
    "client_secret",
    "client_key",
    "ses_smtp_password_v4",
    "private_key",
    "private_key_pem",
    "private_key_pem_pkcs8",
    "private_key_openssh",
    "tunnel1_preshared_key",
    "tunnel2_preshared_key",
    "kube_config_raw",
    "kube_admin_config_raw",
    "sas_token",
    "sas",
];

/// Ends of the names of Azure's access keys and connection strings.
const SECRET_ENDS: [&str; 4] =
    ["primary_access_key", "secondary_access_key", "primary_key", "connection_string"];

/// Attributes that are secret in some types only.
const BY_TYPE: [(&str, &str); 7] = [
    ("random_password", "result"),
    ("azurerm_key_vault_secret", "value"),
    ("azuread_application_password", "value"),
    ("azuread_service_principal_password", "value"),
    ("aws_api_gateway_api_key", "value"),
    ("vault_approle_auth_backend_role_secret_id", "secret_id"),
    ("google_kms_secret", "plaintext"),
];

/// Types whose attributes only sound secret: names of secrets and public proofs.
const PUBLIC: [(&str, &str); 3] = [
    ("google_secret_manager_", "secret"),
    ("kubernetes_", "secret"),
    ("google_site_verification_token", "token"),
];

/// One finding for each output, at the header or at `sensitive = false`.
pub fn sensitive_output<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Output, "") {
        let output = root.cursor(root.resources[at]);
        if !is_secret_reference(output.key("value")) {
            continue;
        }
        let (sensitive, ephemeral) = (output.key("sensitive"), output.key("ephemeral"));
        match (marked(sensitive), marked(ephemeral)) {
            (Some(true), _) | (_, Some(true)) => {}
            (Some(false), Some(false)) => {
                let missing = output.node_ref().map(|node| (node, vec!["sensitive".to_owned()]));
                sink.report(at, sensitive, missing, &[]);
            }
            _ => sink.unknown(),
        }
    }
}

/// Whether a mark is set; none where it cannot be told.
fn marked(mark: Cursor<'_>) -> Option<bool> {
    match mark.shape() {
        Shape::Absent => Some(false),
        _ => mark.text().map(|text| text == "true"),
    }
}

/// Whether a value is one reference to a secret attribute of a resource or data source.
fn is_secret_reference(value: Cursor<'_>) -> bool {
    let text = value.source_text().trim();
    let text = text.strip_prefix("\"${").and_then(|t| t.strip_suffix("}\"")).unwrap_or(text);
    let Some(steps) = steps(text.trim()) else { return false };
    let steps = match steps.as_slice() {
        ["data" | "ephemeral", rest @ ..] => rest,
        all => all,
    };
    let [kind, _, .., attribute] = steps else { return false };
    if steps.len() < 3 || !kind.contains('_') {
        return false;
    }
    let public = PUBLIC.iter().any(|(start, word)| kind.starts_with(start) && word == attribute);
    !public
        && (SECRET.contains(attribute)
            || SECRET_ENDS.iter().any(|end| attribute.ends_with(end))
            || BY_TYPE.contains(&(kind, attribute)))
}

/// The names of a traversal without its indexes; none where the text is anything else.
fn steps(text: &str) -> Option<Vec<&str>> {
    let mut steps = Vec::new();
    for step in text.split('.') {
        let (name, index) = step.split_once('[').unwrap_or((step, ""));
        let ident = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let plain = |b: u8| ident(b) || matches!(b, b'"' | b'*' | b'[' | b']');
        if !name.bytes().all(ident) && name != "*" || !index.bytes().all(plain) {
            return None;
        }
        if name != "*" && !name.is_empty() && !name.bytes().all(|b| b.is_ascii_digit()) {
            steps.push(name);
        }
    }
    Some(steps)
}
