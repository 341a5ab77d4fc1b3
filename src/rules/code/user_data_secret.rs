//! Finds secrets in what instances are given to start with, plain or in base64.

use crate::input::tree::{NodeKind, NodeRef};
use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::secret::base64::decode_text;
use crate::rules::secret::known::script;
use crate::rules::secret::known_text;
use crate::rules::sink::Sink;

/// Where a machine is told what to run at its start.
struct Way {
    kinds: &'static [&'static str],
    /// The repeated block, or the map, that holds the text.
    holder: Option<&'static str>,
    names: &'static [&'static str],
}

const WAYS: [Way; 5] = [
    Way {
        kinds: &[
            "aws_instance",
            "aws_launch_configuration",
            "aws_launch_template",
            "aws_lightsail_instance",
            "aws_spot_instance_request",
        ],
        holder: None,
        names: &["user_data", "user_data_base64"],
    },
    Way {
        kinds: &[
            "azurerm_linux_virtual_machine",
            "azurerm_linux_virtual_machine_scale_set",
            "azurerm_orchestrated_virtual_machine_scale_set",
            "azurerm_windows_virtual_machine",
            "azurerm_windows_virtual_machine_scale_set",
        ],
        holder: None,
        names: &["custom_data", "user_data", "user_data_base64"],
    },
    Way {
        kinds: &[
            "azurerm_orchestrated_virtual_machine_scale_set",
            "azurerm_virtual_machine",
            "azurerm_virtual_machine_scale_set",
        ],
        holder: Some("os_profile"),
        names: &["custom_data"],
    },
    Way { kinds: &GOOGLE, holder: None, names: &["metadata_startup_script"] },
    Way {
        kinds: &GOOGLE,
        holder: Some("metadata"),
        names: &[
            "startup-script",
            "sysprep-specialize-script-ps1",
            "user-data",
            "windows-startup-script-cmd",
            "windows-startup-script-ps1",
        ],
    },
];

const GOOGLE: [&str; 4] = [
    "google_compute_instance",
    "google_compute_instance_from_template",
    "google_compute_instance_template",
    "google_compute_region_instance_template",
];

/// `user_data_secret`: one finding for each attribute, at its value.
pub fn user_data_secret<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for way in &WAYS {
        for &at in way.kinds.iter().flat_map(|kind| root.terraform(Category::Managed, kind)) {
            let resource = root.cursor(root.resources[at]);
            let holders = match way.holder.map(|holder| resource.key(holder)) {
                None => vec![resource],
                Some(map) if map.shape() == Shape::Map => vec![map],
                Some(blocks) => blocks.items().known,
            };
            for holder in &holders {
                for name in way.names {
                    let value = holder.key(name);
                    if holds_secret(&value) {
                        sink.report(at, value, None, &[]);
                    } else if value.shape() == Shape::Unknown {
                        sink.unknown();
                    }
                }
            }
        }
    }
}

fn holds_secret(value: &Cursor<'_>) -> bool {
    let plain = |text: &str| tells(text) || decode_text(text).is_some_and(|text| tells(&text));
    known_text(value).is_some_and(|text| plain(&text))
        || encoded(value).and_then(|text| known_text(&text).map(|text| tells(&text))) == Some(true)
}

/// Whether a script holds a secret. The access key of the documentation counts: whoever copied it
/// puts a real one into its place.
fn tells(text: &str) -> bool {
    let upper = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let key = |start: &str| {
        text.match_indices(start).any(|(at, _)| {
            text.as_bytes()[at + start.len()..].iter().take(16).filter(|byte| upper(byte)).count()
                == 16
        })
    };
    let private = text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----");
    script(text) || private || key("AKIA") || key("ASIA")
}

/// What a call of `base64encode` or `base64gzip` is given: it may be known in part, where its
/// result is not known at all.
fn encoded<'a>(value: &Cursor<'a>) -> Option<Cursor<'a>> {
    let files = value.files();
    let call = value.node_ref()?;
    let file = files.iter().find(|file| file.id == call.file)?;
    let NodeKind::Call { name, args } = &file.node(call.node).kind else { return None };
    let encodes = matches!(file.text(name), "base64encode" | "base64gzip");
    let text = NodeRef { file: call.file, node: *args.first().filter(|_| encodes)? };
    Some(Cursor::node(files, text))
}
