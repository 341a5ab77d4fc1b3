//! The schemas of API objects against other sources: Istio's own definitions (`ZTLINT_ISTIO_CRDS`),
//! the types of the `k8s-openapi` and `gateway-api` crates, and the objects of real repositories
//! (`ZTLINT_CORPORA`), for which none of our deviations may be news to those.

mod support;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use ztlint::input::file_tree::{Disk, MAX_FILE_BYTES, Memory};
use ztlint::input::scalar::Scalar;
use ztlint::model::cursor::{Cursor, Shape};
use ztlint::model::fact::Fact;
use ztlint::model::kubernetes::schema::{self, Advice, Expects, Fault, Step, Type};
use ztlint::model::project::{self, Project};
use ztlint::model::resource::Object;

fn named(variable: &str) -> PathBuf {
    let value = std::env::var_os(variable);
    PathBuf::from(value.unwrap_or_else(|| panic!("{variable} names nothing")))
}

/// An object's value as JSON, as far as it is known.
fn value(at: Cursor<'_>) -> Value {
    match at.shape() {
        Shape::Map => at.entries().0.into_iter().map(|(k, v)| (k.to_owned(), value(v))).collect(),
        Shape::List => at.items().known.into_iter().map(value).collect(),
        Shape::Absent => Value::Null,
        Shape::Unknown => json!("unknown"),
        Shape::Scalar => match at.scalar() {
            Fact::Known(Scalar::Text(text), _) => json!(text),
            Fact::Known(Scalar::Int(number), _) => json!(number),
            Fact::Known(Scalar::Float(number), _) => json!(number),
            Fact::Known(Scalar::Bool(truth), _) => json!(truth),
            _ => json!("unknown"),
        },
    }
}

/// What our schemas find in one object: JSON pointers of unknown fields, and of refused values.
fn found(object: &Object, at: Cursor<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut unknown, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for deviation in schema::deviations(object, at) {
        let parts = deviation.path.iter().map(|step| match step {
            Step::Key(key, _) => (*key).to_owned(),
            Step::Index(at) => at.to_string(),
        });
        let pointer = format!("/{}", parts.collect::<Vec<_>>().join("/"));
        match deviation.fault {
            Fault::Unknown(_) => unknown.insert(pointer),
            Fault::Type(_) | Fault::Value(_) => refused.insert(pointer),
        };
    }
    (unknown, refused)
}

fn project(tree: &dyn ztlint::input::file_tree::FileTree) -> Project {
    let mut project = project::load(tree, None, &[], None);
    project::resources(&mut project);
    project
}

/// Every object of the corpora whose kind is described, then mutants of them: for each field that
/// occurs in a kind one object with another name there, and one with a list of it.
fn each_object(mut visit: impl FnMut(&str, &Object, Cursor<'_>)) {
    let written = project(&Disk::new(named("ZTLINT_CORPORA"), MAX_FILE_BYTES));
    let (mut seen, mut tree) = (BTreeSet::new(), Memory::new());
    for resource in &written.resources {
        let Some(object) = resource.object() else { continue };
        if schema::kind(&object.group, &object.version, &object.kind).is_none() {
            continue;
        }
        let at = Cursor::node(&written.files, resource.node);
        visit(&written.files[resource.node.file.0 as usize].source.path, object, at);
        let document = value(at);
        let mut ways = Vec::new();
        fields(&document, "", &mut ways);
        for way in ways {
            let general: Vec<&str> =
                way.split('/').filter(|part| part.parse::<usize>().is_err()).collect();
            if !seen.insert(format!("{}/{}{}", object.group, object.kind, general.join("/"))) {
                continue;
            }
            let (parent, field) = way.rsplit_once('/').expect("a field");
            let mut renamed = document.clone();
            let map = renamed.pointer_mut(parent).and_then(Value::as_object_mut).expect("a map");
            if let Some(inner) = map.remove(field) {
                map.insert(format!("{field}s"), inner);
            }
            let mut listed = document.clone();
            let inner = listed.pointer_mut(&way).expect("a field");
            *inner = json!([inner.take()]);
            for (word, mutant) in [("renamed", renamed), ("listed", listed)] {
                tree = tree.with(format!("{word}{}.json", seen.len()), mutant.to_string());
            }
        }
    }
    let mutants = project(&tree);
    for resource in &mutants.resources {
        if let Some(object) = resource.object() {
            let source = &mutants.files[resource.node.file.0 as usize].source;
            visit(&source.text, object, Cursor::node(&mutants.files, resource.node));
        }
    }
}

/// JSON pointers of all fields whose names need no escapes.
fn fields(document: &Value, at: &str, ways: &mut Vec<String>) {
    match document {
        Value::Object(entries) => {
            for (field, inner) in entries {
                if !field.contains(['/', '~']) {
                    let way = format!("{at}/{field}");
                    fields(inner, &way, ways);
                    ways.push(way);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                fields(item, &format!("{at}/{index}"), ways);
            }
        }
        _ => {}
    }
}

/// The definitions of Istio's kinds: group, version and kind to the schema of the whole object.
fn definitions() -> BTreeMap<(String, String, String), Value> {
    let path = named("ZTLINT_ISTIO_CRDS");
    let (folder, name) = (path.parent().expect("a file"), path.file_name().expect("a file"));
    let text = std::fs::read_to_string(folder.join(name)).expect("readable definitions");
    let project = project(&Memory::new().with("crds.yaml", text));
    let mut found = BTreeMap::new();
    for resource in &project.resources {
        let spec = value(Cursor::node(&project.files, resource.node).key("spec"));
        let word = |value: &Value| value.as_str().expect("a text").to_owned();
        for version in spec["versions"].as_array().expect("versions") {
            let key = (word(&spec["group"]), word(&version["name"]), word(&spec["names"]["kind"]));
            found.insert(key, version["schema"]["openAPIV3Schema"].clone());
        }
    }
    found
}

fn is_free(schema: &Value) -> bool {
    schema["x-kubernetes-preserve-unknown-fields"] == true
}

/// The field paths of a definition and of our schema that the other one lacks.
fn compare(theirs: &Value, ours: &'static Expects, at: &str, faults: &mut BTreeSet<String>) {
    let here = match ours {
        Expects::Any | Expects::Former => return,
        Expects::List(inner) => {
            return compare(&theirs["items"], inner, &format!("{at}[]"), faults);
        }
        Expects::Map(inner) => {
            return compare(&theirs["additionalProperties"], inner, &format!("{at}{{}}"), faults);
        }
        Expects::Text => theirs["type"] == "string" && theirs["enum"].is_null(),
        Expects::Integer => theirs["type"] == "integer",
        Expects::Number => theirs["type"] == "number",
        Expects::Truth => theirs["type"] == "boolean",
        Expects::IntegerOrText => theirs["x-kubernetes-int-or-string"] == true,
        Expects::OneOf(values) => {
            let known: BTreeSet<&str> =
                theirs["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            known == values.iter().copied().collect()
        }
        Expects::Object(index) => {
            return compare_fields(theirs, schema::of(*index), at, faults);
        }
        Expects::Misspelt(_) => false,
    };
    if !here {
        faults.insert(format!("{at}: {ours:?} here, {theirs} there"));
    }
}

fn compare_fields(theirs: &Value, ours: &'static Type, at: &str, faults: &mut BTreeSet<String>) {
    let nothing = Map::new();
    let fields = theirs["properties"].as_object().unwrap_or(&nothing);
    for (field, definition) in fields {
        match ours.field(field) {
            Some(expects) => compare(definition, expects, &format!("{at}.{field}"), faults),
            None => drop(faults.insert(format!("{at}.{field}: missing here"))),
        }
    }
    for (field, expects) in ours.fields {
        if !fields.contains_key(*field) && !matches!(expects, Expects::Former) && !is_free(theirs) {
            faults.insert(format!("{at}.{field}: missing there"));
        }
    }
}

/// What the schemas say about an object: each deviation as `path advice`.
fn said(text: &str) -> Vec<String> {
    let project = project(&Memory::new().with("object.yaml", text.to_owned()));
    let resource = project.resources.first().expect("an object");
    let at = Cursor::node(&project.files, resource.node);
    let object = resource.object().expect("an object");
    let deviations = schema::deviations(object, at);
    let words = deviations.into_iter().map(|deviation| {
        let path = schema::text(&deviation.path);
        match deviation.fault {
            Fault::Unknown(Some(Advice::Instead(name))) => format!("{path} ~ {name}"),
            Fault::Unknown(Some(Advice::Under(place))) => format!("{path} > {place}"),
            Fault::Unknown(None) => format!("{path} ?"),
            Fault::Type(expects) => format!("{path} is not {}", expects.words()),
            Fault::Value(values) => format!("{path} is none of {}", values.join(" ")),
        }
    });
    words.collect()
}

const POLICY: &str = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, ";
const PEER: &str = "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, ";
const ALLOW: &str = "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, ";
const POD: &str = "{apiVersion: v1, kind: Pod, ";
const DEPLOYMENT: &str = "{apiVersion: apps/v1, kind: Deployment, ";
const ROLE: &str = "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, ";
const DESTINATION: &str = "{apiVersion: networking.istio.io/v1, kind: DestinationRule, ";
const SIDECAR: &str = "{apiVersion: networking.istio.io/v1, kind: Sidecar, ";

/// The beginning of an object, its rest, and what is said about it.
const CASES: &[(&str, &str, &[&str])] = &[
    // Slips of a name
    (POLICY, "spec: {podSelectors: {}}}", &["spec.podSelectors ~ podSelector"]),
    (POLICY, "spec: {PodSelector: {}}}", &["spec.PodSelector ~ podSelector"]),
    (POLICY, "spec: {pod_selector: {}}}", &["spec.pod_selector ~ podSelector"]),
    (POLICY, "spec: {policyType: [Ingress]}}", &["spec.policyType ~ policyTypes"]),
    (POLICY, "spec: {ingres: []}}", &["spec.ingres ~ ingress"]),
    (PEER, "spec: {mtls: {modes: STRICT}}}", &["spec.mtls.modes ~ mode"]),
    (PEER, "spec: {mTLS: {mode: STRICT}}}", &["spec.mTLS ~ mtls"]),
    (PEER, "spec: {portLevelMTLS: {}}}", &["spec.portLevelMTLS ~ portLevelMtls"]),
    (ROLE, "rules: [{verb: [get]}]}", &["rules[0].verb ~ verbs"]),
    (ROLE, "rules: [{resourceName: [db]}]}", &["rules[0].resourceName ~ resourceNames"]),
    (PEER, "spec: {selector: {labels: {app: web}}}}", &["spec.selector.labels ~ matchLabels"]),
    (POLICY, "spec: {selector: {}}}", &["spec.selector ~ podSelector"]),
    (
        SIDECAR,
        "spec: {outboundTrafficPolicies: {}}}",
        &["spec.outboundTrafficPolicies ~ outboundTrafficPolicy"],
    ),
    // The right name in the wrong place
    (POLICY, "podSelector: {}}", &["podSelector > spec"]),
    (POLICY, "spec: {from: []}}", &["spec.from > spec.ingress[]"]),
    (
        POLICY,
        "spec: {ingress: [{podSelector: {}}]}}",
        &["spec.ingress[0].podSelector > spec.ingress[0].from[]"],
    ),
    (POLICY, "spec: {podSelector: {ingress: []}}}", &["spec.podSelector.ingress > spec"]),
    (PEER, "spec: {mode: STRICT}}", &["spec.mode > spec.mtls"]),
    (PEER, "spec: {mtls: {portLevelMtls: {}}}}", &["spec.mtls.portLevelMtls > spec"]),
    (ALLOW, "spec: {rules: [{source: {}}]}}", &["spec.rules[0].source > spec.rules[0].from[]"]),
    (
        ALLOW,
        "spec: {rules: [{from: [{principals: []}]}]}}",
        &["spec.rules[0].from[0].principals > spec.rules[0].from[0].source"],
    ),
    (
        POD,
        "spec: {containers: [{privileged: true}]}}",
        &["spec.containers[0].privileged > spec.containers[0].securityContext"],
    ),
    (
        POD,
        "spec: {securityContext: {capabilities: {}}}}",
        &["spec.securityContext.capabilities > spec.containers[].securityContext"],
    ),
    (POD, "spec: {runAsNonRoot: true}}", &["spec.runAsNonRoot > spec.securityContext"]),
    (POD, "securityContext: {}}", &["securityContext > spec"]),
    (DEPLOYMENT, "spec: {securityContext: {}}}", &["spec.securityContext > spec.template.spec"]),
    (
        DEPLOYMENT,
        "spec: {template: {containers: []}}}",
        &["spec.template.containers > spec.template.spec"],
    ),
    (DESTINATION, "spec: {tls: {mode: SIMPLE}}}", &["spec.tls > spec.trafficPolicy"]),
    // A label outside its map
    (
        POLICY,
        "spec: {podSelector: {app: web}}}",
        &["spec.podSelector.app > spec.podSelector.matchLabels"],
    ),
    (PEER, "spec: {selector: {app: web}}}", &["spec.selector.app > spec.selector.matchLabels"]),
    // No idea
    (POLICY, "spec: {tier: default}}", &["spec.tier ?"]),
    (POD, "spec: {xyz: 1}}", &["spec.xyz ?"]),
    // Values
    (POLICY, "spec: {policyTypes: Ingress}}", &["spec.policyTypes is not a list"]),
    (POLICY, "spec: {policyTypes: [ingress]}}", &["spec.policyTypes[0] is none of Ingress Egress"]),
    (PEER, "spec: {mtls: STRICT}}", &["spec.mtls is not a map"]),
    (
        PEER,
        "spec: {mtls: {mode: true}}}",
        &["spec.mtls.mode is not one of `UNSET`, `DISABLE`, `PERMISSIVE`, `STRICT`"],
    ),
    (
        ALLOW,
        "spec: {rules: [{to: [{operation: {ports: [80]}}]}]}}",
        &["spec.rules[0].to[0].operation.ports[0] is not a text"],
    ),
    (
        POD,
        "spec: {securityContext: {runAsNonRoot: \"true\"}}}",
        &["spec.securityContext.runAsNonRoot is not `true` or `false`"],
    ),
    (
        POD,
        "spec: {securityContext: {runAsUser: app}}}",
        &["spec.securityContext.runAsUser is not a whole number"],
    ),
    // Nothing wrong
    (POLICY, "spec: {$patch: delete, podSelector: {}, x: }}", &[]),
    (POLICY, "spec: {podSelector: {matchLabels: {anything: goes}}}}", &[]),
    (POLICY, "spec: {ingress: [{ports: [{port: 80}, {port: web}]}]}}", &[]),
    (POLICY, "spec: {policyTypes: [\"${TYPE}\"]}}", &[]),
    (POLICY, "spec: {\"${FIELD}\": {}}}", &[]),
    (POLICY, "metadata: {clusterName: x}, status: {conditions: []}}", &[]),
    (POD, "spec: {containers: [{resources: {limits: {cpu: 1, memory: 1Gi}}}]}}", &[]),
    (POD, "spec: {containers: [{command: null, args: []}]}}", &[]),
    (PEER, "spec: {portLevelMtls: {80: {mode: STRICT}}}}", &[]),
    ("{apiVersion: networking.k8s.io/v2, kind: NetworkPolicy, ", "spec: {x: 1}}", &[]),
    ("{apiVersion: example.com/v1, kind: NetworkPolicy, ", "spec: {x: 1}}", &[]),
];

#[test]
fn deviations_say_what_was_meant() {
    for (head, rest, expected) in CASES {
        assert_eq!(said(&format!("{head}{rest}")), *expected, "{rest}");
    }
}

#[test]
#[ignore = "needs ZTLINT_ISTIO_CRDS"]
fn the_fields_of_istio_are_those_of_its_definitions() {
    let mut faults = BTreeSet::new();
    let mut compared = 0;
    for ((group, version, kind), definition) in definitions() {
        let Some(ours) = schema::kind(&group, &version, &kind) else { continue };
        let Some(spec) = ours.field("spec") else { panic!("{kind} has no spec") };
        compared += 1;
        compare(&definition["properties"]["spec"], spec, &kind, &mut faults);
    }
    assert!(faults.is_empty(), "{} faults:\n{:#?}", faults.len(), faults);
    assert_eq!(compared, 30, "kinds and versions");
}

/// A definition whose objects have no other fields than it lists.
fn closed(definition: &Value) -> Value {
    match definition {
        Value::Object(entries) => {
            let mut entries: Map<String, Value> =
                entries.iter().map(|(key, value)| (key.clone(), closed(value))).collect();
            let open = entries.get("x-kubernetes-preserve-unknown-fields") == Some(&json!(true));
            let free = entries.contains_key("additionalProperties");
            if entries.get("properties").is_some_and(Value::is_object)
                && entries.get("type") == Some(&json!("object"))
                && !open
                && !free
            {
                entries.insert("additionalProperties".to_owned(), json!(false));
            }
            Value::Object(entries)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

#[test]
#[ignore = "needs ZTLINT_ISTIO_CRDS and ZTLINT_CORPORA"]
fn istio_objects_deviate_only_where_the_definitions_say_so() {
    let validators: BTreeMap<_, _> = definitions()
        .into_iter()
        .map(|(key, definition)| {
            // The frame of an object is not part of its definition.
            let spec = closed(&definition["properties"]["spec"]);
            let frame = json!({"type": "object", "additionalProperties": false, "properties":
                {"apiVersion": {}, "kind": {}, "metadata": {}, "status": {}, "spec": spec}});
            (key, jsonschema::draft202012::new(&frame).expect("a schema"))
        })
        .collect();
    let mut faults = Vec::new();
    let (mut objects, mut deviations) = (0, 0);
    each_object(|path, object, at| {
        let key = (object.group.clone(), object.version.clone(), object.kind.clone());
        let Some(validator) = validators.get(&key) else { return };
        let document = value(at);
        let places: BTreeSet<String> = validator
            .iter_errors(&document)
            .map(|error| error.instance_path().to_string())
            .collect();
        let (unknown, refused) = found(object, at);
        objects += 1;
        deviations += unknown.len() + refused.len();
        let is_ours = |place: &&String| {
            let shallow = ["/match", "/patch", "/probe"].iter().any(|part| place.contains(part));
            let text = document.pointer(place).and_then(Value::as_str).unwrap_or_default();
            !place.is_empty() && !shallow && !text.contains('$')
        };
        // What is shallow on purpose, what is missing, and what some tool fills in is not ours.
        if unknown.is_empty() && refused.is_empty() && places.iter().any(|place| is_ours(&place)) {
            faults.push(format!("{path}: only they find {places:?}"));
        }
        for pointer in unknown {
            let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            if !places.contains(parent) && !pointer.starts_with("/metadata") {
                faults.push(format!("{path}: {} has no fault {pointer}", object.kind));
            }
        }
        for pointer in refused.iter().filter(|pointer| !pointer.starts_with("/metadata")) {
            if !places.contains(pointer) {
                faults.push(format!("{path}: {} has no fault {pointer}", object.kind));
            }
        }
    });
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(objects > 200 && deviations > 200, "{objects} objects, {deviations} deviations");
}

/// What a typed reader leaves out of a document: JSON pointers; none where it refuses the document.
fn ignored<T: DeserializeOwned>(document: &Value) -> Option<BTreeSet<String>> {
    let mut left = BTreeSet::new();
    let read: Result<T, _> = serde_ignored::deserialize(document, |path| {
        let path = path.to_string().replace(".?", "");
        left.insert(format!("/{}", path.replace('.', "/")));
    });
    read.ok().map(|_| left)
}

/// What a typed reader of the `spec` leaves out of an object.
fn ignored_in_spec<T: DeserializeOwned>(document: &Value) -> Option<BTreeSet<String>> {
    let frame = ["apiVersion", "kind", "metadata", "spec", "status"];
    let fields = document.as_object().into_iter().flat_map(Map::keys);
    let outside = fields.filter(|field| !frame.contains(&field.as_str()));
    let mut left: BTreeSet<String> = outside.map(|field| format!("/{field}")).collect();
    let inside = ignored::<T>(document.get("spec")?)?;
    left.extend(inside.into_iter().map(|pointer| format!("/spec{pointer}")));
    Some(left)
}

fn is_former(pointer: &str) -> bool {
    let field = pointer.rsplit('/').next();
    matches!(field, Some("apiVersion" | "kind" | "clusterName" | "topologyKeys" | "status"))
}

type Reader = fn(&Value) -> Option<BTreeSet<String>>;

/// Compares what is unknown to us with what typed readers leave out.
fn compare_objects(readers: &[(&str, &str, &[&str], Reader)], least: usize, frame: bool) {
    let mut faults = Vec::new();
    let mut objects = 0;
    // A reader of the spec alone does not see the frame, and takes lists for structures.
    let seen = |pointer: &str| frame || !pointer.starts_with("/metadata");
    each_object(|path, object, at| {
        let Some((_, _, _, reader)) = readers.iter().find(|(group, kind, versions, _)| {
            *group == object.group
                && *kind == object.kind
                && versions.contains(&object.version.as_str())
        }) else {
            return;
        };
        let (unknown, refused) = found(object, at);
        objects += 1;
        let document = value(at);
        // The reader stops at its first fault, whichever that is.
        let Some(left) = reader(&document) else { return };
        let is_list = |pointer: &str| document.pointer(pointer).is_some_and(Value::is_array);
        if !frame && refused.iter().any(|pointer| is_list(pointer)) {
            return;
        }
        for pointer in unknown.difference(&left).filter(|pointer| seen(pointer)) {
            faults.push(format!("{path}: {} knows {pointer}", object.kind));
        }
        // What nobody writes, and what other releases know.
        let silent = |pointer: &&String| {
            let empty = document.pointer(pointer).is_none_or(Value::is_null);
            !empty && !pointer.starts_with("/status") && !is_former(pointer)
        };
        for pointer in left.difference(&unknown).filter(silent) {
            faults.push(format!("{path}: {} does not know {pointer}", object.kind));
        }
        for pointer in refused.iter().filter(|pointer| seen(pointer)) {
            faults.push(format!("{path}: {} takes {pointer}", object.kind));
        }
    });
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(objects >= least, "only {objects} objects");
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
fn built_in_objects_deviate_only_where_their_types_do() {
    use k8s_openapi::api::{apps, batch, core, networking, rbac};
    let v1: &[&str] = &["v1"];
    compare_objects(
        &[
            ("", "Pod", v1, ignored::<core::v1::Pod>),
            ("", "ReplicationController", v1, ignored::<core::v1::ReplicationController>),
            ("", "Namespace", v1, ignored::<core::v1::Namespace>),
            ("", "Secret", v1, ignored::<core::v1::Secret>),
            ("", "Service", v1, ignored::<core::v1::Service>),
            ("", "ServiceAccount", v1, ignored::<core::v1::ServiceAccount>),
            ("apps", "Deployment", v1, ignored::<apps::v1::Deployment>),
            ("apps", "StatefulSet", v1, ignored::<apps::v1::StatefulSet>),
            ("apps", "DaemonSet", v1, ignored::<apps::v1::DaemonSet>),
            ("apps", "ReplicaSet", v1, ignored::<apps::v1::ReplicaSet>),
            ("batch", "Job", v1, ignored::<batch::v1::Job>),
            ("batch", "CronJob", v1, ignored::<batch::v1::CronJob>),
            ("networking.k8s.io", "NetworkPolicy", v1, ignored::<networking::v1::NetworkPolicy>),
            ("networking.k8s.io", "Ingress", v1, ignored::<networking::v1::Ingress>),
            ("rbac.authorization.k8s.io", "Role", v1, ignored::<rbac::v1::Role>),
            ("rbac.authorization.k8s.io", "ClusterRole", v1, ignored::<rbac::v1::ClusterRole>),
            ("rbac.authorization.k8s.io", "RoleBinding", v1, ignored::<rbac::v1::RoleBinding>),
            (
                "rbac.authorization.k8s.io",
                "ClusterRoleBinding",
                v1,
                ignored::<rbac::v1::ClusterRoleBinding>,
            ),
        ],
        1000,
        true,
    );
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
fn gateway_objects_deviate_only_where_their_types_do() {
    use gateway_api::apis::{experimental as wide, standard};
    const GROUP: &str = "gateway.networking.k8s.io";
    compare_objects(
        &[
            (GROUP, "Gateway", &["v1", "v1beta1"], ignored_in_spec::<wide::gateways::GatewaySpec>),
            (
                GROUP,
                "GatewayClass",
                &["v1", "v1beta1"],
                ignored_in_spec::<wide::gatewayclasses::GatewayClassSpec>,
            ),
            (GROUP, "ListenerSet", &["v1"], ignored_in_spec::<wide::listenersets::ListenerSetSpec>),
            (
                GROUP,
                "HTTPRoute",
                &["v1", "v1beta1"],
                ignored_in_spec::<wide::httproutes::HttpRouteSpec>,
            ),
            (
                GROUP,
                "GRPCRoute",
                &["v1", "v1alpha2"],
                ignored_in_spec::<wide::grpcroutes::GrpcRouteSpec>,
            ),
            (
                GROUP,
                "TLSRoute",
                &["v1", "v1alpha2"],
                ignored_in_spec::<wide::tlsroutes::TlsRouteSpec>,
            ),
            (
                GROUP,
                "TCPRoute",
                &["v1", "v1alpha2"],
                ignored_in_spec::<wide::tcproutes::TcpRouteSpec>,
            ),
            (
                GROUP,
                "UDPRoute",
                &["v1", "v1alpha2"],
                ignored_in_spec::<wide::udproutes::UdpRouteSpec>,
            ),
            (
                GROUP,
                "ReferenceGrant",
                &["v1", "v1beta1"],
                ignored_in_spec::<wide::referencegrants::ReferenceGrantSpec>,
            ),
            (
                GROUP,
                "BackendTLSPolicy",
                &["v1"],
                ignored_in_spec::<standard::backendtlspolicies::BackendTlsPolicySpec>,
            ),
        ],
        50,
        false,
    );
}
