"""What a scanner's Python loads first: names below .localhost are this machine's, and no other machine is there.

Source: RFC 6761, 6.3. Scanners would otherwise ask their authors' servers for news, and know no subdomain of localhost.
"""

import ipaddress
import socket

_resolve = socket.getaddrinfo


def _is_here(host):
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _loopback_alone(host, port, *arguments, **more):
    if not _is_here(host):
        raise socket.gaierror(socket.EAI_NONAME, "scanners reach this machine alone")
    return _resolve("127.0.0.1", port, *arguments, **more)


socket.getaddrinfo = _loopback_alone
