-- Seeded properties: random documents, damaged ones, hostile ones, and the growth of the work with the size.

local test = require "testing"
local files = require "files"

local fuzz = assert(loadfile("tests/fuzz/fuzz_files.lua", "t"))()

--- A generator of its own (xorshift), so that a seed gives the same documents on every machine.
local function random(seed)
  local state = seed * 2654435761 % 4294967296 + 1
  return function (low, high)
    state = state ~ (state << 13) & 0xFFFFFFFF
    state = state ~ (state >> 17)
    state = state ~ (state << 5) & 0xFFFFFFFF
    return low + state % (high - low + 1)
  end
end

local function pick(rand, list) return list[rand(1, #list)] end

local NOISE = { "ü", "日本", "#", " ", "=", "version", "1.2.3", ":", ",", "[x]", "{", "-", "'" }
local function noise(rand, without)
  local parts = {}
  for index = 1, rand(0, 6) do
    local part = pick(rand, NOISE)
    parts[index] = part:find(without) and "." or part
  end
  return table.concat(parts)
end

-- Each maker answers the text before and after the version, and the selector.
local MAKERS = {
  toml = function (rand, eol)
    local quote = pick(rand, { '"', "'", '"""', "'''" })
    local lines = {}
    for index = 1, rand(0, 5) do lines[#lines + 1] = ('k%d = "%s" # %s'):format(index, noise(rand, '"'), noise(rand, "%c")) end
    lines[#lines + 1] = pick(rand, { "[project]", "[ project ] # c", "['project']" })
    for index = 1, rand(0, 3) do lines[#lines + 1] = ("l%d = [ '%s', { version = '1.2.3' } ]"):format(index, noise(rand, "'")) end
    local head = table.concat(lines, eol) .. eol .. pick(rand, { "version = ", "\tversion\t=", '"version"=' }) .. quote
    return head, quote .. pick(rand, { "", " # 1.2.3" }) .. eol .. "[other]" .. eol .. "version = '1.2.3'", "project.version"
  end,
  json = function (rand, eol)
    local head = { "{" }
    for index = 1, rand(0, 5) do
      head[#head + 1] = ('"k%d": ["%s", {"version": "1.2.3"}, -1.5e3],'):format(index, noise(rand, '"'))
    end
    head[#head + 1] = pick(rand, { '"version":"', '\t"version" : "', '"\\u0076ersion": "' })
    return table.concat(head, eol), '"' .. pick(rand, { "", " ", eol }) .. "}" .. pick(rand, { "", eol }), "version"
  end,
  yaml = function (rand, eol)
    local quote, lines = pick(rand, { '"', "'", "" }), {}
    for index = 1, rand(0, 5) do
      lines[#lines + 1] = pick(rand, {
        ("k%d: '%s' # %s"):format(index, noise(rand, "'"), noise(rand, "%c")),
        ("k%d: |%s  version: 1.2.3%s"):format(index, eol, noise(rand, "%c")),
        ("k%d:%s- version: 1.2.3%s- [a, 'b']"):format(index, eol, eol),
      })
    end
    lines[#lines + 1] = pick(rand, { "image:", "image:  # c", "'image':" })
    lines[#lines + 1] = pick(rand, { "  tag: ", "    'tag':   " }) .. quote
    return table.concat(lines, eol), quote .. pick(rand, { "", " # 1.2.3" }) .. pick(rand, { "", eol .. "z: 1" }), "image.tag"
  end,
}

for _, kind in ipairs { "json", "toml", "yaml" } do
  test(kind .. ": in 500 random documents only the version's bytes change", function ()
    for seed = 1, 500 do
      local rand = random(seed)
      local head, tail, at = MAKERS[kind](rand, pick(rand, { "\n", "\r\n" }))
      head = pick(rand, { "", "\u{FEFF}" }) .. head
      local result, message = files.apply(head .. "1.2.3" .. tail, { { kind = kind, at = at } }, "1.2.3", "2.0.0-rc.1")
      test.equal(result, head .. "2.0.0-rc.1" .. tail, ("seed %d: %s"):format(seed, tostring(message)))
    end
  end)
end

local CORPUS = {}
do
  local read = require("bytes").read
  for name in read("tests/fuzz/corpus/files/INDEX"):gmatch "[^\n]+" do
    CORPUS[#CORPUS + 1] = { name = name, bytes = read("tests/fuzz/corpus/files/" .. name) }
  end
end

for _, entry in ipairs(CORPUS) do
  test("corpus " .. entry.name .. ": what is edited reads back, the rest is refused", function () fuzz(entry.bytes) end)
end

test("damaged documents are edited right or refused", function ()
  for seed = 1, 1500 do
    local rand = random(seed)
    local bytes = pick(rand, CORPUS).bytes
    for _ = 1, rand(1, 4) do
      local at = rand(0, #bytes)
      local insert = pick(rand, { "", "", "\0", "\r", "\n", "\xFF", '"', "'", "[", "{", "}", "#", "\\", ": ", "- ", "\t", "&a ",
        "1.2.3", "version", bytes:sub(rand(0, #bytes), rand(0, #bytes)) })
      bytes = bytes:sub(1, at) .. insert .. bytes:sub(at + 1 + rand(0, 3))
    end
    local ok, problem = pcall(fuzz, bytes)
    if not ok then error(("seed %d, %q: %s"):format(seed, bytes, problem)) end
  end
end)

-- What makes a text of n repetitions; half a megabyte or more at the larger size.
local LARGE = {
  { "toml", "version", function (n) return ("k = [1, '2', {a=\"b\"}] # c\n"):rep(1) .. ("[[t]]\nk = 'v'\n"):rep(n) end },
  { "toml", "version", function (n) return "k = '" .. ("1"):rep(n * 12) .. "'\nversion = " .. ("1"):rep(n * 12) end },
  { "json", "version", function (n) return '{"a": [' .. ('"x", 1.5, '):rep(n) .. 'null], "version": "1.0"}' end },
  { "json", "version", function (n) return '{"a": "' .. ('\\"'):rep(n * 6) .. '"}' end },
  { "yaml", "version", function (n) return ("- 'a': b # c\n"):rep(n) end },
  { "yaml", "version", function (n) return ("- plain words\n"):rep(n) end },
  { "yaml", "version", function (n) return "a: |\n" .. ("  x: y\n"):rep(n * 2) .. "version: 1.0" end },
  { "yaml", "version", function (n) return "version: [" .. ("a, "):rep(n * 4) end },
  { "marked", nil, function (n) return ("1.0.0 x-release\n"):rep(n) .. "1.0.0 x-release-version" end },
  { "marked", nil, function (n) return ("1.0.0 x-release-version\n"):rep(n // 2) end },
  { "marked", nil, function (n) return "x-release-version " .. ("1"):rep(n * 12) end },
  { "replace", "v{version}/", function (n) return ("v1.0.0/ v"):rep(n) end },
  { "replace", "{version}/", function (n) return ("1.0.0-a/ 1."):rep(n) end },
  { "plain", nil, function (n) return ("1"):rep(n * 12) .. " " end },
}

for index, row in ipairs(LARGE) do
  test(("work grows with the size, not with its square: %s %d"):format(row[1], index), function ()
    local small, large = row[3](6000), row[3](48000)
    local function run(text) return function () files.kind(row[1]).read(text, row[2]) end end
    -- Eight times the text: a linear reader takes 8 times as many, a quadratic one 64 times.
    local few, many = test.instructions(run(small)), test.instructions(run(large))
    if many > 30 * few + 5 then error(("%d thousand instructions, then %d"):format(few, many)) end
  end)
end

return test
