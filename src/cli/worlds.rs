//! From a project to the roots whose graphs are asked for: files read, roots planned and named.

use super::args::Rendering;
use super::charts::Charts;
use super::scope::Place;
use crate::input::file_tree::{Disk, FileTree, Listing, MAX_FILE_BYTES, ReadError, Renderer};
use crate::input::problem::{Level, Problem};
use crate::model::project::{self, Project};
use crate::model::root::{ModelSettings, Root};
use crate::model::roots::{self, Plan};
use crate::rules::engine;
use crate::rules::settings::Scope;

/// A project as read, and its roots.
pub struct Worlds {
    project: Project,
    /// With a name that no other has.
    plans: Vec<(String, Plan)>,
    settings: ModelSettings,
    focus: Option<Vec<String>>,
}

impl Worlds {
    /// Reads the files of a tree, as the place says.
    pub fn read(tree: &dyn FileTree, place: &Place) -> Self {
        let config = &place.config;
        let folders = match &place.scope {
            Scope::Whole => None,
            Scope::Folders(folders) => Some(folders.as_slice()),
        };
        let mut project = project::load(tree, folders, &place.named, config.exclude.as_ref());
        project::auxiliary(tree, &mut project);
        project::resources(&mut project);
        let (boundaries, charts) = (config.roots.as_ref(), &project.charts);
        let (files, kustomized) = (&project.files, &project.kustomized);
        let plans = roots::plan(files, &project.resources, boundaries, charts, kustomized);
        let names = roots::names(&plans, charts, kustomized);
        let plans = names.into_iter().zip(plans).collect();
        Self { project, plans, settings: config.model(), focus: place.focus.clone() }
    }

    /// The roots that hold workloads and of which something was asked for, by name; those with this
    /// name only, if there is one.
    pub fn roots(&self, wanted: Option<&str>) -> Vec<(&str, Root<'_>)> {
        let Project { files, resources, .. } = &self.project;
        let mut found = Vec::new();
        for (name, plan) in &self.plans {
            if wanted.is_some_and(|wanted| wanted != name) {
                continue;
            }
            let members: Vec<_> = plan.members.iter().map(|&at| &resources[at]).collect();
            let path = |file: u32| files[file as usize].source.path.as_str();
            let touched = members.iter().any(|one| self.asked(path(one.node.file.0)));
            let root = Root::new(plan.name.clone(), files, members, &self.settings);
            if touched && !root.cluster().workloads.is_empty() {
                found.push((name.as_str(), root));
            }
        }
        found
    }

    fn asked(&self, path: &str) -> bool {
        self.focus.as_ref().is_none_or(|focus| engine::focused(focus, path))
    }

    /// What could not be analysed.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.project.problems.iter().filter(|problem| problem.level == Level::Error)
    }
}

/// The files of a project on disk, with charts rendered where that was asked for.
pub struct Files {
    disk: Disk,
    charts: Option<Charts>,
}

impl Files {
    /// The files of a place; why charts cannot be rendered.
    pub fn of(place: &Place, rendering: &Rendering) -> Result<Self, String> {
        let disk = Disk::new(&place.root, place.config.max_file_bytes.unwrap_or(MAX_FILE_BYTES));
        let charts = rendering.helm.as_ref().map(|program| {
            let (values, focus) = (&rendering.helm_values, place.focus.clone());
            Charts::new(program, values, &place.config, &disk, &place.root, focus)
        });
        let charts = charts.transpose()?;
        Ok(Self { disk, charts })
    }
}

impl FileTree for Files {
    fn list(&self, folder: &str, deep: bool) -> Listing {
        self.disk.list(folder, deep)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.disk.read(path)
    }

    fn holds(&self, path: &str, needles: &[&[u8]]) -> bool {
        self.disk.holds(path, needles)
    }

    fn renderer(&self) -> Option<&dyn Renderer> {
        self.charts.as_ref().map(|charts| charts as &dyn Renderer)
    }
}
