//! `ztlint diff`: two folders or revisions to two sets of roots, paired by name and compared.

use super::args::{Diff as Args, DiffFormat};
use super::config::Config;
use super::scope::{self, Place, ScopeError};
use super::worlds::{Files, Worlds};
use super::{EXIT_FINDINGS, EXIT_OK, config, problems};
use crate::input::file;
use crate::input::file_tree::{FileTree, MAX_FILE_BYTES};
use crate::input::git_tree::{GitError, GitTree};
use crate::model::graph::Graph;
use crate::model::graph::difference::{Kind, Name, difference};
use crate::model::graph::links::End;
use crate::model::root::Root;
use crate::report::graph::diff::{self, Sides, View};
use crate::rules::settings::Scope;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why nothing can be compared.
#[derive(Debug, thiserror::Error)]
enum DiffError {
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("`{0}` is a folder and may be a revision: write `./{0}` or `refs/heads/{0}`")]
    Ambiguous(String),
    #[error("{0}: {1}")]
    Folder(String, io::Error),
    #[error("no root is called `{0}` on either side; see `ztlint graph --list-roots`")]
    Root(String),
    #[error("--fail-on-gain: {0}")]
    Target(String),
    #[error("--helm: {0}")]
    Helm(String),
    #[error("cannot write to standard output: {0}")]
    StandardOutput(#[from] io::Error),
}

/// Runs the command; the number is the exit code.
pub fn run(args: &Args) -> u8 {
    match compare(args) {
        Ok(code) => code,
        Err(DiffError::StandardOutput(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            EXIT_OK
        }
        Err(error) => super::fail(&error.to_string()),
    }
}

/// What one argument means.
enum Side {
    Folder(PathBuf),
    Revision(String),
}

fn compare(args: &Args) -> Result<u8, DiffError> {
    let sides = [side(&args.old, &args.path)?, side(&args.new, &args.path)?];
    let worlds = worlds(args, &sides)?;
    let [old, new] = worlds.each_ref().map(|one| one.roots(args.root.as_deref()));
    let names: BTreeSet<&str> = old.iter().chain(&new).map(|(name, _)| *name).collect();
    if let (Some(wanted), true) = (&args.root, names.is_empty()) {
        return Err(DiffError::Root(wanted.clone()));
    }
    let mut used = vec![false; args.fail_on_gain.len()];
    let mut failing = false;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let labels = Sides { old: &args.old, new: &args.new };
    let graph_of =
        |roots: &[(&str, Root<'_>)], name: &str| roots.iter().position(|(other, _)| *other == name);
    let graphs: Vec<(&str, Option<Graph<'_>>, Option<Graph<'_>>)> = names
        .iter()
        .map(|name| {
            let build = |roots| {
                graph_of(roots, name).map(|at| {
                    let root: &(&str, Root<'_>) = &roots[at];
                    Graph::build(&root.1)
                })
            };
            (*name, build(&old), build(&new))
        })
        .collect();
    let mut views = Vec::new();
    for (name, old, new) in &graphs {
        let changes = difference(old.as_ref(), new.as_ref());
        for (target, used) in args.fail_on_gain.iter().zip(&mut used) {
            let known = [old, new].into_iter().flatten();
            *used |= target.is_outside()
                || known.flat_map(Graph::names).any(|name| target.means(&name))
                || *target == End::AnyPod;
            let gains = changes.iter().filter(|change| change.kind == Kind::Gained);
            failing |= gains.flat_map(|change| &change.to).any(|name| hit(target, name));
        }
        views.push(View { name, old: old.as_ref(), new: new.as_ref(), changes });
    }
    if let Some(at) = used.iter().position(|used| !used) {
        // A gate that guards nothing would let everything pass.
        let known = graphs.iter().flat_map(|(_, old, new)| [old, new]).flatten();
        let names: BTreeSet<String> = known.flat_map(Graph::names).collect();
        return Err(DiffError::Target(super::no_workload(&args.fail_on_gain[at], &names)));
    }
    match args.format {
        DiffFormat::Text => diff::text(&views, &labels, &mut out)?,
        DiffFormat::Markdown => diff::markdown(&views, &labels, &mut out)?,
        DiffFormat::Json => diff::json(&views, &labels, &mut out)?,
    }
    out.flush()?;
    let codes = [problems(&worlds[0], &args.old), problems(&worlds[1], &args.new)];
    let own = if failing { EXIT_FINDINGS } else { EXIT_OK };
    Ok(codes.into_iter().flatten().max().unwrap_or(own))
}

/// Whether a gained destination is one that is guarded.
fn hit(target: &End, name: &Name) -> bool {
    match (target, name) {
        (End::AnyPod, Name::AnyPod) | (End::Internet, Name::Outside(_)) => true,
        (End::Addresses(net), Name::Outside(range)) => {
            crate::model::graph::addresses::Range::of(*net).meets(range)
        }
        (_, Name::Workload(name)) => target.means(name),
        _ => false,
    }
}

/// A folder that is there is one; everything else is a revision.
fn side(text: &str, base: &Path) -> Result<Side, DiffError> {
    let path = Path::new(text);
    if !path.is_dir() {
        return Ok(Side::Revision(text.to_owned()));
    }
    let plain = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if plain && !text.ends_with('/') {
        let place = scope::find(&[base.to_owned()], None, &[]).ok();
        let root = place.map(|place| place.root).filter(|root| root.join(".git").exists());
        if root.is_some_and(|root| GitTree::revision(&root, text, MAX_FILE_BYTES).is_ok()) {
            return Err(DiffError::Ambiguous(text.to_owned()));
        }
    }
    Ok(Side::Folder(path.to_owned()))
}

/// What the two sides hold. Two folders are projects of their own; a revision is one of the project
/// that the other folder, or `--path`, is in. Each side is read with its own configuration: what one
/// says of roots, namespaces and the mesh belongs to the manifests beside it. A side without one is
/// read with the other's, so that a first ztlint.toml changes no connection.
fn worlds(args: &Args, sides: &[Side; 2]) -> Result<[Worlds; 2], DiffError> {
    if let [Side::Folder(old), Side::Folder(new)] = sides {
        let own = |folder: &Path| {
            let path = folder.join(config::NAME);
            if !path.is_file() {
                return Ok(None);
            }
            scope::stays(&path, folder)?;
            Ok::<_, DiffError>(Some(config::read(&path, "", Some(folder), &[])?))
        };
        let configs = match &args.config {
            Some(path) => [None, Some(config::read(path, "", None, &[])?)],
            None => [own(old)?, own(new)?],
        };
        let [old_config, new_config] = shared(configs, &Config::default());
        let read = |folder: &Path, config| {
            let root = folder
                .canonicalize()
                .map_err(|e| DiffError::Folder(folder.display().to_string(), e))?;
            let place = Place { root, config, scope: Scope::Whole, focus: None, named: Vec::new() };
            let files = Files::of(&place, &args.rendering).map_err(DiffError::Helm)?;
            Ok::<_, DiffError>(Worlds::read(&files, &place))
        };
        return Ok([read(old, old_config)?, read(new, new_config)?]);
    }
    if args.rendering.helm.is_some() {
        let words = "a revision is not on the disk, where Helm would read its chart";
        return Err(DiffError::Helm(words.to_owned()));
    }
    let folder = sides.iter().find_map(|side| match side {
        Side::Folder(folder) => Some(folder.clone()),
        Side::Revision(_) => None,
    });
    let base = folder.unwrap_or_else(|| args.path.clone());
    let place = scope::find(&[base], args.config.as_deref(), &[])?;
    let limit = |config: &Config| config.max_file_bytes.unwrap_or(MAX_FILE_BYTES);
    let tree = |side: &Side| match side {
        Side::Folder(_) => Ok(None),
        Side::Revision(name) => {
            GitTree::revision(&place.root, name, limit(&place.config)).map(Some)
        }
    };
    let trees = [tree(&sides[0])?, tree(&sides[1])?];
    let written = || above(&place).any(|path| place.root.join(path).is_file());
    let own = |at: usize| match (&sides[at], &trees[at]) {
        _ if args.config.is_some() => Ok(Some(place.config.clone())),
        (Side::Revision(name), Some(tree)) => of_revision(name, tree, &place),
        _ => Ok(written().then(|| place.config.clone())),
    };
    let configs = shared([own(0)?, own(1)?], &place.config);
    let mut worlds = trees.into_iter().zip(configs).map(|(tree, config)| {
        let limit = limit(&config);
        let (root, scope) = (place.root.clone(), place.scope.clone());
        let (focus, named) = (place.focus.clone(), place.named.clone());
        let place = Place { root, config, scope, focus, named };
        Ok::<_, DiffError>(match tree {
            Some(tree) => Worlds::read(&tree.limited(limit), &place),
            None => {
                Worlds::read(&Files::of(&place, &args.rendering).map_err(DiffError::Helm)?, &place)
            }
        })
    });
    let mut next = || worlds.next().expect("there are two sides");
    Ok([next()?, next()?])
}

/// Each side's own configuration, or else the other's, or else this one.
fn shared([old, new]: [Option<Config>; 2], other: &Config) -> [Config; 2] {
    let either = |own: &Option<Config>, theirs: &Option<Config>| {
        own.as_ref().or(theirs.as_ref()).unwrap_or(other).clone()
    };
    [either(&old, &new), either(&new, &old)]
}

/// The configuration that is nearest to the place in a revision.
fn of_revision(name: &str, tree: &GitTree, place: &Place) -> Result<Option<Config>, DiffError> {
    for path in above(place) {
        let text = tree.read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(text) = text {
            let folder = file::folder(&path);
            let config = config::of_revision(&format!("{name}:{path}"), text, folder)?;
            return Ok(Some(config));
        }
    }
    Ok(None)
}

/// Where the configuration of the place may be, the nearest first.
fn above(place: &Place) -> impl Iterator<Item = String> {
    let focus = place.focus.as_ref().and_then(|focus| focus.first());
    config::above(focus.map_or("", String::as_str))
}
