-- expect: format
-- part: no ready-made spec
use "../../etc/passwd"
