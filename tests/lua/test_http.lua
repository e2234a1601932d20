--- host.http without a server: misuse raises, what is refused never leaves, and a credential tells nothing.
local test = require "testing"
local http = require "host.http"
local json = require "host.json"

-- Nobody listens on port 1: what gets that far is "unsent" with a connection's reason.
local NOBODY = "http://127.0.0.1:1/x"

local function raised(options)
  local ok, message = pcall(http.request, options)
  assert(not ok, "nothing was raised")
  return message
end

test("http: misuse raises and names the option", function ()
  for part, options in pairs {
    ["'url' is missing"] = {},
    ["unknown option 'uri'"] = { uri = NOBODY },
    ["option 'url': string expected"] = { url = 1 },
    ["option 'url': holds a NUL"] = { url = NOBODY .. "\0" },
    ["'TRACE' is none of GET"] = { url = NOBODY, method = "TRACE" },
    ["'get' is none of GET"] = { url = NOBODY, method = "get" },
    ["a GET has no body"] = { url = NOBODY, body = "" },
    ["a HEAD has no body"] = { url = NOBODY, method = "HEAD", upload = { path = "x" } },
    ["'body' and 'upload' exclude"] = { url = NOBODY, method = "PUT", body = "", upload = { path = "x" } },
    ["option 'upload': 'path' is missing"] = { url = NOBODY, method = "PUT", upload = {} },
    ["unknown option 'name'"] = { url = NOBODY, method = "PUT", upload = { name = "x" } },
    ["option 'body': string expected, got table"] = { url = NOBODY, method = "PUT", body = {} },
    ["option 'redirects': 0 to 5"] = { url = NOBODY, redirects = 6 },
    ["option 'max': out of range"] = { url = NOBODY, max = -1 },
    ["option 'gap_ms': out of range"] = { url = NOBODY, gap_ms = -1 },
    ["option 'timeout_ms': an integer expected"] = { url = NOBODY, timeout_ms = 1.5 },
    ["function expected"] = { url = NOBODY, progress = true },
    ["relrun.credential expected"] = { url = NOBODY, credential = "token" },
  } do test.contains(raised(options), part) end
  test.raises(function () http.request(NOBODY) end, "table expected")
  test.raises(function () http.parallel({ NOBODY }) end, "no list of requests")
  test.raises(function () http.parallel({}, { at_most = 7 }) end, "'at_most' is not 1 to 6")
  test.raises(function () http.parallel { { url = NOBODY, progress = print } } end, "stands beside the list")
end)

test("http: a header that could break out of its line, or that is HTTP's own, raises", function ()
  for name, value in pairs { ["X\r\nY"] = "z", ["X Y"] = "z", [""] = "z", ["X:"] = "z", ["N\xC3\xA9"] = "z",
    A = "b\r\nC: d", B = "b\n", C = "\1", D = " b", E = "b ", F = "\xC3\xA9", G = "b\127" } do
    test.contains(raised { url = NOBODY, headers = { [name] = value } }, "bytes that are not allowed")
  end
  test.contains(raised { url = NOBODY, headers = { A = "b\0c" } }, "NUL")
  test.contains(raised { url = NOBODY, headers = { A = 1 } }, "names and values are strings")
  test.contains(raised { url = NOBODY, headers = { "A: b" } }, "names and values are strings")
  for _, name in ipairs { "Authorization", "authorization", "Cookie", "HOST", "Content-Length", "Transfer-Encoding",
    "Connection", "Expect", "PRIVATE-TOKEN", "Job-Token", "Accept-Encoding", "Proxy-Authorization", "Upgrade" } do
    test.contains(raised { url = NOBODY, headers = { [name] = "x" } }, "is not the caller's")
  end
  test.contains(raised { url = NOBODY, headers = { Accept = "a", ACCEPT = "b" } }, "stands twice")
  local many = {}
  for i = 1, 33 do many["X-" .. i] = "y" end
  test.contains(raised { url = NOBODY, headers = many }, "more than 32")
end)

test("http: what is refused or cannot be reached is unsent, and says method, address and reason", function ()
  for url, said in pairs {
    [NOBODY .. "?secret=1"] = "GET http://127.0.0.1:1/x: no connection: Connection refused",
    ["https://no-such-host.invalid/a"] = "GET https://no-such-host.invalid/a: no host has this name",
    ["http://forge.example/"] = "GET: plain http to 'forge.example'; without TLS relrun speaks to this machine only",
    ["https://user:pass@forge.example/"] = "GET: an address with a user name in it; credentials are given by the environment",
    ["file:///etc/passwd"] = "GET: an address that is neither https nor http",
  } do
    local answer, message, kind = http.request { url = url }
    test.equal({ answer, message, kind }, { nil, said, "unsent" })
  end
end)

test("http: a file that cannot be sent, or a sink that is there, stops a request before it leaves", function ()
  local function refused(options)
    options.url, options.method = NOBODY, options.upload and "PUT"
    local answer, message, kind = http.request(options)
    test.equal({ answer, kind }, { nil, "unsent" })
    return message
  end
  test.contains(refused { upload = { path = "no/such/file" } }, "no/such/file: No such file")
  test.contains(refused { upload = { path = "tests" } }, "tests: not a regular file")
  test.contains(refused { upload = { path = "/dev/zero" } }, "/dev/zero: not a regular file")
  test.contains(refused { upload = { path = "Makefile", size = 1 } }, "bytes, expected 1")
  test.contains(refused { sink = "Makefile" }, "Makefile: File exists")
  test.contains(refused { sink = "no/such/place" }, "No such file")
end)

test("http: each of several requests has its own failure, in their order", function ()
  local results = http.parallel { { url = NOBODY }, { url = "x" }, { url = NOBODY .. "y", method = "POST" } }
  test.equal(#results, 3)
  test.contains(results[1].message, "GET http://127.0.0.1:1/x: no connection")
  test.contains(results[2].message, "GET: an address without https://")
  test.contains(results[3].message, "POST http://127.0.0.1:1/xy: no connection")
  for _, result in ipairs(results) do test.equal({ result.kind, result.answer }, { "unsent" }) end
  test.equal(#http.parallel {}, 0)
end)

test("http: an error of the progress function ends the requests and is raised", function ()
  local calls = 0
  test.raises(function ()
    http.request { url = NOBODY, progress = function () calls = calls + 1; error("enough", 0) end }
  end, "enough")
  test.equal(calls, 1)
  test.equal(select(3, http.request { url = NOBODY }), "unsent")
end)

test("http: an origin is told for addresses that are spoken to, and for no others", function ()
  test.equal(http.origin "HTTPS://API.GitHub.com:443/repos?x", "https://api.github.com")
  test.equal(http.origin "http://localhost:8080", "http://localhost:8080")
  test.refuses("this machine only", http.origin "http://api.github.com")
  test.refuses("without https://", http.origin "api.github.com")
end)

test("P17 a credential is nothing but a name of its origin", function ()
  test.equal(http.credential { names = { "RELRUN_NO_SUCH_TOKEN" }, origin = "https://h" }, nil)
  local credential = http.credential { names = { "RELRUN_NO_SUCH_TOKEN", "PATH" }, origin = "https://H:443/" }
  test.equal(tostring(credential), "credential for https://h")
  test.equal(getmetatable(credential), false)
  test.raises(function () return credential.secret end, "index")
  test.raises(function () return #credential end, "length")
  test.raises(function () return credential .. "" end, "concatenate")
  test.raises(function () json.encode { credential } end, "JSON has no userdata")
  test.lacks(("%s %q"):format(credential, tostring(credential)), "/bin")
end)

test("a token that a server gives to anybody makes a credential for its origin", function ()
  local credential = http.credential { token = "for-anybody", origin = "https://registry.example" }
  test.equal(tostring(credential), "credential for https://registry.example")
  test.raises(function () http.credential { origin = "https://h" } end, "list of strings expected")
  test.raises(function () http.credential { token = "x", names = { "PATH" }, origin = "https://h" } end, "exclude each other")
end)

test("P17 a credential for an address that is no origin, or of names that are none, is refused", function ()
  test.refuses("has a path too", http.credential { names = { "PATH" }, origin = "https://h/x" })
  test.refuses("this machine only", http.credential { names = { "PATH" }, origin = "http://h" })
  test.refuses("no word", http.credential { names = { "PATH" }, origin = "https://h", header = "a b" })
  test.raises(function () http.credential { names = { "PATH" } } end, "'origin' is missing")
  test.raises(function () http.credential { origin = "https://h" } end, "'names': a list")
  test.raises(function () http.credential { names = {}, origin = "https://h" } end, "1 to 16 names")
  test.raises(function () http.credential { names = { 1 }, origin = "https://h" } end, "item 1 is a number")
  test.raises(function () http.credential { names = { "PATH" }, origin = "https://h", secret = "x" } end, "unknown option")
end)
