//! Firewall rules that open a range of more than a thousand ports to the Internet.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::network;
use crate::model::root::Root;
use crate::rules::guard;
use crate::rules::sink::Sink;

/// More ports than this in one range are too many.
const MANY: f64 = 1000.0;

/// Rules about what such a range holds; where one of them reports the same firewall rule, the range
/// is its cause: administration ports, every port, data ports, internal services.
const NEARER: [&str; 4] = ["ZT-NET-025", "ZT-NET-026", "ZT-NET-100", "ZT-NET-194"];

/// `firewall_world_wide_port_range`.
pub fn firewall_world_wide_port_range<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for element in root.view("firewall-rule") {
        let rule = element.cursor(root);
        let mut verdict = Truth::all([
            word(rule.key("direction"), |word| word == "ingress"),
            word(rule.key("action"), |word| word == "allow"),
            word(rule.key("protocol"), |word| matches!(word, "tcp" | "udp" | "sctp" | "all")),
            wide(rule.key("ports")),
            network::covers_internet(rule.key("peers")),
        ]);
        if verdict == Truth::True {
            let nearer = NEARER.iter().map(|id| guard::reports(id, root, element.resource, rule));
            verdict = !Truth::any(nearer);
        }
        match verdict {
            Truth::True => {
                let words = [("element", element.label.as_str())];
                sink.report(element.resource, rule.key("peers"), None, &words);
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}

fn word(cursor: Cursor<'_>, is: impl Fn(&str) -> bool) -> Truth {
    match (cursor.shape(), cursor.text()) {
        (Shape::Absent, _) => Truth::False,
        (_, Some(text)) => Truth::of(is(&text)),
        (_, None) => Truth::Unknown,
    }
}

/// Whether one of the ranges is wide.
fn wide(ports: Cursor<'_>) -> Truth {
    let items = ports.items();
    let known = Truth::any(items.known.iter().map(|range| {
        let number = |key: &str| range.key(key).scalar().known().and_then(|number| number.number());
        match (number("from"), number("to")) {
            (Some(from), Some(to)) => Truth::of(to - from + 1.0 > MANY),
            _ => Truth::Unknown,
        }
    }));
    if items.open { known.or(Truth::Unknown) } else { known }
}
