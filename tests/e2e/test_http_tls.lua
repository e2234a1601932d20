--- P19: a peer that does not prove who it is gets no request, whatever the environment says. Judged by what the servers
--- saw and by what the client says.

local test = require "testing"
local certificates = require "certificates"
local file = require "host.file"
local http_server = require "http_server"
local place = require "place"

local CERTIFICATES = { "good", "wronghost", "expired", "stranger", "self", "weak", "client", "leaf" }
local SERVERS = { "plain", "good=good", "other=good", "tls12=good:TLSv1_2", "tls13=good:TLSv1_3", "tls11=good:TLSv1_1",
  "tls10=good:TLSv1", "wronghost=wronghost", "expired=expired", "stranger=stranger", "self=self", "weak=weak",
  "client=client", "leaf=leaf" }

local function with_servers(body)
  place.with(function (here)
    local reason = certificates.make(here, CERTIFICATES)
    if reason then test.skip(reason) end
    local ran, why = http_server.with(here, SERVERS, function (server)
      body(server, here, function (name, path) return server:origin(name, "localhost") .. (path or "/ok") end)
    end)
    if not ran then test.skip(why) end
  end)
end

-- What one request comes to: its status, or its kind and message.
local function ask(server, request, env, credentials)
  local said, result = server:ask({ requests = { request }, credentials = credentials }, env)
  local outcome = said.results[1]
  return outcome.answer and outcome.answer.status or outcome.kind, outcome.message, result
end

-- The servers that must be refused, and a part of the reason.
local REFUSED = {
  tls10 = "version", tls11 = "version", wronghost = "no alternative certificate subject name", expired = "expired",
  stranger = "unable to get local issuer", self = "self-signed", weak = "too weak", client = "purpose", leaf = "",
}

test("P19 a server that proves who it is is spoken to, with TLS 1.2 and 1.3", function ()
  with_servers(function (server, here, url)
    for _, name in ipairs { "good", "tls12", "tls13" } do
      test.equal(ask(server, { url = url(name), ca_file = here:path "http/ca.pem" }), 200, name)
    end
    test.equal(ask(server, { url = server:origin "good" .. "/ok", ca_file = here:path "http/ca.pem" }), 200)
    test.equal(#server:log(), 4)
  end)
end)

test("P19 a server that does not is refused before anything is sent", function ()
  with_servers(function (server, here, url)
    for name, reason in pairs(REFUSED) do
      for _, method in ipairs { "GET", "POST" } do
        local kind, message = ask(server, { method = method, url = url(name), ca_file = here:path "http/ca.pem" })
        test.equal(kind, "tls", name)
        test.contains(message, ("%s %s: no safe connection: "):format(method, url(name)))
        test.contains(message:lower(), reason, name)
      end
    end
    test.equal(server:log(), {})
  end)
end)

test("P19 an authority that is not trusted, or a file that is none, lets nobody in", function ()
  with_servers(function (server, here, url)
    here:write("none.pem", "nothing of the sort\n")
    for _, authority in ipairs { "http/stranger-ca.pem", "none.pem", "missing.pem", "http" } do
      test.equal(ask(server, { url = url "good", ca_file = here:path(authority) }), "tls", authority)
    end
    test.equal(ask(server, { url = url "good" }), "tls")
    test.equal(server:log(), {})
  end)
end)

-- Settings with which other programs trust more, or somebody else. Each gets the place's path.
local WEAK_CONF = [[
openssl_conf = weak
[weak]
ssl_conf = ssl
[ssl]
system_default = all
[all]
MinProtocol = None
CipherString = ALL:@SECLEVEL=0
VerifyMode = None
]]
local TRICKS = {
  { "SSL_CERT_FILE", function (here) return { SSL_CERT_FILE = here:path "http/ca.pem" } end },
  { "SSL_CERT_DIR", function (here)
    here:must({ "sh", "-c", "mkdir certs && cp http/ca.pem certs/ && openssl rehash certs" })
    return { SSL_CERT_DIR = here:path "certs" }
  end },
  { "CURL_CA_BUNDLE", function (here) return { CURL_CA_BUNDLE = here:path "http/ca.pem" } end },
  { "REQUESTS_CA_BUNDLE and git's", function (here)
    return { REQUESTS_CA_BUNDLE = here:path "http/ca.pem", GIT_SSL_CAINFO = here:path "http/ca.pem",
      GIT_SSL_NO_VERIFY = "1", NODE_TLS_REJECT_UNAUTHORIZED = "0" }
  end },
  { "curl's settings", function (here)
    here:write("home/.curlrc", "insecure\ntlsv1.0\n")
    return { CURL_HOME = here.home, CURL_SSL_BACKEND = "gnutls" }
  end },
  { "OpenSSL's settings", function (here)
    here:write("weak.cnf", WEAK_CONF)
    return { OPENSSL_CONF = here:path "weak.cnf" }
  end },
}

for _, trick in ipairs(TRICKS) do
  test("P19 nobody more is trusted because of " .. trick[1], function ()
    with_servers(function (server, here, url)
      local env = trick[2](here)
      for name in pairs(REFUSED) do
        test.equal(ask(server, { url = url(name), ca_file = here:path "http/ca.pem" }, env), "tls", name)
      end
      test.equal(ask(server, { url = url "good" }, env), "tls")
      test.equal(server:log(), {})
      test.equal(ask(server, { url = url "good", ca_file = here:path "http/ca.pem" }, env), 200)
    end)
  end)
end

test("P19 settings that were loaded before the first request weaken nothing either", function ()
  with_servers(function (server, here, url)
    here:write("weak.cnf", WEAK_CONF)
    here:write("client.lua", ([[
      require "host.digest".sha256 "libcrypto has read its settings now"
      arg = { %q }
      dofile %q
    ]]):format(here:path "task.json", server.client))
    server.client = here:path "client.lua"
    for _, name in ipairs { "tls10", "tls11", "weak", "self", "expired" } do
      test.equal(ask(server, { url = url(name), ca_file = here:path "http/ca.pem" }, { OPENSSL_CONF = here:path "weak.cnf" }),
        "tls", name)
    end
    test.equal(server:log(), {})
  end)
end)

test("P19 a server that speaks no TLS, or says nothing, gets no request", function ()
  with_servers(function (server, here, url)
    local plain = url "plain":gsub("^http:", "https:")
    local kind, message = ask(server, { url = plain, ca_file = here:path "http/ca.pem", timeout_ms = 500 })
    test.equal({ kind, message }, { "unsent", "GET " .. plain .. ": no connection in time" })
    test.equal(server:log(), {})
  end)
end)

test("P19 no proxy of the environment's is asked", function ()
  with_servers(function (server, here, url)
    local proxy = server:origin "plain"
    local env = {}
    for _, name in ipairs { "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" } do
      env[name] = proxy
    end
    test.equal(ask(server, { url = url "good", ca_file = here:path "http/ca.pem" }, env), 200)
    test.equal(ask(server, { url = server:origin("plain", "localhost") .. "/ok" }, env), 200)
    for _, row in ipairs(server:log()) do test.equal(row.target, "/ok") end
  end)
end)

test("P19 no password file is read", function ()
  with_servers(function (server, here, url)
    here:write("home/.netrc", "machine localhost login me password canary\ndefault login me password canary\n", 384)
    test.equal(ask(server, { url = url "good", ca_file = here:path "http/ca.pem" }, { NETRC = here.home .. "/.netrc" }), 200)
    test.equal(server:log()[1].fields.authorization, nil)
  end)
end)

test("P17 the keys of a connection are written nowhere, and the name stays set for others", function ()
  with_servers(function (server, here, url)
    local env = { SSLKEYLOGFILE = here:path "keys" }
    test.equal(ask(server, { url = url "good", ca_file = here:path "http/ca.pem" }, env), 200)
    test.equal(file.stat(here:path "keys"), nil)
    here:write("later.lua", ([[
      local http, env = require "host.http", require "host.env"
      assert(http.request { url = %q, ca_file = %q })
      assert(env.get "SSLKEYLOGFILE" == %q)
    ]]):format(url "good", here:path "http/ca.pem", here:path "keys"))
    here:must({ "relrun", "lua", here:path "later.lua" }, { env = env })
  end)
end)

test("P19 a connection that is cut without TLS's goodbye gave no whole answer", function ()
  with_servers(function (server, here, url)
    for _, framing in ipairs { "Connection: close", "Content-Length: 20", "Transfer-Encoding: chunked" } do
      local path = "/raw?data=" .. http_server.encode("HTTP/1.1 200 OK\r\n" .. framing .. "\r\n\r\n10\r\nhalf of it")
      for _, name in ipairs { "good", "tls12", "tls13" } do
        local kind, message = ask(server,
          { url = url(name, path), ca_file = here:path "http/ca.pem", sink = here:path "sink" })
        test.equal(kind, "unknown", framing .. ", " .. name .. ": " .. tostring(message))
        test.equal(file.stat(here:path "sink"), nil)
      end
    end
  end)
end)

test("P18 a credential for https goes to nobody who did not prove who he is", function ()
  with_servers(function (server, here, url)
    for name in pairs(REFUSED) do
      local kind = ask(server, { url = url(name), ca_file = here:path "http/ca.pem", credential = "c" },
        { CANARY = "canary-0123456789" }, { c = { names = { "CANARY" }, origin = server:origin(name, "localhost") } })
      test.equal(kind, "tls", name)
    end
    test.equal(server:log(), {})
  end)
end)
