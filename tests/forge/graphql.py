"""GraphQL, as much of it as clients send: parses a document, refuses what the schema (schema.py) does not have, and
answers the selected fields. Errors go into `errors`, the status stays 200."""

import json
import re

from api import Refusal, route

TOKEN = re.compile(r'\s*(?:#[^\n]*\s*)*(?:(?P<string>"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*")|(?P<spread>\.\.\.)'
                   r'|(?P<word>[_A-Za-z]\w*)|(?P<number>-?\d+(?:\.\d+)?)|(?P<mark>[!$():=@\[\]{}|,&]))')


class Problem(Exception):
    """One entry of `errors`: a message, and GitHub's `type` when it has one."""

    def __init__(self, message, kind=None, path=None):
        super().__init__(message)
        self.entry = {"message": message}
        if kind:
            self.entry["type"] = kind
        if path:
            self.entry["path"] = path


class Parser:
    """Recursive descent over the tokens of a document. Selections are {kind, name, alias, arguments, on, select,
    directives}; values are Python data, variables ("$", name)."""

    def __init__(self, text):
        self.tokens, at = [], 0
        text = text.rstrip()
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match or match.end() == at:
                raise Problem(f"Parse error on \"{text[at:at + 10]}\"")
            kind = match.lastgroup
            if match[kind] != ",":
                self.tokens.append((kind, match[kind]))
            at = match.end()
        self.at = 0

    def peek(self):
        return self.tokens[self.at][1] if self.at < len(self.tokens) else None

    def take(self, wanted=None):
        if self.at >= len(self.tokens) or wanted and self.peek() != wanted:
            raise Problem(f"Parse error: expected {wanted or 'more'}, got {self.peek() or 'the end'}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def document(self):
        operations, fragments = [], {}
        while self.peek() is not None:
            if self.peek() == "fragment":
                self.take()
                name = self.take()
                self.take("on")
                fragments[name] = {"on": self.take(), "select": self.selections()}
            else:
                operations.append(self.operation())
        return operations, fragments

    def operation(self):
        kind, name, defaults = "query", None, {}
        if self.peek() != "{":
            kind = self.take()
            if self.peek() not in ("(", "{", "@"):
                name = self.take()
            if self.peek() == "(":
                self.take()
                while self.peek() != ")":
                    self.take("$")
                    variable = self.take()
                    self.take(":")
                    self.type()
                    if self.peek() == "=":
                        self.take()
                        defaults[variable] = self.value()
                self.take(")")
        return {"kind": kind, "name": name, "defaults": defaults, "select": self.selections()}

    def type(self):
        """A variable's type; what it says is left to the resolvers."""
        if self.peek() == "[":
            self.take()
            self.type()
            self.take("]")
        else:
            self.take()
        if self.peek() == "!":
            self.take()

    def selections(self):
        self.take("{")
        found = []
        while self.peek() != "}":
            found.append(self.selection())
        self.take("}")
        return found

    def selection(self):
        if self.peek() == "...":
            self.take()
            if self.peek() in ("{", "@"):
                return {"kind": "inline", "on": None, "directives": self.directives(), "select": self.selections()}
            if self.peek() == "on":
                self.take()
                on = self.take()
                return {"kind": "inline", "on": on, "directives": self.directives(), "select": self.selections()}
            return {"kind": "spread", "name": self.take(), "directives": self.directives()}
        alias = name = self.take()
        if self.peek() == ":":
            self.take()
            name = self.take()
        arguments = self.arguments()
        directives = self.directives()
        select = self.selections() if self.peek() == "{" else None
        return {"kind": "field", "name": name, "alias": alias, "arguments": arguments, "directives": directives,
                "select": select}

    def arguments(self):
        found = {}
        if self.peek() == "(":
            self.take()
            while self.peek() != ")":
                name = self.take()
                self.take(":")
                found[name] = self.value()
            self.take(")")
        return found

    def directives(self):
        found = []
        while self.peek() == "@":
            self.take()
            found.append((self.take(), self.arguments()))
        return found

    def value(self):
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else (None, None)
        self.take()
        if kind == "string":
            return unquoted(text)
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "word":
            return {"true": True, "false": False, "null": None}.get(text, text)
        if text == "$":
            return ("$", self.take())
        if text == "[":
            found = []
            while self.peek() != "]":
                found.append(self.value())
            self.take("]")
            return found
        found = {}
        while self.peek() != "}":
            name = self.take()
            self.take(":")
            found[name] = self.value()
        self.take("}")
        return found


def unquoted(text):
    if text.startswith('"""'):
        return text[3:-3].strip()
    return json.loads(text)


class Run:
    """One operation on its way: validated as a whole, then executed field by field."""

    def __init__(self, call, schema, fragments, variables):
        self.call, self.schema, self.fragments, self.variables = call, schema, fragments, variables
        self.errors = []

    def given(self, value):
        if isinstance(value, tuple):
            return self.variables.get(value[1])
        if isinstance(value, list):
            return [self.given(one) for one in value]
        if isinstance(value, dict):
            return {key: self.given(one) for key, one in value.items()}
        return value

    def check(self, select, type_name):
        """Collects what the schema does not have."""
        for one in select:
            if one["kind"] == "field":
                self.check_field(one, type_name)
            elif one["kind"] == "spread":
                if one["name"] not in self.fragments:
                    self.errors.append({"message": f"Fragment {one['name']} was used, but not defined"})
                else:
                    fragment = self.fragments[one["name"]]
                    self.check(fragment["select"], fragment["on"])
            else:
                self.check(one["select"], one["on"] or type_name)

    def check_field(self, one, type_name):
        if one["name"] == "__typename":
            return
        field = self.schema.field(type_name, one["name"])
        if field is None:
            self.errors.append({"message": f"Field '{one['name']}' doesn't exist on type '{type_name}'",
                                "extensions": {"code": "undefinedField", "typeName": type_name,
                                               "fieldName": one["name"]}})
            return
        for name, value in one["arguments"].items():
            if name not in field.arguments:
                self.errors.append({"message": f"Field '{one['name']}' doesn't accept argument '{name}'",
                                    "extensions": {"code": "argumentNotAccepted"}})
            elif name == "input" and isinstance(self.given(value), dict):
                for key in set(self.given(value)) - set(field.inputs) - {"clientMutationId"}:
                    self.errors.append({"message": f"InputObject doesn't accept argument '{key}'",
                                        "extensions": {"code": "argumentNotAccepted"}})
        if one["select"] is None and field.type:
            self.errors.append({"message": f"Field must have selections (field '{one['name']}' returns"
                                           f" {field.type} but has no selections.)"})
        elif one["select"] is not None:
            if not field.type:
                self.errors.append({"message": f"Selections can't be made on scalars (field '{one['name']}')"})
            else:
                self.check(one["select"], field.type)

    def wanted(self, one):
        for name, arguments in one["directives"]:
            value = self.given(arguments.get("if"))
            if name == "include" and not value or name == "skip" and value:
                return False
        return True

    def answer(self, select, value, type_name, path, into=None):
        """The fields of one object; `type_name` is what the object is."""
        into = {} if into is None else into
        for one in select:
            if not self.wanted(one):
                continue
            if one["kind"] == "field":
                at = path + [one["alias"]]
                try:
                    new = self.field(one, value, type_name, at)
                except (Problem, Refusal) as problem:
                    entry = problem.entry if isinstance(problem, Problem) else from_refusal(problem)
                    self.errors.append({**entry, "path": at})
                    new = None
                old = into.get(one["alias"])
                both = isinstance(old, dict) and isinstance(new, dict)
                into[one["alias"]] = merged(old, new) if both else new
            else:
                part = self.fragments[one["name"]] if one["kind"] == "spread" else one
                if part["on"] is None or self.schema.is_a(type_name, part["on"]):
                    self.answer(part["select"], value, type_name, path, into)
        return into

    def field(self, one, value, type_name, path):
        if one["name"] == "__typename":
            return type_name
        field = self.schema.field(type_name, one["name"])
        result = field.resolve(self.call, value, {key: self.given(arg) for key, arg in one["arguments"].items()})
        return self.shaped(one, result, field.type, path)

    def shaped(self, one, result, type_name, path):
        if result is None or type_name is None:
            return result
        if isinstance(result, list):
            return [self.shaped(one, part, type_name, path + [at]) for at, part in enumerate(result)]
        actual = self.schema.type_of(result, type_name)
        return self.answer(one["select"], result, actual, path)


def merged(old, new):
    """Two selections of one field."""
    return {**old, **{key: merged(old[key], value) if isinstance(old.get(key), dict) and isinstance(value, dict)
                      else value for key, value in new.items()}}


def from_refusal(refusal):
    kind = {404: "NOT_FOUND", 403: "FORBIDDEN", 401: "FORBIDDEN"}.get(refusal.status, "UNPROCESSABLE")
    return {"type": kind, "message": refusal.message}


@route("POST", "/graphql", ("person", "read"))
def serve(call):
    """The answer to {query, variables, operationName}."""
    import schema
    try:
        operations, fragments = Parser(call.want("query")[0]).document()
        name = call.body.get("operationName")
        chosen = [one for one in operations if name in (None, "", one["name"])]
        if len(chosen) != 1:
            raise Problem(f"No operation named {name!r}")
    except Problem as problem:
        return {"errors": [problem.entry]}
    operation = chosen[0]
    root = "Mutation" if operation["kind"] == "mutation" else "Query"
    run = Run(call, schema.SCHEMA, fragments, {**operation["defaults"], **(call.body.get("variables") or {})})
    run.check(operation["select"], root)
    if run.errors:
        return {"errors": run.errors}
    data = run.answer(operation["select"], {}, root, [])
    return {"data": data, "errors": run.errors} if run.errors else {"data": data}
