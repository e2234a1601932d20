-- expect: format
-- part: cannot be assigned
_ENV.string = nil
