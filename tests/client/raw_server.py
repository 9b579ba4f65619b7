"""A server on loopback that answers bytes: for what no decent server would do.

with RawServer(reply(200, b"[]"), hang) as server:
    ... server.url, server.requests ...
"""

import contextlib
import socket
import threading


def reply(status=200, body=b"", headers=(), length=None):
    """An answer as bytes; `length` is what Content-Length says when that is not the truth."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body


def hang(connection, server):
    """Say nothing until the server is closed."""
    server.closing.wait()


def drop(connection, server):
    """Close without a word."""


def echo(connection, server):
    """Refuse with everything that was sent as the message."""
    connection.sendall(reply(400, server.requests[-1].encode("latin-1", "replace")))


class RawServer:
    """Each request gets the next of the answers, then the last: bytes, or functions of the connection and the server.

    `greeting` is said to each connection instead of anything else.
    """

    def __init__(self, *answers, tls=None, greeting=None, listening=True):
        self._answers = list(answers)
        self._tls = tls
        self._greeting = greeting
        self._lock = threading.Lock()
        self.requests = []
        self.connections = 0
        self.closing = threading.Event()
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        if listening:
            self.listen()

    def listen(self):
        """From now on connections are taken; until then they are refused."""
        self._listener.listen(32)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.closing.set()
        # closing alone would leave the thread in accept()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self._greeting:
                with connection:
                    connection.sendall(self._greeting)
                    connection.recv(65536)
                return
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                request = self._read(connection)
                if request is None:
                    return
                with self._lock:
                    self.requests.append(request)
                    answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                else:
                    answer(connection, self)
        except OSError:
            return

    @staticmethod
    def _read(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0]):
            body += connection.recv(65536)
        return (head + b"\r\n\r\n" + body).decode("latin-1")

    def header(self, name, number=-1):
        """A header of a request, None if it was not sent."""
        for line in self.requests[number].split("\r\n\r\n")[0].split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.strip().lower() == name.lower():
                return value.strip()
        return None
