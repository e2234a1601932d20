--- P17: a token is in the environment, and in requests to its origin. It is in no message, wherever the request failed
--- and whatever the server sends back; nor is what an address says behind its question mark.

local test = require "testing"
local canary = require "canary"
local certificates = require "certificates"
local http_server = require "http_server"
local json = require "host.json"
local place = require "place"

local TOKEN = "ghp_canary/TOKEN+0123456789=abcdef"
local QUERY = "querycanary0815"

local encode = http_server.encode

-- What a server can do to a request that carries the token, or that was made with the token in the wrong place. "$T" is the
-- token, "$Q" the query's secret. All of them fail.
local FAILURES = {}
local function add(path, fields)
  local row = { path = path }
  for key, value in pairs(fields or {}) do row[key] = value end
  FAILURES[#FAILURES + 1] = row
end

-- A server that says the token back, at every place of an answer that is then refused.
local MIRRORS = {
  "$T\r\n\r\n", "$T $T $T\r\n\r\n", "HTTP/1.1 $T\r\n\r\n", "HTTP/$T 200 OK\r\n\r\n", "HTTP/1.1 0 $T\r\n\r\n",
  "HTTP/1.1 200 OK\r\n$T\r\n\r\n", "HTTP/1.1 200 OK\r\n$T : x\r\n\r\n", "HTTP/1.1 200 OK\r\n: $T\r\n\r\n",
  "HTTP/1.1 200 OK\r\nX: $T\1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: $T\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: $T\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n$T",
  "HTTP/1.1 200 $T\r\nContent-Length: 100\r\n\r\n$T", "HTTP/1.1 200 OK\r\nTransfer-Encoding: $T\r\n\r\n$T",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n$T\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;$T\r\n",
}
for _, data in ipairs(MIRRORS) do
  for _, ending in ipairs { "fin", "rst" } do
    for _, method in ipairs { "GET", "POST" } do add("/raw?end=" .. ending .. "&data=" .. data, { method = method }) end
  end
end

-- A server that sends us on to where nobody goes, with the token in the address.
for _, to in ipairs { "http://$T@127.0.0.1:1/", "http://user:$T@127.0.0.1:1/", "http://127.0.0.1:1/$T", "http://127.0.0.1:1/?$T",
  "http://forge.example/$T", "http://$T/", "ftp://h/$T", "canary$Q://h/", "https://h:$T/", "https://[$T]/", "/%$T", "/a b$T",
  "/\\$T", "https://no-such-host.invalid/$T", "/raw?q=$T", "https://h/#$T\1", "//$T@h", "http:$T", "https://h/{$T}" } do
  for _, status in ipairs { 301, 302, 303, 307, 308 } do add(("/redirect?status=%d&to="):format(status) .. to) end
end

-- A request made with secrets where none belong.
for _, method in ipairs { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" } do
  for _, address in ipairs { "http://127.0.0.1:1/$T", "http://127.0.0.1:1/a/$T/b?x=$Q", "http://127.0.0.1:1/?t=$Q",
    "http://user:$T@127.0.0.1:1/", "http://$T@127.0.0.1:1/", "http://forge.example/?$Q", "$T", "https://h/ $T?$Q",
    "https://no-such-host.invalid/?$Q", "http://127.0.0.1:1/%2e%2e/$T", "http://127.0.0.1:1/#$Q", "https://h:1$T/" } do
    FAILURES[#FAILURES + 1] = { url = address, method = method }
  end
end

-- Limits and times.
add("/raw?end=wait&data=HTTP/1.1 200 $T\r\nX: $T\r\n", { timeout_ms = 300 })
add("/raw?end=wait&data=HTTP/1.1 200 $T\r\nContent-Length: 99\r\n\r\n$T", { idle_ms = 1000 })
add("/endless?$T", { max = 1000 })
add("/fields?n=1000&size=10&q=$Q", {})
add("/swallow?$Q", { method = "PUT", upload = true })
add("/zeros/100?$Q", { sink = "/no/such/place/$T" })

local function fill(text)
  return (text:gsub("%$([TQ])", { T = TOKEN, Q = QUERY }))
end

-- The parameters of a path of ours, percent-encoded where they may hold anything.
local function path_of(row)
  local path, name, value = row.path:match "^(.-)([%w]+=)([^=&]*%$?.*)$"
  if row.path:find("&data=", 1, true) then path, name, value = row.path:match "^(.-)(&data=)(.*)$" end
  if row.path:find("to=", 1, true) then path, name, value = row.path:match "^(.-)(to=)(.*)$" end
  if name == nil then return (fill(row.path):gsub("[^%w/?=&.-]", encode)) end
  return path .. name .. encode(fill(value))
end

local function requests_of(server, here)
  local requests = {}
  for i, row in ipairs(FAILURES) do
    requests[i] = {
      method = row.method, url = row.url and fill(row.url) or server:origin "a" .. path_of(row), credential = { "a", "far" },
      headers = { ["X-Caller"] = "x" }, timeout_ms = row.timeout_ms or 5000, idle_ms = row.idle_ms, max = row.max,
      sink = row.sink and fill(row.sink), upload = row.upload and { path = here:path "up" } or nil,
    }
  end
  return requests
end

test("P17 two hundred and more failures tell no secret, in no form, and argv has none", function ()
  test.truthy(#FAILURES >= 200)
  place.with(function (here)
    local ran, why = http_server.with(here, { "a" }, function (server)
      here:must { "truncate", "-s", "64M", here:path "up" }
      local said, result = server:ask({ requests = requests_of(server, here), credentials = {
        a = { names = { "GITHUB_TOKEN" }, origin = server:origin "a" },
        far = { names = { "GITHUB_TOKEN" }, origin = "http://127.0.0.1:1", header = "PRIVATE-TOKEN" },
      } }, { GITHUB_TOKEN = TOKEN, CANARY_QUERY = QUERY })
      local kinds, sent = {}, 0
      for i, outcome in ipairs(said.results) do
        test.equal(outcome.answer, nil, json.encode(FAILURES[i]))
        kinds[outcome.kind] = (kinds[outcome.kind] or 0) + 1
        test.equal(#outcome.message < 600 and not outcome.message:find "[\0-\31\127-\255]", true, outcome.message)
      end
      for _, row in ipairs(server:log()) do
        if (row.fields.authorization or ""):find(TOKEN, 1, true) then sent = sent + 1 end
      end
      test.equal(canary.found({ TOKEN, QUERY }, { stdout = result.stdout, stderr = result.stderr, argv = said.cmdline }), {})
      test.contains(said.cmdline, "http_client.lua")
      -- They failed at every stage, and most of them carried the token to the server.
      for _, kind in ipairs { "unsent", "unknown", "redirect", "limit" } do test.truthy(kinds[kind], kind) end
      test.truthy(sent > 100, "requests with the token: " .. sent)
    end)
    if not ran then test.skip(why) end
  end)
end)

-- An answer that tells the token in every way that a server, or a proxy before it, can think of. All of it reaches Lua.
local function echo(body, ...)
  local head = table.concat({ "HTTP/1.1 422 Bad " .. TOKEN, "Content-Length: " .. #body, ... }, "\r\n")
  return "/raw?data=" .. encode(head .. "\r\n\r\n" .. body)
end

test("P17 an answer that tells the token reaches Lua without it: body, fields and address", function ()
  place.with(function (here)
    local ran, why = http_server.with(here, { "a" }, function (server)
      local basic = canary.base64("x-access-token:" .. TOKEN)
      local body = json.encode { message = "bad header Authorization: Bearer " .. TOKEN, twice = TOKEN .. TOKEN,
        [TOKEN] = { "Authorization: basic " .. basic, (TOKEN:gsub("[/+=]", encode)) }, number = 1 }
      local escaped = '{"message":"' .. TOKEN:gsub("/", "\\/"):gsub("%+", "\\u002B") .. '"}'
      local requests = {
        { url = server:origin "a" .. echo(body, "X-Said: Bearer " .. TOKEN, "X-Basic: " .. basic, "X-" .. encode(TOKEN) .. ": 1",
          "Location: /?t=" .. encode(TOKEN)) },
        { url = server:origin "a" .. echo(escaped), method = "POST", sink = here:path "sink" },
        { url = server:origin "a" .. "/redirect?to=" .. encode("/ok/" .. TOKEN .. "/" .. encode(TOKEN)) },
        { url = server:origin "a" .. "/ok?" .. encode(TOKEN) },
      }
      for _, request in ipairs(requests) do request.credential = "a" end
      for _, parallel in ipairs { false, true } do
        local said, result = server:ask({ requests = requests, parallel = parallel, credentials = {
          a = { names = { "GITHUB_TOKEN" }, origin = server:origin "a" } } }, { GITHUB_TOKEN = TOKEN })
        local answers = {}
        for i, outcome in ipairs(said.results) do answers[i] = test.truthy(outcome.answer, outcome.message) end
        -- It is JSON still, and its size is that of what came.
        local value = test.truthy(json.decode(answers[1].body))
        test.equal({ value.message, value.twice, value.number }, { "bad header Authorization: Bearer ***", "******", 1 })
        test.contains(value["***"][1], "Authorization: basic " .. canary.base64 "x-access-token:" .. "***")
        test.equal(value["***"][2], "***")
        test.equal({ answers[1].status, answers[1].size }, { 422, #body })
        test.equal(answers[1].headers["content-length"], tostring(#body))
        test.equal({ answers[1].headers["x-said"], answers[1].headers["x-***"], answers[1].headers.location },
          { "Bearer ***", "1", "/?t=***" })
        test.equal({ answers[2].body, answers[2].size }, { '{"message":"***"}', #escaped })
        test.equal({ answers[3].body, answers[3].redirected }, { "hello\n", true })
        test.equal(answers[3].url, server:origin "a" .. "/ok/***/***")
        test.equal(answers[4].url, server:origin "a" .. "/ok?***")
        test.equal(canary.found({ TOKEN }, { stdout = result.stdout, stderr = result.stderr }), {})
        test.lacks(result.stdout:lower(), encode(TOKEN):lower())
      end
    end)
    if not ran then test.skip(why) end
  end)
end)

test("P17 an address that is cut short in a message is not cut within the token", function ()
  place.with(function (here)
    local ran, why = http_server.with(here, { "a" }, function (server)
      local requests = {}
      for i = 0, 40 do
        local to = "http://127.0.0.1:1/" .. ("x"):rep(199 - i) .. TOKEN .. "/end"
        requests[#requests + 1] = { url = server:origin "a" .. "/redirect?to=" .. encode(to), credential = "a" }
      end
      local said, result = server:ask({ requests = requests, credentials = { a = { names = { "GITHUB_TOKEN" },
        origin = server:origin "a" } } }, { GITHUB_TOKEN = TOKEN })
      test.equal(#said.results, 41)
      test.contains(said.results[41].message, "xxx***/end: no connection")
      test.lacks(result.stdout, TOKEN:sub(1, 2))
    end)
    if not ran then test.skip(why) end
  end)
end)

test("P17 bytes of a file come as they were sent, and without a credential so does an answer", function ()
  place.with(function (here)
    local ran, why = http_server.with(here, { "a" }, function (server)
      local bytes = "asset " .. TOKEN .. "\n"
      local path = "/raw?data=" .. encode(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#bytes, bytes))
      local said = server:ask({ requests = { { url = server:origin "a" .. path, credential = "a", sink = here:path "sink" } },
        credentials = { a = { names = { "GITHUB_TOKEN" }, origin = server:origin "a" } } }, { GITHUB_TOKEN = TOKEN })
      test.equal(said.results[1].answer.size, #bytes)
      test.equal(here:read "sink", bytes)
      said = server:ask({ requests = { { url = server:origin "a" .. path } } }, { GITHUB_TOKEN = TOKEN })
      test.equal(said.results[1].answer.body, bytes)
    end)
    if not ran then test.skip(why) end
  end)
end)

test("P17 a certificate that names the secret does not get it told", function ()
  place.with(function (here)
    local reason = certificates.make(here, { "wronghost", "self" })
    if reason then test.skip(reason) end
    local ran, why = http_server.with(here, { "wronghost=wronghost", "self=self" }, function (server)
      for _, name in ipairs { "wronghost", "self" } do
        local origin = server:origin(name, "localhost")
        local said, result = server:ask({ requests = { { url = origin .. "/?" .. QUERY, credential = "c",
          ca_file = here:path "http/ca.pem" } }, credentials = { c = { names = { "GITHUB_TOKEN" }, origin = origin } } },
          { GITHUB_TOKEN = TOKEN })
        test.equal(said.results[1].kind, "tls")
        test.equal(canary.found({ TOKEN, QUERY }, { stdout = result.stdout, stderr = result.stderr }), {})
      end
    end)
    if not ran then test.skip(why) end
  end)
end)
