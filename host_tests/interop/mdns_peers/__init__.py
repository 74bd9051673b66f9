"""The programs that meet in the mDNS checks: lib/mdns itself, python-zeroconf, avahi."""
