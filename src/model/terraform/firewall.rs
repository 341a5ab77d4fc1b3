//! One view of the firewall rules of three clouds: who may send to which port.
//!
//! Sources: provider documentation of each resource. AWS security groups only allow; `-1` is every
//! protocol. Google firewalls without any source take 0.0.0.0/0; rules of its firewall policies name
//! theirs in `match`, where a network scope narrows what the ranges say. Azure's `*`, `Internet` and
//! `Any` are the world, and `AlwaysAllow` of a security admin rule holds against every security group.

use super::prefix_list::PrefixLists;
use crate::model::cursor::{Cursor, Items, Shape};
use crate::model::fact::Truth;
use crate::model::network;
use crate::model::resource::{Block, Category};
use crate::model::value::Value;

/// The `firewall-rule` view of one block, each with a name for messages.
pub fn rules<'a>(block: &Block, body: Cursor<'a>, lists: &PrefixLists<'a>) -> Vec<(Value, String)> {
    if block.category != Category::Managed {
        return Vec::new();
    }
    let mut found = Vec::new();
    match block.kind.as_str() {
        "aws_security_group" | "aws_default_security_group" => {
            let default = block.kind == "aws_default_security_group";
            for direction in ["ingress", "egress"] {
                for (at, rule) in body.key(direction).items().known.into_iter().enumerate() {
                    if rule.shape() == Shape::Map {
                        let label = format!("{direction} rule {}", at + 1);
                        let direction = text(direction, rule);
                        let words = Words { direction, protocol: rule.key("protocol") };
                        let peers = peers(rule, &LISTED, lists);
                        found.push((aws(body, rule, words, peers, default), label));
                    }
                }
            }
        }
        "aws_security_group_rule" => {
            let direction = body.key("type").to_value();
            let words = Words { direction, protocol: body.key("protocol") };
            let view = aws(body, body, words, peers(body, &LISTED, lists), false);
            found.push((view, "rule".to_owned()));
        }
        "aws_vpc_security_group_ingress_rule" | "aws_vpc_security_group_egress_rule" => {
            let ingress = block.kind.contains("ingress");
            let direction = text(if ingress { "ingress" } else { "egress" }, body);
            let words = Words { direction, protocol: body.key("ip_protocol") };
            let view = aws(body, body, words, peers(body, &SINGLE, lists), false);
            found.push((view, "rule".to_owned()));
        }
        "google_compute_firewall" => google(body, &mut found),
        "google_compute_firewall_policy_rule"
        | "google_compute_network_firewall_policy_rule"
        | "google_compute_region_network_firewall_policy_rule" => {
            google_policy(body, body, &mut found);
        }
        "google_compute_firewall_policy_with_rules"
        | "google_compute_network_firewall_policy_with_rules"
        | "google_compute_region_network_firewall_policy_with_rules" => {
            for rule in body.key("rule").items().known {
                google_policy(body, rule, &mut found);
            }
        }
        "azurerm_network_security_group" => {
            for (at, rule) in body.key("security_rule").items().known.into_iter().enumerate() {
                if rule.shape() == Shape::Map {
                    let name = rule.key("name").text();
                    let label =
                        name.map_or(format!("rule {}", at + 1), |name| format!("rule `{name}`"));
                    found.push((azure(body, rule), label));
                }
            }
        }
        "azurerm_network_security_rule" => found.push((azure(body, body), "rule".to_owned())),
        "azurerm_network_manager_admin_rule" => {
            found.push((azure_admin(body), "rule".to_owned()));
        }
        _ => {}
    }
    found
}

fn text(word: &str, at: Cursor<'_>) -> Value {
    Value::Text(word.to_owned(), at.header())
}

struct Parts<'a> {
    object: Cursor<'a>,
    rule: Cursor<'a>,
    provider: &'static str,
    direction: Value,
    action: Value,
    protocol: Value,
    ports: Value,
    peers: Value,
    default_group: bool,
}

impl Parts<'_> {
    fn view(self) -> Value {
        let entries = vec![
            ("provider", text(self.provider, self.rule)),
            ("direction", self.direction),
            ("action", self.action),
            ("protocol", self.protocol),
            ("ports", self.ports),
            ("peers", self.peers),
            ("default-group", Value::Bool(self.default_group, self.rule.header())),
            ("rule", self.rule.to_value()),
            ("object", self.object.to_value()),
        ];
        Value::Map { entries, place: self.rule.header() }
    }
}

/// By which attributes a rule of a security group names addresses: two families, prefix lists.
type Sources = [&'static str; 3];

const LISTED: Sources = ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids"];
const SINGLE: Sources = ["cidr_ipv4", "cidr_ipv6", "prefix_list_id"];

/// The addresses that a rule of a security group names, those of prefix lists included. Groups and
/// the group itself are no addresses; neither takes away from them. A list that is not at hand is
/// AWS's own or another configuration's: it leaves open what else there is.
fn peers<'a>(rule: Cursor<'a>, sources: &Sources, lists: &PrefixLists<'a>) -> Value {
    let [v4, v6, prefixes] = sources.map(|name| rule.key(name));
    let written = joined(&[v4, v6]);
    let named = match prefixes.symbol() {
        Some(_) => Items { known: vec![prefixes], open: false },
        None => prefixes.items(),
    };
    let (mut entries, mut open, mut resolved) = (Vec::new(), named.open, false);
    for name in named.known {
        match lists.get(name) {
            Some(list) => {
                resolved = true;
                entries.extend(list.entries.iter().cloned());
                open |= list.open;
            }
            None => open = true,
        }
    }
    if !resolved {
        return written;
    }
    let cursor = Cursor::value(rule.files(), &written);
    let addressed = cursor.shape() != Shape::Absent;
    let own = cursor.items();
    let covered = addressed && network::covers_internet(cursor) == Truth::True;
    let at = if covered { cursor } else { prefixes };
    let (place, node) = (at.focus(), at.node_ref());
    let mut items: Vec<Value> = own.known.iter().map(Cursor::to_value).collect();
    items.extend(entries);
    Value::List { items, open: open || own.open, place }.at(node)
}

/// What else a rule of a security group says.
struct Words<'a> {
    direction: Value,
    protocol: Cursor<'a>,
}

fn aws(
    object: Cursor<'_>,
    rule: Cursor<'_>,
    words: Words<'_>,
    peers: Value,
    default_group: bool,
) -> Value {
    let (from, to) = (rule.key("from_port"), rule.key("to_port"));
    let protocol = word(words.protocol, |word| match word {
        "-1" => "all",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        other => other,
    });
    let number = |end: Cursor<'_>| end.scalar().known().and_then(|n| n.number());
    let ports = match protocol.as_text() {
        Some(("all", place)) => {
            Value::List { items: vec![range(0, 65535, place)], open: false, place }
        }
        Some(("tcp" | "udp", _)) => match (number(from), number(to)) {
            (Some(low), Some(high)) => {
                let items = vec![range(low as i64, high as i64, from.place())];
                Value::List { items, open: false, place: from.place() }.at(from.node_ref())
            }
            _ => Value::Unknown(from.place()),
        },
        Some((_, place)) => Value::List { items: Vec::new(), open: false, place },
        None => Value::Unknown(rule.header()),
    };
    Parts {
        object,
        rule,
        provider: "aws",
        direction: words.direction,
        action: text("allow", rule),
        protocol,
        ports,
        peers,
        default_group,
    }
    .view()
}

/// Whether a rule of Google's is switched off.
fn disabled(rule: Cursor<'_>) -> Truth {
    let switch = rule.key("disabled");
    match switch.text() {
        Some(text) => Truth::of(text == "true"),
        None => Truth::of(switch.shape() != Shape::Absent).and(Truth::Unknown),
    }
}

fn google_direction(rule: Cursor<'_>) -> Value {
    let written = rule.key("direction");
    match written.text() {
        Some(word) if word.eq_ignore_ascii_case("egress") => text("egress", rule),
        Some(_) => text("ingress", rule),
        None if written.shape() == Shape::Absent => text("ingress", rule),
        None => Value::Unknown(written.place()),
    }
}

/// A protocol by the name that rules ask for.
fn google_protocol(written: Cursor<'_>) -> Value {
    word(written, |word| match word {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        other => other,
    })
}

fn google(body: Cursor<'_>, found: &mut Vec<(Value, String)>) {
    let disabled = disabled(body);
    if disabled == Truth::True {
        return;
    }
    let direction = google_direction(body);
    let egress = direction.as_text().is_some_and(|(word, _)| word == "egress");
    let ranges = body.key(if egress { "destination_ranges" } else { "source_ranges" });
    let narrowed = ["source_tags", "source_service_accounts"]
        .iter()
        .any(|key| body.key(key).shape() != Shape::Absent && !egress);
    let peers = match ranges.shape() {
        Shape::Absent if !narrowed => Value::List {
            items: vec![Value::Text("0.0.0.0/0".to_owned(), body.header())],
            open: false,
            place: body.header(),
        },
        _ => joined(&[ranges]),
    };
    for action in ["allow", "deny"] {
        for rule in body.key(action).items().known {
            if rule.shape() != Shape::Map {
                continue;
            }
            let protocol = google_protocol(rule.key("protocol"));
            let ports = ports(&protocol, &[rule.key("ports")], rule);
            let label = match protocol.as_text() {
                Some((word, _)) => format!("{action} {word}"),
                None => action.to_owned(),
            };
            let view = Parts {
                object: body,
                rule,
                provider: "google",
                direction: direction.clone(),
                action: match disabled {
                    Truth::False => text(action, rule),
                    _ => Value::Unknown(body.key("disabled").place()),
                },
                protocol,
                ports,
                peers: peers.clone(),
                default_group: false,
            };
            found.push((view.view(), label));
        }
    }
}

/// A rule of a firewall policy, one view for each protocol. Ranges hold only within the network scope
/// that stands beside them; everything but `INTERNET` is inside.
fn google_policy(object: Cursor<'_>, rule: Cursor<'_>, found: &mut Vec<(Value, String)>) {
    let disabled = disabled(rule);
    if disabled == Truth::True || rule.shape() != Shape::Map {
        return;
    }
    let direction = google_direction(rule);
    let egress = direction.as_text().is_some_and(|(word, _)| word == "egress");
    let Some(matched) = rule.key("match").items().known.first().copied() else { return };
    let [ranges, scope] = if egress {
        ["dest_ip_ranges", "dest_network_scope"]
    } else {
        ["src_ip_ranges", "src_network_scope"]
    }
    .map(|key| matched.key(key));
    let peers = match (scope.shape(), scope.text().as_deref()) {
        (Shape::Absent, _) | (_, Some("INTERNET" | "UNSPECIFIED")) => joined(&[ranges]),
        (_, Some(_)) => Value::List { items: Vec::new(), open: false, place: scope.place() },
        (_, None) => Value::Unknown(scope.place()),
    };
    for part in
        ["layer4_configs", "layer4_config"].iter().flat_map(|key| matched.key(key).items().known)
    {
        let protocol = google_protocol(part.key("ip_protocol"));
        let label = match protocol.as_text() {
            Some((word, _)) => format!("rule for {word}"),
            None => "rule".to_owned(),
        };
        let view = Parts {
            object,
            rule,
            provider: "google",
            direction: direction.clone(),
            action: match disabled {
                Truth::False => word(rule.key("action"), |word| word),
                _ => Value::Unknown(rule.key("disabled").place()),
            },
            ports: ports(&protocol, &[part.key("ports")], rule),
            protocol,
            peers: peers.clone(),
            default_group: false,
        };
        found.push((view.view(), label));
    }
}

/// A security admin rule of Azure's network manager, which is asked before security groups are.
fn azure_admin(rule: Cursor<'_>) -> Value {
    let direction = word(rule.key("direction"), |word| match word {
        "inbound" => "ingress",
        "outbound" => "egress",
        other => other,
    });
    let egress = direction.as_text().is_some_and(|(word, _)| word == "egress");
    let sides = rule.key(if egress { "destination" } else { "source" });
    let named: Vec<_> = sides.items().known.iter().map(|side| side.key("address_prefix")).collect();
    let peers = if named.is_empty() { sides.to_value() } else { joined(&named) };
    let protocol = word(rule.key("protocol"), |word| if word == "any" { "all" } else { word });
    Parts {
        object: rule,
        rule,
        provider: "azure",
        direction,
        action: word(rule.key("action"), |word| word.strip_prefix("always").unwrap_or(word)),
        ports: ports(&protocol, &[rule.key("destination_port_ranges")], rule),
        protocol,
        peers,
        default_group: false,
    }
    .view()
}

fn azure(object: Cursor<'_>, rule: Cursor<'_>) -> Value {
    let direction = word(rule.key("direction"), |word| match word {
        "inbound" => "ingress",
        "outbound" => "egress",
        other => other,
    });
    let egress = direction.as_text().is_some_and(|(word, _)| word == "egress");
    let peers = if egress {
        [rule.key("destination_address_prefix"), rule.key("destination_address_prefixes")]
    } else {
        [rule.key("source_address_prefix"), rule.key("source_address_prefixes")]
    };
    let protocol = word(rule.key("protocol"), |word| if word == "*" { "all" } else { word });
    let lists = [rule.key("destination_port_range"), rule.key("destination_port_ranges")];
    Parts {
        object,
        rule,
        provider: "azure",
        direction,
        action: word(rule.key("access"), |word| word),
        ports: ports(&protocol, &lists, rule),
        protocol,
        peers: joined(&peers),
        default_group: false,
    }
    .view()
}

/// A word in lower case, renamed.
fn word(cursor: Cursor<'_>, rename: impl Fn(&str) -> &str) -> Value {
    match cursor.text() {
        Some(text) => {
            let text = rename(&text.to_ascii_lowercase()).to_owned();
            Value::Text(text, cursor.place()).at(cursor.node_ref())
        }
        None => cursor.to_value(),
    }
}

fn range(from: i64, to: i64, place: crate::input::source::Place) -> Value {
    Value::Map {
        entries: vec![("from", Value::Int(from, place)), ("to", Value::Int(to, place))],
        place,
    }
}

/// Port texts of Google and Azure as ranges; no ports written means every port.
fn ports(protocol: &Value, lists: &[Cursor<'_>], rule: Cursor<'_>) -> Value {
    if let Some((word, place)) = protocol.as_text()
        && (word.starts_with("icmp") || matches!(word, "esp" | "ah" | "ipip"))
    {
        return Value::List { items: Vec::new(), open: false, place };
    }
    let written = lists.iter().find(|list| list.shape() != Shape::Absent);
    let Some(written) = written else {
        let place = rule.header();
        return Value::List { items: vec![range(0, 65535, place)], open: false, place };
    };
    let (mut items, mut open) = (Vec::new(), false);
    for list in lists {
        let members = list.items();
        open |= members.open;
        for member in members.known {
            match member.text() {
                Some(text) => items.extend(text.split(',').filter_map(|part| {
                    let part = part.trim();
                    let (from, to) = if part == "*" {
                        (0, 65535)
                    } else {
                        let (from, to) = part.split_once('-').unwrap_or((part, part));
                        (from.trim().parse().ok()?, to.trim().parse().ok()?)
                    };
                    Some(range(from, to, member.place()))
                })),
                None => open = true,
            }
        }
    }
    Value::List { items, open, place: written.focus() }
}

/// Several address lists as one; placed at the list that opens the rule to the Internet, if any.
fn joined(lists: &[Cursor<'_>]) -> Value {
    let written: Vec<_> = lists.iter().filter(|list| list.shape() != Shape::Absent).collect();
    let Some(first) = written.first() else {
        return lists[0].to_value();
    };
    let culprit = written.iter().find(|list| network::covers_internet(***list) == Truth::True);
    let culprit = culprit.unwrap_or(first);
    let place = culprit.focus();
    let (mut items, mut open) = (Vec::new(), false);
    for list in &written {
        let members = list.items();
        open |= members.open;
        items.extend(members.known.iter().map(Cursor::to_value));
    }
    Value::List { items, open, place }.at(culprit.node_ref())
}
