//! Pictures as text for other programs: Graphviz and Mermaid. Names are quoted as each language asks.

use super::View;
use super::picture::{Kind, Node, Picture, draw};
use crate::report::inert;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

/// Writes one `digraph`.
pub fn graphviz(views: &[View<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    let picture = draw(views);
    writeln!(
        out,
        "digraph ztlint {{\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];"
    )?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=10];")?;
    for (at, (group, nodes)) in groups(&picture).into_iter().enumerate() {
        let indent = if group.is_empty() { "  " } else { "    " };
        if !group.is_empty() {
            writeln!(out, "  subgraph cluster_{at} {{\n    label={};", quoted(&[group]))?;
        }
        for (at, node) in nodes {
            let style = match node.kind {
                Kind::Outside => ", shape=ellipse",
                Kind::AnyPod => ", style=dashed",
                Kind::Workloads if node.open => ", style=filled, fillcolor=\"#fde2e1\"",
                Kind::Workloads => "",
            };
            let lines: Vec<&str> = node.lines.iter().map(String::as_str).collect();
            writeln!(out, "{indent}n{at} [label={}{style}];", quoted(&lines))?;
        }
        if !group.is_empty() {
            writeln!(out, "  }}")?;
        }
    }
    for arrow in &picture.arrows {
        let labels: Vec<&str> = arrow.labels.iter().map(String::as_str).collect();
        let style = if arrow.sure { "" } else { ", style=dashed" };
        let (from, to) = (arrow.from, arrow.to);
        writeln!(out, "  n{from} -> n{to} [label={}{style}];", quoted(&labels))?;
    }
    writeln!(out, "}}")
}

/// Lines between quotes (`https://graphviz.org/doc/info/lang.html`).
fn quoted(lines: &[&str]) -> String {
    let plain = |line: &&str| inert(line).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", lines.iter().map(plain).collect::<Vec<_>>().join("\\n"))
}

/// Writes one flowchart.
pub fn mermaid(views: &[View<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    let picture = draw(views);
    writeln!(out, "flowchart LR")?;
    for (at, (group, nodes)) in groups(&picture).into_iter().enumerate() {
        let indent = if group.is_empty() { "  " } else { "    " };
        if !group.is_empty() {
            writeln!(out, "  subgraph g{at} [\"{}\"]", entities(group))?;
        }
        for (at, node) in nodes {
            let lines: Vec<String> = node.lines.iter().map(|line| entities(line)).collect();
            let (left, right) = match node.kind {
                Kind::Outside => ("([", "])"),
                Kind::AnyPod => ("{{", "}}"),
                Kind::Workloads => ("[", "]"),
            };
            let open = if node.open { ":::open" } else { "" };
            writeln!(out, "{indent}n{at}{left}\"{}\"{right}{open}", lines.join("<br/>"))?;
        }
        if !group.is_empty() {
            writeln!(out, "  end")?;
        }
    }
    for arrow in &picture.arrows {
        let labels: Vec<String> = arrow.labels.iter().map(|line| entities(line)).collect();
        let line = if arrow.sure { "-->" } else { "-.->" };
        writeln!(out, "  n{} {line}|\"{}\"| n{}", arrow.from, labels.join("<br/>"), arrow.to)?;
    }
    writeln!(out, "  classDef open fill:#fde2e1,stroke:#b3261e")
}

/// What may mean something in Mermaid or HTML as `#…;` (`mermaid.js.org/syntax/flowchart.html`,
/// "Entity codes to escape characters").
fn entities(text: &str) -> String {
    let mut shown = String::new();
    for character in inert(text).chars() {
        if character.is_alphanumeric() || " ._/:,-()*".contains(character) {
            shown.push(character);
        } else {
            let _ = write!(shown, "#{};", u32::from(character));
        }
    }
    shown
}

/// The boxes by what they lie in, those that lie in nothing first.
fn groups(picture: &Picture) -> BTreeMap<&str, Vec<(usize, &Node)>> {
    let mut groups: BTreeMap<&str, Vec<(usize, &Node)>> = BTreeMap::new();
    for (at, node) in picture.nodes.iter().enumerate() {
        groups.entry(&node.group).or_default().push((at, node));
    }
    groups
}
