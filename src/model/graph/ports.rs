//! Exact sets of ports: the boundaries that occur cut each protocol's ports into elementary
//! intervals (cells), and a set of ports is a set of cells. Knows no policy.

use smallvec::{SmallVec, smallvec};
use std::fmt;

/// A transport protocol that network policies tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Sctp];

    /// The protocol of a word such as `TCP`.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// `TCP`, `UDP` or `SCTP`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

/// The last port number.
const LAST: u32 = 65_535;

/// The cells that a graph's port numbers make.
#[derive(Debug)]
pub struct Grid {
    /// First port of each cell, by protocol.
    starts: [Vec<u32>; 3],
    /// Number of the first cell of each protocol, and of all cells.
    offsets: [usize; 4],
}

impl Grid {
    /// The grid in which each of these ranges (inclusive) is a union of cells.
    pub fn new(ranges: impl IntoIterator<Item = (Protocol, u16, u16)>) -> Self {
        let mut starts = [vec![1], vec![1], vec![1]];
        for (protocol, low, high) in ranges {
            let list: &mut Vec<u32> = &mut starts[protocol as usize];
            list.push(u32::from(low.max(1)));
            if u32::from(high) < LAST {
                list.push(u32::from(high) + 1);
            }
        }
        let mut offsets = [0; 4];
        for (at, list) in starts.iter_mut().enumerate() {
            list.sort_unstable();
            list.dedup();
            offsets[at + 1] = offsets[at] + list.len();
        }
        Self { starts, offsets }
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.offsets[3]
    }

    /// Never: each protocol has a cell.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// No port.
    pub fn none(&self) -> Cells {
        Cells(smallvec![0; self.len().div_ceil(64)])
    }

    /// Every port of every protocol.
    pub fn all(&self) -> Cells {
        let mut cells = self.none();
        (0..self.len()).for_each(|cell| cells.set(cell));
        cells
    }

    /// A range of ports, whose ends must be among the grid's.
    pub fn range(&self, protocol: Protocol, low: u16, high: u16) -> Cells {
        let mut cells = self.none();
        let (list, offset) = (&self.starts[protocol as usize], self.offsets[protocol as usize]);
        let first = list.partition_point(|&start| start < u32::from(low));
        let end = list.partition_point(|&start| start <= u32::from(high));
        (first..end).for_each(|cell| cells.set(offset + cell));
        cells
    }

    /// The cell in which a port lies.
    pub fn cell(&self, protocol: Protocol, port: u16) -> Cells {
        let list = &self.starts[protocol as usize];
        let at = list.partition_point(|&start| start <= u32::from(port.max(1)));
        let mut cells = self.none();
        cells.set(self.offsets[protocol as usize] + at - 1);
        cells
    }

    /// Every port of a protocol.
    pub fn protocol(&self, protocol: Protocol) -> Cells {
        self.range(protocol, 1, LAST as u16)
    }

    /// The ports that a set holds.
    pub fn connections(&self, cells: &Cells) -> Connections {
        let mut ranges: [Vec<(u16, u16)>; 3] = Default::default();
        for (protocol, list) in self.starts.iter().enumerate() {
            for (at, &start) in list.iter().enumerate() {
                if !cells.holds(self.offsets[protocol] + at) {
                    continue;
                }
                let end = list.get(at + 1).map_or(LAST, |next| next - 1) as u16;
                match ranges[protocol].last_mut() {
                    Some(last) if u32::from(last.1) + 1 == start => last.1 = end,
                    _ => ranges[protocol].push((start as u16, end)),
                }
            }
        }
        Connections { ranges }
    }
}

/// A set of cells of one grid. Few manifests name more ports than 128 cells tell apart, and edges
/// make and drop many of these sets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cells(SmallVec<[u64; 2]>);

impl Cells {
    fn set(&mut self, cell: usize) {
        self.0[cell / 64] |= 1 << (cell % 64);
    }

    fn holds(&self, cell: usize) -> bool {
        self.0[cell / 64] >> (cell % 64) & 1 == 1
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Adds those of another set.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
    }

    /// Takes those of another set out.
    pub fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own &= !other);
    }

    /// Keeps those that another set holds, too.
    pub fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own &= other);
    }

    /// Those that both hold.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        let mut cells = self.clone();
        cells.keep(other);
        cells
    }

    /// Those that another set does not hold.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut cells = self.clone();
        cells.remove(other);
        cells
    }

    /// Whether both share one.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(own, other)| own & other != 0)
    }
}

/// Ports by protocol, as sorted inclusive ranges that neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Connections {
    ranges: [Vec<(u16, u16)>; 3],
}

impl Connections {
    /// A range of ports of one protocol.
    pub fn range(protocol: Protocol, range: (u16, u16)) -> Self {
        let mut ports = Self::default();
        ports.ranges[protocol as usize].push(range);
        ports
    }

    /// The ranges of a protocol.
    pub fn of(&self, protocol: Protocol) -> &[(u16, u16)] {
        &self.ranges[protocol as usize]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ranges.iter().all(Vec::is_empty)
    }

    /// Whether these are all ports of all protocols.
    pub fn is_all(&self) -> bool {
        self.ranges.iter().all(|ranges| ranges[..] == [(1, LAST as u16)])
    }

    /// Those of both.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let mut result = Self::default();
        for (at, ranges) in result.ranges.iter_mut().enumerate() {
            let mut all = [self.ranges[at].clone(), other.ranges[at].clone()].concat();
            all.sort_unstable();
            for (low, high) in all {
                match ranges.last_mut() {
                    Some(last) if u32::from(low) <= u32::from(last.1) + 1 => {
                        last.1 = last.1.max(high);
                    }
                    _ => ranges.push((low, high)),
                }
            }
        }
        result
    }

    /// Those that the other does not hold.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut result = Self::default();
        for (at, ranges) in result.ranges.iter_mut().enumerate() {
            for &(low, high) in &self.ranges[at] {
                let mut next = u32::from(low);
                for &(start, end) in &other.ranges[at] {
                    if u32::from(end) < next || start > high {
                        continue;
                    }
                    if u32::from(start) > next {
                        ranges.push((next as u16, start - 1));
                    }
                    next = u32::from(end) + 1;
                }
                if next <= u32::from(high) {
                    ranges.push((next as u16, high));
                }
            }
        }
        result
    }

    /// Whether a port is among them.
    pub fn holds(&self, protocol: Protocol, port: u16) -> bool {
        self.of(protocol).iter().any(|&(low, high)| low <= port && port <= high)
    }

    /// The lowest port of the first protocol that has one.
    pub fn first(&self) -> Option<(Protocol, u16)> {
        Protocol::ALL.into_iter().find_map(|one| Some((one, self.of(one).first()?.0)))
    }
}

/// The ranges of one protocol: `80,443,8000-8010`; `all` for every port.
pub fn listed(ranges: &[(u16, u16)]) -> String {
    if ranges == [(1, LAST as u16)] {
        return "all".to_owned();
    }
    let range = |&(low, high): &(u16, u16)| {
        if low == high { low.to_string() } else { format!("{low}-{high}") }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

impl fmt::Display for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("all");
        }
        let used = Protocol::ALL.into_iter().filter(|one| !self.of(*one).is_empty());
        let texts: Vec<String> =
            used.map(|one| format!("{} {}", one.word(), listed(self.of(one)))).collect();
        f.write_str(if texts.is_empty() { "none" } else { "" })?;
        f.write_str(&texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, Protocol};
    use Protocol::{Sctp, Tcp, Udp};

    #[test]
    fn ranges_stay_exact() {
        let grid = Grid::new([(Tcp, 80, 80), (Tcp, 1000, 2000), (Udp, 53, 53), (Tcp, 1500, 65535)]);
        let shown = |ranges: &[(Protocol, u16, u16)]| {
            let mut cells = grid.none();
            for &(one, low, high) in ranges {
                cells.add(&grid.range(one, low, high));
            }
            grid.connections(&cells).to_string()
        };
        assert_eq!(shown(&[]), "none");
        assert_eq!(shown(&[(Tcp, 80, 80), (Udp, 53, 53)]), "TCP 80, UDP 53");
        assert_eq!(shown(&[(Tcp, 1000, 2000), (Tcp, 1500, 65535)]), "TCP 1000-65535");
        assert_eq!(shown(&[(Sctp, 1, 65535)]), "SCTP all");
        assert_eq!(grid.connections(&grid.all()).to_string(), "all");
        let rest = grid.all().without(&grid.range(Tcp, 80, 80));
        assert_eq!(grid.connections(&rest).to_string(), "TCP 1-79,81-65535, UDP all, SCTP all");
        let both = grid.range(Tcp, 1000, 2000).both(&grid.range(Tcp, 1500, 65535));
        assert_eq!(grid.connections(&both).to_string(), "TCP 1500-2000");
        assert!(!grid.protocol(Tcp).meets(&grid.protocol(Udp)));
        let [web, all] = [grid.range(Tcp, 80, 80), grid.all()].map(|one| grid.connections(&one));
        assert_eq!(all.without(&web), grid.connections(&rest));
        assert_eq!(all.without(&web).joined(&web), all);
        assert!(web.without(&all).is_empty());
        assert_eq!(grid.connections(&grid.cell(Tcp, 90)).to_string(), "TCP 81-999");
    }
}
