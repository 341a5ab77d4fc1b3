//! The programs that containers start, with the words and flags they are given, by lists or in the
//! script of a shell. Knows no particular program's flags.
//!
//! Source: Kubernetes, "Define a Command and Arguments for a Container".

mod script;

use crate::input::file::File;
use crate::input::source::Place;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Fact;
use crate::model::value::{NodeRef, Value};
use crate::model::words::Words;
use std::collections::BTreeMap;

/// Flags by name, the last one that is given of each. An empty name says that there may be more.
pub(super) type Flags = BTreeMap<Box<str>, Value>;

/// Commands of a script that are elements.
const COMMANDS: usize = 64;

/// Words before a program's own that start it as it is.
const STARTERS: [&str; 11] = [
    "--",
    "command",
    "dumb-init",
    "env",
    "exec",
    "ionice",
    "nice",
    "nohup",
    "sudo",
    "time",
    "tini",
];

/// A word of a command.
pub(super) struct Word {
    /// As the program gets it; what is known of its beginning where it is not literal.
    pub text: String,
    /// Whether that is all of it.
    pub literal: bool,
    place: Place,
    node: Option<NodeRef>,
}

impl Word {
    fn value(&self, text: &str) -> Value {
        let value = if self.literal {
            Value::Text(text.to_owned(), self.place)
        } else {
            Value::Unknown(self.place)
        };
        value.at(self.node)
    }
}

/// What a container starts.
pub(super) struct Command<'a> {
    /// The words; without the program's own where the image chooses it.
    pub words: Vec<Word>,
    /// Whether the first word is the program.
    pub named: bool,
    /// Whether it stands in a script.
    pub script: bool,
    /// Whether there may be more words.
    pub open: bool,
    /// The list that they, and further flags, belong into.
    pub start: Cursor<'a>,
}

/// The commands of a container: one, or those of the script that it passes to a shell.
pub(super) fn commands(container: Cursor<'_>) -> Vec<Command<'_>> {
    let (command, arguments) = (container.key("command"), container.key("args"));
    let lists = [command.items(), arguments.items()];
    let known: Vec<Cursor<'_>> = lists.iter().flat_map(|list| list.known.clone()).collect();
    let start = [command, arguments].into_iter().find(|list| list.shape() == Shape::List);
    let start = start.unwrap_or(container);
    if let Some(script) = script_of(&known) {
        let commands = script::commands(script).into_iter();
        let command = |words| Command { words, named: true, script: true, open: false, start };
        return commands.map(command).collect();
    }
    let named = !lists[0].known.is_empty() && command.shape() == Shape::List;
    let open = lists.iter().any(|list| list.open);
    let words = known.into_iter().map(word).collect();
    vec![Command { words, named, script: false, open, start }]
}

/// The script among the words of a command that starts a shell.
fn script_of<'a>(words: &[Cursor<'a>]) -> Option<Cursor<'a>> {
    let texts: Vec<_> = words.iter().map(Cursor::text).collect();
    let is_shell = |text: &str| matches!(base(text), "sh" | "bash" | "ash" | "dash" | "busybox");
    let at = texts.windows(3).position(|three| {
        let option = three[1]
            .as_deref()
            .is_some_and(|text| text.len() < 5 && text.starts_with('-') && text.ends_with('c'));
        let script = three[2].as_deref().is_some_and(|text| text.contains(char::is_whitespace));
        option && script && three[0].as_deref().is_some_and(is_shell)
    })?;
    Some(words[at + 2])
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn word(word: Cursor<'_>) -> Word {
    let (place, node) = (word.place(), word.node_ref());
    let (text, literal) = match word.words() {
        Fact::Known(Words::Exact(text), _) => (text.into_owned(), true),
        Fact::Known(Words::Partial(pieces), _) => {
            (pieces.first().copied().flatten().unwrap_or_default().to_owned(), false)
        }
        _ => (String::new(), false),
    };
    Word { text, literal, place, node }
}

/// Where a command's own words begin: after what only starts it, and the variables it is given.
pub(super) fn own(words: &[Word]) -> usize {
    let leads = |word: &Word| {
        let assigns = word.text.contains('=') && !word.text.starts_with('-');
        assigns || STARTERS.contains(&base(&word.text))
    };
    words.iter().position(|word| !leads(word)).unwrap_or(words.len())
}

/// Flags among words: `--name=value`, `--name value`, or `--name` for a truth value, with one dash or
/// two. The last one counts.
pub(super) fn flags(words: &[Word], open: bool, start: Cursor<'_>) -> Flags {
    let mut flags = Flags::new();
    let mut open = open;
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        let Some(flag) = word.text.strip_prefix('-') else {
            open |= !word.literal;
            continue;
        };
        let flag = match flag.strip_prefix('-') {
            Some(long) => long,
            // Whether what follows a letter is its value cannot be told.
            None if flag.len() < 2 => continue,
            None => flag,
        };
        match (flag.split_once('='), rest.peek()) {
            (Some((name, own)), _) => drop(flags.insert(name.into(), word.value(own))),
            (None, _) if !word.literal => open = true,
            (None, Some(next)) if !next.literal && next.text.is_empty() => {
                flags.insert(flag.into(), next.value(""));
            }
            (None, Some(next)) if !next.text.starts_with('-') => {
                flags.insert(flag.into(), next.value(&next.text));
                rest.next();
            }
            (None, _) => drop(flags.insert(flag.into(), word.value("true"))),
        }
    }
    if open {
        flags.insert("".into(), Value::Unknown(start.header()));
    }
    flags
}

/// The `program` view: every command that some elements of the view `container` start; of those in
/// scripts the ones with flags.
pub fn programs(files: &[File], containers: &[(Value, String)]) -> Vec<(Value, String)> {
    let mut found = Vec::new();
    for (view, label) in containers {
        let Value::Map { entries: container, place } = view else { continue };
        let written = Cursor::value(files, view).key("container");
        let is_told = |command: &Command<'_>| {
            !command.script || command.words.iter().any(|word| word.text.starts_with('-'))
        };
        for command in commands(written).iter().filter(|one| is_told(one)).take(COMMANDS) {
            let entries = program(command, written).into_iter().chain(container.iter().cloned());
            found.push((Value::Map { entries: entries.collect(), place: *place }, label.clone()));
        }
    }
    found
}

fn program(command: &Command<'_>, container: Cursor<'_>) -> Vec<(&'static str, Value)> {
    let Command { words, named, open, start, .. } = command;
    let words = &words[if *named { own(words) } else { 0 }..];
    let (program, words) = match words.split_first() {
        Some((first, rest)) if *named => (Some(first), rest),
        _ => (None, words),
    };
    let place = start.header();
    let items = words.iter().map(|word| word.value(&word.text)).collect();
    let mut entries =
        vec![("words", Value::List { items, open: *open, place }), ("start", start.to_value())];
    let unnamed = || container.key("command").to_value();
    entries.push(("program", program.map_or_else(unnamed, |word| word.value(base(&word.text)))));
    if let Some(node) = start.node_ref() {
        entries
            .push(("flags", Value::Made(node, flags(words, *open, *start).into_iter().collect())));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::programs;
    use crate::input::file::{File, Language};
    use crate::model::cursor::Cursor;
    use crate::model::kubernetes::{self, workload};
    use crate::model::value::{NodeRef, Value};

    /// `program: flag=value@written …` of every command of a container; `?` where something cannot be
    /// told.
    fn found(container: &str) -> Vec<String> {
        let container = container.replace('\n', "\n    ");
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: a\n    {container}\n"
        );
        let files = [File::parse("a.yaml", text, Language::Yaml)];
        let root = NodeRef { file: files[0].id, node: files[0].tree.documents[0] };
        let body = Cursor::node(&files, root);
        let object = kubernetes::object(body).expect("an object");
        let line = |(value, _): &(Value, String)| {
            let view = Cursor::value(&files, value);
            let program = view.key("program").text();
            let mut words = vec![program.map_or("-".to_owned(), |name| format!("{name}:"))];
            let (flags, open) = view.key("flags").entries();
            words.extend(flags.into_iter().filter(|(name, _)| !name.is_empty()).map(
                |(name, at)| {
                    let written = files[0].source.slice(at.place().span);
                    format!("{name}={}@{written}", at.text().unwrap_or("?".into()))
                },
            ));
            words.extend(open.then(|| "?".to_owned()));
            words.join(" ")
        };
        programs(&files, &workload::containers(&object, body)).iter().map(line).collect()
    }

    #[test]
    fn commands_of_containers_and_where_their_flags_stand() {
        for (container, expected) in [
            ("image: b", vec!["-"]),
            ("args: [--a, x]", vec!["- a=x@x"]),
            ("command: [/bin/b, -dev, --a=1]", vec!["b: a=1@--a=1 dev=true@-dev"]),
            ("command: [tini, --, b]\nargs: [--a, '0']", vec!["b: a=0@'0'"]),
            (
                "command: [sh, -c, \"X=1 exec b --a=1 | tee /l && c --d 'e f'\"]",
                vec!["b: a=1@--a=1", "c: d=e f@'e f'"],
            ),
            (
                "command: [bash, -ec]\nargs:\n- |\n  # b --a\n  b \\\n    --a=\"$A\" \\\n    --c \"d\"\n",
                vec!["b: a=?@--a=\"$A\" c=d@\"d\""],
            ),
            (
                "command: [sh, -c]\nargs:\n- >-\n  b\n  --a 1\n  && c --d\n",
                vec!["b: a=1@1", "c: d=true@--d"],
            ),
            (
                "command: [sh, -c]\nargs:\n- |\n  cat <<'EOF' > /x\n  b --a\n  EOF\n  c --d=é --e\n",
                vec!["c: d=é@--d=é e=true@--e"],
            ),
            ("command: [sh, -c, \"b\\t--a=1\"]", vec!["b: a=1@\"b\\t--a=1\""]),
        ] {
            assert_eq!(found(container), expected, "{container}");
        }
    }
}
