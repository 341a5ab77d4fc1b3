//! What is generated or described twice: completions, manual pages, the README's flags, and the
//! schemas.

use jsonschema::Validator;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn ztlint(folder: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ztlint"));
    let output = command.current_dir(folder).args(args).output().expect("the program");
    let out = String::from_utf8(output.stdout).expect("output is UTF-8");
    (output.status.code().expect("no signal ended it"), out)
}

#[test]
fn completions_are_up_to_date() {
    let shells = [
        ("bash", "ztlint.bash"),
        ("zsh", "_ztlint"),
        ("fish", "ztlint.fish"),
        ("powershell", "_ztlint.ps1"),
        ("elvish", "ztlint.elv"),
    ];
    for (shell, file) in shells {
        let (code, script) = ztlint(root(), &["completions", shell]);
        assert_eq!(code, 0, "{shell}");
        let advice = format!("run `ztlint completions {shell} > completions/{file}`");
        assert!(script == read(&format!("completions/{file}")), "{advice}");
    }
    let kept = std::fs::read_dir(root().join("completions")).expect("completions").count();
    assert_eq!(kept, shells.len(), "a script for no shell");
}

#[test]
fn manual_pages_are_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, _) = ztlint(root(), &["man", &folder.path().to_string_lossy()]);
    assert_eq!(code, 0);
    let pages = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("a folder");
        let mut pages: Vec<(String, String)> = entries
            .map(|entry| {
                let entry = entry.expect("an entry");
                let text = std::fs::read_to_string(entry.path()).expect("a page");
                (entry.file_name().to_string_lossy().into_owned(), text)
            })
            .collect();
        pages.sort();
        pages
    };
    let (written, kept) = (pages(folder.path()), pages(&root().join("man")));
    assert!(written.len() > 8 && written.iter().any(|(name, _)| name == "ztlint-check.1"));
    assert!(written == kept, "run `rm man/*; ztlint man man`");
    let (code, _) = ztlint(root(), &["man", "no/such/folder"]);
    assert_eq!(code, 2);
}

/// The long flags in a text.
fn flags(text: &str) -> BTreeSet<String> {
    let ends = |c: char| !c.is_ascii_lowercase() && c != '-';
    let words = text.match_indices("--").filter_map(|(at, _)| {
        let before = text[..at].chars().next_back().unwrap_or(' ');
        let word = text[at..].split(ends).next().unwrap_or_default();
        (!before.is_ascii_alphanumeric() && before != '-' && !word.trim_matches('-').is_empty())
            .then_some(word)
    });
    words.map(str::to_owned).collect()
}

#[test]
fn the_readme_lists_every_flag() {
    let commands = [("baseline", 10), ("can", 5), ("check", 10), ("diff", 5), ("graph", 5)];
    for (command, least) in commands {
        let (_, help) = ztlint(root(), &[command, "--help"]);
        let starts = |line: &&str| line.trim_start().starts_with('-');
        let head = |line: &str| line.trim_start().split("  ").next().unwrap_or_default().to_owned();
        let known: Vec<String> = help.lines().filter(starts).map(head).collect();
        let mut known = flags(&known.join("\n"));
        assert!(known.remove("--help") && known.len() > least, "{known:?}");
        let readme = read("README.md");
        let head = format!("| Flag of `{command}`");
        let table = readme.split(&head).nth(1).expect("the table of flags");
        let table = table.split("\n\n").next().expect("an end");
        let cells = table.lines().filter_map(|row| row.split(" | ").next());
        let listed = flags(&cells.collect::<Vec<_>>().join("\n"));
        assert_eq!(listed, known, "{command}");
    }
}

const GRAPH: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: one
  namespace: shop
  labels: {app: one}
  ownerReferences: [{kind: ReplicaSet, name: many}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: one}}}, {ipBlock: {cidr: 10.0.0.0/8}}]
      ports: [{port: http}, {port: 53, protocol: UDP}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: mesh, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: mesh, labels: {app: api}}
spec: {serviceAccountName: api, containers: [{name: api, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: mesh, labels: {app: cart}}
spec: {serviceAccountName: cart, containers: [{name: cart}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: mesh}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: mesh}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: api, namespace: mesh}
spec: {selector: {matchLabels: {app: api}}, jwtRules: [{issuer: id.test}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api, namespace: mesh}
spec:
  selector: {matchLabels: {app: api}}
  rules: [{from: [{source: {requestPrincipals: ['*']}}]}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: mesh}
spec: {selector: {istio: edge}, servers: [{port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: c}, hosts: ['*']}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: mesh}
spec: {hosts: [shop.test], gateways: [edge], http: [{route: [{destination: {host: api, port: {number: 80}}}]}]}
";

#[test]
fn the_graph_keeps_to_its_schema() {
    let schema = schema("schemas/graph.schema.json");
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("all.yaml"), GRAPH).expect("a file");
    let (code, text) = ztlint(folder.path(), &["graph", "--format", "json"]);
    assert_eq!(code, 0);
    let good: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(faults(&schema, &good), [""; 0]);
    let root = &good["roots"][0];
    let texts = |list: &str, keys: &[&str]| -> Vec<String> {
        let each = root[list].as_array().expect("a list").iter();
        each.map(|one| keys.iter().map(|key| one[key].to_string() + " ").collect()).collect()
    };
    let keys = ["from", "to", "protocol", "ports", "verdict"];
    let edges = texts("edges", &keys).join("\n").replace('"', "");
    for line in [
        "shop/one shop/web TCP [[8080,8080]] allowed",
        "shop/one shop/web UDP [[53,53]] allowed",
        "any-pod shop/web TCP [[8080,8080]] possible",
        "10.0.0.0-10.255.255.255 shop/web TCP [[8080,8080]] allowed",
        "shop/web shop/one any [[1,65535]] allowed",
    ] {
        assert!(edges.contains(line), "{line}\n{edges}");
    }
    assert!(!edges.contains("0.0.0.0-255.255.255.255 shop/web"), "{edges}");
    let entries = texts("entries", &["from", "via", "to", "verdict"]).join("\n").replace('"', "");
    assert!(entries.contains("internet Service shop/web shop/web possible"), "{entries}");
    let ingress = "ingress-controller networking.k8s.io/Ingress shop/web shop/web possible";
    assert!(entries.contains(ingress), "{entries}");
    let keys = ["from", "to", "ports", "transport", "identity", "token"];
    let edges = texts("edges", &keys).join("\n").replace('"', "");
    for line in [
        "shop/one shop/web [[8080,8080]] plaintext none null",
        "mesh/cart mesh/api [[1,21],[23,15019],[15022,15089],[15091,65535]] mtls \
         cluster.local/ns/mesh/sa/cart true",
    ] {
        assert!(edges.contains(line), "{line}\n{edges}");
    }
    let keys = ["via", "to", "ports", "transport", "identity", "token", "listener"];
    let entries = texts("entries", &keys).join("\n").replace('"', "");
    let gateway = "networking.istio.io/VirtualService mesh/api mesh/api [[8080,8080]] mtls unknown \
                   true {hosts:[*],of:networking.istio.io/Gateway mesh/edge,port:443,tls:terminated}";
    assert!(entries.contains(gateway), "{entries}");
    assert_eq!(root["workloads"][1]["owner"]["name"], "many");
    let with = |path: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(path).expect("a value") = value;
        faults(&schema, &bad)
    };
    assert_ne!(with("/version", 2.into()), [""; 0]);
    assert_ne!(with("/roots/0/edges/0/verdict", "maybe".into()), [""; 0]);
    assert_ne!(with("/roots/0/edges/0/places/0/reason", "because".into()), [""; 0]);
    assert_ne!(with("/roots/0/entries/0/via", Value::Null), [""; 0]);
    assert_ne!(with("/roots/0/workloads/0", serde_json::json!({})), [""; 0]);
}

#[test]
fn answers_and_comparisons_keep_to_their_schemas() {
    let folder = tempfile::TempDir::new().expect("a folder");
    for (side, text) in [("old", GRAPH.to_owned()), ("new", GRAPH.replace("8080", "9090"))] {
        std::fs::create_dir(folder.path().join(side)).expect("a folder");
        std::fs::write(folder.path().join(side).join("all.yaml"), text).expect("a file");
    }
    let can = ["can", "shop/one", "shop/web", "--path", "old", "--format", "json"];
    let diff = ["diff", "old", "new", "--format", "json"];
    for (args, list, wrong) in [
        (&can[..], "/answers", ["/verdict", "/answers/0/places/0/layer", "/answers/0/port"]),
        (&diff[..], "/roots/0/changes", ["/version", "/roots/0/changes/0/change", "/roots/0/name"]),
    ] {
        let schema = schema(&format!("schemas/{}.schema.json", args[0]));
        let (code, text) = ztlint(folder.path(), args);
        assert_eq!(code, 0, "{args:?}");
        let good: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(faults(&schema, &good), [""; 0], "{args:?}");
        let filled = good.pointer(list).and_then(Value::as_array).expect("a list");
        assert!(!filled.is_empty(), "{text}");
        for path in wrong {
            let mut bad = good.clone();
            *bad.pointer_mut(path).expect("a value") = serde_json::json!({});
            assert_ne!(faults(&schema, &bad), [""; 0], "{path}");
        }
    }
}

#[test]
fn a_baseline_keeps_to_its_schema() {
    let schema = schema("schemas/baseline.schema.json");
    let folder = tempfile::TempDir::new().expect("a folder");
    let read = || -> Value {
        let text = std::fs::read_to_string(folder.path().join("ztlint-baseline.json"));
        serde_json::from_str(&text.expect("a baseline")).expect("JSON")
    };
    assert_eq!(ztlint(folder.path(), &["baseline"]).0, 0);
    assert_eq!(faults(&schema, &read()), [""; 0], "an empty one");
    let hostile = GRAPH.replace("web", "w\u{202e}eb");
    std::fs::write(folder.path().join("all.yaml"), hostile).expect("a file");
    assert_eq!(ztlint(folder.path(), &["baseline", "--profile", "strict"]).0, 0);
    let good = read();
    assert_eq!(faults(&schema, &good), [""; 0]);
    assert!(good["findings"].as_array().is_some_and(|list| list.len() > 3), "{good}");
    let text = std::fs::read_to_string(folder.path().join("ztlint-baseline.json"));
    assert!(text.is_ok_and(|text| text.is_ascii()), "nothing hides in the file");
    assert_eq!(ztlint(folder.path(), &["check", "--profile", "strict"]).0, 0, "and it is read");
    for (path, wrong) in [
        ("/version", Value::from(2)),
        ("/profile", "loose".into()),
        ("/findings", Value::Null),
        ("/findings/0", serde_json::json!({})),
        ("/findings/0/fingerprint", "0".into()),
        ("/findings/0/count", 0.into()),
    ] {
        let mut bad = good.clone();
        bad["findings"][0]["count"] = 2.into();
        assert_eq!(faults(&schema, &bad), [""; 0]);
        *bad.pointer_mut(path).expect("a value") = wrong;
        assert_ne!(faults(&schema, &bad), [""; 0], "{path}");
    }
}

fn schema(path: &str) -> Validator {
    let schema: Value = serde_json::from_str(&read(path)).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a schema");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn faults(schema: &Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_card_keeps_to_its_schema() {
    let schema = schema("rules/card.schema.json");
    let (mut bad, mut cards) = (Vec::new(), 0);
    for family in std::fs::read_dir(root().join("rules")).expect("the rules") {
        let family = family.expect("an entry").path();
        if !family.is_dir() {
            continue;
        }
        for card in std::fs::read_dir(family).expect("a family") {
            let path = card.expect("a card").path();
            let text = std::fs::read_to_string(&path).expect("a card");
            let value: Value = serde_yaml::from_str(&text).expect("YAML");
            let found = faults(&schema, &value);
            bad.extend(found.iter().map(|fault| format!("{}: {fault}", path.display())));
            cards += 1;
        }
    }
    assert!(cards > 500, "{cards} cards");
    assert!(bad.is_empty(), "{} faults:\n{}", bad.len(), bad.join("\n"));
}

#[test]
fn the_card_schema_refuses_what_is_no_card() {
    let schema = schema("rules/card.schema.json");
    let text = read("rules/net/ZT-NET-005-networkpolicy-allows-all-ingress.yaml");
    let good: Value = serde_yaml::from_str(&text).expect("YAML");
    assert_eq!(faults(&schema, &good), [""; 0]);
    let with = |key: &str, value: Value| {
        let mut card = good.clone();
        card[key] = value;
        faults(&schema, &card)
    };
    assert_ne!(with("id", "NET-005".into()), [""; 0]);
    assert_ne!(with("family", "ABC".into()), [""; 0]);
    assert_ne!(with("severity", "worst".into()), [""; 0]);
    assert_ne!(with("title", "A title.".into()), [""; 0]);
    assert_ne!(with("extra", "x".into()), [""; 0]);
    assert_ne!(with("check", serde_json::json!({})), [""; 0]);
    for key in good.as_object().expect("a card").keys() {
        let mut card = good.clone();
        card.as_object_mut().expect("a card").remove(key);
        assert_ne!(faults(&schema, &card), [""; 0], "without {key}");
    }
}

/// A TOML value as JSON.
fn json(item: &toml_edit::Item) -> Value {
    if let Some(table) = item.as_table_like() {
        let entries = table.iter().map(|(key, item)| (key.to_owned(), json(item)));
        return Value::Object(entries.collect::<Map<_, _>>());
    }
    if let Some(tables) = item.as_array_of_tables() {
        return tables.iter().map(|table| json(&toml_edit::Item::Table(table.clone()))).collect();
    }
    match item.as_value().expect("a value") {
        toml_edit::Value::String(text) => text.value().as_str().into(),
        toml_edit::Value::Integer(number) => (*number.value()).into(),
        toml_edit::Value::Float(number) => (*number.value()).into(),
        toml_edit::Value::Boolean(truth) => (*truth.value()).into(),
        toml_edit::Value::Datetime(date) => date.value().to_string().into(),
        toml_edit::Value::Array(list) => {
            list.iter().map(|value| json(&toml_edit::Item::Value(value.clone()))).collect()
        }
        toml_edit::Value::InlineTable(_) => unreachable!("a table has been taken above"),
    }
}

const GOOD: [&str; 29] = [
    "",
    "# Nothing.\n",
    "[check]\n",
    "[project]\nroots = [\"clusters/*\", \"infra\"]\nexclude = [\"vendor/**\"]\n",
    "[check]\nselect = [\"NET\", \"ZT-CRD\", \"rot\"]\nignore = [\"ZT-NET-005\", \"networkpolicy-allows-all-egress\"]\n",
    "check = { profile = \"strict\", min-severity = \"info\", fail-on = \"critical\" }\n",
    "limits.max-file-bytes = 1\n",
    "[project]\nvar-files = [\"prod.tfvars\"]\n",
    "[limits]\nrotation-days = 1\ntoken-seconds = 900\nsession-seconds = 3600\n",
    "[cloud]\nown-accounts = [\"123456789012\", \"000000000000\"]\n",
    "[kubernetes]\nsystem-namespaces = []\n",
    "[istio]\nroot-namespace = \"mesh\"\n",
    "[limits]\nrender-seconds = 5\n",
    "[helm]\n",
    "[helm.values]\n\"charts/web\" = [\"prod.tfvars\", \"charts/web/Chart.yaml\"]\n",
    "[kubernetes]\nclosed-namespaces = [\"shop\", \"pay-*\"]\n",
    "[istio]\nroot-namespace = \"mesh\"\ntrust-domain = \"shop.test\"\n",
    "[check]\ngate = true\n",
    "[rules]\ndirs = []\n",
    "[[path]]\nglobs = [\"a\", \"b/**\"]\nprofile = \"strict\"\n[[path]]\nglobs = []\ngate = false\n",
    "path = [{ globs = [\"a\"] }]\n",
    "[suppressions]\nrequire-reason = true\nrequire-expiry = false\nmax-days = 90\n",
    "[suppressions]\npeers = [\"checkov\", \"kics\", \"tfsec\", \"trivy\"]\n",
    "[[ignore]]\nrules = [\"ZT-NET-005\"]\nglobs = [\"a\"]\nuntil = 2027-01-31\nreason = \"x\"\n",
    "[[ignore]]\nrules = [\"ZT-NET-005\"]\nresources = [\"* a/b\"]\nuntil = \"2027-01-31\"\n",
    "[check.severity]\nNET = \"low\"\nZT-NET-005 = \"critical\"\n",
    "[[path]]\nglobs = [\"a\"]\nseverity = { networkpolicy-allows-all-ingress = \"info\" }\n",
    "[check]\nfail-on = \"high\"\n[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop/*\"\nport = \"53/udp\"\n",
    "check.fail-on = \"high\"\nexpect = [{ verdict = \"allow\", from = \"10.0.0.0/8\", to = \"shop/db\", port = 1, method = \"get\", path = \"/\", identity = \"a/b\", root = \"x\" }]\n",
];

const BAD: [&str; 67] = [
    "[checks]\n",
    "check = 3\n",
    "[[check]]\n",
    "fail-on = \"high\"\n",
    "[check]\nfailon = \"high\"\n",
    "[check]\nfail-on = \"worst\"\n",
    "[check]\nfail-on = \"High\"\n",
    "[check]\nmin-severity = 2\n",
    "[check]\nprofile = \"loose\"\n",
    "[check]\nselect = \"NET\"\n",
    "[check]\nselect = [3]\n",
    "[check]\nselect = [\"\"]\n",
    "[check]\nignore = [\"NET\", \"NET\"]\n",
    "[project]\nroots = true\n",
    "[limits]\nmax-file-bytes = 0\n",
    "[limits]\nmax-file-bytes = \"1\"\n",
    "[project]\nvar-files = \"prod.tfvars\"\n",
    "[project]\nvar-files = [\"prod.tf\"]\n",
    "[limits]\nrotation-days = 0\n",
    "[limits]\ntoken-seconds = 1.5\n",
    "[limits]\nsession-seconds = \"3600\"\n",
    "[cloud]\nown-accounts = [123456789012]\n",
    "[cloud]\nown-accounts = [\"12345678901\"]\n",
    "[cloud]\nown-accounts = [\"12345678901a\"]\n",
    "[kubernetes]\nsystem-namespaces = [[\"a\"]]\n",
    "[kubernetes]\nclosed-namespaces = \"shop\"\n",
    "[istio]\nroot-namespace = \"\"\n",
    "[limits]\nrender-seconds = 0\n",
    "[helm]\nenabled = true\n",
    "[helm]\nvalues = [\"prod.tfvars\"]\n",
    "[helm.values]\n\"charts/web\" = \"prod.tfvars\"\n",
    "[helm.values]\n\"charts/web\" = [\"prod.tfvars\", \"prod.tfvars\"]\n",
    "[istio]\ntrust-domain = 1\n",
    "[check]\ngate = \"yes\"\n",
    "[rules]\ndirs = \"policy\"\n",
    "[rules]\nfolders = []\n",
    "[path]\nglobs = [\"a\"]\n",
    "path = [\"a\"]\n",
    "[[path]]\nprofile = \"strict\"\n",
    "[[path]]\nglobs = [\"a\"]\nprofile = \"loose\"\n",
    "[[path]]\nglobs = [\"a\"]\nignore = [\"NET\"]\n",
    "[[path]]\nglobs = [\"a\"]\nseverity = \"low\"\n",
    "[[path]]\nglobs = [\"a\"]\nseverity = { NET = \"none\" }\n",
    "[check]\nseverity = [\"low\"]\n",
    "[suppressions]\nrequire-reason = 1\n",
    "[suppressions]\nmax-days = 0\n",
    "[suppressions]\nexpiry = true\n",
    "[suppressions]\npeers = [\"snyk\"]\n",
    "[suppressions]\npeers = \"trivy\"\n",
    "[ignore]\nrules = [\"ZT-NET-005\"]\nglobs = [\"a\"]\n",
    "[[ignore]]\nglobs = [\"a\"]\n",
    "[[ignore]]\nrules = []\nglobs = [\"a\"]\n",
    "[[ignore]]\nrules = [\"ZT-NET-005\"]\n",
    "[[ignore]]\nrules = [\"ZT-NET-005\"]\nresources = []\n",
    "[[ignore]]\nrules = [\"ZT-NET-005\"]\nglobs = [\"a\"]\nreason = \"\"\n",
    "[[ignore]]\nrules = [\"ZT-NET-005\"]\nglobs = [\"a\"]\nuntil = \"tomorrow\"\n",
    "[check.severity]\nNET = 3\n",
    "[expect]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop/db\"\n",
    "[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\n",
    "[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop\"\n",
    "[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop/db\"\nport = 0\n",
    "[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop/db\"\nport = \"http\"\n",
    "[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop/db\"\nmethod = \"GET\"\n",
    "[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop/db\"\nidentity = \"web\"\n",
    "[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop/db\"\nports = 1\n",
    "[[expect]]\nverdict = \"maybe\"\nfrom = \"any-pod\"\nto = \"shop/db\"\n",
    "expect = [1]\n",
];

#[test]
fn schema_and_program_agree_about_ztlint_toml() {
    let schema = schema("schemas/ztlint.schema.json");
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a mark of the project's root");
    std::fs::write(folder.path().join("prod.tfvars"), "").expect("a file");
    std::fs::create_dir_all(folder.path().join("charts/web")).expect("a chart");
    std::fs::write(folder.path().join("charts/web/Chart.yaml"), "").expect("a file");
    let good = GOOD.iter().map(|text| (text, true));
    for (text, is_good) in good.chain(BAD.iter().map(|text| (text, false))) {
        std::fs::write(folder.path().join("ztlint.toml"), text).expect("a file");
        let (code, _) = ztlint(folder.path(), &["check"]);
        // A suppression of nothing is a finding.
        assert_eq!(code == 2, !is_good, "the program on {text:?}");
        let document = toml_edit::Document::parse(*text).expect("TOML");
        let found = faults(&schema, &json(document.as_item()));
        assert_eq!(found.is_empty(), is_good, "the schema on {text:?}: {found:?}");
    }
}

#[test]
fn the_readme_configures_what_the_schema_knows() {
    let readme = read("README.md");
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let document = toml_edit::Document::parse(example.expect("an example")).expect("TOML");
    let shown = json(document.as_item());
    assert_eq!(faults(&schema("schemas/ztlint.schema.json"), &shown), [""; 0]);
    let schema: Value = serde_json::from_str(&read("schemas/ztlint.schema.json")).expect("JSON");
    for (section, keys) in schema["properties"].as_object().expect("sections") {
        // A list of tables shows each key in one of them.
        let (keys, tables) = match shown[section].as_array() {
            Some(list) => (&keys["items"]["properties"], list.clone()),
            None => (&keys["properties"], vec![shown[section].clone()]),
        };
        for key in keys.as_object().expect("keys").keys() {
            let found = tables.iter().any(|table| !table[key].is_null());
            assert!(found, "the README leaves out [{section}] {key}");
        }
    }
}

#[test]
fn the_index_of_rules_is_up_to_date() {
    let (code, page) = ztlint(root(), &["rule", "list", "--format", "markdown"]);
    let advice = "run `ztlint rule list --format markdown > rules/INDEX.md`";
    assert!(code == 0 && page == read("rules/INDEX.md"), "{advice}");
    let (code, text) = ztlint(root(), &["rule", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&text).expect("JSON");
    let rules = list["rules"].as_array().expect("rules");
    assert!(code == 0 && list["version"] == 1 && rules.len() > 500);
    for rule in rules {
        let row = format!("| {} | {} |", rule["id"], rule["severity"]).replace('"', "");
        assert!(page.contains(&row), "{row}");
    }
}
