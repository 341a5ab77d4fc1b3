//! Which objects a patch or replacement is for: `target` and `select` of a kustomization, with
//! anchored regular expressions for identities and label selectors as `kubectl` takes them.

use super::built::Built;
use crate::input::file::File;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Object;
use regex::Regex;

/// A selector of objects.
pub(super) struct Target {
    group: Field,
    version: Field,
    kind: Field,
    name: Field,
    namespace: Field,
    labels: Field,
    annotations: Field,
}

/// A part of a selector.
enum Field {
    /// Not written: everything is meant.
    Any,
    /// As written.
    Text(String),
    /// A pattern for the whole.
    Pattern(Regex),
    /// Not known, or no valid pattern.
    Unknown,
}

impl Field {
    fn text(at: Cursor<'_>) -> Field {
        match at.shape() {
            Shape::Absent => Field::Any,
            _ => match at.text() {
                Some(text) if text.is_empty() => Field::Any,
                Some(text) => Field::Text(text.into_owned()),
                None => Field::Unknown,
            },
        }
    }

    fn pattern(at: Cursor<'_>) -> Field {
        match Field::text(at) {
            Field::Text(text) => match Regex::new(&format!("^(?:{text})$")) {
                Ok(pattern) => Field::Pattern(pattern),
                Err(_) => Field::Unknown,
            },
            other => other,
        }
    }

    fn is(&self, text: Option<&str>) -> Truth {
        match (self, text) {
            (Field::Any, _) => Truth::True,
            (Field::Unknown, _) | (_, None) => Truth::Unknown,
            (Field::Text(wanted), Some(text)) => Truth::of(wanted == text),
            (Field::Pattern(pattern), Some(text)) => Truth::of(pattern.is_match(text)),
        }
    }
}

impl Target {
    /// Reads a target. Names and kinds are patterns.
    pub(super) fn read(at: Cursor<'_>) -> Target {
        let pattern = |key: &str| Field::pattern(at.key(key));
        Target {
            group: pattern("group"),
            version: pattern("version"),
            kind: pattern("kind"),
            name: pattern("name"),
            namespace: pattern("namespace"),
            labels: Field::text(at.key("labelSelector")),
            annotations: Field::text(at.key("annotationSelector")),
        }
    }

    /// Whether an object is meant, by what it is called now or was called before.
    pub(super) fn selects(&self, files: &[File], built: &Built) -> Truth {
        let metadata = Cursor::value(files, &built.value).key("metadata");
        let now = &built.object;
        let name = |object: &Object| self.name.is(object.name.as_deref());
        let namespace = |object: &Object| {
            self.namespace.is(Some(object.namespace.as_deref().unwrap_or("default")))
        };
        let named = |of: &dyn Fn(&Object) -> Truth| Truth::any(built.identities().map(of));
        let parts = [
            self.group.is(Some(&now.group)),
            self.version.is(Some(&now.version)),
            self.kind.is(Some(&now.kind)),
            named(&name),
            named(&namespace),
            selector(&self.labels, metadata.key("labels")),
            selector(&self.annotations, metadata.key("annotations")),
        ];
        Truth::all(parts)
    }
}

/// Whether labels meet a selector such as `app=web,tier in (a, b),!old`.
fn selector(selector: &Field, labels: Cursor<'_>) -> Truth {
    match selector {
        Field::Text(text) => Truth::all(requirements(text).map(|one| requirement(one, labels))),
        Field::Any => Truth::True,
        _ => Truth::Unknown,
    }
}

/// The parts of a selector, at commas outside parentheses.
fn requirements(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.split(move |c| {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        c == ',' && !inside
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

fn requirement(text: &str, labels: Cursor<'_>) -> Truth {
    let is = |key: &str, values: &[&str]| {
        let label = labels.key(key.trim());
        match (label.text(), label.absent()) {
            (Some(text), _) => Truth::of(values.iter().any(|value| value.trim() == text)),
            (None, Truth::True) => Truth::False,
            _ => Truth::Unknown,
        }
    };
    let list = |text: &'_ str| -> Vec<String> {
        let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
        inner.split(',').map(|value| value.trim().to_owned()).collect()
    };
    if let Some((key, values)) = text.split_once(" notin ") {
        let values = list(values);
        return !is(key, &values.iter().map(String::as_str).collect::<Vec<_>>());
    }
    if let Some((key, values)) = text.split_once(" in ") {
        let values = list(values);
        return is(key, &values.iter().map(String::as_str).collect::<Vec<_>>());
    }
    if let Some((key, value)) = text.split_once("!=") {
        return !is(key, &[value]);
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return is(key, &[value]);
    }
    match text.strip_prefix('!') {
        Some(key) => labels.key(key.trim()).absent(),
        None => !labels.key(text).absent(),
    }
}

#[cfg(test)]
mod tests {
    use super::{requirement, requirements};
    use crate::input::file::{File, Language};
    use crate::input::tree::NodeRef;
    use crate::model::cursor::Cursor;
    use crate::model::fact::Truth::{self, False, True, Unknown};

    fn matches(selector: &str) -> Truth {
        let text = "{app: web, tier: front, team: '${TEAM}', n: '1'}";
        let files = [File::parse("x.yaml", text.to_owned(), Language::Yaml)];
        let root = files[0].tree.documents[0];
        let labels = Cursor::node(&files, NodeRef { file: files[0].id, node: root });
        Truth::all(requirements(selector).map(|one| requirement(one, labels)))
    }

    #[test]
    fn label_selectors_are_read_as_kubectl_reads_them() {
        for (selector, expected) in [
            ("app=web", True),
            ("app==web", True),
            ("app=api", False),
            ("app!=api", True),
            ("gone!=api", True),
            ("app", True),
            ("gone", False),
            ("!gone", True),
            ("!app", False),
            ("tier in (front, back)", True),
            ("tier in (back)", False),
            ("tier notin (back)", True),
            ("gone notin (back)", True),
            ("app=web,tier=front", True),
            ("app=web,tier in (a,b)", False),
            ("n=1", True),
            ("team=a", Unknown),
            ("team", True),
            ("team!=a", Unknown),
            ("team=a,app=api", False),
        ] {
            assert_eq!(matches(selector), expected, "{selector}");
        }
    }
}
