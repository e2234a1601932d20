--- The line that is written over again: what a terminal gets.

local test = require "testing"
local progress = require "progress"

local function shown(columns)
  local bytes = {}
  return progress.new(function (piece) bytes[#bytes + 1] = piece end, function () return columns end), bytes
end

test("a line replaces the one before it, and is taken away without a trace", function ()
  local line, bytes = shown(80)
  line.show "uploading 2 assets: 5 bytes of 11 bytes"
  line.show "short"
  line.clear()
  test.equal(bytes, { "\ruploading 2 assets: 5 bytes of 11 bytes\27[K", "\rshort\27[K", "\r\27[K" })
end)

test("what did not change is not written again, and nothing is nothing to take away", function ()
  local line, bytes = shown(80)
  line.clear()
  line.show "same"
  line.show "same"
  line.clear()
  line.clear()
  line.show "same"
  test.equal(#bytes, 3)
end)

test("a line never wraps, on terminals of any width", function ()
  for columns, wanted in pairs { [6] = "\rabcd…\27[K", [80] = "\rabcdefgh\27[K", [1] = "\r…\27[K" } do
    local line, bytes = shown(columns)
    line.show "abcdefgh"
    test.equal(bytes, { wanted })
  end
  local line, bytes = shown(nil)
  line.show(("x"):rep(100))
  test.equal(bytes, { "\r" .. ("x"):rep(78) .. "…\27[K" })
end)

test("P11 no bytes of a line move the cursor", function ()
  local line, bytes = shown(80)
  line.show "a\27[2Jb\rc\n"
  test.lacks(bytes[1]:sub(2, -4), "\27")
  test.lacks(bytes[1]:sub(2), "\r")
  test.lacks(bytes[1], "\n")
end)

return test.done()
