//! The reachability table: links with the same destination and ports on one line, then the entries
//! and the workloads that no policy is for.

use super::View;
use crate::model::fact::Truth;
use crate::model::graph::addresses::Range;
use crate::model::graph::call::Caller;
use crate::model::graph::entries::Visitor;
use crate::model::graph::flows::{Flow, Flows};
use crate::model::graph::policy::Direction;
use crate::report::inert;
use std::collections::BTreeMap;
use std::io;

/// The name of a pod of which nothing is known.
const ANY_POD: &str = "any-pod";

/// Ports, transport, identity and verdict of each flow.
type Cells = Vec<[String; 4]>;

/// Names in one cell before the rest is only counted.
const NAMES: usize = 4;

/// Writes the tables of some roots.
pub fn write(views: &[View<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    if views.iter().all(|view| view.graph.size().workloads == 0) {
        return writeln!(out, "no workloads");
    }
    for (at, view) in views.iter().enumerate() {
        if views.len() > 1 {
            writeln!(out, "{}root {}\n", if at > 0 { "\n" } else { "" }, inert(view.name))?;
        }
        root(view, out)?;
    }
    Ok(())
}

fn root(view: &View<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let (graph, names) = (view.graph, view.graph.names());
    let mut flows = Flows::new(graph);
    // A caller's own identity is its name, and said as `own`.
    let mut groups: BTreeMap<(String, Cells), Vec<String>> = BTreeMap::new();
    for link in &graph.links(&names, view.selection) {
        let [from, to] = [link.from, link.to].map(|peer| super::name(&names, link, peer));
        let known = flows.of(link.from, link.to);
        let wanted = known.iter().filter(|flow| view.selection.wants(&flow.ports));
        let cells: Cells = wanted.map(cells).collect();
        if !cells.is_empty() {
            groups.entry((to, cells)).or_default().push(from);
        }
    }
    let mut joined: BTreeMap<(Vec<String>, Cells), Vec<String>> = BTreeMap::new();
    for ((to, cells), from) in groups {
        joined.entry((sources(from), cells)).or_default().push(to);
    }
    let mut rows = Vec::new();
    for ((from, cells), to) in joined {
        for [ports, transport, identity, verdict] in cells {
            let (from, to) = (listed(from.clone()), listed(internet(to.clone())));
            rows.push([from, to, ports, transport, identity, verdict]);
        }
    }
    print(["FROM", "TO", "PORTS", "TRANSPORT", "IDENTITY", "VERDICT"], &rows, out)?;
    let mut rows = Vec::new();
    for way in super::ways_in(view) {
        let visitor = match way.entry.visitor {
            Visitor::Internet => "internet",
            Visitor::IngressController => "ingress controller",
        };
        let resource = |at: usize| graph.root().resources[at].title();
        let mut from = format!("{visitor} by {}", resource(way.entry.resource));
        if let Some(gate) = way.gate.filter(|gate| gate.resource != way.entry.resource) {
            let port = gate.port.map(|port| format!(":{port}")).unwrap_or_default();
            from = format!("{from} at {}{port}, TLS {}", resource(gate.resource), gate.tls.word());
        }
        let [ports, transport, identity, verdict] = cells(&way.flow);
        rows.push([from, names[way.entry.workload].clone(), ports, transport, identity, verdict]);
    }
    if !rows.is_empty() {
        writeln!(out)?;
        print(["ENTRY", "TO", "PORTS", "TRANSPORT", "IDENTITY", "VERDICT"], &rows, out)?;
    }
    let sides = [(Direction::Ingress, "ingress"), (Direction::Egress, "egress")];
    for (direction, word) in sides {
        let free = (0..names.len()).filter(|at| graph.isolated(*at, direction) == Truth::False);
        let free: Vec<String> = free.map(|at| names[at].clone()).collect();
        if view.selection.from.is_none() && view.selection.to.is_none() && !free.is_empty() {
            writeln!(out, "\nNo policy for {word}: {}", inert(&listed(free)))?;
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

/// Ports, transport, identity and verdict of a flow.
fn cells(flow: &Flow) -> [String; 4] {
    let identity = match &flow.manner.caller {
        Caller::Known { .. } => "own".to_owned(),
        other => super::identity(other),
    };
    let identity = if flow.manner.token { format!("{identity}, token") } else { identity };
    let (transport, verdict) = (flow.manner.encryption.word(), super::verdict(flow.manner.sure));
    [flow.ports.to_string(), transport.to_owned(), identity, verdict.to_owned()]
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

fn print<const N: usize>(
    head: [&str; N],
    rows: &[[String; N]],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let head = head.map(str::to_owned);
    let inert_row = |row: &[String; N]| row.each_ref().map(|cell| inert(cell).into_owned());
    let rows: Vec<[String; N]> = rows.iter().map(inert_row).collect();
    let width = |column: usize| {
        let cells = rows.iter().chain([&head]).map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    for row in [&head].into_iter().chain(&rows) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
