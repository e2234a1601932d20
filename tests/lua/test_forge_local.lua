--- The local forge: the suite of all backends, and what is its own: its files, its people, its refusals.

local test = require "testing"
local file = require "host.file"
local json = require "host.json"
local assets = require "forge.local.assets"
local forge_local = require "forge.local"
local forge_suite = require "forge_suite"
local local_stage = require "local_stage"
local problem = require "problem"

forge_suite("local", local_stage.with)

local with = local_stage.with

local function must(value, trouble)
  if value == nil then error(tostring(trouble), 2) end
  return value
end

local function refused(kind, part, value, trouble)
  test.equal(value, nil)
  test.truthy(problem.is(trouble), "a problem in place of " .. tostring(trouble))
  test.equal(trouble.kind, kind, tostring(trouble))
  test.contains(tostring(trouble), part)
  test.lacks(tostring(trouble), "\n")
end

local function files(stage, directory)
  return stage.place:must { "sh", "-c", ('cd "%s" && find . -type f | sort'):format(stage.place:path(directory)) }
end

local function open(path) return forge_local.new({ kind = "local", path = path }, local_stage.parts()) end

-- A forge on which something of everything has happened.
local function lived_in(stage)
  stage.commit("release-1", "r.txt", "r\n")
  stage.protect("main", { checks = { "release" }, approvals = 1 })
  stage.environment("production", { "ann" })
  stage.workflow("publish.yml", { "production" })
  local forge = stage.forge
  local pull = must(forge:create_pull { title = "Release", body = "", head = "release-1", base = "main" })
  stage.review(pull.number, "ann", "approved")
  must(forge:comment(pull.number, "hello"))
  must(forge:post_status(pull.head.oid, { context = "release", state = "pending", description = "" }))
  stage.issue("a bug", { "blocker" })
  stage.place:write("app.bin", "bytes")
  for _, tag in ipairs { "v1.0.0", "core/v2.0.0" } do
    local release = must(forge:create_release { tag = tag, target = "main", draft = true })
    must(forge:upload_asset(release.id, { name = "app.bin", path = stage.place:path "app.bin" }))
    if tag == "v1.0.0" then must(forge:update_release(release.id, { draft = false })) end
  end
  must(forge:dispatch { workflow = "publish.yml", ref = "main", inputs = { a = "b" } })
end

-- Every read of a forge, as { value, problem }.
local function reads(forge)
  local answers = {}
  local function ask(method, ...) answers[#answers + 1] = { method, forge[method](forge, ...) } end
  ask "repository"
  ask("rules", "main")
  ask("pulls", { state = "all" })
  ask("pull", 1)
  ask("reviews", 1)
  ask("comments", 1)
  ask("checks", must(forge.bare:branch "release-1"))
  ask("issues", {})
  ask "releases"
  ask("runs", {})
  ask("run", 7)
  ask("approvals", 7)
  ask("environment", "production")
  ask("role", "ann")
  return answers
end

test("P3 a file that is broken is told by its name, and never read as absent", function ()
  with(function (stage)
    lived_in(stage)
    local names = {}
    for name in files(stage, "demo.forge"):gmatch "%./([^\n]+%.json)\n" do
      if name ~= "latest.json" and name ~= "counter.json" then names[#names + 1] = name end
    end
    test.truthy(#names >= 11, #names .. " files")
    for _, name in ipairs(names) do
      local whole = stage.place:read("demo.forge/" .. name)
      for _, bytes in ipairs { "", "{", "[]", "null", '{"a":1}', whole:sub(1, #whole // 2), (whole:gsub('"[^"]*": ', '"x": ', 1)) } do
        stage.place:write("demo.forge/" .. name, bytes)
        local told
        for _, answer in ipairs(reads(stage.forge)) do
          if answer[2] == nil then
            told = tostring(answer[3])
            test.contains(told, name, answer[1])
            test.contains(told, "broken")
            test.lacks(told, "\n")
          end
        end
        test.truthy(told, name .. " broken: nobody says so of " .. bytes)
      end
      stage.place:write("demo.forge/" .. name, whole)
    end
    for _, answer in ipairs(reads(stage.forge)) do test.truthy(answer[2] ~= nil, answer[1] .. ": " .. tostring(answer[3])) end
  end)
end)

test("a file that is none of the forge's is told, and what a killed writer left is not", function ()
  with(function (stage)
    lived_in(stage)
    stage.place:write("demo.forge/pulls/1.json.AbC123", "{")
    stage.place:write("demo.forge/issues/.2.json.swp", "x")
    stage.place:write("demo.forge/statuses/" .. stage.branch "release-1" .. "/release.json.AbC123", "")
    for _, answer in ipairs(reads(stage.forge)) do test.truthy(answer[2] ~= nil, answer[1] .. ": " .. tostring(answer[3])) end
    stage.place:write("demo.forge/pulls/notes.txt", "x")
    refused("error", "pulls/notes.txt: no file of a local forge's; move it away", stage.forge:pulls {})
  end)
end)

test("P16 reading a forge that is not there yet makes nothing, and finds nothing", function ()
  with(function (stage)
    stage.commit("release-1", "r.txt", "r\n")
    local forge = stage.forge
    test.equal(must(forge:pulls {}), {})
    test.equal(forge:pull(1), false)
    test.equal(must(forge:checks(stage.branch "main")), {})
    test.equal(must(forge:issues {}), {})
    test.equal(must(forge:releases()), {})
    test.equal(must(forge:runs {}), {})
    test.equal(stage.place:run({ "test", "-e", stage.place:path "demo.forge" }).code, 1)
  end)
end)

test("P16 to judge whether a pull request merges, nothing is stored in the repository", function ()
  with(function (stage)
    stage.commit("release-1", "r.txt", "r\n")
    stage.commit("main", "m.txt", "m\n")
    must(stage.forge:create_pull { title = "Release", head = "release-1", base = "main" })
    local before = files(stage, "demo.git")
    test.equal(must(stage.forge:pull(1)).mergeable, true)
    test.equal(files(stage, "demo.git"), before)
    test.equal(files(stage, "tmp"), "")
  end)
end)

test("a forge without a bare repository beside it is refused, and says where it would be", function ()
  with(function (stage)
    refused("error", "there is no bare repository", open(stage.place:path "other.forge"))
    refused("error", "nowhere", open(stage.place:path "nowhere/other.forge"))
    stage.place:must { "git", "init", "-q", stage.place:path "other" }
    refused("error", "not bare", open(stage.place:path "other.forge"))
    test.truthy(open(stage.place:path "demo.forge/"))
  end)
end)

test("nothing of a draft is below what a web server serves", function ()
  with(function (stage)
    stage.place:write("a.bin", "secret until released")
    local release = must(stage.forge:create_release { tag = "v1.0.0", target = "main", draft = true })
    local asset = must(stage.forge:upload_asset(release.id, { name = "a.bin", path = stage.place:path "a.bin" }))
    test.lacks(files(stage, "demo.forge"), "./releases/")
    test.equal(asset.url, "file://" .. stage.place:path "demo.forge/releases/v1.0.0/assets/a.bin")
    must(stage.forge:update_release(release.id, { draft = false }))
    test.equal(stage.place:read "demo.forge/releases/v1.0.0/assets/a.bin", "secret until released")
    test.lacks(files(stage, "demo.forge"), "./drafts/")
    must(stage.forge:update_release(release.id, { draft = true }))
    test.lacks(files(stage, "demo.forge"), "./releases/")
    test.equal(must(stage.forge:fetch(asset.url)).status, 404)
  end)
end)

test("P18 only what is public can be fetched, by whatever path it is asked for", function ()
  with(function (stage)
    lived_in(stage)
    local base = "file://" .. stage.place:path "demo.forge"
    for _, path in ipairs { "/forge.json", "/releases/v1.0.0/release.json", "/releases/../drafts/5/assets/app.bin",
      "/releases/v1.0.0/assets/../../../drafts/5/assets/app.bin", "/releases/%2e%2e/drafts/5/assets/app.bin",
      "/releases/v1.0.0/assets/none", "/releases/v9.0.0/assets/app.bin", "/drafts/5/assets/app.bin" } do
      test.equal(must(stage.forge:fetch(base .. path)).status, 404, path)
    end
    test.equal(must(stage.forge:fetch(base .. "/releases/v1.0.0/assets/app.bin")).status, 200)
    for _, url in ipairs { "https://example.org/x", "file:///etc/passwd", "file://host/etc/passwd", base .. "x/releases/a/assets/b", "" } do
      refused("error", "nothing of this forge's", stage.forge:fetch(url))
    end
  end)
end)

test("the latest release is the newest public one that is no pre-release, unless it is said", function ()
  with(function (stage)
    local function latest() return (stage.place:read "demo.forge/latest.json" or "none"):match '"tag": "([^"]+)"' end
    local function release(tag, fields)
      local request = { tag = tag, target = "main" }
      for key, value in pairs(fields) do request[key] = value end
      return must(stage.forge:create_release(request))
    end
    local draft = release("v1.0.0", { draft = true })
    test.equal(latest(), nil)
    must(stage.forge:update_release(draft.id, { draft = false }))
    test.equal(latest(), "v1.0.0")
    release("v1.1.0-rc.1", { prerelease = true })
    release("v0.9.1", { latest = false })
    test.equal(latest(), "v1.0.0")
    release("v1.1.0", {})
    test.equal(latest(), "v1.1.0")
    must(stage.forge:update_release(draft.id, { latest = true }))
    test.equal(latest(), "v1.0.0")
  end)
end)

test("an upload whose bytes are not the announced ones is refused, and its name is free again", function ()
  with(function (stage)
    stage.place:write("a.bin", "12345")
    local release = must(stage.forge:create_release { tag = "v1.0.0", target = "main", draft = true })
    for _, announced in ipairs { { size = 4 }, { sha256 = ("0"):rep(64) } } do
      announced.name, announced.path = "a.bin", stage.place:path "a.bin"
      refused("error", "not those that were announced", stage.forge:upload_asset(release.id, announced))
      test.equal(must(stage.forge:releases())[1].assets, {})
    end
    refused("error", "none.bin", stage.forge:upload_asset(release.id, { name = "a.bin", path = stage.place:path "none.bin" }))
    refused("denied", "no name of an asset", stage.forge:upload_asset(release.id, { name = "..", path = stage.place:path "a.bin" }))
    test.equal(files(stage, "demo.forge"):find "incoming", nil)
    must(stage.forge:upload_asset(release.id, { name = "a.bin", path = stage.place:path "a.bin", size = 5 }))
  end)
end)

test("names of assets keep letters, digits and _ + -; the rest becomes a dot, and none at the ends", function ()
  for given, kept in pairs { ["app-1.0_x+y.tar.gz"] = "app-1.0_x+y.tar.gz", ["my file (1).zip"] = "my.file.1.zip",
    [".hidden"] = "default.hidden", ["../../etc/passwd"] = "default.etc.passwd", ["a\0b"] = "a.b", ["end."] = "end",
    ["\u{fc}ber"] = "default.ber" } do
    test.equal(assets.name(given), kept, given)
  end
end)

test("a tag is made where no release has been, and no release takes a name that is none", function ()
  with(function (stage)
    for _, tag in ipairs { "", "a..b", "a b", "-x", "../x", "a/../b", "x.lock", "a/.git" } do
      local value, trouble = stage.forge:create_release { tag = tag, target = "main", draft = true }
      test.equal(value, nil, tag)
      test.truthy(problem.is(trouble), tag)
    end
    refused("denied", "no commit gone", stage.forge:create_release { tag = "v1.0.0", target = "gone" })
    test.equal(must(stage.forge:releases()), {})
    test.equal(stage.tag "v1.0.0", nil)
  end)
end)

test("a branch that was set back to its base is closed, not merged; so is one that is gone", function ()
  with(function (stage)
    stage.commit("release-1", "r.txt", "r\n")
    stage.commit("release-2", "s.txt", "s\n")
    for _, head in ipairs { "release-1", "release-2" } do
      must(stage.forge:create_pull { title = head, head = head, base = "main" })
    end
    stage.set_branch("release-1", stage.branch "main")
    stage.set_branch("release-2", nil)
    test.equal(must(stage.forge:pull(1)).state, "closed")
    test.equal(must(stage.forge:pull(2)).state, "closed")
    refused("denied", "its branch is gone", stage.forge:update_pull(2, { state = "open" }))
    test.equal(must(stage.forge:pulls {}), {})
  end)
end)

test("the methods of merging are those that the owner allows", function ()
  with(function (stage)
    stage.commit("release-1", "r.txt", "r\n")
    must(stage.forge:create_pull { title = "Release", head = "release-1", base = "main" })
    local head = stage.branch "release-1"
    refused("denied", "the methods are merge, squash", stage.forge:merge_pull(1, { oid = head, method = "rebase" }))
    stage:settings(function (value) value.merge_methods = json.array { "squash" } end)
    test.equal(must(stage.forge:repository()).merge_methods, { "squash" })
    refused("denied", "the methods are squash", stage.forge:merge_pull(1, { oid = head }))
    must(stage.forge:merge_pull(1, { oid = head, method = "squash" }))
    test.equal(stage.bare:run("log", "-1", "--format=%s%n%an <%ae>%n%P", "main"),
      "Release (#1)\nrelrun <relrun@users.noreply.invalid>\n" .. stage.bare:run("rev-parse", "main^"))
  end)
end)

test("a pull request that was merged at this head is answered as done, and nothing is merged twice", function ()
  with(function (stage)
    stage.commit("release-1", "r.txt", "r\n")
    must(stage.forge:create_pull { title = "Release", head = "release-1", base = "main" })
    local head = stage.branch "release-1"
    local first = must(stage.forge:merge_pull(1, { oid = head, method = "squash" }))
    test.equal(must(stage.forge:merge_pull(1, { oid = head, method = "squash" })), first)
    test.equal(stage.branch "main", first.oid)
    refused("stale", "was merged at", stage.forge:merge_pull(1, { oid = first.oid }))
  end)
end)

test("S0.11 admins pass what protects a branch only where the owner says so", function ()
  with(function (stage)
    stage.commit("release-1", "r.txt", "r\n")
    stage.protect("main", { checks = { "release" } })
    stage.role("root", "admin")
    must(stage.forge:create_pull { title = "Release", head = "release-1", base = "main" })
    local request = { oid = stage.branch "release-1" }
    test.equal({ must(stage.forge:rules "main").required_checks[1].bypass, must(stage.forge:rules "main").required_checks[1].enforced_for_admins }, { false, true })
    refused("denied", "release", stage:open "root":merge_pull(1, request))
    stage:settings(function (value) value.protection.main.enforced_for_admins = false end)
    test.equal({ must(stage.forge:rules "main").required_checks[1].bypass, must(stage.forge:rules "main").required_checks[1].enforced_for_admins }, { true, false })
    refused("denied", "release", stage.forge:merge_pull(1, request))
    must(stage:open "root":merge_pull(1, request))
  end)
end)

test("S0.6 approvals of the author, and of people who may not write, do not count", function ()
  with(function (stage)
    stage.commit("release-1", "r.txt", "r\n")
    stage.protect("main", { approvals = 1 })
    stage.role("guest", "read")
    must(stage.forge:create_pull { title = "Release", head = "release-1", base = "main" })
    refused("denied", "relrun opened pull request 1 and cannot judge it", stage.forge:add_review(1, "relrun", "approved"))
    refused("denied", "cannot judge it", stage.forge:add_review(1, "Relrun", "approved"))
    stage.review(1, "guest", "approved")
    refused("denied", "0 of 1 approving review", stage.forge:merge_pull(1, { oid = stage.branch "release-1" }))
  end)
end)

test("forge.json is held against its rules, and an unknown field is told", function ()
  with(function (stage)
    for bytes, part in pairs {
      ['{"schema":"relrun.forge/1","default_rol":"read"}'] = "default_rol: this relrun does not know it",
      ['{"schema":"relrun.forge/2"}'] = "schema: it is none of relrun.forge/1",
      ['{"schema":"relrun.forge/1","protection":{"main":{"aprovals":1}}}'] = "main.aprovals",
      ['{"schema":"relrun.forge/1","roles":{"ann":"boss"}}'] = "ann: it is none of none, read",
      ['{"schema":"relrun.forge/1","automation":{"user":"a b","role":"write"}}'] = "automation.user: it is no user's name",
    } do
      stage.place:write("demo.forge/forge.json", bytes)
      refused("error", part, stage.forge:repository())
      refused("error", part, stage.forge:rules "main")
    end
  end)
end)

test("P9 many writers at once: nothing is lost, no number is given twice", function ()
  with(function (stage)
    stage.place:write("writer.lua", [[
      local forge = assert(require "forge.connect"({ word = "local_forge", path = arg[1] }, "origin", nil, { say = print, user = arg[2] }))
      for i = 1, 10 do
        local number, trouble = forge:open_issue(arg[2] .. " " .. i, { "x" })
        if not number then error(tostring(trouble)) end
      end
    ]])
    local writers = {}
    for i = 1, 4 do
      writers[i] = stage.place:start({ "relrun", "lua", stage.place:path "writer.lua", stage.place:path "demo.forge", "writer" .. i },
        { log = "log" .. i })
    end
    for i, writer in ipairs(writers) do test.equal(writer:wait(60000).code, 0, stage.place:read("log" .. i)) end
    local issues = must(stage.forge:issues { labels = { "x" } })
    test.equal(#issues, 40)
    for i, issue in ipairs(issues) do test.equal(issue.number, i) end
  end)
end)

test("one story makes the same files, byte by byte", function ()
  local function told()
    local bytes
    with(function (stage)
      lived_in(stage)
      bytes = stage.place:must { "sh", "-c", "cd demo.forge && find . -type f | sort | xargs tail -n +1" }
    end)
    return bytes
  end
  test.equal(told(), told())
end)

test("a forge that another process writes to for long is locked, and says so", function ()
  with(function (stage)
    local parts = local_stage.parts()
    parts.file = setmetatable({ lock = function (path) return nil, path .. ": another process holds it", "conflict" end },
      { __index = file })
    local forge = must(forge_local.new({ kind = "local", path = stage.place:path "demo.forge" }, parts))
    refused("locked", "demo.forge/lock: another process holds it; run the same command again", forge:open_issue("x", {}))
  end)
end)

test("S0.10 a push that comes between looking and merging is merged with, and never overwritten", function ()
  with(function (stage)
    stage.commit("release-1", "r.txt", "r\n")
    local forge = stage.forge
    must(forge:create_pull { title = "Release", head = "release-1", base = "main" })
    local pushed
    local bare = forge.bare
    forge.bare = setmetatable({ set_ref = function (_, ...)
      pushed = pushed or stage.commit("main", "m.txt", "m\n")
      return bare:set_ref(...)
    end }, { __index = bare })
    local merged = must(forge:merge_pull(1, { oid = stage.branch "release-1" }))
    test.equal(stage.branch "main", merged.oid)
    test.equal(stage.bare:run("log", "-1", "--format=%P", "main"), pushed .. " " .. stage.branch "release-1")
  end)
end)

test("what is no text is refused, and nothing is kept of it", function ()
  with(function (stage)
    for _, bytes in ipairs { "\xff", "a\xc3", "\xed\xa0\x80" } do
      refused("error", "cannot be written", stage.forge:open_issue(bytes, {}))
      refused("error", "cannot be written", stage.forge:create_release { tag = "v1.0.0", body = bytes, draft = true })
    end
    test.equal(must(stage.forge:issues {}), {})
    test.equal(must(stage.forge:releases()), {})
  end)
end)

test("P3 a release that is published under a reader's eyes is told whole, as a draft or as public", function ()
  with(function (stage)
    stage.place:write("a.bin", "bytes")
    local writer = stage:open()
    local made = must(writer:create_release { tag = "v1.0.0", target = "main", draft = true })
    must(writer:upload_asset(made.id, { name = "a.bin", path = stage.place:path "a.bin" }))
    -- The writer takes its turn before one call of the reader's to the file system, whichever it is.
    for at = 1, 40 do
      local parts, count = local_stage.parts(), 0
      parts.file = setmetatable({}, { __index = function (_, name)
        return function (...)
          count = count + 1
          if count == at then
            must(writer:update_release(made.id, { draft = not must(writer:releases())[1].draft }))
          end
          return file[name](...)
        end
      end })
      local reader = must(forge_local.new({ kind = "local", path = stage.place:path "demo.forge" }, parts))
      local releases = must(reader:releases())
      test.equal(#releases, 1, "call " .. at)
      test.equal({ releases[1].id, #releases[1].assets }, { made.id, 1 }, "call " .. at)
    end
  end)
end)
