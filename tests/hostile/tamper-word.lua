-- expect: format
-- part: cannot be assigned
lane = nil
