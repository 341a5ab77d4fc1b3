//! What two graphs differ in, for people, for a comment on a pull request and for scripts (JSON is
//! described by `schemas/diff.schema.json`). Joins ends for reading; leaves nothing out of JSON.

use super::because::{self, Decided};
use crate::model::graph::Graph;
use crate::model::graph::addresses::Range;
use crate::model::graph::call::{Asks, Call};
use crate::model::graph::difference::{Change, Kind, Name, State};
use crate::model::graph::entries::Visitor;
use crate::model::graph::flows::Encryption;
use crate::model::graph::ports::Protocol;
use crate::model::graph::speech::Speaks;
use crate::report::{inert, write_json};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// The version of the document's shape.
const VERSION: u32 = 1;

/// Names in one cell before the rest is only counted.
const NAMES: usize = 6;

/// Lines of reasons below one change.
const REASONS: usize = 4;

/// How the two sides are called.
pub struct Sides<'s> {
    /// The old one.
    pub old: &'s str,
    /// The new one.
    pub new: &'s str,
}

/// What differs in one root.
pub struct View<'v, 'a> {
    /// Its name.
    pub name: &'v str,
    /// Its old graph; none where the root is new.
    pub old: Option<&'v Graph<'a>>,
    /// Its new graph; none where the root is gone.
    pub new: Option<&'v Graph<'a>>,
    /// What changed.
    pub changes: Vec<Change>,
}

#[derive(Serialize)]
struct Document<'s> {
    version: u32,
    old: &'s str,
    new: &'s str,
    roots: Vec<Root>,
}

#[derive(Serialize)]
struct Root {
    name: String,
    sides: &'static str,
    changes: Vec<Connection>,
}

#[derive(Serialize)]
struct Connection {
    change: &'static str,
    from: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<String>,
    to: Vec<String>,
    ports: BTreeMap<&'static str, Vec<(u16, u16)>>,
    before: Fact,
    after: Fact,
    places: Vec<Decided>,
}

#[derive(Serialize)]
struct Fact {
    verdict: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    token: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<&'static str>,
}

impl View<'_, '_> {
    fn sides(&self) -> &'static str {
        match (self.old, self.new) {
            (None, _) => "new",
            (_, None) => "old",
            _ => "both",
        }
    }

    /// What decides now; nothing where an end is gone.
    fn places(&self, change: &Change) -> Vec<Decided> {
        let (Some(graph), Some((from, to, protocol, port))) = (self.new, change.witness[1]) else {
            return Vec::new();
        };
        let asks = if change.after.token { Asks::WithToken } else { Asks::Anything };
        let speaks = Speaks::Any;
        because::because(graph, &Call { from, to, protocol, port, speaks, asks }).0
    }

    /// Every workload of either side.
    fn workloads(&self) -> BTreeSet<String> {
        [self.old, self.new].into_iter().flatten().flat_map(Graph::names).collect()
    }
}

/// Writes the document and a line end.
pub fn json(views: &[View<'_, '_>], sides: &Sides<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let roots = views.iter().map(root).collect();
    write_json(&Document { version: VERSION, old: sides.old, new: sides.new, roots }, out)
}

fn root(view: &View<'_, '_>) -> Root {
    let fact = |state: State| Fact {
        verdict: state.verdict.word(),
        token: state.token,
        transport: state.transport.map(Encryption::word),
    };
    let one = |change: &Change| Connection {
        change: change.kind.word(),
        from: change.from.iter().map(plain).collect(),
        via: change.from.iter().find_map(|name| match name {
            Name::Entry(_, via) => Some(via.clone()),
            _ => None,
        }),
        to: change.to.iter().map(plain).collect(),
        ports: Protocol::ALL
            .into_iter()
            .map(|protocol| (protocol.word(), change.ports.of(protocol).to_vec()))
            .filter(|(_, ranges)| !ranges.is_empty())
            .collect(),
        before: fact(change.before),
        after: fact(change.after),
        places: view.places(change),
    };
    let changes = view.changes.iter().map(one).collect();
    Root { name: view.name.to_owned(), sides: view.sides(), changes }
}

/// The name of one end, as `ztlint graph` writes it.
fn plain(name: &Name) -> String {
    match name {
        Name::AnyPod => "any-pod".to_owned(),
        Name::Workload(name) => name.clone(),
        Name::Outside(range) => range.to_string(),
        Name::Entry(Visitor::Internet, _) => "internet".to_owned(),
        Name::Entry(Visitor::IngressController, _) => "ingress-controller".to_owned(),
    }
}

/// Changes that read alike.
struct Line<'c> {
    kind: Kind,
    from: Vec<String>,
    to: Vec<String>,
    ports: String,
    what: String,
    of: &'c Change,
}

/// The lines of a root: ends are joined, then sources of one destination, then destinations.
fn lines<'c>(view: &'c View<'_, '_>) -> Vec<Line<'c>> {
    let workloads = view.workloads();
    let mut by_target: Vec<Line<'c>> = Vec::new();
    let mut places: BTreeMap<(Kind, Vec<String>, String, String), usize> = BTreeMap::new();
    for change in &view.changes {
        // Each destination by itself first, so that `all others` reads alike everywhere.
        for to in &change.to {
            let from: Vec<&Name> = change.from.iter().filter(|from| *from != to).collect();
            if from.is_empty() {
                continue;
            }
            let (from, to_name) = (joined(&from, Some(to), &workloads), shown(to));
            let (ports, what) = (change.ports.to_string(), what(change));
            let key = (change.kind, from.clone(), ports.clone(), what.clone());
            let at = *places.entry(key).or_insert(by_target.len());
            if at == by_target.len() {
                let (kind, to) = (change.kind, Vec::new());
                by_target.push(Line { kind, from, to, ports, what, of: change });
            }
            by_target[at].to.push(to_name);
        }
    }
    for line in &mut by_target {
        let names: Vec<Name> = line.to.iter().map(|name| back(name)).collect();
        let outside: Vec<String> =
            line.to.iter().filter(|name| !workloads.contains(*name)).cloned().collect();
        let inside: Vec<&Name> = names
            .iter()
            .filter(|one| matches!(one, Name::Workload(name) if workloads.contains(name)))
            .collect();
        let mut all = families(outside);
        let any = all.iter().any(|name| name == ANY_POD);
        if !any {
            all.extend(joined(&inside, None, &workloads));
        }
        line.to = all;
    }
    by_target.sort_by_key(|line| line.kind);
    by_target
}

const ANY_POD: &str = "any-pod";

fn back(name: &str) -> Name {
    Name::Workload(name.to_owned())
}

fn shown(name: &Name) -> String {
    match name {
        Name::Outside(range) => because::addresses(range),
        Name::Entry(visitor, via) => {
            let who = match visitor {
                Visitor::Internet => "internet",
                Visitor::IngressController => "ingress controller",
            };
            format!("{who} by {via}")
        }
        other => plain(other),
    }
}

/// Names for reading: where any pod is one, the workloads need no mention; all workloads of a
/// namespace, but for the other end, are `namespace/*`.
fn joined(names: &[&Name], other: Option<&Name>, workloads: &BTreeSet<String>) -> Vec<String> {
    let own: BTreeSet<&String> = names
        .iter()
        .filter_map(|name| match name {
            Name::Workload(name) => Some(name),
            _ => None,
        })
        .collect();
    let outside = names.iter().filter(|name| !matches!(name, Name::Workload(_)));
    let mut found = families(outside.map(|name| shown(name)).collect());
    if found.iter().any(|name| name == ANY_POD) {
        return found;
    }
    let other = match other {
        Some(Name::Workload(name)) => Some(name),
        _ => None,
    };
    let namespace = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let mut spaces: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for name in own {
        spaces.entry(namespace(name)).or_default().push(name);
    }
    for (space, members) in spaces {
        let all = workloads.iter().filter(|name| namespace(name) == space && Some(*name) != other);
        if members.len() > 1 && all.count() == members.len() {
            found.push(format!("{space}/*"));
        } else {
            found.extend(members.into_iter().cloned());
        }
    }
    found
}

/// All addresses of both families are the internet.
fn families(mut names: Vec<String>) -> Vec<String> {
    let [four, six] = [false, true].map(|v6| because::addresses(&Range::family(v6)));
    if names.contains(&four) && names.contains(&six) {
        names.retain(|name| *name != four && *name != six);
        names.push("internet".to_owned());
    }
    names
}

fn what(change: &Change) -> String {
    let Change { kind, before, after, .. } = change;
    let way = |state: &State| match state.transport {
        None => "",
        Some(Encryption::Plaintext) => "plaintext",
        Some(Encryption::Mutual) => "mutual TLS",
        Some(Encryption::Either) => "plaintext or mutual TLS",
        Some(Encryption::Unknown) => "unknown transport",
    };
    let open = |state: &State| {
        format!("{}{}", state.verdict.word(), if state.token { " with a token" } else { "" })
    };
    match kind {
        Kind::Gained | Kind::Lost => {
            let how = Some(way(after)).filter(|way| !way.is_empty());
            let how = how.map(|way| format!(", {way}")).unwrap_or_default();
            format!("{} → {}{how}", open(before), open(after))
        }
        Kind::Weakened | Kind::Encrypted => {
            let way = |state| match way(state) {
                "" => "outside the mesh",
                way => way,
            };
            format!("{} → {}", way(before), way(after))
        }
    }
}

fn listed(names: &[String], write: impl Fn(&str) -> String) -> String {
    let more = names.len().saturating_sub(NAMES);
    let kept = if more > 1 { NAMES } else { names.len() };
    let mut texts: Vec<String> = names[..kept].iter().map(|name| write(name)).collect();
    if more > 1 {
        texts.push(format!("{more} more"));
    }
    texts.join(", ")
}

/// The reasons worth a line: what decides, each once.
fn reasons(view: &View<'_, '_>, line: &Line<'_>) -> Vec<String> {
    let places = view.places(line.of);
    let weight = |place: &Decided| match line.kind {
        Kind::Weakened | Kind::Encrypted => {
            place.layer != "transport" && place.layer != "enrolment"
        }
        _ => false,
    };
    let mut found: Vec<String> =
        places.iter().filter(|place| !weight(place)).map(Decided::line).collect();
    found.truncate(REASONS);
    if found.is_empty() && line.kind == Kind::Lost && line.of.witness[1].is_none() {
        let entry = line.of.from.iter().any(|name| matches!(name, Name::Entry(..)));
        found.push(if entry { "the way in is gone" } else { "an end is gone" }.to_owned());
    }
    found
}

fn head(view: &View<'_, '_>) -> Option<&'static str> {
    match view.sides() {
        "new" => Some("a new root"),
        "old" => Some("a root that is gone"),
        _ => None,
    }
}

fn counted(views: &[View<'_, '_>]) -> String {
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    for line in views.iter().flat_map(lines) {
        *counts.entry(line.kind).or_default() += 1;
    }
    let words = Kind::ALL.into_iter().filter_map(|kind| {
        let count = counts.get(&kind)?;
        Some(format!("{count} {}", kind.word()))
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "no connection changed".to_owned() } else { words.join(", ") }
}

/// Writes the changes for people.
pub fn text(views: &[View<'_, '_>], sides: &Sides<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for view in views.iter().filter(|view| !view.changes.is_empty()) {
        let status = head(view).map(|status| format!(", {status}")).unwrap_or_default();
        writeln!(out, "root {}{status}\n", inert(view.name))?;
        for line in lines(view) {
            let plain = |name: &str| inert(name).into_owned();
            let (from, to) = (listed(&line.from, plain), listed(&line.to, plain));
            let Line { kind, ports, what, .. } = &line;
            writeln!(out, "{} {from} → {to}: {ports} ({what})", kind.word())?;
            for reason in reasons(view, &line) {
                writeln!(out, "  {reason}")?;
            }
        }
        writeln!(out)?;
    }
    writeln!(out, "{} to {}: {}", inert(sides.old), inert(sides.new), counted(views))
}

/// Writes the changes as a comment on a pull request. Names stand between backticks, where they
/// can neither link nor call anybody.
pub fn markdown(
    views: &[View<'_, '_>],
    sides: &Sides<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (old, new) = (code(sides.old), code(sides.new));
    writeln!(out, "### Reachability from {old} to {new}: {}", counted(views))?;
    for view in views.iter().filter(|view| !view.changes.is_empty()) {
        let status = head(view).map(|status| format!(" ({status})")).unwrap_or_default();
        writeln!(out, "\nRoot {}{status}\n", code(view.name))?;
        writeln!(out, "| Change | From | To | Ports | Before → after | Decided by |")?;
        writeln!(out, "|---|---|---|---|---|---|")?;
        for line in lines(view) {
            let (from, to) = (listed(&line.from, code), listed(&line.to, code));
            let Line { kind, ports, what, .. } = &line;
            let by: Vec<String> = reasons(view, &line).iter().map(|one| code(one)).collect();
            let by = by.join("<br>");
            writeln!(out, "| {} | {from} | {to} | {ports} | {what} | {by} |", kind.word())?;
        }
    }
    Ok(())
}

fn code(text: &str) -> String {
    let plain = inert(text).replace('`', "'").replace('|', "¦");
    if plain.trim().is_empty() { String::new() } else { format!("`{plain}`") }
}
