//! The ends of a rule of Cilium's: pods by labels, entities, addresses. Pods that Cilium manages are
//! known by their labels and never by their addresses; nodes, and pods on their node's network, are
//! known as entities.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::addresses::Range;
use crate::model::graph::condition::{Condition, Holder};
use crate::model::graph::network_policy::range;
use crate::model::graph::policy::{Block, Direction, Hosts, Namespaces, Peers, Scope};
use crate::model::kubernetes::namespace::{Home, NAME_LABEL};
use crate::model::selector::{Operator, Requirement, Selector};
use std::borrow::Cow;

/// What stands before the labels of a namespace, and the label that is its name.
const OF_NAMESPACE: &str = "io.cilium.k8s.namespace.labels.";
const NAMESPACE: &str = "io.kubernetes.pod.namespace";
const ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";

/// Beginnings of labels that are no part of a pod's identity, unless Cilium is told otherwise.
/// ("Limiting Identity-Relevant Labels".)
const UNSEEN: [&str; 10] = [
    "io.kubernetes",
    "kubernetes.io",
    "k8s.io",
    "io.cilium",
    "pod-template-",
    "controller-revision-hash",
    "annotation",
    "statefulset.kubernetes.io/",
    "batch.kubernetes.io/",
    "apps.kubernetes.io/",
];

/// The ends of a rule.
pub(super) struct Found<'a> {
    /// How many of the fields for them are used; a rule may use one.
    pub(super) kinds: usize,
    /// What they hold together.
    pub(super) peers: Peers<'a>,
}

#[derive(Default)]
struct List<'a> {
    every: bool,
    scopes: Vec<Scope<'a>>,
    blocks: Vec<Block>,
    open: bool,
}

/// The ends that a rule names; none where it has fields that are not known.
pub(super) fn read<'a>(
    rule: Cursor<'a>,
    direction: Direction,
    home: Option<&Home<'a>>,
) -> Option<Found<'a>> {
    let word = match direction {
        Direction::Egress => "to",
        Direction::Ingress => "from",
    };
    let (fields, open) = rule.entries();
    if open || !matches!(rule.shape(), Shape::Map | Shape::Absent) {
        return None;
    }
    let (mut list, mut kinds) = (List::default(), 0);
    for (key, at) in fields {
        let of = match key {
            "toPorts" | "icmps" | "authentication" => continue,
            key => key.strip_prefix(word)?,
        };
        let items = at.items();
        match of {
            "Endpoints" => items.known.iter().for_each(|at| list.endpoint(*at, home)),
            "Entities" => list.entities(&items.known),
            "CIDR" => items.known.iter().for_each(|at| list.cidr(*at)),
            "CIDRSet" => items.known.iter().for_each(|at| list.cidr_set(*at)),
            "FQDNs" | "Groups" => list.somewhere(),
            "Nodes" => list.hosts(Truth::Unknown),
            "Services" => list.open = true,
            "Requires" => continue,
            _ => return None,
        }
        if at.shape() == Shape::Absent {
            continue;
        }
        kinds += 1;
        // Whether an empty list is nobody, or says nothing, depends on the version.
        list.open |= items.open || items.known.is_empty();
    }
    let List { every, scopes, blocks, open } = list;
    let listed = Peers::Listed { scopes, blocks, open };
    let peers = if every && !open { Peers::Every } else { listed };
    Some(Found { kinds, peers })
}

/// The pods that a specification is for: of the policy's namespace, or of all.
pub(super) fn subject<'a>(at: Cursor<'a>, home: Option<&Home<'a>>) -> Scope<'a> {
    let mut read = Read::new(at);
    let Some(home) = home else {
        let namespaces = if read.namespace.is_empty() {
            Namespaces::Every
        } else {
            Namespaces::Selected(read.selector(true))
        };
        return read.scope(namespaces);
    };
    for requirement in std::mem::take(&mut read.namespace) {
        // A policy with a namespace is for no other one, whatever its selector says.
        let same = |value: &Cow<'a, str>| home.name() == Some(value);
        let own = requirement.operator == Operator::In && requirement.values.iter().all(same);
        read.unknown.push(match &*requirement.key {
            NAME_LABEL if own => continue,
            NAME_LABEL => Condition::Unknown,
            _ => Condition::Meets(Holder::Namespace, requirement),
        });
    }
    read.scope(Namespaces::One(home.clone()))
}

impl<'a> List<'a> {
    fn hosts(&mut self, some: Truth) {
        self.scopes.push(Scope::new(Namespaces::Every, None, Hosts::Only(some)));
    }

    fn world(&mut self, v6: bool, open: bool) {
        let range = Range::family(v6);
        self.blocks.push(Block { range, except: Vec::new(), open, pods: false });
    }

    /// Some addresses outside, or of nodes, that cannot be told.
    fn somewhere(&mut self) {
        self.world(false, true);
        self.world(true, true);
        self.hosts(Truth::Unknown);
    }

    fn addresses(&mut self, range: Option<Range>, except: Vec<Range>, open: bool) {
        match range {
            Some(range) => {
                self.blocks.push(Block { range, except, open, pods: false });
                // Nodes have addresses, which count where Cilium is told so.
                self.hosts(Truth::Unknown);
            }
            None => self.somewhere(),
        }
    }

    fn cidr(&mut self, at: Cursor<'a>) {
        self.addresses(range(at), Vec::new(), false);
    }

    fn cidr_set(&mut self, at: Cursor<'a>) {
        let holes = at.key("except").items();
        let except: Vec<Option<Range>> = holes.known.iter().map(|hole| range(*hole)).collect();
        let open = holes.open || except.contains(&None);
        self.addresses(range(at.key("cidr")), except.into_iter().flatten().collect(), open);
    }

    /// Entities. One that stands for no pod that is written, but that may be some pod here, is
    /// possible.
    fn entities(&mut self, listed: &[Cursor<'a>]) {
        let words: Vec<Option<Cow<'a, str>>> = listed.iter().map(Cursor::text).collect();
        let has = |word: &str| words.iter().flatten().any(|one| *one == word);
        let nodes = Truth::of(has("host") && has("remote-node")).or(Truth::Unknown);
        for word in &words {
            match word.as_deref() {
                Some("all") => self.every = true,
                Some("world") => {
                    self.world(false, false);
                    self.world(true, false);
                }
                Some("world-ipv4") => self.world(false, false),
                Some("world-ipv6") => self.world(true, false),
                Some("cluster") => {
                    self.scopes.push(Scope::new(Namespaces::Every, None, Hosts::Alike));
                }
                Some("host" | "remote-node") => self.hosts(nodes),
                Some("kube-apiserver") => self.somewhere(),
                Some("init" | "unmanaged" | "ingress") => {
                    let pods = Scope::new(Namespaces::Every, None, Hosts::Never);
                    self.scopes.push(pods.with(Some(Condition::Unknown)));
                }
                Some("health" | "none") => {}
                _ => self.open = true,
            }
        }
    }

    /// Pods by labels: of the policy's namespace, unless the selector names one, or labels of one.
    fn endpoint(&mut self, at: Cursor<'a>, home: Option<&Home<'a>>) {
        let read = Read::new(at);
        if let Some(entity) = &read.entity {
            match entity.strip_prefix("reserved:") {
                Some(word) if read.positive && read.count == 1 && !read.open => self.reserved(word),
                _ => self.open = true,
            }
            return;
        }
        let labelled = !read.namespace.is_empty() && !read.named;
        let namespaces = match (read.namespace.is_empty(), home) {
            (true, Some(home)) => Namespaces::One(home.clone()),
            (true, None) => Namespaces::Every,
            _ => Namespaces::Selected(read.selector(true)),
        };
        // What has no labels meets selectors that only say what labels are not: everything
        // outside does, where no namespace is asked for.
        let anywhere = read.named || labelled && home.is_some();
        if anywhere && !read.positive {
            self.somewhere();
        }
        self.scopes.push(read.scope(namespaces));
    }

    fn reserved(&mut self, word: &str) {
        match word {
            "world" => {
                self.world(false, false);
                self.world(true, false);
            }
            "host" | "remote-node" => self.hosts(Truth::Unknown),
            "health" | "none" => {}
            "kube-apiserver" => self.somewhere(),
            _ => self.open = true,
        }
    }
}

/// A selector of endpoints, its requirements sorted by whose labels they are about.
struct Read<'a> {
    at: Cursor<'a>,
    open: bool,
    namespace: Vec<Requirement<'a>>,
    pods: Vec<Requirement<'a>>,
    unknown: Vec<Condition<'a>>,
    /// Whether the name of a namespace is asked for.
    named: bool,
    /// Whether some label must be there.
    positive: bool,
    /// The label of an identity that Cilium reserves, if it is asked for.
    entity: Option<Cow<'a, str>>,
    /// How many requirements there are.
    count: usize,
}

impl<'a> Read<'a> {
    fn new(at: Cursor<'a>) -> Self {
        let (requirements, open) = match Selector::read(at) {
            Some(selector) => (selector.requirements, selector.open),
            None => (Vec::new(), false),
        };
        let mut read = Self {
            at,
            open,
            namespace: Vec::new(),
            pods: Vec::new(),
            unknown: Vec::new(),
            named: false,
            positive: false,
            entity: None,
            count: requirements.len(),
        };
        for requirement in requirements {
            read.add(&requirement);
        }
        read
    }

    fn add(&mut self, requirement: &Requirement<'a>) {
        let there = matches!(requirement.operator, Operator::In | Operator::Exists);
        self.positive |= there;
        let key = requirement.key.clone();
        let plain = key.strip_prefix("k8s:").or_else(|| key.strip_prefix("any:"));
        let plain = plain.unwrap_or(&key);
        let with =
            |key: &str| Requirement { key: Cow::Owned(key.to_owned()), ..requirement.clone() };
        if key.starts_with("reserved:") {
            self.entity = Some(key);
        } else if plain == NAMESPACE {
            self.named = true;
            self.namespace.push(with(NAME_LABEL));
        } else if let Some(label) = plain.strip_prefix(OF_NAMESPACE) {
            self.namespace.push(with(label));
        } else if plain == ACCOUNT {
            self.unknown.push(Condition::Meets(Holder::Account, with(NAME_LABEL)));
        } else if plain.contains(':')
            || UNSEEN.iter().any(|begin| plain.starts_with(begin))
            || plain.contains("beta.kubernetes.io")
        {
            self.unknown.push(Condition::Unknown);
        } else {
            self.pods.push(with(plain));
        }
    }

    /// The requirements on namespaces, or those on pods.
    fn selector(&self, namespaces: bool) -> Selector<'a> {
        let requirements = if namespaces { &self.namespace } else { &self.pods };
        let open = self.open && !namespaces;
        Selector { requirements: requirements.clone(), open, at: self.at }
    }

    /// The pods. Those on their node's network are none of Cilium's endpoints.
    fn scope(self, namespaces: Namespaces<'a>) -> Scope<'a> {
        let pods = self.selector(false);
        let condition = (!self.unknown.is_empty()).then_some(Condition::All(self.unknown));
        Scope::new(namespaces, Some(pods), Hosts::Never).with(condition)
    }
}
