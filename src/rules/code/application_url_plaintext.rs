//! Addresses in environment variables, arguments and configuration maps through which an
//! application talks without TLS.

use crate::model::cursor::{Cursor, Shape};
use crate::model::root::Root;
use crate::rules::sink::Sink;
use std::net::IpAddr;

/// Schemes without TLS, and what they carry.
const SCHEMES: [&str; 14] = [
    "http",
    "ws",
    "redis",
    "amqp",
    "mqtt",
    "stomp",
    "nats",
    "ldap",
    "ftp",
    "tcp+http",
    "http+tcp",
    "amqp091",
    "memcached",
    "rtmp",
];

/// Words in names of settings whose values are no addresses to talk to: proxies (which carry TLS
/// through), identifiers that look like addresses, addresses of browsers and of oneself.
const NO_ADDRESS: [&str; 20] = [
    "proxy",
    "namespace",
    "xmlns",
    "schema",
    "origin",
    "cors",
    "referer",
    "redirect",
    "callback",
    "advertise",
    "listen",
    "bind",
    "doc",
    "help",
    "link",
    "homepage",
    "license",
    "external_url",
    "root_url",
    "issuer",
];

/// Hosts that stand for nothing, or only name things.
const NAMES_ONLY: [&str; 12] = [
    "example.com",
    "example.org",
    "example.net",
    "www.w3.org",
    "w3.org",
    "schemas.xmlsoap.org",
    "json-schema.org",
    "www.apache.org",
    "xml.apache.org",
    "java.sun.com",
    "purl.org",
    "schemas.microsoft.com",
];

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// To the own machine, to a placeholder, to nothing that can be told.
    Nowhere,
    /// To the cluster or a private network.
    Inside,
    /// Further.
    Outside,
}

/// `application_url_plaintext`: to hosts outside.
pub fn application_url_plaintext<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, Reach::Outside, sink);
}

/// `application_url_plaintext_inside`: to hosts of the cluster and of private networks.
pub fn application_url_plaintext_inside<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, Reach::Inside, sink);
}

fn each<'r>(root: &'r Root<'r>, wanted: Reach, sink: &mut Sink<'_, 'r>) {
    for workload in &root.cluster().workloads {
        for container in workload.containers().0 {
            for variable in container.key("env").items().known {
                let value = variable.key("value");
                match variable.key("name").text() {
                    Some(name) => judge(workload.resource, &name, value, wanted, sink),
                    None => sink.unknown(),
                }
            }
            for list in ["command", "args"] {
                for argument in container.key(list).items().known {
                    judge(workload.resource, "", argument, wanted, sink);
                }
            }
        }
    }
    for at in root.objects("", "ConfigMap") {
        for (name, value) in root.cursor(root.resources[at]).key("data").entries().0 {
            judge(at, name, value, wanted, sink);
        }
    }
}

fn judge<'r>(resource: usize, name: &str, at: Cursor<'r>, wanted: Reach, sink: &mut Sink<'_, 'r>) {
    if at.shape() == Shape::Absent {
        return;
    }
    let Some(text) = at.text() else { return sink.unknown() };
    // `--upstream=http://…`: the flag names the setting.
    let text = text.trim();
    let (name, address) = match text.strip_prefix('-').and_then(|rest| rest.split_once('=')) {
        Some((flag, value)) => (flag, value.trim_matches(['"', '\''])),
        None => (name, text),
    };
    let name = name.to_ascii_lowercase().replace(['-', '.'], "_");
    if NO_ADDRESS.iter().any(|word| name.contains(word)) {
        return;
    }
    let Some((scheme, host)) = plain(address) else { return };
    if reach(&host) != wanted {
        return;
    }
    sink.report(resource, at, None, &[("scheme", &scheme), ("host", &host)]);
}

/// Scheme and host of a text that is one address without TLS, in lower case.
fn plain(address: &str) -> Option<(String, String)> {
    let (scheme, rest) = address.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.as_str()) || address.contains(char::is_whitespace) {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split([':', ',']).next().unwrap_or_default(),
    };
    let whole = |letter: char| letter.is_ascii_alphanumeric() || "-._:".contains(letter);
    let named = !host.is_empty() && host.chars().all(whole);
    named.then(|| (scheme, host.trim_end_matches('.').to_ascii_lowercase()))
}

fn reach(host: &str) -> Reach {
    if let Ok(address) = host.parse::<IpAddr>() {
        return match address {
            _ if address.is_loopback() || address.is_unspecified() => Reach::Nowhere,
            // Metadata services and node-local caches have no TLS.
            IpAddr::V4(v4) if v4.is_link_local() || v4.is_documentation() => Reach::Nowhere,
            IpAddr::V4(v4) if v4.is_private() => Reach::Inside,
            IpAddr::V6(v6) if v6.is_unique_local() => Reach::Inside,
            IpAddr::V6(v6) if v6.is_unicast_link_local() => Reach::Nowhere,
            _ => Reach::Outside,
        };
    }
    let within = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    if within("localhost")
        || NAMES_ONLY.iter().any(|name| within(name))
        || ["example", "test", "invalid"].iter().any(|name| within(name))
        || host == "metadata.google.internal"
        || host == "host.docker.internal"
    {
        return Reach::Nowhere;
    }
    let parts = host.split('.').count();
    let inside = ["svc", "local", "internal", "lan", "home.arpa", "consul", "cluster"];
    if parts == 1 || host.contains(".svc.") || inside.iter().any(|name| within(name)) {
        return Reach::Inside;
    }
    // `db.shop`: a Service and its namespace. Public suffixes have at least two letters, and so may
    // namespaces; only well-known ones tell.
    let last = host.rsplit('.').next().unwrap_or_default();
    if parts == 2 && !WELL_KNOWN.contains(&last) { Reach::Inside } else { Reach::Outside }
}

/// Endings of public names with two parts.
const WELL_KNOWN: [&str; 24] = [
    "com", "org", "net", "io", "dev", "app", "cloud", "ai", "co", "de", "eu", "uk", "us", "fr",
    "ch", "nl", "jp", "in", "info", "gov", "edu", "me", "sh", "biz",
];

#[cfg(test)]
mod tests {
    use super::{Reach, plain, reach};

    #[test]
    fn addresses_without_tls() {
        let cases = [
            ("http://api.partner.com/v1", Some(("http", "api.partner.com"))),
            ("HTTP://API.partner.com", Some(("http", "api.partner.com"))),
            ("redis://:secret@cache.partner.com:6379/0", Some(("redis", "cache.partner.com"))),
            ("amqp://user:pw@queue:5672", Some(("amqp", "queue"))),
            ("http://[2001:db8::1]:80/", Some(("http", "2001:db8::1"))),
            ("https://api.partner.com", None),
            ("rediss://cache", None),
            ("see http://api.partner.com", None),
            ("http://$(HOST):80", None),
            ("http://{{ host }}", None),
            ("http://", None),
            ("api.partner.com:80", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(a, b): (&str, &str)| (a.to_owned(), b.to_owned()));
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn where_hosts_are() {
        let cases = [
            ("127.0.0.1", Reach::Nowhere),
            ("::1", Reach::Nowhere),
            ("0.0.0.0", Reach::Nowhere),
            ("169.254.169.254", Reach::Nowhere),
            ("localhost", Reach::Nowhere),
            ("api.example.com", Reach::Nowhere),
            ("10.1.2.3", Reach::Inside),
            ("fd00::1", Reach::Inside),
            ("db", Reach::Inside),
            ("db.shop", Reach::Inside),
            ("db.shop.svc", Reach::Inside),
            ("db.shop.svc.cluster.local", Reach::Inside),
            ("registry.corp.internal", Reach::Inside),
            ("partner.com", Reach::Outside),
            ("api.partner.co.uk", Reach::Outside),
            ("8.8.8.8", Reach::Outside),
        ];
        for (host, expected) in cases {
            assert_eq!(reach(host), expected, "{host}");
        }
    }
}
