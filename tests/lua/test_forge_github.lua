--- The GitHub backend over a scripted server: what is sent where, how lists end, what is told of refusals, and what is
-- tried again. The nouns have suites of their own (test_forge_github_*.lua); the suite of the interface itself runs
-- against the test forge (tests/e2e/test_forge_github.lua).
local forge = require "forge"
local problem = require "problem"
local test = require "testing"
local json = require "host.json"
local records = require "github_records"
local scripted = require "scripted_github"
local together = require "together"

local list, open, refused = records.list, scripted.open, scripted.refused
local R = "/repos/demo/app"
local HEAD = ("a"):rep(40)

local function values(list_of, key)
  local found = {}
  for i, one in ipairs(list_of) do found[i] = one[key] end
  return found
end

test("every read and write of the interface has its method", function ()
  local script = open()
  for _, names in ipairs { forge.reads, forge.writes } do
    for _, name in ipairs(names) do
      -- What anybody can reach is the same for every forge: connect adds it.
      if name ~= "reach" and name ~= "image" then test.equal(type(script.forge[name]), "function", name) end
    end
  end
end)

test("opening asks nothing, and wants a repository that GitHub could have", function ()
  test.equal(open().log, {})
  for _, name in ipairs { "app", "a/b/c", "demo/", "demo/..", "demo/app?x", "de mo/app", "../app" } do
    refused("error", { "names no repository" }, scripted.try { target = { repository = name } })
  end
  refused("error", { "address of GitHub's API" }, scripted.try { target = { api = "http://example.com" } })
end)

-- ---- what is sent ----

test("a request says who asks, for which version of the API, and in which form", function ()
  local script = open():on("GET", R, { body = records.repository() })
  script.forge.rest:sees_repository()
  test.equal(script.requests[1].headers, { ["Accept"] = "application/vnd.github+json", ["User-Agent"] = "relrun/9.9.9",
    ["X-GitHub-Api-Version"] = "2022-11-28" })
end)

test("what comes from outside is escaped in paths and queries, and cannot climb out of them", function ()
  local script = open():on("GET", R .. "/rules/branches/feature%2Fa%3Fb%23c%25", { body = list {} })
    :on("GET", R .. "/branches/feature%2Fa%3Fb%23c%25/protection", { status = 404, body = { message = "Branch not protected" } })
    :on("GET", R .. "/issues", { body = list {} })
  assert(script.forge:rules "feature/a?b#c%")
  assert(script.forge:issues { labels = { "a&b=c", "d/e" } })
  test.equal(script.log[3],
    "GET /repos/demo/app/issues?direction=asc&labels=a%26b%3Dc%2Cd%2Fe&per_page=100&sort=created&state=open")
  test.raises(function () script.forge:rules ".." end, "no part of a path")
end)

test("P17 no token is in anything that Lua sends: a credential of the host's is named, for each origin its own", function ()
  local script = open():on("GET", R, { body = records.repository() })
  script.forge.rest:sees_repository()
  test.equal(script.requests[1].credential, { { credential = "GITHUB_TOKEN", origin = "https://api.github.com" },
    { credential = "GITHUB_TOKEN", origin = "https://uploads.github.com" } })
end)

test("P18 which variable's token goes to which server", function ()
  local all = { GITHUB_TOKEN = "a", GH_TOKEN = "b", GH_ENTERPRISE_TOKEN = "c", GITHUB_ENTERPRISE_TOKEN = "d" }
  local function variable(target, env)
    local given = {}
    for key, value in pairs(all) do given[key] = value end
    for key, value in pairs(env or {}) do given[key] = value or nil end
    local script = open { target = target, env = given }
    return script.forge.rest.variable, #script.forge.rest.credentials
  end
  local ghes = "https://git.example.com/api/v3"
  for _, row in ipairs {
    { { "GITHUB_TOKEN", 2 }, {} },
    { { "GH_TOKEN", 2 }, {}, { GITHUB_TOKEN = false } },
    { { nil, 0 }, {}, { GITHUB_TOKEN = false, GH_TOKEN = false } },
    { { "GITHUB_TOKEN", 2 }, { host_from = "spec" } },
    { { "GITHUB_TOKEN", 2 }, { api = "https://api.corp.ghe.com" } },
    { { nil, 0 }, { api = "https://api.corp.ghe.com", host_from = "spec" } },
    { { "GH_ENTERPRISE_TOKEN", 1 }, { api = ghes } },
    { { "GITHUB_ENTERPRISE_TOKEN", 1 }, { api = ghes }, { GH_ENTERPRISE_TOKEN = false } },
    { { nil, 0 }, { api = ghes, host_from = "spec" } },
    { { nil, 0 }, { api = ghes, host_from = "spec" }, { GITHUB_API_URL = ghes } },
    { { "GITHUB_TOKEN", 1 }, { api = ghes }, { GITHUB_API_URL = ghes, GITHUB_ACTIONS = "true" } },
    { { "GH_ENTERPRISE_TOKEN", 1 }, { api = ghes }, { GITHUB_API_URL = "https://evil.example", GITHUB_ACTIONS = "true" } },
    { { "GH_ENTERPRISE_TOKEN", 1 }, { api = "https://api.github.com.evil.example" } },
    { { "GH_ENTERPRISE_TOKEN", 1 }, { api = "https://api.github.com:444" } },
    { { "GITHUB_TOKEN", 1 }, { api = "http://127.0.0.1:8080" },
      { GITHUB_API_URL = "http://127.0.0.1:8080", GITHUB_ACTIONS = "true" } },
  } do
    local name, count = variable(row[2], row[3])
    test.equal({ name, count }, row[1], (row[2].api or "github.com") .. " " .. tostring(row[2].host_from))
  end
end)

test("a host that only the spec names is marked when the target is told, and one that the remote names is not", function ()
  local function target(record, url, url_from)
    record.word = "github"
    return assert(forge.target(record, url, function () end, url_from)).host_from
  end
  test.equal(target({ host = "evil.example" }, "https://github.com/demo/app"), "spec")
  test.equal(target({ host = "corp.ghe.com" }, "https://github.com/demo/app"), "spec")
  test.equal(target({ host = "git.example.com" }, "git@git.example.com:demo/app.git"), nil)
  test.equal(target({ host = "Git.Example.com" }, "ssh://git@git.example.com:22/demo/app.git"), nil)
  test.equal(target({}, "https://git.example.com/demo/app.git"), nil)
  test.equal(target({}, "https://evil.example/demo/app.git", "spec"), "spec")
  test.equal(target({ host = "evil.example" }, "https://evil.example/demo/app.git", "spec"), "spec")
end)

local ACTIONS = { GITHUB_ACTIONS = "true", GITHUB_REPOSITORY = "org/a", GITHUB_SERVER_URL = "https://github.com",
  GITHUB_API_URL = "https://api.github.com" }

local function target_of(record, url) return forge.target(record, url, function (name) return ACTIONS[name] end) end

test("P18 a remote that names another repository than CI does is refused, or to be asked of CI's own server", function ()
  for _, url in ipairs { "https://github.com/Org/A.git", "git@github.com:org/a", "ssh://git@ssh.github.com:443/org/a",
    "https://mirror.example.com/git/org/b.git", "https://github.com/org/a" } do
    test.equal(assert(target_of(nil, url)).beside, nil, url)
  end
  for _, url in ipairs { "https://github.com/org/b.git", "git@github.com:org/b", "ssh://git@ssh.github.com:443/org/b" } do
    local target = assert(target_of(nil, url))
    test.equal({ target.repository, target.beside.name }, { "org/a", "org/b" })
    test.equal(assert(target_of({ word = "github", repository = "org/b" }, url)).beside, nil)
  end
  for url, record in pairs { ["https://corp.ghe.com/org/b"] = false, ["https://ghes.example.com/org/b"] = { word = "github" } } do
    local target, why, todo = target_of(record or nil, url)
    test.equal(target, nil)
    test.contains(why, "this run is of the repository org/a on https://github.com, and the remote is org/b on ")
    test.contains(todo, 'forge = github { repository = "OWNER/NAME" }')
  end
end)

test("a repository is known by its older names, and another one is not it", function ()
  local function named(name, answer)
    return open():on("GET", R, { body = records.repository() }):on("GET", "/repos/" .. name, answer).forge:is_named(name)
  end
  test.equal(named("demo/older", { body = records.repository(), url = scripted.API .. "/repositories/1" }), true)
  test.equal(named("demo/other", { body = records.repository { id = 2 } }), false)
  test.equal(named("demo/secret", { status = 404, body = { message = "Not Found" } }), false)
  test.equal(open():on("GET", R, { body = records.repository() }).forge:is_named "a/b/c", false)
  refused("error", { "502" }, named("demo/other", { status = 502 }))
end)

test("the API of a server whose git is reached over SSH is not at SSH's port", function ()
  local function api(url)
    local target = assert(forge.target({ word = "github" }, url, function () end))
    return target.api, target.server
  end
  test.equal({ api "ssh://git@ghe.example.com:2222/o/r" }, { "https://ghe.example.com/api/v3", "https://ghe.example.com" })
  test.equal({ api "ssh://git@sub.ghe.com:443/o/r" }, { "https://api.sub.ghe.com", "https://sub.ghe.com" })
  test.equal({ api "ssh://git@ssh.github.com:443/o/r" }, { "https://api.github.com", "https://github.com" })
  test.equal({ api "https://ghe.example.com:8443/o/r" }, { "https://ghe.example.com:8443/api/v3", "https://ghe.example.com:8443" })
end)

test("without a token a write says which variable to set and what the token must be allowed", function ()
  local script = open { env = {} }
  refused("error", { "POST /repos/demo/app/releases: there is no token",
    "set GITHUB_TOKEN to a token for api.github.com that may contents: write" },
    script.forge:create_release { tag = "v1", draft = true })
  local foreign = open { env = { GH_ENTERPRISE_TOKEN = "x" }, target = { api = "https://x.example/api/v3", host_from = "spec" } }
  refused("error", { "which only the spec names" }, foreign.forge:comment(7, "hello"))
  test.equal(#script.log + #foreign.log, 0)
end)

test("without a token public reads work", function ()
  local script = open { env = {} }:on("GET", R .. "/pulls/7", { body = records.pull() })
  test.equal(assert(script.forge:pull(7)).number, 7)
  test.equal(script.requests[1].credential, nil)
end)

-- ---- pages ----

test("P3 a list is read to its last page, by the addresses that GitHub gives", function ()
  local next_one, last = scripted.API .. "/repositories/1/releases?after=x", scripted.API .. "/repositories/1/releases?after=y"
  local script = open():on("GET", R, { body = records.repository() })
    :on("GET", R .. "/immutable-releases", { status = 404, body = { message = "Not Found" } })
    :on("GET", R .. "/releases", { body = list { records.release { id = 9 } },
      headers = { Link = '<' .. scripted.API .. '/x>; rel="prev", <' .. next_one .. '>; rel="next"' } })
    :on("GET", "/repositories/1/releases?after=x", { body = list { records.release { id = 5 } },
      headers = { Link = "<" .. last .. '>; title="a, b"; rel=next' } })
    :on("GET", "/repositories/1/releases?after=y", { body = list { records.release { id = 7 } },
      headers = { Link = "<" .. next_one .. '>; rel="first prev"' } })
  test.equal(values(assert(script.forge:releases()), "id"), { 5, 7, 9 })
end)

test("P8 a page that fails is a problem and never a shorter list", function ()
  for _, fault in ipairs { { status = 502 }, { status = 404 }, { status = 403 }, { fails = "connection reset", kind = "unknown" },
    { body = "{" }, { body = { message = "hello" } }, { body = list { 1 } } } do
    local script = open():on("GET", R .. "/issues/7/comments", { body = list { { id = 1, user = { login = "a" }, body = "x" } },
      headers = { Link = "<" .. scripted.API .. '/page2>; rel="next"' } }):on("GET", "/page2", fault)
    refused("error", { "GitHub: GET /page2" }, script.forge:comments(7))
  end
end)

-- The check runs and statuses of a commit, as answers to each asking; what is missing says that there is none.
local function checks_script(runs, statuses)
  local none = { body = { total_count = 0, statuses = list {} } }
  return open():on("GET", R .. "/commits/" .. HEAD .. "/check-runs", table.unpack(runs))
    :on("GET", R .. "/commits/" .. HEAD .. "/status", table.unpack(statuses or { none }))
end

local function check_page(total, count, first)
  local rows = list {}
  for i = 1, count do rows[i] = records.check { id = (first or 0) + i, name = ("check %d"):format((first or 0) + i) } end
  return { body = { total_count = total, check_runs = rows } }
end

test("P12 a list that is shorter than GitHub says it is, is a problem and never complete", function ()
  refused("error", { "/commits/" .. HEAD .. "/check-runs: GitHub says that there are 250 of them, and told 1" },
    checks_script({ check_page(250, 1) }).forge:checks(HEAD))
  refused("error", { "/status: GitHub says that there are 300 of them, and told 0" },
    checks_script({ check_page(1, 1) }, { { body = { total_count = 300, statuses = list {} } } }).forge:checks(HEAD))
end)

test("P12 a list that changed while it was read is read once more", function ()
  local script = checks_script { check_page(2, 1), check_page(2, 2) }
  test.equal(values(assert(script.forge:checks(HEAD)), "name"), { "check 1", "check 2" })
  test.equal(#script.log, 3)
end)

test("P12 an item that slipped over a page's border, because another one went away, is not left out", function ()
  local first, again = check_page(3, 2), check_page(2, 2, 1)
  first.headers = { Link = "<" .. scripted.API .. '/page2>; rel="next"' }
  local script = checks_script { first, again }:on("GET", "/page2", check_page(2, 0))
  test.equal(values(assert(script.forge:checks(HEAD)), "name"), { "check 2", "check 3" })
end)

test("P18 pages of another server are not asked for, and pages do not go in a circle", function ()
  for link, words in pairs { ["https://evil.example/x"] = "on another server", ["http://api.github.com/x"] = "another server",
    ["//evil.example/x"] = "another server", [scripted.API .. "/again"] = "circle" } do
    local answer = { body = list {}, headers = { Link = "<" .. link .. '>; rel="next"' } }
    local script = open():on("GET", R .. "/issues/7/comments", answer):on("GET", "/again", answer)
    refused("error", { words }, script.forge:comments(7))
    test.lacks(table.concat(script.log, "\n"), "/x")
  end
end)

test("a list without an end is a problem after a hundred pages", function ()
  local script, n = open(), 0
  local function page()
    n = n + 1
    script:on("GET", "/page" .. n, page)
    return { body = list {}, headers = { Link = ("<%s/page%d>; rel=\"next\""):format(scripted.API, n) } }
  end
  script:on("GET", R .. "/issues/7/comments", page)
  refused("error", { "more than 100 pages" }, script.forge:comments(7))
  test.equal(#script.log, 100)
end)

test("an answer that came from another server is not believed", function ()
  local script = open():on("GET", R .. "/pulls/7", { body = records.pull(), url = "https://evil.example/" })
  refused("error", { "another server answered, https://evil.example" }, script.forge:pull(7))
end)

-- ---- refusals ----

test("a refusal is one line: status, message, errors, and where it is documented", function ()
  local script = open():on("POST", R .. "/releases", { status = 422, body = { message = "Validation Failed", errors = list {
    { resource = "Release", code = "already_exists", field = "tag_name" }, "a text",
    { resource = "Release", code = "custom", message = "pre_receive\nrefused \27[31m" } },
    documentation_url = "https://docs.github.com/rest/releases" } })
  refused("denied", { "GitHub: POST /repos/demo/app/releases: 422 Validation Failed: Release.tag_name already exists, a text, "
    .. "pre_receive\\nrefused \\x1b[31m" }, script.forge:create_release { tag = "v1" })
  script:on("POST", R .. "/issues/7/comments", { status = 410, body = { message = "Gone",
    documentation_url = "https://docs.github.com/rest/issues" } })
  refused("error", { "410 Gone; see https://docs.github.com/rest/issues" }, script.forge:comment(7, "x"))
  script:on("POST", R .. "/issues/7/comments", { status = 422, body = { message = ("x"):rep(5000) } })
  test.truthy(#tostring(refused("denied", { "…" }, script.forge:comment(7, "x"))) < 800)
end)

test("a missing permission is named as GitHub names it", function ()
  local script = open():on("POST", R .. "/statuses/" .. HEAD, { status = 403,
    headers = { ["X-Accepted-GitHub-Permissions"] = "statuses=write; contents=write,workflows=write" },
    body = { message = "Resource not accessible by integration" } })
  refused("error", { "403 Resource not accessible by integration", "give the token in GITHUB_TOKEN the permission "
    .. "statuses: write, or contents: write and workflows: write" },
    script.forge:post_status(HEAD, { context = "release", state = "pending" }))
end)

test("a write to a repository that was renamed says so, and is not sent after it", function ()
  for _, status in ipairs { 301, 307 } do
    local script = open():on("POST", R .. "/issues/7/comments", { status = status, body = { message = "Moved Permanently" },
      headers = { Location = scripted.API .. "/repositories/1/issues/7/comments" } })
    refused("error", { "the repository has moved or was renamed", "give the remote the repository's new URL" },
      script.forge:comment(7, "x"))
    test.equal(#script.log, 1)
  end
end)

test("a wrong token is told by the name of its variable", function ()
  local script = open():on("GET", R .. "/pulls/7", { status = 401, body = { message = "Bad credentials" } })
  refused("error", { "401 Bad credentials", "the token in GITHUB_TOKEN is wrong or has expired" }, script.forge:pull(7))
end)

test("P8 404 is absence only where the repository itself can be seen", function ()
  local missing = { status = 404, body = { message = "Not Found" } }
  local asked = { pull = { 7, "/pulls/7" }, run = { 9, "/actions/runs/9" }, environment = { "prod", "/environments/prod" },
    release = { 5, "/releases/5" } }
  for method, row in pairs(asked) do
    local script = open():on("GET", R .. row[2], missing):on("GET", R, missing)
    refused("error", { "GET /repos/demo/app: 404, not found, or the token may not see it" },
      script.forge[method](script.forge, row[1]))
    script = open():on("GET", R .. row[2], missing):on("GET", R, { body = records.repository() })
    test.equal(script.forge[method](script.forge, row[1]), false, method)
  end
end)

-- Every read with what it asks first.
local READS = {
  { "rules", { "main" }, R .. "/rules/branches/main" }, { "pulls", { {} }, R .. "/pulls" }, { "pull", { 7 }, R .. "/pulls/7" },
  { "reviews", { 7 }, R .. "/pulls/7/reviews" }, { "comments", { 7 }, R .. "/issues/7/comments" },
  { "role", { "ada" }, R .. "/collaborators/ada/permission" },
  { "member", { "demo/stewards", "ada" }, "/orgs/demo/teams/stewards/memberships/ada" },
  { "checks", { HEAD }, R .. "/commits/" .. HEAD .. "/check-runs" },
  { "checks", { HEAD }, R .. "/commits/" .. HEAD .. "/status" }, { "issues", { {} }, R .. "/issues" },
  { "releases", {}, R .. "/releases" }, { "runs", { {} }, R .. "/actions/runs" },
  { "runs", { { workflow = "a.yml" } }, R .. "/actions/workflows/a.yml/runs" }, { "run", { 9 }, R .. "/actions/runs/9" },
  { "approvals", { 9 }, R .. "/actions/runs/9/approvals" },
  { "approvals", { 9 }, R .. "/actions/runs/9/pending_deployments" },
  { "environment", { "prod" }, R .. "/environments/prod" }, { "compare", { "a", "b" }, R .. "/compare/a...b" },
  { "repository", {}, R },
}

test("P12 whatever a server answers in place of what was asked, a read is a problem and never an absence", function ()
  local faults = {
    { status = 401, body = { message = "Bad credentials" } }, { status = 403, body = { message = "Forbidden" } },
    { status = 403, body = { message = "Resource not accessible by integration" } }, { status = 409, body = { message = "x" } },
    { status = 422, body = { message = "x" } }, { status = 429, body = {}, headers = { ["Retry-After"] = "3600" } },
    { status = 403, body = {}, headers = { ["x-ratelimit-remaining"] = "0", ["x-ratelimit-reset"] = "1700009999" } },
    { status = 500, body = "oops" }, { status = 502 }, { status = 503 }, { status = 304 }, { status = 302 },
    { body = "" }, { body = "[" }, { body = "7" }, { body = "null" }, { body = { list { 1, 2 } } }, { body = list { list {} } },
    { fails = "no route", kind = "unsent" }, { fails = "reset", kind = "unknown" }, { fails = "cut off", kind = "unknown" },
    { fails = "bad certificate", kind = "tls" }, { fails = "too large", kind = "limit" },
    { fails = "sent to http", kind = "redirect" }, { fails = "stopped", kind = "interrupted" },
  }
  local tried = 0
  for _, read in ipairs(READS) do
    for i, fault in ipairs(faults) do
      local script = scripted.empty():on("GET", read[3], fault)
      local value, trouble = script.forge[read[1]](script.forge, table.unpack(read[2]))
      if value ~= nil or not problem.is(trouble) then
        error(("%s with fault %d: %s"):format(read[1], i, json.encode(value)))
      end
      test.lacks(tostring(trouble), "\n")
      tried = tried + 1
    end
  end
  test.equal(tried, #READS * #faults)
end)

test("P12 a record that lacks a field, or has it of another type, is refused by the field's name", function ()
  local good = records.pull()
  local tried = 0
  for key in pairs { number = 1, title = 1, state = 1, head = 1, base = 1, labels = 1, html_url = 1 } do
    for _, wrong in ipairs { json.null, 1.0 // 1 | 0, "7", list {}, { odd = true } } do
      if not (type(wrong) == type(good[key]) and json.is_array(wrong) == json.is_array(good[key])) and
        not (key == "number" and math.type(wrong) == "integer") then
        local script = open():on("GET", R .. "/pulls/7", { body = records.pull { [key] = wrong } })
        local trouble = refused("error", { "GitHub's answer is not what it should be" }, script.forge:pull(7))
        test.truthy(trouble.text:find(key, 1, true) or trouble.text:find("item", 1, true) or trouble.text:find("'ref'"), trouble.text)
        tried = tried + 1
      end
    end
  end
  test.truthy(tried >= 25, tried .. " tried")
end)

test("P12 what a write was answered with and cannot be read leaves its outcome unknown", function ()
  for _, body in ipairs { "", "{", list {}, { id = "five" } } do
    local script = open():on("POST", R .. "/releases", { status = 201, body = body })
    if body == "" then
      refused("unknown", { "POST /repos/demo/app/releases" }, script.forge:create_release { tag = "v1" })
    else
      refused("unknown", { "GitHub: POST /repos/demo/app/releases" }, script.forge:create_release { tag = "v1" })
    end
  end
end)

-- ---- failures of the network, and limits ----

test("a read is tried three times when the network or the server fails, with pauses that grow", function ()
  for _, fault in ipairs { { status = 500 }, { status = 502 }, { status = 503 }, { status = 504 },
    { fails = "refused", kind = "unsent" }, { fails = "reset", kind = "unknown" } } do
    local script = open():on("GET", R .. "/pulls/7", fault, fault, { body = records.pull() })
    test.equal(assert(script.forge:pull(7)).number, 7)
    test.equal(script.pauses, { 1000, 2000 })
    script = open():on("GET", R .. "/pulls/7", fault)
    refused("error", { "GitHub: GET /repos/demo/app/pulls/7" }, script.forge:pull(7))
    test.equal(#script.log, 3)
  end
end)

test("a failure that stays the same is not tried again", function ()
  for _, fault in ipairs { { fails = "bad certificate", kind = "tls" }, { fails = "too large", kind = "limit" },
    { fails = "sent elsewhere", kind = "redirect" }, { status = 404 }, { status = 422 } } do
    local script = open():on("GET", R .. "/issues/7/comments", fault)
    refused("error", {}, script.forge:comments(7))
    test.equal(#script.log, 1)
  end
end)

test("P8 a write is repeated only when it certainly never left", function ()
  local script = open():on("POST", R .. "/issues/7/comments", { fails = "connection refused", kind = "unsent" }, { status = 201, body = {} })
  test.equal(script.forge:comment(7, "x"), true)
  test.equal(#script.log, 2)
  script = open():on("POST", R .. "/issues/7/comments", { fails = "connection refused", kind = "unsent" })
  refused("error", { "connection refused" }, script.forge:comment(7, "x"))
  test.equal(#script.log, 3)
end)

-- Every write with its request.
local WRITES = {
  { "create_pull", { { title = "t", head = "h", base = "b" } }, "POST", R .. "/pulls" },
  { "update_pull", { 7, { title = "t" } }, "PATCH", R .. "/pulls/7" },
  { "merge_pull", { 7, { oid = HEAD } }, "PUT", R .. "/pulls/7/merge" },
  { "post_status", { HEAD, { context = "c", state = "success" } }, "POST", R .. "/statuses/" .. HEAD },
  { "add_labels", { 7, { "a" } }, "POST", R .. "/issues/7/labels" }, { "comment", { 7, "x" }, "POST", R .. "/issues/7/comments" },
  { "create_release", { { tag = "v1", target = HEAD } }, "POST", R .. "/releases" },
  { "update_release", { 5, { draft = false } }, "PATCH", R .. "/releases/5" }, { "delete_release", { 5 }, "DELETE", R .. "/releases/5" },
  { "upload_asset", { 5, { name = "a", path = "/tmp/there", size = 3, sha256 = "00" } }, "POST", R .. "/releases/5/assets" },
  { "delete_asset", { 11 }, "DELETE", R .. "/releases/assets/11" },
  { "dispatch", { { workflow = "a.yml", ref = "main" } }, "POST", R .. "/actions/workflows/a.yml/dispatches" },
  { "update_refs", { { { ref = "refs/heads/a", new = HEAD } } }, "POST", "/graphql" },
}

test("P8 a write that may have happened is told as unknown and not repeated", function ()
  for _, write in ipairs(WRITES) do
    for _, fault in ipairs { { fails = "connection reset", kind = "unknown" }, { fails = "timed out", kind = "unknown" },
      { fails = "answer too large", kind = "limit" }, { status = 500 }, { status = 502, body = "<html>" }, { status = 503 },
      { status = 504 } } do
      local script = open():on("GET", R, { body = records.repository() }):on("GET", R .. "/releases/5", { body = records.release() })
        :on(write[3], write[4], fault)
      local trouble = refused("unknown", {}, script.forge[write[1]](script.forge, table.unpack(write[2])))
      test.contains(tostring(trouble), "run the same command again", write[1])
      local sent = 0
      for _, key in ipairs(script.log) do
        if key:find "^[PD]" then sent = sent + 1 end
      end
      test.equal(sent, 1, write[1])
    end
  end
end)

test("P12 a write that was refused is an error, and was tried once", function ()
  for _, write in ipairs(WRITES) do
    for _, status in ipairs { 400, 401, 403, 410, 422, 301, 307 } do
      local script = open():on("GET", R, { body = records.repository() }):on("GET", R .. "/releases/5", { body = records.release() })
        :on(write[3], write[4], { status = status, body = { message = "no" } })
      local value, trouble = script.forge[write[1]](script.forge, table.unpack(write[2]))
      test.equal(value, nil, write[1] .. " " .. status)
      test.equal(trouble.kind, status == 422 and "denied" or "error", write[1] .. " " .. status)
    end
  end
end)

test("writes keep a second between them on GitHub, and no distance on this machine", function ()
  local function pauses(target, env)
    local script = open { target = target, env = env }:on("POST", R .. "/issues/7/comments", { status = 201, body = {} })
    for _ = 1, 3 do assert(script.forge:comment(7, "x")) end
    return script.pauses
  end
  test.equal(pauses {}, { 1000, 1000 })
  test.equal(pauses { mutation_gap_ms = 0 }, {})
  test.equal(pauses({ api = "http://127.0.0.1:8080", graphql = "http://127.0.0.1:8080/graphql" }, { GH_ENTERPRISE_TOKEN = "x" }), {})
end)

test("a limit that ends soon is waited for, and said once; reads and writes go on after it", function ()
  local limited = { status = 429, headers = { ["Retry-After"] = "7" }, body = { message = "slow down" } }
  local script = open():on("POST", R .. "/issues/7/comments", limited, { status = 201, body = {} })
    :on("GET", R .. "/pulls/7", { status = 403, body = { message = "You have exceeded a secondary rate limit." } },
      { status = 403, body = { message = "API rate limit exceeded" }, headers = { ["x-ratelimit-remaining"] = "0",
        ["x-ratelimit-reset"] = "1700000099" } }, { body = records.pull() })
  assert(script.forge:comment(7, "x"))
  assert(script.forge:pull(7))
  test.equal(script.pauses, { 7000, 60000, 33000 })
  test.equal(script.said, { "api.github.com asks to wait: its rate limit ends in 7 s" })
end)

test("writes side by side ask for the second between them, and what limits one of them makes all wait once", function ()
  local limited = { status = 429, headers = { ["Retry-After"] = "7" }, body = { message = "slow down" } }
  local script = open():on("POST", R .. "/issues/7/comments", limited, limited, limited, { status = 201, body = {} })
    :on("GET", R .. "/pulls/7", { body = records.pull() })
  local comments, done = {}, {}
  for i = 1, 3 do
    comments[i] = function ()
      assert(script.forge:comment(7, "x"))
      return script.forge:pull(7).number
    end
  end
  together.run(comments, function (i, number) done[i] = number end)
  test.equal(done, { 7, 7, 7 })
  test.equal(script.pauses, { 7000 })
  test.equal(script.log, { "POST " .. R .. "/issues/7/comments", "POST " .. R .. "/issues/7/comments",
    "POST " .. R .. "/issues/7/comments", "POST " .. R .. "/issues/7/comments", "POST " .. R .. "/issues/7/comments",
    "POST " .. R .. "/issues/7/comments", "GET " .. R .. "/pulls/7" })
  test.equal({ script.requests[6].gap_ms, script.requests[7].gap_ms }, { 1000 })
end)

test("a limit that ends late is a problem that says when", function ()
  local script = open():on("GET", R .. "/pulls/7", { status = 403, body = { message = "API rate limit exceeded" },
    headers = { ["x-ratelimit-remaining"] = "0", ["x-ratelimit-reset"] = "1700002400" } })
  refused("error", { "api.github.com's rate limit is reached; it ends in 40 min, at 22:53:21 UTC", "wait until then" },
    script.forge:pull(7))
  test.equal({ script.pauses, #script.log }, { {}, 1 })
  script = open { env = {} }:on("GET", R .. "/pulls/7", { status = 429, headers = { ["Retry-After"] = "99999999999999999999" } })
  refused("error", { "rate limit", "set GITHUB_TOKEN to a token" }, script.forge:pull(7))
  script = open { target = { limit_wait_s = 5 } }:on("GET", R .. "/pulls/7", { status = 429, headers = { ["Retry-After"] = "6" } })
  refused("error", { "it ends in 6 s" }, script.forge:pull(7))
end)

-- an answer, what it is about for everybody else
for _, row in ipairs {
  { { status = 429, headers = { ["Retry-After"] = "3600" } }, "limit" },
  { { status = 403, body = { message = "You have exceeded a secondary rate limit." }, headers = { ["Retry-After"] = "3600" } }, "limit" },
  { { status = 401, body = { message = "Bad credentials" } }, "token" },
  { { status = 403, body = { message = "Resource not accessible by integration" } }, "rights" },
  { { status = 404, body = { message = "Not Found" } } },
  { { status = 422, body = { message = "Validation Failed" } } },
  { { status = 502 } },
} do
  test(("P12 an answer of %d%s"):format(row[1].status, row[2] and ", which would be everybody's, is marked: " .. row[2]
    or " is one request's own"), function ()
    local _, trouble = open():on("POST", R .. "/issues/7/comments", row[1]).forge:comment(7, "x")
    test.equal(trouble.shared, row[2])
  end)
end

test("P12 a write without a token, which no other one has either, is marked", function ()
  local _, trouble = open { env = {} }.forge:comment(7, "x")
  test.equal(trouble.shared, "token")
end)

test("P12 what is withheld from a write beside others is its problem, as it is, and it is not tried again", function ()
  local script = open():on("POST", R .. "/issues/7/comments", { status = 401 })
  local met, told, writes = nil, {}, {}
  for i = 1, 13 do
    writes[i] = function ()
      local _, trouble = script.forge:comment(7, "x")
      met = met or trouble
      return trouble
    end
  end
  together.run(writes, function (i, trouble) told[i] = trouble end, { withhold = function () return met end })
  test.equal({ #script.log, told[1] == met, told[2] == met, told[11] == met, told[13] == met }, { 10, true, false, true, true })
end)

test("a limit that never ends is not waited for for ever", function ()
  local script = open():on("GET", R .. "/pulls/7", { status = 429, headers = { ["Retry-After"] = "1" } })
  refused("error", { "rate limit" }, script.forge:pull(7))
  test.equal(#script.log, 4)
end)

local LIMITED = { body = { data = json.null, errors = list { { type = "RATE_LIMITED", message = "API rate limit exceeded for user ID 1." } } },
  headers = { ["x-ratelimit-remaining"] = "0", ["x-ratelimit-reset"] = "1700000009" } }

-- A pull request of which REST does not tell whether it is blocked; what GraphQL answers then.
local function merge_state(...)
  return open():on("GET", R .. "/pulls/7", { body = records.pull { mergeable_state = "unknown" } }):on("POST", "/graphql", ...)
end

test("P12 a limit that GraphQL tells with status 200 is waited for as one of REST's", function ()
  local script = merge_state(LIMITED, { body = { data = { repository = { pullRequest = { mergeStateStatus = "BLOCKED" } } } } })
  test.equal(assert(script.forge:pull(7)).blocked, true)
  test.equal(script.pauses, { 10000 })
  script = merge_state({ body = { errors = list { { message = "You have exceeded a secondary rate limit." } } } },
    { body = { data = { repository = { pullRequest = { mergeStateStatus = "CLEAN" } } } } })
  test.equal(assert(script.forge:pull(7)).blocked, false)
  test.equal(script.pauses, { 60000 })
end)

test("a limit of GraphQL's that ends late says when", function ()
  local late = { body = LIMITED.body, headers = { ["x-ratelimit-remaining"] = "0", ["x-ratelimit-reset"] = "1700002400" } }
  refused("error", { "api.github.com's rate limit is reached; it ends in 40 min", "wait until then" }, merge_state(late).forge:pull(7))
end)

test("a read waits as long as a busy server asks, but no longer than for a limit", function ()
  local function busy(seconds) return { status = 503, headers = { ["Retry-After"] = seconds } } end
  local script = open():on("GET", R .. "/pulls/7", busy "7", busy "0", { body = records.pull() })
  assert(script.forge:pull(7))
  test.equal(script.pauses, { 7000, 2000 })
  script = open():on("GET", R .. "/pulls/7", busy "600")
  refused("error", { "503", "run the same command again in 10 min" }, script.forge:pull(7))
  test.equal({ #script.log, #script.pauses }, { 1, 0 })
end)

test("P18 a token that an organisation's single sign-on keeps out is to be authorised for it, at a page of this server", function ()
  local function told(url)
    local script = open():on("GET", R .. "/pulls/7", { status = 403, headers = { ["X-GitHub-SSO"] = "required; url=" .. url },
      body = { message = "Resource protected by organization SAML enforcement." } })
    local problem_of = refused("error", { "403 Resource protected by organization SAML" }, script.forge:pull(7))
    test.lacks(tostring(problem_of), "permission")
    return problem_of.todo
  end
  test.equal(told "https://github.com/orgs/demo/sso?authorization_request=abc",
    "authorise the token in GITHUB_TOKEN for the organisation: https://github.com/orgs/demo/sso")
  for _, url in ipairs { "https://evil.example/orgs/demo/sso", "javascript:x", "https://github.com.evil.example/x" } do
    test.equal(told(url), "authorise the token in GITHUB_TOKEN for the organisation: https://github.com/settings/tokens")
  end
end)

test("P12 a list that leaves out what single sign-on keeps back is a problem", function ()
  local script = open():on("GET", R .. "/pulls", { headers = { ["X-GitHub-SSO"] = "partial-results; organizations=21955855" }, body = list {} })
  refused("error", { "the answer is a part of it: an organisation asks for single sign-on", "Configure SSO" }, script.forge:pulls {})
end)

test("an unchanged answer is asked for by its mark and costs nothing", function ()
  local calls = 0
  local script = open():on("GET", R .. "/issues/7/comments", function (request)
    calls = calls + 1
    local link = { ETag = 'W/"abc"', Link = "<" .. scripted.API .. '/page2>; rel="next"' }
    if request.headers["If-None-Match"] == 'W/"abc"' then return { status = 304, headers = { ETag = 'W/"abc"' } } end
    return { body = list { { id = 1, body = "x" } }, headers = link }
  end):on("GET", "/page2", { body = list { { id = 2, body = "y" } } })
  local first = assert(script.forge:comments(7))
  first[1].body = "changed by the caller"
  local second = assert(script.forge:comments(7))
  test.equal(calls, 2)
  test.equal(second, { { id = 1, user = "ghost", body = "x" }, { id = 2, user = "ghost", body = "y" } })
  test.equal(script.requests[4].headers["If-None-Match"], nil)
end)

test("P12 an unchanged page tells of a page that is new: its headers count, and not those of before", function ()
  local function comment(id) return { id = id, body = "x" } end
  local script = open():on("GET", R .. "/issues/7/comments", { body = list { comment(1) }, headers = { ETag = '"x"' } },
    { status = 304, headers = { ETag = '"x"', Link = "<" .. scripted.API .. '/page2>; rel="next"' } },
    { status = 304, headers = { ETag = '"x"' } }):on("GET", "/page2", { body = list { comment(2) } })
  test.equal({ #assert(script.forge:comments(7)), #assert(script.forge:comments(7)), #assert(script.forge:comments(7)) }, { 1, 2, 2 })
end)

test("P12 a full page that was the last one is read anew: unchanged, it need not tell of a page after it", function ()
  local page = list {}
  for i = 1, 100 do page[i] = { id = i, body = "x" } end
  local link = { ETag = '"x"', Link = "<" .. scripted.API .. '/page2>; rel="next"' }
  local script = open():on("GET", R .. "/issues/7/comments", { body = page, headers = { ETag = '"x"' } }, function (request)
    if request.headers["If-None-Match"] then return { status = 304, headers = { ETag = '"x"' } } end
    return { body = page, headers = link }
  end):on("GET", "/page2", { body = list { { id = 101, body = "x" } } })
  test.equal({ #assert(script.forge:comments(7)), #assert(script.forge:comments(7)) }, { 100, 101 })
end)

test("P12 what was there and is gone is not told from memory", function ()
  for _, answer in ipairs { { status = 404, body = { message = "Not Found" } }, { status = 403, body = { message = "no" } } } do
    local script = open():on("GET", R .. "/releases/5", { body = records.release(), headers = { ETag = 'W/"abc"' } }, answer)
      :on("GET", R, { body = records.repository() })
    test.equal(assert(script.forge:release(5)).id, 5)
    local again, trouble = script.forge:release(5)
    test.equal(script.requests[2].headers["If-None-Match"], 'W/"abc"')
    if answer.status == 404 then test.equal({ again, trouble }, { false }) else test.equal({ again, trouble.kind }, { nil, "error" }) end
  end
end)
