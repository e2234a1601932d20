--- The record of an asset, as releases hold it and an upload answers it. An upload that was cut off is told as
-- "starter"; the other state that is documented, "open", is no finished one either.

local ASSET_STATES = { uploaded = "uploaded", starter = "starter", open = "starter" }

--- Reads the record.
---@param f table fields
---@param record table
---@return forge.asset
return function (f, record)
  local digest = f.text_or(record, "digest", false)
  return {
    id = f.integer(record, "id"), name = f.text(record, "name"), label = f.text_or(record, "label", ""),
    size = f.integer(record, "size"), state = f.one_of(record, "state", ASSET_STATES),
    digest = digest and digest:find "^sha256:%x+$" and digest:lower() or false,
    content_type = f.text_or(record, "content_type", ""), url = f.text(record, "browser_download_url"),
  }
end
