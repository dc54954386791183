#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A mixed load of U, L, D and Q on a daemon that is killed again and again.

kills.py ADDRESS:PORT LIMIT [NOTIFY]: keeps up to LIMIT calls, one command at a time, each sent again until it
is answered, and holds every answer against what it was answered before: a call that was answered
has its ports until it asks for others, one that was ended is not there. Some calls are recorded, and
some name NOTIFY, as U and L may. It prints the first answer that is not so and exits with 1; on SIGTERM it ends all calls and exits with 0 after a line with its counts.
"""
import os
import random
import signal
import socket
import sys

RESEND = 0.1
TRIES = 300


class Wrong(Exception):
    pass


class Client:
    def __init__(self, server):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(server)
        self.socket.settimeout(RESEND)
        self.cookie = 0
        self.commands = self.resent = 0

    def ask(self, command):
        """The answer, and whether the command was sent more than once."""
        self.cookie += 1
        cookie = f"{os.getpid()}_{self.cookie}"
        message = f"{cookie} {command}\n".encode()
        self.commands += 1
        for attempt in range(TRIES):
            try:
                self.socket.send(message)
                while True:
                    words = self.socket.recv(2048).decode().split(None, 1)
                    if words and words[0] == cookie:
                        return (words[1].strip() if len(words) > 1 else ""), attempt > 0
            except socket.timeout:
                pass
            except ConnectionRefusedError:
                signal.sigtimedwait([], RESEND / 4)
            self.resent += 1
        raise Wrong(f"no answer to {command}")


class Call:
    def __init__(self, number, rng):
        self.id = f"kills-{os.getpid()}-{number}@example.net"
        if rng.random() < 0.02:  # a record of several elements
            self.id = "x" * rng.randrange(900, 3000) + self.id
        self.offer_port = self.answer_port = None
        self.media = 20000 + number * 2 % 20000


class Load:
    def __init__(self, client, limit, notify):
        self.client, self.limit, self.notify = client, limit, notify
        self.rng = random.Random(1)
        self.calls, self.ended, self.made = [], [], 0
        self.ports = {}

    def port(self, command, call, before):
        answer, again = self.client.ask(command)
        words = answer.split()
        if not words or not words[0].isdigit() or words[0] == "0":
            raise Wrong(f"{command}: {answer}")
        port = int(words[0])
        if before not in (None, port):
            raise Wrong(f"{command}: {answer}, but it was port {before}")
        owner = self.ports.setdefault(port, call)
        if owner is not call:
            raise Wrong(f"{command}: {answer}, but that is the port of {owner.id}")
        return port

    def offer(self, call):
        told = f" {self.notify} {call.id[-60:]}" if self.notify and self.rng.random() < 0.3 else ""
        call.offer_port = self.port(
            f"U {call.id} 192.0.2.2 {call.media} f;1{told}", call, call.offer_port)

    def rebind(self, call):
        """Another port for the offering side. Sent again it may ask for yet another."""
        self.ports.pop(call.offer_port, None)
        call.offer_port = self.port(f"Un {call.id} 192.0.2.2 {call.media} f;1", call, None)

    def record(self, call):
        reply, _ = self.client.ask(f"R {call.id} f;1 t;1")
        if reply != "0":
            raise Wrong(f"R of {call.id}, which is up: {reply}")

    def answer(self, call):
        call.answer_port = self.port(
            f"L {call.id} 198.51.100.2 {call.media} f;1 t;1", call, call.answer_port)

    def query(self, call):
        reply, _ = self.client.ask(f"Q {call.id} f;1 t;1")
        if reply.startswith("E"):
            raise Wrong(f"Q of {call.id}, which is up: {reply}")

    def end(self, call):
        reply, again = self.client.ask(f"D {call.id} f t")
        if reply != "0" and not (again and reply.startswith("E")):
            raise Wrong(f"D of {call.id}, which is up: {reply}")
        self.calls.remove(call)
        for port in (call.offer_port, call.answer_port):
            self.ports.pop(port, None)
        self.ended = (self.ended + [call])[-50:]

    def gone(self, call):
        reply, _ = self.client.ask(f"Q {call.id} f;1 t;1")
        if not reply.startswith("E"):
            raise Wrong(f"Q of {call.id}, which was ended: {reply}")

    def step(self):
        dice = self.rng.random()
        if not self.calls or (dice < 0.3 and len(self.calls) < self.limit):
            self.made += 1
            call = Call(self.made, self.rng)
            self.calls.append(call)
            self.offer(call)
            return
        call = self.rng.choice(self.calls)
        if dice < 0.55:
            self.answer(call)
        elif dice < 0.58 and call.offer_port:
            self.rebind(call)
        elif dice < 0.6 and call.answer_port:
            self.record(call)
        elif dice < 0.7:
            call.media = 20000 + self.rng.randrange(10000) * 2  # a re-INVITE
            self.offer(call)
        elif dice < 0.8:
            self.query(call)
        elif dice < 0.85 and self.ended:
            self.gone(self.rng.choice(self.ended))
        elif len(self.calls) > self.limit // 2 or dice > 0.97:
            self.end(call)


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    notify = sys.argv[3] if len(sys.argv) > 3 else None
    load = Load(Client((host, int(port))), int(sys.argv[2]), notify)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    try:
        while not stopped:
            load.step()
        for call in list(load.calls):
            load.end(call)
    except Wrong as wrong:
        print(f"wrong: {wrong}", flush=True)
        sys.exit(1)
    client = load.client
    print(f"{client.commands} commands, {client.resent} sent again, {load.made} calls", flush=True)


main()
