//! The answer to one question: the verdict first, then the lines that decide, then what it assumes.
//! JSON is described by `schemas/can.schema.json`.

use super::because::{self, Decided};
use crate::model::fact::Truth;
use crate::model::graph::addresses::Range;
use crate::model::graph::call::Call;
use crate::model::graph::links::End;
use crate::model::graph::ports::Protocol;
use crate::model::graph::question::{Question, Reply};
use crate::model::graph::{Graph, Peer};
use crate::report::{inert, write_json};
use crate::rules::secret::veil;
use serde::Serialize;
use std::io;

/// The version of the document's shape.
const VERSION: u32 = 1;

/// The answers of one root.
pub struct View<'v, 'a> {
    /// Its name.
    pub name: &'v str,
    /// Its graph.
    pub graph: &'v Graph<'a>,
    /// The names of its workloads.
    pub names: Vec<String>,
    /// What was asked.
    pub question: &'v Question<'v>,
    /// An answer for each pair of workloads that was asked about.
    pub replies: Vec<Reply>,
}

#[derive(Serialize)]
struct Document {
    version: u32,
    verdict: &'static str,
    answers: Vec<Answer>,
}

#[derive(Serialize)]
struct Answer {
    root: String,
    from: String,
    to: String,
    protocol: &'static str,
    port: u16,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    places: Vec<Decided>,
    assumptions: Vec<String>,
}

/// The verdict that counts for several answers: unknown before denied before allowed.
pub fn worst<'r>(replies: impl IntoIterator<Item = &'r Reply>) -> Truth {
    let all: Vec<Truth> = replies.into_iter().map(|reply| reply.decision.allowed).collect();
    let order = [Truth::Unknown, Truth::False];
    order.into_iter().find(|truth| all.contains(truth)).unwrap_or(Truth::True)
}

fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "allowed",
        Truth::False => "denied",
        Truth::Unknown => "unknown",
    }
}

fn answer(view: &View<'_, '_>, reply: &Reply) -> Answer {
    let (speaks, asks) = (view.question.speaks, view.question.asks.clone());
    let (protocol, port) = reply.port;
    let (from, to) = (reply.from, reply.to);
    let call = Call { from, to, protocol, port, speaks, asks };
    let (places, assumptions) = because::because(view.graph, &call);
    let end = |peer: Peer, asked: &End| match (peer, asked) {
        (Peer::Outside(_), End::Addresses(net)) => net.to_string(),
        (Peer::Outside(_), _) => "internet".to_owned(),
        _ => because::inside(&view.names, peer).to_owned(),
    };
    let way = reply.decision.way.as_ref().filter(|_| {
        let inside = |at| view.graph.enrolled(at) != Truth::False;
        protocol == Protocol::Tcp && matches!(to, Peer::Workload(at) if inside(at))
    });
    let request = way.and_then(|way| way.request.as_ref()).map(|request| {
        let token = request.token.as_ref().map(|token| format!(", token of {}", token.issuer));
        let host = Some(&request.host).filter(|host| !host.is_empty());
        let host = host.map(|host| format!(", host {host}"));
        let headers = request.headers.iter().map(|(key, value)| {
            let secret = veil::telling(key);
            format!(", {key}: {}", if secret { veil::MASK.into() } else { veil::veiled(value) })
        });
        let (token, host) = (token.unwrap_or_default(), host.unwrap_or_default());
        let headers: String = headers.collect();
        format!("{} {}{host}{headers}{token}", request.method, request.path)
    });
    // Where all addresses that were asked for have the verdict, there is nothing to tell apart.
    let apart = reply.worst != reply.decision.allowed;
    let addresses: &[Range] = if apart { &reply.addresses } else { &[] };
    Answer {
        root: view.name.to_owned(),
        from: end(from, view.question.from),
        to: end(to, view.question.to),
        protocol: protocol.word(),
        port,
        verdict: word(reply.decision.allowed),
        ports: reply.ports.as_ref().map(ToString::to_string),
        addresses: addresses.iter().map(because::addresses).collect(),
        transport: way.map(|way| because::transport(way.transport)),
        identity: way.map(|way| way.caller.to_string()),
        request,
        places,
        assumptions,
    }
}

fn answers(views: &[View<'_, '_>]) -> impl Iterator<Item = Answer> {
    views.iter().flat_map(|view| view.replies.iter().map(|reply| answer(view, reply)))
}

/// Writes the document and a line end.
pub fn json(views: &[View<'_, '_>], out: &mut dyn io::Write) -> io::Result<()> {
    let verdict = word(worst(views.iter().flat_map(|view| &view.replies)));
    write_json(&Document { version: VERSION, verdict, answers: answers(views).collect() }, out)
}

/// Writes the answers for people.
pub fn text(views: &[View<'_, '_>], out: &mut dyn io::Write) -> io::Result<()> {
    let mut root = None;
    for (at, answer) in answers(views).enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        if views.len() > 1 && root.as_ref() != Some(&answer.root) {
            writeln!(out, "root {}", inert(&answer.root))?;
            root = Some(answer.root.clone());
        }
        let port = format!("{} {}", answer.protocol, answer.port);
        let ports = match &answer.ports {
            Some(ports) if ports.ends_with("all") => "on any port".to_owned(),
            Some(ports) if *ports != port => format!("{port} (as on {ports})"),
            _ => port,
        };
        let Answer { from, to, verdict, .. } = &answer;
        writeln!(out, "{}", inert(&format!("{verdict}: {from} → {to}, {ports}")))?;
        if !answer.addresses.is_empty() {
            writeln!(out, "  only for {}", answer.addresses.join(", "))?;
        }
        let identity = answer.identity.as_ref().map(|one| format!("identity {one}"));
        let transport = answer.transport.map(str::to_owned);
        let how: Vec<String> =
            [transport, identity, answer.request.clone()].into_iter().flatten().collect();
        if !how.is_empty() {
            writeln!(out, "  {}", inert(&how.join(", ")))?;
        }
        for place in &answer.places {
            writeln!(out, "  {}", place.line())?;
        }
        for assumption in &answer.assumptions {
            writeln!(out, "  assuming that {}", inert(assumption))?;
        }
    }
    Ok(())
}
