-- expect: format
-- part: unknown word
rawset(string, "upper", 1)
