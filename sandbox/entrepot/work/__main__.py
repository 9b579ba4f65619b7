"""A process that works: a JSON object per line says what to do, JSON lines say what happens.

In: `{work, arguments, offset}`; out: `{log}` as often as there is something to say, then `{result}` or `{failed}`.
It ends with its input, at once.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import threading

from . import complaints
from .log import Log, WorkError


def main() -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    os.nice(5)
    complaints.listen()
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(orders,), daemon=True).start()
    while True:
        order = json.loads(orders.get())
        json.dump(_done(order, out), out)
        out.write("\n")


def _read(orders: queue.SimpleQueue[str]) -> None:
    for text in sys.stdin:
        orders.put(text)
    os._exit(0)


def _done(order: dict, out) -> dict:
    log = Log(lambda text: out.write(json.dumps({"log": text}) + "\n"), order["offset"])
    try:
        work = importlib.import_module(f"sandbox.entrepot.work.{order['work']}")
        result = work.run(log, **order["arguments"])
    except WorkError as error:
        log.failure(error, str(error))
    except Exception as error:  # noqa: BLE001 - the work of somebody else's data: whatever it is, it is told
        log.failure(error, f"{type(error).__name__} : {complaints.said(error)}")
    else:
        if not log.errors:
            return {"result": result}
    return {"failed": log.errors}


main()
