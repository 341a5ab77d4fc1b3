//! The program from outside: arguments, configuration, input of every kind, exit codes. Each test
//! runs the real binary in a folder of its own.

#[path = "cli/baseline.rs"]
mod baseline;
#[path = "cli/can.rs"]
mod can;
#[path = "cli/commands.rs"]
mod commands;
#[path = "cli/config.rs"]
mod config;
#[path = "cli/diff.rs"]
mod diff;
#[path = "cli/graph.rs"]
mod graph;
#[path = "cli/helm.rs"]
mod helm;
#[path = "cli/init.rs"]
mod init;
#[path = "cli/input.rs"]
mod input;
#[path = "cli/limits.rs"]
mod limits;
#[cfg(target_os = "linux")]
#[path = "cli/outside.rs"]
mod outside;
#[path = "cli/packs.rs"]
mod packs;
#[path = "cli/peers.rs"]
mod peers;
#[path = "cli/reports.rs"]
mod reports;
#[path = "support/repository.rs"]
mod repository;
#[path = "cli/since.rs"]
mod since;
#[path = "cli/suppression_list.rs"]
mod suppression_list;
#[path = "cli/suppressions.rs"]
mod suppressions;
#[path = "cli/variables.rs"]
mod variables;

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A policy with one finding: ZT-NET-005 (high) on line 8.
pub const OPEN: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: open
  namespace: shop
spec:
  podSelector: {}
  ingress: [{}]
";

/// A policy without findings.
pub const CLOSED: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: closed
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Ingress]
";

/// A group with one finding: ZT-NET-025 (critical) on line 6.
pub const OPEN_GROUP: &str = "\
resource \"aws_security_group\" \"web\" {
  ingress {
    protocol    = \"tcp\"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [\"0.0.0.0/0\"]
  }
}
";

/// The rule of `OPEN`, alone.
pub const NET_005: [&str; 2] = ["--select", "ZT-NET-005"];

/// A folder that is its own project.
pub struct Folder(TempDir);

/// Makes a folder with these files.
pub fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder(TempDir::new().expect("a folder"));
    std::fs::create_dir(folder.path(".git")).expect("a mark of the project's root");
    for (path, text) in files {
        folder.write(path, text);
    }
    folder
}

impl Folder {
    /// A path inside.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, bytes).expect("a file");
    }

    /// What a file holds.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).expect("a file")
    }

    /// Runs the program in this folder.
    pub fn run(&self, args: &[&str]) -> Run {
        run(self.0.path(), args, "", &[])
    }

    /// Runs `check` and reads its JSON report.
    pub fn check(&self, args: &[&str]) -> Checked {
        self.check_in(".", args)
    }

    /// Runs `check` in a folder below and reads its JSON report.
    pub fn check_in(&self, below: &str, args: &[&str]) -> Checked {
        let args = [&["check", "--format", "json"], args].concat();
        let run = run(&self.path(below), &args, "", &[]);
        let report = serde_json::from_str(&run.out)
            .unwrap_or_else(|error| panic!("{error}: {} {}", run.out, run.err));
        Checked { code: run.code, report }
    }
}

/// What a run gave.
pub struct Run {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the program.
pub fn run(folder: &Path, args: &[&str], input: &str, env: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ztlint"));
    command.current_dir(folder).args(args).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"] {
        command.env_remove(name);
    }
    command.envs(env.iter().copied());
    let mut child = command.spawn().expect("the program");
    // A program that does not read its input may be gone already.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("an end");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Run {
        code: output.status.code().expect("no signal ended it"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// What a check gave.
pub struct Checked {
    /// Exit code.
    pub code: i32,
    /// The JSON report.
    pub report: Value,
}

impl Checked {
    /// `path:line rule` of each finding.
    pub fn findings(&self) -> Vec<String> {
        let list = self.report["findings"].as_array().expect("findings");
        let one = |finding: &Value| {
            let place = &finding["location"];
            let path = place["path"].as_str().expect("a path");
            let rule = finding["rule"].as_str().expect("a rule");
            format!("{path}:{} {rule}", place["start"]["line"])
        };
        list.iter().map(one).collect()
    }

    /// `path level code` of each problem.
    pub fn problems(&self) -> Vec<String> {
        let list = self.report["problems"].as_array().expect("problems");
        let word = |problem: &Value, key: &str| problem[key].as_str().expect("a text").to_owned();
        let one =
            |problem: &Value| ["path", "level", "code"].map(|key| word(problem, key)).join(" ");
        list.iter().map(one).collect()
    }

    /// A number of the summary.
    pub fn count(&self, key: &str) -> u64 {
        self.report["summary"][key].as_u64().expect("a number")
    }

    /// The paths of the skipped files.
    pub fn skipped(&self) -> Vec<&str> {
        let list = self.report["summary"]["skipped"].as_array().expect("a list");
        list.iter().map(|skipped| skipped["path"].as_str().expect("a path")).collect()
    }

    /// Asserts the exit code and the findings.
    #[track_caller]
    pub fn gives(&self, code: i32, findings: &[&str]) {
        assert_eq!(
            (self.code, self.findings()),
            (code, findings.iter().map(|f| (*f).to_owned()).collect())
        );
    }
}
