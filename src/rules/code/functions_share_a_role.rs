//! Lambda functions that run with the same role.

use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::{Target, target};
use crate::rules::sink::Sink;
use std::collections::HashMap;

/// What tells roles apart.
#[derive(PartialEq, Eq, Hash)]
enum Role<'r> {
    Resource(usize),
    Name(std::borrow::Cow<'r, str>),
}

/// `functions_share_a_role`: every function but the first, with the first as label. Instances of
/// one block are one function.
pub fn functions_share_a_role<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mut users = HashMap::new();
    for &at in root.terraform(Category::Managed, "aws_lambda_function") {
        let function = root.resources[at];
        let role = root.cursor(function).key("role");
        let known = match target(root, role, &["aws_iam_role"], "") {
            Target::Resource(found) => Role::Resource(found),
            Target::Text(name) if !name.is_empty() => Role::Name(name),
            Target::Text(_) | Target::Elsewhere => continue,
            Target::Unknown => {
                if role.absent() != Truth::True {
                    sink.unknown();
                }
                continue;
            }
        };
        let &mut (first, first_role) = users.entry(known).or_insert((function, role));
        if first.node != function.node
            && let Some(raw) = sink.report(at, role, None, &[])
        {
            let text = "the same role".to_owned();
            raw.labels.push(Label { place: first_role.focus(), text });
        }
    }
}
