//! What else than two label selectors can say which pods are meant: logic over the labels of a pod,
//! of its namespace and of its account, three-valued. Knows no language that says so.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::namespace::{Home, NAME_LABEL};
use crate::model::kubernetes::pods::Workload;
use crate::model::selector::{Label, Labels, Operator, Requirement};
use std::borrow::Cow;

/// Whose labels count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The pod's (or whatever else is selected).
    Pod,
    /// Its namespace's; `NAME_LABEL` is its name.
    Namespace,
    /// Its service account's; `NAME_LABEL` is its name.
    Account,
}

/// How the text of a label compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Affix {
    /// It begins so.
    Start,
    /// It ends so.
    End,
    /// It holds that.
    Middle,
}

/// A condition on what is selected.
#[derive(Clone)]
pub enum Condition<'a> {
    /// A requirement on labels.
    Meets(Holder, Requirement<'a>),
    /// A label is there, and its text is like this.
    Like(Holder, Cow<'a, str>, Affix, Cow<'a, str>),
    /// Every one.
    All(Vec<Self>),
    /// At least one.
    Any(Vec<Self>),
    /// Not this one.
    Not(Box<Self>),
    /// It cannot be told.
    Unknown,
}

/// The labels that conditions are about.
#[derive(Clone, Default)]
pub struct Bearer<'a> {
    /// Its own.
    pub own: Labels<'a>,
    /// Its namespace's.
    pub namespace: Labels<'a>,
    /// Its account's.
    pub account: Labels<'a>,
}

impl<'a> Bearer<'a> {
    /// A pod of which nothing is known: its namespace and account have names.
    pub fn unknown() -> Self {
        let mut named = Labels::unknown();
        named.set(NAME_LABEL, Label::Valued);
        Self { own: Labels::unknown(), namespace: named.clone(), account: named }
    }

    /// The pods of a workload. `namespace` are the labels of its namespace.
    pub fn pod(cluster: &Cluster<'a>, workload: &Workload<'a>, namespace: &Labels<'a>) -> Self {
        let mut namespace = namespace.clone();
        namespace.add(NAME_LABEL, Label::Valued);
        let name = workload.account.name();
        let found = name.map(|name| cluster.account(&workload.home, name));
        let mut account = match found {
            Some((Truth::True, Some(at))) => {
                Labels::read(cluster.accounts[at].at.key("metadata").key("labels"))
            }
            _ => Labels::unknown(),
        };
        let name = name.map(|name| Label::Known(Cow::Owned(name.to_owned())));
        account.set(NAME_LABEL, name.unwrap_or(Label::Valued));
        Self { own: workload.labels.clone(), namespace, account }
    }

    fn labels(&self, holder: Holder) -> &Labels<'a> {
        match holder {
            Holder::Pod => &self.own,
            Holder::Namespace => &self.namespace,
            Holder::Account => &self.account,
        }
    }
}

impl<'a> Condition<'a> {
    /// A requirement on one label.
    pub fn label(
        holder: Holder,
        key: impl Into<Cow<'a, str>>,
        operator: Operator,
        values: Vec<Cow<'a, str>>,
        at: Cursor<'a>,
    ) -> Self {
        Self::Meets(holder, Requirement { key: key.into(), operator, values, open: false, at })
    }

    /// Of what is in a namespace.
    pub fn in_home(home: &Home<'a>, at: Cursor<'a>) -> Self {
        match home {
            Home::Named(name) => {
                Self::label(Holder::Namespace, NAME_LABEL, Operator::In, vec![name.clone()], at)
            }
            Home::Unwritten | Home::Unknown => Self::Unknown,
        }
    }

    /// Whether it holds.
    pub fn holds(&self, bearer: &Bearer<'_>) -> Truth {
        match self {
            Self::Meets(holder, requirement) => requirement.matches(bearer.labels(*holder)),
            Self::Like(holder, key, affix, text) => match bearer.labels(*holder).get(key) {
                Some(Label::Known(own)) => Truth::of(match affix {
                    Affix::Start => own.starts_with(&**text),
                    Affix::End => own.ends_with(&**text),
                    Affix::Middle => own.contains(&**text),
                }),
                Some(_) => Truth::Unknown,
                None => bearer.labels(*holder).has(key),
            },
            Self::All(all) => Truth::all(all.iter().map(|one| one.holds(bearer))),
            Self::Any(any) => Truth::any(any.iter().map(|one| one.holds(bearer))),
            Self::Not(one) => !one.holds(bearer),
            Self::Unknown => Truth::Unknown,
        }
    }

    /// Whether another one surely holds wherever this one may, by what is written.
    pub fn implies(&self, other: &Self) -> bool {
        let same = || self.is_told() && other.is_told() && self.key() == other.key();
        let within = || match (self, other) {
            (_, Self::All(all)) => all.iter().all(|one| self.implies(one)),
            (Self::Any(any), _) => !any.is_empty() && any.iter().all(|one| one.implies(other)),
            (Self::All(all), _) if all.iter().any(|one| one.implies(other)) => true,
            (_, Self::Any(any)) => any.iter().any(|one| self.implies(one)),
            (Self::Not(own), Self::Not(other)) => other.implies(own),
            (Self::Meets(holder, own), Self::Meets(others, other)) if holder == others => {
                let told = own.key == other.key && !own.open && !other.open;
                let listed = own.operator == Operator::In;
                told && listed
                    && match other.operator {
                        Operator::In => own.values.iter().all(|one| other.values.contains(one)),
                        Operator::Exists => true,
                        _ => false,
                    }
            }
            _ => false,
        };
        same() || within()
    }

    /// Whether all of it can be told.
    fn is_told(&self) -> bool {
        match self {
            Self::Meets(_, requirement) => !requirement.open,
            Self::Like(..) => true,
            Self::All(all) | Self::Any(all) => all.iter().all(Self::is_told),
            Self::Not(one) => one.is_told(),
            Self::Unknown => false,
        }
    }

    /// A text that is the same for conditions that say the same.
    pub fn key(&self) -> String {
        let each = |all: &[Self]| all.iter().map(Self::key).collect::<Vec<_>>().join(",");
        match self {
            Self::Meets(holder, one) => {
                format!("{holder:?}{:?}{:?}{:?}{}", one.key, one.operator, one.values, one.open)
            }
            Self::Like(holder, key, affix, text) => format!("{holder:?}{key:?}{affix:?}{text:?}"),
            Self::All(all) => format!("&({})", each(all)),
            Self::Any(any) => format!("|({})", each(any)),
            Self::Not(one) => format!("!{}", one.key()),
            Self::Unknown => "?".to_owned(),
        }
    }
}
