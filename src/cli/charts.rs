//! `--helm`: which program renders, which charts were asked for, and which files of values each one
//! gets. Nothing in ztlint.toml starts a program.

use super::config::Config;
use super::scope::slashed;
use crate::input::file::folder;
use crate::input::file_tree::{FileTree, Renderer};
use crate::input::helm::{Helm, Manifest, RenderError, SECONDS};
use crate::model::charts::{FILE, owner};
use globset::{GlobBuilder, GlobMatcher};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files of values by the folder of their chart: where they are on the disk, the strongest last.
pub type Values = BTreeMap<String, Vec<PathBuf>>;

/// What `--helm` means for one run.
#[derive(Debug)]
pub struct Charts {
    helm: Helm,
    focus: Option<Vec<String>>,
}

impl Charts {
    /// Charts below `root`, rendered by `program`. Only what `focus` names, lies in or holds is
    /// rendered, as no chart says anything about another one.
    pub fn new(
        program: &Path,
        patterns: &[String],
        config: &Config,
        tree: &dyn FileTree,
        root: &Path,
        focus: Option<Vec<String>>,
    ) -> Result<Self, String> {
        let values = values(patterns, config.chart_values.clone(), tree, root)?;
        let time = Duration::from_secs(config.render_seconds.unwrap_or(SECONDS));
        let program = if program.components().count() > 1 {
            std::path::absolute(program).map_err(|error| error.to_string())?
        } else {
            program.to_owned()
        };
        let helm = Helm::new(program, root.to_owned(), values, time);
        let helm = helm.map_err(|error| format!("no temporary folder can be made: {error}"))?;
        Ok(Self { helm, focus })
    }
}

impl Renderer for Charts {
    fn render(&self, chart: &str) -> Option<Result<Vec<Manifest>, RenderError>> {
        let within = |outer: &str, inner: &str| {
            let rest = inner.strip_prefix(outer);
            outer.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let touches = |wanted: &String| within(wanted, chart) || within(chart, wanted);
        let asked = self.focus.as_ref().is_none_or(|focus| focus.iter().any(touches));
        asked.then(|| self.helm.render(chart))
    }
}

/// Adds to each chart those of its own files that match a pattern, in the order of the patterns.
fn values(
    patterns: &[String],
    mut values: Values,
    tree: &dyn FileTree,
    root: &Path,
) -> Result<Values, String> {
    if patterns.is_empty() {
        return Ok(values);
    }
    let files = tree.list("", true).files;
    let is_chart = |path: &&String| path.rsplit('/').next() == Some(FILE);
    let charts: BTreeSet<String> =
        files.iter().filter(is_chart).map(|path| folder(path).to_owned()).collect();
    for pattern in patterns {
        let glob = matcher(pattern)?;
        let mut matched = false;
        for file in &files {
            let Some(chart) = owner(&charts, folder(file)) else { continue };
            let inside = file[chart.len()..].trim_start_matches('/');
            if glob.is_match(inside) {
                matched = true;
                values.entry(chart.to_owned()).or_default().push(root.join(file));
            }
        }
        if !matched {
            return Err(format!("no chart holds a file that matches `{pattern}`"));
        }
    }
    Ok(values)
}

fn matcher(pattern: &str) -> Result<GlobMatcher, String> {
    let plain = pattern.trim_start_matches("./");
    let glob = GlobBuilder::new(plain).literal_separator(true).build();
    let glob = glob.map_err(|error| format!("`{pattern}` is no glob: {}", error.kind()))?;
    Ok(glob.compile_matcher())
}

/// A file that lies in the project, by its path on the disk.
pub fn inside(path: &Path, root: &Path) -> Result<PathBuf, String> {
    let full = path.canonicalize().map_err(|error| format!("cannot be read: {error}"))?;
    if full.starts_with(root) {
        Ok(full)
    } else {
        Err(format!("lies outside the project root {}", root.display()))
    }
}

/// The folder of a chart as the run calls it.
pub fn chart(path: &Path, root: &Path) -> Result<String, String> {
    let full = inside(path, root)?;
    if full.join(FILE).is_file() {
        Ok(slashed(full.strip_prefix(root).unwrap_or(&full)))
    } else {
        Err(format!("holds no {FILE}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::file_tree::Memory;

    #[test]
    fn patterns_choose_among_the_files_of_each_chart() {
        let mut tree = Memory::new();
        for path in [
            "a/Chart.yaml",
            "a/values-prod.yaml",
            "a/ci/x.yaml",
            "a/ci/w.yaml",
            "a/charts/sub/Chart.yaml",
            "a/charts/sub/values-prod.yaml",
            "b/Chart.yaml",
            "b/values-prod.yaml",
            "values-prod.yaml",
        ] {
            tree = tree.with(path, "");
        }
        let found = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
            let values = values(&patterns, Values::new(), &tree, Path::new("/r"))?;
            let one = |(chart, files): (String, Vec<PathBuf>)| {
                let files: Vec<_> = files.iter().map(|file| slashed(file)).collect();
                format!("{chart}: {}", files.join(" "))
            };
            Ok::<_, String>(values.into_iter().map(one).collect::<Vec<_>>().join("; "))
        };
        assert_eq!(found(&[]), Ok(String::new()));
        let both = "a: /r/a/values-prod.yaml; b: /r/b/values-prod.yaml";
        assert_eq!(found(&["values-*.yaml"]), Ok(both.to_owned()));
        let order =
            "a: /r/a/ci/w.yaml /r/a/ci/x.yaml /r/a/values-prod.yaml; b: /r/b/values-prod.yaml";
        assert_eq!(found(&["./ci/*.yaml", "values-prod.yaml"]), Ok(order.to_owned()));
        assert!(found(&["nope.yaml"]).is_err_and(|text| text.contains("`nope.yaml`")));
        assert!(found(&["values-*.yaml", "a["]).is_err_and(|text| text.contains("no glob")));
    }
}
