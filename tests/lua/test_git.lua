--- Asking git ahead of time: the answers are those that it gives in turn.
local test = require "testing"
local git, gitrepo = require "git", require "gitrepo"
local file, proc = require "host.file", require "host.proc"

local function with_repo(body, options)
  local g = gitrepo.new(options)
  local ok, problem = xpcall(body, debug.traceback, g)
  g:remove()
  if not ok then error(problem, 0) end
end

-- The repository as data, with what it says of its settings and its work tree.
local function told(path, ahead)
  local one = assert(git.open(path, ahead))
  local settings = assert(one:config())
  if ahead then one:expect_filters() end
  return { dir = one.dir, common = one.common, root = one.root, bare = one.bare, shallow = one.shallow,
    name = settings["user.name"], url = settings["remote.origin.url"], dirty = one.bare or one:dirty(),
    filters = assert(one:filters { "below/a", "b", "x.bin" }), again = assert(one:filters { "x.bin" }) }
end

test("answers from ahead are those that git gives in turn, from a directory below, too", function ()
  with_repo(function (g)
    g:git("config", "user.name", "Some Body")
    g:git("remote", "add", "origin", "https://user:secret@example.invalid/x.git")
    g:commit("one", { ["below/a"] = "1", b = "1", [".gitattributes"] = "*.bin filter=lfs\n" })
    assert(file.write(g.dir .. "/below/a", "2"))
    assert(file.write(g.dir .. "/new file", "3"))
    for _, path in ipairs { g.dir, g.dir .. "/below" } do
      local expected = told(path)
      test.equal(expected.dirty, { "below/a", "new file" })
      test.equal(expected.filters, { ["x.bin"] = "lfs" })
      test.equal(expected.url, "https://***@example.invalid/x.git")
      test.equal(told(path, git.begin(path, true)), expected)
      test.equal(told(path, git.begin(path)), expected)
    end
  end)
end)

test("a bare repository has answers from ahead, too", function ()
  with_repo(function (g) test.equal(told(g.dir, git.begin(g.dir, true)), told(g.dir)) end, { "--bare" })
end)

test("a second question for the status is asked anew", function ()
  with_repo(function (g)
    g:commit("one", { a = "1" })
    local one = assert(git.open(g.dir, git.begin(g.dir, true)))
    test.equal(one:dirty(), {})
    assert(file.write(g.dir .. "/a", "2"))
    test.equal(one:dirty(), { "a" })
  end)
end)

test("what refuses in turn refuses from ahead", function ()
  local dir = assert(file.temporary_directory())
  local _, expected = git.open(dir)
  local _, ahead = git.open(dir, git.begin(dir, true))
  file.remove(dir)
  test.equal(ahead, expected)
  test.equal(expected.text:find "not a git repository" ~= nil, true)
end)

-- Who else stands on `side`, asked in this folder.
local function elsewhere(path) return assert(git.open(path)):standing_on "refs/heads/side" end

-- Calls body(g, path): `path` names a linked work tree on the branch `side`, inside a folder that ends with the test.
local function with_work_tree(body, options)
  with_repo(function (g)
    local folder = assert(file.temporary_directory())
    if options then g:git("fetch", "-q", options.from, "+refs/heads/*:refs/heads/*") else g:commit("one", { a = "1" }) end
    g:git("worktree", "add", "-q", "-B", "side", folder .. "/linked", "main")
    body(g, assert(file.resolve(folder)) .. "/linked")
    file.remove(folder, { recursive = true })
  end, options)
end

test("a work tree that stands on a branch is seen from the others, and not by itself", function ()
  with_work_tree(function (g, path)
    test.equal(elsewhere(g.dir), path)
    test.equal(elsewhere(path), false)
    test.equal(assert(git.open(path)):standing_on "refs/heads/main", file.resolve(g.dir))
    test.equal(assert(git.open(g.dir)):standing_on "refs/heads/main", false)
    g:git("-C", path, "checkout", "-q", "--detach")
    test.equal(elsewhere(g.dir), false)
  end)
end)

test("two work trees on one branch see each other", function ()
  with_work_tree(function (g, path)
    g:git("checkout", "-q", "--ignore-other-worktrees", "side")
    test.equal({ elsewhere(g.dir), elsewhere(path) }, { path, file.resolve(g.dir) })
  end)
end)

test("a work tree that is reached by a link, or remembered by one, is still the same one", function ()
  with_work_tree(function (g, path)
    local link = path .. "-link"
    assert(proc.run { argv = { "ln", "-s", path, link } })
    test.equal(elsewhere(link), false)
    assert(file.write(g.dir .. "/.git/worktrees/linked/gitdir", link .. "/.git\n"))
    test.equal({ elsewhere(link), elsewhere(path), elsewhere(g.dir) }, { false, false, link })
  end)
end)

test("a work tree whose folder is gone stands nowhere, unless it is locked", function ()
  with_work_tree(function (g, path)
    file.remove(path, { recursive = true })
    test.equal(elsewhere(g.dir), false)
    g:git("worktree", "lock", path)
    test.equal(elsewhere(g.dir), path)
  end)
end)

test("a bare repository stands on no branch, and its work trees do", function ()
  with_repo(function (source)
    source:commit("one", { a = "1" })
    with_work_tree(function (g, path)
      test.equal(elsewhere(g.dir), path)
      g:git("symbolic-ref", "HEAD", "refs/heads/side")
      test.equal(elsewhere(path), false)
    end, { "--bare", from = source.dir })
  end)
end)
