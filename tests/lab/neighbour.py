#!/usr/bin/python3
"""A neighbour that answers multicast DNS (RFC 6762) on v0 and lies as the name says.

neighbour.py ADDRESS4 ADDRESS6 OFF-LINK [LABEL.local]: prints a line for each question: type, name, hop limit,
    bytes behind the question. Answers all names, or that one alone. A lie is sent first, and the truth, ADDRESS4
    or ADDRESS6, right behind it:

    LABEL.local     both addresses; with only4- no AAAA and silence, with denied- no AAAA and an NSEC
    port-...        the lie comes from another port
    off-...         from OFF-LINK, which this host must have
    id-...          with another id
    far-...         gives an address of the Internet
    here-...        gives 127.0.0.1 or ::1
    alias-...       is an alias of www.example.org with an address
    cut-...         says that it was cut
    late-...        no lie, and the truth comes after 1.5 s
    nobody..., box...   no answer at all, unless the name was given
    link-local addresses backwards: PTR thing.local
"""
import select
import socket
import struct
import sys
import threading

true4, true6, off_link = sys.argv[1:4]
only = sys.argv[4] if len(sys.argv) > 4 else None
GROUP4, GROUP6, PORT = "224.0.0.251", "ff02::fb", 5353
A, CNAME, PTR, AAAA, NSEC = 1, 5, 12, 28, 47
IP_RECVTTL = 12  # Linux; the module does not have it
device = socket.if_nametoindex("v0")


def make(family, at=("", PORT)):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(at)
    return s


def join(s):
    if s.family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                     socket.inet_pton(s.family, GROUP6) + struct.pack("@I", device))
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    else:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     struct.pack("=4s4si", socket.inet_aton(GROUP4), bytes(4), device))
        s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)


def wire(name):
    return b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0"


def record(kind, data, name=b"\xc0\x0c"):
    return name + struct.pack("!HHIH", kind, 1, 120, len(data)) + data


def address(kind, text4, text6):
    family, text = (socket.AF_INET, text4) if kind == A else (socket.AF_INET6, text6)
    return record(kind, socket.inet_pton(family, text))


def message(question, records, flags=0x8400):
    return question[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question[12:] + b"".join(records)


def lies(question, name, kind, s, who):
    true = address(kind, true4, true6)
    lie = address(kind, "192.168.77.99", "fd77::99")
    if name.startswith("port-"):
        make(s.family, ("", 0)).sendto(message(question, [lie]), who)
    elif name.startswith("off-") and s.family == socket.AF_INET:
        make(s.family, (off_link, PORT)).sendto(message(question, [lie]), who)
    elif name.startswith("id-"):
        s.sendto(message(bytes([question[0] ^ 1]) + question[1:], [lie]), who)
    elif name.startswith("far-"):
        s.sendto(message(question, [address(kind, "9.9.9.9", "2a00:1::9")]), who)
    elif name.startswith("here-"):
        s.sendto(message(question, [address(kind, "127.0.0.1", "::1")]), who)
    elif name.startswith("alias-"):
        target = wire("www.example.org")
        s.sendto(message(question, [record(CNAME, target), lie.replace(b"\xc0\x0c", target, 1)]), who)
    elif name.startswith("cut-"):
        s.sendto(message(question, [lie], 0x8600), who)
    return true


def is_mine(name):
    return name == only if only else not name.startswith(("nobody", "box"))


def answer(question, name, kind, s, who):
    if not is_mine(name):
        return
    if name.endswith((".in-addr.arpa", ".ip6.arpa")):
        s.sendto(message(question, [record(PTR, wire("thing.local"))]), who)
    elif name.startswith("denied-") and kind == AAAA:
        s.sendto(message(question, [record(NSEC, question[12:-4] + bytes([0, 1, 0x40]))]), who)
    elif kind not in (A, AAAA) or (name.startswith("only4-") and kind == AAAA):
        return
    elif name.startswith("late-"):
        threading.Timer(1.5, s.sendto, (message(question, [address(kind, true4, true6)]), who)).start()
    else:
        s.sendto(message(question, [lies(question, name, kind, s, who)]), who)


def hear(s):
    question, more, _, who = s.recvmsg(512, 64)
    at, labels = 12, []
    while question[at] != 0:
        labels.append(question[at + 1:at + 1 + question[at]].decode())
        at += 1 + question[at]
    kind, name = struct.unpack("!H", question[at + 1:at + 3])[0], ".".join(labels).lower()
    print(kind, name, struct.unpack("@i", more[0][2])[0], len(question) - at - 5, flush=True)
    answer(question, name, kind, s, who)


socks = [make(socket.AF_INET), make(socket.AF_INET6)]
for one in socks:
    join(one)
print("ready", flush=True)
while True:
    for one in select.select(socks, [], [])[0]:
        hear(one)
