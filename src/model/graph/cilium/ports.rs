//! `toPorts` of a rule of Cilium's: plain ports, and those on which a proxy looks at layer 7.

use crate::model::cursor::{Cursor, Items, Shape};
use crate::model::graph::policy::Ports;
use crate::model::graph::ports::Protocol;
use std::borrow::Cow;

const EVERY: [(Protocol, u16, u16); 3] =
    [(Protocol::Tcp, 1, u16::MAX), (Protocol::Udp, 1, u16::MAX), (Protocol::Sctp, 1, u16::MAX)];

/// Ports that are listed.
#[derive(Default)]
pub(super) struct Listed<'a> {
    ranges: Vec<(Protocol, u16, u16)>,
    named: Vec<(Option<Protocol>, Cow<'a, str>)>,
    possible: Vec<(Protocol, u16, u16)>,
}

impl<'a> Listed<'a> {
    fn every() -> Self {
        Self { ranges: EVERY.to_vec(), ..Self::default() }
    }

    /// These ports.
    pub(super) fn ports(self) -> Ports<'a> {
        let Self { ranges, named, possible } = self;
        Ports::Listed { ranges, named, possible }
    }

    /// These ports, of which none is sure.
    pub(super) fn possible(self) -> Ports<'a> {
        let Self { ranges, named, mut possible } = self;
        possible.extend(ranges);
        for (protocol, _) in &named {
            possible.extend(EVERY.iter().filter(|one| protocol.is_none_or(|own| own == one.0)));
        }
        Ports::Listed { ranges: Vec::new(), named: Vec::new(), possible }
    }
}

/// The ports of a rule, plain ones and inspected ones; where no list is written, every port. A rule
/// that asks for authentication lets only some connections through.
pub(super) fn read<'a>(
    list: Option<Items<'a>>,
    authenticated: bool,
) -> (Option<Listed<'a>>, Option<Listed<'a>>) {
    let Some(list) = list else {
        let every = Some(Listed::every());
        return if authenticated { (None, every) } else { (every, None) };
    };
    let (mut plain, mut inspected) = (None, None);
    if list.open {
        plain.get_or_insert_with(Listed::default).possible.extend(EVERY);
    }
    for item in list.known {
        let rules = item.key("rules");
        let (rest, open) = item.entries();
        let none = |at: &Cursor<'a>| {
            let (pairs, open) = at.entries();
            at.shape() == Shape::Absent || at.shape() == Shape::Map && pairs.is_empty() && !open
        };
        let other = |(key, at): &(&str, Cursor<'a>)| match *key {
            "ports" => false,
            "rules" => !none(&rules),
            _ => at.shape() != Shape::Absent,
        };
        let looks = authenticated || open || rest.iter().any(other);
        let target = if looks { &mut inspected } else { &mut plain };
        add(item.key("ports").items(), target.get_or_insert_with(Listed::default));
    }
    (plain, inspected)
}

/// Numbers with an end, names, and `0` for all; without a protocol, or with `ANY`, of every one.
fn add<'a>(ports: Items<'a>, found: &mut Listed<'a>) {
    if ports.open || ports.known.is_empty() {
        found.possible.extend(EVERY);
    }
    for item in ports.known {
        let (port, end, written) = (item.key("port"), item.key("endPort"), item.key("protocol"));
        let (protocols, any) = match (written.shape(), written.text()) {
            (Shape::Absent, _) => (Protocol::ALL.to_vec(), true),
            (_, Some(word)) => match word.to_ascii_uppercase().as_str() {
                "ANY" | "" => (Protocol::ALL.to_vec(), true),
                word => (Protocol::of(word).into_iter().collect(), false),
            },
            _ => {
                found.possible.extend(EVERY);
                continue;
            }
        };
        let number = port.text().and_then(|text| text.parse::<u16>().ok());
        let upper = end.text().and_then(|text| text.parse::<u16>().ok());
        for protocol in &protocols {
            match (number, end.shape(), upper) {
                (Some(0), _, _) => found.ranges.push((*protocol, 1, u16::MAX)),
                (Some(low), Shape::Absent, _) | (Some(low), _, Some(0)) => {
                    found.ranges.push((*protocol, low, low));
                }
                (Some(low), _, Some(high)) if high >= low => {
                    found.ranges.push((*protocol, low, high));
                }
                (Some(low), _, _) => found.possible.push((*protocol, low, u16::MAX)),
                (None, _, _) if port.text().is_none_or(|text| !is_name(&text)) => {
                    found.possible.push((*protocol, 1, u16::MAX));
                }
                (None, _, _) if !any => {
                    let name = port.text().unwrap_or_default().to_ascii_lowercase();
                    found.named.push((Some(*protocol), Cow::Owned(name)));
                }
                (None, _, _) => {}
            }
        }
        if let (true, None, Some(text)) = (any, number, port.text())
            && is_name(&text)
        {
            found.named.push((None, Cow::Owned(text.to_ascii_lowercase())));
        }
    }
}

/// Names of ports hold a letter.
fn is_name(text: &str) -> bool {
    text.contains(|one: char| one.is_ascii_alphabetic()) && !text.starts_with("0x")
}
