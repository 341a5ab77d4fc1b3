//! `ztlint graph`: choices, formats, exit codes.

use super::folder;

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
metadata: {name: db, namespace: shop, labels: {app: db}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}, {port: 53, protocol: UDP}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
";

#[test]
fn the_table_shows_what_is_wanted() {
    let project = folder(&[("a/shop.yaml", SHOP), ("b/shop.yaml", SHOP)]);
    let shown = |args: &[&str]| {
        let run = project.run(&[&["graph", "--root", "a"], args].concat());
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
        run.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let none = ["FROM TO PORTS TRANSPORT IDENTITY VERDICT"];
    let cases: [(&[&str], &[&str]); 9] = [
        (
            &[],
            &[
                "FROM TO PORTS TRANSPORT IDENTITY VERDICT",
                "any-pod shop/db TCP 5432, UDP 53 plaintext none possible",
                "any-pod, internet shop/web all plaintext none allowed",
                "shop/web shop/db TCP 5432, UDP 53 plaintext none allowed",
                "shop/web internet, any-pod all plaintext none allowed",
                "",
                "ENTRY TO PORTS TRANSPORT IDENTITY VERDICT",
                "internet by Service shop/web shop/web TCP 8080 plaintext none allowed",
                "",
                "No policy for ingress: shop/web",
                "",
                "No policy for egress: shop/web",
            ],
        ),
        (
            &["--from", "shop/web", "--to", "shop/db"],
            &[none[0], "shop/web shop/db TCP 5432, UDP 53 plaintext none allowed"],
        ),
        (
            &["--from", "shop/web", "--to", "shop/db", "--port", "53"],
            &[none[0], "shop/web shop/db TCP 5432, UDP 53 plaintext none allowed"],
        ),
        (&["--from", "shop/web", "--to", "shop/db", "--port", "53/tcp"], &none),
        (&["--from", "shop/db"], &none),
        (
            &["--from", "internet", "--port", "8080"],
            &[
                none[0],
                "internet shop/web all plaintext none allowed",
                "",
                "ENTRY TO PORTS TRANSPORT IDENTITY VERDICT",
                "internet by Service shop/web shop/web TCP 8080 plaintext none allowed",
            ],
        ),
        (
            &["--from", "any-pod", "--to", "shop/web"],
            &[none[0], "any-pod shop/web all plaintext none allowed"],
        ),
        (
            &["--from", "shop/web", "--to", "192.0.2.1"],
            &[none[0], "shop/web internet (IPv4) all plaintext none allowed"],
        ),
        (&["--from", "shop/nobody"], &none),
    ];
    for (args, lines) in cases {
        let found: Vec<String> = shown(args);
        assert_eq!(found, lines, "{args:?}");
    }
}

#[test]
fn roots_have_names() {
    let project = folder(&[("a/shop.yaml", SHOP), ("b/shop.yaml", SHOP)]);
    let listed = |args: &[&str]| project.run(&[&["graph", "--list-roots"], args].concat()).out;
    assert_eq!(listed(&[]), "a\nb\n");
    assert_eq!(listed(&["b"]), "b\n");
    assert_eq!(listed(&["--root", "a"]), "a\n");
    let both = project.run(&["graph"]).out;
    assert!(both.contains("root a\n") && both.contains("\nroot b\n"), "{both}");
    let one = folder(&[("shop.yaml", SHOP), ("none/policy.yaml", super::CLOSED)]);
    assert_eq!(one.run(&["graph", "--list-roots"]).out, ".\n");
}

#[test]
fn no_two_roots_share_a_name() {
    let pod = |name: &str| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\n")
    };
    let built = "resources: [one.yaml]\n";
    let project = folder(&[
        ("a/one.yaml", &pod("one")),
        ("a/two.yaml", &pod("two")),
        ("a/kustomization.yaml", built),
        ("b/kustomization.yaml", "resources: [../a]\nnamePrefix: x-\n"),
        ("c/kustomization.yaml", "resources: [../a/one.yaml]\n"),
    ]);
    let run = project.run(&["graph", "--list-roots"]);
    let names: Vec<&str> = run.out.lines().collect();
    let unique: std::collections::BTreeSet<&&str> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "{names:?}");
    for name in names {
        let run = project.run(&["graph", "--list-roots", "--root", name]);
        assert_eq!(run.out, format!("{name}\n"));
    }
}

#[test]
fn mistakes_and_unreadable_files_end_with_2() {
    let project = folder(&[("shop.yaml", SHOP)]);
    for (args, word) in [
        (vec!["graph", "missing"], "missing"),
        (vec!["graph", "--root", "prod"], "prod"),
        (vec!["graph", "--from", "web"], "namespace/workload"),
        (vec!["graph", "--port", "0"], "8080"),
        (vec!["graph", "--port", "80/icmp"], "8080"),
        (vec!["graph", "--format", "png"], "svg"),
    ] {
        let run = project.run(&args);
        assert_eq!(run.code, 2, "{args:?}");
        assert!(run.err.contains(word), "{args:?}: {}", run.err);
    }
    let broken = folder(&[
        ("shop.yaml", SHOP),
        ("bad.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: [\n"),
    ]);
    let run = broken.run(&["graph"]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("shop/db") && run.err.contains("bad.yaml"), "{}", run.err);
}

/// Names that mean something in every language of pictures.
const HOSTILE: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: 'a\"];x->y[\"', namespace: shop, labels: {app: one}}
---
apiVersion: v1
kind: Pod
metadata: {name: '<script>\\n`#quot;', namespace: shop, labels: {app: two}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: two, namespace: shop}
spec:
  podSelector: {matchLabels: {app: two}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: one}}}]
      ports: [{port: 80}]
";

#[test]
fn pictures_show_what_policies_single_out() {
    let project = folder(&[("shop.yaml", SHOP)]);
    let picture = |args: &[&str]| {
        let run = project.run(&[&["graph", "--format"], args].concat());
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
        run.out
    };
    let dot = picture(&["dot"]);
    let node = |name: &str| {
        let mark = format!("[label=\"{name}");
        let line = dot.lines().find(|line| line.contains(&mark)).unwrap_or_else(|| panic!("{dot}"));
        line.trim().split(' ').next().expect("a node").to_owned()
    };
    let (web, db, internet) = (node("web"), node("db"), node("internet by Service shop/web"));
    assert!(dot.contains(&format!("{web} -> {db} [label=\"TCP 5432, UDP 53\"];")), "{dot}");
    assert!(dot.contains(&format!("{internet} -> {web} [label=\"TCP 8080\"];")), "{dot}");
    assert!(dot.contains("web\\n(open to any pod)"), "{dot}");
    assert!(!dot.contains(&format!("{db} ->")), "{dot}");
    let chart = picture(&["mermaid", "--from", "shop/web", "--to", "shop/db"]);
    assert!(chart.starts_with("flowchart LR\n") && !chart.contains("internet"), "{chart}");
    assert!(chart.contains("-->|\"TCP 5432, UDP 53\"|"), "{chart}");
    let svg = picture(&["svg"]);
    for part in ["<svg xmlns=", ">db<", ">TCP 8080<", ">[shop]<", "marker-end"] {
        assert!(svg.contains(part), "{part}\n{svg}");
    }
    assert!(!svg.contains("href") && svg.matches("http").count() == 1, "self-contained: {svg}");
    assert_eq!(svg, picture(&["svg"]));
    let empty = picture(&["svg", "--from", "shop/nobody"]);
    assert!(empty.starts_with("<svg ") && empty.ends_with("</svg>\n"), "{empty}");
}

#[test]
fn only_what_a_way_in_leads_to_is_at_its_end() {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}\n\
             spec: {{containers: [{{name: a, ports: [{{containerPort: 8080}}]}}]}}\n---\n"
        )
    };
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n\
                   spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 8080}]}\n";
    let text = pod("mail") + &pod("web") + service;
    let chart = folder(&[("shop.yaml", &*text)]).run(&["graph", "--format", "mermaid"]).out;
    let boxes: Vec<_> = chart.lines().filter(|line| line.contains("web")).collect();
    assert!(boxes.iter().all(|line| !line.contains("mail")), "{chart}");
    assert!(boxes.iter().any(|line| line.contains("Service shop/web")), "{chart}");
}

#[test]
fn pictures_take_no_orders_from_names() {
    let project = folder(&[("shop.yaml", HOSTILE)]);
    let picture = |format: &str| project.run(&["graph", "--format", format]).out;
    let dot = picture("dot");
    let (first, second) = (r#"label="a\"];x->y[\"\n(open"#, r#"label="<script>\\n`#quot;""#);
    assert!(dot.contains(first) && dot.contains(second), "{dot}");
    let chart = picture("mermaid");
    assert!(chart.contains("[\"a#34;#93;#59;x-#62;y#91;#34;<br/>"), "{chart}");
    assert!(chart.contains("[\"#60;script#62;#92;n#96;#35;quot#59;\"]"), "{chart}");
    let svg = picture("svg");
    assert!(svg.contains("&lt;script&gt;\\n`#quot;") && !svg.contains("<script"), "{svg}");
    assert!(svg.contains("a&quot;];x-&gt;y[&quot;"), "{svg}");
}

#[test]
fn a_picture_of_everything_is_refused() {
    let world = |at: usize| {
        let known: Vec<String> = (0..=at).map(|one| format!("n{one}")).collect();
        let names = known.join(", ");
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: n{at}}}\n\
             ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
             metadata: {{name: p, namespace: n{at}}}\nspec:\n  podSelector: {{}}\n  ingress:\n\
             \x20   - from: [{{namespaceSelector: {{matchExpressions: [{{key: \
             kubernetes.io/metadata.name, operator: In, values: [{names}]}}]}}}}]\n---\n"
        )
    };
    let text: String = (0..30).map(world).collect();
    let project = folder(&[("all.yaml", &text)]);
    let run = project.run(&["graph", "--format", "svg"]);
    assert!(run.code == 2 && run.err.contains("too many for a picture"), "{}", run.err);
    assert_eq!(project.run(&["graph", "--format", "dot"]).code, 0);
    let chosen = project.run(&["graph", "--format", "svg", "--to", "n7/p"]);
    assert!(chosen.code == 0 && chosen.out.contains(">[n3]<"), "{}", chosen.err);
}
