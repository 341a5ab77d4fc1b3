//! The Helm charts of a project: which of them stand for themselves, and what their templates become
//! where rendering is asked for. A rendered text is a file of its own that goes by the path of its
//! template and knows which line of it each of its lines comes from.

use super::cursor::Cursor;
use super::value::NodeRef;
use crate::input::alignment::Alignment;
use crate::input::file::{File, Language, Rendering, folder};
use crate::input::file_tree::FileTree;
use crate::input::helm::{Manifest, RenderError};
use crate::input::problem::{Level, Problem};
use crate::input::source::FileId;
use globset::GlobSet;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The file that makes a folder a chart.
pub const FILE: &str = "Chart.yaml";

/// The chart that a folder belongs to, as one is deployed: a chart in another's `charts` folder is
/// part of that one.
pub fn owner<'a>(charts: &BTreeSet<String>, start: &'a str) -> Option<&'a str> {
    let mut owner = None;
    let mut next = Some(start);
    while let Some(at) = next {
        if charts.contains(at) {
            if owner.is_none_or(|inner| is_part(inner, at)) {
                owner = Some(at);
            } else {
                break;
            }
        }
        next = (!at.is_empty()).then(|| folder(at));
    }
    owner
}

/// Whether a chart lies in the `charts` folder of another one.
fn is_part(inner: &str, outer: &str) -> bool {
    inside(outer, inner).is_some_and(|rest| rest.starts_with("charts/"))
}

/// A path inside a folder.
fn inside<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    match folder {
        "" => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

fn joined(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// Whether a path lies in the `templates` folder of a chart.
pub fn in_templates(charts: &BTreeSet<String>, path: &str) -> bool {
    charts
        .iter()
        .any(|chart| inside(chart, path).is_some_and(|rest| rest.starts_with("templates/")))
}

/// What rendering gave.
#[derive(Debug, Default)]
pub struct Rendered {
    /// Templates and what they became; a rendering names its template by its index here.
    pub files: Vec<File>,
    /// What could not be rendered or read.
    pub problems: Vec<Problem>,
    /// Templates that became nothing.
    pub empty: Vec<String>,
    /// The charts that were rendered.
    charts: BTreeSet<String>,
}

impl Rendered {
    /// Whether a file lies in a chart that was rendered, so that its values are in what came out.
    pub fn covers(&self, charts: &BTreeSet<String>, path: &str) -> bool {
        owner(charts, folder(path)).is_some_and(|chart| self.charts.contains(chart))
    }

    /// Whether a file counts as what it was rendered to.
    pub fn replaces(&self, charts: &BTreeSet<String>, path: &str) -> bool {
        !self.charts.is_empty() && in_templates(charts, path) && self.covers(charts, path)
    }
}

/// Renders the charts that stand for themselves, if so asked. `paths` are the files of the project;
/// templates that are excluded from it are left out.
pub fn render(
    tree: &dyn FileTree,
    charts: &BTreeSet<String>,
    paths: &[String],
    exclude: Option<&GlobSet>,
) -> Rendered {
    let Some(renderer) = tree.renderer() else { return Rendered::default() };
    let alone: Vec<&String> =
        charts.iter().filter(|chart| owner(charts, chart) == Some(chart.as_str())).collect();
    // A library of templates is no chart to install.
    let wanted = alone.into_par_iter().filter(|chart| !is_library(tree, chart));
    let one = |chart: &String| Some(self::chart(tree, chart, renderer.render(chart)?, exclude));
    let each: Vec<Option<Rendered>> = wanted.map(one).collect();
    let mut all = Rendered::default();
    for mut one in each.into_iter().flatten() {
        let shift = all.files.len() as u32;
        for rendering in one.files.iter_mut().filter_map(|file| file.rendering.as_mut()) {
            rendering.of.0 += shift;
        }
        all.files.extend(one.files);
        all.problems.extend(one.problems);
        all.charts.extend(one.charts);
    }
    let known: BTreeSet<&str> = all.files.iter().map(|file| file.source.path.as_str()).collect();
    let templates = paths.iter().filter(|path| all.replaces(charts, path));
    all.empty = templates.filter(|path| !known.contains(path.as_str())).cloned().collect();
    all
}

fn chart(
    tree: &dyn FileTree,
    chart: &str,
    manifests: Result<Vec<Manifest>, RenderError>,
    exclude: Option<&GlobSet>,
) -> Rendered {
    let mut rendered = Rendered::default();
    let home = joined(chart, FILE);
    let problem = |code, message| {
        let level = Level::Error;
        Problem { level, path: home.clone(), place: None, code, message }
    };
    let manifests = match manifests {
        Ok(manifests) => manifests,
        Err(error) => {
            let name = if chart.is_empty() { "." } else { chart };
            let message = format!("The chart `{name}` was not rendered: {error}.");
            rendered.problems.push(problem(error.code(), one_line(&message)));
            return rendered;
        }
    };
    rendered.charts.insert(chart.to_owned());
    let mut known: BTreeMap<String, FileId> = BTreeMap::new();
    for Manifest { source, text } in manifests {
        let inside = source.split_once('/').map_or("", |(_, path)| path);
        if inside.split('/').any(|part| matches!(part, "" | "." | "..")) {
            let what = format!("Helm names a template `{source}`, which is no path in the chart.");
            rendered.problems.push(problem("helm-output", what));
            continue;
        }
        let full = template(tree, chart, inside);
        if exclude.is_some_and(|globs| globs.is_match(&full)) {
            continue;
        }
        let here = read(tree, &full);
        if here.is_some() && !inside.split('/').any(|part| part == "templates") {
            // Not a template (a custom resource definition): it is read as it stands.
            continue;
        }
        // What comes out of a packed chart is to be changed where the chart is named.
        let (path, original, lines, packed) = if let Some(original) = here {
            let lines = Alignment::new(&text, &original);
            (full.clone(), original, lines, None)
        } else {
            let original = read(tree, &home).unwrap_or_default();
            let lines = Alignment::constant(named(&original, inside));
            (home.clone(), original, lines, Some(full.clone()))
        };
        let of = *known.entry(path.clone()).or_insert_with(|| {
            rendered.files.push(File::parse(&path, original, Language::Chart));
            FileId(rendered.files.len() as u32 - 1)
        });
        let file = File::parse(&path, text, Language::Yaml);
        for fault in &file.faults {
            let line = file.source.position(fault.span.start).line;
            let what = format!("What `{full}` was rendered to (line {line}): {}", fault.message);
            let level = if fault.warning { Level::Warning } else { Level::Error };
            let code = if fault.warning { fault.code } else { "helm-output" };
            rendered.problems.push(Problem { level, ..problem(code, what) });
        }
        if file.template && file.faults.iter().all(|fault| fault.warning) {
            let what = format!("What `{full}` was rendered to is a template again.");
            rendered.problems.push(problem("helm-output", what));
        }
        let rendering = Some(Box::new(Rendering { of, lines, packed }));
        rendered.files.push(File { rendering, ..file });
    }
    rendered
}

fn read(tree: &dyn FileTree, path: &str) -> Option<String> {
    String::from_utf8(tree.read(path).ok()?).ok()
}

/// The file of a template that Helm names by its path in a chart. A subchart goes by its alias there,
/// its folder by its name.
fn template(tree: &dyn FileTree, chart: &str, path: &str) -> String {
    let (mut at, mut rest) = (chart.to_owned(), path);
    while let Some((name, below)) =
        rest.strip_prefix("charts/").and_then(|path| path.split_once('/'))
    {
        let part = joined(&at, &format!("charts/{name}"));
        let renamed =
            if tree.read(&joined(&part, FILE)).is_ok() { None } else { real(tree, &at, name) };
        at = renamed.map_or(part, |name| joined(&at, &format!("charts/{name}")));
        rest = below;
    }
    joined(&at, rest)
}

/// The name of the dependency that a chart gives an alias.
fn real(tree: &dyn FileTree, chart: &str, alias: &str) -> Option<String> {
    about(tree, chart, |says| {
        let dependencies = says.key("dependencies").items().known;
        let mut named = dependencies
            .into_iter()
            .filter(|one| one.key("alias").text().is_some_and(|text| text == alias));
        named.next()?.key("name").text().map(Cow::into_owned)
    })
}

/// A message on one line; Helm's own have many.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a `Chart.yaml` says that its chart is a library. Whatever else is wrong with it, Helm says.
fn is_library(tree: &dyn FileTree, chart: &str) -> bool {
    let kind = about(tree, chart, |says| says.key("type").text().map(Cow::into_owned));
    kind.is_some_and(|kind| kind == "library")
}

/// What a chart says of itself.
fn about<T>(
    tree: &dyn FileTree,
    chart: &str,
    question: impl Fn(Cursor<'_>) -> Option<T>,
) -> Option<T> {
    let path = joined(chart, FILE);
    let file = File::parse(&path, read(tree, &path)?, Language::Yaml);
    let root = NodeRef { file: file.id, node: *file.tree.documents.first()? };
    question(Cursor::node(std::slice::from_ref(&file), root))
}

/// The line of a `Chart.yaml` (from 0) that names the dependency a path lies in; else its first one.
fn named(text: &str, path: &str) -> u32 {
    let name = path.strip_prefix("charts/").and_then(|rest| rest.split('/').next());
    let says = |line: &str| {
        let line = line.trim().trim_start_matches("- ").trim_start();
        let value = line.strip_prefix("name:").or_else(|| line.strip_prefix("alias:"));
        value.is_some_and(|value| Some(value.trim().trim_matches(['"', '\''])) == name)
    };
    text.lines().position(says).unwrap_or(0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_the_chart_that_is_deployed() {
        let charts = ["a", "a/charts/b", "a/charts/b/charts/c", "a/d", "e/charts/f", "charts/g"];
        let charts: BTreeSet<String> = charts.map(str::to_owned).into();
        for (folder, expected) in [
            ("a", Some("a")),
            ("a/templates", Some("a")),
            ("a/charts/b/templates", Some("a")),
            ("a/charts/b/charts/c", Some("a")),
            ("a/charts/no-chart/x", Some("a")),
            ("a/d/templates", Some("a/d")),
            ("e/charts/f", Some("e/charts/f")),
            ("charts/g", Some("charts/g")),
            ("aa", None),
            ("", None),
        ] {
            assert_eq!(owner(&charts, folder), expected, "{folder}");
        }
        let whole: BTreeSet<String> = ["", "charts/g"].map(str::to_owned).into();
        assert_eq!(owner(&whole, "charts/g"), Some(""));
        assert_eq!(owner(&whole, "templates"), Some(""));
    }

    #[test]
    fn a_packed_chart_is_changed_where_it_is_named() {
        let text = "name: shop\ndependencies:\n- name: db\n- alias: \"cache\"\n  name: redis\n";
        for (path, line) in [
            ("charts/db/templates/a.yaml", 2),
            ("charts/cache/templates/a.yaml", 3),
            ("charts/redis/templates/a.yaml", 4),
            ("charts/other/templates/a.yaml", 0),
            ("templates/a.yaml", 0),
        ] {
            assert_eq!(named(text, path), line, "{path}");
        }
    }
}
