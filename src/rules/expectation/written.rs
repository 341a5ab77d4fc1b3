//! `[[expect]]` of ztlint.toml: what it says, with a place for each part, or what is wrong with it.

use super::Expectation;
use crate::input::source::Span;
use crate::model::graph::links::End;
use crate::model::graph::ports::Protocol;
use crate::model::graph::question::Account;
use std::ops::Range;
use toml_edit::{Document, Item, TableLike};

/// What an entry may say.
const KEYS: [&str; 8] = ["verdict", "from", "to", "port", "identity", "method", "path", "root"];

/// What is wrong, and where if that is known.
pub type Fault = (Option<Range<usize>>, String);

/// The expectations of a whole ztlint.toml, of which nothing else is looked at.
pub fn parse(text: &str) -> Result<Vec<Expectation>, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let item = document.as_table().get("expect");
    item.map_or(Ok(Vec::new()), |item| read(item).map_err(|(_, message)| message))
}

/// The expectations that an item holds.
pub fn read(item: &Item) -> Result<Vec<Expectation>, Fault> {
    let shape = || (item.span(), "write each expectation as a table: [[expect]]".to_owned());
    let mut tables: Vec<&dyn TableLike> = Vec::new();
    if let Some(list) = item.as_array_of_tables() {
        tables.extend(list.iter().map(|table| table as &dyn TableLike));
    } else {
        for value in item.as_array().ok_or_else(shape)? {
            tables.push(value.as_inline_table().ok_or_else(shape)?);
        }
    }
    tables
        .into_iter()
        .map(|table| entry(table).map_err(|(at, m)| (at.or(item.span()), m)))
        .collect()
}

fn entry(table: &dyn TableLike) -> Result<Expectation, Fault> {
    for (key, _) in table.iter() {
        if !KEYS.contains(&key) {
            let span = table.key(key).and_then(toml_edit::Key::span);
            let known = KEYS.join(", ");
            return Err((span, format!("`{key}` is not known in [[expect]]; there are {known}")));
        }
    }
    let text = |key: &str| -> Result<Option<(&str, Span)>, Fault> {
        let Some(item) = table.get(key) else { return Ok(None) };
        let text = item.as_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| (item.span(), "this must be a text in quotes".to_owned()))?;
        Ok(Some((text, span(item))))
    };
    let needed = |key: &str| {
        // The entry's own place: that of its first key.
        let first = table.iter().next().and_then(|(key, _)| table.key(key));
        let at = first.and_then(toml_edit::Key::span);
        text(key)?.ok_or_else(|| (at, format!("an expectation needs `{key}`")))
    };
    let end = |key: &str| -> Result<(End, Span), Fault> {
        let (text, at) = needed(key)?;
        let end = end(text).map_err(|message| (Some(at.range()), message))?;
        Ok((end, at))
    };
    let (word, at) = needed("verdict")?;
    let allow = match word {
        "allow" => true,
        "deny" => false,
        _ => return Err((Some(at.range()), "a verdict is `allow` or `deny`".to_owned())),
    };
    let ((from, from_at), (to, to_at)) = (end("from")?, end("to")?);
    if from.is_outside() && to.is_outside() {
        let message = "both ends lie outside the cluster, of which manifests say nothing";
        return Err((Some(to_at.range()), message.to_owned()));
    }
    let port = table.get("port").map(port_item).transpose()?;
    let identity = text("identity")?
        .map(|(text, at)| identity(text).map_err(|message| (Some(at.range()), message)))
        .transpose()?;
    let request = match (text("method")?, text("path")?) {
        (Some((word, at)), Some((path, path_at))) => {
            let method = method(word).map_err(|text| (Some(at.range()), text))?;
            let path = request_path(path).map_err(|text| (Some(path_at.range()), text))?;
            Some((method, path))
        }
        (None, None) => None,
        (Some((_, at)), None) | (None, Some((_, at))) => {
            return Err((Some(at.range()), "`method` and `path` stand together".to_owned()));
        }
    };
    let root = text("root")?.map(|(name, at)| (name.to_owned(), at));
    Ok(Expectation { allow, at, from, from_at, to, to_at, port, identity, request, root })
}

fn span(item: &Item) -> Span {
    let range = item.span().unwrap_or_default();
    Span::new(range.start, range.end)
}

/// A number, or a text such as `53/UDP`.
fn port_item(item: &Item) -> Result<(Protocol, u16), Fault> {
    let text = match (item.as_integer(), item.as_str()) {
        (Some(number), _) => number.to_string(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => String::new(),
    };
    let (protocol, number) = port(&text).map_err(|message| (item.span(), message))?;
    Ok((protocol.unwrap_or(Protocol::Tcp), number))
}

/// An end of a connection.
pub fn end(text: &str) -> Result<End, String> {
    End::parse(text)
        .ok_or_else(|| "write namespace/workload, any-pod, internet or a CIDR".to_owned())
}

/// A port, and its protocol if it is said.
pub fn port(text: &str) -> Result<(Option<Protocol>, u16), String> {
    let (number, word) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let number = number.parse().ok().filter(|number| *number > 0);
    let protocol = word.map(|word| Protocol::of(&word.to_uppercase()));
    match (number, protocol) {
        (Some(number), None) => Ok((None, number)),
        (Some(number), Some(Some(protocol))) => Ok((Some(protocol), number)),
        _ => Err("write a port such as 8080 or 53/UDP".to_owned()),
    }
}

/// Who a caller is to be.
pub fn identity(text: &str) -> Result<Account, String> {
    let known = |domain: &str, namespace: &str, account: &str| {
        Account::Known(domain.to_owned(), namespace.to_owned(), account.to_owned())
    };
    let plain = text.strip_prefix("spiffe://").unwrap_or(text);
    let parts: Vec<&str> = plain.split('/').collect();
    let full = !parts.iter().any(|part| part.is_empty());
    match parts.as_slice() {
        ["none"] => Ok(Account::Nobody),
        [namespace, account] if full && plain == text => {
            Ok(known("cluster.local", namespace, account))
        }
        [domain, "ns", namespace, "sa", account] if full => Ok(known(domain, namespace, account)),
        _ => {
            Err("write namespace/account, trust-domain/ns/namespace/sa/account or none".to_owned())
        }
    }
}

/// A method of HTTP, in capitals.
pub fn method(text: &str) -> Result<String, String> {
    let word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if word { Ok(text.to_uppercase()) } else { Err("write a method such as GET".to_owned()) }
}

/// A path of a request.
pub fn request_path(text: &str) -> Result<String, String> {
    if text.starts_with('/') { Ok(text.to_owned()) } else { Err("a path begins with /".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_places() {
        let text = "[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop/*\"\nport = \"53/UDP\"\n\
                    [[expect]]\nverdict = \"allow\"\nfrom = \"shop/web\"\nto = \"shop/api\"\nport = 8080\n\
                    identity = \"shop/web\"\nmethod = \"get\"\npath = \"/a\"\nroot = \"prod\"\n";
        let found = parse(text).expect("two expectations");
        let slice = |span: Span| &text[span.range()];
        assert_eq!(slice(found[0].at), "\"deny\"");
        assert_eq!((slice(found[0].from_at), slice(found[0].to_at)), ("\"any-pod\"", "\"shop/*\""));
        assert_eq!((found[0].allow, found[0].port), (false, Some((Protocol::Udp, 53))));
        assert_eq!(found[1].port, Some((Protocol::Tcp, 8080)));
        assert_eq!(found[1].request, Some(("GET".to_owned(), "/a".to_owned())));
        assert!(found[1].allow && found[1].identity.is_some() && found[1].root.is_some());
        let inline = "expect = [{verdict = \"deny\", from = \"internet\", to = \"shop/db\"}]";
        assert_eq!(parse(inline).expect("one").len(), 1);
        assert_eq!(parse("[check]\n").expect("none").len(), 0);
    }

    #[test]
    fn mistakes_are_told() {
        let base = ["verdict = \"deny\"", "from = \"any-pod\"", "to = \"shop/db\""];
        for (lines, message) in [
            (vec![base[0], base[1]], "needs `to`"),
            (vec![base[1], base[2]], "needs `verdict`"),
            (vec!["verdict = \"no\"", base[1], base[2]], "`allow` or `deny`"),
            (vec![base[0], "from = \"web\"", base[2]], "namespace/workload"),
            (vec![base[0], "from = \"internet\"", "to = \"10.0.0.0/8\""], "both ends"),
            (vec![base[0], base[1], base[2], "port = 0"], "8080"),
            (vec![base[0], base[1], base[2], "method = \"GET\""], "stand together"),
            (vec![base[0], base[1], base[2], "identity = \"x\""], "namespace/account"),
            (vec![base[0], base[1], base[2], "ports = 80"], "`ports` is not known"),
            (vec![base[0], base[1], base[2], "root = 1"], "text in quotes"),
        ] {
            let text = format!("[[expect]]\n{}\n", lines.join("\n"));
            let error = parse(&text).expect_err("a mistake");
            assert!(error.contains(message), "{text}: {error}");
        }
        assert!(parse("expect = 1").is_err() && parse("expect = [1]").is_err());
    }
}
