#!/usr/bin/python3
"""Sends odd packets: odd.py FROM TO OUT-DEVICE GATEWAY-MAC [SEED]

IPv4 or IPv6 by the addresses' form, as raw frames (AF_PACKET) when a device and a hardware address
are given, else as raw IP (AF_INET, AF_INET6), which passes netfilter's OUTPUT. Each packet carries
b"ODD" where it has room for it, so that a capture can be searched.
"""
import os
import random
import socket
import struct
import sys


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def ip4(src, dst, proto, body, options=b"", flags=0, length=None, good=True, ttl=64):
    ihl = 5 + len(options) // 4
    total = ihl * 4 + len(body) if length is None else length
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | ihl, 0, total, random.getrandbits(16), flags, ttl,
                       proto, 0, src, dst) + options
    c = checksum(head) if good else 0xdead
    return head[:10] + struct.pack("!H", c) + head[12:] + body


def ip6(src, dst, nxt, body, length=None, hops=64):
    return struct.pack("!IHBB", 6 << 28, len(body) if length is None else length, nxt,
                       hops) + src + dst + body


def pseudo(src, dst, proto, body):
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, len(body))
    return src + dst + struct.pack("!IHBB", len(body), 0, 0, proto)


def with_sum(src, dst, proto, body, at, good=True):
    c = checksum(pseudo(src, dst, proto, body) + body) if good else 0xbeef
    return body[:at] + struct.pack("!H", c) + body[at + 2:]


def udp(src, dst, sport, dport, data, length=None, good=True):
    n = 8 + len(data) if length is None else length
    return with_sum(src, dst, 17, struct.pack("!HHHH", sport, dport, n, 0) + data, 6, good)


def tcp(src, dst, sport, dport, flags, data=b"", offset=5, good=True):
    body = struct.pack("!HHIIBBHHH", sport, dport, 1000, 0, offset << 4, flags, 1000, 0, 0) + data
    return with_sum(src, dst, 6, body, 16, good)


def payloads(src, dst):
    """(protocol, bytes) of transport layers, whole and broken."""
    u, t = (lambda *a, **k: udp(src, dst, *a, **k)), (lambda *a, **k: tcp(src, dst, *a, **k))
    port = random.randint(1024, 65000)
    yield 17, u(port, 7, b"ODD plain")
    yield 17, u(port, 7, b"ODD sum", good=False)
    yield 17, u(port, 7, b"ODD long", length=9000)
    yield 17, u(port, 7, b"ODD short", length=3)
    yield 17, u(port, 0, b"ODD port 0")
    yield 17, u(53, 7, b"ODD from 53")
    yield 17, u(port, 7, b"ODD")[:5]
    yield 17, b""
    for flags in (0, 1, 2, 3, 4, 0x10, 0x12, 0x29, 0x3f, 0xff):
        yield 6, t(port, 7, flags, b"ODD flags")
    yield 6, t(port, 7, 2, b"ODD sum", good=False)
    yield 6, t(port, 7, 2, b"ODD offset", offset=15)
    yield 6, t(port, 7, 2, b"ODD offset", offset=1)
    yield 6, t(port, 7, 2)[:10]
    yield 6, b""
    for proto in (0, 2, 4, 33, 41, 47, 50, 51, 89, 132, 136, 253, 255):
        yield proto, b"ODD protocol" + os.urandom(20)
    for kind in (0, 3, 5, 8, 11, 13, 128, 129, 133, 134, 135, 136, 137):
        body = struct.pack("!BBHHH", kind, 0, 0, 7, 7) + b"ODD icmp" + os.urandom(40)
        yield (1 if len(src) == 4 else 58), with_sum(src, dst, 58, body, 2) \
            if len(src) == 16 else body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def packets4(src, dst):
    for proto, body in payloads(src, dst):
        yield ip4(src, dst, proto, body)
    good = udp(src, dst, 4000, 7, b"ODD options")
    for options in (b"\x83\x07\x04" + dst + b"\0", b"\x89\x07\x04" + dst + b"\0",
                    b"\x07\x27\x04" + b"\0" * 36 + b"\1", b"\x01\x01\x01\x00", b"\xff" * 40):
        yield ip4(src, dst, 17, good, options)
    yield ip4(src, dst, 17, good, length=10)
    yield ip4(src, dst, 17, good, length=60000)
    yield ip4(src, dst, 17, good, good=False)
    yield ip4(src, dst, 17, good, ttl=0)
    yield ip4(dst, dst, 17, udp(dst, dst, 4000, 7, b"ODD land"))
    yield ip4(socket.inet_aton("127.0.0.1"), dst, 17, good)
    yield ip4(src, socket.inet_aton("127.0.0.1"), 17, good)
    long = udp(src, dst, 4001, 7, b"ODD fragment" * 20)
    yield ip4(src, dst, 17, long[:64], flags=0x2000)
    yield ip4(src, dst, 17, long[64:], flags=8)
    yield ip4(src, dst, 17, long[:8], flags=0x2000)
    yield ip4(src, dst, 6, tcp(src, dst, 4002, 7, 2)[:8], flags=0x2000)
    yield ip4(src, dst, 6, b"ODD overlap!" * 4, flags=1)
    yield ip4(src, dst, 17, long[:32], flags=0x1fff)
    yield ip4(src, dst, 17, b"", flags=0x2000)


def packets6(src, dst):
    for proto, body in payloads(src, dst):
        yield ip6(src, dst, proto, body)
    good = udp(src, dst, 4000, 7, b"ODD header")
    hop = lambda nxt: bytes([nxt, 0, 1, 4, 0, 0, 0, 0])
    for kind in (0, 43, 60, 135, 139, 140):
        yield ip6(src, dst, kind, hop(17) + good)
        yield ip6(src, dst, kind, hop(kind) * 30 + hop(17) + good)
        yield ip6(src, dst, kind, hop(kind)[:4])
        yield ip6(src, dst, kind, bytes([17, 255]) + b"ODD" * 3)
    yield ip6(src, dst, 43, bytes([17, 2, 0, 1, 0, 0, 0, 0]) + dst + good)
    frag = lambda nxt, off: struct.pack("!BBHI", nxt, 0, off, 7)
    yield ip6(src, dst, 44, frag(17, 0) + good)
    yield ip6(src, dst, 44, frag(17, 1) + good[:16])
    yield ip6(src, dst, 44, frag(17, 0xfff9) + good[:16])
    yield ip6(src, dst, 44, frag(60, 1) + hop(17))
    yield ip6(src, dst, 44, frag(17, 1)[:6])
    yield ip6(src, dst, 59, b"ODD no next")
    yield ip6(src, dst, 51, bytes([17, 4]) + b"\0" * 22 + good)
    yield ip6(src, dst, 17, good, length=0)
    yield ip6(src, dst, 17, good, length=60000)
    yield ip6(src, dst, 17, good, hops=0)
    yield ip6(dst, dst, 17, udp(dst, dst, 4000, 7, b"ODD land"))
    yield ip6(b"\0" * 15 + b"\1", dst, 17, good)


def main():
    src, dst = sys.argv[1:3]
    six = ":" in dst
    pack = lambda a: socket.inet_pton(socket.AF_INET6 if six else socket.AF_INET, a)
    random.seed(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    packets = list((packets6 if six else packets4)(pack(src), pack(dst)))
    # and each once more with a few bytes changed
    for p in list(packets):
        b = bytearray(p)
        for _ in range(3):
            b[random.randrange(len(b))] = random.getrandbits(8)
        b[:1] = p[:1]
        packets.append(bytes(b[:24 if six else 12]) + p[24 if six else 12:40 if six else 20] +
                       bytes(b[40 if six else 20:]))
    if len(sys.argv) > 4:
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((sys.argv[3], 0))
        mac = bytes.fromhex(sys.argv[4].replace(":", ""))
        send = lambda p: s.send(mac + b"\2\0\0\0\0\1" + (b"\x86\xdd" if six else b"\x08\0") + p)
    elif six:
        s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        send = lambda p: s.sendto(p, (dst, 0))
    else:
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        send = lambda p: s.sendto(p, (dst, 0))
    sent = 0
    for p in packets:
        try:
            send(p)
            sent += 1
        except OSError:
            pass
    print(sent)


main()
