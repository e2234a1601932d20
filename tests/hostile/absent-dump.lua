-- expect: format
-- part: nil value
string.dump(function () end)
