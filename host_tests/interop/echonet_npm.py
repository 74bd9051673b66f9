"""Installs the peers that are npm packages: npm ci with the versions locked in echonet-peers."""

import os
import shutil

from host_tests.interop.netns import Unavailable
from host_tests.memory.install import NotInstalled, packages

PACKAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "echonet-peers")


def install(build):
    """(path of node, directory with the programs and their packages); raises Unavailable."""
    directory = os.path.join(os.path.abspath(build), "npm")
    try:
        node = packages(PACKAGES, directory)
    except NotInstalled as error:
        raise Unavailable(str(error)) from error
    # beside the packages, where node looks for them
    for name in os.listdir(PACKAGES):
        if name.endswith(".js"):
            shutil.copy(os.path.join(PACKAGES, name), directory)
    return node, directory
