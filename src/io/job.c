#include "io/job.h"
#include "base/date.h"
#include "store/access.h"
#include "store/store.h"

ctx io_job_ctx(const io_job *j, arena *a, const snapshot *s)
{
    return (ctx){
        .a = a,
        .db = j->d,
        .snap = s,
        .actor = j->who,
        .now_ms = j->now_ms ? j->now_ms : clock_now_ms(),
        .zone = j->who.zone.n > 0 ? j->who.zone : s->zone,
        .lang = j->lang,
        .position = -1,
    };
}

typedef struct {
    store_work work;
    void      *arg;
} piece;

static err guarded(ctx *c, void *arg)
{
    const piece *p = arg;
    bool         here = true;
    if (c->actor.user)
        TRY(access_present(c, c->actor.user, &here));
    return here ? p->work(c, p->arg) : ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
}

err io_job_write(ctx *c, store_work work, void *arg)
{
    piece p = { .work = work, .arg = arg };
    return store_write(c, guarded, &p);
}

bool io_job_cancelled(const io_job *j)
{
    return j->cancel && atomic_load(j->cancel);
}

void io_job_progress(const io_job *j, const char *phase, int64_t done, int64_t total)
{
    io_progress p = { phase, done, total };
    if (j->progress)
        j->progress(j->arg, &p);
}

typedef struct {
    audit_kind        kind;
    const audit_word *words;
} telling;

static err tell(ctx *c, void *arg)
{
    const telling *t = arg;
    return audit_write(c, t->kind, 0, t->words);
}

err io_job_tell(io_job *j, const snapshot *tables, audit_kind kind, const audit_word *words)
{
    telling t = { kind, words };
    ctx     c = io_job_ctx(j, arena_new(), tables);
    err     e = store_write(&c, tell, &t);
    arena_free(c.a);
    return e;
}

err io_job_fault(io_job *j, const io_fault *f)
{
    j->why = io_fault_text(f, j->lang, j->a);
    return f->e;
}

err io_job_refuse(io_job *j, err e, const char *code, str a, str b)
{
    j->why = io_say(j->a, j->lang, code, a, b, (str){ 0 });
    return e;
}

err job_from_ctx(io_job *j, const ctx *c, err e)
{
    if (c->detail.n > 0)
        j->why = c->position >= 0 ? arena_printf(j->a, "%.*s (%td)", STR_ARG(c->detail), c->position + 1)
                                  : arena_str(j->a, c->detail);
    else if (c->problem_count > 0)
        j->why = arena_str(j->a, c->problems[0].message);
    return e;
}
