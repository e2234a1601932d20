--- The shape of saved plans: a true plan passes, and no edit of it gets a dangerous value through.

local test = require "testing"
local json = require "host.json"
local file = require "host.file"
local git = require "git"
local plan_shape = require "plan_shape"
local session = require "session"

local BYTES = assert(file.read "tests/fuzz/corpus/plan/monorepo")

-- The plan after `change(plan)`, as session.parse_plan judges it.
local function judged(change)
  local value = json.decode(BYTES)
  change(value)
  local saved, trouble = session.parse_plan(json.encode(value), "plan.json")
  return saved, trouble and trouble.text
end

local function op_of(value, kind)
  for _, op in ipairs(value.ops) do if op.kind == kind then return op end end
end

test("a plan of relrun's has the shape of one", function ()
  test.equal({ plan_shape.check(json.decode(BYTES)) }, { true })
  test.truthy(judged(function () end))
end)

-- What is done to the plan, and what the refusal names.
local EDITS = {
  { "P23 an object id that forces a push", "new: it is no object id",
    function (value) op_of(value, "push").args.updates[1].new = "+" .. ("a"):rep(39) end },
  { "P23 a push without an object id, which deletes", "new: it is no object id",
    function (value) op_of(value, "push").args.updates[1].new = nil end },
  { "P23 a push that moves a tag", "a tag would be moved",
    function (value) op_of(value, "push").args.updates[2].old = ("a"):rep(40) end },
  { "P23 a push to a second ref in the name of one", "neither a branch nor a tag",
    function (value) op_of(value, "push").args.updates[1].ref = "refs/heads/a:refs/tags/b" end },
  { "a push to a ref of another kind", "neither a branch nor a tag",
    function (value) op_of(value, "push").args.updates[1].ref = "refs/relrun/lock/final" end },
  { "a lock outside the locks", "it does not begin with refs/relrun/lock/",
    function (value) op_of(value, "lock").args.ref = "refs/heads/master" end },
  { "a remote that git takes for an option", "remote: it is no name",
    function (value) op_of(value, "push").args.remote = "--upload-pack=evil" end },
  { "an author of several lines", "author: a text of one line is missing",
    function (value) op_of(value, "commit").args.author = "a\nparent b" end },
  { "a tag that is named one and made another", "ref: it is not the tag's",
    function (value) op_of(value, "tag").args.ref = "refs/tags/other" end },
  { "a branch with a part that git forbids", "it is no name of a ref",
    function (value) op_of(value, "branch").args.ref = "refs/heads/a/../b" end },
  { "splices that overlap", "the splices are not in order", function (value)
    local splices = op_of(value, "commit").args.edits[1].splices
    splices[2] = { at = splices[1].at, remove = 1, insert = "" }
  end },
  { "operations that are counted twice", "not numbered in order", function (value) value.ops[2].id = 1 end },
  { "a question of a gate that writes", "ask: no gate asks it",
    function (value) value.facts[1] = { fact = "forge", gate = "x", ask = { "merge_pull", 3 }, sha256 = ("0"):rep(64) } end },
  { "a question of a gate with an argument of another type", "ask[2]: a number is missing",
    function (value) value.facts[1] = { fact = "forge", gate = "x", ask = { "reviews", "3" }, sha256 = ("0"):rep(64) } end },
  { "a question of a gate with an argument too many", "ask: it has too many arguments",
    function (value) value.facts[1] = { fact = "forge", gate = "x", ask = { "reviews", 3, 4 }, sha256 = ("0"):rep(64) } end },
  { "a question of a gate about an address that is none", "ask[2]: it is no address",
    function (value) value.facts[1] = { fact = "forge", gate = "x", ask = { "reach", "gopher://x" }, sha256 = ("0"):rep(64) } end },
  { "a question that is none", "ask: it is empty",
    function (value) value.facts[1] = { fact = "forge", gate = "x", ask = json.array {}, sha256 = ("0"):rep(64) } end },
  { "a plan without packages", "packages: it is empty", function (value) value.packages = {} end },
  { "a list that is an object", "warnings: it is no list", function (value) value.warnings = { a = "b" } end },
  { "a mode that is a link", "it is no mode of a file",
    function (value) op_of(value, "commit").args.edits[1].mode = "120000" end },
}

for _, row in ipairs(EDITS) do
  test(row[1] .. " is refused", function ()
    local saved, words = judged(row[3])
    test.equal(saved, nil)
    test.contains(words, row[2])
  end)
end

test("every value of a plan that is taken away or of another type is refused, or it may be absent", function ()
  local function each(value, path, visit)
    for key, inner in pairs(value) do
      visit(value, key, path .. "." .. tostring(key))
      if type(inner) == "table" then each(inner, path .. "." .. tostring(key), visit) end
    end
  end
  local paths = 0
  each(json.decode(BYTES), "", function (_, key)
    paths = paths + 1
    test.truthy(type(key) == "string" or math.type(key) == "integer")
  end)
  -- No change of one value makes the checks themselves fail.
  for n = 1, paths do
    for _, other in ipairs { 7, "x", true, {} } do
      local value, count = json.decode(BYTES), 0
      local todo = {}
      each(value, "", function (holder, key)
        count = count + 1
        if count == n then todo = { holder, key } end
      end)
      todo[1][todo[2]] = other
      local ok, words = plan_shape.check(value)
      test.truthy(ok or type(words) == "string" and not words:find "[^\x20-\x7E]")
    end
  end
end)

test("P23 git is never asked to force, to delete a branch or tag, or to move a tag", function ()
  local here, a, b = assert(git.open "."), ("a"):rep(40), ("b"):rep(40)
  for part, update in pairs {
    ["deletes refs/heads/main"] = { ref = "refs/heads/main", old = a },
    ["deletes refs/tags/v1"] = { ref = "refs/tags/v1", old = a },
    ["moves refs/tags/v1"] = { ref = "refs/tags/v1", old = a, new = b },
    ["no object id"] = { ref = "refs/heads/main", new = "+" .. ("a"):rep(39) },
    ["no branch, tag or lock"] = { ref = "refs/heads/a:refs/tags/v1", new = a },
  } do
    test.raises(function () here:push("/nowhere", { update }, { atomic = true }) end, part)
  end
end)

-- The plan without a newline at its end, and the smallest part of it that is a plan.
local WHOLE = BYTES:gsub("\n$", "")
local function small()
  local value = json.decode(WHOLE)
  value.ops, value.facts, value.gates = json.array { op_of(value, "tag") }, json.array {}, json.array {}
  value.ops[1].id, value.packages = 1, json.array { value.packages[1] }
  return json.encode(value)
end

test("P5 no plan with one bit changed is taken for the one that was approved", function ()
  -- Every bit of the small one, and of the whole one a bit of every byte.
  for bytes, bits in pairs { [small()] = { 0, 1, 2, 3, 4, 5, 6, 7 }, [WHOLE] = { false } } do
    local id = test.truthy(session.parse_plan(bytes, "plan.json"), "the plan").id
    for at = 1, #bytes do
      for _, bit in ipairs(bits) do
        bit = bit or at % 8
        local changed = bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ 1 << bit) .. bytes:sub(at + 1)
        local saved, trouble = session.parse_plan(changed, "plan.json", id)
        if saved or trouble.kind ~= "stale" and trouble.kind ~= "error" then error(("bit %d of byte %d"):format(bit, at), 0) end
      end
    end
  end
end)

test("P5 the beginning of an id names a plan from 8 digits on, and every digit that is given counts", function ()
  local bytes = WHOLE
  local id = test.truthy(session.parse_plan(bytes, "plan.json")).id
  local function other(digit) return digit == "0" and "1" or "0" end
  for _, right in ipairs { id, id:sub(1, 8), id:sub(1, 9), id:sub(1, 12):upper() } do
    test.equal(test.truthy(session.parse_plan(bytes, "plan.json", right), right).id, id)
  end
  for _, wrong in ipairs { "", id:sub(1, 1), id:sub(1, 7), id:sub(1, 8) .. other(id:sub(9, 9)), id:sub(1, 63) .. other(id:sub(64)),
    other(id:sub(1, 1)) .. id:sub(2, 8), id .. "0" } do
    local saved, trouble = session.parse_plan(bytes, "plan.json", wrong)
    test.equal({ saved, trouble.kind, trouble.todo }, { nil, "stale", "this is not the plan that was approved" }, wrong)
  end
end)
