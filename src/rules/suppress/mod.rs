//! Suppressions: comments, annotations and entries of the configuration that hide findings, what
//! they cover, what they must say, and what is wrong with them. One that is malformed, expired or
//! breaks the configuration's demands hides nothing and is itself a finding.

pub mod annotation;
pub mod apply;
pub mod comment;
pub mod entry;
pub mod grammar;
pub mod peer;

use super::date::Date;
use super::rule::Rule;
use crate::input::source::{Place, Span};
use entry::{Entries, Target};
use peer::Peer;

/// The rule about suppressions that have ended.
pub const EXPIRED: &str = "ZT-POL-018";

/// The rule about suppressions that are not valid.
pub const MALFORMED: &str = "ZT-POL-021";

/// The rule about suppressions that hide nothing.
pub const UNUSED: &str = "ZT-POL-022";

/// What the configuration and the command line say about suppressions.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Comments and annotations do not count.
    pub entries_only: bool,
    /// Each must give a reason.
    pub require_reason: bool,
    /// Each must name its last day.
    pub require_expiry: bool,
    /// Days from today within which its last day must lie; none for any number.
    pub max_days: Option<u64>,
    /// Scanners whose suppressions count.
    pub peers: Vec<Peer>,
    /// `[[ignore]]`.
    pub entries: Option<Entries>,
}

/// Where a suppression is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// In a comment.
    Comment,
    /// In an annotation of an object.
    Annotation,
    /// In the configuration.
    Configuration,
}

impl Kind {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Annotation => "annotation",
            Self::Configuration => "configuration",
        }
    }
}

/// What tells suppressions apart: the place, and which one of those that are written there.
pub type Key = (Place, u32);

/// A suppression.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Where it is written; `place` names no other but for its `ordinal`.
    pub place: Place,
    /// Which of the suppressions of one text it is, from 0.
    pub ordinal: u32,
    /// In what.
    pub kind: Kind,
    /// The scanner it is written for; none for this one.
    pub peer: Option<Peer>,
    /// What it covers.
    pub reach: Reach,
    /// What it says.
    pub content: Content,
}

/// What a suppression covers.
#[derive(Clone, Debug)]
pub enum Reach {
    /// What begins in these parts of its own file.
    Spans(Vec<Span>),
    /// The object it is an annotation of, or only what stands in this part: its pod template.
    Object(Option<Place>),
    /// Files and resources by their names.
    Named(Target),
}

/// What a suppression says.
#[derive(Clone, Debug)]
pub enum Content {
    /// Which rules it is for, and on which terms.
    Terms(Terms),
    /// Why it cannot be read.
    Malformed(String),
}

/// What a suppression that can be read says.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// The rules.
    pub rules: Vec<&'static Rule>,
    /// Instances of Terraform resources that it is for, by address; empty for all.
    pub instances: Vec<String>,
    /// Last day it counts.
    pub until: Option<Date>,
    /// Why it is there.
    pub reason: Option<String>,
    /// Ids of another scanner that no rule corresponds to.
    pub strangers: Vec<String>,
    /// Whether it is for whatever its scanner finds there.
    pub blanket: bool,
    /// Which of the rules hid a finding, or would have if it held; as long as `rules`.
    pub used: Vec<bool>,
}

/// Whether a suppression counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Holds,
    /// Its last day has passed.
    Expired(Date),
    /// It cannot be read, or does not say what the configuration demands.
    Invalid(String),
}

impl Suppression {
    /// What tells it from others.
    pub fn key(&self) -> Key {
        (self.place, self.ordinal)
    }

    /// What it says, if it can be read.
    pub fn terms(&self) -> Option<&Terms> {
        match &self.content {
            Content::Terms(terms) => Some(terms),
            Content::Malformed(_) => None,
        }
    }

    /// Whether it counts today.
    pub fn standing(&self, policy: &Policy, today: Date) -> Standing {
        let terms = match &self.content {
            Content::Terms(terms) => terms,
            Content::Malformed(why) => return Standing::Invalid(why.clone()),
        };
        match terms.until {
            Some(day) if day < today => Standing::Expired(day),
            until => match policy.breach(terms.reason.as_deref(), until, today) {
                Some(why) => Standing::Invalid(why),
                None => Standing::Holds,
            },
        }
    }

    /// What is wrong with it: rule id and a word for the message. `active` are the rules that ran.
    fn faults(
        &self,
        active: &[&'static Rule],
        policy: &Policy,
        today: Date,
    ) -> Vec<(&'static str, String)> {
        let used = || self.terms().is_some_and(|terms| terms.used.contains(&true));
        match (self.standing(policy, today), &self.content) {
            // One of another scanner matters where it would hide something.
            (Standing::Invalid(why), _) if self.peer.is_some() && used() => vec![(MALFORMED, why)],
            _ if self.peer.is_some() => Vec::new(),
            (Standing::Invalid(why), _) => vec![(MALFORMED, why)],
            (Standing::Expired(day), _) => vec![(EXPIRED, day.to_string())],
            (Standing::Holds, Content::Terms(Terms { rules, used, .. })) => {
                let unused =
                    rules.iter().zip(used).filter(|(rule, used)| !**used && active.contains(rule));
                unused.map(|(rule, _)| (UNUSED, rule.id.to_owned())).collect()
            }
            (Standing::Holds, Content::Malformed(_)) => Vec::new(),
        }
    }
}

impl Policy {
    /// What the configuration demands and is not said. The words stay the same from day to day.
    fn breach(&self, reason: Option<&str>, until: Option<Date>, today: Date) -> Option<String> {
        if self.require_reason && reason.is_none() {
            return Some("the configuration demands a reason, and it gives none".to_owned());
        }
        let Some(until) = until else {
            let demanded = self.require_expiry || self.max_days.is_some();
            return demanded.then(|| {
                "the configuration demands a last day (`until`), and it names none".to_owned()
            });
        };
        let away = u64::try_from(until.days_from(today)).unwrap_or(0);
        let limit = self.max_days.filter(|limit| away > *limit);
        limit.map(|limit| {
            format!("{until} is more than the {limit} days away that the configuration allows")
        })
    }
}
