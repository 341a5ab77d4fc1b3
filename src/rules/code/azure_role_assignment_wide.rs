//! Azure role assignments that give broad roles on a whole subscription or more.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Target, target};
use crate::rules::sink::Sink;

/// Broad roles by name, and by the identifiers that are the same in every tenant.
const ROLES: [(&str, &str); 2] = [
    ("contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
];

/// Types whose `id` is a subscription's or a management group's.
const WIDE: [&str; 2] = ["azurerm_subscription", "azurerm_management_group"];

/// `azure_role_assignment_wide`.
pub fn azure_role_assignment_wide<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Managed, "azurerm_role_assignment") {
        let assignment = root.cursor(root.resources[at]);
        let scope = assignment.key("scope");
        match broad(root, assignment).and(wide(root, scope)) {
            Truth::True => {
                sink.report(at, scope, None, &[]);
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}

/// Whether the role is a broad one, named either way, or one of the root's own that allows
/// everything.
fn broad<'r>(root: &'r Root<'r>, assignment: Cursor<'r>) -> Truth {
    let name = words(assignment.key("role_definition_name"), |word| {
        ROLES.iter().any(|(name, _)| *name == word)
    });
    let named = assignment.key("role_definition_id");
    let id = match target(root, named, &["azurerm_role_definition"], "") {
        Target::Resource(role) => everything(root.cursor(root.resources[role])),
        _ => words(named, |word| ROLES.iter().any(|(_, id)| word.ends_with(id))),
    };
    name.or(id)
}

/// Whether a role definition allows every action and takes none of them back.
fn everything(role: Cursor<'_>) -> Truth {
    let permissions = role.key("permissions").items();
    let known = Truth::any(permissions.known.into_iter().map(|permission| {
        let actions = permission.key("actions").items();
        let all = actions.known.iter().any(|action| action.text().as_deref() == Some("*"));
        let open = if actions.open { Truth::Unknown } else { Truth::False };
        let denied = permission.key("not_actions").items();
        let kept = match (denied.known.is_empty(), denied.open) {
            (true, false) => Truth::True,
            (true, true) => Truth::Unknown,
            (false, _) => Truth::False,
        };
        (if all { Truth::True } else { open }).and(kept)
    }));
    if permissions.open { known.or(Truth::Unknown) } else { known }
}

/// Whether a lower-case text, if there is one, is meant.
fn words(attribute: Cursor<'_>, meant: impl Fn(&str) -> bool) -> Truth {
    match (attribute.absent(), attribute.text()) {
        (Truth::True, _) => Truth::False,
        (_, Some(text)) => Truth::of(meant(&text.to_ascii_lowercase())),
        (_, None) => Truth::Unknown,
    }
}

/// Whether a scope is a subscription, a management group or the whole tenant.
fn wide<'r>(root: &'r Root<'r>, scope: Cursor<'r>) -> Truth {
    if let Some(symbol) = scope.symbol() {
        let Some(found) = root.instance(symbol) else { return Truth::Unknown };
        let Some(block) = root.resources[found].block() else { return Truth::Unknown };
        return match &*symbol.path {
            "id" => Truth::of(WIDE.contains(&block.kind.as_str())),
            _ => Truth::Unknown,
        };
    }
    words(scope, is_wide)
}

/// Whether a lower-case identifier is a subscription's, a management group's or the tenant's.
fn is_wide(scope: &str) -> bool {
    let parts: Vec<&str> = scope.trim_end_matches('/').split('/').collect();
    match parts[..] {
        [""] | ["", "subscriptions", _] => true,
        ["", "providers", provider, "managementgroups", _] => provider == "microsoft.management",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_wide;

    #[test]
    fn subscriptions_and_what_is_above_them_are_wide() {
        for (scope, wide) in [
            ("/", true),
            ("/subscriptions/0", true),
            ("/subscriptions/0/", true),
            ("/providers/microsoft.management/managementgroups/root", true),
            ("/subscriptions/0/resourcegroups/rg-shop", false),
            ("/providers/microsoft.management/managementgroups/root/providers/x", false),
            ("/providers/microsoft.other/managementgroups/root", false),
            ("subscriptions/0", false),
        ] {
            assert_eq!(is_wide(scope), wide, "{scope}");
        }
    }
}
