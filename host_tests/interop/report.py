"""Rows of results: collected, written as JSON, printed as a table."""

import json
import os


class Report:
    def __init__(self):
        self.rows = []

    def add(self, peer, version, check, ok, detail):
        row = {"peer": peer, "version": version, "check": check, "ok": bool(ok), "detail": detail}
        self.rows.append(row)
        print(f"{'ok  ' if ok else 'FAIL'} {peer:<18} {check:<52} {detail}", flush=True)

    def take(self, path):
        """The rows of a file that another report has written."""
        with open(path, encoding="utf-8") as file:
            self.rows += json.load(file)

    def failed(self):
        return sum(not row["ok"] for row in self.rows)

    def write(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.rows, file, indent=1)
            file.write("\n")

    def summary(self):
        return f"{len(self.rows) - self.failed()} passed, {self.failed()} failed"
