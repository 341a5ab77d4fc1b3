//! S3 buckets whose requests nobody records: neither a setting of their own, nor another resource.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::{Join, Source, assume, resource};
use crate::rules::secret::known_text;
use crate::rules::sink::Sink;

/// What records the requests to a bucket.
const ACCESS_LOG: &[Source] = &[source("aws_s3_bucket_logging", &["bucket"])];
const BUCKET: &str = "aws_s3_bucket";
/// The same, and what delivers logs to a bucket: who reads logs is another question.
const ACCESS_LOG_OR_LOGS: &[Source] = &[
    source("aws_s3_bucket_logging", &["bucket", "target_bucket"]),
    source("aws_lb", &["access_logs.bucket", "connection_logs.bucket"]),
    source("aws_alb", &["access_logs.bucket"]),
    source("aws_elb", &["access_logs.bucket"]),
    source("aws_flow_log", &["log_destination"]),
    source("aws_cloudfront_distribution", &["logging_config.bucket"]),
];

const fn source(kind: &'static str, attributes: &'static [&'static str]) -> Source {
    Source { kind, attributes, via: "" }
}

/// `bucket_without_access_log`: unless it keeps logs itself.
pub fn bucket_without_access_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let buckets = root.terraform(Category::Managed, BUCKET);
    if buckets.is_empty() {
        return;
    }
    let join = Join::new(root, &[BUCKET], ACCESS_LOG_OR_LOGS, str::to_owned);
    for &at in buckets {
        let bucket = root.cursor(root.resources[at]);
        let logged = [
            !bucket.key("logging").absent(),
            keeps_logs(bucket),
            join.reaches(at, bucket.key("bucket")),
        ];
        match Truth::any(logged) {
            Truth::False => {
                let assumption =
                    "no other module adds access logs, and no trail records its objects";
                assume(sink.report(at, bucket, None, &[]), assumption);
            }
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}

/// Whether a bucket is for logs: by its name, or because it takes them.
fn keeps_logs(bucket: Cursor<'_>) -> Truth {
    let named = ["bucket", "bucket_prefix"].into_iter().map(|key| {
        let name = bucket.key(key);
        match known_text(&name) {
            Some(text) => Truth::of(text.to_lowercase().contains("log")),
            None if name.absent() == Truth::True => Truth::False,
            None => Truth::Unknown,
        }
    });
    let acl = bucket.key("acl");
    let receives = match acl.text() {
        Some(text) => Truth::of(text == "log-delivery-write"),
        None if acl.shape() == Shape::Absent => Truth::False,
        None => Truth::Unknown,
    };
    Truth::any(named).or(receives)
}

/// `trail_bucket_without_access_log`: at the bucket, with the trail as label.
pub fn trail_bucket_without_access_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let trails = root.terraform(Category::Managed, "aws_cloudtrail");
    if trails.is_empty() {
        return;
    }
    let join = Join::new(root, &[BUCKET], ACCESS_LOG, str::to_owned);
    let mut seen = Vec::new();
    for &trail in trails {
        let named = root.cursor(root.resources[trail]).key("s3_bucket_name");
        let Some(at) = resource(root, named, BUCKET, "bucket") else {
            sink.unknown();
            continue;
        };
        if seen.contains(&at) {
            continue;
        }
        seen.push(at);
        let bucket = root.cursor(root.resources[at]);
        match bucket.key("logging").absent().and(!join.reaches(at, bucket.key("bucket"))) {
            Truth::True => {
                if let Some(raw) = sink.report(at, bucket, None, &[]) {
                    let text = "the trail writes here".to_owned();
                    raw.labels.push(Label { place: named.focus(), text });
                    assume(Some(raw), "no other module adds access logs");
                }
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}
