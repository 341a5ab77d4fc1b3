//! Finds secrets among the variables and arguments that AWS services hand to the code they run; Lambda
//! and ECS have rules of their own.

use crate::model::cursor::Cursor;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::secret;
use crate::rules::sink::Sink;

/// Types with the way to a map of variables; each step but the last is a repeated block.
const MAPS: [(&str, &[&str]); 11] = [
    ("aws_amplify_app", &["environment_variables"]),
    ("aws_amplify_branch", &["environment_variables"]),
    (
        "aws_apprunner_service",
        &[
            "source_configuration",
            "image_repository",
            "image_configuration",
            "runtime_environment_variables",
        ],
    ),
    (
        "aws_apprunner_service",
        &[
            "source_configuration",
            "code_repository",
            "code_configuration",
            "code_configuration_values",
            "runtime_environment_variables",
        ],
    ),
    ("aws_glue_job", &["default_arguments"]),
    ("aws_glue_job", &["non_overridable_arguments"]),
    ("aws_lightsail_container_service_deployment_version", &["container", "environment"]),
    ("aws_mwaa_environment", &["airflow_configuration_options"]),
    ("aws_sagemaker_model", &["primary_container", "environment"]),
    ("aws_sagemaker_model", &["container", "environment"]),
    ("aws_synthetics_canary", &["run_config", "environment_variables"]),
];

/// Where Elastic Beanstalk keeps the variables of an application.
const BEANSTALK: &str = "aws:elasticbeanstalk:application:environment";

/// `service_environment_secret`: one finding for each variable, at its value.
pub fn service_environment_secret<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for (kind, path) in MAPS {
        for &at in root.terraform(Category::Managed, kind) {
            let (last, blocks) = path.split_last().expect("every way has a step");
            let mut holders = vec![root.cursor(root.resources[at])];
            for block in blocks {
                holders =
                    holders.iter().flat_map(|holder| holder.key(block).items().known).collect();
            }
            for holder in holders {
                for (name, value) in holder.key(last).entries().0 {
                    judge(sink, at, name, value);
                }
            }
        }
    }
    for &at in root.terraform(Category::Managed, "aws_batch_job_definition") {
        let container = root.cursor(root.resources[at]).key("container_properties").document();
        for variable in container.key("environment").items().known {
            let name = variable.key("name").text().unwrap_or_default();
            judge(sink, at, &name, variable.key("value"));
        }
    }
    for &at in root.terraform(Category::Managed, "aws_elastic_beanstalk_environment") {
        for setting in root.cursor(root.resources[at]).key("setting").items().known {
            if setting.key("namespace").text().as_deref() == Some(BEANSTALK) {
                let name = setting.key("name").text().unwrap_or_default();
                judge(sink, at, &name, setting.key("value"));
            }
        }
    }
}

fn judge<'r>(sink: &mut Sink<'_, 'r>, at: usize, name: &str, value: Cursor<'r>) {
    let name = name.trim_start_matches('-');
    if secret::variable(name, value) {
        let element = format!("`{name}`");
        sink.report(at, value, None, &[("element", &element)]);
    }
}
