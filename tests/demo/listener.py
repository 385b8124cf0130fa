#!/usr/bin/python3
"""Listens on a free port of the loopback, writes its number to the file named, and greets whoever connects."""
import os
import socket
import sys

server = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"hello")
