//! The trust graph as a table for people and as an edge list for scripts. Shows every link it is
//! given and decides nothing.

pub mod because;
pub mod can;
pub mod diff;
pub mod json;
pub mod table;

use crate::model::graph::Graph;
use crate::model::graph::links::{End, Link, Selection};
use crate::model::graph::{Peer, entries::Entry};

/// What is shown of one root.
pub struct View<'a> {
    /// Its name; `.` for the whole project.
    pub name: &'a str,
    /// Its graph.
    pub graph: &'a Graph<'a>,
    /// What is wanted of it.
    pub selection: &'a Selection,
}

/// The name of an end.
fn name(names: &[String], link: &Link, peer: Peer) -> String {
    match (peer, &link.outside) {
        (Peer::Workload(at), _) => names[at].clone(),
        (Peer::Outside(_), Some(range)) => range.to_string(),
        (Peer::AnyPod | Peer::Outside(_), _) => "any-pod".to_owned(),
    }
}

/// The entries that are wanted.
fn entries(view: &View<'_>, names: &[String]) -> Vec<Entry> {
    let Selection { from, to, .. } = view.selection;
    let to_here = |entry: &Entry| match to {
        None => true,
        Some(end) => end.means(&names[entry.workload]),
    };
    if !matches!(from, None | Some(End::Internet)) {
        return Vec::new();
    }
    let mut found = view.graph.entries();
    found.retain(|entry| to_here(entry) && view.selection.wants(&entry.edge.may));
    found
}
