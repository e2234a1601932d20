local test = require "testing"
local gitrepo = require "gitrepo"
local repo, file, proc = require "host.repo", require "host.file", require "host.proc"

local g = gitrepo.new()
local first = g:commit("first", { ["a.txt"] = "one\n", ["dir/b.txt"] = "two\n", ["dir-x"] = "x\n", ["dir.y"] = "y\n" })
local second = g:commit("second\n\nBody.", { ["dir/sub/c.sh"] = "three\n" })
g:git("tag", "light", first)
g:git("tag", "-a", "-m", "annotated", "v1", second)
g:git("tag", "-a", "-m", "a tag of a tag", "v1-again", "v1")
g:git("tag", "of-tree", first .. "^{tree}")
local r = assert(repo.open(g.dir))

test("a repository tells its directories", function ()
  test.equal(r:work_dir(), assert(file.resolve(g.dir)) .. "/")
  test.equal(r:git_dir(), r:work_dir() .. ".git/")
  test.equal(r:common_dir(), r:git_dir())
  test.equal(r:is_shallow(), false)
end)

test("a directory below the work tree finds the repository", function ()
  local below = assert(repo.open(g.dir .. "/dir"))
  test.equal(below:git_dir(), r:git_dir())
end)

test("a directory outside of any repository is refused", function ()
  local dir = assert(file.temporary_directory())
  local value, message, kind = repo.open(dir)
  file.remove(dir)
  test.refuses("not in a git repository", value, message)
  test.equal(kind, "not_found")
end)

test("a linked work tree shares refs and has a HEAD of its own", function ()
  g:git("worktree", "add", "-q", "-b", "side", g.dir .. "-side", first)
  local side = assert(repo.open(g.dir .. "-side"))
  test.equal(side:common_dir(), r:git_dir())
  test.equal(side:head(), { oid = first, ref = "refs/heads/side" })
  test.equal(#side:refs("refs/tags/"), 4)
  side:close()
  g:git("worktree", "remove", "--force", g.dir .. "-side")
  g:git("branch", "-q", "-D", "side")
end)

test("a repository with SHA-256 names is refused as unsupported", function ()
  local other = gitrepo.new { "--object-format=sha256" }
  local value, message, kind = repo.open(other.dir)
  other:remove()
  test.refuses("SHA-1 names", value, message)
  test.equal(kind, "unsupported")
end)

test("a repository with reftable refs is refused as unsupported", function ()
  local other = gitrepo.new()
  other:git("config", "core.repositoryformatversion", "1")
  file.append(other.dir .. "/.git/config", "[extensions]\n\trefStorage = reftable\n")
  local value, message, kind = repo.open(other.dir)
  other:remove()
  test.refuses("refstorage", value, message and message:lower())
  test.equal(kind, "unsupported")
end)

test("the head names its branch, or none when detached", function ()
  test.equal(r:head(), { oid = second, ref = "refs/heads/main" })
  g:git("checkout", "-q", "--detach", first)
  test.equal(r:head(), { oid = first })
  g:git("checkout", "-q", "main")
end)

test("the head of an empty repository has a branch and no commit", function ()
  local empty = gitrepo.new()
  local e = assert(repo.open(empty.dir))
  test.equal(e:head(), { ref = "refs/heads/main" })
  test.equal(e:refs("refs/"), {})
  e:close()
  empty:remove()
end)

local function names_and_oids()
  local lines = {}
  for _, ref in ipairs((r:refs("refs/"))) do lines[#lines + 1] = ref.oid .. " " .. ref.name end
  return table.concat(lines, "\n")
end

test("refs are those that git shows, loose, packed and mixed", function ()
  local shown = g:git("for-each-ref", "--format=%(objectname) %(refname)")
  test.equal(names_and_oids(), shown)
  g:git("pack-refs", "--all")
  test.equal(names_and_oids(), shown)
  g:git("tag", "-f", "light", second)
  g:git("branch", "deep/er/branch", first)
  test.equal(names_and_oids(), g:git("for-each-ref", "--format=%(objectname) %(refname)"))
  g:git("tag", "-f", "light", first)
end)

test("a prefix takes the refs that start with it", function ()
  local refs = r:refs("refs/tags/v1")
  test.equal({ refs[1].name, refs[2].name, #refs }, { "refs/tags/v1", "refs/tags/v1-again", 2 })
end)

test("refs as names and oids are the same refs", function ()
  local expected = {}
  for _, ref in ipairs((r:refs("refs/tags/"))) do expected[ref.name] = ref.oid end
  test.equal(r:ref_oids("refs/tags/"), expected)
  test.equal(next(r:ref_oids("refs/nothing/")), nil)
end)

test("packed refs tell what a tag leads to", function ()
  g:git("pack-refs", "--all")
  local by_name = {}
  for _, ref in ipairs((r:refs("refs/tags/"))) do by_name[ref.name] = ref.peeled end
  test.equal(by_name["refs/tags/v1"], second)
  test.equal(by_name["refs/tags/v1-again"], second)
  test.equal(by_name["refs/tags/light"], first)
end)

test("loose tags are peeled when that is asked for", function ()
  g:git("tag", "-a", "-m", "loose", "v2", second)
  test.equal(r:refs("refs/tags/v2")[1].peeled, nil)
  test.equal(r:refs("refs/tags/v2", { peel = true })[1].peeled, second)
end)

test("symbolic refs are followed and broken refs are listed apart", function ()
  g:git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
  g:git("symbolic-ref", "refs/heads/nowhere", "refs/heads/gone")
  file.write(g.dir .. "/.git/refs/heads/torn", "not an object\n")
  local refs, broken = r:refs("refs/heads/")
  local alias
  for _, ref in ipairs(refs) do if ref.name == "refs/heads/alias" then alias = ref.oid end end
  test.equal(alias, second)
  test.equal(broken, { "refs/heads/nowhere", "refs/heads/torn" })
  g:git("symbolic-ref", "-d", "refs/heads/nowhere")
  g:git("symbolic-ref", "-d", "refs/heads/alias")
  file.remove(g.dir .. "/.git/refs/heads/torn")
end)

test("a ref that is absent is not found", function ()
  test.equal(r:ref("refs/heads/main"), second)
  test.equal({ r:ref("refs/heads/none") }, { nil, "refs/heads/none: no such ref", "not_found" })
end)

test("an object is read with its type and bytes", function ()
  test.equal({ r:read(g:git("rev-parse", "HEAD:a.txt")) }, { "blob", "one\n" })
  local kind, bytes = r:read(second)
  test.equal({ kind, bytes }, { "commit", g:git("cat-file", "commit", second) .. "\n" })
end)

test("an object that is not there is named", function ()
  local value, message, kind = r:read(("1"):rep(40))
  test.refuses(("1"):rep(40), value, message)
  test.equal(kind, "not_found")
end)

test("a name that is no object name raises", function ()
  test.raises(function () r:read("HEAD") end, "40 hex digits")
end)

test("a tag of a tag is peeled to its commit", function ()
  test.equal(r:peel(r:ref("refs/tags/v1-again")), second)
  test.equal(r:peel(first), first)
end)

test("what leads to no commit is not peeled", function ()
  test.refuses("leads to a tree", r:peel(r:ref("refs/tags/of-tree")))
end)

test("a commit is taken apart", function ()
  local c = r:commit(second)
  test.equal(c.parents, { first })
  test.equal(c.tree, g:git("rev-parse", "HEAD^{tree}"))
  test.equal(c.message, "second\n\nBody.\n")
  test.equal(c.author, "A U Thor <author@example.invalid> 1600000120 +0000")
  test.equal(c.time, 1600000120)
  test.equal(c.encoding, nil)
end)

test("a commit in another encoding keeps its bytes and names the encoding", function ()
  local old = g:git("rev-parse", "HEAD")
  g:git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-m", "caf\xe9")
  local c = r:commit(g:git("rev-parse", "HEAD"))
  test.equal({ c.encoding, c.message }, { "ISO-8859-1", "caf\xe9\n" })
  g:git("reset", "-q", "--hard", old)
end)

test("a path is looked up in a tree or a commit", function ()
  test.equal(r:lookup(second, "dir/sub/c.sh"),
    { mode = "100644", type = "blob", oid = g:git("rev-parse", "HEAD:dir/sub/c.sh") })
  test.equal(r:lookup(r:commit(second).tree, "dir").type, "tree")
  for _, path in ipairs { "dir/none", "a.txt/x", "di", "dir/" } do
    test.equal(select(3, r:lookup(second, path)), "not_found", path)
  end
end)

test("a directory is listed in git's order", function ()
  local names = {}
  for _, entry in ipairs(r:list(second)) do names[#names + 1] = entry.name end
  test.equal(table.concat(names, "\n"), g:git("ls-tree", "--name-only", "HEAD"))
  test.equal(r:list(second, "dir/sub")[1].name, "c.sh")
end)

test("P20 a hash is the one that git computes and nothing is stored", function ()
  g.input = "never stored\n"
  local oid = g:git("hash-object", "--stdin")
  g.input = nil
  test.equal(r:hash("blob", "never stored\n"), oid)
  test.equal(select(3, r:read(oid)), "not_found")
end)

test("a written object is git's, and writing it again succeeds", function ()
  local oid = assert(r:write("blob", "stored\n"))
  test.equal(g:git("cat-file", "blob", oid), "stored")
  test.equal(r:write("blob", "stored\n"), oid)
end)

local person = "A <a@example.invalid> 1600000000 +0000"

test("malformed objects are not written", function ()
  local tree = r:commit(second).tree
  test.refuses("author", r:write("commit", ("tree %s\nauthor A\ncommitter %s\n\nx\n"):format(tree, person)))
  test.refuses("tree line", r:write("commit", "hello\n"))
  test.refuses("torn", r:write("tree", "100644 a"))
  test.refuses("not allowed", r:write("tree", "100644 .git\0" .. ("x"):rep(20)))
  test.refuses("order", r:write("tree", "100644 b\0" .. ("x"):rep(20) .. "100644 a\0" .. ("x"):rep(20)))
  test.refuses("tagger", r:write("tag", ("object %s\ntype commit\ntag v\n\nx\n"):format(second)))
end)

test("objects that name absent ones are not written", function ()
  local absent = ("2"):rep(40)
  test.refuses(absent, r:write("commit", ("tree %s\nauthor %s\ncommitter %s\n\nx\n"):format(absent, person, person)))
  test.refuses("is a commit, not a tree",
    r:write("commit", ("tree %s\nauthor %s\ncommitter %s\n\nx\n"):format(second, person, person)))
end)

local base = r:commit(second).tree
local blob = assert(r:write("blob", "edited\n"))

test("an edited tree is the one that git would make", function ()
  local edits = {
    { path = "dir/b.txt", mode = "100755", oid = blob }, { path = "dir/new/deep/file", mode = "100644", oid = blob },
    { path = "a.txt", remove = true }, { path = "dir0", mode = "120000", oid = blob },
    { path = "dir/sub/c.sh", remove = true },
  }
  local held = assert(r:edit_tree(base, edits))
  test.raises(function () g:git("cat-file", "-e", held) end)
  local written = assert(r:edit_tree(base, edits, { write = true }))
  test.equal(written, held)
  g:git("read-tree", base)
  g:git("update-index", "--add", "--cacheinfo", "100755," .. blob .. ",dir/b.txt", "--cacheinfo",
    "100644," .. blob .. ",dir/new/deep/file", "--cacheinfo", "120000," .. blob .. ",dir0", "--force-remove",
    "a.txt", "dir/sub/c.sh")
  test.equal(written, g:git("write-tree"))
  g:git("fsck", "--strict")
  g:git("read-tree", "HEAD")
end)

test("a held tree can be read and edited again, but not named by what is written", function ()
  local held = assert(r:edit_tree(base, { { path = "x/y/z", mode = "100644", oid = blob } }))
  test.equal(r:lookup(held, "x/y/z").oid, blob)
  test.equal(r:edit_tree(held, { { path = "x/y/z", remove = true } }), base)
  test.refuses("not in the repository",
    r:write("commit", ("tree %s\nauthor %s\ncommitter %s\n\nx\n"):format(held, person, person)))
end)

test("paths that a file system could take for something else are refused", function ()
  for _, path in ipairs { "../x", "a/../b", "a//b", "/a", "a/", ".git/config", "x/.GIT/y", ".g\u{200c}it/x", "git~1",
    ".git. .", ".git::$INDEX_ALLOCATION/x", "." } do
    test.equal(select(3, r:edit_tree(base, { { path = path, mode = "100644", oid = blob } })), "format", path)
  end
  test.truthy(r:edit_tree(base, { { path = ".gitignore", mode = "100644", oid = blob } }))
end)

test("a file and a directory of one name are refused", function ()
  local function edit(...) return r:edit_tree(base, { ... }) end
  local function put(path) return { path = path, mode = "100644", oid = blob } end
  test.refuses("a.txt is a file", edit(put "a.txt/x"))
  test.refuses("is a directory", edit(put "dir"))
  test.refuses("a directory", edit(put "n", put "n/x"))
  test.refuses("named twice", edit(put "n", put "n"))
  test.refuses("not to be removed", edit { path = "none", remove = true })
end)

test("a stored tree names only stored objects of the right type", function ()
  local absent = r:hash("blob", "nowhere\n")
  local edits = { { path = "n", mode = "100644", oid = absent } }
  test.truthy(r:edit_tree(base, edits))
  test.refuses("n: object " .. absent, r:edit_tree(base, edits, { write = true }))
  test.refuses("a tree, but the mode", r:edit_tree(base, { { path = "n", mode = "100644", oid = base } }, { write = true }))
end)

test("a tree can be made from nothing", function ()
  test.equal(r:edit_tree(nil, {}), "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
end)

test("a ref is made only where none is", function ()
  test.equal(r:set_ref("refs/heads/new", first, nil, "made"), true)
  local value, message, kind = r:set_ref("refs/heads/new", second, nil, "again")
  test.refuses(first, value, message)
  test.equal(kind, "conflict")
  test.equal(g:git("rev-parse", "refs/heads/new"), first)
end)

test("a ref moves only from the value that is expected", function ()
  test.equal(select(3, r:set_ref("refs/heads/new", first, second, "stale")), "conflict")
  test.equal(r:set_ref("refs/heads/new", second, first, "moved"), true)
  test.equal(g:git("rev-parse", "refs/heads/new"), second)
  test.equal(select(3, r:set_ref("refs/heads/none", second, first, "absent")), "conflict")
end)

test("a ref is deleted only at the value that is expected, packed or loose", function ()
  g:git("pack-refs", "--all")
  test.equal(select(3, r:set_ref("refs/heads/new", nil, first, "")), "conflict")
  test.equal(r:set_ref("refs/heads/new", nil, second, ""), true)
  test.equal(select(3, r:ref("refs/heads/new")), "not_found")
  test.equal(select(3, r:set_ref("refs/heads/new", nil, second, "")), "conflict")
end)

test("of many processes that make one ref exactly one wins", function ()
  local script, processes, won = g.dir .. "/race.lua", {}, 0
  file.write(script, [[
    local r, won = require "host.repo".open(arg[1]), 0
    for i = 1, 20 do
      if r:set_ref("refs/tags/race-" .. i, arg[2], nil, "") then won = won + 1 end
    end
    os.exit(won)
  ]])
  for i = 1, 4 do
    processes[i] = assert(proc.start { argv = { "/proc/self/exe", "lua", script, g.dir, i % 2 == 0 and first or second },
      stdout = "/dev/null", stderr = "/dev/null" })
  end
  for _, process in ipairs(processes) do won = won + process:wait().code end
  file.remove(script)
  test.equal(won, 20)
end)

test("names that git refuses, and places that are not refs, are refused", function ()
  for _, name in ipairs { "refs/heads/a..b", "refs/heads/x.lock", "HEAD", "refs/heads/a b" } do
    test.equal(select(3, r:set_ref(name, first, nil, "")), "format", name)
  end
end)

test("a ref whose name is in the way of another is refused", function ()
  local value, message, kind = r:set_ref("refs/heads/main/sub", first, nil, "")
  test.refuses("in the way", value, message)
  test.equal(kind, "exists")
  test.equal(select(3, r:set_ref("refs/heads", first, nil, "")), "exists")
  test.equal(select(3, r:set_ref("refs/tags/v1/sub", first, nil, "")), "exists")
end)

test("a ref that moved is in git's own log with the message", function ()
  r:set_ref("refs/heads/logged", first, nil, "why it was made")
  test.contains(g:git("reflog", "show", "refs/heads/logged"), "why it was made")
  r:set_ref("refs/heads/logged", nil, first, "")
end)

test("a symbolic ref is not moved", function ()
  g:git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
  test.equal(select(3, r:set_ref("refs/heads/alias", first, second, "")), "unsupported")
  g:git("symbolic-ref", "-d", "refs/heads/alias")
end)

test("a ref to an object that is not here is refused", function ()
  test.equal(select(3, r:set_ref("refs/heads/new", ("3"):rep(40), nil, "")), "not_found")
end)

test("a ref that another process has locked is refused", function ()
  file.write(g.dir .. "/.git/refs/heads/main.lock", "")
  test.equal(select(3, r:set_ref("refs/heads/main", first, second, "")), "locked")
  file.remove(g.dir .. "/.git/refs/heads/main.lock")
  test.equal(r:ref("refs/heads/main"), second)
end)

test("a closed repository raises and can be closed again", function ()
  local other = assert(repo.open(g.dir))
  other:close()
  other:close()
  test.raises(function () other:head() end, "closed")
end)

r:close()
g:remove()

test("the log of a ref tells who moved it", function ()
  local here = gitrepo.new()
  local one = here:commit("one", { a = "1" })
  local own = assert(repo.open(here.dir))
  assert(own:identify("Some Body", "some@example.invalid"))
  assert(own:set_ref("refs/heads/new", one, nil, "made for a test"))
  test.equal(here:git("reflog", "show", "--format=%gn <%ge> %gs", "new"), "Some Body <some@example.invalid> made for a test")
  own:close()
  here:remove()
end)
