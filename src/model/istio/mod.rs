//! What an Istio mesh enforces, as the decision procedures of Istio's own API comments and control
//! plane say it. Says what is, never what is wrong.

pub mod authorization;
pub mod capture;
pub mod chart_values;
pub mod destination;
pub mod enrolment;
pub mod flow;
pub mod mesh;
pub mod mesh_config;
pub mod pattern;
pub mod peer;
pub mod token;

#[cfg(test)]
mod fixture;
