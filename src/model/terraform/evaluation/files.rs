//! Functions that read files of the project, and `path.*`.

use super::expression::as_document;
use super::{Evaluation, Scope};
use crate::input::file::{File, Language, joined};
use crate::model::datum::{Datum, Json, Kind, Reason, Unknown};
use crate::model::terraform::conversion;
use crate::model::terraform::function;
use crate::model::value::NodeRef;
use globset::GlobBuilder;
use std::sync::Arc;

impl<'a> Evaluation<'a> {
    /// `path.module`, `path.root` and `path.cwd`, from the folder of the root module.
    pub(super) fn path(&self, name: &str, scope: &Scope) -> Datum {
        match name {
            "module" => {
                let folder = self.module(scope.module).declared.folder;
                Datum::text(relative(self.module(0).declared.folder, folder))
            }
            "root" => Datum::text("."),
            _ => Datum::unknown(Reason::Runtime),
        }
    }

    /// The result of a function that reads files; none for other functions.
    pub(super) fn file_function(
        &self,
        node: NodeRef,
        name: &str,
        values: &[Datum],
        scope: &Scope,
    ) -> Option<Datum> {
        let plain = match name {
            "file" | "templatefile" | "fileexists" | "fileset" => None,
            "filebase64" => Some("base64encode"),
            "filebase64sha256" => Some("base64sha256"),
            "filebase64sha512" => Some("base64sha512"),
            "filemd5" => Some("md5"),
            "filesha1" => Some("sha1"),
            "filesha256" => Some("sha256"),
            "filesha512" => Some("sha512"),
            "abspath" | "pathexpand" => return Some(Datum::unknown(Reason::Runtime)),
            "basename" | "dirname" => return Some(self.path_part(node, name, values)),
            "templatestring" => return Some(plain_template(values)),
            _ => return None,
        };
        let Some(first) = values.first() else {
            return Some(self.wrong(node, format!("`{name}` needs a path.")));
        };
        let path = match self.path_text(node, first) {
            Ok(path) => path,
            Err(unknown) => return Some(unknown),
        };
        if name == "fileset" {
            return Some(self.file_set(node, &path, values.get(1)));
        }
        let Some(file) = self.project_file(&path) else {
            return Some(Datum::unknown(Reason::File));
        };
        Some(match (name, plain) {
            ("fileexists", _) => Datum::bool(true),
            ("templatefile", _) => self.template_file(node, file, values.get(1), scope),
            (_, Some(function)) => {
                let text = Datum::text(file.source.text.as_str());
                match function::call(function, &[text]) {
                    Some(Ok(value)) => value,
                    _ => Datum::unknown(Reason::Function),
                }
            }
            _ => self.content(file, scope),
        })
    }

    /// A file's text, with the document that it may be.
    fn content(&self, file: &'a File, scope: &Scope) -> Datum {
        let text = Datum::text(file.source.text.as_str());
        match (file.language, file.tree.documents.first()) {
            (Language::Json, Some(&root)) if file.faults.is_empty() => {
                let document = self.eval(NodeRef { file: file.id, node: root }, scope);
                let text = Some(file.source.text.as_str().into());
                Datum::new(Kind::Json(Arc::new(Json { text, document })))
            }
            _ => as_document(text),
        }
    }

    fn template_file(
        &self,
        node: NodeRef,
        file: &'a File,
        variables: Option<&Datum>,
        scope: &Scope,
    ) -> Datum {
        let (Language::Template, Some(&root)) = (file.language, file.tree.documents.first()) else {
            return Datum::unknown(Reason::File);
        };
        let Some(variables) = variables else {
            return self.wrong(node, "`templatefile` needs a path and a map of variables.");
        };
        let mut inner = Scope::of(scope.module);
        match &variables.kind {
            Kind::Map(map) if !map.open => {
                for (name, value) in &map.entries {
                    inner = inner.with(name, value.clone());
                }
            }
            Kind::Map(_) | Kind::Unknown(_) => return Datum::unknown(Reason::Instances),
            _ => return self.wrong(node, "The variables of `templatefile` must be a map."),
        }
        let value = self.eval(NodeRef { file: file.id, node: root }, &inner);
        match conversion::to_text(&value) {
            Ok(text) => as_document(text),
            Err(message) => self.wrong(node, message),
        }
    }

    /// The files below a folder that fit a pattern. There may be more: version control leaves out
    /// what others write there.
    fn file_set(&self, node: NodeRef, path: &str, pattern: Option<&Datum>) -> Datum {
        let Some(pattern) = pattern else {
            return self.wrong(node, "`fileset` needs a path and a pattern.");
        };
        let pattern = match self.path_text(node, pattern) {
            Ok(pattern) => pattern,
            Err(unknown) => return unknown,
        };
        let Ok(glob) = GlobBuilder::new(&pattern).literal_separator(true).build() else {
            return self.wrong(node, format!("`{pattern}` is not a pattern of file names."));
        };
        let matcher = glob.compile_matcher();
        let Some(folder) = joined(self.module(0).declared.folder, path) else {
            return Datum::unknown(Reason::File);
        };
        let outer = |listed: &&String| beneath(&folder, listed).is_some();
        let listings = &self.configuration.listings;
        let Some(listed) = listings.keys().filter(outer).max_by_key(|listed| listed.len()) else {
            return Datum::unknown(Reason::File);
        };
        let below = listings[listed].iter().filter_map(|file| beneath(file, &folder));
        let members = below.filter(|name| matcher.is_match(name)).map(Datum::text).collect();
        Datum::new(conversion::set_of(members, true))
    }

    fn path_text(&self, node: NodeRef, value: &Datum) -> Result<String, Datum> {
        match &value.kind {
            Kind::Text(text) => Ok(text.to_string()),
            Kind::Unknown(Unknown { reason, .. }) => Err(Datum::unknown(*reason)),
            Kind::Partial(_) => {
                Err(Datum::unknown(value.gap().map_or(Reason::File, |gap| gap.reason)))
            }
            _ => Err(self.wrong(node, "A path must be a text.")),
        }
    }

    /// The file at a path that is relative to the folder of the root module.
    fn project_file(&self, path: &str) -> Option<&'a File> {
        let whole = joined(self.module(0).declared.folder, path)?;
        let id = *self.paths.get(whole.as_str())?;
        Some(&self.files[id as usize])
    }

    fn path_part(&self, node: NodeRef, name: &str, values: &[Datum]) -> Datum {
        let [value] = values else { return self.wrong(node, format!("`{name}` takes one path.")) };
        let path = match self.path_text(node, value) {
            Ok(path) => path,
            Err(unknown) => return unknown,
        };
        let trimmed = path.trim_end_matches('/');
        let (folder, last) = trimmed.rsplit_once('/').unwrap_or((".", trimmed));
        Datum::text(match (name, trimmed.is_empty()) {
            (_, true) if path.is_empty() => ".",
            (_, true) => "/",
            ("basename", false) => last,
            _ if folder.is_empty() => "/",
            _ => folder,
        })
    }
}

/// `templatestring` where the template needs no rendering.
fn plain_template(values: &[Datum]) -> Datum {
    match values.first().map(|template| &template.kind) {
        Some(Kind::Text(text)) if !text.contains("${") && !text.contains("%{") => {
            Datum::text(text.clone())
        }
        _ => Datum::unknown(Reason::Function),
    }
}

/// The rest of a path below a folder; empty for the folder itself.
fn beneath<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// The way from one project folder to another, as Terraform writes `path.module`.
fn relative(from: &str, to: &str) -> String {
    let split = |path: &'_ str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (from, to) = (split(from), split(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts = vec!["..".to_owned(); from.len() - common];
    parts.extend(to[common..].iter().cloned());
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn ways_between_folders() {
        for (from, to, way) in [
            ("", "", "."),
            ("", "modules/db", "modules/db"),
            ("live/prod", "modules/db", "../../modules/db"),
            ("live", "live/db", "db"),
        ] {
            assert_eq!(relative(from, to), way);
        }
    }
}
