//! Random questions over real manifests, as `ztlint can` asks them, answered by the oracle too. Reads
//! the manifests by itself.

use super::oracle::{End as OracleEnd, Oracle};
use super::with_graph;
use super::world::{Labels, Peer, Pod, Policy, Port, Rule, Selector, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use ztlint::model::fact::Truth;
use ztlint::model::graph::call::Asks;
use ztlint::model::graph::links::End;
use ztlint::model::graph::ports::Protocol;
use ztlint::model::graph::question::Question;
use ztlint::model::graph::speech::Speaks;

/// How many questions.
const QUESTIONS: usize = 1000;

/// Kinds whose pods are described by a template.
const TEMPLATES: [&str; 5] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"];

const ADDRESSES: [&str; 4] = ["8.8.8.8", "203.0.113.9", "1.1.1.1", "2001:db8::1"];

fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn word(value: &Value) -> &'static str {
    kept(value.as_str().unwrap_or_default().to_owned())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A folder's own manifests as a world, by the names of its pods.
struct Read {
    world: World,
    names: Vec<String>,
    ports: BTreeSet<u16>,
}

/// The namespaces by number.
type Spaces = BTreeMap<String, usize>;

fn labels(value: &Value) -> Labels {
    let pairs = value.as_object().into_iter().flatten();
    pairs.map(|(key, value)| (key.clone(), word(value).to_owned())).collect()
}

/// Worlds call a namespace by its number, in the label of its name, too.
fn selector(value: &Value, spaces: &Spaces) -> Selector {
    let renamed = |key: &str, text: String| match spaces.get(&text) {
        Some(at) if key == "kubernetes.io/metadata.name" => format!("n{at}"),
        _ => text,
    };
    let own = labels(&value["matchLabels"]).into_iter();
    let labels = own.map(|(key, text)| (key.clone(), renamed(&key, text))).collect();
    let expressions = list(&value["matchExpressions"]).iter().map(|one| {
        let key = word(&one["key"]).to_owned();
        let values = list(&one["values"]).iter();
        let values = values.map(|text| renamed(&key, word(text).to_owned())).collect();
        (key, word(&one["operator"]), values)
    });
    Selector { labels, expressions: expressions.collect() }
}

fn rules(value: &Value, key: &str, spaces: &Spaces, ports: &mut BTreeSet<u16>) -> Vec<Rule> {
    let peer = |one: &Value| {
        if let Some(block) = one.get("ipBlock") {
            let holes = list(&block["except"]).iter().map(word);
            return Peer::Block(word(&block["cidr"]), holes.collect());
        }
        let part = |key: &str| one.get(key).map(|value| selector(value, spaces));
        Peer::Pods(part("namespaceSelector"), part("podSelector"))
    };
    let mut port = |one: &Value| {
        let protocol = one.get("protocol").map_or("TCP", word);
        match (one["port"].as_u64(), one["port"].as_str()) {
            (Some(number), _) => {
                let end = one["endPort"].as_u64().unwrap_or(number);
                ports.extend([number as u16, end as u16]);
                Port::Range(protocol, number as u16, end as u16)
            }
            (None, Some(_)) => Port::Name(protocol, word(&one["port"])),
            (None, None) => Port::All(protocol),
        }
    };
    let mut rule = |one: &Value| Rule {
        action: "Allow",
        peers: list(&one[key]).iter().map(peer).collect(),
        ports: list(&one["ports"]).iter().map(&mut port).collect(),
    };
    list(value).iter().map(&mut rule).collect()
}

/// The objects of a text as a world; none where something is meant that worlds do not have.
fn read(documents: &[Value]) -> Option<Read> {
    let namespace =
        |one: &Value| one["metadata"]["namespace"].as_str().unwrap_or("default").to_owned();
    let mut spaces: BTreeMap<String, Labels> = BTreeMap::new();
    for one in documents {
        if one["kind"] == "Namespace" {
            let own = labels(&one["metadata"]["labels"]);
            spaces.insert(word(&one["metadata"]["name"]).to_owned(), own);
        } else {
            spaces.entry(namespace(one)).or_default();
        }
    }
    let numbers: Spaces = spaces.keys().enumerate().map(|(at, name)| (name.clone(), at)).collect();
    let world = World {
        namespaces: spaces.into_values().collect(),
        pods: Vec::new(),
        policies: Vec::new(),
        admin: Vec::new(),
    };
    let mut read = Read { world, names: Vec::new(), ports: BTreeSet::from([1, 80, 443]) };
    for one in documents {
        let (kind, home) = (one["kind"].as_str().unwrap_or_default(), namespace(one));
        let template = match kind {
            "Pod" => one,
            _ if TEMPLATES.contains(&kind) => &one["spec"]["template"],
            "CronJob" => return None,
            "NetworkPolicy" => {
                if !one["apiVersion"].as_str().unwrap_or_default().starts_with("networking.k8s.io")
                {
                    return None;
                }
                let spec = &one["spec"];
                let mut side = |from: &str, peers: &str| {
                    spec.get(from).map(|value| rules(value, peers, &numbers, &mut read.ports))
                };
                let (ingress, egress) = (side("ingress", "from"), side("egress", "to"));
                let types = spec.get("policyTypes");
                let types = types.map(|types| list(types).iter().map(word).collect());
                let selector = selector(&spec["podSelector"], &numbers);
                let namespace = numbers[&home];
                read.world.policies.push(Policy { namespace, selector, types, ingress, egress });
                continue;
            }
            _ => continue,
        };
        let mut ports = Vec::new();
        for container in list(&template["spec"]["containers"]) {
            for port in list(&container["ports"]) {
                let number = port["containerPort"].as_u64().unwrap_or(1) as u16;
                read.ports.insert(number);
                let protocol = port.get("protocol").map_or("TCP", word);
                ports.push((word(&port["name"]), protocol, number));
            }
        }
        let name = word(&one["metadata"]["name"]);
        read.names.push(format!("{home}/{name}"));
        let labels = labels(&template["metadata"]["labels"]);
        read.world.pods.push(Pod { namespace: numbers[&home], labels, ports });
    }
    (!read.names.is_empty() && !read.world.policies.is_empty()).then_some(read)
}

/// The folders below one, itself included.
fn folders(root: &Path, found: &mut Vec<PathBuf>) {
    found.push(root.to_owned());
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut below: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && !path.is_symlink())
        .collect();
    below.sort();
    for folder in &below {
        folders(folder, found);
    }
}

/// The manifests of a folder, those of its subfolders left out.
fn text(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let yaml = |path: &&PathBuf| {
        path.extension().is_some_and(|end| end == "yaml" || end == "yml") && path.is_file()
    };
    let texts = paths.iter().filter(yaml).filter_map(|path| std::fs::read_to_string(path).ok());
    texts.collect::<Vec<_>>().join("\n---\n")
}

#[test]
#[ignore = "needs ZTLINT_CORPORA, a folder of manifests"]
fn questions_about_corpora_are_answered_as_the_oracle_does() {
    let root = std::env::var("ZTLINT_CORPORA").expect("ZTLINT_CORPORA");
    let mut all = Vec::new();
    folders(Path::new(&root), &mut all);
    let texts = all.iter().map(|folder| (folder, text(folder)));
    let texts =
        texts.filter(|(_, text)| text.contains("kind: NetworkPolicy") && !text.contains("{{"));
    let worlds: Vec<(&PathBuf, String, Read)> = texts
        .filter_map(|(folder, text)| {
            let documents: Vec<Value> = serde_yaml::from_multiple(&text).ok()?;
            Some((folder, text, read(&documents)?))
        })
        .collect();
    assert!(!worlds.is_empty(), "no folder with policies below {root}");
    let mut state: u64 = 0x2545_f491_4f6c_dd1d;
    let mut dice = |count: usize| {
        // Xorshift: any sequence will do, as long as it is always the same.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % count as u64) as usize
    };
    let (mut decided, mut open) = (0, 0);
    for (at, (folder, text, read)) in worlds.iter().enumerate() {
        let share = QUESTIONS / worlds.len() + usize::from(at < QUESTIONS % worlds.len());
        let ports: Vec<u16> =
            read.ports.iter().flat_map(|port| [*port, port.saturating_add(1)]).collect();
        with_graph(text, |graph| {
            let names = graph.names();
            let mut asked = 0;
            while asked < share {
                let end = |dice: &mut dyn FnMut(usize) -> usize| {
                    let at = dice(read.names.len() + 1);
                    if let Some(name) = read.names.get(at) {
                        return (End::Workload(name.clone()), OracleEnd::Pod(at));
                    }
                    let text = ADDRESSES[dice(ADDRESSES.len())];
                    let address = text.parse().expect("an address");
                    (End::parse(text).expect("an end"), OracleEnd::Outside(address))
                };
                let ((from, source), (to, target)) = (end(&mut dice), end(&mut dice));
                if from.is_outside() && to.is_outside() {
                    continue;
                }
                asked += 1;
                let port = ports[dice(ports.len())];
                let protocol = ["TCP", "TCP", "UDP"][dice(3)];
                let known = Protocol::of(protocol).expect("a protocol");
                let (speaks, asks) = (Speaks::Any, Asks::Anything);
                let question =
                    Question { from: &from, to: &to, port: Some((known, port)), speaks, asks };
                let replies = graph.ask(&names, &question);
                let oracle = |covered| {
                    let oracle = Oracle { world: &read.world, covered };
                    oracle.allows(source, target, protocol, port)
                };
                let truths = [oracle(true), oracle(false)];
                let at = || format!("{}: {from:?} to {to:?} {protocol} {port}", folder.display());
                assert!(!replies.is_empty(), "{}: no answer", at());
                if replies.len() > 1 {
                    continue;
                }
                match replies[0].decision.allowed {
                    Truth::True => assert_eq!(truths, [true; 2], "{}", at()),
                    Truth::False => assert_eq!(truths, [false; 2], "{}", at()),
                    Truth::Unknown => open += 1,
                }
                decided += usize::from(replies[0].decision.allowed != Truth::Unknown);
            }
        });
    }
    assert!(decided > open * 2, "{decided} decided, {open} left open, {} worlds", worlds.len());
}
