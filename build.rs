//! Compiles the rule cards and the schemas of API objects into static tables, so that start-up
//! parses none of them.

#[path = "build/automata.rs"]
mod automata;
#[path = "src/rules/card.rs"]
#[allow(dead_code)]
mod card;
#[path = "src/rules/lowering.rs"]
#[allow(dead_code)]
mod lowering;
#[path = "src/rules/rule.rs"]
#[allow(dead_code)]
mod rule;
#[path = "build/schemas.rs"]
mod schemas;

use card::Card;
use lowering::Lowering;
use rule::{Check, Condition, Declarative, Each, Rule, Source, Without};
use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

type Result<T, E = String> = std::result::Result<T, E>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=rules");
    for file in ["card", "lowering", "rule"] {
        println!("cargo::rerun-if-changed=src/rules/{file}.rs");
    }
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
    let (mut lowering, mut out) = (Lowering::default(), String::new());
    out.push_str("/// Every rule, sorted by id.\npub static RULES: &[Rule] = &[\n");
    for card in &cards {
        match lowering.rule(card) {
            Ok(rule) => writeln!(out, "{},", written(&rule))?,
            Err(fault) => {
                faults.push(format!("{}: {}: {}", card.id, fault.at.join("."), fault.message));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults.join("\n").into());
    }
    let (automata, ends) = automata::automata(lowering.patterns());
    let count = ends.len();
    writeln!(
        out,
        "];\n\n/// Number of regular expressions.\npub const EXPRESSIONS: usize = {count};\n\n\
         /// Where the automaton of each ends.\npub static AUTOMATA_ENDS: [usize; {count}] = {ends:?};"
    )?;
    let target = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(target.join("automata"), automata)?;
    fs::write(target.join("peers.rs"), peers()?)?;
    fs::write(target.join("cards.rs"), out)?;
    fs::write(target.join("schemas.rs"), schemas::tables(Path::new("schemas/kinds"))?)?;
    Ok(())
}

/// The ids of other scanners' rules and those that correspond, as a table for each scanner.
fn peers() -> Result<String> {
    type Table = BTreeMap<String, BTreeMap<String, Vec<String>>>;
    let text = fs::read_to_string("rules/peers.yaml").map_err(|error| error.to_string())?;
    let table: Table = serde_yaml::from_str(&text).map_err(|error| error.to_string())?;
    let mut out = String::from(
        "/// The ids of a scanner, sorted, each with the ids of the rules that correspond.\n\
         pub type Table = &'static [(&'static str, &'static [&'static str])];\n\n\
         /// Every scanner with its ids.\n\
         pub static PEERS: &[(&str, Table)] = &[\n",
    );
    for (scanner, ids) in &table {
        let ids: Vec<_> = ids.iter().collect();
        let rows = list(&ids, |(id, rules)| format!("({id:?}, &{rules:?})"));
        writeln!(out, "({scanner:?}, {rows}),").map_err(|error| error.to_string())?;
    }
    out.push_str("];\n");
    Ok(out)
}

fn read(path: &Path) -> Result<Card> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_yaml::from_str(&text).map_err(|error| error.to_string())
}

/// A rule as Rust source.
fn written(rule: &Rule) -> String {
    let check = match &rule.check {
        Check::Code(name) => format!("Check::Code({name:?})"),
        Check::Declarative(check) => declarative(check),
    };
    let controls = list(rule.controls, |(name, items)| format!("({name:?}, &{items:?})"));
    format!(
        "Rule {{ id: {:?}, name: {:?}, title: {:?}, family: {:?}, severity: Severity::{:?}, \
         precision: Precision::{:?}, platforms: {}, profiles: {}, status: Status::{:?}, \
         since: {:?}, aliases: &{:?}, supersedes: &{:?}, rationale: {:?}, remediation: {:?}, \
         references: &{:?}, controls: {controls}, message: {:?}, judges_system: {}, \
         check: {check} }}",
        rule.id,
        rule.name,
        rule.title,
        rule.family,
        rule.severity,
        rule.precision,
        words("Platform", rule.platforms),
        words("Profile", rule.profiles),
        rule.status,
        rule.since,
        rule.aliases,
        rule.supersedes,
        rule.rationale,
        rule.remediation,
        rule.references,
        rule.message,
        rule.judges_system,
    )
}

fn declarative(check: &Declarative) -> String {
    let each = match &check.each {
        Each::Kind { kinds, groups } => {
            format!("Each::Kind {{ kinds: &{kinds:?}, groups: &{groups:?} }}")
        }
        Each::Terraform(types) => format!("Each::Terraform(&{types:?})"),
        Each::TerraformData(types) => format!("Each::TerraformData(&{types:?})"),
        Each::TerraformProvider(names) => format!("Each::TerraformProvider(&{names:?})"),
        Each::View(name) => format!("Each::View({name:?})"),
    };
    let unless = match &check.unless {
        Some(unless) => format!("Some({})", condition(unless)),
        None => "None".to_owned(),
    };
    let without = match &check.without {
        Some(Without { named_by, known_as, part, assumption }) => {
            let sources = list(named_by, |Source { kind, attributes, via }| {
                format!("Source {{ kind: {kind:?}, attributes: &{attributes:?}, via: {via:?} }}")
            });
            let part = part.map_or("None".to_owned(), |part| format!("Some(Part::{part:?})"));
            format!(
                "Some(&Without {{ named_by: {sources}, known_as: {known_as:?}, part: {part}, \
                 assumption: {assumption:?} }})"
            )
        }
        None => "None".to_owned(),
    };
    format!(
        "Check::Declarative(Declarative {{ each: {each}, when: {}, unless: {unless}, \
         without: {without}, point_at: {} }})",
        condition(&check.when),
        list(check.point_at, |path| path_of(path)),
    )
}

fn condition(written: &Condition) -> String {
    let quantified = |name: &str, path: &[rule::Step], inner: &Condition| {
        format!("Condition::{name}({}, &{})", path_of(path), condition(inner))
    };
    match written {
        Condition::All(all) => format!("Condition::All({})", list(all, condition)),
        Condition::Any(any) => format!("Condition::Any({})", list(any, condition)),
        Condition::Not(inner) => format!("Condition::Not(&{})", condition(inner)),
        Condition::AnyOf(path, inner) => quantified("AnyOf", path, inner),
        Condition::AllOf(path, inner) => quantified("AllOf", path, inner),
        Condition::NoneOf(path, inner) => quantified("NoneOf", path, inner),
        Condition::Test { path, predicate, typed, defaults } => format!(
            "Condition::Test {{ path: {}, predicate: {}, typed: {}, defaults: {} }}",
            path_of(path),
            self::predicate(predicate),
            typed.map_or("None".to_owned(), |typed| format!("Some(Typed::{typed:?})")),
            list(defaults, |default| format!(
                "Default {{ value: Scalar::{:?}, provider: {:?} }}",
                default.value, default.provider
            )),
        ),
    }
}

/// A predicate's `Debug` text is its source but for the names of types and references to lists.
fn predicate(predicate: &rule::Predicate) -> String {
    use rule::Predicate as P;
    let inner = match predicate {
        P::Equals(value) => format!("Equals(Scalar::{value:?})"),
        P::Contains(value) => format!("Contains(Scalar::{value:?})"),
        P::LessThan(value) => format!("LessThan(Scalar::{value:?})"),
        P::GreaterThan(value) => format!("GreaterThan(Scalar::{value:?})"),
        P::In(values) => format!("In({})", list(values, |value| format!("Scalar::{value:?}"))),
        P::Exceeds(limit, otherwise) => format!("Exceeds(Limit::{limit:?}, {otherwise:?})"),
        P::Account(whose) => format!("Account(Account::{whose:?})"),
        P::IncludesPort(ports) => format!("IncludesPort(&{ports:?})"),
        plain => format!("{plain:?}"),
    };
    format!("Predicate::{inner}")
}

fn path_of(path: &[rule::Step]) -> String {
    list(path, |step| format!("Step::{step:?}"))
}

fn words<T: Debug>(name: &str, values: &[T]) -> String {
    list(values, |value| format!("{name}::{value:?}"))
}

fn list<T>(items: &[T], source: impl Fn(&T) -> String) -> String {
    format!("&[{}]", items.iter().map(source).collect::<Vec<_>>().join(", "))
}
