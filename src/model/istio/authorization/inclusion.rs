//! Whether one rule surely matches every call that another one matches, by their texts alone: nothing
//! is said of what only a search over calls would show.

use super::{Attribute, Clause, Clauses, Rule, Term};
use crate::model::cursor::Items;

impl Rule<'_> {
    /// Whether it surely matches every call that another one may match, on whatever port: the fields of
    /// requests that a port without requests passes over are the same in both. `same_namespace` says
    /// whether both are surely of policies in one namespace, which accounts without one are of.
    pub fn includes(&self, other: &Rule<'_>, same_namespace: bool) -> bool {
        let known = |clauses: Option<&Clauses<'_>>| clauses.is_none_or(|list| !list.open);
        let read = !self.is_open() && known(other.from.as_ref()) && known(other.to.as_ref());
        let implied =
            |wide: &Clause<'_>, narrow: &Clause<'_>| implied(wide, narrow, same_namespace);
        let sides = [(&self.from, &other.from), (&self.to, &other.to)];
        // A condition must follow from one of the other's conditions.
        let when = self
            .when
            .known
            .iter()
            .all(|clause| other.when.known.iter().any(|narrow| implied(clause, narrow)));
        read && when
            && sides.iter().all(|(wide, narrow)| match (wide, narrow) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(wide), Some(narrow)) => {
                    let covered =
                        |clause: &Clause<'_>| wide.known.iter().any(|own| implied(own, clause));
                    narrow.known.iter().all(covered)
                }
            })
    }
}

/// Whether every term of a clause follows from one of another clause's terms. Terms of the other that
/// cannot be read only narrow it.
fn implied(wide: &Clause<'_>, narrow: &Clause<'_>, same_namespace: bool) -> bool {
    let follows = |term: &Term<'_>, other: &Term<'_>| follows(term, other, same_namespace);
    !wide.terms.is_empty()
        && wide.terms.iter().all(|term| narrow.terms.iter().any(|other| follows(term, other)))
}

fn follows(wide: &Term<'_>, narrow: &Term<'_>, same_namespace: bool) -> bool {
    if wide.attribute != narrow.attribute || wide.negated != narrow.negated {
        return false;
    }
    let (Some(own), Some(others)) = (texts(&wide.values.items()), texts(&narrow.values.items()))
    else {
        return false;
    };
    let relative =
        |text: &String| wide.attribute == Attribute::ServiceAccount && !text.contains('/');
    if !same_namespace && own.iter().chain(&others).any(relative) {
        return false;
    }
    let (inner, outer) = if wide.negated { (own, others) } else { (others, own) };
    inner.iter().all(|one| outer.iter().any(|other| within(&wide.attribute, other, one)))
}

/// The texts of a list; none where it is empty or not known as a whole.
fn texts(items: &Items<'_>) -> Option<Vec<String>> {
    let known = items.known.iter().map(|one| Some(one.text()?.into_owned()));
    known.collect::<Option<Vec<_>>>().filter(|texts| !items.open && !texts.is_empty())
}

/// Whether a pattern surely takes in all that another one does: the same text, or a prefix, suffix or
/// presence ([`super::super::pattern::matches`]).
fn within(attribute: &Attribute, wide: &str, narrow: &str) -> bool {
    let plain = !matches!(
        attribute,
        Attribute::SourceIp
            | Attribute::RemoteIp
            | Attribute::Port
            | Attribute::ServiceAccount
            | Attribute::Other(_)
    );
    if wide == narrow {
        return true;
    }
    if !plain || wide.contains(['{', '}']) || narrow.contains(['{', '}']) || narrow.is_empty() {
        return false;
    }
    // A pattern is a suffix if it begins with a star, else a prefix if it ends with one.
    let suffix = narrow.starts_with('*');
    let prefix = !suffix && narrow.ends_with('*');
    match (wide.strip_prefix('*'), wide.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(end), _) => !prefix && narrow.strip_prefix('*').unwrap_or(narrow).ends_with(end),
        (None, Some(start)) => !suffix && narrow.starts_with(start),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::within;
    use crate::model::istio::authorization::{Attribute, Policy};
    use crate::model::istio::fixture::yaml;
    use crate::model::istio::pattern;

    #[test]
    fn a_pattern_within_another_matches_no_more() {
        let patterns = [
            "*", "a", "b", "ab", "abc", "a*", "ab*", "*c", "*bc", "*b*", "b*", "a*c", "*a*", "**",
            "c*", "*b", "bc*", "abc*",
        ];
        let letters = ["", "a", "b", "c", "*"];
        let values = letters.into_iter().flat_map(|one| {
            letters.into_iter().flat_map(move |two| {
                letters.into_iter().flat_map(move |three| {
                    letters.into_iter().map(move |four| format!("{one}{two}{three}{four}"))
                })
            })
        });
        let values: Vec<String> = values.collect();
        let mut some = 0;
        for wide in patterns {
            for narrow in patterns {
                let told = within(&Attribute::Method, wide, narrow);
                some += usize::from(told && wide != narrow);
                let holds = values
                    .iter()
                    .all(|value| !pattern::matches(narrow, value) || pattern::matches(wide, value));
                assert!(!told || holds, "{wide} {narrow}");
            }
        }
        assert!(some > 20, "{some}");
    }

    /// The rule of the first policy, that of the second, and whether the first includes the second.
    const CASES: [(&str, &str, bool); 22] = [
        ("{}", "{to: [{operation: {paths: [/a]}}]}", true),
        ("{to: [{operation: {paths: [/a]}}]}", "{}", false),
        ("{to: [{operation: {paths: [/a*]}}]}", "{to: [{operation: {paths: [/ab, /ac*]}}]}", true),
        ("{to: [{operation: {paths: [/a*]}}]}", "{to: [{operation: {paths: [/ab, /b]}}]}", false),
        ("{to: [{operation: {paths: [/a*]}}]}", "{to: [{operation: {paths: ['/a{*}']}}]}", false),
        (
            "{to: [{operation: {paths: [/a*]}}]}",
            "{to: [{operation: {paths: [/ab], methods: [GET]}}]}",
            true,
        ),
        (
            "{to: [{operation: {paths: [/ab], methods: [GET]}}]}",
            "{to: [{operation: {paths: [/ab]}}]}",
            false,
        ),
        ("{to: [{operation: {notPaths: [/ab]}}]}", "{to: [{operation: {notPaths: [/a*]}}]}", true),
        ("{to: [{operation: {notPaths: [/a*]}}]}", "{to: [{operation: {notPaths: [/ab]}}]}", false),
        ("{to: [{operation: {notPaths: [/ab]}}]}", "{to: [{operation: {paths: [/a]}}]}", false),
        (
            "{from: [{source: {namespaces: [a]}}]}",
            "{from: [{source: {namespaces: [a], ipBlocks: [10.0.0.0/8]}}]}",
            true,
        ),
        (
            "{from: [{source: {namespaces: [a]}}, {source: {namespaces: [b]}}]}",
            "{from: [{source: {namespaces: [b]}}]}",
            true,
        ),
        (
            "{from: [{source: {namespaces: [a]}}]}",
            "{from: [{source: {namespaces: [a]}}, {source: {namespaces: [b]}}]}",
            false,
        ),
        (
            "{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}",
            "{from: [{source: {ipBlocks: [10.1.0.0/16]}}]}",
            false,
        ),
        (
            "{from: [{source: {principals: ['*']}}]}",
            "{from: [{source: {principals: [a/ns/b/sa/c]}}]}",
            true,
        ),
        (
            "{from: [{source: {principals: ['*/sa/c']}}]}",
            "{from: [{source: {principals: ['a/ns/*']}}]}",
            false,
        ),
        (
            "{from: [{source: {serviceAccounts: [web]}}]}",
            "{from: [{source: {serviceAccounts: [web]}}]}",
            true,
        ),
        (
            "{when: [{key: 'request.headers[x]', values: ['*']}]}",
            "{when: [{key: 'request.headers[x]', values: [y]}]}",
            true,
        ),
        (
            "{when: [{key: 'request.headers[x]', values: ['*']}]}",
            "{when: [{key: 'request.headers[z]', values: [y]}]}",
            false,
        ),
        (
            "{when: [{key: connection.sni, values: ['*']}]}",
            "{when: [{key: connection.sni, values: [y]}]}",
            false,
        ),
        (
            "{to: [{operation: {ports: ['80', '81']}}]}",
            "{to: [{operation: {ports: ['80']}}]}",
            true,
        ),
        ("{to: [{operation: {ports: ['80']}}]}", "{to: [{operation: {ports: ['8080']}}]}", false),
    ];

    #[test]
    fn rules_include_rules() {
        for (wide, narrow, expected) in CASES {
            let read = |rule: &str| {
                let text = format!("spec: {{rules: [{rule}]}}");
                Policy::read(0, yaml(&text), None)
            };
            let (one, other) = (read(wide), read(narrow));
            let [one, other] = [&one.rules[0], &other.rules[0]];
            assert_eq!(one.includes(other, true), expected, "{wide} {narrow}");
            let relative = wide.contains("serviceAccounts");
            assert_eq!(one.includes(other, false), expected && !relative, "{wide} {narrow}");
        }
    }
}
