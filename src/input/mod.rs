//! Bytes to spanned syntax trees. Knows no Kubernetes, no Terraform resource and no rule.

pub mod alignment;
pub mod decoded;
pub mod disk;
pub mod embedded;
pub mod fault;
pub mod file;
pub mod file_tree;
pub mod git_history;
pub mod git_tree;
pub mod hcl;
pub mod helm;
pub mod json;
pub mod json_parser;
pub mod problem;
pub mod process;
pub mod scalar;
pub mod source;
pub mod tree;
pub mod tree_checks;
pub mod yaml;
