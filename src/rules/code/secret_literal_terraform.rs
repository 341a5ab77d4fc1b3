//! Finds credentials of known formats anywhere in Terraform's files, except where another rule
//! already points at them.

use crate::input::file::{File, Language};
use crate::input::tree::{NodeId, NodeKind};
use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::{Block, Category};
use crate::model::root::Root;
use crate::model::value::NodeRef;
use crate::rules::secret::{known, known_text};
use crate::rules::sink::Sink;
use foldhash::{HashSet, HashSetExt};

/// What is left out below an attribute of a block.
enum Omit {
    Nothing,
    /// The whole attribute, or only a string that is written directly.
    All,
    Written(fn(&str) -> bool),
    /// Members of this name.
    Members(&'static str),
}

/// One finding for each literal. Blocks do not overlap, so each node is seen once.
pub fn secret_literal_terraform<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    // What is written is the same in all instances.
    let mut seen = HashSet::new();
    for (at, resource) in root.resources.iter().enumerate() {
        let Some(block) = resource.block() else { continue };
        if block.category == Category::Provider
            || !sink.holds_credentials(resource.node.file)
            || !seen.insert(resource.node)
        {
            continue;
        }
        let file = &root.files[resource.node.file.0 as usize];
        // A plan holds every value, wherever it comes from.
        if file.language == Language::Plan {
            continue;
        }
        let body = root.cursor(resource);
        let NodeKind::Map { entries, .. } = &file.node(resource.node.node).kind else { continue };
        let mut walk = Walk { file, root, omit: None, open: Vec::new(), found: Vec::new() };
        for entry in entries {
            let name = file.text(&entry.key);
            walk.omit = None;
            match omitted(block, name, body) {
                Omit::All => continue,
                Omit::Written(covered) => {
                    let value = walk.cursor(entry.value);
                    if known_text(&value).is_some_and(|text| covered(&text)) {
                        continue;
                    }
                }
                Omit::Members(member) => walk.omit = Some(member),
                Omit::Nothing => {}
            }
            walk.run(entry.value);
        }
        for (cursor, kind) in walk.found {
            sink.report(at, cursor, None, &[("element", kind)]);
        }
    }
}

/// What other rules say about a top-level attribute.
fn omitted(block: &Block, name: &str, body: Cursor<'_>) -> Omit {
    // Where changes are ignored, the rules about stored secrets take the value for a stand-in.
    let stored = || body.key("lifecycle").shape() == Shape::Absent;
    match (block.category, block.kind.as_str(), name) {
        (Category::Settings, _, "backend" | "cloud")
        | (Category::Managed, "aws_lambda_function" | "aws_codebuild_project", "environment") => {
            Omit::All
        }
        (Category::Managed, "aws_ecs_task_definition", "container_definitions") => {
            Omit::Members("environment")
        }
        (
            Category::Managed,
            "aws_instance"
            | "aws_launch_configuration"
            | "aws_launch_template"
            | "aws_spot_instance_request",
            "user_data" | "user_data_base64",
        ) => Omit::Written(known::script),
        (Category::Managed, "aws_secretsmanager_secret_version", "secret_string")
        | (Category::Managed, "azurerm_key_vault_secret", "value")
        | (Category::Managed, "google_secret_manager_secret_version", "secret_data")
            if stored() =>
        {
            Omit::Written(|_| true)
        }
        (Category::Managed, "aws_ssm_parameter", "value")
            if stored() && body.key("type").text().as_deref() == Some("SecureString") =>
        {
            Omit::Written(|_| true)
        }
        _ => Omit::Nothing,
    }
}

struct Walk<'r> {
    file: &'r File,
    root: &'r Root<'r>,
    omit: Option<&'static str>,
    /// Nodes still to be looked at.
    open: Vec<NodeId>,
    found: Vec<(Cursor<'r>, &'static str)>,
}

impl<'r> Walk<'r> {
    fn cursor(&self, node: NodeId) -> Cursor<'r> {
        Cursor::node(self.root.files, NodeRef { file: self.file.id, node })
    }

    /// Judges every literal at and below a node.
    fn run(&mut self, start: NodeId) {
        self.open.push(start);
        while let Some(id) = self.open.pop() {
            let node = self.file.node(id);
            match &node.kind {
                NodeKind::Map { entries, .. } => {
                    let (file, omit) = (self.file, self.omit);
                    let kept = entries.iter().filter(|entry| omit != Some(file.text(&entry.key)));
                    self.open.extend(kept.map(|entry| entry.value));
                }
                NodeKind::Scalar(_, text) => {
                    let text = self.file.text(text);
                    match node.embedded {
                        // A document gives the places of its own literals.
                        Some(inner) if !known::registry_login(text) => self.open.push(inner),
                        _ => self.judge(id, known::find(text)),
                    }
                }
                NodeKind::Template(_) => {
                    let text = known_text(&self.cursor(id)).unwrap_or_default();
                    let kind = if node.embedded.is_some() { None } else { known::find(&text) };
                    self.judge(id, kind);
                    self.open.extend(self.file.tree.children(id).chain(node.embedded));
                }
                NodeKind::Expression => {
                    let text = self.file.source.slice(node.span);
                    self.judge(id, text.contains('"').then(|| known::find(text)).flatten());
                }
                NodeKind::List { .. } | NodeKind::Call { .. } | NodeKind::Operation(_) => {
                    self.open.extend(self.file.tree.children(id));
                }
                NodeKind::Alias(_) | NodeKind::Name(_) | NodeKind::Masked => {}
            }
        }
    }

    fn judge(&mut self, id: NodeId, kind: Option<&'static str>) {
        if let Some(kind) = kind {
            self.found.push((self.cursor(id), kind));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::input::file_tree::Memory;
    use crate::rules::engine;
    use crate::rules::settings::Settings;

    #[test]
    fn files_of_values_are_read_and_no_value_is_printed() {
        let key = format!("AKIA{}", "FABRICATED234567");
        let values = format!("region = \"eu-west-1\"\nkeys = {{\n  ci = [\"{key}\"]\n}}\n");
        let tree = Memory::new().with("main.tf", "variable \"keys\" {}\n").with("a.tfvars", values);
        let select = vec!["ZT-CRD-504".to_owned()];
        let report = engine::run(&tree, &Settings { select, ..Settings::default() });
        let [finding] = report.findings.as_slice() else {
            panic!("{} findings", report.findings.len());
        };
        let source = report.source(finding.primary.file);
        assert_eq!(source.path, "a.tfvars");
        assert_eq!(source.position(finding.primary.span.start).line, 3);
        assert!(!finding.message.contains(&key));
    }
}
