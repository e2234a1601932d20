-- expect: format
break
