//! Policies that single out paths by how they are written, where proxies do not merge slashes.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::istio::authorization::{Action, Attribute};
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// Reports paths that a DENY lists.
pub fn authorizationpolicy_denies_listed_paths<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    // A path that begins with a star has no slash to double in front of it.
    each(root, sink, Action::Deny, false, |path| {
        path.strip_prefix('/').is_some_and(|rest| !rest.is_empty() && !rest.starts_with('*'))
    });
}

/// Reports paths that an ALLOW leaves out.
pub fn authorizationpolicy_allows_all_but_paths<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, Action::Allow, true, |path| path.len() > 1 && path.starts_with('/'));
}

fn each<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    action: Action,
    negated: bool,
    evaded: impl Fn(&str) -> bool,
) {
    let mesh = root.mesh();
    let merged = Truth::any(mesh.configs.iter().map(|config| config.settings.merges_slashes()));
    for one in &mesh.policies {
        let acts = one.policy.action.map_or(Truth::Unknown, |own| Truth::of(own == action));
        let terms = one.policy.terms();
        let paths = terms.filter(|term| term.attribute == Attribute::Path);
        let listed: Vec<Cursor<'r>> = paths
            .filter(|term| term.negated == negated)
            .flat_map(|term| term.values.items().known)
            .filter(|value| value.text().is_some_and(|path| evaded(&path)))
            .collect();
        match acts.and(!merged) {
            Truth::True => {
                for value in listed {
                    sink.report(one.policy.resource, value, None, &[]);
                }
            }
            Truth::Unknown if !listed.is_empty() => sink.unknown(),
            _ => {}
        }
    }
}
