"""Detailed discovery (5.5.2) into an array of ints, in two ways: step by step along the schema,
and out of the tree that the interpreter's own json.loads makes. Runs in MicroPython.

    entity     address, type
    function   function, operations (1 read, 2 read partial, 4 write, 8 write partial)
    feature    entity address, number, type, role; after its functions

Addresses are ints, one byte per level and a component + 1 each; names are indices of `plan`.
"""

import json

import plan

from _fast import copy
from ejson.walker import DONE, ITEM, NEED, Walker, Window


def read(data, size, out):
    """By the walker, through a window of `size` bytes: how many ints of `out` it has filled."""
    window = Window(size)
    walker = Walker(window, plan)
    entity, feature, function = plan.EVENTS
    e_path, e_type, f_path, f_number, f_type, f_role = plan.ADDRESSES
    name, get, get_partial, put, put_partial = plan.FUNCTIONS
    rec = walker.rec
    step = walker.step
    n = at = 0
    walker.start()
    while True:
        event = step()
        if event == NEED:
            more = min(window.room(), len(data) - at)
            copy(window.buf, window.w, data, at, more)
            window.w += more
            at += more
        elif event == ITEM:
            item = walker.item
            if item == function:
                operations = 0
                if rec[get] > 0:
                    operations = 3 if rec[get_partial] > 0 else 1
                if rec[put] > 0:
                    operations |= 12 if rec[put_partial] > 0 else 4
                out[n] = rec[name]
                out[n + 1] = operations
                n += 2
            elif item == feature:
                out[n] = rec[f_path]
                out[n + 1] = rec[f_number]
                out[n + 2] = rec[f_type]
                out[n + 3] = rec[f_role]
                n += 4
            elif item == entity:
                out[n] = rec[e_path]
                out[n + 1] = rec[e_type]
                n += 2
        elif event == DONE:
            return n


def extract(data, out):
    """The same by json.loads."""
    cmd = member(member(json.loads(data)["datagram"], "payload"), "cmd")[0]
    discovery = cmd[0]["nodeManagementDetailedDiscoveryData"]
    n = 0
    for item in member(discovery, "entityInformation"):
        for element in item[0]["description"]:
            if "entityAddress" in element:
                out[n] = path(element["entityAddress"])
            elif "entityType" in element:
                out[n + 1] = plan.ENTITY_TYPES[element["entityType"]]
        n += 2
    for item in member(discovery, "featureInformation"):
        for element in item[0]["description"]:
            if "featureAddress" in element:
                address = element["featureAddress"]
            elif "featureType" in element:
                kind = plan.FEATURE_TYPES[element["featureType"]]
            elif "role" in element:
                role = plan.ROLES[element["role"]]
            elif "supportedFunction" in element:
                for function in element["supportedFunction"]:
                    for part in function:
                        if "function" in part:
                            out[n] = plan.FUNCTION_NAMES[part["function"]]
                        else:
                            out[n + 1] = operations(part["possibleOperations"])
                    n += 2
        out[n] = path(address)
        out[n + 1] = member(address, "feature")
        out[n + 2] = kind
        out[n + 3] = role
        n += 4
    return n


def member(elements, name):
    for element in elements:
        if name in element:
            return element[name]
    return []


def path(address):
    packed = 0
    for component in member(address, "entity"):
        packed = packed << 8 | (component + 1)
    return packed


def operations(elements):
    bits = 0
    for element in elements:
        if "read" in element:
            bits |= 3 if element["read"] else 1
        elif "write" in element:
            bits |= 12 if element["write"] else 4
    return bits
