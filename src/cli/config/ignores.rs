//! What ztlint.toml says about suppressions: entries that suppress (`[[ignore]]`), and what every
//! suppression must say (`[suppressions]`).

use super::{ConfigError, Reader};
use crate::cli::suggestion;
use crate::input::source::Span;
use crate::rules::date::Date;
use crate::rules::suppress::Terms;
use crate::rules::suppress::entry::{Entries, Entry, Target};
use crate::rules::suppress::peer::Peer;
use toml_edit::{Item, TableLike};

/// Keys of `[[ignore]]`.
const KEYS: &[&str] = &["rules", "globs", "resources", "reason", "until"];

impl Reader<'_> {
    /// Entries that suppress.
    pub(super) fn ignores(&self, item: &Item) -> Result<Entries, ConfigError> {
        let tables = self.tables(item, "ignore")?;
        let spans: Vec<_> = match (item.as_array_of_tables(), item.as_array()) {
            (Some(tables), _) => tables.iter().map(toml_edit::Table::span).collect(),
            (None, list) => list.into_iter().flatten().map(toml_edit::Value::span).collect(),
        };
        let mut list = Vec::new();
        for (table, span) in tables.into_iter().zip(spans) {
            list.push(self.ignore(table, span.unwrap_or_default())?);
        }
        let (path, text) = (self.source.path.clone(), self.source.text.clone());
        Ok(Entries { path, text, list })
    }

    fn ignore(
        &self,
        table: &dyn TableLike,
        span: std::ops::Range<usize>,
    ) -> Result<Entry, ConfigError> {
        let (mut terms, mut target) = (Terms::default(), Target::default());
        for (key, value) in table.iter() {
            match key {
                "rules" => {
                    for (word, span) in self.texts(value)? {
                        let rule = self.catalog.find(&word);
                        let rule = rule.ok_or_else(|| self.no_rule(span, "rule", &word))?;
                        terms.rules.push(rule);
                    }
                }
                "globs" => target.globs = Some(self.globs(value)?),
                "resources" => {
                    target.resources =
                        self.texts(value)?.into_iter().map(|(text, _)| text).collect();
                }
                "reason" => terms.reason = Some(self.text(value)?.to_owned()),
                "until" => terms.until = Some(self.day(value)?),
                _ => return Err(self.unknown(table, key, "[[ignore]]", KEYS)),
            }
        }
        if terms.rules.is_empty() {
            return Err(self.error(Some(span), "[[ignore]] names no `rules`"));
        }
        if target.globs.is_none() && target.resources.is_empty() {
            let message = "[[ignore]] has no `globs` and no `resources`; for all files there is \
                           `[check] ignore`";
            return Err(self.error(Some(span), message));
        }
        terms.used = vec![false; terms.rules.len()];
        Ok(Entry { span: Span::new(span.start, span.end), target, terms })
    }

    /// Scanners whose suppressions count.
    pub(super) fn peers(&self, value: &Item) -> Result<Vec<Peer>, ConfigError> {
        let mut peers = Vec::new();
        for (word, span) in self.texts(value)? {
            let known = || Peer::ALL.iter().map(|peer| peer.word());
            let peer = Peer::parse(&word).ok_or_else(|| {
                let hint = suggestion::hint(&word, known());
                let known = known().collect::<Vec<_>>().join(", ");
                self.error(span, format!("a scanner is one of {known}{hint}"))
            });
            peers.push(peer?);
        }
        Ok(peers)
    }

    /// A day, as a date of TOML or as a text.
    fn day(&self, value: &Item) -> Result<Date, ConfigError> {
        let date = value.as_datetime().map(ToString::to_string);
        let text = date.as_deref().or_else(|| value.as_str());
        let day = text.and_then(Date::parse);
        day.ok_or_else(|| self.error(value.span(), "this must be a day, such as 2027-03-31"))
    }
}
