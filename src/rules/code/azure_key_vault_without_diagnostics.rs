//! Azure key vaults without a diagnostic setting.

use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Join, Source, assume, last_part};
use crate::rules::sink::Sink;

const VAULT: &str = "azurerm_key_vault";

const SETTING: Source = Source {
    kind: "azurerm_monitor_diagnostic_setting",
    attributes: &["target_resource_id"],
    via: "",
};

/// `azure_key_vault_without_diagnostics`.
pub fn azure_key_vault_without_diagnostics<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let vaults = root.terraform(Category::Managed, VAULT);
    if vaults.is_empty() {
        return;
    }
    let join = Join::new(root, &[VAULT], &[SETTING], last_part);
    for &at in vaults {
        let vault = root.cursor(root.resources[at]);
        match join.reaches(at, vault.key("name")) {
            Truth::False => {
                let assumption = "no other module adds a diagnostic setting to this vault";
                assume(sink.report(at, vault, None, &[]), assumption);
            }
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}
