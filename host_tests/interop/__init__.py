"""Interoperability: the wallbox against SHIP, SPINE and ECHONET Lite stacks of other people.

`python -m host_tests.interop` runs the checks and writes build/interop.json. One module per peer;
a peer module has

    PEER      what the table calls it
    CHECKS    the names of all its checks, so that one that could not run is still reported
    checks(build)   yields rows (peer, version, check, ok, detail); build is the directory for
                    programs, logs and state

and is listed in `PEERS` of __main__.
"""
