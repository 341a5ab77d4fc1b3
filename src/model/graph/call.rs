//! One call through every layer: network policies, what the destination's proxy accepts, who the
//! caller is there, and what the mesh's policies decide. Two views of a caller are kept apart: what
//! it *can* do (plaintext past its own proxy, too) and what its proxy usually does.

use super::ports::{Cells, Protocol};
use super::speech::{Manner, Speaks};
use super::witness::{self, Witness};
use super::{Graph, Peer};
use crate::model::fact::Truth;
use crate::model::istio::authorization::Policy;
use crate::model::istio::authorization::evaluation::{Judge, Plane, Verdict};
use crate::model::istio::flow::{Flow, Identity, Request};
use crate::model::istio::peer::Mode;
use std::fmt;

/// The port of the ambient mesh's tunnels (HBONE), whatever port is meant inside of them.
pub const TUNNEL: u16 = 15_008;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Call<'c> {
    /// Who calls.
    pub from: Peer,
    /// Who is called.
    pub to: Peer,
    /// The transport protocol.
    pub protocol: Protocol,
    /// The port of the destination's pods, never that of a Service.
    pub port: u16,
    /// How the caller speaks.
    pub speaks: Speaks<'c>,
    /// What it asks for.
    pub asks: Asks<'c>,
}

/// What a caller asks for.
#[derive(Clone, Debug)]
pub enum Asks<'c> {
    /// Whatever gets through without a token.
    Anything,
    /// Whatever gets through, with any token that the destination verifies.
    WithToken,
    /// Bytes that are no request.
    Bytes,
    /// This request. Its token is one that its issuer has signed; whether the destination knows the
    /// issuer is part of the answer.
    Request(Request<'c>),
    /// A request like this one, but for its path and host, which cannot be told.
    Rewritten(Request<'c>),
}

impl Call<'_> {
    /// Whether anything gets through on a TCP port, by all that the caller can do without a token.
    pub fn new(from: Peer, to: Peer, port: u16) -> Self {
        let (speaks, asks) = (Speaks::Any, Asks::Anything);
        Self { from, to, protocol: Protocol::Tcp, port, speaks, asks }
    }
}

/// Who the caller is to the destination.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Caller {
    /// Nobody: without the mesh's mutual TLS there is no identity.
    Nobody,
    /// A workload's account; `cluster.local` is the local trust domain whatever its name.
    Known {
        /// Trust domain.
        domain: String,
        /// Namespace.
        namespace: String,
        /// Service account.
        account: String,
    },
    /// An account of the mesh that no policy names.
    Stranger,
    /// An account of the mesh; which one cannot be told.
    Unclear,
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("none"),
            Self::Known { domain, namespace, account } => {
                write!(f, "{domain}/ns/{namespace}/sa/{account}")
            }
            Self::Stranger => f.write_str("any of the mesh"),
            Self::Unclear => f.write_str("unknown"),
        }
    }
}

/// A namespace and an account that no manifest is expected to name.
const STRANGER: &str = "ztlint-stranger";

impl Caller {
    pub(super) fn of(identity: Identity<'_>) -> Self {
        Self::Known {
            domain: identity.trust_domain.to_owned(),
            namespace: identity.namespace.to_owned(),
            account: identity.account.to_owned(),
        }
    }

    pub(super) fn identity(&self) -> Option<Identity<'_>> {
        match self {
            Self::Nobody => None,
            Self::Known { domain, namespace, account } => {
                Some(Identity { trust_domain: domain, namespace, account })
            }
            Self::Stranger | Self::Unclear => Some(Identity {
                trust_domain: "cluster.local",
                namespace: STRANGER,
                account: STRANGER,
            }),
        }
    }
}

/// How a call travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// Without the mesh: plaintext, or the application's own TLS.
    Plaintext,
    /// Istio's mutual TLS to the destination's own port.
    Mutual,
    /// Istio's mutual TLS in a tunnel to port 15008.
    Tunnel,
}

/// What a destination accepts on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Accepts {
    /// Calls without the mesh's mutual TLS.
    pub plaintext: Truth,
    /// Calls with it.
    pub mutual: Truth,
}

/// A way in which a call gets through, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// How it travels.
    pub transport: Transport,
    /// Who the caller is to the destination.
    pub caller: Caller,
    /// The request, where the destination's proxy reads requests; none for bytes.
    pub request: Option<Witness>,
    /// The waypoint through which it goes, by the index of its Gateway in the root.
    pub waypoint: Option<usize>,
}

impl Way {
    /// Without the mesh.
    pub(super) fn plaintext() -> Self {
        let (transport, caller) = (Transport::Plaintext, Caller::Nobody);
        Self { transport, caller, request: None, waypoint: None }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the call gets through: `True` whatever is unknown, `Unknown` for some of it.
    pub allowed: Truth,
    /// What network policies alone say of the port itself.
    pub network: Truth,
    /// What the destination accepts on the port.
    pub accepts: Accepts,
    /// How it gets through; of several ways the surest, of those the first in the order of
    /// `Transport`. None where it is refused.
    pub way: Option<Way>,
}

/// A state of affairs at the destination, as far as a port is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Situation {
    /// The proxy in the path; none where the pod itself answers.
    pub plane: Option<Plane>,
    /// What the proxy accepts; `Disable` where there is none.
    pub mode: Mode,
}

impl Situation {
    /// Without a proxy.
    pub const BARE: Self = Self { plane: None, mode: Mode::Disable };

    fn takes(self, mutual: bool) -> bool {
        match self.mode {
            Mode::Strict => mutual,
            Mode::Permissive => true,
            Mode::Disable => !mutual,
        }
    }
}

/// The truth of a question of which one of these is the answer.
pub(super) fn agreed(truths: impl IntoIterator<Item = Truth>) -> Option<Truth> {
    truths.into_iter().reduce(|one, other| if one == other { one } else { Truth::Unknown })
}

impl Graph<'_> {
    /// Whether a call gets through, and how. Tracing it is `explain`'s.
    pub fn call(&self, call: &Call<'_>) -> Decision {
        self.answer(call, &self.cells(call.from, call.to))
    }

    /// What network policies alone say of a port.
    pub fn by_network(&self, from: Peer, to: Peer, protocol: Protocol, port: u16) -> Truth {
        self.open(&self.cells(from, to), protocol, port)
    }

    /// As `call`; `cells` are those that network policies open between the two ends.
    pub(super) fn answer(&self, call: &Call<'_>, cells: &[Cells; 2]) -> Decision {
        let network = self.open(cells, call.protocol, call.port);
        let accepts = self.accepts(call.to, call.protocol, call.port);
        if call.from == call.to && call.from != Peer::AnyPod {
            let way = Way::plaintext();
            return Decision { allowed: Truth::True, network, accepts, way: Some(way) };
        }
        let situations = self.situations(call.to, call.protocol, call.port);
        let mut best: Option<(Truth, Way)> = None;
        let each = situations.iter().map(|situation| {
            let (truth, way) = self.in_situation(call, *situation, cells);
            if let Some(way) = way
                && best.as_ref().is_none_or(|(known, old)| {
                    *known != Truth::True && truth == Truth::True
                        || *known == truth && way.transport < old.transport
                })
            {
                best = Some((truth, way));
            }
            truth
        });
        let allowed = agreed(each.collect::<Vec<_>>()).unwrap_or(Truth::Unknown);
        let way = best.map(|(_, way)| way).filter(|_| allowed != Truth::False);
        Decision { allowed, network, accepts, way }
    }

    /// What a destination accepts on a port.
    pub fn accepts(&self, to: Peer, protocol: Protocol, port: u16) -> Accepts {
        let situations = self.situations(to, protocol, port);
        let takes = |mutual: bool| {
            let each = situations.iter().map(|one| Truth::of(one.takes(mutual)));
            agreed(each).unwrap_or(Truth::Unknown)
        };
        Accepts { plaintext: takes(false), mutual: takes(true) }
    }

    /// Whether cells (sure ones, possible ones) hold a port.
    pub(super) fn open(&self, [must, may]: &[Cells; 2], protocol: Protocol, port: u16) -> Truth {
        let cell = self.grid.cell(protocol, port);
        match (must.meets(&cell), may.meets(&cell)) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        }
    }

    /// The answer where the destination is in one situation.
    fn in_situation(
        &self,
        call: &Call<'_>,
        situation: Situation,
        cells: &[Cells; 2],
    ) -> (Truth, Option<Way>) {
        let (manners, chosen) = self.manners(call, situation);
        let mut found: Vec<(Truth, Way)> = Vec::new();
        let mut truths = Vec::new();
        for manner in manners {
            let (truth, way) = self.in_manner(call, situation, &manner, cells);
            truths.push(if chosen { truth.and(manner.able) } else { truth });
            found.extend(way.map(|way| (truth.and(manner.able), way)));
        }
        // A caller that chooses needs one way; of a proxy's possible ways one is the real one.
        let truth =
            if chosen { Truth::any(truths) } else { agreed(truths).unwrap_or(Truth::False) };
        let rank = |(truth, way): &(Truth, Way)| (*truth != Truth::True, way.transport);
        let way = found.into_iter().min_by_key(rank).map(|(_, way)| way);
        (truth, way.filter(|_| truth != Truth::False))
    }

    /// The answer where the caller speaks in one manner.
    pub(super) fn in_manner(
        &self,
        call: &Call<'_>,
        situation: Situation,
        manner: &Manner,
        cells: &[Cells; 2],
    ) -> (Truth, Option<Way>) {
        let mutual = manner.transport != Transport::Plaintext;
        if !situation.takes(mutual) {
            return (Truth::False, None);
        }
        if let Some(waypoint) = &manner.waypoint {
            return self.through(call, waypoint, &manner.caller);
        }
        let own = self.open(cells, call.protocol, call.port);
        let network = match manner.transport {
            Transport::Tunnel => {
                let tunnel = self.open(cells, Protocol::Tcp, TUNNEL);
                if manner.tunnel_sure { tunnel } else { agreed([own, tunnel]).unwrap_or(own) }
            }
            _ => own,
        };
        if network == Truth::False {
            return (Truth::False, None);
        }
        let (admitted, request) = self.admitted(call, situation.plane, &manner.caller);
        let truth = network.and(admitted);
        let (transport, caller) = (manner.transport, manner.caller.clone());
        let way =
            (truth != Truth::False).then_some(Way { transport, caller, request, waypoint: None });
        (truth, way)
    }

    /// What the policies at the destination's proxy decide.
    pub(super) fn admitted(
        &self,
        call: &Call<'_>,
        plane: Option<Plane>,
        caller: &Caller,
    ) -> (Truth, Option<Witness>) {
        let stated = || match &call.asks {
            Asks::Request(request) | Asks::Rewritten(request) => Some(Witness::of(request)),
            _ => None,
        };
        let (Some(plane), Peer::Workload(to)) = (plane, call.to) else {
            return (Truth::True, stated());
        };
        let profile = self.inbound().of(to);
        let mesh = self.root.mesh();
        let policies: Vec<(&Policy<'_>, Truth)> = profile
            .policies
            .iter()
            .map(|(at, here)| (&mesh.policies[*at as usize].policy, *here))
            .collect();
        let address = self.address(call.from);
        let mut flow = Flow {
            identity: caller.identity(),
            address: address.as_deref(),
            port: call.port,
            ..Flow::default()
        };
        flow.unclear.identity = *caller == Caller::Unclear;
        let question = witness::Question {
            judge: Judge { plane, domains: &mesh.domains },
            policies: &policies,
            issuers: &profile.issuers,
            carries: profile.carries(call.port),
            asks: &call.asks,
        };
        question.answer(&flow)
    }
}

/// As a truth value: whether the call is admitted.
pub(super) fn admits(verdict: Verdict) -> Truth {
    match verdict {
        Verdict::Allow => Truth::True,
        Verdict::Deny => Truth::False,
        Verdict::Unknown => Truth::Unknown,
    }
}
