//! Planted secrets: two hundred of forty kinds in manifests of every sort, with faults on the lines
//! beside them. Found or not, none of them appears in what any command writes. They are put together
//! when the test runs, so that no scanner takes this file for a leak.

#[path = "secrets/carriers.rs"]
mod carriers;
#[path = "secrets/kinds.rs"]
mod kinds;

use kinds::{KINDS, Planted};
use std::path::Path;
use std::process::Command;

/// A generator that gives the same numbers everywhere (xorshift64*).
pub struct Dice(u64);

impl Dice {
    /// The next number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).expect("31 bits") % limit
    }

    /// So many characters of an alphabet.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| letters[self.below(letters.len())]).collect()
    }
}

/// What a command writes, standard error included.
fn written(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ztlint"))
        .current_dir(folder)
        .args(args)
        .env("RUST_BACKTRACE", "full")
        .output()
        .expect("the program");
    let code = output.status.code();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into());
    let text: [String; 2] = text;
    assert!(matches!(code, Some(0..=3)), "{args:?}: {code:?}\n{}", text[1]);
    assert!(!text[1].contains("panicked"), "{args:?}: {}", text[1]);
    text.concat()
}

const COMMANDS: [&[&str]; 20] = [
    &["check", ".", "--profile", "strict", "--verbose"],
    &["check", ".", "--color", "always"],
    &["check", ".", "--profile", "strict", "--format", "json"],
    &["check", ".", "--profile", "strict", "--format", "sarif", "--sarif-line-hash"],
    &["check", ".", "--profile", "strict", "--format", "concise"],
    &["check", ".", "--profile", "strict", "--format", "github"],
    &["check", ".", "--profile", "strict", "--format", "gitlab"],
    &["check", ".", "--profile", "strict", "--format", "junit"],
    &["check", ".", "--profile", "strict", "--format", "markdown"],
    &["check", ".", "--profile", "strict", "--format", "rdjsonl"],
    &["graph", "."],
    &["graph", ".", "--format", "json"],
    &["graph", ".", "--format", "dot"],
    &["graph", ".", "--format", "mermaid"],
    &["can", "shop/web-0", "shop/web-0:8080", "--format", "json"],
    &["can", "any-pod", "shop/web-3:8080"],
    &["can", "any-pod", "shop/web-3:8080", "--format", "json"],
    &["diff", "before", "."],
    &["diff", "before", ".", "--format", "markdown"],
    &["diff", "before", ".", "--format", "json"],
];

#[test]
fn no_command_repeats_a_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a mark of the project's root");
    std::fs::create_dir(folder.path().join("before")).expect("a folder");
    let mut dice = Dice(0x5eed_1e55);
    let mut planted: Vec<(String, Planted)> = Vec::new();
    for (at, (name, kind)) in KINDS.iter().enumerate() {
        for (way, carrier) in carriers::CARRIERS.iter().enumerate() {
            let secret = kind(&mut dice);
            let (file, text) = carrier(&mut dice, at, &secret);
            let path = folder.path().join(&file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(&path, text).expect("a file");
            planted.push((format!("{name} in way {way} ({file})"), secret));
        }
    }
    assert_eq!((KINDS.len(), planted.len()), (40, 200));
    for args in COMMANDS {
        let text = written(folder.path(), args);
        assert!(text.len() > 30, "{args:?} says nothing: {text}");
        let leaks: Vec<String> = planted
            .iter()
            .flat_map(|(name, secret)| secret.needles().into_iter().map(move |one| (name, one)))
            .filter_map(|(name, needle)| {
                let at = text.find(&needle)?;
                let line = text[..at].lines().count();
                Some(format!("{name}: {}", text.lines().nth(line.saturating_sub(1))?))
            })
            .collect();
        let shown: Vec<&str> = leaks.iter().map(|one| &one[..one.len().min(400)]).collect();
        assert!(leaks.is_empty(), "{args:?}: {}\n{}", leaks.len(), shown.join("\n"));
    }
}

#[test]
fn the_carriers_draw_findings_of_every_family_beside_the_secrets() {
    let mut dice = Dice(7);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a mark of the project's root");
    for carrier in carriers::CARRIERS {
        let secret = Planted::plain("nothing".to_owned());
        let (file, text) = carrier(&mut dice, 0, &secret);
        let path = folder.path().join(&file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, text).expect("a file");
    }
    let text =
        written(folder.path(), &["check", ".", "--profile", "strict", "--format", "concise"]);
    for family in ["ZT-WRK-", "ZT-PRV-", "ZT-ENC-", "ZT-NET-"] {
        assert!(text.contains(family), "{family}: {text}");
    }
    for kind in [".yaml:", ".tf:"] {
        assert!(text.lines().filter(|line| line.contains(kind)).count() > 5, "{kind}: {text}");
    }
    assert!(!text.contains(" error "), "every carrier can be read: {text}");
}

#[test]
fn what_is_suppressed_is_veiled_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = format!("ghp_{}", Dice(3).text("abcdefghjkmnpqrstuvwxyz23456789", 36));
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {token}\nspec:\n  \
         hostNetwork: true # ztlint:ignore[ZT-WRK-001] reason=\"Later.\"\n  \
         containers:\n    - {{name: a, image: b}}\n"
    );
    std::fs::write(folder.path().join("pod.yaml"), pod).expect("a file");
    for format in ["human", "json", "sarif"] {
        let text = written(folder.path(), &["check", ".", "--show-suppressed", "--format", format]);
        assert!(text.contains("Later."), "{format}: {text}");
        assert!(!text.contains(&token), "{format}: {text}");
    }
}
