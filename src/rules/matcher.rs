//! Evaluates declarative conditions over the model's facts with Kleene logic, and finds the place
//! a finding points at. Knows no particular rule.

use super::card::{Account, Limit, Typed};
use super::expression::Expressions;
use super::rule::{Condition, Default, Path, Predicate, Scalar, Step};
use super::typed;
use crate::input::scalar;
use crate::input::source::{Place, Span};
use crate::model::cursor::{Cursor, Items, Shape};
use crate::model::fact::{Fact, Truth};
use crate::model::network;
use crate::model::resource::Resource;
use crate::model::root::Root;
use crate::model::terraform::version::Range;
use crate::model::value::NodeRef;
use crate::model::words::Words;
use crate::model::written::Written;

/// What conditions are evaluated against.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The resource or view element: where paths start and what `^` means.
    pub cursor: Cursor<'a>,
    /// The resource, for the provider versions its module allows.
    pub resource: &'a Resource,
    /// The root.
    pub root: &'a Root<'a>,
    /// Slots for compiled expressions, shared by the whole run.
    pub expressions: &'a Expressions,
}

/// Follows a path from `from`. `[*]` is not followed here.
pub fn follow<'a>(from: Cursor<'a>, subject: Cursor<'a>, path: &[Step]) -> Cursor<'a> {
    path.iter().fold(from, |at, step| match step {
        Step::Key(key) => at.key(key),
        Step::Index(n) => at.index(*n as usize),
        Step::Up => subject,
        Step::Each | Step::Keyed(..) => at,
    })
}

impl<'a> Subject<'a> {
    /// Whether a condition holds at `at`.
    pub fn holds(&self, condition: &Condition, at: Cursor<'a>) -> Truth {
        match condition {
            Condition::All(list) => Truth::all(list.iter().map(|c| self.holds(c, at))),
            Condition::Any(list) => Truth::any(list.iter().map(|c| self.holds(c, at))),
            Condition::Not(inner) => !self.holds(inner, at),
            Condition::AnyOf(path, inner) => self.some(path, inner, at),
            Condition::NoneOf(path, inner) => !self.some(path, inner, at),
            Condition::AllOf(path, inner) => {
                let items = self.elements(path, at);
                let known = Truth::all(items.known.iter().map(|item| self.holds(inner, *item)));
                if items.open { known.and(Truth::Unknown) } else { known }
            }
            Condition::Test { path, predicate, typed, defaults } => {
                let value = follow(at, self.cursor, path);
                self.test(value, predicate, *typed, defaults)
            }
        }
    }

    fn some(&self, path: &[Step], inner: &Condition, at: Cursor<'a>) -> Truth {
        let items = self.elements(path, at);
        let known = Truth::any(items.known.iter().map(|item| self.holds(inner, *item)));
        if items.open { known.or(Truth::Unknown) } else { known }
    }

    /// What is quantified over: the elements at a path, of a map those with the keys that are asked for.
    fn elements(&self, path: &[Step], at: Cursor<'a>) -> Items<'a> {
        let whole = follow(at, self.cursor, path);
        let Some(Step::Keyed(pattern, slot)) = path.last() else { return whole.items() };
        let Some(regex) = self.expressions.get(pattern, *slot) else {
            return Items { known: Vec::new(), open: true };
        };
        if whole.shape() == Shape::Unknown {
            return whole.items();
        }
        let (mut pairs, open) = whole.entries();
        pairs.retain(|(key, _)| regex.is_match(key));
        Items { known: pairs.into_iter().map(|(_, value)| value).collect(), open }
    }

    fn test(
        &self,
        value: Cursor<'a>,
        predicate: &Predicate,
        typed: Option<Typed>,
        defaults: &'static [Default],
    ) -> Truth {
        match (predicate, value.shape()) {
            (Predicate::Absent, _) => value.absent(),
            (Predicate::Exists, _) => !value.absent(),
            (_, Shape::Absent) => {
                let mut results = defaults
                    .iter()
                    .filter(|default| self.applies(default))
                    .map(|default| self.scalar_test(&owned(default.value), predicate, typed));
                match results.next() {
                    None => Truth::False,
                    Some(first) => {
                        if results.all(|other| other == first) {
                            first
                        } else {
                            Truth::Unknown
                        }
                    }
                }
            }
            (Predicate::CoversInternet, _) => network::covers_internet(value),
            (Predicate::IncludesPort(ports), _) => network::includes_port(value, ports),
            (Predicate::CountEquals(n), _) => count(value, |known| known.cmp(n)),
            (Predicate::CountLessThan(n), _) => !count_over(value, n.saturating_sub(1)),
            (Predicate::CountGreaterThan(n), _) => count_over(value, *n),
            (Predicate::Contains(wanted), Shape::List | Shape::Map) => {
                let items = value.items();
                let known = Truth::any(items.known.iter().map(|item| equals(*item, wanted, typed)));
                if items.open { known.or(Truth::Unknown) } else { known }
            }
            (_, Shape::List | Shape::Map) => Truth::False,
            (_, Shape::Scalar | Shape::Unknown) => self.leaf(value, predicate, typed),
        }
    }

    /// Whether a default belongs to a provider version that may be in use.
    fn applies(&self, default: &Default) -> bool {
        default.provider.is_empty()
            || self.root.provider_versions(self.resource).overlaps(&Range::parse(default.provider))
    }

    fn leaf(&self, value: Cursor<'a>, predicate: &Predicate, typed: Option<Typed>) -> Truth {
        match value.words() {
            Fact::Known(Words::Partial(pieces), _) => match predicate {
                Predicate::Equals(wanted) if typed.is_none() => {
                    Words::Partial(pieces).equals(&owned(*wanted).canonical())
                }
                Predicate::In(list) if typed.is_none() => {
                    let words = Words::Partial(pieces);
                    Truth::any(list.iter().map(|wanted| words.equals(&owned(*wanted).canonical())))
                }
                Predicate::Contains(wanted) => {
                    Words::Partial(pieces).contains(&owned(*wanted).canonical())
                }
                Predicate::Matches(pattern, slot) => self.partial_match(&pieces, pattern, *slot),
                _ => Truth::Unknown,
            },
            Fact::Known(Words::Exact(text), _) => {
                let scalar = value.scalar().known().unwrap_or(scalar::Scalar::Text(text));
                self.scalar_test(&scalar, predicate, typed)
            }
            Fact::Unknown(_) => Truth::Unknown,
            Fact::Absent(_) => Truth::False,
        }
    }

    /// An expression that matches inside a known piece matches the whole, whatever the rest is; one
    /// that looks at the ends of texts or words has to, whatever stands beside the piece.
    fn partial_match(&self, pieces: &[Option<&str>], pattern: &str, slot: usize) -> Truth {
        let Some(expression) = self.expressions.get(pattern, slot) else { return Truth::Unknown };
        let looks =
            ["^", "$", "\\b", "\\B", "\\A", "\\z"].iter().any(|mark| pattern.contains(mark));
        let sides = |known: bool| if known { &[""][..] } else { &["a", " "] };
        let matches = |(at, piece): (usize, Option<&str>)| {
            let Some(text) = piece.filter(|text| expression.is_match(text)) else { return false };
            let Some(regex) = looks.then(|| expression.regex(pattern)) else { return true };
            let alone = |before: &str, after: &str| {
                let whole = format!("{before}{text}{after}");
                let found = regex?.find_at(&whole, before.len())?;
                Some(found.end() <= before.len() + text.len())
            };
            let (before, after) = (sides(at == 0), sides(at + 1 == pieces.len()));
            before.iter().all(|before| after.iter().all(|after| alone(before, after) == Some(true)))
        };
        Truth::any(pieces.iter().copied().enumerate().map(matches).map(Truth::of))
            .or(Truth::Unknown)
    }

    fn scalar_test(
        &self,
        value: &scalar::Scalar<'_>,
        predicate: &Predicate,
        typed: Option<Typed>,
    ) -> Truth {
        let text = value.canonical();
        match predicate {
            Predicate::Equals(wanted) => typed::same(&text, &owned(*wanted).canonical(), typed),
            Predicate::In(list) => Truth::any(
                list.iter().map(|wanted| typed::same(&text, &owned(*wanted).canonical(), typed)),
            ),
            Predicate::Contains(wanted) => {
                let wanted = owned(*wanted);
                let wanted = wanted.canonical();
                Truth::of(match typed {
                    Some(Typed::IgnoreCase) => {
                        text.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase())
                    }
                    _ => text.contains(&*wanted),
                })
            }
            Predicate::Matches(pattern, slot) => match self.expressions.get(pattern, *slot) {
                Some(regex) => Truth::of(regex.is_match(&text)),
                None => Truth::Unknown,
            },
            Predicate::LessThan(limit) => {
                typed::compare(&text, &owned(*limit).canonical(), typed, std::cmp::Ordering::is_lt)
            }
            Predicate::GreaterThan(limit) => {
                typed::compare(&text, &owned(*limit).canonical(), typed, std::cmp::Ordering::is_gt)
            }
            Predicate::Exceeds(limit, otherwise) => {
                let seconds = self.limit(*limit, otherwise);
                typed::compare(&text, &format!("{seconds}s"), typed, std::cmp::Ordering::is_gt)
            }
            Predicate::Account(whose) => self.account(&text, *whose),
            Predicate::CoversInternet => {
                let mut set = network::Addresses::default();
                set.add(&text);
                Truth::of(set.covers_internet())
            }
            Predicate::CountEquals(n) => Truth::of(*n == 1),
            Predicate::CountLessThan(n) => Truth::of(1 < *n),
            Predicate::CountGreaterThan(n) => Truth::of(1 > *n),
            Predicate::IncludesPort(_) | Predicate::Exists | Predicate::Absent => Truth::False,
        }
    }

    /// A limit in seconds: the configuration's, or the rule's own.
    fn limit(&self, limit: Limit, otherwise: &str) -> f64 {
        let settings = self.root.settings;
        let set = match limit {
            Limit::RotationDays => settings.rotation_days.map(|days| days.saturating_mul(86_400)),
            Limit::TokenSeconds => settings.token_seconds,
            Limit::SessionSeconds => settings.session_seconds,
        };
        #[allow(clippy::cast_precision_loss, reason = "seconds of a life, not of the universe")]
        set.map_or_else(|| typed::duration(otherwise).unwrap_or(f64::MAX), |set| set as f64)
    }

    /// The first limit of a condition, for messages: `90 days`, `4 hours`.
    pub fn stated_limit(&self, condition: &Condition) -> Option<String> {
        match condition {
            Condition::All(list) | Condition::Any(list) => {
                list.iter().find_map(|inner| self.stated_limit(inner))
            }
            Condition::Not(inner)
            | Condition::AnyOf(_, inner)
            | Condition::AllOf(_, inner)
            | Condition::NoneOf(_, inner) => self.stated_limit(inner),
            Condition::Test { predicate: Predicate::Exceeds(limit, otherwise), .. } => {
                Some(typed::words(self.limit(*limit, otherwise)))
            }
            Condition::Test { .. } => None,
        }
    }

    /// Whose account a number or an ARN names.
    fn account(&self, text: &str, whose: Account) -> Truth {
        let Some(own) = &self.root.settings.own_accounts else { return Truth::False };
        let account = if text.starts_with("arn:") { text.split(':').nth(4) } else { Some(text) };
        let digits = |account: &&str| {
            account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
        };
        Truth::of(account.filter(digits).is_some_and(|account| {
            own.iter().any(|known| known == account) == (whose == Account::Own)
        }))
    }

    /// What a `point-at` path stands for: `[*]` right after the path of an `any-of` in `condition`
    /// gives the elements that matched, elsewhere every element.
    pub fn targets(
        &self,
        path: Path,
        condition: Option<&'static Condition>,
        from: Cursor<'a>,
    ) -> Vec<Target<'a>> {
        let Some(each) = path.iter().position(|step| *step == Step::Each) else {
            let at = follow(from, self.cursor, path);
            return vec![Target { at, from, path, condition, trail: Vec::new() }];
        };
        let (prefix, rest) = (&path[..each], &path[each + 1..]);
        let quantified = condition.and_then(|condition| any_of(condition, prefix));
        let (path, inner) = match quantified {
            Some((path, inner)) => (path, Some(inner)),
            None => (prefix, None),
        };
        let mut targets = Vec::new();
        for (index, item) in self.elements(path, from).known.into_iter().enumerate() {
            if inner.is_none_or(|inner| self.holds(inner, item) == Truth::True) {
                targets.extend(self.targets(rest, inner, item).into_iter().map(|mut target| {
                    target.trail.insert(0, (prefix, index));
                    target
                }));
            }
        }
        targets
    }

    /// Whether what stands at a target is by itself a part of why its element matched.
    pub fn proves_element(&self, target: &Target<'a>) -> bool {
        target.condition.is_some_and(|inner| self.proves(inner, target.path, target.from))
    }

    /// Whether what stands at a path of `at` is by itself a part of why a true condition is true.
    pub fn proves(&self, condition: &Condition, path: &[Step], at: Cursor<'a>) -> bool {
        let holds = |condition: &&Condition| self.holds(condition, at) == Truth::True;
        match condition {
            Condition::All(list) | Condition::Any(list) => {
                list.iter().filter(holds).any(|part| self.proves(part, path, at))
            }
            Condition::AnyOf(list, inner) => {
                let rest = path
                    .strip_prefix(unkeyed(list))
                    .and_then(|rest| rest.strip_prefix(&[Step::Each]));
                rest.is_some_and(|rest| {
                    let items = self.elements(list, at).known.into_iter();
                    let mut matched = items.filter(|item| self.holds(inner, *item) == Truth::True);
                    matched.any(|item| self.proves(inner, rest, item))
                })
            }
            Condition::Test { path: tested, .. } => *tested == path,
            Condition::Not(_) | Condition::AllOf(..) | Condition::NoneOf(..) => false,
        }
    }

    /// Where the part of a path before its first `[*]` leads.
    pub fn stem(&self, path: Path) -> Target<'a> {
        let end = path.iter().position(|step| *step == Step::Each).unwrap_or(path.len());
        let (from, path) = (self.cursor, &path[..end]);
        let at = follow(from, from, path);
        Target { at, from, path, condition: None, trail: Vec::new() }
    }

    /// The line of a text of several lines in which an expression is found that a target was asked.
    pub fn line(&self, target: &Target<'a>) -> Option<Place> {
        let text = target.at.text().filter(|text| text.contains('\n'))?;
        let found = self.found(target.condition?, target.path, &text)?;
        let words = &text[found.range()];
        let blank = words.len() - words.trim_start().len();
        let place =
            Written::new(target.at, &text).place(found.start as usize + blank..found.end as usize);
        (place != target.at.place()).then_some(place)
    }

    /// What an expression that the value at a path is asked finds in its text.
    fn found(&self, condition: &Condition, path: Path, text: &str) -> Option<Span> {
        match condition {
            Condition::All(list) | Condition::Any(list) => {
                list.iter().find_map(|part| self.found(part, path, text))
            }
            Condition::Test { path: own, predicate: Predicate::Matches(pattern, slot), .. }
                if *own == path =>
            {
                let found = self.expressions.get(pattern, *slot)?.regex(pattern)?.find(text)?;
                Some(Span::new(found.start(), found.end()))
            }
            _ => None,
        }
    }

    /// Where on the way to a target something is missing first: the innermost existing parent and
    /// the keys still to be written.
    pub fn missing(&self, target: &Target<'a>) -> Option<(NodeRef, Vec<String>)> {
        let mut at = target.from;
        for (done, step) in target.path.iter().enumerate() {
            let next = follow(at, self.cursor, std::slice::from_ref(step));
            if next.shape() == Shape::Absent {
                let parent = next.absent_parent().or_else(|| at.node_ref())?;
                let keys = target.path[done..].iter().filter_map(|step| match step {
                    Step::Key(key) => Some((*key).to_owned()),
                    _ => None,
                });
                return Some((parent, keys.collect()));
            }
            at = next;
        }
        None
    }
}

/// What a `point-at` path leads to, and the way there.
pub struct Target<'a> {
    /// Where it leads.
    pub at: Cursor<'a>,
    /// The element it starts from.
    from: Cursor<'a>,
    /// The steps from there.
    path: Path,
    /// What the element was asked, or the whole rule where there is no element; none where every
    /// element counts.
    condition: Option<&'static Condition>,
    /// The lists on the way and the positions in them.
    trail: Vec<(Path, usize)>,
}

impl Target<'_> {
    /// Whether it belongs to an element that matched, rather than to every element or to none.
    pub fn is_matched(&self) -> bool {
        !self.trail.is_empty() && self.condition.is_some()
    }

    /// Whether both belong to the same element.
    pub fn same_element(&self, other: &Target<'_>) -> bool {
        self.trail == other.trail
    }
}

/// A path without the keys that are asked for at its end.
fn unkeyed(path: &[Step]) -> &[Step] {
    match path.split_last() {
        Some((Step::Keyed(..), path)) => path,
        _ => path,
    }
}

/// What the elements at a path are asked, with the path as it is quantified over.
fn any_of(condition: &'static Condition, prefix: &[Step]) -> Option<(Path, &'static Condition)> {
    match condition {
        Condition::AnyOf(path, inner) if unkeyed(path) == prefix => Some((path, inner)),
        Condition::All(list) | Condition::Any(list) => {
            list.iter().find_map(|condition| any_of(condition, prefix))
        }
        _ => None,
    }
}

fn equals(item: Cursor<'_>, wanted: &Scalar, typed: Option<Typed>) -> Truth {
    let wanted = owned(*wanted);
    match item.words() {
        Fact::Known(Words::Exact(_), _) => match item.scalar().known() {
            Some(scalar) => typed::same(&scalar.canonical(), &wanted.canonical(), typed),
            None => Truth::Unknown,
        },
        Fact::Known(words, _) => words.equals(&wanted.canonical()),
        Fact::Unknown(_) if matches!(item.shape(), Shape::List | Shape::Map) => Truth::False,
        Fact::Unknown(_) => Truth::Unknown,
        Fact::Absent(_) => Truth::False,
    }
}

fn count(value: Cursor<'_>, compare: impl Fn(u64) -> std::cmp::Ordering) -> Truth {
    let items = value.items();
    match (compare(items.known.len() as u64), items.open) {
        (std::cmp::Ordering::Greater, _) => Truth::False,
        (_, true) => Truth::Unknown,
        (order, false) => Truth::of(order.is_eq()),
    }
}

/// More than `n` elements.
fn count_over(value: Cursor<'_>, n: u64) -> Truth {
    let items = value.items();
    let more = items.known.len() as u64 > n;
    if more {
        Truth::True
    } else if items.open {
        Truth::Unknown
    } else {
        Truth::False
    }
}

/// A card's scalar as the model's.
fn owned(scalar: Scalar) -> scalar::Scalar<'static> {
    match scalar {
        Scalar::Bool(truth) => scalar::Scalar::Bool(truth),
        Scalar::Int(number) => scalar::Scalar::Int(number),
        Scalar::Float(number) => scalar::Scalar::Float(number),
        Scalar::Text(text) => scalar::Scalar::Text(text.into()),
    }
}
