//! Datastores that admit every workload of another namespace.

use crate::model::cursor::Shape;
use crate::model::fact::Truth;
use crate::model::istio::authorization::{Action, Attribute, Clause};
use crate::model::kubernetes::pods::Workload;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;
use std::collections::BTreeSet;

/// Ports of datastores and stores of secrets.
const PORTS: [u16; 12] = [1433, 1521, 2379, 3306, 5432, 5984, 6379, 8200, 9042, 9200, 11211, 27017];

/// Reports sources that name nothing but namespaces.
pub fn policy_by_namespace_only<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let (mesh, cluster) = (root.mesh(), root.cluster());
    let mut reported = BTreeSet::new();
    for workload in &cluster.workloads {
        let Some(place) = datastore(workload) else { continue };
        for (at, truth) in mesh.attached(workload) {
            let one = &mesh.policies[at];
            let counts = truth.and(one.policy.enforces(Action::Allow));
            let sources = one.policy.rules.iter().filter_map(|rule| rule.from.as_ref());
            for clause in sources.flat_map(|from| &from.known).filter(|clause| by_namespace(clause))
            {
                let Some(term) = clause.terms.first() else { continue };
                let values = term.values.items().known;
                let foreign = values.into_iter().find(|value| {
                    value.text().is_some_and(|name| workload.home.name() != Some(&*name))
                });
                let Some(value) = foreign.filter(|_| workload.home.name().is_some()) else {
                    continue;
                };
                match counts {
                    Truth::True if reported.insert(value.place()) => {
                        let found = sink.report(one.policy.resource, value, None, &[]);
                        if let Some(finding) = found {
                            let text = "is a datastore's port".to_owned();
                            finding.labels.push(Label { place, text });
                        }
                    }
                    Truth::Unknown => sink.unknown(),
                    _ => {}
                }
            }
        }
    }
}

fn by_namespace(clause: &Clause<'_>) -> bool {
    let plain = |term: &crate::model::istio::authorization::Term<'_>| {
        term.attribute == Attribute::Namespace && !term.negated
    };
    !clause.open && !clause.terms.is_empty() && clause.terms.iter().all(plain)
}

/// Where a workload declares a datastore's port.
fn datastore(workload: &Workload<'_>) -> Option<crate::input::source::Place> {
    let port = workload
        .ports
        .iter()
        .find(|port| port.number.is_some_and(|number| PORTS.contains(&number)))?;
    (port.at.shape() == Shape::Map).then(|| port.at.key("containerPort").focus())
}
