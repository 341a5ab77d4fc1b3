//! Addresses and ports: CIDR set measure and port ranges, as every cloud and Kubernetes write them.

use super::cursor::{Cursor, Shape};
use super::fact::Truth;
use ipnet::IpNet;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Words that mean every address.
const WORLD: [&str; 4] = ["*", "internet", "any", "0/0"];

/// IPv4 ranges that are no public addresses (IANA special-purpose registry), inclusive.
const PRIVATE: [(u32, u32); 10] = [
    (0x0000_0000, 0x00ff_ffff),
    (0x0a00_0000, 0x0aff_ffff),
    (0x6440_0000, 0x647f_ffff),
    (0x7f00_0000, 0x7fff_ffff),
    (0xa9fe_0000, 0xa9fe_ffff),
    (0xac10_0000, 0xac1f_ffff),
    (0xc000_0200, 0xc000_02ff),
    (0xc0a8_0000, 0xc0a8_ffff),
    (0xc612_0000, 0xc613_ffff),
    (0xe000_0000, 0xffff_ffff),
];

/// Global unicast, `2000::/3`.
const PUBLIC_V6: (u128, u128) = (0x2000 << 112, (0x4000 << 112) - 1);

/// The public addresses of a range of one family, as inclusive ranges.
pub fn public_parts(v6: bool, low: u128, high: u128) -> Vec<(u128, u128)> {
    let mut found = Vec::new();
    let mut take = |start: u128, end: u128| {
        let (start, end) = (start.max(low), end.min(high));
        if start <= end {
            found.push((start, end));
        }
    };
    if v6 {
        take(PUBLIC_V6.0, PUBLIC_V6.1);
        return found;
    }
    let mut next = 0;
    for (start, end) in PRIVATE.map(|(start, end)| (u128::from(start), u128::from(end))) {
        if start > next {
            take(next, start - 1);
        }
        next = end + 1;
    }
    found
}

/// A set of addresses as inclusive ranges per family.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    v4: Vec<(u128, u128)>,
    v6: Vec<(u128, u128)>,
}

impl Addresses {
    /// Adds a CIDR, a lone address or a word for the world. False if the text is none of these.
    pub fn add(&mut self, text: &str) -> bool {
        let text = text.trim();
        if WORLD.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            self.v4.push((0, u128::from(u32::MAX)));
            self.v6.push((0, u128::MAX));
            return true;
        }
        match network(text) {
            Some(net) => {
                self.push(net);
                true
            }
            None => false,
        }
    }

    fn push(&mut self, net: IpNet) {
        match net {
            IpNet::V4(net) => {
                let (low, high) = (u32::from(net.network()), u32::from(net.broadcast()));
                self.v4.push((u128::from(low), u128::from(high)));
            }
            IpNet::V6(net) => {
                self.v6.push((u128::from(net.network()), u128::from(net.broadcast())));
            }
        }
    }

    /// Takes a CIDR's addresses out.
    pub fn remove(&mut self, text: &str) {
        let Some(net) = network(text.trim()) else { return };
        let (list, low, high) = match net {
            IpNet::V4(net) => (
                &mut self.v4,
                u128::from(u32::from(net.network())),
                u128::from(u32::from(net.broadcast())),
            ),
            IpNet::V6(net) => {
                (&mut self.v6, u128::from(net.network()), u128::from(net.broadcast()))
            }
        };
        let mut kept = Vec::with_capacity(list.len() + 1);
        for &(start, end) in list.iter() {
            if end < low || start > high {
                kept.push((start, end));
                continue;
            }
            if start < low {
                kept.push((start, low - 1));
            }
            if end > high {
                kept.push((high + 1, end));
            }
        }
        *list = kept;
    }

    /// Adds the addresses of another set.
    pub fn extend(&mut self, other: &Addresses) {
        self.v4.extend_from_slice(&other.v4);
        self.v6.extend_from_slice(&other.v6);
    }

    /// Whether the set covers at least half of the public addresses of a family.
    pub fn covers_internet(&self) -> bool {
        self.public_shares().iter().any(|&share| share >= 0.5)
    }

    /// Which parts (0 to 1) of the public IPv4 and of the public IPv6 addresses the set holds.
    #[allow(clippy::cast_precision_loss)]
    pub fn public_shares(&self) -> [f64; 2] {
        let everything: u128 = u128::from(u32::MAX) + 1;
        let private: u128 = PRIVATE.iter().map(|&(l, h)| u128::from(h - l) + 1).sum();
        let mut public = 0u128;
        for (low, high) in merged(&self.v4) {
            public += high - low + 1;
            for &(start, end) in &PRIVATE {
                let (start, end) = (u128::from(start).max(low), u128::from(end).min(high));
                if start <= end {
                    public -= end - start + 1;
                }
            }
        }
        let (low, high) = PUBLIC_V6;
        let covered: f64 = merged(&self.v6)
            .into_iter()
            .map(|(start, end)| (start.max(low), end.min(high)))
            .filter(|(start, end)| start <= end)
            .map(|(start, end)| (end - start) as f64 + 1.0)
            .sum();
        [public as f64 / (everything - private) as f64, covered / (high - low) as f64]
    }

    /// Whether an address is in the set.
    pub fn contains(&self, address: std::net::IpAddr) -> bool {
        let (list, number) = match address {
            std::net::IpAddr::V4(v4) => (&self.v4, u128::from(u32::from(v4))),
            std::net::IpAddr::V6(v6) => (&self.v6, u128::from(v6)),
        };
        list.iter().any(|&(low, high)| low <= number && number <= high)
    }
}

/// A CIDR or a lone address.
pub fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| {
        text.parse::<Ipv4Addr>()
            .map(IpNet::from_v4)
            .or_else(|_| text.parse::<Ipv6Addr>().map(IpNet::from_v6))
            .ok()
    })
}

trait FromAddress {
    fn from_v4(address: Ipv4Addr) -> IpNet;
    fn from_v6(address: Ipv6Addr) -> IpNet;
}

impl FromAddress for IpNet {
    fn from_v4(address: Ipv4Addr) -> IpNet {
        IpNet::from(std::net::IpAddr::V4(address))
    }

    fn from_v6(address: Ipv6Addr) -> IpNet {
        IpNet::from(std::net::IpAddr::V6(address))
    }
}

fn merged(ranges: &[(u128, u128)]) -> Vec<(u128, u128)> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut out: Vec<(u128, u128)> = Vec::with_capacity(sorted.len());
    for (start, end) in sorted {
        match out.last_mut() {
            Some((_, last)) if start <= last.saturating_add(1) => *last = (*last).max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

/// Whether the CIDR, or the CIDRs of a list taken together, cover the Internet. Known members
/// that do, decide; otherwise an unknown member leaves it open.
pub fn covers_internet(cursor: Cursor<'_>) -> Truth {
    let items = cursor.items();
    let (mut set, mut open) = (Addresses::default(), items.open);
    for item in items.known {
        match item.text() {
            Some(text) => {
                for part in text.split(',') {
                    set.add(part);
                }
            }
            None => open |= item.shape() != Shape::Absent,
        }
    }
    match (set.covers_internet(), open) {
        (true, _) => Truth::True,
        (false, true) => Truth::Unknown,
        (false, false) => Truth::False,
    }
}

/// Port ranges of a value: a number, `"80"`, `"8000-9000"`, `*`, `{from, to}`, or a list of these.
pub fn includes_port(cursor: Cursor<'_>, ports: &[u16]) -> Truth {
    let items = cursor.items();
    let each = items.known.iter().map(|item| {
        if item.shape() == Shape::Map {
            let number = |key: &str| item.key(key).scalar().known().and_then(|n| n.number());
            return match (number("from"), number("to")) {
                (Some(from), Some(to)) => within(from, to, ports),
                _ => Truth::Unknown,
            };
        }
        match item.text() {
            Some(text) => Truth::any(text.split(',').map(|part| ranges(part.trim(), ports))),
            None => Truth::Unknown,
        }
    });
    let known = Truth::any(each);
    if items.open { known.or(Truth::Unknown) } else { known }
}

fn ranges(text: &str, ports: &[u16]) -> Truth {
    if matches!(text, "*" | "-1" | "all") {
        return Truth::True;
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    match (from.trim().parse(), to.trim().parse()) {
        (Ok(from), Ok(to)) => within(from, to, ports),
        _ => Truth::False,
    }
}

fn within(from: f64, to: f64, ports: &[u16]) -> Truth {
    Truth::of(ports.iter().any(|&port| from <= f64::from(port) && f64::from(port) <= to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(list: &[&str]) -> bool {
        let mut set = Addresses::default();
        for text in list {
            assert!(set.add(text), "{text}");
        }
        set.covers_internet()
    }

    #[test]
    fn the_internet_is_a_measure_not_a_spelling() {
        for list in [
            &["0.0.0.0/0"][..],
            &["0.0.0.0/1", "128.0.0.0/1"],
            &["128.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2"],
            &["::/0"],
            &["2000::/3"],
            &["*"],
            &["Internet"],
            &["0.0.0.0/1"],
        ] {
            assert!(covers(list), "{list:?}");
        }
        for list in [
            &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"][..],
            &["203.0.113.0/24"],
            &["224.0.0.0/3"],
            &["64.0.0.0/3"],
            &["fc00::/7"],
            &["0.0.0.0/32"],
            &["::/128"],
        ] {
            assert!(!covers(list), "{list:?}");
        }
    }

    #[test]
    fn exceptions_leave_holes() {
        let mut set = Addresses::default();
        set.add("0.0.0.0/0");
        set.remove("10.0.0.0/8");
        assert!(set.covers_internet());
        assert!(!set.contains("10.1.1.1".parse().expect("an address")));
        set.remove("0.0.0.0/1");
        set.remove("128.0.0.0/2");
        assert!(!set.covers_internet());
    }
}
