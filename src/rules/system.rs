//! The system scope: the cluster's own components, whose hardening is not the reader's to change.

use super::rule::Rule;
use crate::model::kubernetes;
use crate::model::resource::Resource;
use crate::model::root::ModelSettings;

/// Whether a finding belongs to the system scope and so is only counted, outside the strict
/// profile.
pub fn hides(rule: &Rule, resource: &Resource, settings: &ModelSettings) -> bool {
    let Some(object) = resource.object() else { return false };
    if rule.family == "POL" {
        return false;
    }
    if object.group == "rbac.authorization.k8s.io"
        && object.name.as_deref().is_some_and(|name| name.starts_with("system:"))
    {
        return true;
    }
    if kubernetes::in_namespace(object, &settings.system_namespaces) {
        return true;
    }
    let mesh = kubernetes::in_namespace(object, std::slice::from_ref(&settings.root_namespace));
    let control_plane = kubernetes::workload::template_path(object).is_some()
        || object.group == "rbac.authorization.k8s.io"
        || object.kind == "ServiceAccount";
    mesh && control_plane
}
