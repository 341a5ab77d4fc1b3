//! Secrets of AWS Secrets Manager that no rotation is for.

use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Join, Source, assume};
use crate::rules::sink::Sink;

const SECRET: &str = "aws_secretsmanager_secret";

const ROTATION: Source =
    Source { kind: "aws_secretsmanager_secret_rotation", attributes: &["secret_id"], via: "" };

/// `secretsmanager_without_rotation`.
pub fn secretsmanager_without_rotation<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let secrets = root.terraform(Category::Managed, SECRET);
    if secrets.is_empty() {
        return;
    }
    let join = Join::new(root, &[SECRET], &[ROTATION], name_in);
    for &at in secrets {
        let secret = root.cursor(root.resources[at]);
        let rotated = [
            join.reaches(at, secret.key("name")),
            // Old providers: rotation written in the secret itself.
            !secret.key("rotation_lambda_arn").absent(),
            !secret.key("rotation_rules").absent(),
            // A secret kept in several regions is rotated where it belongs.
            !secret.key("replica").absent(),
        ];
        match Truth::any(rotated) {
            Truth::False => {
                let assumption = "no other module adds a rotation for this secret";
                assume(sink.report(at, secret, None, &[]), assumption);
            }
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}

/// The name in a secret's identifier: the name itself, or an ARN that ends in `name-Ab12Cd`.
fn name_in(identifier: &str) -> String {
    let name = match identifier.split_once(":secret:") {
        Some((_, name)) => match name.rsplit_once('-') {
            Some((name, suffix)) if suffix.len() == 6 => name,
            _ => name,
        },
        None => identifier,
    };
    name.to_owned()
}
