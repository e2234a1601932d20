--- The faults of the test forge strike where they are set, as often as they should, and leave behind what they say.

local test = require "testing"
local forge_server = require "forge_server"

local HISTORY = [[
branch main
commit "feat: first" a.txt as first
]]

local R = "/repos/acme/widget"

-- What curl's exit status tells of a transfer.
local REFUSED, TOO_SHORT, TIMED_OUT, RESET = 7, 18, 28, 56

-- Calls body(hub, stage, ask, admin); see forge_server.on.
local function on(body, options) return forge_server.on(HISTORY, body, options) end

local function release(ask, tag)
  return ask("POST", R .. "/releases", { body = { tag_name = tag or "v1", draft = true } })
end

local function count(ask) return #ask("GET", R .. "/releases").json end

-- Every fault of an answer: the row, what is seen (status, exit status of curl), and whether the deed was done.
local ROWS = {
  { { fault = "reset_before" }, nil, RESET, 0 },
  { { fault = "reset_after" }, nil, RESET, 1 },
  { { fault = "status" }, 502, 0, 0 },
  { { fault = "status", status = 503, when = "after" }, 503, 0, 1 },
  { { fault = "answer", status = 409, json = { message = "busy" } }, 409, 0, 0 },
  { { fault = "truncate" }, 201, TOO_SHORT, 1 },
  { { fault = "rate_limited", seconds = 7 }, 429, 0, 0 },
  { { fault = "secondary", seconds = 9 }, 403, 0, 0 },
  { { fault = "permission" }, 403, 0, 0 },
  { { fault = "invalid" }, 422, 0, 0 },
  { { fault = "slow", ms = 1 }, 201, 0, 1 },
  { { fault = "wrong_type" }, 201, 0, 1 },
}

for _, row in ipairs(ROWS) do
  local fault, status, code, done = table.unpack(row, 1, 4)
  local name = fault.fault .. (fault.when and " " .. fault.when or "")
  test("forge: " .. name .. " strikes the second matching write, once", function ()
    on(function (hub, _, ask)
      fault.method, fault.path, fault.nth = "POST", "/releases$", 2
      hub.fault(fault)
      test.equal(release(ask, "v1").status, 201)
      local struck = release(ask, "v2")
      test.equal({ status = struck.status, code = struck.code }, { status = status, code = code }, struck.body)
      test.equal(count(ask), 1 + done)
      test.equal(release(ask, "v3").status, 201)
      local log = hub.log()
      local seen = 0
      for _, entry in ipairs(log) do if entry.fault == fault.fault then seen = seen + 1 end end
      test.equal(seen, 1)
    end)
  end)
end

test("forge: a limited answer says when to come again", function ()
  on(function (hub, _, ask)
    hub.fault { fault = "rate_limited", seconds = 7 }
    hub.fault { fault = "secondary", seconds = 9, nth = 2 }
    test.equal(ask("GET", R).headers["retry-after"], "7")
    local second = ask("GET", R)
    test.equal(second.headers["retry-after"], "9")
    test.contains(second.body, "secondary rate limit")
  end)
end)

test("forge: a list where an object is due, and an object where a list is", function ()
  on(function (hub, _, ask)
    release(ask)
    hub.fault { fault = "wrong_type", times = 2 }
    test.equal(ask("GET", R).json[1].full_name, "acme/widget")
    test.equal(ask("GET", R .. "/releases").json.tag_name, "v1")
  end)
end)

test("forge: before it times out nothing is done, after it all is; the client's patience ends it", function ()
  on(function (hub, stage, ask)
    local function impatient(tag)
      return stage.place:run({ "curl", "-s", "--max-time", "1", "-H", "Authorization: Bearer " .. hub.tokens.writer,
        "--data", ('{"tag_name":"%s","draft":true}'):format(tag), hub.api .. R .. "/releases" }).code
    end
    hub.fault { fault = "timeout_before", path = "/releases" }
    test.equal(impatient "v1", TIMED_OUT)
    test.equal(count(ask), 0)
    hub.fault { fault = "timeout_after", method = "POST", path = "/releases" }
    test.equal(impatient "v2", TIMED_OUT)
    test.equal(count(ask), 1)
  end)
end)

test("forge: when it refuses connections nobody listens, until it listens again", function ()
  on(function (hub, stage, ask)
    hub.fault { fault = "refuse", path = "/releases$", method = "POST", seconds = 3 }
    test.equal(release(ask).status, 201)
    test.equal(ask("GET", R).code, REFUSED)
    stage.place:must { "curl", "-s", "-A", "forge-tests", "--retry", "20", "--retry-connrefused", "--retry-delay", "1",
      hub.api .. "/versions" }
    test.equal(count(ask), 1)
    hub.fault { fault = "refuse", path = "/releases$", method = "POST", before = true, ms = 10 }
    test.equal(release(ask).code, RESET)
  end)
end)

test("forge: a starter asset is left by an upload that answers 502, or nothing at all", function ()
  on(function (hub, _, ask)
    local url = release(ask).json.upload_url:gsub("{.*$", "")
    local function upload(name)
      return ask("POST", url .. "?name=" .. name, { body = "bytes", headers = { ["Content-Type"] = "text/plain" } })
    end
    hub.fault { fault = "starter", path = "/assets" }
    hub.fault { fault = "starter", path = "/assets", nth = 2, reset = true }
    test.equal(upload("a").status, 502)
    test.equal(upload("b").code, RESET)
    test.equal(upload("c").status, 201)
    local assets = ask("GET", R .. "/releases").json[1].assets
    test.equal({ assets[1].state, assets[1].size, assets[2].state, assets[3].state },
      { "starter", 0, "starter", "uploaded" })
    test.equal(upload("a").status, 422)
  end)
end)

test("forge: those that are gathered wait for each other; where nobody comes nothing is done", function ()
  on(function (hub, stage, ask)
    local function both(path)
      return stage.place:run({ "sh", "-c", ('curl -s -o one -w "%%{http_code}\n" -A t "$0%s" & curl -s -o two -w "%%{http_code}\n" '
        .. '-A t "$0%s"; wait'):format(path, path), hub.api }, {}).stdout
    end
    hub.fault { fault = "gather", path = "/versions", count = 2, times = 0 }
    test.equal(both "/versions", "200\n200\n")
    test.equal(ask("GET", "/versions").status, 200, "they were there")
    hub.fault { fault = "gather", method = "POST", path = "/releases$", count = 2, ms = 1 }
    test.equal({ release(ask).status, count(ask) }, { 504, 0 })
  end)
end)

test("forge: a dropped page is named by the page before it, and answers 500", function ()
  on(function (hub, _, ask)
    release(ask)
    hub.fault { fault = "drop_page", method = "GET", path = "/releases" }
    local first = ask("GET", R .. "/releases")
    test.equal(#first.json, 1)
    test.equal(ask("GET", first.headers.link:match '<([^>]+)>; rel="next"').status, 500)
    test.equal(ask("GET", R .. "/releases").headers.link, nil)
  end)
end)

test("forge: a stale list lacks what was made last", function ()
  on(function (hub, _, ask)
    release(ask, "v1")
    release(ask, "v2")
    hub.fault { fault = "stale", path = "/releases" }
    local old = ask("GET", R .. "/releases").json
    test.equal({ #old, old[1].tag_name }, { 1, "v1" })
    test.equal(count(ask), 2)
  end)
end)

test("forge: a fault of times 0 stays until faults are cleared, and one that names a body waits for it", function ()
  on(function (hub, _, ask)
    hub.fault { fault = "status", status = 500, times = 0, body = "v2" }
    test.equal(release(ask, "v1").status, 201)
    test.equal(release(ask, "v2").status, 500)
    test.equal(release(ask, "v2").status, 500)
    hub.admin("DELETE", "faults")
    test.equal(release(ask, "v2").status, 201)
  end)
end)

test("forge: a fault that does not exist is refused", function ()
  on(function (hub)
    test.raises(function () hub.fault { fault = "meteor" } end, "no such fault: meteor")
  end)
end)

-- libcurl sends a request again by itself when a connection that it had used before is reset: strike every time.
for _, row in ipairs {
  { "reset_before", false }, { "reset_after", true }, { "truncate", true }, { "status", false },
} do
  test("forge: a push meets " .. row[1] .. " as well", function ()
    on(function (hub, stage)
      hub.fault { fault = row[1], method = "POST", path = "git-receive-pack", times = 0 }
      local pushed = stage.place:run({ "git", "push", hub.git_url(), "origin/main:refs/heads/other" },
        { cwd = "work", env = hub.env })
      test.equal(pushed.code ~= 0, true, pushed.stderr)
      test.equal(stage.remote:state():find("refs/heads/other", 1, true) ~= nil, row[2])
    end)
  end)
end
