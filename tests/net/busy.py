# SPDX-License-Identifier: GPL-2.0-or-later
"""busy.py PORT FILE CALL: keeps the daemon's event loop busy until it is killed: it has to read the
prompt FILE.0 anew each time, as that has changed."""
import os
import socket
import sys

port, file, call = int(sys.argv[1]), sys.argv[2], sys.argv[3]
relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
relay.connect(("127.0.0.1", port))
relay.settimeout(5)
i = 0
while True:
    i += 1
    os.utime(file + ".0")
    relay.send(b"busy%d P %s %s 0 from-%s" % (i, call.encode(), file.encode(), call.encode()))
    reply = relay.recv(100)
    if reply.split() != [b"busy%d" % i, b"0"]:
        sys.exit(f"P was answered {reply}")
    print(i, flush=True)
