//! One question about named ends (`shop/web`, `internet`, a CIDR, `any-pod`), answered for each pair
//! of workloads that the names mean. Of a set of addresses outside, one that gets through counts.

use super::addresses::Range;
use super::call::{Asks, Call, Decision};
use super::links::End;
use super::policy::Direction;
use super::ports::{Connections, Protocol};
use super::speech::Speaks;
use super::{Graph, Peer};
use crate::model::fact::Truth;
use crate::model::istio::flow::Identity;
use crate::model::network;

/// Who a caller is to be in the mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// Nobody: it speaks plaintext.
    Nobody,
    /// A service account: trust domain, namespace, name.
    Known(String, String, String),
}

impl Account {
    /// How it speaks.
    pub fn speaks(&self) -> Speaks<'_> {
        match self {
            Self::Nobody => Speaks::Plaintext,
            Self::Known(trust_domain, namespace, account) => {
                Speaks::As(Identity { trust_domain, namespace, account })
            }
        }
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// Who calls.
    pub from: &'q End,
    /// Who is called.
    pub to: &'q End,
    /// The port of the destination's pods; none for whichever gets through.
    pub port: Option<(Protocol, u16)>,
    /// How the caller speaks.
    pub speaks: Speaks<'q>,
    /// What it asks for.
    pub asks: Asks<'q>,
}

/// The answer for one pair.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Who calls.
    pub from: Peer,
    /// Who is called.
    pub to: Peer,
    /// The port that was decided: the one asked for, or one that gets through.
    pub port: (Protocol, u16),
    /// What is decided there.
    pub decision: Decision,
    /// The ports with the same verdict; none where one was asked for.
    pub ports: Option<Connections>,
    /// The addresses with the same verdict, where an end lies outside.
    pub addresses: Vec<Range>,
    /// The worst verdict for any of the addresses that were asked for.
    pub worst: Truth,
}

/// No before unknown before yes.
fn rank(truth: Truth) -> u8 {
    match truth {
        Truth::False => 0,
        Truth::Unknown => 1,
        Truth::True => 2,
    }
}

impl Graph<'_> {
    /// The workloads, or pods of which nothing is known, that an end means; whether it means any is
    /// true of every set of addresses.
    pub fn is_there(&self, names: &[String], end: &End) -> bool {
        end.is_outside() || !self.ends(names, Some(end)).is_empty()
    }

    /// Answers a question for each pair of workloads that it means; nothing where a name means none,
    /// or both ends lie outside.
    pub fn ask(&self, names: &[String], question: &Question<'_>) -> Vec<Reply> {
        let inside = |end: &End| match end {
            End::Internet | End::Addresses(_) => vec![None],
            _ => self.ends(names, Some(end)).into_iter().map(Some).collect(),
        };
        let mut replies = Vec::new();
        for from in inside(question.from) {
            for to in inside(question.to) {
                // A pattern for both ends is about connections between different ones.
                let itself = from == to && from != Some(Peer::AnyPod);
                if itself && (question.from != question.to || is_pattern(question.from)) {
                    continue;
                }
                replies.extend(self.reply(question, from, to));
            }
        }
        replies
    }

    fn reply(&self, asked: &Question<'_>, from: Option<Peer>, to: Option<Peer>) -> Option<Reply> {
        let pairs: Vec<(Peer, Peer, Option<Range>)> = match (from, to) {
            (Some(from), Some(to)) => vec![(from, to, None)],
            (Some(own), None) => {
                let far = self.addresses(own, Direction::Egress, asked.to);
                far.into_iter().map(|(range, atom)| (own, atom, Some(range))).collect()
            }
            (None, Some(own)) => {
                let far = self.addresses(own, Direction::Ingress, asked.from);
                far.into_iter().map(|(range, atom)| (atom, own, Some(range))).collect()
            }
            (None, None) => return None,
        };
        let mut best: Option<Reply> = None;
        let mut worst = Truth::True;
        for (from, to, range) in pairs {
            let mut reply = self.on_ports(asked, from, to);
            let truth = reply.decision.allowed;
            if rank(truth) < rank(worst) {
                worst = truth;
            }
            reply.addresses.extend(range);
            match &mut best {
                Some(known) if known.decision.allowed == truth => {
                    known.addresses.extend(reply.addresses);
                }
                Some(known) if rank(known.decision.allowed) > rank(truth) => {}
                _ => best = Some(reply),
            }
        }
        best.map(|reply| Reply { worst, addresses: joined(reply.addresses), ..reply })
    }

    /// The addresses of an end, each stretch with one that stands for it.
    fn addresses(&self, own: Peer, side: Direction, end: &End) -> Vec<(Range, Peer)> {
        let wanted = match end {
            End::Addresses(net) => Some(Range::of(*net)),
            _ => None,
        };
        let mut found = Vec::new();
        for (range, _) in self.outside(own, side) {
            let parts = match wanted {
                Some(wanted) => range.shared(&wanted).into_iter().collect(),
                None => network::public_parts(range.v6, range.low, range.high)
                    .into_iter()
                    .map(|(low, high)| Range { low, high, ..range })
                    .collect::<Vec<_>>(),
            };
            found.extend(
                parts.into_iter().map(|part| (part, Peer::Outside(self.atom(part.v6, part.low)))),
            );
        }
        found
    }

    fn on_ports(&self, asked: &Question<'_>, from: Peer, to: Peer) -> Reply {
        let call = |protocol, port| {
            let (speaks, asks) = (asked.speaks, asked.asks.clone());
            self.call(&Call { from, to, protocol, port, speaks, asks })
        };
        let reply = |port: (Protocol, u16), decision: Decision, ports| {
            let worst = decision.allowed;
            Reply { from, to, port, decision, ports, addresses: Vec::new(), worst }
        };
        if let Some((protocol, port)) = asked.port {
            return reply((protocol, port), call(protocol, port), None);
        }
        let mut stretches: Vec<(Protocol, (u16, u16), Decision)> = Vec::new();
        let edge = self.edge(from, to);
        for ports in self.ranges(to, &edge) {
            stretches.push((Protocol::Tcp, ports, call(Protocol::Tcp, ports.0)));
        }
        // A request, or an identity, is one over TCP.
        if matches!(asked.asks, Asks::Anything | Asks::Bytes) {
            let possible = edge.may.without(&edge.must);
            for protocol in [Protocol::Udp, Protocol::Sctp] {
                let open = edge.must.of(protocol).iter().chain(possible.of(protocol));
                for &(low, high) in open {
                    stretches.push((protocol, (low, high), call(protocol, low)));
                }
            }
        }
        let best = stretches.iter().map(|(.., one)| rank(one.allowed)).max().unwrap_or_default();
        let mut same = stretches.into_iter().filter(|(.., one)| rank(one.allowed) == best);
        let Some((protocol, (low, high), decision)) = same.next() else {
            return reply((Protocol::Tcp, 1), call(Protocol::Tcp, 1), None);
        };
        let mut ports = Connections::range(protocol, (low, high));
        for (protocol, (low, high), _) in same {
            ports = ports.joined(&Connections::range(protocol, (low, high)));
        }
        // Of the ports that a workload listens on, the first says most.
        let told = match to {
            Peer::Workload(at) => self.listening(at),
            _ => Vec::new(),
        };
        let told = told.into_iter().find(|port| ports.holds(Protocol::Tcp, *port));
        let (port, decision) = match told {
            Some(port) => ((Protocol::Tcp, port), call(Protocol::Tcp, port)),
            None => ((protocol, low), decision),
        };
        reply(port, decision, Some(ports))
    }
}

fn is_pattern(end: &End) -> bool {
    matches!(end, End::Workload(text) if text.ends_with("/*"))
}

fn joined(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    let mut found: Vec<Range> = Vec::new();
    for range in ranges {
        match found.last_mut() {
            Some(last) if last.v6 == range.v6 && last.high.checked_add(1) == Some(range.low) => {
                last.high = range.high;
            }
            _ => found.push(range),
        }
    }
    found
}
