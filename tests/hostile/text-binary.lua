ELF €şÿ
-- expect: format
