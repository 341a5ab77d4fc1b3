//! What people see: inert texts, masked secrets, reasons and advice, summaries and pages.

use super::*;
use ztlint::report::{listing, pages};
use ztlint::rules::outcome::Skipped;

#[test]
fn hostile_texts_do_not_reach_the_terminal() {
    let evil = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\r\u{2066}";
    let manifest = format!("a: {evil}here{evil}\nb: {evil}\n");
    let path = format!("{evil}.yaml");
    let mut report = sources(&[(&path, &manifest), ("b.yaml", "there\n")]);
    let there = place(&report, 1, "there");
    let here = place(&report, 0, "here");
    report.findings.push(Finding {
        message: format!("Thing {evil} allows all."),
        resource: evil.into(),
        assumption: Some(evil.into()),
        confidence: Confidence::Possible,
        roots: vec![evil.into()],
        instances: vec![evil.into()],
        labels: vec![
            Label { place: here, text: evil.into() },
            Label { place: there, text: evil.into() },
        ],
        witness: Some(Witness {
            sentence: evil.into(),
            steps: vec![Label { place: there, text: evil.into() }],
        }),
        ..finding(net(), here)
    });
    for place in [None, Some((FileId(0), Span::new(0, manifest.len())))] {
        report.problems.push(Problem {
            level: Level::Warning,
            path: path.clone(),
            place,
            code: "yaml-syntax",
            message: evil.into(),
        });
    }
    report.summary.skipped.push(Skipped { path, reason: evil.into() });
    report.summary.remote_modules.push(evil.into());
    let look = Look { verbose: true, ..Look::default() };
    for format in Format::ALL {
        let written = text(*format, &report, &look);
        let harmless = |character: char| {
            character == '\n'
                || !(character.is_control()
                    || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        };
        assert!(written.chars().all(harmless), "{format:?}: {written:?}");
    }
    assert!(text(Format::Human, &report, &look).contains("\\u{1b}]0;owned\\u{7}"));
}

#[test]
fn secrets_appear_in_no_format() {
    let secret = "correct-horse-battery-staple";
    let manifest = format!(
        "kind: Secret\nstringData:\n  first: another-secret-before\n  password: \"{secret}\" # {secret}\n  token: third-secret-behind\n"
    );
    let json = format!(
        "{{\"a\": \"another-secret-before\", \"password\": \"{secret}\", \"c\": \"third-secret-behind\"}}"
    );
    let key = format!("key: |\n  {secret}\n  third-secret-behind\n");
    for (manifest, marked) in [
        (&manifest, format!("\"{secret}\"")),
        (&manifest, format!("password: \"{secret}\"")),
        (&json, format!("\"{secret}\"")),
        (&key, format!("{secret}\n  third-secret-behind\n")),
    ] {
        let mut report = sources(&[("secret.yaml", manifest)]);
        let at = place(&report, 0, &marked);
        report.findings.push(finding(rule("ZT-CRD-900", "CRD", Severity::High), at));
        for format in Format::ALL {
            for unicode in [true, false] {
                let written = text(*format, &report, &Look { unicode, ..Look::default() });
                for leak in ["horse", "correc", "another", "third"] {
                    assert!(!written.contains(leak), "{format:?} shows {leak}:\n{written}");
                }
            }
        }
        assert!(human(&report).contains("••••"), "{}", human(&report));
        // A finding about something else shows it only where nothing but the finding points at it.
        report.findings[0].rule = net();
        let named = manifest.contains("password");
        assert_eq!(human(&report).contains("horse"), !named, "{}", human(&report));
    }
}

#[test]
fn people_get_reason_advice_roots_and_a_pointer() {
    let mut report = sources(&[("a.yaml", "x: 1\na: here\nb: near\n"), ("b.yaml", "b: there\n")]);
    report.findings.push(Finding {
        confidence: Confidence::Possible,
        assumption: Some("no other Thing in shop".into()),
        roots: vec!["prod".into(), "staging".into()],
        labels: vec![
            Label { place: place(&report, 0, "near"), text: "close by".into() },
            Label { place: place(&report, 1, "there"), text: "far away".into() },
        ],
        ..finding(net(), place(&report, 0, "here"))
    });
    let expected = "\
high ZT-NET-900 thing-allows-all
  × Thing shop/web allows all.
   ╭─[a.yaml:2:4]
 1 │ x: 1
 2 │ a: here
   ·    ──┬─
   ·      ╰── Thing allows all
 3 │ b: near
   ·    ──┬─
   ·      ╰── close by
   ╰────
  note: b.yaml:1:4: far away
  help: Name who may reach the thing.
  possible: assuming no other Thing in shop
  in: prod, staging
  see: ztlint explain ZT-NET-900

1 finding (1 high; 1 possible) in 2 files, 3 resources.
";
    assert_eq!(human(&report), expected);
    let quiet = text(Format::Human, &report, &Look { quiet: true, ..Look::default() });
    assert_eq!(quiet, expected[..expected.find("1 finding").expect("a summary")]);
    let colour = text(Format::Human, &report, &Look { colour: true, ..Look::default() });
    assert!(colour.contains("\u{1b}[1;31mhigh\u{1b}[0m"), "{colour:?}");
    let ascii = text(Format::Human, &report, &Look { unicode: false, ..Look::default() });
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn people_get_the_way_of_a_connection_and_its_places() {
    let mut report = sources(&[("a.yaml", "x: 1\na: here\nb: near\n"), ("b.yaml", "b: there\n")]);
    let (near, there) = (place(&report, 0, "near"), place(&report, 1, "there"));
    report.findings.push(Finding {
        labels: vec![Label { place: near, text: "close by".into() }],
        witness: Some(Witness {
            sentence: "any pod → `shop/web` TCP 80, since nothing stops it".into(),
            steps: vec![
                Label { place: near, text: "said once".into() },
                Label { place: there, text: "lets it pass".into() },
            ],
        }),
        ..finding(net(), place(&report, 0, "here"))
    });
    let shown = human(&report);
    let way = "  how: any pod → `shop/web` TCP 80, since nothing stops it\n  note: b.yaml:1:4: lets it pass\n";
    assert!(shown.contains(way), "{shown}");
    assert!(shown.contains("close by") && !shown.contains("said once"), "{shown}");
}

#[test]
fn the_first_instances_are_named_and_all_with_verbose() {
    let name = |at: usize| format!("module.db[{at}].aws_db_instance.a");
    let three = [0, 1, 2].map(name).join(", ");
    let cases = [
        (1, name(0)),
        (3, three.clone()),
        (4, format!("{three} and 1 more")),
        (997, format!("{three} and 994 more")),
    ];
    let wide = Look { width: 200, ..Look::default() };
    for (number, named) in cases {
        let shown = text(Format::Human, &in_instances(number), &wide);
        assert!(shown.contains(&format!("\n  in: {named}\n")), "{shown}");
    }
    assert!(!human(&in_instances(0)).contains("  in:"));
    let mut report = in_instances(4);
    report.findings[0].roots = vec!["prod".into(), "staging".into()];
    let shown = text(Format::Human, &report, &wide);
    assert!(shown.contains(&format!("\n  in: prod, staging; {three} and 1 more\n")), "{shown}");
    let all = text(Format::Human, &in_instances(40), &Look { verbose: true, ..wide });
    assert!((0..40).all(|at| all.contains(&name(at))) && !all.contains("more"), "{all}");
}

#[test]
fn modules_that_are_not_at_hand_are_named() {
    let summary = |modules: &[&str], verbose| {
        let look = Look { verbose, width: 200, ..Look::default() };
        text(Format::Human, &evaluated(modules), &look)
    };
    let one = "\n1 module is not at hand (its outputs are unknown): vpc/aws.\n";
    assert!(summary(&["vpc/aws"], false).ends_with(one));
    let four = ["a/aws", "b/aws", "c/aws", "d/aws"];
    let head = "\n4 modules are not at hand (their outputs are unknown): a/aws, b/aws, c/aws";
    assert!(summary(&four, false).ends_with(&format!("{head} and 1 more.\n")));
    assert!(summary(&four, true).contains(&format!("{head}, d/aws.\n")));
    let secret = summary(&["git::https://token@host/a?sshkey=abc&ref=v1"], true);
    assert!(secret.contains("git::https://…@host/a?ref=v1.\n"), "{secret}");
    assert!(summary(&[""], false).contains(": (no source).\n"));
    assert!(!summary(&[], true).contains("at hand:"));
    let quiet = Look { quiet: true, ..Look::default() };
    assert_eq!(text(Format::Human, &evaluated(&four), &quiet), "");
}

#[test]
fn verbose_tells_the_ten_commonest_reasons() {
    let look = Look { verbose: true, width: 2000, ..Look::default() };
    let shown = text(Format::Human, &evaluated(&[]), &look);
    let named = REASONS.iter().enumerate().skip(2).rev();
    let named = named.map(|(at, reason)| format!("{} ({})", reason.words(), at + 1));
    let named = named.collect::<Vec<_>>().join(", ");
    let expected = format!("\n  unknown: 78 of 400 Terraform attributes: {named}, other (3)\n");
    assert!(shown.contains(&expected), "{shown}");
    assert!(!human(&evaluated(&[])).contains("unknown:"));
    let mut known = evaluated(&[]);
    known.summary.knowledge.unknown.clear();
    assert!(!text(Format::Human, &known, &look).contains("unknown:"));
}

#[test]
fn a_clean_run_says_so_in_one_line() {
    let report = sources(&[("a.yaml", "a: 1\n")]);
    assert_eq!(human(&report), "All good: no findings in 1 file, 3 resources.\n");
    assert_eq!(human(&Report::default()), "Nothing to check: no manifest was found.\n");
}

#[test]
fn summaries_count_what_was_left_out_and_notes_wait_for_verbose() {
    let mut report = sources(&[("a.yaml", "a: {{ b }}\n")]);
    report.summary.unknowns = 2;
    report.summary.not_manifests = 1;
    report.summary.skipped.push(Skipped { path: "t.yaml".into(), reason: "a template".into() });
    for (level, code) in [(Level::Error, "yaml-syntax"), (Level::Note, "yaml-template")] {
        let place = Some((FileId(0), Span::new(3, 5)));
        let message = "It is a template.".into();
        report.problems.push(Problem { level, path: "a.yaml".into(), place, code, message });
    }
    let brief = human(&report);
    assert!(brief.contains("error yaml-syntax\n  × It is a template.\n"), "{brief}");
    assert!(!brief.contains("yaml-template") && !brief.contains("t.yaml"), "{brief}");
    assert!(brief.contains("No findings in what could be analysed: 1 file, 3 resources.\n"));
    assert!(
        brief.contains("Also: 2 unresolved values, 1 skipped file, 1 file that is no manifest.")
    );
    let full = text(Format::Human, &report, &Look { verbose: true, ..Look::default() });
    assert!(full.contains("note yaml-template") && full.contains("skipped: t.yaml: a template"));
}

#[test]
fn odd_spans_are_drawn_without_a_panic() {
    let text = "a: 🦀\r\n\r\n\tb: |\n  long\n\u{feff}\u{1b}c";
    for start in 0..=text.len() + 2 {
        for end in start..=text.len() + 2 {
            for width in [0, 40, 200] {
                let mut report = sources(&[("a.yaml", text)]);
                let span = Span::new(start, end);
                let other = Place { file: FileId(0), span: Span::new(end / 2, end) };
                report.findings.push(Finding {
                    labels: vec![Label { place: other, text: "also".into() }],
                    ..finding(net(), Place { file: FileId(0), span })
                });
                let look = Look { width, ..Look::default() };
                for format in Format::ALL {
                    assert!(!self::text(*format, &report, &look).is_empty());
                }
            }
        }
    }
}

#[test]
fn minified_files_are_cut() {
    let manifest = format!("{{\"a\":[{}{{\"here\":1}}]}}", "{\"x\":\"yyyyyyyy\"},".repeat(40_000));
    let mut report = sources(&[("a.json", &manifest)]);
    report.findings.push(finding(net(), place(&report, 0, "\"here\":1")));
    let shown = human(&report);
    assert!(shown.contains("\"here\":1"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
}

#[test]
fn pages_say_what_the_card_says() {
    let page = pages::explain(net(), 60);
    for words in [
        "ZT-NET-900 thing-allows-all",
        "Severity   high",
        "Everyone reaches the thing.",
        "Name who may reach the thing.",
        "https://kubernetes.io/docs/concepts/",
        "CWE: CWE-284",
        "# ztlint:ignore[ZT-NET-900] until=YYYY-MM-DD reason=\"…\"",
    ] {
        assert!(page.contains(words), "{words:?} is missing:\n{page}");
    }
    let list = listing::table([net(), rule("ZT-ENC-1", "ENC", Severity::Critical)]);
    assert_eq!(
        list,
        "ZT-NET-900  high      thing-allows-all  Thing allows all\n\
         ZT-ENC-1    critical  thing-allows-all  Thing allows all\n"
    );
}

#[test]
fn problems_in_files_of_secrets_show_no_secret() {
    let manifest = "kind: Secret\ndata:\n  a: first-secret\n  b: second-secret\n";
    let mut report = sources(&[("secret.yaml", manifest)]);
    let at = place(&report, 0, "b: second-secret");
    report.problems.push(Problem {
        level: Level::Warning,
        path: "secret.yaml".into(),
        place: Some((at.file, at.span)),
        code: "duplicate-key",
        message: "The key is written twice.".into(),
    });
    let shown = human(&report);
    assert!(shown.contains("secret.yaml:4:3"), "{shown}");
    assert!(!shown.contains("first") && !shown.contains("second"), "{shown}");
}
