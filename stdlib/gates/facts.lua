--- What the function of a custom gate is told, as rows: `relrun help facts` and the reference show them, and the facts are built
-- of them, so that neither can hold what the other lacks. Data only; all of it is recorded.

local people = require "gates.people"
local reviews = require "gates.reviews"

local facts = {}

---@class facts.row
---@field name string facts.NAME
---@field is string what it is, in words
---@field doc string
---@field fields table[]|nil of a record, or of each record of a list: { name =, is =, doc =, read = (fun(item, context): any)|nil }
---@field read fun(context: table, pull: forge.pull|nil): any, problem|nil
---@field needs boolean|nil only where the gate's `needs` names it
---@field of_pull boolean|nil there is none without a pull request

local WEEKDAYS = { [0] = "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday" }

local PULL = {
  { name = "number", is = "a whole number", doc = "its number" },
  { name = "title", is = "a string", doc = "its title" },
  { name = "body", is = "a string", doc = "its text" },
  { name = "draft", is = "true or false", doc = "is it a draft?" },
  { name = "head", is = "{ branch, oid, repository }", doc = "the branch that is merged, its commit and whose it is (false: the fork is gone)" },
  { name = "author", is = "a string", doc = "who opened it" },
  { name = "labels", is = "a list of strings", doc = "its labels, sorted" },
  { name = "url", is = "a string", doc = "where people look at it" },
}

local function names_of(rows)
  local names = {}
  for i, row in ipairs(rows) do names[i] = row.name end
  return names
end

--- The rows, in the order in which they are shown.
---@type facts.row[]
facts.rows = {
  { name = "lane", is = "a string", doc = "the lane's name", read = function (context) return context.lane.name end },
  { name = "base", is = "a string", doc = "the lane's base branch", read = function (context) return context.lane.base end },
  { name = "commit", is = "a string", doc = "the id of the commit of the base branch that is released",
    read = function (context) return context.base.oid end },
  { name = "push", is = "true or false", doc = "does this run go to the remote?",
    read = function (context) return context.flags.push or false end },
  { name = "provider", is = '"github", "gitlab", "woodpecker", "generic" or "none"', doc = "the CI that this run belongs to",
    read = function (context) return context.ci.provider end },
  { name = "event", is = "a string, or nil", doc = "what started the run, in the CI's own word (push, workflow_dispatch); nil outside of a CI",
    read = function (context) return context.ci.event end },
  { name = "actor", is = "a string, or nil", doc = "who started it; nil where nobody says so",
    read = function (context) return context.ci.actor end },
  { name = "now", is = "a whole number", doc = "the time of the run: seconds since 1970", read = function (_, _, now) return now end },
  { name = "hour", is = "a whole number", doc = "its hour in UTC, from 0 to 23", read = function (_, _, now) return now // 3600 % 24 end },
  { name = "weekday", is = '"Monday" to "Sunday"', doc = "its day in UTC", read = function (_, _, now) return WEEKDAYS[now // 86400 % 7] end },
  { name = "packages", is = "a list of records", doc = "what would be released, in the order of the release",
    read = function (context) return context.released end,
    fields = {
      { name = "name", is = "a string", doc = "the package", read = function (decision) return decision.package.name end },
      { name = "version", is = "a string", doc = "the next version", read = function (decision) return decision.version.text end },
      { name = "previous", is = "a string, or nil", doc = "the version before; nil for a first release",
        read = function (decision) return decision.previous and decision.previous.text end },
      { name = "level", is = '"none", "patch", "minor" or "major"', doc = "what its commits ask for" },
      { name = "tag", is = "a string", doc = "its tag" },
    } },
  { name = "checks", is = "a list of records", needs = true, doc = "the checks and statuses of the commit that is judged",
    read = function (context) return context.forge("checks", context.subject.oid) end,
    fields = {
      { name = "name", is = "a string", doc = "its name" },
      { name = "source", is = '"check" or "status"', doc = "on which of the forge's two surfaces it stands" },
      { name = "state", is = '"success", "failure", "pending", "skipped", "neutral", "error", "cancelled", "timed_out", "action_required" or "stale"',
        doc = "how it stands" },
      { name = "description", is = "a string", doc = "what it says of itself" },
      { name = "url", is = "a string, or false", doc = "where people look at it" },
      { name = "app", is = "a whole number, or false", doc = "the id of the app that reported it" },
    } },
  { name = "pull", is = "a record", needs = true, of_pull = true, doc = "the pull request that is published",
    read = function (context, pull) return context.forge_fields(names_of(PULL), "pull", pull.number) end, fields = PULL },
  { name = "reviews", is = "a list of records", needs = true, of_pull = true, doc = "the latest review of each person, as in the gate reviews",
    read = function (context, pull)
      local list, trouble = context.forge("reviews", pull.number)
      return list and reviews.latest(list), trouble
    end,
    fields = {
      { name = "user", is = "a string", doc = "who" },
      { name = "state", is = '"approved", "changes_requested" or "dismissed"', doc = "what they said" },
      { name = "current", is = "true or false", doc = "did they look at this very head?",
        read = function (review, context) return review.oid == context.subject.oid end },
      { name = "is_author", is = "true or false", doc = "is it the pull request's own author?",
        read = function (review, _, pull) return people.same(review.user, pull.author) end },
    } },
  { name = "issues", is = "a list of records", needs = true, doc = "the open issues",
    read = function (context) return context.forge("issues", { labels = context.list {} }) end,
    fields = {
      { name = "number", is = "a whole number", doc = "its number" },
      { name = "title", is = "a string", doc = "its title" },
      { name = "labels", is = "a list of strings", doc = "its labels, sorted" },
      { name = "url", is = "a string", doc = "where people look at it" },
    } },
}

facts.by_name = {}
for _, row in ipairs(facts.rows) do facts.by_name[row.name] = row end

local function record_of(row, item, context, pull)
  local record = {}
  for _, field in ipairs(row.fields) do
    if field.read then record[field.name] = field.read(item, context, pull) else record[field.name] = item[field.name] end
  end
  return record
end

--- One fact.
---@param row facts.row
---@param context table
---@param pull forge.pull|nil
---@param now integer the time of the run
---@return any value nil where there is none, problem|nil
function facts.read(row, context, pull, now)
  local value, trouble = row.read(context, pull, now)
  if trouble or not row.fields or not value then return value, trouble end
  if row.is == "a record" then return record_of(row, value, context, pull) end
  local list = {}
  for i, item in ipairs(value) do list[i] = record_of(row, item, context, pull) end
  return list
end

return facts
