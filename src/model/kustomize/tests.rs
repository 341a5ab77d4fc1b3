//! Tables: a kustomization and the one object it gives, as flow text without spaces.

use super::build_folder;
use crate::input::file::{File, Language};
use crate::input::source::FileId;
use crate::model::cursor::{Cursor, Shape};
use crate::model::kubernetes;
use crate::model::resource::Resource;

/// A value as `{key:value,…}`; keys sorted, `?` for what is not known, `…` for what there may be more.
fn show(at: Cursor<'_>) -> String {
    match at.shape() {
        Shape::Absent => "null".to_owned(),
        Shape::Unknown => "?".to_owned(),
        Shape::Scalar => at.text().map_or("?".to_owned(), std::borrow::Cow::into_owned),
        Shape::List => {
            let members = at.items();
            let mut shown: Vec<String> = members.known.into_iter().map(show).collect();
            shown.extend(members.open.then(|| "…".to_owned()));
            format!("[{}]", shown.join(","))
        }
        Shape::Map => {
            let (pairs, open) = at.entries();
            let mut shown: Vec<String> = pairs
                .into_iter()
                .filter(|(_, value)| value.shape() != Shape::Absent)
                .map(|(key, value)| format!("{key}:{}", show(value)))
                .collect();
            shown.sort();
            shown.extend(open.then(|| "…".to_owned()));
            format!("{{{}}}", shown.join(","))
        }
    }
}

/// What the kustomization in `dev` gives, part by part; notes after that.
fn built(texts: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let mut files: Vec<File> = Vec::new();
    for (at, (path, text)) in texts.iter().enumerate() {
        let mut file = File::parse(path, (*text).to_owned(), Language::Yaml);
        file.id = FileId(at as u32);
        files.push(file);
    }
    super::embed(&mut files);
    let patches = super::patch_files(&files);
    let objects = files.iter().filter(|file| !patches.contains(&file.source.path));
    let written: Vec<Resource> =
        objects.flat_map(|file| kubernetes::objects(&files, file)).collect();
    let built = build_folder(&files, &written, "dev").expect("there is one");
    let objects = &built.worlds[0].objects;
    let shown = objects.iter().map(|one| show(Cursor::value(&files, &one.value))).collect();
    (shown, built.notes.into_values().flatten().collect())
}

/// `spec` of an object after a strategic merge; both given as flow text.
fn merged(kind: &str, spec: &str, patch: &str) -> String {
    let (api, kind) = kind.rsplit_once('/').unwrap_or(("v1", kind));
    let head = format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\n");
    let (base, patch) = (format!("{head}spec: {spec}\n"), format!("{head}spec: {patch}\n"));
    let (mut shown, notes) = built(&[
        ("dev/kustomization.yaml", "resources: [a.yaml]\npatches: [{path: p.yaml}]\n"),
        ("dev/a.yaml", &base),
        ("dev/p.yaml", &patch),
    ]);
    assert!(notes.is_empty(), "{notes:?}");
    let whole = shown.remove(0);
    let rest = whole.split_once(",spec:").map_or("", |(_, rest)| rest);
    rest.strip_suffix('}').unwrap_or(rest).to_owned()
}

const POD: &str = "apps/v1/Deployment";

/// Kind, specification (of the pod, for a workload), patch of it, result.
const MERGES: &[(&str, &str, &str, &str)] = &[
    (POD, "{a: 1, b: 2}", "{b: 3, c: 4}", "{a:1,b:3,c:4}"),
    (POD, "{a: {b: 1, c: 2}}", "{a: {b: null}}", "{a:{c:2}}"),
    (POD, "{a: {b: 1}}", "{a: null}", "{}"),
    (POD, "{a: {b: 1}}", "{a: {$patch: delete}}", "{}"),
    (POD, "{a: {b: 1}}", "{a: {$patch: replace, c: 2}}", "{a:{c:2}}"),
    (POD, "{a: {b: 1}}", "{a: {$patch: merge, c: 2}}", "{a:{b:1,c:2}}"),
    (POD, "{}", "{a: {$patch: delete}}", "{}"),
    (POD, "{}", "{a: {$patch: replace, b: {$patch: delete, c: 1}, d: 2}}", "{a:{d:2}}"),
    (POD, "{a: [1, 2]}", "{a: [3]}", "{a:[3]}"),
    (POD, "{a: '${A}'}", "{a: {b: 1}}", "{a:?}"),
    (POD, "{a: '${A}'}", "{a: {$patch: replace, b: 1}}", "{a:{b:1}}"),
    (POD, "{a: '${A}'}", "{a: [1]}", "{a:[1]}"),
    (POD, "{containers: '${A}'}", "{containers: [{name: a}]}", "{containers:?}"),
    (POD, "{containers: [{name: '${A}'}]}", "{containers: [{name: a}]}", "{containers:?}"),
    (POD, "{a: {b: '${B}'}}", "{a: {c: 1}}", "{a:{b:?,c:1}}"),
    (POD, "{a: {b: 1}}", "{a: '${A}'}", "{a:?}"),
    (
        POD,
        "{containers: [{name: a, image: x}, {name: b}]}",
        "{containers: [{name: c}, {name: a, image: y}]}",
        "{containers:[{name:c},{image:y,name:a},{name:b}]}",
    ),
    (
        POD,
        "{containers: [{name: a}, {name: b}]}",
        "{containers: [{name: a, $patch: delete}]}",
        "{containers:[{name:b}]}",
    ),
    (
        POD,
        "{containers: [{name: a}, {name: b}]}",
        "{containers: [{$patch: replace}, {name: c}]}",
        "{containers:[{name:c}]}",
    ),
    (POD, "{containers: [{name: a}]}", "{containers: [{name: a, $patch: delete}]}", "{}"),
    (
        POD,
        "{containers: [{name: a, env: [{name: A, value: 1}, {name: B}], args: [x]}]}",
        "{containers: [{name: a, env: [{name: A, value: 2}], args: [y]}]}",
        "{containers:[{args:[y],env:[{name:A,value:2},{name:B}],name:a}]}",
    ),
    (
        POD,
        "{containers: [{name: a, volumeMounts: [{name: v, mountPath: /a}]}]}",
        "{containers: [{name: a, volumeMounts: [{name: v, mountPath: /b}]}]}",
        "{containers:[{name:a,volumeMounts:[{mountPath:/b,name:v},{mountPath:/a,name:v}]}]}",
    ),
    (
        POD,
        "{containers: [{name: a, ports: [{containerPort: 80}, {containerPort: 81}]}]}",
        "{containers: [{name: a, ports: [{containerPort: 81, name: h}]}]}",
        "{containers:[{name:a,ports:[{containerPort:81,name:h},{containerPort:80}]}]}",
    ),
    (
        POD,
        "{containers: [{name: a, ports: [{containerPort: 53, protocol: UDP}]}]}",
        "{containers: [{name: a, ports: [{containerPort: 53, protocol: TCP}]}]}",
        "{containers:[{name:a,ports:[{containerPort:53,protocol:TCP},{containerPort:53,protocol:UDP}]}]}",
    ),
    (
        POD,
        "{volumes: [{name: a}]}",
        "{volumes: [{name: a, emptyDir: {}}]}",
        "{volumes:[{emptyDir:{},name:a}]}",
    ),
    (POD, "{tolerations: [{key: a}]}", "{tolerations: [{key: b}]}", "{tolerations:[{key:b}]}"),
    (POD, "{hostAliases: [{ip: 1}]}", "{hostAliases: [{ip: 2}]}", "{hostAliases:[{ip:2},{ip:1}]}"),
    (
        "Service",
        "{ports: [{port: 80, name: a}, {port: 443}]}",
        "{ports: [{port: 80, targetPort: 1}]}",
        "{ports:[{name:a,port:80,targetPort:1},{port:443}]}",
    ),
    (
        "networking.k8s.io/v1/NetworkPolicy",
        "{ingress: [{ports: [{port: 80}]}]}",
        "{ingress: [{ports: [{port: 81}]}]}",
        "{ingress:[{ports:[{port:81}]}]}",
    ),
    // A custom resource has no merge keys.
    (
        "example.com/v1/Cart",
        "{containers: [{name: a}]}",
        "{containers: [{name: b}]}",
        "{containers:[{name:b}]}",
    ),
];

#[test]
fn merges_follow_the_keys_of_the_api() {
    for &(kind, spec, patch, expected) in MERGES {
        let spec_of = |text: &str| match kind {
            POD => format!("{{template: {{spec: {text}}}}}"),
            _ => text.to_owned(),
        };
        let found = merged(kind, &spec_of(spec), &spec_of(patch));
        let expected = match kind {
            POD => format!("{{template:{{spec:{expected}}}}}"),
            _ => expected.to_owned(),
        };
        assert_eq!(found, expected, "{spec} and {patch}");
    }
}

/// `data` of a `ConfigMap` after JSON operations, or the note that they leave.
fn operated(data: &str, operations: &str) -> String {
    let base = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {data}\n");
    let patches = "resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n";
    let (mut shown, notes) = built(&[
        ("dev/kustomization.yaml", patches),
        ("dev/a.yaml", &base),
        ("dev/p.yaml", operations),
    ]);
    if let Some(note) = notes.first() {
        return note.replace("a JSON patch does not apply: ", "");
    }
    let whole = shown.remove(0);
    let rest = whole.split_once("data:").map_or(&*whole, |(_, rest)| rest);
    rest.split_once(",kind:").map_or(rest, |(data, _)| data).to_owned()
}

#[test]
fn json_patches_follow_the_rfc() {
    for (data, operations, expected) in [
        ("{a: 1}", "[{op: add, path: /data/b, value: 2}]", "{a:1,b:2}"),
        ("{a: 1}", "[{op: add, path: /data/a, value: {c: 2}}]", "{a:{c:2}}"),
        ("{a: 1}", "[{op: replace, path: /data/a, value: 2}]", "{a:2}"),
        ("{a: 1}", "[{op: replace, path: /data/b, value: 2}]", "`/data/b` is not there"),
        ("{a: 1, b: 2}", "[{op: remove, path: /data/a}]", "{b:2}"),
        ("{a: 1}", "[{op: remove, path: /data/b}]", "`/data/b` is not there"),
        ("{a: [1, 2]}", "[{op: add, path: /data/a/-, value: 3}]", "{a:[1,2,3]}"),
        ("{a: [1, 2]}", "[{op: add, path: /data/a/1, value: 3}]", "{a:[1,3,2]}"),
        ("{a: [1, 2]}", "[{op: add, path: /data/a/3, value: 3}]", "`/data/a/3` is beyond the list"),
        ("{a: [1, 2]}", "[{op: remove, path: /data/a/0}]", "{a:[2]}"),
        ("{a: [1, 2]}", "[{op: replace, path: /data/a/1, value: 3}]", "{a:[1,3]}"),
        ("{a: {b: 1}}", "[{op: add, path: /data/c/d, value: 1}]", "`/data/c/d` is not there"),
        ("{a/b: 1}", "[{op: replace, path: /data/a~1b, value: 2}]", "{a/b:2}"),
        ("{a~b: 1}", "[{op: replace, path: /data/a~0b, value: 2}]", "{a~b:2}"),
        ("{a: 1}", "[{op: copy, from: /data/a, path: /data/b}]", "{a:1,b:1}"),
        ("{a: 1}", "[{op: move, from: /data/a, path: /data/b}]", "{b:1}"),
        ("{a: 1}", "[{op: copy, from: /data/c, path: /data/b}]", "`/data/c` is not there"),
        (
            "{a: {b: [1]}}",
            "[{op: test, path: /data/a, value: {b: [1]}}, {op: remove, path: /data/a}]",
            "{}",
        ),
        (
            "{a: 1}",
            "[{op: add, path: /data/b, value: 2}, {op: test, path: /data/a, value: 2}]",
            "`/data/a` does not pass its `test`",
        ),
        ("{a: 1}", "[{op: test, path: /data/a, value: '1'}]", "`/data/a` does not pass its `test`"),
        ("{a: 1}", "[{op: add, path: data, value: 2}]", "`data` is not a JSON pointer"),
        ("{a: 1}", "[{op: merge, path: /data/a}]", "`/data/a` is changed by an unknown operation"),
        ("{a: '${A}'}", "[{op: test, path: /data/a, value: 2}]", "?"),
        ("{a: 1}", "[{op: add, path: '/data/${A}', value: 2}]", "?"),
        ("{a: 1}", "[{op: add, path: /data/b, value: '${B}'}]", "{a:1,b:?}"),
    ] {
        assert_eq!(operated(data, operations), expected, "{data} {operations}");
    }
}

/// The objects of which a patch with a target changes the labels, by name.
fn targeted(target: &str) -> String {
    let objects = "apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web-two, annotations: {team: a}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: '${APP}'}}
";
    let kustomization = format!(
        "resources: [base]\npatches:\n- target: {target}\n  patch: '[{{op: add, path: /hit, value: 1}}]'\n"
    );
    let (shown, _) = built(&[
        ("dev/kustomization.yaml", &kustomization),
        ("dev/base/kustomization.yaml", "resources: [a.yaml]\nnamePrefix: eu-\n"),
        ("dev/base/a.yaml", objects),
    ]);
    let hit = |text: &String| match text.as_str() {
        "?" => '?',
        text if text.contains("hit:1") => '+',
        _ => '-',
    };
    shown.iter().map(hit).collect()
}

#[test]
fn targets_are_patterns_for_what_objects_are_or_were_called() {
    for (target, expected) in [
        ("{}", "+++"),
        ("{kind: ConfigMap}", "++-"),
        ("{kind: Config}", "---"),
        ("{kind: Config.*}", "++-"),
        ("{kind: 'ConfigMap|Deployment'}", "+++"),
        ("{name: web}", "+-+"),
        ("{name: eu-web}", "+-+"),
        ("{name: 'web.*'}", "+++"),
        ("{group: apps}", "--+"),
        ("{version: v1, kind: Deployment}", "--+"),
        ("{version: v2}", "---"),
        ("{namespace: shop}", "+--"),
        ("{namespace: default}", "-++"),
        ("{labelSelector: app=web}", "+-?"),
        ("{labelSelector: app=web, kind: ConfigMap}", "+--"),
        ("{annotationSelector: 'team in (a, b)'}", "-+-"),
        ("{name: '('}", "???"),
        ("{name: '${NAME}', kind: ConfigMap}", "??-"),
    ] {
        assert_eq!(targeted(target), expected, "{target}");
    }
}

#[test]
fn what_a_kustomization_does_not_know_of_itself_is_unknown() {
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    for (line, expected) in [
        ("namespace: '${NS}'", "{apiVersion:v1,kind:ConfigMap,metadata:{name:a,namespace:?}}"),
        ("namePrefix: '${P}-'", "{apiVersion:v1,kind:ConfigMap,metadata:{name:?}}"),
        (
            "commonLabels: {a: '${A}'}",
            "{apiVersion:v1,kind:ConfigMap,metadata:{labels:{a:?},name:a}}",
        ),
        ("namespace: ''", "{apiVersion:v1,kind:ConfigMap,metadata:{name:a}}"),
        ("vars: [{name: A}]", "{apiVersion:v1,kind:ConfigMap,metadata:{name:a}}"),
    ] {
        let kustomization = format!("resources: [a.yaml]\n{line}\n");
        let (shown, _) =
            built(&[("dev/kustomization.yaml", &kustomization), ("dev/a.yaml", object)]);
        assert_eq!(shown, [expected], "{line}");
    }
    let variable =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: $(A), y: $(B)}\n";
    let (shown, _) = built(&[
        ("dev/kustomization.yaml", "resources: [a.yaml]\nvars: [{name: A}]\n"),
        ("dev/a.yaml", variable),
    ]);
    assert_eq!(shown, ["{apiVersion:v1,data:{x:?,y:$(B)},kind:ConfigMap,metadata:{name:a}}"]);
}

#[test]
fn a_chain_of_kustomizations_ends() {
    let mut texts: Vec<(String, String)> = vec![(
        "dev/kustomization.yaml".to_owned(),
        "resources: [../k0, ../k0, a.yaml]\n".to_owned(),
    )];
    for level in 0..60 {
        let next = level + 1;
        texts.push((
            format!("k{level}/kustomization.yaml"),
            format!("resources: [../k{next}, ../k{next}, ../dev]\n"),
        ));
    }
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    texts.push(("dev/a.yaml".to_owned(), object.to_owned()));
    texts.push(("k60/kustomization.yaml".to_owned(), "resources: [../dev/a.yaml]\n".to_owned()));
    let texts: Vec<(&str, &str)> = texts.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let (shown, notes) = built(&texts);
    assert_eq!(shown.len(), 1);
    assert!(notes.iter().any(|note| note.contains("builds upon itself")), "{notes:?}");
}

/// Whether each object of a kustomization is as written, by one character.
fn untouched(kustomization: &str) -> String {
    let objects = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {team: a}}
spec:
  selector: {matchLabels: {team: a}}
  template:
    metadata: {labels: {team: a}}
    spec:
      containers: [{name: web, image: 'web:1'}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
";
    let text = format!("resources: [a.yaml]\n{kustomization}\n");
    let texts = [("dev/kustomization.yaml", text.as_str()), ("dev/a.yaml", objects)];
    let mut files: Vec<File> = texts
        .iter()
        .map(|(path, text)| File::parse(path, (*text).to_owned(), Language::Yaml))
        .collect();
    files[1].id = FileId(1);
    super::embed(&mut files);
    let written = kubernetes::objects(&files, &files[1]);
    let built = build_folder(&files, &written, "dev").expect("there is one");
    let each = built.worlds[0].objects.iter();
    each.map(|one| if one.is_as_written() { '=' } else { '!' }).collect()
}

#[test]
fn what_nothing_changes_stays_the_written_object() {
    for (kustomization, expected) in [
        ("", "=="),
        ("namespace: shop", "=="),
        ("namespace: other", "!!"),
        ("commonLabels: {team: a}", "=="),
        ("commonLabels: {team: b}", "!!"),
        ("namePrefix: eu-", "!="),
        ("images: [{name: api, newTag: '2'}]", "=="),
        ("images: [{name: web, newTag: '1'}]", "=="),
        ("images: [{name: web, newTag: '2'}]", "!="),
        ("replicas: [{name: api, count: 2}]", "=="),
        ("replicas: [{name: web, count: 2}]", "!="),
        ("patches: [{target: {kind: Namespace}, patch: '[{op: add, path: /a, value: 1}]'}]", "=!"),
        ("configMapGenerator: [{name: a, literals: [b=c]}]", "==!"),
    ] {
        assert_eq!(untouched(kustomization), expected, "{kustomization}");
    }
}

#[test]
fn a_component_is_no_resource() {
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let texts = |key: &str| {
        built(&[
            ("dev/kustomization.yaml", &format!("{key}: [../part]\n")),
            ("part/kustomization.yaml", "kind: Component\nresources: [a.yaml]\n"),
            ("part/a.yaml", object),
        ])
    };
    assert_eq!(texts("components").0.len(), 1);
    let (shown, notes) = texts("resources");
    assert!(shown.is_empty());
    assert_eq!(notes, ["`../part` is no resource"]);
}

#[test]
fn paths_without_end_are_not_followed() {
    let operation = format!("[{{op: add, path: '/data{}', value: 1}}]", "/a".repeat(50_000));
    assert_eq!(operated("{a: 1}", &operation), "?");
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let kustomization = format!(
        "resources: [a.yaml]\nreplacements:\n- source: {{kind: ConfigMap}}\n  targets:\n  - select: {{kind: ConfigMap}}\n    options: {{create: true}}\n    fieldPaths: ['data{}']\n",
        ".a".repeat(50_000)
    );
    let (shown, _) = built(&[("dev/kustomization.yaml", &kustomization), ("dev/a.yaml", object)]);
    assert_eq!(shown, ["?"]);
}
