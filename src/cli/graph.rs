//! `ztlint graph`: arguments to roots, their graphs built and shown, exit code.

use super::args::{Graph as Args, GraphFormat};
use super::scope::{self, ScopeError};
use super::worlds::{Files, Worlds};
use super::{EXIT_OK, problems};
use crate::model::graph::Graph;
use crate::model::graph::links::Selection;
use crate::report;
use crate::report::graph::{View, dot, json, svg, table};
use std::io::{self, Write};

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
enum GraphError {
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error("no root is called `{0}`; see `ztlint graph --list-roots`")]
    Root(String),
    #[error("--helm: {0}")]
    Helm(String),
    #[error("{0}")]
    Picture(String),
    #[error("cannot write to standard output: {0}")]
    StandardOutput(#[from] io::Error),
}

/// Runs the command; the number is the exit code.
pub fn run(args: &Args) -> u8 {
    match graph(args) {
        Ok(code) => code,
        Err(GraphError::StandardOutput(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            EXIT_OK
        }
        Err(error) => super::fail(&error.to_string()),
    }
}

fn graph(args: &Args) -> Result<u8, GraphError> {
    let place = scope::find(&args.paths, args.config.as_deref(), &[])?;
    let files = Files::of(&place, &args.rendering).map_err(GraphError::Helm)?;
    let worlds = Worlds::read(&files, &place);
    let roots = worlds.roots(args.root.as_deref());
    if let (Some(wanted), true) = (&args.root, roots.is_empty()) {
        return Err(GraphError::Root(wanted.clone()));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.list_roots {
        for (name, _) in &roots {
            writeln!(out, "{}", report::inert(name))?;
        }
    } else {
        let selection = Selection { from: args.from.clone(), to: args.to.clone(), port: args.port };
        let graphs: Vec<Graph<'_>> = roots.iter().map(|(_, root)| Graph::build(root)).collect();
        let views: Vec<View<'_>> = graphs
            .iter()
            .zip(&roots)
            .map(|(graph, (name, _))| View { name, graph, selection: &selection })
            .collect();
        match args.format {
            GraphFormat::Table => table::write(&views, &mut out)?,
            GraphFormat::Json => json::write(&views, &mut out)?,
            GraphFormat::Dot => dot::graphviz(&views, &mut out)?,
            GraphFormat::Mermaid => dot::mermaid(&views, &mut out)?,
            GraphFormat::Svg => {
                let picture = svg::picture(&views).map_err(GraphError::Picture)?;
                out.write_all(picture.as_bytes())?;
            }
        }
    }
    out.flush()?;
    Ok(problems(&worlds, "").unwrap_or(EXIT_OK))
}
