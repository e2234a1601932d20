--- How a local forge merges a pull request: only at the head that was named, only when nothing that protects the base
-- stands against it, and by moving the base from the very commit that was looked at.

local problem = require "problem"
local text = require "text"

local merge = { methods = {} }

local methods = merge.methods

-- The base moves under a push now and then; more often than this is somebody else's turn.
local TRIES = 3

local function message_of(record, method, request)
  local title = request.title or method == "squash" and ("%s (#%d)"):format(record.title, record.number)
    or ("Merge pull request #%d from %s"):format(record.number, record.head)
  local body = request.message or method == "merge" and record.title or record.body
  return body == "" and title or title .. "\n\n" .. body
end

-- The commit that the base becomes.
local function merge_commit(self, record, method, request)
  local tree, trouble = self.bare:merged_tree(record.base_oid, record.head_oid, true)
  if tree == nil then return nil, trouble end
  if not tree then
    return problem.refuse("denied", ("pull request %d conflicts with %s"):format(record.number, text.line(record.base)))
  end
  local parents = method == "merge" and { record.base_oid, record.head_oid } or { record.base_oid }
  return self.bare:commit(tree, parents, ("%s <%s@users.noreply.invalid>"):format(self.user, self.user),
    self.parts.clock.now(), message_of(record, method, request))
end

-- Why this pull request is not to be merged now, or nil.
local function objection(self, record, request, method)
  local number = record.number
  if record.state == "closed" or not record.base_oid then
    return problem.new("denied", ("pull request %d is closed"):format(number))
  end
  if record.head_oid ~= request.oid then
    return problem.new("stale", ("the head of pull request %d is %s, not %s"):format(number, record.head_oid:sub(1, 12),
      text.line(request.oid:sub(1, 12))), "look at what was added, and release again")
  end
  local said, trouble = self:settings()
  if not said then return trouble end
  for i, allowed in ipairs(said.merge_methods) do
    if allowed == method then break end
    if i == #said.merge_methods then
      return problem.new("denied", ("%s allows no %s of pull requests"):format(text.line(self.target.path), text.line(method)),
        "the methods are " .. table.concat(said.merge_methods, ", "))
    end
  end
  local rules
  rules, trouble = self:rules(record.base)
  if not rules then return trouble end
  if method == "merge" and rules.merge.linear then
    return problem.new("denied", ("pull request %d cannot be merged: %s asks for a linear history"):format(number, text.line(record.base)))
  end
  if #record.reasons > 0 then
    return problem.new("denied", ("pull request %d cannot be merged: %s"):format(number, table.concat(record.reasons, ", ")))
  end
end

-- One try: { oid }, or nil, a problem and "conflict" when the base moved meanwhile.
local function try(self, number, request, method)
  local record, trouble = self:judged_pull(number)
  if record == nil then return nil, trouble end
  if not record then return problem.refuse("error", ("there is no pull request %d"):format(number)) end
  if record.state == "merged" and record.head_oid == request.oid then
    return { oid = record.merge_commit or record.head_oid }
  elseif record.state == "merged" then
    return problem.refuse("stale", ("pull request %d was merged at %s"):format(number, record.head_oid:sub(1, 12)))
  end
  trouble = objection(self, record, request, method)
  if trouble then return nil, trouble end
  local resuming = record.merge_commit ~= nil
  record.merge_commit, trouble = merge_commit(self, record, method, request)
  if not record.merge_commit then return nil, trouble end
  record.merged_by = self.user
  local ok, kind
  ok, trouble = self:keep_pull(record)
  if not ok then return nil, trouble end
  ok, trouble, kind = self.bare:set_ref("refs/heads/" .. record.base, record.merge_commit, record.base_oid,
    ("merge of pull request %d"):format(number), resuming)
  if not ok then return nil, trouble, kind end
  -- It is merged, whether this can be written down or not: the base holds the commit that the record names.
  record.state = "merged"
  self:keep_pull(record)
  return { oid = record.merge_commit }
end

--- See forge.lua: merge_pull. A pull request that was merged at this head is answered as done.
function methods:merge_pull(number, request)
  if type(request.oid) ~= "string" then error("merge_pull needs the head's oid", 2) end
  local trouble = self:needs("write", "merge")
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local done, refusal, kind
    for _ = 1, TRIES do
      done, refusal, kind = try(self, number, request, request.method or "merge")
      if kind ~= "conflict" then return done, refusal end
    end
    return nil, refusal
  end)
end

return merge
