//! `NetworkSet` and `GlobalNetworkSet`: addresses with labels, which the selectors of rules select
//! as they select pods.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::graph::addresses::Range;
use crate::model::graph::condition::{Bearer, Condition};
use crate::model::graph::network_policy::range;
use crate::model::graph::policy::Block;
use crate::model::graph::population;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::namespace::{Home, NAME_LABEL};
use crate::model::resource::Object;
use crate::model::selector::{Label, Labels};

/// Addresses with labels.
pub(super) struct NetworkSet<'a> {
    /// Its namespace, if its kind has one.
    home: Option<Home<'a>>,
    bearer: Bearer<'a>,
    blocks: Vec<Block>,
    present: Truth,
}

impl<'a> NetworkSet<'a> {
    pub(super) fn read(
        cluster: &Cluster<'a>,
        certain: bool,
        object: &Object,
        body: Cursor<'a>,
    ) -> Self {
        let home = (object.kind == "NetworkSet").then(|| cluster.home(Home::read(body)));
        let mut namespace = Labels::default();
        if let Some(home) = &home {
            namespace = population::labels(cluster, home);
            namespace.add(NAME_LABEL, Label::Valued);
        }
        let own = Labels::read(body.key("metadata").key("labels"));
        let bearer = Bearer { own, namespace, account: Labels::default() };
        let blocks = blocks(body.key("spec").key("nets"));
        Self { home, bearer, blocks, present: if certain { Truth::True } else { Truth::Unknown } }
    }

    /// Its addresses, as far as it is selected: in a namespace, if one is given, and where a
    /// condition holds.
    pub(super) fn selected(
        &self,
        home: Option<&Home<'a>>,
        condition: Option<&Condition<'a>>,
    ) -> Vec<Block> {
        let here = match (home, &self.home) {
            (None, _) => Truth::True,
            (Some(home), Some(own)) => own.same(home),
            (Some(_), None) => Truth::False,
        };
        let held = condition.map_or(Truth::True, |condition| condition.holds(&self.bearer));
        let open = match here.and(held).and(self.present) {
            Truth::False => return Vec::new(),
            truth => truth == Truth::Unknown,
        };
        self.blocks.iter().map(|one| Block { open: one.open || open, ..one.clone() }).collect()
    }
}

/// The addresses of a list; those that cannot be told may be any.
pub(super) fn blocks(nets: Cursor<'_>) -> Vec<Block> {
    let nets = nets.items();
    let mut unknown = nets.open;
    let mut blocks = Vec::new();
    for net in nets.known {
        match range(net) {
            Some(range) => blocks.push(Block::new(range)),
            None => unknown = true,
        }
    }
    if unknown {
        let whole = [false, true].map(|v6| Block::new(Range::family(v6)));
        blocks.extend(whole.map(|block| Block { open: true, ..block }));
    }
    blocks
}
