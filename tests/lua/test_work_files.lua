--- Files of the work tree that a release ships: regular ones, and nothing that only points at one.

local test = require "testing"
local file = require "host.file"
local place = require "place"
local work_files = require "work_files"

test("P11 a symbolic link beside a file is refused, not left out", function ()
  place.with(function (here)
    here:write("dist/a.zip", "bytes")
    test.equal(work_files.list(file, here:path "dist", "*.zip"), { "a.zip" })
    here:must { "ln", "-s", "/etc/passwd", here:path "dist/b.zip" }
    local found, trouble = work_files.list(file, here:path "dist", "*.zip")
    test.equal({ found, trouble.kind }, { nil, "error" })
    test.contains(trouble.text, "b.zip is a symbolic link")
  end)
end)
