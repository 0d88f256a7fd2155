"""A program that does one thing after the other, for tests: steps.py STEP..., each one argument. Run by
copies of the interpreter, permitted and forbidden ones. Prints "yes" or "no" for each that talks.
	tcp ADDRESS PORT	a connection and an echo; udp: a datagram and its echo
	from SPORT udp ADDRESS PORT BYTES	one datagram, from a port, to nobody's surprise
	share NAME SPORT ADDRESS PORT [connected]	a UDP socket at a port that others may have too; it stays
	send NAME N BYTES	N datagrams from there, refused or not
	raw SOURCE SPORT ADDRESS PORT BYTES	the same by a raw socket
	keep PROTO ADDRESS PORT	the same, and it stays; "again PROTO" says one more thing there
	until no PROTO ADDRESS PORT	as often as it takes until there is no answer (or, "yes", until there is one)
	at N udp ADDRESS PORT	a datagram and its echo, by a socket with that number
	give PATH udp ADDRESS PORT	a connected socket, for whoever comes to that Unix socket
	use PATH BYTES		takes it and sends
	lead UDP-PORT N ADDRESS PORT BYTES	N times, from one port after the other: says which, sends, closes
	follow ADDRESS PORT BYTES	takes each port that comes on standard input ("yes" is none) as soon as it is free, and sends
	hoard N			keeps N sockets that it tried to connect to nowhere
	orphan PROGRAM HOLDER N ADDRESS PORT BYTES	N times, from a socket that both have: PROGRAM sends and ends at once
	wait FIFO		until something is written there; "tell FIFO" writes
	uid N			becomes another user
	cgroup FOLDER		moves there
	traced			its child traces it
	exec PROGRAM		goes on as that program with the steps that follow
"""
import array
import ctypes
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

kept = {}


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def kind(proto):
    return socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM


def opened(proto, address, port):
    s = socket.socket(family(address), kind(proto))
    s.settimeout(0.7)
    s.connect((address, int(port)))
    return s


def echo(s):
    s.send(b"x")
    if s.recv(1) != b"x":
        raise OSError
    return s


def talk(proto, address, port):
    echo(opened(proto, address, port)).close()


def send_from(sport, proto, address, port, size):
    s = socket.socket(family(address), kind(proto))
    s.bind(("", int(sport)))
    s.sendto(bytes(int(size)), (address, int(port)))
    s.close()


def talk_at(number, proto, address, port):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    s = opened(proto, address, port)
    os.dup2(s.fileno(), int(number))
    s.close()
    s = socket.socket(fileno=int(number))
    s.settimeout(0.7)
    echo(s).close()


def raw(source, sport, address, port, size):
    s = socket.socket(family(address), socket.SOCK_RAW, socket.IPPROTO_UDP)
    s.bind((source, 0))
    if ":" in address:
        s.setsockopt(socket.IPPROTO_IPV6, 7, 6)	# the kernel fills in the checksum
    s.sendto(struct.pack("!HHHH", int(sport), int(port), 8 + int(size), 0) + bytes(int(size)), (address, 0))


def give(path, proto, address, port):
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    os.chmod(path, 0o777)
    door.listen(1)
    s = opened(proto, address, port)
    peer = door.accept()[0]
    peer.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [s.fileno()]))])
    peer.recv(1)


def use(path, size):
    door = socket.socket(socket.AF_UNIX)
    for _ in range(100):
        try:
            door.connect(path)
            break
        except OSError:
            time.sleep(0.05)
    data = door.recvmsg(1, 100)[1][0][2]
    s = socket.socket(fileno=array.array("i", data)[0])
    s.settimeout(0.7)
    s.send(bytes(int(size)))
    s.recv(int(size))


def lead(first, count, address, port, size):
    for n in range(int(first), int(first) + int(count)):
        s = socket.socket(family(address), socket.SOCK_DGRAM)
        s.bind(("", n))
        print(n, flush=True)
        s.sendto(bytes(int(size)), (address, int(port)))
        time.sleep(0.0005)
        s.close()


def follow(address, port, size):
    taken = 0
    for line in sys.stdin:
        if line == "yes\n":
            continue
        s = socket.socket(family(address), socket.SOCK_DGRAM)
        while True:
            try:
                s.bind(("", int(line)))
                break
            except OSError:
                pass
        taken += 1
        for _ in range(3):
            try:
                s.sendto(bytes(int(size)), (address, int(port)))
            except OSError:
                pass
        s.close()
    print(f"taken={taken}", flush=True)


def traced():
    libc = ctypes.CDLL(None, use_errno=True)
    back, front = os.pipe()
    parent = os.getpid()
    if os.fork() == 0:
        signal.alarm(20)
        done = libc.ptrace(0x4206, parent, 0, 0)	# PTRACE_SEIZE
        os.write(front, b"y" if done == 0 else b"n")
        signal.pause()
    if os.read(back, 1) != b"y":
        raise OSError


def keep(proto, address, port):
    kept[proto] = echo(opened(proto, address, port))


def again(proto):
    echo(kept[proto])


def share(name, sport, address, port, connected=None):
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("", int(sport)))
    to = address, int(port)
    if connected:
        s.connect(to)
        to = None
    kept[name] = s, to


def send(name, count, size):
    s, to = kept[name]
    for _ in range(int(count)):
        try:
            s.sendto(bytes(int(size)), to) if to else s.send(bytes(int(size)))
        except OSError:
            pass


def hoard(count):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    each = min(most, 20000) - 100
    done, ready = os.pipe()
    for begin in range(0, int(count), each):
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)	# PR_SET_PDEATHSIG
            held = [socket.socket() for _ in range(min(each, int(count) - begin))]
            for s in held:
                s.connect_ex(("255.255.255.255", 7))
            os.write(ready, b"x")
            signal.pause()
    os.close(ready)
    for _ in range(0, int(count), each):
        if os.read(done, 1) != b"x":
            raise OSError


def orphan(program, holder, count, address, port, size):
    send = ("import os, socket, sys; s = socket.socket(fileno=int(sys.argv[1])); sys.stdin.readline(); "
            f"s.sendto(bytes({size}), ('{address}', {port})); os._exit(0)")
    for _ in range(int(count)):
        s = socket.socket(family(address), socket.SOCK_DGRAM)
        fd = s.fileno()
        keeper = subprocess.Popen([holder, "-c", "print(flush=True); import time; time.sleep(60)"], pass_fds=[fd],
                                  stdout=subprocess.PIPE)
        sender = subprocess.Popen([program, "-c", send, str(fd)], pass_fds=[fd], stdin=subprocess.PIPE)
        s.close()
        keeper.stdout.readline()
        sender.communicate(b"\n")
        time.sleep(0.2)
        keeper.kill()
        keeper.wait()


def until(wanted, *rest):
    for _ in range(100):
        try:
            talk(*rest)
        except OSError:
            if wanted == "no":
                return
        else:
            if wanted == "yes":
                return
            time.sleep(0.05)
    raise OSError


def do(word, rest):
    if word == "wait":
        with open(rest[0]) as f:
            f.read()    # to its end: who wrote is no writer any more when the next wait opens it
    elif word == "tell":
        with open(rest[0], "w") as f:
            f.write("\n")
    elif word == "uid":
        os.setgid(int(rest[0]))
        os.setuid(int(rest[0]))
    elif word == "cgroup":
        with open(rest[0] + "/cgroup.procs", "w") as f:
            f.write("0")
    elif word == "traced":
        traced()
    elif word == "lead":
        lead(*rest)
    elif word == "follow":
        follow(*rest)
    else:
        try:
            {"tcp": lambda: talk(word, *rest), "udp": lambda: talk(word, *rest), "raw": lambda: raw(*rest),
             "at": lambda: talk_at(*rest), "from": lambda: send_from(*rest), "give": lambda: give(*rest), "use": lambda: use(*rest),
             "keep": lambda: keep(*rest), "again": lambda: again(*rest), "share": lambda: share(*rest), "send": lambda: send(*rest),
             "hoard": lambda: hoard(*rest),
             "orphan": lambda: orphan(*rest), "until": lambda: until(*rest)}[word]()
        except OSError:
            print("no", flush=True)
        else:
            print("yes", flush=True)


steps = sys.argv[1:]
while steps:
    first = steps.pop(0).split()
    if first[0] == "exec":
        os.execv(first[1], [first[1], sys.argv[0], *steps])
    do(first[0], first[1:])
