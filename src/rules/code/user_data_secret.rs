//! Finds secrets in what instances are given to start with, plain or in base64.

use crate::input::tree::{NodeKind, NodeRef};
use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::secret::base64::decode_text;
use crate::rules::secret::known::script;
use crate::rules::secret::known_text;
use crate::rules::sink::Sink;

/// Types whose instances run their user data.
const TYPES: [&str; 5] = [
    "aws_instance",
    "aws_launch_configuration",
    "aws_launch_template",
    "aws_lightsail_instance",
    "aws_spot_instance_request",
];

/// `user_data_secret`: one finding for each attribute, at its value.
pub fn user_data_secret<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for kind in TYPES {
        for &at in root.terraform(Category::Managed, kind) {
            for name in ["user_data", "user_data_base64"] {
                let value = root.cursor(root.resources[at]).key(name);
                if holds_secret(&value) {
                    sink.report(at, value, None, &[]);
                } else if value.shape() == Shape::Unknown {
                    sink.unknown();
                }
            }
        }
    }
}

fn holds_secret(value: &Cursor<'_>) -> bool {
    let plain = |text: &str| tells(text) || decode_text(text).is_some_and(|text| tells(&text));
    known_text(value).is_some_and(|text| plain(&text))
        || encoded(value).and_then(|text| known_text(&text).map(|text| tells(&text))) == Some(true)
}

/// Whether a script holds a secret. The access key of the documentation counts: whoever copied it
/// puts a real one into its place.
fn tells(text: &str) -> bool {
    let upper = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let key = |start: &str| {
        text.match_indices(start).any(|(at, _)| {
            text.as_bytes()[at + start.len()..].iter().take(16).filter(|byte| upper(byte)).count()
                == 16
        })
    };
    let private = text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----");
    script(text) || private || key("AKIA") || key("ASIA")
}

/// What a call of `base64encode` or `base64gzip` is given: it may be known in part, where its
/// result is not known at all.
fn encoded<'a>(value: &Cursor<'a>) -> Option<Cursor<'a>> {
    let files = value.files();
    let call = value.node_ref()?;
    let file = files.iter().find(|file| file.id == call.file)?;
    let NodeKind::Call { name, args } = &file.node(call.node).kind else { return None };
    let encodes = matches!(file.text(name), "base64encode" | "base64gzip");
    let text = NodeRef { file: call.file, node: *args.first().filter(|_| encodes)? };
    Some(Cursor::node(files, text))
}
