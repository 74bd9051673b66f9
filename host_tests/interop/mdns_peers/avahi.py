"""avahi as a peer of lib/mdns: avahi-daemon with a message bus of its own in one namespace."""

import os
import shutil
import subprocess
import time

from host_tests.interop.netns import Unavailable

PROGRAMS = ("dbus-daemon", "avahi-daemon", "avahi-browse", "avahi-publish")
START_S = 10

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_DAEMON = """[server]
host-name={host}
use-ipv6=no
allow-interfaces={interface}
enable-dbus=yes
[publish]
publish-workstation=no
publish-hinfo=no
[reflector]
[rlimits]
"""


def version():
    """Version of avahi-daemon; Unavailable when a program is missing."""
    for program in PROGRAMS:
        if not shutil.which(program):
            raise Unavailable(f"{program} is not installed")
    told = subprocess.run(["avahi-daemon", "--version"], capture_output=True, text=True)
    return told.stdout.split()[-1]


class Avahi:
    """Context manager: the daemon on `host` of the network; `run` starts its client programs."""

    def __init__(self, network, host, name, directory):
        self._network = network
        self._host = host
        self._directory = directory
        self._socket = os.path.join(directory, "bus")
        self._env = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={self._socket}")
        self._name = name
        self._started = []

    def _write(self, name, text):
        path = os.path.join(self._directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def __enter__(self):
        os.makedirs(self._directory, exist_ok=True)
        if os.path.exists(self._socket):
            os.unlink(self._socket)
        bus = self._write("bus.conf", _BUS.format(socket=self._socket))
        text = _DAEMON.format(host=self._name, interface=self._host.interface)
        daemon = self._write("daemon.conf", text)
        try:
            self._start(["dbus-daemon", "--nofork", "--nopidfile", "--config-file", bus])
            self._until(lambda: os.path.exists(self._socket), "message bus")
            # the daemon insists on /run: `ip netns exec` has given it mounts of its own
            argv = f"mount -t tmpfs none /run && exec avahi-daemon --no-drop-root --no-chroot \
--no-rlimits -f {daemon}"
            self._start(["sh", "-c", argv])
            self._until(self._answers, "avahi-daemon")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, argv):
        with open(os.path.join(self._directory, "log"), "ab") as log:
            self._started.append(
                self._network.run(self._host, argv, env=self._env, stdout=log, stderr=log)
            )

    def _answers(self):
        done = self.run(["avahi-browse", "-a", "-t"])
        done.communicate(timeout=START_S)
        return done.returncode == 0

    def _until(self, test, what):
        deadline = time.monotonic() + START_S
        while not test():
            if time.monotonic() > deadline:
                raise Unavailable(f"{what} did not start")
            time.sleep(0.1)

    def run(self, argv):
        """A client program; its stdout is a pipe of lines."""
        pipe = subprocess.PIPE
        return self._network.run(
            self._host, argv, env=self._env, stdout=pipe, stderr=pipe, text=True
        )

    def browse(self, timeout=8):
        """What avahi finds and resolves: {instance: (host, address, port, txt)}."""
        argv = ["avahi-browse", "-p", "-r", "-t", "_ship._tcp"]
        out = self.run(argv).communicate(timeout=timeout)[0]
        found = {}
        for line in out.splitlines():
            part = line.split(";")
            if part[0] == "=":
                found[_unescape(part[3])] = (part[6], part[7], int(part[8]), ";".join(part[9:]))
        return found

    def __exit__(self, *_):
        for process in reversed(self._started):
            process.terminate()
            process.wait(5)


def _unescape(text):
    """avahi-browse -p writes \\032 for a blank."""
    out = ""
    while "\\" in text:
        before, text = text.split("\\", 1)
        digits = text[:3]
        out += before + (chr(int(digits)) if digits.isdigit() else text[0])
        text = text[3:] if digits.isdigit() else text[1:]
    return out + text
