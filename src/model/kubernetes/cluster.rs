//! The Kubernetes side of one root: namespaces, workloads, Services, accounts and policies, and the
//! questions that relations between them ask. What is written, three-valued; judges nothing.

use super::namespace::{Home, Namespace, Spawns, spawns};
use super::pods::Workload;
use super::rbac::{self, Binding, Role, ServiceAccount};
use super::service::Service;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::{Object, Resource};
use crate::model::selector::{Label, Labels, Operator, Selector};
use globset::GlobSet;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is written of a cluster.
#[derive(Default)]
pub struct Cluster<'a> {
    /// Namespaces that are declared or that an object names, by name.
    pub namespaces: BTreeMap<Cow<'a, str>, Namespace<'a>>,
    /// Workloads, in file order.
    pub workloads: Vec<Workload<'a>>,
    /// Services of the core group.
    pub services: Vec<Service<'a>>,
    /// Service accounts.
    pub accounts: Vec<ServiceAccount<'a>>,
    /// Roles and cluster roles.
    pub roles: Vec<Role<'a>>,
    /// Role bindings and cluster role bindings.
    pub bindings: Vec<Binding<'a>>,
    /// Network policies of `networking.k8s.io`.
    pub policies: Vec<NetworkPolicy<'a>>,
    workload_homes: Homes<'a>,
    service_homes: Homes<'a>,
    account_homes: Homes<'a>,
    policy_homes: Homes<'a>,
    /// Bindings by the names of the service accounts among their subjects.
    bound: HashMap<Cow<'a, str>, Vec<usize>>,
    /// Bindings with other subjects, or with some that cannot be told.
    bound_otherwise: Vec<usize>,
    /// Workloads by labels of their pods: key, value.
    labelled: HashMap<Cow<'a, str>, HashMap<Cow<'a, str>, Vec<usize>>>,
    /// Workloads of whose labels not all are known.
    vague: Vec<usize>,
    /// Keys that some workload may have besides.
    loose: HashSet<Cow<'a, str>>,
    /// Namespaces with objects that may make pods; the unwritten one is `None`.
    spawning: HashSet<Option<Cow<'a, str>>>,
    spawns_somewhere: bool,
    unnamed_namespace: bool,
    closed: GlobSet,
}

/// A `NetworkPolicy` of `networking.k8s.io`.
#[derive(Clone)]
pub struct NetworkPolicy<'a> {
    /// Its index in the root.
    pub resource: usize,
    /// Its namespace.
    pub home: Home<'a>,
    /// The pods it is for; none (a missing `podSelector`) for every pod of its namespace.
    pub selector: Option<Selector<'a>>,
    /// Its `spec`.
    pub spec: Cursor<'a>,
    /// `True`, or `Unknown` where it may not exist.
    pub present: Truth,
}

/// What it proves that no workload of a namespace is such-and-such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// There is none: the configuration says that all of the namespace is written.
    Proven,
    /// There may be one elsewhere, though workloads of the namespace are written here.
    Possible,
    /// Nothing: no workload of the namespace is written here, its name cannot be told, or an
    /// object that makes pods of its own lives there.
    Nothing,
}

/// One thing that an account may do: a role's rules by way of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The binding, by its index in `bindings`.
    pub binding: usize,
    /// The role, by its index in `roles`.
    pub role: usize,
    /// Whether binding and role certainly lead there.
    pub sure: Truth,
}

/// Indexes by namespace.
#[derive(Default)]
struct Homes<'a> {
    named: HashMap<Cow<'a, str>, Vec<usize>>,
    unwritten: Vec<usize>,
    unknown: Vec<usize>,
}

impl<'a> Homes<'a> {
    fn add(&mut self, home: &Home<'a>, at: usize) {
        match home {
            Home::Named(name) => self.named.entry(name.clone()).or_default().push(at),
            Home::Unwritten => self.unwritten.push(at),
            Home::Unknown => self.unknown.push(at),
        }
    }

    /// Indexes that are, or may be, of a namespace.
    fn of(&self, home: &Home<'_>) -> Vec<usize> {
        let mut found = Vec::new();
        match home {
            Home::Named(name) => {
                found.extend(self.named.get(&**name).into_iter().flatten());
                found.extend(&self.unwritten);
            }
            Home::Unwritten | Home::Unknown => {
                found.extend(self.named.values().flatten());
                found.extend(&self.unwritten);
            }
        }
        found.extend(&self.unknown);
        found.sort_unstable();
        found
    }
}

impl<'a> Cluster<'a> {
    /// Reads the Kubernetes objects among `resources`; `body` gives a resource's content.
    /// `closed` are the namespaces of which all is written.
    pub fn new(
        resources: &[&'a Resource],
        body: impl Fn(&'a Resource) -> Cursor<'a>,
        closed: &GlobSet,
    ) -> Self {
        let mut cluster = Self { closed: closed.clone(), ..Self::default() };
        for (at, resource) in resources.iter().enumerate() {
            if let Some(object) = resource.object() {
                cluster.add(at, resource.certain, object, body(resource));
            }
        }
        cluster.settle();
        cluster.index();
        cluster
    }

    fn add(&mut self, at: usize, certain: bool, object: &'a Object, body: Cursor<'a>) {
        if let Some(workload) = Workload::read(at, certain, object, body) {
            self.workloads.push(workload);
        }
        let home = Home::read(body);
        match spawns(object) {
            // What a deployer brings is written elsewhere: an absence stays possible.
            Spawns::Nothing | Spawns::Anywhere => {}
            Spawns::Here => match &home {
                Home::Named(name) => drop(self.spawning.insert(Some(name.clone()))),
                Home::Unwritten => drop(self.spawning.insert(None)),
                Home::Unknown => self.spawns_somewhere = true,
            },
        }
        if let Home::Named(name) = &home
            && !self.namespaces.contains_key(name)
        {
            self.namespaces.insert(name.clone(), Namespace::of_name(name.clone()));
        }
        match (object.group.as_str(), object.kind.as_str()) {
            ("", "Namespace") => self.add_namespace(at, certain, body),
            ("", "Service") => self.services.push(Service::read(at, certain, body)),
            ("", "ServiceAccount") => self.accounts.push(ServiceAccount::read(at, certain, body)),
            (rbac::GROUP, kind @ ("Role" | "ClusterRole")) => {
                self.roles.push(Role::read(at, certain, kind == "ClusterRole", body));
            }
            (rbac::GROUP, kind @ ("RoleBinding" | "ClusterRoleBinding")) => {
                let cluster = kind == "ClusterRoleBinding";
                self.bindings.push(Binding::read(at, certain, cluster, body));
            }
            ("networking.k8s.io", "NetworkPolicy") => {
                let spec = body.key("spec");
                let selector = Selector::read(spec.key("podSelector"));
                let present = if certain { Truth::True } else { Truth::Unknown };
                self.policies.push(NetworkPolicy { resource: at, home, selector, spec, present });
            }
            _ => {}
        }
    }

    fn add_namespace(&mut self, at: usize, certain: bool, body: Cursor<'a>) {
        let Some(name) = body.key("metadata").key("name").text() else {
            self.unnamed_namespace = true;
            return;
        };
        let mut declared = Namespace::declared(at, name.clone(), body);
        if let Some(other) = self.namespaces.get(&name).filter(|one| one.resource.is_some()) {
            // Declared twice: which of them counts cannot be told.
            declared = other.clone();
            declared.labels.leave_open();
            declared.annotations.leave_open();
        } else if !certain {
            declared = Namespace::of_name(name.clone());
        }
        self.namespaces.insert(name, declared);
    }

    /// The namespace in which an object counts. Where all of `default` is written, objects that name
    /// no namespace are in it.
    pub fn home(&self, home: Home<'a>) -> Home<'a> {
        match home {
            Home::Unwritten if self.closed.is_match("default") => {
                Home::Named(Cow::Borrowed("default"))
            }
            home => home,
        }
    }

    fn settle(&mut self) {
        if self.home(Home::Unwritten) == Home::Unwritten {
            return;
        }
        let homes = self.workloads.iter_mut().map(|one| &mut one.home);
        let homes = homes.chain(self.services.iter_mut().map(|one| &mut one.home));
        let homes = homes.chain(self.accounts.iter_mut().map(|one| &mut one.home));
        let homes = homes.chain(self.policies.iter_mut().map(|one| &mut one.home));
        for home in homes.filter(|home| **home == Home::Unwritten) {
            *home = Home::Named(Cow::Borrowed("default"));
        }
    }

    fn index(&mut self) {
        for (at, workload) in self.workloads.iter().enumerate() {
            self.workload_homes.add(&workload.home, at);
            let mut vague = workload.labels.open();
            for (key, label) in workload.labels.entries() {
                match label {
                    Label::Known(text) => {
                        let texts = self.labelled.entry(key.clone()).or_default();
                        texts.entry(text.clone()).or_default().push(at);
                    }
                    Label::Valued => vague = true,
                    Label::Possible => drop(self.loose.insert(key.clone())),
                }
            }
            if vague {
                self.vague.push(at);
            }
        }
        for (at, service) in self.services.iter().enumerate() {
            self.service_homes.add(&service.home, at);
        }
        for (at, account) in self.accounts.iter().enumerate() {
            self.account_homes.add(&account.home, at);
        }
        for (at, policy) in self.policies.iter().enumerate() {
            self.policy_homes.add(&policy.home, at);
        }
        for (at, binding) in self.bindings.iter().enumerate() {
            let mut otherwise = binding.open;
            for subject in &binding.subjects {
                match (subject.kind.as_deref(), &subject.name) {
                    (Some("ServiceAccount"), Some(name)) => {
                        self.bound.entry(name.clone()).or_default().push(at);
                    }
                    _ => otherwise = true,
                }
            }
            if otherwise {
                self.bound_otherwise.push(at);
            }
        }
    }

    /// Bindings that may be for a service account of this name, in order: those that name one, and
    /// those for users and groups or for subjects that cannot be told.
    pub fn bindings_for(&self, account: &str) -> Vec<usize> {
        let named = self.bound.get(account).into_iter().flatten();
        let mut found: Vec<usize> = named.chain(&self.bound_otherwise).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Network policies that are in a namespace (`True`) or may be (`Unknown`).
    pub fn policies_in(&self, home: &Home<'_>) -> Vec<(usize, Truth)> {
        let judged = self.policy_homes.of(home).into_iter().map(|at| {
            let policy = &self.policies[at];
            (at, policy.home.same(home).and(policy.present))
        });
        judged.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    /// Workloads that are in a namespace (`True`) or may be (`Unknown`).
    pub fn workloads_in(&self, home: &Home<'_>) -> Vec<(usize, Truth)> {
        let of = self.workload_homes.of(home).into_iter();
        let judged = of.map(|at| (at, self.in_namespace(at, home)));
        judged.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    fn in_namespace(&self, workload: usize, home: &Home<'_>) -> Truth {
        let workload = &self.workloads[workload];
        workload.home.same(home).and(workload.present)
    }

    /// Workloads of a namespace whose pods a selector matches (`True`) or may match (`Unknown`).
    pub fn selected(&self, home: &Home<'_>, selector: &Selector<'_>) -> Vec<(usize, Truth)> {
        let of = || self.workload_homes.of(home);
        let among = match self.candidates(selector) {
            Some(found) if home.name().is_none() => found,
            Some(found) => {
                let named = home.name().and_then(|name| self.workload_homes.named.get(name));
                if found.len() <= named.map_or(0, Vec::len) + self.workload_homes.unwritten.len() {
                    found
                } else {
                    of()
                }
            }
            None => of(),
        };
        let judged = among.into_iter().map(|at| {
            let here = self.in_namespace(at, home);
            (at, here.and(selector.matches(&self.workloads[at].labels)))
        });
        judged.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    /// Workloads whose pods a selector matches, in the namespaces for which `wanted` is not false.
    pub fn selected_where(
        &self,
        selector: &Selector<'_>,
        wanted: impl Fn(&Home<'a>) -> Truth,
    ) -> Vec<(usize, Truth)> {
        let among = self.candidates(selector);
        let among = among.unwrap_or_else(|| (0..self.workloads.len()).collect());
        let judged = among.into_iter().map(|at| {
            let workload = &self.workloads[at];
            let matches = selector.matches(&workload.labels).and(workload.present);
            (
                at,
                if matches == Truth::False { matches } else { matches.and(wanted(&workload.home)) },
            )
        });
        judged.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    /// A superset of what a selector may match, in order; none where that is everything.
    fn candidates(&self, selector: &Selector<'_>) -> Option<Vec<usize>> {
        let lists = selector.requirements.iter().filter_map(|one| {
            if one.operator != Operator::In || one.open || self.loose.contains(&*one.key) {
                return None;
            }
            let values = self.labelled.get(&*one.key);
            let lists = one.values.iter().filter_map(|value| values?.get(&**value));
            Some(lists.flatten().copied().collect::<Vec<usize>>())
        });
        let mut found = lists.min_by_key(Vec::len)?;
        found.extend(&self.vague);
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    /// The namespace as declared or only named; none where its name is not written or cannot be
    /// told, or nothing in the root names it.
    pub fn namespace(&self, home: &Home<'_>) -> Option<&Namespace<'a>> {
        self.namespaces.get(home.name()?)
    }

    /// The labels of a namespace, `kubernetes.io/metadata.name` among them where the name is known.
    pub fn namespace_labels(&self, home: &Home<'a>) -> Labels<'a> {
        match (self.namespace(home), home) {
            (Some(namespace), _) => namespace.labels.clone(),
            (None, Home::Named(name)) => Namespace::of_name(name.clone()).labels,
            _ => Labels::unknown(),
        }
    }

    /// Whether a namespace of this name is declared, or an object names it. Unknown where a
    /// namespace's name, or that of a workload's namespace, is not known.
    pub fn names_namespace(&self, name: &str) -> Truth {
        let homes = &self.workload_homes;
        match self.namespaces.contains_key(name) {
            true => Truth::True,
            false if self.unnamed_namespace || !homes.unknown.is_empty() => Truth::Unknown,
            false if !homes.unwritten.is_empty() => Truth::Unknown,
            false => Truth::False,
        }
    }

    /// Whether the name of every declared namespace is known.
    pub fn all_named(&self) -> bool {
        !self.unnamed_namespace
    }

    /// Whether the configuration says that all of a namespace is written here.
    pub fn closed(&self, home: &Home<'_>) -> bool {
        home.name().is_some_and(|name| self.closed.is_match(name))
    }

    /// What it proves that no workload of a namespace is such-and-such.
    pub fn absence(&self, home: &Home<'_>) -> Absence {
        let key = match home {
            Home::Named(name) if self.closed.is_match(&**name) => return Absence::Proven,
            Home::Named(name) => Some(Cow::Borrowed(&**name)),
            Home::Unwritten => None,
            Home::Unknown => return Absence::Nothing,
        };
        let own = match home {
            Home::Named(name) => self.workload_homes.named.get(&**name).map_or(0, Vec::len),
            _ => self.workload_homes.unwritten.len(),
        };
        if own == 0 || self.spawns_somewhere || self.spawning.contains(&key) {
            return Absence::Nothing;
        }
        Absence::Possible
    }

    /// Workloads that a Service leads to (`True`), or may lead to (`Unknown`).
    pub fn targets(&self, service: &Service<'a>) -> Vec<(usize, Truth)> {
        match &service.selector {
            Some(selector) => self.selected(&service.home, selector),
            None => Vec::new(),
        }
    }

    /// Services that are in a namespace (`True`) or may be (`Unknown`).
    pub fn services_in(&self, home: &Home<'_>) -> Vec<(usize, Truth)> {
        let of = self.service_homes.of(home).into_iter();
        let judged = of.map(|at| {
            let service = &self.services[at];
            (at, service.home.same(home).and(service.present))
        });
        judged.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    /// Whether a Service of this name is in a namespace, and which one surely is.
    pub fn service(&self, home: &Home<'_>, name: &str) -> (Truth, Option<usize>) {
        let (mut exists, mut found) = (Truth::False, None);
        for (at, here) in self.services_in(home) {
            let named = match &self.services[at].name {
                Some(own) => Truth::of(own == name),
                None => Truth::Unknown,
            };
            let this = here.and(named);
            if this == Truth::True {
                found = found.or(Some(at));
            }
            exists = exists.or(this);
        }
        (exists, found)
    }

    /// Whether a service account of this name is declared in a namespace, and which one surely is.
    pub fn account(&self, home: &Home<'_>, name: &str) -> (Truth, Option<usize>) {
        let (mut exists, mut found) = (Truth::False, None);
        for at in self.account_homes.of(home) {
            let account = &self.accounts[at];
            let named = match &account.name {
                Some(own) => Truth::of(own == name),
                None => Truth::Unknown,
            };
            let this = account.home.same(home).and(named).and(account.present);
            if this == Truth::True {
                found = found.or(Some(at));
            }
            exists = exists.or(this);
        }
        (exists, found)
    }

    /// Roles that a binding gives (`sure` is `True`) or may give. A role of the same name in a
    /// namespace that is not the binding's is none; roles that are not written here are left out.
    pub fn roles_of(&self, binding: usize) -> Vec<(usize, Truth)> {
        let bound = &self.bindings[binding];
        let judged = self.roles.iter().enumerate().map(|(at, role)| {
            let kind = bound
                .cluster_role
                .map_or(Truth::Unknown, |cluster| Truth::of(cluster == role.cluster));
            let name = match (&bound.role, &role.name) {
                (Some(wanted), Some(own)) => Truth::of(wanted == own),
                _ => Truth::Unknown,
            };
            let home = if role.cluster { Truth::True } else { role.home.same(&bound.home) };
            (at, Truth::all([kind, name, home, role.present, bound.present]))
        });
        judged.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    /// What an account is granted by the bindings and roles that are written here, groups of
    /// accounts aside.
    pub fn grants(&self, home: &Home<'_>, account: &str) -> Vec<Grant> {
        let mut found = Vec::new();
        for at in self.bindings_for(account) {
            let binding = &self.bindings[at];
            let subjects = binding.subjects.iter().map(|one| one.is_account(home, account));
            let named = Truth::any(subjects);
            let named = if binding.open { named.or(Truth::Unknown) } else { named };
            if named == Truth::False {
                continue;
            }
            for (role, truth) in self.roles_of(at) {
                found.push(Grant { binding: at, role, sure: truth.and(named) });
            }
        }
        found
    }

    /// The rules of a role, with the role each is written in: its own, and those of the cluster
    /// roles that it aggregates. Only what is certain.
    pub fn rules_of(&self, role: usize) -> Vec<(usize, Cursor<'a>)> {
        let wanted = &self.roles[role];
        let mut found: Vec<(usize, Cursor<'a>)> =
            wanted.rules.items().known.into_iter().map(|rule| (role, rule)).collect();
        for (at, other) in self.roles.iter().enumerate() {
            if wanted.aggregates.is_empty() || !other.cluster || at == role {
                continue;
            }
            let labels = Labels::read(other.at.key("metadata").key("labels"));
            let taken = wanted.aggregates.iter().map(|one| one.matches(&labels));
            if Truth::any(taken) == Truth::True {
                found.extend(other.rules.items().known.into_iter().map(|rule| (at, rule)));
            }
        }
        found.retain(|(_, rule)| rule.shape() == Shape::Map);
        found
    }
}
