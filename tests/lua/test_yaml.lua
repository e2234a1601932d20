-- Whole YAML documents: every node with its line and its text.

local test = require "testing"
local work = require "work"
local yaml = require "yaml"

local function value(text, ...)
  local node = assert(yaml.read(text))
  for _, key in ipairs { ... } do node = math.type(key) and node.items[key] or node.members[key] end
  return node.value, node.line, node
end

test("a literal block keeps its lines and knows where they begin", function ()
  local text, line, node = value("a: 1\nrun: |\n  one\n\n    two\n  three\nb: 2\n", "run")
  test.equal(text, "one\n\n  two\nthree")
  test.equal(line, 2)
  test.equal(node.starts, 3)
end)

test("a folded block is one line", function ()
  test.equal((value("if: >-\n  a &&\n  b\nc: d\n", "if")), "a && b")
end)

test("plain and quoted values on several lines are folded", function ()
  test.equal((value("a: b\n  c\n  d\n", "a")), "b c d")
  test.equal((value("a: \"b\n  c\"\n", "a")), "b c")
end)

test("a block inside a compact sequence item belongs to its key", function ()
  local text = "steps:\n  - name: x\n    run: |\n      echo a: b\n      # c\n  - run: |\n      two\n"
  test.equal((value(text, "steps", 1, "run")), "echo a: b\n# c")
  test.equal((value(text, "steps", 2, "run")), "two")
end)

test("the word on is a key like any other", function ()
  test.equal((value("on: [push, pull_request]\n", "on", 2)), "pull_request")
end)

test("lines are counted through carriage returns and a byte order mark", function ()
  test.equal(select(2, value("\u{FEFF}a: 1\r\nb:\r\n  - x\r\n", "b", 1)), 3)
end)

test("aliases, anchors and tags are refused with their line", function ()
  for _, row in ipairs { { "a: 1\nb: &x 2\n", "line 2: an anchor" }, { "a: *x\n", "line 1: an alias" },
    { "a: 1\nif: !contains(x)\n", "line 2: a tag" } } do
    local root, message = yaml.read(row[1])
    test.equal(root, nil)
    test.contains(message, row[2])
  end
end)

local LARGE = {
  { "items in items", function (n) return ("- "):rep(n) end }, { "brackets in brackets", function (n) return ("["):rep(n) end },
  { "keys below keys", function (n) return ("a:\n "):rep(n) end }, { "a long script", function (n) return "run: |\n" .. ("  x\n"):rep(n) end },
  { "a long list", function (n) return ("- x\n"):rep(n) end }, { "a folded value", function (n) return "a: x\n" .. ("  x\n"):rep(n) end },
  { "quotes that begin lines", function (n) return "a: x\n" .. ("  \"x\n"):rep(n) end },
}

for _, row in ipairs(LARGE) do
  test(("P29 %s: twice the document is at most twice the work"):format(row[1]), function ()
    local growth = work.growth(function (n) yaml.read(row[2](n)) end, 10000)
    test.truthy(growth < 2.4, "growth " .. growth)
  end)
end

return test.done()
