--- What to do when GitHub refuses to change a release or its assets: its own words tell little.

-- Words of GitHub's message or of its errors (a pattern), and the remedy.
local REMEDIES = {
  { "used by an immutable release", "take another version: the tag of an immutable release is never free again" },
  { "immutable release", "what an immutable release holds stays as it is: make a new one" },
  { "creations being restricted", "a ruleset keeps this token from making the tag: push the tag first" },
  { "too long", "shorten the notes: GitHub takes 125,000 characters" },
  { "already.exists", "look at the release of this tag; one tag has one published release" },
}

--- Puts the remedy into the problem of a refused write.
---@param trouble problem
---@param fault github.fault|nil
---@return nil, problem
return function (trouble, fault)
  if fault and fault.status == 422 then
    local words = fault.message .. " " .. table.concat(fault.errors, " ")
    for _, row in ipairs(REMEDIES) do
      if words:find(row[1]) then trouble.todo = row[2] break end
    end
  end
  return nil, trouble
end
