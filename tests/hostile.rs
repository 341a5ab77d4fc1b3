//! Hostile names and values in manifests: whatever they hold, it acts in no format of any command,
//! neither on a terminal nor in the log of a pipeline, in a page, a picture or a document.

use quick_xml::events::Event;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Texts that act somewhere, as YAML and HCL write them between double quotes.
const HOSTILE: [&str; 14] = [
    "\\u001b[2J\\u001b]0;owned\\u0007",
    "::error file=a,line=1::owned",
    "a\\n::error::owned\\n##[error]owned",
    "##vso[task.setvariable variable=a]owned",
    "a%0A::stop-commands::owned",
    "</text><script>alert(1)</script><img src=x onerror=alert(1)>",
    "]]><x y='1'>&amp;&#60;b&#62;",
    "[click](https://evil.example) ![i](https://evil.example/i.png)",
    "| a | b |\\n# heading\\n<details>@everyone #1",
    "a\\\"];n0 -> n1 [URL=\\\"javascript:alert(1)\\\"",
    "end\\nclick n0 href \\\"javascript:alert(1)\\\"",
    "\\u202egnp.exe\\u2066\\u200b\\u00ad",
    "`co|de` ``` $(id) ${X:-y} \\\\",
    "../../../etc/passwd?x#y%2e%2e",
];

fn manifests(at: usize, bad: &str) -> String {
    format!(
        "# ztlint:ignore[ZT-NET-009] reason=\"{bad}\"
apiVersion: v1
kind: Namespace
metadata: {{name: \"{bad}\"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: \"{bad}\", namespace: \"{bad}\"}}
spec:
  selector: {{matchLabels: {{app: \"{bad}\"}}}}
  template:
    metadata: {{labels: {{app: \"{bad}\"}}}}
    spec:
      hostNetwork: true
      volumes: [{{name: v, hostPath: {{path: \"/{bad}\"}}}}]
      containers:
      - name: \"{bad}\"
        image: \"{bad}\"
        ports: [{{name: \"{bad}\", containerPort: 8080}}]
        securityContext: {{privileged: true}}
---
apiVersion: v1
kind: Pod
metadata: {{name: \"pod {bad}\", namespace: \"{bad}\", labels: {{app: \"other{at}\"}}}}
spec: {{containers: [{{name: c, image: c, ports: [{{containerPort: 80}}]}}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: \"{bad}\", namespace: \"{bad}\"}}
spec:
  podSelector: {{matchLabels: {{app: \"{bad}\"}}}}
  policyTypes: [Ingress]
  ingress: [{{from: [{{podSelector: {{matchLabels: {{app: \"other{at}\"}}}}}}]}}, {{}}]
---
apiVersion: v1
kind: Service
metadata: {{name: \"{bad}\", namespace: \"{bad}\"}}
spec: {{type: LoadBalancer, selector: {{app: \"{bad}\"}}, ports: [{{port: 80, targetPort: \"{bad}\"}}]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: \"{bad}\"}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}
subjects: [{{kind: ServiceAccount, name: \"{bad}\", namespace: \"{bad}\"}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: \"{bad}\", namespace: \"{bad}\"}}
spec: {{action: ALLOW, rules: [{{from: [{{source: {{principals: [\"{bad}\"]}}}}]}}]}}
"
    )
}

fn module(bad: &str) -> String {
    // HCL has templates where YAML has none.
    let bad = bad.replace("${", "$${").replace("%{", "%%{");
    format!(
        "resource \"aws_iam_policy\" \"a\" {{
  name   = \"{bad}\"
  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"{bad}:*\", Resource = \"*\" }}] }})
}}
resource \"aws_security_group\" \"b\" {{
  for_each = toset([\"{bad}\"])
  name     = each.key
  ingress {{
    description = \"{bad}\"
    protocol    = \"tcp\"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [\"0.0.0.0/0\"]
  }}
}}
module \"c\" {{
  source = \"{bad}\"
}}
"
    )
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a mark of the project's root");
    std::fs::create_dir(folder.path().join("before")).expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    };
    for (at, bad) in HOSTILE.iter().enumerate() {
        write(&format!("k{at}/a.yaml"), &manifests(at, bad));
        write(&format!("t{at}/main.tf"), &module(bad));
    }
    #[cfg(unix)]
    for name in [
        "::error::owned",
        "a\n::error::owned",
        "\u{1b}[2J",
        "\u{202e}gnp",
        "##[error]x",
        "<script>alert(1)<",
        "[a](b)|c`d",
    ] {
        write(&format!("{name}/b.yaml"), &manifests(99, "plain"));
        write(&format!("{name}.yaml"), "apiVersion: v1\nkind: [\n");
    }
    folder
}

/// Standard output, and standard error.
fn written(folder: &Path, args: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ztlint"))
        .current_dir(folder)
        .args(args)
        .output()
        .expect("the program");
    assert!(matches!(output.status.code(), Some(0..=3)), "{args:?}: {:?}", output.status);
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (text(output.stdout), text(output.stderr))
}

/// What acts on a terminal or in the log of a pipeline.
fn act(text: &str) -> Vec<&str> {
    let hostile = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let commands = |line: &&str| {
        line.contains(hostile)
            || line.trim_start().starts_with("::")
            || line.contains("##[")
            || line.contains("##vso[")
            || line.contains("##teamcity[")
    };
    text.lines().filter(commands).collect()
}

/// Elements and attributes of a document that must be well formed.
fn elements(text: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut found, mut depth) = (Vec::new(), 0);
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error}: {text}"));
        let mut element = |start: &quick_xml::events::BytesStart<'_>| {
            found.push(String::from_utf8_lossy(start.name().as_ref()).into_owned());
            for attribute in start.attributes() {
                let attribute = attribute.expect("an attribute");
                found.push(format!("@{}", String::from_utf8_lossy(attribute.key.as_ref())));
            }
        };
        match event {
            Event::Start(start) => {
                element(&start);
                depth += 1;
            }
            Event::Empty(start) => element(&start),
            Event::End(_) => depth -= 1,
            Event::Text(text) => assert!(text.decode().is_ok()),
            Event::Decl(_) => {}
            Event::GeneralRef(name) => {
                let known = ["amp", "lt", "gt", "quot", "apos"].map(str::as_bytes);
                assert!(known.contains(&name.as_ref()), "{name:?}");
            }
            Event::Eof => break,
            other => panic!("nothing else belongs there: {other:?}"),
        }
    }
    assert_eq!(depth, 0);
    found.sort();
    found.dedup();
    found
}

/// What is left of a line of Markdown without escapes and code.
fn live(line: &str) -> String {
    let mut kept = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '`' => while characters.next().is_some_and(|next| next != '`') {},
            other => kept.push(other),
        }
    }
    kept
}

fn is_inert_markdown(text: &str) {
    for line in text.lines() {
        let live = live(line).replace("<!-- -->", "¬").replace("<br>", "");
        let live =
            live.replace("<details><summary>What to do</summary>", "").replace("</details>", "");
        for mark in ["](", "![", "<", "javascript:", "@everyone", "://"] {
            assert!(!live.contains(mark), "{mark}: {line}");
        }
        let own = ["#", "|", "-", "*", "Looked", "Root", "…", ""];
        assert!(own.iter().any(|start| live.starts_with(start)), "{line}");
    }
    let cells = |line: &str| live(line).matches('|').count();
    let tables: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(tables.len() > 10, "{text}");
    assert!(tables.iter().all(|row| cells(row) == cells(tables[0])), "{text}");
}

/// Text outside quotes, and the texts between them.
fn quoted(text: &str, escapes: bool) -> (String, Vec<String>) {
    let (mut outside, mut inside) = (String::new(), Vec::new());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '"' {
            outside.push(character);
            continue;
        }
        let mut body = String::new();
        loop {
            match characters.next().expect("every quote ends") {
                '"' => break,
                '\\' if escapes => body.extend(['\\', characters.next().expect("an end")]),
                other => body.push(other),
            }
        }
        inside.push(body);
    }
    (outside, inside)
}

#[test]
fn nothing_acts_in_any_format() {
    let folder = project();
    let formats = ["human", "json", "sarif", "concise", "gitlab", "junit", "markdown", "rdjsonl"];
    let check = ["check", ".", "--profile", "strict", "--verbose", "--format"];
    let graphs = ["table", "json", "dot", "mermaid", "svg"];
    let mut commands: Vec<Vec<&str>> = Vec::new();
    commands.extend(formats.iter().map(|&format| [&check[..], &[format]].concat()));
    commands.extend(graphs.iter().map(|&format| vec!["graph", "k5", "--format", format]));
    commands.extend(graphs[..4].iter().map(|&format| vec!["graph", ".", "--format", format]));
    commands.push(vec!["graph", ".", "--list-roots"]);
    commands.push(vec!["suppressions", "."]);
    commands.push(vec!["suppressions", ".", "--format", "json"]);
    commands.push(vec!["init", "."]);
    for format in ["text", "json"] {
        commands.push(vec!["can", "any-pod", "any-pod:80", "--format", format]);
        commands.push(vec!["can", "none/such", "plain/plain:80", "--format", format]);
        commands.push(vec!["can", "any-pod", "plain/plain", "--format", format]);
    }
    for format in ["text", "markdown", "json"] {
        commands.push(vec!["diff", "before", ".", "--format", format]);
    }
    let mut seen = 0;
    for args in &commands {
        let (out, err) = written(folder.path(), args);
        for text in [&out, &err] {
            let acting = act(text);
            assert!(acting.is_empty(), "{args:?}: {:?}", &acting[..acting.len().min(3)]);
        }
        seen += usize::from(out.contains("owned") || out.contains("alert") || out.contains("evil"));
        match *args.last().expect("a word") {
            "json" | "gitlab" if args[0] != "can" || !out.is_empty() => {
                serde_json::from_str::<Value>(&out).expect("JSON");
            }
            "rdjsonl" => {
                let lines = out.lines().map(serde_json::from_str::<Value>);
                assert!(lines.map(|line| line.expect("JSON")).all(|one| one.is_object()));
            }
            "sarif" => is_inert_sarif(&serde_json::from_str(&out).expect("JSON")),
            "junit" => assert_eq!(
                elements(&out),
                [
                    "@classname",
                    "@errors",
                    "@failures",
                    "@message",
                    "@name",
                    "@tests",
                    "@type",
                    "error",
                    "failure",
                    "testcase",
                    "testsuite",
                    "testsuites",
                ]
            ),
            "svg" => {
                let known = [
                    "svg", "title", "defs", "marker", "path", "rect", "text", "@d", "@fill", "@id",
                ];
                let found = elements(&out);
                assert!(known.iter().all(|one| found.iter().any(|it| it == one)), "{found:?}");
                let active = |one: &&String| {
                    one.starts_with("@on")
                        || one.contains("href")
                        || *one == "script"
                        || *one == "a"
                };
                assert_eq!(found.iter().find(active), None);
            }
            "markdown" => is_inert_markdown(&out),
            "dot" => is_inert_dot(&out),
            "mermaid" => is_inert_mermaid(&out),
            _ => {}
        }
    }
    assert!(seen > 15, "the texts appear, or nothing was tried: {seen}");
    let github = written(folder.path(), &[&check[..], &["github"]].concat()).0;
    for line in github.lines() {
        let own = ["::error file=", "::warning file=", "::notice file="];
        assert!(own.iter().any(|start| line.starts_with(start)), "{line}");
        let head = line[2..].split("::").next().expect("a head");
        let names = head.split(' ').skip(1).collect::<Vec<_>>().join(" ");
        for property in names.split(',') {
            let name = property.split('=').next().expect("a name");
            let known = ["file", "line", "endLine", "col", "endColumn", "title"];
            assert!(known.contains(&name), "{line}");
        }
    }
    assert!(act(&github).iter().all(|line| line.starts_with("::") && !line.contains("##[")));
}

fn is_inert_dot(out: &str) {
    let (outside, inside) = quoted(out, true);
    assert!(inside.len() > 3);
    assert!(!outside.contains("URL") && !outside.contains('<'), "{outside}");
    let plain = |c: char| c.is_ascii_alphanumeric() || " \n{}[]=,;->_.#".contains(c);
    assert!(outside.chars().all(plain), "{outside}");
}

fn is_inert_mermaid(out: &str) {
    let (outside, inside) = quoted(out, false);
    assert!(inside.len() > 3);
    let known = |line: &str| {
        ["flowchart", "subgraph", "end", "n", "classDef"]
            .iter()
            .any(|start| line.trim_start().starts_with(start))
    };
    assert!(outside.lines().all(|line| line.trim().is_empty() || known(line)));
    assert!(!outside.contains("click") && !outside.contains("href"), "{outside}");
    let plain = |c: char| c.is_alphanumeric() || " ._/:,-()*#;<>?".contains(c);
    for text in inside {
        let text = text.replace("<br/>", "");
        assert!(text.chars().all(plain) && !text.contains('<'), "{text}");
    }
}

fn is_inert_sarif(sarif: &Value) {
    let mut paths = Vec::new();
    let run = &sarif["runs"][0];
    for result in run["results"].as_array().expect("results") {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        paths.push(uri.as_str().expect("a URI"));
        let message = result["message"]["text"].as_str().expect("a message");
        for (at, _) in message.match_indices("](") {
            let target = message[at + 2..].split(')').next().expect("an end");
            let own = target.bytes().all(|byte| byte.is_ascii_digit());
            assert!(own || message[..at].ends_with('\\'), "a link of its own: {message}");
        }
    }
    assert!(paths.len() > 50);
    for path in paths {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
        assert!(path.chars().all(plain) && !path.starts_with('/'), "{path}");
        assert!(!path.split('/').any(|part| part == ".."), "{path}");
    }
}
