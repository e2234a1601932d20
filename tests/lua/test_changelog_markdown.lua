--- Foreign text in Markdown: payloads by hand and at random, read back by tests/lib/markdown_checker.lua.
local test = require "testing"
local checker = require "markdown_checker"
local markdown = require "changelog.markdown"

local ISSUE = "https://forge.test/o/r/issues/"

-- What commits have been seen to say, or could say, to a page.
local PAYLOADS = {
  "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</details><b>", "<!-- hidden", "<!--x-->", "-->",
  "<?php ?>", "<![CDATA[x]]>", "a<b>c", "< b", "<https://evil.test>", "<me@evil.test>", "&lt;script&gt;",
  "&#60;script&#62;", "&commat;octocat", "&#64;octocat", "[x](javascript:alert(1))", "[x](https://evil.test)",
  "![x](https://evil.test/pixel.png)", "[x][1]", "[1.2.0]", "[x]: https://evil.test", "[^1]", "[^1]: note",
  "javascript:alert(1)", "https://evil.test", "see https://evil.test/a_b*c*", "HTTP://EVIL.TEST", "www.evil.test",
  "WWW.evil.test", "ftp://evil.test", "//evil.test/", "a@.b", "mailto:me@evil.test", "xmpp:me@evil.test", "me@evil.test", "@octocat",
  "thanks @octocat!", "(@octocat)", "`@octocat` and @octocat", "\\@octocat", "@org/team", "cc:@octocat",
  "closes #12", "#12", "o/r#12", "GH-12", "gh-12", "!12", "\\#12", "# heading", "## [9.9.9] - 2099-01-01", "#",
  "x\n## [9.9.9] - 2099-01-01", "x\r\n## 9.9.9", "x\r## 9.9.9", "x\u{2028}## 9.9.9", "x\n===", "x\n---", "===", "---",
  "- item", "* item", "+ item", "1. item", "1) item", "-", "*", "> quote", ">quote", "***", "___", "* * *",
  "**bold**", "*em*", "_em_", "__init__", "~~gone~~", "~x~", "a*b*c", "2 * 3 * 4", "snake_case_name", "“_x_”",
  "`code`", "``a`b``", "`open", "open`", "```", "```lua", "~~~", "`a``", "``a`", "`a`@octocat", "@octocat`a`",
  "`<b>`<b>", "\\`@octocat`", "`\\`@octocat`", "\\", "\\\\", "\\*x\\*", "\\<b>", "| a | b |", "a|b", "|-|-|",
  "$x$", "$$x$$", "$`x`$", "\27[31mred\27[0m", "\27]8;;https://evil.test\27\\x", "\0", "\u{202e}txt.exe", "a\u{200b}b",
  "\u{feff}x", "\u{9b}31m", "\255\254", "    code", "\tcode", "", " ", ": definition", "[ ] task", "- [x] task",
  "{{ template }}", "${{ secrets.TOKEN }}", "::error::x", "trailing\\", "trailing  ", "https://", "@", "a @ b", "1.",
  "<@octocat>", "http'://evil.test", "@`octocat`", "https:`//evil.test`",
}

--- What a reader should see of `s`: itself, trimmed, with its code spans' delimiters gone.
local function letters(s) return (s:gsub("[`%s]", "")) end

local function inert(payload, issue)
  local escaped = markdown.escape(payload, issue)
  local active, shown = checker.read(escaped)
  test.equal(active, {}, ("%q became %s"):format(payload, escaped))
  return shown, escaped
end

for _, payload in ipairs(PAYLOADS) do
  test(("%q is inert in a bullet, and is shown whole"):format(payload), function ()
    local shown = inert(payload)
    test.equal(letters(shown), letters(require "text".line(payload)))
  end)
end

test("no mixture of payloads and punctuation is active", function ()
  math.randomseed(20260131)
  local pieces = { "`", "``", "```", "@", "a", "B1", "_", "*", "**", "<", ">", "&", ";", "#", "12", "[", "]", "(", ")",
    "!", "\\", "|", "~", "$", ":", "://", "www.", "GH-", " ", "  ", "-", "+", "=", ".", "1.", "\n", "\r", "\27", "é",
    "\u{202e}", "\255", "http", "&amp;", "&#64;", "/", "'", "\"" }
  for _ = 1, 20000 do
    local parts = {}
    for i = 1, math.random(12) do parts[i] = pieces[math.random(#pieces)] end
    local payload = table.concat(parts)
    test.equal(letters((inert(payload))), letters(require "text".line(payload)))
  end
end)

for given, wanted in pairs {
  ["keep a -> b when x <= 3 & y"] = "keep a -> b when x <= 3 & y",
  ["read snake_case names"] = "read snake_case names",
  ["use `a_b*c` here"] = "use `a_b*c` here",
  ["bump @types/node to 1.0"] = "bump `@types/node` to 1.0",
  ["1.0 is out"] = "1.0 is out",
  ["größer, 更大"] = "größer, 更大",
  ["`a`@b"] = "`a` `@b`",
} do
  test(("%q reads as it should"):format(given), function () test.equal(markdown.escape(given), wanted) end)
end

test("an issue becomes a link where links are asked for", function ()
  test.equal(markdown.escape("no crash (#12), #13.", ISSUE),
    ("no crash ([#12](%s12)), [#13](%s13)."):format(ISSUE, ISSUE))
end)

test("the number that a forge appends reads like any other, behind plain words and behind others", function ()
  local escape, issue = markdown.escape, "https://x.test/i/"
  for _, words in ipairs { "fix the reader", "fix a/b, \"c\" (again)", "see www.example.com", "fix gh-7", "a *b*", "a #3",
    "1. drop it", "a  b" } do
    for _, prefix in ipairs { false, issue } do
      local appended, alone = escape(words .. " (#12)", prefix or nil), escape(words, prefix or nil)
      test.equal(appended, alone .. " (" .. escape("#12", prefix or nil) .. ")")
    end
  end
end)

test("an issue of another repository stays code where links are asked for", function ()
  test.equal(markdown.escape("see o/r#12", ISSUE), "see `o/r#12`")
end)

test("paragraphs keep their lines and lose their structure", function ()
  test.equal(markdown.paragraphs("a\r\n===\n\n\n\n## b\n    c\n"), "a\n\\===\n\n\\## b\nc")
end)

test("an address is made fit for every place of a link", function ()
  test.equal(markdown.url("https://x.test/a(b)<c> d[e]"), "https://x.test/a%28b%29%3Cc%3E%20d%5Be%5D")
end)

test("an address that is not of the web is a mistake of the caller", function ()
  test.raises(function () markdown.url("javascript:alert(1)") end, "not a web address")
end)
