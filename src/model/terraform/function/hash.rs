//! Terraform's digests and names made of digests. Salted and random ones cannot be told.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, Stop};
use crate::model::datum::{Datum, Reason};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};
use std::fmt::Write;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    let entry: Entry = match name {
        "base64sha256" => (&["str"], |arguments| base64(arguments, digest::<Sha256>)),
        "base64sha512" => (&["str"], |arguments| base64(arguments, digest::<Sha512>)),
        "bcrypt" => (&["str", "cost..."], |_| Err(Stop::because(Reason::Impure))),
        "md5" => (&["str"], |arguments| hexadecimal(arguments, digest::<Md5>)),
        "rsadecrypt" => (&["ciphertext", "privatekey"], |_| Err(Stop::because(Reason::Function))),
        "sha1" => (&["str"], |arguments| hexadecimal(arguments, digest::<Sha1>)),
        "sha256" => (&["str"], |arguments| hexadecimal(arguments, digest::<Sha256>)),
        "sha512" => (&["str"], |arguments| hexadecimal(arguments, digest::<Sha512>)),
        "uuid" => (&[], |_| Err(Stop::because(Reason::Impure))),
        "uuidv5" => (&["namespace", "name"], uuidv5),
        _ => return None,
    };
    Some(argument::run(name, entry, arguments))
}

fn digest<D: Digest>(text: &str) -> Vec<u8> {
    D::digest(text).to_vec()
}

fn hexadecimal(arguments: &Arguments, digest: fn(&str) -> Vec<u8>) -> Answer {
    Ok(Datum::text(hex(&digest(&arguments.text(0)?))))
}

fn base64(arguments: &Arguments, digest: fn(&str) -> Vec<u8>) -> Answer {
    Ok(Datum::text(STANDARD.encode(digest(&arguments.text(0)?))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes what is written");
        text
    })
}

fn uuidv5(arguments: &Arguments) -> Answer {
    let (space, name) = (arguments.text(0)?, arguments.text(1)?);
    // RFC 9562, section 6.6.
    let known = |last: u8| 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8 | u128::from(last) << 96;
    let space = match &*space {
        "dns" => known(0),
        "url" => known(1),
        "oid" => known(2),
        "x500" => known(4),
        other => parsed(other)
            .ok_or_else(|| arguments.failed("the namespace is none that it supports"))?,
    };
    let mut hash = Sha1::new();
    hash.update(space.to_be_bytes());
    hash.update(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(Datum::text(groups.join("-")))
}

/// A UUID in one of its usual forms.
fn parsed(text: &str) -> Option<u128> {
    let plain = match text.len() {
        32 => return hexadecimal_number(text),
        36 => text,
        38 => text.strip_prefix('{')?.strip_suffix('}')?,
        45 => {
            text.get(..9).filter(|urn| urn.eq_ignore_ascii_case("urn:uuid:")).and(text.get(9..))?
        }
        _ => return None,
    };
    let dashes = [8, 13, 18, 23].iter().all(|&at| plain.as_bytes().get(at) == Some(&b'-'));
    hexadecimal_number(&plain.replace('-', "")).filter(|_| dashes)
}

fn hexadecimal_number(text: &str) -> Option<u128> {
    let plain = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    u128::from_str_radix(text, 16).ok().filter(|_| plain)
}
