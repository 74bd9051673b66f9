"""The Go energy manager, control box or grid meter of host_tests/interop/eebus-go as a process."""

import json
import os
import subprocess

from host_tests.interop import golang
from host_tests.interop.process import LineProcess, pipes

PROGRAM = "eebus-go"
VERSION = golang.module_version(PROGRAM, "github.com/enbility/eebus-go")


class Hems(LineProcess):
    """`entity` is cem, gridguard or gridmeter. Its identity lies in `state`, so that the SKI stays
    the same."""

    def __init__(self, program, state, entity="cem"):
        self.entity = entity
        self._argv = [program, "-entity", entity, "-port", "4711"]
        self._argv += ["-cert", os.path.join(state, entity + ".crt")]
        self._argv += ["-key", os.path.join(state, entity + ".key")]
        self._log = os.path.join(state, entity + ".log")
        shown = subprocess.run(
            [*self._argv, "-show-ski"], capture_output=True, text=True, check=True
        )
        self.ski = json.loads(shown.stdout)["ski"]

    def start(self, network, host, remote_ski, mdns="zeroconf", environment=None, port=None):
        """By default mDNS is done by the Go library itself. `remote_ski` "" trusts nobody.

        With mdns="avahi" `environment` must name the D-Bus of an avahi on the same host: that of
        the machine is reachable from a namespace, but looks at another network.
        """
        argv = [*self._argv, "-remote-ski", remote_ski, "-mdns", mdns, "-trace"]
        if port:
            argv += ["-port", str(port)]  # the last one counts
        variables = {**os.environ, **(environment or {})}
        popen = network.run(host, argv, env=variables, **pipes())
        super().__init__(f"eebus-go {self.entity}", popen, self._log)

    def received(self, function):
        """How many replies with that function its trace has; also where the library asks entities
        of an earlier connection for ever."""
        with open(self._log, encoding="utf-8", errors="replace") as log:
            return sum("DEBUG Recv: " in line and f" {function}\n" in line for line in log)

    def scenarios(self, use):
        """[(entity address, scenarios)] of the remote entities offering the use case."""
        offered = self.command("scenarios")["scenarios"][use]
        return [(one["entity"], one["scenarios"]) for one in offered]

    def write(self, cmd, **members):
        """A command that writes; AssertionError unless the wallbox accepted. Returns ms."""
        reply = self.command(cmd, **members)
        if reply["error_number"]:
            told = f"error {reply['error_number']} {reply['description']!r}"
            raise AssertionError(f"{cmd} {members} answered with {told}")
        return reply["ms"]
