//! From path arguments to a project: its root, its configuration, what to load and what to report.

use super::config::{self, Config, ConfigError};
use crate::rules::settings::Scope;
use std::io;
use std::path::{Path, PathBuf};

/// Where a run takes place.
#[derive(Debug)]
pub struct Place {
    /// The project root.
    pub root: PathBuf,
    /// The configuration.
    pub config: Config,
    /// What to load.
    pub scope: Scope,
    /// What to report, relative to the root; none for everything.
    pub focus: Option<Vec<String>>,
    /// Files that were named one by one, relative to the root.
    pub named: Vec<String>,
}

/// Why no run is possible.
#[derive(Debug, thiserror::Error)]
pub enum ScopeError {
    /// A path does not exist or cannot be read.
    #[error("{0}: {1}")]
    Path(PathBuf, io::Error),
    /// A configuration that was found, but stands elsewhere.
    #[error("{0} is a link that leads out of the project; name the file with --config")]
    Away(PathBuf),
    /// The paths belong to different projects.
    #[error(
        "{0} and {1} have different project roots or configurations; check them one by one, or name one with --config"
    )]
    Apart(PathBuf, PathBuf),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Finds the project of some paths.
/// `packs` are folders of rules beside those that the configuration names.
pub fn find(
    paths: &[PathBuf],
    config: Option<&Path>,
    packs: &[PathBuf],
) -> Result<Place, ScopeError> {
    let mut homes: Vec<(PathBuf, Home)> = Vec::new();
    for path in paths {
        let full = path.canonicalize().map_err(|error| ScopeError::Path(path.clone(), error))?;
        if !full.is_file() && !full.is_dir() {
            let error = io::Error::other("neither a file nor a folder; `-` reads standard input");
            return Err(ScopeError::Path(path.clone(), error));
        }
        homes.push((full.clone(), Home::of(&full)));
    }
    let marked = homes.iter().any(|(_, home)| home.vcs.is_some() || home.config.is_some());
    let (root, found) = if marked {
        let (first, home) = &homes[0];
        if let Some((other, _)) = homes[1..].iter().find(|(_, other)| other != home) {
            return Err(ScopeError::Apart(first.clone(), other.clone()));
        }
        let config_folder = home.config.as_ref().and_then(|path| path.parent());
        let root = home.vcs.as_deref().or(config_folder).expect("one of them marks it");
        (root.to_owned(), home.config.clone())
    } else {
        let folders = homes.iter().map(|(full, _)| folder_of(full));
        let root = folders.reduce(|a, b| common(&a, &b)).unwrap_or_else(|| PathBuf::from("/"));
        (root, None)
    };
    let named = config.is_some();
    let config = match config.map(Path::to_owned).or(found) {
        Some(path) => {
            let full =
                path.canonicalize().map_err(|error| ScopeError::Path(path.clone(), error))?;
            if !named {
                stays(&path, &root)?;
            }
            let prefix = full.parent().and_then(|folder| folder.strip_prefix(&root).ok());
            let mut config =
                config::read(&path, &prefix.map_or_else(String::new, slashed), Some(&root), packs)?;
            // A place in it is one of the project, if it lies there.
            let inside = full.strip_prefix(&root).map_or_else(|_| slashed(&path), slashed);
            if let Some(expect) = &mut config.expect {
                expect.path.clone_from(&inside);
            }
            if let Some(entries) = &mut config.suppressions.entries {
                entries.path = inside;
            }
            config
        }
        None => Config::with(packs)?,
    };
    let relative: Vec<String> =
        homes.iter().map(|(full, _)| slashed(full.strip_prefix(&root).unwrap_or(full))).collect();
    let whole = relative.iter().any(String::is_empty);
    let named = homes
        .iter()
        .zip(&relative)
        .filter(|((full, _), _)| full.is_file())
        .map(|(_, path)| path.clone())
        .collect();
    // Without a project root, a lone file's world is its own folder.
    let scope = if marked || homes.iter().any(|(full, _)| full.is_dir()) {
        Scope::Whole
    } else {
        let mut folders: Vec<String> =
            relative.iter().map(|path| crate::input::file::folder(path).to_owned()).collect();
        folders.sort();
        folders.dedup();
        Scope::Folders(folders)
    };
    Ok(Place { root, config, scope, focus: (!whole).then_some(relative), named })
}

/// Refuses a configuration that nobody named and that lies outside the root, over a link: it may come
/// from strangers, and messages quote it.
pub fn stays(config: &Path, root: &Path) -> Result<(), ScopeError> {
    let full =
        |path: &Path| path.canonicalize().map_err(|error| ScopeError::Path(path.to_owned(), error));
    if full(config)?.starts_with(full(root)?) {
        return Ok(());
    }
    Err(ScopeError::Away(config.to_owned()))
}

/// What marks a path's project: the nearest folder under version control and the nearest
/// configuration inside it.
#[derive(Debug, PartialEq, Eq)]
struct Home {
    vcs: Option<PathBuf>,
    config: Option<PathBuf>,
}

impl Home {
    fn of(full: &Path) -> Home {
        let mut home = Home { vcs: None, config: None };
        for folder in folder_of(full).ancestors() {
            let config = folder.join(config::NAME);
            if home.config.is_none() && config.is_file() {
                home.config = Some(config);
            }
            if [".git", ".hg", ".svn", ".jj"].iter().any(|name| folder.join(name).exists()) {
                home.vcs = Some(folder.to_owned());
                break;
            }
        }
        home
    }
}

fn folder_of(full: &Path) -> PathBuf {
    let folder = if full.is_dir() { Some(full) } else { full.parent() };
    folder.unwrap_or(full).to_owned()
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.ancestors().find(|folder| b.starts_with(folder)).unwrap_or(a).to_owned()
}

/// A path as the run writes it.
pub fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
