//! Writes seeds for the fuzz targets: the examples of every rule card and the folders of testdata.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use ztlint::input::file_tree::{Disk, FileTree, MAX_FILE_BYTES};
use ztlint::rules::example;
use ztlint::rules::pack::{self, Origin};
use ztlint_fuzz::archive;

/// Seeds above this length would only slow a target down.
const LONGEST: usize = 16 << 10;

const SETTINGS: [(&str, &str); 3] = [
    (
        "comments.yaml",
        "# ztlint:ignore[ZT-NET-005] until=2027-03-31 reason=\"Load test.\"\na:\n  b: 1 # ztlint:ignore[NET]\n",
    ),
    (
        "comments.tf",
        "# ztlint:ignore[ZT-NET-120,ZT-NET-025] instance=module.a.b.c[2] reason=\"Offices.\"\nresource \"a\" \"b\" {\n  c = 1 // ztlint:ignore[ZT-NET-001]\n}\n",
    ),
    (
        "ztlint.toml",
        "[project]\nroots = [\"clusters/*\"]\nexclude = [\"vendor/**\"]\n[check]\nselect = [\"NET\"]\nprofile = \"strict\"\ngate = true\nfail-on = \"high\"\n[limits]\nmax-file-bytes = 5000000\n[cloud]\nown-accounts = [\"123456789012\"]\n[graph]\npublic = [\"shop/web\"]\n[kubernetes]\nclosed-namespaces = [\"pay-*\"]\n[rules]\ndirs = [\"policy\"]\n[[path]]\nglobs = [\"legacy/**\"]\ngate = false\n[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"pay/*\"\nport = \"8443/TCP\"\n[helm.values]\n\"charts/web\" = [\"a.yaml\"]\n",
    ),
];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: &str, text: &str| {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder)?;
        if text.len() > LONGEST { Ok(()) } else { std::fs::write(folder.join(name), text) }
    };
    let checkout = Disk::new(&root, MAX_FILE_BYTES);
    let cards = pack::read(&checkout, Origin::Own)
        .map_err(|faults| io::Error::other(format!("{} faults in cards", faults.len())))?;
    for file in &cards {
        for (at, example) in file.card.examples.iter().enumerate() {
            for (word, snippet) in [("bad", &example.bad), ("good", &example.good)] {
                let Some(snippet) = snippet else { continue };
                let (path, name) =
                    (example::file_name(snippet), format!("{}-{at}-{word}", file.card.id));
                let (text, _) = example::unmark(&snippet.text, &file.card.id);
                let parser = if path == "main.tf" { "hcl" } else { "yaml" };
                write(parser, &name, &text)?;
                write("run", &name, &archive([(path, text.as_str())]))?;
            }
        }
    }
    // `testdata/<kind>/<name>/…`: everything below a name is one project.
    let mut projects: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for path in checkout.list("testdata", true).files {
        let parts: Vec<&str> = path.splitn(4, '/').collect();
        let [_, kind, name, inside] = parts[..] else { continue };
        let Some(Ok(text)) = checkout.read(&path).ok().map(String::from_utf8) else { continue };
        let project = projects.entry(format!("{kind}-{name}")).or_default();
        project.push((inside.to_owned(), text));
    }
    for (name, files) in projects {
        let whole = archive(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        write("run", &name, &whole)?;
        if files.iter().any(|(path, _)| path.ends_with(".tf")) {
            write("hcl", &name, &whole)?;
        }
    }
    for (name, text) in SETTINGS {
        write("settings", name, text)?;
    }
    // A world takes some thousand bytes to draw.
    for start in 0..64u32 {
        let byte = |at: u32| char::from(((at * 37 + start * 101) % 128) as u8);
        write("graph", &start.to_string(), &(0..4000).map(byte).collect::<String>())?;
    }
    Ok(())
}
