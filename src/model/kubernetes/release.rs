//! Charts that a file has installed, by Flux, Argo CD or Terraform, with the values they are given
//! there. Knows no chart and renders none.
//!
//! Source: Flux, "Helm Releases" (`values` are laid over `valuesFrom`); Argo CD, "Helm" (`parameters`
//! over `valuesObject`, that over `values`, that over `valueFiles`); the `helm` provider of Terraform
//! (`set` over `values`, of which the last one counts).

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::{Block, Category, Object};
use crate::model::value::Value;
use foldhash::HashMap;
use std::collections::BTreeMap;

/// Steps of a path that are followed.
const DEEP: usize = 32;

/// A value by the keys that lead to it.
type Set = (Vec<String>, Value);

/// One chart.
struct Release<'a> {
    chart: Cursor<'a>,
    /// The values; none where none are written.
    values: Option<Cursor<'a>>,
    /// What is set by paths, over the values; none where a path cannot be told.
    set: Option<Vec<Set>>,
    /// Whether there may be values besides.
    more: Truth,
}

/// The `helm-release` view of an object, with a name for messages.
pub fn of_object(object: &Object, cursor: Cursor<'_>) -> Vec<(Value, String)> {
    let releases = releases(object, cursor).into_iter();
    releases.filter_map(|release| view(cursor, release)).collect()
}

fn releases<'a>(object: &Object, cursor: Cursor<'a>) -> Vec<Release<'a>> {
    let spec = cursor.key("spec");
    match (object.group.as_str(), object.kind.as_str()) {
        ("helm.toolkit.fluxcd.io", "HelmRelease") => vec![Release {
            chart: match spec.key("chartRef").shape() {
                // The source is called like its chart.
                Shape::Map => spec.key("chartRef").key("name"),
                _ => spec.key("chart").key("spec").key("chart"),
            },
            values: Some(spec.key("values")),
            set: Some(Vec::new()),
            more: !spec.key("valuesFrom").absent(),
        }],
        ("argoproj.io", "Application") => sources(spec),
        ("argoproj.io", "ApplicationSet") => sources(spec.key("template").key("spec")),
        _ => Vec::new(),
    }
}

/// The `helm-release` view of a Terraform resource.
pub fn of_block(block: &Block, cursor: Cursor<'_>) -> Vec<(Value, String)> {
    if block.category != Category::Managed || block.kind != "helm_release" {
        return Vec::new();
    }
    let documents = cursor.key("values").items();
    let more = Truth::of(documents.open || documents.known.len() > 1);
    let [plain, secret, lists] =
        ["set", "set_sensitive", "set_list"].map(|list| parameters(cursor.key(list)));
    let lists = lists.map(|set| unread(cursor, set));
    let set = [plain, secret, lists].into_iter().collect::<Option<Vec<_>>>();
    let set = set.map(|set| set.into_iter().flatten().collect());
    // Where another one may follow, it may say otherwise.
    let last =
        if documents.open { Some(cursor.key("values")) } else { documents.known.last().copied() };
    let values = last.map(|last| last.document());
    view(cursor, Release { chart: cursor.key("chart"), values, set, more }).into_iter().collect()
}

/// The texts of an object that are values.
pub fn texts<'a>(object: &Object, cursor: Cursor<'a>) -> Vec<Cursor<'a>> {
    let releases = releases(object, cursor).into_iter();
    releases.filter_map(|release| release.values).filter(|values| values.text().is_some()).collect()
}

fn sources(spec: Cursor<'_>) -> Vec<Release<'_>> {
    let several = spec.key("sources").items().known;
    if several.is_empty() {
        return vec![source(spec.key("source"))];
    }
    several.into_iter().map(source).collect()
}

fn source(source: Cursor<'_>) -> Release<'_> {
    let helm = source.key("helm");
    let object = Some(helm.key("valuesObject")).filter(|one| one.shape() != Shape::Absent);
    let values = object.unwrap_or_else(|| helm.key("values").document());
    let files = parameters(helm.key("fileParameters")).map(|set| unread(helm, set));
    let set = parameters(helm.key("parameters")).zip(files);
    Release {
        chart: source.key("chart"),
        values: Some(values),
        set: set.map(|(set, files)| set.into_iter().chain(files).collect()),
        more: !helm.key("valueFiles").absent(),
    }
}

/// Values by their paths; none where there may be others.
fn parameters(list: Cursor<'_>) -> Option<Vec<Set>> {
    let items = list.items();
    let each = items
        .known
        .into_iter()
        .map(|item| Some((steps(&item.key("name").text()?), item.key("value").to_value())));
    if items.open { None } else { each.collect() }
}

/// The same paths with values that are not followed.
fn unread(at: Cursor<'_>, set: Vec<Set>) -> Vec<Set> {
    set.into_iter().map(|(path, _)| (path, Value::Unknown(at.header()))).collect()
}

/// None where there is no chart by name.
fn view(object: Cursor<'_>, release: Release<'_>) -> Option<(Value, String)> {
    let Release { chart, values, set, more } = release;
    let text = chart.text()?;
    let name = text.rsplit('/').next().unwrap_or_default().to_owned();
    let place = chart.place();
    let values = match (&set, values) {
        (None, _) => Some(Value::Unknown(place)),
        (Some(set), Some(values)) if set.is_empty() && more == Truth::False => {
            Some(values.to_value())
        }
        (Some(set), values) => {
            let set: Vec<(&[String], &Value)> =
                set.iter().map(|(path, value)| (&**path, value)).collect();
            overlaid(values, object, &set, more != Truth::False)
        }
    };
    let label = format!("chart `{name}`");
    let mut entries = vec![
        ("chart", Value::Text(name, place).at(chart.node_ref())),
        ("more", Value::truth(more, place)),
        ("object", object.to_value()),
    ];
    entries.extend(values.map(|values| ("values", values)));
    Some((Value::Map { entries, place }, label))
}

/// The keys of a path; `\.` is a dot of a key.
fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut characters = path.chars();
    while let Some(c) = characters.next() {
        match (c, steps.last_mut()) {
            ('.', _) => steps.push(String::new()),
            ('\\', Some(last)) => last.extend(characters.next()),
            (c, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    steps
}

/// Values with what is set by paths over them. With `more` any of their maps may have further keys.
fn overlaid(
    values: Option<Cursor<'_>>,
    object: Cursor<'_>,
    set: &[(&[String], &Value)],
    more: bool,
) -> Option<Value> {
    let node = values.and_then(|values| values.node_ref()).or(object.node_ref())?;
    let (pairs, mut open) = match values {
        Some(values) if values.shape() == Shape::Map => values.entries(),
        Some(values) => (Vec::new(), values.shape() != Shape::Absent),
        None => (Vec::new(), false),
    };
    open |= more;
    let mut below: BTreeMap<&str, Vec<(&[String], &Value)>> = BTreeMap::new();
    for (path, value) in set {
        match path.split_first() {
            Some((head, rest)) if path.len() <= DEEP => {
                below.entry(head).or_default().push((rest, value));
            }
            _ => open = true,
        }
    }
    let written: HashMap<&str, Cursor<'_>> = pairs.into_iter().collect();
    let mut entries: BTreeMap<Box<str>, Value> = BTreeMap::new();
    for (key, value) in written.iter().filter(|(key, _)| !below.contains_key(*key)) {
        let inner = (more && value.shape() == Shape::Map)
            .then(|| overlaid(Some(*value), object, &[], more))
            .flatten();
        entries.insert((*key).into(), inner.unwrap_or_else(|| value.to_value()));
    }
    for (key, set) in below {
        let (key, value) = match (key.split_once('['), set.last()) {
            // An element of a list: what the list is then is not followed.
            (Some((list, _)), _) => (list, Some(Value::Unknown(object.header()))),
            (None, Some(([], value))) => (key, Some((*value).clone())),
            (None, _) => (key, overlaid(written.get(key).copied(), object, &set, more)),
        };
        entries.extend(value.map(|value| (key.into(), value)));
    }
    if open {
        entries.insert("".into(), Value::Unknown(object.header()));
    }
    Some(Value::Made(node, entries.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::{of_object, steps};
    use crate::input::file::{File, Language};
    use crate::model::cursor::{Cursor, Shape};
    use crate::model::kubernetes;
    use crate::model::value::{NodeRef, Value};

    /// The chart and what some paths of its values say.
    fn found(kind: &str, spec: &str, paths: &[&[&str]]) -> Vec<String> {
        let group = match kind {
            "HelmRelease" => "helm.toolkit.fluxcd.io/v2",
            _ => "argoproj.io/v1alpha1",
        };
        let text =
            format!("apiVersion: {group}\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n{spec}");
        let mut files = [File::parse("a.yaml", text, Language::Yaml)];
        kubernetes::configuration::embed(&mut files[0]);
        let root = NodeRef { file: files[0].id, node: files[0].tree.documents[0] };
        let body = Cursor::node(&files, root);
        let object = kubernetes::object(body).expect("an object");
        let line = |(value, _): &(Value, String)| {
            let view = Cursor::value(&files, value);
            let mut words = vec![view.key("chart").text().unwrap_or_default().into_owned()];
            words.extend(paths.iter().map(|path| {
                let at = path.iter().fold(view.key("values"), |at, key| at.key(key));
                match at.shape() {
                    Shape::Absent => "-".to_owned(),
                    _ => at.text().unwrap_or("?".into()).into_owned(),
                }
            }));
            words.extend(
                (view.key("more").text().as_deref() == Some("true")).then(|| "+".to_owned()),
            );
            words.join(" ")
        };
        of_object(&object, body).iter().map(line).collect()
    }

    #[test]
    fn values_of_releases() {
        let paths: [&[&str]; 3] = [&["a", "b"], &["a", "c"], &["d.e"]];
        for (kind, spec, expected) in [
            (
                "HelmRelease",
                "  chart: {spec: {chart: redis}}\n  values: {a: {b: 1}, d.e: 2}\n",
                vec!["redis 1 - 2"],
            ),
            (
                "HelmRelease",
                "  chart: {spec: {chart: charts/redis}}\n  valuesFrom: [{kind: Secret, name: x}]\n",
                vec!["redis ? ? ? +"],
            ),
            (
                "HelmRelease",
                "  chartRef: {kind: OCIRepository, name: redis}\n",
                vec!["redis - - -"],
            ),
            ("Application", "  source: {path: charts/redis}\n", vec![]),
            (
                "Application",
                "  source: {chart: redis, helm: {values: \"a: {b: 1}\", parameters: [{name: a.c, value: x}, {name: d\\.e, value: y}]}}\n",
                vec!["redis 1 x y"],
            ),
            (
                "Application",
                "  source:\n    chart: redis\n    helm:\n      values: |\n        a:\n          b: 1\n      parameters: [{name: a.b, value: z}]\n",
                vec!["redis z - -"],
            ),
            (
                "Application",
                "  sources: [{path: x}, {chart: r, helm: {valuesObject: {a: {c: 3}}, valueFiles: [v]}}]\n",
                vec!["r ? 3 ? +"],
            ),
            (
                "Application",
                "  source: {chart: r, helm: {valuesObject: {a: [1]}, parameters: [{name: 'a[0].b', value: x}]}}\n",
                vec!["r ? ? -"],
            ),
            (
                "Application",
                "  source: {chart: r, helm: {valuesObject: {a: {b: 1, c: 2}}, fileParameters: [{name: a.b, path: x}]}}\n",
                vec!["r ? 2 -"],
            ),
        ] {
            assert_eq!(found(kind, spec, &paths), expected, "{spec}");
        }
    }

    #[test]
    fn dots_of_keys_are_escaped() {
        assert_eq!(steps(r"a.b\.c.d"), ["a", "b.c", "d"]);
        assert_eq!(steps(""), [""]);
    }
}
