#!/usr/bin/python3
"""Questions to a group, and answers to them.

group.py answer GROUP PORT: answers each question to the group from another socket, to the port that
    asked and to the next one, until it is ended; a line for each
group.py ask GROUP PORT PAUSE: asks three times by one socket, with pauses between; prints a digit for
    each, 1 if it was answered, and one for a second socket at the next port, which asks nothing
"""
import ipaddress
import socket
import struct
import sys
import time

verb, group, port = sys.argv[1], ipaddress.ip_address(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if group.version == 6 else socket.AF_INET
device = socket.if_nametoindex("v0")


def make(at):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, device)
    s.bind(("", at))
    return s


def join(s):
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                     group.packed + struct.pack("@I", device))
    else:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     struct.pack("=4s4si", group.packed, bytes(4), device))


def answer():
    s, other = make(port), make(0)
    join(s)
    print("ready", flush=True)
    while True:
        data, who = s.recvfrom(100)
        print("heard", flush=True)
        other.sendto(data, who)
        other.sendto(data, (who[0], who[1] + 1) + who[2:])


def heard(s):
    s.settimeout(1)
    try:
        return str(int(s.recv(100) == b"?"))
    except OSError:
        return "0"


def ask(pause):
    s, quiet = make(19000), make(19001)
    got = ""
    for i in range(3):
        time.sleep(pause if i > 0 else 0)
        s.sendto(b"?", (str(group), port))
        got += heard(s)
    print(got + heard(quiet))


if verb == "answer":
    answer()
else:
    ask(float(sys.argv[4]))
