//! Azure SQL servers without an auditing policy.

use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Join, Source, assume, last_part};
use crate::rules::sink::Sink;

const SERVERS: [&str; 2] = ["azurerm_mssql_server", "azurerm_sql_server"];

/// Policies of servers, and of databases, which lead to their server.
const POLICIES: [Source; 2] = [
    Source {
        kind: "azurerm_mssql_server_extended_auditing_policy",
        attributes: &["server_id", "database_id"],
        via: "server_id",
    },
    Source {
        kind: "azurerm_mssql_database_extended_auditing_policy",
        attributes: &["database_id"],
        via: "server_id",
    },
];

/// `azure_sql_server_without_auditing`.
pub fn azure_sql_server_without_auditing<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mut join = None;
    for kind in SERVERS {
        for &at in root.terraform(Category::Managed, kind) {
            let join = join.get_or_insert_with(|| Join::new(root, &SERVERS, &POLICIES, server));
            let server = root.cursor(root.resources[at]);
            let audited = (!server.key("extended_auditing_policy").absent())
                .or(join.reaches(at, server.key("name")));
            match audited {
                Truth::False => {
                    let assumption = "no other module adds an auditing policy to this server";
                    assume(sink.report(at, server, None, &[]), assumption);
                }
                Truth::Unknown => sink.unknown(),
                Truth::True => {}
            }
        }
    }
}

/// The server's name in the identifier of a server or of one of its databases.
fn server(identifier: &str) -> String {
    let lower = identifier.to_ascii_lowercase();
    match lower.split_once("/servers/") {
        Some((_, rest)) => last_part(rest.split('/').next().unwrap_or_default()),
        None => last_part(&lower),
    }
}
