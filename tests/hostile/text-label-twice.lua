-- expect: format
::a::
::a::
