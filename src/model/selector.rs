//! Label sets and label selectors, three-valued: what is known of some labels decides where it can.
//! Knows no kind of resource.

use super::cursor::{Cursor, Shape};
use super::fact::Truth;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is known of one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label<'a> {
    /// It has this value.
    Known(Cow<'a, str>),
    /// It is there; its value cannot be told.
    Valued,
    /// Somebody else (a controller, a tool) may set it, to any value.
    Possible,
}

/// Labels (or annotations) of something: known entries, and whether there may be others.
#[derive(Clone, Debug, Default)]
pub struct Labels<'a> {
    entries: BTreeMap<Cow<'a, str>, Label<'a>>,
    open: bool,
}

impl<'a> Labels<'a> {
    /// The labels a map holds. Absent (or null): none. Unknown, or a map with keys that cannot be
    /// read: open.
    pub fn read(at: Cursor<'a>) -> Self {
        let mut labels = Self::default();
        match at.shape() {
            Shape::Absent => {}
            Shape::Map => {
                let (pairs, open) = at.entries();
                labels.open = open;
                for (key, value) in pairs {
                    // An API server refuses labels that are no texts; numbers and truth values are
                    // taken for the texts that were meant.
                    let label = match (value.shape(), value.text()) {
                        (Shape::Absent, _) => Label::Known(Cow::Borrowed("")),
                        (_, Some(text)) => Label::Known(text),
                        _ => Label::Valued,
                    };
                    labels.entries.insert(Cow::Borrowed(key), label);
                }
            }
            _ => labels.open = true,
        }
        labels
    }

    /// A set of which nothing is known.
    pub fn unknown() -> Self {
        Self { entries: BTreeMap::new(), open: true }
    }

    /// Adds a label, unless the key is written already.
    pub fn add(&mut self, key: impl Into<Cow<'a, str>>, label: Label<'a>) {
        self.entries.entry(key.into()).or_insert(label);
    }

    /// Sets a label, whatever is written.
    pub fn set(&mut self, key: impl Into<Cow<'a, str>>, label: Label<'a>) {
        self.entries.insert(key.into(), label);
    }

    /// Whether there may be labels beside the listed ones.
    pub fn open(&self) -> bool {
        self.open
    }

    /// Says that there may be other labels.
    pub fn leave_open(&mut self) {
        self.open = true;
    }

    /// What is known of a label; none where it is certainly (closed set) or possibly (open) absent.
    pub fn get(&self, key: &str) -> Option<&Label<'a>> {
        self.entries.get(key)
    }

    /// The value of a label, where it is known.
    pub fn value(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Label::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the label is there.
    pub fn has(&self, key: &str) -> Truth {
        match self.get(key) {
            Some(Label::Known(_) | Label::Valued) => Truth::True,
            Some(Label::Possible) => Truth::Unknown,
            None if self.open => Truth::Unknown,
            None => Truth::False,
        }
    }

    /// Whether the label is there with this value.
    pub fn is(&self, key: &str, value: &str) -> Truth {
        match self.get(key) {
            Some(Label::Known(known)) => Truth::of(known == value),
            Some(_) => Truth::Unknown,
            None if self.open => Truth::Unknown,
            None => Truth::False,
        }
    }

    /// Keys and what is known of each, by key.
    pub fn entries(&self) -> impl Iterator<Item = (&Cow<'a, str>, &Label<'a>)> {
        self.entries.iter()
    }

    /// Keys and values that are known, by key.
    pub fn known(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries().filter_map(|(key, label)| match label {
            Label::Known(value) => Some((&**key, &**value)),
            _ => None,
        })
    }
}

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// There, with one of the values.
    In,
    /// Absent, or with none of the values.
    NotIn,
    /// There.
    Exists,
    /// Absent.
    DoesNotExist,
}

/// One requirement of a selector. `matchLabels: {a: b}` is `a In [b]`.
#[derive(Clone)]
pub struct Requirement<'a> {
    /// The label's key.
    pub key: Cow<'a, str>,
    /// How it compares.
    pub operator: Operator,
    /// The values that are known.
    pub values: Vec<Cow<'a, str>>,
    /// Whether there may be other values.
    pub open: bool,
    /// Where it is written: the value of a `matchLabels` entry, or the whole expression.
    pub at: Cursor<'a>,
}

impl Requirement<'_> {
    /// Whether it is surely met by whatever meets another one.
    fn follows_from(&self, other: &Requirement<'_>) -> bool {
        use Operator::{DoesNotExist, Exists, In, NotIn};
        let listed = |values: &[Cow<'_, str>], among: &[Cow<'_, str>]| {
            values.iter().all(|value| among.contains(value))
        };
        self.key == other.key
            && match (self.operator, other.operator) {
                (In, In) => !other.open && listed(&other.values, &self.values),
                (NotIn, NotIn) => !self.open && listed(&self.values, &other.values),
                (NotIn, In) => {
                    let apart = other.values.iter().all(|value| !self.values.contains(value));
                    !self.open && !other.open && apart
                }
                (Exists, In | Exists) | (NotIn | DoesNotExist, DoesNotExist) => true,
                _ => false,
            }
    }

    /// Whether labels meet it.
    pub fn matches(&self, labels: &Labels<'_>) -> Truth {
        let listed = || {
            let known = Truth::any(self.values.iter().map(|value| labels.is(&self.key, value)));
            // Another value may be the label's.
            let others = if self.open { labels.has(&self.key).and(Truth::Unknown) } else { known };
            known.or(others)
        };
        match self.operator {
            Operator::In => listed(),
            Operator::NotIn => !listed(),
            Operator::Exists => labels.has(&self.key),
            Operator::DoesNotExist => !labels.has(&self.key),
        }
    }
}

/// A label selector: every requirement must be met, so one without requirements selects everything.
/// What a *missing* selector means is the business of the API that holds it.
#[derive(Clone)]
pub struct Selector<'a> {
    /// The requirements that are known.
    pub requirements: Vec<Requirement<'a>>,
    /// Whether there may be others, or one is written that cannot be read (or that an API server
    /// would refuse).
    pub open: bool,
    /// Where it is written.
    pub at: Cursor<'a>,
}

impl<'a> Selector<'a> {
    /// A `LabelSelector` (`matchLabels`, `matchExpressions`; meta/v1). None where it is absent.
    ///
    /// An expression with an unknown operator, `In`/`NotIn` without values or `Exists`/`DoesNotExist`
    /// with some is refused by API servers, and fields of other names are refused or pruned: such a
    /// selector is open.
    pub fn read(at: Cursor<'a>) -> Option<Self> {
        let mut selector = Self { requirements: Vec::new(), open: false, at };
        match at.shape() {
            Shape::Absent => return None,
            Shape::Map => {}
            _ => {
                selector.open = true;
                return Some(selector);
            }
        }
        let (pairs, open) = at.entries();
        let known = |key: &str| matches!(key, "matchLabels" | "matchExpressions");
        selector.open = open || pairs.iter().any(|(key, _)| !known(key));
        selector.equalities(at.key("matchLabels"));
        let expressions = at.key("matchExpressions").items();
        selector.open |= expressions.open;
        for expression in expressions.known {
            match requirement(expression) {
                Some(requirement) => selector.requirements.push(requirement),
                None => selector.open = true,
            }
        }
        Some(selector)
    }

    /// A plain map of labels, as a Service's `spec.selector` is. None where it is absent.
    pub fn of_map(at: Cursor<'a>) -> Option<Self> {
        if at.shape() == Shape::Absent {
            return None;
        }
        let mut selector = Self { requirements: Vec::new(), open: false, at };
        selector.equalities(at);
        Some(selector)
    }

    /// Adds a map of labels that must have these values.
    fn equalities(&mut self, map: Cursor<'a>) {
        match map.shape() {
            Shape::Absent => {}
            Shape::Map => {
                let (pairs, open) = map.entries();
                self.open |= open;
                for (key, value) in pairs {
                    let text = match value.shape() {
                        Shape::Absent => Some(Cow::Borrowed("")),
                        _ => value.text(),
                    };
                    self.requirements.push(Requirement {
                        key: Cow::Borrowed(key),
                        operator: Operator::In,
                        open: text.is_none(),
                        values: text.into_iter().collect(),
                        at: value,
                    });
                }
            }
            _ => self.open = true,
        }
    }

    /// Whether it selects what has these labels.
    pub fn matches(&self, labels: &Labels<'_>) -> Truth {
        let known = Truth::all(self.requirements.iter().map(|one| one.matches(labels)));
        if self.open { known.and(Truth::Unknown) } else { known }
    }

    /// Whether it surely selects whatever another one selects: each of its requirements follows from
    /// one of the other's.
    pub fn includes(&self, other: &Selector<'_>) -> bool {
        let implied = |own: &Requirement<'_>| {
            other.requirements.iter().any(|requirement| own.follows_from(requirement))
        };
        !self.open && self.requirements.iter().all(implied)
    }

    /// Whether no labels meet both: a key that both ask for, with no value in common, or that one
    /// asks for and the other forbids.
    pub fn is_apart_from(&self, other: &Selector<'_>) -> bool {
        use Operator::{DoesNotExist, Exists, In, NotIn};
        let listed = |one: &Requirement<'_>, two: &Requirement<'_>| {
            !one.open && one.values.iter().all(|value| two.values.contains(value))
        };
        let apart =
            |one: &Requirement<'_>, two: &Requirement<'_>| match (one.operator, two.operator) {
                (In, In) => {
                    let common = one.values.iter().any(|value| two.values.contains(value));
                    !one.open && !two.open && !common
                }
                (In, NotIn) => listed(one, two),
                (NotIn, In) => listed(two, one),
                (In | Exists, DoesNotExist) | (DoesNotExist, In | Exists) => true,
                _ => false,
            };
        self.requirements
            .iter()
            .any(|one| other.requirements.iter().any(|two| one.key == two.key && apart(one, two)))
    }

    /// Whether it selects everything: `{}`, or empty `matchLabels` and `matchExpressions`.
    pub fn selects_everything(&self) -> Truth {
        match (self.requirements.is_empty(), self.open) {
            (true, false) => Truth::True,
            (true, true) => Truth::Unknown,
            (false, _) => Truth::False,
        }
    }
}

fn requirement(expression: Cursor<'_>) -> Option<Requirement<'_>> {
    let key = expression.key("key").text()?;
    let values = expression.key("values").items();
    let none = values.known.is_empty() && !values.open;
    let operator = match &*expression.key("operator").text()? {
        "In" if !none => Operator::In,
        "NotIn" if !none => Operator::NotIn,
        "Exists" if none => Operator::Exists,
        "DoesNotExist" if none => Operator::DoesNotExist,
        _ => return None,
    };
    let mut open = values.open;
    let mut known = Vec::new();
    for value in values.known {
        match value.text() {
            Some(text) => known.push(text),
            None => open = true,
        }
    }
    Some(Requirement { key, operator, values: known, open, at: expression })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::file::{File, Language};
    use crate::model::value::NodeRef;
    use Truth::{False, True, Unknown};

    fn with<T>(text: &str, judge: impl FnOnce(Cursor<'_>) -> T) -> T {
        let file = File::parse("test.yaml", text.to_owned(), Language::Yaml);
        assert!(file.faults.is_empty(), "{text}: {:?}", file.faults);
        let node = NodeRef { file: file.id, node: file.tree.documents[0] };
        let files = [file];
        judge(Cursor::node(&files, node))
    }

    /// The verdict of a selector on labels; `open` says that there may be other labels.
    fn verdict(selector: &str, labels: &str, open: bool) -> Truth {
        let text = format!("labels: {labels}\nselector: {selector}\n");
        with(&text, |at| {
            let mut labels = Labels::read(at.key("labels"));
            if open {
                labels.leave_open();
            }
            Selector::read(at.key("selector")).expect("written").matches(&labels)
        })
    }

    #[test]
    fn selectors_match_as_the_api_says() {
        let expression = |rest: &str| format!("{{matchExpressions: [{{key: app, {rest}}}]}}");
        let cases: &[(&str, &str, bool, Truth)] = &[
            // Without requirements: everything.
            ("{}", "{}", false, True),
            ("{}", "{app: web}", true, True),
            ("{matchLabels: {}}", "{app: web}", false, True),
            ("{matchLabels: {}, matchExpressions: []}", "{}", false, True),
            ("{matchLabels: null}", "{}", false, True),
            // Equality.
            ("{matchLabels: {app: web}}", "{app: web}", false, True),
            ("{matchLabels: {app: web}}", "{app: web, tier: x}", false, True),
            ("{matchLabels: {app: web}}", "{app: api}", false, False),
            ("{matchLabels: {app: web}}", "{app: api}", true, False),
            ("{matchLabels: {app: web}}", "{}", false, False),
            ("{matchLabels: {app: web}}", "{}", true, Unknown),
            ("{matchLabels: {app: web}}", "null", false, False),
            ("{matchLabels: {app: Web}}", "{app: web}", false, False),
            // Every requirement counts; one that fails decides.
            ("{matchLabels: {app: web, tier: x}}", "{app: web}", false, False),
            ("{matchLabels: {app: web, tier: x}}", "{app: web}", true, Unknown),
            ("{matchLabels: {app: web, tier: x}}", "{app: api}", true, False),
            // Texts that look like numbers.
            ("{matchLabels: {version: '1'}}", "{version: '1'}", false, True),
            ("{matchLabels: {on: 'true'}}", "{on: 'true'}", false, True),
            ("{matchLabels: {empty: ''}}", "{empty: ''}", false, True),
            ("{matchLabels: {empty: ''}}", "{}", false, False),
            // Fields that no label selector has.
            ("{app: web}", "{app: web}", false, Unknown),
            ("{matchLabels: {app: web}, other: 1}", "{app: api}", false, False),
        ];
        for (selector, labels, open, expected) in cases {
            assert_eq!(verdict(selector, labels, *open), *expected, "{selector} {labels} {open}");
        }
        let expressions: &[(&str, &str, bool, Truth)] = &[
            ("operator: In, values: [web, api]", "{app: api}", false, True),
            ("operator: In, values: [web, api]", "{app: db}", false, False),
            ("operator: In, values: [web]", "{}", false, False),
            ("operator: In, values: [web]", "{}", true, Unknown),
            // Absent keys meet the negative operators.
            ("operator: NotIn, values: [web]", "{}", false, True),
            ("operator: NotIn, values: [web]", "{app: web}", false, False),
            ("operator: NotIn, values: [web]", "{app: api}", false, True),
            ("operator: NotIn, values: [web]", "{app: api}", true, True),
            ("operator: NotIn, values: [web]", "{}", true, Unknown),
            ("operator: Exists", "{app: ''}", false, True),
            ("operator: Exists", "{}", false, False),
            ("operator: Exists", "{}", true, Unknown),
            ("operator: DoesNotExist", "{}", false, True),
            ("operator: DoesNotExist", "{app: web}", true, False),
            ("operator: DoesNotExist", "{}", true, Unknown),
            // What an API server refuses.
            ("operator: In", "{app: web}", false, Unknown),
            ("operator: In, values: []", "{app: web}", false, Unknown),
            ("operator: Exists, values: [web]", "{app: web}", false, Unknown),
            ("operator: in, values: [web]", "{app: web}", false, Unknown),
            ("operator: Gt, values: ['1']", "{app: '2'}", false, Unknown),
        ];
        for (expression_text, labels, open, expected) in expressions {
            let selector = expression(expression_text);
            assert_eq!(verdict(&selector, labels, *open), *expected, "{selector} {labels} {open}");
        }
    }

    #[test]
    fn a_missing_selector_is_none() {
        with("selector: null", |at| {
            assert!(Selector::read(at.key("selector")).is_none());
            assert!(Selector::of_map(at.key("nothing")).is_none());
        });
        with("selector: {}", |at| {
            let selector = Selector::of_map(at.key("selector")).expect("written");
            assert_eq!(selector.selects_everything(), True);
        });
    }

    #[test]
    fn labels_that_controllers_set_are_possible() {
        with("labels: {app: web}\nselector: {matchLabels: {hash: x}}", |at| {
            let mut labels = Labels::read(at.key("labels"));
            let selector = Selector::read(at.key("selector")).expect("written");
            assert_eq!(selector.matches(&labels), False);
            labels.add("hash", Label::Possible);
            assert_eq!(selector.matches(&labels), Unknown);
            assert_eq!(labels.has("hash"), Unknown);
            labels.add("app", Label::Possible);
            assert_eq!(labels.value("app"), Some("web"), "what is written stays");
        });
        let mut labels = Labels::default();
        labels.set("app", Label::Valued);
        assert_eq!(labels.has("app"), True);
        assert_eq!(labels.is("app", "web"), Unknown);
    }

    #[test]
    fn unknown_values_leave_a_requirement_open() {
        let text = "labels: {app: web}\nselector: {matchLabels: {app: web, tier: db}}";
        let mut file = File::parse("test.yaml", text.to_owned(), Language::Yaml);
        let at = |file: &File, word: &str| {
            let node =
                file.tree.nodes.iter().rposition(|node| file.source.slice(node.span) == word);
            crate::input::tree::NodeId(node.expect("written") as u32)
        };
        let (web, db) = (at(&file, "web"), at(&file, "db"));
        file.tree.mask(web);
        let node = NodeRef { file: file.id, node: file.tree.documents[0] };
        let verdict = |files: &[File], labels: &str| {
            let cursor = Cursor::node(files, node);
            let selector = Selector::read(cursor.key("selector")).expect("written");
            let mut set = Labels::default();
            for label in labels.split_whitespace() {
                let (key, value) = label.split_once('=').expect("a label");
                set.set(key.to_owned(), Label::Known(value.to_owned().into()));
            }
            selector.matches(&set)
        };
        let mut files = [file];
        assert_eq!(verdict(&files, "app=web tier=db"), Unknown);
        assert_eq!(verdict(&files, "tier=db"), False, "the key must be there in any case");
        assert_eq!(verdict(&files, "app=web tier=x"), False);
        files[0].tree.mask(db);
        assert_eq!(verdict(&files, "app=web tier=x"), Unknown);
    }
}
