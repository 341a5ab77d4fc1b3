//! AWS resources whose control is another resource that names them, and which nobody names.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::{Join, Source, assume, resource};
use crate::rules::secret::known_text;
use crate::rules::sink::Sink;

/// AWS chooses an identifier, so no text can name it: this is never written.
const NAMELESS: &str = "arn";

/// What is missing, and where.
struct Missing {
    /// The types that need it.
    kinds: &'static [&'static str],
    /// Under which argument a text may name them.
    name: &'static str,
    /// The resources that would be it.
    companions: &'static [Source],
    /// Whether a resource needs one at all.
    needed: fn(Cursor<'_>) -> Truth,
    assumption: &'static str,
}

const fn source(kind: &'static str, attributes: &'static [&'static str]) -> Source {
    Source { kind, attributes, via: "" }
}

/// `file_system_without_policy`.
pub fn file_system_without_policy<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_efs_file_system"],
        name: NAMELESS,
        companions: &[source("aws_efs_file_system_policy", &["file_system_id"])],
        needed: |_| Truth::True,
        assumption: "no other module adds a policy",
    };
    judge(&MISSING, root, sink);
}

/// `zone_without_query_log`.
pub fn zone_without_query_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_route53_zone"],
        name: NAMELESS,
        companions: &[source("aws_route53_query_log", &["zone_id"])],
        // A private zone is logged by the resolver of its network.
        needed: |zone| zone.key("vpc").absent(),
        assumption: "no other module adds a query log",
    };
    judge(&MISSING, root, sink);
}

/// `web_acl_without_log`.
pub fn web_acl_without_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_wafv2_web_acl"],
        name: NAMELESS,
        companions: &[source("aws_wafv2_web_acl_logging_configuration", &["resource_arn"])],
        needed: |_| Truth::True,
        assumption: "no other module adds a logging configuration",
    };
    judge(&MISSING, root, sink);
}

/// `network_firewall_without_log`.
pub fn network_firewall_without_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_networkfirewall_firewall"],
        name: NAMELESS,
        companions: &[source("aws_networkfirewall_logging_configuration", &["firewall_arn"])],
        needed: |_| Truth::True,
        assumption: "no other module adds a logging configuration",
    };
    judge(&MISSING, root, sink);
}

/// `verified_access_without_log`.
pub fn verified_access_without_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_verifiedaccess_instance"],
        name: NAMELESS,
        companions: &[source(
            "aws_verifiedaccess_instance_logging_configuration",
            &["verifiedaccess_instance_id"],
        )],
        needed: |_| Truth::True,
        assumption: "no other module adds a logging configuration",
    };
    judge(&MISSING, root, sink);
}

/// `key_without_policy`.
pub fn key_without_policy<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_kms_key"],
        name: NAMELESS,
        companions: &[source("aws_kms_key_policy", &["key_id"])],
        needed: |key| key.key("policy").absent(),
        assumption: "no other module adds a policy",
    };
    judge(&MISSING, root, sink);
}

/// `redshift_without_log`.
pub fn redshift_without_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_redshift_cluster"],
        name: "cluster_identifier",
        companions: &[source("aws_redshift_logging", &["cluster_identifier"])],
        needed: |cluster| cluster.key("logging").absent(),
        assumption: "no other module switches its audit logging on",
    };
    judge(&MISSING, root, sink);
}

/// `load_balancer_without_web_acl`.
pub fn load_balancer_without_web_acl<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_lb", "aws_alb"],
        name: NAMELESS,
        companions: &[
            source("aws_wafv2_web_acl_association", &["resource_arn"]),
            source("aws_wafregional_web_acl_association", &["resource_arn"]),
        ],
        needed: |balancer| {
            let application = is_or(balancer.key("load_balancer_type"), "application", true);
            application.and(!is_or(balancer.key("internal"), "true", false))
        },
        assumption: "no other module associates a web ACL",
    };
    judge(&MISSING, root, sink);
}

/// `api_stage_without_web_acl`.
pub fn api_stage_without_web_acl<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_api_gateway_stage"],
        name: NAMELESS,
        companions: &[
            source("aws_wafv2_web_acl_association", &["resource_arn"]),
            source("aws_wafregional_web_acl_association", &["resource_arn"]),
        ],
        needed: |_| Truth::True,
        assumption: "no other module associates a web ACL",
    };
    judge(&MISSING, root, sink);
}

/// `endpoint_without_policy`.
pub fn endpoint_without_policy<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_vpc_endpoint"],
        name: NAMELESS,
        companions: &[source("aws_vpc_endpoint_policy", &["vpc_endpoint_id"])],
        needed: |endpoint| {
            let kind = endpoint.key("vpc_endpoint_type");
            let gateway = is_or(kind, "Gateway", true).or(is_or(kind, "Interface", false));
            let own = match endpoint.key("service_name").text() {
                Some(name) => Truth::of(name.starts_with("com.amazonaws.")),
                None => Truth::Unknown,
            };
            endpoint.key("policy").absent().and(gateway).and(own)
        },
        assumption: "no other module adds a policy",
    };
    judge(&MISSING, root, sink);
}

/// `distribution_without_log`: neither settings of its own, nor a delivery of its logs.
pub fn distribution_without_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_cloudfront_distribution"],
        name: NAMELESS,
        companions: &[source("aws_cloudwatch_log_delivery_source", &["resource_arn"])],
        needed: |distribution| {
            let behavior = distribution.key("default_cache_behavior").index(0);
            let stream = behavior.key("realtime_log_config_arn");
            let off = is_or(distribution.key("enabled"), "false", false);
            distribution.key("logging_config").absent().and(stream.absent()).and(!off)
        },
        assumption: "no other module delivers its logs",
    };
    judge(&MISSING, root, sink);
}

/// `gateway_endpoint_without_routes`: a gateway endpoint that no route table leads to.
pub fn gateway_endpoint_without_routes<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &["aws_vpc_endpoint"],
        name: NAMELESS,
        companions: &[source("aws_vpc_endpoint_route_table_association", &["vpc_endpoint_id"])],
        needed: |endpoint| {
            let gateway = is_or(endpoint.key("vpc_endpoint_type"), "Gateway", true);
            let tables = endpoint.key("route_table_ids");
            let items = tables.items();
            let empty = match tables.shape() {
                Shape::List if items.open => Truth::Unknown,
                Shape::List => Truth::of(items.known.is_empty()),
                _ => tables.absent(),
            };
            gateway.and(empty)
        },
        assumption: "no other module associates route tables",
    };
    judge(&MISSING, root, sink);
}

/// `repository_without_scan`: unless the registry has a scanning configuration.
pub fn repository_without_scan<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const BLOCK: &str = "image_scanning_configuration";
    const SCAN: &str = "scan_on_push";
    if !root.terraform(Category::Managed, "aws_ecr_registry_scanning_configuration").is_empty() {
        return;
    }
    for &at in root.terraform(Category::Managed, "aws_ecr_repository") {
        let block = root.cursor(root.resources[at]).key(BLOCK);
        let (place, key) = match block.shape() {
            Shape::Absent => (block, BLOCK),
            _ => (block.index(0).key(SCAN), SCAN),
        };
        let scans = match place.shape() {
            Shape::Absent => Truth::False,
            _ => is_or(place, "true", false),
        };
        match scans {
            Truth::False => {
                let missing = place.absent_parent().map(|parent| (parent, vec![key.to_owned()]));
                let finding = sink.report(at, place, missing, &[]);
                assume(finding, "the registry does not scan every repository by itself");
            }
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}

/// What records the requests to a bucket.
const ACCESS_LOG: &[Source] = &[source("aws_s3_bucket_logging", &["bucket"])];
const BUCKET: &str = "aws_s3_bucket";

/// `bucket_without_access_log`.
pub fn bucket_without_access_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const MISSING: Missing = Missing {
        kinds: &[BUCKET],
        name: "bucket",
        companions: ACCESS_LOG,
        needed: |bucket| {
            let keeps_logs = ["bucket", "bucket_prefix"].into_iter().map(|key| {
                let name = bucket.key(key);
                match known_text(&name) {
                    Some(text) => Truth::of(text.to_lowercase().contains("log")),
                    None if name.absent() == Truth::True => Truth::False,
                    None => Truth::Unknown,
                }
            });
            let keeps_logs = Truth::any(keeps_logs);
            let receives = is_or(bucket.key("acl"), "log-delivery-write", false);
            bucket.key("logging").absent().and(!receives).and(!keeps_logs)
        },
        assumption: "no other module adds access logs, and no trail records its objects",
    };
    judge(&MISSING, root, sink);
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

fn judge<'r>(missing: &Missing, root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for kind in missing.kinds {
        let needing = root.terraform(Category::Managed, kind);
        if needing.is_empty() {
            continue;
        }
        let join = Join::new(root, &[kind], missing.companions, str::to_owned);
        for &at in needing {
            let body = root.cursor(root.resources[at]);
            let reached = join.reaches(at, body.key(missing.name));
            match (missing.needed)(body).and(!reached) {
                Truth::True => assume(sink.report(at, body, None, &[]), missing.assumption),
                Truth::Unknown => sink.unknown(),
                Truth::False => {}
            }
        }
    }
}

/// Whether an attribute is a word, or stands for it when absent.
fn is_or(attribute: Cursor<'_>, word: &str, default: bool) -> Truth {
    match (attribute.shape(), attribute.text()) {
        (Shape::Absent, _) => Truth::of(default),
        (_, Some(text)) => Truth::of(text == word),
        (_, None) => Truth::Unknown,
    }
}
