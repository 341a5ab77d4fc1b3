//! `ztlint graph`: arguments to roots, their graphs built and shown, exit code.

use super::EXIT_OK;
use super::args::{Graph as Args, GraphFormat};
use super::scope::{self, ScopeError};
use crate::input::file_tree::{Disk, MAX_FILE_BYTES};
use crate::input::problem::Level;
use crate::model::graph::Graph;
use crate::model::graph::links::Selection;
use crate::model::project;
use crate::model::root::{ModelSettings, Root};
use crate::model::roots;
use crate::report::graph::{View, json, table};
use crate::rules::settings::Scope;
use std::io::{self, Write};

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
enum GraphError {
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error("no root is called `{0}`; see `ztlint graph --list-roots`")]
    Root(String),
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
    let config = place.config;
    let tree = Disk::new(&place.root, config.max_file_bytes.unwrap_or(MAX_FILE_BYTES));
    let folders = match &place.scope {
        Scope::Whole => None,
        Scope::Folders(folders) => Some(folders.as_slice()),
    };
    let mut project = project::load(&tree, folders, &place.named, config.exclude.as_ref());
    project::auxiliary(&tree, &mut project);
    project::resources(&mut project);
    let mut settings = ModelSettings::default();
    settings.closed_namespaces = config.closed_namespaces.unwrap_or_default();
    settings.root_namespace = config.root_namespace.unwrap_or(settings.root_namespace);
    let (boundaries, charts) = (config.roots.as_ref(), &project.charts);
    let plans =
        roots::plan(&project.files, &project.resources, boundaries, charts, &project.kustomized);
    let asked = |path: &str| {
        let inside = |wanted: &String| {
            path == wanted
                || path.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        place.focus.as_ref().is_none_or(|focus| focus.iter().any(inside))
    };
    let mut worlds = Vec::new();
    for plan in &plans {
        let members: Vec<_> = plan.members.iter().map(|&at| &project.resources[at]).collect();
        let of = |node: crate::model::value::NodeRef| &project.files[node.file.0 as usize];
        let touched = members.iter().any(|one| asked(&of(one.node).source.path));
        let root = Root::new(plan.name.clone(), &project.files, members, &settings);
        if touched && !root.cluster().workloads.is_empty() {
            worlds.push(root);
        }
    }
    if let Some(wanted) = &args.root {
        worlds.retain(|root| name(root) == wanted);
        if worlds.is_empty() {
            return Err(GraphError::Root(wanted.clone()));
        }
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.list_roots {
        for root in &worlds {
            writeln!(out, "{}", name(root))?;
        }
    } else {
        let selection = Selection { from: args.from.clone(), to: args.to.clone(), port: args.port };
        let graphs: Vec<Graph<'_>> = worlds.iter().map(Graph::build).collect();
        let views: Vec<View<'_>> = graphs
            .iter()
            .map(|graph| View { name: name(graph.root()), graph, selection: &selection })
            .collect();
        match args.format {
            GraphFormat::Table => table::write(&views, &mut out)?,
            GraphFormat::Json => json::write(&views, &mut out)?,
        }
    }
    out.flush()?;
    let mut code = EXIT_OK;
    for problem in project.problems.iter().filter(|problem| problem.level == Level::Error) {
        code = super::fail(&format!("{}: {}", problem.path, problem.message));
    }
    Ok(code)
}

/// A root's name; `.` for the whole project.
fn name<'r>(root: &'r Root<'_>) -> &'r str {
    if root.name.is_empty() { "." } else { &root.name }
}
