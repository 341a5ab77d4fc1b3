//! Patches of a kustomization: where they are written, whom they are for, and how they are applied.

use super::Builder;
use super::built::Built;
use super::edit::{entry, unknown};
use super::json_patch::{self, Failure};
use super::merge::{self, Merge};
use super::target::Target;
use crate::input::file::File;
use crate::input::tree::NodeRef;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes;
use crate::model::resource::Object;
use crate::model::value::Value;

/// The documents of a file.
pub(super) fn documents(files: &[File], file: usize) -> Vec<Cursor<'_>> {
    let file = &files[file];
    let node = |&node| Cursor::node(files, NodeRef { file: file.id, node });
    file.tree.documents.iter().map(node).collect()
}

/// What a patch changes of an object's identity.
#[derive(Clone, Copy, Default)]
struct Allowed {
    name: bool,
    kind: bool,
}

impl<'a> Builder<'_, 'a> {
    /// Applies one entry of `patches`, `patchesJson6902` or, where `is_path` says so,
    /// `patchesStrategicMerge`.
    pub(super) fn patch(
        &mut self,
        file: usize,
        written: Cursor<'a>,
        plain: bool,
        objects: &mut Vec<Built>,
    ) {
        let files = self.files;
        let target = written.key("target");
        let target = (!plain && target.absent() != Truth::True).then(|| Target::read(target));
        let mut named = None;
        let (path, text) =
            if plain { (written, written) } else { (written.key("path"), written.key("patch")) };
        let path = path.text().filter(|path| !path.contains('\n'));
        let is_named = path.is_some();
        let documents = match path {
            Some(path) => {
                let found = self.ground.layout.file(file, &path);
                if found.is_none() {
                    self.note(file, format!("patch `{path}` is not at hand"));
                }
                named = found.map(|other| files[other].id);
                found.map(|other| documents(files, other)).unwrap_or_default()
            }
            None => several(text),
        };
        if documents.is_empty() || documents.iter().any(|one| !is_patch(*one)) {
            // Whatever it says, it says it of these.
            let Some(node) = written.node_ref() else { return };
            let missing = is_named && documents.is_empty();
            for built in objects {
                let meant = target
                    .as_ref()
                    .is_some_and(|target| target.selects(files, built) != Truth::False);
                if meant || target.is_none() && !missing {
                    built.value = unknown(files, node);
                }
            }
            return;
        }
        let options = written.key("options");
        let is = |key: &str| options.key(key).text().as_deref() == Some("true");
        let allowed = Allowed { name: is("allowNameChange"), kind: is("allowKindChange") };
        for patch in documents {
            let found = match patch.shape() {
                Shape::List => self.json(file, patch, target.as_ref(), objects),
                _ => self.strategic(patch, target.as_ref(), allowed, objects),
            };
            match (found, named) {
                (true, Some(id)) => {
                    self.out.applied.insert(id);
                }
                (true, None) => {}
                (false, _) => {
                    let what = kubernetes::object(patch).map(|object| {
                        let name = object.name.unwrap_or_default();
                        format!(" for {} `{name}`", object.kind)
                    });
                    self.note(file, format!("a patch{} finds no object", what.unwrap_or_default()));
                }
            }
        }
    }

    /// Applies a JSON patch; whether there was an object for it.
    fn json(
        &mut self,
        file: usize,
        patch: Cursor<'a>,
        target: Option<&Target>,
        objects: &mut [Built],
    ) -> bool {
        let Some(target) = target else { return false };
        let mut found = false;
        let mut refused = None;
        for built in objects {
            let selected = target.selects(self.files, built);
            if selected == Truth::False {
                continue;
            }
            found = true;
            let applied = match selected {
                Truth::True => json_patch::apply(self.files, &mut built.value, patch),
                _ => Err(Failure::Unknown),
            };
            match applied {
                Ok(()) => built.rename(self.files),
                Err(Failure::Refused(why)) => refused = Some(why),
                Err(Failure::Unknown) => {
                    if let Some(node) = patch.node_ref() {
                        built.value = unknown(self.files, node);
                    }
                }
            }
        }
        if let Some(why) = refused {
            self.note(file, format!("a JSON patch does not apply: {why}"));
        }
        found
    }

    /// Lays a patch over the objects it is for; whether there was one.
    fn strategic(
        &mut self,
        patch: Cursor<'a>,
        target: Option<&Target>,
        allowed: Allowed,
        objects: &mut Vec<Built>,
    ) -> bool {
        let files = self.files;
        let own = kubernetes::object(patch);
        let mut found = false;
        objects.retain_mut(|built| {
            let selected = match (target, &own) {
                (Some(target), _) => target.selects(files, built),
                (None, Some(own)) => {
                    let same = Truth::any(built.identities().map(|one| is_same(one, own)));
                    let alike = || is_written_alike(Cursor::value(files, &built.value), patch);
                    if same == Truth::Unknown && alike() { Truth::True } else { same }
                }
                (None, None) => Truth::Unknown,
            };
            if selected == Truth::False {
                return true;
            }
            found = true;
            if selected == Truth::Unknown {
                if let Some(node) = patch.node_ref() {
                    built.value = unknown(files, node);
                }
                return true;
            }
            if merge::deletes(patch) {
                return false;
            }
            let before = built.value.clone();
            let object = built.object.clone();
            let merge = Merge { files, group: &object.group, kind: &object.kind };
            merge.object(&mut built.value, patch);
            keep(files, &mut built.value, &before, allowed);
            built.rename(files);
            true
        });
        found
    }
}

/// The documents that are embedded in a text.
fn several(text: Cursor<'_>) -> Vec<Cursor<'_>> {
    let inner = text.document();
    match inner.shape() {
        Shape::List => {
            let members = inner.items().known;
            let objects = members.iter().all(|one| one.key("kind").text().is_some());
            if objects && !members.is_empty() { members } else { vec![inner] }
        }
        Shape::Absent | Shape::Scalar => Vec::new(),
        _ => vec![inner],
    }
}

/// Whether this is an object or a list of operations.
fn is_patch(at: Cursor<'_>) -> bool {
    matches!(at.shape(), Shape::Map | Shape::List)
}

/// Whether two identities mean one object. A patch that does not say its name means none.
fn is_same(a: &Object, patch: &Object) -> Truth {
    let namespace = |object: &Object| object.namespace.clone().unwrap_or("default".to_owned());
    if (&a.group, &a.version, &a.kind) != (&patch.group, &patch.version, &patch.kind)
        || namespace(a) != namespace(patch)
    {
        return Truth::False;
    }
    match (&a.name, &patch.name) {
        (Some(a), Some(patch)) => Truth::of(a == patch),
        _ => Truth::Unknown,
    }
}

/// Whether two names that are not known are written alike: who fills them in fills in both.
fn is_written_alike(object: Cursor<'_>, patch: Cursor<'_>) -> bool {
    let name = |of: Cursor<'_>| of.key("metadata").key("name").source_text().to_owned();
    name(object).contains("${") && name(object) == name(patch)
}

/// Gives an object its identity back, which a patch names only to find it.
fn keep(files: &[File], value: &mut Value, before: &Value, allowed: Allowed) {
    let old = Cursor::value(files, before);
    let metadata = old.key("metadata");
    if !allowed.kind {
        for key in ["apiVersion", "kind"] {
            if let Some(entry) = entry(files, value, key) {
                *entry = old.key(key).to_value();
            }
        }
    }
    let names: &[&str] = if allowed.name { &["namespace"] } else { &["name", "namespace"] };
    for key in names {
        if let Some(entry) = entry(files, value, "metadata").and_then(|m| entry(files, m, key)) {
            *entry = metadata.key(key).to_value();
        }
    }
}
