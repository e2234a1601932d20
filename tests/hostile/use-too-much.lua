-- expect: format
use "plain" {} {}
