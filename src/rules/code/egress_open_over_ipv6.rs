//! Network policies whose egress is narrow over IPv4 and open over IPv6.

use crate::model::fact::Truth;
use crate::model::network::Addresses;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::network_policy;
use crate::rules::sink::Sink;

/// `egress_open_over_ipv6`.
pub fn egress_open_over_ipv6<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for policy in &root.cluster().policies {
        if network_policy::applies_to(policy.spec, "Egress") != Truth::True {
            continue;
        }
        let rules = policy.spec.key("egress").items();
        let (mut all, mut blocks, mut open) = (Addresses::default(), Vec::new(), rules.open);
        for rule in rules.known {
            let to = rule.key("to");
            let (found, unresolved) = network_policy::blocks(to);
            // A rule without peers opens everything, which another card reports.
            let peers = to.items();
            open |= unresolved || (peers.known.is_empty() && !peers.open);
            for block in found {
                all.extend(&block.addresses);
                blocks.push(block);
            }
        }
        let [four, six] = all.public_shares();
        if six < 0.5 || four >= 0.5 {
            continue;
        }
        let is_four = |block: &&network_policy::Block<'_>| {
            block.cidr.text().is_some_and(|text| !text.contains(':'))
        };
        let Some(narrow) = blocks.iter().find(is_four) else { continue };
        let wide = blocks.iter().find(|block| block.addresses.public_shares()[1] >= 0.5);
        let Some(wide) = wide else { continue };
        if open {
            sink.unknown();
            continue;
        }
        if let Some(raw) = sink.report(policy.resource, wide.cidr, None, &[]) {
            let text = "limits IPv4 only".to_owned();
            raw.labels.push(Label { place: narrow.cidr.focus(), text });
        }
    }
}
