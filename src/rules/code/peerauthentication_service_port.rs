//! Port-level modes that name a Service's port instead of the workload's.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::istio::mesh::Item;
use crate::model::root::Root;
use crate::model::selector::Selector;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// Reports each key of `portLevelMtls` that only a Service knows.
pub fn peerauthentication_service_port<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for item in &root.mesh().peers {
        let spec = item.spec();
        let (ports, _) = spec.key("portLevelMtls").entries();
        if ports.is_empty() {
            continue;
        }
        let Some(selector) = Selector::read(spec.key("selector")) else { continue };
        let selected = root.cluster().selected(&item.home, &selector);
        if selected.is_empty() {
            continue;
        }
        for (key, value) in ports {
            let Ok(number) = key.trim().parse::<u16>() else { continue };
            if value.shape() == Shape::Unknown {
                sink.unknown();
                continue;
            }
            judge(root, sink, item, &selected, number, value);
        }
    }
}

fn judge<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    item: &Item<'r>,
    selected: &[(usize, Truth)],
    number: u16,
    value: Cursor<'r>,
) {
    let cluster = root.cluster();
    let mut services = Vec::new();
    for (at, truth) in selected {
        let workload = &cluster.workloads[*at];
        match workload.declares_port(number) {
            Truth::True => return,
            Truth::Unknown => return sink.unknown(),
            Truth::False => {}
        }
        for (service, here) in cluster.services_in(&workload.home) {
            let own = &cluster.services[service];
            let leads = own.selector.as_ref().map_or(Truth::False, |s| s.matches(&workload.labels));
            for port in &own.ports {
                let maps = leads.and(here).and(*truth);
                if port.number != Some(number) || maps == Truth::False {
                    continue;
                }
                match (port.number_on(workload), maps) {
                    (Some(target), _) if target == number => return,
                    (Some(target), Truth::True) => services.push((target, port.at)),
                    _ => return sink.unknown(),
                }
            }
            if leads != Truth::False && own.open_ports {
                return sink.unknown();
            }
        }
    }
    let Some((target, _)) = services.first() else { return };
    let words = [("port", &*number.to_string()), ("target", &*target.to_string())];
    if let Some(finding) = sink.report(item.resource, value, None, &words) {
        finding.primary = value.header();
        finding.labels.extend(services.iter().map(|(_, at)| Label {
            place: at.key("port").focus(),
            text: "is the Service's port".to_owned(),
        }));
    }
}
