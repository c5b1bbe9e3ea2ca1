"""A client for ``git lineage serve --stdio``: one file, the standard library only, Python 3.9 or newer.

    from git_lineage import Lineage, LineageError

    with Lineage("~/project") as lineage:
        lineage.deploy("../skills", ".claude/skills", each="skills/*")
        for one in lineage.sync():
            print(one["artifact_id"], one["result"])

A method is called as the command, with ``_`` for ``-`` and for the space between two words (``merge_base``, ``index_status``);
its arguments come by position or by name, its options by name in snake_case (``dry_run=True``). One that is a word of
Python's has a ``_`` behind it (``from_="skills/pdf"``). The answer is a list of dictionaries: the lines that the command
prints with ``--json``.

``submit`` does not wait and returns a future, so that many questions are answered side by side; ``Pending.cancel`` gives one
up. A client may be used by several threads.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from concurrent.futures import Future
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

__all__ = ["Lineage", "LineageError", "Pending"]

Line = Dict[str, Any]

# Commands of two words.
_GROUPS = ("hooks", "hub", "index")
_CANCELLED = -32800


class LineageError(Exception):
    """What a command failed at.

    ``code`` says it for programs (``"not_deployed"``), ``hints`` are ways out; ``rpc_code`` is the number of the protocol.
    """

    def __init__(self, error: Mapping[str, Any]):
        data = error.get("data") or {}
        super().__init__(error["message"])
        self.rpc_code: int = error["code"]
        self.code: Optional[str] = data.get("code")
        self.hints: List[str] = data.get("hints", [])


class Pending(Future):
    """The answer to come of one request."""

    def __init__(self, lineage: Lineage, request_id: int):
        super().__init__()
        self._lineage = lineage
        self._id = request_id

    def cancel(self) -> bool:
        """Asks for the request to be given up.

        Whether that was possible still is known once it is answered: then ``result`` raises ``LineageError`` with the
        ``rpc_code`` -32800. What has begun to write goes on to its end.
        """
        if self.done():
            return False
        self._lineage._send({"method": "$/cancelRequest", "params": {"id": self._id}})
        return True

    @property
    def was_cancelled(self) -> bool:
        """Waits for the answer; whether it is that the request was given up."""
        error = self.exception()
        return isinstance(error, LineageError) and error.rpc_code == _CANCELLED


class Lineage:
    """A running ``git lineage serve`` for the project in ``directory``.

    ``program`` is how it is called, ``environment`` what is set in addition to this process's own variables, and ``on_note``
    is called with what a command has to say beside its answer, from a thread of the client's.
    """

    def __init__(
        self,
        directory: str = ".",
        program: Sequence[str] = ("git", "lineage"),
        environment: Optional[Mapping[str, str]] = None,
        on_note: Optional[Callable[[str], None]] = None,
    ):
        self._process = subprocess.Popen(
            [*program, "serve", "--stdio"],
            cwd=os.path.expanduser(directory),
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._on_note = on_note
        self._pending: Dict[int, Pending] = {}
        self._last_id = 0
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._ended: Optional[str] = None
        self._reader = threading.Thread(target=self._read_all, name="git-lineage", daemon=True)
        self._reader.start()

    def call(self, method: str, *arguments: Any, **options: Any) -> List[Line]:
        """Calls a method by its own name, e.g. ``call("merge-base", "skill/pdf", "skill/docx")``, and waits."""
        return self.submit(method, *arguments, **options).result()

    def submit(self, method: str, *arguments: Any, **options: Any) -> Pending:
        """As ``call``, without waiting."""
        if arguments and options:
            raise TypeError("arguments by position and by name cannot be mixed in one call")
        params = list(arguments) if arguments else {name.rstrip("_"): value for name, value in options.items()}
        with self._lock:
            if self._ended is not None:
                raise ConnectionError(self._ended)
            self._last_id += 1
            pending = self._pending[self._last_id] = Pending(self, self._last_id)
            request = {"id": self._last_id, "method": method, "params": params}
        self._send(request)
        return pending

    def __getattr__(self, name: str) -> Callable[..., List[Line]]:
        if name.startswith("_"):
            raise AttributeError(name)
        group, _, rest = name.partition("_")
        method = f"{group} {rest}" if group in _GROUPS and rest else name.replace("_", "-")

        def command(*arguments: Any, **options: Any) -> List[Line]:
            return self.call(method, *arguments, **options)

        command.__name__ = name
        return command

    def deploy(self, source: str, path: Optional[str] = None, **options: Any) -> List[Line]:
        """Copies an artifact into the project; the versions that were recorded."""
        return self.call("deploy", source=source, path=path, **options)

    def sync(self, *ids: str, **options: Any) -> List[Line]:
        """Brings in what is new upstream, of all artifacts or of those named; one line for each."""
        return self.call("sync", ids=list(ids), **options)

    def record(self, *ids: str, **options: Any) -> List[Line]:
        """Records edits; the newest version of each artifact."""
        return self.call("record", ids=list(ids), **options)

    def status(self, *ids: str, **options: Any) -> List[Line]:
        """What changed here and what is new upstream, of each artifact."""
        return self.call("status", ids=list(ids), **options)

    def log(self, version: Optional[str] = None, **options: Any) -> List[Line]:
        """Versions, newest first."""
        return self.call("log", version=version, **options)

    def show(self, version: str, **options: Any) -> Line:
        """One version with its lineage and files."""
        return self.call("show", version=version, **options)[0]

    def find(self, what: str, **options: Any) -> List[Line]:
        """The versions that are exactly this content: a hash, or a path whose content is hashed."""
        return self.call("find", what=what, **options)

    def close(self) -> int:
        """Waits until everything that was asked is answered, and ends the process; its exit code."""
        with self._sending:
            if self._process.stdin and not self._process.stdin.closed:
                try:
                    self._process.stdin.close()
                except BrokenPipeError:
                    pass
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()
        return self._process.wait()

    def __enter__(self) -> Lineage:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _send(self, message: Dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self._sending:
            try:
                self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
                self._process.stdin.flush()
            except (BrokenPipeError, ValueError) as error:
                raise ConnectionError("git lineage serve has ended") from error

    def _read_all(self) -> None:
        reason = "git lineage serve has ended"
        try:
            while (message := self._read()) is not None:
                self._receive(message)
        except (ValueError, OSError) as error:
            reason = f"git lineage serve sent what is no message: {error}"
        with self._lock:
            self._ended = reason
            left = list(self._pending.values())
            self._pending.clear()
        for pending in left:
            pending.set_exception(ConnectionError(reason))

    def _read(self) -> Optional[Dict[str, Any]]:
        length = None
        while line := self._process.stdout.readline():
            name, colon, value = line.strip().partition(b":")
            if not colon:
                break
            if name.lower() == b"content-length":
                length = int(value)
        if length is None:
            return None
        body = self._process.stdout.read(length)
        return json.loads(body) if len(body) == length else None

    def _receive(self, message: Dict[str, Any]) -> None:
        if message.get("method") == "note":
            if self._on_note is not None:
                self._on_note(message["params"]["message"])
            return
        with self._lock:
            pending = self._pending.pop(message.get("id"), None)
        if pending is None:
            return
        if "error" in message:
            pending.set_exception(LineageError(message["error"]))
        else:
            pending.set_result(message["result"])
