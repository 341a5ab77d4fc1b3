//! Kustomize, built natively: the objects that each kustomization gives, every part at the node
//! that decides it. Runs nothing, fetches nothing, opens no file; what it cannot build it notes.
//! Order of steps and fields as in Kustomize's documentation of the Kustomization file.

mod built;
mod edit;
mod generate;
mod json_patch;
mod layout;
mod merge;
mod patch;
mod reference;
mod replacement;
mod target;
#[cfg(test)]
mod tests;
mod transform;

pub use built::Built;
pub use layout::{embed, patch_files};

use crate::input::file::File;
use crate::input::source::FileId;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes;
use crate::model::resource::Resource;
use crate::model::value::Value;
use layout::{Found, Layout};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use transform::Reach;

/// How deep kustomizations may build upon one another.
const LEVELS: usize = 40;
/// How many objects one kustomization may give.
const OBJECTS: usize = 20_000;

/// A kustomization that no other one uses, and the objects it gives.
#[derive(Debug)]
pub struct World {
    /// Its folder.
    pub folder: String,
    /// Its objects, in order.
    pub objects: Vec<Built>,
}

/// Everything that kustomizations give.
#[derive(Debug, Default)]
pub struct Builds {
    /// By folder.
    pub worlds: Vec<World>,
    /// Indexes of the written objects that some kustomization takes in.
    pub used: BTreeSet<usize>,
    /// Files whose patches were applied to something.
    pub applied: BTreeSet<FileId>,
    /// What was not built: path of the kustomization and why.
    pub notes: BTreeMap<String, BTreeSet<String>>,
}

/// Builds every kustomization that no other one uses. `resources` are the objects as written.
pub fn build(files: &[File], resources: &[Resource]) -> Builds {
    if !files.iter().any(|file| kubernetes::is_kustomization(&file.source.path)) {
        return Builds::default();
    }
    let ground = Ground::new(files, resources);
    let used = ground.layout.used();
    let folders = ground.layout.folders.iter().map(|(folder, at)| (*folder, *at));
    let tops: Vec<(&str, usize)> =
        folders.filter(|(_, at)| !used.contains(at) && !ground.layout.is_component(*at)).collect();
    // Each for itself, and its bases anew, so that it does not matter what was built before.
    let each = tops.into_par_iter().with_max_len(1);
    let builds: Vec<Builds> = each.map(|(folder, file)| ground.build(folder, file)).collect();
    let mut all = Builds::default();
    for one in builds {
        all.worlds.extend(one.worlds.into_iter().filter(|world| !world.objects.is_empty()));
        all.used.extend(one.used);
        all.applied.extend(one.applied);
        for (path, notes) in one.notes {
            all.notes.entry(path).or_default().extend(notes);
        }
    }
    all
}

/// What the kustomization of a folder gives, and the notes it leaves, whoever uses it; none where
/// there is no kustomization.
pub fn build_folder(files: &[File], resources: &[Resource], folder: &str) -> Option<Builds> {
    let ground = Ground::new(files, resources);
    let file = *ground.layout.folders.get(folder)?;
    Some(ground.build(folder, file))
}

/// What kustomizations are built from.
struct Ground<'a> {
    files: &'a [File],
    resources: &'a [Resource],
    written: HashMap<FileId, Vec<usize>>,
    layout: Layout<'a>,
}

impl<'a> Ground<'a> {
    fn new(files: &'a [File], resources: &'a [Resource]) -> Self {
        let mut written: HashMap<FileId, Vec<usize>> = HashMap::new();
        for (at, resource) in resources.iter().enumerate() {
            written.entry(resource.node.file).or_default().push(at);
        }
        Self { files, resources, written, layout: Layout::new(files) }
    }

    /// One kustomization, as the only world.
    fn build(&self, folder: &str, file: usize) -> Builds {
        let (files, done, out) = (self.files, HashMap::new(), Builds::default());
        let mut builder = Builder { ground: self, files, done, out };
        let objects = builder.objects(file);
        builder.out.worlds.push(World { folder: folder.to_owned(), objects });
        builder.out
    }
}

/// One kustomization on its way.
struct Builder<'g, 'a> {
    ground: &'g Ground<'a>,
    files: &'a [File],
    /// What kustomizations gave that were asked for before.
    done: HashMap<usize, Vec<Built>>,
    out: Builds,
}

/// Fields that add or change objects in ways that are not built, and what is said of them.
const BEYOND: [(&str, &str); 9] = [
    ("helmCharts", "charts"),
    ("helmChartInflationGenerator", "charts"),
    ("generators", "generators that are plugins"),
    ("transformers", "transformers that are plugins"),
    ("configurations", "configurations of transformers"),
    ("crds", "custom types"),
    ("openapi", "custom types"),
    ("imageTags", "`imageTags`"),
    ("inventory", "`inventory`"),
];

/// Lists of changes: where one is not known, nothing is.
const LISTS: [&str; 9] = [
    "components",
    "images",
    "labels",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "vars",
];

impl<'a> Builder<'_, 'a> {
    /// The objects that a kustomization gives in the end.
    fn objects(&mut self, file: usize) -> Vec<Built> {
        let mut objects = self.layer(file, Vec::new(), &mut Vec::new());
        for built in &mut objects {
            edit::settle(self.files, &mut built.value);
        }
        objects
    }

    fn note(&mut self, file: usize, why: String) {
        let path = self.files[file].source.path.clone();
        self.out.notes.entry(path).or_default().insert(why);
    }

    /// The objects of a kustomization, built upon those of others. A component starts with the
    /// objects of the one that names it.
    fn layer(&mut self, file: usize, given: Vec<Built>, above: &mut Vec<usize>) -> Vec<Built> {
        if above.contains(&file) || above.len() == LEVELS {
            self.note(file, "builds upon itself, or too many others".to_owned());
            return given;
        }
        let Some(at) = self.ground.layout.cursor(file) else { return given };
        above.push(file);
        let mut objects = given;
        for path in ["resources", "bases"].iter().flat_map(|key| at.key(key).items().known) {
            self.take_in(file, path, &mut objects, above);
        }
        self.generators(file, at, &mut objects);
        for path in at.key("components").items().known {
            match path.text().map(|path| self.ground.layout.find(file, &path)) {
                Some(Found::Kustomization(other)) if self.ground.layout.is_component(other) => {
                    objects = self.layer(other, objects, above);
                }
                found => self.not_found(file, path, found.as_ref(), "component"),
            }
        }
        self.transform(file, at, &mut objects);
        for (field, what) in BEYOND {
            if at.key(field).absent() != Truth::True {
                self.note(file, format!("{what} (`{field}`) are not built"));
            }
        }
        let unknown = |list: &Cursor<'_>| {
            let items = list.items();
            items.open || items.known.iter().any(|one| one.shape() == Shape::Unknown)
        };
        let open = LISTS.iter().map(|key| at.key(key)).find(unknown);
        if let Some(because) = open.or(at.entries().1.then_some(at)) {
            obscure(&mut objects, because);
        }
        above.pop();
        objects
    }

    /// Adds what an entry of `resources` leads to.
    fn take_in(
        &mut self,
        file: usize,
        path: Cursor<'a>,
        objects: &mut Vec<Built>,
        above: &mut Vec<usize>,
    ) {
        match path.text().map(|path| self.ground.layout.find(file, &path)) {
            Some(Found::File(named)) => {
                let id = self.files[named].id;
                for &at in self.ground.written.get(&id).map_or(&[][..], Vec::as_slice) {
                    let resource = &self.ground.resources[at];
                    let Some(object) = resource.object() else { continue };
                    self.out.used.insert(at);
                    objects.push(Built {
                        written: Some(at),
                        node: resource.node,
                        header: resource.header,
                        value: Value::Node(resource.node),
                        object: object.clone(),
                        former: Vec::new(),
                    });
                }
            }
            Some(Found::Kustomization(other)) if !self.ground.layout.is_component(other) => {
                if !self.done.contains_key(&other) {
                    let built = self.layer(other, Vec::new(), above);
                    self.done.insert(other, built);
                }
                let built = self.done.get(&other).map_or(&[][..], Vec::as_slice);
                if objects.len() + built.len() > OBJECTS {
                    self.note(file, "gives too many objects".to_owned());
                } else {
                    objects.extend_from_slice(built);
                }
            }
            found => self.not_found(file, path, found.as_ref(), "resource"),
        }
    }

    fn not_found(&mut self, file: usize, path: Cursor<'_>, found: Option<&Found>, what: &str) {
        let name = path.text().unwrap_or_default();
        let why = match found {
            Some(Found::Remote) => format!("{what} `{name}` is not fetched"),
            Some(Found::Missing) => format!("{what} `{name}` is not at hand"),
            Some(_) => format!("`{name}` is no {what}"),
            None => format!("a {what} is not known"),
        };
        self.note(file, why);
    }

    fn generators(&mut self, file: usize, at: Cursor<'a>, objects: &mut Vec<Built>) {
        let layout = &self.ground.layout;
        let content = |path: &str| {
            let named = layout.file(file, path)?;
            Some(layout.files[named].source.text.clone())
        };
        let shared = at.key("generatorOptions");
        for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for given in at.key(key).items().known {
                generate::generate(self.files, objects, given, kind, shared, &content);
            }
        }
    }

    /// Kustomize's built-in transformers, in its order.
    fn transform(&mut self, file: usize, at: Cursor<'a>, objects: &mut Vec<Built>) {
        let files = self.files;
        for one in at.key("patchesStrategicMerge").items().known {
            self.patch(file, one, true, objects);
        }
        for one in at.key("patches").items().known {
            self.patch(file, one, false, objects);
        }
        let (prefix, suffix) = (at.key("namePrefix"), at.key("nameSuffix"));
        let namespace = at.key("namespace");
        for built in &mut *objects {
            if namespace.absent() != Truth::True && namespace.text().as_deref() != Some("") {
                transform::namespace(files, built, namespace);
            }
            transform::affix(files, built, prefix, suffix);
        }
        for one in at.key("labels").items().known {
            let is = |key: &str| one.key(key).text().as_deref() == Some("true");
            let reach = match (is("includeSelectors"), is("includeTemplates")) {
                (true, _) => Reach::Selectors,
                (_, true) => Reach::Templates,
                _ => Reach::Metadata,
            };
            if one.key("fields").absent() != Truth::True {
                self.note(file, "`fields` of `labels` are not built".to_owned());
            }
            for built in &mut *objects {
                let pairs = one.key("pairs");
                if pairs.absent() != Truth::True {
                    transform::labels(files, built, pairs, reach);
                }
            }
        }
        for built in &mut *objects {
            let (labels, notes) = (at.key("commonLabels"), at.key("commonAnnotations"));
            if labels.absent() != Truth::True {
                transform::labels(files, built, labels, Reach::Selectors);
            }
            if notes.absent() != Truth::True {
                transform::annotations(files, built, notes);
            }
        }
        for one in at.key("patchesJson6902").items().known {
            self.patch(file, one, false, objects);
        }
        for one in at.key("replicas").items().known {
            for built in &mut *objects {
                transform::replicas(files, built, one);
            }
        }
        for one in at.key("images").items().known {
            // What a type's schema holds is no container.
            let is_type = |built: &Built| built.object.kind == "CustomResourceDefinition";
            for built in objects.iter_mut().filter(|built| !is_type(built)) {
                transform::image(files, &mut built.value, one, 0);
            }
        }
        reference::follow(files, objects);
        self.replacements(file, at, objects);
        self.variables(at, objects);
    }

    fn replacements(&mut self, file: usize, at: Cursor<'a>, objects: &mut [Built]) {
        for one in at.key("replacements").items().known {
            let Some(path) = one.key("path").text() else {
                replacement::replace(self.files, objects, one);
                continue;
            };
            let Some(named) = self.ground.layout.file(file, &path) else {
                self.note(file, format!("replacement `{path}` is not at hand"));
                continue;
            };
            self.out.applied.insert(self.files[named].id);
            for written in patch::documents(self.files, named) {
                match written.shape() {
                    Shape::List => {
                        for one in written.items().known {
                            replacement::replace(self.files, objects, one);
                        }
                    }
                    _ => replacement::replace(self.files, objects, written),
                }
            }
        }
    }

    fn variables(&mut self, at: Cursor<'a>, objects: &mut [Built]) {
        let variables: Vec<String> = at
            .key("vars")
            .items()
            .known
            .iter()
            .filter_map(|one| one.key("name").text())
            .map(|name| format!("$({name})"))
            .collect();
        if !variables.is_empty() {
            for built in objects {
                replacement::forget(self.files, &mut built.value, &variables, 0);
            }
        }
    }
}

/// Makes objects unknown because a kustomization is not known in full.
fn obscure(objects: &mut [Built], because: Cursor<'_>) {
    for built in objects {
        built.value = Value::Unknown(because.header());
    }
}
