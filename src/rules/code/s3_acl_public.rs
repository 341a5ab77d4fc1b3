//! S3 access control lists that let strangers in, unless public ACLs have no effect on the bucket.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::assume;
use crate::rules::s3::{Effect, Guards};
use crate::rules::sink::Sink;

/// Resources with an ACL.
const HOLDERS: [&str; 5] = [
    "aws_s3_bucket",
    "aws_s3_bucket_acl",
    "aws_s3_object",
    "aws_s3_bucket_object",
    "aws_s3_object_copy",
];

/// The groups that anyone, and anyone with an AWS account, belongs to.
const STRANGERS: [&str; 2] = ["/groups/global/AllUsers", "/groups/global/AuthenticatedUsers"];

/// What counts as public.
struct Public {
    canned: &'static [&'static str],
    permissions: &'static [&'static str],
}

/// `s3_acl_public_read`.
pub fn s3_acl_public_read<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let public = Public {
        canned: &["public-read", "authenticated-read"],
        permissions: &["READ", "READ_ACP"],
    };
    judge(&public, root, sink);
}

/// `s3_acl_public_write`.
pub fn s3_acl_public_write<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let public = Public {
        canned: &["public-read-write"],
        permissions: &["WRITE", "WRITE_ACP", "FULL_CONTROL"],
    };
    judge(&public, root, sink);
}

/// `public_acl_without_effect`.
pub fn public_acl_without_effect<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let public = Public {
        canned: &["public-read", "authenticated-read", "public-read-write"],
        permissions: &["READ", "READ_ACP", "WRITE", "WRITE_ACP", "FULL_CONTROL"],
    };
    let mut guards = None;
    for kind in HOLDERS {
        for &at in root.terraform(Category::Managed, kind) {
            let (places, verdict) = public.places(root.cursor(root.resources[at]));
            if verdict != Truth::True {
                continue;
            }
            match guards.get_or_insert_with(|| Guards::new(root)).effect(at) {
                Effect::Stopped => {
                    for place in places {
                        sink.report(at, place, None, &[]);
                    }
                }
                Effect::Unknown => sink.unknown(),
                Effect::Allowed(_) | Effect::Unguarded => {}
            }
        }
    }
}

fn judge<'r>(public: &Public, root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mut guards = None;
    for kind in HOLDERS {
        for &at in root.terraform(Category::Managed, kind) {
            let (places, verdict) = public.places(root.cursor(root.resources[at]));
            match verdict {
                Truth::False => continue,
                Truth::Unknown => {
                    sink.unknown();
                    continue;
                }
                Truth::True => {}
            }
            let guards = guards.get_or_insert_with(|| Guards::new(root));
            match guards.effect(at) {
                Effect::Stopped => {}
                Effect::Unknown => sink.unknown(),
                Effect::Allowed(open) => {
                    for place in places {
                        if let Some(raw) = sink.report(at, place, None, &[]) {
                            let text = "this leaves public ACLs in force".to_owned();
                            raw.labels.push(Label { place: open, text });
                        }
                    }
                }
                Effect::Unguarded => {
                    for place in places {
                        let assumption = "neither the account nor another module blocks public \
                                          ACLs on this bucket";
                        assume(sink.report(at, place, None, &[]), assumption);
                    }
                }
            }
        }
    }
}

impl Public {
    /// Where a resource opens itself, and whether it does.
    fn places<'r>(&self, body: Cursor<'r>) -> (Vec<Cursor<'r>>, Truth) {
        let acl = body.key("acl");
        let canned = one_of(acl, self.canned);
        if canned == Truth::True {
            return (vec![acl], canned);
        }
        let grants = body.key("access_control_policy").index(0).key("grant").items();
        let (mut places, mut verdict) = (Vec::new(), canned);
        for grant in grants.known {
            let permission = grant.key("permission");
            let uri = grant.key("grantee").index(0).key("uri");
            let given = one_of(permission, self.permissions).and(strangers(uri));
            if given == Truth::True {
                places.push(permission);
            }
            verdict = verdict.or(given);
        }
        let verdict = if grants.open { verdict.or(Truth::Unknown) } else { verdict };
        (places, verdict)
    }
}

fn one_of(word: Cursor<'_>, words: &[&str]) -> Truth {
    match (word.shape(), word.words().known()) {
        (Shape::Absent, _) => Truth::False,
        (_, Some(known)) => Truth::any(words.iter().map(|wanted| known.equals(wanted))),
        (_, None) => Truth::Unknown,
    }
}

fn strangers(uri: Cursor<'_>) -> Truth {
    match (uri.shape(), uri.text()) {
        (Shape::Absent, _) => Truth::False,
        (_, Some(uri)) => Truth::of(STRANGERS.iter().any(|group| uri.ends_with(group))),
        (_, None) => Truth::Unknown,
    }
}
