--- host.json: what decodes, what is refused, and the canonical bytes; and host.env's silence about secrets.
local test = require "testing"
local env = require "host.env"
local json = require "host.json"

--- The message that encoding `value` raises.
local function complaint(value)
  local ok, message = pcall(json.encode, value)
  assert(not ok, "it encodes")
  return message
end

--- `depth` tables inside one another.
local function nested(depth)
  local value = {}
  for _ = 2, depth do value = { value } end
  return value
end

test("json: a plan comes back as the value it was", function ()
  local value = json.decode [[ {"ops": [{"id": "a", "n": -3}, null, true, false, "é\u00e9\ud83d\ude02"]} ]]
  test.equal(value.ops[1], { id = "a", n = -3 })
  test.equal(value.ops[2], json.null)
  test.equal({ value.ops[3], value.ops[4], value.ops[5] }, { true, false, "éé😂" })
  test.equal(#value.ops, 5)
end)

test("json: integers are integers at both ends of their range", function ()
  local value = json.decode "[9007199254740991,-9007199254740991,0]"
  test.equal(math.type(value[1]), "integer")
  test.equal(json.encode(value), "[9007199254740991,-9007199254740991,0]")
end)

test("json: a bare false is a value and not a refusal", function ()
  local value, message = json.decode "false"
  test.equal(value, false)
  test.equal(message, nil)
end)

test("json: an empty array and an empty object survive", function ()
  test.equal(json.encode(json.decode '{"a":[],"o":{}}'), '{"a":[],"o":{}}')
  test.equal(json.is_array(json.decode "[]"), true)
  test.equal(json.is_array(json.decode "{}"), false)
end)

test("json: refusals name line, column and kind", function ()
  local value, message, kind = json.decode '{\n  "a": 1,\n  "a": 2\n}'
  test.equal({ value, message, kind }, { nil, "line 3, column 3: a key that the object already has", "format" })
  test.equal(select(3, json.decode(("["):rep(65))), "limit")
  test.refuses("line 1, column 1: the end", json.decode "")
end)

test("json: a size cap can be set and is exact", function ()
  test.equal(json.encode(json.decode("[1]", { max = 3 })), "[1]")
  local value, message, kind = json.decode("[1] ", { max = 3 })
  test.equal({ value, message, kind }, { nil, "4 bytes, larger than 3", "limit" })
end)

test("json: floats pass where they are asked for, as floats; what is an integer stays one", function ()
  local value = json.decode('{"score":0.125,"big":-1.5e300,"one":1.0,"k":1E3,"n":-0,"i":7}', { floats = true })
  test.equal(value, { score = 0.125, big = -1.5e300, one = 1, k = 1000, n = 0, i = 7 })
  test.equal(math.type(value.score), "float")
  test.equal(math.type(value.one), "integer")
end)

test("json: floats have JSON's grammar and a double's range", function ()
  for text, part in pairs { ["1."] = "column 3: the end, where a digit", ["1.e3"] = "column 3: a digit expected",
    ["1e+"] = "column 4: the end", [".5"] = "column 1: a value expected", ["01.5"] = "a leading zero",
    ["1e400"] = "column 1: a number beyond what a double holds", ["-1e400"] = "beyond what a double",
    ["0." .. ("1"):rep(59)] = "a number of more than 60 characters", ["9007199254740993"] = "an integer beyond" } do
    test.refuses(part, json.decode(text, { floats = true }))
  end
  test.equal(json.decode("0." .. ("1"):rep(58), { floats = true }), tonumber("0." .. ("1"):rep(58)))
end)

test("json: without being asked for, and in what is written, there are no floats", function ()
  test.refuses("only integers are valid", json.decode "[1.5]")
  test.refuses("only integers are valid", json.decode("[1.5]", { floats = false }))
  test.refuses("-0; the valid form is 0", json.decode "-0")
  test.contains(complaint(json.decode("[1.5]", { floats = true })), "[1]: a number that is not an integer")
end)

test("json: misuse of decode raises", function ()
  test.raises(function () json.decode() end, "string expected")
  test.raises(function () json.decode("1", { maximum = 3 }) end, "unknown option 'maximum'")
  test.raises(function () json.decode("1", { max = 0 }) end, "not positive")
  test.raises(function () json.decode("1", { max = "3" }) end, "number expected")
end)

test("json: a refused text of 60,000 lines is refused with its last line", function ()
  test.refuses("line 60001, column 1: a value expected", json.decode("[" .. ("1,\n"):rep(60000) .. "]"))
end)

test("json: 200,000 keys are judged in a blink, and a duplicate among them is found", function ()
  local parts = {}
  for i = 1, 200000 do parts[i] = ('"key%d":1'):format(i) end
  test.truthy(json.decode("{" .. table.concat(parts, ",") .. "}"))
  parts[#parts + 1] = '"key777":1'
  test.refuses("a key that the object already has", json.decode("{" .. table.concat(parts, ",") .. "}"))
end)

test("json: the canonical example of RFC 8785 for key order", function ()
  local value = { ["€"] = "Euro Sign", ["\r"] = "Carriage Return",
    ["\u{fb33}"] = "Hebrew Letter Dalet With Dagesh", ["1"] = "One", ["😀"] = "Emoji: Grinning Face", ["\u{80}"] = "Control",
    ["ö"] = "Latin Small Letter O With Diaeresis" }
  test.equal(json.encode(value), '{"\\r":"Carriage Return","1":"One","\u{80}":"Control",'
    .. '"ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face",'
    .. '"\u{fb33}":"Hebrew Letter Dalet With Dagesh"}')
end)

test("json: canonical strings escape only what they must", function ()
  test.equal(json.encode "\u{20ac}$\u{f}\nA'B\"\\\\\"/", [["€$\u000f\nA'B\"\\\\\"/"]])
  test.equal(json.encode "\u{7f}\u{2028}", '"\u{7f}\u{2028}"')
end)

test("json: the same value gives the same bytes however it was built", function ()
  local forward, backward = {}, {}
  for i = 1, 300 do forward["k" .. i] = i end
  for i = 300, 1, -1 do backward["k" .. i] = i end
  test.equal(json.encode(forward), json.encode(backward))
end)

test("json: a float that is an integer encodes as one", function ()
  test.equal(json.encode { 3.0, -0.0, 2^53 - 1 }, "[3,0,9007199254740991]")
end)

test("json: a sequence is an array and an unmarked empty table an object", function ()
  test.equal(json.encode { { 1, 2 }, {}, json.array {}, { a = 1 } }, '[[1,2],{},[],{"a":1}]')
end)

test("json: marking returns the table and may be repeated", function ()
  local list = {}
  test.equal(rawequal(json.array(list), list), true)
  test.equal(json.is_array(json.array(list)), true)
  test.equal(json.is_array "text", false)
  test.raises(function () json.array(setmetatable({}, {})) end, "has a metatable")
  test.raises(function () json.array "text" end, "table expected")
end)

test("json: what has no JSON raises with its path", function ()
  test.contains(complaint { ops = { 1, 2, { args = { path = "\xFF" } } } }, "ops[3].args.path: not UTF-8 at byte 1")
  test.contains(complaint { f = print }, "f: JSON has no function")
  test.contains(complaint { 1.5 }, "[1]: a number that is not an integer")
  test.contains(complaint(0 / 0), "the value: a number that is not an integer")
  test.contains(complaint { a = 1 / 0 }, "a: a number that is not an integer")
  test.contains(complaint { a = 2^53 }, "a: 9007199254740992 is beyond 2^53-1")
  test.contains(complaint { a = math.mininteger }, "a: -9223372036854775808 is beyond")
  test.contains(complaint { a = "x\0y" }, "a: a NUL at byte 2")
  test.contains(complaint { ["x\0y"] = 1 }, "a NUL at byte 2")
  test.contains(complaint(nil), "the value: JSON has no nil")
  test.contains(complaint { a = coroutine.create(print) }, "a: JSON has no thread")
end)

test("json: tables that are neither arrays nor objects raise", function ()
  test.contains(complaint { a = { 1, x = 2 } }, "a: a table whose keys are neither 1 to n nor all strings")
  test.contains(complaint { 1, nil, 3 }, "the value: a table whose keys")
  test.contains(complaint { [1.5] = 1 }, "the value: a table whose keys")
  test.contains(complaint { [true] = 1 }, "the value: a table whose keys")
  test.contains(complaint { a = json.array { x = 1 } }, "a: an array whose keys are not 1 to n")
  test.contains(complaint { a = setmetatable({}, { __index = { b = 1 } }) }, "a: a table with a metatable")
end)

test("json: a table that holds itself raises, one that stands twice does not", function ()
  local own, shared = {}, { 1 }
  own.a = { own }
  test.contains(complaint(own), "a[1]: a table that holds itself")
  test.equal(json.encode { shared, shared }, "[[1],[1]]")
end)

test("json: the encoder's depth is the decoder's", function ()
  local text = json.encode(nested(64))
  test.truthy(json.decode(text))
  test.contains(complaint(nested(65)), "more than 64 levels deep")
end)

test("json: odd keys are escaped and cut in a message", function ()
  local message = complaint { ["odd\n\27[31m\u{202e}"] = 0.5 }
  test.contains(message, [=[["odd\x0a\x1b[31m\xe2\x80\xae"]: a number]=])
  test.lacks(message, "\27")
  test.contains(complaint { [("k "):rep(500)] = 0.5 }, '..."]: a number')
end)

test("json: pretty is the same value, indented by 2", function ()
  local value = { b = { 1, { c = json.null } }, a = json.array {}, o = {} }
  test.equal(json.pretty(value), [[
{
  "a": [],
  "b": [
    1,
    {
      "c": null
    }
  ],
  "o": {}
}]])
  test.equal(json.encode(json.decode(json.pretty(value))), json.encode(value))
  test.equal(json.pretty "x", '"x"')
end)

test("P17 a name that looks like a credential gives no value, whatever its case", function ()
  for _, name in ipairs { "GITHUB_TOKEN", "gh_token", "MY_SECRET", "DB_PASSWORD", "GIT_CONFIG_VALUE_0",
    "HTTP_EXTRAHEADER", "SIGNING_PRIVATE_KEY", "NPM_API_KEY", "X_PAT", "KEY_PASSPHRASE", ("A"):rep(300) } do
    test.raises(function () env.get(name) end, "names a secret")
    test.equal(type(env.has(name)), "boolean")
  end
end)

test("P17 other names are read, and absent ones are nil", function ()
  test.truthy(env.get "PATH")
  test.equal(env.get "RELRUN_NO_SUCH_NAME", nil)
  test.equal(env.has "RELRUN_NO_SUCH_NAME", false)
  test.raises(function () env.get "PATH\0X" end, "NUL")
end)
