//! Addresses outside the cluster: the CIDRs that occur cut both families into atoms, and a set of
//! addresses is a list of ranges of atoms. Knows no policy.

use ipnet::IpNet;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Inclusive ends of a range of addresses of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// Whether these are IPv6 addresses.
    pub v6: bool,
    /// The first.
    pub low: u128,
    /// The last.
    pub high: u128,
}

impl Range {
    /// The addresses of a CIDR.
    pub fn of(net: IpNet) -> Self {
        match net {
            IpNet::V4(net) => Self {
                v6: false,
                low: u32::from(net.network()).into(),
                high: u32::from(net.broadcast()).into(),
            },
            IpNet::V6(net) => {
                Self { v6: true, low: net.network().into(), high: net.broadcast().into() }
            }
        }
    }

    /// Every address of a family.
    pub fn family(v6: bool) -> Self {
        Self { v6, low: 0, high: if v6 { u128::MAX } else { u32::MAX.into() } }
    }

    /// The addresses that both hold.
    pub fn shared(&self, other: &Self) -> Option<Self> {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        self.meets(other).then_some(Self { v6: self.v6, low, high })
    }

    /// Whether both share an address.
    pub fn meets(&self, other: &Self) -> bool {
        self.v6 == other.v6 && self.low <= other.high && other.low <= self.high
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = |number: u128| {
            if self.v6 {
                Ipv6Addr::from(number).to_string()
            } else {
                Ipv4Addr::from(number as u32).to_string()
            }
        };
        write!(f, "{}-{}", address(self.low), address(self.high))
    }
}

/// Ranges of private IPv4 addresses, in which the addresses of pods usually lie.
const PRIVATE: [(u32, u32); 4] = [
    (0x0a00_0000, 0x0aff_ffff),
    (0x6440_0000, 0x647f_ffff),
    (0xac10_0000, 0xac1f_ffff),
    (0xc0a8_0000, 0xc0a8_ffff),
];

/// Whether pods may have addresses of a range: private IPv4 ones, any IPv6 ones.
pub fn may_hold_pods(range: &Range) -> bool {
    range.v6
        || PRIVATE
            .iter()
            .any(|&(low, high)| range.low <= u128::from(high) && u128::from(low) <= range.high)
}

/// The atoms, those of IPv4 first.
#[derive(Debug)]
pub struct Atoms {
    ranges: Vec<Range>,
}

/// Sorted half-open ranges of atoms.
pub type AtomSet = Vec<(u32, u32)>;

impl Atoms {
    /// The atoms of which each of these ranges is a union.
    pub fn new(ranges: impl IntoIterator<Item = Range>) -> Self {
        let mut starts: [Vec<u128>; 2] = [vec![0], vec![0]];
        for range in ranges {
            let list = &mut starts[usize::from(range.v6)];
            list.push(range.low);
            if range.high < Range::family(range.v6).high {
                list.push(range.high + 1);
            }
        }
        let mut found = Vec::new();
        for (v6, mut list) in [false, true].into_iter().zip(starts) {
            list.sort_unstable();
            list.dedup();
            for (at, &low) in list.iter().enumerate() {
                let high = list.get(at + 1).map_or(Range::family(v6).high, |next| next - 1);
                found.push(Range { v6, low, high });
            }
        }
        Self { ranges: found }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Never: each family has an atom.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The addresses of an atom.
    pub fn range(&self, atom: u32) -> Range {
        self.ranges[atom as usize]
    }

    /// The addresses of neighbouring atoms of one family.
    pub fn span(&self, (first, end): (u32, u32)) -> Range {
        Range { high: self.range(end - 1).high, ..self.range(first) }
    }

    /// The number of the first IPv6 atom.
    pub fn first_v6(&self) -> u32 {
        self.ranges.partition_point(|range| !range.v6) as u32
    }

    /// The atoms of a range whose ends are among theirs.
    pub fn of(&self, range: &Range) -> (u32, u32) {
        let key = (range.v6, range.low);
        let first = self.ranges.partition_point(|atom| (atom.v6, atom.low) < key);
        let end = self.ranges.partition_point(|atom| (atom.v6, atom.low) <= (range.v6, range.high));
        (first as u32, end as u32)
    }

    /// The atoms of a CIDR's addresses without those of others.
    pub fn set(&self, range: &Range, except: &[Range]) -> AtomSet {
        let mut kept = vec![self.of(range)];
        for hole in except.iter().map(|hole| self.of(hole)) {
            let parts = kept
                .into_iter()
                .flat_map(|(first, end)| [(first, end.min(hole.0)), (first.max(hole.1), end)]);
            kept = parts.filter(|(first, end)| first < end).collect();
        }
        kept
    }
}

/// Whether an atom is in a set.
pub fn holds(set: &[(u32, u32)], atom: u32) -> bool {
    set.iter().any(|&(first, end)| first <= atom && atom < end)
}

#[cfg(test)]
mod tests {
    use super::{Atoms, Range, holds, may_hold_pods};

    fn range(text: &str) -> Range {
        Range::of(text.parse().expect("a CIDR"))
    }

    #[test]
    fn holes_leave_the_rest() {
        let (all, hole, v6) = (range("0.0.0.0/0"), range("10.0.0.0/8"), range("fd00::/8"));
        let atoms = Atoms::new([all, hole, v6]);
        assert_eq!(atoms.len(), 6);
        let set = atoms.set(&all, &[hole]);
        let shown: Vec<String> = set.iter().map(|one| atoms.span(*one).to_string()).collect();
        assert_eq!(shown, ["0.0.0.0-9.255.255.255", "11.0.0.0-255.255.255.255"]);
        assert!(!holds(&set, atoms.of(&hole).0));
        assert!(!holds(&set, atoms.first_v6()));
        assert_eq!(atoms.set(&hole, &[all]), []);
        assert_eq!(atoms.span(atoms.of(&Range::family(true))), Range::family(true));
    }

    #[test]
    fn pods_have_private_addresses() {
        for (text, may) in [
            ("10.1.0.0/16", true),
            ("0.0.0.0/0", true),
            ("100.64.0.0/10", true),
            ("8.8.8.0/24", false),
            ("172.32.0.0/16", false),
            ("2001:db8::/32", true),
        ] {
            assert_eq!(may_hold_pods(&range(text)), may, "{text}");
        }
    }
}
