//! Conversions and equality, checked against `terraform console`.

use super::{Attribute, Type, convert, equals, same, set_of, text_of, to_text, whole_text};
use crate::input::source::FileId;
use crate::input::tree::NodeId;
use crate::model::datum::{Datum, Json, Kind, List, Map, Piece, Reason, Symbol, Unknown};
use crate::model::fact::Truth;
use crate::model::number::Number;
use crate::model::terraform::function::json;
use crate::model::value::NodeRef;
use std::sync::Arc;

/// A value from JSON: `"?"` for one that cannot be told, `"a?"` for a text with a hole, `"..."` among
/// the members of a list or `"...": 0` in a map for an unknown number of others.
pub(in crate::model::terraform) fn datum(json: &str) -> Datum {
    fn read(value: &serde_json::Value) -> Datum {
        match value {
            serde_json::Value::Null => Datum::null(),
            serde_json::Value::Bool(value) => Datum::bool(*value),
            serde_json::Value::Number(number) => {
                Datum::new(Kind::Number(Number::parse(&number.to_string()).expect("a JSON number")))
            }
            serde_json::Value::String(text) if text == "?" => Datum::unknown(Reason::Variable),
            serde_json::Value::String(text) if text.contains('?') => {
                let hole = || Piece::Hole(Unknown { reason: Reason::Variable, symbol: None });
                let mut pieces = Vec::new();
                for (index, part) in text.split('?').enumerate() {
                    if index > 0 {
                        pieces.push(hole());
                    }
                    pieces.push(Piece::Text(part.into()));
                }
                text_of(pieces)
            }
            serde_json::Value::String(text) => Datum::text(text.as_str()),
            serde_json::Value::Array(items) => {
                let open = items.iter().position(|item| item == "...");
                let items = items.iter().filter(|item| *item != "...").map(read).collect();
                Datum::new(Kind::List(Arc::new(List { items, open })))
            }
            serde_json::Value::Object(entries) => {
                let open = entries.contains_key("...");
                let entries = entries.iter().filter(|(key, _)| *key != "...");
                let entries =
                    entries.map(|(key, value)| (Arc::from(key.as_str()), read(value))).collect();
                Datum::new(Kind::Map(Arc::new(Map { entries, open, ..Map::default() })))
            }
        }
    }
    read(&serde_json::from_str(json).expect("JSON"))
}

/// A value in the notation of `datum`; sets begin with an `@`.
pub(in crate::model::terraform) fn shown(value: &Datum) -> String {
    match &value.kind {
        Kind::Unknown(_) => "\"?\"".to_owned(),
        Kind::List(list) | Kind::Set(list) => {
            let mut items: Vec<String> = list.items.iter().map(shown).collect();
            if let Some(open) = list.open {
                items.insert(open, "\"...\"".to_owned());
            }
            let mark = if matches!(value.kind, Kind::Set(_)) { "@" } else { "" };
            format!("{mark}[{}]", items.join(","))
        }
        Kind::Map(map) => {
            let entry = |(key, value): (&Arc<str>, &Datum)| format!("\"{key}\":{}", shown(value));
            let mut entries: Vec<String> = map.entries.iter().map(entry).collect();
            if map.open {
                entries.push("\"...\":0".to_owned());
            }
            format!("{{{}}}", entries.join(","))
        }
        _ => encoded(value),
    }
}

/// A value as `jsonencode` writes it, with `?` for holes.
fn encoded(value: &Datum) -> String {
    let piece = |piece: Piece| match piece {
        Piece::Text(text) => text.to_string(),
        Piece::Hole(_) => "?".to_owned(),
    };
    json::encode(value).into_iter().map(piece).collect()
}

fn list(inner: Type) -> Type {
    Type::List(Box::new(inner))
}

fn set(inner: Type) -> Type {
    Type::Set(Box::new(inner))
}

fn map(inner: Type) -> Type {
    Type::Map(Box::new(inner))
}

fn attribute(name: &str, kind: Type, optional: Option<Datum>) -> Attribute {
    Attribute { name: name.into(), kind, optional }
}

fn object() -> Type {
    let inner = vec![attribute("c", Type::Text, Some(Datum::text("deep")))];
    Type::Object(vec![
        attribute("a", Type::Text, None),
        attribute("b", Type::Number, Some(Datum::text("7"))),
        attribute("d", Type::Object(inner), Some(datum("{}"))),
        attribute("e", Type::Bool, Some(Datum::null())),
    ])
}

#[test]
fn values_convert() {
    let cases: &[(&str, Type, &str)] = &[
        ("1", Type::Text, r#""1""#),
        ("1.50", Type::Text, r#""1.5""#),
        ("true", Type::Text, r#""true""#),
        ("null", Type::Text, "null"),
        (r#""a?""#, Type::Text, r#""a?""#),
        (r#""1""#, Type::Bool, "true"),
        (r#""false""#, Type::Bool, "false"),
        (r#""a?""#, Type::Bool, "\"?\""),
        (r#""+1""#, Type::Number, "1"),
        (r#"".5""#, Type::Number, "0.5"),
        (r#""-.5""#, Type::Number, "-0.5"),
        (r#""5.""#, Type::Number, "5"),
        (r#""00012""#, Type::Number, "12"),
        (r#""1e3""#, Type::Number, "1000"),
        (r#""inf""#, Type::Number, "\"?\""),
        (r#""1e99999""#, Type::Number, "\"?\""),
        (r#""1?""#, Type::Number, "\"?\""),
        (r#"[true,"a",1]"#, list(Type::Any), r#"["true","a","1"]"#),
        ("[1,true]", list(Type::Text), r#"["1","true"]"#),
        ("[true,1,\"?\"]", list(Type::Any), "[true,1,\"?\"]"),
        ("[null,1]", list(Type::Any), "[null,1]"),
        (r#"[[1],["a"]]"#, list(Type::Any), r#"[["1"],["a"]]"#),
        (r#"[[1,"a"],["x"]]"#, list(Type::Any), r#"[["1","a"],["x"]]"#),
        (r#"[{"a":1},{"b":"x"}]"#, list(Type::Any), r#"[{"a":"1"},{"b":"x"}]"#),
        (
            r#"[{"a":1,"b":2},{"a":"x","b":3}]"#,
            list(Type::Any),
            r#"[{"a":"1","b":2},{"a":"x","b":3}]"#,
        ),
        (r#"["b","a","B","é","z","a",null]"#, set(Type::Any), r#"@["B","a","b","z","é",null]"#),
        ("[10,9,1.0,1,0.5]", set(Type::Number), "@[0.5,1,9,10]"),
        (r#"[1,"1",1.0]"#, set(Type::Any), r#"@["1"]"#),
        ("[true,false]", set(Type::Any), "@[false,true]"),
        (r#"[{"a":2},{"a":1},{"a":10},{"a":1}]"#, set(Type::Any), r#"@[{"a":10},{"a":1},{"a":2}]"#),
        (
            r#"[{"a":12345678901},{"a":1e30},{"a":0.00001},{"a":2},{"a":0.5},{"a":-3}]"#,
            set(Type::Any),
            r#"@[{"a":-3},{"a":0.5},{"a":12345678901},{"a":1000000000000000000000000000000},{"a":0.00001},{"a":2}]"#,
        ),
        (
            r#"[{"a":"\u0007"},{"a":"\u0001"},{"a":"b"},{"a":"é"},{"a":"\u0000"},{"a":"\u000b"}]"#,
            set(Type::Any),
            r#"@[{"a":"\u0007"},{"a":"\u000b"},{"a":"\u0000"},{"a":"\u0001"},{"a":"b"},{"a":"é"}]"#,
        ),
        (r#"[[1],["b"],[]]"#, set(Type::Any), r#"@[["1"],["b"],[]]"#),
        (r#"{"a":1,"b":"x"}"#, map(Type::Any), r#"{"a":"1","b":"x"}"#),
        (r#"{"a":1,"...":0}"#, map(Type::Text), r#"{"a":"1","...":0}"#),
        (r#"{"a":1}"#, object(), r#"{"a":"1","b":7,"d":{"c":"deep"},"e":null}"#),
        (
            r#"{"a":1,"b":null,"z":1,"d":{"c":null},"e":"true"}"#,
            object(),
            r#"{"a":"1","b":7,"d":{"c":"deep"},"e":true}"#,
        ),
        (r#"{"b":1,"...":0}"#, object(), r#"{"a":"?","b":1,"d":"?","e":"?"}"#),
        ("[1,\"2\"]", Type::Tuple(vec![Type::Text, Type::Number]), r#"["1",2]"#),
        (r#"[1,"a"]"#, Type::Any, r#"[1,"a"]"#),
        (r#""?""#, set(Type::Text), "\"?\""),
        (r#"["b","?","a"]"#, set(Type::Text), r#"@["a","b","?"]"#),
    ];
    for (from, to, expected) in cases {
        let result = convert(&datum(from), to).map(|result| shown(&result));
        assert_eq!(result.as_deref(), Ok(*expected), "{from} to {}", to.name());
    }
}

#[test]
fn values_that_do_not_convert() {
    let cases: &[(&str, Type, &str)] = &[
        ("1", Type::Bool, "A bool is required."),
        (
            r#""True""#,
            Type::Bool,
            "A bool is required; of strings, only \"true\" and \"false\" convert.",
        ),
        ("true", Type::Number, "A number is required."),
        (r#""0x1f""#, Type::Number, "A number is required; the string is not a decimal number."),
        (r#"" 1""#, Type::Number, "A number is required; the string is not a decimal number."),
        (r#""""#, Type::Number, "A number is required; the string is not a decimal number."),
        (r#""1e""#, Type::Number, "A number is required; the string is not a decimal number."),
        ("[]", Type::Text, "A string is required."),
        (r#""a""#, list(Type::Text), "A list of string is required."),
        ("[[]]", list(Type::Text), "Element 0: a string is required."),
        ("[true,1]", list(Type::Any), "All elements must have the same type."),
        ("[1,[2]]", list(Type::Any), "All elements must have the same type."),
        (r#"[{"a":1},{"b":[]}]"#, list(Type::Any), "All elements must have the same type."),
        ("{}", object(), "Attribute \"a\" is required."),
        (
            r#"{"a":"x","b":"y"}"#,
            object(),
            "Attribute \"b\": a number is required; the string is not a decimal number.",
        ),
        ("[1]", Type::Tuple(vec![]), "A tuple of 0 elements is required."),
        (r#"{"k":[]}"#, map(Type::Text), "Element \"k\": a string is required."),
    ];
    for (from, to, expected) in cases {
        let result = convert(&datum(from), to).map(|result| shown(&result));
        assert_eq!(result, Err((*expected).to_owned()), "{from} to {}", to.name());
    }
}

#[test]
fn equality_knows_what_it_does_not_know() {
    let cases: &[(&str, &str, Truth)] = &[
        ("1", "1.0", Truth::True),
        ("1", "\"1\"", Truth::False),
        ("null", "null", Truth::True),
        ("null", "[]", Truth::False),
        ("null", "\"?\"", Truth::Unknown),
        ("null", "\"a?\"", Truth::False),
        (r#""a?""#, r#""ab""#, Truth::Unknown),
        (r#""a?""#, r#""b""#, Truth::False),
        (r#""a?z""#, r#""a""#, Truth::False),
        (r#""a?m?z""#, r#""a-m-z""#, Truth::Unknown),
        (r#""a?m?z""#, r#""a-z""#, Truth::False),
        (r#""a?m?""#, r#""am""#, Truth::Unknown),
        (r#""?a?a""#, r#""a""#, Truth::False),
        (r#""a?""#, r#""ab?""#, Truth::Unknown),
        (r#""a?""#, r#""b?""#, Truth::False),
        (r#""?a""#, r#""?b""#, Truth::False),
        ("[1]", "[1]", Truth::Unknown),
        ("[1]", "[2]", Truth::False),
        ("[1]", "[1,\"?\"]", Truth::False),
        (r#"{"a":1}"#, r#"{"b":1}"#, Truth::False),
        (r#"{"a":1}"#, r#"{"a":1,"...":0}"#, Truth::Unknown),
        (r#"{"...":0}"#, r#"{"a":1}"#, Truth::Unknown),
        (r#"{"a":1,"...":0}"#, r#"{"a":2,"...":0}"#, Truth::False),
        (r#"{"a":1,"...":0}"#, "{}", Truth::False),
    ];
    for (a, b, expected) in cases {
        assert_eq!(equals(&datum(a), &datum(b)), *expected, "{a} == {b}");
        assert_eq!(equals(&datum(b), &datum(a)), *expected, "{b} == {a}");
    }
}

#[test]
fn sets_are_equal_in_any_order() {
    let set = |json: &str, open| match datum(json).kind {
        Kind::List(list) => Datum::new(set_of(list.items.clone(), open)),
        _ => unreachable!("lists only"),
    };
    let cases: &[(&str, bool, &str, bool, Truth)] = &[
        (r#"["a","b"]"#, false, r#"["b","a","a"]"#, false, Truth::True),
        (r#"["a"]"#, false, r#"["b"]"#, false, Truth::False),
        (r#"["a"]"#, true, r#"["a"]"#, false, Truth::Unknown),
        (r#"["a","b"]"#, true, r#"["a"]"#, false, Truth::False),
        (r#"["a","?"]"#, false, r#"["a"]"#, false, Truth::Unknown),
        (r#"["a","?"]"#, false, r#"["b","c","a"]"#, false, Truth::False),
        ("[]", false, "[]", false, Truth::Unknown),
    ];
    for (a, a_open, b, b_open, expected) in cases {
        let (x, y) = (set(a, *a_open), set(b, *b_open));
        assert_eq!(equals(&x, &y), *expected, "{a} == {b}");
        assert_eq!(equals(&y, &x), *expected, "{b} == {a}");
    }
    assert_eq!(same(&set("[]", false), &set("[]", false)), Truth::True);
    assert_eq!(equals(&set("[1]", false), &datum("[1]")), Truth::False);
    let ordered = convert(&set(r#"["b","?","a"]"#, false), &list(Type::Any)).expect("a list");
    assert!(matches!(&ordered.kind, Kind::List(list) if list.open == Some(0)));
}

#[test]
fn places_and_symbols_are_kept() {
    let node = |node| NodeRef { file: FileId(0), node: NodeId(node) };
    let mut value = Datum::int(5);
    value.at = Some(node(1));
    value.origin = Some(node(2));
    let text = to_text(&value).expect("a text");
    assert_eq!((text.at, text.origin), (Some(node(1)), Some(node(2))));
    let texts = convert(&Datum::list(vec![value]), &set(Type::Text)).expect("a set");
    assert!(matches!(&texts.kind, Kind::Set(set) if set.items[0].origin == Some(node(2))));

    let symbol = Symbol { module: 0, block: node(3), key: None, path: "id".into() };
    let id = Datum::from(Unknown { reason: Reason::Computed, symbol: Some(Arc::new(symbol)) });
    assert_eq!(equals(&id, &to_text(&id).expect("unknown")), Truth::True);
    let twice = convert(&Datum::list(vec![id.clone(), id]), &set(Type::Text)).expect("a set");
    assert!(matches!(&twice.kind, Kind::Set(set) if set.items.len() == 1));
}

#[test]
fn documents_are_texts() {
    let document =
        |json| Datum::new(Kind::Json(Arc::new(Json { text: None, document: datum(json) })));
    let known = document(r#"{"b":[1,null],"a":"<&>\u2028\b\f\u007f\u0001\n\t\r\"\\/é"}"#);
    let text = "{\"a\":\"\\u003c\\u0026\\u003e\\u2028\\b\\f\x7f\\u0001\\n\\t\\r\\\"\\\\/é\",\"b\":[1,null]}";
    assert_eq!(whole_text(&known).as_deref(), Some(text));
    assert_eq!(equals(&known, &Datum::text(text)), Truth::True);
    assert!(matches!(to_text(&known).expect("a text").kind, Kind::Json(_)));
    let partial = document(r#"["a?", "?"]"#);
    assert_eq!(encoded(&partial), "\"?\"");
    assert_eq!(encoded(&datum(r#"["a?", "?", {"b": 1, "...": 0}]"#)), r#"["a?",?,{?"b":1?}]"#);
    assert_eq!(convert(&document("5"), &Type::Number).map(|n| shown(&n)), Ok("5".to_owned()));
    let open = Datum::new(Kind::List(Arc::new(List {
        items: vec![Datum::int(1), Datum::int(2)],
        open: Some(1),
    })));
    assert_eq!(encoded(&open), "[1?]");
}
