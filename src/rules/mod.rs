//! What is wrong: cards, their evaluation, and the one run loop. The only layer that judges.

pub mod card;
pub mod catalog;
pub mod certificate;
pub mod code;
pub mod date;
pub mod declarative;
pub mod engine;
pub mod finding;
pub mod fingerprint;
pub mod guard;
pub mod iam;
pub mod matcher;
pub mod mesh;
pub mod network_acl;
pub mod network_policy;
pub mod outcome;
pub mod reference;
pub mod rule;
pub mod s3;
pub mod schedule;
pub mod secret;
pub mod settings;
pub mod sink;
pub mod suppress;
pub mod system;
pub mod typed;
mod worlds;
