//! The trust graph at growing sizes: time, memory and counts of work. The worlds are made from a
//! seed, with half as many policies as workloads, fifty workloads in a namespace: default denials,
//! allowances between applications, between namespaces and to addresses outside, and some policies
//! of administrators. Two of three namespaces are part of a mesh, with a mode and a policy for every
//! tenth workload.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;
use ztlint::input::file_tree::Memory;
use ztlint::model::graph::Graph;
use ztlint::model::project;
use ztlint::model::root::{ModelSettings, Root};
use ztlint::rules::card::Profile;
use ztlint::rules::engine;
use ztlint::rules::settings::Settings;

/// The rules that ask the graph.
const RULES: [&str; 25] = [
    "ZT-IDN-001",
    "ZT-MSH-001",
    "ZT-MSH-014",
    "ZT-MSH-022",
    "ZT-MSH-023",
    "ZT-NET-001",
    "ZT-NET-002",
    "ZT-NET-003",
    "ZT-NET-004",
    "ZT-NET-015",
    "ZT-NET-017",
    "ZT-NET-018",
    "ZT-NET-019",
    "ZT-NET-620",
    "ZT-NET-621",
    "ZT-POL-005",
    "ZT-POL-006",
    "ZT-POL-007",
    "ZT-POL-019",
    "ZT-PRV-001",
    "ZT-PRV-006",
    "ZT-PRV-011",
    "ZT-PRV-019",
    "ZT-WRK-007",
    "ZT-WRK-009",
];

/// Sizes, in workloads.
const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// Policies of administrators, whatever the size.
const ADMIN: usize = 6;

/// Runs of each size; the fastest is printed.
const RUNS: usize = 3;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    println!(
        "{:>9}{:>9}{:>8}{:>8}{:>7}{:>7}{:>12}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}{:>9}",
        "workloads",
        "policies",
        "scopes",
        "classes",
        "cells",
        "atoms",
        "attachments",
        "ranges",
        "root ms",
        "build ms",
        "sums ms",
        "doors ms",
        "rules ms",
        "peak MB"
    );
    for size in SIZES {
        measure(size);
    }
    // With `-- --each`, the rules one by one at the greatest size, each with the graph's building.
    if std::env::args().any(|arg| arg == "--each") {
        let tree = world(SIZES[SIZES.len() - 1], 7);
        for rule in RULES {
            println!("{rule:>12}{:>10.1} ms", rules(&tree, &[rule]));
        }
    }
}

fn measure(size: usize) {
    let tree = world(size, 7);
    let mut loaded = project::load(&tree, None, &[], None);
    project::resources(&mut loaded);
    let settings = ModelSettings::default();
    let resources = || loaded.resources.iter().collect();
    let mut best = [f64::MAX; 4];
    let mut row = String::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let root = Root::new(String::new(), &loaded.files, resources(), &settings);
        let rooted = start.elapsed().as_secs_f64();
        let graph = Graph::build(&root);
        let built = start.elapsed().as_secs_f64();
        let summaries = black_box(graph.summaries());
        let summed = start.elapsed().as_secs_f64();
        let _ = black_box(graph.doors());
        let done = start.elapsed().as_secs_f64();
        let times = [rooted, built - rooted, summed - built, done - summed];
        for (best, time) in best.iter_mut().zip(times) {
            *best = best.min(time * 1e3);
        }
        let ranges: usize = summaries.iter().flat_map(|one| &one.outside).map(Vec::len).sum();
        let of = graph.size();
        row = format!(
            "{:>9}{:>9}{:>8}{:>8}{:>7}{:>7}{:>12}{ranges:>8}",
            of.workloads, of.policies, of.scopes, of.classes, of.cells, of.atoms, of.attachments
        );
    }
    for time in best.into_iter().chain([rules(&tree, &RULES)]) {
        let _ = write!(row, "{time:>10.1}");
    }
    println!("{row}{:>9}", peak());
}

/// Milliseconds of a whole run for these rules, the graph included, without those of a run for a rule
/// that finds nothing to do.
fn rules(tree: &Memory, asked: &[&str]) -> f64 {
    let time = |select: &[&str]| {
        let select = select.iter().map(|&id| id.to_owned()).collect();
        let settings = Settings { select, profile: Profile::Strict, ..Settings::default() };
        let mut best = f64::MAX;
        for _ in 0..RUNS {
            let start = Instant::now();
            black_box(engine::run(tree, &settings));
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
        }
        best
    };
    time(asked) - time(&["ZT-ROT-001"])
}

/// The most memory this process had, in MB, where the system tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.map_or_else(|| "-".to_owned(), |number| (number / 1024).to_string())
}

/// Numbers that look random, the same for one seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// A world of so many workloads.
fn world(workloads: usize, seed: u64) -> Memory {
    let mut numbers = Numbers(seed);
    let namespaces = workloads.div_ceil(50);
    let mut tree = Memory::new();
    for namespace in 0..namespaces {
        let mut text = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ns-{namespace}\n  labels: {{team: team-{}, stage: s{}, {}}}\n",
            namespace % 20,
            namespace % 3,
            ["istio-injection: enabled", "istio.io/dataplane-mode: ambient", "mesh: none"]
                [namespace % 3]
        );
        let own = (workloads - namespace * 50).min(50);
        for app in 0..own {
            let _ = write!(
                text,
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app-{app}, namespace: ns-{namespace}}}\n\
                 spec:\n  template:\n    metadata: {{labels: {{app: app-{app}, tier: t{}}}}}\n    spec:\n      containers:\n\
                 \x20       - {{name: app, ports: [{{name: http, containerPort: {}}}]}}\n",
                app % 4,
                8000 + numbers.below(20)
            );
        }
        tree = tree.with(format!("ns-{namespace}/apps.yaml"), text);
        tree = tree.with(
            format!("ns-{namespace}/policies.yaml"),
            policies(namespace, own / 2, namespaces, &mut numbers),
        );
        tree =
            tree.with(format!("ns-{namespace}/mesh.yaml"), mesh(namespace, own / 10, namespaces));
    }
    let mut text = String::new();
    for at in 0..ADMIN {
        let _ = write!(
            text,
            "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {{name: admin-{at}}}\n\
             spec:\n  priority: {}\n  subject: {{namespaces: {{matchLabels: {{stage: s{}}}}}}}\n  ingress:\n\
             \x20   - {{action: Deny, from: [{{namespaces: {{matchLabels: {{team: team-{}}}}}}}]}}\n",
            at + 1,
            at % 3,
            numbers.below(20)
        );
    }
    tree.with("admin.yaml", text)
}

fn policies(namespace: usize, count: usize, namespaces: usize, numbers: &mut Numbers) -> String {
    let mut text = String::new();
    for at in 0..count {
        let app = numbers.below(50);
        let spec = match at % 5 {
            0 if at == 0 => "{podSelector: {}, policyTypes: [Ingress, Egress]}".to_owned(),
            0 => format!(
                "{{podSelector: {{matchLabels: {{tier: t{}}}}}, policyTypes: [Egress], egress: \
                 [{{to: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: kube-system}}}}}}], \
                 ports: [{{port: 53, protocol: UDP}}, {{port: 53}}]}}]}}",
                numbers.below(4)
            ),
            1 => format!(
                "{{podSelector: {{matchLabels: {{app: app-{app}}}}}, ingress: [{{from: [{{podSelector: \
                 {{matchLabels: {{app: app-{}}}}}}}], ports: [{{port: http}}]}}]}}",
                numbers.below(50)
            ),
            2 => format!(
                "{{podSelector: {{matchLabels: {{app: app-{app}}}}}, ingress: [{{from: [{{namespaceSelector: \
                 {{matchLabels: {{kubernetes.io/metadata.name: ns-{}}}}}, podSelector: {{matchExpressions: \
                 [{{key: tier, operator: In, values: [t0, t1]}}]}}}}], ports: [{{port: {}}}]}}]}}",
                numbers.below(namespaces),
                8000 + numbers.below(20)
            ),
            3 => format!(
                "{{podSelector: {{matchLabels: {{app: app-{app}}}}}, policyTypes: [Egress], egress: [{{to: [{{ipBlock: \
                 {{cidr: {}.{}.0.0/16, except: [{0}.{1}.7.0/24]}}}}], ports: [{{port: 443}}]}}]}}",
                11 + numbers.below(50),
                numbers.below(250),
            ),
            _ => format!(
                "{{podSelector: {{matchLabels: {{tier: t{}}}}}, ingress: [{{from: [{{namespaceSelector: \
                 {{matchLabels: {{team: team-{}}}}}}}], ports: [{{port: 9000, endPort: 9100}}]}}]}}",
                numbers.below(4),
                numbers.below(20)
            ),
        };
        let _ = write!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p-{at}, \
             namespace: ns-{namespace}}}\nspec: {spec}\n"
        );
    }
    text
}

/// A mode for a namespace, and policies for some of its workloads.
fn mesh(namespace: usize, count: usize, namespaces: usize) -> String {
    let meta = |name: &str| format!("metadata: {{name: {name}, namespace: ns-{namespace}}}");
    let mode = ["STRICT", "PERMISSIVE"][namespace % 2];
    let mut text = format!(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n{}\nspec: {{mtls: {{mode: {mode}}}}}\n",
        meta("default")
    );
    for at in 0..count {
        let _ = write!(
            text,
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n{}\n\
             spec: {{selector: {{matchLabels: {{app: app-{}}}}}, rules: [{{from: [{{source: {{principals: \
             [cluster.local/ns/ns-{}/sa/default]}}}}], to: [{{operation: {{methods: [GET], paths: [/v{at}/*]}}}}]}}]}}\n",
            meta(&format!("a-{at}")),
            at * 7 % 50,
            (namespace + at) % namespaces
        );
    }
    text
}
