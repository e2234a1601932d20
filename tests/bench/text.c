#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Makes room for ${more} bytes and the NUL. */
static void
reserve(struct text *text, size_t more)
{
    if (text->room - text->length > more)
        return;
    size_t room = (text->length + more + 1) * 2;
    char *bytes = realloc(text->bytes, room);
    if (bytes == NULL) {
        fputs("generate: out of memory\n", stderr);
        exit(1);
    }
    text->bytes = bytes;
    text->room = room;
}

void
text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    reserve(text, 256);
    va_start(arguments, format);
    int length = vsnprintf(text->bytes + text->length, text->room - text->length, format, arguments);
    va_end(arguments);
    if ((size_t)length >= text->room - text->length) {
        reserve(text, (size_t)length);
        va_start(arguments, format);
        vsnprintf(text->bytes + text->length, text->room - text->length, format, arguments);
        va_end(arguments);
    }
    text->length += (size_t)length;
}

void
text_join(struct text *text, const struct text *other)
{
    if (other->length == 0)
        return;
    reserve(text, other->length);
    memcpy(text->bytes + text->length, other->bytes, other->length + 1);
    text->length += other->length;
}

void
text_clear(struct text *text)
{
    text->length = 0;
    if (text->bytes != NULL)
        text->bytes[0] = '\0';
}

void
text_release(struct text *text)
{
    free(text->bytes);
    *text = (struct text){ 0 };
}
