//! What ztlint.toml says about some files (`[[path]]`) and about the severities of rules.

use super::{ConfigError, Reader};
use crate::rules::settings::{PathSettings, Severities};
use toml_edit::{Item, TableLike};

/// Keys of `[[path]]`.
const KEYS: &[&str] = &["globs", "profile", "gate", "severity"];

impl Reader<'_> {
    /// What holds for some paths, one table after the other.
    pub(super) fn paths(&self, item: &Item) -> Result<Vec<PathSettings>, ConfigError> {
        self.tables(item, "path")?.into_iter().map(|table| self.path(table, item)).collect()
    }

    fn path(&self, table: &dyn TableLike, whole: &Item) -> Result<PathSettings, ConfigError> {
        let (mut globs, mut profile, mut gate) = (None, None, None);
        let mut severities = Severities::new();
        for (key, value) in table.iter() {
            match key {
                "globs" => globs = Some(self.globs(value)?),
                "profile" => profile = Some(self.profile(value)?),
                "gate" => gate = Some(self.truth(value)?),
                // It names rules.
                "severity" if !self.files => {}
                "severity" => severities = self.severities(value)?,
                _ => return Err(self.unknown(table, key, "[[path]]", KEYS)),
            }
        }
        let missing = || self.error(whole.span(), "[[path]] has no `globs`");
        Ok(PathSettings { globs: globs.ok_or_else(missing)?, profile, gate, severities })
    }

    /// Severities by rule; what names one rule wins over its family.
    pub(super) fn severities(&self, value: &Item) -> Result<Severities, ConfigError> {
        let table = value.as_table_like();
        let table = table.ok_or_else(|| {
            self.error(value.span(), "this must be a table: { RULE = \"severity\" }")
        })?;
        let mut found = Vec::new();
        for (word, value) in table.iter() {
            let rules = self.catalog.matching(word);
            if rules.is_empty() {
                let span = table.key(word).and_then(toml_edit::Key::span);
                return Err(self.no_rule(span, "rule or family", word));
            }
            let severity = self.severity(value)?;
            found.push((self.catalog.find(word).is_some(), rules, severity));
        }
        found.sort_by_key(|(single, ..)| *single);
        let each = found.into_iter().flat_map(|(_, rules, severity)| {
            rules.into_iter().map(move |rule| (rule.id, severity))
        });
        Ok(each.collect())
    }
}
