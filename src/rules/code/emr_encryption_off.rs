//! Security configurations of EMR, which are JSON, that switch a part of the encryption off.
//!
//! Source of the semantics: EMR Management Guide, "Create a security configuration".

use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// `emr_plaintext`.
pub fn emr_plaintext<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    judge(root, sink, "EnableInTransitEncryption");
}

/// `emr_disks_unencrypted`.
pub fn emr_disks_unencrypted<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    judge(root, sink, "EnableAtRestEncryption");
}

fn judge<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, part: &str) {
    for &at in root.terraform(Category::Managed, "aws_emr_security_configuration") {
        let configuration = root.cursor(root.resources[at]).key("configuration").document();
        let switch = configuration.key("EncryptionConfiguration").key(part);
        if switch.text().as_deref() == Some("false") {
            sink.report(at, switch, None, &[]);
        }
    }
}
