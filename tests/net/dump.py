# SPDX-License-Identifier: GPL-2.0-or-later
"""What rtpgen --dump wrote: dump.py FILE headers TYPE STEP, dump.py FILE late MS.
headers: true if these are one RTP stream of this payload type with a mark on the first packet only,
timestamps STEP apart. late: how far packets, MS apart, are off their time: p99 in us."""
import struct
import sys

path, what, *words = sys.argv[1:]
with open(path, encoding="ascii") as lines:
    packets = [(int(time), bytes.fromhex(data)) for time, _, data in map(str.split, lines)]
if not packets:
    sys.exit("no packets")
if what == "headers":
    kind, step = map(int, words)
    _, _, seq, ts, ssrc = struct.unpack("!BBHII", packets[0][1][:12])
    for i, (_, data) in enumerate(packets):
        wanted = (0x80, kind | (0 if i else 0x80), seq + i & 0xffff, ts + i * step & 0xffffffff, ssrc)
        if struct.unpack("!BBHII", data[:12]) != wanted:
            sys.exit(f"packet {i} is {data[:12].hex()}, wanted {wanted}")
else:
    # On time is as most are: the schedule's phase is the median.
    off = sorted(time - packets[0][0] - i * int(words[0]) * 1000000
                 for i, (time, _) in enumerate(packets))
    middle = off[len(off) // 2]
    print(sorted(abs(o - middle) for o in off)[len(off) * 99 // 100] // 1000)
