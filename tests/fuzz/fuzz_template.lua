--- Fuzz target of templates: `return function (bytes)`, which raises when a property does not hold.
--
-- Three lines: a template, a package, a version; the rest is a text to read. Whatever they say: a template is refused
-- with a printable line or compiled; what it writes with a package and a version it reads back as a text of theirs.

local template = require "template"

local FIELDS = { "package", "version", "name" }

local function must(holds, ...)
  if not holds then error(table.concat({ ... }, " ")) end
end

local READERS = {
  package = function (part) return part end,
  version = function (part) return part:find("^%d") and part or nil end,
  name = function (part) return part end,
}

-- What was read, written again, is the text that was read: a match never makes up or drops a byte.
local function check_match(compiled, text)
  local values = compiled:match(text, READERS)
  if not values then return nil end
  for _, name in ipairs(FIELDS) do
    must(compiled:has(name) == (values[name] ~= nil), "the fields of a match are not the template's")
    must(values[name] ~= "", "an empty field was read")
  end
  must(compiled:render(values) == text, ("%q is read as something else by %q"):format(text, compiled.text))
  return values
end

return function (bytes)
  local source, package, version, text = bytes:match "^([^\n]*)\n([^\n]*)\n([^\n]*)\n?(.*)$"
  if not source then source, package, version, text = bytes, "core", "1.0.0", bytes end
  local compiled, message = template.compile(source, FIELDS)
  if not compiled then
    must(type(message) == "string" and not message:find("[^\x20-\x7E]"), "refused without a line")
    return
  end
  local values = { package = package, version = version, name = "n" }
  local written = compiled:render(values)
  check_match(compiled, text)
  -- Long texts and texts with very many separators may stay unread, and an empty field does; the others may not.
  local ways = select(2, source:gsub("{[%a_]", ""))
  local read = check_match(compiled, written)
  if #written <= 60 and ways <= 2 and package ~= "" and version:find "^%d" then
    must(read, ("%q does not read what it wrote: %q"):format(source, written))
    if compiled:has "package" then must(#read.package >= #package or compiled:has "name", "a shorter package won") end
  end
  local ok, why = template.tag_ok(written)
  must(ok or type(why) == "string" and not why:find("[^\x20-\x7E]"), "a tag is refused without a line")
  if ok then must(not written:gsub("%d!%f[%d]", ""):find "[^%w._+/@-]" and not written:find "^%-", "a tag with other letters") end
end
