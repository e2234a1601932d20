--- Names for what differs from run to run: object ids become the commits' names in the recipe, paths become
--- words.
--
-- A commit of the recipe is `@label`; one that was made later is `"its subject" on <its parent's name>`, which
-- says more than a hash and does not change with every byte of it.

local names = {}
local Names = {}
Names.__index = Names

-- Subject and parents of every commit that the refs of a repository reach.
local function read_commits(repository, into)
  local result = repository:try("log", "--all", "--no-walk=unsorted", "--format=%H")
  if result.code ~= 0 or result.stdout == "" then return end
  local words = repository:run("log", "--all", "--format=%H%x09%P%x09%s")
  for oid, parents, subject in (words .. "\n"):gmatch "(%x+)\t([%x ]*)\t([^\n]*)\n" do
    local list = {}
    for parent in parents:gmatch "%x+" do list[#list + 1] = parent end
    into[oid] = { parents = list, subject = subject }
  end
end

--- The names as they are now, after a command.
---@param stage table  a scene
---@return table names
function names.of(stage)
  local self = setmetatable({ labels = {}, commits = {}, dir = stage.place.dir, known = {} }, Names)
  local sorted = {}
  for label in pairs(stage.labels) do sorted[#sorted + 1] = label end
  table.sort(sorted)
  for _, label in ipairs(sorted) do self.labels[stage.labels[label]] = "@" .. label end
  read_commits(stage.remote, self.commits)
  read_commits(stage.work, self.commits)
  for oid in pairs(self.commits) do self.known[#self.known + 1] = oid end
  for oid in pairs(self.labels) do if not self.commits[oid] then self.known[#self.known + 1] = oid end end
  table.sort(self.known)
  return self
end

--- The name of a commit.
---@param oid string
---@return string
function Names:commit(oid)
  local parts = {}
  while oid and not self.labels[oid] do
    local commit = self.commits[oid]
    if not commit then
      parts[#parts + 1] = "an unknown commit"
      return table.concat(parts, " on ")
    end
    parts[#parts + 1] = '"' .. commit.subject .. '"'
    oid = commit.parents[1]
  end
  parts[#parts + 1] = oid and self.labels[oid] or "nothing"
  return table.concat(parts, " on ")
end

-- A short form for running text: the label, or the subject alone.
function Names:brief(oid)
  local commit = self.commits[oid]
  return self.labels[oid] or (commit and '"' .. commit.subject .. '"')
end

function Names:whole_or_abbreviated(hex)
  if #hex == 64 then return self:brief(hex) or "<digest>" end
  if #hex == 40 then return self:brief(hex) or "<oid>" end
  for _, oid in ipairs(self.known) do
    if oid:sub(1, #hex) == hex then return self:brief(oid) end
  end
end

--- Text with every object id, digest and path of this run replaced by a name.
---@param text string
---@return string
function Names:hide(text)
  local plain = self.dir:gsub("%p", "%%%0")
  text = text:gsub(plain .. "/work", "$WORK"):gsub(plain .. "/remote%.git", "$REMOTE"):gsub(plain, "$PLACE")
  -- A plan's id holds the remote's URL, and so this place.
  text = text:gsub("%f[%w]plan " .. ("%x"):rep(12) .. "%f[^%w]", "plan <id>")
  return (text:gsub("%f[%w]%x+%f[^%w]", function (hex)
    if #hex >= 7 and #hex <= 64 then return self:whole_or_abbreviated(hex) end
  end))
end

--- The refs of a repository, one line each, in the order of their names.
---@param repository table  of tests/lib/repository.lua
---@return string[]
function Names:refs(repository)
  local refs, lines, width = repository:refs(), {}, 0
  for _, ref in ipairs(refs) do width = math.max(width, #ref.name) end
  for _, ref in ipairs(refs) do
    local target
    if ref.to then
      target = "-> " .. ref.to
    elseif ref.kind == "tag" then
      local subject = repository:run("for-each-ref", "--format=%(contents:subject)", ref.name)
      target = ('tag "%s" of %s'):format(subject, self:commit(repository:run("rev-parse", ref.name .. "^{}")))
    elseif ref.kind == "commit" then
      target = self:commit(ref.oid)
    else
      target = "a " .. ref.kind
    end
    lines[#lines + 1] = ref.name .. (" "):rep(width - #ref.name) .. "  " .. target
  end
  return lines
end

return names
