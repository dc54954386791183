# SPDX-License-Identifier: GPL-2.0-or-later
"""Where notifications go: listener.py unix:PATH|tcp:ADDRESS:PORT FILE READY. Adds every byte of
every connection to FILE; makes the file READY once it listens."""
import os
import selectors
import socket
import sys

where, path, ready = sys.argv[1:]
if where.startswith("tcp:"):
    host, port = where[4:].rsplit(":", 1)
    server = socket.create_server((host, int(port)))
else:
    name = where.removeprefix("unix:")
    if os.path.exists(name):
        os.unlink(name)
    server = socket.socket(socket.AF_UNIX)
    server.bind(name)
    server.listen()
open(ready, "w", encoding="ascii").close()
selector = selectors.DefaultSelector()
selector.register(server, selectors.EVENT_READ)
with open(path, "ab", buffering=0) as out:
    while True:
        for key, _ in selector.select():
            if key.fileobj is server:
                selector.register(server.accept()[0], selectors.EVENT_READ)
                continue
            data = key.fileobj.recv(65536)
            out.write(data)
            if not data:
                selector.unregister(key.fileobj)
                key.fileobj.close()
