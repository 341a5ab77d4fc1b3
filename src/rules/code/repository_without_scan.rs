//! ECR repositories whose images nobody scans, unless the registry has a scanning configuration.

use crate::model::cursor::Shape;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;

/// `repository_without_scan`.
pub fn repository_without_scan<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    const BLOCK: &str = "image_scanning_configuration";
    const SCAN: &str = "scan_on_push";
    if !root.terraform(Category::Managed, "aws_ecr_registry_scanning_configuration").is_empty() {
        return;
    }
    for &at in root.terraform(Category::Managed, "aws_ecr_repository") {
        let block = root.cursor(root.resources[at]).key(BLOCK);
        let (place, key) = match block.shape() {
            Shape::Absent => (block, BLOCK),
            _ => (block.index(0).key(SCAN), SCAN),
        };
        let scans = match place.shape() {
            Shape::Absent => Truth::False,
            _ => place.text().map_or(Truth::Unknown, |text| Truth::of(text == "true")),
        };
        match scans {
            Truth::False => {
                let missing = place.absent_parent().map(|parent| (parent, vec![key.to_owned()]));
                let finding = sink.report(at, place, missing, &[]);
                assume(finding, "the registry does not scan every repository by itself");
            }
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}
