-- expect: format
-- part: is given nil
lane(nil)
