--- The operation `commit` over a real object store: what a plan says of a commit is what is stored, or nothing is gone on with.

local test = require "testing"
local gitrepo = require "gitrepo"
local repo = require "host.repo"
local steps = require "steps"

local WHO = "R <r@example.org> 1704067200 +0000"
local commit = steps.ops.commit

-- A store with one commit, and a true plan's operation upon it: VERSION goes from 1.0.0 to 1.0.1 in one commit.
local function with_store(body)
  local g = gitrepo.new()
  local ok, raised = xpcall(function ()
    local base = g:commit("feat: start", { VERSION = "1.0.0\n", ["docs/a"] = "a" })
    local objects = assert(repo.open(g.dir .. "/.git"))
    body(objects, base)
  end, debug.traceback)
  g:remove()
  if not ok then error(raised, 0) end
end

-- The operation that makes `bytes` of VERSION, with the tree and the commit that follow from them.
local function op_of(objects, base, bytes, tree)
  local args = { parents = { base }, author = WHO, committer = WHO, message = "release(x): 1.0.1\n" }
  local before = assert(objects:hash("blob", "1.0.0\n"))
  args.edits = { { path = "VERSION", mode = "100644", before = before, after = assert(objects:write("blob", bytes)),
    splices = { { at = 0, remove = 6, insert = bytes } } } }
  args.tree = tree or assert(objects:edit_tree(assert(objects:commit(base)).tree,
    { { path = "VERSION", mode = "100644", oid = args.edits[1].after } }, { write = true }))
  args.commit = assert(objects:hash("commit", ("tree %s\nparent %s\nauthor %s\ncommitter %s\n\n%s"):format(args.tree, base, WHO, WHO,
    args.message)))
  return { id = 1, kind = "commit", args = args }
end

test("P5 a commit as it was planned is stored", function ()
  with_store(function (objects, base)
    local op = op_of(objects, base, "1.0.1\n")
    test.equal(commit.probe(op, { repo = objects }), "ABSENT")
    test.equal({ commit.perform(op, { repo = objects }) }, { true })
    test.equal(commit.probe(op, { repo = objects }), "DONE")
    test.equal({ objects:commit(op.args.commit).tree, objects:commit(op.args.commit).message },
      { op.args.tree, "release(x): 1.0.1\n" })
  end)
end)

-- What was changed in a plan that is of one piece otherwise; how that is done; what the refusal says.
for _, row in ipairs {
  { "a splice", "VERSION: the edit gives", function (objects, base)
    local op = op_of(objects, base, "6.6.6\n")
    op.args.edits[1].after = assert(objects:hash("blob", "1.0.1\n"))
    return op
  end },
  { "the tree, and the commit that follows from it", "the edits give tree", function (objects, base)
    return op_of(objects, base, "1.0.1\n", assert(objects:commit(base)).tree)
  end },
  { "the commit's id", "the commit is", function (objects, base)
    local op = op_of(objects, base, "1.0.1\n")
    op.args.commit = base
    return op
  end },
  { "the message", "the commit is", function (objects, base)
    local op = op_of(objects, base, "1.0.1\n")
    op.args.message = "release(x): 6.6.6\n"
    return op
  end },
} do
  test(("P5 a plan is refused in which %s was changed alone"):format(row[1]), function ()
    with_store(function (objects, base)
      local ok, trouble = commit.perform(row[3](objects, base), { repo = objects })
      test.equal({ ok, trouble.kind }, { nil, "stale" })
      test.contains(trouble.text, row[2])
      test.contains(trouble.text, "and the plan says")
    end)
  end)
end

return test.done()
