//! Service accounts, roles and bindings: what an account may do. (RBAC authorization, Kubernetes
//! documentation.)

use super::namespace::Home;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::selector::Selector;
use std::borrow::Cow;

/// The API group of roles and bindings.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// A `ServiceAccount`.
#[derive(Clone)]
pub struct ServiceAccount<'a> {
    /// Its index in the root.
    pub resource: usize,
    /// Its namespace.
    pub home: Home<'a>,
    /// Its name, where known.
    pub name: Option<Cow<'a, str>>,
    /// The object.
    pub at: Cursor<'a>,
    /// `True`, or `Unknown` where it may not exist.
    pub present: Truth,
}

/// A Role or `ClusterRole`.
#[derive(Clone)]
pub struct Role<'a> {
    /// Its index in the root.
    pub resource: usize,
    /// Whether it is a `ClusterRole`.
    pub cluster: bool,
    /// A Role's namespace.
    pub home: Home<'a>,
    /// Its name, where known.
    pub name: Option<Cow<'a, str>>,
    /// Its `rules`.
    pub rules: Cursor<'a>,
    /// The selectors of its `aggregationRule`: the rules of `ClusterRole`s with such labels are its
    /// own. Empty where it has none.
    pub aggregates: Vec<Selector<'a>>,
    /// The object.
    pub at: Cursor<'a>,
    /// `True`, or `Unknown` where it may not exist.
    pub present: Truth,
}

/// A `RoleBinding` or `ClusterRoleBinding`.
#[derive(Clone)]
pub struct Binding<'a> {
    /// Its index in the root.
    pub resource: usize,
    /// Whether it is a `ClusterRoleBinding`: what it grants holds in every namespace.
    pub cluster: bool,
    /// A `RoleBinding`'s namespace: what it grants holds there, even if it names a `ClusterRole`.
    pub home: Home<'a>,
    /// Whether it names a `ClusterRole`; none where that cannot be told.
    pub cluster_role: Option<bool>,
    /// Name of the role, where known.
    pub role: Option<Cow<'a, str>>,
    /// Its `roleRef`.
    pub role_at: Cursor<'a>,
    /// Whom it is for.
    pub subjects: Vec<Subject<'a>>,
    /// Whether there may be further subjects.
    pub open: bool,
    /// `True`, or `Unknown` where it may not exist.
    pub present: Truth,
}

/// Whom a binding is for.
#[derive(Clone)]
pub struct Subject<'a> {
    /// `ServiceAccount`, `User` or `Group`, where known.
    pub kind: Option<Cow<'a, str>>,
    /// Its name, where known.
    pub name: Option<Cow<'a, str>>,
    /// A service account's namespace: the binding's own where none is written.
    pub home: Home<'a>,
    /// Where it is written.
    pub at: Cursor<'a>,
}

fn present(certain: bool) -> Truth {
    if certain { Truth::True } else { Truth::Unknown }
}

impl<'a> ServiceAccount<'a> {
    /// Reads a `ServiceAccount`.
    pub fn read(resource: usize, certain: bool, at: Cursor<'a>) -> Self {
        let name = at.key("metadata").key("name").text();
        Self { resource, home: Home::read(at), name, at, present: present(certain) }
    }
}

impl<'a> Role<'a> {
    /// Reads a Role or `ClusterRole`.
    pub fn read(resource: usize, certain: bool, cluster: bool, at: Cursor<'a>) -> Self {
        let selectors = at.key("aggregationRule").key("clusterRoleSelectors").items();
        Self {
            resource,
            cluster,
            home: Home::read(at),
            name: at.key("metadata").key("name").text(),
            rules: at.key("rules"),
            aggregates: selectors.known.into_iter().filter_map(Selector::read).collect(),
            at,
            present: present(certain),
        }
    }
}

impl<'a> Binding<'a> {
    /// Reads a `RoleBinding` or `ClusterRoleBinding`.
    pub fn read(resource: usize, certain: bool, cluster: bool, at: Cursor<'a>) -> Self {
        let home = Home::read(at);
        let reference = at.key("roleRef");
        let subjects = at.key("subjects").items();
        let subject = |at: Cursor<'a>| {
            let own = match Home::named(at.key("namespace")) {
                Home::Unwritten => home.clone(),
                named => named,
            };
            Subject { kind: at.key("kind").text(), name: at.key("name").text(), home: own, at }
        };
        Self {
            resource,
            cluster,
            cluster_role: match reference.key("kind").text().as_deref() {
                Some("ClusterRole") => Some(true),
                Some("Role") => Some(false),
                _ => None,
            },
            role: reference.key("name").text(),
            role_at: reference,
            subjects: subjects.known.into_iter().map(subject).collect(),
            open: subjects.open,
            home,
            present: present(certain),
        }
    }
}

impl Subject<'_> {
    /// Whether it is this account, by its own name or its user name. Groups of accounts are not
    /// looked at.
    pub fn is_account(&self, home: &Home<'_>, name: &str) -> Truth {
        let Some(kind) = self.kind.as_deref() else { return Truth::Unknown };
        match (kind, self.name.as_deref()) {
            ("ServiceAccount", Some(own)) if own != name => Truth::False,
            ("ServiceAccount", Some(_)) => self.home.same(home),
            ("User", Some(own)) => {
                match (own.strip_prefix("system:serviceaccount:"), home.name()) {
                    (None, _) => Truth::False,
                    (Some(own), Some(home)) => Truth::of(own == format!("{home}:{name}")),
                    (Some(own), None) if !own.ends_with(&format!(":{name}")) => Truth::False,
                    _ => Truth::Unknown,
                }
            }
            ("Group", _) => Truth::False,
            (_, None) => Truth::Unknown,
            _ => Truth::False,
        }
    }
}

/// Whether a rule's list (`verbs`, `resources`, `apiGroups`) holds one of these words, or `*`.
pub fn allows(list: Cursor<'_>, words: &[&str]) -> Truth {
    if list.shape() == Shape::Absent {
        return Truth::False;
    }
    let items = list.items();
    let known = Truth::any(items.known.iter().map(|item| match item.text() {
        Some(text) => Truth::of(text == "*" || words.contains(&&*text)),
        None => Truth::Unknown,
    }));
    if items.open { known.or(Truth::Unknown) } else { known }
}
