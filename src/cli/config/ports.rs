//! Ports that the configuration lists.

use super::{ConfigError, Reader};
use crate::model::root::ListedPort;
use toml_edit::Item;

impl Reader<'_> {
    /// Numbers of ports, and names as containers give them.
    pub(super) fn ports(&self, value: &Item) -> Result<Vec<ListedPort>, ConfigError> {
        let error = |span| self.error(span, "this must be a list of ports: [7000, \"admin\"]");
        let list = value.as_array().ok_or_else(|| error(value.span()))?;
        let mut ports = Vec::new();
        for item in list {
            let port = match (item.as_integer(), item.as_str()) {
                (Some(number), _) => {
                    let number = u16::try_from(number).ok().filter(|number| *number > 0);
                    number.map(ListedPort::Number).ok_or_else(|| {
                        self.error(item.span(), "a port is a number from 1 to 65535")
                    })?
                }
                (None, Some(name)) if is_port_name(name) => ListedPort::Name(name.to_owned()),
                (None, Some(name)) => {
                    let message = format!(
                        "`{name}` is no name of a port: those have up to 15 small letters, digits \
                         and `-`, with a letter among them; numbers stand without quotes"
                    );
                    return Err(self.error(item.span(), message));
                }
                (None, None) => return Err(error(item.span())),
            };
            if ports.contains(&port) {
                return Err(self.error(item.span(), "this port is listed twice"));
            }
            ports.push(port);
        }
        Ok(ports)
    }
}

/// Whether a text may be the name of a container's port (`ContainerPort.name`: `IANA_SVC_NAME`).
fn is_port_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let edges = !text.starts_with('-') && !text.ends_with('-') && !text.contains("--");
    let letter = text.bytes().any(|byte| byte.is_ascii_lowercase());
    (1..=15).contains(&text.len()) && text.bytes().all(known) && edges && letter
}
