//! The list of suppressions, for people and as JSON (`schemas/suppressions.schema.json`).

use super::{Extent, counted, inert, write_json};
use crate::input::git_history::Origin;
use crate::rules::date::Date;
use crate::rules::outcome::Report;
use crate::rules::suppress::peer::Peer;
use crate::rules::suppress::{Kind, Policy, Reach, Standing, Suppression};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// The version of the document's shape.
pub const VERSION: u32 = 1;

/// A suppression to be listed, and the commit that brought it in.
pub type Listed<'a> = (&'a Suppression, Option<Origin>);

/// What the list is about.
pub struct List<'a> {
    /// The run that read them.
    pub report: &'a Report,
    /// What they must say.
    pub policy: &'a Policy,
    /// The day they are judged by.
    pub today: Date,
    /// Those to show, in order.
    pub shown: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    today: String,
    suppressions: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    kind: &'static str,
    dialect: &'static str,
    location: At<'a>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    rules: Vec<Named>,
    unknown: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    resources: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    instances: &'a [String],
    reason: Option<&'a str>,
    until: Option<String>,
    days_left: Option<i64>,
    owner: Option<Owner<'a>>,
}

#[derive(Serialize)]
struct At<'a> {
    path: &'a str,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Named {
    id: &'static str,
    matched: bool,
}

#[derive(Serialize)]
struct Owner<'a> {
    name: &'a str,
    email: &'a str,
    commit: &'a str,
    date: String,
    age_days: i64,
}

/// Writes the list as one line of JSON.
pub fn json(list: &List<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let suppressions = list.shown.iter().map(|listed| row(list, listed)).collect();
    write_json(&Document { version: VERSION, today: list.today.to_string(), suppressions }, out)
}

fn row<'a>(list: &'a List<'_>, (one, origin): &'a Listed<'a>) -> Row<'a> {
    let source = list.report.source(one.place.file);
    let at = Extent::new(source, one.place.span).start;
    let terms = one.terms();
    let (status, fault) = status(one, list.policy, list.today);
    let rules = terms.into_iter().flat_map(|terms| terms.rules.iter().zip(&terms.used));
    // One that is for whatever its scanner finds names what it hides.
    let blanket = terms.is_some_and(|terms| terms.blanket);
    let rules = rules.filter(|(_, used)| !blanket || **used);
    let until = terms.and_then(|terms| terms.until);
    Row {
        kind: one.kind.word(),
        dialect: one.peer.map_or("ztlint", Peer::word),
        location: At { path: &source.path, line: at.line, column: at.column },
        status,
        fault,
        rules: rules.map(|(rule, used)| Named { id: rule.id, matched: *used }).collect(),
        unknown: terms.map_or(&[], |terms| &terms.strangers),
        resources: match &one.reach {
            Reach::Named(target) => &target.resources,
            _ => &[],
        },
        instances: terms.map_or(&[], |terms| &terms.instances),
        reason: terms.and_then(|terms| terms.reason.as_deref()),
        until: until.map(|day| day.to_string()),
        days_left: until.map(|day| day.days_from(list.today)),
        owner: origin.as_ref().map(|origin| owner(origin, list.today)),
    }
}

fn owner(origin: &Origin, today: Date) -> Owner<'_> {
    let date = Date::of_seconds(origin.seconds);
    Owner {
        name: &origin.name,
        email: &origin.email,
        commit: &origin.commit,
        date: date.to_string(),
        age_days: today.days_from(date),
    }
}

/// `used`, `unused`, `expired`, `invalid`, or `unknown` for one of another scanner that names nothing
/// that any rule reports; and why one is invalid.
fn status(one: &Suppression, policy: &Policy, today: Date) -> (&'static str, Option<String>) {
    match one.standing(policy, today) {
        Standing::Expired(_) => ("expired", None),
        Standing::Invalid(why) => ("invalid", Some(why)),
        Standing::Holds => {
            let terms = one.terms();
            let used = terms.is_some_and(|terms| terms.used.contains(&true));
            let named = terms.is_some_and(|terms| !terms.rules.is_empty());
            (
                if used {
                    "used"
                } else if named {
                    "unused"
                } else {
                    "unknown"
                },
                None,
            )
        }
    }
}

/// Writes the list for people.
pub fn human(list: &List<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let (mut counts, mut bare, mut endless) = (BTreeMap::<_, usize>::new(), 0, 0);
    for listed in &list.shown {
        let row = row(list, listed);
        *counts.entry(row.status).or_default() += 1;
        bare += usize::from(row.reason.is_none());
        endless += usize::from(row.until.is_none());
        let At { path, line, column } = row.location;
        let kind = if listed.0.kind == Kind::Configuration { "entry" } else { row.kind };
        let whose = listed.0.peer.map_or_else(String::new, |peer| format!(" of {}", peer.word()));
        writeln!(out, "{}:{line}:{column}: {kind}{whose}, {}", inert(path), row.status)?;
        let mut tell = |word: &str, text: &str| match text {
            "" => Ok(()),
            text => writeln!(out, "  {word:<10}{}", inert(text)),
        };
        tell("fault", row.fault.as_deref().unwrap_or_default())?;
        let mixed = row.rules.iter().any(|rule| rule.matched);
        let rules = row.rules.iter().map(|rule| {
            if rule.matched || !mixed {
                rule.id.to_owned()
            } else {
                format!("{} (unused)", rule.id)
            }
        });
        tell("rules", &rules.collect::<Vec<_>>().join(", "))?;
        tell("unknown", &row.unknown.join(", "))?;
        tell("resources", &row.resources.join(", "))?;
        tell("instances", &row.instances.join(", "))?;
        tell("reason", row.reason.unwrap_or_default())?;
        if let (Some(day), Some(left)) = (&row.until, row.days_left) {
            let left = if left < 0 { days(-left, "ago") } else { days(left, "left") };
            tell("until", &format!("{day} ({left})"))?;
        }
        if let Some(Owner { name, email, commit, date, age_days }) = row.owner {
            let age = days(age_days.max(0), "ago");
            let commit = &commit[..commit.len().min(10)];
            tell("owner", &format!("{name} <{email}>, {date} ({age}), {commit}"))?;
        }
    }
    let parts: Vec<_> = counts.iter().map(|(status, count)| format!("{count} {status}")).collect();
    let total = counted(list.shown.len(), "suppression");
    if parts.is_empty() {
        return writeln!(out, "No suppressions.");
    }
    let parts = parts.join(", ");
    writeln!(out, "{total} ({parts}); {bare} without a reason, {endless} without an end.")
}

fn days(number: i64, word: &str) -> String {
    match number {
        0 => "today".to_owned(),
        1 => format!("1 day {word}"),
        _ => format!("{number} days {word}"),
    }
}
