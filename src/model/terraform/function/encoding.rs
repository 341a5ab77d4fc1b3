//! Terraform's text encodings: base64, URLs, CSV; YAML has a file of its own.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, Stop};
use super::{csv, yaml};
use crate::model::datum::{Datum, Reason};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use std::fmt::Write;

/// As lenient as Go: the bits that the padding leaves over may be anything.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    let entry: Entry = match name {
        "base64decode" => (&["str"], base64decode),
        "base64encode" => (&["str"], base64encode),
        // Compressors differ.
        "base64gzip" => (&["str"], |_| Err(Stop::because(Reason::Impure))),
        "csvdecode" => (&["str"], csvdecode),
        "textdecodebase64" => (&["source", "encoding"], textdecodebase64),
        "textencodebase64" => (&["string", "encoding"], textencodebase64),
        "urlencode" => (&["str"], urlencode),
        "yamldecode" => (&["src"], yaml::decode),
        "yamlencode" => (&["value"], yaml::encode),
        _ => return None,
    };
    Some(argument::run(name, entry, arguments))
}

fn base64encode(arguments: &Arguments) -> Answer {
    Ok(Datum::text(STANDARD.encode(&*arguments.text(0)?)))
}

fn base64decode(arguments: &Arguments) -> Answer {
    let bytes = bytes_of(arguments)?;
    let text = String::from_utf8(bytes);
    let what = "the result of decoding the provided string is not valid UTF-8";
    text.map(Datum::text).map_err(|_| arguments.failed(what))
}

fn bytes_of(arguments: &Arguments) -> Result<Vec<u8>, Stop> {
    let text = arguments.text(0)?.replace(['\r', '\n'], "");
    LENIENT.decode(text).map_err(|_| arguments.failed("failed to decode base64 data"))
}

/// The encodings that are computed here, of the many that have a name.
#[derive(Clone, Copy, PartialEq)]
enum Encoding {
    Utf8,
    Utf16Big,
    Utf16Little,
}

impl Encoding {
    fn read(arguments: &Arguments) -> Result<Self, Stop> {
        let name = arguments.text(1)?;
        match &*name.to_ascii_lowercase() {
            "utf-8" => Ok(Self::Utf8),
            "utf-16be" => Ok(Self::Utf16Big),
            "utf-16le" => Ok(Self::Utf16Little),
            _ => Err(Stop::because(Reason::Function)),
        }
    }
}

fn textencodebase64(arguments: &Arguments) -> Answer {
    let (text, encoding) = (arguments.text(0)?, Encoding::read(arguments)?);
    let bytes: Vec<u8> = match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16Big => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Utf16Little => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    };
    Ok(Datum::text(STANDARD.encode(bytes)))
}

fn textdecodebase64(arguments: &Arguments) -> Answer {
    let encoding = Encoding::read(arguments)?;
    let bytes = bytes_of(arguments)?;
    let pairs = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok().filter(|_| bytes.len().is_multiple_of(2))
    };
    let text = match encoding {
        Encoding::Utf8 => String::from_utf8(bytes).ok(),
        Encoding::Utf16Big => pairs(u16::from_be_bytes),
        Encoding::Utf16Little => pairs(u16::from_le_bytes),
    };
    text.map(Datum::text).ok_or_else(|| {
        arguments
            .wrong(0, "the given string contains symbols that are not defined for its encoding")
    })
}

fn urlencode(arguments: &Arguments) -> Answer {
    let text = arguments.text(0)?;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ => write!(encoded, "%{byte:02X}").expect("a text takes what is written"),
        }
    }
    Ok(Datum::text(encoded))
}

fn csvdecode(arguments: &Arguments) -> Answer {
    let text = arguments.text(0)?;
    csv::decode(&text).map_err(|stop| match stop {
        Stop::Wrong(what) => arguments.failed(&what),
        gap @ Stop::Gap(_) => gap,
    })
}
