--- The state of a local forge as lines for people.

local text = require "text"

local show = {}

-- What is over is told of the newest only.
local PAST_MAX = 10

local function short(oid) return oid:sub(1, 12) end

local function section(lines, title, rows)
  if #rows == 0 then return end
  lines[#lines + 1] = title
  for row in text.table(rows, { indent = "  " }):gmatch "[^\n]+" do lines[#lines + 1] = row end
end

local function protection_rows(forge, said)
  local branches, rows = {}, {}
  for branch in pairs(said.protection) do branches[#branches + 1] = branch end
  table.sort(branches)
  for i, branch in ipairs(branches) do
    local rules, trouble = forge:rules(branch)
    if not rules then return nil, trouble end
    local names, told = {}, {}
    for j, check in ipairs(rules.required_checks) do names[j] = check.name end
    if #names > 0 then told[1] = "needs " .. table.concat(names, ", ") end
    if rules.approvals > 0 then told[#told + 1] = text.plural(rules.approvals, "approval") end
    if rules.strict then told[#told + 1] = "up to date" end
    if said.protection[branch].linear_history then told[#told + 1] = "linear history" end
    if said.protection[branch].enforced_for_admins == false then told[#told + 1] = "not for admins" end
    rows[i] = { branch, table.concat(told, "; ") }
  end
  return rows
end

local function statuses_of(forge, oid)
  local checks, trouble = forge:checks(oid)
  if not checks then return nil, trouble end
  local told = {}
  for i, check in ipairs(checks) do told[i] = check.name .. " " .. check.state end
  return table.concat(told, ", ")
end

local function reviews_of(forge, pull)
  local reviews, trouble = forge:reviews(pull.number)
  if not reviews then return nil, trouble end
  local told = {}
  for i, review in ipairs(reviews) do
    told[i] = ("%s %s%s"):format(review.user, review.state:gsub("_", " "),
      review.oid ~= pull.head.oid and (" at %s"):format(short(review.oid)) or "")
  end
  return table.concat(told, ", ")
end

local function row_of(pull)
  return { "#" .. pull.number, pull.draft and pull.state == "open" and "draft" or pull.state,
    ("%s -> %s"):format(pull.head.branch, pull.base.branch), short(pull.head.oid), pull.title }
end

-- What is known of an open pull request besides, as the lines below its own.
local function details_of(forge, pull)
  local judged, trouble = forge:judged_pull(pull.number)
  if not judged then return nil, trouble end
  local statuses, reviews
  statuses, trouble = statuses_of(forge, pull.head.oid)
  if not statuses then return nil, trouble end
  reviews, trouble = reviews_of(forge, pull)
  if not reviews then return nil, trouble end
  local rows = {}
  for _, row in ipairs { { "labels", table.concat(pull.labels, ", ") }, { "statuses", statuses }, { "reviews", reviews },
    { "cannot merge", table.concat(judged.reasons or {}, ", ") } } do
    if row[2] ~= "" then rows[#rows + 1] = row end
  end
  return text.table(rows, { indent = "      " })
end

local function add_open(forge, lines, open)
  local rows = {}
  for i, pull in ipairs(open) do rows[i] = row_of(pull) end
  if #rows > 0 then lines[#lines + 1] = "pull requests" end
  local at = 0
  for row in text.table(rows, { indent = "  " }):gmatch "[^\n]+" do
    at = at + 1
    lines[#lines + 1] = row
    local details, trouble = details_of(forge, open[at])
    if not details then return nil, trouble end
    for detail in details:gmatch "[^\n]+" do lines[#lines + 1] = detail end
  end
  return true
end

-- Open pull requests with all that is known of them; then those that are over, newest first.
local function add_pulls(forge, lines)
  local pulls, trouble = forge:pulls { state = "all" }
  if not pulls then return nil, trouble end
  local open, past = {}, {}
  for i, pull in ipairs(pulls) do
    if pull.state == "open" then open[#open + 1] = pull end
    local last = pulls[#pulls - i + 1]
    if last.state ~= "open" and #past < PAST_MAX then past[#past + 1] = row_of(last) end
  end
  local ok
  ok, trouble = add_open(forge, lines, open)
  if not ok then return nil, trouble end
  section(lines, "past pull requests", past)
  return true
end

local function release_rows(forge)
  local releases, trouble = forge:releases()
  if not releases then return nil, trouble end
  local rows = {}
  for i = #releases, math.max(1, #releases - PAST_MAX + 1), -1 do
    local release = releases[i]
    rows[#rows + 1] = { release.tag, release.draft and "draft" or release.prerelease and "pre-release" or "public",
      tostring(release.id), text.plural(#release.assets, "asset") .. (release.immutable and ", immutable" or "") }
  end
  return rows
end

local function run_rows(forge)
  local runs, trouble = forge:runs {}
  if not runs then return nil, trouble end
  local rows = {}
  for i = 1, math.min(#runs, PAST_MAX) do
    local run = runs[i]
    local approvals, broken = forge:approvals(run.id)
    if not approvals then return nil, broken end
    local told = {}
    for j, approval in ipairs(approvals) do told[j] = approval.environment .. " " .. approval.state end
    rows[i] = { tostring(run.id), run.workflow, run.branch, short(run.oid), run.conclusion or run.status, table.concat(told, ", ") }
  end
  return rows
end

local function issue_rows(forge)
  local issues, trouble = forge:issues {}
  if not issues then return nil, trouble end
  local rows = {}
  for i, issue in ipairs(issues) do rows[i] = { "#" .. issue.number, table.concat(issue.labels, ", "), issue.title } end
  return rows
end

--- The whole state.
---@param forge table an open local forge
---@return string[]|nil lines, problem
function show.lines(forge)
  local said, trouble = forge:settings()
  if not said then return nil, trouble end
  local branch
  branch, trouble = forge:default_branch()
  if not branch then return nil, trouble end
  local lines = { ("%s  beside %s  default branch %s"):format(text.line(forge.target.path), text.line(forge.bare.path),
    text.line(branch)) }
  local rows
  rows, trouble = protection_rows(forge, said)
  if not rows then return nil, trouble end
  section(lines, "protected branches", rows)
  local ok
  ok, trouble = add_pulls(forge, lines)
  if not ok then return nil, trouble end
  for _, part in ipairs { { "issues", issue_rows }, { "releases", release_rows }, { "runs", run_rows } } do
    rows, trouble = part[2](forge)
    if not rows then return nil, trouble end
    section(lines, part[1], rows)
  end
  return lines
end

return show
