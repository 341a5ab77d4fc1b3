//! Bad examples of cards, written once more in Terraform's JSON syntax.

/// Rule, number of its bad example, and the twin. Blocks stand as objects where there is one.
pub const TWINS: &[(&str, usize, &str)] = &[
    (
        "ZT-NET-101",
        0,
        r#"{"resource": {"aws_security_group": {"shop": {
            "name": "shop",
            "vpc_id": "vpc-0a1b2c3d",
            "ingress": {
                "from_port": 30000,
                "to_port": 32767,
                "protocol": "tcp",
                "cidr_blocks": ["0.0.0.0/0"]
            }
        }}}}"#,
    ),
    (
        "ZT-NET-026",
        1,
        r#"{"resource": {"aws_vpc_security_group_ingress_rule": {"rule": {
            "security_group_id": "sg-0a1b2c3d",
            "ip_protocol": "-1",
            "cidr_ipv6": "::/0"
        }}}}"#,
    ),
    (
        "ZT-NET-028",
        0,
        r#"{"resource": {
            "aws_security_group": {"shop": {
                "name": "shop",
                "ingress": {
                    "from_port": 443,
                    "to_port": 443,
                    "protocol": "tcp",
                    "cidr_blocks": ["10.0.0.0/8"]
                }
            }},
            "aws_security_group_rule": {"metrics": {
                "type": "ingress",
                "from_port": 9100,
                "to_port": 9100,
                "protocol": "tcp",
                "cidr_blocks": ["10.9.0.0/16"],
                "security_group_id": "${aws_security_group.shop.id}"
            }}
        }}"#,
    ),
    (
        "ZT-NET-030",
        0,
        r#"{"resource": {"aws_network_acl": {"main": {
            "vpc_id": "vpc-0a1b2c3d",
            "ingress": [
                {
                    "rule_no": 100,
                    "action": "allow",
                    "protocol": "-1",
                    "cidr_block": "0.0.0.0/0",
                    "from_port": 0,
                    "to_port": 0
                },
                {
                    "rule_no": 200,
                    "action": "deny",
                    "protocol": "tcp",
                    "cidr_block": "198.51.100.0/24",
                    "from_port": 22,
                    "to_port": 22
                }
            ]
        }}}}"#,
    ),
    (
        "ZT-NET-030",
        1,
        r#"{"resource": {
            "aws_network_acl": {"main": {"vpc_id": "vpc-0a1b2c3d"}},
            "aws_network_acl_rule": {
                "web": {
                    "network_acl_id": "${aws_network_acl.main.id}",
                    "rule_number": 100,
                    "rule_action": "allow",
                    "protocol": "tcp",
                    "cidr_block": "10.0.0.0/8",
                    "from_port": 0,
                    "to_port": 65535
                },
                "block": {
                    "network_acl_id": "${aws_network_acl.main.id}",
                    "rule_number": 110,
                    "rule_action": "deny",
                    "protocol": "tcp",
                    "cidr_block": "10.9.0.0/16",
                    "from_port": 3389,
                    "to_port": 3389
                }
            }
        }}"#,
    ),
    (
        "ZT-ROT-005",
        1,
        r#"{"resource": {
            "aws_secretsmanager_secret": {"db": {"name": "shop/db"}, "api": {"name": "shop/api"}},
            "aws_secretsmanager_secret_rotation": {"api": {
                "secret_id": "${aws_secretsmanager_secret.api.id}",
                "rotation_lambda_arn": "${var.lambda}",
                "rotation_rules": {"automatically_after_days": 30}
            }}
        }}"#,
    ),
    (
        "ZT-ENC-180",
        0,
        r#"{"resource": {
            "aws_lb_listener": {"web": {
                "load_balancer_arn": "${var.load_balancer_arn}",
                "port": 80,
                "protocol": "HTTP",
                "default_action": {
                    "type": "redirect",
                    "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}
                }
            }},
            "aws_lb_listener_rule": {"legacy": {
                "listener_arn": "${aws_lb_listener.web.arn}",
                "priority": 10,
                "action": {
                    "type": "forward",
                    "target_group_arn": "${var.target_group_arn}"
                },
                "condition": {"path_pattern": {"values": ["/legacy/*"]}}
            }}
        }}"#,
    ),
    (
        "ZT-OBS-180",
        1,
        r#"{"resource": {
            "aws_vpc": {
                "main": {"cidr_block": "10.0.0.0/16"},
                "other": {"cidr_block": "10.1.0.0/16"}
            },
            "aws_flow_log": {"main": {
                "vpc_id": "${aws_vpc.other.id}",
                "traffic_type": "ALL",
                "log_destination": "${var.bucket_arn}",
                "log_destination_type": "s3"
            }}
        }}"#,
    ),
    (
        "ZT-NET-025",
        4,
        r#"{"resource": {"azurerm_network_security_group": {"shop": {
            "name": "shop",
            "location": "westeurope",
            "resource_group_name": "net",
            "security_rule": {
                "name": "rule",
                "priority": 110,
                "direction": "Inbound",
                "access": "Allow",
                "protocol": "Tcp",
                "source_port_range": "*",
                "destination_port_range": "20-30",
                "source_address_prefix": "*",
                "destination_address_prefix": "*"
            }
        }}}}"#,
    ),
    (
        "ZT-NET-203",
        1,
        r#"{"resource": {"azurerm_storage_account": {"main": {
            "name": "stshop",
            "resource_group_name": "rg-shop",
            "location": "westeurope",
            "account_tier": "Standard",
            "account_replication_type": "ZRS",
            "public_network_access_enabled": true
        }}}}"#,
    ),
    (
        "ZT-NET-211",
        1,
        r#"{"resource": {"azurerm_redis_firewall_rule": {"main": {
            "name": "office",
            "resource_group_name": "rg-shop",
            "redis_cache_name": "${azurerm_redis_cache.main.name}",
            "start_ip": "20.0.0.0",
            "end_ip": "20.255.255.255"
        }}}}"#,
    ),
    (
        "ZT-OBS-200",
        0,
        r#"{"resource": {"azurerm_mssql_server": {"main": {
            "name": "sql-shop",
            "resource_group_name": "rg-shop",
            "location": "westeurope",
            "version": "12.0",
            "administrator_login": "dba",
            "administrator_login_password": "${var.sql_password}"
        }}}}"#,
    ),
    (
        "ZT-NET-025",
        5,
        r#"{"resource": {"google_compute_firewall": {"rule": {
            "name": "rule",
            "network": "shop",
            "direction": "INGRESS",
            "source_ranges": ["0.0.0.0/0"],
            "allow": {"protocol": "tcp", "ports": ["22"]}
        }}}}"#,
    ),
    (
        "ZT-ENC-302",
        1,
        r#"{"resource": {
            "google_compute_target_http_proxy": {"main": {
                "name": "web",
                "url_map": "${google_compute_url_map.main.self_link}"
            }},
            "google_compute_url_map": {"main": {
                "name": "web",
                "default_url_redirect": {"https_redirect": false, "strip_query": false}
            }}
        }}"#,
    ),
];
