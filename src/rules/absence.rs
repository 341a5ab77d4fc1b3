//! Findings that rest on something not being written: how sure they are, and what they assume.

use super::finding::Confidence;
use super::sink::Raw;
use crate::model::kubernetes::cluster::Absence;
use crate::model::kubernetes::namespace::Home;

/// Marks a finding that rests on no other pods being in a namespace.
pub fn of_pods(finding: Option<&mut Raw>, absence: Absence, home: &Home<'_>) {
    of(finding, absence, || match home.name() {
        Some(name) => format!("no pods of namespace `{name}` are defined elsewhere"),
        None => "no pods of the namespace these manifests are applied to are defined elsewhere"
            .to_owned(),
    });
}

/// Marks a finding that rests on an absence.
pub fn of(finding: Option<&mut Raw>, absence: Absence, assumption: impl FnOnce() -> String) {
    if absence != Absence::Proven
        && let Some(raw) = finding
    {
        raw.confidence = Confidence::Possible;
        raw.assumption = Some(assumption());
    }
}
