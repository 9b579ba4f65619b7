"""One sender at a time: a lock that the system itself lets go when a program ends, however it ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from .errors import StoreBusy

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextmanager
def sole_sender(store: Path, what: str = "sending") -> Iterator[None]:
    """Nobody else sends from this store meanwhile; raises StoreBusy if somebody does already.

    Two runs of one job would otherwise both send what waits. The lock is a file beside the store; works of another
    kind (`what`) have another one.
    """
    path = store.with_name(f"{store.name}-{what}")
    file = _locked(path, store)
    try:
        yield
    finally:
        # removed while it is still ours: whoever opened it meanwhile sees that it is another file than the one there
        with suppress(OSError):
            path.unlink()
        file.close()
        with suppress(OSError):  # Windows removes no file that is open
            if sys.platform == "win32":
                path.unlink()


def _locked(path: Path, store: Path) -> IO[bytes]:
    while True:
        file = path.open("ab")
        try:
            _lock(file)
            if sys.platform == "win32" or os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except FileNotFoundError:  # removed between opening and locking: the next one is a new file
            pass
        except OSError as error:
            if error.errno not in _TAKEN:
                return file  # a disk that knows no locks
            file.close()
            raise StoreBusy(store) from None
        file.close()


if sys.platform == "win32":

    def _lock(file: IO[bytes]) -> None:
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:

    def _lock(file: IO[bytes]) -> None:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
