//! Who is meant by a policy's scopes: each distinct scope is resolved once, and workloads that no
//! scope (nor any named port) tells apart form one class, on which everything else works.

use super::condition::Bearer;
use super::policy::{Hosts, Namespaces, Scope};
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::namespace::{Home, NAME_LABEL};
use crate::model::kubernetes::pods::Workload;
use crate::model::selector::{Label, Labels, Selector};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

/// Members of a scope: ids with whether they surely belong, sorted. Everybody, where `every`.
#[derive(Clone, Debug, Default)]
pub struct Members {
    every: bool,
    listed: Vec<(u32, bool)>,
}

impl Members {
    /// Whether an id is a member.
    pub fn has(&self, id: u32) -> Truth {
        if self.every {
            return Truth::True;
        }
        match self.listed.binary_search_by_key(&id, |member| member.0) {
            Ok(at) if self.listed[at].1 => Truth::True,
            Ok(_) => Truth::Unknown,
            Err(_) => Truth::False,
        }
    }

    /// The members among this many ids.
    pub fn among(&self, count: usize) -> Vec<(u32, bool)> {
        if self.every {
            (0..count as u32).map(|id| (id, true)).collect()
        } else {
            self.listed.clone()
        }
    }

    fn of(truths: impl IntoIterator<Item = (usize, Truth)>) -> Self {
        let known = truths.into_iter().filter(|(_, truth)| *truth != Truth::False);
        let mut listed: Vec<(u32, bool)> =
            known.map(|(at, truth)| (at as u32, truth == Truth::True)).collect();
        listed.sort_unstable();
        Self { every: false, listed }
    }
}

/// Workloads, the scopes that policies name, and the classes that follow. One more member stands
/// for a pod of which nothing is known: its id is the number of workloads.
pub struct Population<'a> {
    cluster: &'a Cluster<'a>,
    scopes: HashMap<String, usize>,
    members: Vec<Members>,
    /// Which namespaces a selector selects, by the selector's key.
    namespaces: HashMap<String, Vec<Truth>>,
    /// Each namespace with its labels and workloads.
    homes: Vec<(Home<'a>, Labels<'a>, Vec<usize>)>,
    /// The labels of each workload's pods, of their namespace and account, once a scope asks.
    bearers: Option<Vec<Bearer<'a>>>,
}

/// The classes of a population.
pub struct Classes {
    /// The class of each workload, and last of the pod of which nothing is known.
    pub of: Vec<u32>,
    /// A workload (or that pod) of each class.
    pub first: Vec<usize>,
    /// The workloads of each class.
    pub workloads: Vec<Vec<usize>>,
    /// The members of each scope, as classes.
    pub scopes: Vec<Members>,
}

impl<'a> Population<'a> {
    /// A population without scopes.
    pub fn new(cluster: &'a Cluster<'a>) -> Self {
        let mut homes: BTreeMap<&Home<'a>, Vec<usize>> = BTreeMap::new();
        for (at, workload) in cluster.workloads.iter().enumerate() {
            homes.entry(&workload.home).or_default().push(at);
        }
        let each = homes.into_iter();
        let homes = each.map(|(home, own)| (home.clone(), labels(cluster, home), own));
        Self {
            cluster,
            scopes: HashMap::new(),
            members: Vec::new(),
            namespaces: HashMap::new(),
            homes: homes.collect(),
            bearers: None,
        }
    }

    /// How many distinct scopes there are.
    pub fn scopes(&self) -> usize {
        self.members.len()
    }

    /// The number of a scope.
    pub fn scope(&mut self, scope: &Scope<'a>) -> usize {
        let key = key_of(scope);
        if let Some(&known) = self.scopes.get(&key) {
            return known;
        }
        let members = self.resolve(scope);
        self.members.push(members);
        self.scopes.insert(key, self.members.len() - 1);
        self.members.len() - 1
    }

    fn resolve(&mut self, scope: &Scope<'a>) -> Members {
        let stranger = self.cluster.workloads.len();
        let cluster = self.cluster;
        let (found, strange) = match (&scope.namespaces, &scope.pods) {
            (Namespaces::One(home), None) => (cluster.workloads_in(home), Truth::Unknown),
            (Namespaces::One(home), Some(pods)) => (cluster.selected(home, pods), Truth::Unknown),
            (Namespaces::Every, None) => {
                let all = cluster.workloads.iter().enumerate();
                (all.map(|(at, _)| (at, Truth::True)).collect(), Truth::True)
            }
            (Namespaces::Every, Some(pods)) => {
                (cluster.selected_where(pods, |_| Truth::True), pods.matches(&Labels::unknown()))
            }
            (Namespaces::Selected(selector), pods) => {
                let judged = self.selected_namespaces(selector);
                let mut found = Vec::new();
                for (truth, (_, _, own)) in judged.into_iter().zip(&self.homes) {
                    if truth == Truth::False {
                        continue;
                    }
                    let matches = |at: usize| {
                        let labels = &cluster.workloads[at].labels;
                        pods.as_ref().map_or(Truth::True, |pods| pods.matches(labels))
                    };
                    found.extend(own.iter().map(|&at| (at, truth.and(matches(at)))));
                }
                let strange = selector.matches(&Labels::unknown());
                let pods =
                    pods.as_ref().map_or(Truth::True, |pods| pods.matches(&Labels::unknown()));
                (found, strange.and(pods))
            }
        };
        let (found, strange) = self.narrowed(scope, found, strange);
        let hosts =
            |at: usize, truth: Truth| match (cluster.workloads[at].host_network, scope.hosts) {
                (host, Hosts::Only(some)) => truth.and(some).and(host),
                (Truth::False, _) | (_, Hosts::Alike) => truth,
                (Truth::True, Hosts::Never) => Truth::False,
                _ => truth.and(Truth::Unknown),
            };
        let strange = match scope.hosts {
            Hosts::Only(_) => Truth::False,
            _ => strange,
        };
        let found = found.into_iter().map(|(at, truth)| (at, hosts(at, truth)));
        let members = Members::of(found.chain([(stranger, strange)]));
        let every = members.listed.len() == stranger + 1 && members.listed.iter().all(|one| one.1);
        if every { Members { every, listed: Vec::new() } } else { members }
    }

    /// Those for which the scope's condition holds, too.
    fn narrowed(
        &mut self,
        scope: &Scope<'a>,
        mut found: Vec<(usize, Truth)>,
        strange: Truth,
    ) -> (Vec<(usize, Truth)>, Truth) {
        let Some(condition) = &scope.condition else { return (found, strange) };
        let bearers = self.bearers.get_or_insert_with(|| {
            let mut bearers = vec![Bearer::default(); self.cluster.workloads.len()];
            for (_, labels, own) in &self.homes {
                for &at in own {
                    bearers[at] = Bearer::pod(self.cluster, &self.cluster.workloads[at], labels);
                }
            }
            bearers
        });
        for (at, truth) in &mut found {
            if *truth != Truth::False {
                *truth = truth.and(condition.holds(&bearers[*at]));
            }
        }
        (found, strange.and(condition.holds(&Bearer::unknown())))
    }

    /// Which of the namespaces a selector selects.
    fn selected_namespaces(&mut self, selector: &Selector<'a>) -> Vec<Truth> {
        let homes = &self.homes;
        let judge = || homes.iter().map(|(_, labels, _)| selector.matches(labels)).collect();
        self.namespaces.entry(selector_key(selector)).or_insert_with(judge).clone()
    }

    /// The classes. `names` are the names of ports that policies use.
    pub fn classes(self, names: &BTreeSet<&str>) -> Classes {
        let workloads = &self.cluster.workloads;
        let mut ids: HashMap<String, u32> = HashMap::new();
        let signatures = workloads.iter().map(|one| signature(one, names));
        let signatures = signatures.chain(["pod of which nothing is known".to_owned()]);
        let mut of: Vec<u32> = signatures
            .map(|signature| {
                let next = ids.len() as u32;
                *ids.entry(signature).or_insert(next)
            })
            .collect();
        let mut next = ids.len() as u32;
        for members in self.members.iter().filter(|members| !members.every) {
            let mut split: HashMap<(u32, bool), u32> = HashMap::new();
            for &(id, sure) in &members.listed {
                let class = &mut of[id as usize];
                *class = *split.entry((*class, sure)).or_insert_with(|| {
                    next += 1;
                    next - 1
                });
            }
        }
        // Numbered by their first workload, so that nothing depends on how they were found.
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        let (mut first, mut grouped) = (Vec::new(), Vec::new());
        for (id, class) in of.iter_mut().enumerate() {
            let number = *numbers.entry(*class).or_insert_with(|| {
                first.push(id);
                grouped.push(Vec::new());
                first.len() as u32 - 1
            });
            *class = number;
            if id < workloads.len() {
                grouped[number as usize].push(id);
            }
        }
        let scopes = self.members.into_iter().map(|members| {
            let mut listed: Vec<(u32, bool)> =
                members.listed.into_iter().map(|(id, sure)| (of[id as usize], sure)).collect();
            listed.sort_unstable();
            listed.dedup();
            Members { every: members.every, listed }
        });
        Classes { scopes: scopes.collect(), of, first, workloads: grouped }
    }
}

/// The labels of a namespace. One that is closed and not declared has no labels but its name.
pub fn labels<'a>(cluster: &Cluster<'a>, home: &Home<'a>) -> Labels<'a> {
    let labels = cluster.namespace_labels(home);
    let declared = cluster.namespace(home).is_some_and(|one| one.resource.is_some());
    if let Home::Named(name) = home
        && !declared
        && cluster.closed(home)
    {
        let mut labels = Labels::default();
        labels.set(NAME_LABEL, Label::Known(name.clone()));
        return labels;
    }
    labels
}

/// What else than its scopes tells a workload from others.
fn signature(workload: &Workload<'_>, names: &BTreeSet<&str>) -> String {
    let mut text = format!("{:?}", workload.host_network);
    for port in &workload.ports {
        if port.open_name || port.name.as_deref().is_some_and(|name| names.contains(name)) {
            let _ = write!(text, "|{:?} {:?} {:?}", port.name, port.number, port.protocol);
        }
    }
    if workload.open_ports {
        text.push_str("|open");
    }
    text
}

/// A text that is the same for scopes that say the same.
fn key_of(scope: &Scope<'_>) -> String {
    let mut key = match &scope.namespaces {
        Namespaces::One(Home::Named(name)) => format!("={name}"),
        Namespaces::One(Home::Unwritten) => "=".to_owned(),
        Namespaces::One(Home::Unknown) => "?".to_owned(),
        Namespaces::Every => "*".to_owned(),
        Namespaces::Selected(selector) => format!("[{}]", selector_key(selector)),
    };
    let _ = write!(key, "/{:?}/", scope.hosts);
    if let Some(pods) = &scope.pods {
        key.push_str(&selector_key(pods));
    }
    if let Some(condition) = &scope.condition {
        let _ = write!(key, "/{}", condition.key());
    }
    key
}

fn selector_key(selector: &Selector<'_>) -> String {
    let one = |one: &crate::model::selector::Requirement<'_>| {
        let mut values = one.values.clone();
        values.sort_unstable();
        format!("{:?}{:?}{values:?}{}", one.key, one.operator, one.open)
    };
    let mut parts: Vec<String> = selector.requirements.iter().map(one).collect();
    parts.sort_unstable();
    format!("{}{}", parts.join("&"), if selector.open { "…" } else { "" })
}
