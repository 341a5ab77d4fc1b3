//! Compiles the schemas of API objects into static tables: the built-in kinds from `k8s-openapi`,
//! the others from `schemas/kinds`, whose README says the format.

use k8s_openapi::api;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{error::Error, fs};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// What a field holds, as `src/model/kubernetes/schema/mod.rs` names it.
#[derive(Clone, Debug)]
enum Expects {
    Any,
    Former,
    Misspelt(String),
    Text,
    Integer,
    Number,
    Truth,
    IntegerOrText,
    OneOf(Vec<String>),
    List(Box<Expects>),
    Map(Box<Expects>),
    Type(String),
}

/// The fields of a type; `open` if there are more.
#[derive(Default)]
struct Type {
    open: bool,
    fields: BTreeMap<String, Expects>,
}

/// Group, version and kind, and the type of the whole object.
type Kinds = BTreeMap<(String, String, String), String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Where the API is described.
    #[serde(rename = "source")]
    _source: String,
    #[serde(default)]
    kinds: Vec<Served>,
    #[serde(default)]
    types: BTreeMap<String, BTreeMap<String, Written>>,
    /// Changes to the built-in types.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Served {
    group: String,
    versions: Vec<String>,
    kind: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Words(String),
    Fields(BTreeMap<String, Written>),
}

/// The tables as Rust source.
pub fn tables(folder: &Path) -> Result<String> {
    let (mut types, mut kinds) = (BTreeMap::new(), Kinds::new());
    built_in(&mut types, &mut kinds)?;
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|one| one.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    for path in &paths {
        let room = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a name without text")?;
        let read = || -> Result<File> { Ok(serde_yaml::from_str(&fs::read_to_string(path)?)?) };
        let fault = |error| format!("{}: {error}", path.display());
        read().and_then(|file| take(room, file, &mut types, &mut kinds)).map_err(fault)?;
    }
    write(&types, &kinds)
}

/// The built-in kinds that are controls or carry them.
fn built_in(types: &mut BTreeMap<String, Type>, kinds: &mut Kinds) -> Result<()> {
    let mut generator = SchemaSettings::openapi3().into_generator();
    macro_rules! add {
        ($($kind:path),* $(,)?) => { $(add::<$kind>(&mut generator, kinds)?;)* };
    }
    add!(
        api::core::v1::Pod,
        api::core::v1::ReplicationController,
        api::core::v1::Namespace,
        api::core::v1::Secret,
        api::core::v1::Service,
        api::core::v1::ServiceAccount,
        api::apps::v1::Deployment,
        api::apps::v1::StatefulSet,
        api::apps::v1::DaemonSet,
        api::apps::v1::ReplicaSet,
        api::batch::v1::Job,
        api::batch::v1::CronJob,
        api::networking::v1::NetworkPolicy,
        api::networking::v1::Ingress,
        api::rbac::v1::Role,
        api::rbac::v1::ClusterRole,
        api::rbac::v1::RoleBinding,
        api::rbac::v1::ClusterRoleBinding,
        api::admissionregistration::v1::ValidatingAdmissionPolicy,
        api::admissionregistration::v1::ValidatingAdmissionPolicyBinding,
        api::admissionregistration::v1::ValidatingWebhookConfiguration,
        api::admissionregistration::v1::MutatingWebhookConfiguration,
    );
    for (path, schema) in generator.definitions() {
        let name = short(path);
        let schema = schema.as_object().ok_or("a schema that is no object")?;
        let mut read = Type::default();
        if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
            for (field, schema) in fields {
                read.fields.insert(field.clone(), expects(schema)?);
            }
        } else {
            // A type without fields is free-form, or a leaf that stands for itself.
            let whole = whole(schema)?;
            read.fields.insert(String::new(), whole);
        }
        if types.insert(name.clone(), read).is_some() {
            return Err(format!("two types are called {name}").into());
        }
    }
    // Nobody writes a status; what is exported may be of any release.
    for whole in kinds.values() {
        if let Some(status) = types.get_mut(whole).and_then(|known| known.fields.get_mut("status"))
        {
            *status = Expects::Any;
        }
    }
    Ok(())
}

/// Takes in one kind.
fn add<K>(generator: &mut SchemaGenerator, kinds: &mut Kinds) -> Result<()>
where
    K: k8s_openapi::Resource + schemars::JsonSchema,
{
    let schema = generator.subschema_for::<K>();
    let reference = schema.get("$ref").and_then(Value::as_str).ok_or("a kind without a name")?;
    let key = (K::GROUP.to_owned(), K::VERSION.to_owned(), K::KIND.to_owned());
    kinds.insert(key, short(reference));
    Ok(())
}

/// The name of a built-in type.
fn short(path: &str) -> String {
    format!("kubernetes:{}", path.rsplit('.').next().unwrap_or(path))
}

/// What a definition without fields stands for.
fn whole(schema: &Map<String, Value>) -> Result<Expects> {
    if schema.get("x-kubernetes-int-or-string").is_some() {
        return Ok(Expects::IntegerOrText);
    }
    expects(&Value::Object(schema.clone()))
}

fn expects(schema: &Value) -> Result<Expects> {
    let Some(schema) = schema.as_object() else { return Ok(Expects::Any) };
    let reference = schema.get("$ref").or_else(|| schema.get("allOf")?.get(0)?.get("$ref"));
    if let Some(reference) = reference.and_then(Value::as_str) {
        return Ok(Expects::Type(short(reference)));
    }
    if schema.get("x-kubernetes-int-or-string").is_some() {
        return Ok(Expects::IntegerOrText);
    }
    Ok(match schema.get("type").and_then(Value::as_str) {
        Some("string") => Expects::Text,
        Some("integer") => Expects::Integer,
        Some("number") => Expects::Number,
        Some("boolean") => Expects::Truth,
        Some("array") => {
            Expects::List(Box::new(expects(schema.get("items").unwrap_or(&Value::Null))?))
        }
        Some("object") => match schema.get("additionalProperties") {
            Some(inner) => Expects::Map(Box::new(expects(inner)?)),
            None => Expects::Any,
        },
        Some(other) => return Err(format!("a schema of type `{other}`").into()),
        None => Expects::Any,
    })
}

/// Takes in a file's types and kinds.
fn take(
    room: &str,
    file: File,
    types: &mut BTreeMap<String, Type>,
    kinds: &mut Kinds,
) -> Result<()> {
    for (name, fields) in &file.types {
        object(room, format!("{room}:{name}"), fields, types)?;
    }
    for (at, words) in &file.fields {
        let (name, field) = at.split_once('.').unwrap_or((at, ""));
        let changed = types
            .get_mut(&format!("kubernetes:{name}"))
            .ok_or_else(|| format!("`{at}`: the type is not there"))?;
        let known = changed.fields.insert(field.to_owned(), parse(room, words)?);
        if known.is_none() && words != "former" {
            return Err(format!("`{at}`: the field is not there").into());
        }
    }
    for Served { group, versions, kind } in file.kinds {
        let whole = format!("{room}:{kind} object");
        let fields = [
            ("apiVersion", Expects::Text),
            ("kind", Expects::Text),
            ("metadata", Expects::Type("kubernetes:ObjectMeta".to_owned())),
            ("spec", Expects::Type(format!("{room}:{kind}"))),
            ("status", Expects::Any),
        ];
        let mut fields: BTreeMap<_, _> =
            fields.map(|(name, expects)| (name.to_owned(), expects)).into();
        // Of a kind that is not described, the frame may differ, too.
        let open = types.get(&format!("{room}:{kind}")).is_some_and(|spec| spec.open);
        fields.retain(|name, _| !open || name == "spec");
        types.insert(whole.clone(), Type { open, fields });
        for version in versions {
            kinds.insert((group.clone(), version, kind.clone()), whole.clone());
        }
    }
    Ok(())
}

fn object(
    room: &str,
    name: String,
    fields: &BTreeMap<String, Written>,
    types: &mut BTreeMap<String, Type>,
) -> Result<()> {
    let mut read = Type::default();
    for (field, written) in fields {
        if field == "..." {
            read.open = true;
            continue;
        }
        let expects = match written {
            Written::Words(words) => parse(room, words).map_err(|e| format!("`{name}`: {e}"))?,
            Written::Fields(inner) => {
                let inner_name = format!("{name}.{field}");
                object(room, inner_name.clone(), inner, types)?;
                Expects::Type(inner_name)
            }
        };
        read.fields.insert(field.clone(), expects);
    }
    types.insert(name, read);
    Ok(())
}

fn parse(room: &str, words: &str) -> Result<Expects> {
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    Ok(match first {
        "any" => Expects::Any,
        "former" => Expects::Former,
        "text" => Expects::Text,
        "integer" => Expects::Integer,
        "number" => Expects::Number,
        "truth" => Expects::Truth,
        "integer-or-text" => Expects::IntegerOrText,
        "misspelt" => Expects::Misspelt(rest.to_owned()),
        "one-of" => Expects::OneOf(rest.split(' ').map(str::to_owned).collect()),
        "list" => Expects::List(Box::new(parse(room, rest)?)),
        "map" => Expects::Map(Box::new(parse(room, rest)?)),
        name if name.contains(':') => Expects::Type(name.to_owned()),
        name if name.starts_with(|first: char| first.is_ascii_uppercase()) => {
            Expects::Type(format!("{room}:{name}"))
        }
        other => return Err(format!("`{other}` is not known").into()),
    })
}

/// Writes the types that the kinds need, and the kinds.
fn write(types: &BTreeMap<String, Type>, kinds: &Kinds) -> Result<String> {
    let mut needed = BTreeSet::new();
    let mut open: Vec<&str> = kinds.values().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        let known = types.get(name).ok_or_else(|| format!("`{name}` is not described"))?;
        if leaf(known).is_none() && needed.insert(name) {
            open.extend(known.fields.values().filter_map(named));
        }
    }
    let at: BTreeMap<&str, usize> =
        needed.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let mut out = String::from("/// Every type.\npub(super) static TYPES: &[Type] = &[\n");
    for name in &needed {
        let known = &types[*name];
        let shown = name.split_once(':').map_or(*name, |(_, short)| short);
        write!(out, "Type {{ name: {shown:?}, open: {}, fields: &[", known.open)?;
        for (field, expects) in &known.fields {
            write!(out, "({field:?}, {}), ", rust(expects, types, &at)?)?;
        }
        out.push_str("] },\n");
    }
    out.push_str(
        "];\n\n/// Group, version, kind and the type of the object, sorted.\n\
         pub(super) static KINDS: &[(&str, &str, &str, u16)] = &[\n",
    );
    for ((group, version, kind), name) in kinds {
        writeln!(out, "({group:?}, {version:?}, {kind:?}, {}),", at[name.as_str()])?;
    }
    out.push_str("];\n");
    Ok(out)
}

/// The type that a field holds or collects.
fn named(expects: &Expects) -> Option<&str> {
    match expects {
        Expects::Type(name) => Some(name),
        Expects::List(inner) | Expects::Map(inner) => named(inner),
        _ => None,
    }
}

/// What stands for a type that is no object.
fn leaf(known: &Type) -> Option<&Expects> {
    known.fields.get("")
}

fn rust(
    expects: &Expects,
    types: &BTreeMap<String, Type>,
    at: &BTreeMap<&str, usize>,
) -> Result<String> {
    Ok(match expects {
        Expects::Type(name) => {
            let known = types.get(name).ok_or_else(|| format!("`{name}` is not described"))?;
            match leaf(known) {
                Some(leaf) => rust(leaf, types, at)?,
                None => format!("Expects::Object({})", at[name.as_str()]),
            }
        }
        Expects::List(inner) => format!("Expects::List(&{})", rust(inner, types, at)?),
        Expects::Map(inner) => format!("Expects::Map(&{})", rust(inner, types, at)?),
        Expects::OneOf(values) => format!("Expects::OneOf(&{values:?})"),
        Expects::Misspelt(right) => format!("Expects::Misspelt({right:?})"),
        plain => format!("Expects::{plain:?}"),
    })
}
