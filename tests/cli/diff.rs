//! `ztlint diff`: folders and revisions, what is said of changes, gates, mistakes.

use super::repository::{self, Repository};
use super::{Folder, folder};
use serde_json::Value;

/// Three pods, of which one is guarded.
const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}, {port: 53, protocol: UDP}]
";

fn both(old: &str, new: &str) -> Folder {
    folder(&[("old/shop.yaml", old), ("new/shop.yaml", new)])
}

/// The lines about changes, reasons left out.
fn changes(project: &Folder, args: &[&str]) -> Vec<String> {
    let run = project.run(&[&["diff"], args].concat());
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
    let kinds = ["gained ", "lost ", "weakened ", "encrypted ", "root "];
    let wanted = |line: &&str| kinds.iter().any(|kind| line.starts_with(kind));
    run.out.lines().filter(wanted).map(str::to_owned).collect()
}

#[test]
fn changes_are_told_by_destination_and_port() {
    let edit = |from: &str, to: &str| {
        assert!(SHOP.contains(from), "{from}");
        SHOP.replacen(from, to, 1)
    };
    let web = "{matchLabels: {app: web}}";
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n\
                   spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n";
    let cron = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: cron, namespace: jobs}\n";
    let unknown = "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                   metadata: {name: more, namespace: shop}\nspec: {endpointSelector: {}, ingress: \
                   [{fromEndpoints: [{}], authentication: {mode: required}}]}\n";
    let block = "- from: [{ipBlock: {cidr: 8.8.0.0/16}}]\n    - from: [{pod";
    let cases: [(String, &[&str]); 7] = [
        (SHOP.to_owned(), &[]),
        (edit(web, "{}"), &["gained shop/api → shop/db: TCP 5432, UDP 53 (denied → allowed)"]),
        (
            edit(web, "{matchLabels: {app: api}}"),
            &[
                "gained shop/api → shop/db: TCP 5432, UDP 53 (denied → allowed)",
                "lost shop/web → shop/db: TCP 5432, UDP 53 (allowed → denied)",
            ],
        ),
        (
            edit("{port: 5432}, ", ""),
            &[
                "lost any-pod → shop/db: TCP 5432 (possible → denied)",
                "lost shop/web → shop/db: TCP 5432 (allowed → denied)",
            ],
        ),
        (
            edit("[Ingress]", "[Ingress, Egress]"),
            &["lost shop/db → any-pod, internet: all (allowed → denied)"],
        ),
        (edit("- from: [{pod", block), &["gained 8.8.0.0/16 → shop/db: all (denied → allowed)"]),
        (
            SHOP.to_owned() + service,
            &["gained internet by Service shop/web → shop/web: TCP 8080 (denied → allowed)"],
        ),
    ];
    for (new, expected) in &cases {
        let mut lines = changes(&both(SHOP, new), &["old", "new"]);
        if !lines.is_empty() {
            assert_eq!(lines.remove(0), "root .");
        }
        assert_eq!(lines, *expected, "{new}");
    }
    // Any pod says more than all of them by their names.
    let lines = changes(&both(SHOP, &(SHOP.to_owned() + cron)), &["old", "new"]);
    let expected = [
        "root .",
        "gained jobs/cron → any-pod, internet: all (denied → allowed)",
        "gained any-pod, internet → jobs/cron: all (denied → allowed)",
    ];
    assert_eq!(lines, expected);
    let lines = changes(&both(SHOP, &(SHOP.to_owned() + unknown)), &["old", "new"]);
    assert!(lines.iter().any(|line| line.contains("(denied → possible)")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("(allowed → possible)")), "{lines:#?}");
}

/// A mesh that demands mutual TLS, or does not.
fn mesh(mode: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{istio-injection: enabled}}}}\n\
         ---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop, labels: {{app: web}}}}\n\
         ---\napiVersion: v1\nkind: Pod\nmetadata: {{name: db, namespace: shop, labels: {{app: db}}}}\n\
         ---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
         metadata: {{name: default, namespace: shop}}\nspec: {{mtls: {{mode: {mode}}}}}\n"
    )
}

#[test]
fn what_plaintext_reaches_is_weakened() {
    let (strict, permissive) = (mesh("STRICT"), mesh("PERMISSIVE"));
    let project = both(&strict, &permissive);
    let within = "(mutual TLS → plaintext or mutual TLS)";
    let weaker = changes(&project, &["old", "new"]);
    let has = |lines: &[String], start: &str, end: &str| {
        lines.iter().any(|line| line.starts_with(start) && line.ends_with(end))
    };
    // Ports that the sidecar leaves alone keep what they have.
    assert!(has(&weaker, "weakened shop/db → shop/web: TCP 1-21,23-", within), "{weaker:#?}");
    let opened = "(denied → allowed, plaintext)";
    assert!(has(&weaker, "gained internet → shop/*: TCP 1-21,23-", opened), "{weaker:#?}");
    let stronger = changes(&project, &["new", "old"]);
    let within = "(plaintext or mutual TLS → mutual TLS)";
    assert!(has(&stronger, "encrypted shop/db → shop/web: TCP 1-21,23-", within), "{stronger:#?}");
    assert!(has(&stronger, "lost internet → shop/*", "(allowed → denied)"), "{stronger:#?}");
    let left = strict.replace("labels: {istio-injection: enabled}", "labels: {}");
    let lines = changes(&both(&strict, &left), &["old", "new"]);
    let outside = "(mutual TLS → outside the mesh)";
    assert!(has(&lines, "weakened shop/db → shop/web: TCP ", outside), "{lines:#?}");
}

#[test]
fn revisions_are_compared_without_checking_out() {
    let project = super::folder(&[]);
    std::fs::remove_dir(project.path(".git")).expect("an empty mark");
    let repository = Repository::new(&project.path("."));
    let open = SHOP.replace("{matchLabels: {app: web}}", "{}");
    for (text, tag) in [(SHOP, "v1"), (open.as_str(), "v2")] {
        let files = [repository::file("deploy/shop.yaml", text), repository::file("b.txt", tag)];
        repository.commit(repository.tree(&files), tag);
    }
    let gained = "gained shop/api → shop/db: TCP 5432, UDP 53 (denied → allowed)";
    let expected = ["root .", gained];
    assert_eq!(changes(&project, &["v1", "v2"]), expected);
    assert_eq!(changes(&project, &["HEAD~1", "HEAD"]), expected);
    assert_eq!(changes(&project, &["v2", "v2"]), [""; 0]);
    // A folder of the repository beside a revision.
    project.write("deploy/shop.yaml", SHOP);
    let lost = "lost shop/api → shop/db: TCP 5432, UDP 53 (allowed → denied)";
    assert_eq!(changes(&project, &["v2", "."]), ["root .", lost]);
    assert_eq!(changes(&project, &["v2", "./deploy"]), ["root .", lost]);
    assert_eq!(changes(&project, &["v1", "."]), [""; 0]);
    let places = project.run(&["diff", "v1", "v2"]).out;
    assert!(places.contains("NetworkPolicy shop/db, deploy/shop.yaml:25:7"), "{places}");
    for (args, word) in [
        (vec!["v1", "v9"], "`v9` is no revision"),
        (vec!["v1", "v2", "--root", "prod"], "`prod`"),
        (vec!["v1", "v2", "--helm"], "--helm"),
        (vec!["v1", "v2", "--fail-on-gain", "shop"], "namespace/workload"),
    ] {
        let run = project.run(&[&["diff"], &args[..]].concat());
        assert!(run.code == 2 && run.err.contains(word), "{args:?}: {}", run.err);
    }
    // A folder with the name of a revision.
    project.write("v2/shop.yaml", SHOP);
    let run = project.run(&["diff", "v1", "v2"]);
    assert!(run.code == 2 && run.err.contains("./v2"), "{}", run.err);
    assert_eq!(project.run(&["diff", "v1", "refs/tags/v2"]).code, 0);
}

/// A pod that a mesh's policy in a namespace is for, if that is the mesh's root.
const MESH: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, ports: [{containerPort: 5432}]}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nothing, namespace: mesh}
spec: {}
";

#[test]
fn each_side_has_its_own_configuration() {
    let named = |name: &str| format!("[istio]\nroot-namespace = \"{name}\"\n");
    let (mesh, usual) = (named("mesh"), named("istio-system"));
    let gone = "[rules]\ndirs = [\"gone\"]\n[check]\nselect = [\"ACME-NET-001\"]\n";
    let with_gone = format!("{gone}{mesh}");
    let project = folder(&[]);
    std::fs::remove_dir(project.path(".git")).expect("an empty mark");
    let repository = Repository::new(&project.path("."));
    let none = None::<&str>;
    for (tag, config) in [
        ("none", none),
        ("mesh", Some(mesh.as_str())),
        ("usual", Some(usual.as_str())),
        ("gone", Some(with_gone.as_str())),
        ("bad", Some("[istio]\nroot = 1\n")),
    ] {
        let mut files = vec![repository::file("deploy/mesh.yaml", MESH)];
        files.extend(config.map(|text| repository::file("deploy/ztlint.toml", text)));
        repository.commit(repository.tree(&files), tag);
    }
    project.write("deploy/mesh.yaml", MESH);
    let changed = |args: &[&str]| {
        let lines = changes(&project, &[args, &["--path", "deploy"]].concat());
        lines.iter().any(|line| line.contains("shop/db"))
    };
    for (old, new, expected) in [
        ("mesh", "usual", true),
        ("usual", "mesh", true),
        // A side without one has the other's.
        ("none", "mesh", false),
        ("mesh", "none", false),
        ("none", "none", false),
        ("usual", "none", false),
        // What it says of rules and files is of no account.
        ("gone", "mesh", false),
        ("gone", "usual", true),
        // A folder beside a revision, without one and with one.
        ("mesh", "./deploy", false),
        ("usual", "./deploy", false),
    ] {
        let new = if new == "./deploy" {
            project.path("deploy").display().to_string()
        } else {
            new.to_owned()
        };
        assert_eq!(changed(&[old, &new]), expected, "{old} {new}");
    }
    let run = project.run(&["diff", "mesh", "bad", "--path", "deploy"]);
    assert!(run.code == 2 && run.err.contains("bad:deploy/ztlint.toml:2:1: `root`"), "{}", run.err);
    project.write("other.toml", &usual);
    assert!(!changed(&["mesh", "usual", "--config", "other.toml"]), "one for both");
    project.write("deploy/ztlint.toml", &usual);
    let own = project.path("deploy").display().to_string();
    assert!(changed(&["mesh", &own]) && !changed(&["usual", &own]));
    // The one on the disk is for revisions that have none.
    assert!(!changed(&["none", "none"]) && changed(&["mesh", "usual"]));
}

#[test]
fn gates_close_on_gains_to_their_targets() {
    let open = SHOP.replace("{matchLabels: {app: web}}", "{}");
    let project = both(SHOP, &open);
    for (target, code) in [
        ("shop/db", 1),
        ("shop/*", 1),
        ("shop/web", 0),
        ("any-pod", 0),
        ("internet", 0),
        ("10.0.0.0/8", 0),
        ("shop/dbb", 2),
        ("pay/*", 2),
    ] {
        let gate = |old, new| project.run(&["diff", old, new, "--fail-on-gain", target]);
        assert_eq!(gate("old", "new").code, code, "{target}");
        assert_eq!(gate("new", "old").code, if code == 1 { 0 } else { code }, "{target}");
    }
    let run = project.run(&["diff", "old", "new", "--fail-on-gain", "shop/dbb"]);
    assert!(run.err.contains("did you mean `shop/db`?"), "{}", run.err);
    let egress = both(&open.replace("[Ingress]", "[Ingress, Egress]"), &open);
    let args = ["diff", "old", "new", "--fail-on-gain"];
    for target in ["internet", "any-pod", "8.8.8.8", "shop/web"] {
        assert_eq!(egress.run(&[&args[..], &[target]].concat()).code, 1, "{target}");
    }
}

#[test]
fn roots_are_paired_by_name() {
    let project = folder(&[
        ("old/dev/shop.yaml", SHOP),
        ("old/prod/shop.yaml", SHOP),
        ("new/dev/shop.yaml", SHOP),
        ("new/prod/shop.yaml", &SHOP.replace("{matchLabels: {app: web}}", "{}")),
        ("new/test/shop.yaml", SHOP),
    ]);
    let roots = |args: &[&str]| -> Vec<String> {
        let lines = changes(&project, &[&["old", "new"], args].concat());
        lines.into_iter().filter(|line| line.starts_with("root ")).collect()
    };
    assert_eq!(roots(&[]), ["root prod", "root test, a new root"]);
    assert_eq!(roots(&["--root", "prod"]), ["root prod"]);
    assert_eq!(roots(&["--root", "dev"]), [""; 0]);
    let gone = changes(&project, &["new", "old"]);
    assert!(gone.contains(&"root test, a root that is gone".to_owned()), "{gone:?}");
}

#[test]
fn markdown_takes_no_orders_from_names() {
    let name = "we`b|<img>@all";
    let new = SHOP
        .replace("{name: api,", &format!("{{name: \"{name}\","))
        .replace("app: web}}}", "x: y}}}");
    let run = both(SHOP, &new).run(&["diff", "old", "new", "--format", "markdown"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let rows: Vec<&str> = run.out.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 2, "{}", run.out);
    for row in rows {
        assert_eq!(row.matches('|').count(), 7, "{row}");
        assert_eq!(row.matches('`').count() % 2, 0, "{row}");
        let outside: String = row.split('`').step_by(2).collect();
        assert!(!outside.replace("<br>", "").contains(['<', '@']), "{row}");
    }
    assert!(run.out.contains("`shop/we'b¦<img>@all`"), "{}", run.out);
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    let broken = "apiVersion: v1\nkind: Pod\nmetadata: {name: [\n";
    let project =
        folder(&[("old/shop.yaml", SHOP), ("new/shop.yaml", SHOP), ("new/x.yaml", broken)]);
    let run = project.run(&["diff", "old", "new"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("new: x.yaml") && run.out.contains("no connection changed"));
    let run = project.run(&["diff", "old", "old", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!((run.code, &report["roots"][0]["sides"]), (0, &"both".into()));
}
