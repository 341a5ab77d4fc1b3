//! `ztlint rule new`: a card that passes the laws at once, to be changed from there; for this
//! project's own rules with a function if the condition is to be one.

use super::args::RuleNew;
use super::{fail, packs, page};
use crate::input::file_tree::FileTree;
use crate::rules::catalog::{Catalog, ORGANISATION};
use crate::rules::laws;
use crate::rules::pack::Origin;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The table of functions, in a checkout of this project.
const TABLE: &str = "src/rules/code/mod.rs";

/// The condition of a new card, and the function that says the same.
const CONDITION: &str = r#"  each: {kind: ConfigMap, group: ""}
  when: {path: data.replace-me, equals: "true"}
  point-at: [data.replace-me]
"#;
const FUNCTION: &str = r#"//! Says in one sentence what this rule finds.

use crate::model::fact::{Fact, Truth};
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// One finding for each object, at the attribute to change.
SIGNATURE {
    for at in root.objects("", "ConfigMap") {
        let value = root.cursor(root.resources[at]).key("data").key("replace-me");
        let set = match value.words() {
            Fact::Known(words, _) => words.equals("true"),
            Fact::Unknown(_) => Truth::Unknown,
            Fact::Absent(_) => Truth::False,
        };
        match set {
            Truth::True => {
                sink.report(at, value, None, &[]);
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}
"#;
const CARD: &str = r#"id: RULE_ID
name: RULE_NAME
title: Say the fault in one line
family: FAMILY
severity: medium
precision: high
platforms: [kubernetes]
profiles: [default, strict]
status: preview
since: "0.1"
rationale: >-
  Say here in full sentences why this matters.
remediation: >-
  Say here in full sentences what to do.
references:
  - https://kubernetes.io/docs/concepts/
controls:
  nist-800-207: [T2]
  cisa-ztmm: [governance]
message: "{resource} sets `replace-me`."
check:
CHECKexamples:
  - bad:
      platform: kubernetes
      text: |
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: first, namespace: shop}
        data:
          replace-me: "true"  #~ RULE_ID
  - bad:
      platform: kubernetes
      text: |
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: second}
        data:
          other: "true"
          replace-me: "true"  #~ RULE_ID
  - good:
      platform: kubernetes
      why: Say why a strong reviewer would object to a finding here.
      text: |
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: first, namespace: shop}
        data:
          replace-me: "false"
  - good:
      platform: kubernetes
      why: Nothing is written, and the default is fine.
      text: |
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: second}
        data: {}
"#;

/// Runs the command; the number is the exit code.
pub fn run(args: &RuleNew) -> u8 {
    match new(args) {
        Ok(written) => {
            let lines = written.iter().map(|path| format!("{}\n", path.display()));
            page(&lines.collect::<String>())
        }
        Err(message) => fail(&message),
    }
}

fn new(args: &RuleNew) -> Result<Vec<PathBuf>, String> {
    let own = args.id.starts_with(&format!("{ORGANISATION}-"));
    let origin = if own { Origin::Own } else { Origin::Pack };
    let family = args.id.split('-').nth(1).unwrap_or_default();
    laws::id(&args.id, family, origin)?;
    if !laws::is_name(&args.name) {
        return Err(format!("`{}` is not kebab-case, or does not name the fault", args.name));
    }
    let catalog = Catalog::default();
    if let Some(rule) = [&args.id, &args.name].into_iter().find_map(|word| catalog.find(word)) {
        return Err(format!("{} {} is there already", rule.id, rule.name));
    }
    let checkout = args.folder.join(TABLE).is_file();
    if own && !checkout {
        let folder = args.folder.display();
        return Err(format!(
            "{folder} is no checkout of ztlint; its ids begin with {ORGANISATION}"
        ));
    }
    if args.code && !own {
        return Err("a pack's checks are declarative; --code is for ztlint's own rules".to_owned());
    }
    let home = if own { args.folder.join("rules") } else { args.folder.clone() };
    let prefix = format!("{}-", args.id);
    // A folder that is not there yet holds no card.
    let cards = packs::folder(&home, &[""]).map(|tree| tree.list("", true).files);
    let taken = cards
        .into_iter()
        .flatten()
        .find(|path| path.rsplit('/').next().is_some_and(|name| name.starts_with(&prefix)));
    if let Some(path) = taken {
        return Err(format!("{} has this id already", home.join(path).display()));
    }
    let card = home.join(family.to_lowercase()).join(format!("{}-{}.yaml", args.id, args.name));
    let function = args.name.replace('-', "_");
    let check = if args.code { format!("  code: {function}\n") } else { CONDITION.to_owned() };
    let text = CARD
        .replace("RULE_ID", &args.id)
        .replace("RULE_NAME", &args.name)
        .replace("FAMILY", family)
        .replace("CHECK", &check);
    let mut files = vec![(card, text)];
    if args.code {
        let path = args.folder.join(TABLE);
        let table = fs::read_to_string(&path).map_err(|error| fault(&path, &error))?;
        let table = entered(&table, &function)
            .ok_or_else(|| format!("{}: no table of functions is found", path.display()))?;
        let source = args.folder.join(format!("src/rules/code/{function}.rs"));
        files.push((source, FUNCTION.replace("SIGNATURE", &signature(&function))));
        write(&files)?;
        fs::write(&path, table).map_err(|error| fault(&path, &error))?;
        return Ok(files.into_iter().map(|(path, _)| path).chain([path]).collect());
    }
    write(&files)?;
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// A function's first line, or lines, as `rustfmt` writes it.
fn signature(function: &str) -> String {
    let one = format!("pub fn {function}<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>)");
    match one.len() + " {".len() {
        ..=100 => one,
        _ => format!(
            "pub fn {function}<'r>(\n    root: &'r Root<'r>,\n    sink: &mut Sink<'_, 'r>,\n)"
        ),
    }
}

/// Writes new files; one that exists is left as it is.
fn write(files: &[(PathBuf, String)]) -> Result<(), String> {
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(format!("{} is there already", path.display()));
    }
    for (path, text) in files {
        let folder = path.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(path, text))
            .map_err(|error| fault(path, &error))?;
    }
    Ok(())
}

fn fault(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// The source of the table with one function more, as `rustfmt` writes it.
fn entered(source: &str, function: &str) -> Option<String> {
    let mut lines: Vec<&str> = source.lines().collect();
    let module = format!("mod {function};");
    let modules = |line: &&str| line.starts_with("mod ");
    let after = lines.iter().rposition(|line| modules(line) && **line < *module);
    let first = lines.iter().position(modules)?;
    lines.insert(after.map_or(first, |at| at + 1), &module);
    let start = lines.iter().position(|line| line.starts_with("pub const TABLE"))?;
    let end = start + lines[start..].iter().position(|line| *line == "];")?;
    let one = format!("    (\"{function}\", {function}::{function}),");
    let several = [
        "    (".to_owned(),
        format!("        \"{function}\","),
        format!("        {function}::{function},"),
        "    ),".to_owned(),
    ];
    let entry = if one.len() <= 100 { vec![one] } else { several.to_vec() };
    // A name stands behind its parenthesis, or alone on a line.
    let name = |line: &str| {
        let rest = line.trim_start().trim_start_matches('(').strip_prefix('"')?;
        rest.split_once('"').map(|(name, _)| name.to_owned())
    };
    let later = |line: &&str| name(line).is_some_and(|name| *name > *function);
    let found = lines[start..end].iter().position(later).map(|at| start + at);
    let at = match found {
        // The parenthesis stands alone on the line above.
        Some(at) if !lines[at].trim_start().starts_with('(') => at - 1,
        Some(at) => at,
        None => end,
    };
    for (offset, line) in entry.iter().enumerate() {
        lines.insert(at + offset, line);
    }
    Some(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::entered;

    const BEFORE: &str = "mod alpha;\nmod gamma;\n\npub const TABLE: &[(&str, Function)] = &[\n    \
                          (\"alpha\", alpha::alpha),\n    (\n        \"gamma\",\n        gamma::gamma,\n    \
                          ),\n];\n";

    #[test]
    fn a_function_takes_its_sorted_place() {
        let after = entered(BEFORE, "beta").expect("a table");
        assert!(after.starts_with("mod alpha;\nmod beta;\nmod gamma;\n"), "{after}");
        let rows =
            "    (\"alpha\", alpha::alpha),\n    (\"beta\", beta::beta),\n    (\n        \"gamma\"";
        assert!(after.contains(rows), "{after}");
        let first = entered(BEFORE, "aaa").expect("a table");
        assert!(first.starts_with("mod aaa;\nmod alpha;") && first.contains("[\n    (\"aaa\""));
        let last = entered(BEFORE, "zeta").expect("a table");
        assert!(last.contains("    ),\n    (\"zeta\", zeta::zeta),\n];\n"), "{last}");
        assert_eq!(entered("fn main() {}\n", "beta"), None);
    }
}
