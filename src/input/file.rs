//! One file of a run: its source, its syntax and what its parser could not take.

use super::fault::Fault;
use super::source::{FileId, Source};
use super::tree::{Comment, Node, NodeId, NodeKind, NodeRef, Text, Tree};
use super::{hcl, json, yaml};
use std::borrow::Cow;

/// The syntax of a file, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `.yaml`, `.yml`, `Kustomization`, and standard input that is not HCL.
    Yaml,
    /// `.json`.
    Json,
    /// `.tf`, `.tofu`, `.tfvars`.
    Hcl,
    /// `.tf.json`, `.tofu.json`, `.tfvars.json`.
    HclJson,
    /// A text that Terraform's `templatefile` renders.
    Template,
    /// Any other text that Terraform's `file` reads.
    Text,
}

impl Language {
    /// The language of a path, or none where the name says nothing.
    pub fn of(path: &str) -> Option<Language> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let ends = |end: &str| name.len() > end.len() && name.ends_with(end);
        if ends(".tf.json") || ends(".tofu.json") || ends(".tfvars.json") {
            Some(Language::HclJson)
        } else if ends(".tf") || ends(".tofu") || ends(".tfvars") {
            Some(Language::Hcl)
        } else if ends(".yaml") || ends(".yml") || name == "kustomization" {
            Some(Language::Yaml)
        } else if ends(".json") {
            Some(Language::Json)
        } else {
            None
        }
    }

    /// Whether this is Terraform's configuration language.
    pub fn is_terraform(self) -> bool {
        matches!(self, Language::Hcl | Language::HclJson)
    }
}

/// A parsed file.
#[derive(Debug)]
pub struct File {
    /// Its index in the run.
    pub id: FileId,
    /// Path and text.
    pub source: Source,
    /// Syntax.
    pub tree: Tree,
    /// Syntax kind.
    pub language: Language,
    /// What the parser could not take, or took with a stated reading.
    pub faults: Vec<Fault>,
    /// Whether the text must be rendered before it means anything.
    pub template: bool,
    /// Whether it is read only because another file names it.
    pub auxiliary: bool,
}

impl File {
    /// Parses a text.
    pub fn parse(path: &str, text: String, language: Language) -> File {
        let (tree, faults, template) = match language {
            Language::Yaml => {
                let parsed = yaml::parse(&text);
                (parsed.tree, parsed.faults, parsed.template)
            }
            Language::Json => with_template(json::parse(&text, false)),
            Language::Hcl => with_template(hcl::parse(&text)),
            Language::HclJson => with_template(json::parse(&text, true)),
            Language::Template => with_template(hcl::parse_template(&text)),
            Language::Text => with_template((Tree::default(), Vec::new())),
        };
        let source = Source::new(path, text);
        File { id: FileId(0), source, tree, language, faults, template, auxiliary: false }
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        self.tree.node(id)
    }

    /// A text of this file.
    pub fn text<'a>(&'a self, text: &'a Text) -> &'a str {
        text.get(&self.source.text)
    }

    /// Its comments, in order.
    pub fn comments(&self) -> Cow<'_, [Comment]> {
        match self.language {
            Language::Hcl => Cow::Owned(hcl::comments(&self.source.text)),
            _ => Cow::Borrowed(&self.tree.comments),
        }
    }

    /// The folder the file is in; empty for the project root.
    pub fn folder(&self) -> &str {
        folder(&self.source.path)
    }

    /// Whether a node is a map that holds a key.
    pub fn has_key(&self, id: NodeId, key: &str) -> bool {
        match &self.node(id).kind {
            NodeKind::Map { entries, .. } => {
                entries.iter().any(|entry| self.text(&entry.key) == key)
            }
            _ => false,
        }
    }
}

/// Whether a node lies inside another.
pub fn encloses(files: &[File], outer: NodeRef, inner: NodeRef) -> bool {
    let span = |node: NodeRef| files[node.file.0 as usize].node(node.node).span;
    outer.file == inner.file && span(outer).contains(span(inner))
}

/// The folder part of a `/`-separated path; empty at the top.
pub fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..at])
}

fn with_template((tree, faults): (Tree, Vec<Fault>)) -> (Tree, Vec<Fault>, bool) {
    (tree, faults, false)
}
