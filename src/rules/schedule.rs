//! Which rules look at what: rules are indexed by the kinds they name, and each resource is judged
//! by all of its rules in one go, while its syntax is at hand.

use super::code::{self, Function};
use super::declarative::{judge, judge_unnamed};
use super::expression::Expressions;
use super::published::Traffic;
use super::reference::assume;
use super::rule::{Check, Declarative, Each, Rule, Without};
use super::secret::literals::Literals;
use super::sink::{Raw, Sink};
use crate::model::resource::Category;
use crate::model::root::{Root, VIEWS};
use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

type Checks = Vec<(&'static Rule, &'static Declarative)>;

/// The selected rules by what they look at.
pub struct Schedule {
    kinds: HashMap<&'static str, Checks>,
    blocks: HashMap<(Category, &'static str), Checks>,
    patterns: Vec<Pattern>,
    views: [Checks; VIEWS.len()],
    /// Rules about resources that no other resource names.
    unnamed: Vec<Unnamed>,
    /// Code rules that look at each Kubernetes object by itself.
    by_object: Vec<(&'static Rule, Function)>,
    /// The other code rules.
    by_root: Vec<(&'static Rule, Function)>,
    expressions: Expressions,
    literals: Literals,
}

/// A rule about resources of some types that no other resource names.
struct Unnamed {
    rule: &'static Rule,
    check: &'static Declarative,
    types: &'static [&'static str],
    without: &'static Without,
}

/// A rule about every type that begins and ends like this and is not left out by an `!`.
struct Pattern {
    category: Category,
    ends: (&'static str, &'static str),
    types: &'static [&'static str],
    check: (&'static Rule, &'static Declarative),
}

impl Pattern {
    fn matches(&self, category: Category, kind: &str) -> bool {
        let ends = || {
            let rest = kind.strip_prefix(self.ends.0);
            rest.is_some_and(|rest| rest.ends_with(self.ends.1))
        };
        category == self.category
            && ends()
            && !self.types.iter().any(|other| other.strip_prefix('!') == Some(kind))
    }
}

/// What one task found, and how many evaluations unknown values left open.
pub type Findings = (Vec<Raw>, usize);

impl Schedule {
    /// Indexes rules.
    pub fn new(rules: &[&'static Rule], expressions: Expressions) -> Self {
        let mut schedule = Self {
            kinds: HashMap::new(),
            blocks: HashMap::new(),
            patterns: Vec::new(),
            views: std::array::from_fn(|_| Vec::new()),
            unnamed: Vec::new(),
            by_object: Vec::new(),
            by_root: Vec::new(),
            expressions,
            literals: Literals::default(),
        };
        for &rule in rules {
            let check = match &rule.check {
                Check::Code(name) => {
                    let by_object = code::by_object(name);
                    let list =
                        if by_object { &mut schedule.by_object } else { &mut schedule.by_root };
                    list.extend(code::function(name).map(|function| (rule, function)));
                    continue;
                }
                Check::Declarative(check) => check,
            };
            if let (Each::Terraform(types), Some(without)) = (&check.each, check.without) {
                schedule.unnamed.push(Unnamed { rule, check, types, without });
                continue;
            }
            let (category, types) = match &check.each {
                Each::Kind { kinds, .. } => {
                    for kind in *kinds {
                        schedule.kinds.entry(kind).or_default().push((rule, check));
                    }
                    continue;
                }
                Each::View(name) => {
                    if let Some(at) = VIEWS.iter().position(|view| view == name) {
                        schedule.views[at].push((rule, check));
                    }
                    continue;
                }
                Each::Terraform(types) => (Category::Managed, types),
                Each::TerraformData(types) => (Category::Data, types),
                Each::TerraformProvider(names) => (Category::Provider, names),
            };
            for kind in *types {
                if let Some(ends) = kind.split_once('*') {
                    let check = (rule, check);
                    schedule.patterns.push(Pattern { category, ends, types, check });
                } else if !kind.starts_with('!') {
                    schedule.blocks.entry((category, kind)).or_default().push((rule, check));
                }
            }
        }
        schedule
    }

    /// What each object says by itself, whatever root it is judged in: all that declarative rules
    /// find in Kubernetes, and what the code rules find that look at one object at a time. One
    /// entry for each resource of a root without Terraform blocks.
    pub fn objects<'r>(&'r self, root: &'r Root<'r>) -> Vec<Findings> {
        let mut found = self.declared(root);
        for (raws, unknowns) in self.code(&self.by_object, root, &Traffic::default()) {
            debug_assert_eq!(unknowns, 0, "a rule about literals leaves nothing open");
            for raw in raws {
                found[raw.resource].0.push(raw);
            }
        }
        found
    }

    /// Everything else that the rules find in a root, in an order that does not depend on threads. The
    /// graph is built when a rule asks for it.
    pub fn run<'r>(&'r self, root: &'r Root<'r>, traffic: &Traffic<'r>) -> Vec<Findings> {
        let mut found = self.code(&self.by_root, root, traffic);
        if root.resources.iter().any(|resource| resource.block().is_some()) {
            found.extend(self.declared(root));
            found.extend(self.unnamed(root));
            // What Terraform makes is judged with its root, which is evaluated only once.
            found.extend(self.code(&self.by_object, root, traffic));
        }
        found
    }

    /// What code rules find in a root.
    fn code<'r>(
        &'r self,
        rules: &[(&'static Rule, Function)],
        root: &'r Root<'r>,
        traffic: &Traffic<'r>,
    ) -> Vec<Findings> {
        let found = rules.par_iter().map(|(rule, function)| {
            let mut out = Vec::new();
            let sink = Sink::new(rule, root, &mut out);
            let mut sink = sink.with_traffic(traffic).with_literals(&self.literals);
            function(root, &mut sink);
            let unknowns = sink.unknowns;
            (out, unknowns)
        });
        found.collect()
    }

    /// The resources that no other names.
    fn unnamed<'r>(&'r self, root: &'r Root<'r>) -> Vec<Findings> {
        let found = self.unnamed.par_iter().map(|Unnamed { rule, check, types, without }| {
            let mut out = Vec::new();
            let mut sink = Sink::new(rule, root, &mut out);
            judge_unnamed(check, without, types, &self.expressions, &mut sink);
            let unknowns = sink.unknowns;
            for raw in &mut out {
                assume(Some(raw), without.assumption);
            }
            (out, unknowns)
        });
        found.collect()
    }

    /// What declarative rules find in each resource.
    fn declared<'r>(&'r self, root: &'r Root<'r>) -> Vec<Findings> {
        let resources = (0..root.resources.len()).into_par_iter().with_min_len(64);
        let mut found: Vec<Findings> = resources.map(|at| self.resource(root, at)).collect();
        for (name, checks) in VIEWS.iter().zip(&self.views) {
            if checks.is_empty() {
                continue;
            }
            let elements = root.view(name).par_iter().with_min_len(16);
            let judged: Vec<Findings> = elements
                .map(|element| {
                    let mut found = (Vec::new(), 0);
                    let cursor = element.cursor(root);
                    for (rule, check) in checks {
                        let mut sink = Sink::new(rule, root, &mut found.0);
                        let (at, label) = (element.resource, &element.label);
                        judge(check, at, label, cursor, &self.expressions, &mut sink);
                        found.1 += sink.unknowns;
                    }
                    found
                })
                .collect();
            for (element, (raws, unknowns)) in root.view(name).iter().zip(judged) {
                let found = &mut found[element.resource];
                found.0.extend(raws);
                found.1 += unknowns;
            }
        }
        found
    }

    fn resource<'r>(&'r self, root: &'r Root<'r>, at: usize) -> Findings {
        let mut found = (Vec::new(), 0);
        let resource = root.resources[at];
        let checks = match (resource.object(), resource.block()) {
            (Some(object), _) => self.kinds.get(object.kind.as_str()),
            (_, Some(block)) => self.blocks.get(&(block.category, block.kind.as_str())),
            _ => None,
        };
        let patterns = resource.block().into_iter().flat_map(|block| {
            let matches = |one: &&Pattern| one.matches(block.category, &block.kind);
            self.patterns.iter().filter(matches)
        });
        let checks = checks.into_iter().flatten().copied();
        for (rule, check) in checks.chain(patterns.map(|pattern| pattern.check)) {
            if let (Each::Kind { groups, .. }, Some(object)) = (&check.each, resource.object())
                && !groups.is_empty()
                && !groups.contains(&object.group.as_str())
            {
                continue;
            }
            let mut sink = Sink::new(rule, root, &mut found.0);
            judge(check, at, "", root.cursor(resource), &self.expressions, &mut sink);
            found.1 += sink.unknowns;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{Category, Pattern};
    use crate::rules::catalog;
    use crate::rules::rule::{Check, Rule};

    #[test]
    fn a_pattern_is_every_type_but_those_left_out() {
        let declarative = |rule: &'static Rule| match &rule.check {
            Check::Declarative(check) => Some((rule, check)),
            Check::Code(_) => None,
        };
        let check = catalog::RULES.iter().find_map(declarative).expect("a declarative rule");
        let pattern = Pattern {
            category: Category::Managed,
            ends: ("google_", "_iam_member"),
            types: &["google_*_iam_member", "!google_storage_bucket_iam_member"],
            check,
        };
        for (category, kind, matches) in [
            (Category::Managed, "google_project_iam_member", true),
            (Category::Managed, "google_storage_bucket_iam_member", false),
            (Category::Managed, "google_project_iam_binding", false),
            (Category::Managed, "google_iam_member", false),
            (Category::Managed, "aws_iam_member", false),
            (Category::Data, "google_project_iam_member", false),
        ] {
            assert_eq!(pattern.matches(category, kind), matches, "{kind}");
        }
    }
}
