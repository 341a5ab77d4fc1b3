//! Attributes that Terraform computes from the configuration alone: IAM policy documents above all.
//!
//! Source: AWS provider documentation, `aws_iam_policy_document`.

use super::Evaluation;
use crate::model::datum::{Datum, Json, Kind, List, Map, Reason, Symbol};
use crate::model::value::NodeRef;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Evaluation<'_> {
    /// The value of an attribute that is not written but follows from what is.
    pub(super) fn derived_attribute(&self, symbol: &Arc<Symbol>, name: &str) -> Option<Datum> {
        let block = self.configuration.block(symbol.block)?.block()?;
        match (block.kind.as_str(), name) {
            ("aws_iam_policy_document", "json" | "minified_json") => {
                Some(self.policy_document(symbol))
            }
            ("terraform_data", "output") => self.written(symbol, "input"),
            _ => None,
        }
    }

    fn written(&self, symbol: &Arc<Symbol>, name: &str) -> Option<Datum> {
        let value = self.instance_attribute(symbol.block, symbol, name);
        (!value.is_null() && value.as_unknown().is_none_or(|unknown| unknown.symbol.is_none()))
            .then_some(value)
    }

    /// `aws_iam_policy_document` as the JSON document it makes: statements of sources come first,
    /// those with the `sid` of a later one are replaced by it.
    fn policy_document(&self, symbol: &Arc<Symbol>) -> Datum {
        let mut statements = Statements::default();
        for source in ["source_json", "source_policy_documents"] {
            statements.take_all(self.written(symbol, source));
        }
        if let Some(own) = self.written(symbol, "statement") {
            match &own.kind {
                Kind::List(list) => {
                    statements.open |= list.open.is_some();
                    for block in &list.items {
                        statements.put(statement(block));
                    }
                }
                _ => statements.open = true,
            }
        }
        for source in ["override_json", "override_policy_documents"] {
            statements.take_all(self.written(symbol, source));
        }
        self.replaced.borrow_mut().extend(statements.replaced);
        let open = statements.open.then_some(0);
        let list = Datum {
            at: Some(symbol.block),
            ..Datum::new(Kind::List(Arc::new(List { items: statements.items, open })))
        };
        let version = self.written(symbol, "version").unwrap_or_else(|| Datum::text("2012-10-17"));
        let entries = [("Version".into(), version), ("Statement".into(), list)];
        let document = Datum { at: Some(symbol.block), ..Datum::map(entries.into()) };
        Datum::new(Kind::Json(Arc::new(Json { text: None, document })))
    }
}

#[derive(Default)]
struct Statements {
    items: Vec<Datum>,
    open: bool,
    /// Where the statements are written that later ones replaced.
    replaced: Vec<NodeRef>,
}

impl Statements {
    /// Adds the statements of a document in JSON, or of a list of such.
    fn take_all(&mut self, source: Option<Datum>) {
        let Some(source) = source else { return };
        match &source.kind {
            Kind::Null => {}
            Kind::List(list) | Kind::Set(list) => {
                self.open |= list.open.is_some();
                for item in &list.items {
                    self.take_all(Some(item.clone()));
                }
            }
            Kind::Json(json) => match &json.document.kind {
                Kind::Map(map) => match map.entries.get("Statement") {
                    Some(Datum { kind: Kind::List(list), .. }) => {
                        self.open |= list.open.is_some();
                        for item in &list.items {
                            self.put(item.clone());
                        }
                    }
                    Some(one @ Datum { kind: Kind::Map(_), .. }) => self.put(one.clone()),
                    Some(_) => self.open = true,
                    None => self.open |= map.open,
                },
                _ => self.open = true,
            },
            Kind::Text(text) if text.trim().is_empty() => {}
            _ => self.open = true,
        }
    }

    fn put(&mut self, statement: Datum) {
        let sid = |statement: &Datum| match &statement.kind {
            Kind::Map(map) => match map.entries.get("Sid").map(|sid| &sid.kind) {
                Some(Kind::Text(sid)) if !sid.is_empty() => Some(sid.clone()),
                _ => None,
            },
            _ => None,
        };
        if let Some(name) = sid(&statement)
            && let Some(same) = self.items.iter_mut().find(|item| sid(item).as_ref() == Some(&name))
        {
            self.replaced.extend(same.at);
            *same = statement;
        } else {
            self.items.push(statement);
        }
    }
}

/// A `statement` block as the JSON object it makes.
fn statement(block: &Datum) -> Datum {
    let Kind::Map(written) = &block.kind else { return block.clone() };
    let mut entries: BTreeMap<Arc<str>, Datum> = BTreeMap::new();
    let effect = || Datum { at: block.at, ..Datum::text("Allow") };
    for (from, to) in [
        ("sid", "Sid"),
        ("effect", "Effect"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(value) = written.entries.get(from).filter(|value| !value.is_null()) {
            entries.insert(to.into(), value.clone());
        }
    }
    entries.entry("Effect".into()).or_insert_with(effect);
    for (from, to) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(blocks) = written.entries.get(from) {
            entries.insert(to.into(), principals(blocks));
        }
    }
    if let Some(blocks) = written.entries.get("condition") {
        entries.insert("Condition".into(), conditions(blocks));
    }
    Datum { at: block.at, ..Datum::map(entries) }
}

/// The texts of two values, one after the other.
fn append(into: &mut BTreeMap<Arc<str>, Datum>, key: &Arc<str>, values: &Datum) {
    let Some(before) = into.get(key) else {
        into.insert(key.clone(), values.clone());
        return;
    };
    let mut joined = List::default();
    for list in [before, values] {
        match &list.kind {
            Kind::List(list) | Kind::Set(list) => {
                joined.items.extend(list.items.iter().cloned());
                if list.open.is_some() {
                    joined.open = Some(0);
                }
            }
            Kind::Unknown(_) => joined.open = Some(0),
            _ => joined.items.push(list.clone()),
        }
    }
    let at = before.at;
    into.insert(key.clone(), Datum { at, ..Datum::new(Kind::List(Arc::new(joined))) });
}

fn principals(blocks: &Datum) -> Datum {
    let Kind::List(list) = &blocks.kind else { return Datum::unknown(Reason::Instances) };
    let mut map = Map { open: list.open.is_some(), ..Map::default() };
    for block in &list.items {
        let Kind::Map(written) = &block.kind else {
            map.open = true;
            continue;
        };
        match (written.entries.get("type"), written.entries.get("identifiers")) {
            (Some(Datum { kind: Kind::Text(kind), .. }), Some(identifiers)) => {
                append(&mut map.entries, kind, identifiers);
            }
            _ => map.open = true,
        }
    }
    let wild = |value: &Datum| match &value.kind {
        Kind::List(list) => matches!(list.items.as_slice(),
            [Datum { kind: Kind::Text(text), .. }] if &**text == "*"),
        _ => false,
    };
    // `type = "*"` is the anonymous principal `"*"`.
    if map.entries.len() == 1
        && !map.open
        && let Some(values) = map.entries.get("*").filter(|values| wild(values))
        && let Kind::List(list) = &values.kind
    {
        return list.items[0].clone();
    }
    Datum { at: blocks.at, ..Datum::new(Kind::Map(Arc::new(map))) }
}

fn conditions(blocks: &Datum) -> Datum {
    let Kind::List(list) = &blocks.kind else { return Datum::unknown(Reason::Instances) };
    let mut tests: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Datum>> = BTreeMap::new();
    let mut open = list.open.is_some();
    for block in &list.items {
        let Kind::Map(written) = &block.kind else {
            open = true;
            continue;
        };
        let word = |name: &str| match written.entries.get(name).map(|value| &value.kind) {
            Some(Kind::Text(text)) => Some(text.clone()),
            _ => None,
        };
        match (word("test"), word("variable"), written.entries.get("values")) {
            (Some(test), Some(variable), Some(values)) => {
                append(tests.entry(test).or_default(), &variable, values);
            }
            _ => open = true,
        }
    }
    let entries = tests.into_iter().map(|(test, keys)| (test, Datum::map(keys))).collect();
    Datum {
        at: blocks.at,
        ..Datum::new(Kind::Map(Arc::new(Map { entries, open, ..Map::default() })))
    }
}
