//! The formats with one entry for each finding: what they say, and that texts of manifests stay
//! texts in each of them.

use super::{finding, net, place, rule, sources, text};
use serde_json::{Value, json};
use ztlint::input::problem::{Level, Problem};
use ztlint::input::source::{FileId, Span};
use ztlint::report::{Format, Look};
use ztlint::rules::card::Severity;
use ztlint::rules::finding::Confidence;
use ztlint::rules::outcome::Report;

fn written(format: Format, report: &Report) -> String {
    text(format, report, &Look::default())
}

/// A high finding after characters of two and four bytes, a possible low one that leaves its line,
/// a broken file, an unreadable one, and a note, which is no entry.
fn several() -> Report {
    let mut report = sources(&[("k/a.yaml", "ü🦀: allow\nb: {\n}\n"), ("k/b.yaml", "- }\n")]);
    let mut possible = finding(rule("ZT-POL-901", "POL", Severity::Low), place(&report, 0, "{\n}"));
    possible.confidence = Confidence::Possible;
    possible.assumption = Some("nobody else allows it.".to_owned());
    report.findings = vec![finding(net(), place(&report, 0, "allow")), possible];
    let problem = |level, path: &str, place, code| Problem {
        level,
        path: path.to_owned(),
        place,
        code,
        message: "Not what was expected.".to_owned(),
    };
    report.problems = vec![
        problem(Level::Error, "k/b.yaml", Some((FileId(1), Span::new(2, 3))), "yaml-syntax"),
        problem(Level::Warning, "k/c.yaml", None, "unreadable"),
        problem(Level::Note, "k/d.yaml", None, "template"),
    ];
    report
}

#[test]
fn concise_has_a_line_for_each() {
    assert_eq!(
        written(Format::Concise, &several()),
        "k/b.yaml:1:3: error yaml-syntax Not what was expected.\n\
         k/c.yaml: warning unreadable Not what was expected.\n\
         k/a.yaml:1:5: high ZT-NET-900 Thing shop/web allows all. [thing-allows-all]\n\
         k/a.yaml:2:4: low ZT-POL-901 Thing shop/web allows all. Possible: assuming nobody else \
         allows it. [thing-allows-all]\n"
    );
    assert_eq!(written(Format::Concise, &sources(&[])), "");
}

#[test]
fn workflow_commands_put_the_worst_first() {
    let advice = "%0AName who may reach the thing.";
    assert_eq!(
        written(Format::Github, &several()).lines().collect::<Vec<_>>(),
        [
            "::error file=k/b.yaml,line=1,endLine=1,col=3,endColumn=4,title=yaml-syntax::Not what \
             was expected.",
            &format!(
                "::error file=k/a.yaml,line=1,endLine=1,col=5,endColumn=10,title=ZT-NET-900 \
                 (high)::Thing shop/web allows all.{advice}"
            ),
            &format!(
                "::notice file=k/a.yaml,line=2,endLine=3,title=ZT-POL-901 (low)::Thing shop/web \
                 allows all. Possible: assuming nobody else allows it.{advice}"
            ),
            "::warning file=k/c.yaml,title=unreadable::Not what was expected.",
        ]
    );
}

#[test]
fn code_quality_issues_have_lines_and_fingerprints_of_their_own() {
    let issues: Value = serde_json::from_str(&written(Format::Gitlab, &several())).expect("JSON");
    let issues = issues.as_array().expect("an array");
    let of = |at: usize, key: &str| issues[at][key].clone();
    assert_eq!(issues.len(), 4);
    assert_eq!(of(0, "severity"), "blocker");
    assert_eq!(of(0, "check_name"), "yaml-syntax");
    assert_eq!(of(1, "location"), json!({"path": "k/c.yaml", "lines": {"begin": 1, "end": 1}}));
    assert_eq!(of(2, "severity"), "critical");
    assert_eq!(of(2, "fingerprint"), "00000000000000000000000000000007");
    assert_eq!(of(3, "severity"), "minor");
    assert_eq!(of(3, "location"), json!({"path": "k/a.yaml", "lines": {"begin": 2, "end": 3}}));
    assert_ne!(of(0, "fingerprint"), of(1, "fingerprint"));
    assert_eq!(written(Format::Gitlab, &sources(&[])), "[]\n");
}

#[test]
fn diagnostics_count_bytes() {
    let lines = written(Format::Rdjsonl, &several());
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[1]["location"], json!({"path": "k/c.yaml"}));
    assert_eq!(
        lines[2],
        json!({
            "message": "Thing shop/web allows all. Name who may reach the thing.",
            "location": {"path": "k/a.yaml", "range": {
                "start": {"line": 1, "column": 9}, "end": {"line": 1, "column": 14},
            }},
            "severity": "ERROR",
            "source": {"name": "ztlint"},
            "code": {"value": "ZT-NET-900"},
        })
    );
    assert_eq!(lines[3]["severity"], "INFO");
}

#[test]
fn junit_has_a_suite_for_each_file() {
    assert_eq!(
        written(Format::Junit, &several()),
        r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="ztlint" tests="4" failures="3" errors="1">
  <testsuite name="k/a.yaml" tests="2" failures="2" errors="0">
    <testcase name="ZT-NET-900 Thing shop/web (line 1)" classname="k/a.yaml">
      <failure type="high" message="Thing shop/web allows all.">k/a.yaml:1:5
Thing shop/web allows all.
Name who may reach the thing.</failure>
    </testcase>
    <testcase name="ZT-POL-901 Thing shop/web (line 2)" classname="k/a.yaml">
      <failure type="low" message="Thing shop/web allows all. Possible: assuming nobody else allows it.">k/a.yaml:2:4
Thing shop/web allows all. Possible: assuming nobody else allows it.
Name who may reach the thing.</failure>
    </testcase>
  </testsuite>
  <testsuite name="k/b.yaml" tests="1" failures="0" errors="1">
    <testcase name="yaml-syntax (line 1)" classname="k/b.yaml">
      <error type="error" message="Not what was expected.">k/b.yaml:1:3
Not what was expected.</error>
    </testcase>
  </testsuite>
  <testsuite name="k/c.yaml" tests="1" failures="1" errors="0">
    <testcase name="unreadable" classname="k/c.yaml">
      <failure type="warning" message="Not what was expected.">k/c.yaml
Not what was expected.</failure>
    </testcase>
  </testsuite>
</testsuites>
"#
    );
    let clean = written(Format::Junit, &sources(&[("a.yaml", "")]));
    assert!(clean.contains(r#"<testcase name="1 file without findings" classname="ztlint"/>"#));
}

#[test]
fn markdown_is_a_table_and_advice() {
    assert_eq!(
        written(Format::Markdown, &several()),
        "## ztlint: 2 findings (1 high, 1 low)\n\n\
         **Not everything was analysed (1 error).** Looked at 2 files, 3 resources.\n\n\
         | Severity | Place | Finding |\n|---|---|---|\n\
         | error | k/b.yaml:1 | **yaml-syntax** Not what was expected. |\n\
         | high | k/a.yaml:1 | **ZT-NET-900** Thing shop/web allows all. |\n\
         | low | k/a.yaml:2 | **ZT-POL-901** Thing shop/web allows all. Possible\\: assuming nobody \
         else allows it. |\n\
         | warning | k/c.yaml | **unreadable** Not what was expected. |\n\n\
         <details><summary>What to do</summary>\n\n\
         - **ZT-NET-900**: Name who may reach the thing.\n\
         - **ZT-POL-901**: Name who may reach the thing.\n\n</details>\n"
    );
    let clean = written(Format::Markdown, &sources(&[("a.yaml", "")]));
    assert_eq!(clean, "## ztlint: no findings\n\nLooked at 1 file, 3 resources.\n");
}

#[test]
fn a_page_fits_into_a_comment() {
    let mut report = sources(&[("a.yaml", "allow\n")]);
    report.findings = vec![finding(net(), place(&report, 0, "allow")); 2_000];
    let page = written(Format::Markdown, &report);
    assert!(page.len() <= 65_000, "{} bytes", page.len());
    let shown = page.lines().filter(|line| line.starts_with("| high")).count();
    assert!(shown > 500 && page.contains(&format!("… and {} more.", 2_000 - shown)), "{shown}");
}

/// Texts that act somewhere: in terminals, workflow logs, XML, HTML and Markdown.
const HOSTILE: [&str; 8] = [
    "a\n::error file=x::owned",
    "a%0A::stop-commands::x",
    "</failure><script>alert(1)</script>",
    "]]><x y=\"1\" z='2'>",
    "[click](https://evil.example) ![i](https://evil.example/i.png)",
    "| new | row |\n# heading\n<details>",
    "\u{1b}[2J\u{202e}gnp.exe\u{0}",
    "@everyone `co|de` ``` www.evil.example <!-- -->",
];

/// A line of Markdown without what is escaped.
fn unescaped(line: &str) -> String {
    let mut kept = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            characters.next();
        } else {
            kept.push(character);
        }
    }
    kept
}

#[test]
fn hostile_texts_are_inert() {
    for hostile in HOSTILE {
        let mut report = sources(&[("a.yaml", "allow\n")]);
        report.sources[0].path = format!("k/{hostile}.yaml");
        let mut found = finding(net(), place(&report, 0, "allow"));
        found.message = format!("Thing {hostile} allows all.");
        found.resource = format!("Thing {hostile}");
        report.findings = vec![found];
        let lines = |format| written(format, &report).lines().count();
        assert_eq!(lines(Format::Concise), 1, "{hostile}");
        assert_eq!(lines(Format::Github), 1, "{hostile}");
        assert_eq!(lines(Format::Rdjsonl), 1, "{hostile}");
        assert_eq!(lines(Format::Gitlab), 1, "{hostile}");
        for &format in Format::ALL {
            let text = written(format, &report);
            let acts = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!text.chars().any(acts), "{format:?}: {text:?}");
        }
        let github = written(Format::Github, &report);
        assert!(github.starts_with("::error file=k/"), "{github}");
        assert_eq!(github.matches("::").count() - hostile.matches("::").count(), 2, "{github}");
        let markdown = written(Format::Markdown, &report);
        let row: Vec<_> = markdown.lines().filter(|line| line.starts_with("| high")).collect();
        assert_eq!(row.len(), 1, "{markdown}");
        let live = unescaped(row[0]);
        assert_eq!(live.matches('|').count(), 4, "{live}");
        for marks in ["](", "://", "www.", "@e", "<s", "<x", "<d", "</", "# "] {
            assert!(!live.contains(marks), "{live}");
        }
        let junit = written(Format::Junit, &report);
        assert_eq!(junit.matches("<testcase").count(), 1, "{junit}");
        assert!(!junit.contains("<script") && !junit.contains("<x y"), "{junit}");
    }
}
