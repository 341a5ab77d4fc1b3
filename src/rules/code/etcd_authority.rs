//! etcd that takes client certificates of the authority by which the API server knows its clients.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;

/// Flags by which etcd lets in some of the certificates that its authority signed.
const NAMES: [&str; 3] =
    ["client-cert-allowed-cn", "client-cert-allowed-hostname", "client-cert-allowed-hostnames"];

/// `etcd_trusts_cluster_authority`.
pub fn etcd_trusts_cluster_authority<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let elements = || root.view("component").iter().map(|one| (one.resource, one.cursor(root)));
    let of = |program: &'static str| {
        let is = move |(_, view): &(usize, Cursor<'_>)| {
            let text = |key: &str| view.key(key).text();
            text("program").as_deref() == Some(program) && text("source").as_deref() == Some("pod")
        };
        elements().filter(is)
    };
    for (at, etcd) in of("etcd") {
        let own = etcd.key("flags").key("trusted-ca-file");
        let Some(file) = own.text().filter(|file| !file.is_empty()) else {
            if own.absent() != Truth::True {
                sink.unknown();
            }
            continue;
        };
        let limited = Truth::any(NAMES.iter().map(|name| !etcd.key("flags").key(name).absent()));
        let mut clients =
            of("kube-apiserver").map(|(_, view)| view.key("flags").key("client-ca-file"));
        let Some(same) = clients.find(|other| other.text().as_ref() == Some(&file)) else {
            continue;
        };
        match limited {
            Truth::True => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
            Truth::False => {}
        }
        if let Some(finding) = sink.report(at, own, None, &[]) {
            let text = "signs the certificates of the API server's clients".to_owned();
            finding.labels.push(Label { place: same.focus(), text });
            assume(Some(finding), "both pods see the same file under this path");
        }
    }
}
