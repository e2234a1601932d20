-- expect: format
-- part: \x1B[31mred\n\x0D
error "\27[31mred\n\r\0 and more"
