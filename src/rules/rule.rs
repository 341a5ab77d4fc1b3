//! The compiled form of a card: static tables written by `build.rs`, nothing to parse at start.

use super::card::{Account, Limit, Part, Platform, Precision, Profile, Severity, Status, Typed};

/// A compiled rule.
#[derive(Debug)]
pub struct Rule {
    /// `ZT-NET-005`.
    pub id: &'static str,
    /// `networkpolicy-allows-all-ingress`.
    pub name: &'static str,
    /// One line.
    pub title: &'static str,
    /// `NET`.
    pub family: &'static str,
    /// Severity by consequence.
    pub severity: Severity,
    /// How often true in the field.
    pub precision: Precision,
    /// What it reads.
    pub platforms: &'static [Platform],
    /// Profiles with it.
    pub profiles: &'static [Profile],
    /// Maturity.
    pub status: Status,
    /// First version.
    pub since: &'static str,
    /// Former names.
    pub aliases: &'static [&'static str],
    /// Ids of rules that say less of the same.
    pub supersedes: &'static [&'static str],
    /// Why it matters.
    pub rationale: &'static str,
    /// What to do.
    pub remediation: &'static str,
    /// Sources.
    pub references: &'static [&'static str],
    /// Frameworks and their items.
    pub controls: &'static [(&'static str, &'static [&'static str])],
    /// Message with placeholders.
    pub message: &'static str,
    /// Whether findings in the system scope are shown.
    pub judges_system: bool,
    /// The condition.
    pub check: Check,
}

impl Rule {
    /// Whether its places hold secrets.
    pub fn is_about_secrets(&self) -> bool {
        self.family == "CRD"
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

/// How a rule decides.
#[derive(Debug)]
pub enum Check {
    /// By a function in `rules/code`.
    Code(&'static str),
    /// By conditions.
    Declarative(Declarative),
}

/// A declarative check.
#[derive(Debug)]
pub struct Declarative {
    /// What is looked at.
    pub each: Each,
    /// Must be true.
    pub when: Condition,
    /// Must be false.
    pub unless: Option<Condition>,
    /// Must be missing.
    pub without: Option<&'static Without>,
    /// The finding's place.
    pub point_at: &'static [Path],
}

/// What a declarative check looks at.
#[derive(Debug)]
pub enum Each {
    /// Kubernetes kinds; no groups means any.
    Kind {
        /// Kinds.
        kinds: &'static [&'static str],
        /// Groups.
        groups: &'static [&'static str],
    },
    /// Terraform managed resources.
    Terraform(&'static [&'static str]),
    /// Terraform data sources.
    TerraformData(&'static [&'static str]),
    /// Terraform providers.
    TerraformProvider(&'static [&'static str]),
    /// A model view.
    View(&'static str),
}

/// Resources of which none may name what is looked at.
#[derive(Debug)]
pub struct Without {
    /// Those that would.
    pub named_by: &'static [Source],
    /// The argument whose text they may name it by; empty if none.
    pub known_as: &'static str,
    /// Which part of an identifier that text is.
    pub part: Option<Part>,
    /// What a finding takes for granted.
    pub assumption: &'static str,
}

/// Resources that say by an attribute which other resource they are for.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Their type.
    pub kind: &'static str,
    /// The attributes; any of them may name the resource. `block.attribute` is one of a block.
    pub attributes: &'static [&'static str],
    /// By which argument resources of other types lead to a wanted one; may be empty.
    pub via: &'static str,
}

/// A path: steps from the element.
pub type Path = &'static [Step];

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key.
    Key(&'static str),
    /// An element.
    Index(u32),
    /// Every element.
    Each,
    /// The resource.
    Up,
    /// The values of a map whose keys an expression matches: pattern and slot. The last step of what
    /// is quantified over, only.
    Keyed(&'static str, usize),
}

/// A condition.
#[derive(Debug)]
pub enum Condition {
    /// Conjunction.
    All(&'static [Condition]),
    /// Disjunction.
    Any(&'static [Condition]),
    /// Negation.
    Not(&'static Condition),
    /// Some element.
    AnyOf(Path, &'static Condition),
    /// Every element.
    AllOf(Path, &'static Condition),
    /// No element.
    NoneOf(Path, &'static Condition),
    /// A predicate on the value at a path.
    Test {
        /// The value.
        path: Path,
        /// What is asked.
        predicate: Predicate,
        /// How both sides are read.
        typed: Option<Typed>,
        /// What absence means.
        defaults: &'static [Default],
    },
}

/// A default value of the API.
#[derive(Debug)]
pub struct Default {
    /// The value.
    pub value: Scalar,
    /// Provider versions, such as `< 4.0`; empty for all.
    pub provider: &'static str,
}

/// A predicate.
#[derive(Debug)]
pub enum Predicate {
    /// Same scalar.
    Equals(Scalar),
    /// One of.
    In(&'static [Scalar]),
    /// Present.
    Exists,
    /// Not present.
    Absent,
    /// Regular expression: pattern and its slot in the table of compiled ones.
    Matches(&'static str, usize),
    /// Below.
    LessThan(Scalar),
    /// Above.
    GreaterThan(Scalar),
    /// Above a limit of the configuration, or the rule's own.
    Exceeds(Limit, &'static str),
    /// Own or foreign account.
    Account(Account),
    /// List element or substring.
    Contains(Scalar),
    /// Elements.
    CountEquals(u64),
    /// Elements.
    CountLessThan(u64),
    /// Elements.
    CountGreaterThan(u64),
    /// CIDR measure.
    CoversInternet,
    /// Any of these ports.
    IncludesPort(&'static [u16]),
}

/// A scalar of a card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// Truth value.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Number.
    Float(f64),
    /// Text.
    Text(&'static str),
}
