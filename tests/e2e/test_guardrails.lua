--- What keeps a release on its way: the check passes only when the release goes on, and nothing but the very commit that
-- was prepared, in the pull request that was prepared, is published.

local test = require "testing"
local guarded = require "guarded"
local place = require "place"

local function with(body)
  place.with(function (here) body(guarded.build(here), here) end)
end

local function is_tagged(flow) return flow.remote:try("rev-parse", "-q", "--verify", "refs/tags/v0.38.0").code == 0 end

-- Told by the remote itself, as the tag arrives: what stands in the way of a merge at that moment.
local LOOKS = [[
#!/bin/sh
grep -q refs/tags/ || exit 0
unset GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
relrun forge show --forge "%s" > "%s"
]]

local CLOSED = "#!/bin/sh\ncase $1 in refs/tags/*) echo 'tags are closed' >&2; exit 1 ;; esac\n"

with(function (flow, here)
  local number, head
  local function refuses_merge(state)
    test.equal((flow:status(head, "release")), state)
    flow:refused(("relrun forge merge %d --as ann"):format(number), 5, "required check 'release' is " .. state)
  end

  test("S0.22 S0.23 a release branch has its guardrails: its check is pending when built and approved, and nobody merges it", function ()
    flow:must "relrun prepare release.lua release"
    number, head = 1, flow:pull(1).head.oid
    refuses_merge "pending"
    flow:must("relrun forge status build success --at " .. number)
    flow:must(("relrun forge approve %d --as alice"):format(number))
    refuses_merge "pending"
  end)

  test("S0.15 prepare takes back a success that somebody set before the release", function ()
    flow:must("relrun forge status release success --at " .. number)
    flow:must "relrun prepare release.lua release"
    test.equal(flow:pull(number).head.oid, head)
    refuses_merge "pending"
  end)

  test("S0.22 S0.23 where the release stops, the check fails and stays a guardrail", function ()
    here:write("remote.git/hooks/update", CLOSED, 493) -- 0755
    flow:refused("relrun publish release.lua release", 1, "refs/tags/v0.38.0")
    test.equal(is_tagged(flow), false)
    refuses_merge "failure"
  end)

  test("S0.14 S0.17 meanwhile a pull request that is no release passes", function ()
    flow:commit("feature", "feat: a door")
    local other = flow:open("feature", "A door")
    flow:must("relrun guard release.lua", { env = flow:new_head(other) })
    local state, status = flow:status(flow:pull(other).head.oid, "release")
    test.equal({ state, status.description }, { "success", "not a release" })
    refuses_merge "failure"
  end)

  test("S0.22 S0.23 the check passes when the release goes on, not before its tag is on the remote", function ()
    here:write("remote.git/hooks/update", "#!/bin/sh\nexit 0\n", 493)
    here:write("remote.git/hooks/pre-receive", LOOKS:format(here:path "remote.forge", here:path "seen"), 493)
    flow:must "relrun publish release.lua release"
    test.contains(here:read "seen", "required check 'release' is pending")
    test.equal((flow:status(head, "release")), "success")
    test.equal({ flow.remote:run("rev-parse", "v0.38.0^{commit}", "main^2"), flow:pull(number).state }, { head .. "\n" .. head, "merged" })
  end)
end)

-- One prepared release, and what stands beside it. Each row leaves the release as it found it.
with(function (flow, here)
  local number, head = flow:prepared()
  local remote = flow.remote

  local function refuses(line, code, part, env)
    flow:refused(line, code, part, { env = env })
    test.equal({ is_tagged(flow), flow:pull(number).state, (flow:status(head, "release")) }, { false, "open", "pending" })
  end

  test("S0.10 a head with our message and author and another tree is not published", function ()
    local record = remote:run("cat-file", "commit", head) .. "\n"
    record = record:gsub("^tree %x+", "tree " .. remote:run("rev-parse", "main^{tree}"))
    here:write("record", record)
    local forged = remote:run("hash-object", "-t", "commit", "-w", here:path "record")
    test.equal(remote:run("log", "-1", "--format=%an %ae %ct %s%n%P", forged), remote:run("log", "-1", "--format=%an %ae %ct %s%n%P", head))
    remote:run("update-ref", "refs/heads/releases/0.38.0", forged)
    flow:must("relrun forge status build success --at " .. number)
    flow:must("relrun forge status release pending --at " .. number)
    flow:must(("relrun forge approve %d --as alice"):format(number))
    flow:refused("relrun publish release.lua release", 5, "this spec prepares " .. head:sub(1, 12) .. " there")
    flow:refused("relrun release.lua --push", 5, "this spec prepares " .. head:sub(1, 12), { env = flow:approval(number) })
    test.equal({ is_tagged(flow), flow:pull(number).state }, { false, "open" })
    remote:run("update-ref", "refs/heads/releases/0.38.0", head)
  end)

  test("S0.10 a pull request into another base is none of the lane's: by its number denied, by its event nothing to do", function ()
    remote:run("update-ref", "refs/heads/next", "main")
    local other = flow:open("releases/0.38.0", "The release, elsewhere", "next")
    refuses("relrun publish release.lua release --pull-request " .. other, 5, "goes into next, and lane release releases main")
    refuses("relrun publish release.lua release", 4, "goes into next", flow:approval(other))
    flow:must("relrun forge close " .. other .. " --as ann")
  end)

  test("S0.10 a pull request of another branch is none of the lane's", function ()
    flow:commit("feature", "feat: a door")
    local other = flow:open("feature", "A door")
    refuses("relrun publish release.lua release --pull-request " .. other, 5, "is of branch feature, which is none of lane release's")
    refuses("relrun publish release.lua release", 4, "is of branch feature", flow:approval(other))
  end)

  test("S0.10 a branch of the lane's that this spec would not make there is not published, and of several one must be named", function ()
    remote:run("update-ref", "refs/heads/releases/0.38.1", head)
    local other = flow:open("releases/0.38.1", "Updates for 0.38.1")
    refuses("relrun publish release.lua release", 9, "several pull requests of lane release are open: #")
    refuses("relrun publish release.lua release --pull-request " .. other, 5, "this spec prepares branch releases/0.38.0 there")
    flow:must("relrun forge close " .. other .. " --as ann")
  end)

  test("S0.10 a release that was prepared at a commit which main does not hold any more is not published", function ()
    local before = remote:run("rev-parse", "main")
    remote:run("update-ref", "refs/heads/main", "v0.37.0^{commit}")
    refuses("relrun publish release.lua release", 5, "which is not on main any more")
    remote:run("update-ref", "refs/heads/main", before)
  end)

  test("S0.10 a pull request that was closed is not published: by its number denied, by its event nothing to do", function ()
    local event = flow:approval(number)
    flow:must(("relrun forge close %d --as ann"):format(number))
    flow:refused("relrun publish release.lua release --pull-request " .. number, 5, ("#%d was closed"):format(number))
    flow:refused("relrun publish release.lua release", 4, ("#%d was closed"):format(number), { env = event })
    flow:refused("relrun publish release.lua release --pull-request 99", 9, "there is no pull request #99")
    test.equal(is_tagged(flow), false)
  end)
end)

return test.done()
