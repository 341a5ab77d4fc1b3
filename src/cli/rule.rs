//! `ztlint rule`: lists and explains rules, and holds cards to their laws.

use super::args::{Explain, ListFormat, RuleList, RuleTest};
use super::packs::{folder, listed};
use super::{EXIT_FINDINGS, EXIT_OK, fail, page, scope};
use crate::report::{listing, pages};
use crate::rules::catalog::{self, Catalog};
use crate::rules::laws;
use crate::rules::pack::{self, Origin};
use std::path::{Path, PathBuf};

/// The file that tells this project's own checkout from users' packs.
const OWN: &str = "src/rules/code/mod.rs";

/// The rules of this version and of the packs that flags and the configuration name.
fn known(packs: &[PathBuf]) -> Result<Catalog, String> {
    let place = scope::find(&[PathBuf::from(".")], None, packs);
    place.map(|place| place.config.catalog).map_err(|error| error.to_string())
}

/// `ztlint rule list`.
pub fn list(args: &RuleList) -> u8 {
    let catalog = match known(&args.rules) {
        Ok(catalog) => catalog,
        Err(message) => return fail(&message),
    };
    page(&match args.format {
        ListFormat::Table => listing::table(catalog.rules().iter().copied()),
        ListFormat::Json => listing::json(catalog.rules().iter().copied()),
        ListFormat::Markdown => listing::markdown(catalog.rules().iter().copied()),
    })
}

/// `ztlint explain`.
pub fn explain(args: &Explain) -> u8 {
    let width =
        terminal_size::terminal_size().map_or(90, |(width, _)| usize::from(width.0).min(100));
    // A rule of this version needs no configuration, not even one that can be read.
    let built = catalog::find(&args.rule).or_else(|| Catalog::default().find(&args.rule));
    let found = match built {
        Some(rule) => Ok(Some(rule)),
        None => known(&args.rules).map(|catalog| catalog.find(&args.rule)),
    };
    match found {
        Ok(Some(rule)) => page(&pages::explain(rule, width)),
        Ok(None) => fail(&format!("no rule is called `{}`; see `ztlint rule list`", args.rule)),
        Err(message) => fail(&message),
    }
}

/// `ztlint rule test`.
pub fn test(args: &RuleTest) -> u8 {
    let (home, origin) = home(&args.folder);
    let name = home.display().to_string();
    let inside: &[&str] = match origin {
        Origin::Pack => &[""],
        Origin::Own => &["rules", origin.cases()],
    };
    let tree = match folder(&home, inside) {
        Ok(tree) => tree,
        Err(error) => return fail(&format!("{}: {error}", args.folder.display())),
    };
    // A pack stands beside the rules of this version; this project's cards take their place.
    let beside = match origin {
        Origin::Pack => Catalog::default(),
        Origin::Own => Catalog::empty(),
    };
    let cards = pack::read(&tree, origin);
    let joined = cards.and_then(|cards| Ok((pack::join(&beside, &cards)?, cards)));
    let (catalog, cards) = match joined {
        Ok(joined) => joined,
        Err(faults) => {
            return fail(&format!("rules that cannot be read:\n{}", listed(&name, &faults)));
        }
    };
    let wanted: Vec<_> = (cards.into_iter())
        .filter(|file| {
            args.only.is_empty() || {
                let rules = args.only.iter().flat_map(|word| catalog.matching(word));
                rules.into_iter().any(|rule| rule.id == file.card.id)
            }
        })
        .collect();
    if wanted.is_empty() {
        return fail(&format!("no card is called {}", args.only.join(", ")));
    }
    let faults = laws::hold(&catalog, &tree, &wanted);
    let examples: usize = wanted.iter().map(|file| file.card.examples.len()).sum();
    let many =
        |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let counted = format!("{}, {}", many(wanted.len(), "card"), many(examples, "example"));
    if faults.is_empty() {
        return page(&format!("{counted}: every law holds.\n"));
    }
    let text =
        format!("{}\n\n{counted}: {}.\n", listed(&name, &faults), many(faults.len(), "fault"));
    match page(&text) {
        EXIT_OK => EXIT_FINDINGS,
        error => error,
    }
}

/// The folder to read for a named one, and whose cards lie there: for the `rules` of this
/// project's checkout the checkout, since cases lie beside it.
fn home(named: &Path) -> (PathBuf, Origin) {
    let full = named.canonicalize().unwrap_or_else(|_| named.to_owned());
    let checkout = full.parent().filter(|parent| parent.join(OWN).is_file());
    match checkout {
        Some(_) if full.ends_with("rules") => {
            let parent = named.parent().filter(|_| named.ends_with("rules"));
            let parent = parent.map(|path| if path == "" { Path::new(".") } else { path });
            (parent.map_or_else(|| full.join(".."), Path::to_owned), Origin::Own)
        }
        _ => (named.to_owned(), Origin::Pack),
    }
}
