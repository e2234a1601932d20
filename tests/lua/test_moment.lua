local test = require "testing"
local moment = require "moment"

test("a date and the moment it begins are each other's inverse, over four centuries", function ()
  for day = -200 * 366, 200 * 366, 1 do
    local seconds = day * 86400
    test.equal(moment.of(moment.date(seconds)), seconds)
  end
end)

test("days of the week follow one another", function ()
  test.equal(moment.weekday(0), "Thu")
  test.equal(moment.weekday(moment.of "2026-11-21"), "Sat")
  test.equal(moment.weekday(moment.of "2024-02-29"), "Thu")
  test.equal(moment.weekday(-1), "Wed")
end)

test("a date lasts a day, a minute lasts a minute", function ()
  test.equal({ moment.of "1970-01-02" }, { 86400, 86400 })
  test.equal({ moment.of "1970-01-02 01:30" }, { 86400 + 5400, 60 })
  test.equal({ moment.of "1970-01-02T23:59" }, { 2 * 86400 - 60, 60 })
end)

test("what is in no calendar is refused", function ()
  for _, wrong in ipairs { "", "2026", "2026-2-3", "2026-13-01", "2026-00-01", "2026-02-29", "2026-04-31", "2026-01-00",
    "2026-01-01 24:00", "2026-01-01 12:60", "2026-01-01 9:00", "2026-01-01x", " 2026-01-01", "20260101", "2026-01-01 12:00:00" } do
    test.refuses(("'%s' is "):format(wrong), moment.of(wrong))
  end
end)

test("an offset from UTC is read, in both directions", function ()
  test.equal({ moment.offset "Z", moment.offset "+01:00", moment.offset "-05:30", moment.offset "+00:00", moment.offset "+14:00" },
    { 0, 3600, -19800, 0, 50400 })
  for _, wrong in ipairs { "", "CET", "+1", "+01", "01:00", "+01:60", "+15:00", "+01:00x" } do
    test.refuses("is no offset from UTC", moment.offset(wrong))
  end
end)

test("hours of a day are read, over midnight too", function ()
  test.equal({ moment.hours "09-17" }, { 32400, 61200 })
  test.equal({ moment.hours "9:30-17:00" }, { 34200, 61200 })
  test.equal({ moment.hours "00-24" }, { 0, 86400 })
  test.equal({ moment.hours "22-06" }, { 79200, 21600 })
  for _, wrong in ipairs { "", "9", "09-09", "09-25", "24:01-25", "09:60-17", "a-b", "09-17-18", "009-17" } do
    test.refuses("are no hours", moment.hours(wrong))
  end
end)

test("a duration is read", function ()
  test.equal({ moment.duration "90s", moment.duration "15m", moment.duration "2h", moment.duration "168h" }, { 90, 900, 7200, 604800 })
  for _, wrong in ipairs { "", "15", "m", "0s", "-1m", "1.5h", "169h", "9999999s", "15m ", "1d" } do
    test.refuses("is no duration", moment.duration(wrong))
  end
end)

test("a moment is shown where its offset is", function ()
  test.equal(moment.show(0, "Z"), "1970-01-01 00:00 UTC")
  test.equal(moment.show(0, "+01:00"), "1970-01-01 01:00 +01:00")
  test.equal(moment.show(0, "-00:30"), "1969-12-31 23:30 -00:30")
end)
