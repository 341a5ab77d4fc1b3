//! Whole run against parse-only, in turns on the same input in memory: the ratio says what everything
//! after the parse costs. `eval/parse` is the evaluation of Terraform's root modules alone. Parse-only
//! means the library parsers (granit-parser, hcl-edit) and nothing else. `run/floor` is the whole run
//! on files against listing and reading them, checking for UTF-8 and finding the lines.
//! Input: generated manifests, and every folder below `ZTLINT_CORPORA` when that is set.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use rayon::prelude::*;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use ztlint::input::file::Language;
use ztlint::input::file_tree::{Disk, FileTree, MAX_FILE_BYTES, Memory};
use ztlint::input::source::Source;
use ztlint::model::project;
use ztlint::model::terraform::declared::Configuration;
use ztlint::model::terraform::evaluation::{self, Given};
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::settings::Settings;

/// Runs of each side; medians are printed.
const RUNS: usize = 9;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    println!(
        "{:<22}{:>7}{:>12}{:>10}{:>11}{:>12}{:>12}{:>11}",
        "input",
        "MB",
        "parse MB/s",
        "run MB/s",
        "run/parse",
        "eval/parse",
        "floor MB/s",
        "run/floor"
    );
    compare("generated Kubernetes", &kubernetes(4_000));
    compare("generated Terraform", &terraform(4_000));
    if let Some(folder) = std::env::var_os("ZTLINT_CORPORA") {
        let (mut all_kubernetes, mut all_terraform) = (Vec::new(), Vec::new());
        for (path, text) in read(Path::new(&folder)) {
            let terraform = Language::of(&path).is_some_and(Language::is_terraform);
            if terraform { &mut all_terraform } else { &mut all_kubernetes }.push((path, text));
        }
        compare("corpora: Kubernetes", &all_kubernetes);
        compare("corpora: Terraform", &all_terraform);
    }
}

fn compare(name: &str, files: &[(String, String)]) {
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let tree =
        files.iter().fold(Memory::new(), |tree, (path, text)| tree.with(path, text.as_bytes()));
    let folder = written(files);
    let settings = Settings { today: Date::today(), ..Settings::default() };
    let mut loaded = project::load(&tree, None, &[], None);
    project::auxiliary(&tree, &mut loaded);
    project::resources(&mut loaded);
    let run = |tree: &dyn FileTree| {
        black_box(engine::run(tree, &settings));
    };
    let mut times: [Vec<f64>; 5] = Default::default();
    for _ in 0..RUNS {
        // Links out of the root are remembered, so every run has a tree of its own.
        let disk = || Disk::new(folder.path(), MAX_FILE_BYTES);
        times[0].push(seconds(|| parse(files)));
        times[1].push(seconds(|| evaluate(&loaded)));
        times[2].push(seconds(|| run(&tree)));
        times[3].push(seconds(|| floor(&disk())));
        times[4].push(seconds(|| run(&disk())));
    }
    let [parse, evaluation, run, floor, on_disk] = times.map(|mut some| median(&mut some));
    let mega = bytes as f64 / 1e6;
    println!(
        "{name:<22}{mega:>7.1}{:>12.1}{:>10.1}{:>11.2}{:>12.2}{:>12.1}{:>11.2}",
        mega / parse,
        mega / run,
        run / parse,
        evaluation / parse,
        mega / floor,
        on_disk / floor
    );
}

/// The files in a folder of their own.
fn written(files: &[(String, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("the system's temporary folder takes a folder");
    for (path, text) in files {
        let full = folder.path().join(path);
        let above = full.parent().expect("every file is below the folder");
        std::fs::create_dir_all(above).expect("the folder takes folders");
        std::fs::write(full, text).expect("the folder takes files");
    }
    folder
}

/// What no run can do without.
fn floor(tree: &Disk) {
    tree.list("", true).files.into_par_iter().for_each(|path| {
        if let Ok(text) = String::from_utf8(tree.read(&path).unwrap_or_default()) {
            black_box(Source::new(path, text).line_starts().len());
        }
    });
}

/// Evaluates every Terraform root module, and nothing else.
fn evaluate(loaded: &project::Project) {
    let configuration =
        Configuration::new(&loaded.files, &loaded.resources, &loaded.vendored, &loaded.listings);
    let ids = loaded.files.iter().map(|file| (file.source.path.as_str(), file.id.0));
    let (paths, given) = (ids.collect(), Given::default());
    let worlds = configuration.visit(|folder, _| {
        let mut world = evaluation::evaluate(&configuration, &paths, &given, folder);
        let instantiated = std::mem::take(&mut world.instantiated);
        (world, instantiated)
    });
    black_box(worlds);
}

fn parse(files: &[(String, String)]) {
    files.par_iter().for_each(|(path, text)| {
        if Language::of(path).is_some_and(Language::is_terraform) {
            let _ = black_box(hcl_edit::parser::parse_body(text));
        } else {
            for event in granit_parser::Parser::new_from_str(text) {
                if black_box(event).is_err() {
                    break;
                }
            }
        }
    });
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The files that a run analyses.
fn read(folder: &Path) -> Vec<(String, String)> {
    let disk = Disk::new(folder, MAX_FILE_BYTES);
    let loaded = project::load(&disk, None, &[], None);
    let text =
        |path: &str| String::from_utf8(disk.read(path).unwrap_or_default()).unwrap_or_default();
    loaded.files.iter().map(|file| (file.source.path.clone(), text(&file.source.path))).collect()
}

fn kubernetes(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|n| {
            let mut text = String::new();
            let _ = write!(
                text,
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{n}\n  namespace: ns-{}\n\
                 \x20 labels: {{app: web-{n}, tier: front}}\nspec:\n  replicas: 2\n  selector:\n    matchLabels: {{app: web-{n}}}\n\
                 \x20 template:\n    metadata:\n      labels:\n        app: web-{n}\n    spec:\n      serviceAccountName: web\n\
                 \x20     automountServiceAccountToken: false\n      containers:\n        - name: app # the service itself\n\
                 \x20         image: registry.example/web@sha256:{n:064}\n          ports: [{{containerPort: 8080}}]\n\
                 \x20         env:\n            - name: LOG_LEVEL\n              value: \"info\"\n\
                 \x20         securityContext: {{allowPrivilegeEscalation: false, runAsNonRoot: true}}\n\
                 ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: web-{n}, namespace: ns-{}}}\n\
                 spec:\n  podSelector:\n    matchLabels: {{app: web-{n}}}\n  policyTypes: [Ingress, Egress]\n  ingress:\n\
                 \x20   - from:\n        - podSelector: {{matchLabels: {{app: gate}}}}\n      ports:\n        - {{port: 8080, protocol: TCP}}\n",
                n % 40,
                n % 40
            );
            (format!("apps/{}/web-{n}.yaml", n % 40), text)
        })
        .collect()
}

fn terraform(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|n| {
            let mut text = String::new();
            let _ = write!(
                text,
                "# Key and store of service {n}\nresource \"aws_kms_key\" \"k{n}\" {{\n  description         = \"service {n}\"\n\
                 \x20 enable_key_rotation = true\n}}\n\nresource \"aws_security_group\" \"sg{n}\" {{\n  name   = \"web-{n}\"\n\
                 \x20 vpc_id = var.vpc_id\n\n  ingress {{\n    from_port   = 443\n    to_port     = 443\n    protocol    = \"tcp\"\n\
                 \x20   cidr_blocks = [\"10.0.0.0/8\", var.extra]\n  }}\n}}\n\nresource \"aws_iam_policy\" \"p{n}\" {{\n  policy = jsonencode({{\n\
                 \x20   Version = \"2012-10-17\"\n    Statement = [{{\n      Effect   = \"Allow\"\n      Action   = [\"s3:GetObject\"]\n\
                 \x20     Resource = \"${{aws_s3_bucket.b{n}.arn}}/*\"\n    }}]\n  }})\n}}\n"
            );
            (format!("modules/m{}/main-{n}.tf", n % 100), text)
        })
        .collect()
}
