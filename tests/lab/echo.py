#!/usr/bin/python3
"""Echoes TCP and UDP on a port, IPv4 and IPv6, from whatever address was asked for."""
import asyncio
import resource
import socket
import struct
import sys

PKTINFO6 = struct.Struct("=16sI")


def udp_socket(port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    s.bind(("::", port))
    s.setblocking(False)
    return s


def udp_answer(s):
    """The answer leaves from the address that the question was sent to."""
    for _ in range(256):
        try:
            data, controls, _, peer = s.recvmsg(65536, 256)
        except OSError:
            return
        info = [c for c in controls if c[:2] == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO)]
        own = PKTINFO6.pack(PKTINFO6.unpack(info[0][2][:20])[0], 0)
        try:
            s.sendmsg([data], [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, own)], 0, peer)
        except OSError:
            pass


async def tcp_answer(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def main(port):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    s = udp_socket(port)
    asyncio.get_running_loop().add_reader(s, udp_answer, s)
    t = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True,
                             backlog=4096)
    server = await asyncio.start_server(tcp_answer, sock=t)
    await server.serve_forever()

asyncio.run(main(int(sys.argv[1])))
