"""Network addresses that a download may connect to."""

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

# https://www.rfc-editor.org/rfc/rfc6052#section-2.1
_NAT64 = IPv6Network("64:ff9b::/96")


class PrivateAddress(Exception):
    """A name leads to an address that isn't a public one."""


async def public_addresses(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name or of an address, each of them public.

    Raises PrivateAddress if one isn't, OSError where the name can't be resolved, and UnicodeError
    where it is none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port)
    addresses = dict.fromkeys(str(address[0]) for *_, address in found)
    if not all(is_public(ip_address(address.partition("%")[0])) for address in addresses):
        raise PrivateAddress
    return list(addresses)


def is_public(address: Address) -> bool:
    """Return whether packets to the address reach one host, outside of the operator's network.

    An IPv6 address that stands for an IPv4 one leads where that one does.
    """
    if isinstance(address, IPv6Address):
        if (inner := _inner(address)) is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for; None if it is one of its own."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
