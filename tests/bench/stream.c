#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dice.h"
#include "message.h"
#include "stream.h"
#include "text.h"

/* The first commit is five minutes after this moment of 2014, each next one five minutes later. */
#define EPOCH 1400000000L
#define STEP 300L

void
stream_change(struct text *changes, const char *path, const char *format, ...)
{
    char content[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(content, sizeof content, format, arguments);
    va_end(arguments);
    text_add(changes, "M 100644 inline %s\ndata %d\n%s\n", path, length, content);
}

int
stream_commit(struct stream *stream, struct dice *dice, const struct stream_commit *commit)
{
    static struct text author;
    int number = ++stream->commits;
    long when = EPOCH + number * STEP;

    text_clear(&author);
    message_person(&author, dice);
    printf("commit %s\nmark :%d\nauthor %s %ld +0000\ncommitter %s %ld +0000\n",
           commit->ref != NULL ? commit->ref : "refs/heads/main", number, author.bytes, when, MESSAGE_COMMITTER, when);
    printf("data %zu\n%s\n", strlen(commit->message), commit->message);
    for (size_t i = 0; i < commit->parent_count; i++)
        printf("%s :%d\n", i == 0 ? "from" : "merge", commit->parents[i]);
    if (commit->changes != NULL)
        fwrite(commit->changes->bytes, 1, commit->changes->length, stdout);
    putchar('\n');
    return number;
}

void
stream_tag(struct stream *stream, const char *name, int number)
{
    if (++stream->tags % 2 == 0) {
        printf("reset refs/tags/%s\nfrom :%d\n\n", name, number);
        return;
    }
    printf("tag %s\nfrom :%d\ntagger %s %ld +0000\n", name, number, MESSAGE_COMMITTER,
           EPOCH + stream->commits * STEP);
    printf("data %zu\nrelease %s\n\n", strlen("release \n") + strlen(name), name);
}

void
stream_reset(struct stream *stream, const char *ref, int number)
{
    (void)stream;
    if (number == 0)
        printf("reset %s\nfrom 0000000000000000000000000000000000000000\n\n", ref);
    else
        printf("reset %s\nfrom :%d\n\n", ref, number);
}
