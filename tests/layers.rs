//! Laws of the source tree: arrows between layers never turn back, each capability has one home,
//! files stay small. Reads source text with the standard library; knows nothing of what it does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[path = "layers/broken.rs"]
mod broken;
#[path = "layers/source.rs"]
mod source;

use source::{attribute_path, mentions, module_of};

/// Path from the repository's root with `/`, and text.
type File = (String, String);

/// From low to high: a layer may use itself and what stands before it.
const LAYERS: [&str; 5] = ["input", "model", "rules", "report", "cli"];

/// What a room of `model` must not reach, not even through another room.
const MODEL_ORDER: [(&str, &[&str]); 10] = [
    ("fact", &["graph", "provisioned", "istio", "kubernetes", "kustomize", "terraform", "iam"]),
    ("value", &["graph", "provisioned", "istio", "kubernetes", "kustomize", "terraform", "iam"]),
    ("resource", &["graph", "provisioned", "istio", "kubernetes", "kustomize", "terraform", "iam"]),
    ("selector", &["graph", "provisioned", "istio", "kubernetes", "kustomize", "terraform", "iam"]),
    ("kubernetes", &["graph", "provisioned", "istio", "kustomize", "terraform", "iam"]),
    ("kustomize", &["graph", "provisioned", "istio", "terraform", "iam"]),
    ("istio", &["graph", "provisioned", "terraform", "iam"]),
    ("terraform", &["graph", "provisioned", "istio", "kubernetes"]),
    ("iam", &["graph", "provisioned", "istio", "kubernetes", "terraform"]),
    ("provisioned", &["graph", "istio", "kustomize"]),
];

/// Folders whose files know nothing of each other.
const STRANGERS: [&[&str]; 2] = [&["crate", "rules", "code"], &["crate", "report"]];

/// Something that only some files may do.
struct Capability {
    name: &'static str,
    /// Beginnings of the paths of the files that may.
    homes: &'static [&'static str],
    used_by: fn(&[&str]) -> bool,
}

const CAPABILITIES: [Capability; 7] = [
    Capability {
        name: "the file system or standard input",
        homes: &["src/input/disk.rs", "src/input/helm.rs", "src/cli/"],
        used_by: reads_files,
    },
    Capability {
        name: "directory walking",
        homes: &["src/input/"],
        used_by: |path| path.len() > 1 && path[0] == "ignore",
    },
    Capability {
        name: "clap",
        homes: &["src/cli/"],
        used_by: |path| path[0] == "clap" || path[0].starts_with("clap_"),
    },
    Capability {
        name: "miette's renderer",
        homes: &["src/report/", "src/cli/"],
        used_by: |path| {
            path.iter().any(|step| {
                let handler = step.ends_with("ReportHandler") || step.starts_with("MietteHandler");
                handler || matches!(*step, "GraphicalTheme" | "ThemeStyles" | "ThemeCharacters")
            }) || path.starts_with(&["miette", "set_hook"])
        },
    },
    // A thread that waits for its tasks takes others meanwhile. Where it holds a cell that they wait
    // for, such as the graph that several rules ask, it waits for itself.
    Capability {
        name: "tasks of its own",
        homes: &[
            "src/cli/",
            "src/model/charts.rs",
            "src/model/kustomize/mod.rs",
            "src/model/project.rs",
            "src/model/root.rs",
            "src/model/terraform/declared.rs",
            "src/model/terraform/vendored.rs",
            "src/report/human/",
            "src/rules/engine.rs",
            "src/rules/laws.rs",
            "src/rules/outcome.rs",
            "src/rules/schedule.rs",
            "src/rules/suppress/apply.rs",
            "src/rules/worlds.rs",
        ],
        used_by: |path| path[0] == "rayon",
    },
    Capability { name: "the network", homes: &[], used_by: opens_sockets },
    Capability {
        name: "other processes",
        homes: &["src/input/helm.rs", "src/input/process.rs"],
        used_by: |path| {
            path.starts_with(&["std", "process", "*"])
                || path.windows(2).any(|pair| pair == ["process", "Command"])
                || path.starts_with(&["std", "os"]) && path.contains(&"process")
        },
    },
];

fn reads_files(path: &[&str]) -> bool {
    const METHODS: [&str; 5] =
        ["canonicalize", "read_dir", "read_link", "symlink_metadata", "try_exists"];
    const CALLS: [[&str; 2]; 7] = [
        ["File", "open"],
        ["File", "create"],
        ["File", "create_new"],
        ["File", "options"],
        ["env", "current_dir"],
        ["env", "temp_dir"],
        ["io", "stdin"],
    ];
    path == ["std"]
        || path.starts_with(&["std", "fs"])
        || path[0] == "fs" && path.len() > 1
        || path.contains(&"OpenOptions")
        || path.windows(2).any(|pair| CALLS.iter().any(|call| pair == call))
        || path[0] == "." && METHODS.contains(&path[1])
}

/// Addresses are values; only what can open a connection counts.
fn opens_sockets(path: &[&str]) -> bool {
    const ADDRESSES: [&str; 4] = ["IpAddr", "Ipv4Addr", "Ipv6Addr", "AddrParseError"];
    let module = path.starts_with(&["std", "net"]) || path.starts_with(&["core", "net"]);
    module && path.get(2).is_none_or(|name| !ADDRESSES.contains(name))
        || path.starts_with(&["std", "os"]) && path.contains(&"net")
        || path
            .iter()
            .any(|step| matches!(*step, "TcpStream" | "TcpListener" | "UdpSocket" | "UnixStream"))
}

// ---- The laws: each gives one line for each breach. ----

fn arrows_that_turn_back(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in files {
        let home = module_of(&file.0);
        let Some(layer) = home.get(1) else { continue };
        let Some(own) = LAYERS.iter().position(|name| name == layer) else {
            breaches.push(format!("{}: belongs to no layer", file.0));
            continue;
        };
        for mention in mentions(file) {
            let Some(target) = mention.inside_crate() else {
                continue;
            };
            match target.first().map(|first| LAYERS.iter().position(|name| name == first)) {
                Some(Some(used)) if used <= own => {}
                Some(Some(used)) => breaches
                    .push(mention.breach(&file.0, &format!("{layer} uses {}", LAYERS[used]))),
                _ => breaches.push(mention.breach(&file.0, "goes through the crate's root")),
            }
        }
        if let Some(line) = attribute_path(&file.1) {
            breaches.push(format!("{}:{line}: `#[path]` hides which file a module is", file.0));
        }
    }
    breaches
}

fn model_out_of_order(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut uses: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let model = |file: &&File| file.0.starts_with("src/model/");
    let room_of = |file: &File| module_of(&file.0).get(2).cloned();
    let rooms: BTreeSet<String> = files.iter().filter(model).filter_map(room_of).collect();
    for file in files.iter().filter(model) {
        let Some(room) = room_of(file) else { continue };
        for mention in mentions(file) {
            let Some(path) = mention.inside_crate() else {
                continue;
            };
            if path.first() != Some(&"model") {
                continue;
            }
            match path.get(1) {
                Some(other) if rooms.contains(*other) => {
                    let place = mention.breach(&file.0, &format!("{room} uses {other}"));
                    uses.entry(room.clone())
                        .or_default()
                        .entry((*other).to_owned())
                        .or_insert(place);
                }
                _ => breaches.push(mention.breach(&file.0, "goes through the root of model")),
            }
        }
    }
    for room in &rooms {
        let forbidden =
            MODEL_ORDER.iter().find(|(name, _)| name == room).map_or(&[][..], |row| row.1);
        for (reached, route) in reach(&uses, room) {
            if reached == *room {
                breaches.push(format!("{room} reaches itself: {}", route.join("; ")));
            } else if forbidden.contains(&reached.as_str()) {
                breaches.push(format!("{room} reaches {reached}: {}", route.join("; ")));
            }
        }
    }
    breaches
}

/// Every room reached from `start` by at least one arrow that leaves its room, with the arrows.
fn reach(
    uses: &BTreeMap<String, BTreeMap<String, String>>,
    start: &str,
) -> BTreeMap<String, Vec<String>> {
    let mut routes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open = vec![(start.to_owned(), Vec::new())];
    while let Some((room, route)) = open.pop() {
        for (next, place) in uses.get(&room).into_iter().flatten() {
            if *next == room || routes.contains_key(next) {
                continue;
            }
            let route: Vec<String> = route.iter().chain([place]).cloned().collect();
            routes.insert(next.clone(), route.clone());
            open.push((next.clone(), route));
        }
    }
    routes
}

fn siblings_that_meet(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for folder in STRANGERS {
        let own_name = |file: &File| {
            let module = module_of(&file.0);
            module
                .starts_with(&folder.iter().map(ToString::to_string).collect::<Vec<_>>())
                .then(|| module.get(folder.len()).cloned())
                .flatten()
        };
        let names: BTreeSet<String> = files.iter().filter_map(own_name).collect();
        for file in files {
            let Some(name) = own_name(file) else { continue };
            for mention in mentions(file) {
                let path: Vec<&str> = mention.path.iter().map(String::as_str).collect();
                let whole = path[0] == "crate" && folder.starts_with(&path);
                let sibling = path.starts_with(folder)
                    && path
                        .get(folder.len())
                        .is_some_and(|step| *step == "*" || *step != name && names.contains(*step));
                if whole || sibling {
                    breaches.push(mention.breach(&file.0, &format!("{name} uses a sibling")));
                }
            }
        }
    }
    breaches
}

fn capabilities_away_from_home(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in files {
        for mention in mentions(file) {
            let path: Vec<&str> = mention.path.iter().map(String::as_str).collect();
            for capability in &CAPABILITIES {
                let at_home = capability.homes.iter().any(|home| file.0.starts_with(home));
                if !at_home && (capability.used_by)(&path) {
                    breaches.push(mention.breach(&file.0, &format!("uses {}", capability.name)));
                }
            }
        }
    }
    breaches
}

fn files_out_of_shape(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in files {
        let cap = if path == "src/main.rs" { 30 } else { 600 };
        let lines = text.lines().count();
        if lines > cap {
            breaches.push(format!("{path}: {lines} lines, at most {cap}"));
        }
        if !text.starts_with("//!") {
            breaches.push(format!("{path}: does not open with `//!`"));
        }
    }
    breaches
}

/// `build.rs` includes the card's types by path, so they stand alone.
fn ties_of_the_card(files: &[File]) -> Vec<String> {
    let card = files.iter().filter(|file| file.0 == "src/rules/card.rs");
    card.flat_map(|file| {
        let inside = mentions(file).into_iter().filter(|mention| mention.inside_crate().is_some());
        inside.map(|mention| mention.breach(&file.0, "build.rs cannot follow")).collect::<Vec<_>>()
    })
    .collect()
}

/// Paths in backticks (outside code fences) that lead nowhere; of `a/<b>/c` the known part counts.
fn lost_paths(markdown: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    const ENDINGS: [&str; 6] = [".md", ".rs", ".toml", ".json", ".yaml", ".tf"];
    let mut lost = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for quote in line.split('`').skip(1).step_by(2) {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/._-<>".contains(c);
            let path_like = quote.contains('/') || ENDINGS.iter().any(|end| quote.ends_with(end));
            if !path_like
                || quote.starts_with(['-', '.', '<']) && !quote.starts_with(".ci/")
                || !quote.chars().all(plain)
            {
                continue;
            }
            let known: Vec<&str> =
                quote.split('/').take_while(|step| !step.contains('<')).collect();
            if !exists(known.join("/").trim_end_matches('/')) {
                lost.push(quote.to_owned());
            }
        }
    }
    lost
}

// ---- The laws hold here. ----

fn collect(root: &Path, folder: &str, files: &mut Vec<File>) {
    let entries = std::fs::read_dir(root.join(folder)).expect("a source folder can be listed");
    for entry in entries {
        let entry = entry.expect("a source folder can be listed");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(root, &path, files);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(entry.path()).expect("a source file is UTF-8");
            files.push((path, text));
        }
    }
}

fn repository() -> Vec<File> {
    let mut files = Vec::new();
    collect(Path::new(env!("CARGO_MANIFEST_DIR")), "src", &mut files);
    files.sort();
    for layer in LAYERS {
        let seen = files.iter().any(|file| file.0.starts_with(&format!("src/{layer}/")));
        assert!(seen, "src/{layer} holds no source");
    }
    files
}

#[track_caller]
fn holds(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn arrows_between_layers_never_turn_back() {
    holds(&arrows_that_turn_back(&repository()));
}

#[test]
fn model_keeps_its_order() {
    holds(&model_out_of_order(&repository()));
}

#[test]
fn siblings_stay_strangers() {
    holds(&siblings_that_meet(&repository()));
}

#[test]
fn capabilities_stay_at_home() {
    holds(&capabilities_away_from_home(&repository()));
}

#[test]
fn files_keep_their_shape() {
    holds(&files_out_of_shape(&repository()));
}

#[test]
fn the_card_stands_alone() {
    let files = repository();
    assert!(files.iter().any(|file| file.0 == "src/rules/card.rs"));
    holds(&ties_of_the_card(&files));
}

#[test]
fn paths_quoted_in_contributing_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    assert!(!lost_paths(&text, |_| false).is_empty(), "CONTRIBUTING.md quotes no path");
    holds(&lost_paths(&text, |path| root.join(path).exists()));
}
