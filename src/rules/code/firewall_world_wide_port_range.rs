//! Firewall rules that open a range of more than a thousand ports to the Internet.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::network;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// More ports than this in one range are too many.
const MANY: f64 = 1000.0;

/// Administration ports, which have a rule of their own (ZT-NET-025).
const ADMINISTRATION: [u16; 12] =
    [22, 23, 2375, 2376, 2379, 2380, 3389, 5900, 5985, 5986, 6443, 10250];

/// `firewall_world_wide_port_range`.
pub fn firewall_world_wide_port_range<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for element in root.view("firewall-rule") {
        let rule = element.cursor(root);
        let verdict = Truth::all([
            word(rule.key("provider"), |word| word == "aws"),
            word(rule.key("direction"), |word| word == "ingress"),
            word(rule.key("action"), |word| word == "allow"),
            word(rule.key("protocol"), |word| matches!(word, "tcp" | "udp")),
            wide(rule.key("ports")),
            network::covers_internet(rule.key("peers")),
        ]);
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

/// Whether the ports are one wide range that no other rule judges.
fn wide(ports: Cursor<'_>) -> Truth {
    let items = ports.items();
    let [range] = items.known.as_slice() else {
        return if items.open { Truth::Unknown } else { Truth::False };
    };
    let number = |key: &str| range.key(key).scalar().known().and_then(|number| number.number());
    let (Some(from), Some(to)) = (number("from"), number("to")) else { return Truth::Unknown };
    let full = from < 2.0 && to > 65_534.0;
    let unprivileged = from <= 1024.0 && to > 65_534.0;
    let administration =
        ADMINISTRATION.iter().any(|&port| from <= f64::from(port) && f64::from(port) <= to);
    let judged = full || administration && !unprivileged;
    Truth::of(to - from + 1.0 > MANY && !judged)
}
