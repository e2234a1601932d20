--- P18: credentials and the caller's own fields stay at the origin that they were meant for, wherever a server sends us.
--- Judged by what the servers saw, not by what the client says.

local test = require "testing"
local certificates = require "certificates"
local http_server = require "http_server"
local place = require "place"

local encode = http_server.encode
local TOKEN_A, TOKEN_B = "token-of-a-0123456789", "token-of-b-0123456789"

-- Origins: A and B are two servers of this machine, L is A by another name, T and U speak TLS, as "localhost". Marks:
-- "+" the token of A, "*" that of B, "x" the caller's own field, "-" none of them.
-- Each row: what it is, Location, what was seen where, and the final status or the kind of failure.
local ROWS = {
  -- at home
  { "a path", "/ok", "a+x a+x", 200 },
  { "a relative path", "ok", "a+x a+x", 200 },
  { "a path with dots", "./x/../ok", "a+x a+x", 200 },
  { "the whole address", "A/ok", "a+x a+x", 200 },
  { "a scheme in capitals", "Http@A/ok", "a+x a+x", 200 },
  { "without a scheme", "@A/ok", "a+x a+x", 200 },
  { "with a fragment", "/ok#@B/", "a+x a+x", 200 },
  { "301 at home", "/ok", "a+x a+x", 200, status = 301 },
  { "303 at home", "/ok", "a+x a+x", 200, status = 303 },
  { "307 at home", "/ok", "a+x a+x", 200, status = 307 },
  { "308 at home", "/ok", "a+x a+x", 200, status = 308 },
  { "TLS at home", "T/ok", "t+x t+x", 200, from = "T" },
  -- another port, another name, another scheme
  { "301 to another port", "B/ok", "a+x b-", 200, status = 301 },
  { "302 to another port", "B/ok", "a+x b-", 200 },
  { "303 to another port", "B/ok", "a+x b-", 200, status = 303 },
  { "307 to another port", "B/ok", "a+x b-", 200, status = 307 },
  { "308 to another port", "B/ok", "a+x b-", 200, status = 308 },
  { "without a scheme, to another port", "@B/ok", "a+x b-", 200 },
  { "to another name of the same machine", "L/ok", "a+x a-", 200 },
  { "to that name in capitals", "http://LOCALHOST:@PA/ok", "a+x a-", 200 },
  { "to another address of the same machine", "http://127.0.0.2:@PA/ok", "a+x", "unsent" },
  { "to IPv6", "http://[::1]:@PA/ok", "a+x", "unsent" },
  { "up to TLS", "T/ok", "a+x t-", 200 },
  { "to another port with TLS", "U/ok", "t+x u-", 200, from = "T" },
  { "TLS by another name", "https://127.0.0.1:@PT/ok", "t+x t-", 200, from = "T" },
  { "down from TLS", "A/ok", "t+x", "redirect", from = "T" },
  { "down from TLS to the same port", "http://localhost:@PT/ok", "t+x", "redirect", from = "T" },
  { "307 down from TLS", "B/ok", "t+x", "redirect", from = "T", status = 307 },
  { "to plain HTTP elsewhere", "http://forge.example/ok", "a+x", "redirect" },
  { "HEAD to another port", "B/ok", "a+x b-", 200, method = "HEAD" },
  -- somebody in front of the host
  { "a user at home", "http://user:pass@127.0.0.1:@PA/ok", "a+x", "redirect" },
  { "our host as the user of another", "http://127.0.0.1:@PA@127.0.0.1:@PB/ok", "a+x", "redirect" },
  { "a user without a scheme", "//x@127.0.0.1:@PB/ok", "a+x", "redirect" },
  { "an empty user", "http://@127.0.0.1:@PB/ok", "a+x", "redirect" },
  { "a backslash before a user", "http://127.0.0.1:@PB\\@127.0.0.1:@PA/ok", "a+x", "redirect" },
  { "backslashes for slashes", "/\\127.0.0.1:@PB/ok", "a+x", "redirect" },
  { "two backslashes", "\\\\127.0.0.1:@PB\\ok", "a+x", "redirect" },
  { "a percent-encoded @", "http://127.0.0.1%40127.0.0.1:@PB/ok", "a+x", "redirect" },
  -- alphabets and numbers
  { "another alphabet", "https://b\xC3\xBCcher.example/ok", "a+x", "redirect" },
  { "ideographic full stops", "http://127\xE3\x80\x820\xE3\x80\x820\xE3\x80\x821:@PB/ok", "a+x", "redirect" },
  { "fullwidth digits", "http://\xEF\xBC\x9127.0.0.1:@PB/ok", "a+x", "redirect" },
  { "punycode of no host", "https://xn--bcher-kva.invalid/ok", "a+x", "unsent" },
  { "a decimal address", "http://2130706433:@PB/ok", "a+x", "redirect" },
  { "a hexadecimal address", "http://0x7f.0.0.1:@PB/ok", "a+x", "redirect" },
  { "an octal address", "http://0177.0.0.1:@PB/ok", "a+x", "redirect" },
  { "a short address", "http://127.1:@PB/ok", "a+x", "redirect" },
  { "a mapped address", "http://[::ffff:127.0.0.1]:@PB/ok", "a+x", "redirect" },
  { "a host with a dot at its end", "http://localhost.:@PB/ok", "a+x", "redirect" },
  { "a name that begins like ours", "http://127.0.0.1.example:@PB/ok", "a+x", "redirect" },
  -- ports
  { "port 0", "http://127.0.0.1:0/ok", "a+x", "redirect" },
  { "port 65536", "http://127.0.0.1:65536/ok", "a+x", "redirect" },
  { "no port behind the colon", "http://127.0.0.1:/ok", "a+x", "redirect" },
  { "a port with zeros before it", "http://127.0.0.1:0@PA/ok", "a+x a+x", 200 },
  -- other schemes
  { "ftp", "ftp://127.0.0.1:@PB/ok", "a+x", "redirect" },
  { "a file", "file:///etc/passwd", "a+x", "redirect" },
  { "data", "data:text/plain,ok", "a+x", "redirect" },
  { "javascript", "javascript:alert(1)", "a+x", "redirect" },
  { "ws", "ws://127.0.0.1:@PB/ok", "a+x", "redirect" },
  { "a scheme without slashes", "http:ok", "a+x", "redirect" },
  -- bytes
  { "a space", "/ok ok", "a+x", "redirect" },
  { "a control byte", "/ok\1", "a+x", "unknown" },
  { "a byte above ASCII in the path", "/\xC3\xA9", "a+x", "redirect" },
  { "nothing", "", "a+x a+x a+x a+x a+x a+x", "redirect" },
  { "two addresses", "/ok\r\nLocation: B/ok", "a+x", "redirect" },
  { "a cookie on the way", "/ok\r\nSet-Cookie: a=b", "a+x a+x", 200 },
  -- chains
  { "away and back", "B/redirect?to={A/ok}", "a+x b- a-", 200 },
  { "at home and away", "A/redirect?to={B/ok}", "a+x a+x b-", 200 },
  { "away, back, and away", "B/redirect?to={A/redirect?to={B/ok}}", "a+x b- a- b-", 200 },
  { "five", "/count?n=4", "a+x a+x a+x a+x a+x a+x", 200 },
  { "six", "/count?n=5", "a+x a+x a+x a+x a+x a+x", "redirect" },
  { "more than the caller wants", "/count?n=1", "a+x a+x", "redirect", redirects = 1 },
  { "none wanted", "B/ok", "a+x", 302, redirects = 0 },
  -- writes follow nothing
  { "POST, 301", "/ok", "a+x", 301, status = 301, method = "POST" },
  { "POST, 302", "B/ok", "a+x", 302, method = "POST" },
  { "POST, 303", "/ok", "a+x", 303, status = 303, method = "POST" },
  { "POST, 307", "B/ok", "a+x", 307, status = 307, method = "POST" },
  { "POST, 308", "/ok", "a+x", 308, status = 308, method = "POST" },
  { "PUT, 307", "B/ok", "a+x", 307, status = 307, method = "PUT" },
  { "PATCH, 308", "/ok", "a+x", 308, status = 308, method = "PATCH" },
  { "DELETE, 302", "B/ok", "a+x", 302, method = "DELETE" },
  { "POST, down from TLS", "A/ok", "t+x", 307, status = 307, method = "POST", from = "T" },
  -- two credentials, each with its own origin
  { "to an origin with a credential of its own", "B/ok", "a+x b*", 200, credential = { "a", "b" } },
  { "there and back", "B/redirect?to={A/ok}", "a+x b* a+", 200, credential = { "a", "b" } },
  { "back by way of a third", "L/redirect?to={A/ok}", "a+x a- a-", 200, credential = { "a", "b" } },
  { "from where there is none", "A/ok", "b x a-", 200, from = "B" },
}

local function expand(server, text)
  local ports = { A = "a", B = "b", T = "t" }
  local origins = { A = server:origin "a", B = server:origin "b", L = server:origin("a", "localhost"),
    T = server:origin("t", "localhost"), U = server:origin("u", "localhost") }
  local function whole(part)
    part = part:gsub("%b{}", function (inner) return encode(whole(inner:sub(2, -2))) end)
    part = part:gsub("Http@A", function () return (origins.A:gsub("^http", "HTTP")) end)
    part = part:gsub("@P(%u)", function (name) return tostring(server.ports[ports[name]].port) end)
    part = part:gsub("^@(%u)", function (name) return (origins[name]:gsub("^https?:", "")) end)
    part = part:gsub("^(%u)/", function (name) return origins[name] .. "/" end)
    return (part:gsub("Location: (%u)/", function (name) return "Location: " .. origins[name] .. "/" end))
  end
  return whole(text), origins
end

-- What the servers saw of one row, in order. The user agent, which travels, tells the rows apart.
local function marks(server, header)
  local seen = {}
  for _, row in ipairs(server:log()) do
    local name = row.fields["user-agent"]
    local token = row.fields[header]
    local mark = token and token:find(TOKEN_A, 1, true) and "+" or token and token:find(TOKEN_B, 1, true) and "*" or ""
    if row.fields.cookie then mark = mark .. "cookie" end
    if row.fields["x-caller"] then mark = mark .. (mark == "" and " x" or "x") end
    if mark == "*x" then mark = "* x" end
    seen[name] = (seen[name] and seen[name] .. " " or "") .. row.server .. (mark == "" and "-" or mark)
    test.equal(row.fields.range, "bytes=0-", name .. ": Range travels")
  end
  return seen
end

local function run_matrix(header)
  place.with(function (here)
    local reason = certificates.make(here, { "good" })
    if reason then test.skip(reason) end
    local ran, why = http_server.with(here, { "a", "b", "t=good", "u=good" }, function (server)
      local requests = {}
      local _, origins = expand(server, "")
      local function credential(name, origin)
        return { names = { name }, origin = origin, header = header ~= "authorization" and header or nil }
      end
      for i, row in ipairs(ROWS) do
        requests[i] = {
          method = row.method, redirects = row.redirects, ca_file = here:path "http/ca.pem",
          credential = row.credential or (row.from == "T" and "t" or "a"),
          url = ("%s/redirect?status=%d&to=%s"):format(origins[row.from or "A"], row.status or 302,
            encode((expand(server, row[2])))),
          headers = { ["X-Caller"] = "its own", Range = "bytes=0-", ["User-Agent"] = ("row-%d"):format(i) },
        }
      end
      local said = server:ask({ requests = requests, credentials = {
        a = credential("TOKEN_A", origins.A), b = credential("TOKEN_B", origins.B), t = credential("TOKEN_A", origins.T),
      } }, { TOKEN_A = TOKEN_A, TOKEN_B = TOKEN_B })
      local seen, wrong = marks(server, header), {}
      for i, row in ipairs(ROWS) do
        local result = said.results[i]
        local outcome = result.answer and result.answer.status or result.kind
        local saw = seen[("row-%d"):format(i)]
        if saw ~= row[3] or outcome ~= row[4] then
          wrong[#wrong + 1] = ("%s: %s, %s (%s)"):format(row[1], saw, outcome, result.message)
        end
      end
      test.equal(wrong, {})
    end)
    if not ran then test.skip(why) end
  end)
end

test("P18 the matrix of redirections is no small one", function () test.truthy(#ROWS >= 40) end)
test("P18 Authorization stays at its origin, whatever the redirection", function () run_matrix "authorization" end)
test("P18 PRIVATE-TOKEN stays at its origin, whatever the redirection", function () run_matrix "private-token" end)
