"""Addresses: which may be connected to, and under which name a page is kept."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from urllib.parse import unquote

from yarl import URL

from retrieval.redaction import hide_tokens

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = frozenset(
    map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
"""Addresses at which a cloud tells its machines their secrets, though they look public."""
_PRIVATE = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "64:ff9b:1::/48", "fec0::/10")))
"""Networks that some versions of Python take for public ones: of protocols, of NAT64 within a site, and site-local."""
_IN_LAST_BITS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "::/96")))
"""Networks of addresses that end with one of IPv4: NAT64, and IPv4-compatible."""
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""What stands before the IPv4 address that an address of ISATAP ends with, in any network."""
_UNFIT = re.compile(r"[^a-z0-9_-]+")
_PAGE_ENDING = re.compile(r"\.(?:html?|xhtml|php|aspx?|jsp)$", re.IGNORECASE)
_MOST_PARTS, _LONGEST_PART = 8, 60


def site_of(url: str) -> str:
    """Return the host of an address, by which it is told whether two are of one site."""
    return (URL(url).raw_host or "").removeprefix("www.")


def is_of_network(address: str) -> bool:
    """Return whether an IP address may be that of another machine of a private network.

    What every machine has for itself, or a cloud tells each of its machines, is none.
    """
    ips = _all_of(address)
    return bool(ips) and not any(
        ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast or ip in _METADATA for ip in ips
    )


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet, and not to a machine's or a cloud's own network."""
    ips = _all_of(address)
    return bool(ips) and all(map(_is_public, ips))


def _is_public(ip: IPAddress) -> bool:
    is_special = ip.is_multicast or ip in _METADATA or any(ip in network for network in _PRIVATE)
    return ip.is_global and not is_special


def _all_of(address: str) -> list[IPAddress]:
    """Return an IP address and those that it carries within; none where it cannot be read."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return []
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    if ip.ipv4_mapped is not None:
        return [ip.ipv4_mapped]
    carried: list[IPAddress] = [*(ip.teredo or ())]
    if ip.sixtofour is not None:
        carried.append(ip.sixtofour)
    if any(ip in network for network in _IN_LAST_BITS) or int(ip) >> 32 & 0xFFFFFFFF in _ISATAP:
        carried.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [ip, *carried]


def page_file(url: str, home: str) -> str:
    """Return the file of a page below its source's folder: `docs/install.html` for https://HOST/docs/install.

    What a name cannot hold is replaced, and a part of the address' digest then makes it its own. `home` is the address
    of the source: pages of other hosts lie in a folder of their host.
    """
    address = URL(url)
    path = unquote(address.raw_path)
    parts = [part for part in path.split("/") if part]
    # Another spelling of a path, `/a%2Fb` or `//a/b`, may be that of another page.
    is_exact = address.raw_path.strip("/") == "/".join(parts) and not address.raw_path.startswith("//")
    is_exact = is_exact and not path.endswith("//") and (not parts or parts[-1] != "index")
    if path.endswith("/"):
        parts.append("index")
    stem = _PAGE_ENDING.sub("", parts[-1]) or parts[-1]
    clean = [_clean(part) for part in (*parts[:-1], stem)]
    is_exact = is_exact and clean == parts and not address.raw_query_string
    if len(clean) > _MOST_PARTS:
        clean, is_exact = [*clean[: _MOST_PARTS - 1], clean[-1]], False
    if address.origin() != URL(home).origin():
        clean, is_exact = [_clean(address.raw_host or ""), *clean], False
    if not is_exact:
        clean[-1] = f"{clean[-1]}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return f"{'/'.join(clean)}.html"


def printable(url: str) -> str:
    """Return an address as it is printed."""
    return hide_tokens(url)[:200]


def _clean(part: str) -> str:
    return _UNFIT.sub("-", part.lower())[:_LONGEST_PART].strip("-_") or "page"
