--- Text for people: what is shown escaped, how it is laid out.
local test = require "testing"
local text = require "text"

for given, wanted in pairs {
  ["plain ~ text"] = "plain ~ text",
  ["größer 更大 👍"] = "größer 更大 👍",
  ["a\nb\tc"] = "a\nb\tc",
  ["a\rb"] = "a\\rb",
  ["\27[31mred"] = "\\x1b[31mred",
  ["nul\0del\127"] = "nul\\x00del\\x7f",
  ["\u{9b}31m"] = "\\u{9b}31m",
  ["\u{202e}txt"] = "\\u{202e}txt",
  ["\u{2066}x\u{2069}"] = "\\u{2066}x\\u{2069}",
  ["a\u{200b}b\u{200f}"] = "a\\u{200b}b\\u{200f}",
  ["\u{61c}"] = "\\u{61c}",
  ["\u{feff}x"] = "\\u{feff}x",
  ["\u{e0041}"] = "\\u{e0041}",
  ["a\255b\xc3"] = "a\\xffb\\xc3",
  ["\xed\xa0\x80"] = "\\xed\\xa0\\x80",
  ["\xc0\xaf"] = "\\xc0\\xaf",
} do
  test(("%q is shown as %q"):format(given, wanted), function () test.equal(text.visible(given), wanted) end)
end

test("a line shows its newlines and tabs", function () test.equal(text.line "a\r\nb\tc", "a\\r\\nb\\tc") end)

test("what is shown is printable UTF-8 for any bytes, and showing it again changes nothing", function ()
  math.randomseed(57)
  for _ = 1, 5000 do
    local bytes = {}
    for i = 1, math.random(24) do
      bytes[i] = math.random(4) == 1 and utf8.char(math.random(0x1900, 0x2100)) or string.char(math.random(0, 255))
    end
    local shown = text.line(table.concat(bytes))
    test.truthy(utf8.len(shown), "well-formed")
    test.truthy(not shown:find "[%z\1-\31\127]", "without controls")
    test.equal(text.line(shown), shown)
  end
end)

test("a text that fits is not cut", function () test.equal(text.shorten("größer", 6), "größer") end)
test("a cut text ends in an ellipsis and takes the columns given", function ()
  test.equal(text.shorten("größer als", 6), "größe…")
end)
test("a text is not cut inside of a character", function () test.equal(text.shorten("éééé", 3), "éé…") end)
test("no columns hold no text", function () test.equal(text.shorten("abc", 0), "") end)
test("malformed text is cut by bytes", function () test.equal(text.shorten("\255\255\255\255", 2), "\255…") end)

local WORDS = { "changelog", "commit", "tag", "push", "branch", "bump" }
for given, wanted in pairs { comit = "commit", ocmmit = "commit", Tag = "tag", changlog = "changelog",
  brnach = "branch" } do
  test(("%s is nearest to %s"):format(given, wanted), function () test.equal(text.nearest(given, WORDS), wanted) end)
end
test("a word far from all has no nearest", function () test.equal(text.nearest("elephant", WORDS), nil) end)
test("of equally near words the first in the alphabet is taken", function ()
  test.equal(text.nearest("cat", { "rat", "bat", "hat" }), "bat")
end)
test("an overlong word has no nearest", function ()
  test.equal(text.nearest(("x"):rep(1000), { ("x"):rep(999) }), nil)
end)

test("columns are aligned without spaces at line ends", function ()
  test.equal(text.table({ { "größe", "1" }, { "a", false, "z" }, { "b" } }, { indent = "  " }),
    "  größe  1\n  a         z\n  b\n")
end)
test("numbers are aligned to the right", function ()
  test.equal(text.table({ { "a", 9 }, { "b", 10 } }, { right = { [2] = true } }), "a   9\nb  10\n")
end)
test("a cell cannot break its row", function () test.equal(text.table { { "a\nb", "\27c" } }, "a\\nb  \\x1bc\n") end)
test("paint does not move columns", function ()
  local function paint(cell) return "<" .. cell .. ">" end
  test.equal(text.table({ { "a", "b" }, { "cc", "d" } }, { paint = paint }), "<a>   <b>\n<cc>  <d>\n")
end)

for count, wanted in pairs { [0] = "0 commits", [1] = "1 commit", [2] = "2 commits" } do
  test(wanted .. " is counted", function () test.equal(text.plural(count, "commit"), wanted) end)
end
for noun, wanted in pairs { branch = "3 branches", entry = "3 entries", key = "3 keys", pass = "3 passes" } do
  test(wanted .. " is the plural of " .. noun, function () test.equal(text.plural(3, noun), wanted) end)
end
test("a size is told in the unit that people read", function ()
  local told = {}
  for i, bytes in ipairs { 0, 999, 1000, 52428800, 2147483648, 5000000000000 } do told[i] = text.size(bytes) end
  test.equal(told, { "0 bytes", "999 bytes", "1.0 kB", "52.4 MB", "2.1 GB", "5000.0 GB" })
end)

test("an irregular plural is given", function () test.equal(text.plural(2, "child", "children"), "2 children") end)

test("a message cannot start a workflow command", function ()
  test.equal(text.workflow "100%\r\n::add-mask::x", "100%25%0D%0A::add-mask::x")
end)
test("a workflow property cannot start another", function ()
  test.equal(text.workflow_property "a,line=1::x%", "a%2Cline=1%3A%3Ax%25")
end)

test("a name in a command is one word of a shell, and bare where no shell reads a character of it", function ()
  test.equal(text.word "core-v1.0.0+b", "core-v1.0.0+b")
  test.equal(text.word "@scope/core@1", "@scope/core@1")
  test.equal(text.word "v1!2.0", "'v1!2.0'")
end)
