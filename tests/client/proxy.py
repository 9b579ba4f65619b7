"""A real HTTP proxy on loopback, with CONNECT, a password if wanted, and a log of what passed."""

import base64
import contextlib
import select
import socket
import threading
from urllib.parse import urlsplit


class Proxy:
    """`passed` are the first lines of the requests, `accounts` their Proxy-Authorization. `refuse` is a status."""

    def __init__(self, account=None, refuse=None):
        self._wanted = "Basic " + base64.b64encode(account.encode()).decode() if account else None
        self._refuse = refuse
        self.passed, self.accounts = [], []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return
                head += piece
            lines, _, body = head.partition(b"\r\n\r\n")
            first, *headers = lines.decode("latin-1").split("\r\n")
            method, target, _version = first.split()
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
            self.passed.append(f"{method} {target}")
            self.accounts.append(fields.get("proxy-authorization"))
            status = 407 if self._wanted and self.accounts[-1] != self._wanted else self._refuse
            if status:
                said = b"<html><title>The proxy says no</title></html>"
                answer = f"HTTP/1.1 {status} No\r\nContent-Length: {len(said)}\r\nConnection: close\r\n\r\n"
                connection.sendall(answer.encode() + said)
                return
            parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
            with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as server:
                if method == "CONNECT":
                    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    path = parts.path + (f"?{parts.query}" if parts.query else "")
                    kept = [line for line in headers if not line.lower().startswith(("proxy-", "connection:"))]
                    lines = [f"{method} {path or '/'} HTTP/1.1", *kept, "Connection: close", "", ""]
                    server.sendall("\r\n".join(lines).encode("latin-1") + body)
                _pump(connection, server)


def _pump(first, second):
    """Carry bytes both ways until one side closes."""
    while True:
        for source in select.select([first, second], [], [], 20)[0] or [None]:
            data = source.recv(65536) if source else b""
            if not data:
                return
            (second if source is first else first).sendall(data)
