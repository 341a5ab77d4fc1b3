//! Finds access keys of IAM users, except those that SES needs for SMTP.

use crate::input::file::File;
use crate::input::tree::{NodeKind, Part};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;
use std::collections::{HashMap, HashSet};

const TYPE: &str = "aws_iam_access_key";
const SMTP_PASSWORD: &str = "ses_smtp_password_v4";

/// One finding for each key, at its user.
pub fn iam_user_access_key<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let keys = root.terraform(Category::Managed, TYPE);
    if keys.is_empty() {
        return;
    }
    let mut smtp: HashMap<&str, HashSet<&str>> =
        keys.iter().map(|&at| (root.folder(root.resources[at]), HashSet::new())).collect();
    for file in root.files.iter().filter(|file| file.language.is_terraform()) {
        if let Some(names) = smtp.get_mut(file.folder())
            && file.source.text.contains(SMTP_PASSWORD)
        {
            smtp_keys(file, names);
        }
    }
    for &at in keys {
        let resource = root.resources[at];
        let Some(block) = resource.block() else { continue };
        let cursor = root.cursor(resource);
        let (status, user) = (cursor.key("status"), cursor.key("user"));
        let for_smtp = smtp
            .get(root.folder(resource))
            .is_some_and(|names| names.contains(block.name.as_str()));
        if for_smtp || mentions_smtp(&block.name) || names_smtp(user) {
            continue;
        }
        // An unknown user may be the mail sender's.
        if user.absent() == Truth::Unknown {
            sink.unknown();
            continue;
        }
        match status.text() {
            Some(word) if word.eq_ignore_ascii_case("inactive") => {}
            None if status.shape() != Shape::Absent => sink.unknown(),
            _ => {
                sink.report(at, user, None, &[]);
            }
        }
    }
}

fn names_smtp(user: Cursor<'_>) -> bool {
    user.text().is_some_and(|text| mentions_smtp(&text)) || mentions_smtp(user.source_text())
}

/// `smtp` anywhere, or the whole word `ses`.
fn mentions_smtp(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("smtp")
        || lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "ses")
}

/// Names of the keys of a file whose SMTP password some expression takes.
fn smtp_keys<'f>(file: &'f File, names: &mut HashSet<&'f str>) {
    let mut scan = |text: &'f str| {
        if text.contains(SMTP_PASSWORD) {
            names.extend(text.match_indices(TYPE).filter_map(|(at, _)| {
                let rest = text[at + TYPE.len()..].strip_prefix('.')?;
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
                Some(&rest[..end.unwrap_or(rest.len())])
            }));
        }
    };
    for node in &file.tree.nodes {
        match &node.kind {
            NodeKind::Name(_)
            | NodeKind::Operation(_)
            | NodeKind::Expression
            | NodeKind::Masked => {
                scan(file.source.slice(node.span));
            }
            NodeKind::Template(parts) => {
                for part in parts {
                    if let Part::Hole(span, _) = part {
                        scan(file.source.slice(*span));
                    }
                }
            }
            _ => {}
        }
    }
}
