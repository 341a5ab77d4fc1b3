//! Azure database servers whose logins are passwords only.

use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Join, Source, assume, last_part};
use crate::rules::sink::Sink;

/// A type of server, the block by which it may name its administrator itself, and the resource
/// that does so beside it.
struct Kind {
    server: &'static str,
    inside: &'static str,
    beside: Source,
}

const SQL: [Kind; 2] = [
    Kind {
        server: "azurerm_sql_server",
        inside: "azuread_administrator",
        beside: Source {
            kind: "azurerm_sql_active_directory_administrator",
            attributes: &["server_name"],
            via: "",
        },
    },
    Kind {
        server: "azurerm_mssql_managed_instance",
        inside: "azure_active_directory_administrator",
        beside: Source {
            kind: "azurerm_mssql_managed_instance_active_directory_administrator",
            attributes: &["managed_instance_id"],
            via: "",
        },
    },
];

const OPEN_SOURCE: [Kind; 3] = [
    Kind {
        server: "azurerm_postgresql_server",
        inside: "",
        beside: Source {
            kind: "azurerm_postgresql_active_directory_administrator",
            attributes: &["server_name"],
            via: "",
        },
    },
    Kind {
        server: "azurerm_mysql_server",
        inside: "",
        beside: Source {
            kind: "azurerm_mysql_active_directory_administrator",
            attributes: &["server_name"],
            via: "",
        },
    },
    Kind {
        server: "azurerm_mysql_flexible_server",
        inside: "",
        beside: Source {
            kind: "azurerm_mysql_flexible_server_active_directory_administrator",
            attributes: &["server_id"],
            via: "",
        },
    },
];

/// `azure_sql_without_entra_administrator`.
pub fn azure_sql_without_entra_administrator<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    without_administrator(root, &SQL, sink);
}

/// `azure_database_without_entra_administrator`: PostgreSQL and MySQL.
pub fn azure_database_without_entra_administrator<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    without_administrator(root, &OPEN_SOURCE, sink);
}

fn without_administrator<'r>(root: &'r Root<'r>, kinds: &[Kind], sink: &mut Sink<'_, 'r>) {
    for kind in kinds {
        let servers = root.terraform(Category::Managed, kind.server);
        if servers.is_empty() {
            continue;
        }
        let join = Join::new(root, &[kind.server], &[kind.beside], last_part);
        for &at in servers {
            let server = root.cursor(root.resources[at]);
            let inside = if kind.inside.is_empty() {
                Truth::False
            } else {
                !server.key(kind.inside).absent()
            };
            // A replica takes its logins from the server it follows.
            let mode = server.key("create_mode");
            let replica = match (mode.absent(), mode.text()) {
                (Truth::True, _) => Truth::False,
                (_, Some(word)) => Truth::of(word == "Replica"),
                (_, None) => Truth::Unknown,
            };
            match inside.or(replica).or(join.reaches(at, server.key("name"))) {
                Truth::False => {
                    let assumption = "no other module names an administrator for this server";
                    assume(sink.report(at, server, None, &[]), assumption);
                }
                Truth::Unknown => sink.unknown(),
                Truth::True => {}
            }
        }
    }
}
