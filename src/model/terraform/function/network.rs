//! Terraform's functions on IP networks.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, MAX_MEMBERS, Stop};
use crate::model::datum::{Datum, Reason};
use bigdecimal::ToPrimitive;
use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    let entry: Entry = match name {
        "cidrhost" => (&["prefix", "hostnum"], cidrhost),
        "cidrnetmask" => (&["prefix"], cidrnetmask),
        "cidrsubnet" => (&["prefix", "newbits", "netnum"], cidrsubnet),
        "cidrsubnets" => (&["prefix", "newbits..."], cidrsubnets),
        _ => return None,
    };
    Some(argument::run(name, entry, arguments))
}

/// A network's first address, prefix length and the bits of an address.
#[derive(Clone, Copy)]
struct Network {
    base: u128,
    length: u32,
    bits: u32,
}

impl Network {
    fn read(arguments: &Arguments) -> Result<Self, Stop> {
        let text = arguments.text(0)?;
        let invalid = || arguments.failed("invalid CIDR expression");
        let (address, length) = text.split_once('/').ok_or_else(invalid)?;
        if length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid());
        }
        let length = length.parse::<u8>().map_err(|_| invalid())?;
        if address.contains(':') {
            let Ok(address) = address.parse::<Ipv6Addr>() else {
                // Longer groups with zeros before them would be read by Terraform.
                return Err(if address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') {
                    Stop::because(Reason::Function)
                } else {
                    invalid()
                });
            };
            if address.to_ipv4_mapped().is_some() {
                return Err(Stop::because(Reason::Function));
            }
            let net = Ipv6Net::new(address, length).map_err(|_| invalid())?;
            return Ok(Self { base: net.network().into(), length: length.into(), bits: 128 });
        }
        let mut bytes = [0; 4];
        let mut groups = address.split('.');
        for byte in &mut bytes {
            let group = groups.next().filter(|group| group.bytes().all(|b| b.is_ascii_digit()));
            *byte = group.and_then(|group| group.parse::<u8>().ok()).ok_or_else(invalid)?;
        }
        if groups.next().is_some() {
            return Err(invalid());
        }
        let net = Ipv4Net::new(bytes.into(), length).map_err(|_| invalid())?;
        Ok(Self { base: u32::from(net.network()).into(), length: length.into(), bits: 32 })
    }

    /// How many bits number the hosts.
    fn host_bits(self) -> u32 {
        self.bits - self.length
    }

    fn last(self) -> u128 {
        self.base | low_bits(self.host_bits())
    }

    /// The network of another length that holds this one's last address.
    fn at_last(self, length: u32) -> Self {
        Self { base: self.last() & !low_bits(self.bits - length), length, bits: self.bits }
    }

    fn written(self) -> Answer {
        let address = written(self.base, self.bits)?;
        Ok(Datum::text(format!("{address}/{}", self.length)))
    }
}

fn low_bits(count: u32) -> u128 {
    1_u128.checked_shl(count).map_or(u128::MAX, |bit| bit - 1)
}

fn written(address: u128, bits: u32) -> Result<String, Stop> {
    if bits == 32 {
        let address = u32::try_from(address).map_err(|_| Stop::because(Reason::Function))?;
        return Ok(Ipv4Addr::from(address).to_string());
    }
    let address = Ipv6Addr::from(address);
    if address.to_ipv4_mapped().is_some() {
        return Err(Stop::because(Reason::Function));
    }
    Ok(address.to_string())
}

fn cidrhost(arguments: &Arguments) -> Answer {
    let network = Network::read(arguments)?;
    let number = arguments.whole(1)?.to_decimal().to_i128();
    let number = number.ok_or_else(|| Stop::because(Reason::Function))?;
    let most = low_bits(network.host_bits());
    let host = match u128::try_from(number) {
        Ok(number) => Some(number).filter(|&number| number <= most),
        // -1 is the last one.
        Err(_) => number.checked_add(1).and_then(|over| most.checked_sub(over.unsigned_abs())),
    };
    let Some(host) = host else {
        let length = network.length;
        let what = format!("prefix of {length} does not accommodate a host numbered {number}");
        return Err(arguments.failed(&what));
    };
    Ok(Datum::text(written(network.base | host, network.bits)?))
}

fn cidrnetmask(arguments: &Arguments) -> Answer {
    let network = Network::read(arguments)?;
    if network.bits != 32 {
        return Err(arguments.failed("IPv6 addresses cannot have a netmask"));
    }
    let mask = low_bits(32) & !low_bits(network.host_bits());
    Ok(Datum::text(written(mask, 32)?))
}

fn cidrsubnet(arguments: &Arguments) -> Answer {
    let network = Network::read(arguments)?;
    let (added, number) = (arguments.int(1)?, arguments.whole(2)?);
    let (Ok(added), Some(number)) = (u32::try_from(added), number.to_decimal().to_u128()) else {
        // Terraform computes something out of negative ones.
        return Err(Stop::because(Reason::Function));
    };
    if added > network.host_bits() {
        let length = network.length;
        let what = format!("insufficient address space to extend prefix of {length} by {added}");
        return Err(arguments.failed(&what));
    }
    if number > low_bits(added) {
        if number > u128::from(u64::MAX) {
            return Err(Stop::because(Reason::Function));
        }
        let what =
            format!("prefix extension of {added} does not accommodate a subnet numbered {number}");
        return Err(arguments.failed(&what));
    }
    let length = network.length + added;
    let shifted = number.checked_shl(network.bits - length).unwrap_or(0);
    Network { base: network.base | shifted, length, bits: network.bits }.written()
}

fn cidrsubnets(arguments: &Arguments) -> Answer {
    let network = Network::read(arguments)?;
    if arguments.values.len() > MAX_MEMBERS {
        return Err(Stop::because(Reason::Limit));
    }
    let mut items = Vec::new();
    let mut current: Option<Network> = None;
    for place in arguments.rest(1) {
        let added = arguments.int(place)?;
        if added < 1 {
            return Err(arguments.wrong(1, "must extend prefix by at least one bit"));
        }
        let added = u32::try_from(added).ok().filter(|&added| added <= 32);
        let added = added
            .ok_or_else(|| arguments.wrong(1, "may not extend prefix by more than 32 bits"))?;
        let length = network.length + added;
        if length > network.bits {
            let what = format!("would extend prefix to {length} bits, which is too long");
            return Err(arguments.wrong(1, &what));
        }
        let next = match current {
            // Terraform begins with the network before the first one, which must exist.
            None => Some(network.base).filter(|&base| base > 0),
            Some(current) => current.at_last(length).last().checked_add(1),
        };
        let next = next.filter(|base| (network.base..=network.last()).contains(base));
        let Some(base) = next else {
            let what = format!("not enough remaining address space for a prefix of {length} bits");
            return Err(arguments.wrong(1, &what));
        };
        let subnet = Network { base, length, bits: network.bits };
        items.push(subnet.written()?);
        current = Some(subnet);
    }
    Ok(Datum::list(items))
}
