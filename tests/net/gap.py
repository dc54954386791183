#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The longest time in which a control socket gave no answer, in ms: asks every millisecond until
the file STOP is there, and another answer has come. Makes STOP.up at the first answer.

    gap.py HOST:PORT STOP
"""
import os
import socket
import sys
import time

host, port = sys.argv[1].rsplit(":", 1)
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.connect((host, int(port)))
sock.settimeout(0.001)
gap, last, count, stop = 0.0, None, 0, False
end = time.monotonic() + 60
while time.monotonic() < end:
    count += 1
    try:
        sock.send(b"gap%d V" % count)
        answer = sock.recv(512)
    except (TimeoutError, ConnectionRefusedError):
        time.sleep(0.001)
        continue
    now = time.monotonic()
    if last is None:
        open(sys.argv[2] + ".up", "w").close()
    gap = max(gap, now - (last or now))
    last = now
    if stop:
        break
    stop = os.path.exists(sys.argv[2])
print("%.0f" % (gap * 1000))
