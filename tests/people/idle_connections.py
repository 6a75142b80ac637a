"""What an idle connection costs a bus: resident memory before and after so many came, each with one subscription.

    idle_connections.py PID HOST PORT [COUNT]

Prints the bytes of resident memory that each connection added. Plain sockets, so that it needs no library.
"""
import json
import resource
import socket
import sys
import time

pid, host, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
count = int(sys.argv[4]) if len(sys.argv) > 4 else 2000
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 256), hard))


def resident() -> int:
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def connected(number: int) -> socket.socket:
    peer = socket.create_connection((host, port))
    options = {"verbose": False, "pedantic": False, "lang": "plain", "version": "1", "headers": True}
    hello = f"CONNECT {json.dumps(options)}\r\nSUB idle.{number} 1\r\nPING\r\n".encode()
    peer.sendall(hello)
    answer = b""
    while b"PONG" not in answer:
        piece = peer.recv(4096)
        if not piece:
            sys.exit(f"connection {number} was closed: {answer!r}")
        answer += piece
    return peer


warm = [connected(number) for number in range(100)]
time.sleep(0.5)
before = resident()
idle = [connected(100 + number) for number in range(count)]
time.sleep(1)
print((resident() - before) // len(idle))
