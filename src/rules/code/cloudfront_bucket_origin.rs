//! ZT-NET-167: distributions that fetch from a bucket without saying who they are.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// `cloudfront_bucket_origin`: one finding for each origin.
pub fn cloudfront_bucket_origin<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Managed, "aws_cloudfront_distribution") {
        let body = root.cursor(root.resources[at]);
        let off = body.key("enabled");
        let on = match off.text() {
            Some(text) => Truth::of(text != "false"),
            None => off.absent(),
        };
        for origin in body.key("origin").items().known {
            let control = origin.key("origin_access_control_id");
            let anonymous = control.absent().and(origin.key("custom_origin_config").absent());
            match on.and(is_bucket(root, origin)).and(anonymous).and(without_identity(origin)) {
                Truth::True => {
                    let missing = control.absent_parent();
                    let keys = vec!["origin_access_control_id".to_owned()];
                    sink.report(at, control, missing.map(|parent| (parent, keys)), &[]);
                }
                Truth::Unknown => sink.unknown(),
                Truth::False => {}
            }
        }
    }
}

/// Whether an origin is a bucket's REST endpoint: by its name, or by the attribute that gives it.
/// A website endpoint has a name of its own and knows no identities.
fn is_bucket<'r>(root: &'r Root<'r>, origin: Cursor<'r>) -> Truth {
    let name = origin.key("domain_name");
    if let Some(symbol) = name.symbol() {
        let block = root.instance(symbol).and_then(|found| root.resources[found].block());
        let bucket = block.is_some_and(|block| block.kind == "aws_s3_bucket");
        let name = ["bucket_regional_domain_name", "bucket_domain_name"].contains(&&*symbol.path);
        return if bucket { Truth::of(name) } else { Truth::Unknown };
    }
    match name.text() {
        Some(text) => Truth::of(is_rest_endpoint(&text)),
        None => name.absent().and(Truth::False),
    }
}

/// `shop.s3.amazonaws.com`, `shop.s3.eu-west-1.amazonaws.com`, `shop.s3-eu-west-1.amazonaws.com`.
fn is_rest_endpoint(name: &str) -> bool {
    let host = name.strip_suffix(".cn").unwrap_or(name);
    let Some(host) = host.strip_suffix(".amazonaws.com") else { return false };
    let Some((_, service)) = host.rsplit_once(".s3") else { return false };
    let region = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match service.strip_prefix(['.', '-']) {
        Some(name) => !name.is_empty() && name.bytes().all(region),
        None => service.is_empty(),
    }
}

/// Whether the older kind of identity is missing, too.
fn without_identity(origin: Cursor<'_>) -> Truth {
    let config = origin.key("s3_origin_config");
    let identity = config.index(0).key("origin_access_identity");
    let empty = match identity.text() {
        Some(text) => Truth::of(text.is_empty()),
        None if identity.absent() == Truth::False => Truth::False,
        None => Truth::Unknown,
    };
    config.absent().or(empty)
}

#[cfg(test)]
mod tests {
    use super::is_rest_endpoint;

    #[test]
    fn only_rest_endpoints_are_buckets() {
        for (name, bucket) in [
            ("shop.s3.amazonaws.com", true),
            ("shop.s3.eu-west-1.amazonaws.com", true),
            ("shop.s3-eu-west-1.amazonaws.com", true),
            ("shop.s3.cn-north-1.amazonaws.com.cn", true),
            ("a.s3.b.s3.amazonaws.com", true),
            ("shop.s3-website.eu-west-1.amazonaws.com", false),
            ("shop.s3.dualstack.eu-west-1.amazonaws.com", false),
            ("shop.execute-api.eu-west-1.amazonaws.com", false),
            ("s3.amazonaws.com", false),
            ("shop.example", false),
        ] {
            assert_eq!(is_rest_endpoint(name), bucket, "{name}");
        }
    }
}
