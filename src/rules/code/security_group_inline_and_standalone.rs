//! Standalone rules of a security group whose inline rules take them away again.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::{Target, target};
use crate::rules::sink::Sink;

const GROUP: &str = "aws_security_group";

const STANDALONE: [(&str, Option<&str>); 3] = [
    ("aws_security_group_rule", None),
    ("aws_vpc_security_group_ingress_rule", Some("ingress")),
    ("aws_vpc_security_group_egress_rule", Some("egress")),
];

/// `security_group_inline_and_standalone`.
pub fn security_group_inline_and_standalone<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if root.terraform(Category::Managed, GROUP).is_empty() {
        return;
    }
    for (kind, direction) in STANDALONE {
        for &at in root.terraform(Category::Managed, kind) {
            let rule = root.cursor(root.resources[at]);
            let named = rule.key("security_group_id");
            let group = match target(root, named, &[GROUP], "") {
                Target::Resource(group) => root.cursor(root.resources[group]),
                Target::Unknown => {
                    sink.unknown();
                    continue;
                }
                Target::Text(_) | Target::Elsewhere => continue,
            };
            let written = rule.key("type").text();
            let direction = match (direction, written.as_deref()) {
                (Some(direction), _) => direction,
                (None, Some(word @ ("ingress" | "egress"))) => word,
                (None, Some(_)) => continue,
                (None, None) => {
                    sink.unknown();
                    continue;
                }
            };
            let inline = group.key(direction).items();
            let ignored = ignores(group, direction);
            match (inline.known.first(), ignored) {
                (_, Truth::True) => {}
                (None, _) if !inline.open => {}
                (Some(inline), Truth::False) => {
                    if let Some(raw) = sink.report(at, named, None, &[]) {
                        let text = format!("inline {direction} rule of the same group");
                        raw.labels.push(Label { place: inline.header(), text });
                    }
                }
                _ => sink.unknown(),
            }
        }
    }
}

/// Whether Terraform leaves the inline rules of a direction as it finds them.
fn ignores(group: Cursor<'_>, direction: &str) -> Truth {
    let lifecycle = group.key("lifecycle").items();
    let mut open = lifecycle.open;
    for block in lifecycle.known {
        let changes = block.key("ignore_changes");
        let members = changes.items();
        let bare = changes.source_text().trim_matches('"');
        if bare == "all" {
            return Truth::True;
        }
        open |= members.open;
        for member in members.known {
            let name = member.source_text().trim_matches('"');
            let name = name.split(['[', '.']).next().unwrap_or_default();
            if name == direction || name == "all" {
                return Truth::True;
            }
        }
    }
    if open { Truth::Unknown } else { Truth::False }
}
