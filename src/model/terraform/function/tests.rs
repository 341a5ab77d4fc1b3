//! What Terraform 1.11 answers.

use super::call;
use crate::model::datum::{Datum, Kind};
use crate::model::number::Number;
use serde_json::{Value, json};

fn read(value: &Value) -> Datum {
    match value {
        Value::Null => Datum::null(),
        Value::Bool(truth) => Datum::bool(*truth),
        Value::Number(number) => {
            Datum::new(Kind::Number(Number::parse(&number.to_string()).expect("a number")))
        }
        Value::String(text) => Datum::text(text.as_str()),
        Value::Array(items) => Datum::list(items.iter().map(read).collect()),
        Value::Object(entries) => {
            Datum::map(entries.iter().map(|(k, v)| (k.as_str().into(), read(v))).collect())
        }
    }
}

/// As JSON; what is not known is an object with one key that begins with a question mark.
fn shown(datum: &Datum) -> Value {
    match &datum.kind {
        Kind::Null => Value::Null,
        Kind::Bool(truth) => json!(truth),
        Kind::Number(number) => serde_json::from_str(&number.to_string()).expect("a number"),
        Kind::Text(text) => json!(**text),
        Kind::Json(json) if json.text.is_some() => json!(json.text.as_deref()),
        Kind::List(list) if list.open.is_none() => list.items.iter().map(shown).collect(),
        Kind::Map(map) if !map.open => {
            map.entries.iter().map(|(key, value)| (key.to_string(), shown(value))).collect()
        }
        Kind::Unknown(unknown) => json!({"?": format!("{:?}", unknown.reason)}),
        other => json!({"?": format!("{other:?}")}),
    }
}

/// Each case: a function, its arguments, its answer; `"!"` stands for an error.
fn check(cases: &Value) {
    for case in cases.as_array().expect("a list of cases") {
        let name = case[0].as_str().expect("a name");
        let arguments: Vec<Datum> =
            case[1].as_array().expect("arguments").iter().map(read).collect();
        let answer = match call(name, &arguments).expect("a function") {
            Ok(answer) => shown(&answer),
            Err(sentence) => {
                assert!(sentence.ends_with('.'), "{case}: {sentence}");
                json!("!")
            }
        };
        assert_eq!(answer, case[2], "{case}");
    }
}

#[test]
fn texts() {
    check(&json!([
        ["chomp", ["hello\r\n\n\r"], "hello"],
        ["chomp", [null], "!"],
        ["chomp", [], "!"],
        ["chomp", ["a", "b"], "!"],
        ["chomp", [["a"]], "!"],
        ["indent", [2, "a\nb\n\nc"], "a\n  b\n  \n  c"],
        ["indent", [-1, "a"], "!"],
        ["indent", [1.5, "a"], "!"],
        ["join", [",", ["a"], [], ["b", "c"]], "a,b,c"],
        ["join", [","], "!"],
        ["join", [",", ["a", null]], "!"],
        ["join", [",", "a"], "!"],
        ["lower", ["ÀÉİΣς ǅ ẞ"], "àéiσς ǆ ß"],
        ["upper", ["àéßŉǰᾳ ǆ ﬁ"], "ÀÉßŉǰᾼ Ǆ ﬁ"],
        ["title", ["it's a_b 1st élan ǆ x.y"], "It'S A_b 1st Élan ǅ X.Y"],
        ["trim", ["?!hello?!", "!?"], "hello"],
        ["trimprefix", ["helloworld", "hello"], "world"],
        ["trimsuffix", ["helloworld", "world"], "hello"],
        ["trimspace", ["\u{a0}\t a \u{2003}\n\u{200b}"], "a \u{2003}\n\u{200b}"],
        ["split", [",", "a,b,"], ["a", "b", ""]],
        ["split", [",", ""], [""]],
        ["split", ["", "abc"], ["a", "b", "c"]],
        ["split", ["", ""], []],
        ["strrev", ["hello e\u{301}x"], "xe\u{301} olleh"],
        ["substr", ["hello", -3, 2], "ll"],
        ["substr", ["hello", -9, 2], "he"],
        ["substr", ["hello", 2, -2], "llo"],
        ["substr", ["hello", 9, 2], ""],
        ["substr", ["hello", 1, 0], ""],
        ["substr", ["🤔🤷e\u{301}x", 1, 2], "🤷e\u{301}"],
        ["startswith", ["hello", ""], true],
        ["endswith", ["hello", "llo"], true],
        ["strcontains", ["hello", "x"], false],
        ["replace", ["1 + 2", "+", "-"], "1 - 2"],
        ["replace", ["aaa", "aa", "b"], "ba"],
        ["replace", ["abc", "", "-"], "-a-b-c-"],
        ["replace", ["abc", "/", "x"], "abc"],
        ["replace", ["a/b", "//", "x"], "xax/xbx"],
    ]));
}

#[test]
fn patterns() {
    check(&json!([
        ["regex", ["[a-z]+", "53.3aab2"], "aab"],
        ["regex", ["(\\d+)-(\\d\\d)", "2019-02-01"], ["2019", "02"]],
        ["regex", ["(?P<x>a)|(?<y>b)", "b"], {"x": null, "y": "b"}],
        ["regex", ["(?P<x>a)(b)", "ab"], "!"],
        ["regex", ["x", "b"], "!"],
        ["regex", ["\\w+", "é1"], "1"],
        ["regex", ["\\bx", "éx"], "x"],
        ["regex", ["(?i)k", "\u{212a}"], "\u{212a}"],
        ["regex", ["[^]a]", "]ab"], "b"],
        ["regex", ["[a&&b]+", "&&a"], "&&a"],
        ["regex", ["[a[b]", "["], "["],
        ["regex", ["[\\w-.]+", "a-."], "a-."],
        ["regex", ["[+--]+", "+,-"], "+,-"],
        ["regex", ["[[:^alpha:]]+", "a12"], "12"],
        ["regex", ["a{,2}", "a{,2}"], "a{,2}"],
        ["regex", ["\\Qa.b\\E", "a.b"], "a.b"],
        ["regex", ["\\<\\101", "<A"], "<A"],
        ["regex", [".", "\n"], "!"],
        ["regex", ["\\s", "\u{b}"], "!"],
        ["regex", ["a**", "a"], {"?": "Function"}],
        ["regex", ["(", "a"], {"?": "Function"}],
        ["regex", ["(?=a)", "a"], {"?": "Function"}],
        ["regexall", ["[a-z]+", "12ab56ef9"], ["ab", "ef"]],
        ["regexall", ["(a)(b)?", "aab"], [["a", null], ["a", "b"]]],
        ["regexall", ["b*", "abc"], ["", "b", ""]],
        ["regexall", ["x", "b"], []],
        ["replace", ["abc", "/b*/", "-"], "-a-c-"],
        ["replace", ["abc", "/(?P<x>b)/", "[$x][$xy][${1}][$1W]$$$"], "a[b][][b][]$$c"],
        ["replace", ["abc", "/b/", "${"], "a${c"],
    ]));
}

#[test]
fn formats() {
    check(&json!([
        ["format", ["%d|%5d|%-5d|%05d|%+d|% d", 4, 4, 4, 4, 4, 4], "4|    4|4    |00004|+4| 4"],
        ["format", ["%x %X %o %b %#x %#o %#b", 255, 255, 8, 5, -255, 8, 5], "ff FF 10 101 -0xff 010 0b101"],
        ["format", ["%010.3d|%-+8.3d|%.0d|%#08x", 5, 5, 0, 10], "       005|+005    ||0x00000a"],
        ["format", ["%e %E %f %g %G", 1234.5678, 1234.5678, 1234.5678, 1234.5678, 1e-10],
            "1.234568e+03 1.234568E+03 1234.567800 1234.5678 1E-10"],
        ["format", ["%v %v %v", 1_000_000, 100_000, -0.00001], "1e+06 100000 -1e-05"],
        ["format", ["%.3g %.1g %.10g %.17g", 1.234e-5, 15, 1e15, 1e15], "1.23e-05 2e+01 1e+15 1000000000000000"],
        ["format", ["%.1f %.0f %.0f %.0e", 0.25, 0.5, 1.5, 0], "0.2 0 2 0e+00"],
        ["format", ["%08.3f|%-8.2f|%-05.1f", 2.46813, 2.46813, 1.5], "0002.468|2.47    |001.5"],
        ["format", ["%5s|%-5s|%.2s|%.0s|%05s|%-05s", "abc", "abc", "abc", "abc", "abc", "abc"],
            "  abc|abc  |ab|abc|00abc|abc00"],
        ["format", ["%[2]s %[1]s %[1]d%%", 1, "b"], "b 1 1%"],
        ["format", ["%1[1]d", 7], "7"],
        ["format", ["%t %6t", "1", false], "true false"],
        ["format", ["%d", "12"], "12"],
        ["format", ["%d", 1.5], "!"],
        ["format", ["%[2]s %s", "a", "b"], "!"],
        ["format", ["%s", "a", "b"], "!"],
        ["format", ["%s"], "!"],
        ["format", ["%z", 1], "!"],
        ["format", ["%*d", 5, 1], "!"],
        ["format", ["%[18446744073709551615]s%s", 5, 1], "!"],
        ["format", ["100%"], "!"],
        ["format", ["%[0]s", 1], "!"],
        ["format", ["%5%"], "!"],
        ["format", ["%s", [1]], "!"],
        ["format", ["%9999999999d", 1], {"?": "Limit"}],
        ["format", ["%v|%5v|%#v|%v|%q|%5q", [1, "a<", null], true, "a", null, "\u{8}\"é", 1],
            "[1,\"a\\u003c\",null]| true|\"a\"|null|\"\\b\\\"é\"|  \"1\""],
        ["formatlist", ["%s-%s", ["a", "b"], "c"], ["a-c", "b-c"]],
        ["formatlist", ["%s-%s", ["a", "b"], ["c"]], "!"],
        ["formatlist", ["%s-%s", [], "c"], []],
        ["formatlist", ["x"], ["x"]],
    ]));
}

#[test]
fn numbers() {
    check(&json!([
        ["abs", ["-2.5"], 2.5],
        ["ceil", [-1.5], -1],
        ["floor", [-1.5], -2],
        ["ceil", [[1]], "!"],
        ["log", [8, 2], 3],
        ["log", [1000, 10], 2.999_999_999_999_999_6],
        ["log", [-1, 10], "!"],
        ["log", [0, 10], {"?": "Function"}],
        ["max", [1, "3", 2], 3],
        ["min", [1, 2.5], 1],
        ["max", [], "!"],
        ["max", [1, null], "!"],
        ["pow", [2, 10], 1024],
        ["pow", [2, -2], 0.25],
        ["pow", [0, 0], 1],
        ["pow", [0.1, 10], {"?": "Function"}],
        ["pow", [3, 40], {"?": "Function"}],
        ["signum", [-3], -1],
        ["signum", [1.5], "!"],
        ["parseint", ["-fF", 16], -255],
        ["parseint", ["zZ", 62], 2231],
        ["parseint", ["0x1f", 16], "!"],
        ["parseint", ["1_0", 10], "!"],
        ["parseint", ["", 10], "!"],
        ["parseint", [12, 10], "!"],
        ["parseint", ["12", 63], "!"],
    ]));
}

#[test]
fn encodings() {
    check(&json!([
        ["base64encode", ["héllo"], "aMOpbGxv"],
        ["base64decode", ["aMOpbGxv\n"], "héllo"],
        ["base64decode", ["YR=="], "a"],
        ["base64decode", ["YQ"], "!"],
        ["base64decode", ["/w=="], "!"],
        ["base64gzip", ["a"], {"?": "Impure"}],
        ["textencodebase64", ["Hello", "UTF-16LE"], "SABlAGwAbABvAA=="],
        ["textencodebase64", ["é😀", "utf-16be"], "AOnYPd4A"],
        ["textencodebase64", ["é", "latin1"], {"?": "Function"}],
        ["textdecodebase64", ["SABlAGwAbABvAA==", "UTF-16LE"], "Hello"],
        ["textdecodebase64", ["AA==", "UTF-16LE"], "!"],
        ["urlencode", ["Hello a/b?é~-_.*'+"], "Hello+a%2Fb%3F%C3%A9~-_.%2A%27%2B"],
        ["csvdecode", ["a,b\r\n\n1,\"x\"\"y\nz\"\r\n"], [{"a": "1", "b": "x\"y\nz"}]],
        ["csvdecode", ["a\n\"\"\n1\r2\n"], [{"a": ""}, {"a": "1\r2"}]],
        ["csvdecode", ["a,b"], []],
        ["csvdecode", [" \n\r"], []],
        ["csvdecode", ["\n"], "!"],
        ["csvdecode", ["a,a\n1,2"], "!"],
        ["csvdecode", ["a,b\n1"], "!"],
        ["csvdecode", ["a,b\n1,x\"y"], "!"],
        ["csvdecode", ["a,b\n1,\"xy"], "!"],
        ["md5", ["hello world"], "5eb63bbbe01eeed093cb22bb8f5acdc3"],
        ["sha1", ["hello"], "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"],
        ["base64sha256", ["hello"], "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="],
        ["uuidv5", ["dns", "www.terraform.io"], "a5008fae-b28c-5ba5-96cd-82b4c53552d6"],
        ["uuidv5", ["x500", "CN=Example,C=GB"], "84e09961-4aa4-57f8-95b7-03edb1073253"],
        ["uuidv5", ["urn:uuid:6BA7B810-9dad-11d1-80b4-00c04fd430c8", "www.terraform.io"],
            "a5008fae-b28c-5ba5-96cd-82b4c53552d6"],
        ["uuidv5", ["DNS", "a"], "!"],
        ["bcrypt", ["a"], {"?": "Impure"}],
        ["uuid", [], {"?": "Impure"}],
    ]));
}

#[test]
fn yaml() {
    let folded = "a very long text that goes on and on and on and on and on and on and on and on and \
                  on and on and on past eighty";
    check(&json!([
        ["yamlencode", [{"a": "b", "d": [1, true, null], "e": {}, "f": [], "h": "x\ny", "j": "1"}],
            "\"a\": \"b\"\n\"d\":\n- 1\n- true\n- null\n\"e\": {}\n\"f\": []\n\"h\": |-\n  x\n  y\n\"j\": \"1\"\n"],
        ["yamlencode", [[[1, [2]], {"a": [{"b": 1, "c": 2}]}]],
            "- - 1\n  - - 2\n- \"a\":\n  - \"b\": 1\n    \"c\": 2\n"],
        ["yamlencode", [null], "null\n...\n"],
        ["yamlencode", [folded], "\"a very long text that goes on and on and on and on and on and on and on and on and\n  on and on and on past eighty\"\n"],
        ["yamlencode", [{"a": "\n", "b": " x\ny\n\n", "c": "x \ny", "d": 1}],
            "\"a\": |2+\n\n\"b\": |2+\n   x\n  y\n\n\"c\": \"x \\ny\"\n\"d\": 1\n"],
        ["yamlencode", [{"a\nb": 1}], {"?": "Function"}],
        ["yamldecode", ["a: yes\nb: n\nc: ~\nd: 017\ne: 0x1F\nf: .5\ng: 1_0\nn: 1\n1.50: 2"],
            {"a": true, "b": false, "c": null, "d": 17, "e": 31, "f": 0.5, "g": "1_0", "false": 1, "1.5": 2}],
        ["yamldecode", ["a: &x {p: 1}\nb: {p: 3, <<: *x, q: 2}"], {"a": {"p": 1}, "b": {"p": 1, "q": 2}}],
        ["yamldecode", ["a: '1'\nb: |\n  x\nc: !!str 1\nd: !x 1"],
            {"a": "1", "b": "x\n", "c": "1", "d": {"?": "Function"}}],
        ["yamldecode", ["a: 2020-01-02\nb: .inf\nc: 1:30"],
            {"a": {"?": "Function"}, "b": {"?": "Function"}, "c": "1:30"}],
        ["yamldecode", ["a: &x 1\nb: {<<: [*x]}"], "!"],
        ["yamldecode", ["# none"], "!"],
        ["yamldecode", ["a: 1\n---\nb: 1"], "!"],
        ["yamldecode", ["a: [1"], {"?": "Function"}],
    ]));
}

#[test]
fn yaml_is_bounded() {
    let bomb = (1..30).fold("a0: &a0 [x,x]\n".to_owned(), |text, turn| {
        let before = turn - 1;
        format!("{text}a{turn}: &a{turn} [*a{before},*a{before}]\n")
    });
    check(&json!([["yamldecode", [bomb], {"?": "Limit"}]]));
    let deep = "[".repeat(5000) + &"]".repeat(5000);
    let answer = call("yamldecode", &[Datum::text(deep)]).expect("a function");
    assert!(answer.expect("no error").as_unknown().is_some());
}

#[test]
fn times_and_networks() {
    check(&json!([
        ["formatdate", ["EEEE, DD-MMM-YY hh:mm:ss ZZZ", "2018-01-02T23:12:01Z"], "Tuesday, 02-Jan-18 23:12:01 UTC"],
        ["formatdate", ["H:m AA M D 'o''clock' Z ZZZZ", "2018-03-02T00:02:01+05:30"], "12:2 AM 3 2 o'clock +05:30 +0530"],
        ["formatdate", ["EEE", "0000-02-29T23:02:59Z"], "Tue"],
        ["formatdate", ["YYY", "2018-03-02T00:02:01Z"], "!"],
        ["formatdate", ["'x", "2018-03-02T00:02:01Z"], "!"],
        ["formatdate", ["YYYY", "2018-02-30T00:02:01Z"], "!"],
        ["timeadd", ["2017-11-22T00:00:00+02:00", "-1h30m"], "2017-11-21T22:30:00+02:00"],
        ["timeadd", ["2017-11-22T00:00:00.5Z", "600ms"], "2017-11-22T00:00:01Z"],
        ["timeadd", ["2017-11-22T00:00:00Z", "24d"], "!"],
        ["timeadd", ["2017-11-22T00:00:00Z", "9999999h"], "!"],
        ["timecmp", ["2017-11-22T00:00:00Z", "2017-11-22T01:00:00+01:00"], 0],
        ["timecmp", ["2017-11-22T00:00:00Z", "2017-11-22T00:00:00.1Z"], -1],
        ["timestamp", [], {"?": "Impure"}],
        ["cidrhost", ["10.12.112.55/20", -1], "10.12.127.255"],
        ["cidrhost", ["10.0.0.0/24", 256], "!"],
        ["cidrhost", ["10.0.0.0/24", -257], "!"],
        ["cidrhost", ["010.001.0.0/016", 1], "10.1.0.1"],
        ["cidrhost", ["fd00:fd12:3456:7890:00a2::/72", 34], "fd00:fd12:3456:7890::22"],
        ["cidrhost", ["::/0", -1], "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
        ["cidrhost", ["10.0.0.0", 1], "!"],
        ["cidrhost", ["10.0.0.0/33", 1], "!"],
        ["cidrhost", ["::ffff:10.0.0.0/104", 1], {"?": "Function"}],
        ["cidrnetmask", ["172.16.0.0/12"], "255.240.0.0"],
        ["cidrnetmask", ["fd00::/64"], "!"],
        ["cidrsubnet", ["10.1.2.0/24", 4, 15], "10.1.2.240/28"],
        ["cidrsubnet", ["10.1.2.0/24", 4, 16], "!"],
        ["cidrsubnet", ["10.1.2.0/24", 9, 0], "!"],
        ["cidrsubnet", ["10.1.2.77/24", 0, 0], "10.1.2.0/24"],
        ["cidrsubnet", ["fd00:fd12:3456:7890::/56", 16, 162], "fd00:fd12:3456:7800:a200::/72"],
        ["cidrsubnet", ["10.1.2.0/24", -1, 0], {"?": "Function"}],
        ["cidrsubnets", ["10.1.0.0/16", 4, 4, 8, 4], ["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"]],
        ["cidrsubnets", ["10.1.0.0/16", 1, 1, 1], "!"],
        ["cidrsubnets", ["0.0.0.0/0", 8], "!"],
        ["cidrsubnets", ["fd00::/16", 33], "!"],
    ]));
}
