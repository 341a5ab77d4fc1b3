//! Storage accounts on the public network without network rules.

use crate::model::cursor::Shape;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Join, Source, assume, last_part};
use crate::rules::sink::Sink;

const ACCOUNT: &str = "azurerm_storage_account";

const RULES: Source = Source {
    kind: "azurerm_storage_account_network_rules",
    attributes: &["storage_account_id", "storage_account_name"],
    via: "",
};

/// `azure_storage_account_without_network_rules`.
pub fn azure_storage_account_without_network_rules<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
) {
    let accounts = root.terraform(Category::Managed, ACCOUNT);
    if accounts.is_empty() {
        return;
    }
    let join = Join::new(root, &[ACCOUNT], &[RULES], last_part);
    for &at in accounts {
        let account = root.cursor(root.resources[at]);
        let public = account.key("public_network_access_enabled");
        let open = match (public.shape(), public.text()) {
            (Shape::Absent, _) => Truth::True,
            (_, Some(word)) => Truth::of(word == "true"),
            (_, None) => Truth::Unknown,
        };
        let ruled =
            (!account.key("network_rules").absent()).or(join.reaches(at, account.key("name")));
        match open.and(!ruled) {
            Truth::True => {
                let missing = account.node_ref().map(|body| (body, vec!["network_rules".into()]));
                let assumption = "no other module adds network rules to this account";
                assume(sink.report(at, public, missing, &[]), assumption);
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}
