//! Internet addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Tells whether the whole text is an address of the public internet, perhaps with a port.
///
/// Four small numbers are a version rather than an address, and a last one of 0 is a network or
/// the shortened version of a browser; neither counts. Nor do addresses that every house has.
pub(super) fn is_address(text: &str) -> bool {
    let text = text.trim();
    let host = match text.rsplit_once(':') {
        Some((host, port))
            if host.contains('.') && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            host
        }
        _ => text,
    };
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        let [first, second, _, last] = address.octets();
        let largest = address.octets().into_iter().max().unwrap_or_default();
        let shared = first == 100 && (64..128).contains(&second);
        return largest >= 64
            && last != 0
            && (1..224).contains(&first)
            && !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || shared);
    }
    let colons = text.bytes().filter(|byte| *byte == b':').count();
    if colons < 2 || text.len() < 6 {
        return false;
    }
    text.parse::<Ipv6Addr>().is_ok_and(|address| address.segments()[0] & 0xe000 == 0x2000)
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn public_addresses_are_told_from_versions_and_houses() {
        for text in
            ["93.184.215.14", " 203.0.113.9:8080", "2001:db8::1", "2a00:1450:4001:80b::200e"]
        {
            assert!(is_address(text), "{text}");
        }
        for text in [
            "1.2.3.4",
            "120.0.0.0",
            "10.99.1.7",
            "192.168.0.17",
            "127.0.0.1",
            "300.1.1.1",
            "1.2.3",
            "12:30:45",
            "::1",
            "std::net",
            "fe80::1",
            "00:1b:44:11:3a:b7",
            "239.255.255.250",
        ] {
            assert!(!is_address(text), "{text}");
        }
    }
}
