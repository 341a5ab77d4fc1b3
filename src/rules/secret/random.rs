//! Values that look random, and keys under which a random value is a credential.

use super::placeholder;

/// Ends of keys, without separators, whose random value is a credential.
const KEYS: [&str; 8] = [
    "token",
    "secret",
    "apikey",
    "accesskey",
    "privatekey",
    "clientsecret",
    "credential",
    "credentials",
];

/// Whether a key names a credential. Passwords count only where no other rule looks at them:
/// in Secrets and `ConfigMaps`.
pub fn credential_key(key: &str, environment: bool) -> bool {
    let key = key.to_ascii_lowercase().replace(['_', '-', '.'], "");
    KEYS.iter().any(|end| key.ends_with(end))
        || !environment && ["password", "passphrase"].iter().any(|end| key.ends_with(end))
}

/// Whether a value is one random word: long, of mixed characters, and nothing that people or
/// machines write in the open, such as addresses, paths, names and digests.
pub fn looks_random(value: &str) -> bool {
    let length = value.len();
    (20..=200).contains(&length)
        && value.bytes().all(|byte| byte.is_ascii_graphic())
        && classes(value) >= 3
        && entropy(value) >= 3.7
        && !value.contains("://")
        && !is_path(value)
        && !is_digest(value)
        && !is_hash(value)
        && !wordy(value)
        && !value.starts_with("LS0tLS1CRUdJTi")
        && !value.starts_with("-----BEGIN")
        && !placeholder(value)
}

/// How many of lower case, upper case, digits and other characters there are.
fn classes(value: &str) -> usize {
    let tests: [fn(&u8) -> bool; 4] = [
        u8::is_ascii_lowercase,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
        u8::is_ascii_punctuation,
    ];
    tests.iter().filter(|test| value.bytes().any(|byte| test(&byte))).count()
}

/// Shannon's entropy in bits for each byte.
#[allow(clippy::cast_precision_loss, reason = "lengths are small")]
pub fn entropy(value: &str) -> f64 {
    let mut counts = [0usize; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = value.len() as f64;
    let share = |&count: &usize| {
        let share = count as f64 / length;
        -share * share.log2()
    };
    counts.iter().filter(|&&count| count > 0).map(share).sum()
}

/// `./x`, `~/x`, `/etc/x`, `C:\x`: a path whose segments are words.
fn is_path(value: &str) -> bool {
    let rest = ["./", "../", "~/"].iter().find_map(|start| value.strip_prefix(start));
    rest.is_some()
        || value.starts_with('/') && value[1..].contains('/') && wordy(&value[1..])
        || value.get(1..3) == Some(":\\")
}

/// Hexadecimal digests and UUIDs, with or without the name of their algorithm.
fn is_digest(value: &str) -> bool {
    let digest = value.rsplit_once(':').map_or(value, |(_, digest)| digest);
    let digest = digest.trim_start_matches("0x").trim_matches(['{', '}', '"']);
    digest.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        || ["sha256-", "sha384-", "sha512-"].iter().any(|start| value.starts_with(start))
}

/// A password's hash cannot be used as the password.
fn is_hash(value: &str) -> bool {
    ["$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$apr1$", "$argon2", "$pbkdf2", "{SHA", "{SSHA"]
        .iter()
        .any(|start| value.starts_with(start))
}

/// Whether a text reads like words: `payment-api-credentials`, `db.shop.svc`, `tokenForShopV2`,
/// `secret/data/shop`. Words change their kind of character rarely, random texts at every other
/// character.
pub fn wordy(value: &str) -> bool {
    let separator = |c: char| c.is_ascii_punctuation();
    value.split(separator).all(one_word) || changes(value) * 5 <= value.len()
}

/// Letters in one case or capitalised, with at most four digits behind, or digits alone.
fn one_word(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = part.len() - letters.len();
    let plain = letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    let capital = letters.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
    let upper = letters.bytes().all(|byte| byte.is_ascii_uppercase());
    letters.is_empty() || plain && digits <= 4 && (capital || upper)
}

/// How often the kind of character changes; a capital before small letters is one word.
pub fn changes(value: &str) -> usize {
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let kinds: Vec<u8> = value.bytes().map(kind).collect();
    kinds.windows(2).filter(|pair| pair[0] != pair[1] && pair != &[1, 0] && pair[0] != 3).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_values() {
        for value in [
            "q7Rz2Lk9VtX4mB8sN1cW6hYpD3fG5jKa",
            "vN4~tB8qX2mK7pR9wL3sH6jD1fY5gZ0c",
            "kZ3v/Q9xT+1mWb7LpY2cRd8HfJ5sNgA=",
            "Tr0ub4dor&3-Xq9!vLm2",
        ] {
            assert!(looks_random(value), "{value}");
        }
        for value in [
            "short-Aa1",
            "payment-api-credentials-production",
            "Payment-Api-Credentials-2024",
            "paymentApiTokenV2Production",
            "https://login.example.com/oauth2/Token1",
            "secret/data/shop/payment#Token1",
            "/var/run/secrets/kubernetes.io/Token1",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "7d1f4c3e-9a55-4a53-8f0e-2b8d6f5a9c11",
            "sha256:9F86d081884c7d659a2feaa0c55ad015",
            "Db-Main01.shop.svc.cluster.local",
            "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
            "your-api-key-goes-here-0123-Aa",
            "two words q7Rz2Lk9VtX4mB8sN1cW6",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaB1",
        ] {
            assert!(!looks_random(value), "{value}");
        }
    }

    #[test]
    fn keys_of_credentials() {
        for key in ["API_TOKEN", "session-secret", "clientSecret", "aws.access_key", "Credentials"]
        {
            assert!(credential_key(key, true), "{key}");
        }
        assert!(credential_key("db-password", false));
        for key in ["DB_PASSWORD", "TOKEN_URL", "secret-name", "key", "public-key"] {
            assert!(!credential_key(key, true), "{key}");
        }
    }
}
