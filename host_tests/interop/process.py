"""A program driven by JSON lines: commands on stdin, replies and events on stdout.

The simulated wallbox and the peers written for these tests all speak this way: a command carries
an "id", its one reply echoes it, and a line without "id" is an event.
"""

import contextlib
import json
import subprocess
import threading
import time


class CommandFailed(Exception):
    """The program answered a command with an error, or not at all; the text says which."""


class LineProcess:
    """`popen` must have pipes on stdin, stdout and stderr; its stderr goes to the file `log`."""

    def __init__(self, name, popen, log):
        self.name = name
        self.popen = popen
        self._log = log
        self._ids = 0
        self._replies = {}
        self._events = []
        self._changed = threading.Condition()
        self._ended = False
        self._threads = [threading.Thread(target=self._read_stdout, daemon=True)]
        self._threads.append(threading.Thread(target=self._read_stderr, daemon=True))
        for thread in self._threads:
            thread.start()

    def _read_stdout(self):
        for text in self.popen.stdout:
            try:
                line = json.loads(text)
            except ValueError:
                line = {"event": "not_json", "text": text.decode("utf-8", "replace")}
            with self._changed:
                if line.get("id") is None:
                    line["at"] = time.monotonic()
                    self._events.append(line)
                else:
                    self._replies[line["id"]] = line
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_stderr(self):
        with open(self._log, "wb", buffering=0) as log:
            for text in self.popen.stderr:
                log.write(text)

    def _wait(self, take, timeout, what):
        """The first true value of take(), which runs with the lock held."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (found := take()):
                left = deadline - time.monotonic()
                if self._ended:
                    raise CommandFailed(f"{self.name} ended; {self.last_words()}")
                if left <= 0:
                    raise CommandFailed(f"{self.name}: no {what} within {timeout:g} s")
                self._changed.wait(left)
            return found

    def last_words(self):
        """The last line on stderr, for reports."""
        with open(self._log, encoding="utf-8", errors="replace") as log:
            lines = [line.strip() for line in log if line.strip()]
        return lines[-1] if lines else "nothing on stderr"

    def command(self, cmd, timeout=15, **members):
        """Sends one command, returns its reply (a dict); raises CommandFailed."""
        self._ids += 1
        number = self._ids
        line = json.dumps({"id": number, "cmd": cmd, **members}) + "\n"
        try:
            self.popen.stdin.write(line.encode())
            self.popen.stdin.flush()
        except OSError as error:
            raise CommandFailed(f"{self.name} ended; {self.last_words()}") from error
        what = "reply to " + cmd
        reply = self._wait(lambda: self._replies.pop(number, None), timeout, what)
        if "error" in reply:
            raise CommandFailed(f"{self.name}: {cmd}: {reply['error']}")
        return reply

    def mark(self):
        """A place in the stream of events, for `event(since=...)`."""
        with self._changed:
            return len(self._events)

    def events(self, event, since=0, **members):
        """All events so far of that name whose members are equal to those given."""
        wanted = {"event": event, **members}
        with self._changed:
            return self._matching(wanted, since)

    def event(self, event, timeout=10, since=0, **members):
        """Waits for the first such event after `since`; "at" in it is the monotonic time."""
        wanted = {"event": event, **members}
        found = self._wait(lambda: self._matching(wanted, since), timeout, "event " + event)
        return found[0]

    def _matching(self, wanted, since):
        return [e for e in self._events[since:] if all(e.get(k) == v for k, v in wanted.items())]

    def stop(self, timeout=5):
        """SIGTERM, then SIGKILL; returns the exit code."""
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        for thread in self._threads:
            thread.join(1)
        with contextlib.suppress(OSError):  # a command that the program did not live to read
            self.popen.stdin.close()
        return self.popen.returncode


def pipes():
    """Arguments of Popen that LineProcess needs."""
    pipe = subprocess.PIPE
    return {"stdin": pipe, "stdout": pipe, "stderr": pipe}
