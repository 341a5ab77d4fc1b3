//! Terragrunt's units: folders with a `terragrunt.hcl` that name a module and give it inputs. Its
//! functions are not evaluated: what they give is unknown.
//!
//! Source of the semantics: Terragrunt documentation, "Configuration Blocks and Attributes".

use crate::input::file::{File, Language, joined};
use crate::input::tree::{NodeId, NodeKind, Part};
use crate::model::cursor::{Cursor, Shape};
use crate::model::value::NodeRef;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A folder with a `terragrunt.hcl`.
#[derive(Debug)]
pub struct Unit<'a> {
    /// The folder, from the project root.
    pub folder: &'a str,
    /// The whole file.
    pub node: NodeRef,
    /// The folder of the module, from the project root, if it can be told.
    pub module: Option<String>,
    /// The source of a module that is elsewhere.
    pub remote: Option<String>,
    /// Inputs by name.
    inputs: BTreeMap<&'a str, NodeRef>,
    /// Whether there may be further inputs: from an included file, from files of values.
    open: bool,
    /// Whether lists and maps are joined with those of an included file.
    deep: bool,
}

/// What a unit gives to a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// This expression.
    Written(NodeRef),
    /// Something that cannot be told, or nothing.
    Unknown,
    /// Nothing.
    Nothing,
}

/// The units among files.
pub fn units(files: &[File]) -> Vec<Unit<'_>> {
    let found = files.iter().filter(|file| file.language == Language::Terragrunt);
    found.filter_map(|file| Unit::read(files, file)).collect()
}

impl<'a> Unit<'a> {
    fn read(files: &'a [File], file: &'a File) -> Option<Self> {
        let node = NodeRef { file: file.id, node: *file.tree.documents.first()? };
        let body = Cursor::node(files, node);
        let terraform = body.key("terraform").index(0);
        let source = terraform.key("source");
        let mut unit = Self {
            folder: file.folder(),
            node,
            module: None,
            remote: None,
            inputs: BTreeMap::new(),
            open: file.faults.iter().any(|fault| !fault.warning),
            deep: false,
        };
        match (source.shape(), source.node_ref().and_then(|node| path(file, node.node))) {
            (Shape::Absent, _) => unit.module = Some(unit.folder.to_owned()),
            (_, Some((folder, path))) if is_local(&path) || folder.is_some() => {
                unit.module = joined(folder.unwrap_or(unit.folder), &path.replace("//", "/"));
            }
            (_, Some((None, remote))) => unit.remote = Some(remote.into_owned()),
            _ => {}
        }
        unit.open |= terraform.key("extra_arguments").shape() != Shape::Absent;
        let includes = body.key("include").items();
        unit.open |= includes.open || !includes.known.is_empty();
        unit.deep = includes.known.iter().any(|include| {
            let strategy = include.key("merge_strategy");
            strategy.shape() != Shape::Absent && strategy.text().as_deref() != Some("shallow")
        });
        let inputs = body.key("inputs");
        let syntax = inputs.node_ref().map(|node| &file.node(node.node).kind);
        let written = if let Some(NodeKind::Map { entries, .. }) = syntax {
            &**entries
        } else {
            unit.open |= inputs.shape() != Shape::Absent;
            &[]
        };
        for entry in written {
            let value = NodeRef { file: file.id, node: entry.value };
            match file.text(&entry.key) {
                "" => unit.open = true,
                name => {
                    unit.inputs.insert(name, value);
                }
            }
        }
        Some(unit)
    }

    /// What the unit gives to a variable.
    pub fn input(&self, files: &[File], name: &str) -> Input {
        match self.inputs.get(name) {
            Some(&node) => {
                let syntax = &files[node.file.0 as usize].node(node.node).kind;
                match syntax {
                    NodeKind::Scalar(..) => Input::Written(node),
                    NodeKind::List { .. } | NodeKind::Map { .. } if !self.deep => {
                        Input::Written(node)
                    }
                    _ => Input::Unknown,
                }
            }
            None if self.open => Input::Unknown,
            None => Input::Nothing,
        }
    }
}

/// Whether a source is a path, relative to the unit.
fn is_local(source: &str) -> bool {
    source == "." || source == ".." || source.starts_with("./") || source.starts_with("../")
}

/// A source as a text; and the folder it starts in, where a function says so. None where it must be
/// evaluated.
fn path(file: &File, node: NodeId) -> Option<(Option<&str>, Cow<'_, str>)> {
    match &file.node(node).kind {
        NodeKind::Scalar(_, text) => Some((None, Cow::Borrowed(file.text(text)))),
        NodeKind::Template(parts) => {
            let [Part::Hole(span, _), Part::Literal(rest)] = parts.as_slice() else { return None };
            let hole = file.source.slice(*span).trim_start_matches("${").trim_end_matches('}');
            let folder = match hole.trim() {
                "get_repo_root()" => "",
                "get_terragrunt_dir()" | "get_original_terragrunt_dir()" => file.folder(),
                _ => return None,
            };
            Some((Some(folder), Cow::Borrowed(file.text(rest).trim_start_matches('/'))))
        }
        _ => None,
    }
}
