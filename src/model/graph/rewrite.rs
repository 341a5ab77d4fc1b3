//! What routes make of the paths of requests on their way from a gateway to a workload: the gateway's
//! policies see the path that was sent, those at the workload the rewritten one.

use crate::model::cursor::{Cursor, Shape};
use crate::model::istio::mesh::NETWORKING;
use crate::model::resource::Object;

/// The paths that a route takes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Taken {
    /// One.
    Exact(String),
    /// Those that begin so (`StringMatch.prefix` of Istio's routes).
    Prefix(String),
    /// This path and those below it (`PathPrefix` of the Gateway API).
    Below(String),
    /// It cannot be told.
    Unknown,
}

/// What a route does with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Made {
    /// It is left as it is.
    Same,
    /// What was matched is replaced by this.
    Part(String),
    /// All of it is.
    Whole(String),
    /// It cannot be told.
    Unknown,
}

/// One way of a route with the paths it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    taken: Taken,
    made: Made,
}

/// What becomes of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// This.
    Known(String),
    /// The route does not take it.
    Elsewhere,
    /// It cannot be told.
    Unknown,
}

impl Rewrite {
    /// A route that leaves paths as they are.
    pub(super) const SAME: Self = Self { taken: Taken::Unknown, made: Made::Same };

    const UNKNOWN: Self = Self { taken: Taken::Unknown, made: Made::Unknown };

    /// Whether paths stay as they are.
    pub(super) fn keeps(&self) -> bool {
        self.made == Made::Same
    }

    /// What becomes of a path. Whether slashes that meet are merged depends on the mesh.
    pub(super) fn apply(&self, path: &str) -> Path {
        let rest = match &self.taken {
            Taken::Exact(own) => (path == own).then_some(""),
            Taken::Prefix(own) => path.strip_prefix(own.as_str()),
            Taken::Below(own) => {
                let rest = path.strip_prefix(own.trim_end_matches('/'));
                rest.filter(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Taken::Unknown => match &self.made {
                Made::Whole(whole) => return Path::Known(whole.clone()),
                _ => return Path::Unknown,
            },
        };
        let Some(rest) = rest else { return Path::Elsewhere };
        let made = match &self.made {
            Made::Same => path.to_owned(),
            Made::Whole(whole) => whole.clone(),
            Made::Unknown => return Path::Unknown,
            Made::Part(part) if matches!(self.taken, Taken::Below(_)) => {
                let joined = format!("{}{rest}", part.trim_end_matches('/'));
                if joined.is_empty() { "/".to_owned() } else { joined }
            }
            Made::Part(part) => format!("{part}{rest}"),
        };
        if made.contains("//") || !made.starts_with('/') {
            Path::Unknown
        } else {
            Path::Known(made)
        }
    }

    /// A path that the route takes; none where that cannot be told.
    pub(super) fn sample(&self) -> Option<&str> {
        match &self.taken {
            Taken::Exact(path) | Taken::Prefix(path) | Taken::Below(path) => Some(path),
            Taken::Unknown => None,
        }
    }

    /// A path of which this one is made, if there is one that can be told.
    pub(super) fn source(&self, path: &str) -> Option<String> {
        let found = match (&self.taken, &self.made) {
            (Taken::Prefix(own), Made::Part(part)) => {
                format!("{own}{}", path.strip_prefix(part.as_str())?)
            }
            (Taken::Below(own), Made::Part(part)) => {
                let rest = path.strip_prefix(part.trim_end_matches('/'))?;
                format!("{}{rest}", own.trim_end_matches('/'))
            }
            _ => self.sample()?.to_owned(),
        };
        (self.apply(&found) == Path::Known(path.to_owned())).then_some(found)
    }
}

/// What each rule of an object does with paths, in the order of its backends' rules: for a
/// `VirtualService` its `http`, for an `HTTPRoute` its `rules`; for an Ingress one for all.
pub(super) fn of_rule(object: &Object, body: Cursor<'_>, rule: Cursor<'_>) -> Vec<Rewrite> {
    match (object.group.as_str(), object.kind.as_str()) {
        (NETWORKING, "VirtualService") => virtual_service(rule),
        ("gateway.networking.k8s.io", "HTTPRoute") => http_route(rule),
        ("networking.k8s.io" | "extensions", "Ingress") => {
            ingress(body.key("metadata").key("annotations"))
        }
        _ => vec![Rewrite::SAME],
    }
}

/// `HTTPRewrite`: `uri` replaces the prefix that was matched, or the whole path where that was matched
/// exactly or by an expression.
fn virtual_service(rule: Cursor<'_>) -> Vec<Rewrite> {
    let rewrite = rule.key("rewrite");
    if rewrite.shape() == Shape::Absent {
        return vec![Rewrite::SAME];
    }
    let plain = |key: &str| rewrite.key(key).shape() == Shape::Absent;
    let uri = rewrite.key("uri");
    let (Some(uri), true) =
        (uri.text().map(String::from), plain("authority") && plain("uriRegexRewrite"))
    else {
        return vec![Rewrite::UNKNOWN];
    };
    let matches = rule.key("match").items();
    let mut found: Vec<Rewrite> = matches
        .known
        .iter()
        .map(|one| {
            let wanted = one.key("uri");
            let text = |key: &str| wanted.key(key).text().map(String::from);
            let part = Made::Part(uri.clone());
            let whole = Made::Whole(uri.clone());
            let case = one.key("ignoreUriCase").shape() == Shape::Absent;
            match (wanted.shape(), text("prefix"), text("exact")) {
                (Shape::Absent, ..) => Rewrite { taken: Taken::Prefix("/".to_owned()), made: part },
                (_, Some(prefix), None) if case => {
                    Rewrite { taken: Taken::Prefix(prefix), made: part }
                }
                (_, None, Some(exact)) if case => {
                    Rewrite { taken: Taken::Exact(exact), made: whole }
                }
                (_, None, None) if wanted.key("regex").shape() == Shape::Scalar => {
                    Rewrite { taken: Taken::Unknown, made: whole }
                }
                _ => Rewrite::UNKNOWN,
            }
        })
        .collect();
    if found.is_empty() && !matches.open {
        found.push(Rewrite { taken: Taken::Prefix("/".to_owned()), made: Made::Part(uri) });
    }
    if matches.open {
        found.push(Rewrite::UNKNOWN);
    }
    found
}

/// `HTTPURLRewriteFilter`.
fn http_route(rule: Cursor<'_>) -> Vec<Rewrite> {
    let filters = rule.key("filters").items();
    let behind = rule.key("backendRefs").items();
    // Those of single backends come on top.
    let more = behind.known.iter().any(|one| one.key("filters").shape() != Shape::Absent);
    let kind = |one: &&Cursor<'_>| one.key("type").text().as_deref() == Some("URLRewrite");
    let Some(filter) = filters.known.iter().find(kind) else {
        return vec![if filters.open || more { Rewrite::UNKNOWN } else { Rewrite::SAME }];
    };
    let (block, path) = (filter.key("urlRewrite"), filter.key("urlRewrite").key("path"));
    if filters.open || more || block.key("hostname").shape() != Shape::Absent {
        return vec![Rewrite::UNKNOWN];
    }
    let text = |key: &str| path.key(key).text().map(String::from);
    let made = match path.key("type").text().as_deref() {
        Some("ReplacePrefixMatch") => text("replacePrefixMatch").map(Made::Part),
        Some("ReplaceFullPath") => text("replaceFullPath").map(Made::Whole),
        _ => None,
    };
    let Some(made) = made else { return vec![Rewrite::UNKNOWN] };
    let matches = rule.key("matches").items();
    let mut found: Vec<Rewrite> = matches
        .known
        .iter()
        .map(|one| {
            let wanted = one.key("path");
            let value = wanted.key("value");
            let value = match value.shape() {
                Shape::Absent => Some("/".to_owned()),
                _ => value.text().map(String::from),
            };
            let kind = wanted.key("type");
            let taken = match (kind.shape(), kind.text().as_deref(), value) {
                (Shape::Absent, _, Some(path)) | (_, Some("PathPrefix"), Some(path)) => {
                    Taken::Below(path)
                }
                (_, Some("Exact"), Some(path)) => Taken::Exact(path),
                _ => Taken::Unknown,
            };
            Rewrite { taken, made: made.clone() }
        })
        .collect();
    if found.is_empty() && !matches.open {
        found.push(Rewrite { taken: Taken::Below("/".to_owned()), made });
    }
    if matches.open {
        found.push(Rewrite::UNKNOWN);
    }
    found
}

/// The annotations of the controllers for NGINX and `HAProxy`: the whole path becomes the text, in which `$1` and the
/// like stand for parts of it.
fn ingress(annotations: Cursor<'_>) -> Vec<Rewrite> {
    let keys =
        ["nginx.ingress.kubernetes.io/rewrite-target", "haproxy-ingress.github.io/rewrite-target"];
    let written = keys.iter().map(|key| annotations.key(key));
    let Some(at) = written.into_iter().find(|at| at.shape() != Shape::Absent) else {
        return vec![Rewrite::SAME];
    };
    let made = match at.text() {
        Some(text) if text.starts_with('/') && !text.contains(['$', '%']) => {
            Made::Whole(text.into_owned())
        }
        _ => Made::Unknown,
    };
    vec![Rewrite { taken: Taken::Unknown, made }]
}

#[cfg(test)]
mod tests {
    use super::{Made, Path, Rewrite, Taken};

    #[test]
    fn paths_are_rewritten() {
        let exact = |path: &str| Taken::Exact(path.to_owned());
        let prefix = |path: &str| Taken::Prefix(path.to_owned());
        let below = |path: &str| Taken::Below(path.to_owned());
        let part = |text: &str| Made::Part(text.to_owned());
        let whole = |text: &str| Made::Whole(text.to_owned());
        for (taken, made, path, expected) in [
            (prefix("/api"), part("/v1"), "/api/orders", Some("/v1/orders")),
            (prefix("/api"), part("/v1"), "/apis", Some("/v1s")),
            (prefix("/api"), part("/v1"), "/other", None),
            (prefix("/api/"), part("/"), "/api/orders", Some("/orders")),
            (prefix("/api"), part("/"), "/api/orders", Some("?")),
            (prefix("/api"), part("/"), "/api", Some("/")),
            (exact("/api"), whole("/v1"), "/api", Some("/v1")),
            (exact("/api"), whole("/v1"), "/api/x", None),
            (below("/api"), part("/"), "/api/orders", Some("/orders")),
            (below("/api"), part("/"), "/api", Some("/")),
            (below("/api"), part("/v1"), "/apis", None),
            (below("/"), part("/v1"), "/orders", Some("/v1/orders")),
            (below("/api"), whole("/v1"), "/api/x", Some("/v1")),
            (Taken::Unknown, whole("/v1"), "/api/x", Some("/v1")),
            (Taken::Unknown, part("/v1"), "/api/x", Some("?")),
            (prefix("/api"), Made::Unknown, "/api/x", Some("?")),
        ] {
            let rewrite = Rewrite { taken, made };
            let found = rewrite.apply(path);
            let expected = match expected {
                None => Path::Elsewhere,
                Some("?") => Path::Unknown,
                Some(path) => Path::Known(path.to_owned()),
            };
            assert_eq!(found, expected, "{rewrite:?} {path}");
            if let (Path::Known(made), Some(_)) = (&found, rewrite.sample()) {
                let source = rewrite.source(made).expect("a source");
                assert_eq!(rewrite.apply(&source), found, "{rewrite:?} {made}");
            }
            assert_eq!(rewrite.source("nowhere"), None, "{rewrite:?}");
        }
    }
}
