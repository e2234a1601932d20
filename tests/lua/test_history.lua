local test = require "testing"
local gitrepo = require "gitrepo"
local repo, history, file = require "host.repo", require "host.history", require "host.file"

--- Runs `body` with a new git repository that is removed afterwards.
local function with_repo(body, options)
  local g = gitrepo.new(options)
  local ok, problem = xpcall(body, debug.traceback, g)
  g:remove()
  if not ok then error(problem, 0) end
end

--- Asked twice: a reader that began before changes nothing.
local function unreleased(g, request)
  local r <close> = assert(repo.open(g.dir))
  request.base = request.base or r:head().oid
  local answer, message, kind = history.unreleased(r, request)
  test.equal({ history.unreleased(r, request, history.expect(r, request.base)) }, { answer, message, kind })
  return answer, message, kind
end

--- The subjects of a request's commits, each with its range indexes: "fix:1,2 feat:1".
local function subjects(answer)
  local words = {}
  for _, commit in ipairs(answer.commits) do
    words[#words + 1] = commit.message:match("^[^\n]*") .. ":" .. table.concat(commit.ranges, ",")
  end
  return table.concat(words, " ")
end

test("commits since a release are given newest first with all that they say", function ()
  with_repo(function (g)
    local one = g:commit("one", { a = "1" })
    local two = g:commit("two", { a = "2" })
    local three = g:commit("three\n\nBody: x", { a = "3" })
    local answer = unreleased(g, { ranges = { { root = "", since = { one } } } })
    test.equal(answer, { contained = {}, shallow = {}, commits = {
      { oid = three, time = 1600000180, parents = 1, message = "three\n\nBody: x\n", ranges = { 1 },
        author = "A U Thor <author@example.invalid>" },
      { oid = two, time = 1600000120, parents = 1, message = "two\n", ranges = { 1 },
        author = "A U Thor <author@example.invalid>" } } })
  end)
end)

test("without a release everything is unreleased, the first commit and empty ones too", function ()
  with_repo(function (g)
    g:commit("one", { a = "1" })
    g:commit("empty")
    test.equal(subjects(unreleased(g, { ranges = { { root = "", since = {} }, { root = "a", since = {} } } })),
      "empty:1 one:1,2")
  end)
end)

test("nothing is unreleased at the release itself or behind it", function ()
  with_repo(function (g)
    local one = g:commit("one", { a = "1" })
    local two = g:commit("two", { a = "2" })
    test.equal(unreleased(g, { ranges = { { root = "", since = { two } } } }).commits, {})
    test.equal(unreleased(g, { base = one, ranges = { { root = "", since = { two } } } }).commits, {})
  end)
end)

test("each range has its own releases and its own paths", function ()
  with_repo(function (g)
    local start = g:commit("start", { ["p/a/x"] = "1", ["p/b/x"] = "1", ["p/ab/x"] = "1" })
    local a2 = g:commit("a2", { ["p/a/x"] = "2" })
    g:commit("b2", { ["p/b/x"] = "2" })
    g:commit("both", { ["p/a/x"] = "3", ["p/b/x"] = "3" })
    g:commit("ab", { ["p/ab/x"] = "2" })
    g:commit("else", { ["README"] = "1" })
    test.equal(subjects(unreleased(g, { ranges = { { root = "p/a", since = { a2 } }, { root = "p/b", since = { start } },
      { root = "p/ab", since = { start } } } })), "ab:3 both:1,2 b2:2")
  end)
end)

test("pkg-1 is not touched by pkg-10", function ()
  with_repo(function (g)
    local start = g:commit("start", { ["pkg-1/x"] = "1", ["pkg-10/x"] = "1", ["pkg-1.txt"] = "1" })
    g:commit("ten", { ["pkg-10/x"] = "2" })
    g:commit("text", { ["pkg-1.txt"] = "2" })
    g:commit("one", { ["pkg-1/x"] = "2" })
    test.equal(subjects(unreleased(g, { ranges = { { root = "pkg-1", since = { start } } } })), "one:1")
  end)
end)

test("a root may be a file, and may change between file and directory", function ()
  with_repo(function (g)
    local start = g:commit("start", { ["f"] = "1", ["g"] = "1" })
    g:commit("other", { ["g"] = "2" })
    g:commit("file", { ["f"] = "2" })
    g:commit("gone", { ["f"] = false })
    g:commit("directory", { ["f/x"] = "1" })
    test.equal(subjects(unreleased(g, { ranges = { { root = "f", since = { start } }, { root = "f/x", since = { start } } } })),
      "directory:1,2 gone:1 file:1")
  end)
end)

test("a change of mode touches its path", function ()
  with_repo(function (g)
    local start = g:commit("start", { ["p/x"] = "1" })
    g:git("update-index", "--chmod=+x", "p/x")
    g:git("commit", "-q", "-m", "mode")
    test.equal(subjects(unreleased(g, { ranges = { { root = "p", since = { start } } } })), "mode:1")
  end)
end)

test("excludes take their paths out of a range", function ()
  with_repo(function (g)
    local start = g:commit("start", { ["x"] = "1", ["p/a/x"] = "1", ["p/a/sub/x"] = "1", ["p/b"] = "1" })
    g:commit("in-a", { ["p/a/x"] = "2" })
    g:commit("in-sub", { ["p/a/sub/x"] = "2" })
    g:commit("in-b", { ["p/b"] = "2" })
    g:commit("at-root", { ["x"] = "2" })
    g:commit("mixed", { ["x"] = "3", ["p/b"] = "3" })
    test.equal(subjects(unreleased(g, { ranges = {
      { root = "", exclude = { "p" }, since = { start } },
      { root = "p/a", exclude = { "p/a/sub" }, since = { start } },
      { root = "p/a/sub", since = { start } },
      { root = "p", exclude = { "p/b", "elsewhere" }, since = { start } },
      { root = "", exclude = { "p/a", "x" }, since = { start } },
    } })), "mixed:1,5 at-root:1 in-b:5 in-sub:3,4 in-a:2,4")
  end)
end)

test("a range that excludes its own root is never touched", function ()
  with_repo(function (g)
    g:commit("one", { ["p/x"] = "1" })
    test.equal(subjects(unreleased(g, { ranges = { { root = "p", exclude = { "p" }, since = {} } } })), "")
  end)
end)

test("a merge is compared with its first parent and its branch's commits count", function ()
  with_repo(function (g)
    local start = g:commit("start", { ["a/x"] = "1", ["b/x"] = "1" })
    g:git("checkout", "-q", "-b", "topic")
    g:commit("topic", { ["b/x"] = "2" })
    g:git("checkout", "-q", "main")
    g:commit("main", { ["a/x"] = "2" })
    g:merge("topic", "merge")
    test.equal(subjects(unreleased(g, { ranges = { { root = "a", since = { start } }, { root = "b", since = { start } } } })),
      "merge:2 main:1 topic:2")
  end)
end)

test("S1.59 a branch cut before a release and merged after it is unreleased, whatever its dates", function ()
  with_repo(function (g)
    g:commit("start", { ["a"] = "1" })
    g:git("checkout", "-q", "-b", "topic")
    local topic = g:commit("topic", { ["b"] = "1" })
    g:git("checkout", "-q", "main")
    local release = g:commit("release", { ["a"] = "2" })
    g:merge("topic", "merge")
    local answer = unreleased(g, { ranges = { { root = "", since = { release } } }, ask = { topic, release } })
    test.equal(subjects(answer), "merge:1 topic:1")
    test.equal(answer.contained, { [topic] = true, [release] = true })
  end)
end)

test("several since-commits release what any of them holds", function ()
  with_repo(function (g)
    local start = g:commit("start", { ["a"] = "1" })
    g:git("checkout", "-q", "-b", "hotfix")
    local hotfix = g:commit("hotfix", { ["b"] = "1" })
    g:git("checkout", "-q", "main")
    g:commit("feature", { ["a"] = "2" })
    g:merge("hotfix", "merge")
    local ranges = { { root = "", since = { hotfix, start } }, { root = "", since = { start, hotfix } },
      { root = "", since = { start } } }
    test.equal(subjects(unreleased(g, { ranges = ranges })), "merge:1,2,3 feature:1,2,3 hotfix:3")
  end)
end)

test("what is asked for is contained exactly when the base holds it", function ()
  with_repo(function (g)
    local one = g:commit("one", { a = "1" })
    local two = g:commit("two", { a = "2" })
    g:git("checkout", "-q", "-b", "side", one)
    local side = g:commit("side", { b = "1" })
    local answer = unreleased(g, { base = two, ranges = {}, ask = { one, two, side } })
    test.equal(answer, { commits = {}, shallow = {}, contained = { [one] = true, [two] = true, [side] = false } })
  end)
end)

test("backdated commits are found: the difference is one of sets, not of dates", function ()
  with_repo(function (g)
    local root = g:commit("root", { a = "1" }, 1600000000)
    local release = g:commit("release", { a = "2" }, 1600009000)
    g:commit("old", { a = "3" }, 1000000000)
    g:commit("older", { a = "4" }, 900000000)
    g:commit("new", { a = "5" }, 1700000000)
    test.equal(subjects(unreleased(g, { ranges = { { root = "", since = { release } } }, ask = { root } })),
      "new:1 older:1 old:1")
  end)
end)

test("a release whose clock was wrong still releases what it holds", function ()
  with_repo(function (g)
    local tree = g:git("write-tree")
    local function commit(name, parents, time) return g:commit_tree(name, parents, time, tree) end
    local at = commit("c0", {}, 1600000000)
    for i = 1, 50 do at = commit("c" .. i, { at }, 1600000000 + i * 60) end
    local release = commit("release", { at }, 315532800) -- an empty clock battery
    local other = commit("other", { at }, 1600010000)
    local base = commit("merge", { other, release }, 1600010060)
    test.equal(subjects(unreleased(g, { base = base, ranges = { { root = "", since = { release } } } })),
      "merge:1 other:1")
  end)
end)

test("the sets are exact on random histories with clocks that jump", function ()
  with_repo(function (g)
    local tree, state = g:git("write-tree"), 7
    local function random(n)
      state = (state * 1103515245 + 12345) % 2147483648
      return state // 65536 % n + 1
    end
    for _ = 1, 8 do
      local commits, held = {}, {} -- held[i]: the numbers of all that commit i holds, itself included
      for i = 1, 40 do
        local parents, all = {}, { [i] = true }
        for _ = 1, random(3) do
          local parent = i - random(8)
          if parent >= 1 and not all[parent] then parents[#parents + 1] = commits[parent] end
          for number in pairs(held[parent] or {}) do all[number] = true end
        end
        commits[i], held[i] = g:commit_tree("c" .. i, parents, 1500000000 + i * 600 + random(40) * 3000, tree), all
      end
      local ranges, since = {}, {}
      for i = 1, 5 do
        since[i] = { random(39), i > 3 and random(39) or nil }
        ranges[i] = { root = "", since = {} }
        for k, number in ipairs(since[i]) do ranges[i].since[k] = commits[number] end
      end
      local answer = unreleased(g, { base = commits[40], ranges = ranges, ask = commits })
      local given = {}
      for _, commit in ipairs(answer.commits) do given[commit.oid] = table.concat(commit.ranges, ",") end
      for number, oid in ipairs(commits) do
        local indexes = {}
        for i = 1, 5 do
          local released = not held[40][number]
          for _, s in ipairs(since[i]) do released = released or held[s][number] end
          if not released then indexes[#indexes + 1] = i end
        end
        test.equal(given[oid] or "", table.concat(indexes, ","))
        test.equal(answer.contained[oid], held[40][number] or false)
      end
    end
  end)
end)

test("equal dates are ordered by name, so the order is always the same", function ()
  with_repo(function (g)
    local tree = g:git("write-tree")
    local root = g:commit_tree("root", {}, 1600000000, tree)
    local tips = {}
    for i = 1, 6 do tips[i] = g:commit_tree("tip" .. i, { root }, 1600000060, tree) end
    local base = g:commit_tree("base", tips, 1600000060, tree)
    local answer = unreleased(g, { base = base, ranges = { { root = "", since = { root } } } })
    table.sort(tips)
    for i = 1, 6 do test.equal(answer.commits[i + 1].oid, tips[i]) end
    test.equal(answer.commits[1].parents, 6)
  end)
end)

test("a hundred ranges with a hundred releases are told apart", function ()
  with_repo(function (g)
    local files, since, ranges = {}, {}, {}
    for i = 1, 100 do files[("p/%d/x"):format(i)] = "0" end
    since[1] = g:commit("start", files)
    for i = 1, 100 do
      since[i + 1] = g:commit("c" .. i, { [("p/%d/x"):format(i)] = "1", [("p/%d/x"):format(i % 100 + 1)] = "n" .. i })
    end
    for i = 1, 100 do ranges[i] = { root = "p/" .. i, since = { since[i + 1] } } end -- c<i> released package i
    local counts = {}
    for _, commit in ipairs(unreleased(g, { ranges = ranges }).commits) do
      for _, i in ipairs(commit.ranges) do counts[i] = (counts[i] or 0) + 1 end
    end
    -- package 1 was written once more by c100; every other one was last written by its own release
    test.equal(counts, { 1 })
  end)
end)

test("many commits are shared out between two threads and none is lost", function ()
  with_repo(function (g)
    local stream = { "reset refs/heads/main\n" }
    for i = 1, 1300 do
      stream[#stream + 1] = ("commit refs/heads/main\ncommitter C <c@x> %d +0000\ndata 1\nx\n"):format(1600000000 + i)
      stream[#stream + 1] = ("M 100644 inline p/%d/x\ndata %d\n%d\n"):format(i % 7, #tostring(i), i)
    end
    g.input = table.concat(stream)
    g:git("fast-import", "--quiet")
    g.input = nil
    local ranges = { { root = "", since = {} } }
    for i = 1, 7 do ranges[i + 1] = { root = "p/" .. i - 1, since = {} } end
    local commits = unreleased(g, { ranges = ranges }).commits
    test.equal(#commits, 1300)
    for at, commit in ipairs(commits) do test.equal(commit.ranges, { 1, (1300 - at + 1) % 7 + 2 }) end
  end)
end)

test("a limit keeps the newest", function ()
  with_repo(function (g)
    g:commit("one", { a = "1" })
    g:commit("two", { b = "1" })
    g:commit("three", { a = "2" })
    test.equal(subjects(unreleased(g, { limit = 1, ranges = { { root = "a", since = {} } } })), "three:1")
  end)
end)

test("where a shallow clone cuts a range off is told", function ()
  with_repo(function (g)
    g:commit("one", { a = "1" })
    local two = g:commit("two", { a = "2" })
    local three = g:commit("three", { a = "3" })
    local clone = g.dir .. "-clone"
    g:git("clone", "-q", "--depth", "2", "file://" .. g.dir, clone)
    local r <close> = assert(repo.open(clone))
    test.equal(r:is_shallow(), true)
    local whole = assert(history.unreleased(r, { base = three, ranges = { { root = "", since = {} } } }))
    test.equal({ subjects(whole), whole.shallow }, { "three:1 two:1", { two } })
    local since = assert(history.unreleased(r, { base = three, ranges = { { root = "", since = { two } } } }))
    test.equal({ subjects(since), since.shallow }, { "three:1", {} })
    local seen = {}
    history.log(r, { head = three }, function (commit) seen[#seen + 1] = commit.shallow or false end)
    test.equal(seen, { false, true })
    file.remove(clone, { recursive = true })
  end)
end)

test("a partial clone without trees names the missing object", function ()
  with_repo(function (g)
    local one = g:commit("one", { ["p/a"] = "1" })
    g:commit("two", { ["p/a"] = "2" })
    g:git("config", "uploadpack.allowFilter", "true")
    local clone = g.dir .. "-clone"
    g:git("clone", "-q", "--bare", "--filter=tree:0", "file://" .. g.dir, clone)
    local r <close> = assert(repo.open(clone))
    local base = r:head().oid
    local value, message, kind = history.unreleased(r, { base = base, ranges = { { root = "p", since = { one } } } })
    test.refuses("partial", value, message)
    test.equal(kind, "not_found")
    local all = assert(history.unreleased(r, { base = base, ranges = { { root = "", since = { one } } } }))
    test.equal(subjects(all), "two:1")
    file.remove(clone, { recursive = true })
  end)
end)

test("a base that is no commit is refused by name", function ()
  with_repo(function (g)
    g:commit("one", { a = "1" })
    local tree = g:git("rev-parse", "HEAD^{tree}")
    test.refuses(tree .. " is a tree, not a commit", unreleased(g, { base = tree, ranges = {} }))
    test.refuses(("1"):rep(40), unreleased(g, { base = ("1"):rep(40), ranges = {} }))
  end)
end)

test("misspelt options and odd paths raise", function ()
  with_repo(function (g)
    g:commit("one", { a = "1" })
    test.raises(function () unreleased(g, { ranges = { { root = "", sinze = {} } } }) end, "sinze")
    test.raises(function () unreleased(g, { ranges = { { root = "a/", since = {} } } }) end, "\"a/b\" expected")
    test.raises(function () unreleased(g, { ranges = { { root = "", since = { "HEAD" } } } }) end, "40 hex digits")
  end)
end)

local function log(g, request)
  local r <close> = assert(repo.open(g.dir))
  request.head = request.head or r:head().oid
  local words = {}
  assert(history.log(r, request, function (commit, stop)
    words[#words + 1] = commit.message:match("^[^\n]*") .. ":" .. stop
  end))
  local again = {}
  assert(history.log(r, request, function (commit, stop)
    again[#again + 1] = commit.message:match("^[^\n]*") .. ":" .. stop
  end, history.expect(r, request.head)))
  test.equal(again, words)
  return table.concat(words, " ")
end

test("the log groups every commit under the first release that holds it", function ()
  with_repo(function (g)
    g:commit("one", { a = "1" })
    local v1 = g:commit("two", { a = "2" })
    g:git("checkout", "-q", "-b", "topic")
    g:commit("topic", { b = "1" })
    g:git("checkout", "-q", "main")
    local v2 = g:commit("three", { a = "3" })
    g:merge("topic", "merge")
    local v3 = g:commit("four", { a = "4" })
    g:commit("five", { a = "5" })
    test.equal(log(g, { stops = { v1, v2, v3 } }), "five:0 four:3 merge:3 topic:3 three:2 two:1 one:1")
    test.equal(log(g, {}), "five:0 four:0 merge:0 three:0 topic:0 two:0 one:0")
    test.equal(log(g, { stops = { v1, v2, v3 }, root = "b" }), "merge:3 topic:3")
    test.equal(log(g, { stops = { v1 }, root = "", exclude = { "a" } }), "merge:0 topic:0")
  end)
end)

test("a release on another branch groups what it holds and brings nothing of its own", function ()
  with_repo(function (g)
    local v1 = g:commit("one", { a = "1" })
    g:commit("two", { a = "2" })
    g:git("checkout", "-q", "-b", "maint")
    local v11 = g:commit("fix", { b = "1" })
    g:git("checkout", "-q", "main")
    g:commit("three", { a = "3" })
    test.equal(log(g, { stops = { v1, v11 } }), "three:0 two:2 one:1")
  end)
end)

test("the log does not look at dates to tell releases apart", function ()
  with_repo(function (g)
    local v1 = g:commit("one", { a = "1" }, 1700000000)
    local v2 = g:commit("two", { a = "2" }, 1000000000)
    g:commit("three", { a = "3" }, 500000000)
    test.equal(log(g, { stops = { v1, v2 } }), "three:0 two:2 one:1")
  end)
end)

test("an error of the function passes through the log", function ()
  with_repo(function (g)
    g:commit("one", { a = "1" })
    local r <close> = assert(repo.open(g.dir))
    test.raises(function () history.log(r, { head = r:head().oid }, function () error("stop here") end) end, "stop here")
    test.raises(function ()
      history.log(r, { head = r:head().oid }, function () r:close() end)
    end, "closed")
  end)
end)

test("history says the same of commits that are loose, in one pack, in several, in another order, or deltas", function ()
  with_repo(function (g)
    local words = ("all work and no play makes a changelog dull "):rep(40)
    for i = 1, 40 do g:commit(("feat: %d\n\n%s%d"):format(i, words, i), i % 9 == 0 and {} or { a = tostring(i) }) end
    g:git("checkout", "-q", "-b", "side", "HEAD~20")
    for i = 1, 10 do g:commit("fix: side " .. i, { b = tostring(i) }) end
    g:git("checkout", "-q", "main")
    g:merge "side"
    local function told() return unreleased(g, { ranges = { { root = "", since = {} }, { root = "b", since = {} } } }) end
    local loose = told()
    test.equal(#loose.commits, 51)
    g.input = g:git("rev-list", "--objects", "HEAD~3")
    g:git("pack-objects", "-q", ".git/objects/pack/pack")
    g.input = nil
    g:git("prune-packed")
    test.equal(told(), loose, "some packed")
    g:git("repack", "-q", "-d")
    test.equal(told(), loose, "in two packs")
    g:git("repack", "-q", "-a", "-d", "-f", "--window=50")
    test.equal(told(), loose, "in one pack")
    local deltas, packs = 0, g.dir .. "/.git/objects/pack/"
    local index = packs .. file.list(packs)[1]:gsub("%.%a+$", ".idx")
    for line in g:git("verify-pack", "-v", index):gmatch "[^\n]+" do
      if line:find "^%x+ commit %d+ %d+ %d+ %d+ %x+$" then deltas = deltas + 1 end
    end
    test.equal(deltas > 0, true, "no commit became a delta")
  end)
end)
