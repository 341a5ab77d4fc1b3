//! APIs behind a domain name that asks for client certificates, which their default endpoint does not.
//!
//! Source of the semantics: API Gateway Developer Guide, "Turning on mutual TLS authentication".

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::{Target, resource, target};
use crate::rules::sink::Sink;

const DOMAINS: [&str; 2] = ["aws_api_gateway_domain_name", "aws_apigatewayv2_domain_name"];
const MAPPINGS: [&str; 2] = ["aws_api_gateway_base_path_mapping", "aws_apigatewayv2_api_mapping"];
const APIS: [&str; 2] = ["aws_api_gateway_rest_api", "aws_apigatewayv2_api"];

/// `mutual_tls_bypassed`: once for each API, with the domain name as label.
pub fn mutual_tls_bypassed<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mut seen = Vec::new();
    for kind in MAPPINGS {
        for &mapping in root.terraform(Category::Managed, kind) {
            let mapping = root.cursor(root.resources[mapping]);
            let named = mapping.key("domain_name");
            let domain =
                DOMAINS.iter().find_map(|domain| resource(root, named, domain, "domain_name"));
            let (Some(domain), Target::Resource(api)) =
                (domain, target(root, mapping.key("api_id"), &APIS, ""))
            else {
                continue;
            };
            if seen.contains(&api) {
                continue;
            }
            let certificates =
                root.cursor(root.resources[domain]).key("mutual_tls_authentication").index(0);
            let body = root.cursor(root.resources[api]);
            let endpoint = body.key("disable_execute_api_endpoint");
            match (!certificates.absent()).and(answers(endpoint)) {
                Truth::True => {
                    seen.push(api);
                    let missing = endpoint
                        .absent_parent()
                        .map(|parent| (parent, vec!["disable_execute_api_endpoint".to_owned()]));
                    if let Some(raw) = sink.report(api, endpoint, missing, &[]) {
                        let text = "this domain name asks for certificates".to_owned();
                        raw.labels.push(Label { place: certificates.focus(), text });
                    }
                }
                Truth::Unknown => sink.unknown(),
                Truth::False => {}
            }
        }
    }
}

/// Whether the default endpoint answers: it does unless it is disabled.
fn answers(disabled: Cursor<'_>) -> Truth {
    match (disabled.shape(), disabled.text()) {
        (Shape::Absent, _) => Truth::True,
        (_, Some(text)) => Truth::of(text != "true"),
        (_, None) => Truth::Unknown,
    }
}
