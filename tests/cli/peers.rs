//! Suppressions of other scanners, read on request.

use super::{Checked, folder};

const ALL: &str = "[suppressions]\npeers = [\"checkov\", \"kics\", \"tfsec\", \"trivy\"]\n";

/// A group with one finding; comments stand above it, inside it, above the rule, on and above the
/// line.
fn group(toml: &str, comments: [&str; 5]) -> Checked {
    let [above, inside, block, line, behind] = comments;
    let text = format!(
        "{above}\nresource \"aws_security_group\" \"web\" {{\n  {inside}\n  name = \"web\"\n  {block}\n  ingress {{\n    protocol  = \"tcp\"\n    from_port = 22\n    to_port   = 22\n    {line}\n    cidr_blocks = [\"0.0.0.0/0\"] {behind}\n  }}\n}}\n"
    );
    folder(&[("main.tf", &text), ("ztlint.toml", toml)])
        .check(&["--select", "ZT-NET-025,ZT-POL-018,ZT-POL-021,ZT-POL-022"])
}

#[test]
fn comments_cover_what_they_cover_for_their_scanner() {
    let cases: [(&str, [bool; 5]); 12] = [
        ("#checkov:skip=CKV_AWS_24:Bastion.", [false, true, true, true, true]),
        ("# checkov:skip=CKV_AWS_24", [false, true, true, true, true]),
        ("#trivy:ignore:AVD-AWS-0107", [true, false, true, true, true]),
        ("#tfsec:ignore:aws-ec2-no-public-ingress-sgr", [true, false, true, true, true]),
        (
            "#tfsec:ignore:aws-vpc-no-public-ingress-sgr:exp:2099-01-01",
            [true, false, true, true, true],
        ),
        ("#tfsec:ignore:aws-vpc-no-public-ingress-sgr:exp:2020-01-01", [false; 5]),
        ("# kics-scan ignore-line", [false, false, false, true, false]),
        ("# kics-scan ignore-block", [true, false, true, true, true]),
        ("# kics-scan ignore", [true; 5]),
        ("# kics-scan disable=65905cec-d691-4320-b320-2000436cb696", [true; 5]),
        ("# kics-scan disable=00000000-d691-4320-b320-2000436cb696", [false; 5]),
        ("#trivy:ignore:AVD-AWS-0099", [false; 5]),
    ];
    for (comment, covered) in cases {
        for (at, covered) in covered.into_iter().enumerate() {
            let mut comments = [""; 5];
            comments[at] = comment;
            let checked = group(ALL, comments);
            let found: &[&str] = if covered { &[] } else { &["main.tf:11 ZT-NET-025"] };
            assert_eq!(checked.findings(), found, "{comment} at {at}");
            assert_eq!(checked.count("suppressed"), u64::from(covered), "{comment} at {at}");
        }
    }
}

#[test]
fn they_are_read_on_request_alone() {
    let comment = ["", "#checkov:skip=CKV_AWS_24:Bastion.", "", "", ""];
    group("", comment).gives(1, &["main.tf:11 ZT-NET-025"]);
    group("[suppressions]\npeers = [\"trivy\"]\n", comment).gives(1, &["main.tf:11 ZT-NET-025"]);
    group("[suppressions]\npeers = [\"checkov\"]\n", comment).gives(0, &[]);
}

#[test]
fn demands_hold_for_them_too() {
    let toml = "[suppressions]\nrequire-reason = true\npeers = [\"checkov\", \"trivy\"]\n";
    group(toml, ["", "#checkov:skip=CKV_AWS_24:Bastion.", "", "", ""]).gives(0, &[]);
    group(toml, ["", "#checkov:skip=CKV_AWS_24", "", "", ""])
        .gives(1, &["main.tf:3 ZT-POL-021", "main.tf:11 ZT-NET-025"]);
    // What hides nothing is their own business.
    group(toml, ["", "#checkov:skip=CKV_AWS_23", "", "", ""]).gives(1, &["main.tf:11 ZT-NET-025"]);
}

#[test]
fn annotations_of_checkov() {
    let pod = |annotations: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n{annotations}\nspec:\n  containers: [{{name: a, image: a, securityContext: {{privileged: true}}}}]\n"
        );
        folder(&[("p.yaml", &text), ("ztlint.toml", ALL)])
            .check(&["--select", "ZT-WRK-002,ZT-POL-018,ZT-POL-021,ZT-POL-022"])
    };
    pod("    checkov.io/skip1: CKV_K8S_16=It loads a driver.").gives(0, &[]);
    pod("    checkov.io/skip1: CKV_K8S_8\n    checkov.io/skip2: CKV_K8S_16").gives(0, &[]);
    pod("    checkov.io/skip1: CKV_K8S_8").gives(1, &["p.yaml:8 ZT-WRK-002"]);
}
