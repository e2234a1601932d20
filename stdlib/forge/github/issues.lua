--- Issues, labels and comments. To GitHub a pull request is an issue, too.

local issues = {}

--- See forge.reads. GitHub separates labels by commas; one that holds a comma is compared here.
---@param filter { labels: string[]|nil }
---@return forge.issue[]|nil, problem
function issues.issues(self, filter)
  local asked, own = {}, {}
  for _, label in ipairs(filter.labels or {}) do
    local list = label:find(",", 1, true) and own or asked
    list[#list + 1] = label
  end
  local found, trouble = self.rest:all(self:at "issues", function (f, record)
    return { number = f.integer(record, "number"), title = f.text(record, "title"), labels = f.labels(record),
      url = f.text(record, "html_url"), pull = f.record_or(record, "pull_request") ~= nil }
  end, { needs = "issues: read", query = { state = "open", sort = "created", direction = "asc",
    labels = #asked > 0 and table.concat(asked, ",") or nil } })
  if not found then return nil, trouble end
  local kept = {}
  for _, issue in ipairs(found) do
    local carried, fits = {}, not issue.pull
    for _, label in ipairs(issue.labels) do carried[label:lower()] = true end
    for _, label in ipairs(own) do fits = fits and carried[label:lower()] or false end
    issue.pull = nil
    if fits then kept[#kept + 1] = issue end
  end
  table.sort(kept, function (a, b) return a.number < b.number end)
  return kept
end

--- See forge.reads.
---@param number integer
---@return { id: integer, user: string, body: string }[]|nil, problem
function issues.comments(self, number)
  local found, trouble = self.rest:all(self:at("issues/%d/comments", number), function (f, record)
    return { id = f.integer(record, "id"), user = f.login(record, "user"), body = f.text_or(record, "body", "") }
  end, { needs = "issues: read" })
  if not found then return nil, trouble end
  table.sort(found, function (a, b) return a.id < b.id end)
  return found
end

--- See forge.writes. Labels that are there stay.
---@param number integer
---@param names string[]
---@return true|nil, problem
function issues.add_labels(self, number, names)
  local labels = self.parts.json.array { table.unpack(names) }
  return self.rest:write("POST", self:at("issues/%d/labels", number), { labels = labels }, { needs = "issues: write" })
end

--- See forge.writes.
---@param number integer
---@param body string
---@return true|nil, problem
function issues.comment(self, number, body)
  return self.rest:write("POST", self:at("issues/%d/comments", number), { body = body }, { needs = "issues: write" })
end

return issues
