//! Buckets, queues and topics whose policies do not refuse requests without TLS.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Join, Source, Target, assume, target};
use crate::rules::sink::Sink;

const BUCKET: &str = "aws_s3_bucket";

/// Resources with a resource policy, which may be the policy alone.
const HOLDERS: [&str; 6] = [
    BUCKET,
    "aws_s3_bucket_policy",
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_sns_topic",
    "aws_sns_topic_policy",
];

const POLICY: Source = Source { kind: "aws_s3_bucket_policy", attributes: &["bucket"], via: "" };

const WEBSITE: Source =
    Source { kind: "aws_s3_bucket_website_configuration", attributes: &["bucket"], via: "" };

/// `policy_allows_plain_http`.
pub fn policy_allows_plain_http<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let join = |source| Join::new(root, &[BUCKET], &[source], str::to_owned);
    let (policies, websites) = (join(POLICY), join(WEBSITE));
    let websites = Websites { root, join: websites };
    for kind in HOLDERS {
        for &at in root.terraform(Category::Managed, kind) {
            let body = root.cursor(root.resources[at]);
            let policy = body.key("policy");
            let verdict = match policy.absent() {
                Truth::True if kind == BUCKET => policies.reaches(at, body.key("bucket")),
                Truth::True => Truth::True,
                Truth::Unknown | Truth::False => refuses(policy),
            };
            match verdict.or(websites.serve(at)) {
                Truth::False if policy.absent() == Truth::True => {
                    let assumption = "no other configuration gives the bucket a policy";
                    assume(sink.report(at, body, None, &[]), assumption);
                }
                Truth::False => {
                    sink.report(at, policy.document(), None, &[]);
                }
                Truth::Unknown => sink.unknown(),
                Truth::True => {}
            }
        }
    }
}

/// Buckets that are websites: their endpoints know no TLS.
struct Websites<'r> {
    root: &'r Root<'r>,
    join: Join,
}

impl Websites<'_> {
    /// Whether a bucket, or the bucket that a policy is for, is a website.
    fn serve(&self, at: usize) -> Truth {
        let resource = self.root.resources[at];
        let body = self.root.cursor(resource);
        match resource.block().map(|block| block.kind.as_str()) {
            Some(BUCKET) => {
                self.join.reaches(at, body.key("bucket")).or(!body.key("website").absent())
            }
            Some("aws_s3_bucket_policy") => {
                match target(self.root, body.key("bucket"), &[BUCKET], "") {
                    Target::Resource(bucket) => self.serve(bucket),
                    _ => self.join.reaches(at, body.key("bucket")),
                }
            }
            _ => Truth::False,
        }
    }
}

/// Whether a policy denies what comes without TLS. Any denial that asks for it counts.
fn refuses(policy: Cursor<'_>) -> Truth {
    let document = policy.document();
    if document.shape() != Shape::Map {
        return Truth::Unknown;
    }
    let statements = document.key("Statement");
    let (known, open) = match statements.shape() {
        Shape::Map => (vec![statements], false),
        Shape::List => {
            let items = statements.items();
            (items.known, items.open)
        }
        _ => (Vec::new(), true),
    };
    let verdict = Truth::any(known.into_iter().map(denies));
    if open { verdict.or(Truth::Unknown) } else { verdict }
}

fn denies(statement: Cursor<'_>) -> Truth {
    if statement.shape() != Shape::Map {
        return Truth::Unknown;
    }
    let effect = match statement.key("Effect").text() {
        Some(effect) => Truth::of(effect == "Deny"),
        None => Truth::Unknown,
    };
    let condition = statement.key("Condition");
    if condition.shape() == Shape::Absent {
        return Truth::False;
    }
    let (tests, mut open) = condition.entries();
    let mut asks = Truth::False;
    for (_, keys) in tests {
        let (keys, more) = keys.entries();
        open |= more;
        for (key, _) in keys {
            asks = asks.or(match key.to_ascii_lowercase().as_str() {
                "aws:securetransport" => Truth::True,
                "s3:tlsversion" => Truth::Unknown,
                _ => Truth::False,
            });
        }
    }
    effect.and(if open { asks.or(Truth::Unknown) } else { asks })
}
