//! Kustomizations of our own and of real repositories (`ZTLINT_CORPORA`), built natively and by
//! `kubectl kustomize` (`ZTLINT_KUBECTL`): the objects are the same, but for the differences listed.

use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use ztlint::input::file::{File, Language};
use ztlint::input::file_tree::{Disk, MAX_FILE_BYTES};
use ztlint::input::scalar::Scalar;
use ztlint::model::cursor::{Cursor, Shape};
use ztlint::model::fact::Fact;
use ztlint::model::kubernetes::{self, is_kustomization};
use ztlint::model::kustomize;
use ztlint::model::project;
use ztlint::model::words::Words;

/// Why a build differs from kubectl's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// Content of a file that holds no manifest stands in a generated object and is not read.
    GeneratedContent,
}

/// Differences of our own cases that are known: the end of the kustomization's folder and why.
const KNOWN: [(&str, Reason); 1] = [("generated/hidden", Reason::GeneratedContent)];

/// Stands for what is not known.
const UNKNOWN: &str = "\u{0}unknown";

/// A value as JSON; nothing where it is not there.
fn json(at: Cursor<'_>) -> Option<Json> {
    Some(match at.shape() {
        Shape::Absent => return None,
        Shape::Unknown => UNKNOWN.into(),
        Shape::List => at.items().known.into_iter().filter_map(json).collect(),
        Shape::Map => {
            let (pairs, open) = at.entries();
            let mut map: Map<String, Json> = pairs
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), json(value)?)))
                .collect();
            if open {
                map.insert(UNKNOWN.to_owned(), true.into());
            }
            map.into()
        }
        Shape::Scalar => match at.scalar() {
            Fact::Known(Scalar::Bool(truth), _) => truth.into(),
            Fact::Known(Scalar::Int(number), _) => number.into(),
            Fact::Known(Scalar::Float(number), _) => number.into(),
            // Parsers differ on the last line break of a file.
            Fact::Known(scalar, _) => without_hash(scalar.canonical().trim_end()).into(),
            _ => match at.words() {
                Fact::Known(Words::Partial(pieces), _) => {
                    pieces.iter().map(|piece| piece.unwrap_or(UNKNOWN)).collect::<String>().into()
                }
                _ => UNKNOWN.into(),
            },
        },
    })
}

/// A text without the hash that generators put behind names.
fn without_hash(text: &str) -> String {
    let hash = |end: &str| {
        end.len() == 10 && end.bytes().all(|letter| b"bcdfghkmt2456789".contains(&letter))
    };
    match text.rsplit_once('-') {
        Some((name, end)) if hash(end) => name.to_owned(),
        _ => text.to_owned(),
    }
}

/// Objects by what they are called.
fn named(objects: Vec<Json>) -> BTreeMap<String, Json> {
    let key = |one: &Json| {
        let text = |at: &Json| at.as_str().unwrap_or_default().to_owned();
        let metadata = &one["metadata"];
        let parts = [&one["apiVersion"], &one["kind"], &metadata["namespace"], &metadata["name"]];
        parts.map(text).join(" ")
    };
    objects.into_iter().map(|one| (key(&one), one)).collect()
}

/// Where two values differ first.
fn difference(ours: &Json, theirs: &Json, path: &str) -> Option<String> {
    match (ours, theirs) {
        (Json::Object(a), Json::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|key| {
                let path = format!("{path}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => difference(a, b, &path),
                    (Some(Json::Object(map)), None) if map.is_empty() => None,
                    (a, b) => Some(format!("{path}: {a:?} instead of {b:?}")),
                }
            })
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.into_iter().find_map(|(at, (a, b))| difference(a, b, &format!("{path}[{at}]")))
        }
        _ => (ours != theirs).then(|| format!("{path}: {ours} instead of {theirs}")),
    }
}

/// What kubectl builds; none where it cannot, without a network.
fn theirs(kubectl: &Path, folder: &Path) -> Option<Vec<Json>> {
    let output = Command::new(kubectl)
        .arg("kustomize")
        .arg(folder)
        .env("https_proxy", "http://127.0.0.1:9")
        .env("http_proxy", "http://127.0.0.1:9")
        .output()
        .expect("kubectl runs");
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8(output.stdout).expect("kubectl writes UTF-8");
    let files = [File::parse("out.yaml", text, Language::Yaml)];
    let objects = kubernetes::objects(&files, &files[0]);
    Some(objects.iter().filter_map(|one| json(Cursor::node(&files, one.node))).collect())
}

fn variable(name: &str) -> PathBuf {
    PathBuf::from(std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set")))
}

/// What a comparison of all kustomizations below a folder gave.
#[derive(Debug, Default)]
struct Comparison {
    built: usize,
    equal: usize,
    refused: Vec<String>,
    /// Folder and first difference.
    differing: Vec<(String, String)>,
}

fn compare(root: &Path) -> Comparison {
    let kubectl = variable("ZTLINT_KUBECTL");
    let disk = Disk::new(root, MAX_FILE_BYTES);
    let mut project = project::load(&disk, None, &[], None);
    project::auxiliary(&disk, &mut project);
    project::resources(&mut project);
    let written: Vec<_> =
        project.resources.iter().filter(|one| one.instance.is_none()).cloned().collect();
    let mut comparison = Comparison::default();
    for file in project.files.iter().filter(|file| is_kustomization(&file.source.path)) {
        let Some(theirs) = theirs(&kubectl, &root.join(file.folder())) else {
            comparison.refused.push(file.folder().to_owned());
            continue;
        };
        comparison.built += 1;
        let ours = kustomize::build_folder(&project.files, &written, file.folder());
        let objects = ours.map(|mut ours| ours.worlds.remove(0).objects).unwrap_or_default();
        let ours: Vec<Json> = objects
            .iter()
            .filter_map(|one| json(Cursor::value(&project.files, &one.value)))
            .collect();
        let (ours, theirs) = (named(ours), named(theirs));
        let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        let found = names.into_iter().find_map(|name| match (ours.get(name), theirs.get(name)) {
            (Some(a), Some(b)) => difference(a, b, name),
            (None, _) => Some(format!("{name} is missing")),
            (_, None) => Some(format!("{name} is too much")),
        });
        match found {
            None => comparison.equal += 1,
            Some(found) => comparison.differing.push((file.folder().to_owned(), found)),
        }
    }
    comparison
}

/// Differences that are not listed, and listed ones that are gone.
fn unexpected(comparison: &Comparison, known: &[(&str, Reason)]) -> Vec<String> {
    let listed = |folder: &str| known.iter().any(|(end, _)| folder.ends_with(end));
    let new = comparison.differing.iter().filter(|(folder, _)| !listed(folder));
    let new = new.map(|(folder, found)| format!("{folder}: {found}"));
    let gone = known
        .iter()
        .filter(|(end, _)| !comparison.differing.iter().any(|(folder, _)| folder.ends_with(end)));
    new.chain(gone.map(|(end, reason)| format!("{end} does not differ: {reason:?}"))).collect()
}

#[test]
#[ignore = "needs ZTLINT_KUBECTL"]
fn our_cases_are_built_as_kubectl_builds_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/kustomize");
    let comparison = compare(&root);
    let faults = unexpected(&comparison, &KNOWN);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    // A component that changes what another kustomization generates cannot be built alone.
    assert_eq!(comparison.refused, ["components/traced"]);
}

#[test]
#[ignore = "needs ZTLINT_CORPORA and ZTLINT_KUBECTL"]
fn real_kustomizations_are_built_as_kubectl_builds_them() {
    let comparison = compare(&variable("ZTLINT_CORPORA"));
    let faults = unexpected(&comparison, &[]);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    let (equal, built) = (comparison.equal, comparison.built);
    assert!(built > 0 && equal * 10 >= built * 9, "{equal} of {built} are equal");
}
