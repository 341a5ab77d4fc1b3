//! Terraform blocks in a file, in native and JSON syntax.

pub mod conversion;
pub mod declared;
pub mod evaluation;
pub mod firewall;
pub mod function;
pub mod plan;
pub mod prefix_list;
pub mod public_access;
pub mod terragrunt;
pub mod vendored;
pub mod version;

use super::cursor::{Cursor, Shape};
use super::resource::{Block, Category, Identity, Resource};
use super::value::NodeRef;
use crate::input::file::{File, Language, joined};
use crate::input::file_tree::FileTree;
use crate::input::source::Place;
use crate::input::tree::{NodeId, NodeKind, Part};
use std::collections::BTreeMap;

/// The blocks of a file, as declared.
pub fn blocks(files: &[File], file: &File) -> Vec<Resource> {
    let Some(&root) = file.tree.documents.first() else { return Vec::new() };
    let cursor = Cursor::node(files, NodeRef { file: file.id, node: root });
    let mut found = Vec::new();
    if is_values(&file.source.path) {
        let name = file.source.path.rsplit('/').next().unwrap_or_default().to_owned();
        push(cursor, Category::Values, String::new(), name, cursor.header(), &mut found);
        return found;
    }
    for (keyword, body) in cursor.entries().0 {
        let (category, labels) = match keyword {
            "resource" => (Category::Managed, 2),
            "data" => (Category::Data, 2),
            "provider" => (Category::Provider, 1),
            "module" => (Category::Module, 1),
            "variable" => (Category::Variable, 1),
            "output" => (Category::Output, 1),
            "locals" => (Category::Locals, 0),
            "terraform" => (Category::Settings, 0),
            _ => continue,
        };
        for block in each(body) {
            if file.language == Language::Hcl {
                named(block, category, labels, &block.labels(), block.header(), &mut found);
            } else {
                unfold(block, category, labels, &mut Vec::new(), block.header(), &mut found);
            }
        }
    }
    found
}

fn is_values(path: &str) -> bool {
    path.ends_with(".tfvars") || path.ends_with(".tfvars.json")
}

/// Terraform JSON: labels are nested keys, each level an object or a list of objects.
fn unfold<'a>(
    cursor: Cursor<'a>,
    category: Category,
    labels: usize,
    names: &mut Vec<&'a str>,
    header: Place,
    found: &mut Vec<Resource>,
) {
    if names.len() == labels {
        for body in each(cursor) {
            named(body, category, labels, names, header, found);
        }
        return;
    }
    for level in each(cursor) {
        for (name, inner) in level.entries().0 {
            names.push(name);
            unfold(inner, category, labels, names, inner.header(), found);
            names.pop();
        }
    }
}

fn each(cursor: Cursor<'_>) -> Vec<Cursor<'_>> {
    match cursor.shape() {
        Shape::Map => vec![cursor],
        Shape::List => cursor.items().known,
        _ => Vec::new(),
    }
}

fn named(
    body: Cursor<'_>,
    category: Category,
    labels: usize,
    names: &[&str],
    header: Place,
    found: &mut Vec<Resource>,
) {
    let (kind, name) = match (labels, names) {
        (2, [kind, name]) => (*kind, *name),
        (1, [name]) if category == Category::Provider => (*name, ""),
        (1, [name]) => ("", *name),
        (0, _) => ("", ""),
        _ => return,
    };
    push(body, category, kind.to_owned(), name.to_owned(), header, found);
}

fn push(
    body: Cursor<'_>,
    category: Category,
    kind: String,
    name: String,
    header: Place,
    found: &mut Vec<Resource>,
) {
    let Some(node) = body.node_ref() else { return };
    let identity = Identity::Block(Block { category, kind, name }).into();
    found.push(Resource { node, header, identity, certain: true, instance: None });
}

/// The top-level block that a node is in.
pub fn block_of(file: &File, node: NodeRef) -> Option<NodeRef> {
    let document = *file.tree.documents.first()?;
    let mut at = node.node;
    loop {
        let parent = file.node(at).parent;
        if parent == at {
            return None;
        }
        let grouped = matches!(&file.node(parent).kind, NodeKind::List { blocks: true, .. });
        if grouped && file.node(parent).parent == document {
            return Some(NodeRef { file: file.id, node: at });
        }
        at = parent;
    }
}

/// What a node that gave a value to another is: `default of variable "x"`, `argument of module "y"`.
pub fn origin(files: &[File], node: NodeRef) -> String {
    let file = &files[node.file.0 as usize];
    match file.language {
        Language::Plan => return plan::ORIGIN.to_owned(),
        Language::Terragrunt => return "input of the Terragrunt unit".to_owned(),
        _ => {}
    }
    let words = || -> Option<String> {
        let block = block_of(file, node)?;
        let NodeKind::Map { labels, .. } = &file.node(block.node).kind else { return None };
        let name = labels.last().map_or("", |(text, _)| file.text(text));
        let group = file.node(block.node).parent;
        match key_of(file, file.node(group).parent, group)? {
            "variable" => Some(format!("default of variable `{name}`")),
            "module" => Some(format!("argument of module `{name}`")),
            "locals" => {
                let mut at = node.node;
                while file.node(at).parent != block.node {
                    at = file.node(at).parent;
                }
                Some(format!("value of local `{}`", key_of(file, block.node, at)?))
            }
            _ => None,
        }
    };
    words().unwrap_or_else(|| "the value comes from here".to_owned())
}

/// The key under which a map holds a node.
fn key_of(file: &File, map: NodeId, value: NodeId) -> Option<&str> {
    let NodeKind::Map { entries, .. } = &file.node(map).kind else { return None };
    entries.iter().find(|entry| entry.value == value).map(|entry| file.text(&entry.key))
}

/// Files of a folder that one path with unknown parts may stand for.
const MAX_CANDIDATES: usize = 64;

/// The files that `file` and `templatefile` name in a file's expressions, and how they are read.
/// Where a part of the path must be evaluated, every file of the folder that fits.
pub fn named_files(tree: &dyn FileTree, file: &File) -> BTreeMap<String, Language> {
    let mut found = BTreeMap::new();
    if !file.language.is_terraform() || !file.source.text.contains("file") {
        return found;
    }
    for node in &file.tree.nodes {
        let NodeKind::Call { name, args } = &node.kind else { continue };
        let name = file.text(name);
        let Some(&path) = args.first() else { continue };
        if !(name.starts_with("file") && name != "fileset" || name == "templatefile") {
            continue;
        }
        let Some((before, rest)) = path_pattern(file, path) else { continue };
        let language = |path: &str| match name {
            "templatefile" => Language::Template,
            _ if Language::of(path) == Some(Language::Json) => Language::Json,
            _ => Language::Text,
        };
        let Some(after) = rest else {
            if let Some(path) = joined(file.folder(), &before) {
                found.entry(path.clone()).or_insert(language(&path));
            }
            continue;
        };
        let (folder, begin) = before.rsplit_once('/').unwrap_or(("", &before));
        let Some(folder) = joined(file.folder(), folder) else { continue };
        let fits = |path: &&String| {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.starts_with(begin) && name.ends_with(&after)
        };
        for path in tree.list(&folder, false).files.iter().filter(fits).take(MAX_CANDIDATES) {
            found.entry(path.clone()).or_insert(language(path));
        }
    }
    found
}

/// Folders with the paths of all files below them, as far as version control does not leave them
/// out.
pub type Listings = BTreeMap<String, Vec<String>>;

/// The folders that `fileset` looks into in a file's expressions: the whole folder above the first
/// part of a path that must be evaluated.
pub fn listed_folders(file: &File) -> Vec<String> {
    if !file.language.is_terraform() || !file.source.text.contains("fileset") {
        return Vec::new();
    }
    let named = file.tree.nodes.iter().filter_map(|node| {
        let NodeKind::Call { name, args } = &node.kind else { return None };
        let &path = args.first().filter(|_| file.text(name) == "fileset")?;
        if file.source.slice(file.node(path).span).starts_with("path.") {
            return Some(file.folder().to_owned());
        }
        let (before, rest) = path_pattern(file, path)?;
        let whole = rest.is_none();
        let folder = if whole { &before } else { before.rsplit_once('/').map_or("", |(f, _)| f) };
        joined(file.folder(), folder)
    });
    named.collect()
}

/// The text of a path up to its first part that must be evaluated, and if there is one, the text
/// after the last such part. `path.module` and `path.root` stand for the file's own folder.
fn path_pattern(file: &File, path: NodeId) -> Option<(String, Option<String>)> {
    match &file.node(path).kind {
        NodeKind::Scalar(_, text) => Some((file.text(text).to_owned(), None)),
        NodeKind::Template(parts) => {
            let (mut before, mut after) = (String::new(), None);
            for part in parts {
                match part {
                    Part::Literal(text) => {
                        after.as_mut().unwrap_or(&mut before).push_str(file.text(text));
                    }
                    Part::Hole(span, _) => {
                        let hole = file.source.slice(*span);
                        if before.is_empty() && hole.contains("path.") {
                            before.push('.');
                        } else {
                            after = Some(String::new());
                        }
                    }
                }
            }
            before.contains('/').then_some((before, after))
        }
        _ => None,
    }
}

/// The folder of a module call's source, relative to the project root, if the source is local.
pub fn local_source(folder: &str, body: Cursor<'_>) -> Option<String> {
    let source = body.key("source").text()?;
    if !source.starts_with("./") && !source.starts_with("../") {
        return None;
    }
    joined(folder, &source)
}
