#include "pack_ahead.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "mem.h"
#include "pack_stream.h"

#include "banned.h"

#define BATCHES 16                    /* how far ahead it may be */
#define KEPT 4                        /* batches behind: an order that is nearly the pack's will do */
#define BATCH_BYTES ((size_t)64 << 10)
#define BATCH_COMMITS 128
#define TRIES 16                      /* how often more a commit may be missing than there */

struct entry {
    struct oid oid;
    uint32_t at, length;
};

struct batch {
    size_t count;
    struct entry commits[BATCH_COMMITS];
    char bytes[BATCH_BYTES];
};

/* Batches are numbered as they are made; number n stands at n % BATCHES. The thread writes to those from `made` on, its
 * owner reads those from `kept` to `seen`; what is not under the lock belongs to one side alone. */
struct pack_ahead {
    struct batch *batches;
    struct pack_stream *stream; /* the thread's while it runs */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_int is_stopping;
    /* under the lock: */
    size_t made, goal; /* goal: where to wait */
    int is_ended;      /* nothing more will be made */
    /* the owner's */
    size_t kept, seen, lead;
    size_t current, next; /* the batch and the commit in it behind the last one taken */
    size_t misses;
    int is_running, has_ended;
};

/* ---- the thread ---- */

/* Reads commits until the batch is full; 0 when there are no more, or they are not wanted any more. */
static int fill(struct batch *batch, struct pack_ahead *ahead) {
    struct pack_stream *stream = ahead->stream;
    size_t used = 0, size;

    for (batch->count = 0; batch->count < BATCH_COMMITS && !ahead->is_stopping; batch->count++) {
        struct entry *entry = &batch->commits[batch->count];
        char *bytes = batch->bytes + used + PACK_STREAM_BEFORE;

        if (!pack_stream_head(&size, stream))
            return 0;
        if (PACK_STREAM_BEFORE + size + PACK_STREAM_AFTER > BATCH_BYTES - used)
            return batch->count > 0; /* the next batch has room for it; one that no batch can hold is the end */
        if (!pack_stream_read(bytes, stream, size) || !pack_stream_name(&entry->oid, stream, bytes, size))
            return 0;
        entry->at = (uint32_t)(bytes - batch->bytes);
        entry->length = (uint32_t)size;
        used += PACK_STREAM_BEFORE + size + 1;
    }
    return 1;
}

static void *read_ahead(void *context) {
    struct pack_ahead *ahead = context;
    int goes_on = 1;

    while (goes_on) {
        struct batch *batch;
        pthread_mutex_lock(&ahead->lock);
        while (!ahead->is_stopping && ahead->made == ahead->goal)
            pthread_cond_wait(&ahead->changed, &ahead->lock);
        batch = &ahead->batches[ahead->made % BATCHES];
        pthread_mutex_unlock(&ahead->lock);
        goes_on = fill(batch, ahead) && !ahead->is_stopping;
        pthread_mutex_lock(&ahead->lock);
        ahead->made++;
        ahead->is_ended = !goes_on;
        pthread_cond_signal(&ahead->changed);
        pthread_mutex_unlock(&ahead->lock);
    }
    return NULL;
}

/* ---- its owner ---- */

static int has_second_processor(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

struct pack_ahead *pack_ahead_new(void) {
    struct pack_ahead *ahead = has_second_processor() ? mem_new(sizeof *ahead) : NULL;

    if (ahead == NULL)
        return NULL;
    pthread_mutex_init(&ahead->lock, NULL); /* neither fails without attributes */
    pthread_cond_init(&ahead->changed, NULL);
    ahead->batches = mem_new_array(BATCHES, sizeof *ahead->batches);
    ahead->stream = pack_stream_new();
    if (ahead->batches == NULL || ahead->stream == NULL) {
        pack_ahead_free(ahead);
        return NULL;
    }
    return ahead;
}

void pack_ahead_free(struct pack_ahead *ahead) {
    if (ahead == NULL)
        return;
    pack_ahead_stop(ahead);
    pack_stream_free(ahead->stream);
    mem_free(ahead->batches);
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    mem_free(ahead);
}

/* Signals are for the thread that knows what to do about them. */
static int create(struct pack_ahead *ahead) {
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&ahead->thread, NULL, read_ahead, ahead);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0 ? 0 : -1;
}

int pack_ahead_start(struct pack_ahead *ahead, int fd, uint64_t place, int eager) {
    pack_ahead_stop(ahead);
    ahead->lead = eager ? BATCHES : 1;
    ahead->goal = eager ? BATCHES : 2;
    pack_stream_seek(ahead->stream, fd, place);
    ahead->is_running = create(ahead) == 0;
    return ahead->is_running ? 0 : -1;
}

void pack_ahead_stop(struct pack_ahead *ahead) {
    if (ahead->is_running) {
        pthread_mutex_lock(&ahead->lock);
        ahead->is_stopping = 1;
        pthread_cond_signal(&ahead->changed);
        pthread_mutex_unlock(&ahead->lock);
        pthread_join(ahead->thread, NULL);
    }
    ahead->made = ahead->kept = ahead->seen = ahead->current = ahead->next = ahead->misses = 0;
    ahead->is_ended = ahead->is_running = ahead->has_ended = 0;
    ahead->is_stopping = 0;
}

int pack_ahead_is_active(const struct pack_ahead *ahead) {
    return ahead && ahead->is_running;
}

/* Has all been taken that came? */
static int is_at_end(const struct pack_ahead *ahead) {
    return ahead->seen == 0 || (ahead->current + 1 == ahead->seen &&
           ahead->next == ahead->batches[ahead->current % BATCHES].count);
}

/* One batch more; 0 when there is none, or no room for one. It is waited for where no whole batch lies ahead: what is
 * not among hundreds of commits that came is not behind them either. */
static int receive(struct pack_ahead *ahead) {
    int is_there, waits = ahead->seen <= ahead->current + 1;

    if (ahead->has_ended || ahead->seen == ahead->goal)
        return 0;
    pthread_mutex_lock(&ahead->lock);
    while (waits && ahead->made == ahead->seen && !ahead->is_ended)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    is_there = ahead->made > ahead->seen;
    ahead->has_ended = ahead->is_ended && ahead->made <= ahead->seen + 1;
    pthread_mutex_unlock(&ahead->lock);
    ahead->seen += (size_t)is_there;
    return is_there;
}

/* Goes on to the batch ${current}: what is too far behind is given back, and who is followed may go further ahead. */
static void move_to(struct pack_ahead *ahead, size_t current) {
    size_t most;

    ahead->current = current;
    if (current >= ahead->kept + KEPT)
        ahead->kept = current - KEPT + 1;
    ahead->lead = 2 * ahead->lead < BATCHES ? 2 * ahead->lead : BATCHES;
    most = ahead->kept + BATCHES;
    pthread_mutex_lock(&ahead->lock);
    ahead->goal = current + 1 + ahead->lead < most ? current + 1 + ahead->lead : most;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
}

/* Looks for the commit in batch ${number}, from ${first} on. */
static int search(size_t *index, const struct pack_ahead *ahead, size_t number, size_t first,
                  const struct oid *oid) {
    const struct batch *batch = &ahead->batches[number % BATCHES];

    for (*index = first; *index < batch->count; ++*index)
        if (oid_compare(&batch->commits[*index].oid, oid) == 0)
            return 1;
    return 0;
}

/* Looks ahead of the last one taken, then at one batch more than came so far, then behind. */
static int find(size_t *number, size_t *index, struct pack_ahead *ahead, const struct oid *oid) {
    for (*number = ahead->current; *number < ahead->seen; ++*number)
        if (search(index, ahead, *number, *number == ahead->current ? ahead->next : 0, oid))
            return 1;
    if (receive(ahead) && search(index, ahead, *number, 0, oid))
        return 1;
    for (*number = ahead->kept; *number <= ahead->current && *number < ahead->seen; ++*number)
        if (search(index, ahead, *number, 0, oid))
            return 1;
    return 0;
}

int pack_ahead_take(const char **out, size_t *length, struct pack_ahead *ahead, const struct oid *oid) {
    struct batch *batch;
    size_t number, index;

    if (!pack_ahead_is_active(ahead))
        return 0;
    if (!find(&number, &index, ahead, oid)) {
        if (++ahead->misses > TRIES || (ahead->has_ended && is_at_end(ahead)))
            pack_ahead_stop(ahead);
        return 0;
    }
    ahead->misses -= ahead->misses > 0;
    if (number > ahead->current) {
        ahead->next = 0;
        move_to(ahead, number);
    }
    if (number == ahead->current && index >= ahead->next)
        ahead->next = index + 1;
    batch = &ahead->batches[number % BATCHES];
    *out = batch->bytes + batch->commits[index].at;
    *length = batch->commits[index].length;
    return 1;
}
