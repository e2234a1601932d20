"""What a GraphQL schema is made of: nodes, fields, connections and interfaces. schema.py says which there are."""


class Node:
    """A value of an object type: its type, its record, and the repository it belongs to."""

    def __init__(self, kind, record, repo=None):
        self.kind, self.record, self.repo = kind, record, repo


class Field:
    """What a field answers: `type` is the name of an object type or None for a scalar."""

    def __init__(self, kind, resolver, arguments=(), inputs=()):
        self.type, self.resolver, self.arguments, self.inputs = kind, resolver, arguments, inputs

    def resolve(self, call, value, given):
        if isinstance(value, Node) and value.repo is not None:
            call.repo = value.repo
        return self.resolver(call, value, given)


class Schema:
    INTERFACES = {
        "Actor": {"User", "Bot"}, "GitObject": {"Commit"}, "Node": None, "RepositoryOwner": {"User", "Organization"},
        "RequestedReviewer": {"User", "Team"}, "StatusCheckRollupContext": {"StatusContext", "CheckRun"},
    }

    def __init__(self, types):
        self.types = types

    def field(self, type_name, name):
        if type_name.endswith("Connection") and type_name not in self.types:
            return CONNECTION.get(name) or (Field(type_name[:-10], nodes_of) if name == "nodes" else
                                            Field(type_name[:-10] + "Edge", edges_of) if name == "edges" else None)
        if type_name.endswith("Edge") and type_name not in self.types:
            return {"node": Field(type_name[:-4], lambda _, value, __: value.record),
                    "cursor": Field(None, lambda *_: "c")}.get(name)
        return self.types.get(type_name, {}).get(name)

    def is_a(self, type_name, on):
        return type_name == on or on in self.INTERFACES and (
            self.INTERFACES[on] is None or type_name in self.INTERFACES[on])

    @staticmethod
    def type_of(value, declared):
        return value.kind if isinstance(value, Node) else declared


def window(value):
    """(the part of a connection's items that was asked for, where it begins, whether more follow)."""
    items, given = value.record
    if given.get("last") is not None:
        return items[-given["last"]:], 0, False
    start = int(given["after"]) if given.get("after") else 0
    end = start + (given["first"] if given.get("first") is not None else 100)
    return items[start:end], start, end < len(items)


def nodes_of(_, value, __):
    return window(value)[0]


def edges_of(_, value, __):
    return [Node("Edge", one) for one in window(value)[0]]


def page_of(_, value, __):
    part, start, more = window(value)
    return {"hasNextPage": more, "endCursor": str(start + len(part)) if part else None,
            "hasPreviousPage": start > 0, "startCursor": str(start) if part else None}


CONNECTION = {"totalCount": Field(None, lambda _, value, __: len(value.record[0])),
              "pageInfo": Field("PageInfo", page_of)}
PAGING = ("first", "last", "after", "before")


def many(kind, resolver, *arguments):
    """A connection: `resolver` gives all nodes."""
    return Field(kind + "Connection", lambda call, value, given: Node(kind + "Connection",
                                                                      (resolver(call, value, given), given)),
                 PAGING + arguments)


def of(key):
    return Field(None, lambda _, value, __: (value.record if isinstance(value, Node) else value)[key])


def fixed(value, kind=None):
    return Field(kind, lambda *_: value)


def upper(key):
    return Field(None, lambda _, value, __: (value.record[key] or "").upper() or None)
