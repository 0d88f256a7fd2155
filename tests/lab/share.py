"""A program that shares ports in awkward ways, for tests: run by two copies of the
interpreter, a permitted and a forbidden one.
	share.py send ADDRESS PORT TO TOPORT N LEN OPTION...	N datagrams of LEN bytes, one each 50 ms
		reuse: SO_REUSEADDR; source=ADDRESS: by IP_PKTINFO; peer=ADDRESS: connected there;
		connect: to TO itself
	share.py hold ADDRESS PORT [only6]	a bound UDP socket, until ended
	share.py auto PORT TO TOPORT N		a port that the kernel chooses, of which it may choose this one only,
		by sendto(); prints what it got in N times 50 ms
	share.py leave PORT TO			a server that answers one datagram, sends one to TO and ends
	share.py serve tcp|udp PORT [steer] [reuse]	one of a SO_REUSEPORT group, until SIGTERM: prints what it got;
		steer: chooses the last one of the group for all; reuse: SO_REUSEADDR alone
"""
import ctypes
import signal
import socket
import struct
import sys
import time


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def pktinfo(address):
    if ":" in address:
        return (socket.IPPROTO_IPV6, 50, socket.inet_pton(socket.AF_INET6, address) + struct.pack("=I", 0))
    return (socket.IPPROTO_IP, 8, struct.pack("=I4s4s", 0, socket.inet_aton(address), bytes(4)))


def send(address, port, to, toport, n, length, *options):
    s = socket.socket(family(to), socket.SOCK_DGRAM)
    extra = []
    if "reuse" in options:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, int(port)))
    if "connect" in options:
        s.connect((to, int(toport)))
    for o in options:
        if o.startswith("peer="):
            s.connect((o[5:], 9))
        if o.startswith("source="):
            extra = [pktinfo(o[7:])]
    for _ in range(int(n)):
        try:
            if "connect" in options:
                s.send(bytes(int(length)))
            else:
                s.sendmsg([bytes(int(length))], extra, 0, (to, int(toport)))
        except OSError:
            pass
        time.sleep(0.05)


def hold(address, port, *options):
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    if "only6" in options:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((address, int(port)))
    time.sleep(30)


def count(s, n):
    s.settimeout(0.05)
    end = time.monotonic() + 0.05 * n
    got = 0
    while time.monotonic() < end:
        try:
            s.recv(2000)
            got += 1
        except OSError:
            pass
    print(f"got={got}")


def auto(port, to, toport, n):
    s = socket.socket(family(to), socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_IP, 51, struct.pack("=I", int(port) << 16 | int(port)))  # IP_LOCAL_PORT_RANGE
    s.sendto(b"", (to, int(toport)))
    if s.getsockname()[1] != int(port):
        sys.exit("another port")
    count(s, int(n))


def leave(port, to):
    s = socket.socket(family(to), socket.SOCK_DGRAM)
    s.bind(("", int(port)))
    s.sendto(b"0123456789", s.recvfrom(2000)[1])
    time.sleep(0.2)
    s.sendto(b"0123456789", (to, 9))


def steer(s):
    program = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 1))
    s.setsockopt(socket.SOL_SOCKET, 51, struct.pack("=HxxxxxxQ", 1, ctypes.addressof(program)))


def serve(proto, port, *options):
    kind = socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM
    s = socket.socket(socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if "reuse" in options else socket.SO_REUSEPORT, 1)
    s.bind(("", int(port)))
    if proto == "tcp":
        s.listen(100)
    if "steer" in options:
        steer(s)
    s.settimeout(0.1)
    got = 0
    ended = []
    signal.signal(signal.SIGTERM, lambda *a: ended.append(1))
    while not ended:
        try:
            if proto == "tcp":
                s.accept()[0].close()
            else:
                s.recv(2000)
            got += 1
        except OSError:
            pass
    print(f"got={got}")


{"send": send, "hold": hold, "auto": auto, "leave": leave, "serve": serve}[sys.argv[1]](*sys.argv[2:])
