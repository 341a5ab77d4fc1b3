//! The reachability table: links with the same destination and ports on one line, then the entries
//! and the workloads that no policy is for.

use super::View;
use crate::model::fact::Truth;
use crate::model::graph::Edge;
use crate::model::graph::addresses::Range;
use crate::model::graph::entries::Visitor;
use crate::model::graph::policy::Direction;
use std::collections::BTreeMap;
use std::io;

/// The name of a pod of which nothing is known.
const ANY_POD: &str = "any-pod";

/// Names in one cell before the rest is only counted.
const NAMES: usize = 4;

/// Writes the tables of some roots.
pub fn write(views: &[View<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    for (at, view) in views.iter().enumerate() {
        if views.len() > 1 {
            writeln!(out, "{}root {}\n", if at > 0 { "\n" } else { "" }, view.name)?;
        }
        root(view, out)?;
    }
    Ok(())
}

fn root(view: &View<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let (graph, names) = (view.graph, view.graph.names());
    let mut groups: BTreeMap<(String, &Edge), Vec<String>> = BTreeMap::new();
    let links = graph.links(&names, view.selection);
    for link in &links {
        let [from, to] = [link.from, link.to].map(|peer| super::name(&names, link, peer));
        groups.entry((to, &link.edge)).or_default().push(from);
    }
    let mut joined: BTreeMap<(Vec<String>, &Edge), Vec<String>> = BTreeMap::new();
    for ((to, edge), from) in groups {
        joined.entry((sources(from), edge)).or_default().push(to);
    }
    let mut rows = Vec::new();
    for ((from, edge), to) in joined {
        for (verdict, ports) in verdicts(edge) {
            let (from, to) = (listed(from.clone()), listed(internet(to.clone())));
            rows.push([from, to, ports, verdict.to_owned()]);
        }
    }
    print(["FROM", "TO", "PORTS", "VERDICT"], &rows, out)?;
    let mut rows = Vec::new();
    for entry in super::entries(view, &names) {
        let visitor = match entry.visitor {
            Visitor::Internet => "internet",
            Visitor::IngressController => "ingress controller",
        };
        let via = graph.root().resources[entry.resource].title();
        for (verdict, ports) in verdicts(&entry.edge) {
            let to = names[entry.workload].clone();
            rows.push([format!("{visitor} by {via}"), to, ports, verdict.to_owned()]);
        }
    }
    if !rows.is_empty() {
        writeln!(out)?;
        print(["ENTRY", "TO", "PORTS", "VERDICT"], &rows, out)?;
    }
    let sides = [(Direction::Ingress, "ingress"), (Direction::Egress, "egress")];
    for (direction, word) in sides {
        let free = (0..names.len()).filter(|at| graph.isolated(*at, direction) == Truth::False);
        let free: Vec<String> = free.map(|at| names[at].clone()).collect();
        if view.selection.from.is_none() && view.selection.to.is_none() && !free.is_empty() {
            writeln!(out, "\nNo policy for {word}: {}", listed(free))?;
        }
    }
    Ok(())
}

/// Where any pod comes from, the others need no mention.
fn sources(from: Vec<String>) -> Vec<String> {
    let mut from = internet(from);
    if from.iter().any(|name| name == ANY_POD) {
        from.retain(|name| !name.contains('/'));
    }
    from
}

/// All addresses of both families are the internet.
fn internet(mut names: Vec<String>) -> Vec<String> {
    let families = [false, true].map(|v6| Range::family(v6).to_string());
    let at = |wanted: &String, names: &[String]| names.iter().position(|name| name == wanted);
    match (at(&families[0], &names), at(&families[1], &names)) {
        (Some(first), Some(second)) => {
            "internet".clone_into(&mut names[first.min(second)]);
            names.remove(first.max(second));
        }
        (Some(at), None) => "internet (IPv4)".clone_into(&mut names[at]),
        (None, Some(at)) => "internet (IPv6)".clone_into(&mut names[at]),
        (None, None) => {}
    }
    names
}

fn listed(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let mut shown = names;
    if more > 1 {
        shown.truncate(NAMES);
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

fn verdicts(edge: &Edge) -> Vec<(&'static str, String)> {
    let possible = edge.may.without(&edge.must);
    let both = [("allowed", &edge.must), ("possible", &possible)];
    let known = both.into_iter().filter(|(_, ports)| !ports.is_empty());
    known.map(|(verdict, ports)| (verdict, ports.to_string())).collect()
}

fn print(head: [&str; 4], rows: &[[String; 4]], out: &mut dyn io::Write) -> io::Result<()> {
    let head = head.map(str::to_owned);
    let width = |column: usize| {
        let cells = rows.iter().chain([&head]).map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: [usize; 4] = std::array::from_fn(width);
    for row in [&head].into_iter().chain(rows) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
