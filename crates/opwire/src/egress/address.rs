//! Addresses that connections may be made to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::sync::LazyLock;

/// Is this where clouds tell machines their credentials? Nothing opens these.
pub(crate) fn is_metadata(address: IpAddr) -> bool {
    let metadata = [
        IpAddr::from([169, 254, 169, 254]),
        IpAddr::from([169, 254, 170, 2]),
        IpAddr::from([100, 100, 100, 200]),
        IpAddr::from([168, 63, 129, 16]),
        IpAddr::from([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]),
    ];
    metadata.contains(&address.to_canonical())
}

/// Is this an address that anyone on the Internet may have? (IANA's special-purpose registries.)
pub(crate) fn is_public(address: IpAddr) -> bool {
    if is_metadata(address) {
        return false;
    }
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [s0, s1, ..] = address.segments();
    // Global unicast is 2000::/3; carve the special ranges out of it.
    (s0 & 0xe000) == 0x2000
        && !(s0 == 0x2001 && s1 < 0x0200)
        && !(s0 == 0x2001 && s1 == 0x0db8)
        && s0 != 0x2002
        && !(s0 == 0x3fff && s1 < 0x1000)
}

/// Is this an address of the machine itself? A service that listens on a public one is no less its own.
///
/// Only an own address can be bound to. Where the system lets any be bound, none is taken for own.
pub(crate) fn is_own(address: IpAddr) -> bool {
    /// TEST-NET-1 (RFC 5737): nobody has it.
    const NOBODYS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    static TELLS: LazyLock<bool> = LazyLock::new(|| UdpSocket::bind((NOBODYS, 0)).is_err());
    *TELLS && UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::IpNet;

    /// The ranges of IANA's special-purpose registries that are no service's, and addresses that carry another inside.
    const CLOSED: [&str; 40] = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "255.255.255.255/32",
        "168.63.129.16/32",
        "::/128",
        "::1/128",
        "::/96",
        "::ffff:0.0.0.0/104",
        "::ffff:10.0.0.0/104",
        "::ffff:100.64.0.0/106",
        "::ffff:127.0.0.0/104",
        "::ffff:169.254.0.0/112",
        "::ffff:172.16.0.0/108",
        "::ffff:192.168.0.0/112",
        "::ffff:224.0.0.0/99",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    ];

    /// As `is_public`, written another way.
    fn closed(address: IpAddr) -> bool {
        let nets = CLOSED.iter().map(|net| net.parse::<IpNet>().unwrap());
        let metadata = ["100.100.100.200", "169.254.170.2", "fd00:ec2::254"];
        let unicast: IpNet = "2000::/3".parse().unwrap();
        let mapped: IpNet = "::ffff:0:0/96".parse().unwrap();
        let outside =
            address.is_ipv6() && !unicast.contains(&address) && !mapped.contains(&address);
        let canonical = address.to_canonical();
        outside
            || nets
                .into_iter()
                .any(|net| net.contains(&address) || net.contains(&canonical))
            || metadata.iter().any(|other| *other == canonical.to_string())
    }

    fn beside(address: IpAddr, up: bool) -> Option<IpAddr> {
        match address {
            IpAddr::V4(address) => {
                let bits = u32::from(address);
                let next = if up {
                    bits.checked_add(1)
                } else {
                    bits.checked_sub(1)
                };
                next.map(|bits| Ipv4Addr::from(bits).into())
            }
            IpAddr::V6(address) => {
                let bits = u128::from(address);
                let next = if up {
                    bits.checked_add(1)
                } else {
                    bits.checked_sub(1)
                };
                next.map(|bits| Ipv6Addr::from(bits).into())
            }
        }
    }

    #[test]
    fn ranges_are_closed_from_their_first_address_to_their_last() {
        let mut tried = 0;
        for text in CLOSED {
            let net: IpNet = text.parse().unwrap();
            for address in [net.network(), net.broadcast()] {
                assert!(!is_public(address), "{address} of {text}");
                tried += 1;
            }
            // One below the first and one above the last.
            let around = [beside(net.network(), false), beside(net.broadcast(), true)];
            for address in around.into_iter().flatten() {
                assert_eq!(
                    is_public(address),
                    !closed(address),
                    "{address} beside {text}"
                );
                tried += 1;
            }
        }
        for open in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:200::",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "2606:4700::1",
            "3ffe:ffff::",
            "3fff:1000::",
        ] {
            assert!(is_public(open.parse().unwrap()), "{open}");
            tried += 1;
        }
        println!("{tried} addresses at the edges of {} ranges", CLOSED.len());
    }

    proptest::proptest! {
        #[test]
        fn any_address_is_judged_alike_by_another_implementation(v4: u32, v6: u128, high: u16) {
            for address in [
                IpAddr::from(Ipv4Addr::from(v4)),
                Ipv6Addr::from(v6).into(),
                // Near what is special.
                Ipv6Addr::from(v6 >> 16 | u128::from(high & 0x3fff) << 112).into(),
                Ipv6Addr::from(u128::from(v4) | 0xffff_0000_0000).into(),
                Ipv6Addr::from(u128::from(v4)).into(),
            ] {
                proptest::prop_assert_eq!(is_public(address), !closed(address), "{}", address);
            }
        }
    }

    #[test]
    fn own_addresses_are_known() {
        assert!(is_own("127.0.0.1".parse().unwrap()));
        assert!(!is_own("192.0.2.7".parse().unwrap()));
        assert!(!is_own("8.8.8.8".parse().unwrap()));
    }
}
