//! `[rules] dirs`: folders of rules, which lie in the project or beside the configuration.

use super::super::packs;
use super::{ConfigError, Reader};
use std::path::{Path, PathBuf};
use toml_edit::{Item, TableLike};

impl Reader<'_> {
    /// Reads the rules of every pack first: other keys name them.
    pub(super) fn packs(
        &mut self,
        table: &dyn TableLike,
        given: &[PathBuf],
    ) -> Result<(), ConfigError> {
        let rules = table.get("rules").and_then(Item::as_table_like);
        let mut folders = given.to_vec();
        if let Some(dirs) = rules.and_then(|rules| rules.get("dirs")) {
            for (text, span) in self.texts(dirs)? {
                let folder = self.folder.join(&text);
                if !folder.is_dir() {
                    return Err(self.error(span, format!("`{text}` is no folder")));
                }
                if !self.holds(&folder) {
                    let message = format!(
                        "`{text}` lies outside the project and the configuration's folder; name it with --rules"
                    );
                    return Err(self.error(span, message));
                }
                // A flag may name the same folder.
                let same =
                    |other: &PathBuf| other.canonicalize().ok() == folder.canonicalize().ok();
                if !folders.iter().any(same) {
                    folders.push(folder);
                }
            }
        }
        self.catalog = packs::catalog(&folders).map_err(ConfigError::Rules)?;
        Ok(())
    }

    /// Whether a folder lies in the project, or where this file is. Standard input has no project,
    /// and its configuration is named by who runs it.
    fn holds(&self, folder: &Path) -> bool {
        let full = folder.canonicalize();
        let inside = |outer: &Path| {
            let outer = if outer == Path::new("") { Path::new(".") } else { outer };
            full.as_ref().ok().zip(outer.canonicalize().ok()).is_some_and(|(a, b)| a.starts_with(b))
        };
        self.root.is_none_or(inside) || inside(self.folder)
    }
}
