#!/usr/bin/python3
"""Stand-ins for tests/system/rules.sh. Each verb is one small program:

  hold SETUP            keeps the descriptors of the parent (3: the guard's owner, 4: the list of
                        existing flows); reads "VERB [LIFELINE;...]", runs SETUP, prints
                        "STATUS LINE"; "flows" prints the list, "kill MS VERB" ends it half-way
  queue DEFAULT [P=V]   sits at all six queues: verdict nibble 1-7 (1 is 8 for what is forwarded), 0 = NF_DROP, by port or default
  serve ADDR:PORT ...   TCP and UDP echo; prints the peer's first bytes and its address
  sink PEER ...         counts packets from these addresses that any raw socket is given
  send                  reads "MARK KIND ... ADDR ...", sends one packet of each kind to each
                        address, prints "sent N"
  flow PROTO ADDR PORT  one connected socket: reads lines, sends each, prints the echo or the error
"""
import ctypes
import errno
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time

NIBBLE = 0x0F000000
QUEUES = (17040, 17060, 17140, 17160, 17240, 17260)
FORWARDED = (17240, 17260)
SCTP, PRIVATE = 132, 253


def say(*words):
    print(*words, flush=True)


# --- the parent's part of bulwark-setup ---------------------------------------------------------


def flows(fd):
    data = os.pread(fd, 1 << 22, 0)
    if len(data) < 8:
        return "none"
    magic, count = struct.unpack_from("=II", data)
    out = ["%#x" % magic]
    for i in range(count):
        fam, proto, sport, dport, _, src, dst, cookie = struct.unpack_from(
            "=BBHHH16s16sQ", data, 8 + 48 * i)
        kind, size = (socket.AF_INET, 4) if fam == 4 else (socket.AF_INET6, 16)
        out.append("%d/%s/%d/%s/%d/%s" % (
            proto, socket.inet_ntop(kind, src[:size]), sport, socket.inet_ntop(kind, dst[:size]),
            dport, "socket" if cookie else "conntrack"))
    return " ".join(out)


def hold(setup):
    owner = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    memfd = os.memfd_create("existing")

    def start(verb, lines):
        # Numbers above those agreed on first, so that neither is overwritten by the other.
        high = [os.dup2(fd, n) for fd, n in ((owner.fileno(), 20), (memfd, 21))]

        def take():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)
            os.closerange(5, 64)

        process = subprocess.Popen([setup, verb], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, close_fds=False, preexec_fn=take)
        for fd in high:
            os.close(fd)
        try:
            process.stdin.write("".join(x.strip() + "\n" for x in lines.split(";") if x.strip()))
            process.stdin.close()
        except BrokenPipeError:
            pass
        return process

    for line in sys.stdin:
        verb, _, rest = line.strip().partition(" ")
        if verb == "flows":
            say(flows(memfd))
        elif verb == "kill":
            delay, _, verb = rest.partition(" ")
            process = start(verb, "")
            time.sleep(float(delay) / 1000)
            process.kill()
            say(process.wait(), process.stdout.read().strip())
        else:
            process = start(verb, rest)
            text = process.stdout.read().strip()
            say(process.wait(), text)


# --- intercept's part ---------------------------------------------------------------------------


def attribute(kind, payload):
    size = 4 + len(payload)
    return struct.pack("=HH", size, kind) + payload + b"\0" * (-size % 4)


def message(kind, queue, flags, *attributes):
    body = struct.pack("=BBH", 0, 0, socket.htons(queue)) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), 3 << 8 | kind, flags, 1, 0) + body


def configure(nl, queue):
    for attributes in ((attribute(1, struct.pack(">BBH", 1, 0, socket.AF_INET)),),
                       (attribute(2, struct.pack(">IB", 128, 2)),
                        attribute(3, struct.pack(">I", 8192)))):
        nl.send(message(2, queue, 5, *attributes))
        error = struct.unpack_from("=i", nl.recv(4096), 16)[0]
        if error:
            raise OSError(-error, "queue %d" % queue)


def ports(packet):
    if packet[0] >> 4 == 4:
        head, proto = (packet[0] & 15) * 4, packet[9]
    else:
        head, proto = 40, packet[6]
    if proto in (6, 17, SCTP) and len(packet) >= head + 4:
        return struct.unpack_from(">HH", packet, head)
    return ()


def queue(default, *special):
    verdicts = {int(k): int(v) for k, v in (s.split("=") for s in special)}
    nl = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    nl.setsockopt(270, 5, 1)                     # no ENOBUFS
    nl.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
    nl.bind((0, 0))
    for number in QUEUES:
        configure(nl, number)
    say("ready")
    asked = dict.fromkeys(QUEUES, 0)

    def report(*_):
        say(" ".join("%d" % asked[q] for q in QUEUES))

    signal.signal(signal.SIGUSR1, report)
    while True:
        data = nl.recv(1 << 17)
        at = 0
        while at + 16 <= len(data):
            size, kind = struct.unpack_from("=IH", data, at)
            if kind == 3 << 8:
                number = socket.ntohs(struct.unpack_from("=H", data, at + 18)[0])
                fields, i = {}, at + 20
                while i + 4 <= at + size:
                    n, k = struct.unpack_from("=HH", data, i)
                    fields[k & 0x3FFF] = data[i + 4:i + n]
                    i += (n + 3) & ~3
                asked[number] += 1
                verdict = int(default)
                for port in ports(fields.get(10, b"\0" * 40)):
                    verdict = verdicts.get(port, verdict)
                if verdict == 1 and number in FORWARDED:
                    verdict = 8
                mark = struct.unpack(">I", fields.get(3, b"\0\0\0\0"))[0]
                answer = struct.pack(">I", 4 if verdict else 0) + fields[1][:4]
                nl.send(message(1, number, 1, attribute(2, answer), attribute(
                    3, struct.pack(">I", mark & ~NIBBLE | verdict << 24))))
            at += (size + 3) & ~3


# --- programs that talk -------------------------------------------------------------------------


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(*where):
    poll, kinds = select.poll(), {}
    for place in where:
        address, _, port = place.rpartition(":")
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            s = socket.socket(family_of(address), kind)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if s.family == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            s.bind((address, int(port)))
            if kind == socket.SOCK_STREAM:
                s.listen(64)
            poll.register(s, select.POLLIN)
            kinds[s.fileno()] = (s, "listen" if kind == socket.SOCK_STREAM else "udp", place)
    say("ready")
    while True:
        for fd, _ in poll.poll():
            s, kind, place = kinds[fd]
            try:
                if kind == "listen":
                    c, _ = s.accept()
                    poll.register(c, select.POLLIN)
                    kinds[c.fileno()] = (c, "tcp", place)
                elif kind == "udp":
                    data, peer = s.recvfrom(65536)
                    say("udp", place, data[:16].decode(errors="replace").strip(), peer[0])
                    s.sendto(data, peer)
                else:
                    data = s.recv(65536)
                    if not data:
                        raise ConnectionResetError
                    say("tcp", place, data[:16].decode(errors="replace").strip(),
                        s.getpeername()[0])
                    s.sendall(data)
            except OSError:
                if kind == "tcp":
                    poll.unregister(fd)
                    del kinds[fd]
                    s.close()


def sink(*peers):
    counted = 0
    poll, sockets = select.poll(), {}
    for family, protos in ((socket.AF_INET, (1, 2, 6, 17, SCTP, PRIVATE)),
                           (socket.AF_INET6, (6, 17, 58, SCTP, PRIVATE))):
        for proto in protos:
            s = socket.socket(family, socket.SOCK_RAW, proto)
            poll.register(s, select.POLLIN)
            sockets[s.fileno()] = (s, proto)

    def take(s, proto):
        nonlocal counted
        try:
            data, peer = s.recvfrom(65536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        # The kernel's own neighbour discovery and reports are short.
        if peer[0] in peers and not (proto == 58 and data[0] >= 130 and len(data) < 128):
            counted += 1
        return True

    def report(*_):
        for s, proto in sockets.values():
            while take(s, proto):  # what has come counts
                pass
        say(counted)

    signal.signal(signal.SIGUSR1, report)
    say("ready")
    while True:
        for fd, _ in poll.poll():
            take(*sockets[fd])


def flow(proto, address, port):
    s = socket.socket(family_of(address), socket.SOCK_STREAM if proto == "tcp" else
                      socket.SOCK_DGRAM)
    s.settimeout(1)
    try:
        s.connect((address, int(port)))
        say("connected %s" % s.getsockname()[1])
    except OSError as e:
        say("error", errno.errorcode.get(e.errno, "timeout"))
    for line in sys.stdin:
        try:
            s.send(line.encode())
            say("echo", s.recv(1000).decode().strip())
        except OSError as e:
            say("error", errno.errorcode.get(e.errno, "timeout"))


# --- senders ------------------------------------------------------------------------------------


def checksum(data):
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def sctp_init():
    chunk = struct.pack(">BBHIIHHI", 1, 0, 20, random.getrandbits(32) | 1, 65535, 1, 1, 1)
    head = struct.pack(">HHI", random.randrange(10000, 60000), 7000, 0)
    return head + struct.pack("<I", crc32c(head + b"\0" * 4 + chunk)) + chunk


def icmp(kind, code, rest, payload=b""):
    head = struct.pack(">BBH", kind, code, 0) + rest + payload
    return head[:2] + struct.pack(">H", checksum(head)) + head[4:]


def raw(address, proto, data, mark, hops=None):
    family = family_of(address)
    with socket.socket(family, socket.SOCK_RAW, proto) as s:
        if mark:
            s.setsockopt(socket.SOL_SOCKET, 36, mark)
        if hops is not None and family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        s.sendto(data, (address, 0))


def datagram(address, size, mark):
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as s:
        if mark:
            s.setsockopt(socket.SOL_SOCKET, 36, mark)
        s.sendto(b"u" * size, (address, 7000))


def connect(address, mark):
    s = socket.socket(family_of(address), socket.SOCK_STREAM)
    if mark:
        s.setsockopt(socket.SOL_SOCKET, 36, mark)
    s.setblocking(False)
    try:
        s.connect((address, 7000))
    except BlockingIOError:
        pass
    return s


def send_one(kind, address, mark, opened):
    six = ":" in address
    echo = struct.pack(">HH", random.getrandbits(16), 1)
    if kind == "tcp":
        opened.append(connect(address, mark))
    elif kind == "udp":
        datagram(address, 100, mark)
    elif kind == "fragments":
        datagram(address, 4000, mark)
    elif kind == "sctp":
        raw(address, SCTP, sctp_init(), mark)
    elif kind == "private":
        raw(address, PRIVATE, b"p" * 200, mark)
    elif kind == "igmp" and not six:
        raw(address, 2, icmp(0x16, 0, socket.inet_aton("239.1.2.3"), b"i" * 200), mark)
    elif kind == "icmp":
        raw(address, 58 if six else 1, icmp(128 if six else 8, 0, echo, b"e" * 200), mark)
    elif kind == "neighbour" and six:      # neighbour discovery's type and hop limit, bytes inside
        raw(address, 58, icmp(135, 0, b"\0" * 4, b"n" * 400), mark, 255)
    elif kind == "report" and six:         # a listener report's
        raw(address, 58, icmp(143, 0, b"\0" * 4, b"r" * 400), mark, 1)
    elif kind.startswith("error:"):        # an ICMP error about a flow: error:LOCAL:SPORT:DPORT
        local, sport, dport = kind[6:].rsplit("/", 2)
        inner = struct.pack(">HHHH", int(dport), int(sport), 208, 0) + b"x" * 200
        if six:
            pack = lambda a: socket.inet_pton(socket.AF_INET6, a)
            inner = struct.pack(">IHBB", 6 << 28, len(inner), 17, 64) + pack(address) + \
                pack(local) + inner
            raw(address, 58, icmp(1, 4, b"\0" * 4, inner), mark)
        else:
            head = struct.pack(">BBHHHBBH", 69, 0, 20 + len(inner), 1, 0, 64, 17, 0) + \
                socket.inet_aton(address) + socket.inet_aton(local)
            head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
            raw(address, 1, icmp(3, 3, b"\0" * 4, head + inner), mark)
    else:
        return 0
    return 1


def send():
    kinds_all = ("tcp", "udp", "fragments", "sctp", "private", "igmp", "icmp", "neighbour",
                 "report")
    for line in sys.stdin:
        mark, *words = line.split()
        kinds = [w for w in words if w in kinds_all or w.startswith("error:")]
        opened, sent = [], 0
        for address in (w for w in words if w not in kinds):
            for kind in kinds or kinds_all:
                try:
                    sent += send_one(kind, address, int(mark, 0), opened)
                except OSError as e:
                    if e.errno not in (errno.EPERM, errno.EHOSTUNREACH, errno.EACCES,
                                       errno.ECONNREFUSED, errno.ENETUNREACH):
                        raise
                    sent += 1
        time.sleep(0.01)
        for s in opened:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
        say("sent", sent)


ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)     # end with the script
{"hold": hold, "queue": queue, "serve": serve, "sink": sink, "send": send,
 "flow": flow}[sys.argv[1]](*sys.argv[2:])
