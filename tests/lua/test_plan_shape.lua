--- A saved plan is a file from outside: what is not a plan is refused before anything of it is believed.

local test = require "testing"
local plan_shape = require "plan_shape"

local A, B = ("a"):rep(40), ("b"):rep(40)

local function plan()
  return {
    schema = "relrun.plan/1", tool = "relrun 0", release = "demo", lane = "rc", push = true, remote = "origin",
    branch = "release", tip = B, spec = { sha256 = ("c"):rep(64) }, flags = {}, tape = {}, warnings = {},
    base = { branch = "main", commit = A, time = 1 }, packages = { {
      name = "a", path = "", version = "1.0.0", tag = "v1.0.0", level = "minor", commits = 1, because = {}, reason = {}, cancelled = {}, unparsed = {},
      unparsed_count = 0 } }, gates = {}, facts = {},
    ops = {
      { id = 1, stage = "local", kind = "branch", class = "reversible", args = { ref = "refs/heads/release", to = B }, pre = { ref = A } },
      { id = 2, stage = "remote", kind = "push", class = "irreversible", pre = {}, args = { remote = "origin", atomic = true,
        updates = { { ref = "refs/heads/release", new = B, old = A }, { ref = "refs/tags/v1", new = B } } } },
    },
  }
end

test("a plan as relrun writes it is one", function () test.equal(plan_shape.check(plan()), true) end)

-- name, what is done to a good plan, part of the refusal
for _, row in ipairs {
  { "P23 a push that would delete a tag is refused", function (p) p.ops[2].args.updates[2].new = nil end, "ops[2].args.updates[2].new" },
  { "P23 a push that would move a tag is refused", function (p) p.ops[2].args.updates[2].old = A end, "a tag would be moved" },
  { "a branch operation cannot name a tag", function (p) p.ops[1].args.ref = "refs/tags/v1" end, "ops[1].args.ref" },
  { "a ref with two dots is refused", function (p) p.ops[1].args.ref = "refs/heads/a..b" end, "no name of a ref" },
  { "a push of a ref that is neither branch nor tag is refused", function (p) p.ops[2].args.updates[1].ref = "refs/notes/x" end, "neither a branch nor a tag" },
  { "a remote that git would read as an option is refused", function (p) p.ops[2].args.remote = "--upload-pack=x" end, "ops[2].args.remote" },
  { "an object id that is none is refused", function (p) p.ops[1].args.to = "main" end, "no object id" },
  { "an unknown field of an operation is refused", function (p) p.ops[1].force = true end, "ops[1].force: this relrun does not know it" },
  { "operations that are not numbered in order are refused", function (p) p.ops[2].id = 1 end, "not numbered in order" },
  { "a missing part is named", function (p) p.base = nil end, "base: a table is missing" },
  { "an unknown part is named", function (p) p.extra = 1 end, "extra: this relrun does not know it" },
  { "a list in place of a plan is refused", function (p) for key in pairs(p) do p[key] = nil end p[1] = 1 end, "base" },
} do
  test(row[1], function ()
    local value = plan()
    row[2](value)
    test.refuses(row[3], plan_shape.check(value))
  end)
end

for _, path in ipairs { "/etc/passwd", "", "a\0b" } do
  test(("an edit of the path %q is refused"):format(path), function ()
    local value = plan()
    value.ops[1] = { id = 1, stage = "local", kind = "commit", class = "reversible", pre = {}, args = { commit = A, tree = A,
      parents = { A }, author = "x", committer = "x", message = "m",
      edits = { { path = path, mode = "100644", after = B, splices = {} } } } }
    test.refuses("ops[1].args.edits[1].path", plan_shape.check(value))
  end)
end
