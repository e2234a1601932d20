-- expect: format
tonumber("z", 99)
