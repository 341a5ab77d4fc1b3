//! Renders charts with the `helm` program: bounded, away from the network and from the user's own
//! settings, and never for a chart that reaches out of the project. Knows what Helm writes, not what
//! it means.

use super::process::{self, Limits, ProcessError};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// How long one chart may take unless something else is asked for.
pub const SECONDS: u64 = 30;

/// Bytes that one rendering may have.
const OUTPUT: usize = 64 << 20;

/// Bytes of a complaint that are shown.
const COMPLAINT: usize = 4 << 10;

/// The release every chart is rendered as: the name that `helm template` itself falls back on.
const RELEASE: &str = "release-name";

/// Nothing listens there: whatever would fetch something fails at once.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What begins the line that names a template, in its first column right below a `---`.
const SOURCE: &str = "# Source: ";

/// What one template of a chart became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The template as Helm names it: the chart's name, then the path inside the chart.
    pub source: String,
    /// All its documents.
    pub text: String,
}

/// Why a chart could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Something the chart holds lies elsewhere.
    #[error("it holds the link `{0}`, which leads out of the project or nowhere")]
    Outside(String),
    /// The chart's folder cannot be read.
    #[error("its folder cannot be read: {0}")]
    Unreadable(io::Error),
    /// What the program did.
    #[error("`{program}` {error}")]
    Program {
        /// The program.
        program: String,
        /// What became of it.
        error: ProcessError,
    },
    /// It wrote something that is no rendering.
    #[error("`{program}` wrote something else than manifests: {reason}")]
    Output {
        /// The program.
        program: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl RenderError {
    /// A stable word for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Outside(_) | Self::Unreadable(_) => "helm-chart",
            Self::Program { error: ProcessError::Start(_), .. } => "helm-missing",
            Self::Program { error: ProcessError::Failed { .. }, .. } => "helm-failed",
            Self::Program { error: ProcessError::TimedOut { .. }, .. } => "helm-timeout",
            Self::Program { error: ProcessError::Flooded(_), .. } => "helm-flood",
            Self::Output { .. } => "helm-output",
        }
    }
}

/// The `helm` program and what it is told about the charts below a root.
#[derive(Debug)]
pub struct Helm {
    program: PathBuf,
    root: PathBuf,
    values: BTreeMap<String, Vec<PathBuf>>,
    limits: Limits,
    /// Where its settings and caches would be.
    home: TempDir,
}

impl Helm {
    /// Renders charts below `root` with `program`, a name to look for in `PATH` or an absolute path.
    /// `values` are files of values for each chart's folder, absolute, the strongest last.
    pub fn new(
        program: PathBuf,
        root: PathBuf,
        values: BTreeMap<String, Vec<PathBuf>>,
        time: Duration,
    ) -> io::Result<Self> {
        let limits = Limits { time, output: OUTPUT, complaint: COMPLAINT };
        Ok(Self { program, root, values, limits, home: TempDir::new()? })
    }

    /// What the templates of the chart in a folder become.
    pub fn render(&self, chart: &str) -> Result<Vec<Manifest>, RenderError> {
        let folder = self.root.join(chart);
        self.stays_inside(&folder)?;
        let program = || self.program.display().to_string();
        let written = process::run(self.command(chart, &folder), self.limits)
            .map_err(|error| RenderError::Program { program: program(), error })?;
        let output = |reason| RenderError::Output { program: program(), reason };
        let text = String::from_utf8(written).map_err(|_| output("bytes that are no UTF-8"))?;
        manifests(&text).ok_or_else(|| output("a text that belongs to no template"))
    }

    /// Of the environment only what finds and starts programs is left; nothing of it names a cluster,
    /// a registry, a plugin or a cache.
    fn command(&self, chart: &str, folder: &Path) -> Command {
        let home = self.home.path();
        let mut command = Command::new(&self.program);
        command.current_dir(home).env_clear();
        for name in ["PATH", "SystemRoot", "TEMP", "TMP"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("HOME", home).env("KUBECONFIG", home.join("kubeconfig"));
        for name in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS"] {
            command.env(name, home.join(name));
        }
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            command.env(name, NOWHERE);
        }
        command.args(["template", RELEASE]).arg(folder).arg("--include-crds");
        for file in self.values.get(chart).into_iter().flatten() {
            command.arg("--values").arg(one_of_a_list(file));
        }
        command
    }

    /// Helm follows links wherever they lead, so a chart must hold none that leave the root.
    fn stays_inside(&self, folder: &Path) -> Result<(), RenderError> {
        let root = self.root.canonicalize().map_err(RenderError::Unreadable)?;
        let mut open = vec![folder.canonicalize().map_err(RenderError::Unreadable)?];
        let mut seen: BTreeSet<PathBuf> = open.iter().cloned().collect();
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).map_err(RenderError::Unreadable)? {
                let entry = entry.map_err(RenderError::Unreadable)?;
                let kind = entry.file_type().map_err(RenderError::Unreadable)?;
                let mut path = entry.path();
                if kind.is_symlink() {
                    let target = path.canonicalize().ok().filter(|path| path.starts_with(&root));
                    let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
                    path = target.ok_or(RenderError::Outside(name))?;
                }
                if (kind.is_dir() || kind.is_symlink() && path.is_dir())
                    && seen.insert(path.clone())
                {
                    open.push(path);
                }
            }
        }
        Ok(())
    }
}

/// Helm splits what follows `--values` at commas, as one line of CSV.
fn one_of_a_list(path: &Path) -> std::ffi::OsString {
    match path.to_str() {
        Some(text) if text.contains([',', '"', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\"")).into()
        }
        _ => path.into(),
    }
}

/// The documents of Helm's output by template, in the order of their first ones; none where a
/// document does not say where it comes from.
fn manifests(text: &str) -> Option<Vec<Manifest>> {
    let mut found: Vec<Manifest> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut current = None;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let source = lines.peek().and_then(|next| next.strip_prefix(SOURCE)).map(str::trim_end);
        if let (true, Some(source)) = (line.trim_end() == "---", source) {
            lines.next();
            let at = *places.entry(source).or_insert_with(|| {
                found.push(Manifest { source: source.to_owned(), text: String::new() });
                found.len() - 1
            });
            current = Some(at);
            found[at].text.push_str("---\n");
        } else if let Some(at) = current {
            found[at].text.push_str(line);
        } else if !matches!(line.trim_end(), "" | "---") {
            return None;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Option<Vec<(String, String)>> {
        let found = manifests(text)?.into_iter();
        Some(found.map(|manifest| (manifest.source, manifest.text)).collect())
    }

    #[test]
    fn output_is_divided_by_template() {
        let owned = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        for (text, expected) in [
            ("", Some(&[][..])),
            ("\n---\n\n", Some(&[])),
            ("---\n# Source: a/b.yaml\nx: 1\n", Some(&[("a/b.yaml", "---\nx: 1\n")])),
            ("---\r\n# Source: a/b.yaml\r\nx: 1\r\n", Some(&[("a/b.yaml", "---\nx: 1\r\n")])),
            (
                "---\n# Source: a\nx: 1\n---\n# Source: b\ny: 1\n---\n# Source: a\nz: 1",
                Some(&[("a", "---\nx: 1\n---\nz: 1"), ("b", "---\ny: 1\n")]),
            ),
            // Only right below a `---` it is Helm that speaks.
            (
                "---\n# Source: a\nx: |\n# Source: b\n---\ny: 1\n",
                Some(&[("a", "---\nx: |\n# Source: b\n---\ny: 1\n")]),
            ),
            ("# Source: a\nx: 1\n", None),
            ("Usage: helm\n", None),
            ("---\nx: 1\n---\n# Source: a\n", None),
        ] {
            assert_eq!(split(text), expected.map(owned), "{text:?}");
        }
    }

    #[test]
    fn a_path_stays_one_path() {
        for (path, argument) in [
            ("/a/b c.yaml", "/a/b c.yaml"),
            ("/a,/etc/x.yaml", "\"/a,/etc/x.yaml\""),
            ("/a\"b,c.yaml", "\"/a\"\"b,c.yaml\""),
        ] {
            assert_eq!(one_of_a_list(Path::new(path)), argument);
        }
    }
}
