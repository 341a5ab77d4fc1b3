//! Compiles the rule cards and the schemas of API objects into static tables, so that start-up
//! parses none of them.

#[path = "src/rules/card.rs"]
#[allow(dead_code)]
mod card;
#[path = "build/schemas.rs"]
mod schemas;

use card::{Card, Condition, Count, PathStep, Quantified, Scalar, parse_path};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

type Result<T, E = String> = std::result::Result<T, E>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rules/card.rs");
    println!("cargo::rerun-if-changed=schemas/kinds");
    let mut paths = Vec::new();
    for family in fs::read_dir("rules")? {
        let family = family?.path();
        if family.is_dir() {
            for entry in fs::read_dir(family)? {
                paths.push(entry?.path());
            }
        }
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    let (mut cards, mut faults) = (Vec::new(), Vec::new());
    for path in &paths {
        match read(path) {
            Ok(card) => cards.push(card),
            Err(error) => faults.push(format!("{}: {error}", path.display())),
        }
    }
    cards.sort_by(|a, b| a.id.cmp(&b.id));
    let mut writer = Writer { out: String::new(), expressions: 0 };
    writer.out.push_str("/// Every rule, sorted by id.\npub static RULES: &[Rule] = &[\n");
    for card in &cards {
        if let Err(error) = writer.rule(card) {
            faults.push(format!("{}: {error}", card.id));
        }
    }
    if !faults.is_empty() {
        return Err(faults.join("\n").into());
    }
    let count = writer.expressions;
    writeln!(
        writer.out,
        "];\n\n/// Number of regular expressions.\npub const EXPRESSIONS: usize = {count};"
    )?;
    let target = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(target.join("cards.rs"), writer.out)?;
    fs::write(target.join("schemas.rs"), schemas::tables(Path::new("schemas/kinds"))?)?;
    Ok(())
}

fn read(path: &Path) -> Result<Card> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_yaml::from_str(&text).map_err(|error| error.to_string())
}

/// Writes Rust expressions for the types of `src/rules/rule.rs`.
struct Writer {
    out: String,
    expressions: usize,
}

impl Writer {
    fn rule(&mut self, card: &Card) -> Result<()> {
        let check = match &card.check.code {
            Some(code) => format!("Check::Code({code:?})"),
            None => self.declarative(card)?,
        };
        let controls: Vec<String> =
            card.controls.iter().map(|(name, items)| format!("({name:?}, &{items:?})")).collect();
        writeln!(
            self.out,
            "Rule {{ id: {:?}, name: {:?}, title: {:?}, family: {:?}, severity: Severity::{:?}, \
             precision: Precision::{:?}, platforms: &[{}], profiles: &[{}], status: Status::{:?}, \
             since: {:?}, aliases: &{:?}, supersedes: &{:?}, rationale: {:?}, remediation: {:?}, references: &{:?}, \
             controls: &[{}], message: {:?}, judges_system: {}, check: {check} }},",
            card.id,
            card.name,
            card.title,
            card.family,
            card.severity,
            card.precision,
            words("Platform", &card.platforms),
            words("Profile", &card.profiles),
            card.status,
            card.since,
            card.aliases,
            card.supersedes,
            one_line(&card.rationale),
            one_line(&card.remediation),
            card.references,
            controls.join(", "),
            one_line(&card.message),
            card.judges_system,
        )
        .map_err(|error| error.to_string())
    }

    fn declarative(&mut self, card: &Card) -> Result<String> {
        let check = &card.check;
        let each = check.each.as_ref().ok_or("`check` has neither `code` nor `each`")?;
        let list = |many: &card::OneOrMany<String>| format!("&{:?}", many.as_slice());
        let each = if let Some(kinds) = &each.kind {
            let groups = each.group.as_ref().map_or_else(|| "&[]".to_owned(), list);
            format!("Each::Kind {{ kinds: {}, groups: {groups} }}", list(kinds))
        } else if let Some(types) = &each.terraform {
            format!("Each::Terraform({})", list(types))
        } else if let Some(types) = &each.terraform_data {
            format!("Each::TerraformData({})", list(types))
        } else if let Some(names) = &each.terraform_provider {
            format!("Each::TerraformProvider({})", list(names))
        } else if let Some(view) = &each.view {
            format!("Each::View({view:?})")
        } else {
            return Err("`each` names nothing to look at".to_owned());
        };
        let when = match &check.when {
            Some(when) => self.condition(when)?,
            None => "Condition::All(&[])".to_owned(),
        };
        let unless = match &check.unless {
            Some(unless) => format!("Some({})", self.condition(unless)?),
            None => "None".to_owned(),
        };
        let mut points = Vec::new();
        for text in &check.point_at {
            points.push(path(text)?);
        }
        if points.is_empty() {
            points.push(path(".")?);
        }
        Ok(format!(
            "Check::Declarative(Declarative {{ each: {each}, when: {when}, unless: {unless}, \
             point_at: &[{}] }})",
            points.join(", ")
        ))
    }

    fn condition(&mut self, condition: &Condition) -> Result<String> {
        let mut parts = Vec::new();
        for (name, list) in [("All", &condition.all), ("Any", &condition.any)] {
            if let Some(list) = list {
                let mut inner = Vec::new();
                for condition in list {
                    inner.push(self.condition(condition)?);
                }
                parts.push(format!("Condition::{name}(&[{}])", inner.join(", ")));
            }
        }
        if let Some(inner) = &condition.not {
            parts.push(format!("Condition::Not(&{})", self.condition(inner)?));
        }
        let quantified = [
            ("AnyOf", &condition.any_of),
            ("AllOf", &condition.all_of),
            ("NoneOf", &condition.none_of),
        ];
        for (name, quantified) in quantified {
            if let Some(quantified) = quantified {
                let Quantified { path: at, condition } = &**quantified;
                if at.contains("[*]") {
                    return Err(format!("`{at}`: `[*]` is not allowed here"));
                }
                let inner = self.condition(condition)?;
                parts.push(format!("Condition::{name}({}, &{inner})", path(at)?));
            }
        }
        self.predicates(condition, &mut parts)?;
        match parts.len() {
            0 => Err("an empty condition".to_owned()),
            1 => Ok(parts.remove(0)),
            _ => Ok(format!("Condition::All(&[{}])", parts.join(", "))),
        }
    }

    fn predicates(&mut self, condition: &Condition, parts: &mut Vec<String>) -> Result<()> {
        let mut list = Vec::new();
        let one = |name: &str, value: &Scalar| format!("Predicate::{name}({})", scalar(value));
        list.extend(condition.equals.as_ref().map(|value| one("Equals", value)));
        list.extend(condition.contains.as_ref().map(|value| one("Contains", value)));
        list.extend(condition.less_than.as_ref().map(|value| one("LessThan", value)));
        list.extend(condition.greater_than.as_ref().map(|value| one("GreaterThan", value)));
        list.extend((condition.exceeds.as_ref()).map(|card::Exceeds { limit, otherwise }| {
            format!("Predicate::Exceeds(Limit::{limit:?}, {otherwise:?})")
        }));
        list.extend(
            condition.account.map(|whose| format!("Predicate::Account(Account::{whose:?})")),
        );
        if let Some(values) = &condition.one_of {
            let values: Vec<String> = values.iter().map(scalar).collect();
            list.push(format!("Predicate::In(&[{}])", values.join(", ")));
        }
        let presence =
            [(condition.exists, "Exists", "Absent"), (condition.absent, "Absent", "Exists")];
        for (wanted, yes, no) in presence {
            list.extend(
                wanted.map(|wanted| format!("Predicate::{}", if wanted { yes } else { no })),
            );
        }
        if let Some(pattern) = &condition.matches {
            list.push(format!("Predicate::Matches({pattern:?}, {})", self.expressions));
            self.expressions += 1;
        }
        if let Some(Count { equals, less_than, greater_than }) = &condition.count {
            list.extend(equals.map(|n| format!("Predicate::CountEquals({n})")));
            list.extend(less_than.map(|n| format!("Predicate::CountLessThan({n})")));
            list.extend(greater_than.map(|n| format!("Predicate::CountGreaterThan({n})")));
        }
        if let Some(ports) = &condition.includes_port {
            list.push(format!("Predicate::IncludesPort(&{:?})", ports.as_slice()));
        }
        let mut negated = None;
        if let Some(wanted) = condition.covers_internet {
            list.push("Predicate::CoversInternet".to_owned());
            negated = (!wanted).then_some(list.len() - 1);
        }
        let Some(at) = &condition.path else {
            return if list.is_empty() {
                Ok(())
            } else {
                Err("a predicate without `path`".to_owned())
            };
        };
        if list.is_empty() {
            return Err(format!("`path: {at}` without a predicate"));
        }
        if at.contains("[*]") {
            return Err(format!("`{at}`: `[*]` is not allowed here"));
        }
        let at = path(at)?;
        let typed = match condition.typed {
            Some(typed) => format!("Some(Typed::{typed:?})"),
            None => "None".to_owned(),
        };
        let mut defaults = Vec::new();
        for default in condition.default.iter().flat_map(card::OneOrMany::as_slice) {
            let provider = default.provider.as_deref().unwrap_or("");
            defaults.push(format!(
                "Default {{ value: {}, provider: {provider:?} }}",
                scalar(&default.value)
            ));
        }
        let defaults = defaults.join(", ");
        for (index, predicate) in list.into_iter().enumerate() {
            let test = format!(
                "Condition::Test {{ path: {at}, predicate: {predicate}, typed: {typed}, \
                 defaults: &[{defaults}] }}"
            );
            parts.push(if negated == Some(index) {
                format!("Condition::Not(&{test})")
            } else {
                test
            });
        }
        Ok(())
    }
}

fn words<T: std::fmt::Debug>(name: &str, values: &[T]) -> String {
    values.iter().map(|value| format!("{name}::{value:?}")).collect::<Vec<_>>().join(", ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Bool(truth) => format!("Scalar::Bool({truth})"),
        Scalar::Int(number) => format!("Scalar::Int({number})"),
        Scalar::Float(number) => format!("Scalar::Float({number:?})"),
        Scalar::Text(text) => format!("Scalar::Text({text:?})"),
    }
}

fn path(text: &str) -> Result<String> {
    let steps: Vec<String> = parse_path(text)?
        .iter()
        .map(|step| match step {
            PathStep::Key(key) => format!("Step::Key({key:?})"),
            PathStep::Index(n) => format!("Step::Index({n})"),
            PathStep::Each => "Step::Each".to_owned(),
            PathStep::Up => "Step::Up".to_owned(),
        })
        .collect();
    Ok(format!("&[{}]", steps.join(", ")))
}
