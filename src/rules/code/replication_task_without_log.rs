//! DMS tasks whose settings, which are JSON in a text, switch their logging off.
//!
//! Source of the semantics: DMS User Guide, "Logging task settings".

use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// `replication_task_without_log`.
pub fn replication_task_without_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Managed, "aws_dms_replication_task") {
        let settings = root.cursor(root.resources[at]).key("replication_task_settings").document();
        let enabled = settings.key("Logging").key("EnableLogging");
        match enabled.text() {
            Some(text) if text == "false" => {
                sink.report(at, enabled, None, &[]);
            }
            Some(_) => {}
            None => sink.unknown(),
        }
    }
}
