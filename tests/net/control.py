# SPDX-License-Identifier: GPL-2.0-or-later
"""One end of a connected control socket: control.py tcp:ADDRESS:PORT|cunix:PATH|unix:PATH sends all
of its standard input and prints what comes back, line by line, until as many answers came."""
import socket
import sys

where = sys.argv[1]
kind, name = where.split(":", 1)
if kind == "tcp":
    host, port = name.rsplit(":", 1)
    sock = socket.create_connection((host, int(port)))
else:
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(name)
sock.settimeout(10)
requests = sys.stdin.read()
sock.sendall(requests.encode())
answers = sock.makefile()
for _ in requests.splitlines():
    print(answers.readline(), end="", flush=True)
