--- Which token goes where: only GitHub's own hosts are GitHub.

local test = require "testing"
local http = require "host.http"
local token = require "forge.github.token"

test("P18 a host that merely holds GitHub's name gets no token of GitHub's", function ()
  local env = {}
  local parts = { env = { get = function (name) return env[name] end }, http = { origin = http.origin } }
  for origin, is in pairs {
    ["https://api.github.com"] = true, ["https://api.acme.ghe.com"] = true,
    ["https://api.acme.ghe.com.evil.org"] = false, ["https://evil.org#https://api.acme.ghe.com"] = false,
    ["http://api.acme.ghe.com"] = false, ["https://api.a.b.ghe.com"] = false, ["https://api.acme.ghe.comX"] = false,
    ["https://api.acme.gheXcom"] = false, ["https://apiXacme.ghe.com"] = false, ["https://api.github.com.evil.org"] = false,
    ["xhttps://api.acme.ghe.com"] = false,
  } do
    test.equal(token.is_github(origin), is, origin)
    test.equal(token.names({}, origin, parts)[1] == "GITHUB_TOKEN", is, origin)
    test.equal(token.uploads_origin(origin) ~= origin, is, origin)
  end
end)
