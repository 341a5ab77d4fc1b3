//! ztlint.toml: read with a place for every value, so that errors can point into it.

mod dirs;
mod ignores;
mod paths;
mod ports;

use super::args;
use super::charts;
use super::packs;
use super::suggestion;
use super::variables::ValueFile;
use crate::input::file::folder;
use crate::input::source::{Source, Span};
use crate::model::root::{ListedPort, ModelSettings};
use crate::rules::card::{Profile, Severity};
use crate::rules::catalog::Catalog;
use crate::rules::expectation::{self, Expectations};
use crate::rules::settings::{PathSettings, Severities};
use crate::rules::suppress::Policy;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml_edit::{Document, Item, TableLike};

/// The file's name.
pub const NAME: &str = "ztlint.toml";

/// How long it may be.
const MAX_BYTES: u64 = 4 << 20;

/// A configuration, each part absent unless written.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The rules of this version and of every pack.
    pub catalog: Catalog,
    /// `[project] roots`.
    pub roots: Option<GlobSet>,
    /// `[project] exclude`.
    pub exclude: Option<GlobSet>,
    /// `[project] var-files`.
    pub var_files: Vec<ValueFile>,
    /// `[check] select`.
    pub select: Vec<String>,
    /// `[check] ignore`.
    pub ignore: Vec<String>,
    /// `[check] profile`.
    pub profile: Option<Profile>,
    /// `[check] gate`.
    pub gate: bool,
    /// `[check] severity`.
    pub severities: Severities,
    /// `[[path]]`.
    pub paths: Vec<PathSettings>,
    /// `[check] min-severity`.
    pub min_severity: Option<Severity>,
    /// `[check] fail-on`.
    pub fail_on: Option<Severity>,
    /// `[limits] max-file-bytes`.
    pub max_file_bytes: Option<u64>,
    /// `[limits] rotation-days`.
    pub rotation_days: Option<u64>,
    /// `[limits] token-seconds`.
    pub token_seconds: Option<u64>,
    /// `[limits] session-seconds`.
    pub session_seconds: Option<u64>,
    /// `[limits] render-seconds`.
    pub render_seconds: Option<u64>,
    /// `[helm] values`.
    pub chart_values: charts::Values,
    /// `[cloud] own-accounts`.
    pub own_accounts: Option<Vec<String>>,
    /// `[kubernetes] system-namespaces`.
    pub system_namespaces: Option<Vec<String>>,
    /// `[kubernetes] closed-namespaces`.
    pub closed_namespaces: Option<GlobSet>,
    /// `[graph] public`.
    pub public: Vec<String>,
    /// `[suppressions]` and `[[ignore]]`.
    pub suppressions: Policy,
    /// `[graph] sensitive-ports`.
    pub sensitive_ports: Vec<ListedPort>,
    /// `[[expect]]`, in the file's text.
    pub expect: Option<Expectations>,
    /// `[istio] root-namespace`.
    pub root_namespace: Option<String>,
    /// `[istio] trust-domain`.
    pub trust_domain: Option<String>,
}

impl Config {
    /// What the model takes from the configuration.
    pub fn model(&self) -> ModelSettings {
        let mut settings = ModelSettings {
            closed_namespaces: self.closed_namespaces.clone().unwrap_or_default(),
            public: self.public.clone(),
            sensitive_ports: self.sensitive_ports.clone(),
            trust_domain: self.trust_domain.clone(),
            own_accounts: self.own_accounts.clone(),
            rotation_days: self.rotation_days,
            token_seconds: self.token_seconds,
            session_seconds: self.session_seconds,
            ..ModelSettings::default()
        };
        if let Some(namespaces) = &self.system_namespaces {
            settings.system_namespaces.clone_from(namespaces);
        }
        if let Some(namespace) = &self.root_namespace {
            settings.root_namespace.clone_from(namespace);
        }
        settings
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// A folder of rules.
    #[error("{0}")]
    Rules(String),
    /// It says something that is not known here.
    #[error("{path}:{line}:{column}: {message}\n  {line} | {text}")]
    Invalid {
        /// The file.
        path: String,
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
        /// What is wrong.
        message: String,
        /// The line's text.
        text: String,
    },
}

impl Config {
    /// No configuration, and the rules of some packs.
    pub fn with(packs: &[PathBuf]) -> Result<Self, ConfigError> {
        let catalog = packs::catalog(packs).map_err(ConfigError::Rules)?;
        Ok(Self { catalog, ..Self::default() })
    }
}

/// Reads a configuration. Globs and files are relative to its folder, which lies at `prefix` below
/// the project root; there is no root when standard input is checked. `packs` are folders of rules
/// beside those it names.
pub fn read(
    path: &Path,
    prefix: &str,
    root: Option<&Path>,
    packs: &[PathBuf],
) -> Result<Config, ConfigError> {
    let unreadable = |error| ConfigError::Unreadable(path.to_owned(), error);
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        let error = std::io::Error::other(format!("larger than the limit of {MAX_BYTES} bytes"));
        return Err(unreadable(error));
    }
    parse(path, text, prefix, root, packs)
}

/// Reads the configuration of a tree that is not on the disk, for those who ask about its graph. What
/// names files and rules is passed over: those of that tree are not at hand.
pub fn of_revision(shown: &str, text: String, prefix: &str) -> Result<Config, ConfigError> {
    let source = Source::new(shown.to_owned(), text);
    let (folder, catalog) = (Path::new(""), Catalog::default());
    let reader = Reader { source: &source, prefix, folder, root: None, catalog, files: false };
    reader.document(reader.table()?.as_table())
}

/// Where the configuration of a file or folder of a project may be, the nearest first.
pub fn above(path: &str) -> impl Iterator<Item = String> {
    let folders = std::iter::successors(Some(path), |at| {
        let at: &str = at;
        (!at.is_empty()).then(|| folder(at))
    });
    folders.map(|at| if at.is_empty() { NAME.to_owned() } else { format!("{at}/{NAME}") })
}

/// What the text of an earlier configuration expects; none where that cannot be told.
pub fn expectations(path: &str, text: String) -> Option<Expectations> {
    let document = Document::parse(text.as_str()).ok()?;
    let list = expectation::written::read(document.get("expect")?).ok()?;
    Some(Expectations { path: path.to_owned(), text, list })
}

/// Reads a configuration's text; `path` is what messages call it, and its folder is where files that
/// it names are looked for.
pub fn parse(
    path: &Path,
    text: String,
    prefix: &str,
    root: Option<&Path>,
    packs: &[PathBuf],
) -> Result<Config, ConfigError> {
    let source = Source::new(path.display().to_string(), text);
    let folder = path.parent().unwrap_or(Path::new(""));
    let catalog = Catalog::default();
    let mut reader = Reader { source: &source, prefix, folder, root, catalog, files: true };
    let document = reader.table()?;
    reader.packs(document.as_table(), packs)?;
    reader.document(document.as_table())
}

/// The texts of a list and where each is written.
type Texts = Vec<(String, Option<Range<usize>>)>;

struct Reader<'a> {
    source: &'a Source,
    prefix: &'a str,
    folder: &'a Path,
    root: Option<&'a Path>,
    catalog: Catalog,
    /// Whether the files and rules that it names are at hand.
    files: bool,
}

/// Keys that name files or rules.
const OF_FILES: [&str; 5] = ["var-files", "values", "select", "ignore", "severity"];

const SECTIONS: [(&str, &[&str]); 10] = [
    ("project", &["roots", "exclude", "var-files"]),
    ("check", &["select", "ignore", "profile", "gate", "severity", "min-severity", "fail-on"]),
    (
        "limits",
        &["max-file-bytes", "rotation-days", "token-seconds", "session-seconds", "render-seconds"],
    ),
    ("cloud", &["own-accounts"]),
    ("graph", &["public", "sensitive-ports"]),
    ("helm", &["values"]),
    ("kubernetes", &["closed-namespaces", "system-namespaces"]),
    ("istio", &["root-namespace", "trust-domain"]),
    ("rules", &["dirs"]),
    ("suppressions", &["require-reason", "require-expiry", "max-days", "peers"]),
];

impl<'a> Reader<'a> {
    fn table(&self) -> Result<Document<&'a str>, ConfigError> {
        Document::parse(self.source.text.as_str()).map_err(|error| {
            self.error(error.span(), error.message().lines().collect::<Vec<_>>().join(", "))
        })
    }

    fn error(&self, span: Option<Range<usize>>, message: impl Into<String>) -> ConfigError {
        let span = span.unwrap_or(0..0);
        let span = Span::new(span.start, span.end);
        let at = self.source.position(span.start);
        let text = self.source.slice(self.source.line_span(span.start));
        ConfigError::Invalid {
            path: self.source.path.clone(),
            line: at.line,
            column: at.column,
            message: message.into(),
            text: text.to_owned(),
        }
    }

    fn document(&self, table: &dyn TableLike) -> Result<Config, ConfigError> {
        let mut config = Config { catalog: self.catalog.clone(), ..Config::default() };
        for (section, item) in table.iter() {
            let span = table.key(section).and_then(toml_edit::Key::span);
            if section == "expect" {
                let list =
                    expectation::written::read(item).map_err(|(at, text)| self.error(at, text))?;
                let Source { path, text, .. } = self.source;
                let (path, text) = (path.clone(), text.clone());
                config.expect = Some(Expectations { path, text, list });
                continue;
            }
            if section == "path" {
                config.paths = self.paths(item)?;
                continue;
            }
            if section == "ignore" {
                // It names rules.
                if !self.files {
                    continue;
                }
                config.suppressions.entries = Some(self.ignores(item)?);
                continue;
            }
            let Some((_, known)) = SECTIONS.iter().find(|(name, _)| *name == section) else {
                let names: Vec<String> = SECTIONS
                    .iter()
                    .map(|(name, _)| format!("[{name}]"))
                    .chain(["[[expect]]".into(), "[[ignore]]".into(), "[[path]]".into()])
                    .collect();
                let known =
                    SECTIONS.iter().map(|(name, _)| *name).chain(["expect", "ignore", "path"]);
                let hint = suggestion::hint(section, known);
                let names = names.join(", ");
                let message = format!("`{section}` is not known{hint}; there are {names}");
                return Err(self.error(span, message));
            };
            let Some(keys) = item.as_table_like() else {
                return Err(self.error(span, format!("`{section}` is a table: [{section}]")));
            };
            for (key, value) in keys.iter() {
                if !known.contains(&key) {
                    return Err(self.unknown(keys, key, &format!("[{section}]"), known));
                }
                self.value(&mut config, key, value)?;
            }
        }
        Ok(config)
    }

    fn value(&self, config: &mut Config, key: &str, value: &Item) -> Result<(), ConfigError> {
        match key {
            // Read before all others.
            "dirs" => {}
            _ if !self.files && OF_FILES.contains(&key) => {}
            "roots" => config.roots = Some(self.globs(value)?),
            "exclude" => config.exclude = Some(self.globs(value)?),
            "var-files" => config.var_files = self.var_files(value)?,
            "select" => config.select = self.rules(value)?,
            "ignore" => config.ignore = self.rules(value)?,
            "profile" => config.profile = Some(self.profile(value)?),
            "gate" => config.gate = self.truth(value)?,
            "severity" => config.severities = self.severities(value)?,
            "min-severity" => config.min_severity = Some(self.severity(value)?),
            "fail-on" => config.fail_on = Some(self.severity(value)?),
            "max-file-bytes" => config.max_file_bytes = Some(self.number(value, "bytes")?),
            "require-reason" => config.suppressions.require_reason = self.truth(value)?,
            "require-expiry" => config.suppressions.require_expiry = self.truth(value)?,
            "max-days" => config.suppressions.max_days = Some(self.number(value, "days")?),
            "peers" => config.suppressions.peers = self.peers(value)?,
            "rotation-days" => config.rotation_days = Some(self.number(value, "days")?),
            "token-seconds" => config.token_seconds = Some(self.number(value, "seconds")?),
            "session-seconds" => config.session_seconds = Some(self.number(value, "seconds")?),
            "render-seconds" => config.render_seconds = Some(self.number(value, "seconds")?),
            "values" => config.chart_values = self.chart_values(value)?,
            "own-accounts" => config.own_accounts = Some(self.accounts(value)?),
            "public" => config.public = self.workloads(value)?,
            "sensitive-ports" => config.sensitive_ports = self.ports(value)?,
            "closed-namespaces" => config.closed_namespaces = Some(self.names(value)?),
            "system-namespaces" => {
                let names = self.texts(value)?.into_iter().map(|(text, _)| text).collect();
                config.system_namespaces = Some(names);
            }
            "trust-domain" => config.trust_domain = Some(self.text(value)?.to_owned()),
            _ => config.root_namespace = Some(self.text(value)?.to_owned()),
        }
        Ok(())
    }

    fn text<'v>(&self, value: &'v Item) -> Result<&'v str, ConfigError> {
        let text = value.as_str().filter(|text| !text.is_empty());
        text.ok_or_else(|| self.error(value.span(), "this must be a text in quotes"))
    }

    fn truth(&self, value: &Item) -> Result<bool, ConfigError> {
        value.as_bool().ok_or_else(|| self.error(value.span(), "this is true or false"))
    }

    /// A key that is not known in a table, with the one that was probably meant.
    fn unknown(
        &self,
        table: &dyn TableLike,
        key: &str,
        title: &str,
        known: &[&str],
    ) -> ConfigError {
        let span = table.key(key).and_then(toml_edit::Key::span);
        let hint = suggestion::hint(key, known.iter().copied());
        let known = known.join(", ");
        self.error(span, format!("`{key}` is not known in {title}{hint}; there are {known}"))
    }

    /// A list of tables, under a header each (`[[path]]`) or in one value.
    fn tables<'v>(
        &self,
        item: &'v Item,
        name: &str,
    ) -> Result<Vec<&'v dyn TableLike>, ConfigError> {
        fn table(value: &toml_edit::Value) -> Option<&dyn TableLike> {
            value.as_inline_table().map(|table| table as &dyn TableLike)
        }
        let tables = match (item.as_array_of_tables(), item.as_array()) {
            (Some(tables), _) => Some(tables.iter().map(|table| table as &dyn TableLike).collect()),
            (None, Some(list)) => list.iter().map(table).collect(),
            (None, None) => None,
        };
        let message = || format!("`{name}` is a list of tables: [[{name}]]");
        tables.ok_or_else(|| self.error(item.span(), message()))
    }

    fn number(&self, value: &Item, unit: &str) -> Result<u64, ConfigError> {
        let number = value.as_integer().and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0);
        let error = || self.error(value.span(), format!("this must be a number of {unit} above 0"));
        number.ok_or_else(error)
    }

    fn accounts(&self, value: &Item) -> Result<Vec<String>, ConfigError> {
        let mut accounts = Vec::new();
        for (text, span) in self.texts(value)? {
            if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                let message = format!("`{text}` is no account: that is a text of 12 digits");
                return Err(self.error(span, message));
            }
            accounts.push(text);
        }
        Ok(accounts)
    }

    fn workloads(&self, value: &Item) -> Result<Vec<String>, ConfigError> {
        let mut names = Vec::new();
        for (text, span) in self.texts(value)? {
            let parts = text.split_once('/');
            if parts
                .is_none_or(|(home, name)| home.is_empty() || name.is_empty() || name.contains('/'))
            {
                let message = format!("`{text}` is no workload: that is `namespace/name`");
                return Err(self.error(span, message));
            }
            names.push(text);
        }
        Ok(names)
    }

    fn var_files(&self, value: &Item) -> Result<Vec<ValueFile>, ConfigError> {
        let file = |(text, span): (String, _)| {
            let found = ValueFile::find(&self.folder.join(&text), &text, self.root);
            found.map_err(|message| self.error(span, message))
        };
        self.texts(value)?.into_iter().map(file).collect()
    }

    fn severity(&self, value: &Item) -> Result<Severity, ConfigError> {
        let text = self.text(value)?;
        let hint = suggestion::hint(text, Severity::ALL.iter().map(|one| one.word()));
        args::severity(text).map_err(|message| self.error(value.span(), message + &hint))
    }

    fn profile(&self, value: &Item) -> Result<Profile, ConfigError> {
        let text = self.text(value)?;
        let hint = suggestion::hint(text, Profile::ALL.iter().map(|one| one.word()));
        args::profile(text).map_err(|message| self.error(value.span(), message + &hint))
    }

    fn texts(&self, value: &Item) -> Result<Texts, ConfigError> {
        let error = |span| self.error(span, "this must be a list of texts: [\"…\"]");
        let list = value.as_array().ok_or_else(|| error(value.span()))?;
        let mut texts = Texts::new();
        for item in list {
            let text = item.as_str().filter(|text| !text.is_empty());
            let text = text.ok_or_else(|| error(item.span()))?;
            if texts.iter().any(|(other, _)| other == text) {
                return Err(self.error(item.span(), format!("`{text}` is listed twice")));
            }
            texts.push((text.to_owned(), item.span()));
        }
        Ok(texts)
    }

    fn chart_values(&self, value: &Item) -> Result<charts::Values, ConfigError> {
        let table = value.as_table_like();
        let table = table.ok_or_else(|| {
            self.error(value.span(), "this must be a table: the folder of each chart = [\"…\"]")
        })?;
        let mut found = charts::Values::new();
        for (name, files) in table.iter() {
            let span = table.key(name).and_then(toml_edit::Key::span);
            let texts = self.texts(files)?;
            // On standard input there are no charts.
            let Some(root) = self.root else { continue };
            let chart = charts::chart(&self.folder.join(name), root);
            let chart =
                chart.map_err(|text| self.error(span, format!("the chart `{name}` {text}")))?;
            let mut paths = Vec::new();
            for (text, span) in texts {
                let path = charts::inside(&self.folder.join(&text), root);
                let fault = |why| self.error(span, format!("the file of values `{text}` {why}"));
                paths.push(path.map_err(fault)?);
            }
            found.insert(chart, paths);
        }
        Ok(found)
    }

    fn rules(&self, value: &Item) -> Result<Vec<String>, ConfigError> {
        let mut rules = Vec::new();
        for (word, span) in self.texts(value)? {
            if self.catalog.matching(&word).is_empty() {
                return Err(self.no_rule(span, "rule or family", &word));
            }
            rules.push(word);
        }
        Ok(rules)
    }

    fn no_rule(&self, span: Option<Range<usize>>, what: &str, word: &str) -> ConfigError {
        let hint = if self.catalog.matching(word).is_empty() {
            suggestion::rule(word, &self.catalog)
        } else {
            ", which is a family".to_owned()
        };
        self.error(span, format!("no {what} is called `{word}`{hint}; see `ztlint rule list`"))
    }

    /// Globs of names.
    fn names(&self, value: &Item) -> Result<GlobSet, ConfigError> {
        let mut set = GlobSetBuilder::new();
        for (text, span) in self.texts(value)? {
            let glob = GlobBuilder::new(&text).build();
            set.add(glob.map_err(|error| {
                self.error(span, format!("`{text}` is no glob: {}", error.kind()))
            })?);
        }
        set.build().map_err(|error| self.error(value.span(), error.to_string()))
    }

    fn globs(&self, value: &Item) -> Result<GlobSet, ConfigError> {
        let mut set = GlobSetBuilder::new();
        for (text, span) in self.texts(value)? {
            let trimmed = text.trim_start_matches("./").trim_end_matches('/');
            let full = match self.prefix {
                "" => trimmed.to_owned(),
                prefix => format!("{prefix}/{trimmed}"),
            };
            // A pattern for a folder covers what lies in it.
            for pattern in [full.clone(), format!("{full}/**")] {
                if pattern.ends_with("/**/**") || (pattern != full && value.span() == span) {
                    continue;
                }
                let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
                let glob = glob.map_err(|error| {
                    self.error(span.clone(), format!("`{text}` is no glob: {}", error.kind()))
                })?;
                set.add(glob);
            }
        }
        set.build().map_err(|error| self.error(value.span(), error.to_string()))
    }
}

#[cfg(test)]
mod tests;
