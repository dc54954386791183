#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A service manager's end of NOTIFY_SOCKET: each datagram becomes a line of the file, prefixed with
the milliseconds since the start; line feeds within one become blanks.

    supervisor.py SOCKET FILE
"""
import os
import socket
import sys
import time

path, out = sys.argv[1:]
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.bind(path)
os.chmod(path, 0o777)
start = time.monotonic()
with open(out, "w", buffering=1) as log:
    log.write("0 up\n")
    while True:
        text = sock.recv(4096).decode()
        log.write("%d %s\n" % ((time.monotonic() - start) * 1000, text.replace("\n", " ")))
