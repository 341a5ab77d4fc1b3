//! What a rule found: places, words and identity. Knows no output format.

use super::card::Severity;
use super::rule::Rule;
use crate::input::source::Place;
use std::fmt;
use std::str::FromStr;

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Rests on an absence in manifests that may not be all there is.
    Possible,
    /// Follows from what is written.
    Proven,
}

impl Confidence {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Proven => "proven",
        }
    }
}

/// A place that contributes to a finding, with its role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// A few words.
    pub text: String,
}

/// One concrete way in which what a finding says comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// One line: who sends, how, to which port of whom, and why it arrives.
    pub sentence: String,
    /// Who sends and which lines let it pass, in the order in which the connection meets them.
    pub steps: Vec<Label>,
}

/// One finding, after merging across roots.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The level in force (configuration may change the rule's own).
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The place to edit.
    pub primary: Place,
    /// One sentence, without line breaks.
    pub message: String,
    /// Contributing places, in order of telling.
    pub labels: Vec<Label>,
    /// A connection that shows it, for rules about who reaches whom.
    pub witness: Option<Witness>,
    /// Address of the resource: `networking.k8s.io/NetworkPolicy shop/web`, `aws_db_instance.main`.
    pub resource: String,
    /// Path inside the resource, normalised, such as `spec.ingress[0]`.
    pub path: String,
    /// The same as the fingerprint has it: without indices, such as `spec.ingress[]`, or by the
    /// names of the members, such as `containers[web].image`.
    pub at: String,
    /// What the result assumes, when it is only possible.
    pub assumption: Option<String>,
    /// Names of the roots it was found in, sorted; empty when the project has only one.
    pub roots: Vec<String>,
    /// Addresses of the instances it holds for, sorted, such as `module.db["eu"].aws_db_instance.a`;
    /// empty where that is the resource itself.
    pub instances: Vec<String>,
    /// `ztlint/v1`: stable across lines, roots and instances.
    pub fingerprint: Fingerprint,
}

impl Finding {
    /// Every contributing place: the labels, then those steps of the witness that stand elsewhere.
    pub fn related(&self) -> impl Iterator<Item = &Label> + Clone {
        let steps = self.witness.iter().flat_map(|witness| &witness.steps);
        let repeated = |step: &&Label| !self.labels.iter().any(|label| label.place == step.place);
        self.labels.iter().chain(steps.filter(repeated))
    }
}

/// The `ztlint/v1` fingerprint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = &'static str;

    /// Exactly as it is displayed.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let known = text.len() == 32 && text.bytes().all(digit);
        let number = known.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or("a fingerprint has 32 hexadecimal digits")
    }
}
