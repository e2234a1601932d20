--- Requests against servers of this machine: answers, files both ways, caps and times, failures and what each says of
--- whether the request arrived.

local test = require "testing"
local clock = require "host.clock"
local digest = require "host.digest"
local file = require "host.file"
local http = require "host.http"
local json = require "host.json"
local http_server = require "http_server"
local place = require "place"
local proc = require "host.proc"

-- Calls body(server, url, here) with two servers, "a" and "b"; url(path) is an address of "a".
local function with_server(body)
  place.with(function (here)
    local ran, why = http_server.with(here, { "a", "b" }, function (server)
      body(server, function (path) return server:origin "a" .. path end, here)
    end)
    if not ran then test.skip(why) end
  end)
end

local function raw(data, ending)
  return ("/raw?data=%s&end=%s"):format(http_server.encode(data), ending or "fin")
end

test("http: an answer is status, headers and bytes, whatever the status", function ()
  with_server(function (server, url)
    local answer = http.request { url = url "/ok?a=b" }
    test.equal({ answer.status, answer.body, answer.size, answer.redirected }, { 200, "hello\n", 6, false })
    test.equal(answer.url, url "/ok?a=b")
    test.equal(answer.headers["content-length"], "6")
    for _, status in ipairs { 400, 401, 403, 404, 409, 422, 429, 500, 502 } do
      local other = http.request { url = url("/status/" .. status) }
      test.equal({ other.status, other.body }, { status, '{"message": "as asked"}' })
    end
    test.equal(http.request { url = url "/status/304" }.status, 304)
    local head = http.request { method = "HEAD", url = url "/ok" }
    test.equal({ head.status, head.body, head.headers["content-length"] }, { 200, "", "6" })
    test.equal(#server:log(), 12)
  end)
end)

test("http: what is sent is what was said, and nothing that was not", function ()
  with_server(function (server, url)
    http.request { url = url "/ok", headers = { ["X-B"] = "2", ["x-a"] = "1", ["If-None-Match"] = "\"e\"", Empty = "" } }
    local row = server:log()[1]
    row.fields.host = nil
    test.equal(row.fields, { accept = "*/*", ["user-agent"] = "relrun/0.1.0", ["x-b"] = "2", ["x-a"] = "1", empty = "",
      ["if-none-match"] = "\"e\"" })
    http.request { url = url "/ok", headers = { accept = "application/json", ["User-Agent"] = "other" } }
    row = server:log()[1]
    test.equal({ row.fields.accept, row.fields["user-agent"] }, { "application/json", "other" })
  end)
end)

test("http: each method arrives with its bytes and their digest", function ()
  with_server(function (server, url)
    local bytes = "\0\1\255" .. ("x"):rep(100000)
    for _, method in ipairs { "POST", "PUT", "PATCH", "DELETE" } do
      local answer = http.request { method = method, url = url "/upload", body = bytes }
      local row = server:log()[1]
      test.equal({ row.method, row.size, row.sha256 }, { method, #bytes, digest.sha256(bytes) })
      test.equal(answer.upload_sha256, digest.sha256(bytes))
      local empty = http.request { method = method, url = url "/upload" }
      row = server:log()[1]
      test.equal({ empty.status, row.method, row.size }, { 201, method, 0 })
      test.equal(row.fields["content-length"], method ~= "DELETE" and "0" or nil)
    end
  end)
end)

test("http: a file is sent whole with its digest, from 0 bytes to some MiB", function ()
  with_server(function (server, url, here)
    for _, size in ipairs { 0, 1, 65536, (1 << 20) - 1, 1 << 20, (5 << 20) + 3 } do
      local bytes = ("0123456789abcdef"):rep(size // 16 + 1):sub(1, size)
      here:write("up", bytes)
      local answer = assert(http.request {
        method = "POST", url = url "/upload", upload = { path = here:path "up", size = size } })
      local row = server:log()[1]
      test.equal({ answer.status, row.size, row.sha256 }, { 201, size, digest.sha256(bytes) })
      test.equal(answer.upload_sha256, row.sha256)
      test.equal(row.fields.expect, size > 4 << 20 and "100-continue" or size < 100000 and nil or row.fields.expect)
      test.equal(row.fields["transfer-encoding"], nil)
    end
  end)
end)

test("http: an upload that is refused by its head costs no upload", function ()
  with_server(function (_, url, here)
    here:must { "truncate", "-s", "1G", here:path "up" }
    local most = 0
    local answer = http.request { method = "POST", url = url "/early/422", upload = { path = here:path "up" },
      progress = function (done) most = math.max(most, done) end }
    test.equal({ answer.status, answer.body, answer.upload_sha256 }, { 422, "no" })
    test.equal(most < 64 << 20, true)
  end)
end)

test("http: a server that will not be asked first gets the bytes without", function ()
  with_server(function (server, url, here)
    here:write("up", ("x"):rep(3 << 20))
    local answer = assert(http.request { method = "POST", url = url "/expectation", upload = { path = here:path "up" } })
    test.equal({ answer.status, json.decode(answer.body).size }, { 201, 3 << 20 })
    test.equal(answer.upload_sha256, json.decode(answer.body).sha256)
    test.equal(#server:log(), 2)
  end)
end)

test("http: a sink receives what a 2xx brings, with its digest, and nothing else", function ()
  with_server(function (_, url, here)
    local sink = here:path "down"
    local answer = http.request { url = url "/zeros/300000", sink = sink }
    local bytes = here:read "down"
    test.equal({ answer.status, answer.size, answer.body, #bytes }, { 200, 300000, nil, 300000 })
    test.equal(answer.sha256, digest.sha256(bytes))
    test.equal(file.stat(sink).mode, 384) -- 0600
    local again, message, kind = http.request { url = url "/ok", sink = sink }
    test.equal({ again, kind }, { nil, "unsent" })
    test.contains(message, "File exists")
    test.equal(#here:read "down", 300000)
    answer = http.request { url = url "/status/404", sink = here:path "other" }
    test.equal({ answer.status, answer.body, answer.sha256 }, { 404, '{"message": "as asked"}' })
    test.equal(file.stat(here:path "other"), nil)
    answer = http.request { url = url "/zeros/0", sink = here:path "empty" }
    test.equal({ answer.size, answer.sha256, here:read "empty" }, { 0, digest.sha256 "", "" })
    answer = http.request { url = url("/redirect?to=" .. http_server.encode "/zeros/5"), sink = here:path "far" }
    test.equal({ answer.size, answer.redirected, here:read "far" }, { 5, true, ("\0"):rep(5) })
    test.equal(answer.url, url "/zeros/5")
  end)
end)

test("http: requests with a gap keep it between them, those without do not wait for anything", function ()
  with_server(function (server, url)
    -- The second gap is longer than the test lives: what stops it is the caller, who has seen the others go.
    local calls = 0
    test.raises(function ()
      http.parallel({
        { method = "POST", url = url "/upload", body = "1", gap_ms = 1 }, { url = url "/ok" },
        { method = "POST", url = url "/upload", body = "2", gap_ms = 1000000 }, { url = url "/ok?behind" } }, {
        progress = function ()
          calls = calls + 1
          if calls == 5 then error("enough", 0) end
        end })
    end, "enough")
    local seen = {}
    for i, row in ipairs(server:log()) do seen[i] = row.method .. " " .. row.target end
    table.sort(seen)
    test.equal(seen, { "GET /ok", "POST /upload" })
    -- The beginning of the last one counts for the next call, too.
    local times = { clock.monotonic_ms() }
    for i = 1, 2 do
      assert(http.request { method = "POST", url = url "/upload", body = "3", gap_ms = 300 })
      times[i + 1] = clock.monotonic_ms()
    end
    test.truthy(times[3] - times[1] >= 300, "the second began as soon as the first had ended")
  end)
end)

test("http: a link is never written through", function ()
  with_server(function (_, url, here)
    here:must { "ln", "-s", here:path "victim", here:path "link" }
    test.refuses("File exists", http.request { url = url "/ok", sink = here:path "link" })
    test.equal(file.stat(here:path "victim"), nil)
    here:write("up", "x")
    here:must { "ln", "-s", here:path "up", here:path "uplink" }
    test.refuses("a symbolic link", http.request { method = "PUT", url = url "/upload",
      upload = { path = here:path "uplink" } })
  end)
end)

test("http: where an answer came from is told without what may be signed", function ()
  with_server(function (_, url)
    local answer = http.request { url = url("/redirect?to=" .. http_server.encode "/ok?signature=s") }
    test.equal(answer.url, url "/ok")
  end)
end)

test("http: headers have lower-case names, repeated ones are joined, trailers are nobody's", function ()
  with_server(function (_, url)
    local answer = http.request { url = url(raw("HTTP/1.1 100 Continue\r\nEarly: 1\r\n\r\nHTTP/1.1 200 OK\r\nLINK: <a>;"
      .. " rel=\"next\"\r\nlink:<b>\r\nX-Empty:\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: t\r\n\r\n")) }
    test.equal(answer.headers, { link = '<a>; rel="next", <b>', ["x-empty"] = "", ["transfer-encoding"] = "chunked" })
    test.equal(answer.body, "ok")
  end)
end)

test("http: bytes come as they were sent, whatever they are said to be", function ()
  with_server(function (_, url)
    local answer = http.request { url = url(raw "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope") }
    test.equal(answer.body, "nope")
  end)
end)

-- What goes wrong behind a request's beginning: nobody knows whether it was done. { what, path, part of the message }
local BROKEN = {
  { "a reset", raw("", "rst"), "the connection broke" },
  { "an end without an answer", raw "", "the connection ended without an answer" },
  { "something else than HTTP", raw "220 smtp.example ESMTP\r\n", "is no HTTP" },
  { "half a status line", raw "HTTP/1.1 2", "without an answer" },
  { "a status that is none", raw "HTTP/1.1 0\r\n\r\n", "answer" },
  { "half a head", raw "HTTP/1.1 200 OK\r\nContent-Le", "cut short" },
  { "a short body", raw "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "cut short" },
  { "a short body and a reset", raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "rst"), "broke" },
  { "chunks without an end", raw "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", "cut short" },
  { "chunks that are none", raw "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "" },
  { "a field without a name", raw "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "a field that has no name" },
  { "a line without a colon", raw "HTTP/1.1 200 OK\r\nwhatever\r\n\r\n", "" },
  { "a name with a space", raw "HTTP/1.1 200 OK\r\nContent-Type : x\r\n\r\n", "a field that has no name" },
  { "a control byte in a field", raw "HTTP/1.1 200 OK\r\nX: a\1b\r\n\r\n", "a control byte in a field" },
  { "a length that is none", raw "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", "no usable answer" },
  { "no length at all", raw "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it", "an answer without a length" },
  { "HTTP/1.0 without a length", raw "HTTP/1.0 200 OK\r\n\r\n", "an answer without a length" },
  { "a version that is none", raw "HTTP/x 200 OK\r\nContent-Length: 0\r\n\r\n", "version of HTTP" },
  { "a version that was not agreed on", raw "HTTP/2 200 OK\r\n\r\n", "" },
  { "another coding", raw "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nall", "" },
  { "two lengths", raw "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "two lengths" },
}

test("P12 whatever breaks behind the beginning is unknown, for reads and for writes", function ()
  with_server(function (server, url, here)
    local wrong = {}
    for _, row in ipairs(BROKEN) do
      for _, method in ipairs { "GET", "POST" } do
        local answer, message, kind = http.request { method = method, url = url(row[2]), sink = here:path "sink" }
        if answer or kind ~= "unknown" or not message:find(row[3], 1, true) or file.stat(here:path "sink") then
          wrong[#wrong + 1] = ("%s %s: %s, %s"):format(method, row[1], kind or answer.status, message)
        end
        local requests = #server:log()
        if requests ~= 1 then wrong[#wrong + 1] = ("%s %s: sent %d times"):format(method, row[1], requests) end
      end
    end
    test.equal(wrong, {})
  end)
end)

test("P12 an upload that breaks off is unknown, and is not sent again", function ()
  with_server(function (server, url, here)
    here:must { "truncate", "-s", "64M", here:path "up" }
    local _, message, kind = http.request { method = "PUT", url = url "/swallow", upload = { path = here:path "up" } }
    test.equal({ message, kind }, { "PUT " .. url "/swallow" .. ": the connection broke", "unknown" })
    test.equal(#server:log(), 1)
  end)
end)

test("P12 a write goes out once, also where a kept connection has died; a read may go out again", function ()
  with_server(function (server, url)
    assert(http.request { url = url "/once" })
    test.equal(http.request { url = url "/once" }.body, "once\n")
    test.equal(#server:log(), 3) -- the one in the middle was swallowed
    for _ = 1, 3 do test.equal(http.request { method = "POST", url = url "/once" }.body, "once\n") end
    test.equal(#server:log(), 3)
  end)
end)

test("P12 more than the cap is a limit, however it comes", function ()
  with_server(function (_, url, here)
    for _, sink in ipairs { false, here:path "sink" } do
      local function ask(path, max) return http.request { url = url(path), max = max, sink = sink or nil } end
      test.equal(ask("/zeros/1000", 1000).size, 1000)
      if sink then file.remove(sink) end
      for path, max in pairs { ["/zeros/1001"] = 1000, ["/endless"] = 1000, ["/zeros/100000000"] = 20 << 20 } do
        local _, message, kind = ask(path, max)
        test.equal({ message, kind }, { ("GET %s: an answer of more than %d bytes"):format(url(path), max), "limit" })
        test.equal(sink and file.stat(sink), sink and nil)
      end
    end
    test.equal(select(3, http.request { url = url "/endless" }), "limit") -- 16 MiB without being asked
    test.equal(select(3, http.request { url = url "/fields?n=10000&size=1" }), "limit")
    test.equal(select(3, http.request { url = url "/fields?n=200&size=1000" }), "limit")
    test.equal(select(3, http.request { url = url "/hundreds" }), "limit")
    test.truthy(select(3, http.request { url = url "/fields?n=1&size=10000000" }):find "^un")
    test.equal(http.request { url = url "/fields?n=200&size=100" }.status, 200)
  end)
end)

test("P12 a peer that holds us is left: without an answer, and with one that drips", function ()
  with_server(function (_, url, here)
    local _, message, kind = http.request { url = url(raw("", "wait")), timeout_ms = 700 }
    test.equal({ message, kind }, { "GET " .. url "/raw" .. ": not done within 1 s", "unknown" })
    _, message, kind = http.request { url = url(raw("", "wait")), idle_ms = 1000 }
    test.equal({ message, kind }, { "GET " .. url "/raw" .. ": next to nothing came for 1 s", "unknown" })
    _, message, kind = http.request { url = url "/drip", idle_ms = 1000, sink = here:path "sink" }
    test.equal({ message, kind }, { "GET " .. url "/drip" .. ": next to nothing came for 1 s", "unknown" })
    test.equal(file.stat(here:path "sink"), nil)
  end)
end)

test("http: many requests run six at a time and answer in their order", function ()
  with_server(function (server, url)
    local requests, reports = {}, {}
    for i = 1, 20 do requests[i] = { url = url(i % 5 == 0 and "/status/" .. 400 + i or "/parallel") } end
    requests[7] = { method = "POST", url = url(raw("", "rst")) }
    local results = http.parallel(requests, { progress = function (done, total) reports[#reports + 1] = { done, total } end })
    local most = 0
    for i, result in ipairs(results) do
      if i == 7 then test.equal(result.kind, "unknown")
      elseif i % 5 == 0 then test.equal(result.answer.status, 400 + i)
      else most = math.max(most, tonumber(result.answer.body)) end
    end
    test.equal({ #results, #server:log(), #reports > 0 }, { 20, 20, true })
    test.equal(most > 1 and most <= 6, true)
  end)
end)

test("http: at most one at a time is one at a time", function ()
  with_server(function (_, url)
    local requests = {}
    for i = 1, 4 do requests[i] = { url = url "/parallel" } end
    for _, result in ipairs(http.parallel(requests, { at_most = 1 })) do test.equal(result.answer.body, "1") end
  end)
end)

test("http: progress counts the bytes of all, and ends with all of them", function ()
  with_server(function (_, url, here)
    local requests, last, before = {}, nil, 0
    for i = 1, 8 do
      here:write("up" .. i, ("x"):rep(100000))
      requests[i] = { method = "PUT", url = url "/upload", upload = { path = here:path("up" .. i), size = 100000 } }
    end
    http.parallel(requests, { progress = function (done, total)
      test.equal({ done >= before, total and total >= done }, { true, true })
      before, last = done, { done, total }
    end })
    test.equal(last, { 800000, 800000 })
    http.request { url = url "/zeros/3000", sink = here:path "down", progress = function (...) last = { ... } end }
    test.equal(last, { 3000, 3000 })
  end)
end)

test("http: a progress function that raises ends a transfer and leaves no file", function ()
  with_server(function (_, url, here)
    test.raises(function ()
      http.request { url = url "/endless", sink = here:path "sink", max = 1 << 40, progress = function (done)
        if done > 0 then error("enough", 0) end
      end }
    end, "enough")
    test.equal(file.stat(here:path "sink"), nil)
    test.equal(http.request { url = url "/ok" }.status, 200)
  end)
end)

test("http: a request may change while it runs; what was asked is what is done", function ()
  with_server(function (server, url, here)
    here:write("up", ("x"):rep(1 << 20))
    local request = { method = "PUT", url = url "/upload", headers = { ["X-Kept"] = "kept" .. tostring {} },
      upload = { path = here:path "up" } }
    request.progress = function ()
      request.url, request.headers, request.upload = nil, nil, nil
      collectgarbage()
    end
    test.equal(http.request(request).status, 201)
    test.contains(server:log()[1].fields["x-kept"], "kept")
  end)
end)

test("http: an interrupt ends a transfer at once, with 130, and half a file does not stay", function ()
  with_server(function (_, url, here)
    for _, signal in ipairs { "INT", "TERM" } do
      here:write("task.json", json.encode { requests = { { url = url "/drip", sink = here:path "half" } } })
      local client = assert(proc.start {
        argv = here:command { "relrun", "lua", assert(file.resolve "tests/tools/http_client.lua"), here:path "task.json" },
      })
      while (file.stat(here:path "half") or { size = 0 }).size == 0 do here:run { "sleep", "0.02" } end
      client:kill(signal)
      test.equal(client:wait(10000), { code = 130, signal = 0 })
      test.equal(file.stat(here:path "half"), nil)
    end
  end)
end)

test("http: 256 MiB go up and come down in less than 64 MB of memory", function ()
  if place.build:find "asan" then test.skip "a sanitizer's own memory is larger" end
  with_server(function (server, url, here)
    here:must { "truncate", "-s", "256M", here:path "up" }
    local said = server:ask { requests = {
      { method = "PUT", url = url "/upload", upload = { path = here:path "up" } },
      { url = url("/zeros/" .. (256 << 20)), sink = here:path "down" },
    } }
    local up, down = said.results[1].answer, said.results[2].answer
    test.equal({ up.status, json.decode(up.body).size, down.size }, { 201, 256 << 20, 256 << 20 })
    test.equal({ up.upload_sha256, down.sha256 }, { json.decode(up.body).sha256, up.upload_sha256 })
    test.equal(said.peak < 64000, true, ("%d kB"):format(said.peak))
  end)
end)
