//! Settings that a kubelet's configuration file leaves out. kubeadm fills them in for a file that
//! holds its own configuration, too.

use crate::model::cursor::{Cursor, Shape};
use crate::model::root::Root;
use crate::model::value::NodeRef;
use crate::rules::sink::Sink;

/// No authority for client certificates (`authentication.x509.clientCAFile`).
pub fn kubelet_without_client_authority<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    left_out(root, sink, &["authentication", "x509", "clientCAFile"]);
}

/// No rotation of the client certificate (`rotateCertificates`, false where nothing is written).
pub fn kubelet_certificate_rotation_left_off<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    left_out(root, sink, &["rotateCertificates"]);
}

fn left_out<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, path: &[&str]) {
    for at in root.objects("kubelet.config.k8s.io", "KubeletConfiguration") {
        let resource = root.resources[at];
        let kubeadm = root.resources.iter().any(|other| {
            other.node.file == resource.node.file
                && other.object().is_some_and(|object| object.group == "kubeadm.k8s.io")
        });
        let body = root.cursor(resource);
        let end = path.iter().fold(body, |at, key| at.key(key));
        match end.shape() {
            Shape::Unknown => sink.unknown(),
            Shape::Absent if !kubeadm => {
                sink.report(at, end, missing(body, path), &[]);
            }
            _ => {}
        }
    }
}

/// The innermost parent that exists, and the keys still to be written below it.
fn missing(body: Cursor<'_>, path: &[&str]) -> Option<(NodeRef, Vec<String>)> {
    let mut at = body;
    for (done, key) in path.iter().enumerate() {
        let next = at.key(key);
        if next.shape() == Shape::Absent {
            let parent = next.absent_parent().or_else(|| at.node_ref())?;
            return Some((parent, path[done..].iter().map(|&key| key.to_owned()).collect()));
        }
        at = next;
    }
    None
}
