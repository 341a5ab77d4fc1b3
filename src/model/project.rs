//! A project as loaded: files that hold manifests, parsed, and their resources. Every file that
//! was not analysed is accounted for.

use super::istio::chart_values;
use super::resource::{Identity, Instance, Resource};
use super::roots::{Kustomized, Plan};
use super::terraform::vendored::{self, Vendored};
use super::terraform::{Listings, plan};
use super::{charts, kubernetes, kustomize, provisioned, terraform};
use crate::input::fault::Fault;
use crate::input::file::{File, Language, folder};
use crate::input::file_tree::{FileTree, ReadError};
use crate::input::problem::{Level, Problem};
use crate::input::source::FileId;
use globset::GlobSet;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A loaded project.
#[derive(Debug, Default)]
pub struct Project {
    /// Parsed files; `FileId` is the index.
    pub files: Vec<File>,
    /// Resources in file order.
    pub resources: Vec<Resource>,
    /// What could not be read or parsed.
    pub problems: Vec<Problem>,
    /// Files recognised and not analysed, or only in part: path and reason.
    pub skipped: Vec<(String, String)>,
    /// Files without any manifest.
    pub not_manifests: Vec<String>,
    /// Folders with a `Chart.yaml`.
    pub charts: BTreeSet<String>,
    /// Terraform modules that were fetched before.
    pub vendored: Vendored,
    /// What the folders hold that Terraform's `fileset` looks into.
    pub listings: Listings,
    /// What kustomizations give; the objects they change stand at the end of `resources`.
    pub kustomized: Kustomized,
}

/// How a file begins whose content is kept elsewhere (Git LFS, `docs/spec.md`, "The Pointer").
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

enum Loaded {
    File(Box<File>, Vec<Problem>),
    NotManifest,
    Skipped(String),
    Failed(Problem),
}

/// Lists, reads and parses. `folders` limits loading to these folders' own files; `named` files are
/// loaded even where the listing leaves them out.
pub fn load(
    tree: &dyn FileTree,
    folders: Option<&[String]>,
    named: &[String],
    exclude: Option<&GlobSet>,
) -> Project {
    let mut project = Project::default();
    let listings = match folders {
        None => vec![tree.list("", true)],
        Some(folders) => folders.iter().map(|folder| tree.list(folder, false)).collect(),
    };
    let mut paths = Vec::new();
    for listing in listings {
        paths.extend(listing.files);
        project.problems.extend(listing.problems);
    }
    paths.retain(|path| exclude.is_none_or(|globs| !globs.is_match(path)));
    paths.extend(named.iter().cloned());
    paths.sort_unstable();
    paths.dedup();
    for path in &paths {
        if path.rsplit('/').next() == Some(charts::FILE) {
            project.charts.insert(folder(path).to_owned());
        }
    }
    paths.retain(|path| {
        let known = Language::of(path).is_some();
        if !known && named.contains(path) {
            project.not_manifests.push(path.clone());
        }
        known
    });
    let charts = &project.charts;
    let rendered = charts::render(tree, charts, &paths, exclude);
    paths.retain(|path| !rendered.replaces(charts, path));
    // One by one: the files of a folder are often as large as each other.
    let each = paths.par_iter().with_max_len(1);
    let loaded: Vec<Loaded> = each.map(|path| one(tree, path, charts, &rendered)).collect();
    for (path, loaded) in paths.into_iter().zip(loaded) {
        match loaded {
            Loaded::File(mut file, mut problems) => {
                file.id = FileId(project.files.len() as u32);
                for problem in &mut problems {
                    if let Some((id, _)) = &mut problem.place {
                        *id = file.id;
                    }
                }
                project.problems.extend(problems);
                project.files.push(*file);
            }
            Loaded::NotManifest => project.not_manifests.push(path),
            Loaded::Skipped(reason) => project.skipped.push((path, reason)),
            Loaded::Failed(problem) => project.problems.push(problem),
        }
    }
    project.take(rendered);
    project
}

/// Reads fetched modules, and the files that Terraform's functions name (`file`, `templatefile`), as
/// far as their paths can be told from the text; lists the folders that `fileset` names.
pub fn auxiliary(tree: &dyn FileTree, project: &mut Project) {
    let terraform = project.files.iter().filter(|file| file.language.is_terraform());
    project.vendored = vendored::find(tree, &terraform.map(File::folder).collect());
    for file in vendored::files(tree, &project.vendored) {
        project.add(file);
    }
    let folders: BTreeSet<String> =
        project.files.par_iter().flat_map_iter(terraform::listed_folders).collect();
    let list = |folder: String| (folder.clone(), tree.list(&folder, true).files);
    project.listings = folders.into_par_iter().map(list).collect();
    let known: BTreeSet<&str> =
        project.files.iter().map(|file| file.source.path.as_str()).collect();
    let wanted: Vec<BTreeMap<String, Language>> =
        project.files.par_iter().map(|file| terraform::named_files(tree, file)).collect();
    let mut paths: BTreeMap<String, Language> = BTreeMap::new();
    for (path, language) in wanted.into_iter().flatten() {
        // What is rendered anywhere is a template; plain JSON stays what it is.
        let entry = paths.entry(path).or_insert(language);
        if language == Language::Template {
            *entry = language;
        }
    }
    paths.retain(|path, _| !known.contains(path.as_str()));
    let read: Vec<File> = paths
        .into_par_iter()
        .filter_map(|(path, language)| {
            let text = String::from_utf8(tree.read(&path).ok()?).ok()?;
            let file = File::parse(&path, text, language);
            Some(File { auxiliary: true, ..file })
        })
        .collect();
    for file in read {
        project.add(file);
    }
    patches(tree, project);
    provisioned::embed(&mut project.files);
}

/// Reads the patches of kustomizations that look like no manifest.
fn patches(tree: &dyn FileTree, project: &mut Project) {
    let mut wanted = kustomize::patch_files(&project.files);
    for file in &project.files {
        wanted.remove(&file.source.path);
    }
    for path in wanted {
        let language = Language::of(&path).filter(|language| !language.is_terraform());
        let text = language.and_then(|_| String::from_utf8(tree.read(&path).ok()?).ok());
        if let (Some(language), Some(text)) = (language, text) {
            let file = File::parse(&path, text, language);
            if file.template || has_error(&file) {
                continue;
            }
            project.not_manifests.retain(|other| *other != path);
            project.add(file);
        }
    }
    kustomize::embed(&mut project.files);
}

impl Project {
    fn take(&mut self, rendered: charts::Rendered) {
        let first = self.files.len() as u32;
        for mut file in rendered.files {
            if let Some(rendering) = &mut file.rendering {
                rendering.of.0 += first;
            }
            self.add(file);
        }
        self.problems.extend(rendered.problems);
        let reason = "Helm template, rendered to nothing".to_owned();
        self.skipped.extend(rendered.empty.into_iter().map(|path| (path, reason.clone())));
    }

    /// Adds a file.
    pub fn add(&mut self, file: File) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(File { id, ..file });
        id
    }

    /// The index of an object as a kustomization gives it: the written one where nothing changes it.
    fn built(&mut self, built: kustomize::Built) -> usize {
        let written = built.written.map(|at| &self.resources[at]);
        if let (Some(at), true) = (built.written, built.is_as_written()) {
            return at;
        }
        let instance = Instance {
            written: Some(Identity::Object(built.original().clone())),
            body: Some(built.value),
            ..Instance::default()
        };
        self.resources.push(Resource {
            node: built.node,
            header: built.header,
            certain: written.is_none_or(|written| written.certain),
            identity: Identity::Object(built.object).into(),
            instance: Some(Arc::new(instance)),
        });
        self.resources.len() - 1
    }
}

/// Finds the resources of the files, and builds kustomizations. Files that only patch hold none.
pub fn resources(project: &mut Project) {
    let patches = kustomize::patch_files(&project.files);
    let files = &project.files;
    let mut found: Vec<Vec<Resource>> = files
        .par_iter()
        .map(|file| match file.language {
            Language::Hcl | Language::HclJson => terraform::blocks(files, file),
            Language::Yaml | Language::Json if !file.auxiliary => {
                let mut found = kubernetes::objects(files, file);
                found.extend(chart_values::objects(files, file));
                found
            }
            _ => Vec::new(),
        })
        .collect();
    for (file, resources) in files.iter().zip(&mut found) {
        if patches.contains(&file.source.path) {
            resources.clear();
        }
    }
    project.resources = found.into_iter().flatten().collect();
    let builds = kustomize::build(&project.files, &project.resources);
    for file in &project.files {
        if patches.contains(&file.source.path) && !builds.applied.contains(&file.id) {
            let reason = "only patches resources that are not at hand (Kustomize)".to_owned();
            project.skipped.push((file.source.path.clone(), reason));
        }
    }
    for (path, reasons) in builds.notes {
        let reasons: Vec<String> = reasons.into_iter().collect();
        project.skipped.push((path, format!("Kustomize, in part: {}", reasons.join("; "))));
    }
    project.skipped.sort();
    let mut kustomized = Kustomized { used: builds.used, worlds: Vec::new() };
    for world in builds.worlds {
        let members = world.objects.into_iter().map(|built| project.built(built)).collect();
        kustomized.worlds.push(Plan { name: world.folder, members });
    }
    project.kustomized = kustomized;
}

fn one(
    tree: &dyn FileTree,
    path: &str,
    charts: &BTreeSet<String>,
    rendered: &charts::Rendered,
) -> Loaded {
    let language = Language::of(path).expect("only such paths are kept");
    let failed = |code, message: String| {
        Loaded::Failed(Problem {
            level: Level::Error,
            path: path.to_owned(),
            place: None,
            code,
            message,
        })
    };
    let bytes = match tree.read(path) {
        Ok(bytes) => bytes,
        Err(ReadError::TooLarge { .. })
            if !(language.is_terraform()
                || tree.holds(path, &kubernetes::MARKS)
                || language == Language::Json && tree.holds(path, &plan::MARKS)) =>
        {
            return Loaded::NotManifest;
        }
        Err(error @ ReadError::TooLarge { .. }) => {
            return failed("too-large", format!("`{path}` {error}."));
        }
        Err(error) => return failed("unreadable", format!("`{path}` {error}.")),
    };
    if bytes.starts_with(LFS_POINTER) {
        return Loaded::Skipped("stored in Git LFS, whose content is not at hand".to_owned());
    }
    let marked = |mark: &[u8]| memchr::memmem::find(&bytes, mark).is_some();
    let object = kubernetes::MARKS.iter().all(|mark| marked(mark));
    let planned = language == Language::Json && plan::MARKS.iter().all(|mark| marked(mark));
    let wanted = language.is_terraform() || language == Language::Terragrunt;
    if !(wanted || object || planned || kubernetes::is_kustomization(path)) {
        let values = language == Language::Yaml && marked(chart_values::MARK);
        return if values && !rendered.covers(charts, path) {
            self::values(path, bytes)
        } else {
            Loaded::NotManifest
        };
    }
    if let Err(error) = simdutf8::compat::from_utf8(&bytes) {
        let line = memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count() + 1;
        return failed(
            "not-utf8",
            format!("`{path}` is not valid UTF-8: line {line} holds other bytes."),
        );
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return failed("not-utf8", format!("`{path}` is not valid UTF-8."));
    };
    if language == Language::Yaml && text.contains("{{") && charts::in_templates(charts, path) {
        return Loaded::Skipped("Helm template, not rendered".to_owned());
    }
    if planned {
        let file = File::parse(path, text, Language::Plan);
        return match plan::recognise(&file) {
            Ok(true) => {
                let problems = problems(&file);
                Loaded::File(Box::new(file), problems)
            }
            Err((span, message)) => {
                let problem = Problem {
                    level: Level::Error,
                    path: path.to_owned(),
                    place: Some((FileId(0), span)),
                    code: "terraform-plan",
                    message,
                };
                Loaded::File(Box::new(file), vec![problem])
            }
            Ok(false) if object => parsed(path, file.source.text, language),
            Ok(false) => Loaded::NotManifest,
        };
    }
    parsed(path, text, language)
}

/// Values for a chart of Istio's, which are no manifest by their look.
fn values(path: &str, bytes: Vec<u8>) -> Loaded {
    let Ok(text) = String::from_utf8(bytes) else { return Loaded::NotManifest };
    let file = File::parse(path, text, Language::Yaml);
    if has_error(&file) || !chart_values::holds(&file) {
        return Loaded::NotManifest;
    }
    let problems = problems(&file);
    Loaded::File(Box::new(file), problems)
}

fn parsed(path: &str, text: String, language: Language) -> Loaded {
    let mut file = File::parse(path, text, language);
    if language == Language::Yaml {
        kubernetes::configuration::embed(&mut file);
    }
    if language == Language::Terragrunt {
        // Another tool's file: what cannot be read of it is unknown.
        return Loaded::File(Box::new(file), Vec::new());
    }
    if file.template
        || (has_error(&file) && file.source.text.contains("{{") && language == Language::Yaml)
    {
        return Loaded::Skipped("template, not rendered".to_owned());
    }
    let manifest = language.is_terraform()
        || kubernetes::is_kustomization(path)
        || looks_like_manifest(&file.source.text);
    if has_error(&file) && !manifest {
        return Loaded::NotManifest;
    }
    let problems = problems(&file);
    Loaded::File(Box::new(file), problems)
}

/// What a file's parser could not take.
fn problems(file: &File) -> Vec<Problem> {
    let problem = |fault: &Fault| Problem {
        level: if fault.warning { Level::Warning } else { Level::Error },
        path: file.source.path.clone(),
        place: Some((FileId(0), fault.span)),
        code: fault.code,
        message: fault.message.clone(),
    };
    file.faults.iter().map(problem).collect()
}

fn has_error(file: &File) -> bool {
    file.faults.iter().any(|fault| !fault.warning)
}

/// Whether the text holds an `apiVersion` key and a `kind` key, on lines of their own or in braces.
fn looks_like_manifest(text: &str) -> bool {
    let has = |key: &str| {
        text.match_indices(key).any(|(at, _)| {
            let before = text[..at].trim_end_matches([' ', '\t', '"', '\'', '\u{feff}']);
            let begins = before.is_empty() || before.ends_with(['\n', '\r', '{', ',', '-']);
            let rest = text[at + key.len()..].trim_start_matches(['"', '\'']);
            begins && rest.trim_start().starts_with(':')
        })
    };
    has("apiVersion") && has("kind")
}
