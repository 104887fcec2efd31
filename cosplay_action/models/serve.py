"""The child process of ``local.LocalServer``: llama.cpp's server, for as long as the parent holds its stdin open.

A file of its own, run by path: it imports the standard library and ``xllamacpp`` only. One JSON line comes in on
stdin (the settings, the key among them: a command line could be read by others), one JSON line goes out on stdout
(the address, or what went wrong). Then it serves until stdin ends, which also happens when the parent is killed.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys

ERRORS_ONLY = 1  # llama.cpp's verbosity: 0 its output, 1 errors, 2 warnings, 3 information


def main() -> None:
    """Serve until stdin ends. Never returns: the process leaves without llama.cpp's orderly, sometimes stuck, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends us by closing stdin
    _die_with_parent()
    settings = json.loads(sys.stdin.readline())
    xllamacpp = importlib.import_module("xllamacpp")  # it ships no types
    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings["path"]
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0  # 0: any free port
    parameters.api_keys = [settings["key"]]
    parameters.n_parallel, parameters.n_ctx = settings["slots"], settings["slots"] * settings["context"]
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = settings["threads"]
    parameters.cache_ram_mib = settings["prompt_cache"]
    parameters.ui = parameters.endpoint_slots = False
    parameters.verbosity = ERRORS_ONLY
    try:
        server = xllamacpp.Server(parameters)
    except (RuntimeError, ValueError) as error:
        answer = {"error": str(error)}
    else:
        answer = {"address": server.listening_address}
    print(json.dumps(answer), flush=True)  # noqa: T201  this line is the protocol
    if "address" in answer:
        sys.stdin.read()
    os._exit(0)


def _die_with_parent() -> None:
    """While a model is loaded nobody reads stdin: on Linux the kernel tells us that a parent was killed."""
    if sys.platform == "linux":
        death_signal = 1  # PR_SET_PDEATHSIG, see prctl(2)
        ctypes.CDLL(None).prctl(death_signal, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main()
