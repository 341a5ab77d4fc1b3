//! One root: the resources that are judged together, indexed, with the views rules ask for.

use super::cursor::{Cursor, Shape};
use super::datum::{Key, Symbol};
use super::kubernetes::schema::{Deviation, deviations};
use super::resource::{Category, Resource};
use super::terraform::evaluation::Given;
use super::terraform::{
    self, firewall, prefix_list::PrefixLists, public_access::PublicAccess, version::Range,
};
use super::value::{NodeRef, Value};
use super::{
    iam,
    istio::mesh::{Given as GivenMesh, Mesh},
    kubernetes::{cluster::Cluster, component, program, release, workload},
    provisioned,
};
use crate::input::file::File;
use crate::input::source::Place;
use foldhash::{HashMap, HashMapExt, HashSet};
use globset::GlobSet;
use rayon::prelude::*;

/// The views by name; cards may name no other.
pub const VIEWS: [&str; 8] = [
    "workload",
    "container",
    "program",
    "helm-release",
    "rbac-rule",
    "component",
    "firewall-rule",
    "iam-statement",
];

/// How many categories of Terraform blocks there are.
const CATEGORIES: usize = Category::Values as usize + 1;

/// A port of pods as the configuration lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListedPort {
    /// By its number.
    Number(u16),
    /// By the name that a container gives it.
    Name(String),
}

/// What the model takes from the configuration.
#[derive(Clone, Debug)]
pub struct ModelSettings {
    /// Namespaces of the cluster's own components.
    pub system_namespaces: Vec<String>,
    /// Namespaces of which everything is written in the manifests.
    pub closed_namespaces: GlobSet,
    /// Workloads that are meant to be reached by everybody, as `namespace/name`.
    pub public: Vec<String>,
    /// Ports of pods that are sensitive beside those that rules know.
    pub sensitive_ports: Vec<ListedPort>,
    /// The mesh's root namespace.
    pub root_namespace: String,
    /// The mesh's trust domain; none where nobody said.
    pub trust_domain: Option<String>,
    /// The organisation's own cloud accounts; none where nobody said.
    pub own_accounts: Option<Vec<String>>,
    /// After how many days keys and secrets must have been replaced; none for each rule's own.
    pub rotation_days: Option<u64>,
    /// How long tokens may live, in seconds; none for each rule's own.
    pub token_seconds: Option<u64>,
    /// How long sessions may last, in seconds; none for each rule's own.
    pub session_seconds: Option<u64>,
    /// Values of Terraform's variables that are given from outside.
    pub variables: Given,
}

impl Default for ModelSettings {
    fn default() -> Self {
        let names = [
            "kube-system",
            "kube-public",
            "kube-node-lease",
            "calico-system",
            "calico-apiserver",
            "tigera-operator",
            "cilium",
            "kube-flannel",
            "openshift-sdn",
            "gke-managed-system",
        ];
        Self {
            system_namespaces: names.map(str::to_owned).to_vec(),
            closed_namespaces: GlobSet::empty(),
            public: Vec::new(),
            sensitive_ports: Vec::new(),
            root_namespace: "istio-system".to_owned(),
            trust_domain: None,
            own_accounts: None,
            rotation_days: None,
            token_seconds: None,
            session_seconds: None,
            variables: Given::default(),
        }
    }
}

/// An element of a view.
pub struct Element {
    /// Index of its resource in the root.
    pub resource: usize,
    /// Its members.
    pub value: Value,
    /// What to call it.
    pub label: String,
}

impl Element {
    /// A cursor on the element. Elements live as long as their root's view.
    pub fn cursor<'r>(&'r self, root: &'r Root<'r>) -> Cursor<'r> {
        Cursor::value(root.files, &self.value)
    }
}

/// The world that rules look at.
pub struct Root<'a> {
    /// Folder or configured name; empty for the whole project.
    pub name: String,
    /// All files of the run.
    pub files: &'a [File],
    /// The resources of this root.
    pub resources: Vec<&'a Resource>,
    /// Settings.
    pub settings: &'a ModelSettings,
    deviations: std::sync::OnceLock<Vec<(usize, Deviation<'a>)>>,
    kinds: HashMap<&'a str, Vec<usize>>,
    types: [HashMap<&'a str, Vec<usize>>; CATEGORIES],
    instances: HashMap<(u32, NodeRef, Option<&'a Key>), usize>,
    views: [Vec<Element>; VIEWS.len()],
    cluster: Cluster<'a>,
    mesh: Mesh<'a>,
}

impl<'a> Root<'a> {
    /// Indexes the resources.
    pub fn new(
        name: String,
        files: &'a [File],
        resources: Vec<&'a Resource>,
        settings: &'a ModelSettings,
    ) -> Self {
        let mut kinds: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut types: [HashMap<&str, Vec<usize>>; CATEGORIES] = Default::default();
        let mut instances = HashMap::with_capacity(resources.len());
        for (at, resource) in resources.iter().enumerate() {
            if let (Some(instance), Some(_)) = (&resource.instance, resource.block()) {
                instances.insert((instance.module, resource.node, instance.key.as_ref()), at);
            }
            if let Some(object) = resource.object() {
                kinds.entry(&object.kind).or_default().push(at);
            } else if let Some(block) = resource.block() {
                types[block.category as usize].entry(&block.kind).or_default().push(at);
            }
        }
        let views = views(files, &resources);
        let object = |resource: &'a Resource| body(files, resource);
        let cluster = Cluster::new(&resources, object, &settings.closed_namespaces);
        let given = GivenMesh {
            root_namespace: &settings.root_namespace,
            trust_domains: settings.trust_domain.as_slice(),
            system_namespaces: &settings.system_namespaces,
        };
        let mesh = Mesh::new(&resources, object, &given);
        Self {
            name,
            files,
            resources,
            settings,
            deviations: std::sync::OnceLock::default(),
            kinds,
            types,
            instances,
            views,
            cluster,
            mesh,
        }
    }

    /// Indexes of the objects of a kind, in any API group.
    pub fn kind(&self, kind: &str) -> &[usize] {
        self.kinds.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Indexes of the objects of a kind in an API group; the core group is `""`.
    pub fn objects<'s>(
        &'s self,
        group: &'s str,
        kind: &str,
    ) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let of_group = move |at: &usize| {
            self.resources[*at].object().is_some_and(|object| object.group == group)
        };
        self.kind(kind).iter().copied().filter(of_group)
    }

    /// Indexes of the Terraform blocks of a category and type.
    pub fn terraform(&self, category: Category, kind: &str) -> &[usize] {
        self.types[category as usize].get(kind).map_or(&[], Vec::as_slice)
    }

    /// A cursor on a resource.
    pub fn cursor(&self, resource: &'a Resource) -> Cursor<'a> {
        body(self.files, resource)
    }

    /// Where Kubernetes objects deviate from the schemas of their kinds, each with the index of its
    /// object; found when it is asked for first.
    pub fn deviations(&self) -> &[(usize, Deviation<'a>)] {
        self.deviations.get_or_init(|| {
            let found = self.resources.iter().enumerate().filter_map(|(at, resource)| {
                // The provider knows the fields of what it makes.
                if resource
                    .maker()
                    .is_some_and(|block| provisioned::manifest(&block.kind).is_none())
                {
                    return None;
                }
                let deviations = deviations(resource.object()?, self.cursor(resource));
                Some(deviations.into_iter().map(move |deviation| (at, deviation)))
            });
            found.flatten().collect()
        })
    }

    /// The file of a place.
    pub fn file(&self, place: Place) -> &'a File {
        &self.files[place.file.0 as usize]
    }

    /// The resource that a symbol is an attribute of.
    pub fn instance(&self, symbol: &Symbol) -> Option<usize> {
        self.instances.get(&(symbol.module, symbol.block, symbol.key.as_ref())).copied()
    }

    /// The folder a resource is written in: the Terraform module it belongs to.
    pub fn folder(&self, resource: &Resource) -> &'a str {
        self.files[resource.node.file.0 as usize].folder()
    }

    /// The provider versions a resource's module allows, as its `required_providers` say.
    pub fn provider_versions(&self, resource: &Resource) -> Range {
        let Some(block) = resource.block() else { return Range::default() };
        let provider = block.kind.split('_').next().unwrap_or_default();
        let folder = self.folder(resource);
        let mut constraints = Vec::new();
        for &at in self.terraform(Category::Settings, "") {
            let settings = self.resources[at];
            if self.folder(settings) != folder {
                continue;
            }
            for block in self.cursor(settings).key("required_providers").items().known {
                let written = block.key(provider);
                let version =
                    if written.shape() == Shape::Map { written.key("version") } else { written };
                constraints.extend(version.text());
            }
        }
        Range::parse(&constraints.join(","))
    }

    /// What is written of a Kubernetes cluster.
    pub fn cluster(&self) -> &Cluster<'a> {
        &self.cluster
    }

    /// What is written of an Istio mesh.
    pub fn mesh(&self) -> &Mesh<'a> {
        &self.mesh
    }

    /// The elements of a view; empty for an unknown name.
    pub fn view(&self, name: &str) -> &[Element] {
        VIEWS.iter().position(|view| *view == name).map_or(&[], |at| &self.views[at])
    }
}

/// A cursor on a resource's body, evaluated if it was.
fn body<'a>(files: &'a [File], resource: &'a Resource) -> Cursor<'a> {
    match resource.instance.as_ref().and_then(|instance| instance.body.as_ref()) {
        Some(value) => Cursor::value(files, value),
        None => Cursor::node(files, resource.node),
    }
}

type Views = [Vec<Element>; VIEWS.len()];

/// Resources whose elements are found in one go.
const PORTION: usize = 256;

/// The elements of every view, each resource read once.
fn views<'a>(files: &'a [File], resources: &[&'a Resource]) -> Views {
    let lists = PrefixLists::new(files, resources, body);
    let portion = |(number, some): (usize, &[&'a Resource])| {
        let mut views = Views::default();
        for (at, resource) in some.iter().enumerate() {
            elements(files, resource, number * PORTION + at, &lists, &mut views);
        }
        views
    };
    let mut views = if resources.len() <= PORTION {
        portion((0, resources))
    } else {
        let portions: Vec<Views> = resources.par_chunks(PORTION).enumerate().map(portion).collect();
        let mut views = Views::default();
        for (view, more) in portions.into_iter().flat_map(|portion| portion.into_iter().enumerate())
        {
            views[view].extend(more);
        }
        views
    };
    if let Some(statements) = views.last_mut() {
        used_documents(files, resources, statements);
        stopped_policies(files, resources, statements);
    }
    views
}

/// Adds the elements of one resource, by its index in the root.
fn elements<'a>(
    files: &'a [File],
    resource: &'a Resource,
    at: usize,
    lists: &PrefixLists<'a>,
    [workloads, containers, programs, releases, rules, components, firewall, statements]: &mut Views,
) {
    let element = |(value, label)| Element { resource: at, value, label };
    let cursor = body(files, resource);
    if let Some(object) = resource.object() {
        let workload = workload::workload(object, cursor);
        workloads.extend(workload.map(|value| element((value, "workload".to_owned()))));
        let own = workload::containers(object, cursor);
        programs.extend(program::programs(files, &own).into_iter().map(element));
        containers.extend(own.into_iter().map(element));
        releases.extend(release::of_object(object, cursor).into_iter().map(element));
        rules.extend(workload::rbac_rules(object, cursor).into_iter().map(element));
        components.extend(component::components(object, cursor).into_iter().map(element));
    } else if let Some(block) = resource.block() {
        releases.extend(release::of_block(block, cursor).into_iter().map(element));
        firewall.extend(firewall::rules(block, cursor, lists).into_iter().map(element));
        statements.extend(iam::statements(block, cursor).into_iter().map(element));
    }
}

/// The statements of a policy document that another resource uses are judged there, where it is
/// known what they are for.
fn used_documents(files: &[File], resources: &[&Resource], statements: &mut Vec<Element>) {
    let data: HashSet<NodeRef> = resources
        .iter()
        .filter(|resource| resource.block().is_some_and(|block| block.category == Category::Data))
        .map(|resource| resource.node)
        .collect();
    if data.is_empty() {
        return;
    }
    let used: HashSet<NodeRef> = statements
        .iter()
        .filter(|element| !data.contains(&resources[element.resource].node))
        .filter_map(|element| Cursor::value(files, &element.value).key("statement").node_ref())
        .filter_map(|node| terraform::block_of(&files[node.file.0 as usize], node))
        .filter(|block| data.contains(block))
        .collect();
    statements.retain(|element| {
        let resource = resources[element.resource];
        let node = Cursor::value(files, &element.value).key("statement").node_ref();
        let replaced = resource.instance.as_ref().is_some_and(|instance| {
            node.is_some_and(|statement| instance.replaced.contains(&statement))
        });
        !replaced && !used.contains(&resource.node)
    });
}

/// Says of the statements of a bucket's policy whether a public access block stops them from being
/// public.
fn stopped_policies<'a>(files: &'a [File], resources: &[&'a Resource], statements: &mut [Element]) {
    let access = PublicAccess::new(files, resources, body);
    for element in statements {
        let resource = resources[element.resource];
        let place = Cursor::value(files, &element.value).header();
        if let Value::Map { entries, .. } = &mut element.value
            && let Some(stopped) = access.stopped(resource, body(files, resource), place)
        {
            entries.push(("public-access-stopped", stopped));
        }
    }
}
