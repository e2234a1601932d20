-- expect: format
-- part: unknown word
require "host.file"
