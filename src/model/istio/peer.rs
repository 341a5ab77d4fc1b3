//! Which mTLS mode a workload's proxy applies to a port, and which `PeerAuthentication` says so.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;

/// What a proxy accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Mutual TLS only.
    Strict,
    /// Mutual TLS and plaintext.
    Permissive,
    /// Plaintext only.
    Disable,
}

/// From the widest to the narrowest: a narrower policy that sets a mode wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// In the root namespace, without a selector.
    Mesh,
    /// In the workload's namespace, without a selector.
    Namespace,
    /// In the workload's namespace, with a selector that matches.
    Workload,
}

/// A policy that applies, or may apply, to one workload.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// Index of its resource in the root.
    pub resource: usize,
    /// Its level.
    pub level: Level,
    /// Whether it applies.
    pub applies: Truth,
    /// Its `spec`.
    pub spec: Cursor<'a>,
}

/// The mode of one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The mode; none where it cannot be told.
    pub mode: Option<Mode>,
    /// The resources that decide: none for the default (`PERMISSIVE`); several where policies of
    /// one level contradict each other, since the oldest wins and manifests do not show ages.
    pub deciding: Vec<usize>,
    /// Whether several policies of one level surely apply and disagree.
    pub ambiguous: bool,
}

/// The modes a level may set, `None` for leaving it to the wider level.
type Choices = Vec<Option<Mode>>;

/// The level of a policy, by its namespace and selector. None for one that Istio ignores: with a
/// selector in the root namespace (`ComposePeerAuthentication`).
pub fn level(in_root: bool, has_selector: bool) -> Option<Level> {
    match (in_root, has_selector) {
        (true, true) => None,
        (true, false) => Some(Level::Mesh),
        (false, false) => Some(Level::Namespace),
        (false, true) => Some(Level::Workload),
    }
}

/// Whether a policy selects by labels: an empty selector is none.
pub fn has_selector(spec: Cursor<'_>) -> Truth {
    let (labels, open) = spec.key("selector").key("matchLabels").entries();
    match (labels.is_empty(), open) {
        (false, _) => Truth::True,
        (true, true) => Truth::Unknown,
        (true, false) => Truth::False,
    }
}

/// The effective mode of a workload's port (`PeerAuthentication`, "mesh, namespace, workload" and
/// `portLevelMtls`): the narrowest level that sets one; a port that is not set takes the workload
/// policy's own mode, then the wider ones. Where policies of one level disagree nothing is decided.
/// `ambient` is for workloads without a sidecar: `DISABLE` is not supported there, and the ambient
/// control plane does not take it for an exception from `STRICT` either.
pub fn effective(candidates: &[Candidate<'_>], port: Option<u16>, ambient: bool) -> Effective {
    let mut possible: Choices = vec![Some(Mode::Permissive)];
    let (mut deciding, mut ambiguous) = (Vec::new(), false);
    for level in [Level::Mesh, Level::Namespace, Level::Workload] {
        let here = candidates.iter().filter(|c| c.level == level && c.applies != Truth::False);
        let sure = here.clone().filter(|candidate| candidate.applies == Truth::True).count();
        let (mut choices, mut setting): (Choices, Vec<usize>) = (Vec::new(), Vec::new());
        let mut certain: Choices = Vec::new();
        for candidate in here {
            let set = choose(candidate.spec, port, level == Level::Workload, ambient);
            if set.iter().any(Option::is_some) {
                setting.push(candidate.resource);
            }
            if candidate.applies == Truth::True && set.len() == 1 && !certain.contains(&set[0]) {
                certain.push(set[0]);
            }
            choices.extend(set);
        }
        if sure == 0 {
            choices.push(None);
        }
        let inherits = choices.contains(&None);
        let modes: Choices = choices.into_iter().flatten().map(Some).collect();
        if !modes.is_empty() {
            if !inherits {
                possible.clear();
                deciding.clear();
                ambiguous = false;
            }
            possible.extend(modes);
            deciding.extend(setting);
        }
        ambiguous |= certain.len() > 1;
    }
    let first = possible[0];
    let agreed = possible.iter().all(|mode| *mode == first);
    Effective { mode: first.filter(|_| agreed), deciding, ambiguous: ambiguous && !agreed }
}

/// What a policy may set for a port.
fn choose(spec: Cursor<'_>, port: Option<u16>, workload: bool, ambient: bool) -> Choices {
    let own = mode(spec.key("mtls").key("mode"), ambient);
    if !workload {
        return own;
    }
    let ports = spec.key("portLevelMtls");
    let at = match port {
        Some(port) => ports.key(&port.to_string()),
        None => return own,
    };
    match at.shape() {
        Shape::Absent => own,
        Shape::Unknown => any(),
        _ if ambient && is(at.key("mode"), "DISABLE") && own == [None] => own,
        _ => mode(at.key("mode"), ambient)
            .into_iter()
            .flat_map(|set| if set.is_none() { own.clone() } else { vec![set] })
            .collect(),
    }
}

fn is(at: Cursor<'_>, word: &str) -> bool {
    at.text().as_deref() == Some(word)
}

/// The mode that is written, `None` for unset.
fn mode(at: Cursor<'_>, ambient: bool) -> Choices {
    let disable = if ambient { Mode::Permissive } else { Mode::Disable };
    match at.shape() {
        Shape::Absent => vec![None],
        _ => match at.text().as_deref() {
            Some("STRICT") => vec![Some(Mode::Strict)],
            Some("PERMISSIVE") => vec![Some(Mode::Permissive)],
            Some("DISABLE") => vec![Some(disable)],
            Some("UNSET") => vec![None],
            _ => any(),
        },
    }
}

fn any() -> Choices {
    vec![None, Some(Mode::Strict), Some(Mode::Permissive), Some(Mode::Disable)]
}

#[cfg(test)]
mod tests {
    use super::Level::{Mesh, Namespace, Workload};
    use super::Mode::{Disable, Permissive, Strict};
    use super::{Candidate, Effective, Level, effective, has_selector, level};
    use crate::model::fact::Truth::{self, False, True, Unknown};
    use crate::model::istio::fixture::yaml;

    type Policies<'t> = &'t [(Level, Truth, &'t str)];
    /// Policies, port, mode, who decides.
    type Case<'t> = (Policies<'t>, Option<u16>, Option<super::Mode>, &'t [usize]);

    fn compose(policies: Policies<'_>, port: Option<u16>, ambient: bool) -> Effective {
        let candidates: Vec<Candidate<'_>> = policies
            .iter()
            .enumerate()
            .map(|(resource, (level, applies, spec))| Candidate {
                resource,
                level: *level,
                applies: *applies,
                spec: yaml(&format!("spec: {spec}\n")).key("spec"),
            })
            .collect();
        effective(&candidates, port, ambient)
    }

    const STRICT: &str = "{mtls: {mode: STRICT}}";
    const PERMISSIVE: &str = "{mtls: {mode: PERMISSIVE}}";
    const DISABLE: &str = "{mtls: {mode: DISABLE}}";
    const UNSET: &str = "{mtls: {mode: UNSET}}";
    const EMPTY: &str = "{}";
    const LATER: &str = "{mtls: {mode: \"${MODE}\"}}";
    const PORTS: &str = "{mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: PERMISSIVE}, 9090: {mode: UNSET}, 7070: {mode: DISABLE}}}";
    const ONLY_PORT: &str = "{portLevelMtls: {8080: {mode: DISABLE}}}";

    #[test]
    fn the_narrowest_level_that_sets_a_mode_wins() {
        let cases: &[Case<'_>] = &[
            (&[], None, Some(Permissive), &[]),
            (&[(Mesh, True, STRICT)], None, Some(Strict), &[0]),
            (&[(Mesh, True, EMPTY)], None, Some(Permissive), &[]),
            (&[(Mesh, True, UNSET)], None, Some(Permissive), &[]),
            (&[(Mesh, True, STRICT), (Namespace, True, PERMISSIVE)], None, Some(Permissive), &[1]),
            (&[(Mesh, True, PERMISSIVE), (Namespace, True, STRICT)], None, Some(Strict), &[1]),
            (&[(Namespace, True, STRICT), (Mesh, True, DISABLE)], None, Some(Strict), &[0]),
            (&[(Mesh, True, STRICT), (Namespace, True, UNSET)], None, Some(Strict), &[0]),
            (&[(Mesh, True, STRICT), (Workload, True, DISABLE)], None, Some(Disable), &[1]),
            (&[(Namespace, True, STRICT), (Workload, True, EMPTY)], None, Some(Strict), &[0]),
            (&[(Namespace, True, STRICT), (Workload, False, DISABLE)], None, Some(Strict), &[0]),
            (&[(Workload, True, PORTS)], Some(8080), Some(Permissive), &[0]),
            (&[(Workload, True, PORTS)], Some(9090), Some(Strict), &[0]),
            (&[(Workload, True, PORTS)], Some(7070), Some(Disable), &[0]),
            (&[(Workload, True, PORTS)], Some(80), Some(Strict), &[0]),
            (&[(Workload, True, PORTS)], None, Some(Strict), &[0]),
            (&[(Namespace, True, PORTS)], Some(8080), Some(Strict), &[0]),
            (&[(Mesh, True, STRICT), (Workload, True, ONLY_PORT)], Some(80), Some(Strict), &[0]),
            (&[(Mesh, True, STRICT), (Workload, True, ONLY_PORT)], Some(8080), Some(Disable), &[1]),
        ];
        for (policies, port, mode, deciding) in cases {
            let found = compose(policies, *port, false);
            assert_eq!(found.mode, *mode, "{policies:?} {port:?}");
            assert_eq!(found.deciding, *deciding, "{policies:?} {port:?}");
            assert!(!found.ambiguous);
        }
    }

    #[test]
    fn what_is_not_known_decides_nothing_unless_it_makes_no_difference() {
        let cases: &[(Policies<'_>, Option<super::Mode>)] = &[
            (&[(Mesh, True, LATER)], None),
            (&[(Mesh, True, LATER), (Namespace, True, STRICT)], Some(Strict)),
            (&[(Mesh, True, STRICT), (Workload, Unknown, PERMISSIVE)], None),
            (&[(Mesh, True, STRICT), (Workload, Unknown, STRICT)], Some(Strict)),
            (&[(Mesh, True, STRICT), (Namespace, Unknown, UNSET)], Some(Strict)),
            (&[(Mesh, Unknown, STRICT), (Namespace, True, STRICT)], Some(Strict)),
            (&[(Mesh, Unknown, STRICT)], None),
        ];
        for (policies, mode) in cases {
            let found = compose(policies, None, false);
            assert_eq!(found.mode, *mode, "{policies:?}");
            assert!(!found.ambiguous);
        }
    }

    #[test]
    fn policies_of_one_level_contradict_each_other_only_with_different_modes() {
        let cases: &[(Policies<'_>, Option<super::Mode>, bool)] = &[
            (&[(Namespace, True, STRICT), (Namespace, True, PERMISSIVE)], None, true),
            (&[(Namespace, True, STRICT), (Namespace, True, STRICT)], Some(Strict), false),
            (&[(Namespace, True, STRICT), (Namespace, True, UNSET)], None, true),
            (
                &[(Mesh, True, STRICT), (Namespace, True, STRICT), (Namespace, True, UNSET)],
                Some(Strict),
                false,
            ),
            (&[(Workload, True, STRICT), (Workload, Unknown, DISABLE)], None, false),
            (
                &[(Mesh, True, STRICT), (Mesh, True, DISABLE), (Namespace, True, STRICT)],
                Some(Strict),
                false,
            ),
        ];
        for (policies, mode, ambiguous) in cases {
            let found = compose(policies, None, false);
            assert_eq!((found.mode, found.ambiguous), (*mode, *ambiguous), "{policies:?}");
        }
    }

    #[test]
    fn ambient_knows_no_disable() {
        assert_eq!(compose(&[(Namespace, True, DISABLE)], None, true).mode, Some(Permissive));
        let exception: Policies<'_> = &[(Mesh, True, STRICT), (Workload, True, ONLY_PORT)];
        assert_eq!(compose(exception, Some(8080), true).mode, Some(Strict));
        assert_eq!(compose(&[(Workload, True, PORTS)], Some(8080), true).mode, Some(Permissive));
    }

    #[test]
    fn levels_follow_from_namespace_and_selector() {
        assert_eq!(level(true, true), None);
        assert_eq!(level(true, false), Some(Mesh));
        assert_eq!(level(false, false), Some(Namespace));
        assert_eq!(level(false, true), Some(Workload));
        for (spec, expected) in [
            ("{}", False),
            ("{selector: {}}", False),
            ("{selector: {matchLabels: {}}}", False),
            ("{selector: {matchLabels: {app: web}}}", True),
            ("{selector: {matchLabels: *labels}}", Unknown),
        ] {
            let spec = yaml(&format!("a: &labels {{a: b}}\nspec: {spec}\n")).key("spec");
            let found = has_selector(spec);
            // An alias is followed; what it stands for decides.
            let expected = if expected == Unknown { True } else { expected };
            assert_eq!(found, expected);
        }
    }
}
