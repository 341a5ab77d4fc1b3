#!/usr/bin/env python3
"""Measures what a commit waits for: `ztlint check FILE…` as the hook runs it.

    benches/hook.py [--ztlint PATH] [--pre-commit PATH] [--runs N] [--keep FOLDER]

Makes git repositories of 50 and 1,000 manifests (services of several teams with network and mesh
policies, four of five files; Terraform roots with a module, the rest) and prints medians in
milliseconds for one changed file, for ten, for the whole repository, and for what git has staged;
ratios are to one changed file in the small repository. With `--pre-commit`, also what a commit's run
of pre-commit takes with a hook that does nothing (its own overhead) and with ztlint in its place.

Aims, on an idle machine and a release build: 30 ms for 50 manifests, 100 ms for 1,000.
Exit code 1 when one is missed.
"""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

AIMS = {50: 30, 1000: 100}

SERVICE = {
    "deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {app}
  namespace: {team}
  labels: {{app: {app}}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app: {app}}}
  template:
    metadata:
      labels: {{app: {app}, team: {team}}}
    spec:
      serviceAccountName: {app}
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile: {{type: RuntimeDefault}}
      containers:
        - name: {app}
          image: registry.test/{team}/{app}@sha256:{digest}
          ports:
            - name: http
              containerPort: 8080
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {{drop: [ALL]}}
          resources:
            limits: {{cpu: 200m, memory: 128Mi}}
          env:
            - name: UPSTREAM
              value: http://{next}.{team}.svc:80
""",
    "service.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: {app}
  namespace: {team}
spec:
  selector: {{app: {app}}}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {app}
  namespace: {team}
automountServiceAccountToken: false
""",
    "networkpolicy.yaml": """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {app}
  namespace: {team}
spec:
  podSelector:
    matchLabels: {{app: {app}}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector:
            matchLabels: {{team: {team}}}
      ports:
        - port: http
  egress:
    - to:
        - podSelector:
            matchLabels: {{app: {next}}}
      ports:
        - port: 8080
    - to:
        - namespaceSelector:
            matchLabels: {{kubernetes.io/metadata.name: kube-system}}
          podSelector:
            matchLabels: {{k8s-app: kube-dns}}
      ports:
        - {{port: 53, protocol: UDP}}
        - {{port: 53, protocol: TCP}}
""",
    "authorizationpolicy.yaml": """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: {app}
  namespace: {team}
spec:
  selector:
    matchLabels: {{app: {app}}}
  action: ALLOW
  rules:
    - from:
        - source:
            principals: [cluster.local/ns/{team}/sa/{next}]
      to:
        - operation:
            methods: [GET]
            paths: [/{app}/*]
""",
}
NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata:
  name: {team}
  labels:
    istio-injection: enabled
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: {team}
spec:
  mtls: {{mode: STRICT}}
"""
TERRAFORM = {
    "main.tf": """\
module "store" {{
  source = "../../modules/store"
  name   = "${{var.stage}}-{app}"
  cidr   = var.cidr
}}

resource "aws_security_group" "web" {{
  name = "{app}"
  ingress {{
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = [var.cidr]
  }}
}}
""",
    "variables.tf": """\
variable "stage" {{
  type    = string
  default = "prod"
}}

variable "cidr" {{
  type    = string
  default = "10.0.0.0/8"
}}
""",
    "iam.tf": """\
data "aws_iam_policy_document" "read" {{
  statement {{
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::${{var.stage}}-{app}/*"]
  }}
}}

resource "aws_iam_policy" "read" {{
  name   = "{app}"
  policy = data.aws_iam_policy_document.read.json
}}
""",
}
MODULE = """\
variable "name" {
  type = string
}

variable "cidr" {
  type = string
}

resource "aws_kms_key" "this" {
  description         = var.name
  enable_key_rotation = true
}

resource "aws_s3_bucket" "this" {
  bucket = var.name
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      kms_master_key_id = aws_kms_key.this.arn
      sse_algorithm     = "aws:kms"
    }
  }
}
"""
CONFIG = """\
[[expect]]
verdict = "deny"
from = "internet"
to = "team-0/*"
"""
HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: hook
        name: hook
        language: system
        entry: {entry}
        require_serial: true
"""


def manifests(count):
    """Paths and texts of a repository: as many manifests as asked for."""
    files = {"terraform/modules/store/main.tf": MODULE}
    for number in range(count):
        if len(files) >= count - count * 4 // 5:
            break
        for name, text in TERRAFORM.items():
            files[f"terraform/live/root-{number}/{name}"] = text.format(app=f"app-{number}")
    for number in range(count):
        team, app = f"team-{number // 10}", f"app-{number % 10}"
        words = {"team": team, "app": app, "next": f"app-{(number + 1) % 10}",
                 "digest": f"{number:064x}"}
        files.setdefault(f"clusters/prod/{team}/namespace.yaml", NAMESPACE.format(**words))
        for name, text in SERVICE.items():
            files[f"clusters/prod/{team}/{app}/{name}"] = text.format(**words)
        if len(files) >= count:
            break
    return dict(list(files.items())[:count])


def git(folder, *args):
    who = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false")
    subprocess.run(("git", *who, *args), cwd=folder, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def repository(folder, count):
    """Writes and commits a repository; gives the paths of its manifests."""
    files = manifests(count)
    assert len(files) == count, len(files)
    for path, text in {**files, "ztlint.toml": CONFIG}.items():
        full = folder / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all")
    return sorted(files)


def medians(folder, command, runs, fine=(0, 1)):
    """Milliseconds by the clock, and of all processors together; the first run only warms the
    caches."""
    times, used = [], []
    for _ in range(runs + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        times.append(1000 * (time.perf_counter() - start))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        used.append(1000 * spent)
        if done.returncode not in fine:
            sys.exit(f"{' '.join(map(str, command[:4]))} …: {done.returncode}\n{done.stderr}")
    return statistics.median(times[1:]), statistics.median(used[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ztlint", default="target/release/ztlint")
    parser.add_argument("--pre-commit", metavar="PATH")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--keep", metavar="FOLDER", type=pathlib.Path)
    args = parser.parse_args()
    ztlint = str(pathlib.Path(args.ztlint).resolve())
    folder = args.keep or pathlib.Path(tempfile.mkdtemp())
    rows, missed = [], []
    try:
        for count, aim in AIMS.items():
            home = folder / str(count)
            if not home.exists():
                repository(home, count)
            files = sorted(manifests(count))
            some = [str(path) for path in files[:: max(1, count // 10)][:10]]
            cases = [
                ("check, one file", [ztlint, "check", some[0]]),
                ("check, ten files", [ztlint, "check", *some]),
                ("check, everything", [ztlint, "check"]),
                ("check --staged, one file", [ztlint, "check", "--staged", some[0]]),
            ]
            for name, command in cases:
                took = medians(home, command, args.runs)
                rows.append((count, name, *took))
                if name in ("check, one file", "check, ten files") and took[0] > aim:
                    missed.append(f"{name} of {count}: {took[0]:.0f} ms, aim {aim} ms")
            if args.pre_commit:
                both = []
                for entry in ("true", f"{ztlint} check"):
                    (home / ".pre-commit-config.yaml").write_text(HOOKS.format(entry=entry))
                    git(home, "add", ".pre-commit-config.yaml")
                    command = [args.pre_commit, "run", "--files", *some[:1]]
                    both.append(medians(home, command, max(3, args.runs // 3)))
                rows.append((count, "pre-commit, a hook that does nothing", *both[0]))
                rows.append((count, "pre-commit, ztlint", *both[1]))
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
    unit = rows[0][2]
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f}, median of {args.runs} runs")
    print(f"{'manifests':>9}  {'what':38}{'ms':>8}{'ratio':>8}{'CPU ms':>8}")
    for count, name, took, used in rows:
        print(f"{count:>9}  {name:38}{took:8.1f}{took / unit:8.2f}{used:8.1f}")
    print("\n".join(f"missed: {line}" for line in missed) or "Every aim is met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
