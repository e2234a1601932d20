-- expect: format
-- part: no text (userdata)
error(each)
