//! Calico's selector language as a `Condition`, as its reference describes it: comparisons of labels,
//! `has()`, `all()`, `global()`, `!`, `&&`, `||` and parentheses. A text that does not parse is none.

use crate::model::cursor::Cursor;
use crate::model::graph::condition::{Affix, Condition, Holder};
use crate::model::kubernetes::namespace::NAME_LABEL;
use crate::model::selector::Operator;
use std::borrow::Cow;

/// How deep parentheses may nest.
const DEPTH: usize = 64;

/// Reads a selector. `holder` says whose labels its keys are; a selector of pods may name labels
/// of their namespace and account by prefixes.
pub fn parse<'a>(text: &str, holder: Holder, at: Cursor<'a>) -> Option<Condition<'a>> {
    let mut parser = Parser { rest: text, holder, at, depth: 0 };
    if parser.at_end() {
        return Some(Condition::All(Vec::new()));
    }
    let condition = parser.either()?;
    parser.at_end().then_some(condition)
}

struct Parser<'t, 'a> {
    rest: &'t str,
    holder: Holder,
    at: Cursor<'a>,
    depth: usize,
}

impl<'t, 'a> Parser<'t, 'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn at_end(&mut self) -> bool {
        self.skip();
        self.rest.is_empty()
    }

    fn eat(&mut self, word: &str) -> bool {
        self.skip();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn either(&mut self) -> Option<Condition<'a>> {
        let mut any = vec![self.both()?];
        while self.eat("||") {
            any.push(self.both()?);
        }
        if any.len() == 1 { any.pop() } else { Some(Condition::Any(any)) }
    }

    fn both(&mut self) -> Option<Condition<'a>> {
        let mut all = vec![self.operation()?];
        while self.eat("&&") {
            all.push(self.operation()?);
        }
        if all.len() == 1 { all.pop() } else { Some(Condition::All(all)) }
    }

    fn operation(&mut self) -> Option<Condition<'a>> {
        let mut negated = false;
        while self.eat("!") {
            negated = !negated;
        }
        let condition = self.term()?;
        Some(if negated { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn term(&mut self) -> Option<Condition<'a>> {
        if self.eat("(") {
            self.depth += 1;
            let condition = (self.depth <= DEPTH).then(|| self.either())??;
            self.depth -= 1;
            return self.eat(")").then_some(condition);
        }
        if self.eat("has(") {
            let key = self.identifier()?;
            return self.eat(")").then(|| self.compare(key, Operator::Exists, Vec::new()));
        }
        if self.eat("all(") {
            return self.eat(")").then(|| self.everything());
        }
        if self.eat("global(") {
            let named = label(Holder::Namespace, NAME_LABEL, Operator::Exists, Vec::new(), self.at);
            return self.eat(")").then(|| Condition::Not(Box::new(named)));
        }
        let key = self.identifier()?;
        if self.eat("==") {
            let value = self.text()?;
            return Some(self.compare(key, Operator::In, vec![value]));
        }
        if self.eat("!=") {
            let value = self.text()?;
            return Some(self.compare(key, Operator::NotIn, vec![value]));
        }
        if self.eat("contains") {
            return self.like(key, Affix::Middle);
        }
        if self.eat("starts") {
            return self.eat("with").then(|| self.like(key, Affix::Start))?;
        }
        if self.eat("ends") {
            return self.eat("with").then(|| self.like(key, Affix::End))?;
        }
        let operator = match (self.eat("not"), self.eat("in")) {
            (true, true) => Operator::NotIn,
            (false, true) => Operator::In,
            _ => return None,
        };
        let values = self.set()?;
        Some(self.compare(key, operator, values))
    }

    /// What `all()` selects: everything, or everything that has a namespace or an account.
    fn everything(&self) -> Condition<'a> {
        match self.holder {
            Holder::Pod => Condition::All(Vec::new()),
            holder => label(holder, NAME_LABEL, Operator::Exists, Vec::new(), self.at),
        }
    }

    fn identifier(&mut self) -> Option<&'t str> {
        self.skip();
        let part = |one: char| one.is_ascii_alphanumeric() || "_./-".contains(one);
        let end = self.rest.find(|one| !part(one)).unwrap_or(self.rest.len());
        let (key, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!key.is_empty()).then_some(key)
    }

    fn text(&mut self) -> Option<Cow<'a, str>> {
        let quote = if self.eat("'") {
            '\''
        } else if self.eat("\"") {
            '"'
        } else {
            return None;
        };
        let (text, rest) = self.rest.split_once(quote)?;
        self.rest = rest;
        Some(Cow::Owned(text.to_owned()))
    }

    fn set(&mut self) -> Option<Vec<Cow<'a, str>>> {
        if !self.eat("{") {
            return None;
        }
        let mut values = Vec::new();
        while !self.eat("}") {
            values.push(self.text()?);
            if !self.eat(",") {
                return self.eat("}").then_some(values);
            }
        }
        Some(values)
    }

    fn like(&mut self, key: &str, affix: Affix) -> Option<Condition<'a>> {
        let text = self.text()?;
        Some(match self.key(key) {
            Some((holder, key)) => Condition::Like(holder, Cow::Owned(key.to_owned()), affix, text),
            None => Condition::Unknown,
        })
    }

    fn compare(&self, key: &str, operator: Operator, values: Vec<Cow<'a, str>>) -> Condition<'a> {
        match self.key(key) {
            Some((holder, key)) => label(holder, key, operator, values, self.at),
            None => Condition::Unknown,
        }
    }

    /// Whose label a key is; none for labels that Calico keeps for itself.
    fn key<'k>(&self, key: &'k str) -> Option<(Holder, &'k str)> {
        let (holder, key) = match self.holder {
            Holder::Pod => {
                if let Some(key) = key.strip_prefix("pcns.") {
                    (Holder::Namespace, key)
                } else if let Some(key) = key.strip_prefix("pcsa.") {
                    (Holder::Account, key)
                } else {
                    (Holder::Pod, key)
                }
            }
            holder => (holder, key),
        };
        match (holder, key) {
            (Holder::Pod, "projectcalico.org/namespace") => Some((Holder::Namespace, NAME_LABEL)),
            (Holder::Pod, "projectcalico.org/serviceaccount") => {
                Some((Holder::Account, NAME_LABEL))
            }
            (Holder::Namespace | Holder::Account, "projectcalico.org/name") => {
                Some((holder, NAME_LABEL))
            }
            (Holder::Account, NAME_LABEL) => None,
            (_, key) if key.starts_with("projectcalico.org/") => None,
            _ => Some((holder, key)),
        }
    }
}

fn label<'a>(
    holder: Holder,
    key: &str,
    operator: Operator,
    values: Vec<Cow<'a, str>>,
    at: Cursor<'a>,
) -> Condition<'a> {
    Condition::label(holder, key.to_owned(), operator, values, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::file::{File, Language};
    use crate::model::fact::Truth::{self, False, True, Unknown};
    use crate::model::graph::condition::Bearer;
    use crate::model::selector::{Label, Labels};
    use crate::model::value::NodeRef;

    /// Whether a selector holds for a pod `app: web, tier: front-end` of a namespace `shop`
    /// with `team: a`, and an account `cart`; none where it does not parse.
    fn verdict(text: &str, holder: Holder) -> Option<Truth> {
        let file = File::parse("test.yaml", "a: 1\n".to_owned(), Language::Yaml);
        let node = NodeRef { file: file.id, node: file.tree.documents[0] };
        let files = [file];
        let known = |pairs: &[(&'static str, &'static str)]| {
            let mut labels = Labels::default();
            for (key, value) in pairs {
                labels.set(*key, Label::Known((*value).into()));
            }
            labels
        };
        let mut own = known(&[("app", "web"), ("tier", "front-end"), ("a/b.c", "")]);
        own.set("vague", Label::Valued);
        let bearer = Bearer {
            own,
            namespace: known(&[("team", "a"), (NAME_LABEL, "shop")]),
            account: known(&[("role", "x"), (NAME_LABEL, "cart")]),
        };
        Some(parse(text, holder, Cursor::node(&files, node))?.holds(&bearer))
    }

    #[test]
    fn selectors_hold_as_documented() {
        let cases: &[(&str, Option<Truth>)] = &[
            ("", Some(True)),
            ("  ", Some(True)),
            ("all()", Some(True)),
            ("all( )", Some(True)),
            ("!all()", Some(False)),
            ("global()", Some(False)),
            ("app == 'web'", Some(True)),
            ("app==\"web\"", Some(True)),
            ("app == 'api'", Some(False)),
            ("app != 'api'", Some(True)),
            ("app != 'web'", Some(False)),
            ("none != 'web'", Some(True)),
            ("none == 'web'", Some(False)),
            ("vague == 'web'", Some(Unknown)),
            ("has(vague) && has(app)", Some(True)),
            ("has( app )", Some(True)),
            ("has(a/b.c)", Some(True)),
            ("!has(none)", Some(True)),
            ("!!has(none)", Some(False)),
            ("! has(none)", Some(True)),
            ("app in {'api', 'web'}", Some(True)),
            ("app in { 'api','web', }", Some(True)),
            ("app in {}", Some(False)),
            ("app not in {'api'}", Some(True)),
            ("app notin {'web'}", Some(False)),
            ("none not in {'web'}", Some(True)),
            ("tier contains 't-e'", Some(True)),
            ("tier starts with 'front'", Some(True)),
            ("tier startswith 'end'", Some(False)),
            ("tier ends with 'end'", Some(True)),
            ("none contains ''", Some(False)),
            ("vague contains 'a'", Some(Unknown)),
            ("app == 'api' || tier contains 'end' && has(app)", Some(True)),
            ("(app == 'api' || has(app)) && !has(app)", Some(False)),
            ("((app == 'web'))", Some(True)),
            ("projectcalico.org/namespace == 'shop'", Some(True)),
            ("has(projectcalico.org/namespace)", Some(True)),
            ("pcns.team == 'a' && pcsa.role == 'x'", Some(True)),
            ("pcns.projectcalico.org/name == 'other'", Some(False)),
            ("projectcalico.org/serviceaccount in {'cart'}", Some(True)),
            ("projectcalico.org/orchestrator == 'k8s'", Some(Unknown)),
            ("app = 'web'", None),
            ("app == web", None),
            ("app == 'web", None),
            ("app == 'web' &&", None),
            ("app == 'web' & has(app)", None),
            ("app == 'web' has(app)", None),
            ("(app == 'web'", None),
            ("app in 'web'", None),
            ("app", None),
            ("all", None),
            ("has()", None),
            ("app\n== 'web'", None),
        ];
        for (text, expected) in cases {
            assert_eq!(verdict(text, Holder::Pod), *expected, "{text}");
        }
        let others: &[(&str, Holder, Option<Truth>)] = &[
            ("team == 'a'", Holder::Namespace, Some(True)),
            ("all()", Holder::Namespace, Some(True)),
            ("global()", Holder::Namespace, Some(False)),
            ("projectcalico.org/name == 'shop'", Holder::Namespace, Some(True)),
            ("kubernetes.io/metadata.name != 'shop'", Holder::Namespace, Some(False)),
            ("app == 'web'", Holder::Namespace, Some(False)),
            ("role == 'x'", Holder::Account, Some(True)),
            ("projectcalico.org/name == 'cart'", Holder::Account, Some(True)),
            ("kubernetes.io/metadata.name == 'cart'", Holder::Account, Some(Unknown)),
        ];
        for (text, holder, expected) in others {
            assert_eq!(verdict(text, *holder), *expected, "{text} {holder:?}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = |depth: usize| format!("{}all(){}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(verdict(&deep(60), Holder::Pod), Some(True));
        assert_eq!(verdict(&deep(100_000), Holder::Pod), None);
    }
}
