--- The registry of steps: what it lists is what there is.

local test = require "testing"
local embedded = require "host.embedded"
local shape = require "shape"
local steps = require "steps"
local words = require "words"

-- Files beside the steps that hold operations of one of them.
local PARTS = { asset = true, lock = true, release_draft = true, release_publish = true, merge = true, supersede = true, tag_runs = true }

test("every step of the vocabulary is listed, and no other", function ()
  local listed = {}
  for i, row in ipairs(steps.rows) do listed[i] = row.word end
  table.sort(listed)
  test.equal(listed, words.of_kind "step")
end)

test("every step has its file, and no file is forgotten", function ()
  local files = {}
  for _, name in ipairs(embedded.names()) do
    local word = name:match "^stdlib/steps/([%w_]+)%.lua$"
    if word and not PARTS[word] then files[#files + 1] = word end
  end
  table.sort(files)
  test.equal(files, words.of_kind "step")
end)

test("a step's operations are those that its row lists, and each one is whole", function ()
  for _, row in ipairs(steps.rows) do
    local step, kinds = steps.by_word[row.word], {}
    test.equal(step.word, row.word)
    for kind, op in pairs(step.ops) do
      kinds[#kinds + 1] = kind
      for _, part in ipairs { "describe", "probe", "perform" } do
        test.equal(type(op[part]), "function", kind .. "." .. part)
      end
      test.equal(type(op.shape), "table", kind .. ".shape")
      test.truthy(shape.check(kind, { no_such_field = 1 }, op.shape), kind .. " takes any arguments")
    end
    table.sort(kinds)
    local wanted = table.move(row.kinds, 1, #row.kinds, 1, {})
    table.sort(wanted)
    test.equal(kinds, wanted, row.word)
  end
end)

test("a kind that nobody has is nil", function ()
  test.equal(steps.ops.moon, nil)
  test.equal(steps.by_word.moon, nil)
end)

test("a branch on which another work tree stands since the plan was made is not moved", function ()
  local old, new, moved = ("a"):rep(40), ("b"):rep(40), {}
  local doors = { git = { standing_on = function (_, ref) return ref == "refs/heads/r" and "/wt" end },
    local_ref = function () return old end, set_ref = function (ref) moved[#moved + 1] = ref return true end }
  local function op(ref, pre) return { kind = "branch", args = { ref = ref, to = new }, pre = { ref = pre } } end
  local branch = steps.ops.branch
  test.equal({ branch.probe(op("refs/heads/r", old), doors) },
    { "DIFFERS", "branch 'r' is checked out in /wt, and this would move it" })
  local ok, trouble = branch.perform(op("refs/heads/r", old), doors)
  test.equal({ ok == nil, trouble.kind, trouble.text },
    { true, "denied", "branch 'r' is checked out in /wt, and this would move it" })
  test.equal({ branch.probe(op("refs/heads/other", old), doors) }, { "ABSENT" })
  test.equal({ branch.perform(op("refs/heads/other", old), doors) }, { true })
  test.equal(moved, { "refs/heads/other" })
end)

return test.done()
