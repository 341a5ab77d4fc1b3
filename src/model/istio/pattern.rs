//! How Istio compares the texts of policies: exactly, by prefix or suffix, by presence, and by path
//! templates. Knows texts only.

/// Whether a policy's text matches a value (`AuthorizationPolicy`, "exact match, prefix match,
/// suffix match and presence match"): `*` is any text but the empty one, `abc*` a prefix, `*abc` a
/// suffix; a star anywhere else is only a star.
pub fn matches(pattern: &str, value: &str) -> bool {
    if pattern == "*" {
        return !value.is_empty();
    }
    if let Some(suffix) = pattern.strip_prefix('*') {
        return value.ends_with(suffix);
    }
    match pattern.strip_suffix('*') {
        Some(prefix) => value.starts_with(prefix),
        None => pattern == value,
    }
}

/// As [`matches`], in any case of letters: how hosts are compared.
pub fn matches_host(pattern: &str, value: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &value.to_ascii_lowercase())
}

/// Whether a path matches. A text with `{*}` or `{**}` is a template (`AuthorizationPolicy`,
/// `Operation.paths`): `{*}` is one segment, `{**}` the rest of the path; others are compared as in
/// [`matches`].
pub fn matches_path(pattern: &str, path: &str) -> bool {
    if !is_template(pattern) {
        return matches(pattern, path);
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    segments(&pattern, &path)
}

/// Whether a path is a template.
pub fn is_template(pattern: &str) -> bool {
    pattern.contains("{*}") || pattern.contains("{**}")
}

fn segments(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"{**}", rest)), Some(_)) => {
            (1..=path.len()).any(|taken| segments(rest, &path[taken..]))
        }
        (Some((&"{*}", rest)), Some((segment, others))) => {
            !segment.is_empty() && segments(rest, others)
        }
        (Some((literal, rest)), Some((segment, others))) => {
            literal == segment && segments(rest, others)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, matches_host, matches_path};

    #[test]
    fn texts_are_compared_as_istio_does() {
        for (pattern, value, expected) in [
            ("GET", "GET", true),
            ("GET", "get", false),
            ("*", "anything", true),
            ("*", "", false),
            ("/v1/*", "/v1/orders", true),
            ("/v1/*", "/v1/", true),
            ("/v1/*", "/v1", false),
            ("*/sa/web", "cluster.local/ns/shop/sa/web", true),
            ("*/sa/web", "cluster.local/ns/shop/sa/web2", false),
            ("a*b", "a*b", true),
            ("a*b", "axb", false),
            ("*a*", "xa*", true),
            ("*a*", "xay", false),
        ] {
            assert_eq!(matches(pattern, value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn hosts_have_no_case() {
        assert!(matches_host("Shop.Example", "shop.example"));
        assert!(matches_host("*.Example", "shop.example"));
        assert!(!matches_host("shop.example", "shop.example:8080"));
        assert!(matches_host("shop.example:*", "shop.example:8080"));
    }

    #[test]
    fn paths_may_be_templates() {
        for (pattern, path, expected) in [
            ("/orders", "/orders", true),
            ("/orders", "/orders/", false),
            ("/orders", "/Orders", false),
            ("/admin*", "/administrator", true),
            ("/orders/{*}", "/orders/1", true),
            ("/orders/{*}", "/orders/1/items", false),
            ("/orders/{*}", "/orders/", false),
            ("/orders/{*}/items", "/orders/1/items", true),
            ("/orders/{**}", "/orders/1/items", true),
            ("/orders/{**}", "/orders", false),
            ("/{*}/status/{**}", "/a/status/b/c", true),
        ] {
            assert_eq!(matches_path(pattern, path), expected, "{pattern} {path}");
        }
    }
}
