--- Why GitHub refused: one line from an answer that is no success. It holds the status, GitHub's message, the errors
-- that it lists, the permissions that it would have accepted and where it is documented; all of it is foreign text,
-- escaped and cut.

local limits = require "forge.github.limits"
local problem = require "problem"
local text = require "text"
local token = require "forge.github.token"

local refusal = {}

local LONGEST = 600
local ERRORS_SHOWN = 6

local function string_of(value) return type(value) == "string" and value ~= "" and value or nil end

-- One row of `errors`: a text, or a record of which some fields are there.
local function error_text(row)
  if type(row) ~= "table" then return string_of(row) end
  local place = string_of(row.field)
  if place and string_of(row.resource) then place = row.resource .. "." .. place end
  local code = string_of(row.code)
  local words = string_of(row.message) or (code and code ~= "custom" and code:gsub("_", " "))
  if not words then return place end
  return place and ("%s %s"):format(place, words) or words
end

---@class github.fault what an answer that is no success says
---@field status integer
---@field message string
---@field errors string[]
---@field codes table<string, true> the codes among the errors: codes.already_exists
---@field documentation string|nil

--- What an answer says; an answer without JSON says its status alone.
---@param answer table { status, body }
---@param decode fun(body: string): any
---@return github.fault
function refusal.fault(answer, decode)
  local value = answer.body and answer.body ~= "" and decode(answer.body)
  if type(value) ~= "table" then value = {} end
  local fault = { status = answer.status, message = string_of(value.message) or "", errors = {}, codes = {} }
  for _, row in ipairs(type(value.errors) == "table" and value.errors or {}) do
    local words = error_text(row)
    if words and #fault.errors < ERRORS_SHOWN then fault.errors[#fault.errors + 1] = words end
    if type(row) == "table" and string_of(row.code) then fault.codes[row.code] = true end
  end
  local where = string_of(value.documentation_url)
  if where and where:find "^https://[%w./#?&=_-]+$" and #where <= 200 then fault.documentation = where end
  return fault
end

-- "contents=write; contents=write,workflows=write" -> "contents: write, or contents: write and workflows: write"
local function permissions(header)
  if not header or header == "" then return nil end
  local alternatives = {}
  for alternative in header:gmatch "[^;]+" do
    local all = {}
    for name, level in alternative:gmatch "([%w_]+)=(%w+)" do all[#all + 1] = name .. ": " .. level end
    if #all > 0 then alternatives[#alternatives + 1] = table.concat(all, " and ") end
  end
  return #alternatives > 0 and table.concat(alternatives, ", or ") or nil
end

--- What to do about a token that an organisation with single sign-on does not know.
refusal.AUTHORISE = "authorise the token for the organisation in its settings (\"Configure SSO\"), or take a token that is"

--- What a list that is no refusal says that it leaves out; nil where it does not.
---@param answer table { headers }
---@return string|nil
function refusal.withheld(answer)
  if (answer.headers["x-github-sso"] or ""):find "^%s*partial%-results" then
    return "the answer is a part of it: an organisation asks for single sign-on, and the token is not authorised for it"
  end
end

-- What a token lacks that an organisation's single sign-on keeps out. The page is named where it is on the very server, and
-- without its query, which is one person's.
local function sign_on(answer, context)
  local header = answer.headers["x-github-sso"]
  if answer.status ~= 403 or not (header and header:find "^%s*required") then return nil end
  local origin, path = header:match "url=(https?://[^/?#%s;]+)(/[%w._/-]*)"
  local where = origin and origin:lower() == (context.server or ""):lower():gsub("/+$", "") and #path <= 100 and origin .. path
    or context.server and context.server .. "/settings/tokens"
  return ("authorise the token in %s for the organisation%s"):format(context.variable, where and ": " .. where or "")
end

-- What a person can do about a status.
local function remedy(fault, answer, context)
  local status = fault.status
  local authorise = context.variable and sign_on(answer, context)
  if authorise then return authorise end
  if status == 401 then
    return context.variable and ("the token in %s is wrong or has expired; set it anew"):format(context.variable)
      or token.remedy(context.names, context.host, context.needs)
  elseif status == 403 or status == 404 then
    if not context.variable then return token.remedy(context.names, context.host, context.needs) end
    local accepted = permissions(answer.headers["x-accepted-github-permissions"]) or context.needs
    if accepted then return ("give the token in %s the permission %s"):format(context.variable, accepted) end
  elseif status >= 500 then
    local after = limits.retry_after(answer)
    return "run the same command again" .. (after and after > 0 and " in " .. limits.span(after) or "")
  elseif status >= 300 and status < 400 then
    return "give the remote the repository's new URL"
  end
  return fault.documentation and "see " .. fault.documentation
end

--- The words for an answer that is no success: "422 Validation Failed: Release.tag_name already exists".
---@param fault github.fault
---@return string
function refusal.words(fault)
  local parts = { tostring(fault.status) }
  if fault.message ~= "" then parts[1] = parts[1] .. " " .. fault.message end
  if fault.status == 404 then parts[1] = "404, not found, or the token may not see it" end
  if #fault.errors > 0 then parts[2] = table.concat(fault.errors, ", ") end
  return text.shorten(text.line(table.concat(parts, ": ")), LONGEST)
end

-- What another request would be answered with as well: the token is no good, or may not do this. 404 can be the same, and
-- can be about this one thing.
local SHARED = { [401] = "token", [403] = "rights" }

--- The problem that an answer is. After a write a status of 5xx leaves open whether it happened: kind "unknown"; 422
--- says that what was asked for breaks a rule: "denied".
---@param answer table { status, headers, body }
---@param fault github.fault
---@param context table { where, host, server, names, variable, needs, read }: the request, and the variables for the token
---@return nil, problem, github.fault
function refusal.of(answer, fault, context)
  local kind = "error"
  if not context.read then
    kind = fault.status >= 500 and "unknown" or fault.status == 422 and "denied" or kind
  end
  local words = refusal.words(fault)
  if fault.status >= 300 and fault.status < 400 then
    words = ("%d, the repository has moved or was renamed"):format(fault.status)
  end
  local none, trouble = problem.refuse(kind, ("%s: %s"):format(context.where, words), remedy(fault, answer, context))
  trouble.shared = SHARED[fault.status]
  return none, trouble, fault
end

return refusal
