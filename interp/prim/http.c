#include "http.h"

#include <string.h>
#include <time.h>

#include "course.h"
#include "mem.h"
#include "proc.h"
#include "wire.h"

#include "banned.h"

#define STEP_MS 50      /* waiting longer would let a queued request wait too */
#define PROGRESS_MS 100 /* people read no faster */

int http_field_is_allowed(const char *name) {
    static const char *const refused[] = {
        "authorization", "connection",          "content-length", "cookie",  "expect",  "host", "job-token",
        "keep-alive",    "private-token",       "te",             "trailer", "upgrade", "transfer-encoding",
        "proxy-authorization", "proxy-connection", "accept-encoding", NULL};
    const char *const *each;
    for (each = refused; *each; each++)
        if (strcasecmp(*each, name) == 0)
            return 0;
    return 1;
}

struct run {
    struct http_answer *answers;
    const struct http_request *requests;
    const struct http_options *options;
    size_t count, next, finished;
    struct course *running[HTTP_PARALLEL_MAX];
    unsigned long long done_before; /* bytes of the finished ones */
    long long reported_ms;
    int stopped;
};

/* When the last request with a gap began, 0 for none yet; kept from call to call, as the server's count is. */
static long long spaced_ms;

static long long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static size_t width(const struct run *run) {
    unsigned most = run->options ? run->options->at_most : 0;
    return most == 0 || most > HTTP_PARALLEL_MAX ? HTTP_PARALLEL_MAX : most;
}

/* May the next request begin? Those behind one that may not wait with it: they keep their order. */
static int is_due(const struct run *run) {
    unsigned gap = run->requests[run->next].gap_ms;
    return gap == 0 || spaced_ms == 0 || now_ms() - spaced_ms >= gap;
}

/* Fills the free places with the next requests. */
static void begin_next(struct run *run) {
    size_t i;
    for (i = 0; i < width(run); i++)
        while (run->running[i] == NULL && run->next < run->count && is_due(run)) {
            size_t at = run->next++;
            if (run->requests[at].gap_ms > 0)
                spaced_ms = now_ms();
            run->running[i] = course_begin(&run->requests[at], &run->answers[at]);
            run->finished += run->running[i] == NULL;
        }
}

static void finish(struct run *run, size_t place) {
    unsigned long long done, total;
    course_progress(&done, &total, run->running[place]);
    run->done_before += done;
    course_free(run->running[place]);
    run->running[place] = NULL;
    run->finished++;
}

/* Lets every exchange that has ended go on, or ends its course. */
static void settle(struct run *run) {
    struct wire_exchange *ended;
    while ((ended = wire_ended()) != NULL) {
        size_t i = 0;
        while (run->running[i] != ended->owner)
            i++;
        if (!course_go_on(run->running[i]))
            finish(run, i);
    }
}

static void give_up(struct run *run, const char *why) {
    size_t i;
    for (i = 0; i < HTTP_PARALLEL_MAX; i++)
        if (run->running[i]) {
            course_give_up(run->running[i], why);
            finish(run, i);
        }
    for (; run->next < run->count; run->next++, run->finished++) {
        struct http_answer *answer = &run->answers[run->next];
        memset(answer, 0, sizeof *answer);
        answer->rc = err_set(&answer->err, ERR_UNSENT, "%s: %s", run->requests[run->next].method, why);
    }
}

static void report(struct run *run, int always) {
    unsigned long long done = run->done_before, total = run->done_before;
    long long now = now_ms();
    size_t i;

    if (run->options == NULL || run->options->progress == NULL || (!always && now - run->reported_ms < PROGRESS_MS))
        return;
    run->reported_ms = now;
    for (i = 0; i < HTTP_PARALLEL_MAX; i++)
        if (run->running[i]) {
            unsigned long long part, whole;
            course_progress(&part, &whole, run->running[i]);
            done += part;
            total += whole > part ? whole : part;
        }
    for (i = run->next; i < run->count; i++)
        if (run->requests[i].upload && run->requests[i].upload_size > 0)
            total += (unsigned long long)run->requests[i].upload_size;
    run->stopped = run->options->progress(run->options->context, done, total) != 0;
}

/* While nothing is under way libcurl has nothing to wait for: what comes next waits for its gap. */
static void nap_if_idle(const struct run *run) {
    static const struct timespec nap = {0, STEP_MS / 5 * 1000000L};
    size_t i;
    for (i = 0; i < HTTP_PARALLEL_MAX; i++)
        if (run->running[i])
            return;
    if (run->next < run->count && !is_due(run))
        nanosleep(&nap, NULL);
}

static void clear_away_if_interrupted(struct run *run) {
    size_t i;
    if (!proc_interrupted())
        return;
    for (i = 0; i < HTTP_PARALLEL_MAX; i++)
        if (run->running[i])
            course_clear_away(run->running[i]);
    proc_release_interrupts(); /* ends here */
}

void http_send(struct http_answer *out, const struct http_request *requests, size_t count,
               const struct http_options *options) {
    struct run run = {.answers = out, .requests = requests, .options = options, .count = count};
    struct err broken;

    proc_hold_interrupts();
    run.reported_ms = now_ms();
    for (begin_next(&run); run.finished < count; begin_next(&run)) {
        int rc = wire_step(STEP_MS, &broken);
        settle(&run);
        nap_if_idle(&run);
        clear_away_if_interrupted(&run);
        report(&run, 0);
        if (rc < 0 || run.stopped)
            give_up(&run, rc < 0 ? broken.text : "stopped by its caller");
    }
    if (!run.stopped)
        report(&run, 1);
    proc_release_interrupts();
}

void http_answer_release(struct http_answer *answer) {
    fields_release(&answer->fields);
    buf_release(&answer->body);
    buf_release(&answer->url);
}

void http_close(void) {
    wire_close();
}
