//! Runs one declarative rule over one root.

use super::matcher::{Expressions, Subject};
use super::rule::{Declarative, Each, Rule};
use super::sink::{Raw, Sink};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;

/// Finds what the rule's card describes; returns how many evaluations unknown values left open.
pub fn run<'r>(
    rule: &'static Rule,
    check: &'static Declarative,
    root: &'r Root<'r>,
    expressions: &'r Expressions,
    out: &mut Vec<Raw>,
) -> usize {
    let mut sink = Sink::new(rule, root, out);
    match &check.each {
        Each::Kind { kinds, groups } => {
            for kind in *kinds {
                for &at in root.kind(kind) {
                    let resource = root.resources[at];
                    let object = resource.object().expect("indexed by kind");
                    if groups.is_empty() || groups.contains(&object.group.as_str()) {
                        judge(check, at, "", root.cursor(resource), expressions, &mut sink);
                    }
                }
            }
        }
        Each::Terraform(types) => {
            blocks(check, Category::Managed, types, root, expressions, &mut sink);
        }
        Each::TerraformData(types) => {
            blocks(check, Category::Data, types, root, expressions, &mut sink);
        }
        Each::TerraformProvider(names) => {
            blocks(check, Category::Provider, names, root, expressions, &mut sink);
        }
        Each::View(name) => {
            for element in root.view(name) {
                let cursor = element.cursor(root);
                judge(check, element.resource, &element.label, cursor, expressions, &mut sink);
            }
        }
    }
    sink.unknowns
}

fn blocks<'r>(
    check: &'static Declarative,
    category: Category,
    types: &[&str],
    root: &'r Root<'r>,
    expressions: &'r Expressions,
    sink: &mut Sink<'_, 'r>,
) {
    for kind in types {
        for &at in root.terraform(category, kind) {
            judge(check, at, "", root.cursor(root.resources[at]), expressions, sink);
        }
    }
}

fn judge<'r>(
    check: &'static Declarative,
    resource: usize,
    element: &str,
    cursor: Cursor<'r>,
    expressions: &'r Expressions,
    sink: &mut Sink<'_, 'r>,
) {
    let root = sink.root();
    let subject = Subject { cursor, resource: root.resources[resource], root, expressions };
    let mut verdict = subject.holds(&check.when, cursor);
    if verdict == Truth::True
        && let Some(unless) = &check.unless
    {
        verdict = !subject.holds(unless, cursor);
    }
    match verdict {
        Truth::False => return,
        Truth::Unknown => return sink.unknown(),
        Truth::True => {}
    }
    let targets =
        check.point_at.iter().map(|path| subject.targets(path, Some(&check.when), cursor));
    let existing = targets
        .map(|found| {
            found.into_iter().filter(|t| t.at.shape() != Shape::Absent).collect::<Vec<_>>()
        })
        .find(|found| !found.is_empty());
    let words = [("element", element)];
    if let Some(found) = existing {
        for target in found {
            sink.report(resource, target.at, None, &words);
        }
        return;
    }
    let first = check.point_at[0];
    let mut absent = subject.targets(first, Some(&check.when), cursor);
    if absent.is_empty() {
        absent.push(subject.stem(first));
    }
    for target in absent {
        sink.report(resource, target.at, subject.missing(&target), &words);
    }
}
