--- The observing door keeps what it has opened.

local test = require "testing"
local gitrepo = require "gitrepo"
local json = require "host.json"
local tape = require "tape"
local world = require "world"

local QUIET = { warn = function () end, say = function () end }

-- A world of the repository, with its forge asked for once.
local function asked(g, forges)
  local options = { warn = QUIET.warn, say = QUIET.say, forges = forges }
  local one = assert(world.open(g.dir, options, tape.new(json.encode)))
  assert(one:forge(nil, "origin", "can", "drafts"))
  return one.opened_forge
end

test("tries that follow each other ask one forge, which knows what it was told before", function ()
  local g, remote, other = gitrepo.new(), gitrepo.new { "--bare" }, gitrepo.new { "--bare" }
  g:git("remote", "add", "origin", remote.dir)
  local forges = {}
  local first = asked(g, forges)
  test.truthy(rawequal(asked(g, forges), first))
  test.truthy(not rawequal(asked(g, nil), first))
  g:git("remote", "set-url", "origin", other.dir)
  test.truthy(not rawequal(asked(g, forges), first))
  for _, one in ipairs { g, remote, other } do one:remove() end
end)

-- A clone of three commits that holds the last one alone, the world that stands in it, and the first commit.
local function shallow(options)
  local g, clone = gitrepo.new(), gitrepo.new()
  local first = g:commit("one", { a = "1" })
  g:commit("two", { a = "2" })
  local head = g:commit("three", { a = "3" })
  clone:git("fetch", "-q", "--depth=1", "file://" .. g.dir, "main")
  clone:git("checkout", "-q", "--detach", head)
  local said = {}
  local recorder = tape.new(json.encode)
  local one = assert(world.open(clone.dir, { offline = options.offline, warn = QUIET.warn,
    say = function (line) said[#said + 1] = line end }, recorder))
  one:comes_from("file://" .. g.dir, "refs/heads/main")
  return { world = one, said = said, first = first, head = head, recorder = recorder, remove = function ()
    g:remove()
    clone:remove()
  end }
end

local SHALLOW = "^this clone is shallow: .*; run git fetch %-%-unshallow, check out with fetch%-depth: 0, or leave out %-%-offline$"

-- Every question whose answer may lie in what a shallow clone lacks, and what the whole history answers.
local QUESTIONS = {
  { "a commit", function (w, at) return w:commit(at.first).message end, "one\n" },
  { "a tag's commit", function (w, at) return w:peel(at.first) == at.first end, true },
  { "a commit that a person named", function (w, at) return w:resolve(at.first:sub(1, 12)) == at.first end, true },
  { "whether a commit is held", function (w, at)
    return w:unreleased({ base = at.head, ranges = {}, ask = { at.first } }).contained[at.first]
  end, true },
  { "what is unreleased", function (w, at)
    return #w:unreleased({ base = at.head, ranges = { { root = "", since = {} } } }).commits
  end, 3 },
  { "the whole history", function (w, at)
    local count = 0
    assert(w:log({ head = at.head, stops = {} }, function () count = count + 1 end))
    return count
  end, 3 },
}

for _, question in ipairs(QUESTIONS) do
  local name, ask, answer = table.unpack(question)
  test("S1.61 a shallow clone is asked for " .. name .. ": the rest is fetched once, and the tape tells it, too", function ()
    local at = shallow {}
    test.equal(ask(at.world, at), answer)
    test.equal(#at.said, 1)
    for _, other in ipairs(QUESTIONS) do test.equal(other[2](at.world, at), other[3], other[1]) end
    test.equal(#at.said, 1)
    if name ~= "the whole history" then
      local again = assert(world.open(".", QUIET, tape.new(json.encode, at.recorder.entries)))
      test.equal(ask(again, at), answer)
    end
    at.remove()
  end)

  test("S1.61 a shallow clone is asked for " .. name .. ", offline: it says so", function ()
    local at = shallow { offline = true }
    local methods, refusal = getmetatable(at.world).__index, nil
    -- The problem itself, in whatever way the question uses the answer.
    local spy = setmetatable({}, { __index = function (_, key)
      return function (_, ...)
        local value, trouble = methods[key](at.world, ...)
        refusal = refusal or trouble
        return value
      end
    end })
    test.truthy(not pcall(ask, spy, at) or refusal)
    test.equal(refusal.kind, "error")
    test.truthy(tostring(refusal):find(SHALLOW), tostring(refusal))
    at.remove()
  end)
end

test("S1.61 what a whole clone lacks is no reason to fetch its history", function ()
  local g, said = gitrepo.new(), 0
  g:commit("one", { a = "1" })
  local one = assert(world.open(g.dir, { warn = QUIET.warn, say = function () said = said + 1 end }, tape.new(json.encode)))
  one:comes_from("file://" .. g.dir, "refs/heads/main")
  local oid = ("1"):rep(40)
  local _, trouble = one:commit(oid)
  test.equal(tostring(trouble), ("commit %s: object %s is not in the repository"):format(oid, oid))
  _, trouble = one:peel(oid)
  test.equal(tostring(trouble), ("object %s is not in the repository"):format(oid))
  test.equal(said, 0)
  g:remove()
end)

return test.done()
