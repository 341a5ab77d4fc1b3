//! What Terraform 1.11 answers of lists, maps, sets, types and JSON, and what is said of arguments
//! that are known in part.

use super::call;
use crate::model::datum::Datum;
use crate::model::terraform::conversion::tests::{datum, shown};

/// Each case: a function, a list of its arguments, its answer; `!` stands for an error.
fn check(cases: &[(&str, &str, &str)]) {
    for (name, arguments, expected) in cases {
        let arguments: Vec<serde_json::Value> = serde_json::from_str(arguments).expect("JSON");
        let arguments: Vec<Datum> = arguments.iter().map(argument).collect();
        let answer = match call(name, &arguments).expect("a function") {
            Ok(answer) => shown(&answer),
            Err(sentence) => {
                assert!(sentence.ends_with('.') && sentence.len() < 200, "{sentence}");
                "!".to_owned()
            }
        };
        assert_eq!(answer, *expected, "{name}{arguments:?}");
    }
}

/// In the notation of `datum`; `{"@": […]}` is a set.
fn argument(json: &serde_json::Value) -> Datum {
    match json.get("@") {
        Some(members) => call("toset", &[argument(members)]).expect("a function").expect("a set"),
        None => datum(&json.to_string()),
    }
}

#[test]
fn lists() {
    check(&[
        ("alltrue", "[[]]", "true"),
        ("alltrue", r#"[[true,"true"]]"#, "true"),
        ("alltrue", "[[true,null]]", "false"),
        ("alltrue", r#"[[true,"x"]]"#, "!"),
        ("alltrue", r#"[["?",false]]"#, "false"),
        ("alltrue", r#"[["?",true]]"#, r#""?""#),
        ("alltrue", r#"[[true,"..."]]"#, r#""?""#),
        ("alltrue", r#"[["...",false]]"#, "false"),
        ("anytrue", "[[null]]", "false"),
        ("anytrue", "[[null,true]]", "true"),
        ("anytrue", r#"[["?",true]]"#, "true"),
        ("anytrue", r#"[[false,"..."]]"#, r#""?""#),
        ("chunklist", r#"[["a","b","c"],2]"#, r#"[["a","b"],["c"]]"#),
        ("chunklist", r#"[["a"],0]"#, r#"[["a"]]"#),
        ("chunklist", "[[],0]", "[]"),
        ("chunklist", r#"[["a"],-1]"#, "!"),
        ("chunklist", r#"[["a","b","c","..."],2]"#, r#"[["a","b"],"..."]"#),
        ("coalesce", r#"["",null,"b"]"#, r#""b""#),
        ("coalesce", r#"[1,"a"]"#, r#""1""#),
        ("coalesce", r#"["",0]"#, r#""0""#),
        ("coalesce", "[true,1]", "!"),
        ("coalesce", "[null,null]", "!"),
        ("coalesce", "[]", "!"),
        ("coalesce", "[null,[]]", "[]"),
        ("coalesce", r#"[null,"1",{}]"#, r#""1""#),
        ("coalesce", r#"["?","b"]"#, r#""?""#),
        ("coalesce", r#"["a?","b"]"#, r#""a?""#),
        ("coalescelist", r#"[[],["b"]]"#, r#"["b"]"#),
        ("coalescelist", "[[],[]]", "!"),
        ("coalescelist", r#"[{"@":[]},["b"]]"#, "!"),
        ("coalescelist", r#"[["a","..."],["b"]]"#, r#"["a","..."]"#),
        ("coalescelist", r#"[["..."],["b"]]"#, r#""?""#),
        ("compact", r#"[["a","",null,"b"]]"#, r#"["a","b"]"#),
        ("compact", r#"[{"@":["b","a",""]}]"#, r#"["a","b"]"#),
        ("compact", r#"[["a","?","b","c?"]]"#, r#"["a","...","b","c?"]"#),
        ("compact", "[[[]]]", "!"),
        ("concat", r#"[["a"],[1]]"#, r#"["a",1]"#),
        ("concat", r#"[["a"],{"@":["z"]}]"#, "!"),
        ("concat", r#"[["a"],null]"#, "!"),
        ("concat", r#"[["a"],"?",["b"]]"#, r#"["a","...","b"]"#),
        ("concat", r#"[["a","...","b"],["c","..."]]"#, r#"["a","...","b","c"]"#),
        ("concat", r#"["?"]"#, r#""?""#),
        ("contains", r#"[["a","1"],1]"#, "false"),
        ("contains", r#"[{"@":["a"]},"a"]"#, "true"),
        ("contains", r#"[["?","a"],"a"]"#, "true"),
        ("contains", r#"[["?","a"],"b"]"#, r#""?""#),
        ("contains", r#"[["a?"],"b"]"#, "false"),
        ("contains", r#"[["a","..."],"b"]"#, r#""?""#),
        ("contains", r#"[[],"?"]"#, "false"),
        ("contains", r#"["abc","a"]"#, "!"),
        ("distinct", r#"[["b","a","b"]]"#, r#"["b","a"]"#),
        ("distinct", r#"[[1,"1"]]"#, r#"["1"]"#),
        ("distinct", r#"[["a","?","b","a"]]"#, r#"["a","...","b"]"#),
        ("distinct", r#"[["a","b?"]]"#, r#"["a","b?"]"#),
        ("element", r#"[["a","b"],3]"#, r#""b""#),
        ("element", r#"[["a","b"],-1]"#, "!"),
        ("element", r#"[["a","b"],-2]"#, r#""a""#),
        ("element", "[[],0]", "!"),
        ("element", r#"[{"@":["a"]},0]"#, "!"),
        ("element", r#"[["a","..."],0]"#, r#""a""#),
        ("element", r#"[["a","..."],1]"#, r#""?""#),
        ("element", r#"[["a"],"?"]"#, r#""a""#),
    ]);
}

#[test]
fn positions() {
    check(&[
        ("flatten", r#"[[["a",["b"]],"d",{"a":[1]},null]]"#, r#"["a","b","d",{"a":[1]},null]"#),
        ("flatten", r#"[{"@":[["b"],["a"]]}]"#, r#"["a","b"]"#),
        ("flatten", r#"[[["a"],"?",["b"]]]"#, r#"["a","...","b"]"#),
        ("flatten", r#"[[["a","..."],"b"]]"#, r#"["a","...","b"]"#),
        ("flatten", r#"["a"]"#, "!"),
        ("index", r#"[["a","b"],"b"]"#, "1"),
        ("index", r#"[[1],"1"]"#, "!"),
        ("index", r#"[["?","b"],"b"]"#, r#""?""#),
        ("index", r#"[["a?","b"],"b"]"#, "1"),
        ("length", r#"["he\u0301👨‍👩‍👧"]"#, "3"),
        ("length", r#"["a?"]"#, r#""?""#),
        ("length", r#"[["?",1]]"#, "2"),
        ("length", r#"[{"@":["?","a"]}]"#, r#""?""#),
        ("length", r#"[{"@":["b?","a"]}]"#, "2"),
        ("length", r#"[{"a":1,"...":0}]"#, r#""?""#),
        ("length", "[5]", "!"),
        ("matchkeys", r#"[["i1","i2","i3"],["z1","z2","z1"],["z1"]]"#, r#"["i1","i3"]"#),
        ("matchkeys", r#"[["a"],["b","c"],["b"]]"#, "!"),
        ("matchkeys", r#"[["a","b","c"],["x","?","x"],["x"]]"#, r#"["a","...","c"]"#),
        ("one", "[[]]", "null"),
        ("one", r#"[{"@":["a"]}]"#, r#""a""#),
        ("one", "[[1,2]]", "!"),
        ("one", r#"[["a","..."]]"#, r#""a""#),
        ("one", r#"[["..."]]"#, r#""?""#),
        ("range", "[3]", "[0,1,2]"),
        ("range", "[-2]", "[0,-1]"),
        ("range", "[4,1]", "[4,3,2]"),
        ("range", "[4,1,-2]", "[4,2]"),
        ("range", "[0,1,0.25]", "[0,0.25,0.5,0.75]"),
        ("range", "[0,0,-1]", "[]"),
        ("range", "[1,4,0]", "!"),
        ("range", "[1,4,-1]", "!"),
        ("range", "[1025]", "!"),
        ("reverse", r#"[["a",1]]"#, r#"[1,"a"]"#),
        ("reverse", r#"[["a","..."]]"#, r#"["...","a"]"#),
        ("slice", r#"[["a","b","c"],1,2]"#, r#"["b"]"#),
        ("slice", r#"[["a"],0,2]"#, "!"),
        ("slice", r#"[["a","b","..."],1,3]"#, r#"["b","..."]"#),
        ("slice", r#"[["a","b","..."],0,2]"#, r#"["a","b"]"#),
        ("sort", r#"[["b","a","B","é"]]"#, r#"["B","a","b","é"]"#),
        ("sort", "[[10,9]]", r#"["10","9"]"#),
        ("sort", r#"[["a",null]]"#, "!"),
        ("sort", r#"[["b","?","a"]]"#, r#"["...","a","b","?"]"#),
        ("sum", r#"[[1,"2",0.1,0.2]]"#, "3.3"),
        ("sum", "[[]]", "!"),
        ("sum", r#"[[1,"?"]]"#, r#""?""#),
    ]);
}

#[test]
fn maps() {
    check(&[
        ("keys", r#"[{"b-1":1,"B":2,"a":3}]"#, r#"["B","a","b-1"]"#),
        ("keys", r#"[{"a":"?"}]"#, r#"["a"]"#),
        ("keys", r#"[{"a":1,"...":0}]"#, r#"["...","a"]"#),
        ("values", r#"[{"b":1,"a":"x"}]"#, r#"["x",1]"#),
        ("values", "[[]]", "!"),
        ("lookup", r#"[{"a":1},"a"]"#, "1"),
        ("lookup", r#"[{"a":1},"b"]"#, "!"),
        ("lookup", r#"[{"a":null},"a","d"]"#, "null"),
        ("lookup", r#"[{"1":2},1,3]"#, "2"),
        ("lookup", r#"[{"a":1},"b","?"]"#, r#""?""#),
        ("lookup", r#"[{"a":1,"...":0},"b","c"]"#, r#""?""#),
        ("lookup", r#"[{"a":1,"...":0},"a","c"]"#, "1"),
        ("lookup", r#"[{"a":1},"b?","c"]"#, r#""c""#),
        ("lookup", r#"[{"a":1},"a?","c"]"#, r#""?""#),
        ("merge", r#"[{"a":1},{"a":2,"b":[1]},null]"#, r#"{"a":2,"b":[1]}"#),
        ("merge", "[]", "{}"),
        ("merge", r#"[{"a":1},[]]"#, "!"),
        ("merge", r#"[{"a":1},"?",{"b":2}]"#, r#"{"a":"?","b":2,"...":0}"#),
        ("merge", r#"[{"a":1,"b":1},{"b":2,"...":0}]"#, r#"{"a":"?","b":2,"...":0}"#),
        ("merge", r#"["?"]"#, r#""?""#),
        ("transpose", r#"[{"a":["1","2"],"b":["2"]}]"#, r#"{"1":["a"],"2":["a","b"]}"#),
        ("transpose", r#"[{"a":"x"}]"#, "!"),
        ("transpose", r#"[{"a":["?"]}]"#, r#""?""#),
        ("zipmap", r#"[["a","b"],[1,"x"]]"#, r#"{"a":1,"b":"x"}"#),
        ("zipmap", r#"[["a"],[1,2]]"#, "!"),
        ("zipmap", r#"[["a","a"],[1,2]]"#, r#"{"a":2}"#),
        ("zipmap", r#"[["a","b"],[1,"..."]]"#, r#"{"a":1,"b":"?"}"#),
        ("zipmap", r#"[["a","?"],[1,2]]"#, r#""?""#),
    ]);
}

#[test]
fn sets() {
    check(&[
        ("setunion", r#"[["b"],["a",1]]"#, r#"@["1","a","b"]"#),
        ("setunion", "[[true],[1]]", "!"),
        ("setunion", r#"[["b"],"?",["a"]]"#, r#"@["a","b","..."]"#),
        ("setunion", r#"[null,["a"]]"#, "!"),
        ("setintersection", r#"[["a","b"],["b"]]"#, r#"@["b"]"#),
        ("setintersection", r#"[["a"],[1]]"#, "@[]"),
        ("setintersection", r#"["?",[]]"#, "@[]"),
        ("setintersection", r#"[["a","b"],["b","?"]]"#, r#"@["b","..."]"#),
        ("setintersection", r#"[["a","b"],["b","c?"]]"#, r#"@["b"]"#),
        ("setsubtract", r#"[[1,2],["2"]]"#, r#"@["1"]"#),
        ("setsubtract", r#"[["a","b"],["b","..."]]"#, r#"@["..."]"#),
        ("setsubtract", r#"[["a","..."],["b"]]"#, r#"@["a","..."]"#),
        ("setsubtract", r#"[[],"?"]"#, "@[]"),
        ("setproduct", r#"[["a","b"],[1,2]]"#, r#"[["a",1],["a",2],["b",1],["b",2]]"#),
        ("setproduct", r#"[{"@":["b","a"]},[1]]"#, r#"@[["a",1],["b",1]]"#),
        ("setproduct", r#"[["a"]]"#, "!"),
        ("setproduct", r#"[["a","..."],[1]]"#, r#"["...",["a",1]]"#),
        ("setproduct", r#"[["..."],[]]"#, "[]"),
    ]);
}

#[test]
fn types() {
    check(&[
        ("tobool", r#"["1"]"#, "true"),
        ("tobool", "[1]", "!"),
        ("tolist", r#"[[true,"a",1]]"#, r#"["true","a","1"]"#),
        ("tolist", "[null]", "null"),
        ("tolist", r#"[{"@":["b","a"]}]"#, r#"["a","b"]"#),
        ("tolist", r#"[{"@":["b","?","a"]}]"#, r#"["...","a","b"]"#),
        ("tomap", r#"[{"a":1,"b":"x"}]"#, r#"{"a":"1","b":"x"}"#),
        ("tomap", "[[]]", "!"),
        ("tonumber", r#"["1e3"]"#, "1000"),
        ("tonumber", "[true]", "!"),
        ("toset", r#"[["b","a","b"]]"#, r#"@["a","b"]"#),
        ("toset", r#"[["b","?"]]"#, r#"@["b","?"]"#),
        ("tostring", r#"["a?"]"#, r#""a?""#),
        ("tostring", "[[]]", "!"),
        ("sensitive", r#"["a"]"#, r#""a""#),
        ("nonsensitive", r#"["?"]"#, r#""?""#),
        ("issensitive", "[1]", r#""?""#),
        ("ephemeralasnull", "[null]", "null"),
        ("ephemeralasnull", "[1]", r#""?""#),
        ("tostring", "[]", "!"),
        ("tostring", "[1,2]", "!"),
    ]);
}

#[test]
fn documents() {
    check(&[
        (
            "jsonencode",
            r#"[{"b":1,"a":null,"<":["b"]}]"#,
            r#""{\"\\u003c\":[\"b\"],\"a\":null,\"b\":1}""#,
        ),
        ("jsonencode", r#"[{"@":["b","a"]}]"#, r#""[\"a\",\"b\"]""#),
        ("jsonencode", "[1e30]", r#""1000000000000000000000000000000""#),
        ("jsonencode", r#"["?"]"#, r#""?""#),
        ("jsondecode", r#"["{\"a\":[1,null,\"x\"],\"b\":{}}"]"#, r#"{"a":[1,null,"x"],"b":{}}"#),
        ("jsondecode", r#"["{\"a\":1,\"a\":2}"]"#, r#"{"a":2}"#),
        ("jsondecode", r#"[" [1.50,12345678901234567890123] "]"#, "[1.5,12345678901234567890123]"),
        ("jsondecode", r#"["\"\\ud83d\\ude00\""]"#, r#""😀""#),
        ("jsondecode", r#"["01"]"#, "!"),
        ("jsondecode", r#"["[1,]"]"#, "!"),
        ("jsondecode", r#"["\ufeff1"]"#, "!"),
        ("jsondecode", r#"["1 2"]"#, "!"),
        ("jsondecode", r#"[""]"#, "!"),
        ("jsondecode", "[5]", "5"),
        ("jsondecode", "[null]", "!"),
        ("jsondecode", r#"["{?}"]"#, r#""?""#),
    ]);
    let document = datum(r#"{"a":"?","b":["x?"]}"#);
    let text = call("jsonencode", std::slice::from_ref(&document));
    let text = text.expect("a function").expect("a text");
    let back = call("jsondecode", &[text]).expect("a function").expect("a document");
    assert_eq!(shown(&back), shown(&document));
    let deep = Datum::text("[".repeat(1000) + &"]".repeat(1000));
    assert_eq!(shown(&call("jsondecode", &[deep]).expect("a function").expect("unknown")), "\"?\"");
}

#[test]
fn nothing_grows_without_bound() {
    let many = Datum::list(vec![Datum::int(1); 2000]);
    let answer = call("setproduct", &[many.clone(), many]).expect("a function").expect("unknown");
    assert_eq!(shown(&answer), "\"?\"");
    let mut bomb = Datum::list(vec![Datum::int(1); 10]);
    for _ in 0..20 {
        bomb = Datum::list(vec![bomb; 10]);
    }
    let answer = call("flatten", &[bomb]).expect("a function").expect("unknown");
    assert_eq!(shown(&answer), "\"?\"");
}
