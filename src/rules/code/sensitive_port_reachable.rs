//! Ports of data stores and debuggers that are open to every pod of the cluster, or to the internet.

use crate::model::fact::Truth;
use crate::model::graph::call::Call;
use crate::model::graph::entries::Visitor;
use crate::model::graph::speech::Speaks;
use crate::model::graph::{Graph, Peer};
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::pods::Port;
use crate::model::root::{ListedPort, Root};
use crate::rules::finding::Label;
use crate::rules::reach;
use crate::rules::sink::Sink;

/// Ports on which data stores and what keeps a cluster's state listen, and what that is. (IANA's
/// registry, and the documentation of each.)
const STORES: [(u16, &str); 20] = [
    (1433, "SQL Server"),
    (1521, "Oracle Database"),
    (2181, "ZooKeeper"),
    (2379, "etcd"),
    (2380, "etcd"),
    (3306, "MySQL"),
    (5432, "PostgreSQL"),
    (5984, "CouchDB"),
    (6379, "Redis"),
    (7687, "Neo4j"),
    (8500, "Consul"),
    (9042, "Cassandra"),
    (9092, "Kafka"),
    (9200, "Elasticsearch"),
    (9300, "Elasticsearch"),
    (11211, "Memcached"),
    (26257, "CockroachDB"),
    (27017, "MongoDB"),
    (27018, "MongoDB"),
    (28015, "RethinkDB"),
];

/// Ports on which debuggers and profilers listen: whoever reaches them runs code or reads memory.
const DEBUGGERS: [(u16, &str); 5] = [
    (2345, "a Go debugger (Delve)"),
    (5005, "a Java debugger (JDWP)"),
    (5678, "a Python debugger (debugpy)"),
    (6060, "a Go profiler (pprof)"),
    (9229, "a Node.js inspector"),
];

/// What is said of a port that the configuration lists.
const LISTED: &str = "what ztlint.toml calls sensitive";

/// A port that listens on one of these numbers.
struct Sensitive<'c, 'r> {
    workload: usize,
    port: &'c Port<'r>,
    number: u16,
    what: &'static str,
}

/// `store_reachable_from_any_pod`: where policies are expected here. To serve a data store is no fault,
/// and of others' namespaces the manifests say too little.
pub fn store_reachable_from_any_pod<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    from_any_pod(root, |port| stores(root, port), reach::is_own, sink);
}

/// `debugger_reachable_from_any_pod`: wherever it is.
pub fn debugger_reachable_from_any_pod<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    from_any_pod(root, debuggers, |_, _| true, sink);
}

fn from_any_pod<'r>(
    root: &'r Root<'r>,
    listed: impl Fn(&Port<'_>) -> Option<(u16, &'static str)>,
    expected: fn(&Graph<'_>, &Home<'_>) -> bool,
    sink: &mut Sink<'_, 'r>,
) {
    for one in sensitive(root, listed) {
        let Some(graph) = sink.graph() else { return };
        let Sensitive { workload, port, number, what } = one;
        let call = Call {
            speaks: Speaks::Plaintext,
            ..Call::new(Peer::AnyPod, Peer::Workload(workload), number)
        };
        match graph.call(&call).allowed {
            Truth::True => {}
            Truth::False => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let own = &root.cluster().workloads[workload];
        if !expected(graph, &own.home) {
            sink.unknown();
            continue;
        }
        let at = port.at.key("containerPort");
        if let Some(raw) = sink.report(own.resource, at, None, &[("what", what)]) {
            reach::rests_on(raw, reach::by_call(graph, &call));
        }
    }
}

/// `sensitive_port_published`.
pub fn sensitive_port_published<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let found = sensitive(root, |port| stores(root, port).or_else(|| debuggers(port)));
    if found.is_empty() {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    let entries = sink.published();
    let mut reported = Vec::new();
    for Sensitive { workload, port, number, what } in found {
        let entry = entries.iter().find(|entry| {
            let here = entry.workload == workload && entry.visitor == Visitor::Internet;
            here && entry.call.port == number
        });
        // One finding for each Service, whatever else it leads to.
        let Some(entry) = entry.filter(|entry| !reported.contains(&entry.resource)) else {
            continue;
        };
        reported.push(entry.resource);
        let title = root.resources[entry.resource].title();
        let at = root.cursor(root.resources[entry.resource]).key("spec").key("type");
        if let Some(raw) = sink.report(entry.resource, at, None, &[("what", what)]) {
            let mut way = reach::by_call(graph, &entry.call);
            let text = format!("{title} takes connections from outside");
            way.witness.steps.insert(0, Label { place: at.focus(), text });
            let place = port.at.key("containerPort").focus();
            raw.labels.push(Label { place, text: format!("{what} listens here") });
            reach::rests_on(raw, way);
        }
    }
}

/// What the configuration lists, and ports of data stores.
fn stores(root: &Root<'_>, port: &Port<'_>) -> Option<(u16, &'static str)> {
    let listed = root.settings.sensitive_ports.iter().any(|one| match one {
        ListedPort::Number(number) => port.number == Some(*number),
        ListedPort::Name(name) => port.name.as_deref() == Some(name),
    });
    if listed {
        return Some((port.number?, LISTED));
    }
    // Other servers use some of these numbers for requests of their own protocols.
    let other = ["grpc", "metrics"];
    let named = |prefix: &&str| port.name.as_deref().is_some_and(|name| name.starts_with(*prefix));
    let found = STORES.iter().find(|(number, _)| port.number == Some(*number))?;
    (!port.open_name && !other.iter().any(named)).then_some(*found)
}

fn debuggers(port: &Port<'_>) -> Option<(u16, &'static str)> {
    let found = DEBUGGERS.iter().find(|(number, _)| port.number == Some(*number))?;
    // Some applications serve requests on such a port and say so.
    let words = ["http", "grpc", "web", "api", "tcp", "metrics", "prom"];
    let serves = port.name.as_deref().is_some_and(|name| {
        words.iter().any(|word| name.split('-').any(|part| part.starts_with(word)))
            && !name.contains("debug")
            && !name.contains("pprof")
    });
    (!port.open_name && !serves).then_some(*found)
}

/// TCP ports of workloads that surely exist and whose policies count.
fn sensitive<'c, 'r>(
    root: &'c Root<'r>,
    listed: impl Fn(&Port<'_>) -> Option<(u16, &'static str)>,
) -> Vec<Sensitive<'c, 'r>> {
    let mut found = Vec::new();
    for (workload, own) in root.cluster().workloads.iter().enumerate() {
        if own.present != Truth::True || own.host_network != Truth::False {
            continue;
        }
        let mut seen = false;
        for port in &own.ports {
            if seen || port.protocol.as_deref() != Some("TCP") {
                continue;
            }
            if let Some((number, what)) = listed(port) {
                // Servers of models use Consul's number.
                if what == "Consul"
                    && !own.name.as_deref().is_some_and(|name| name.contains("consul"))
                {
                    continue;
                }
                seen = true;
                found.push(Sensitive { workload, port, number, what });
            }
        }
    }
    found
}
