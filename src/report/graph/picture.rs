//! What a picture of graphs shows: boxes for workloads that are alike, arrows for what policies single
//! out. What is open to every pod is a word in the box and no arrow from everywhere; so is a
//! workload's unrestricted way out. Knows no format.

use super::{View, because};
use crate::model::graph::addresses::Range;
use crate::model::graph::entries::Visitor;
use crate::model::graph::flows::{Encryption, Flow, Flows};
use crate::model::graph::policy::Direction;
use crate::model::graph::ports::Connections;
use crate::model::graph::{Graph, Peer};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Boxes before workloads are shown by namespace.
const BOXES: usize = 80;

/// Names in one box before the rest is only counted.
const NAMES: usize = 5;

/// The box for a pod of which nothing is known.
const ANY_POD: &str = "any pod";

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Addresses outside, or who comes in by an entry.
    Outside,
    /// A pod of which nothing is known.
    AnyPod,
    /// Workloads.
    Workloads,
}

/// A box.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it stands for.
    pub kind: Kind,
    /// What it lies in: the namespace, after the root where there are several.
    pub group: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// Whether every pod reaches every port of it.
    pub open: bool,
}

/// An arrow.
#[derive(Clone, Debug)]
pub struct Arrow {
    /// The index of the box it starts at.
    pub from: usize,
    /// The index of the box it leads to.
    pub to: usize,
    /// What passes.
    pub labels: BTreeSet<String>,
    /// Whether any of it surely passes.
    pub sure: bool,
}

/// Boxes and arrows.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows, one for each pair of boxes.
    pub arrows: Vec<Arrow>,
}

/// The picture of some roots.
pub fn draw(views: &[View<'_>]) -> Picture {
    let mut picture = Picture::default();
    for view in views {
        let root = if views.len() > 1 { format!("{}: ", view.name) } else { String::new() };
        let fine = one(view, &root, false);
        let coarse = fine.nodes.len() > BOXES;
        let found = if coarse { one(view, &root, true) } else { fine };
        let first = picture.nodes.len();
        picture.nodes.extend(found.nodes);
        let moved = found.arrows.into_iter();
        picture.arrows.extend(moved.map(|arrow| Arrow {
            from: arrow.from + first,
            to: arrow.to + first,
            ..arrow
        }));
    }
    picture
}

/// What workloads in one box share: class, profile, account, and the ways in that lead to them.
type Alike = (Option<u32>, u32, String, BTreeSet<(usize, String)>);

/// The boxes of one root by what they stand for.
struct Sketch {
    nodes: Vec<Node>,
    known: HashMap<(Kind, String), usize>,
    arrows: BTreeMap<(usize, usize), Arrow>,
}

impl Sketch {
    fn node(&mut self, kind: Kind, root: &str, text: &str) -> usize {
        let next = self.nodes.len();
        let at = *self.known.entry((kind, text.to_owned())).or_insert(next);
        if at == next {
            let (group, lines) = (root.trim_end_matches(": ").to_owned(), vec![text.to_owned()]);
            self.nodes.push(Node { kind, group, lines, open: false });
        }
        at
    }

    fn arrow(&mut self, from: usize, to: usize, flows: &[Flow]) {
        if from == to || flows.is_empty() {
            return;
        }
        let new = || Arrow { from, to, labels: BTreeSet::new(), sure: false };
        let arrow = self.arrows.entry((from, to)).or_insert_with(new);
        arrow.labels.extend(flows.iter().map(label));
        arrow.sure |= flows.iter().any(|flow| flow.manner.sure);
    }

    /// That any pod may come in, because one may be a workload that surely does, is no news.
    fn leave_out_guesses(&mut self) {
        let Some(&any) = self.known.get(&(Kind::AnyPod, ANY_POD.to_owned())) else { return };
        let mut told: HashMap<usize, BTreeSet<String>> = HashMap::new();
        for arrow in self.arrows.values().filter(|arrow| arrow.from != any && arrow.sure) {
            told.entry(arrow.to).or_default().extend(arrow.labels.iter().cloned());
        }
        self.arrows.retain(|_, arrow| {
            let known = told.get(&arrow.to);
            let guess = |label: &String| {
                let sure = label.strip_suffix('?');
                sure.is_some_and(|label| known.is_some_and(|told| told.contains(label)))
            };
            arrow.from != any || !arrow.labels.iter().all(guess)
        });
    }
}

fn label(flow: &Flow) -> String {
    let mutual = if flow.manner.encryption == Encryption::Mutual { ", mTLS" } else { "" };
    let token = if flow.manner.token { ", token" } else { "" };
    let unsure = if flow.manner.sure { "" } else { "?" };
    format!("{}{mutual}{token}{unsure}", flow.ports)
}

fn one(view: &View<'_>, root: &str, coarse: bool) -> Picture {
    let (graph, names) = (view.graph, view.graph.names());
    let mut flows = Flows::new(graph);
    let namespace = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let mut sketch = Sketch { nodes: Vec::new(), known: HashMap::new(), arrows: BTreeMap::new() };
    let ways = super::ways_in(view);
    // By which ways in a workload is reached tells it from others.
    let mut reached = vec![BTreeSet::new(); names.len()];
    for way in &ways {
        reached[way.entry.workload].insert((way.entry.resource, label(&way.flow)));
    }
    let mut homes = Vec::new();
    let mut boxes: HashMap<(String, Option<Alike>), usize> = HashMap::new();
    for (at, name) in names.iter().enumerate() {
        let peer = Peer::Workload(at);
        let any = flows.of(Peer::AnyPod, peer);
        let open = is_open(&any);
        let account = graph.account(at);
        let ways = std::mem::take(&mut reached[at]);
        let key = (!coarse).then(|| (graph.class(peer), graph.profile(at), account, ways));
        let space = namespace(name);
        let node = *boxes.entry((space.clone(), key)).or_insert(sketch.nodes.len());
        if node == sketch.nodes.len() {
            let group = format!("{root}{space}");
            let lines = Vec::new();
            sketch.nodes.push(Node { kind: Kind::Workloads, group, lines, open });
        }
        sketch.nodes[node].lines.push(name[(space.len() + 1).min(name.len())..].to_owned());
        sketch.nodes[node].open &= open;
        homes.push(node);
    }
    let mut free: HashMap<Option<u32>, bool> = HashMap::new();
    for link in graph.links(&names, view.selection) {
        let all = flows.of(link.from, link.to);
        let mut here: Vec<Flow> = all.iter().cloned().collect();
        here.retain(|flow| view.selection.wants(&flow.ports));
        if let Peer::Workload(to) = link.to {
            let any = flows.of(Peer::AnyPod, link.to);
            let open = sketch.nodes[homes[to]].open;
            let implied = match link.from {
                Peer::AnyPod => open,
                Peer::Workload(_) => open || all.iter().map(label).eq(any.iter().map(label)),
                Peer::Outside(_) => open && is_open(&all),
            };
            if implied {
                continue;
            }
        }
        if let (Peer::Workload(from), false) = (link.from, matches!(link.to, Peer::Workload(_)))
            && *free.entry(graph.class(link.from)).or_insert_with(|| leaves_freely(graph, from))
        {
            continue;
        }
        let mut end = |peer: Peer| match (peer, &link.outside) {
            (Peer::Workload(at), _) => homes[at],
            (Peer::Outside(_), Some(range)) => sketch.node(Kind::Outside, root, &outside(range)),
            (Peer::AnyPod | Peer::Outside(_), _) => sketch.node(Kind::AnyPod, root, ANY_POD),
        };
        let (from, to) = (end(link.from), end(link.to));
        sketch.arrow(from, to, &here);
    }
    for way in ways {
        let visitor = match way.entry.visitor {
            Visitor::Internet => "internet",
            Visitor::IngressController => "ingress controller",
        };
        let via = graph.root().resources[way.entry.resource].title();
        let from = sketch.node(Kind::Outside, root, &format!("{visitor} by {via}"));
        sketch.arrow(from, homes[way.entry.workload], &[way.flow]);
    }
    sketch.leave_out_guesses();
    let chosen = view.selection.from.is_some() || view.selection.to.is_some();
    finished(sketch, chosen)
}

/// Without boxes that nothing was asked of; names that are too many are counted.
fn finished(sketch: Sketch, chosen: bool) -> Picture {
    let touched: BTreeSet<usize> =
        sketch.arrows.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let mut moved = HashMap::new();
    let mut picture = Picture::default();
    for (at, mut node) in sketch.nodes.into_iter().enumerate() {
        if (chosen || node.kind != Kind::Workloads) && !touched.contains(&at) {
            continue;
        }
        let more = node.lines.len().saturating_sub(NAMES);
        if more > 1 {
            node.lines.truncate(NAMES);
            node.lines.push(format!("{more} more"));
        }
        if node.open {
            node.lines.push("(open to any pod)".to_owned());
        }
        moved.insert(at, picture.nodes.len());
        picture.nodes.push(node);
    }
    let arrows = sketch.arrows.into_values();
    picture.arrows.extend(arrows.filter_map(|arrow| {
        Some(Arrow { from: *moved.get(&arrow.from)?, to: *moved.get(&arrow.to)?, ..arrow })
    }));
    picture
}

/// Whether every port is open, to plaintext and without a token.
fn is_open(flows: &[Flow]) -> bool {
    let plain = flows.iter().filter(|flow| {
        let encryption = flow.manner.encryption;
        flow.manner.sure
            && !flow.manner.token
            && matches!(encryption, Encryption::Plaintext | Encryption::Either)
    });
    plain.fold(Connections::default(), |all, flow| all.joined(&flow.ports)).is_all()
}

/// Whether policies let a workload go everywhere.
fn leaves_freely(graph: &Graph<'_>, workload: usize) -> bool {
    let own = Peer::Workload(workload);
    let outside = graph.outside_edges(own, Direction::Egress);
    let everywhere = [false, true].map(Range::family);
    graph.edge(own, Peer::AnyPod).must.is_all()
        && outside.iter().all(|(_, edge)| edge.must.is_all())
        && outside.iter().map(|(range, _)| *range).eq(everywhere)
}

/// The internet, of either family, or a part of it.
fn outside(range: &Range) -> String {
    if *range == Range::family(range.v6) {
        "internet".to_owned()
    } else {
        because::addresses(range)
    }
}
