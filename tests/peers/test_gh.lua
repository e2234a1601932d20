--- GitHub's own command line client against the test forge: over a unix socket it believes to talk to github.com.

local test = require "testing"
local forge_server = require "forge_server"
local json = require "host.json"
local place = require "place"
local scene = require "scene"

local HISTORY = [[
branch main
commit "feat: first" a.txt as first
branch feature
commit "fix: second" b.txt as second
]]

-- Calls body(gh, hub, stage): gh(...) runs the client as `admin` and returns what it printed.
local function on(body)
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY))
    forge_server.with(here, function (hub)
      local env = { GH_TOKEN = hub.tokens.admin, GH_CONFIG_DIR = here:path "gh", GH_NO_UPDATE_NOTIFIER = "1",
        GH_PROMPT_DISABLED = "1", NO_COLOR = "1", GH_REPO = hub.repository }
      here:must({ "gh", "config", "set", "http_unix_socket", hub.socket }, { env = env })
      local function gh(...)
        local result = here:run({ "gh", ... }, { env = env })
        if result.code == 0 then return result.stdout end
        error(("gh %s: %s%s"):format(table.concat({ ... }, " "), result.stdout, result.stderr), 2)
      end
      body(gh, hub, stage, env)
    end, { git_dir = "remote.git", socket = true })
  end)
end

test("gh: api reads, pages and writes", function ()
  on(function (gh, hub, stage)
    test.equal(json.decode(gh("api", "user")).login, "admin")
    for i = 1, 35 do
      hub.admin("POST", "issues", { repo = hub.repository, title = "issue " .. i, user = "reader" })
    end
    test.equal(gh("api", "--paginate", "repos/acme/widget/issues", "--jq", ".[].number"):gsub("%d+\n", "n"),
      ("n"):rep(35))
    gh("api", "repos/acme/widget/statuses/" .. stage.labels.second, "-f", "state=success", "-f", "context=release")
    test.equal(gh("api", "repos/acme/widget/commits/feature/status", "--jq", ".state"), "success\n")
    test.equal(gh("api", "graphql", "-f", 'query={repository(owner:"acme",name:"widget"){defaultBranchRef{name}}}',
      "--jq", ".data.repository.defaultBranchRef.name"), "main\n")
  end)
end)

test("gh: release create, upload, list, view, edit, download and delete", function ()
  on(function (gh, hub, stage)
    local here = stage.place
    here:write("one.bin", ("\0\1\2\3"):rep(5000))
    here:write("two.txt", "two")
    gh("release", "create", "v1.0.0", here:path "one.bin", "--draft", "--title", "One", "--notes", "first",
      "--target", stage.labels.second)
    test.lacks(stage.remote:state(), "v1.0.0")
    gh("release", "upload", "v1.0.0", here:path "two.txt")
    test.contains(gh("release", "list"), "Draft")
    local view = json.decode(gh("release", "view", "v1.0.0", "--json", "isDraft,assets,tagName,targetCommitish"))
    test.equal({ view.isDraft, #view.assets, view.targetCommitish }, { true, 2, stage.labels.second })
    gh("release", "edit", "v1.0.0", "--draft=false")
    test.equal(stage.remote:run("rev-parse", "v1.0.0"), stage.labels.second)
    test.contains(gh("release", "list"), "Latest")
    gh("release", "download", "v1.0.0", "--dir", here:path "down")
    test.equal(here:read "down/one.bin", here:read "one.bin")
    test.equal(here:read "down/two.txt", "two")
    gh("release", "create", "v1.1.0", here:path "two.txt", "--notes", "at once")
    test.equal(json.decode(gh("release", "view", "--json", "tagName")).tagName, "v1.1.0")
    gh("release", "delete", "v1.0.0", "--yes")
    test.equal(hub.ask("GET", "/repos/acme/widget/releases/tags/v1.0.0", { token = "admin" }).status, 404)
  end)
end)

test("gh: release upload is refused under a name that is taken, and clobbers on request", function ()
  on(function (gh, _, stage, env)
    stage.place:write("a.txt", "a")
    local path = stage.place:path "a.txt"
    gh("release", "create", "v1", path, "--notes", "n")
    local refused = stage.place:run({ "gh", "release", "upload", "v1", path }, { env = env })
    test.equal(refused.code, 1)
    test.contains(refused.stderr, "already exists")
    gh("release", "upload", "v1", path, "--clobber")
  end)
end)

test("gh: pr list, view, review, checks and merge", function ()
  on(function (gh, hub, stage, env)
    hub.ask("POST", "/repos/acme/widget/pulls",
      { token = "writer", body = { title = "Release", head = "feature", base = "main", body = "text" } })
    hub.admin("POST", "protection", { repo = hub.repository, branch = "main", enforce_admins = true,
      required_status_checks = { strict = false, contexts = { "release" } },
      required_pull_request_reviews = { required_approving_review_count = 1 } })
    test.contains(gh("pr", "list"), "Release")
    test.contains(gh("pr", "view", "1"), "text")
    local state = json.decode(gh("pr", "view", "1", "--json", "reviewDecision,mergeStateStatus,headRefOid,isDraft"))
    test.equal({ state.reviewDecision, state.headRefOid }, { "REVIEW_REQUIRED", stage.labels.second })
    local refused = stage.place:run({ "gh", "pr", "merge", "1", "--merge" }, { env = env })
    test.equal(refused.code, 1)
    gh("api", "repos/acme/widget/pulls/1/reviews", "-f", "event=APPROVE")
    hub.admin("POST", "checks",
      { repo = hub.repository, sha = stage.labels.second, name = "ci", conclusion = "success" })
    hub.ask("POST", "/repos/acme/widget/statuses/" .. stage.labels.second,
      { token = "ci", body = { state = "success", context = "release" } })
    local after = json.decode(gh("pr", "view", "1", "--json", "reviewDecision,statusCheckRollup,mergeable"))
    test.equal({ after.reviewDecision, #after.statusCheckRollup }, { "APPROVED", 2 })
    test.contains(gh("pr", "checks", "1"), "release")
    gh("pr", "merge", "1", "--merge", "--match-head-commit", stage.labels.second)
    test.equal(json.decode(gh("pr", "view", "1", "--json", "state")).state, "MERGED")
    test.equal(stage.remote:run("rev-parse", "main^2"), stage.labels.second)
  end)
end)

test("gh: auto-merge is enabled, seen and disabled", function ()
  on(function (gh, hub)
    hub.ask("POST", "/repos/acme/widget/pulls",
      { token = "writer", body = { title = "Release", head = "feature", base = "main" } })
    hub.admin("PATCH", "repositories", { repo = hub.repository, settings = { allow_auto_merge = true } })
    hub.admin("POST", "protection", { repo = hub.repository, branch = "main", enforce_admins = true,
      required_status_checks = { strict = false, contexts = { "release" } } })
    hub.ask("GET", "/repos/acme/widget/pulls/1", { token = "writer" })
    gh("pr", "merge", "1", "--auto", "--merge")
    local function auto()
      return hub.ask("GET", "/repos/acme/widget/pulls/1", { token = "writer" }).json.auto_merge
    end
    test.equal(auto().merge_method, "merge")
    gh("pr", "merge", "1", "--disable-auto")
    test.equal(auto(), json.null)
  end)
end)

test("gh: workflow run, run list and view", function ()
  on(function (gh, hub)
    hub.admin("POST", "workflows", { repo = hub.repository, path = ".github/workflows/publish.yml", name = "Publish",
      dispatch = { "nonce" } })
    gh("workflow", "run", "publish.yml", "--ref", "main", "-f", "nonce=abc")
    test.contains(gh("workflow", "list"), "Publish")
    test.contains(gh("run", "list"), "queued")
    local id = gh("run", "list", "--json", "databaseId", "--jq", ".[0].databaseId"):match "%d+"
    hub.admin("POST", "runs", { repo = hub.repository, run = math.tointeger(tonumber(id)), conclusion = "success" })
    test.contains(gh("run", "view", id), "build")
  end)
end)
