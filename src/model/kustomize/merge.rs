//! Strategic merge: how a patch written as part of an object changes the object. Lists of
//! Kubernetes' own kinds are merged by the keys that their API types declare
//! (`x-kubernetes-patch-merge-key`); all other lists are replaced.

use super::edit::{DEPTH, entry, items, removed};
use crate::input::file::File;
use crate::model::cursor::{Cursor, Shape};
use crate::model::value::Value;

/// Changes the body of one object.
pub(super) struct Merge<'a> {
    pub(super) files: &'a [File],
    /// API group and kind of the object.
    pub(super) group: &'a str,
    pub(super) kind: &'a str,
}

/// What `$patch` asks for.
#[derive(PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

fn directive(patch: Cursor<'_>) -> Directive {
    match patch.key("$patch").text().as_deref() {
        Some("delete") => Directive::Delete,
        Some("replace") => Directive::Replace,
        _ => Directive::Merge,
    }
}

/// Whether a patch takes the whole object away.
pub(super) fn deletes(patch: Cursor<'_>) -> bool {
    directive(patch) == Directive::Delete
}

/// Whether a group's types are part of Kubernetes: those have merge keys. Custom resources have none.
fn is_builtin(group: &str) -> bool {
    matches!(group, "" | "apps" | "batch" | "autoscaling" | "policy" | "extensions")
        || matches!(
            group.strip_suffix(".k8s.io"),
            Some(
                "admissionregistration"
                    | "apiextensions"
                    | "apiregistration"
                    | "authentication"
                    | "authorization"
                    | "certificates"
                    | "coordination"
                    | "discovery"
                    | "events"
                    | "flowcontrol.apiserver"
                    | "networking"
                    | "node"
                    | "rbac.authorization"
                    | "scheduling"
                    | "storage"
            )
        )
}

/// By which keys members of a list are the same one: `list` is the list's key, `holder` the key of
/// what holds it. A second key counts where both members have it.
pub(super) fn merge_keys(
    group: &str,
    kind: &str,
    holder: &str,
    list: &str,
) -> Option<(&'static str, Option<&'static str>)> {
    if !is_builtin(group) {
        return None;
    }
    let in_container = matches!(holder, "containers" | "initContainers" | "ephemeralContainers");
    let key = match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "imagePullSecrets"
        | "resourceClaims"
        | "schedulingGates" => ("name", None),
        "volumes" if holder == "spec" => ("name", None),
        "env" if in_container => ("name", None),
        "volumeMounts" if in_container => ("mountPath", None),
        "volumeDevices" if in_container => ("devicePath", None),
        "ports" if in_container => ("containerPort", Some("protocol")),
        "ports" if group.is_empty() && kind == "Service" => ("port", Some("protocol")),
        "claims" if holder == "resources" => ("name", None),
        "hostAliases" => ("ip", None),
        "topologySpreadConstraints" => ("topologyKey", Some("whenUnsatisfiable")),
        "secrets" if kind == "ServiceAccount" => ("name", None),
        "webhooks" if group == "admissionregistration.k8s.io" => ("name", None),
        "ownerReferences" => ("uid", None),
        "conditions" if holder == "status" => ("type", None),
        _ => return None,
    };
    Some(key)
}

/// Lists of texts whose members are united.
fn is_united(list: &str, holder: &str) -> bool {
    list == "finalizers" && matches!(holder, "metadata" | "spec")
}

impl Merge<'_> {
    /// Lays a patch over an object.
    pub(super) fn object(&self, base: &mut Value, patch: Cursor<'_>) {
        self.value(base, patch, "", "", 0);
    }

    fn value(&self, base: &mut Value, patch: Cursor<'_>, key: &str, holder: &str, depth: usize) {
        if depth == DEPTH {
            return;
        }
        let now = Cursor::value(self.files, base);
        let merges = match patch.shape() {
            Shape::Map => directive(patch) == Directive::Merge,
            Shape::List => {
                merge_keys(self.group, self.kind, holder, key).is_some() || is_united(key, holder)
            }
            _ => false,
        };
        match (now.shape(), patch.shape()) {
            // What is not known stays so, whatever parts of it are written over.
            _ if merges && is_unknown(now) => {}
            (Shape::Map, Shape::Map) => self.map(base, patch, key, depth),
            (Shape::List, Shape::List) => match merge_keys(self.group, self.kind, holder, key) {
                Some(keys) => self.list(base, patch, keys, key, depth),
                None if is_united(key, holder) => self.unite(base, patch),
                None => *base = self.clean(patch, 0).unwrap_or_else(|| patch.to_value()),
            },
            (_, Shape::Map) => {
                *base = match self.clean(patch, 0) {
                    Some(value) => value,
                    None => self.gone(patch),
                };
            }
            _ => *base = patch.to_value(),
        }
    }

    fn gone(&self, patch: Cursor<'_>) -> Value {
        match patch.node_ref() {
            Some(node) => removed(self.files, node),
            None => Value::Unknown(patch.place()),
        }
    }

    fn map(&self, base: &mut Value, patch: Cursor<'_>, key: &str, depth: usize) {
        match directive(patch) {
            Directive::Delete => *base = self.gone(patch),
            Directive::Replace => {
                *base = self.clean(patch, 0).unwrap_or_else(|| self.gone(patch));
            }
            Directive::Merge => {
                let (entries, open) = patch.entries();
                for (name, value) in entries {
                    if name.starts_with('$') {
                        continue;
                    }
                    if let Some(inner) = entry(self.files, base, name) {
                        self.value(inner, value, name, key, depth + 1);
                    }
                }
                if open && let Some(rest) = entry(self.files, base, "") {
                    *rest = Value::Unknown(patch.header());
                }
            }
        }
    }

    /// Members of the patch come first, as Kustomize puts them, then the others.
    fn list(
        &self,
        base: &mut Value,
        patch: Cursor<'_>,
        keys: (&str, Option<&str>),
        key: &str,
        depth: usize,
    ) {
        let written = patch.items().known;
        let unnamed = |member: &Cursor<'_>| is_unknown(*member) || is_unknown(member.key(keys.0));
        let members = Cursor::value(self.files, base).items();
        if members.open || members.known.iter().chain(&written).any(unnamed) {
            *base = Value::Unknown(patch.header());
            return;
        }
        let asks_anew = |one: &Cursor<'_>| directive(*one) == Directive::Replace;
        let anew = written.iter().any(asks_anew);
        let Some(list) = items(self.files, base) else { return };
        let mut before: Vec<Option<Value>> =
            if anew { Vec::new() } else { list.drain(..).map(Some).collect() };
        list.clear();
        for one in written {
            let only_directive =
                one.entries().0.iter().all(|(name, _)| name.starts_with('$')) && asks_anew(&one);
            if only_directive {
                continue;
            }
            let member = before.iter_mut().find(|value| {
                value.as_ref().is_some_and(|value| {
                    let now = Cursor::value(self.files, value);
                    is_same_member(now, one, keys)
                })
            });
            match member {
                Some(found) if directive(one) == Directive::Delete => *found = None,
                Some(found) => {
                    if let Some(mut value) = found.take() {
                        self.member(&mut value, one, keys.0, key, depth);
                        list.push(value);
                    }
                }
                None => list.extend(self.clean(one, 0)),
            }
        }
        list.extend(before.into_iter().flatten());
        if list.is_empty() {
            *base = self.gone(patch);
        }
    }

    /// A member keeps the place of its name.
    fn member(&self, value: &mut Value, patch: Cursor<'_>, name: &str, list: &str, depth: usize) {
        let own = Cursor::value(self.files, value).key(name).to_value();
        self.value(value, patch, list, "", depth + 1);
        if let Some(entry) = entry(self.files, value, name) {
            *entry = own;
        }
    }

    /// The texts of the patch, then those that only were there before.
    fn unite(&self, base: &mut Value, patch: Cursor<'_>) {
        let files = self.files;
        let written = patch.items().known;
        let Some(list) = items(files, base) else { return };
        list.retain(|old| {
            let old = Cursor::value(files, old).text();
            old.is_none() || written.iter().all(|one| one.text() != old)
        });
        list.splice(0..0, written.iter().map(Cursor::to_value));
    }

    /// What a patch adds where there was nothing: itself without directives; none where it says
    /// that there shall be nothing.
    fn clean(&self, patch: Cursor<'_>, depth: usize) -> Option<Value> {
        let mut value = patch.to_value();
        if depth == DEPTH {
            return Some(value);
        }
        match patch.shape() {
            Shape::Map => {
                if directive(patch) == Directive::Delete {
                    return None;
                }
                for (name, inner) in patch.entries().0 {
                    let kept = if name.starts_with('$') {
                        None
                    } else {
                        let kept = self.clean(inner, depth + 1);
                        if matches!(kept, Some(Value::Node(_))) {
                            continue;
                        }
                        kept
                    };
                    let gone = self.gone(patch);
                    if let Some(entry) = entry(self.files, &mut value, name) {
                        *entry = kept.unwrap_or(gone);
                    }
                }
            }
            Shape::List => {
                let members = patch.items().known;
                let kept: Vec<Option<Value>> =
                    members.iter().map(|one| self.clean(*one, depth + 1)).collect();
                if kept.iter().any(|one| !matches!(one, Some(Value::Node(_))))
                    && let Some(list) = items(self.files, &mut value)
                {
                    *list = kept.into_iter().flatten().collect();
                }
            }
            _ => {}
        }
        Some(value)
    }
}

/// Whether it cannot be told what is here.
fn is_unknown(at: Cursor<'_>) -> bool {
    match at.shape() {
        Shape::Unknown => true,
        Shape::Scalar => at.text().is_none(),
        _ => false,
    }
}

fn is_same_member(a: Cursor<'_>, b: Cursor<'_>, keys: (&str, Option<&str>)) -> bool {
    let equal = |key: &str| match (a.key(key).text(), b.key(key).text()) {
        (Some(a), Some(b)) => Some(a == b),
        _ => None,
    };
    equal(keys.0) == Some(true) && keys.1.is_none_or(|key| equal(key) != Some(false))
}
