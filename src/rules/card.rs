//! The rule card as written in `rules/<family>/<ID>-<name>.yaml`. `build.rs` includes this file by
//! path, so it uses nothing of the crate: only serde and the standard library.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One rule, everything about it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Card {
    /// `ZT-<FAMILY>-<NNN>`, permanent.
    pub id: String,
    /// Kebab-case, names the fault.
    pub name: String,
    /// One line for lists.
    pub title: String,
    /// `NET`, `MSH`, …
    pub family: String,
    /// By consequence.
    pub severity: Severity,
    /// How often a finding is true in the field.
    pub precision: Precision,
    /// Where the rule applies; each wants its own examples.
    pub platforms: Vec<Platform>,
    /// Profiles that include the rule.
    pub profiles: Vec<Profile>,
    /// Maturity.
    pub status: Status,
    /// First version with this rule.
    pub since: String,
    /// Former names.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Rules that say less of the same: their findings about the same resource at the same place
    /// are left out.
    #[serde(default)]
    pub supersedes: Vec<String>,
    /// Why it matters.
    pub rationale: String,
    /// What to do.
    pub remediation: String,
    /// Sources.
    pub references: Vec<String>,
    /// Control frameworks: name to items.
    pub controls: BTreeMap<String, Vec<String>>,
    /// One sentence per finding; `{resource}` and other placeholders are filled.
    pub message: String,
    /// What an unresolved value does; silence unless stated.
    #[serde(default)]
    pub on_unknown: OnUnknown,
    /// Whether the rule is about the cluster's own components, so that the system scope does not
    /// hide its findings.
    #[serde(default)]
    pub judges_system: bool,
    /// The condition.
    pub check: Check,
    /// Executed examples.
    pub examples: Vec<Example>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word used in cards, flags and reports.
            pub fn word(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
        }
    };
}

words! {
    /// Severity by consequence; ordered from harmless to worst.
    Severity {
        /// Worth knowing.
        Info = "info",
        /// Hygiene.
        Low = "low",
        /// Weakens a control.
        Medium = "medium",
        /// Opens a path or loses a control.
        High = "high",
        /// Reachable or usable by strangers now.
        Critical = "critical",
    }
}
words! {
    /// How often a finding is true in the field.
    Precision {
        /// Often debatable.
        Low = "low",
        /// Mostly true.
        Medium = "medium",
        /// Nearly always true.
        High = "high",
        /// Follows from the text alone.
        VeryHigh = "very-high",
    }
}
words! {
    /// What a rule reads.
    Platform {
        /// Kubernetes API objects and those of its controllers.
        Kubernetes = "kubernetes",
        /// Istio resources.
        Istio = "istio",
        /// Terraform, Amazon Web Services.
        Aws = "aws",
        /// Terraform, Microsoft Azure and Entra ID.
        Azure = "azure",
        /// Terraform, Google Cloud.
        Google = "google",
        /// Terraform itself: providers, backends, variables.
        Terraform = "terraform",
    }
}
words! {
    /// Named selections of rules.
    Profile {
        /// What nearly every team would fix.
        Default = "default",
        /// Everything.
        Strict = "strict",
    }
}
words! {
    /// Maturity of a rule.
    Status {
        /// Stays as it is.
        Stable = "stable",
        /// May change.
        Preview = "preview",
        /// Will go.
        Deprecated = "deprecated",
    }
}
/// What an unresolved value does to a rule.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnknown {
    /// No finding.
    #[default]
    Silent,
}

/// The condition: declarative, or the name of a function in `rules/code`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Check {
    /// Name of a function in `rules/code`; excludes every other field.
    pub code: Option<String>,
    /// What is looked at, one by one.
    pub each: Option<Each>,
    /// The finding's condition.
    pub when: Option<Condition>,
    /// A guard: no finding where it is not certainly false.
    pub unless: Option<Condition>,
    /// No finding where another resource names what is looked at.
    pub without: Option<Without>,
    /// First existing path is the finding's place; if none exists, the header of the innermost
    /// existing parent of the first path.
    #[serde(default)]
    pub point_at: Vec<String>,
}

/// What a declarative rule looks at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Each {
    /// Kubernetes kinds.
    pub kind: Option<OneOrMany<String>>,
    /// API groups for `kind`; the core group is `""`.
    pub group: Option<OneOrMany<String>>,
    /// Terraform managed resource types.
    pub terraform: Option<OneOrMany<String>>,
    /// Terraform data source types.
    pub terraform_data: Option<OneOrMany<String>>,
    /// Terraform provider configurations, by provider name.
    pub terraform_provider: Option<OneOrMany<String>>,
    /// A view that the model has joined.
    pub view: Option<String>,
}

/// Resources of which none names what is looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Without {
    /// Those that would do it.
    pub named_by: Vec<NamedBy>,
    /// The argument whose text they may name it by, too.
    pub known_as: Option<String>,
    /// Which part of an identifier that text is; all of it unless stated.
    pub part: Option<Part>,
    /// What a finding takes for granted about what is not shown.
    pub assumption: String,
}

/// Resources that name others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NamedBy {
    /// Their type.
    pub terraform: String,
    /// The arguments that may name it; `block.argument` is one of a block.
    pub at: OneOrMany<String>,
    /// The argument by which resources of other types lead to what is looked at.
    pub via: Option<String>,
}

words! {
    /// Parts of an identifier.
    Part {
        /// What follows the last `/`, whatever its case: the name of an Azure resource.
        Last = "last",
    }
}

/// A condition; exactly one form, or a path with its predicates.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Condition {
    /// Every one.
    pub all: Option<Vec<Condition>>,
    /// At least one.
    pub any: Option<Vec<Condition>>,
    /// The opposite.
    pub not: Option<Box<Condition>>,
    /// Some element satisfies `where`.
    pub any_of: Option<Box<Quantified>>,
    /// Every element satisfies `where` (true for no elements).
    pub all_of: Option<Box<Quantified>>,
    /// No element satisfies `where`.
    pub none_of: Option<Box<Quantified>>,
    /// The value that the predicates below look at.
    pub path: Option<String>,
    /// The same scalar.
    pub equals: Option<Scalar>,
    /// One of these scalars.
    #[serde(rename = "in")]
    pub one_of: Option<Vec<Scalar>>,
    /// Present and not null.
    pub exists: Option<bool>,
    /// Not written, or null.
    pub absent: Option<bool>,
    /// A regular expression found in the text.
    pub matches: Option<String>,
    /// Below the number (or duration, version with `as`).
    pub less_than: Option<Scalar>,
    /// Above the number.
    pub greater_than: Option<Scalar>,
    /// A duration above what the configuration allows.
    pub exceeds: Option<Exceeds>,
    /// An account number, or an ARN with one: whether it is the organisation's own or somebody
    /// else's. Neither where the configuration names no accounts.
    pub account: Option<Account>,
    /// A list holds the scalar, or a text holds the substring.
    pub contains: Option<Scalar>,
    /// Number of elements.
    pub count: Option<Count>,
    /// CIDR or list of CIDRs that covers at least half of the public addresses of a family.
    pub covers_internet: Option<bool>,
    /// A port, port range or list of them that includes one of these.
    pub includes_port: Option<OneOrMany<u16>>,
    /// How to read both sides.
    #[serde(rename = "as")]
    pub typed: Option<Typed>,
    /// What the API takes when nothing is written.
    pub default: Option<OneOrMany<DefaultValue>>,
}

/// A condition on the elements of a list or the values of a map.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Quantified {
    /// The list or map.
    pub path: String,
    /// Of a map, only the values whose keys this regular expression is found in.
    pub key: Option<String>,
    /// The condition on one element; its paths start at the element, `^` is the resource.
    #[serde(rename = "where")]
    pub condition: Condition,
}

/// Number of elements.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Count {
    /// Exactly.
    pub equals: Option<u64>,
    /// Fewer.
    pub less_than: Option<u64>,
    /// More.
    pub greater_than: Option<u64>,
}

/// A limit of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exceeds {
    /// Which one.
    pub limit: Limit,
    /// The rule's own limit, a duration, where the configuration sets none.
    pub otherwise: String,
}

words! {
    /// The limits that `[limits]` of the configuration sets.
    Limit {
        /// How old keys and secrets may get.
        RotationDays = "rotation-days",
        /// How long tokens may live.
        TokenSeconds = "token-seconds",
        /// How long sessions may last.
        SessionSeconds = "session-seconds",
    }
}
words! {
    /// Whose account.
    Account {
        /// One of `[cloud] own-accounts`.
        Own = "own",
        /// None of them.
        Foreign = "foreign",
    }
}

/// A default and where it is documented.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DefaultValue {
    /// The value.
    pub value: Scalar,
    /// Documentation that says so.
    pub source: String,
    /// Provider versions with this default: `< 4.0` or `>= 4.0`. Several defaults that disagree
    /// leave the result unknown unless the provider version is fixed.
    pub provider: Option<String>,
}

words! {
    /// How a value is read before it is compared.
    Typed {
        /// `90s`, `1h30m`, `720h`, `7d`: seconds.
        Duration = "duration",
        /// The same, a bare number being days.
        Days = "days",
        /// Dotted numbers.
        Version = "version",
        /// Text without regard to case.
        IgnoreCase = "ignore-case",
    }
}

/// One or many.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Many.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// As a slice.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A scalar in a card.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Scalar {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
}

/// An executed example.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Example {
    /// Text in which the rule fires on every marked line and nowhere else.
    pub bad: Option<Snippet>,
    /// Text in which the rule is silent.
    pub good: Option<Snippet>,
    /// A folder with several files and an `expect.yaml`.
    pub case: Option<String>,
}

/// An example's text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Snippet {
    /// Decides the file name: YAML or HCL.
    pub platform: Platform,
    /// Why it is good (or bad), where that is not plain.
    pub why: Option<String>,
    /// The manifest. `#~ ID` marks the line where the finding starts.
    pub text: String,
    /// Lines, where comments are impossible.
    #[serde(default)]
    pub expect: Vec<Expected>,
    /// What the configuration says.
    #[serde(default)]
    pub settings: Given,
}

/// The keys of the configuration that rules ask for, under the names they have there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Given {
    /// `[cloud] own-accounts`.
    pub own_accounts: Option<Vec<String>>,
    /// `[limits] rotation-days`.
    pub rotation_days: Option<u64>,
    /// `[limits] token-seconds`.
    pub token_seconds: Option<u64>,
    /// `[limits] session-seconds`.
    pub session_seconds: Option<u64>,
    /// Text of a ztlint.toml with `[[expect]]`; what is expected to be found is found there.
    pub expectations: Option<String>,
}

/// An expected finding.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expected {
    /// Line, from 1.
    pub line: u32,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// A key of a map, or of the only block of a repeated block after `[N]`.
    Key(String),
    /// `[N]`.
    Index(u32),
    /// `[*]`: every element.
    Each,
    /// `^`: the resource.
    Up,
}

/// Splits `spec."a.b/c"[0].x` into steps. The empty path and `.` are the element itself.
pub fn parse_path(text: &str) -> Result<Vec<PathStep>, String> {
    let mut steps = Vec::new();
    let mut rest = text.trim();
    if rest == "." {
        return Ok(steps);
    }
    if let Some(after) = rest.strip_prefix('^') {
        steps.push(PathStep::Up);
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let end = after.find(']').ok_or_else(|| format!("`{text}`: `[` without `]`"))?;
            steps.push(match &after[..end] {
                "*" => PathStep::Each,
                number => PathStep::Index(
                    number.parse().map_err(|_| format!("`{text}`: `[{number}]` is no index"))?,
                ),
            });
            rest = &after[end + 1..];
        } else if let Some(after) = rest.strip_prefix('"') {
            let end = after.find('"').ok_or_else(|| format!("`{text}`: unclosed quote"))?;
            steps.push(PathStep::Key(after[..end].to_owned()));
            rest = &after[end + 1..];
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("`{text}`: empty step"));
            }
            steps.push(PathStep::Key(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        if let Some(after) = rest.strip_prefix('.') {
            if after.is_empty() {
                return Err(format!("`{text}`: ends with a dot"));
            }
            rest = after;
        }
    }
    Ok(steps)
}
