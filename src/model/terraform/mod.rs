//! Terraform blocks in a file, in native and JSON syntax.

pub mod firewall;
pub mod version;

use super::cursor::{Cursor, Shape};
use super::resource::{Block, Category, Identity, Resource};
use super::value::NodeRef;
use crate::input::file::File;
use crate::input::source::Place;

/// The blocks of a file. A block whose `count` is written as 0 does not exist.
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
            if file.language == crate::input::file::Language::Hcl {
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
    let mut certain = true;
    if matches!(category, Category::Managed | Category::Data | Category::Module) {
        let count = body.key("count");
        match count.scalar().known().and_then(|count| count.number()) {
            Some(number) if number < 1.0 => return,
            Some(_) => {}
            None => certain = count.shape() == Shape::Absent,
        }
        certain &= body.key("for_each").shape() == Shape::Absent;
    }
    let identity = Identity::Block(Block { category, kind, name });
    found.push(Resource { node, header, identity, certain });
}

/// The folder of a module call's source, relative to the project root, if the source is local.
pub fn local_source(folder: &str, body: Cursor<'_>) -> Option<String> {
    let source = body.key("source").text()?;
    if !source.starts_with("./") && !source.starts_with("../") {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in source.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
