--- What anybody can reach, asked of servers of this machine: addresses, and a registry that wants its anonymous token.

local test = require "testing"
local clock = require "host.clock"
local digest = require "host.digest"
local http = require "host.http"
local http_server = require "http_server"
local json = require "host.json"
local place = require "place"
local reach = require "forge.reach"

local PARTS = { http = http, clock = clock, json = json, digest = digest }

-- Calls body(server, origin of "a", origin of "b").
local function with_servers(body)
  place.with(function (here)
    local ran, why = http_server.with(here, { "a", "b" }, function (server)
      body(server, server:origin "a", server:origin "b")
    end)
    if not ran then test.skip(why) end
  end)
end

test("an address that answers is told with its size, through a redirect too", function ()
  with_servers(function (_, a, b)
    test.equal(reach.url(PARTS, a .. "/ok"), { status = 200, size = 6 })
    test.equal(reach.url(PARTS, a .. "/redirect?to=" .. http_server.encode(b .. "/ok")), { status = 200, size = 6 })
    test.equal(reach.url(PARTS, a .. "/status/404"), { status = 404, size = false })
    test.equal(reach.url(PARTS, a .. "/status/401"), { status = 401, size = false })
    test.equal(reach.url(PARTS, a .. "/zeros/1000000"), { status = 200, size = 1000000 })
  end)
end)

test("an address that was signed for GET alone is asked for one byte of it", function ()
  with_servers(function (server, a)
    test.equal(reach.url(PARTS, a .. "/get_only"), { status = 200, size = 4321 })
    local log = server:log()
    test.equal({ #log, log[2].method, log[2].fields.range }, { 2, "GET", "bytes=0-0" })
    for _, row in ipairs(log) do test.equal(row.fields.authorization, nil) end
  end)
end)

test("P12 an address that nobody answers for is a problem, after some tries", function ()
  local answer, trouble = reach.url(PARTS, "http://127.0.0.1:1/x")
  test.equal({ answer, trouble.kind }, { nil, "error" })
end)

test("P18 the token of a registry goes to that registry alone", function ()
  with_servers(function (server, a, b)
    local host = a:match "^http://(.+)$"
    test.equal(reach.image(PARTS, host .. "/o/r:1.0"), { digest = "sha256:" .. ("5"):rep(64) })
    local log = server:log()
    test.equal(#log, 3)
    test.equal({ log[1].fields.authorization, log[2].fields.authorization, log[3].fields.authorization },
      { nil, nil, "Bearer for-anybody" })
    test.contains(log[1].fields.accept, "application/vnd.oci.image.index.v1+json")
    test.equal(reach.url(PARTS, b .. "/ok").status, 200)
    test.equal(server:log()[1].fields.authorization, nil)
  end)
end)

test("an image that is not there is absent, one that is refused is a problem, one without a digest has it computed", function ()
  with_servers(function (_, a)
    local host = a:match "^http://(.+)$"
    test.equal(reach.image(PARTS, host .. "/o/r:2.0"), false)
    test.refuses("the registry answers 403 to anybody", reach.image(PARTS, host .. "/o/r:secret"))
    test.equal(reach.image(PARTS, host .. "/o/r:bare"), { digest = "sha256:" .. digest.sha256 "{}\n" })
  end)
end)
