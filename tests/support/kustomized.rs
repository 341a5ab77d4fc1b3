//! A workload that kustomizations change, and the rules that tell whether they did.

/// `privileged: true`.
pub const PRIVILEGED: &str = "ZT-WRK-002";
/// Nothing keeps a container from running as root.
pub const ROOT: &str = "ZT-WRK-421";

/// A Deployment that is both.
pub const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      labels: {app: web}
    spec:
      hostNetwork: true
      containers:
      - name: web
        image: web:1
        securityContext:
          privileged: true
          runAsNonRoot: true
";
