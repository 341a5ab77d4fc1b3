//! From a card as written to a rule as it runs: the one conversion, used by `build.rs` for the
//! catalogue (which includes this file by path) and by `pack` for cards read at run time.

use super::card::{self, Card, Count, OneOrMany, PathStep, Quantified, parse_path};
use super::rule::{
    Check, Condition, Declarative, Default, Each, Path, Predicate, Rule, Scalar, Source, Step,
    Without,
};
use std::collections::BTreeMap;

/// What is wrong in a card, and under which keys and indices of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Keys, and indices of lists from 0.
    pub at: Vec<String>,
    /// What is wrong.
    pub message: String,
}

impl Fault {
    /// A fault under some keys.
    pub fn new(at: &[&str], message: impl Into<String>) -> Self {
        Self { at: at.iter().map(|key| (*key).to_owned()).collect(), message: message.into() }
    }
}

type Result<T> = std::result::Result<T, Fault>;

/// Where in a card something stands.
#[derive(Clone, Copy)]
struct At<'a> {
    outer: Option<&'a At<'a>>,
    key: &'a str,
}

impl<'a> At<'a> {
    fn key(&'a self, key: &'a str) -> At<'a> {
        At { outer: Some(self), key }
    }

    fn fault(&self, message: impl Into<String>) -> Fault {
        let (mut keys, mut at) = (Vec::new(), Some(self));
        while let Some(here) = at {
            keys.push(here.key.to_owned());
            at = here.outer;
        }
        keys.reverse();
        Fault { at: keys, message: message.into() }
    }
}

/// Converts cards. What it makes lives as long as the process: rules are read once.
#[derive(Debug, Default)]
pub struct Lowering {
    /// Slots of regular expressions that are given out elsewhere.
    taken: usize,
    /// The slots behind those, one for each expression, however many conditions use it.
    slots: BTreeMap<String, usize>,
}

impl Lowering {
    /// With slots behind as many others.
    pub fn after(taken: usize) -> Self {
        Self { taken, ..Self::default() }
    }

    /// Slots of regular expressions given out so far, here and elsewhere.
    pub fn expressions(&self) -> usize {
        self.taken + self.slots.len()
    }

    /// The regular expressions here, in the order of their slots.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        let mut patterns: Vec<_> = self.slots.iter().collect();
        patterns.sort_by_key(|&(_, slot)| slot);
        patterns.into_iter().map(|(pattern, _)| pattern.as_str())
    }

    /// The rule that a card describes.
    pub fn rule(&mut self, card: &Card) -> Result<Rule> {
        let check = At { outer: None, key: "check" };
        let controls = card.controls.iter().map(|(name, items)| (text(name), texts(items)));
        Ok(Rule {
            id: text(&card.id),
            name: text(&card.name),
            title: text(&card.title),
            family: text(&card.family),
            severity: card.severity,
            precision: card.precision,
            platforms: card.platforms.clone().leak(),
            profiles: card.profiles.clone().leak(),
            status: card.status,
            since: text(&card.since),
            aliases: texts(&card.aliases),
            supersedes: texts(&card.supersedes),
            rationale: one_line(&card.rationale),
            remediation: one_line(&card.remediation),
            references: texts(&card.references),
            controls: controls.collect::<Vec<_>>().leak(),
            message: one_line(&card.message),
            judges_system: card.judges_system,
            check: match &card.check.code {
                Some(code) => Check::Code(text(code)),
                None => Check::Declarative(self.declarative(&card.check, &check)?),
            },
        })
    }

    fn declarative(&mut self, check: &card::Check, at: &At<'_>) -> Result<Declarative> {
        let each = check.each.as_ref();
        let each = each.ok_or_else(|| at.fault("`check` has neither `code` nor `each`"))?;
        let when = match &check.when {
            Some(when) => self.condition(when, &at.key("when"))?,
            None => Condition::All(&[]),
        };
        let unless = match &check.unless {
            Some(unless) => Some(self.condition(unless, &at.key("unless"))?),
            None => None,
        };
        let points = at.key("point-at");
        let mut point_at = Vec::new();
        for (index, written) in check.point_at.iter().enumerate() {
            let index = index.to_string();
            point_at.push(steps(written, &points.key(&index))?);
        }
        if point_at.is_empty() {
            point_at.push(&[] as Path);
        }
        let each = self::each(each, &at.key("each"))?;
        let without = match &check.without {
            Some(without) => Some(kept(self::without(without, &each, &at.key("without"))?)),
            None if check.when.is_none() => {
                return Err(at.fault("`check` has neither `when` nor `without`"));
            }
            None => None,
        };
        Ok(Declarative { each, when, unless, without, point_at: point_at.leak() })
    }

    fn conditions(&mut self, list: &[card::Condition], at: &At<'_>) -> Result<Vec<Condition>> {
        let each = list.iter().enumerate().map(|(index, inner)| {
            let index = index.to_string();
            self.condition(inner, &at.key(&index))
        });
        each.collect()
    }

    fn condition(&mut self, condition: &card::Condition, at: &At<'_>) -> Result<Condition> {
        let mut parts = Vec::new();
        if let Some(list) = &condition.all {
            parts.push(Condition::All(self.conditions(list, &at.key("all"))?.leak()));
        }
        if let Some(list) = &condition.any {
            parts.push(Condition::Any(self.conditions(list, &at.key("any"))?.leak()));
        }
        if let Some(inner) = &condition.not {
            parts.push(Condition::Not(kept(self.condition(inner, &at.key("not"))?)));
        }
        if let Some(quantified) = &condition.any_of {
            let (path, inner) = self.quantified(quantified, &at.key("any-of"))?;
            parts.push(Condition::AnyOf(path, inner));
        }
        if let Some(quantified) = &condition.all_of {
            let (path, inner) = self.quantified(quantified, &at.key("all-of"))?;
            parts.push(Condition::AllOf(path, inner));
        }
        if let Some(quantified) = &condition.none_of {
            let (path, inner) = self.quantified(quantified, &at.key("none-of"))?;
            parts.push(Condition::NoneOf(path, inner));
        }
        self.tests(condition, &mut parts, at)?;
        match parts.len() {
            0 => Err(at.fault("an empty condition")),
            1 => Ok(parts.remove(0)),
            _ => Ok(Condition::All(parts.leak())),
        }
    }

    fn quantified(
        &mut self,
        quantified: &Quantified,
        at: &At<'_>,
    ) -> Result<(Path, &'static Condition)> {
        let mut path = plain(&quantified.path, &at.key("path"))?;
        if let Some(pattern) = &quantified.key {
            let keyed = Step::Keyed(text(pattern), self.slot(pattern));
            path = path.iter().copied().chain([keyed]).collect::<Vec<_>>().leak();
        }
        Ok((path, kept(self.condition(&quantified.condition, &at.key("where"))?)))
    }

    fn tests(
        &mut self,
        condition: &card::Condition,
        parts: &mut Vec<Condition>,
        at: &At<'_>,
    ) -> Result<()> {
        let predicates = self.predicates(condition);
        let Some(path) = &condition.path else {
            let lost = !predicates.is_empty() || condition.covers_internet.is_some();
            return if lost { Err(at.fault("a predicate without `path`")) } else { Ok(()) };
        };
        if predicates.is_empty() && condition.covers_internet.is_none() {
            return Err(at.fault(format!("`path: {path}` without a predicate")));
        }
        let path = plain(path, &at.key("path"))?;
        let defaults = condition.default.iter().flat_map(OneOrMany::as_slice).map(|default| {
            let provider = default.provider.as_deref().unwrap_or_default();
            Default { value: scalar(&default.value), provider: text(provider) }
        });
        let defaults: &'static [Default] = defaults.collect::<Vec<_>>().leak();
        let typed = condition.typed;
        let test = |predicate| Condition::Test { path, predicate, typed, defaults };
        parts.extend(predicates.into_iter().map(test));
        if let Some(wanted) = condition.covers_internet {
            let covers = test(Predicate::CoversInternet);
            parts.push(if wanted { covers } else { Condition::Not(kept(covers)) });
        }
        Ok(())
    }

    /// Where the compiled form of an expression is kept; the same for the same pattern.
    fn slot(&mut self, pattern: &str) -> usize {
        let next = self.expressions();
        *self.slots.entry(pattern.to_owned()).or_insert(next)
    }

    /// Every predicate of a condition but `covers-internet`, which may be negated.
    fn predicates(&mut self, condition: &card::Condition) -> Vec<Predicate> {
        let mut list = Vec::new();
        list.extend(condition.equals.as_ref().map(scalar).map(Predicate::Equals));
        list.extend(condition.contains.as_ref().map(scalar).map(Predicate::Contains));
        list.extend(condition.less_than.as_ref().map(scalar).map(Predicate::LessThan));
        list.extend(condition.greater_than.as_ref().map(scalar).map(Predicate::GreaterThan));
        let exceeds = condition.exceeds.as_ref();
        list.extend(exceeds.map(|own| Predicate::Exceeds(own.limit, text(&own.otherwise))));
        list.extend(condition.account.map(Predicate::Account));
        let one_of = condition.one_of.as_ref();
        let members = |values: &Vec<card::Scalar>| values.iter().map(scalar).collect::<Vec<_>>();
        list.extend(one_of.map(|values| Predicate::In(members(values).leak())));
        let presence = |there| if there { Predicate::Exists } else { Predicate::Absent };
        list.extend(condition.exists.map(presence));
        list.extend(condition.absent.map(|absent| presence(!absent)));
        if let Some(pattern) = &condition.matches {
            list.push(Predicate::Matches(text(pattern), self.slot(pattern)));
        }
        if let Some(Count { equals, less_than, greater_than }) = &condition.count {
            list.extend(equals.map(Predicate::CountEquals));
            list.extend(less_than.map(Predicate::CountLessThan));
            list.extend(greater_than.map(Predicate::CountGreaterThan));
        }
        let ports = condition.includes_port.as_ref();
        list.extend(ports.map(|ports| Predicate::IncludesPort(ports.as_slice().to_vec().leak())));
        list
    }
}

fn each(each: &card::Each, at: &At<'_>) -> Result<Each> {
    let list = |many: &OneOrMany<String>| texts(many.as_slice());
    if each.group.is_some() && each.kind.is_none() {
        return Err(at.fault("`group` stands beside `kind` only"));
    }
    let forms = [
        each.kind.as_ref().map(|kinds| Each::Kind {
            kinds: list(kinds),
            groups: each.group.as_ref().map_or(&[], list),
        }),
        each.terraform.as_ref().map(|types| Each::Terraform(list(types))),
        each.terraform_data.as_ref().map(|types| Each::TerraformData(list(types))),
        each.terraform_provider.as_ref().map(|names| Each::TerraformProvider(list(names))),
        each.view.as_ref().map(|view| Each::View(text(view))),
    ];
    let mut forms = forms.into_iter().flatten();
    match (forms.next(), forms.next()) {
        (Some(form), None) => Ok(form),
        (None, _) => Err(at.fault("`each` names nothing to look at")),
        (Some(_), Some(_)) => Err(at.fault("`each` names more than one thing to look at")),
    }
}

fn without(without: &card::Without, each: &Each, at: &At<'_>) -> Result<Without> {
    if !matches!(each, Each::Terraform(types) if types.iter().all(|kind| !kind.contains(['*', '!'])))
    {
        return Err(at.fault(
            "`without` stands beside `each: {terraform: …}` with types in full, without `*` or `!`",
        ));
    }
    let named_by = at.key("named-by");
    if without.named_by.is_empty() {
        return Err(named_by.fault("nothing would name it"));
    }
    for (index, named) in without.named_by.iter().enumerate() {
        if named.terraform.contains(['*', '!']) {
            let message = format!("`{}` is no type in full", named.terraform);
            let index = index.to_string();
            return Err(named_by.key(&index).key("terraform").fault(message));
        }
    }
    let source = |named: &card::NamedBy| Source {
        kind: text(&named.terraform),
        attributes: texts(named.at.as_slice()),
        via: text(named.via.as_deref().unwrap_or_default()),
    };
    Ok(Without {
        named_by: without.named_by.iter().map(source).collect::<Vec<_>>().leak(),
        known_as: text(without.known_as.as_deref().unwrap_or_default()),
        part: without.part,
        assumption: one_line(&without.assumption),
    })
}

/// A path without `[*]`.
fn plain(written: &str, at: &At<'_>) -> Result<Path> {
    if written.contains("[*]") {
        return Err(at.fault(format!("`{written}`: `[*]` is not allowed here")));
    }
    steps(written, at)
}

fn steps(written: &str, at: &At<'_>) -> Result<Path> {
    let steps = parse_path(written).map_err(|message| at.fault(message))?;
    let steps = steps.iter().map(|step| match step {
        PathStep::Key(key) => Step::Key(text(key)),
        PathStep::Index(n) => Step::Index(*n),
        PathStep::Each => Step::Each,
        PathStep::Up => Step::Up,
    });
    Ok(steps.collect::<Vec<_>>().leak())
}

fn scalar(value: &card::Scalar) -> Scalar {
    match value {
        card::Scalar::Bool(truth) => Scalar::Bool(*truth),
        card::Scalar::Int(number) => Scalar::Int(*number),
        card::Scalar::Float(number) => Scalar::Float(*number),
        card::Scalar::Text(written) => Scalar::Text(text(written)),
    }
}

fn text(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn texts(list: &[String]) -> &'static [&'static str] {
    list.iter().map(|item| text(item)).collect::<Vec<_>>().leak()
}

fn one_line(prose: &str) -> &'static str {
    prose.split_whitespace().collect::<Vec<_>>().join(" ").leak()
}

fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
