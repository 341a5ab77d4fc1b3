//! Values of Terraform's variables as flags, configuration and environment give them. What they
//! mean is the evaluation's business.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// How files of values end; Terraform itself would take other names when told to.
const ENDS: [&str; 2] = [".tfvars", ".tfvars.json"];

/// What the name of a variable of the environment begins with.
const PREFIX: &str = "TF_VAR_";

/// A file of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueFile {
    /// Where it is on the disk.
    pub full: PathBuf,
    /// What the run calls it: its path from the project root, if there is one.
    pub path: String,
}

impl ValueFile {
    /// The file at `path`, which is called `name` in messages, in the project at `root`. Without a
    /// root (standard input is checked) it goes by that name.
    pub fn find(path: &Path, name: &str, root: Option<&Path>) -> Result<Self, String> {
        let fault = |text: &str| format!("the file of variables `{name}` {text}");
        let full =
            path.canonicalize().map_err(|error| fault(&format!("cannot be read: {error}")))?;
        if !full.is_file() {
            return Err(fault("is no file"));
        }
        let resolved = super::scope::slashed(&full);
        if !ENDS.iter().any(|end| resolved.ends_with(end)) {
            return Err(fault(&format!("must end in {}", ENDS.join(" or "))));
        }
        let path = match root {
            None => name.to_owned(),
            Some(root) => {
                let inside = full.strip_prefix(root).map(super::scope::slashed);
                let outside = format!("lies outside the project root {}", root.display());
                inside.map_err(|_| fault(&outside))?
            }
        };
        Ok(Self { full, path })
    }
}

/// `TF_VAR_name` of an environment, sorted by name.
pub fn environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let value = value
            .into_string()
            .map_err(|_| format!("{PREFIX}{name} of the environment is not valid UTF-8"))?;
        if !name.is_empty() {
            found.push((name.to_owned(), value));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_of_terraform_are_taken_from_an_environment() {
        let given = [("TF_VAR_b", "2"), ("PATH", "/bin"), ("TF_VAR_", "x"), ("TF_VAR_a", "1=1")];
        let given = given.map(|(name, value)| (name.into(), value.into()));
        let expected = [("a", "1=1"), ("b", "2")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(environment(given.into_iter()), Ok(expected.to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn values_that_are_no_text_are_refused_by_name() {
        use std::os::unix::ffi::OsStringExt;
        let value = OsString::from_vec(vec![0xff]);
        let wrong = |name: &str| environment([(name.into(), value.clone())].into_iter());
        assert!(wrong("TF_VAR_key").is_err_and(|text| text.starts_with("TF_VAR_key ")));
        assert_eq!(wrong("OTHER"), Ok(Vec::new()));
    }
}
