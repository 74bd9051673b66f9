"""SPINE addresses and datagrams in plain form (5.2.3, 5.3.2, 5.3.3)."""

from collections import namedtuple

from tools.hems import ejson

# Elements of a cmd that are not its payload.
_OPTIONS = ("function", "filter", "manufacturerSpecificExtension", "lastUpdateAt")


class Address(namedtuple("Address", "device entity feature")):
    """device: str or None, entity: tuple of int, feature: int or None."""

    @classmethod
    def parse(cls, plain):
        """From the plain form; missing parts become None (entity: empty tuple)."""
        plain = plain if isinstance(plain, dict) else {}
        entity = tuple(ejson.as_list(plain.get("entity")))
        return cls(plain.get("device"), entity, plain.get("feature"))

    def plain(self):
        """The plain form; absent parts are left out."""
        out = {}
        if self.device is not None:
            out["device"] = self.device
        if self.entity:
            out["entity"] = list(self.entity)
        if self.feature is not None:
            out["feature"] = self.feature
        return out

    def same_place(self, other):
        """Same entity and feature, whatever the device says."""
        return self.entity == other.entity and self.feature == other.feature

    def __str__(self):
        return f"{'.'.join(map(str, self.entity))}/{self.feature}"


class Datagram:
    """Read access to one datagram."""

    def __init__(self, plain):
        self.plain = plain
        self.header = plain.get("header") or {}
        payload = plain.get("payload") or {}
        cmds = ejson.as_list(payload.get("cmd"))
        self.cmd = cmds[0] if cmds and isinstance(cmds[0], dict) else {}
        self.source = Address.parse(self.header.get("addressSource"))
        self.destination = Address.parse(self.header.get("addressDestination"))
        self.counter = self.header.get("msgCounter")
        self.reference = self.header.get("msgCounterReference")
        self.classifier = self.header.get("cmdClassifier")
        self.ack = self.header.get("ackRequest") is True
        payload_keys = [key for key in self.cmd if key not in _OPTIONS]
        self.function = payload_keys[0] if payload_keys else self.cmd.get("function")
        self.data = self.cmd.get(self.function) or {}

    @property
    def error(self):
        """errorNumber of a result, None for anything else."""
        if self.classifier != "result" or not isinstance(self.data, dict):
            return None
        return self.data.get("errorNumber")

    def __str__(self):
        reference = "" if self.reference is None else f" ref {self.reference}"
        error = "" if self.error is None else f" error {self.error}"
        return (
            f"{self.classifier} {self.function} {self.source}->{self.destination}"
            f" #{self.counter}{reference}{error}"
        )


def header(version, source, destination, counter, classifier, ack=False, reference=None):
    """Header in schema order."""
    out = {
        "specificationVersion": version,
        "addressSource": source.plain(),
        "addressDestination": destination.plain(),
        "msgCounter": counter,
    }
    if reference is not None:
        out["msgCounterReference"] = reference
    out["cmdClassifier"] = classifier
    if ack:
        out["ackRequest"] = True
    return out


def partial(function, data, selectors=None):
    """cmd with a partial filter (Table 7); `selectors` limits it to matching entries."""
    condition = {"cmdControl": {"partial": {}}}
    if selectors:
        condition[function + "Selectors"] = selectors
    return {"function": function, "filter": [condition], function: data}
