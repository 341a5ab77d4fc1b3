//! Folders of users' own rules: read from disk, beside the rules of this version.

use crate::input::disk::regular;
use crate::input::file::Language;
use crate::input::file_tree::{MAX_FILE_BYTES, Memory};
use crate::rules::catalog::Catalog;
use crate::rules::pack::{self, CardFault, Origin};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Levels of folders that are looked into.
const DEEPEST: usize = 16;

/// The most bytes of one folder.
const MAX_FOLDER_BYTES: u64 = 256 << 20;

/// A folder with the files of some folders inside it (`""` for all). It is named by the user, so no
/// ignore file hides what is there. A link leads to another place in it, or nowhere.
pub fn folder(path: &Path, inside: &[&str]) -> io::Result<Memory> {
    let root = path.canonicalize()?;
    let mut tree = Memory::new();
    let mut left = MAX_FOLDER_BYTES;
    let inside = inside.iter().map(|name| (path.join(name), (*name).to_owned(), 0));
    let mut open: Vec<(PathBuf, String, usize)> = inside.collect();
    while let Some((folder, name, depth)) = open.pop() {
        for entry in folder.read_dir()? {
            let entry = entry?;
            let (full, own) = (entry.path(), entry.file_name());
            let own = own.to_string_lossy();
            let name = if name.is_empty() { own.into_owned() } else { format!("{name}/{own}") };
            let card = Language::of(&name) == Some(Language::Yaml);
            let fault = |text: &str| io::Error::other(format!("{name} {text}"));
            let mut kind = entry.file_type()?;
            if kind.is_symlink() {
                if !full.canonicalize()?.starts_with(&root) {
                    return Err(fault("is a link that leads out of the folder"));
                }
                kind = full.metadata()?.file_type();
                if kind.is_dir() {
                    // It is met under its own name.
                    continue;
                }
            }
            if kind.is_dir() {
                let version_control = matches!(name.rsplit('/').next(), Some(".git" | ".hg"));
                if depth < DEEPEST && !version_control {
                    open.push((full, name, depth + 1));
                }
            } else if !kind.is_file() {
                if card {
                    return Err(fault("is no regular file"));
                }
            } else if full.metadata()?.len() > MAX_FILE_BYTES {
                if card {
                    return Err(fault("is too large for a card"));
                }
            } else {
                let mut bytes = Vec::new();
                regular(&full)?.take(left + 1).read_to_end(&mut bytes)?;
                let rest = left.checked_sub(bytes.len() as u64);
                left = rest.ok_or_else(|| {
                    io::Error::other(format!("holds more than {MAX_FOLDER_BYTES} bytes"))
                })?;
                tree = tree.with(name, bytes);
            }
        }
    }
    Ok(tree)
}

/// The rules of this version and those of some folders. What is wrong with them, one fault after
/// the other, is the error.
pub fn catalog(folders: &[PathBuf]) -> Result<Catalog, String> {
    let mut catalog = Catalog::default();
    for path in folders {
        let name = path.display().to_string();
        let tree = folder(path, &[""]).map_err(|error| format!("{name}: {error}"))?;
        let read = pack::read(&tree, Origin::Pack);
        let joined = read.and_then(|cards| pack::join(&catalog, &cards));
        catalog = joined
            .map_err(|faults| format!("rules that cannot be read:\n{}", listed(&name, &faults)))?;
    }
    Ok(catalog)
}

/// Faults below the name of their folder.
pub fn listed(folder: &str, faults: &[CardFault]) -> String {
    let named = faults.iter().map(|fault| {
        let path = match fault.path.as_str() {
            "" => folder.to_owned(),
            path => {
                let folder = if folder == "." { "" } else { folder };
                Path::new(folder).join(path).display().to_string()
            }
        };
        CardFault { path, ..fault.clone() }.to_string()
    });
    named.collect::<Vec<_>>().join("\n")
}
