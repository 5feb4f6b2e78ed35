"""Peers for TLS that misbehave on purpose, on a free port that is printed first.

    python3 .ci/blackbox/raw_tls.py KIND FOLDER [PORT]

Servers, for one connection each: `truncated` says something over TLS and closes without a close_notify,
`plain` speaks no TLS at all, `silent` says nothing, `leaves` closes at once. Clients of PORT: `cut`
asks over TLS and closes without a close_notify, `half` sends the first half of a ClientHello and waits
for the server to give up.
"""

import socket
import ssl
import sys

LIMIT = 20  # Seconds that anything may take.
kind, folder = sys.argv[1], sys.argv[2]


def server_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/localhost.pem", folder + "/localhost.key")
    return context


def client_context():
    context = ssl.create_default_context(cafile=folder + "/ca.pem")
    context.check_hostname = True
    return context


def hello():
    """The bytes of a ClientHello."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def to_the_end(connection):
    received = b""
    try:
        while (got := connection.recv(65536)):
            received += got
    except OSError:
        pass
    return received


if len(sys.argv) > 3:
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[3])), timeout=LIMIT)
    if kind == "cut":
        tls = client_context().wrap_socket(connection, server_hostname="localhost")
        tls.sendall(b"half a question")
        # The end of the stream below, without a close_notify; and what comes is read, so that
        # closing does not reset the connection.
        tls.shutdown(socket.SHUT_WR)
        to_the_end(tls)
    elif kind == "half":
        bytes_ = hello()
        connection.sendall(bytes_[:len(bytes_) // 2])
        to_the_end(connection)
    sys.exit(0)

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
connection.settimeout(LIMIT)
if kind == "truncated":
    tls = server_context().wrap_socket(connection, server_side=True)
    tls.recv(1)
    tls.sendall(b"only a part")
    tls.shutdown(socket.SHUT_WR)
    to_the_end(tls)
elif kind == "plain":
    connection.sendall(b"220 mail.example ESMTP ready\r\n")
    to_the_end(connection)
elif kind == "silent":
    to_the_end(connection)
elif kind == "leaves":
    connection.recv(1)
connection.close()
