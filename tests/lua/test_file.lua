--- host.file: what is a mistake of the caller's and what the world refuses.
local test = require "testing"
local file = require "host.file"

test("file: a lock is waited for from no time up to a day", function ()
  local folder = file.temporary_directory()
  test.raises(function () file.lock(folder .. "/lock", { wait_ms = -1 }) end, "no time between 0 and one day")
  test.raises(function () file.lock(folder .. "/lock", { wait_ms = 86400001 }) end, "no time between 0 and one day")
  test.equal(file.stat(folder .. "/lock"), nil)
  local lock = assert(file.lock(folder .. "/lock", { wait_ms = 0 }))
  test.equal({ select(3, file.lock(folder .. "/lock")) }, { "conflict" })
  lock:release()
  file.remove(folder, { recursive = true })
end)

test("file: a copy that fails names the file that it failed at", function ()
  local folder = file.temporary_directory()
  assert(file.write(folder .. "/from", "bytes"))
  local _, message, kind = file.copy(folder .. "/from", folder .. "/none/to")
  test.equal({ message:match "/none/to" or message, kind }, { "/none/to", "not_found" })
  _, message, kind = file.copy(folder .. "/from", folder .. "/to", { max = 4 })
  test.equal({ message, kind }, { folder .. "/from: larger than 4 bytes", "limit" })
  file.remove(folder, { recursive = true })
end)
