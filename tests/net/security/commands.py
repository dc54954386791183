# SPDX-License-Identifier: GPL-2.0-or-later
"""What somebody does with control sockets of others:

    commands.py every udp:ADDRESS:PORT|tcp:ADDRESS:PORT   each verb; prints how many were sent and
                                                          answered
    commands.py burst SOCKET COUNT      so many at once; prints the answers, and milliseconds
    commands.py talk tcp:ADDRESS:PORT GO   one command, another when the file GO is there; prints
                                           an answer a line, "closed" at the end
    commands.py cookies udp:ADDRESS:PORT COUNT   a fresh cookie each; prints the answers
    commands.py fuzz udp:ADDRESS:PORT COUNT SEED CORPUS PROTECTED   commands out of the corpus,
                                           damaged; none that deletes all or has a protected word
    commands.py names udp:ADDRESS:PORT CALL   prints "WHAT REPLY" for each bad name
"""
import ipaddress
import os
import random
import re
import socket
import sys
import time

SO_RCVBUFFORCE = 33  # the module does not name it
VERBS = ["V", "VF 20040107", "I", "Ib", "X", "G nsess_created", "Q victim from to", "D victim from",
         "U new 192.0.2.9 4000 from", "L victim 192.0.2.9 4000 from to", "R victim from to",
         "C victim udp:10.0.0.9:9000 from to", "P victim /etc/hostname 0 from to",
         "S victim from to", "N victim from to", "M victim from", "", "\n", "E1", "garbage"]


def connect(name, patience=0.5):
    kind, host, port = re.fullmatch(r"(udp|tcp):(.*):(\d+)", name).groups()
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    sock.settimeout(5)
    sock.connect((host, int(port)))
    sock.settimeout(patience)
    return sock, kind


def receive(sock):
    try:
        return sock.recv(65536)
    except OSError:
        return b""


def every(name):
    sent = answered = 0
    for verb in VERBS:
        sock, kind = connect(name, 0.05)
        try:
            sock.send(b"%d %s" % (sent, verb.encode()) if kind == "udp" else verb.encode() + b"\n")
        except OSError:
            pass
        sent += 1
        answered += bool(receive(sock))
        sock.close()
    print(sent, answered)


def burst(name, count):
    sock, kind = connect(name)
    began = time.monotonic()
    answers = 0
    if kind == "udp":
        for i in range(count):
            sock.send(b"b%d V" % i)
        while receive(sock):
            answers += 1
    else:
        sock.settimeout(10)
        sock.sendall(b"V\n" * count)
        while answers < count:
            got = receive(sock)
            if not got:
                break
            answers += got.count(b"\n")
    print(answers, int((time.monotonic() - began) * 1000))


def talk(name, go):
    sock, _ = connect(name, 10)
    sock.sendall(b"V\n")
    print(sock.recv(100).decode().strip(), flush=True)
    end = time.monotonic() + 10
    while not os.path.exists(go) and time.monotonic() < end:
        time.sleep(0.01)
    try:
        sock.sendall(b"V\n")
        got = sock.recv(100)
    except ConnectionError:
        got = b""
    print(got.decode().strip() or "closed", flush=True)


def cookies(name, count):
    sock, _ = connect(name)
    answers = 0
    for base in range(0, count, 200):
        for i in range(base, min(base + 200, count)):
            sock.send(b"cookie-%d V" % i)
        for i in range(base, min(base + 200, count)):
            answers += bool(receive(sock))
    print(answers)


def damage(rng, command, others):
    data = bytearray(command)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(data) + 1)
        what = rng.randrange(6)
        if what == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 2, 40))))
        elif what == 2:
            del data[at:at + rng.randrange(1, 9)]
        elif what == 3:
            other = rng.choice(others)
            data[at:] = other[rng.randrange(len(other) + 1):]
        elif what == 4:
            data[at:at] = rng.choice((b" ", b" && ", b"\0", b"%00", b"../", b"-1", b"99999999999",
                                      b"A" * 3000, b";2", b"*", b"0.0.0.0", b"::"))
        else:
            data[at:at] = data[:rng.randrange(len(data) + 1)]
    return bytes(data[:9000])


def fuzz(name, count, seed, corpus, protected):
    rng = random.Random(seed)
    sock, _ = connect(name)
    commands = []
    for file in sorted(os.listdir(corpus)):
        with open(os.path.join(corpus, file), "rb") as f:
            commands.append(f.read(4000))
    deletes_all = re.compile(rb"^\s*\S*\s*x", re.I)
    answers = sent = 0
    while sent < count:
        command = b"f%d %s" % (sent, damage(rng, rng.choice(commands), commands))
        if deletes_all.match(command) or protected.encode() in command:
            continue
        sock.send(command)
        sent += 1
        if sent % 50 == 0:
            sock.setblocking(False)
            while receive(sock):
                answers += 1
            sock.settimeout(0.5)
            sock.send(b"s%d V" % sent)
            while True:
                got = receive(sock)
                if not got or got.startswith(b"s%d " % sent):
                    break
                answers += 1
    print(sent, answers)


def names(name, call):
    sock, _ = connect(name, 2)
    tags = b"from-%s to-%s" % (call.encode(), call.encode())
    call = call.encode()
    rows = [("P-up", b"P %s ../secret 0 %s" % (call, tags)),
            ("P-up-within", b"P %s sub/../ann 0 %s" % (call, tags)),
            ("P-absolute", b"P %s /etc/hostname 0 %s" % (call, tags)),
            ("P-link", b"P %s out 0 %s" % (call, tags)),
            ("P-link-dir", b"P %s outdir/secret 0 %s" % (call, tags)),
            ("P-proc", b"P %s /proc/self/root/etc/hostname 0 %s" % (call, tags)),
            ("P-control", b"P %s an\x01n 0 %s" % (call, tags)),
            ("P-long", b"P %s %s 0 %s" % (call, b"a" * 5000, tags)),
            ("C-udp-port-22", b"C %s udp:127.0.0.1:22 %s" % (call, tags)),
            ("C-udp-dns", b"C %s udp:127.0.0.1:53 %s" % (call, tags)),
            ("C-udp-public", b"C %s udp:203.0.113.2:9000 %s" % (call, tags)),
            ("C-udp-public6", b"C %s udp:[2001:db8::9]:9000 %s" % (call, tags)),
            ("C-udp-name", b"C %s udp:localhost:9000 %s" % (call, tags)),
            ("C-udp-broadcast", b"C %s udp:255.255.255.255:9000 %s" % (call, tags)),
            ("C-udp-multicast", b"C %s udp:224.0.0.1:9000 %s" % (call, tags)),
            ("C-udp-control", b"C %s udp:127.0.0.1:22222 %s" % (call, tags))]
    for what, command in rows:
        sock.send(b"n-%s %s" % (what.encode(), command))
        print(what, receive(sock).decode().strip().partition(" ")[2])
    # Too long for any answer but a refusal; cut by the socket at 8191 bytes.
    for verb in (b"P %s " % call, b"C %s " % call, b"R "):
        sock.send(b"long-%s %s%s 0 %s" % (verb[:1], verb, b"a" * 60000, tags))
        print(verb[:1].decode() + "-64k", receive(sock).decode().strip().partition(" ")[2])


RUN = {"every": every, "talk": talk, "names": names,
       "burst": lambda name, count: burst(name, int(count)),
       "cookies": lambda name, count: cookies(name, int(count)),
       "fuzz": lambda name, count, seed, corpus, protected:
           fuzz(name, int(count), int(seed), corpus, protected)}
RUN[sys.argv[1]](*sys.argv[2:])
