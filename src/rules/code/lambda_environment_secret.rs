//! Finds secrets among the environment variables of Lambda functions.

use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::secret;
use crate::rules::sink::Sink;

/// One finding for each variable, at its value.
pub fn lambda_environment_secret<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Managed, "aws_lambda_function") {
        for block in root.cursor(root.resources[at]).key("environment").items().known {
            for (name, value) in block.key("variables").entries().0 {
                if secret::variable(name, value) {
                    let element = format!("`{name}`");
                    sink.report(at, value, None, &[("element", &element)]);
                }
            }
        }
    }
}
