//! OpenSearch Serverless network policies that open collections to the Internet.
//!
//! Source of the semantics: OpenSearch Service Developer Guide, "Network access for OpenSearch Serverless".

use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// `search_collection_public`: one finding for each rule of a policy.
pub fn search_collection_public<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Managed, "aws_opensearchserverless_security_policy") {
        let body = root.cursor(root.resources[at]);
        if body.key("type").text().as_deref() != Some("network") {
            continue;
        }
        for rule in body.key("policy").document().items().known {
            let public = rule.key("AllowFromPublic");
            if public.text().as_deref() == Some("true") {
                sink.report(at, public, None, &[]);
            }
        }
    }
}
