//! Changes of a plan, and whether a rule then finds something of a resource.

use serde_json::{Map, Value, json};

/// A name, the change, the rule, the address and the verdict.
type Row = (&'static str, fn(&mut Value), &'static str, &'static str, bool);

pub const CHANGES: [Row; 16] = [
    ("as it is", |_| {}, "ZT-NET-032", "aws_db_instance.shop", true),
    (
        "known to be false",
        |p| planned(p, "aws_db_instance.shop")["values"]["publicly_accessible"] = json!(false),
        "ZT-NET-032",
        "aws_db_instance.shop",
        false,
    ),
    (
        "known after apply",
        |p| {
            change(p, "aws_db_instance.shop")["after_unknown"]["publicly_accessible"] = json!(true);
        },
        "ZT-NET-032",
        "aws_db_instance.shop",
        false,
    ),
    (
        "sensitive",
        |p| {
            planned(p, "aws_db_instance.shop")["sensitive_values"]["publicly_accessible"] =
                json!(true);
        },
        "ZT-NET-032",
        "aws_db_instance.shop",
        false,
    ),
    (
        "deleted",
        |p| change(p, "aws_db_instance.shop")["actions"] = json!(["delete"]),
        "ZT-NET-032",
        "aws_db_instance.shop",
        false,
    ),
    (
        "replaced",
        |p| change(p, "aws_db_instance.shop")["actions"] = json!(["delete", "create"]),
        "ZT-NET-032",
        "aws_db_instance.shop",
        true,
    ),
    ("only deleted", |_| {}, "ZT-NET-032", "aws_db_instance.old", false),
    ("written and not known", |_| {}, "ZT-ENC-006", "aws_ebs_volume.unsure", false),
    (
        "written as null",
        |p| {
            planned(p, "aws_ebs_volume.sealed")["values"]["encrypted"] = Value::Null;
        },
        "ZT-ENC-006",
        "aws_ebs_volume.sealed",
        true,
    ),
    ("with an old deposed object", |_| {}, "ZT-ENC-006", "aws_ebs_volume.sealed", false),
    ("joined by reference", |_| {}, "ZT-ROT-005", "aws_secretsmanager_secret.rotated", false),
    (
        "joined by a known value that only the resource gives",
        |p| {
            planned(p, "aws_secretsmanager_secret.rotated")["values"]["id"] = json!("arn:1");
            planned(p, "aws_secretsmanager_secret_rotation.rotated")["values"]["secret_id"] =
                json!("arn:1");
            for address in
                ["aws_secretsmanager_secret.rotated", "aws_secretsmanager_secret_rotation.rotated"]
            {
                change(p, address)["after_unknown"] = json!({});
            }
        },
        "ZT-ROT-005",
        "aws_secretsmanager_secret.rotated",
        false,
    ),
    (
        "a reference that is not the only one",
        |p| {
            let rotation = expressions(p, "aws_secretsmanager_secret_rotation.rotated");
            rotation["secret_id"] =
                json!({"references": ["aws_secretsmanager_secret.rotated.id", "var.other"]});
        },
        "ZT-ROT-005",
        "aws_secretsmanager_secret.token",
        false,
    ),
    (
        "what the provider found of a group that exists",
        |p| change(p, "aws_security_group.web")["actions"] = json!(["no-op"]),
        "ZT-NET-025",
        "aws_security_group.web",
        false,
    ),
    (
        "what is written of a group that exists",
        |p| {
            change(p, "aws_security_group.web")["actions"] = json!(["update"]);
            let group = expressions(p, "aws_security_group.web");
            group.insert("ingress".to_owned(), json!([{}, {}]));
        },
        "ZT-NET-025",
        "aws_security_group.web",
        true,
    ),
    (
        "a firewall rule without addresses",
        |p| {
            planned(p, "aws_security_group.web")["values"]["ingress"][0]["cidr_blocks"] = json!([]);
        },
        "ZT-NET-025",
        "aws_security_group.web",
        false,
    ),
];

/// The planned resource of an address in the root module.
pub fn planned<'v>(plan: &'v mut Value, address: &str) -> &'v mut Value {
    let list = plan["planned_values"]["root_module"]["resources"].as_array_mut().expect("a list");
    list.iter_mut().find(|one| one["address"] == address).expect("a planned resource")
}

/// The change of an address.
pub fn change<'v>(plan: &'v mut Value, address: &str) -> &'v mut Value {
    let list = plan["resource_changes"].as_array_mut().expect("a list").iter_mut();
    let mut of = list.filter(|one| one["address"] == address && one.get("deposed").is_none());
    &mut of.next().expect("a change")["change"]
}

/// The expressions of a resource of the root module.
fn expressions<'v>(plan: &'v mut Value, address: &str) -> &'v mut Map<String, Value> {
    let list = plan["configuration"]["root_module"]["resources"].as_array_mut().expect("a list");
    let one = list.iter_mut().find(|one| one["address"] == address).expect("a resource");
    one["expressions"].as_object_mut().expect("expressions")
}
