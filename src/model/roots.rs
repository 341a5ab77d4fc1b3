//! Which resources are judged together (see ARCHITECTURE.md, "Roots").

use super::charts;
use super::istio::chart_values;
use super::resource::{Identity, Resource};
use super::value::NodeRef;
use crate::input::file::{File, folder};
use globset::GlobSet;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A root to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Folder it is named after; empty for the project.
    pub name: String,
    /// Indexes of its resources.
    pub members: Vec<usize>,
}

/// What kustomizations give.
#[derive(Debug, Default)]
pub struct Kustomized {
    /// Each kustomization that no other one uses: its folder, and its objects.
    pub worlds: Vec<Plan>,
    /// Written objects that are judged there and not by themselves.
    pub used: BTreeSet<usize>,
}

/// Divides Kubernetes objects into roots. `boundaries` are the configured root folders; `charts` the folders
/// that hold a `Chart.yaml`. A kustomization that shares an object with another one, or gives one
/// that is defined elsewhere too, is a root of its own; the others join the world of the files around
/// them.
pub fn plan(
    files: &[File],
    resources: &[Resource],
    boundaries: Option<&GlobSet>,
    charts: &BTreeSet<String>,
    kustomized: &Kustomized,
) -> Vec<Plan> {
    let mut by_folder: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    // Of Terraform's blocks only the folders count, and those for boundaries alone.
    let counts = |at: &usize| boundaries.is_some() || resources[*at].object().is_some();
    let written = (0..resources.len())
        .filter(counts)
        .filter(|at| resources[*at].instance.is_none() && !kustomized.used.contains(at));
    let written: Vec<usize> = written.collect();
    for &at in &written {
        let file = resources[at].node.file.0 as usize;
        by_folder.entry(files[file].folder()).or_default().push(at);
    }
    let (apart, joined) = variants(resources, &written, &kustomized.worlds);
    let mut homes: HashMap<usize, &str> = HashMap::new();
    for world in joined {
        by_folder.entry(&world.name).or_default().extend(&world.members);
        homes.extend(world.members.iter().map(|&at| (at, world.name.as_str())));
    }
    let bounds: BTreeSet<&str> = boundaries.map_or_else(BTreeSet::new, |globs| {
        by_folder.keys().copied().filter(|folder| globs.is_match(folder)).collect()
    });
    let mut chart_members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut worlds: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (folder, members) in by_folder {
        let bound = ancestors(folder).find(|folder| bounds.contains(folder)).unwrap_or("");
        let chart = charts::owner(charts, folder);
        for at in members {
            match (&*resources[at].identity, chart) {
                // Terraform modules are roots by evaluation.
                (Identity::Block(_), _) => {}
                // What a values file says of the mesh holds for everything around its chart.
                (Identity::Object(object), _) if object.kind == chart_values::KIND => {
                    worlds.entry(bound).or_default().push(at);
                }
                (Identity::Object(_), Some(chart)) if chart.len() >= bound.len() => {
                    chart_members.entry(chart).or_default().push(at);
                }
                _ => worlds.entry(bound).or_default().push(at),
            }
        }
    }
    let named = |(chart, members): (&str, Vec<usize>)| Plan { name: chart.to_owned(), members };
    let mut plans: Vec<Plan> = chart_members.into_iter().map(named).collect();
    plans.extend(apart.into_iter().cloned());
    let rivals = rivals(resources, written.iter().chain(homes.keys()).copied());
    let place = |at: usize| {
        let own = || files[resources[at].node.file.0 as usize].folder();
        homes.get(&at).copied().unwrap_or_else(own)
    };
    for (bound, members) in worlds {
        split(&place, &rivals, bound.to_owned(), members, &mut plans);
    }
    plans.sort_by(|a, b| a.name.cmp(&b.name));
    plans
}

/// A name for each plan that no other has: its folder, `.` for the whole project. Where the files of
/// a folder are a world too, a chart or kustomization in it says what it is: `web#kustomization`.
pub fn names(plans: &[Plan], charts: &BTreeSet<String>, kustomized: &Kustomized) -> Vec<String> {
    let folders: Vec<&str> =
        plans.iter().map(|plan| if plan.name.is_empty() { "." } else { &plan.name }).collect();
    let mut rendered: HashSet<&str> = HashSet::new();
    let kinds: Vec<Option<&str>> = plans
        .iter()
        .map(|plan| {
            if kustomized.worlds.contains(plan) {
                Some("kustomization")
            } else {
                // A chart's world stands before that of other files of its folder.
                let chart = charts.contains(&plan.name) && rendered.insert(&plan.name);
                chart.then_some("chart")
            }
        })
        .collect();
    let mut used: HashMap<String, usize> = HashMap::new();
    let named = folders.iter().zip(&kinds).map(|(folder, kind)| {
        let alone = folders.iter().filter(|other| *other == folder).count() == 1;
        let plain = match kind {
            Some(kind) if !alone => format!("{folder}#{kind}"),
            _ => (*folder).to_owned(),
        };
        let times = used.entry(plain.clone()).or_default();
        *times += 1;
        if *times > 1 { format!("{plain}#{times}") } else { plain }
    });
    named.collect()
}

/// A folder and every folder above it, innermost first, the project root (`""`) last.
fn ancestors(start: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(start);
    std::iter::from_fn(move || {
        let current = next?;
        next = (!current.is_empty()).then(|| folder(current));
        Some(current)
    })
}

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

fn key(resource: &Resource) -> Option<Key<'_>> {
    let object = resource.object().filter(|object| object.kind != chart_values::KIND)?;
    let name = object.name.as_deref()?;
    let namespace = object.namespace.as_deref().unwrap_or("default");
    Some((&object.group, &object.kind, namespace, name))
}

/// Kustomizations that are variants of one another or of what is written elsewhere, and the others.
fn variants<'k>(
    resources: &[Resource],
    written: &[usize],
    worlds: &'k [Plan],
) -> (Vec<&'k Plan>, Vec<&'k Plan>) {
    let plain: HashSet<Key<'_>> = written.iter().filter_map(|&at| key(&resources[at])).collect();
    let mut keys: HashMap<Key<'_>, BTreeSet<usize>> = HashMap::new();
    let mut nodes: HashMap<NodeRef, BTreeSet<usize>> = HashMap::new();
    for (world, plan) in worlds.iter().enumerate() {
        for &at in &plan.members {
            nodes.entry(resources[at].node).or_default().insert(world);
            if let Some(key) = key(&resources[at]) {
                keys.entry(key).or_default().insert(world);
            }
        }
    }
    let shared = keys.iter().filter(|(key, worlds)| worlds.len() > 1 || plain.contains(*key));
    let shared = shared.map(|(_, worlds)| worlds);
    let mut apart: BTreeSet<usize> = shared.flatten().copied().collect();
    apart.extend(nodes.values().filter(|worlds| worlds.len() > 1).flatten());
    let (apart, joined): (Vec<_>, Vec<_>) =
        worlds.iter().enumerate().partition(|(world, _)| apart.contains(world));
    let plans = |list: Vec<(usize, &'k Plan)>| list.into_iter().map(|(_, plan)| plan).collect();
    (plans(apart), plans(joined))
}

/// For each resource that is not the only one to define its object, the number of that object.
fn rivals(resources: &[Resource], members: impl Iterator<Item = usize>) -> Vec<Option<usize>> {
    let mut defined: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
    for at in members {
        if let Some(key) = key(&resources[at]) {
            defined.entry(key).or_default().push(at);
        }
    }
    let mut rivals = vec![None; resources.len()];
    for colliding in defined.values_mut().filter(|list| list.len() > 1) {
        colliding.sort_unstable();
        for &at in &*colliding {
            rivals[at] = Some(colliding[0]);
        }
    }
    rivals
}

/// One world, or one for each child folder whose definitions collide (`dev` and `prod`).
fn split<'f>(
    place: &impl Fn(usize) -> &'f str,
    rivals: &[Option<usize>],
    name: String,
    members: Vec<usize>,
    plans: &mut Vec<Plan>,
) {
    let mut rivalling: Vec<(usize, usize)> =
        members.iter().filter_map(|&at| Some((rivals[at]?, at))).collect();
    rivalling.sort_unstable();
    let collisions = || rivalling.chunk_by(|a, b| a.0 == b.0).filter(|list| list.len() > 1);
    // The topmost common folder of any collision, and the child folders that hold one.
    let mut top: Option<&str> = None;
    for colliding in collisions() {
        let first = place(colliding[0].1);
        let common = colliding.iter().fold(first, |common, &(_, at)| shared(common, place(at)));
        let differs = colliding.iter().any(|&(_, at)| place(at) != first);
        if differs && top.is_none_or(|top| (common.len(), common) < (top.len(), top)) {
            top = Some(common);
        }
    }
    let Some(top) = top else {
        plans.push(Plan { name, members });
        return;
    };
    let mut children: BTreeSet<&str> = BTreeSet::new();
    for colliding in collisions() {
        let folders: BTreeSet<_> = colliding.iter().map(|&(_, at)| child(top, place(at))).collect();
        if folders.len() > 1 {
            children.extend(folders.into_iter().flatten());
        }
    }
    if children.len() < 2 {
        plans.push(Plan { name, members });
        return;
    }
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        members.into_iter().partition(|&at| within(top, place(at)));
    let mut owned: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut common = Vec::new();
    for at in inside {
        match child(top, place(at)).filter(|child| children.contains(child)) {
            Some(child) => owned.entry(child).or_default().push(at),
            None => common.push(at),
        }
    }
    for (child, mut world) in owned {
        world.extend(&common);
        world.sort_unstable();
        split(place, rivals, child.to_owned(), world, plans);
    }
    if !outside.is_empty() {
        split(place, rivals, name, outside, plans);
    }
}

fn within(outer: &str, inner: &str) -> bool {
    outer.is_empty()
        || inner == outer
        || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

/// The child folder of `outer` that `inner` is in; none if `inner` is `outer` itself.
fn child<'a>(outer: &str, inner: &'a str) -> Option<&'a str> {
    if inner == outer || !within(outer, inner) {
        return None;
    }
    let start = if outer.is_empty() { 0 } else { outer.len() + 1 };
    let end = inner[start..].find('/').map_or(inner.len(), |at| start + at);
    Some(&inner[..end])
}

/// The deepest folder that holds both.
fn shared<'a>(a: &'a str, b: &str) -> &'a str {
    ancestors(a).find(|folder| within(folder, b)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::file::Language;
    use crate::input::source::FileId;
    use crate::model::kubernetes;
    use crate::model::resource::Object;

    fn worlds(paths: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
        let files: Vec<File> = paths
            .iter()
            .enumerate()
            .map(|(at, (path, text))| {
                let mut file = File::parse(path, (*text).to_owned(), Language::Yaml);
                file.id = FileId(at as u32);
                file
            })
            .collect();
        let resources: Vec<Resource> =
            files.iter().flat_map(|file| kubernetes::objects(&files, file)).collect();
        plan(&files, &resources, None, &BTreeSet::new(), &Kustomized::default())
            .into_iter()
            .map(|plan| {
                let member =
                    |at: &usize| files[resources[*at].node.file.0 as usize].source.path.clone();
                (plan.name, plan.members.iter().map(member).collect())
            })
            .collect()
    }

    #[test]
    fn no_two_roots_have_one_name() {
        let plan = |name: &str, at: usize| Plan { name: name.to_owned(), members: vec![at] };
        let plans = [
            plan("", 0),
            plan("a", 1),
            plan("a", 2),
            plan("a", 3),
            plan("b", 4),
            plan("c", 5),
            plan("d", 6),
            plan("d", 7),
        ];
        let charts = ["a", "c"].map(str::to_owned).into_iter().collect();
        let worlds = vec![plan("a", 2), plan("b", 4)];
        let kustomized = Kustomized { worlds, ..Kustomized::default() };
        let names = names(&plans, &charts, &kustomized);
        assert_eq!(names, [".", "a#chart", "a#kustomization", "a", "b", "c", "d", "d#2"]);
    }

    const WEB: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    const NET: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";

    fn owned(list: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        list.iter()
            .map(|(name, files)| {
                ((*name).to_owned(), files.iter().map(|file| (*file).to_owned()).collect())
            })
            .collect()
    }

    #[test]
    fn without_collisions_the_project_is_one_world() {
        assert_eq!(
            worlds(&[("a/web.yaml", WEB), ("b/net.yaml", NET)]),
            owned(&[("", &["a/web.yaml", "b/net.yaml"])])
        );
    }

    #[test]
    fn dev_and_prod_are_never_one_world() {
        assert_eq!(
            worlds(&[("dev/web.yaml", WEB), ("net.yaml", NET), ("prod/web.yaml", WEB)]),
            owned(&[
                ("dev", &["dev/web.yaml", "net.yaml"]),
                ("prod", &["net.yaml", "prod/web.yaml"])
            ])
        );
    }

    #[test]
    fn a_deep_collision_leaves_the_rest_alone() {
        let found =
            worlds(&[("apps/dev/web.yaml", WEB), ("apps/prod/web.yaml", WEB), ("net.yaml", NET)]);
        assert_eq!(
            found,
            owned(&[
                ("", &["net.yaml"]),
                ("apps/dev", &["apps/dev/web.yaml"]),
                ("apps/prod", &["apps/prod/web.yaml"]),
            ])
        );
    }

    #[test]
    fn kustomizations_that_share_or_rival_are_roots_of_their_own() {
        let objects = |names: &[&str]| {
            let text = |name: &&str| {
                format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n")
            };
            names.iter().map(text).collect::<Vec<_>>().join("---\n")
        };
        let mut files = vec![
            File::parse(
                "a.yaml",
                objects(&["one", "two", "three", "four", "three"]),
                Language::Yaml,
            ),
            File::parse("b.yaml", objects(&["five"]), Language::Yaml),
        ];
        files[1].id = FileId(1);
        let resources: Vec<Resource> =
            files.iter().flat_map(|file| kubernetes::objects(&files, file)).collect();
        let mut resources = resources;
        let renamed =
            Object { name: Some("six".to_owned()), ..resources[0].object().cloned().expect("one") };
        resources
            .push(Resource { identity: Identity::Object(renamed).into(), ..resources[0].clone() });
        // Each kustomization's members, and which of them are apart.
        for (worlds, expected) in [
            (&[&[0][..], &[1]][..], ""),
            (&[&[0], &[0, 1]], "ab"),
            (&[&[0], &[0, 1], &[3]], "ab"),
            (&[&[2], &[4]], "ab"),
            (&[&[2], &[1]], "a"),
            (&[&[5], &[3]], ""),
            (&[&[0], &[6], &[3]], "ab"),
        ] {
            let worlds: Vec<Plan> = worlds
                .iter()
                .zip(["a", "b", "c"])
                .map(|(members, name)| Plan { name: name.to_owned(), members: members.to_vec() })
                .collect();
            let members: BTreeSet<usize> =
                worlds.iter().flat_map(|world| world.members.clone()).collect();
            let written: Vec<usize> = (0..5).filter(|at| !members.contains(at)).collect();
            let apart: String =
                variants(&resources, &written, &worlds).0.iter().map(|w| w.name.as_str()).collect();
            assert_eq!(apart, expected, "{worlds:?}");
        }
    }

    #[test]
    fn a_collision_within_one_folder_is_not_split() {
        assert_eq!(
            worlds(&[("x/a.yaml", WEB), ("x/b.yaml", WEB)]),
            owned(&[("", &["x/a.yaml", "x/b.yaml"])])
        );
    }
}
