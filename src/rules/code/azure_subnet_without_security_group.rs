//! Azure subnets that no network security group guards.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Join, Source, Target, assume, last_part, target};
use crate::rules::sink::Sink;
use std::collections::HashSet;

const SUBNET: &str = "azurerm_subnet";
const INTERFACE: &str = "azurerm_network_interface";

const ASSOCIATION: Source = Source {
    kind: "azurerm_subnet_network_security_group_association",
    attributes: &["subnet_id"],
    via: "",
};

/// Subnets of Azure's own appliances, which take no security group or bring their own rules.
const APPLIANCES: [&str; 5] = [
    "AzureBastionSubnet",
    "AzureFirewallManagementSubnet",
    "AzureFirewallSubnet",
    "GatewaySubnet",
    "RouteServerSubnet",
];

/// `azure_subnet_without_security_group`.
pub fn azure_subnet_without_security_group<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let subnets = root.terraform(Category::Managed, SUBNET);
    if !subnets.is_empty() {
        let join = Join::new(root, &[SUBNET], &[ASSOCIATION], last_part);
        let (guarded, open) = by_interface(root);
        for &at in subnets {
            let subnet = root.cursor(root.resources[at]);
            let machines = match (guarded.contains(&at), open) {
                (true, _) => Truth::True,
                (false, true) => Truth::Unknown,
                (false, false) => Truth::False,
            };
            let group = join.reaches(at, subnet.key("name")).or(machines);
            match appliance(subnet).or(group) {
                Truth::False => {
                    let assumption = "no other module gives this subnet a security group";
                    assume(sink.report(at, subnet, None, &[]), assumption);
                }
                Truth::Unknown => sink.unknown(),
                Truth::True => {}
            }
        }
    }
    for &at in root.terraform(Category::Managed, "azurerm_virtual_network") {
        let network = root.cursor(root.resources[at]);
        for subnet in network.key("subnet").items().known {
            let group = subnet.key("security_group");
            match appliance(subnet).or(!group.absent()) {
                Truth::False => {
                    let missing =
                        subnet.node_ref().map(|body| (body, vec!["security_group".into()]));
                    sink.report(at, group, missing, &[]);
                }
                Truth::Unknown => sink.unknown(),
                Truth::True => {}
            }
        }
    }
}

fn appliance(subnet: Cursor<'_>) -> Truth {
    match subnet.key("name").text() {
        Some(name) => Truth::of(APPLIANCES.contains(&&*name)),
        None => Truth::Unknown,
    }
}

/// Subnets whose machines are guarded one by one, and whether there may be others.
fn by_interface<'r>(root: &'r Root<'r>) -> (HashSet<usize>, bool) {
    let (mut guarded, mut open) = (HashSet::new(), false);
    let kind = "azurerm_network_interface_security_group_association";
    for &at in root.terraform(Category::Managed, kind) {
        let named = root.cursor(root.resources[at]).key("network_interface_id");
        let interface = match target(root, named, &[INTERFACE], "") {
            Target::Resource(interface) => root.cursor(root.resources[interface]),
            Target::Unknown => {
                open = true;
                continue;
            }
            Target::Text(_) | Target::Elsewhere => continue,
        };
        let addresses = interface.key("ip_configuration").items();
        open |= addresses.open;
        for address in addresses.known {
            match target(root, address.key("subnet_id"), &[SUBNET], "") {
                Target::Resource(at) => {
                    guarded.insert(at);
                }
                Target::Unknown => open = true,
                Target::Text(_) | Target::Elsewhere => {}
            }
        }
    }
    (guarded, open)
}
