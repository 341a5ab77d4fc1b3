//! Preferences of Session Manager, which are JSON in a document: whether sessions are recorded, and
//! encrypted with a key of the account's own.
//!
//! Source of the semantics: Systems Manager User Guide, "Session document schema".

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// `session_not_recorded`: neither a bucket nor a log group is named.
pub fn session_not_recorded<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    judge(root, sink, &["s3BucketName", "cloudWatchLogGroupName"]);
}

/// `session_without_own_key`.
pub fn session_without_own_key<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    judge(root, sink, &["kmsKeyId"]);
}

/// Reports preferences in which every one of some inputs is empty, at the first of them.
fn judge<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, wanted: &[&str]) {
    for &at in root.terraform(Category::Managed, "aws_ssm_document") {
        let document = root.cursor(root.resources[at]);
        if document.key("document_type").text().as_deref() != Some("Session") {
            continue;
        }
        let inputs = document.key("content").document().key("inputs");
        match Truth::all(wanted.iter().map(|key| empty(inputs.key(key)))) {
            Truth::True => {
                let place = inputs.key(wanted[0]);
                let keys = vec![wanted[0].to_owned()];
                sink.report(at, place, place.absent_parent().map(|parent| (parent, keys)), &[]);
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}

/// Whether an input is absent or an empty text.
fn empty(input: Cursor<'_>) -> Truth {
    match (input.absent(), input.text()) {
        (Truth::True, _) => Truth::True,
        (_, Some(text)) => Truth::of(text.is_empty()),
        (Truth::False, None) if input.symbol().is_some() => Truth::False,
        (_, None) => Truth::Unknown,
    }
}
