//! Attributes that name the key by which an AWS service encrypts, and name one that AWS manages, be it
//! by its alias or through a data source that looks it up.

use crate::model::cursor::Cursor;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// Types with the way to the attribute that names their key.
const KEYS: [(&str, &[&str]); 24] = [
    ("aws_athena_database", &["encryption_configuration", "kms_key"]),
    ("aws_backup_vault", &["kms_key_arn"]),
    ("aws_cloudtrail", &["kms_key_id"]),
    ("aws_cloudwatch_log_group", &["kms_key_id"]),
    ("aws_codebuild_project", &["encryption_key"]),
    ("aws_db_instance", &["kms_key_id"]),
    ("aws_docdb_cluster", &["kms_key_id"]),
    ("aws_dynamodb_table", &["server_side_encryption", "kms_key_arn"]),
    ("aws_ebs_volume", &["kms_key_id"]),
    ("aws_ecr_repository", &["encryption_configuration", "kms_key"]),
    ("aws_efs_file_system", &["kms_key_id"]),
    ("aws_elasticache_replication_group", &["kms_key_id"]),
    ("aws_elasticsearch_domain", &["encrypt_at_rest", "kms_key_id"]),
    ("aws_kinesis_stream", &["kms_key_id"]),
    ("aws_lambda_function", &["kms_key_arn"]),
    ("aws_neptune_cluster", &["kms_key_arn"]),
    ("aws_opensearch_domain", &["encrypt_at_rest", "kms_key_id"]),
    ("aws_rds_cluster", &["kms_key_id"]),
    ("aws_redshift_cluster", &["kms_key_id"]),
    ("aws_sagemaker_notebook_instance", &["kms_key_id"]),
    ("aws_secretsmanager_secret", &["kms_key_id"]),
    ("aws_sns_topic", &["kms_master_key_id"]),
    ("aws_sqs_queue", &["kms_master_key_id"]),
    ("aws_workspaces_workspace", &["volume_encryption_key"]),
];

/// `key_of_the_service`.
pub fn key_of_the_service<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for (kind, path) in KEYS {
        for &at in root.terraform(Category::Managed, kind) {
            let mut key = root.cursor(root.resources[at]);
            for (position, part) in path.iter().enumerate() {
                key = key.key(part);
                if position + 1 < path.len() {
                    key = key.index(0);
                }
            }
            if named(key) {
                sink.report(at, key, None, &[]);
            } else if let Some(lookup) = looked_up(root, key)
                && let Some(raw) = sink.report(at, key, None, &[])
            {
                let text = "the key is looked up here".to_owned();
                raw.labels.push(Label { place: lookup.focus(), text });
            }
        }
    }
}

/// The attribute of a data source by which a key of AWS is looked up.
fn looked_up<'r>(root: &'r Root<'r>, key: Cursor<'r>) -> Option<Cursor<'r>> {
    let resource = root.resources[root.instance(key.symbol()?)?];
    let block = resource.block().filter(|block| block.category == Category::Data)?;
    let attribute = match block.kind.as_str() {
        "aws_kms_key" => "key_id",
        "aws_kms_alias" => "name",
        _ => return None,
    };
    Some(root.cursor(resource).key(attribute)).filter(|attribute| named(*attribute))
}

/// Whether a text is the alias of a key that AWS manages.
fn named(key: Cursor<'_>) -> bool {
    key.text().is_some_and(|text| {
        text.starts_with("alias/aws/") || (text.starts_with("arn:") && text.contains(":alias/aws/"))
    })
}
