//! What a Kubernetes `NetworkPolicy`'s directions and address blocks mean, for the rules about them.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::{Fact, Truth};
use crate::model::network::{self, Addresses};
use crate::model::root::Root;

/// Indexes of the network policies of the API that serves them.
pub fn policies<'r>(root: &'r Root<'r>) -> impl Iterator<Item = usize> + 'r {
    root.objects("networking.k8s.io", "NetworkPolicy")
}

/// Policies of other kinds, each of which may allow what no `NetworkPolicy` allows.
const OTHERS: [(&str, &str); 8] = [
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    ("cilium.io", "CiliumNetworkPolicy"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
];

/// Whether policies are written that may allow what no `NetworkPolicy` allows.
pub fn others(root: &Root<'_>) -> bool {
    OTHERS.iter().any(|(group, kind)| root.objects(group, kind).next().is_some())
}

/// Whether the rules of a direction (`Ingress`, `Egress`), where there are some, have an effect.
/// Without `policyTypes` they have.
pub fn applies_to(spec: Cursor<'_>, direction: &str) -> Truth {
    let types = spec.key("policyTypes").items();
    if types.known.is_empty() && !types.open {
        return Truth::True;
    }
    let known = Truth::any(types.known.iter().map(|item| match item.words() {
        Fact::Known(words, _) => words.equals(direction),
        Fact::Unknown(_) => Truth::Unknown,
        Fact::Absent(_) => Truth::False,
    }));
    if types.open { known.or(Truth::Unknown) } else { known }
}

/// An `ipBlock` whose addresses are known.
pub struct Block<'a> {
    /// Its `cidr`.
    pub cidr: Cursor<'a>,
    /// The addresses of `cidr` without those of `except`.
    pub addresses: Addresses,
}

/// The known blocks of a `from` or `to`, and whether there may be others.
pub fn blocks(peers: Cursor<'_>) -> (Vec<Block<'_>>, bool) {
    let peers = peers.items();
    let (mut blocks, mut open) = (Vec::new(), peers.open);
    for peer in peers.known {
        let written = peer.key("ipBlock");
        match block(written) {
            Ok(block) => blocks.extend(block),
            Err(Unresolved) => open = true,
        }
    }
    (blocks, open)
}

/// What a block covers cannot be told.
struct Unresolved;

/// The block, or nothing where none (or no valid one) is written.
fn block(written: Cursor<'_>) -> Result<Option<Block<'_>>, Unresolved> {
    let cidr = written.key("cidr");
    if cidr.shape() == Shape::Absent {
        return Ok(None);
    }
    let text = cidr.text().ok_or(Unresolved)?;
    let except = written.key("except").items();
    if except.open {
        return Err(Unresolved);
    }
    let mut addresses = Addresses::default();
    let mut valid = network::network(&text).is_some() && addresses.add(&text);
    for item in except.known {
        let text = item.text().ok_or(Unresolved)?;
        valid &= network::network(&text).is_some();
        addresses.remove(&text);
    }
    Ok(valid.then_some(Block { cidr, addresses }))
}
