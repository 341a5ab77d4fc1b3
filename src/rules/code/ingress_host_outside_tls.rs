//! Hosts of an Ingress that none of its TLS entries lists.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::root::Root;
use crate::rules::guard;
use crate::rules::sink::Sink;
use std::collections::HashSet;

/// The card about an Ingress without TLS, whose exceptions hold here too.
const WITHOUT_TLS: &str = "ZT-ENC-002";

/// Reports each host that is served beside the hosts with TLS.
pub fn ingress_host_outside_tls<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.kind("Ingress") {
        let resource = root.resources[at];
        let served = resource.object().is_some_and(|object| {
            matches!(object.group.as_str(), "networking.k8s.io" | "extensions")
        });
        if served {
            judge(root, at, root.cursor(resource).key("spec"), sink);
        }
    }
}

fn judge<'r>(root: &'r Root<'r>, at: usize, spec: Cursor<'r>, sink: &mut Sink<'_, 'r>) {
    let covered = match covered(spec.key("tls")) {
        Covered::Hosts(hosts) => hosts,
        Covered::Everything => return,
        Covered::Unknown => return sink.unknown(),
    };
    let mut outside = Vec::new();
    for rule in spec.key("rules").items().known {
        let host = rule.key("host");
        match host.text() {
            Some(text) if text.is_empty() => {}
            Some(text) => {
                if !covers(&covered, &text.to_lowercase()) {
                    outside.push(host);
                }
            }
            None if host.shape() == Shape::Absent => {}
            None => sink.unknown(),
        }
    }
    if outside.is_empty() {
        return;
    }
    match guard::excepted(WITHOUT_TLS, root, at) {
        Truth::True => {}
        Truth::Unknown => sink.unknown(),
        Truth::False => {
            for host in outside {
                sink.report(at, host, None, &[]);
            }
        }
    }
}

enum Covered {
    /// These hosts, in lower case.
    Hosts(HashSet<String>),
    /// Every host, or no TLS at all, which another rule reports.
    Everything,
    Unknown,
}

fn covered(tls: Cursor<'_>) -> Covered {
    let entries = tls.items();
    if entries.open {
        return Covered::Unknown;
    }
    if entries.known.is_empty() {
        return Covered::Everything;
    }
    let (mut covered, mut open) = (HashSet::new(), false);
    for entry in entries.known {
        let hosts = entry.key("hosts").items();
        if hosts.known.is_empty() && !hosts.open {
            return Covered::Everything;
        }
        open |= hosts.open;
        for host in hosts.known {
            match host.text() {
                Some(text) if text.is_empty() => return Covered::Everything,
                Some(text) => {
                    covered.insert(text.to_lowercase());
                }
                None => open = true,
            }
        }
    }
    if open { Covered::Unknown } else { Covered::Hosts(covered) }
}

/// A wildcard stands for exactly one label.
fn covers(hosts: &HashSet<String>, host: &str) -> bool {
    hosts.contains(host)
        || host.split_once('.').is_some_and(|(first, rest)| {
            !first.is_empty() && first != "*" && hosts.contains(&format!("*.{rest}"))
        })
}
