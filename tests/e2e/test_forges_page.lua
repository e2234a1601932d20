--- docs/forges.md is a test: its commands end as it says, and its table has every gate there is.

local test = require "testing"
local bytes = require "bytes"
local file = require "host.file"
local forge_server = require "forge_server"
local guarded = require "guarded"
local place = require "place"
local scene = require "scene"
local words = require "words"

local PAGE = bytes.read "docs/forges.md"

test("S0.2 S0.16 S0.30 S0.34 the commands of docs/forges.md end with the codes that it tells", function ()
  place.with(function (here)
    local flow = guarded.build(here)
    local count = 0
    for line in PAGE:match("```sh\n(.-)```"):gmatch "[^\n]+" do
      local command, code = line:match "^(.-)%s*# (%d+): "
      local result = here:run({ "sh", "-c", command or line }, { cwd = "work" })
      test.equal(result.code, math.tointeger(tonumber(code or 0)), line .. "\n" .. result.stderr)
      count = count + 1
    end
    test.truthy(count > 10, count)
    test.equal(flow:pull(1).state, "merged")
  end)
end)

test("the table of docs/forges.md has every gate of the language, and no other", function ()
  local told = {}
  for row in PAGE:match("\n## Gates\n(.-)\n## "):gmatch "\n|([^|]+)|" do
    for name in row:gmatch "`([%w_]+)`" do told[#told + 1] = name end
  end
  table.sort(told)
  test.equal(told, words.of_kind "gate")
end)

test("what docs/forges.md points to is there", function ()
  for path in PAGE:gmatch "%]%(([%w%./_-]+)%)" do test.truthy(file.stat("docs/" .. path), path) end
end)

-- Permissions. -------------------------------------------------------------------------------------------------------

-- What the table gives this job: { { name, level } ... } in its columns' order; `with` are the words that its lane uses.
local function permissions_of(job, with)
  local header = PAGE:match "\n| job |([^\n]+)\n"
  local row = PAGE:match("\n| `relrun " .. job .. "` |([^\n]+)\n")
  local names, given, column = {}, {}, 0
  for name in header:gmatch "%s*([%w-]+)%s*|" do names[#names + 1] = name end
  for cell in row:gmatch "([^|]*)|" do
    column = column + 1
    for level, condition in (cell .. ";"):gmatch "%s*(%a+)([^;]*);" do
      local word = condition:match "`([%w_]+)`"
      if not word or with[word] then given[#given + 1] = { names[column]:gsub("-", "_"), level } end
    end
  end
  return given
end

local LOWER = { write = "read" }

-- Runs the job with each of its permissions lowered by one level, and then as the page has it. `checkout` is one that only
-- the job's checkout needs.
local function needs_just_that(hub, job, with, run, checkout)
  local function attempt(lowered)
    local permissions = { metadata = "read" }
    for i, one in ipairs(permissions_of(job, with)) do
      permissions[one[1]] = i ~= lowered and one[2] or LOWER[one[2]]
    end
    hub.admin("PATCH", "tokens", { token = hub.tokens.ci, permissions = permissions })
    return run()
  end
  local given = permissions_of(job, with)
  test.truthy(#given >= 3, job)
  for i, one in ipairs(given) do
    if one[1] ~= checkout then
      local result = attempt(i)
      local told = result.stdout .. result.stderr
      test.equal(result.code, 1, ("%s with less of %s: %s"):format(job, one[1], told))
      test.truthy(told:find("403", 1, true) or told:find("not found", 1, true), told)
    end
  end
  local result = attempt()
  test.equal(result.code, 0, result.stderr)
end

test("S3.67 a job needs of its token what docs/forges.md says, and not one permission less", function ()
  place.with(function (here)
    local stage = test.truthy(scene.build(here, guarded.HISTORY, { ["release.lua"] =
      [[use "guarded-release" { name = "gitops", identity = "R <r@example.org>", checks = "build", trust = true,
        packages = package "gitops" { files = { json "package.json" "version" } } }]] }))
    forge_server.with(here, function (hub)
      local env = hub.environment "ci"
      env.GITHUB_ACTIONS, env.GITHUB_EVENT_NAME = "true", "workflow_dispatch"
      stage.work:run("remote", "set-url", "origin", hub.git_url())
      hub.admin("PATCH", "repositories", { repo = hub.repository, private = true })
      hub.admin("POST", "protection", { repo = hub.repository, branch = "main", enforce_admins = true,
        required_status_checks = { strict = false, contexts = { "release" } } })
      local function job(...)
        local argv = { "relrun", ... }
        return function () return here:run(argv, { cwd = "work", env = env }) end
      end
      needs_just_that(hub, "prepare", {}, job("prepare", "release.lua"))
      local head = stage.remote:run("rev-parse", "releases/0.38.0")
      hub.admin("POST", "reviews", { repo = hub.repository, pull = 1, user = "writer", state = "APPROVED" })
      hub.admin("POST", "checks", { repo = hub.repository, sha = head, name = "build", conclusion = "success" })
      needs_just_that(hub, "publish", { checks = true }, job("publish", "release.lua"))
      test.equal(stage.remote:run("rev-parse", "main^2"), head)
      local ordinary = stage.remote:run("commit-tree", "main^{tree}", "-p", "main", "-m", "x")
      stage.remote:run("update-ref", "refs/heads/feature", ordinary)
      hub.ask("POST", "/repos/acme/widget/pulls", { token = "writer", body = { title = "x", head = "feature", base = "main" } })
      needs_just_that(hub, "guard", {}, job("guard", "release.lua", "--all"), "contents")
    end, { git_dir = "remote.git" })
  end)
end)

return test.done()
