//! One thing, spelt in every way that Terraform has for it: together in one resource, or apart in
//! several that refer to each other. The verdict is the same; a reference that cannot be told is
//! neither good nor bad.

mod support;

use std::collections::BTreeSet;
use support::settings;
use ztlint::input::file_tree::Memory;
use ztlint::rules::engine;

/// The rules that report something, out of those whose ids begin so.
fn rules(selected: &[&str], files: &[(&str, &str)]) -> BTreeSet<String> {
    let mut settings = settings("", Vec::new());
    settings.select = selected.iter().map(|&id| id.to_owned()).collect();
    let tree = files.iter().fold(Memory::new(), |tree, (name, text)| tree.with(*name, *text));
    let report = engine::run(&tree, &settings);
    let faults: Vec<_> = report.problems.iter().map(|problem| &problem.message).collect();
    assert!(faults.is_empty(), "{faults:?} in {files:?}");
    report.findings.iter().map(|finding| finding.rule.id.to_owned()).collect()
}

/// Whom a rule of a security group lets in, in the words of the three resources.
struct Peers {
    /// Arguments of an inline rule and of `aws_security_group_rule`.
    listed: [&'static str; 2],
    /// Arguments of `aws_vpc_security_group_ingress_rule`: one source each.
    single: &'static [&'static str],
}

const SHARED: &str = r#"
resource "aws_security_group" "other" {
  name = "other"
}

resource "aws_ec2_managed_prefix_list" "offices" {
  name           = "offices"
  address_family = "IPv4"
  max_entries    = 2
  entry { cidr = "198.51.100.0/24" }
}

resource "aws_ec2_managed_prefix_list" "world" {
  name           = "world"
  address_family = "IPv4"
  max_entries    = 2
  entry { cidr = "0.0.0.0/1" }
  entry { cidr = "128.0.0.0/1" }
}

resource "aws_ec2_managed_prefix_list" "apart" {
  name           = "apart"
  address_family = "IPv4"
  max_entries    = 2
}

resource "aws_ec2_managed_prefix_list_entry" "apart" {
  cidr           = "0.0.0.0/0"
  prefix_list_id = aws_ec2_managed_prefix_list.apart.id
}

resource "aws_ec2_managed_prefix_list" "variable" {
  name           = "variable"
  address_family = "IPv4"
  max_entries    = 2
  entry { cidr = var.cidr }
}

variable "cidr" {}
variable "list" {}
"#;

/// A group that lets `peers` reach a port, spelt in three ways.
fn spellings(peers: &Peers, port: u16) -> [String; 3] {
    let ports = format!("from_port = {port}\n  to_port = {port}");
    let group = |inside: &str| {
        format!(
            "{SHARED}\nresource \"aws_security_group\" \"web\" {{\n  name = \"web\"\n{inside}}}\n"
        )
    };
    let id = "security_group_id = aws_security_group.web.id";
    let inline =
        format!("  ingress {{\n  protocol = \"tcp\"\n  {ports}\n  {}\n}}\n", peers.listed[0]);
    let rule = format!(
        "resource \"aws_security_group_rule\" \"a\" {{\n  type = \"ingress\"\n  protocol = \"tcp\"\n  \
         {ports}\n  {id}\n  {}\n}}\n",
        peers.listed[1]
    );
    let singles: Vec<String> = peers
        .single
        .iter()
        .enumerate()
        .map(|(at, source)| {
            format!(
                "resource \"aws_vpc_security_group_ingress_rule\" \"r{at}\" {{\n  \
                 ip_protocol = \"tcp\"\n  {ports}\n  {id}\n  {source}\n}}\n"
            )
        })
        .collect();
    [group(&inline), group("") + &rule, group("") + &singles.concat()]
}

#[test]
fn a_security_group_rule_says_the_same_in_three_spellings() {
    let list = |name: &'static str| match name {
        "offices" => [
            "prefix_list_ids = [aws_ec2_managed_prefix_list.offices.id]",
            "prefix_list_id = aws_ec2_managed_prefix_list.offices.id",
        ],
        "world" => [
            "prefix_list_ids = [aws_ec2_managed_prefix_list.world.id]",
            "prefix_list_id = aws_ec2_managed_prefix_list.world.id",
        ],
        "apart" => [
            "prefix_list_ids = [aws_ec2_managed_prefix_list.apart.id]",
            "prefix_list_id = aws_ec2_managed_prefix_list.apart.id",
        ],
        "variable" => [
            "prefix_list_ids = [aws_ec2_managed_prefix_list.variable.id]",
            "prefix_list_id = aws_ec2_managed_prefix_list.variable.id",
        ],
        _ => ["prefix_list_ids = [var.list]", "prefix_list_id = var.list"],
    };
    let lists = ["offices", "world", "apart", "variable", "given"].map(|name| {
        let [listed, single] = list(name);
        (name, listed, single, matches!(name, "world" | "apart"))
    });
    let mut cases: Vec<(&str, Peers, bool)> = vec![
        (
            "the world",
            Peers {
                listed: [r#"cidr_blocks = ["0.0.0.0/0"]"#; 2],
                single: &[r#"cidr_ipv4 = "0.0.0.0/0""#],
            },
            true,
        ),
        (
            "the world of the other family, beside a network",
            Peers {
                listed: ["cidr_blocks = [\"10.0.0.0/8\"]\n  ipv6_cidr_blocks = [\"::/0\"]"; 2],
                single: &[r#"cidr_ipv4 = "10.0.0.0/8""#, r#"cidr_ipv6 = "::/0""#],
            },
            true,
        ),
        (
            "the world beside the group itself",
            Peers {
                listed: ["self = true\n  cidr_blocks = [\"0.0.0.0/0\"]"; 2],
                single: &[
                    "referenced_security_group_id = aws_security_group.web.id",
                    r#"cidr_ipv4 = "0.0.0.0/0""#,
                ],
            },
            true,
        ),
        (
            "the group itself",
            Peers {
                listed: ["self = true"; 2],
                single: &["referenced_security_group_id = aws_security_group.web.id"],
            },
            false,
        ),
        (
            "another group",
            Peers {
                listed: [
                    "security_groups = [aws_security_group.other.id]",
                    "source_security_group_id = aws_security_group.other.id",
                ],
                single: &["referenced_security_group_id = aws_security_group.other.id"],
            },
            false,
        ),
        (
            "a network that is not known",
            Peers { listed: ["cidr_blocks = [var.cidr]"; 2], single: &["cidr_ipv4 = var.cidr"] },
            false,
        ),
    ];
    let singles = lists.map(|(_, _, single, _)| [single]);
    let singles: &'static [[&str; 1]; 5] = Box::leak(Box::new(singles));
    for ((name, listed, _, open), single) in lists.into_iter().zip(singles) {
        cases.push((name, Peers { listed: [listed; 2], single }, open));
    }
    for (name, peers, open) in &cases {
        for (port, rule) in [(22, "ZT-NET-025"), (5432, "ZT-NET-100")] {
            let expected: BTreeSet<String> = open.then(|| rule.to_owned()).into_iter().collect();
            for text in spellings(peers, port) {
                let found = rules(
                    &["ZT-NET-025", "ZT-NET-026", "ZT-NET-100", "ZT-NET-101", "ZT-NET-102"],
                    &[("main.tf", &text)],
                );
                assert_eq!(found, expected, "{name}, port {port}:\n{text}");
            }
        }
    }
}

#[test]
fn a_prefix_list_that_a_module_is_given_is_the_same_list() {
    let module = "variable \"list\" {}\n\
                  resource \"aws_security_group\" \"web\" {\n  ingress {\n    protocol = \"tcp\"\n    \
                  from_port = 22\n    to_port = 22\n    prefix_list_ids = [var.list]\n  }\n}\n";
    for (list, expected) in [("world", 1), ("offices", 0), ("variable", 0)] {
        let main = format!(
            "{SHARED}\nmodule \"web\" {{\n  source = \"./web\"\n  \
             list = aws_ec2_managed_prefix_list.{list}.id\n}}\n"
        );
        let found = rules(&["ZT-NET-025"], &[("main.tf", &main), ("web/main.tf", module)]);
        assert_eq!(found.len(), expected, "{list}");
    }
}

#[test]
fn a_permission_counts_in_whichever_module_it_stands() {
    let function = "resource \"aws_lambda_function\" \"respond\" {\n  function_name = \"respond\"\n  \
                    role = var.role\n}\nvariable \"role\" {}\n";
    let outputs = "output \"arn\" {\n  value = aws_lambda_function.respond.arn\n}\n";
    let target = "module \"respond\" {\n  source = \"./respond\"\n  role = \"r\"\n}\n\
                  resource \"aws_cloudwatch_event_target\" \"respond\" {\n  rule = \"findings\"\n  \
                  arn = module.respond.arn\n}\n";
    let permission = |function: &str| {
        format!(
            "resource \"aws_lambda_permission\" \"events\" {{\n  \
             action = \"lambda:InvokeFunction\"\n  function_name = {function}\n  \
             principal = \"events.amazonaws.com\"\n}}\n"
        )
    };
    let found = |main: &str, module: &str| {
        let files = [("main.tf", main), ("respond/main.tf", module)];
        !rules(&["ZT-OBS-120"], &files).is_empty()
    };
    let bare = format!("{function}{outputs}");
    assert!(found(target, &bare));
    let own = format!("{bare}{}", permission("aws_lambda_function.respond.function_name"));
    assert!(!found(target, &own));
    for name in ["module.respond.arn", "\"respond\"", "module.respond.other"] {
        let text = format!("{target}{}", permission(name));
        let with_other = format!("{bare}output \"other\" {{\n  value = var.role\n}}\n");
        assert_eq!(found(&text, &with_other), name.ends_with("other"), "{name}");
    }
    let other = permission("\"another\"");
    assert!(found(&format!("{target}{other}"), &bare));
}

#[test]
fn the_weightier_of_two_rules_about_one_attribute_speaks() {
    let database = |cidr: &str| {
        format!(
            "resource \"aws_security_group\" \"db\" {{\n  ingress {{\n    from_port   = 5432\n    to_port     = 5432\n    protocol    = \"tcp\"\n    cidr_blocks = [\"{cidr}\"]\n  }}\n}}\n\
             resource \"aws_db_instance\" \"main\" {{\n  engine                 = \"postgres\"\n  vpc_security_group_ids = [aws_security_group.db.id]\n  publicly_accessible    = true\n}}\n"
        )
    };
    let found = |selected: &[&str], cidr: &str| {
        let found = rules(selected, &[("main.tf", &database(cidr))]);
        found.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(found(&["ZT-NET-032", "ZT-NET-190"], "0.0.0.0/0"), ["ZT-NET-190"]);
    assert_eq!(found(&["ZT-NET-032", "ZT-NET-190"], "192.0.2.0/24"), ["ZT-NET-032"]);
    assert_eq!(found(&["ZT-NET-032"], "0.0.0.0/0"), ["ZT-NET-032"], "the other is not selected");
}
