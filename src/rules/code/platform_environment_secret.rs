//! Finds secrets among the variables that services of Azure and Google Cloud hand to the code they run,
//! and among the values that Terraform gives to Helm charts. Known formats are left to the rule that
//! finds them anywhere.

use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::secret::{self, known};
use crate::rules::sink::Sink;

/// Types with the way to their variables: a map, or blocks with `name` and `value`; each step but the
/// last is a repeated block.
const WAYS: [(&[&str], &[&str]); 17] = [
    (
        &[
            "azurerm_app_service",
            "azurerm_app_service_slot",
            "azurerm_function_app",
            "azurerm_function_app_flex_consumption",
            "azurerm_function_app_slot",
            "azurerm_linux_function_app",
            "azurerm_linux_function_app_slot",
            "azurerm_linux_web_app",
            "azurerm_linux_web_app_slot",
            "azurerm_logic_app_standard",
            "azurerm_static_web_app",
            "azurerm_windows_function_app",
            "azurerm_windows_function_app_slot",
            "azurerm_windows_web_app",
            "azurerm_windows_web_app_slot",
        ],
        &["app_settings"],
    ),
    (&["azurerm_container_group"], &["container", "environment_variables"]),
    (&["azurerm_container_group"], &["init_container", "environment_variables"]),
    (&["azurerm_container_app", "azurerm_container_app_job"], &["template", "container", "env"]),
    (
        &["azurerm_container_app", "azurerm_container_app_job"],
        &["template", "init_container", "env"],
    ),
    (&["azurerm_batch_pool"], &["start_task", "common_environment_properties"]),
    (
        &["google_app_engine_flexible_app_version", "google_app_engine_standard_app_version"],
        &["env_variables"],
    ),
    (&["google_cloud_run_service"], &["template", "spec", "containers", "env"]),
    (
        &["google_cloud_run_v2_service", "google_cloud_run_v2_worker_pool"],
        &["template", "containers", "env"],
    ),
    (&["google_cloud_run_v2_job"], &["template", "template", "containers", "env"]),
    (&["google_cloudbuild_trigger"], &["substitutions"]),
    (&["google_cloudfunctions_function"], &["build_environment_variables"]),
    (&["google_cloudfunctions_function"], &["environment_variables"]),
    (&["google_cloudfunctions2_function"], &["build_config", "environment_variables"]),
    (&["google_cloudfunctions2_function"], &["service_config", "environment_variables"]),
    (&["google_composer_environment"], &["config", "software_config", "env_variables"]),
    (&["google_workflows_workflow"], &["user_env_vars"]),
];

/// `platform_environment_secret`: one finding for each variable, at its value.
pub fn platform_environment_secret<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for (kinds, path) in WAYS {
        for &at in kinds.iter().flat_map(|kind| root.terraform(Category::Managed, kind)) {
            let (last, blocks) = path.split_last().expect("every way has a step");
            let mut holders = vec![root.cursor(root.resources[at])];
            for block in blocks {
                holders =
                    holders.iter().flat_map(|holder| holder.key(block).items().known).collect();
            }
            for variables in holders.iter().map(|holder| holder.key(last)) {
                if *last == "env" {
                    for variable in variables.items().known {
                        let name = variable.key("name").text().unwrap_or_default();
                        judge(sink, at, &name, variable.key("value"));
                    }
                } else {
                    for (name, value) in variables.entries().0 {
                        judge(sink, at, name, value);
                    }
                }
            }
        }
    }
}

/// `chart_value_secret`: one finding for each value of a `helm_release`, set by itself or in a text.
pub fn chart_value_secret<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Managed, "helm_release") {
        let release = root.cursor(root.resources[at]);
        for list in ["set", "set_sensitive", "set_wo"] {
            for one in release.key(list).items().known {
                let name = one.key("name").text().unwrap_or_default();
                chart_value(sink, at, &name, one.key("value"));
            }
        }
        for text in release.key("values").items().known {
            below(sink, at, text.document(), 0);
        }
    }
}

/// How deep values of charts are followed.
const DEPTH: usize = 20;

fn below<'r>(sink: &mut Sink<'_, 'r>, at: usize, values: Cursor<'r>, depth: usize) {
    if depth > DEPTH {
        return;
    }
    match values.shape() {
        Shape::Map => {
            for (name, value) in values.entries().0 {
                match value.shape() {
                    Shape::Scalar => chart_value(sink, at, name, value),
                    _ => below(sink, at, value, depth + 1),
                }
            }
        }
        Shape::List => {
            for item in values.items().known {
                let value = item.key("value");
                match (item.shape(), value.shape()) {
                    // A variable of a container.
                    (Shape::Map, Shape::Scalar) => {
                        let name = item.key("name").text().unwrap_or_default();
                        chart_value(sink, at, &name, value);
                    }
                    (Shape::Map, _) => below(sink, at, item, depth + 1),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Values of charts are named in camel case; what ends in `Secret` mostly names an object.
fn chart_value<'r>(sink: &mut Sink<'_, 'r>, at: usize, path: &str, value: Cursor<'r>) {
    let last = path.rsplit('.').next().unwrap_or(path);
    let mut name = String::with_capacity(last.len() + 4);
    for (at, c) in last.char_indices() {
        let after_lower = last[..at].ends_with(|c: char| c.is_ascii_lowercase());
        if c.is_ascii_uppercase() && after_lower {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    let names_object = name.ends_with("secret")
        && !["client_secret", "cookie_secret", "jwt_secret", "shared_secret"].contains(&&*name);
    if !names_object && holds(&name, value) {
        sink.report(at, value, None, &[("element", &format!("`{path}`"))]);
    }
}

fn judge<'r>(sink: &mut Sink<'_, 'r>, at: usize, name: &str, value: Cursor<'r>) {
    if holds(name, value) {
        sink.report(at, value, None, &[("element", &format!("`{name}`"))]);
    }
}

fn holds(name: &str, value: Cursor<'_>) -> bool {
    let Some(text) = secret::known_text(&value) else { return false };
    // A reference that the platform resolves.
    let reference = text.starts_with("@Microsoft.KeyVault(") || text.starts_with("projects/");
    secret::telling_name(name)
        && secret::secret_value(&text)
        && known::find(&text).is_none()
        && !reference
}
