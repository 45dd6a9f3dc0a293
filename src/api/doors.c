#include "api/doors.h"

/* The path of the table's row is the door's. */
static const door_def *find(const call *k, bool post)
{
    for (size_t i = 0; k->s->rooms[i]; i++)
        for (size_t n = 0; n < k->s->rooms[i]->door_count; n++) {
            const door_def *d = &k->s->rooms[i]->doors[n];
            if (d->post == post && strcmp(d->path, k->op->path) == 0)
                return d;
        }
    return NULL;
}

/* Empty where the page is our own. */
static str foreign_origin(const http_request *r)
{
    str       origin = http_header(r, "Origin"), host = http_header(r, "Host");
    ptrdiff_t scheme = str_find(origin, STR("://"));
    bool      ours = scheme > 0 && host.n && str_eq_nocase(str_sub(origin, scheme + 3, origin.n), host);
    return ours ? (str){ 0 } : origin;
}

static void allow_origin(call *k, const door_call *d)
{
    http_reply_header(k->r, "Vary", STR("Origin, Accept"));
    if (d->allow.n)
        http_reply_header(k->r, "Access-Control-Allow-Origin", d->allow);
}

static err run_door(call *k, bool post, door_call *d)
{
    const door_def *door = find(k, post);
    if (!door)
        return ERR_NOT_FOUND;
    *d = (door_call){ .parts = { k->parts[0], k->part_count > 1 ? k->parts[1] : (str){ 0 } },
                      .address = k->r->client,
                      .origin = foreign_origin(k->r),
                      .page = str_find(http_header(k->r, "Accept"), STR("text/html")) >= 0,
                      .in = k->in };
    k->r->reply.type = NULL;
    TRY(door->run(&k->c, d, &k->w));
    k->retry_after = d->retry_after;
    if (d->refused != ERR_OK) {
        problem_write(k, d->refused);
        k->status = k->r->reply.status;
    } else {
        k->r->reply.type = d->type;
        k->status = d->status;
    }
    allow_origin(k, d);
    return ERR_OK;
}

err door_get(call *k)
{
    door_call d;
    return run_door(k, false, &d);
}

err door_post(call *k)
{
    door_call d;
    return run_door(k, true, &d);
}

/* A browser asks before it sends JSON from another site's page: asking costs nothing, sending is where it is refused. */
err door_options(call *k)
{
    http_reply_header(k->r, "Vary", STR("Origin"));
    http_reply_header(k->r, "Access-Control-Allow-Origin", STR("*"));
    http_reply_header(k->r, "Access-Control-Allow-Methods", STR("GET, POST"));
    http_reply_header(k->r, "Access-Control-Allow-Headers", STR("content-type"));
    http_reply_header(k->r, "Access-Control-Max-Age", STR("600"));
    return ERR_OK;
}
