//! Ingress rules of a `NetworkPolicy` whose address blocks together cover the Internet.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::network::Addresses;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;
use crate::rules::{guard, network_policy};

/// The card whose exceptions say which policies select gateway pods.
const GATEWAYS: &str = "ZT-NET-005";

/// Reports each ingress rule that admits at least half of the public addresses of a family.
pub fn networkpolicy_world_ipblock<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for at in network_policy::policies(root) {
        let spec = root.cursor(root.resources[at]).key("spec");
        let applies = network_policy::applies_to(spec, "Ingress");
        if applies == Truth::False {
            continue;
        }
        for rule in spec.key("ingress").items().known {
            judge(root, at, rule, applies, sink);
        }
    }
}

fn judge<'r>(
    root: &'r Root<'r>,
    at: usize,
    rule: Cursor<'r>,
    applies: Truth,
    sink: &mut Sink<'_, 'r>,
) {
    let (blocks, open) = network_policy::blocks(rule.key("from"));
    let mut union = Addresses::default();
    for block in &blocks {
        union.extend(&block.addresses);
    }
    if !union.covers_internet() {
        if open {
            sink.unknown();
        }
        return;
    }
    let exempt = some(rule.key("ports")).and(guard::excepted(GATEWAYS, root, at));
    match applies.and(!exempt) {
        Truth::True => {}
        Truth::False => return,
        Truth::Unknown => return sink.unknown(),
    }
    let covered = union.public_shares().map(|share| share >= 0.5);
    let contributing: Vec<_> = blocks
        .iter()
        .filter(|block| {
            let shares = block.addresses.public_shares();
            covered.iter().zip(shares).any(|(&covered, share)| covered && share > 0.0)
        })
        .collect();
    // The block that opens the rule on its own is the one to edit; otherwise the first of many.
    let alone = contributing.iter().position(|block| block.addresses.covers_internet());
    let primary = alone.unwrap_or(0);
    let Some(first) = contributing.get(primary) else { return };
    if let Some(finding) = sink.report(at, first.cidr, None, &[]) {
        let others = contributing.iter().enumerate().filter(|(index, _)| *index != primary);
        finding.labels.extend(others.map(|(_, block)| Label {
            place: block.cidr.focus(),
            text: "admits public addresses too".to_owned(),
        }));
    }
}

/// Whether a list has elements.
fn some(list: Cursor<'_>) -> Truth {
    let items = list.items();
    match (items.known.is_empty(), items.open) {
        (false, _) => Truth::True,
        (true, true) => Truth::Unknown,
        (true, false) => Truth::False,
    }
}
