//! One file of a run: its source, its syntax and what its parser could not take.

use super::alignment::Alignment;
use super::fault::Fault;
use super::source::{FileId, Place, Source, Span};
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
    /// A `.json` file whose strings may hold documents of their own: a Terraform plan.
    Plan,
    /// `terragrunt.hcl`.
    Terragrunt,
    /// A text that Terraform's `templatefile` renders.
    Template,
    /// Any other text that Terraform's `file` reads.
    Text,
    /// A file of a Helm chart; what it is rendered to is a file of its own.
    Chart,
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
        } else if name == "terragrunt.hcl" {
            Some(Language::Terragrunt)
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
    /// What it was rendered from; none for a file as it stands.
    pub rendering: Option<Box<Rendering>>,
}

/// Where a rendered text comes from.
#[derive(Debug)]
pub struct Rendering {
    /// The file to edit.
    pub of: FileId,
    /// Which of its lines each line comes from.
    pub lines: Alignment,
    /// The path of the template, if it is packed where nobody edits it.
    pub packed: Option<String>,
}

impl File {
    /// Parses a text.
    pub fn parse(path: &str, text: String, language: Language) -> File {
        let (mut tree, faults, template) = match language {
            Language::Yaml => {
                let parsed = yaml::parse(&text);
                (parsed.tree, parsed.faults, parsed.template)
            }
            Language::Json => with_template(json::parse(&text, false)),
            Language::Plan => with_template(json::parse_documents(&text)),
            Language::Hcl | Language::Terragrunt => with_template(hcl::parse(&text)),
            Language::HclJson => with_template(json::parse(&text, true)),
            Language::Template => with_template(hcl::parse_template(&text)),
            Language::Text | Language::Chart => with_template((Tree::default(), Vec::new())),
        };
        // It grows no more, and a run holds the trees of all files.
        tree.nodes.shrink_to_fit();
        let mut source = Source::new(path, text);
        source.secret = language == Language::Plan;
        let (id, auxiliary, rendering) = (FileId(0), false, None);
        File { id, source, tree, language, faults, template, auxiliary, rendering }
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
            Language::Chart => Cow::Owned(comments_of_chart(&self.source.text)),
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

/// What may be a comment in a template: of YAML, behind white space, to the end of its line; or of the
/// template itself, on one line.
fn comments_of_chart(text: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let begins = |at: &usize| *at == 0 || content[..*at].ends_with([' ', '\t']);
        let yaml = content.match_indices('#').map(|(at, _)| at).filter(begins);
        let yaml = yaml.map(|at| (at, content.len()));
        let action = content.find("/*").filter(|at| content[..*at].contains("{{"));
        let action = action.and_then(|at| Some((at, content[at..].find("*/")? + at + 2)));
        found.extend(
            yaml.chain(action)
                .map(|(from, to)| Comment { span: Span::new(start + from, start + to) }),
        );
        start += line.len();
    }
    found
}

/// The place to edit for a place in what may be a rendered text, and whether it is the same text.
pub fn written(files: &[File], place: Place) -> (Place, bool) {
    let file = &files[place.file.0 as usize];
    let Some(rendering) = &file.rendering else { return (place, true) };
    let template = &files[rendering.of.0 as usize].source;
    let (span, same) = rendering.lines.span(&file.source, template, place.span);
    (Place { file: rendering.of, span }, same)
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

/// A path relative to a project folder, from the project root; none if it leads outside.
pub fn joined(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
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

fn with_template((tree, faults): (Tree, Vec<Fault>)) -> (Tree, Vec<Fault>, bool) {
    (tree, faults, false)
}
