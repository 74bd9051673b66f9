"""The local device: entities, features and what they offer (5.2.3, 5.5.2).

A feature has parts: objects, mostly use cases, that share it (there is at most one feature of a
type and role per entity). A part knows its items of each function:

    render(fn, w, session)        writes them
    items(fn)                     those that partners may write (rfe.Item), as they are now
    judge(fn, item, new)          0, or the error number of a write that makes the record `new`
    take(fn, item, new)           does it
    refused(fn, item, new)        is told of one that comes to nothing
    bound(feature, session, entity)   a partner has bound, unbound(feature, session) is its end
"""

from spine import schema

# possible operations of a function
READ = 1
WRITE = 2
PARTIAL = 4  # of write
CALL = 8


def word(words, i):
    """Where the i-th word of an enumeration of the schema is: the byte with its length."""
    at = 0
    while i:
        at += words[at] + 1
        i -= 1
    return at


def name(w, words, i):
    """The i-th word of an enumeration of the schema into the next hole of a writer."""
    at = word(words, i)
    return w.lit(words, at + 1, words[at])


def put_path(w, path):
    """1,1 for the entity address 0x0202 (or the tuple (1, 1)) at the end of a writer."""
    if isinstance(path, int):
        if path > 255:
            put_path(w, path >> 8).raw(b",")
        return w.dec((path & 255) - 1)
    for n in path:
        w.sep().dec(n)
    return w


def put_address(w, device, path, number=-1):
    """An address into the next hole; without device when it is None, without feature below 0."""
    w.lit(b"[")
    if device:
        template = w.tpl
        w.tpl = b""  # text() shall not look for a hole
        w.raw(b'{"device":').text(device).raw(b"},")
        w.tpl = template
    put_path(w.raw(b'{"entity":['), path).raw(b"]}")
    if number >= 0:
        w.raw(b',{"feature":').dec(number).raw(b"}")
    return w.raw(b"]")


class Part:
    """What a part may leave out."""

    def use_case(self):
        """What an entity that comes and goes announces of it now, as in Entity.use_cases."""

    def tick(self, now):
        return -1

    def items(self, fn):
        return ()

    def refused(self, fn, item, new):
        pass

    def bound(self, feature, session, entity):
        pass

    def unbound(self, feature, session):
        pass

    def operates(self, session, entity, failed):
        pass


class Feature:
    ids = 0  # given out by new_id()

    def __init__(self, number, kind, role):
        """`kind`: index in the enumeration feature; `role`: 0 client, 1 server, 2 special."""
        self.number = number
        self.kind = kind
        self.role = role
        self.functions = b""  # index and possible operations of each, ascending
        self.parts = ()
        self.entity = None

    def new_id(self, n=1):
        """An identifier for an item of this feature: several use cases share its lists. For `n`
        items: the first of as many in a row."""
        self.ids += n
        return self.ids - n

    def offer(self, part, functions):
        """Adds a part with its functions: pairs of index and possible operations, as bytes."""
        if part not in self.parts:
            self.parts += (part,)
        joined = {}
        for some in (self.functions, functions):
            for i in range(0, len(some), 2):
                joined[some[i]] = joined.get(some[i], 0) | some[i + 1]
        self.functions = b"".join([bytes(pair) for pair in sorted(joined.items())])

    def index(self, fn):
        """Which of the functions that is, -1: none."""
        for i in range(0, len(self.functions), 2):
            if self.functions[i] == fn:
                return i // 2
        return -1

    def operations(self, fn):
        i = self.index(fn)
        return self.functions[2 * i + 1] if i >= 0 else 0

    def render(self, fn, w, session):
        """{"<function>":[{"<item>":[ items ]}]} or {"<function>":[ elements ]}. A list without
        items is {"<function>":[]}: to stacks that rewrite the text (6.8) a [] is an object."""
        words = schema.FUNCTION
        at = word(words, fn) + 1
        n = words[at - 1]
        w.raw(b'{"').raw(words, at, n).raw(b'":[')
        listed = words[at + n - 8] == 0x4C  # ...ListData
        begin = w.n
        if listed:
            w.raw(b'{"').raw(words, at, n - 8).raw(b'Data":[')
        items = w.n
        for part in self.parts:
            part.render(fn, w, session)
        if listed and w.n > items:
            w.raw(b"]}")
        elif listed:
            w.n = begin
        w.raw(b"]}")


class Entity:
    def __init__(self, path, kind):
        """`path`: 0x0202 for [1,1]; `kind`: index in the enumeration entity."""
        self.path = path
        self.kind = kind
        self.features = ()
        self.use_cases = []  # (actor, name, version, scenarios, sub revision), all bytes

    def add(self, feature):
        feature.entity = self
        self.features += (feature,)
        return feature

    def feature(self, kind, role):
        """The feature of that type and role; made when missing."""
        for f in self.features:
            if f.kind == kind and f.role == role:
                return f
        number = self.features[-1].number if self.features else 0
        return self.add(Feature(number + 1, kind, role))


class Device:
    client = None  # what wants to know more of partners: partner(session)
    trust = b""  # JSON behind networkFeatureSet: the least trust level of partners, or nothing

    def __init__(self, address, wall=None):
        """`address`: bytes, such as d:_i:12345_WB-0001; `wall()` gives Unix seconds, or None while
        the time is unknown."""
        self.address = address
        self.wall = wall or (lambda: None)
        self.entities = []
        self.sessions = []
        self.listeners = []  # parts: heartbeat(session, entity), closed(session),
        # operates(session, entity, failed)
        self.diagnosis = None  # the client feature that follows heartbeats
        self.readers = {}  # function with a schema of its own -> class that reads it when written

    def find(self, path, number):
        """The feature at an address, or None."""
        for e in self.entities:
            if e.path == path:
                for f in e.features:
                    if f.number == number:
                        return f
        return None

    def changed(self, feature, fn):
        """The data of a function has changed: whoever has subscribed to the feature will be told,
        once, however often it changes before it is said."""
        for session in self.sessions:
            for sub in session.subs:
                if sub[3] is feature and (sub, fn) not in session.news:
                    session.news.append((sub, fn))
