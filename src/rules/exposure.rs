//! Whether the Internet gets through to a resource in a VPC: by its security groups and by its
//! subnets. Only what is certain counts.
//!
//! Source: Amazon VPC User Guide, "Security groups" (rules of all groups of an interface add up)
//! and "Route tables" (a subnet is public if its table routes to an Internet gateway).

use super::reference::{Target, named, target};
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::network;
use crate::model::resource::Category;
use crate::model::root::Root;

/// The rule of one of the groups that lets the whole Internet in to a port, if there is one.
pub fn world_rule<'r>(root: &'r Root<'r>, groups: Cursor<'r>, port: u16) -> Option<Cursor<'r>> {
    let groups = named(groups).into_iter().filter_map(|group| {
        match target(root, group, &["aws_security_group"], "") {
            Target::Resource(group) => Some(group),
            _ => None,
        }
    });
    let groups: Vec<usize> = groups.collect();
    let admits = |rule: &Cursor<'r>| {
        rule.key("direction").text().as_deref() == Some("ingress")
            && matches!(rule.key("protocol").text().as_deref(), Some("all" | "tcp"))
            && network::covers_internet(rule.key("peers")) == Truth::True
            && network::includes_port(rule.key("ports"), &[port]) == Truth::True
    };
    let elements = root.view("firewall-rule").iter().filter(|element| {
        let resource = root.resources[element.resource];
        match resource.block().map(|block| block.kind.as_str()) {
            Some("aws_security_group") => groups.contains(&element.resource),
            Some(kind) if kind.starts_with("aws_") && resource.certain => {
                let group = root.cursor(resource).key("security_group_id");
                matches!(
                    target(root, group, &["aws_security_group"], ""),
                    Target::Resource(group) if groups.contains(&group)
                )
            }
            _ => false,
        }
    });
    let mut rules = elements.map(|element| element.cursor(root));
    rules.find(admits).map(|rule| rule.key("rule"))
}

/// The route that makes every one of these subnets public, if there is one for each: the first.
pub fn public_route<'r>(root: &'r Root<'r>, subnets: Cursor<'r>) -> Option<Cursor<'r>> {
    let members = named(subnets);
    if members.is_empty() || (subnets.symbol().is_none() && subnets.items().open) {
        return None;
    }
    let mut first = None;
    for subnet in members {
        let Target::Resource(subnet) = target(root, subnet, &["aws_subnet"], "") else {
            return None;
        };
        let route = route_of(root, subnet)?;
        first = first.or(Some(route));
    }
    first
}

/// The route to an Internet gateway in the table that a subnet is associated with.
fn route_of<'r>(root: &'r Root<'r>, subnet: usize) -> Option<Cursor<'r>> {
    let associations = root.terraform(Category::Managed, "aws_route_table_association").iter();
    let mut tables = associations.filter_map(|&at| {
        let resource = root.resources[at];
        let body = root.cursor(resource);
        let ours = target(root, body.key("subnet_id"), &["aws_subnet"], "");
        if !resource.certain || !matches!(ours, Target::Resource(found) if found == subnet) {
            return None;
        }
        match target(root, body.key("route_table_id"), &["aws_route_table"], "") {
            Target::Resource(table) => Some(table),
            _ => None,
        }
    });
    let table = tables.next()?;
    let inline = root.cursor(root.resources[table]).key("route").items().known;
    if let Some(route) = inline.into_iter().find(|&route| is_public(root, route, "cidr_block")) {
        return Some(route);
    }
    root.terraform(Category::Managed, "aws_route").iter().find_map(|&at| {
        let resource = root.resources[at];
        let route = root.cursor(resource);
        let named = target(root, route.key("route_table_id"), &["aws_route_table"], "");
        let ours = resource.certain && matches!(named, Target::Resource(found) if found == table);
        (ours && is_public(root, route, "destination_cidr_block")).then_some(route)
    })
}

/// Whether a route leads everything to an Internet gateway.
fn is_public<'r>(root: &'r Root<'r>, route: Cursor<'r>, to: &str) -> bool {
    let gateway = target(root, route.key("gateway_id"), &["aws_internet_gateway"], "");
    network::covers_internet(route.key(to)) == Truth::True && matches!(gateway, Target::Resource(_))
}
