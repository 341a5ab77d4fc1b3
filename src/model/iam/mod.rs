//! AWS policy documents: one view of a statement, however the document is written.
//!
//! Source of the semantics: IAM User Guide, "JSON policy element reference".

use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::{Block, Category};
use crate::model::value::Value;
use std::sync::Arc;

/// The `iam-statement` view of one block, each with a name for messages.
pub fn statements(block: &Block, body: Cursor<'_>) -> Vec<(Value, String)> {
    let mut found = Vec::new();
    match block.category {
        Category::Data if block.kind == "aws_iam_policy_document" => data(body, &mut found),
        Category::Managed if block.kind.starts_with("aws_") => {
            search(&block.kind, body, body, 0, &mut found);
        }
        _ => {}
    }
    found
}

/// Looks for documents in the attributes of a body and of its nested blocks.
fn search(
    kind: &str,
    object: Cursor<'_>,
    body: Cursor<'_>,
    depth: usize,
    found: &mut Vec<(Value, String)>,
) {
    for (key, value) in body.entries().0 {
        let document = value.document();
        let statements =
            if document.shape() == Shape::Map { Some(document.key("Statement")) } else { None };
        match statements {
            Some(statements) if matches!(statements.shape(), Shape::Map | Shape::List) => {
                let word = document_word(kind, key);
                let list = match statements.shape() {
                    Shape::Map => vec![statements],
                    _ => statements.items().known,
                };
                let read = list.into_iter().enumerate().map(|(at, statement)| {
                    // Of another document, where sources were joined.
                    let statement = statement.at_home();
                    (statement.shape() == Shape::Map)
                        .then(|| json(kind, object, statement, word, at))
                });
                found.extend(with_siblings(read.collect(), statements));
            }
            _ if depth < 3 && matches!(value.shape(), Shape::List | Shape::Map) => {
                let blocks =
                    if value.shape() == Shape::List { value.items().known } else { vec![value] };
                for block in blocks.into_iter().filter(|block| block.shape() == Shape::Map) {
                    search(kind, object, block, depth + 1, found);
                }
            }
            _ => {}
        }
    }
}

/// What a document is for: decides whose access it grants.
fn document_word(kind: &str, attribute: &str) -> &'static str {
    match (kind, attribute) {
        (_, "assume_role_policy") => "trust",
        ("aws_organizations_policy" | "aws_organizations_resource_policy", _) => "organization",
        ("aws_vpc_endpoint" | "aws_vpc_endpoint_policy", _) => "endpoint",
        (
            "aws_iam_policy"
            | "aws_iam_role_policy"
            | "aws_iam_user_policy"
            | "aws_iam_group_policy"
            | "aws_iam_role"
            | "aws_ssoadmin_permission_set_inline_policy",
            _,
        ) => "identity",
        _ => "resource",
    }
}

fn json(
    kind: &str,
    object: Cursor<'_>,
    statement: Cursor<'_>,
    document: &'static str,
    at: usize,
) -> (Value, String) {
    let entries = vec![
        ("effect", statement.key("Effect").to_value()),
        ("actions", listed(statement.key("Action"))),
        ("not-actions", listed(statement.key("NotAction"))),
        ("resources", listed(statement.key("Resource"))),
        ("not-resources", listed(statement.key("NotResource"))),
        ("principals", principals(statement.key("Principal"))),
        ("not-principals", principals(statement.key("NotPrincipal"))),
        ("conditions", conditions(statement.key("Condition"))),
        ("document", Value::Text(document.to_owned(), statement.header())),
        ("type", Value::Text(kind.to_owned(), object.header())),
        ("statement", statement.to_value()),
        ("object", object.to_value()),
    ];
    (Value::Map { entries, place: statement.header() }, label(statement.key("Sid"), at))
}

fn label(sid: Cursor<'_>, at: usize) -> String {
    match sid.text() {
        Some(sid) if !sid.is_empty() => format!("statement `{sid}`"),
        _ => format!("statement {}", at + 1),
    }
}

/// A string or list as a list.
fn listed(cursor: Cursor<'_>) -> Value {
    match cursor.shape() {
        Shape::Scalar => {
            Value::List { items: vec![cursor.to_value()], open: false, place: cursor.place() }
                .at(cursor.node_ref())
        }
        _ => cursor.to_value(),
    }
}

fn principal(kind: &str, value: Cursor<'_>) -> Value {
    let entries =
        vec![("type", Value::Text(kind.to_owned(), value.place())), ("value", value.to_value())];
    Value::Map { entries, place: value.place() }.at(value.node_ref())
}

fn principals(cursor: Cursor<'_>) -> Value {
    match cursor.shape() {
        Shape::Scalar => {
            let items = vec![principal("*", cursor)];
            Value::List { items, open: false, place: cursor.place() }.at(cursor.node_ref())
        }
        Shape::Map => {
            let (entries, mut open) = cursor.entries();
            let mut items = Vec::new();
            for (kind, value) in entries {
                let members = value.items();
                open |= members.open;
                items.extend(members.known.into_iter().map(|value| principal(kind, value)));
            }
            Value::List { items, open, place: cursor.place() }.at(cursor.node_ref())
        }
        _ => cursor.to_value(),
    }
}

fn condition(test: Value, key: Value, values: Cursor<'_>) -> Value {
    let entries = vec![("test", test), ("key", key), ("values", listed(values))];
    Value::Map { entries, place: values.place() }.at(values.node_ref())
}

/// Gives each statement those of its document that deny, or may, as `siblings`. A statement that cannot
/// be read (`None`) may. They share one list: a document may be long.
fn with_siblings(read: Vec<Option<(Value, String)>>, list: Cursor<'_>) -> Vec<(Value, String)> {
    let allows = |value: &Value| {
        let effect = Cursor::value(list.files(), value).key("effect").text();
        effect.as_deref() == Some("Allow")
    };
    let denying = read.iter().filter_map(|one| match one {
        Some((value, _)) => (!allows(value)).then(|| value.clone()),
        None => Some(Value::Unknown(list.place())),
    });
    let (items, open) = (denying.collect(), list.items().open);
    let siblings = Arc::new(Value::List { items, open, place: list.header() });
    let mut found = Vec::new();
    for (value, label) in read.into_iter().flatten() {
        if let Value::Map { mut entries, place } = value {
            entries.push(("siblings", Value::Shared(siblings.clone())));
            found.push((Value::Map { entries, place }, label));
        }
    }
    found
}

fn conditions(cursor: Cursor<'_>) -> Value {
    if cursor.shape() != Shape::Map {
        return cursor.to_value();
    }
    let (tests, mut open) = cursor.entries();
    let mut items = Vec::new();
    for (test, keys) in tests {
        let test = Value::Text(test.to_owned(), keys.header()).at(keys.node_ref());
        let ((keys, more), unnamed) = (keys.entries(), keys.unnamed());
        open |= more;
        // Whatever their keys are (`"${local.issuer}:sub"`), these are conditions, too.
        for values in unnamed {
            items.push(condition(test.clone(), Value::Unknown(values.header()), values));
        }
        for (key, values) in keys {
            let key = Value::Text(key.to_owned(), values.header()).at(values.node_ref());
            items.push(condition(test.clone(), key, values));
        }
    }
    Value::List { items, open, place: cursor.place() }.at(cursor.node_ref())
}

/// `data "aws_iam_policy_document"`: the same statements in block syntax; effect defaults to Allow.
fn data(body: Cursor<'_>, found: &mut Vec<(Value, String)>) {
    let list = body.key("statement");
    let read = list.items().known.into_iter().enumerate().map(|(at, statement)| {
        (statement.shape() == Shape::Map).then(|| data_statement(body, statement, at))
    });
    found.extend(with_siblings(read.collect(), list));
}

fn data_statement(body: Cursor<'_>, statement: Cursor<'_>, at: usize) -> (Value, String) {
    let effect = match statement.key("effect") {
        absent if absent.shape() == Shape::Absent => {
            Value::Text("Allow".to_owned(), statement.header())
        }
        effect => effect.to_value(),
    };
    let who = blocks(statement.key("principals"), |block| {
        let kind = block.key("type");
        let members = block.key("identifiers").items();
        let each = members.known.into_iter().map(|value| match kind.text() {
            Some(kind) => principal(&kind, value),
            None => Value::Unknown(kind.place()),
        });
        (each.collect(), members.open)
    });
    let others = blocks(statement.key("not_principals"), |block| {
        let members = block.key("identifiers").items();
        let kind = block.key("type").text();
        let each = members
            .known
            .into_iter()
            .map(|value| principal(kind.as_deref().unwrap_or("AWS"), value));
        (each.collect(), members.open)
    });
    let conditions = blocks(statement.key("condition"), |block| {
        let (test, variable, values) =
            (block.key("test"), block.key("variable"), block.key("values"));
        (vec![condition(test.to_value(), variable.to_value(), values)], false)
    });
    let document = document_of(statement, &who);
    let entries = vec![
        ("effect", effect),
        ("actions", listed(statement.key("actions"))),
        ("not-actions", listed(statement.key("not_actions"))),
        ("resources", listed(statement.key("resources"))),
        ("not-resources", listed(statement.key("not_resources"))),
        ("principals", who),
        ("not-principals", others),
        ("conditions", conditions),
        ("document", Value::Text(document.to_owned(), statement.header())),
        ("type", Value::Text("aws_iam_policy_document".to_owned(), body.header())),
        ("statement", statement.to_value()),
        ("object", body.to_value()),
    ];
    (Value::Map { entries, place: statement.header() }, label(statement.key("sid"), at))
}

fn document_of(statement: Cursor<'_>, principals: &Value) -> &'static str {
    if matches!(principals, Value::Absent { .. }) {
        return "unknown";
    }
    let assumes = statement.key("actions").items().known.iter().any(|action| {
        action
            .text()
            .is_some_and(|action| action.to_ascii_lowercase().starts_with("sts:assumerole"))
    });
    if assumes { "trust" } else { "resource" }
}

fn blocks<'a>(list: Cursor<'a>, mut each: impl FnMut(Cursor<'a>) -> (Vec<Value>, bool)) -> Value {
    match list.shape() {
        Shape::Absent | Shape::Unknown => list.to_value(),
        _ => {
            let members = list.items();
            let (mut items, mut open) = (Vec::new(), members.open);
            for block in members.known {
                let (values, more) = each(block);
                items.extend(values);
                open |= more;
            }
            Value::List { items, open, place: list.header() }.at(list.node_ref())
        }
    }
}
