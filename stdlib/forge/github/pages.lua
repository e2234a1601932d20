--- GitHub's lists: read page by page to their end, by the addresses that GitHub gives, and complete or a problem.

local address = require "forge.github.address"
local problem = require "problem"
local refusal = require "forge.github.refusal"
local text = require "text"

local pages = {}

local LIST_TRIES = 2
local PAGE_SIZE, PAGES_MAX = 100, 100

-- The address of the next page, checked: pages come from the server that was asked, and each one once.
local function next_page(rest, request, answer, visited)
  local url = address.next(answer.headers.link)
  if not url then return false end
  if rest.http.origin(url) ~= rest.origin then
    return problem.refuse("error", request.where .. ": the next page is said to be on another server")
  elseif visited[url] then
    return problem.refuse("error", request.where .. ": the pages of the answer go in a circle")
  end
  visited[url] = true
  return url
end

-- One reading of a list: its items, how many GitHub says that there are (0 where it does not say) and the last request.
local function read_pages(rest, path, read, query, options)
  local found, visited, url, total = {}, {}, nil, 0
  for _ = 1, PAGES_MAX do
    local request = { method = "GET", path = not url and path or nil, url = url or nil, query = query,
      needs = options.needs, max = options.max }
    local value, answer, fault = rest:call(request)
    if value == nil then return nil, answer, fault end
    local withheld = refusal.withheld(answer)
    if withheld then return problem.refuse("error", request.where .. ": " .. withheld, refusal.AUTHORISE) end
    local page, trouble = rest.fields.read(request.where, { list = value }, function (f, wrap)
      local within = options.key and f.record(wrap, "list")
      return { items = f.each(within and f.list(within, options.key) or wrap.list, read),
        total = within and f.integer_or(within, "total_count", 0) or 0 }
    end)
    if not page then return nil, trouble end
    if options.at_most and page.total > options.at_most then
      return problem.refuse("error", ("%s: %d of them, and GitHub tells no more than %d"):format(request.where,
        page.total, options.at_most), "ask for fewer: name a branch, a commit or an event")
    end
    table.move(page.items, 1, #page.items, #found + 1, found)
    -- The greatest total: what went away while the pages were read has moved another item past their border.
    total = math.max(total, page.total)
    url, trouble = next_page(rest, request, answer, visited)
    if url == nil then return nil, trouble end
    if not url then
      -- The next item would stand on a page of its own, which this one, unchanged, need not tell.
      if #page.items >= PAGE_SIZE then rest:forget(request.url) end
      return { items = found, total = total, where = request.where }
    end
  end
  return problem.refuse("error", ("GitHub: GET %s: more than %d pages"):format(text.line(path), PAGES_MAX),
    "ask for less: a narrower filter, or fewer old entries")
end

--- Asks for a list, all of its pages, and reads every item. A page that fails is a problem, never a shorter list; so is a
--- list that is shorter than GitHub says it is. One that may have changed while it was read is read again, once.
---@param rest github.rest
---@param path string
---@param read fun(fields: table, record: table): any  read twice where the list is
---@param options { query: table|nil, key: string|nil, needs: string|nil, max: integer|nil, at_most: integer|nil }
---  `key`: the list is a field of the answer; `at_most`: GitHub delivers no more items than this
---@return any[]|nil, problem, github.fault|nil
function pages.all(rest, path, read, options)
  local query = { per_page = PAGE_SIZE }
  for name, value in pairs(options.query or {}) do query[name] = value end
  local told, trouble, fault
  for try = 1, LIST_TRIES do
    if try > 1 then
      local ok, interrupted = rest:sleep(rest.pause_ms)
      if not ok then return nil, interrupted end
    end
    told, trouble, fault = read_pages(rest, path, read, query, options)
    if not told then return nil, trouble, fault end
    if #told.items >= told.total then return told.items end
  end
  return problem.refuse("error", ("%s: GitHub says that there are %d of them, and told %d"):format(told.where, told.total,
    #told.items), "run the same command again; what is not told cannot be judged")
end

return pages
