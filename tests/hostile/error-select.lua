-- expect: format
select(-5, 1)
