//! `ztlint can`: one question, answered in every root that knows both ends.

use super::args::{Can as Args, CanFormat};
use super::scope::{self, ScopeError};
use super::worlds::{Files, Worlds};
use super::{EXIT_FINDINGS, EXIT_OK, EXIT_UNKNOWN, problems};
use crate::model::fact::Truth;
use crate::model::graph::Graph;
use crate::model::graph::call::Asks;
use crate::model::graph::question::Question;
use crate::model::graph::speech::Speaks;
use crate::model::istio::flow::Request;
use crate::report::graph::can::{self, View};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::slice;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum CanError {
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error("no root is called `{0}`; see `ztlint graph --list-roots`")]
    Root(String),
    #[error("{0}")]
    Workload(String),
    #[error("no root holds both ends; see `ztlint graph --list-roots`")]
    Apart,
    #[error("both ends lie outside the cluster, of which manifests say nothing")]
    Outside,
    #[error("--helm: {0}")]
    Helm(String),
    #[error("cannot write to standard output: {0}")]
    StandardOutput(#[from] io::Error),
}

/// Runs the command; the number is the exit code.
pub fn run(args: &Args) -> u8 {
    match answer(args) {
        Ok(code) => code,
        Err(CanError::StandardOutput(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            EXIT_OK
        }
        Err(error) => super::fail(&error.to_string()),
    }
}

fn answer(args: &Args) -> Result<u8, CanError> {
    let (to, port) = &args.to;
    if args.from.is_outside() && to.is_outside() {
        return Err(CanError::Outside);
    }
    let place = scope::find(slice::from_ref(&args.path), args.config.as_deref(), &[])?;
    let files = Files::of(&place, &args.rendering).map_err(CanError::Helm)?;
    let worlds = Worlds::read(&files, &place);
    let roots = worlds.roots(args.root.as_deref());
    if let (Some(wanted), true) = (&args.root, roots.is_empty()) {
        return Err(CanError::Root(wanted.clone()));
    }
    let request = args.method.as_ref().zip(args.request_path.as_ref());
    let asks = match request {
        Some((method, path)) => Asks::Request(Request { method, path, ..Request::default() }),
        None => Asks::Anything,
    };
    let speaks = args.identity.as_ref().map_or(Speaks::Any, |one| one.speaks());
    let question = Question { from: &args.from, to, port: *port, speaks, asks };
    let graphs: Vec<Graph<'_>> = roots.iter().map(|(_, root)| Graph::build(root)).collect();
    let mut views = Vec::new();
    for (graph, (name, _)) in graphs.iter().zip(&roots) {
        let names = graph.names();
        let replies = graph.ask(&names, &question);
        if !replies.is_empty() {
            views.push(View { name, graph, names, question: &question, replies });
        }
    }
    if views.is_empty() {
        let known: BTreeSet<String> = graphs.iter().flat_map(Graph::names).collect();
        for end in [&args.from, to] {
            if !graphs.iter().any(|graph| graph.is_there(&graph.names(), end)) {
                return Err(CanError::Workload(super::no_workload(end, &known)));
            }
        }
        return Err(CanError::Apart);
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.format {
        CanFormat::Text => can::text(&views, &mut out)?,
        CanFormat::Json => can::json(&views, &mut out)?,
    }
    out.flush()?;
    // What could not be read may hold what decides otherwise.
    if let Some(code) = problems(&worlds, "") {
        return Ok(code);
    }
    Ok(match can::worst(views.iter().flat_map(|view| &view.replies)) {
        Truth::True => EXIT_OK,
        Truth::False => EXIT_FINDINGS,
        Truth::Unknown => EXIT_UNKNOWN,
    })
}
