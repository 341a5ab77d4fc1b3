//! Databases that the Internet reaches (ZT-NET-190), and those that lie where it easily could
//! (ZT-NET-740).

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::exposure::{public_route, world_rule};
use crate::rules::finding::Label;
use crate::rules::reference::resource;
use crate::rules::sink::Sink;

/// Which attribute of a database names its group of subnets, and the type of that group.
struct Kind {
    database: &'static str,
    group: &'static str,
    groups: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind {
        database: "aws_db_instance",
        group: "db_subnet_group_name",
        groups: "aws_db_subnet_group",
    },
    Kind {
        database: "aws_rds_cluster_instance",
        group: "db_subnet_group_name",
        groups: "aws_db_subnet_group",
    },
    Kind {
        database: "aws_redshift_cluster",
        group: "cluster_subnet_group_name",
        groups: "aws_redshift_subnet_group",
    },
];

/// Reports the attribute that gives the public address, with the rule and the route that let the
/// Internet in. A database without a group of subnets lies in the default VPC, whose subnets are
/// public.
pub fn database_reachable_from_internet<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for kind in &KINDS {
        for &at in root.terraform(Category::Managed, kind.database) {
            let body = root.cursor(root.resources[at]);
            let public = body.key("publicly_accessible");
            if public.text().as_deref() != Some("true") {
                continue;
            }
            // Instances of a cluster have its security groups and subnets.
            let cluster = body.key("cluster_identifier");
            let cluster = resource(root, cluster, "aws_rds_cluster", "cluster_identifier");
            let holder = cluster.map_or(body, |at| root.cursor(root.resources[at]));
            let Some(port) = port(holder).or_else(|| port(body)) else {
                sink.unknown();
                continue;
            };
            let Some(rule) = world_rule(root, holder.key("vpc_security_group_ids"), port) else {
                continue;
            };
            let mut labels = vec![Label {
                place: rule.header(),
                text: format!("lets every address in to port {port}"),
            }];
            let own = body.key(kind.group);
            let group = if own.absent() == Truth::True { holder.key(kind.group) } else { own };
            if group.absent() != Truth::True {
                let Some(group) = resource(root, group, kind.groups, "name") else { continue };
                let subnets = root.cursor(root.resources[group]).key("subnet_ids");
                let Some(route) = public_route(root, subnets) else { continue };
                let text = "routes its subnets to the Internet".to_owned();
                labels.push(Label { place: route.header(), text });
            }
            let port = port.to_string();
            if let Some(raw) = sink.report(at, public, None, &[("port", &port)]) {
                raw.labels.extend(labels);
            }
        }
    }
}

/// `database_in_public_subnet`: reports the group of subnets, with the route that makes them public.
/// What has a public address is reported for that.
pub fn database_in_public_subnet<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for database in ["aws_db_instance", "aws_rds_cluster"] {
        for &at in root.terraform(Category::Managed, database) {
            let body = root.cursor(root.resources[at]);
            let public = body.key("publicly_accessible");
            if public.absent() != Truth::True && public.text().as_deref() != Some("false") {
                continue;
            }
            let named = body.key("db_subnet_group_name");
            let group = resource(root, named, "aws_db_subnet_group", "name");
            let subnets = group.map(|group| root.cursor(root.resources[group]).key("subnet_ids"));
            let Some(route) = subnets.and_then(|subnets| public_route(root, subnets)) else {
                continue;
            };
            if let Some(raw) = sink.report(at, named, None, &[]) {
                let text = "routes its subnets to the Internet".to_owned();
                raw.labels.push(Label { place: route.header(), text });
            }
        }
    }
}

/// The port of a database: as written, or its engine's own.
///
/// Source: provider documentation of `aws_db_instance`, `aws_rds_cluster`, `aws_redshift_cluster`.
fn port(body: Cursor<'_>) -> Option<u16> {
    let written = body.key("port");
    if written.absent() != Truth::True {
        return written.text()?.parse().ok();
    }
    let engine = body.key("engine");
    if engine.absent() == Truth::True {
        return body.key("node_type").text().map(|_| 5439);
    }
    let engine = engine.text()?;
    let families = [
        ("aurora-postgres", 5432),
        ("aurora", 3306),
        ("postgres", 5432),
        ("mysql", 3306),
        ("mariadb", 3306),
        ("oracle", 1521),
        ("sqlserver", 1433),
        ("custom-oracle", 1521),
        ("custom-sqlserver", 1433),
        ("db2", 50_000),
    ];
    families.iter().find(|(family, _)| engine.starts_with(family)).map(|(_, port)| *port)
}
