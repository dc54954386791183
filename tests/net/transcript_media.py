# SPDX-License-Identifier: GPL-2.0-or-later
"""The parties of a transcript: they send packets, and compare what they get byte for byte."""
import json
import os
import select
import socket
import struct
import time

DEADLINE = 10.0  # seconds for anything to happen


class Wrong(Exception):
    """Somebody got what is not in the transcript, or did not get what is."""


def unescape(text):
    return json.loads('"' + text.replace('"', '\\"') + '"').encode("latin-1")


def packet(words):
    """The bytes of: rtp SSRC SEQ TS LENGTH, rtcp SSRC, bytes TEXT, empty."""
    kind, *rest = words
    if kind == "rtp":
        ssrc, seq, ts, length = int(rest[0], 16), *map(int, rest[1:4])
        return struct.pack("!BBHII", 0x80, 0, seq, ts, ssrc) + b"\x55" * length
    if kind == "rtcp":
        return struct.pack("!BBHI", 0x80, 0xc9, 1, int(rest[0], 16))
    return unescape(" ".join(rest))


def address(name):
    """127.0.0.1 unless another one stands before the port."""
    host, _, port = name.rpartition(":")
    return host or "127.0.0.1", int(port)


def listen(name):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    sock.bind(address(name))
    return sock


class Prompt:
    """What a player sends: one SSRC, numbers and timestamps in sequence, a mark on the first."""

    def __init__(self, content, size):
        self.content, self.size = content, size
        self.count = 0

    def check(self, got):
        first, second, seq, ts, ssrc = struct.unpack("!BBHII", got[:12])
        if not self.count:
            self.start = seq, ts, ssrc
        wanted = (0x80, 0 if self.count else 0x80, self.start[0] + self.count & 0xffff,
                  self.start[1] + self.count * self.size & 0xffffffff, self.start[2])
        at = self.count * self.size % (len(self.content) // self.size * self.size)
        if (first, second, seq, ts, ssrc) != wanted or got[12:] != self.content[at:at + self.size]:
            raise Wrong(f"prompt packet {self.count} is {got.hex()}, header wanted {wanted}")
        self.count += 1


class Parties:
    def __init__(self, directory, names):
        self.directory = directory
        self.sockets = {name: listen(name) for name in names}
        self.prompts = {}

    def send(self, text):
        """FROM -> TO PACKET"""
        name, _, to, *words = text.split(" ")
        self.sockets[name].sendto(packet(words), address(to))

    def receive(self, name, deadline=DEADLINE):
        sock = self.sockets[name]
        if not select.select([sock], [], [], deadline)[0]:
            return None
        data, control, _, source = sock.recvmsg(65536, 256)
        return data, str(source[1]), f"{control[0][2][0]:02x}"

    def expect(self, text):
        """WHO <- PORT PACKET [tos TOS], WHO <- PORT prompt FILE SIZE COUNT (or the rest),
        file PATH SIZE, free PORT, nothing"""
        words = text.split(" ")
        if words == ["nothing"]:
            self.expect_nothing()
        elif words[0] == "file":
            self.expect_file(os.path.join(self.directory, words[1]), int(words[2]))
        elif words[0] == "free":
            listen(words[1]).close()
        elif words[3] == "prompt":
            self.expect_prompt(*words)
        else:
            self.expect_packet(words[0], words[2], words[3:])

    def expect_nothing(self):
        for name in self.sockets:
            got = self.receive(name, 0)
            if got:
                raise Wrong(f"{name} got {got[0].hex()} from {got[1]}, nothing wanted")

    def expect_packet(self, name, port, words):
        tos = words[-1] if "tos" in words[-2:-1] else None
        wanted = packet(words[:-2] if tos else words)
        got = self.receive(name)
        if not got or got[:2] != (wanted, port) or (tos and got[2] != tos):
            raise Wrong(f"{name} got {got and (got[0].hex(), *got[1:])}, wanted "
                        f"{wanted.hex()} from {port}, tos {tos}")

    def expect_prompt(self, name, _arrow, port, _prompt, file, size, count):
        if count == "rest":
            prompt = self.prompts[name]
            while got := self.receive(name, 0):
                prompt.check(got[0])
            return
        with open(os.path.join(self.directory, file), "rb") as content:
            prompt = self.prompts[name] = Prompt(content.read(), int(size))
        for _ in range(int(count)):
            got = self.receive(name)
            if not got or got[1] != port:
                raise Wrong(f"{name} got {got}, wanted a prompt from {port}")
            prompt.check(got[0])

    def expect_file(self, path, size):
        end = time.monotonic() + DEADLINE
        while not os.path.exists(path) or os.path.getsize(path) != size:
            if time.monotonic() > end:
                there = sorted(os.listdir(os.path.dirname(path)))
                is_size = os.path.getsize(path) if os.path.exists(path) else None
                raise Wrong(f"{path} has {is_size} bytes, wanted {size}; there are {there}")
            time.sleep(0.005)

    def close(self):
        for sock in self.sockets.values():
            sock.close()


class Listener:
    """Where timeouts are notified to: keeps the lines that come, over any number of connections."""

    def __init__(self, where):
        if where.startswith("tcp:"):
            host, port = where[4:].rsplit(":", 1)
            self.server = socket.create_server(("127.0.0.1" if "%" in host else host, int(port)))
        else:
            self.server = socket.socket(socket.AF_UNIX)
            self.server.bind(where.removeprefix("unix:"))
            self.server.listen()
        self.clients, self.lines = {}, []

    def read(self, deadline):
        ready = select.select([self.server, *self.clients], [], [], deadline)[0]
        for sock in ready:
            if sock is self.server:
                self.clients[sock.accept()[0]] = b""
                continue
            data = sock.recv(65536)
            *lines, rest = (self.clients[sock] + data).split(b"\n")
            self.lines += lines
            self.clients[sock] = rest
            if not data:
                del self.clients[sock]
        return bool(ready)

    def expect(self, line):
        end = time.monotonic() + DEADLINE
        while line not in self.lines:
            if not self.read(max(0.0, end - time.monotonic())) and time.monotonic() > end:
                raise Wrong(f"not notified of {line}, only of {self.lines}")
        self.lines.remove(line)

    def close(self):
        while self.read(0):
            pass
        for sock in [self.server, *self.clients]:
            sock.close()
        if self.lines:
            raise Wrong(f"notified of {self.lines}, too")
