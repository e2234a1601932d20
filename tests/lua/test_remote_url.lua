--- What a remote's address says of its server.

local test = require "testing"
local remote_url = require "remote_url"

for _, row in ipairs {
  { "https://github.com/o/r.git", "github.com", "o/r" },
  { "https://user:word@git.example.com:8443/o/r/", "git.example.com:8443", "o/r" },
  { "ssh://git@github.com:22/o/r.git", "github.com", "o/r" },
  { "ssh://git@ghe.example.com:2222/o/r.git", "ghe.example.com", "o/r" },
  { "ssh://git@sub.ghe.com:443/o/r", "sub.ghe.com", "o/r" },
  { "git@github.com:o/r.git", "github.com", "o/r" },
  { "host:sub/o/r", "host", "sub/o/r" },
  { "C:/repositories/r.git" }, { "/srv/r.git" }, { "../r.git" }, { "file:///srv/r.git" }, { "git://host/r.git" },
  { "https://github.com" }, { "" },
} do
  test(("%q has the server %s"):format(row[1], row[2] or "of nobody"), function ()
    test.equal({ remote_url.split(row[1]) }, { row[2], row[3] })
  end)
end

return test.done()
