//! Finds secrets among the environment variables of the containers of ECS task definitions.

use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::secret;
use crate::rules::sink::Sink;

/// One finding for each variable, at its value.
pub fn ecs_environment_secret<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for &at in root.terraform(Category::Managed, "aws_ecs_task_definition") {
        let definitions = root.cursor(root.resources[at]).key("container_definitions").document();
        for container in definitions.items().known {
            for variable in container.key("environment").items().known {
                let name = variable.key("name").text().unwrap_or_default();
                let value = variable.key("value");
                if secret::variable(&name, value) {
                    let element = format!("`{name}`");
                    sink.report(at, value, None, &[("element", &element)]);
                }
            }
        }
    }
}
