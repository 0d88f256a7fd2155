"""
A container's only process, that makes it hard to say where it is, and then talks, for tests/system/containers.sh:
	odd_container.py HOW once tcp ADDRESS PORT
leader: without its main thread; groups: with so many that its status is long; deep: moved to a cgroup with a long name, below
the one that CG names
"""
import ctypes
import os
import socket
import sys
import threading
import time


def talk():
    time.sleep(0.2)
    for _ in range(3):
        with socket.socket() as s:
            s.settimeout(1)
            s.connect_ex((sys.argv[4], int(sys.argv[5])))
        time.sleep(0.2)
    os._exit(0)


if sys.argv[1] == "leader":
    threading.Thread(target=talk).start()
    ctypes.CDLL(None).syscall(60, 0)    # exit, of this thread
if sys.argv[1] == "groups":
    os.setgroups(range(1000000, 1005000))
if sys.argv[1] == "deep":
    folder = "/".join([os.environ["CG"], *(part * 200 for part in "abc")])
    os.makedirs(folder)
    with open(folder + "/cgroup.procs", "w") as f:
        f.write("0")
talk()
