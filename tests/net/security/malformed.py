# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames that no stack would send, out of eth0 to a relay:

    malformed.py KIND COUNT MAC SOURCE:PORT DESTINATION:PORT SOURCE6 DESTINATION6 PORT6

A KIND is one of those below, "each" for COUNT of each, or "random": COUNT frames of all kinds with
bytes changed at random, lengthened or cut off; "sound" and "sound-v6" are as it
should be. MAC is the relay's. All is in the name of SOURCE, as if it were a party's.
Prints how many were sent.
"""
import ipaddress
import random
import socket
import struct
import sys

kind, count, mac, source, destination = sys.argv[1:6]
mac = bytes.fromhex(mac.replace(":", ""))
(src, sport), (dst, dport) = (end.rsplit(":", 1) for end in (source, destination))
six = [ipaddress.ip_address(a).packed for a in sys.argv[6:8]]
port6 = sys.argv[8]
rng = random.Random(17)
RTP = b"\x80\x08" + struct.pack("!HII", 999, 999 * 160, 0xBAD) + bytes(160)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def udp(length=None, payload=RTP, check=0, port=dport):
    length = 8 + len(payload) if length is None else length
    return struct.pack("!HHHH", int(sport), int(port), length, check) + payload


def ipv4(body, options=b"", first=None, length=None, check=None, offset=0):
    head = 20 + len(options)
    first = 0x40 | head // 4 if first is None else first
    length = head + len(body) if length is None else length
    packet = struct.pack("!BBHHHBBH", first, 0, length, 1, offset, 64, 17, 0)
    packet += socket.inet_aton(src) + socket.inet_aton(dst) + options
    check = checksum(packet) if check is None else check
    return packet[:10] + struct.pack("!H", check) + packet[12:] + body


def ipv6(body, following=17, length=None):
    length = len(body) if length is None else length
    return struct.pack("!IHBB", 6 << 28, length, following, 64) + six[0] + six[1] + body


def ethernet(packet, kind=0x0800, tags=b""):
    return mac + b"\x02\0\0\0\0\x01" + tags + struct.pack("!H", kind) + packet


# Each may be let through to the stack, which has to drop it, or be dropped at once; no relay may
# have it.
KINDS = {
    "ethernet-short": lambda: ethernet(b""),
    "ethernet-type": lambda: ethernet(ipv4(udp()), 0x88b5),
    "ethernet-length": lambda: ethernet(ipv4(udp()), 100),
    "vlan": lambda: ethernet(ipv4(udp()), tags=b"\x81\0\0\x05"),
    "vlan-twice": lambda: ethernet(ipv4(udp()), tags=b"\x88\xa8\0\x05\x81\0\0\x06"),
    "vlan-cut": lambda: ethernet(b"\0", 0x8100),
    "ip-cut": lambda: ethernet(ipv4(udp())[:15]),
    "ip-version": lambda: ethernet(ipv4(udp(), first=0x65)),
    "ip-header-short": lambda: ethernet(ipv4(udp(), first=0x44)),
    "ip-header-beyond": lambda: ethernet(ipv4(b"", first=0x4f)),
    "ip-options-lie": lambda: ethernet(ipv4(udp(), options=b"\x07\xff\x04\0" * 2)),
    "ip-options-cut": lambda: ethernet(ipv4(udp(), options=bytes(40))[:40]),
    "ip-length-short": lambda: ethernet(ipv4(udp(), length=19)),
    "ip-length-beyond": lambda: ethernet(ipv4(udp(), length=60000)),
    "ip-checksum": lambda: ethernet(ipv4(udp(), check=0x1234)),
    "ip-later-fragment": lambda: ethernet(ipv4(udp(), offset=0x1fff)),
    "udp-cut": lambda: ethernet(ipv4(udp()[:7])),
    "udp-length-0": lambda: ethernet(ipv4(udp(length=0))),
    "udp-length-7": lambda: ethernet(ipv4(udp(length=7))),
    "udp-length-beyond": lambda: ethernet(ipv4(udp(length=2000))),
    "udp-length-by-one": lambda: ethernet(ipv4(udp(length=8 + len(RTP) + 1))),
    "v6-checksum-0": lambda: ethernet(ipv6(udp(port=port6)), 0x86dd),
    "v6-cut": lambda: ethernet(ipv6(udp(port=port6))[:39], 0x86dd),
    "v6-length-beyond": lambda: ethernet(ipv6(udp(port=port6), length=60000), 0x86dd),
    "v6-udp-length-7": lambda: ethernet(ipv6(udp(length=7, port=port6)), 0x86dd),
    "v6-headers": lambda: ethernet(ipv6(b"\x11\xff" + bytes(6) + udp(port=port6), 0), 0x86dd),
}


def damaged():
    frame = bytearray(KINDS[rng.choice(list(KINDS))]())
    for _ in range(rng.choice((0, 1, 1, 2, 4, 16))):
        frame[rng.randrange(12, min(len(frame), 80))] = rng.randrange(256)
    if rng.random() < 0.3:
        del frame[rng.randrange(14, len(frame) + 1):]
    if rng.random() < 0.1:
        frame += bytes(rng.randrange(1, 200))
    return bytes(frame[:1514])


if kind == "kinds":
    print("\n".join(KINDS))
    sys.exit()
sound = ethernet(ipv4(udp()))
if kind == "random":
    frames = (damaged() for _ in range(int(count)))
elif kind == "sound-v6":
    body = udp(port=port6)
    check = checksum(six[0] + six[1] + struct.pack("!IHH", len(body), 0, 17) + body)
    frames = (ethernet(ipv6(udp(check=check, port=port6)), 0x86dd) for _ in range(int(count)))
elif kind == "each":
    frames = (make() for make in KINDS.values() for _ in range(int(count)))
elif kind == "sound":
    frames = (sound for _ in range(int(count)))
else:
    frames = (KINDS[kind]() for _ in range(int(count)))
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind(("eth0", 0))
sent = 0
for frame in frames:
    try:
        sock.send(frame)
        sent += 1
    except OSError:  # no room, or cut off to less than a frame
        pass
print(sent)
