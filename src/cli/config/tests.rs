//! What ztlint.toml may say, and where its errors point.

use super::*;

fn fails(text: &str) -> String {
    parse(Path::new(NAME), text.to_owned(), "", None, &[]).expect_err("an error").to_string()
}

#[test]
fn every_key_is_read() {
    let text = "[project]\nroots = [\"envs/*\"]\nexclude = [\"vendor\"]\n[check]\nselect = [\"NET\"]\n\
                ignore = [\"ZT-NET-005\"]\nprofile = \"strict\"\nmin-severity = \"low\"\nfail-on = \"high\"\n\
                [limits]\nmax-file-bytes = 1000\nrotation-days = 30\ntoken-seconds = 900\n\
                session-seconds = 3600\nrender-seconds = 5\n[cloud]\nown-accounts = [\"123456789012\"]\n[graph]\npublic = [\"shop/web\"]\nsensitive-ports = [7000, \"admin\"]\n[kubernetes]\nsystem-namespaces = [\"infra\"]\n\
                closed-namespaces = [\"shop\", \"pay-*\"]\n\
                [istio]\nroot-namespace = \"mesh\"\ntrust-domain = \"shop.test\"\n";
    let path = Path::new(NAME);
    let config = parse(path, text.to_owned(), "sub", None, &[]).expect("valid");
    assert!(config.roots.expect("roots").is_match("sub/envs/prod"));
    assert!(config.exclude.expect("exclude").is_match("sub/vendor/a/b.yaml"));
    assert_eq!(config.fail_on, Some(Severity::High));
    assert_eq!(config.max_file_bytes, Some(1000));
    assert_eq!(config.rotation_days, Some(30));
    assert_eq!(config.token_seconds, Some(900));
    assert_eq!(config.session_seconds, Some(3600));
    assert_eq!(config.render_seconds, Some(5));
    assert_eq!(config.trust_domain.as_deref(), Some("shop.test"));
    let closed = config.closed_namespaces.expect("closed namespaces");
    assert!(closed.is_match("shop") && closed.is_match("pay-eu") && !closed.is_match("shops"));
    assert_eq!(config.public, ["shop/web"]);
    let ports = [ListedPort::Number(7000), ListedPort::Name("admin".to_owned())];
    assert_eq!(config.sensitive_ports, ports);
    assert_eq!(config.own_accounts, Some(vec!["123456789012".to_owned()]));
}

#[test]
fn errors_point_into_the_file() {
    let text = fails("[project]\nrootz = [\"a\"]\n");
    assert!(text.starts_with("ztlint.toml:2:1: `rootz` is not known in [project]"), "{text}");
    let text = fails("[check]\nprofile = \"loose\"\n");
    assert!(text.starts_with("ztlint.toml:2:11: a profile is one of"), "{text}");
    let text = fails("[check]\nignore = [\"ZT-NET-005\", \"NOPE\"]\n");
    assert!(text.starts_with("ztlint.toml:2:25: no rule"), "{text}");
    let text = fails("[limits]\nmax-file-bytes = 0\n");
    assert!(text.starts_with("ztlint.toml:2:18:"), "{text}");
    assert!(fails("[extra]\n").starts_with("ztlint.toml:1:2: `extra` is not known"));
    assert!(fails("x = [").starts_with("ztlint.toml:1:"));
    assert!(fails("[project]\nroots = [\"a[\"]\n").contains("is no glob"));
    let text = fails("[graph]\npublic = [\"web\"]\n");
    assert!(text.starts_with("ztlint.toml:2:11: `web` is no workload"), "{text}");
    for (list, column, message) in [
        ("7000", 19, "this must be a list of ports"),
        ("[7000, true]", 26, "this must be a list of ports"),
        ("[0]", 20, "a port is a number from 1 to 65535"),
        ("[80, 65536]", 24, "a port is a number from 1 to 65535"),
        ("[\"7000\"]", 20, "`7000` is no name of a port"),
        ("[\"Admin\"]", 20, "`Admin` is no name of a port"),
        ("[\"a-very-long-name\"]", 20, "`a-very-long-name` is no name of a port"),
        ("[80, \"web\", 80]", 31, "this port is listed twice"),
    ] {
        let text = fails(&format!("[graph]\nsensitive-ports = {list}\n"));
        let start = format!("ztlint.toml:2:{column}: {message}");
        assert!(text.starts_with(&start), "{list}: {text}");
    }
    let text = fails("[kubernetes]\nclosed-namespaces = [\"a\", \"b[\"]\n");
    assert!(text.starts_with("ztlint.toml:2:27: `b[` is no glob"), "{text}");
}
