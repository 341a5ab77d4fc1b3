//! Flags and commands. The only place that knows clap.

use crate::model::graph::links::End;
use crate::model::graph::ports::Protocol;
use crate::model::graph::question::Account;
use crate::report::Format;
use crate::rules::card::{Profile, Severity};
use crate::rules::date::Date;
use crate::rules::expectation::written::{end, identity, method, port, request_path};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// A zero-trust linter for Kubernetes, Istio and Terraform manifests.
#[derive(Debug, Parser)]
#[command(name = "ztlint", version, about, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check manifests.
    ///
    /// Exits with 0 where there is no finding at or above `--fail-on`, with 1 where there is one, and
    /// with 2 for wrong arguments or settings and where something could not be analysed.
    Check(Box<Check>),
    /// Record the findings there are, so that `check` says only what is new.
    Baseline(Box<Baseline>),
    /// Show who may reach whom in Kubernetes manifests, as network policies say.
    Graph(Graph),
    /// Answer whether one end may reach another, and which lines decide.
    ///
    /// Exits with 0 for allowed, 1 for denied and 3 where it cannot be told; of several roots the
    /// worst counts: unknown, then denied, then allowed.
    Can(Can),
    /// Compare who may reach whom between two folders or git revisions.
    Diff(Diff),
    /// List every suppression with its rules, reason, owner, age and last day, and whether it hides
    /// anything.
    Suppressions(Suppressions),
    /// List rules, explain one, or test cards of your own.
    #[command(subcommand)]
    Rule(Rule),
    /// Explain a rule: why it matters and what to do (same as `rule explain`).
    Explain(Explain),
    /// Write ztlint.toml, the hook of pre-commit and a workflow for a repository; asks nothing and
    /// changes no line that is there.
    Init(Init),
    /// Print a completion script.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for each command.
    Man {
        /// The folder for them; it must be there.
        folder: PathBuf,
    },
}

/// `ztlint rule …`.
#[derive(Debug, Subcommand)]
pub enum Rule {
    /// Print every rule: id, severity, name and title.
    List(RuleList),
    /// Print a rule's page.
    Explain(Explain),
    /// Hold the cards of a folder to their laws and run their examples.
    Test(RuleTest),
    /// Write a new card that passes the laws at once, to be changed from there.
    New(RuleNew),
}

/// `ztlint rule new`.
#[derive(Debug, Args)]
pub struct RuleNew {
    /// The id: <ORG>-<FAMILY>-<NNN>, such as ACME-NET-001.
    pub id: String,
    /// The name in kebab-case; it names the fault, such as policy-without-owner.
    pub name: String,
    /// The folder of a pack, or a checkout of ztlint for its own ids.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// Let a function decide instead of a condition; only for ztlint's own rules.
    #[arg(long)]
    pub code: bool,
}

/// `ztlint rule list`.
#[derive(Debug, Args)]
pub struct RuleList {
    /// Format of standard output.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: ListFormat,
    /// Also list the rules of this folder; may be repeated.
    #[arg(long, value_name = "FOLDER")]
    pub rules: Vec<PathBuf>,
}

/// How rules are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people: one rule on a line.
    Table,
    /// Everything about each rule but its check and examples.
    Json,
    /// A page with a table for each family.
    Markdown,
}

/// `ztlint rule test`.
#[derive(Debug, Args)]
pub struct RuleTest {
    /// The folder: a pack of your own, or `rules` in a checkout of ztlint.
    pub folder: PathBuf,
    /// Only these rules: ids, names or families, separated by commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub only: Vec<String>,
}

/// `ztlint explain ID`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A rule's id or name, such as ZT-NET-005.
    pub rule: String,
    /// Also look in this folder of rules; may be repeated.
    #[arg(long, value_name = "FOLDER")]
    pub rules: Vec<PathBuf>,
}

/// `ztlint check`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of its own.
pub struct Check {
    /// Files and folders whose findings are wanted; `-` reads one file from standard input.
    ///
    /// The whole project (found upwards by version control or ztlint.toml) is read, so that a
    /// single file gets the same verdicts as the whole run.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Format of standard output: human, json, sarif, concise, github, gitlab, junit, markdown or
    /// rdjsonl.
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = format)]
    pub format: Format,
    /// Also write a report to a file; may be repeated.
    #[arg(long, value_name = "FORMAT=PATH", value_parser = output)]
    pub output: Vec<(Format, PathBuf)>,
    /// Name of this analysis in SARIF (`automationDetails.id`); code scanning keeps analyses of
    /// different names side by side.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub sarif_category: Option<String>,
    /// Also write GitHub's own fingerprint into SARIF, for uploads past its upload action.
    #[arg(long)]
    pub sarif_line_hash: bool,
    /// What is judged, and with which rules.
    #[command(flatten)]
    pub judging: Judging,
    /// Exit with 1 for findings at or above this severity: critical, high, medium, low or info
    /// [default: low].
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub fail_on: Option<Severity>,
    /// Also show what is suppressed, marked as such (human, json, sarif).
    #[arg(long)]
    pub show_suppressed: bool,
    /// Hold back the findings of this baseline [default: ztlint-baseline.json in the project root].
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub baseline: Option<PathBuf>,
    /// Hold nothing back, even if there is a baseline.
    #[arg(long)]
    pub no_baseline: bool,
    /// Only findings that this revision of the git repository does not have.
    #[arg(long, value_name = "REVISION", conflicts_with = "helm")]
    pub since: Option<String>,
    /// Read what git has staged, ztlint.toml included, instead of the files on the disk.
    #[arg(long, conflicts_with = "helm")]
    pub staged: bool,
    /// Exit with 0 even if there are findings (not if something could not be analysed).
    #[arg(long)]
    pub exit_zero: bool,
    /// Only findings and problems, no summary.
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also list what was skipped and why, every instance, and why values are unknown.
    #[arg(long, short)]
    pub verbose: bool,
    /// Colours in the human report.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Colour,
}

/// What a run judges, and with which rules.
#[derive(Debug, Args)]
pub struct Judging {
    /// Run only these rules, whatever the profile: ids, names or families, separated by commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Do not run these rules.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Also run the rules of this folder; may be repeated.
    #[arg(long, value_name = "FOLDER")]
    pub rules: Vec<PathBuf>,
    /// Named selection of rules: default or strict [default: default].
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    pub profile: Option<Profile>,
    /// For pipelines: only what is critical or high and follows from what is written.
    #[arg(long)]
    pub gate: bool,
    /// Drop findings below this severity [default: info].
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub min_severity: Option<Severity>,
    /// Comments and annotations suppress nothing; entries of ztlint.toml do.
    #[arg(long)]
    pub no_inline_ignores: bool,
    /// Judge how long suppressions hold as of this day [default: today in UTC].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub today: Option<Date>,
    /// Number of threads [default: one for each processor].
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Also take values of Terraform's variables from this file; may be repeated, the last one wins.
    ///
    /// Wins over ztlint.toml and over the files that Terraform reads by itself.
    #[arg(long, value_name = "FILE")]
    pub var_file: Vec<PathBuf>,
    /// Give a variable of Terraform a value; may be repeated and wins over every file.
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub var: Vec<(String, String)>,
    /// Also take values of Terraform's variables from the environment: `TF_VAR_name`.
    ///
    /// Every file and flag wins over them.
    #[arg(long)]
    pub env_vars: bool,
    /// Whether and how charts are rendered.
    #[command(flatten)]
    pub rendering: Rendering,
    /// Read this configuration instead of searching for ztlint.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// `ztlint baseline`.
#[derive(Debug, Args)]
pub struct Baseline {
    /// Files and folders whose findings are recorded; what is recorded of others stays.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Write this file [default: ztlint-baseline.json in the project root].
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only take out what is found no more; nothing is added.
    #[arg(long, conflicts_with = "paths")]
    pub shrink: bool,
    /// What is judged, and with which rules.
    #[command(flatten)]
    pub judging: Judging,
}

/// Whether and how charts are rendered.
#[derive(Debug, Default, Args)]
pub struct Rendering {
    /// Render Helm charts with this program [without a path: helm] and check what comes out.
    ///
    /// Nothing is started without this flag. Helm runs without the network and without its own
    /// settings, once for each chart.
    #[arg(
        long,
        value_name = "PROGRAM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "helm"
    )]
    pub helm: Option<PathBuf>,
    /// Also give each chart those of its own files that match this glob as values; may be repeated,
    /// the last one wins.
    #[arg(long, value_name = "GLOB", requires = "helm")]
    pub helm_values: Vec<String>,
}

/// `ztlint init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The repository's folder.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
}

/// `ztlint graph`.
#[derive(Debug, Args)]
pub struct Graph {
    /// Files and folders whose roots are shown.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Only connections from here: `namespace/workload`, `any-pod`, `internet` or a CIDR.
    #[arg(long, value_name = "END", value_parser = end)]
    pub from: Option<End>,
    /// Only connections to here: `namespace/workload`, `any-pod`, `internet` or a CIDR.
    #[arg(long, value_name = "END", value_parser = end)]
    pub to: Option<End>,
    /// Only connections on this port of the destination's pods: 8080 or 53/UDP.
    #[arg(long, value_name = "PORT", value_parser = port)]
    pub port: Option<(Option<Protocol>, u16)>,
    /// Only this root.
    #[arg(long, value_name = "NAME")]
    pub root: Option<String>,
    /// Print the names of the roots and nothing else.
    #[arg(long)]
    pub list_roots: bool,
    /// Format of standard output.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: GraphFormat,
    /// Whether and how charts are rendered.
    #[command(flatten)]
    pub rendering: Rendering,
    /// Read this configuration instead of searching for ztlint.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// `ztlint can`.
#[derive(Debug, Args)]
pub struct Can {
    /// Who calls: `namespace/workload`, `any-pod`, `internet` or a CIDR.
    #[arg(value_name = "FROM", value_parser = end)]
    pub from: End,
    /// Who is called, and on which port of its pods: `shop/db:5432`, `shop/dns:53/UDP`,
    /// `[2001:db8::1]:443`. Without a port: on any.
    #[arg(value_name = "TO[:PORT]", value_parser = target)]
    pub to: Target,
    /// Method of the HTTP request that is asked about.
    #[arg(value_name = "METHOD", requires = "request_path", value_parser = method)]
    pub method: Option<String>,
    /// Its path.
    #[arg(value_name = "PATH", value_parser = request_path)]
    pub request_path: Option<String>,
    /// Who the caller is in the mesh: `namespace/account`, a principal such as
    /// `cluster.local/ns/shop/sa/web`, or `none` for plaintext. Without it, the caller does whatever
    /// it can: it uses its own identity, or none.
    #[arg(long = "as", value_name = "IDENTITY", value_parser = identity)]
    pub identity: Option<Account>,
    /// The file or folder whose roots are asked.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Only this root.
    #[arg(long, value_name = "NAME")]
    pub root: Option<String>,
    /// Format of standard output.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: CanFormat,
    /// Whether and how charts are rendered.
    #[command(flatten)]
    pub rendering: Rendering,
    /// Read this configuration instead of searching for ztlint.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// An end, and the port there.
pub type Target = (End, Option<(Protocol, u16)>);

/// How an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CanFormat {
    /// For people.
    Text,
    /// For scripts.
    Json,
}

/// `ztlint diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// What was: a folder, or a revision of the git repository that `--path` is in.
    pub old: String,
    /// What is.
    pub new: String,
    /// The folder in whose repository revisions are looked up, and whose roots are compared.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Only this root.
    #[arg(long, value_name = "NAME")]
    pub root: Option<String>,
    /// Exit with 1 if a connection to `namespace/workload`, `namespace/*`, `any-pod`, `internet` or a
    /// CIDR is gained; may be repeated.
    #[arg(long, value_name = "TARGET", value_parser = end)]
    pub fail_on_gain: Vec<End>,
    /// Format of standard output.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DiffFormat,
    /// Whether and how charts are rendered.
    #[command(flatten)]
    pub rendering: Rendering,
    /// Read this configuration instead of searching for ztlint.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// `ztlint suppressions`.
#[derive(Debug, Args)]
pub struct Suppressions {
    /// Files and folders whose suppressions are listed.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Format of standard output.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: SuppressionsFormat,
    /// Judge how long suppressions hold as of this day [default: today in UTC].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub today: Option<Date>,
    /// Also run the rules of this folder; may be repeated.
    #[arg(long, value_name = "FOLDER")]
    pub rules: Vec<PathBuf>,
    /// Whether and how charts are rendered.
    #[command(flatten)]
    pub rendering: Rendering,
    /// Read this configuration instead of searching for ztlint.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How suppressions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SuppressionsFormat {
    /// For people.
    Human,
    /// For scripts.
    Json,
}

/// How a comparison is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For scripts.
    Json,
}

/// How a graph is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For people.
    Table,
    /// An edge list for scripts.
    Json,
    /// A picture for Graphviz.
    Dot,
    /// A picture for Mermaid.
    Mermaid,
    /// A picture.
    Svg,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> String {
    all.iter().map(|value| word(*value)).collect::<Vec<_>>().join(", ")
}

fn format(text: &str) -> Result<Format, String> {
    Format::parse(text)
        .ok_or_else(|| format!("a format is one of {}", words(Format::ALL, Format::word)))
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (word, path) =
        text.split_once('=').ok_or("write FORMAT=PATH, such as sarif=ztlint.sarif")?;
    if path.is_empty() {
        return Err("the path is empty".to_owned());
    }
    Ok((format(word)?, PathBuf::from(path)))
}

/// `END`, `END:PORT` or `[ADDRESS]:PORT`; a port without a protocol is one of TCP.
fn target(text: &str) -> Result<Target, String> {
    if let Ok(end) = end(text).map_err(|_| ())
        && (end.is_outside() || !text.contains(':'))
    {
        return Ok((end, None));
    }
    let (place, number) = text
        .rsplit_once(':')
        .ok_or("write namespace/workload, any-pod, internet or a CIDR, and :PORT behind it")?;
    let bare = place.strip_prefix('[').and_then(|place| place.strip_suffix(']')).unwrap_or(place);
    let (protocol, number) = port(number)?;
    Ok((end(bare)?, Some((protocol.unwrap_or(Protocol::Tcp), number))))
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or("write NAME=VALUE, such as region=eu-central-1")?;
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if !name.chars().all(inside) || !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return Err(format!("`{name}` is no name of a variable"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "a day is written as 2027-03-31".to_owned())
}

/// The severity of a word.
pub fn severity(text: &str) -> Result<Severity, String> {
    let found = Severity::ALL.iter().copied().find(|severity| severity.word() == text);
    found.ok_or_else(|| format!("a severity is one of {}", words(Severity::ALL, Severity::word)))
}

/// The profile of a word.
pub fn profile(text: &str) -> Result<Profile, String> {
    let found = Profile::ALL.iter().copied().find(|profile| profile.word() == text);
    found.ok_or_else(|| format!("a profile is one of {}", words(Profile::ALL, Profile::word)))
}
