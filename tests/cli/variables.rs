//! Values of Terraform's variables from flags and ztlint.toml: which count, which win, what is wrong.

use super::{Folder, folder, run};

/// A group whose rule is open (ZT-NET-025 on line 6) if `var.cidr` is.
const GROUP: &str = "\
resource \"aws_security_group\" \"web\" {
  ingress {
    protocol    = \"tcp\"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [var.cidr]
  }
}
variable \"cidr\" {
  type = string
}
";

/// The rule of `GROUP`, alone.
const NET_025: [&str; 2] = ["--select", "ZT-NET-025"];

const OPEN: &str = "cidr = \"0.0.0.0/0\"\n";
const CLOSED: &str = "cidr = \"10.0.0.0/8\"\n";

fn project(files: &[(&str, &str)]) -> Folder {
    folder(&[&[("main.tf", GROUP)], files].concat())
}

/// Whether the group is open, checked in a folder below with these arguments.
#[track_caller]
fn opens(project: &Folder, below: &str, args: &[&str]) -> bool {
    let checked = project.check_in(below, &[args, &NET_025[..]].concat());
    assert_eq!(checked.problems(), [""; 0]);
    let findings = checked.findings();
    let open = findings.len() == 1;
    assert!(findings.iter().all(|one| one.contains("main.tf:6 ")), "{findings:?}");
    assert_eq!(checked.code, i32::from(open));
    let unknown = &checked.report["summary"]["terraform"]["unknown"]["variable"];
    assert!(!open || unknown.is_null(), "{unknown}");
    open
}

#[test]
fn a_variable_without_a_value_is_unknown() {
    let checked = project(&[("prod.tfvars", OPEN)]).check(&NET_025);
    checked.gives(0, &[]);
    let terraform = &checked.report["summary"]["terraform"];
    assert!(terraform["unknown"]["variable"].as_u64() >= Some(1), "{terraform}");
}

#[test]
fn a_flag_gives_a_value() {
    let project = project(&[]);
    assert!(opens(&project, ".", &["--var", "cidr=0.0.0.0/0"]));
    assert!(!opens(&project, ".", &["--var", "cidr=10.0.0.0/8"]));
    assert!(!opens(&project, ".", &["--var", "other=0.0.0.0/0"]));
    assert!(opens(&project, ".", &["--var", "cidr=10.0.0.0/8", "--var", "cidr=0.0.0.0/0"]));
    assert!(!opens(&project, ".", &["--var", "cidr=0.0.0.0/0", "--var", "cidr=10.0.0.0/8"]));
}

#[test]
fn a_named_file_gives_values_even_where_it_is_ignored() {
    let project = project(&[
        (".gitignore", "env/\n"),
        ("env/open.tfvars", OPEN),
        ("env/closed.tfvars.json", r#"{"cidr": "10.0.0.0/8"}"#),
    ]);
    assert!(opens(&project, ".", &["--var-file", "env/open.tfvars"]));
    assert!(opens(&project, ".", &["--var-file", "./env/../env/open.tfvars", "main.tf"]));
    assert!(opens(&project, "env", &["--var-file", "open.tfvars", ".."]));
    let full = project.path("env/open.tfvars");
    assert!(opens(&project, ".", &["--var-file", full.to_str().expect("a text")]));
    let [open, closed] = ["open.tfvars", "closed.tfvars.json"];
    assert!(!opens(&project, "env", &["--var-file", open, "--var-file", closed, ".."]));
    assert!(opens(&project, "env", &["--var-file", closed, "--var-file", open, ".."]));
}

#[test]
fn the_configuration_names_files_relative_to_its_folder() {
    let toml = "[project]\nvar-files = [\"closed.tfvars\", \"sub/open.tfvars\"]\n";
    let files = [
        ("infra/ztlint.toml", toml),
        ("infra/closed.tfvars", CLOSED),
        ("infra/sub/open.tfvars", OPEN),
        ("infra/main.tf", GROUP),
    ];
    let project = folder(&files);
    assert!(opens(&project, "infra", &[]));
    assert!(opens(&project, "infra/sub", &[".."]));
    assert!(opens(&project, ".", &["infra/main.tf"]));
    assert!(opens(&project, ".", &["--config", "infra/ztlint.toml"]));
}

#[test]
fn stronger_sources_win() {
    let toml = |file: &str| format!("[project]\nvar-files = [\"{file}.tfvars\"]\n");
    let both = [("open.tfvars", OPEN), ("closed.tfvars", CLOSED)];
    let terraform = project(&[&both[..], &[("a.auto.tfvars", OPEN)]].concat());
    assert!(opens(&terraform, ".", &[]));
    assert!(!opens(&terraform, ".", &["--var-file", "closed.tfvars"]));
    terraform.write("ztlint.toml", toml("closed"));
    assert!(!opens(&terraform, ".", &[]), "ztlint.toml against *.auto.tfvars");
    assert!(opens(&terraform, ".", &["--var-file", "open.tfvars"]), "a flag against ztlint.toml");
    let both = ["--var", "cidr=10.0.0.0/8", "--var-file", "open.tfvars"];
    assert!(!opens(&terraform, ".", &both), "--var against --var-file");
}

#[test]
fn standard_input_takes_values_too() {
    let project = folder(&[("open.tfvars", OPEN), ("big.tfvars", &"# x\n".repeat(400))]);
    let toml = "[project]\nvar-files = [\"open.tfvars\"]\n";
    project.write("sub/ztlint.toml", toml.replace("open", "../open"));
    project.write("small.toml", "[limits]\nmax-file-bytes = 1000\n");
    let check = |args: &[&str]| {
        let args = [&["check", "-", "--select", "ZT-NET-025"], args].concat();
        let run = run(&project.path("."), &args, GROUP, &[]);
        (run.code, run.err)
    };
    assert_eq!(check(&[]), (0, String::new()));
    assert_eq!(check(&["--var", "cidr=0.0.0.0/0"]), (1, String::new()));
    assert_eq!(check(&["--var-file", "open.tfvars"]), (1, String::new()));
    assert_eq!(check(&["--config", "sub/ztlint.toml"]), (1, String::new()));
    let (code, reason) = check(&["--config", "small.toml", "--var-file", "big.tfvars"]);
    assert!(code == 2 && reason.contains("`big.tfvars`: larger than the limit"), "{reason}");
}

#[test]
fn mistakes_end_with_2_and_a_reason() {
    let outside = folder(&[("open.tfvars", OPEN)]);
    let outside = outside.path("open.tfvars");
    let outside = outside.to_str().expect("a text");
    let project = project(&[("open.tf", ""), ("sub/open.tfvars", OPEN)]);
    let cases: [(&[&str], &str); 10] = [
        (&["--var-file", "gone.tfvars"], "the file of variables `gone.tfvars` cannot be read: "),
        (&["--var-file", "sub/open.tfvars", "--var-file", "no/x.tfvars"], "`no/x.tfvars` cannot"),
        (&["--var-file", "sub"], "`sub` is no file"),
        (&["--var-file", "open.tf"], "`open.tf` must end in .tfvars or .tfvars.json"),
        (&["--var-file", outside], "lies outside the project root"),
        (&["--var-file"], "a value is required"),
        (&["--var", "cidr"], "write NAME=VALUE"),
        (&["--var", "=x"], "`` is no name of a variable"),
        (&["--var", "cidr =x"], "`cidr ` is no name of a variable"),
        (&["--var", "1a=x"], "`1a` is no name of a variable"),
    ];
    for (args, reason) in cases {
        let run = project.run(&[&["check"], args].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}");
        assert!(run.err.contains(reason), "{args:?}: {}", run.err);
    }
    for (list, place, reason) in [
        ("\"sub/open.tfvars\", \"gone.tfvars\"", "2:33", "`gone.tfvars` cannot be read: "),
        ("\"sub\"", "2:14", "`sub` is no file"),
        ("\"open.tf\"", "2:14", "must end in .tfvars or .tfvars.json"),
        ("\"../open.tfvars\"", "2:14", "`../open.tfvars` "),
    ] {
        project.write("ztlint.toml", format!("[project]\nvar-files = [{list}]\n"));
        let run = project.run(&["check"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{list}");
        let place = format!("ztlint.toml:{place}: the file of variables");
        assert!(run.err.contains(&place) && run.err.contains(reason), "{list}: {}", run.err);
    }
}

#[test]
fn a_broken_file_of_values_is_an_input_problem() {
    let project = project(&[("broken.tfvars", "cidr = [\n")]);
    let checked = project.check(&["--var-file", "broken.tfvars"]);
    assert_eq!(
        (checked.code, checked.problems()),
        (2, vec!["broken.tfvars error hcl-syntax".to_owned()])
    );
}

#[test]
fn a_broken_file_of_values_is_told_whatever_is_asked_for() {
    let project = project(&[("broken.tfvars", "cidr = [\n")]);
    let checked = project.check(&["main.tf", "--var-file", "broken.tfvars"]);
    assert_eq!(
        (checked.code, checked.problems()),
        (2, vec!["broken.tfvars error hcl-syntax".to_owned()])
    );
    assert_eq!(project.check(&["main.tf"]).code, 0);
}

#[test]
fn the_environment_counts_only_when_asked_for_and_is_the_weakest() {
    let bare = project(&[]);
    let check = |project: &Folder, args: &[&str]| {
        let args = [&["check", "--select", "ZT-NET-025"], args].concat();
        let env = [("TF_VAR_cidr", "0.0.0.0/0"), ("TF_VAR_cidrs", "10.0.0.0/8")];
        let run = run(&project.path("."), &args, "", &env);
        assert_eq!(run.err, "");
        run.code
    };
    assert_eq!(check(&bare, &[]), 0);
    assert_eq!(check(&bare, &["--env-vars"]), 1);
    assert_eq!(check(&bare, &["--env-vars", "--var", "cidr=10.0.0.0/8"]), 0);
    let default = GROUP.replace("type = string", "default = \"10.0.0.0/8\"");
    assert_eq!(check(&folder(&[("main.tf", &default)]), &["--env-vars"]), 1, "over the default");
    assert_eq!(check(&project(&[("terraform.tfvars", CLOSED)]), &["--env-vars"]), 0);
}

#[test]
fn lists_and_objects_are_given_as_expressions() {
    let typed = |kind: &str, path: &str| {
        let text = GROUP.replace("[var.cidr]", path).replace("type = string", kind);
        folder(&[("main.tf", &text)])
    };
    let list = typed("type = list(string)", "var.cidr");
    assert!(opens(&list, ".", &["--var", "cidr=[\"10.0.0.0/8\", \"0.0.0.0/0\"]"]));
    assert!(!opens(&list, ".", &["--var", "cidr=[]"]));
    let object = typed("type = object({ from = list(string) })", "var.cidr.from");
    assert!(opens(&object, ".", &["--var", "cidr={ from = [\"0.0.0.0/0\"] }"]));
    assert!(opens(&object, ".", &["--var", "cidr={\"from\": [\"0.0.0.0/0\"]}"]));
    let wrong = list.check(&["--var", "cidr=[var.other]", "--select", "ZT-NET-025"]);
    assert_eq!(wrong.problems().len(), 1, "no variables in a value");
}
