/*
 * The commits of one pack, as they lie there: unpacked one behind the other, and named by their
 * digests. It knows no index and no repository; this is the one file that knows zlib. What is no whole
 * commit - another object, a delta, the end, damage - it does not read, and does not judge.
 */
#ifndef RELRUN_PACK_STREAM_H
#define RELRUN_PACK_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "oid.h"

#define PACK_STREAM_BEFORE 24 /* room before a commit, for what is hashed with it */
#define PACK_STREAM_AFTER 258 /* room behind it: with as much zlib takes its quick way to the end */

struct pack_stream;

/* NULL without memory. The caller frees; pack_stream_free(NULL) is harmless. */
struct pack_stream *pack_stream_new(void);
void pack_stream_free(struct pack_stream *stream);

/* Goes to ${place} in the pack that ${fd}, which stays the caller's, reads. */
void pack_stream_seek(struct pack_stream *stream, int fd, uint64_t place);

/* The place of what comes next: it moves behind a commit when that is read. */
uint64_t pack_stream_place(const struct pack_stream *stream);

/* Reads the head of what comes next: 1 and the ${size} of a commit, 0 when it is none that can be read. */
int pack_stream_head(size_t *size, struct pack_stream *stream);

/* Unpacks the commit of that head to ${out}, which has room for its size and PACK_STREAM_AFTER more, and puts a NUL
 * behind it: 1, or 0 when it is damaged. Allocates nothing. */
int pack_stream_read(char *out, struct pack_stream *stream, size_t size);

/* The name of the commit that was read to ${bytes}: 1, or 0 where libcrypto refuses. PACK_STREAM_BEFORE bytes before it
 * are overwritten. */
int pack_stream_name(struct oid *out, struct pack_stream *stream, char *bytes, size_t size);

#endif
