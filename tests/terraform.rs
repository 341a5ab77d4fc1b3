//! Terraform in both syntaxes: a JSON twin is judged as its HCL, in every form that Terraform
//! takes; what does not exist is not judged; `dynamic` blocks leave a list open.

mod support;

use serde_json::{Map, Value};
use support::{cards, settings};
use ztlint::input::file_tree::Memory;
use ztlint::rules::engine;
use ztlint::rules::example::unmark;

#[path = "terraform/twins.rs"]
mod twins;

use twins::TWINS;

/// Rule and resource of each finding, sorted; with every rule if `id` is empty.
fn findings(id: &str, name: &str, text: &str) -> Vec<(String, String)> {
    let mut settings = settings(id, Vec::new());
    settings.select.retain(|id| !id.is_empty());
    let report = engine::run(&Memory::new().with(name, text), &settings);
    let faults: Vec<&str> =
        report.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(faults.is_empty(), "{faults:?} in\n{text}");
    let found = report.findings.iter();
    let mut found: Vec<_> =
        found.map(|finding| (finding.rule.id.to_owned(), finding.resource.clone())).collect();
    found.sort();
    found
}

fn fires(id: &str, text: &str) -> bool {
    let name = if text.trim_start().starts_with('{') { "main.tf.json" } else { "main.tf" };
    !findings(id, name, text).is_empty()
}

/// A card's bad example, by its number among them.
fn bad_example(id: &str, number: usize) -> String {
    let card = cards().iter().find(|file| file.card.id == id).expect("a card");
    let bad = card.card.examples.iter().filter_map(|example| example.bad.as_ref());
    let snippet = bad.into_iter().nth(number).expect("an example");
    unmark(&snippet.text, id).0
}

/// Names under which the twins hold blocks.
const BLOCKS: [&str; 11] = [
    "ingress",
    "egress",
    "security_rule",
    "allow",
    "rotation_rules",
    "default_url_redirect",
    "default_action",
    "action",
    "condition",
    "redirect",
    "path_pattern",
];

/// Writes every block that stands as an object as a list of that one object.
fn blocks_as_lists(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                blocks_as_lists(inner);
                if BLOCKS.contains(&key.as_str()) && inner.is_object() {
                    *inner = Value::Array(vec![inner.take()]);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(blocks_as_lists),
        _ => {}
    }
}

/// Writes an object as a list of objects with one key each.
fn split(value: &mut Value) {
    if let Value::Object(map) = value {
        let parts = std::mem::take(map).into_iter();
        let parts = parts.map(|part| Value::Object(Map::from_iter([part])));
        *value = Value::Array(parts.collect());
    }
}

#[test]
fn a_json_twin_is_judged_as_its_hcl() {
    assert!(TWINS.len() >= 12);
    for (id, number, twin) in TWINS {
        let hcl = findings("", "main.tf", &bad_example(id, *number));
        assert!(hcl.iter().any(|(rule, _)| rule == id), "{id} {number} is silent in HCL");
        let written: Value = serde_json::from_str(twin).expect("JSON");
        let mut forms = vec![("as written", written.clone())];
        let mut lists = written.clone();
        blocks_as_lists(&mut lists);
        forms.push(("blocks as lists", lists.clone()));
        for kind in lists["resource"].as_object_mut().expect("types").values_mut() {
            let names = kind.as_object_mut().expect("names");
            names.values_mut().for_each(|body| *body = Value::Array(vec![body.take()]));
        }
        forms.push(("bodies as lists", lists.clone()));
        lists["resource"].as_object_mut().expect("types").values_mut().for_each(split);
        split(&mut lists["resource"]);
        forms.push(("labels as lists", lists));
        for (form, value) in forms {
            let text = serde_json::to_string_pretty(&value).expect("a text");
            assert_eq!(findings("", "main.tf.json", &text), hcl, "{id} {number}, {form}:\n{text}");
        }
    }
}

#[test]
fn what_does_not_exist_is_not_judged() {
    for (id, number, twin) in TWINS {
        let hcl = bad_example(id, *number);
        let gone: String = hcl
            .lines()
            .map(|line| match line.strip_prefix("resource ") {
                Some(_) => format!("{line}\n  count = 0\n"),
                None => format!("{line}\n"),
            })
            .collect();
        assert_eq!(findings("", "main.tf", &gone), [], "{id} {number}");
        let mut json: Value = serde_json::from_str(twin).expect("JSON");
        for kind in json["resource"].as_object_mut().expect("types").values_mut() {
            for body in kind.as_object_mut().expect("names").values_mut() {
                body.as_object_mut().expect("a body").insert("count".to_owned(), Value::from(0));
            }
        }
        assert_eq!(findings("", "main.tf.json", &json.to_string()), [], "{id} {number}");
    }
}

#[test]
fn a_count_that_is_not_known_leaves_what_is_written() {
    let vault = |count: &str| {
        format!("resource \"azurerm_key_vault\" \"a\" {{\n  count = {count}\n  name = \"kv\"\n}}\n")
    };
    assert!(fires("ZT-OBS-203", &vault("2")));
    assert!(!fires("ZT-OBS-203", &vault("var.create ? 1 : 0")));
    let rule = |count: &str| {
        format!(
            "resource \"azurerm_mssql_firewall_rule\" \"a\" {{\n  count = {count}\n  \
             start_ip_address = \"0.0.0.0\"\n  end_ip_address = \"255.255.255.255\"\n}}\n"
        )
    };
    assert!(fires("ZT-NET-209", &rule("var.create ? 1 : 0")));
    assert!(!fires("ZT-NET-209", &rule("0")));
}

#[test]
fn a_source_that_does_not_exist_refers_to_nothing() {
    let log = |count: &str| {
        format!(
            "resource \"aws_vpc\" \"a\" {{\n  cidr_block = \"10.0.0.0/16\"\n}}\n\
             resource \"aws_flow_log\" \"a\" {{\n  count  = {count}\n  vpc_id = aws_vpc.a.id\n}}\n"
        )
    };
    assert!(fires("ZT-OBS-180", &log("0")));
    assert!(!fires("ZT-OBS-180", &log("1")));
    assert!(!fires("ZT-OBS-180", &log("var.logs ? 1 : 0")));
}

/// A group with a rule that opens SSH to the world, or not, beside rules that are not known.
fn group(cidr: &str) -> [String; 3] {
    let hcl = format!(
        r#"resource "aws_security_group" "a" {{
  ingress {{
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["{cidr}"]
  }}
  dynamic "ingress" {{
    for_each = var.ports
    content {{
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["10.0.0.0/8"]
    }}
  }}
}}
"#
    );
    let known = format!(
        r#"{{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["{cidr}"]}}"#
    );
    let content = r#"{"from_port": "${ingress.value}", "to_port": "${ingress.value}"}"#;
    let block = format!(r#"{{"for_each": "${{var.ports}}", "content": {content}}}"#);
    let json = |ingress: &str, dynamic: &str| {
        format!(
            r#"{{"resource": {{"aws_security_group": {{"a":
                {{"ingress": {ingress}, "dynamic": {dynamic}}}}}}}}}"#
        )
    };
    [
        hcl,
        json(&known, &format!(r#"{{"ingress": {block}}}"#)),
        json(&format!("[{known}]"), &format!(r#"[{{"ingress": [{block}]}}]"#)),
    ]
}

#[test]
fn a_known_block_beside_a_dynamic_one_still_decides() {
    for text in group("0.0.0.0/0") {
        assert!(fires("ZT-NET-025", &text), "{text}");
    }
    for text in group("10.0.0.0/8") {
        assert!(!fires("ZT-NET-025", &text), "{text}");
    }
}

#[test]
fn a_dynamic_block_is_no_absence() {
    let plain = "resource \"azurerm_storage_account\" \"a\" {\n  name = \"sta\"\n}\n";
    assert!(fires("ZT-NET-203", plain));
    let dynamic = plain.replace(
        "}\n",
        "  dynamic \"network_rules\" {\n    for_each = var.rules\n    content {\n      \
         default_action = \"Deny\"\n    }\n  }\n}\n",
    );
    assert!(!fires("ZT-NET-203", &dynamic));
    let body = r#"{"for_each": "${var.rules}", "content": {"default_action": "Deny"}}"#;
    for dynamic in [
        format!(r#"{{"network_rules": {body}}}"#),
        format!(r#"{{"network_rules": [{body}]}}"#),
        format!(r#"[{{"network_rules": {body}}}]"#),
    ] {
        let json = |dynamic: &str| {
            format!(
                r#"{{"resource": {{"azurerm_storage_account": {{"a":
                    {{"name": "sta", "dynamic": {dynamic}}}}}}}}}"#
            )
        };
        assert!(!fires("ZT-NET-203", &json(&dynamic)), "{dynamic}");
        let other = dynamic.replace("network_rules", "blob_properties");
        assert!(fires("ZT-NET-203", &json(&other)), "{other}");
    }
}

#[test]
fn a_reference_reaches_its_own_module_only() {
    let vault = "resource \"azurerm_key_vault\" \"a\" {\n  name = \"kv\"\n}\n";
    let setting = "resource \"azurerm_monitor_diagnostic_setting\" \"a\" {\n  \
                   target_resource_id = TARGET\n}\n";
    let call = "module \"logs\" {\n  source = \"./logs\"\n  target = azurerm_key_vault.a.id\n}\n";
    let found = |main: &str, module: &str| {
        let tree = Memory::new().with("main.tf", main).with("logs/main.tf", module);
        engine::run(&tree, &settings("ZT-OBS-203", Vec::new())).findings.len()
    };
    let to = |target: &str| setting.replace("TARGET", target);
    // Its own vault is somewhere else; what it is told may be ours.
    let elsewhere = format!("{vault}{}", to("azurerm_key_vault.a.id"));
    let main = format!("{vault}{call}");
    assert_eq!(found(&main, &elsewhere), 1);
    assert_eq!(found(&main, &to("var.target")), 0);
    // A module that nobody here calls says nothing about us.
    assert_eq!(found(vault, &to("var.target")), 1);
}
