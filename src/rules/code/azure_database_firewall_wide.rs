//! Azure database firewall rules that admit more public addresses than one organisation has.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;
use std::net::Ipv4Addr;

/// The types that ZT-NET-209 looks at.
const RULES: [&str; 9] = [
    "azurerm_mssql_firewall_rule",
    "azurerm_sql_firewall_rule",
    "azurerm_postgresql_firewall_rule",
    "azurerm_postgresql_flexible_server_firewall_rule",
    "azurerm_mysql_firewall_rule",
    "azurerm_mysql_flexible_server_firewall_rule",
    "azurerm_mariadb_firewall_rule",
    "azurerm_redis_firewall_rule",
    "azurerm_synapse_firewall_rule",
];

/// As many addresses as a /16 holds.
const MANY: u64 = 65_536;

/// Private, loopback and link-local ranges, multicast and above, inclusive.
const NOT_PUBLIC: [(u32, u32); 6] = [
    (0x0a00_0000, 0x0aff_ffff),
    (0x7f00_0000, 0x7fff_ffff),
    (0xa9fe_0000, 0xa9fe_ffff),
    (0xac10_0000, 0xac1f_ffff),
    (0xc0a8_0000, 0xc0a8_ffff),
    (0xe000_0000, 0xffff_ffff),
];

/// `azure_database_firewall_wide`.
pub fn azure_database_firewall_wide<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for kind in RULES {
        for &at in root.terraform(Category::Managed, kind) {
            let rule = root.cursor(root.resources[at]);
            let start = either(rule, ["start_ip_address", "start_ip"]);
            let end = either(rule, ["end_ip_address", "end_ip"]);
            match wide(start, end) {
                Truth::True => {
                    sink.report(at, start, None, &[]);
                }
                Truth::Unknown => sink.unknown(),
                Truth::False => {}
            }
        }
    }
}

fn either<'r>(rule: Cursor<'r>, keys: [&str; 2]) -> Cursor<'r> {
    let [first, second] = keys.map(|key| rule.key(key));
    if first.shape() == Shape::Absent { second } else { first }
}

fn wide(start: Cursor<'_>, end: Cursor<'_>) -> Truth {
    if start.shape() == Shape::Absent || end.shape() == Shape::Absent {
        return Truth::False;
    }
    let (Some(start), Some(end)) = (start.text(), end.text()) else { return Truth::Unknown };
    match (start.trim().parse(), end.trim().parse()) {
        (Ok(start), Ok(end)) => Truth::of(!everything(start, end) && public(start, end) > MANY),
        _ => Truth::False,
    }
}

/// The whole Internet, which ZT-NET-209 judges.
fn everything(start: Ipv4Addr, end: Ipv4Addr) -> bool {
    start.octets()[0] <= 1 && end.octets()[0] >= 223
}

fn public(start: Ipv4Addr, end: Ipv4Addr) -> u64 {
    let (low, high) = (u32::from(start), u32::from(end));
    let size = |low: u32, high: u32| {
        if low <= high { u64::from(high) - u64::from(low) + 1 } else { 0 }
    };
    let inside = |(from, to): &(u32, u32)| size((*from).max(low), (*to).min(high));
    size(low, high) - NOT_PUBLIC.iter().map(inside).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::public;

    #[test]
    fn only_public_addresses_count() {
        for (start, end, count) in [
            ("20.0.0.0", "20.0.255.255", 65_536),
            ("9.255.255.255", "11.0.0.0", 2),
            ("10.1.0.0", "10.200.0.0", 0),
            ("223.255.255.255", "255.255.255.255", 1),
            ("20.0.0.1", "20.0.0.0", 0),
            ("0.0.0.0", "0.0.0.0", 1),
        ] {
            let address = |text: &str| text.parse().expect("an address");
            assert_eq!(public(address(start), address(end)), count, "{start}");
        }
    }
}
