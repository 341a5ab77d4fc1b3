//! ztlint: a zero-trust linter for Kubernetes, Istio and Terraform manifests.
//!
//! Layers, each importing only those to its right: `cli → report → rules → model → input`.

pub mod cli;
pub mod input;
pub mod model;
pub mod report;
pub mod rules;
