//! Texts as cursors and short forms of calls, for the tables of this room.

use super::flow::{Flow, Identity, Request, Token};
use crate::input::file::{File, Language};
use crate::model::cursor::Cursor;
use crate::model::value::NodeRef;

/// The document of a YAML text. Lives as long as the test.
pub fn yaml(text: &str) -> Cursor<'static> {
    let file = File::parse("test.yaml", text.to_owned(), Language::Yaml);
    let files: &'static [File] = Box::leak(vec![file].into_boxed_slice());
    let root = files[0].tree.documents[0];
    Cursor::node(files, NodeRef { file: files[0].id, node: root })
}

/// A call: `<caller> <port> [<method> <path> [<host>]] [from=<address>] [x-header=value] [token=iss|sub]`;
/// the caller is `-` for plaintext or `[<trust domain>:]<namespace>/<account>`.
pub fn flow(text: &'static str) -> Flow<'static> {
    let mut words = text.split(' ');
    let caller = words.next().expect("a caller");
    let (domain, rest) = caller.split_once(':').unwrap_or(("cluster.local", caller));
    let identity = rest.split_once('/').map(|(namespace, account)| Identity {
        trust_domain: domain,
        namespace,
        account,
    });
    let port = words.next().and_then(|word| word.parse().ok()).expect("a port");
    let mut flow = Flow { identity, port, ..Flow::default() };
    let (mut headers, mut token, mut plain) = (Vec::new(), None, Vec::new());
    for word in words {
        match word.split_once('=') {
            Some(("from", address)) => flow.address = Some(address),
            Some(("remote", address)) => flow.remote_address = Some(address),
            Some(("token", value)) => {
                let (issuer, subject) = value.split_once('|').expect("issuer and subject");
                token = Some(Token {
                    issuer,
                    subject,
                    audiences: vec!["shop"],
                    presenter: Some("app"),
                    claims: vec![("role", "clerk")],
                });
            }
            Some(header) => headers.push(header),
            None => plain.push(word),
        }
    }
    if let [method, path, rest @ ..] = plain.as_slice() {
        let host = rest.first().copied().unwrap_or("shop.test");
        flow.request = Some(Request { method, host, path, headers, token });
    }
    flow
}
