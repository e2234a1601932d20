--- The address of a git remote, taken apart. Pure.

local remote_url = {}

--- The server and the path of a remote: of https://, http:// and ssh:// addresses, and of the short form HOST:PATH.
---@param url string
---@return string|nil host with the port of its pages, without a user; nil for a path of this machine and every other
---  scheme. SSH's port says nothing of where a server's pages and API are: it is left out
---@return string|nil path without slashes at its ends and without .git
function remote_url.split(url)
  local host, path = url:match "^https?://([^/]+)/(.+)$"
  if not host then
    host, path = url:match "^ssh://([^/]+)/(.+)$"
    host = host and host:gsub(":%d*$", "")
  end
  if not host and not url:find "^%a[%w+.-]*://" then host, path = url:match "^([^/:]+):([^/].*)$" end
  -- One letter is a drive.
  if not host or #host == 1 then return nil end
  return (host:gsub("^.*@", "")), (path:gsub("/+$", ""):gsub("%.git$", ""))
end

return remote_url
