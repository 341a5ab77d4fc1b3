//! Comments that suppress, in both languages.

use super::{Checked, folder};

/// Checks a policy whose last lines are `rules`; its first line is 8.
fn policy(rules: &str) -> Checked {
    let head = super::OPEN.strip_suffix("  ingress: [{}]\n").expect("the last line");
    folder(&[("p.yaml", &format!("{head}{rules}"))])
        .check(&["--select", "ZT-NET-005,ZT-POL-018,ZT-POL-021,ZT-POL-022"])
}

/// Checks a security group; `rule` stands where the addresses are, on line 6 at the earliest.
fn group(above: &str, rule: &str) -> Checked {
    let text = format!(
        "{above}resource \"aws_security_group\" \"web\" {{\n  ingress {{\n    protocol  = \"tcp\"\n    \
         from_port = 22\n    to_port   = 22\n{rule}\n  }}\n}}\n"
    );
    folder(&[("main.tf", &text)])
        .check(&["--select", "ZT-NET-025,ZT-POL-018,ZT-POL-021,ZT-POL-022"])
}

const WORLD: &str = "    cidr_blocks = [\"0.0.0.0/0\"]";

#[track_caller]
fn suppressed(checked: &Checked) {
    checked.gives(0, &[]);
    assert_eq!(checked.count("suppressed"), 1);
}

#[test]
fn yaml_on_the_line_above_it_and_on_a_header() {
    suppressed(&policy("  ingress: [{}] # ztlint:ignore[ZT-NET-005]\n"));
    suppressed(&policy("  # ztlint:ignore[ZT-NET-005] reason=\"Load test.\"\n  ingress: [{}]\n"));
    suppressed(&policy("  # ztlint:ignore[ZT-NET-005]\n\n  # More.\n  ingress: [{}]\n"));
    suppressed(&policy(
        "  # ztlint:ignore[ZT-NET-005]\n  ingress:\n    - from: [{podSelector: {}}]\n    - {}\n",
    ));
}

#[test]
fn yaml_on_a_header_it_holds_for_the_whole_list() {
    let head = "  ingress: # ztlint:ignore[networkpolicy-allows-all-ingress]\n";
    let checked = policy(&format!("{head}    - {{}}\n    - from: []\n"));
    checked.gives(0, &[]);
    assert_eq!(checked.count("suppressed"), 2);
}

#[test]
fn yaml_elsewhere_it_suppresses_nothing_and_says_so() {
    policy("  ingress: [{}]\n  # ztlint:ignore[ZT-NET-005]\n  policyTypes: [Ingress]\n")
        .gives(1, &["p.yaml:8 ZT-NET-005", "p.yaml:9 ZT-POL-022"]);
    policy("  ingress: [] # ztlint:ignore[ZT-NET-005]\n").gives(1, &["p.yaml:8 ZT-POL-022"]);
}

#[test]
fn yaml_until_its_day() {
    suppressed(&policy("  ingress: [{}] # ztlint:ignore[ZT-NET-005] until=9999-12-31\n"));
    policy("  ingress: [{}] # ztlint:ignore[ZT-NET-005] until=2020-01-31 reason=\"Once.\"\n")
        .gives(1, &["p.yaml:8 ZT-NET-005", "p.yaml:8 ZT-POL-018"]);
}

#[test]
fn yaml_malformed_ones_are_findings_and_suppress_nothing() {
    let comments = [
        "ztlint:ignore",
        "ztlint:ignore[]",
        "ztlint:ignore[ZT-NET-999]",
        "ztlint:ignore[ZT-NET-005] until=tomorrow",
        "ztlint:ignore[ZT-NET-005] until=2030-02-30",
        "ztlint:ignore[ZT-NET-005] reason=\"open",
        "ztlint:ignore[ZT-NET-005] because",
        "ztlint:off[ZT-NET-005]",
    ];
    for comment in comments {
        let checked = policy(&format!("  ingress: [{{}}] # {comment}\n"));
        assert_eq!(checked.findings(), ["p.yaml:8 ZT-NET-005", "p.yaml:8 ZT-POL-021"], "{comment}");
    }
}

#[test]
fn findings_about_suppressions_cannot_be_suppressed() {
    policy("  # ztlint:ignore[ZT-POL-021]\n  ingress: [{}] # ztlint:ignore\n")
        .gives(1, &["p.yaml:8 ZT-POL-022", "p.yaml:9 ZT-NET-005", "p.yaml:9 ZT-POL-021"]);
}

#[test]
fn a_text_is_no_suppression() {
    let checked = folder(&[(
        "p.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: \"# ztlint:ignore[ZT-NET-005]\"\nspec:\n  podSelector: {}\n  ingress: [{}]\n",
    )])
    .check(&super::NET_005);
    checked.gives(1, &["p.yaml:7 ZT-NET-005"]);
}

#[test]
fn hcl_on_the_line_above_it_and_on_a_header() {
    suppressed(&group("", &format!("{WORLD} # ztlint:ignore[ZT-NET-025]")));
    suppressed(&group("", &format!("{WORLD} // ztlint:ignore[ZT-NET-025]")));
    suppressed(&group("", &format!("    # ztlint:ignore[ZT-NET-025]\n{WORLD}")));
    suppressed(&group("", &format!("    /* ztlint:ignore[ZT-NET-025] */\n{WORLD}")));
    suppressed(&group("# ztlint:ignore[ZT-NET-025] until=9999-12-31\n", WORLD));
    suppressed(&group("// ztlint:ignore[ZT-NET-025] reason=\"The bastion.\"\n", WORLD));
}

#[test]
fn hcl_elsewhere_expired_or_malformed() {
    group("", &format!("{WORLD}\n    self = false # ztlint:ignore[ZT-NET-025]"))
        .gives(1, &["main.tf:6 ZT-NET-025", "main.tf:7 ZT-POL-022"]);
    group("", &format!("{WORLD} # ztlint:ignore[ZT-NET-025] until=2020-01-31"))
        .gives(1, &["main.tf:6 ZT-NET-025", "main.tf:6 ZT-POL-018"]);
    group("", &format!("{WORLD} # ztlint:ignore(ZT-NET-025)"))
        .gives(1, &["main.tf:6 ZT-NET-025", "main.tf:6 ZT-POL-021"]);
}

#[test]
fn a_rule_that_does_not_run_leaves_its_suppressions_alone() {
    let text = super::OPEN.replace("[{}]", "[] # ztlint:ignore[ZT-NET-005]");
    folder(&[("p.yaml", &text)])
        .check(&["--select", "POL", "--ignore", "ZT-NET-005"])
        .gives(0, &[]);
}

#[test]
fn hcl_for_named_instances_alone() {
    let group = |comment: &str| {
        let text = format!(
            "resource \"aws_security_group_rule\" \"in\" {{\n  for_each  = toset([\"a b\", \"c\"])\n  type      = \"ingress\"\n  protocol  = \"tcp\"\n  from_port = 22\n  to_port   = 22\n  # {comment}\n  cidr_blocks = [\"0.0.0.0/0\"]\n}}\n"
        );
        folder(&[("main.tf", &text)]).check(&["--select", "ZT-NET-025,ZT-POL-021,ZT-POL-022"])
    };
    let named = |keys: &[&str]| {
        let parts =
            keys.iter().map(|key| format!(" instance='aws_security_group_rule.in[\"{key}\"]'"));
        group(&format!("ztlint:ignore[ZT-NET-025]{}", parts.collect::<String>()))
    };
    suppressed(&named(&["a b", "c"]));
    let one = named(&["a b"]);
    one.gives(1, &["main.tf:8 ZT-NET-025"]);
    assert_eq!(one.count("suppressed"), 0);
    named(&["d"]).gives(1, &["main.tf:7 ZT-POL-022", "main.tf:8 ZT-NET-025"]);
    group("ztlint:ignore[ZT-NET-025] instance='c")
        .gives(1, &["main.tf:7 ZT-POL-021", "main.tf:8 ZT-NET-025"]);
}
