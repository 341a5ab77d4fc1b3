//! What the manifests mean: resources, values and facts, root by root. Says what is, never what is
//! wrong.

pub mod charts;
pub mod cursor;
pub mod datum;
pub mod fact;
pub mod graph;
pub mod iam;
pub mod istio;
pub mod kubernetes;
pub mod kustomize;
pub mod network;
pub mod number;
pub mod project;
pub mod provisioned;
pub mod resource;
pub mod root;
pub mod roots;
pub mod selector;
pub mod terraform;
pub mod value;
pub mod words;
pub mod written;
