//! Azure application gateways that pass plain HTTP on instead of redirecting it.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// `azure_gateway_serves_http`.
pub fn azure_gateway_serves_http<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Managed, "azurerm_application_gateway") {
        let gateway = root.cursor(root.resources[at]);
        let rules = gateway.key("request_routing_rule").items();
        for listener in gateway.key("http_listener").items().known {
            let protocol = listener.key("protocol");
            let plain = match protocol.text() {
                Some(word) => Truth::of(word.eq_ignore_ascii_case("http")),
                None => Truth::Unknown,
            };
            let inside = inside(gateway, listener.key("frontend_ip_configuration_name"));
            let mut served = Truth::any(rules.known.iter().map(|rule| serves(*rule, listener)));
            if rules.open {
                served = served.and(Truth::Unknown);
            }
            match plain.and(!inside).and(served) {
                Truth::True => {
                    sink.report(at, protocol, None, &[]);
                }
                Truth::Unknown => sink.unknown(),
                Truth::False => {}
            }
        }
    }
}

/// Whether a rule takes a listener's requests to a backend. A map of paths may redirect as well.
fn serves(rule: Cursor<'_>, listener: Cursor<'_>) -> Truth {
    let wanted = rule.key("http_listener_name");
    let same = match (wanted.text(), listener.key("name").text()) {
        (Some(wanted), Some(name)) => Truth::of(wanted == name),
        _ => Truth::Unknown,
    };
    same.and(!rule.key("backend_address_pool_name").absent())
        .and(rule.key("redirect_configuration_name").absent())
}

/// Whether the address that a listener listens on is a private one.
fn inside(gateway: Cursor<'_>, name: Cursor<'_>) -> Truth {
    let addresses = gateway.key("frontend_ip_configuration").items();
    let found = Truth::any(addresses.known.iter().map(|address| {
        let same = match (address.key("name").text(), name.text()) {
            (Some(own), Some(name)) => Truth::of(own == name),
            _ => Truth::Unknown,
        };
        let private = !address.key("subnet_id").absent();
        same.and(private.and(address.key("public_ip_address_id").absent()))
    }));
    if addresses.open { found.or(Truth::Unknown) } else { found }
}
