--- What anybody can reach, over HTTP that is made up: a list of expected requests and their answers.

local test = require "testing"
local digest = require "host.digest"
local json = require "host.json"
local reach = require "forge.reach"

-- Answers in the order of the script; each entry is what is expected of the request, and the answer or { nil, words, kind }.
local function http(script)
  local at, it = 0, { slept = 0 }
  it.parts = { json = json, digest = digest, clock = { sleep = function () it.slept = it.slept + 1 return true end }, http = {
    origin = function (url) return url:match "^https?://[^/]+" end,
    credential = function (options) return options end,
    request = function (request)
      at = at + 1
      local entry = script[at] or error("one request too many: " .. request.method .. " " .. request.url)
      test.equal(request.method .. " " .. request.url, entry[1])
      it.last = request
      if entry[2] then
        return { status = entry[2], headers = entry.headers or {}, body = entry.body or "" }
      end
      return nil, entry.words or "connection refused", entry.kind or "unsent"
    end } }
  function it.finished() test.equal(at, #script, "requests") end
  return it
end

local URL = "https://dl.example.com/app.tar.gz"

local function url(script)
  local it = http(script)
  local answer, trouble = reach.url(it.parts, URL)
  it.finished()
  return answer, trouble, it
end

test("an address that answers has a status and a size", function ()
  test.equal(url { { "HEAD " .. URL, 200, headers = { ["content-length"] = "1234" } } }, { status = 200, size = 1234 })
  test.equal(url { { "HEAD " .. URL, 200 } }, { status = 200, size = false })
end)

test("an address that is not there is told so at once", function ()
  test.equal(url { { "HEAD " .. URL, 404, headers = { ["content-length"] = "9" } } }, { status = 404, size = false })
end)

test("where HEAD is refused one byte is asked for", function ()
  local answer, _, it = url { { "HEAD " .. URL, 403 }, { "GET " .. URL, 206, headers = { ["content-range"] = "bytes 0-0/77" } } }
  test.equal(answer, { status = 200, size = 77 })
  test.equal(it.last.headers, { Range = "bytes=0-0" })
  test.equal(url { { "HEAD " .. URL, 405 }, { "GET " .. URL, 200, headers = { ["content-length"] = "5" } } }, { status = 200, size = 5 })
  test.equal(url { { "HEAD " .. URL, 401 }, { "GET " .. URL, 401 } }, { status = 401, size = false })
end)

test("no credential is ever sent to an address", function ()
  local _, _, it = url { { "HEAD " .. URL, 401 }, { "GET " .. URL, 401 } }
  test.equal(it.last.credential, nil)
end)

test("a failure of the network is tried again, and then it is a problem", function ()
  local answer, _, it = url { { "HEAD " .. URL }, { "HEAD " .. URL, 502 }, { "HEAD " .. URL, 200 } }
  test.equal({ answer, it.slept }, { { status = 200, size = false }, 2 })
  local _, trouble = url { { "HEAD " .. URL }, { "HEAD " .. URL }, { "HEAD " .. URL, words = "no\27route" } }
  test.equal({ trouble.kind, trouble.text }, { "error", "no\\x1broute" })
end)

test("P19 what TLS or a redirect refuses is not tried again", function ()
  for _, kind in ipairs { "tls", "redirect" } do
    local answer, trouble = url { { "HEAD " .. URL, kind = kind } }
    test.equal({ answer, trouble.kind }, { nil, "error" })
  end
  local _, trouble = url { { "HEAD " .. URL, kind = "interrupted" } }
  test.equal(trouble.kind, "interrupted")
end)

test("a size that is none is not told", function ()
  for _, size in ipairs { "x", "-1", "", ("9"):rep(30) } do
    test.equal(url { { "HEAD " .. URL, 200, headers = { ["content-length"] = size } } }, { status = 200, size = false })
  end
end)

test("what is no address is a problem", function ()
  test.refuses("is no address that can be asked", reach.url(http({}).parts, "ftp//x"))
end)

test("an image's name is taken apart as container tools do", function ()
  local cases = {
    ["ghcr.io/o/r:1.2"] = { host = "ghcr.io", name = "o/r", reference = "1.2" },
    ["ghcr.io/o/r"] = { host = "ghcr.io", name = "o/r", reference = "latest" },
    ["localhost:5000/r:x"] = { host = "localhost:5000", name = "r", reference = "x" },
    ["alpine:3"] = { host = "registry-1.docker.io", name = "library/alpine", reference = "3" },
    ["bitnami/redis"] = { host = "registry-1.docker.io", name = "bitnami/redis", reference = "latest" },
    ["ghcr.io/o/r:1@sha256:" .. ("a"):rep(64)] = { host = "ghcr.io", name = "o/r", reference = "sha256:" .. ("a"):rep(64) },
  }
  for name, parts in pairs(cases) do test.equal(reach.parse_image(name), parts, name) end
  for _, wrong in ipairs { "", "ghcr.io/", "ghcr.io/O/r", "ghcr.io/o/../r", "a b", "ghcr.io/o/r@sha256:abc", "ghcr.io/o/r@md5:" .. ("a"):rep(64),
    "evil.example/x?y", "ghcr.io@evil.example/x", "ghcr.io/o/r:1:2/.." } do
    test.equal(reach.parse_image(wrong), nil, wrong)
  end
end)

local MANIFEST = "https://ghcr.io/v2/o/r/manifests/1.2"
local DIGEST = "sha256:" .. ("a"):rep(64)
local CHALLENGE = { ["www-authenticate"] = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:o/r:pull"' }
local TOKEN = "GET https://ghcr.io/token?scope=repository%3Ao%2Fr%3Apull&service=ghcr.io"

local function image(script, name)
  local it = http(script)
  local answer, trouble = reach.image(it.parts, name or "ghcr.io/o/r:1.2")
  it.finished()
  return answer, trouble, it
end

test("an image that a registry tells at once has its digest", function ()
  test.equal(image { { "HEAD " .. MANIFEST, 200, headers = { ["docker-content-digest"] = DIGEST } } }, { digest = DIGEST })
end)

test("a registry is asked with the token that it gives to anybody, for its own origin alone", function ()
  local answer, _, it = image { { "HEAD " .. MANIFEST, 401, headers = CHALLENGE }, { TOKEN, 200, body = '{"token":"abc","expires_in":1.5}' },
    { "HEAD " .. MANIFEST, 200, headers = { ["docker-content-digest"] = DIGEST } } }
  test.equal(answer, { digest = DIGEST })
  test.equal(it.last.credential, { token = "abc", origin = "https://ghcr.io" })
end)

test("an image that is not there is absent", function ()
  test.equal(image { { "HEAD " .. MANIFEST, 404 } }, false)
  test.equal(image { { "HEAD " .. MANIFEST, 401, headers = CHALLENGE }, { TOKEN, 200, body = '{"access_token":"abc"}' },
    { "HEAD " .. MANIFEST, 404 } }, false)
end)

test("P12 a refusal of the registry is never taken for absence", function ()
  local scripts = {
    { { "HEAD " .. MANIFEST, 403 } },
    { { "HEAD " .. MANIFEST, 401 } },
    { { "HEAD " .. MANIFEST, 401, headers = { ["www-authenticate"] = 'Basic realm="x"' } } },
    { { "HEAD " .. MANIFEST, 401, headers = CHALLENGE }, { TOKEN, 403, body = "{}" } },
    { { "HEAD " .. MANIFEST, 401, headers = CHALLENGE }, { TOKEN, 404, body = "" } },
    { { "HEAD " .. MANIFEST, 401, headers = CHALLENGE }, { TOKEN, 200, body = "<html>" } },
    { { "HEAD " .. MANIFEST, 401, headers = CHALLENGE }, { TOKEN, 200, body = '{"token":7}' } },
    { { "HEAD " .. MANIFEST, 401, headers = CHALLENGE }, { TOKEN, 200, body = '{"token":"a"}' }, { "HEAD " .. MANIFEST, 401 } },
    { { "HEAD " .. MANIFEST, 429 } },
    { { "HEAD " .. MANIFEST, 200, headers = { ["docker-content-digest"] = "sha256:abc" } } },
    { { "HEAD " .. MANIFEST }, { "HEAD " .. MANIFEST }, { "HEAD " .. MANIFEST } },
    { { "HEAD " .. MANIFEST, 401, headers = { ["www-authenticate"] = 'Bearer realm="file:///etc/passwd"' } } },
  }
  for i, script in ipairs(scripts) do
    local answer, trouble = image(script)
    test.equal({ answer, trouble and trouble.kind }, { nil, "error" }, "script " .. i)
  end
end)

test("a registry that does not name the digest has it computed", function ()
  test.equal(image { { "HEAD " .. MANIFEST, 200 }, { "GET " .. MANIFEST, 200, body = "{}" } },
    { digest = "sha256:" .. digest.sha256 "{}" })
end)

test("a forge gets both reads; a local forge reads its own public files", function ()
  local opened = { target = { kind = "local" }, fetch = function (_, address)
    return { status = address == "file:///f/releases/x" and 200 or 404, size = 3 }
  end }
  local it = http { { "HEAD " .. URL, 200 } }
  reach.attach(opened, it.parts)
  test.equal(opened:reach "file:///f/releases/x", { status = 200, size = 3 })
  test.equal(opened:reach "file:///f/forge.json", { status = 404, size = 3 })
  test.equal(opened:reach(URL), { status = 200, size = false })
  local other = reach.attach({ target = { kind = "github" } }, http({}).parts)
  test.refuses("is no address", other:reach "file:///etc/passwd")
end)
