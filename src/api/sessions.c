/* Whose sessions are open, and ending them. */
#include "api/session.h"
#include "store/audit.h"
#include "store/changes.h"

static err whose(call *k, int64_t *user)
{
    *user = k->c.actor.user;
    TRY(param_int(k, "user", 1, INT64_MAX, user));
    if (*user != k->c.actor.user && !permit_is_admin(&k->c.actor))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    return ERR_OK;
}

static void put_session(const call *k, json_writer *w, const session_row *s)
{
    json_object(w);
    json_put_id(w, "id", s->id);
    json_put_bool(w, "current", k->cookie && memcmp(s->hash, k->secret, SECRET_HASH) == 0);
    put_time(w, "created_at", s->created_at);
    put_time(w, "seen_at", s->seen_at);
    put_time(w, "expires_at", s->expires_at);
    put_text(w, "agent", s->agent);
    put_text(w, "address", s->address);
    json_object_end(w);
}

err sessions_get(call *k)
{
    int64_t      user;
    session_row *list;
    size_t       n;
    TRY(whose(k, &user));
    TRY(access_sessions(&k->c, user, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("sessions"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_session(k, &k->w, &list[i]);
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

static err note_ended(call *k, int64_t user, int64_t count)
{
    const audit_word words[] = { { .name = "count", .number = count }, { 0 } };
    TRY(changes_note(&k->c, "access", user, STR("session"), "delete", (str){ 0 }, (str){ 0 }));
    return audit_write(&k->c, AUDIT_SESSION_ENDED, user, words);
}

err session_delete(call *k)
{
    int64_t      user;
    session_row *list;
    size_t       n;
    TRY(whose(k, &user));
    TRY(access_sessions(&k->c, user, &list, &n));
    for (size_t i = 0; i < n; i++)
        if (list[i].id == k->id) {
            TRY(note_ended(k, user, 1));
            return access_session_end(&k->c, list[i].hash);
        }
    return ERR_NOT_FOUND;
}

/* All but the one that asks. */
err sessions_delete(call *k)
{
    int64_t      user;
    session_row *list;
    size_t       n;
    TRY(whose(k, &user));
    TRY(access_sessions(&k->c, user, &list, &n));
    bool own = k->cookie && user == k->c.actor.user;
    TRY(note_ended(k, user, (int64_t)n - own));
    return access_sessions_end(&k->c, user, own ? k->secret : NULL);
}
