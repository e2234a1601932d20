--- The ways in which the lock that the seed asked for failed in its own repository, and what stands against each: a head
-- that somebody moved, a squash, a check that nobody requires, a release that stops, a base that moves meanwhile.

local test = require "testing"
local guarded = require "guarded"
local place = require "place"
local repository = require "repository"

local function with(body)
  place.with(function (here) body(guarded.build(here), here) end)
end

local function is_tagged(flow) return flow.remote:try("rev-parse", "-q", "--verify", "refs/tags/v0.38.0").code == 0 end

test("S0.10 a head that 'Update branch' moved is locked again, is not published and is not merged", function ()
  with(function (flow)
    local number, head = flow:prepared()
    flow:commit("main", "fix: meanwhile")
    local moved = flow:update_branch "releases/0.38.0"
    test.equal(flow:status(moved, "release"), "none")
    flow:must("relrun guard release.lua", { env = flow:new_head(number) })
    test.equal(flow:status(moved, "release"), "pending")
    flow:must("relrun forge status build success --at " .. number)
    flow:refused(("relrun forge merge %d --as ann"):format(number), 5, "required check 'release' is pending")
    flow:must(("relrun forge approve %d --as alice"):format(number))
    flow:refused("relrun publish release.lua release", 5, "its last commit is not one that relrun prepares")
    test.equal({ is_tagged(flow), flow:pull(number).state, (flow:status(moved, "release")) }, { false, "open", "pending" })
    test.equal(flow:status(head, "release"), "pending")
  end)
end)

test("S0.10 a commit that somebody adds to the release is not published", function ()
  with(function (flow)
    local number = flow:prepared()
    flow:commit("releases/0.38.0", "Update javascript library version to 0.38.0")
    flow:refused("relrun publish release.lua release", 5, "is not what prepare makes")
    test.equal({ is_tagged(flow), flow:pull(number).state }, { false, "open" })
  end)
end)

test("S0.10 a moved head is prepared anew from main as it is, and that is released", function ()
  with(function (flow)
    local number = flow:prepared()
    flow:commit("main", "fix: meanwhile")
    flow:update_branch "releases/0.38.0"
    flow:must "git pull -q origin main"
    flow:must "relrun prepare release.lua release"
    local head = flow:pull(number).head.oid
    test.equal(flow:status(head, "release"), "pending")
    flow:must("relrun forge status build success --at " .. number)
    flow:must(("relrun forge approve %d --as alice"):format(number))
    flow:must "relrun publish release.lua release"
    test.equal(flow.remote:run("rev-parse", "v0.38.0^{commit}", "main^2"), head .. "\n" .. head)
  end)
end)

test("S0.33 a merge queue cannot carry a release past its lock either, and what it makes of others passes", function ()
  with(function (flow)
    flow:prepared()
    flow:commit("feature", "feat: a door")
    local plain = flow:update_branch "feature"
    flow:must("relrun guard release.lua", { env = flow:queued(plain, "main") })
    test.equal((flow:status(plain, "release")), "success")
    flow.remote:run("update-ref", "refs/heads/queue", "main")
    local people = repository.at(flow.place, "people")
    people:run("fetch", "-q")
    people:run("checkout", "-q", "-B", "queue", "origin/main")
    people:run("merge", "-q", "--no-ff", "-m", "merge group", "origin/releases/0.38.0")
    people:run("push", "-q", "origin", "queue")
    local carried = people:run("rev-parse", "HEAD")
    flow:must("relrun guard release.lua", { env = flow:queued(carried, "main") })
    local state, status = flow:status(carried, "release")
    test.equal({ state, status.description }, { "pending", "#1 is not released" })
  end)
end)

test("S0.11 a branch that brings the release along cannot be merged in its place", function ()
  with(function (flow)
    local _, head = flow:prepared()
    flow.remote:run("update-ref", "refs/heads/shortcut", "releases/0.38.0")
    flow:commit("shortcut", "docs: a word more")
    local number = flow:open("shortcut", "A word more")
    flow:must("relrun forge status build success --at " .. number)
    flow:must("relrun guard release.lua", { env = flow:new_head(number) })
    flow:refused(("relrun forge merge %d --as ann"):format(number), 5, "required check 'release' is pending")
    flow:must "relrun publish release.lua release"
    test.equal((flow:status(head, "release")), "success")
    flow:must "relrun guard release.lua --all"
    flow:must(("relrun forge merge %d --as ann"):format(number))
  end)
end)

test("S0.11 a person can squash the release no sooner than merge it", function ()
  with(function (flow)
    local number = flow:prepared()
    flow:refused(("relrun forge merge %d squash --as ann"):format(number), 5, "required check 'release' is pending")
  end)
end)

test("S0.11 what an admin squashed past the lock is not published: its tag would not be on main", function ()
  with(function (flow)
    local number, head = flow:prepared()
    flow:must "relrun forge set role.root admin"
    flow:must "relrun forge set enforced_for_admins false"
    flow:must(("relrun forge merge %d squash --as root"):format(number))
    flow:must "relrun forge set enforced_for_admins true"
    flow:refused("relrun publish release.lua release --pull-request " .. number, 5,
      ("main does not hold its head %s"):format(head:sub(1, 12)))
    test.equal(is_tagged(flow), false)
  end)
end)

test("S0.13 a lock that the forge does not require, or not of admins, keeps nothing safe: nothing is prepared or published", function ()
  with(function (flow)
    flow:must "relrun forge set enforced_for_admins false"
    flow:refused("relrun prepare release.lua release", 5, "administrators may go past it")
    flow:must "relrun forge set enforced_for_admins true"
    flow:prepared()
    flow:must "relrun forge set enforced_for_admins false"
    flow:refused("relrun publish release.lua release", 5, "administrators may go past it")
    flow:must "relrun forge set enforced_for_admins true"
    local settings = flow.place:read "remote.forge/forge.json"
    flow.place:write("remote.forge/forge.json", (settings:gsub(',%s*"release"', "")))
    flow:refused("relrun publish release.lua release", 5, "does not require the check 'release'")
    test.equal(is_tagged(flow), false)
  end)
end)

test("S0.13 --unprotected does not weaken the gate of guarded-release, and says so", function ()
  with(function (flow)
    flow:must "relrun forge set enforced_for_admins false"
    local told = '--unprotected leaves nothing out: lane release itself names the gate required_check "release"; '
    flow:refused("relrun prepare release.lua release --unprotected", 5, told)
    flow:refused("relrun prepare release.lua release --unprotected", 5, "administrators may go past it")
    test.lacks(flow:run("relrun prepare release.lua release").stderr, "--unprotected")
    test.equal(flow.remote:try("rev-parse", "-q", "--verify", "releases/0.38.0").code, 1)
  end)
end)

test("a prepare that stopped behind its push is finished without a lock that nobody would give back", function ()
  with(function (flow, here)
    here:write("remote.forge/pulls", "no directory")
    test.truthy(flow:run("relrun prepare release.lua release").code ~= 0)
    here:must { "rm", here:path "remote.forge/pulls" }
    flow:must "relrun prepare release.lua release"
    test.equal(flow:pull(1).state, "open")
    test.equal(flow.remote:run("for-each-ref", "refs/relrun"), "")
  end)
end)

test("S0.10 an approval of an earlier head, or none, is none of this one", function ()
  with(function (flow)
    flow:must "relrun prepare release.lua release"
    flow:must "relrun forge status build success --at 1"
    flow:refused("relrun publish release.lua release", 6, "gate reviews")
    flow:must "relrun forge approve 1 --as alice"
    flow:commit("main", "fix: meanwhile")
    flow:must "git pull -q origin main"
    flow:must "relrun prepare release.lua release"
    flow:must "relrun forge status build success --at 1"
    flow:refused("relrun publish release.lua release", 6, "gate reviews")
    flow:refused("relrun release.lua --push", 6, "gate reviews", { env = flow:approval(1) })
    test.equal(is_tagged(flow), false)
  end)
end)

test("S0.30 a release whose build is not green waits, whoever approved it", function ()
  with(function (flow)
    flow:must "relrun prepare release.lua release"
    flow:must "relrun forge approve 1 --as alice"
    flow:refused("relrun publish release.lua release", 6, "gate checks")
    flow:must "relrun forge status build failure --at 1"
    flow:refused("relrun publish release.lua release", 5, "gate checks")
    test.equal(is_tagged(flow), false)
  end)
end)

test("S0.11 a forge that allows no merge commits is told before the pull request is opened, and before the tag is out", function ()
  with(function (flow)
    flow:must "relrun forge set merge_methods squash"
    flow:refused("relrun prepare release.lua release", 5, "allows no merge commits")
    flow:must "relrun forge set merge_methods merge"
    flow:prepared()
    flow:must "relrun forge set merge_methods squash"
    flow:refused("relrun publish release.lua release", 5, "allows no merge commits")
    test.equal(is_tagged(flow), false)
  end)
end)

test("S0.8 what the forge asks of a merge is heard before the tag is out: a linear history, an up-to-date head, a check, approvals", function ()
  with(function (flow)
    local number = flow:prepared()
    local function refused(code, part)
      flow:refused("relrun publish release.lua release", code, part)
      test.equal(is_tagged(flow), false)
    end
    flow:must "relrun forge set linear_history true --branch main"
    refused(5, "main asks for a linear history")
    flow:refused("relrun forge merge 1 --as ann", 5, "main asks for a linear history")
    flow:refused("relrun prepare release.lua release", 5, "main asks for a linear history")
    flow:must "relrun forge set linear_history false --branch main"
    flow:must "relrun forge require security"
    refused(6, "main requires the check 'security', which nobody reported")
    flow:must(("relrun forge status security error --at %d"):format(number))
    refused(5, "main requires the check 'security', which ended with error")
    flow:must(("relrun forge status security success --at %d"):format(number))
    flow:must "relrun forge set approvals 2 --branch main"
    refused(6, "main asks for 2 approvals, and pull request #1 has 1")
    flow:must "relrun forge approve 1 --as ann"
    flow:must "relrun forge set strict true --branch main"
    flow:commit("main", "chore: go on")
    refused(5, "#1 is behind it by 1 commit")
    flow:must "relrun forge set strict false --branch main"
    flow:must "relrun publish release.lua release"
    test.equal(flow:pull(number).state, "merged")
  end)
end)

test("S0.15 a release that stops sets its status to failure, with a link, and goes on when it is run again", function ()
  with(function (flow, here)
    local number, head = flow:prepared()
    here:write("remote.git/hooks/update", "#!/bin/sh\ncase $1 in refs/tags/*) echo 'tags are closed' >&2; exit 1 ;; esac\n", 493) -- 0755
    flow:refused("relrun release.lua --push", 1, "refs/tags/v0.38.0", { env = flow:approval(number) })
    local state, status = flow:status(head, "release")
    test.equal({ state, status.url }, { "failure", "https://ci.example/example/gitops/actions/runs/77" })
    test.contains(status.description, "stopped: push of refs/tags/v0.38.0")
    flow:refused(("relrun forge merge %d --as ann"):format(number), 5, "required check 'release' is failure")
    here:write("remote.git/hooks/update", "#!/bin/sh\nexit 0\n", 493)
    flow:must "relrun publish release.lua release"
    test.equal(flow:status(head, "release"), "success")
    test.equal(flow:pull(number).state, "merged")
  end)
end)

-- Moves main to a further commit while the tag arrives.
local MOVES = [[
#!/bin/sh
grep -q refs/tags/ || exit 0
cd "%s" && env -u GIT_DIR -u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES \
    git push -q origin next:main
]]

test("S0.8 main that moved during the release is merged with, and the merge is pinned to the head that was released", function ()
  with(function (flow, here)
    local number, head = flow:prepared()
    local people = repository.at(here, "people")
    people:run("fetch", "-q")
    people:run("checkout", "-q", "-b", "next", "origin/main")
    people:run("commit", "-q", "--allow-empty", "-m", "fix: meanwhile")
    here:write("remote.git/hooks/pre-receive", MOVES:format(here:path "people"), 493)
    flow:must "relrun publish release.lua release"
    test.equal(flow.remote:run("rev-parse", "main^1", "main^2"), people:run("rev-parse", "next") .. "\n" .. head)
    test.equal({ flow:pull(number).state, flow.remote:run("rev-parse", "v0.38.0^{commit}") }, { "merged", head })
  end)
end)

-- A commit on a branch of people's, `next`, that changes the line that a release changes.
local function against(here)
  local people = repository.at(here, "people")
  people:run("fetch", "-q")
  people:run("checkout", "-q", "-b", "next", "origin/main")
  here:must({ "sh", "-c", [[sed -i 's/"version": *"[^"]*"/"version": "0.0.0-dev"/' package.json && git add package.json]] }, { cwd = "people" })
  people:run("commit", "-q", "-m", "chore: another version")
  return people
end

test("S0.8 a pull request that conflicts with main is not released: it could not be merged afterwards", function ()
  with(function (flow, here)
    local number = flow:prepared()
    flow:must "relrun plan release.lua release --publish --push -o ../plan.json"
    against(here):run("push", "-q", "origin", "next:main")
    -- Neither by a plan that was made before, nor by a new one.
    flow:refused("relrun apply ../plan.json", 3, ("pull request #%d conflicts with main"):format(number))
    flow:refused("relrun publish release.lua release", 5, ("pull request #%d conflicts with main"):format(number))
    test.equal(is_tagged(flow), false)
    flow:must "git pull -q origin main"
    flow:must "relrun prepare release.lua release"
    flow:must(("relrun forge approve %d --as alice"):format(number))
    flow:must(("relrun forge status build success --at %d"):format(number))
    flow:must "relrun publish release.lua release"
    test.equal({ is_tagged(flow), flow:pull(number).state }, { true, "merged" })
  end)
end)

test("S0.8 main that came to conflict during the release gets the tag all the same, by the way that is told", function ()
  with(function (flow, here)
    local number, head = flow:prepared()
    local people = against(here)
    here:write("remote.git/hooks/pre-receive", MOVES:format(here:path "people"), 493)
    flow:refused("relrun publish release.lua release", 5, ("close #%d, `git merge %s` into a new branch of main"):format(number,
      head:sub(1, 12)))
    test.equal(is_tagged(flow), true)
    here:write("remote.git/hooks/pre-receive", "#!/bin/sh\nexit 0\n", 493)
    flow:must(("relrun forge close %d --as ann"):format(number))
    people:run("fetch", "-q")
    people:run("checkout", "-q", "-b", "joined", "origin/main")
    here:run({ "git", "merge", "-q", "-s", "ours", head:sub(1, 12) }, { cwd = "people" })
    people:run("push", "-q", "origin", "joined")
    flow:open("joined", "v0.38.0 and main")
    flow:must "relrun guard release.lua --all"
    flow:must "relrun forge status build success --at 2"
    flow:must "relrun forge approve 2 --as alice"
    flow:must "relrun forge merge 2 --as ann"
    test.equal(flow.remote:run("merge-base", "main", head), head)
    -- The next release counts from it.
    flow:commit("main", "fix: behind it")
    flow:must "git pull -q origin main"
    test.contains(flow:must "relrun explain release.lua release", "0.38.0 -> 0.38.1")
  end)
end)

-- Has main require one more check while the tag arrives.
local REQUIRES = [[
#!/bin/sh
grep -q refs/tags/ || exit 0
unset GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
relrun forge require late --forge "%s"
]]

test("P26 a saved plan whose merge the forge refuses is denied, and goes on when the forge allows it", function ()
  with(function (flow, here)
    local number = flow:prepared()
    flow:must "relrun plan release.lua release --publish --push -o ../plan.json"
    local settings = here:read "remote.forge/forge.json"
    here:write("remote.git/hooks/pre-receive", REQUIRES:format(here:path "remote.forge"), 493)
    flow:refused("relrun apply ../plan.json", 5, "required check 'late' is expected")
    test.equal({ is_tagged(flow), flow:pull(number).state }, { true, "open" })
    here:write("remote.forge/forge.json", settings)
    flow:must "relrun apply ../plan.json"
    test.equal(flow:pull(number).state, "merged")
  end)
end)

test("a guard is told of one pull request or of all, not of both", function ()
  with(function (flow)
    local number, head = flow:prepared()
    flow:commit("feature", "feat: a door")
    local other = flow:open("feature", "A door")
    flow:refused(("relrun guard release.lua --all --pull-request %d"):format(number), 9,
      "relrun: --all and --pull-request contradict each other: ")
    test.equal({ (flow:status(head, "release")), (flow:status(flow:pull(other).head.oid, "release")) }, { "pending", "none" })
  end)
end)

test("P26 a guard whose status the forge refuses is denied", function ()
  with(function (flow)
    flow:commit("feature", "feat: a door")
    flow:open("feature", "A door")
    flow:must "relrun forge set role.relrun read"
    flow:refused("relrun guard release.lua --all", 5, "the role is read")
  end)
end)

-- Ends the relrun that sends the tag, once.
local KILLS = [[
#!/bin/sh
grep -q refs/tags/ && [ -e "%s" ] || exit 0
kill -9 "$(cat "%s")"
rm "%s"
exit 1
]]

-- Publishes in the clone, and is killed before the tag is out.
local function killed_publish(flow, here)
  local pid = here:path "pid"
  here:write("remote.git/hooks/pre-receive", KILLS:format(pid, pid, pid), 493)
  local result = here:run({ "sh", "-c", ('echo $$ > "%s"; exec relrun publish release.lua release'):format(pid) }, { cwd = "work" })
  test.truthy(result.code ~= 0 and not is_tagged(flow), result.stderr)
end

-- Publish goes on with the plan that was killed, and ends it.
local function goes_on(flow, number)
  local result = flow:run "relrun publish release.lua release"
  test.equal(result.code, 0, result.stderr)
  test.contains(result.stderr, "going on with plan")
  test.equal({ is_tagged(flow), flow:pull(number).state }, { true, "merged" })
  -- What is ended is not gone on with.
  test.lacks(flow:run("relrun publish release.lua release").stderr, "going on with plan")
end

test("P24 a publish that was killed is gone on with, also after the guard had something to say in the same clone", function ()
  with(function (flow, here)
    local number = flow:prepared()
    flow:commit("feature", "feat: a door")
    flow:open("feature", "A door")
    killed_publish(flow, here)
    local function journals() return #here:must { "sh", "-c", "printf %.1s work/.git/relrun/*/journal.jsonl" } end
    local before = journals()
    flow:must "relrun guard release.lua --all"
    -- What the guard did is on record all the same.
    test.equal(journals(), before + 1)
    goes_on(flow, number)
  end)
end)

test("P24 a publish that was killed is gone on with, also after the guard had nothing to say", function ()
  with(function (flow, here)
    local number = flow:prepared()
    killed_publish(flow, here)
    flow:refused("relrun guard release.lua --all", 4, "said already")
    goes_on(flow, number)
  end)
end)

return test.done()
