//! Stages of REST APIs that show no client certificate to the HTTP backends of the API.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Target, assume, target};
use crate::rules::sink::Sink;

/// `api_stage_without_client_certificate`: where an integration calls an HTTP backend, or none is
/// written at all.
pub fn api_stage_without_client_certificate<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const API: [&str; 1] = ["aws_api_gateway_rest_api"];
    let integrations = root.terraform(Category::Managed, "aws_api_gateway_integration");
    for &at in root.terraform(Category::Managed, "aws_api_gateway_stage") {
        let stage = root.cursor(root.resources[at]);
        let certificate = stage.key("client_certificate_id");
        match certificate.absent() {
            Truth::False => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
            Truth::True => {}
        }
        let called = match target(root, stage.key("rest_api_id"), &API, "") {
            _ if integrations.is_empty() => Truth::True,
            Target::Resource(api) => Truth::any(integrations.iter().map(|&integration| {
                let body = root.cursor(root.resources[integration]);
                let own = match target(root, body.key("rest_api_id"), &API, "") {
                    Target::Resource(of) => Truth::of(of == api),
                    _ => Truth::Unknown,
                };
                own.and(over_http(body))
            })),
            _ => Truth::Unknown,
        };
        match called {
            Truth::True => {
                let keys = vec!["client_certificate_id".to_owned()];
                let missing = certificate.absent_parent().map(|parent| (parent, keys));
                let finding = sink.report(at, certificate, missing, &[]);
                if integrations.is_empty() {
                    assume(finding, "the API calls a backend over HTTP");
                }
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}

/// Whether an integration calls a backend over HTTP outside of the network of the account.
fn over_http(integration: Cursor<'_>) -> Truth {
    let kind = integration.key("type");
    let http = match kind.text() {
        Some(text) => Truth::of(matches!(&*text, "HTTP" | "HTTP_PROXY")),
        None => Truth::Unknown,
    };
    let connection = integration.key("connection_type");
    let link = match (connection.shape(), connection.text()) {
        (Shape::Absent, _) => Truth::False,
        (_, Some(text)) => Truth::of(text == "VPC_LINK"),
        (_, None) => Truth::Unknown,
    };
    http.and(!link)
}
