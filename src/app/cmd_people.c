/* zhike user …, zhike token create */
#include <unistd.h>

#include "api/call.h"
#include "app/command.h"
#include "app/person.h"
#include "app/place.h"
#include "app/table.h"
#include "base/password.h"
#include "base/random.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/second.h"

static err find_user(place *p, const char *name, int64_t *id)
{
    static const char *const by[] = { "login", "email", "name" };
    const entity            *user = snapshot_entity(p->tables, STR("user"));
    err                      e = db_read_begin(p->d, DB_LONG, &p->c.conn);
    if (e != ERR_OK)
        return e;
    *id = 0;
    for (size_t i = 0; i < countof(by) && e == ERR_OK && *id == 0; i++)
        e = store_find(&p->c, user, entity_field(user, str_from(by[i])), str_from(name), id);
    db_read_end(p->c.conn);
    p->c.conn = NULL;
    return e == ERR_OK && *id == 0 ? ERR_NOT_FOUND : e;
}

static int no_such_user(const place *p, err e, const char *name)
{
    return e == ERR_NOT_FOUND ? command_fail("there is no user %s; zhike user list shows them all", name)
                              : place_fail(p, e, name);
}

/* From standard input, or made up and shown. */
static bool choose_password(const options *o, place *p, const str *names, size_t count, str *password, bool *made)
{
    *made = !o->value[OPT_PASSWORD_STDIN];
    if (*made)
        *password = random_token(p->a, 12);
    else if (!read_secret(p->a, password))
        return command_fail("a password was expected on standard input"), false;
    const char *fault = password_fault(p->a, *password, names, count);
    if (!fault)
        return true;
    str why =
        label_get(p->c.lang, arena_printf(p->a, "message.%s%s", strcmp(fault, "too_short") ? "password_" : "", fault));
    if (strcmp(fault, "too_short") == 0)
        why = STR("at least 8 characters");
    return command_fail("the password is refused: %.*s", STR_ARG(why)), false;
}

static int set_password(place *p, int64_t user, str password, bool made)
{
    person_password s = { .user = user, .must_change = made, .activate = true };
    err             e = password_hash(p->a, password, &s.argon2);
    if (e == ERR_OK)
        e = store_write(&p->c, person_set_password, &s);
    if (e != ERR_OK)
        return place_fail(p, e, "the password cannot be set");
    if (made)
        printf("password: %.*s\n", STR_ARG(password));
    return 0;
}

int cmd_user_add(const options *o)
{
    place  p;
    str    password = { 0 };
    bool   made = true;
    person who = { .name = str_from(o->words[0]),
                   .login = str_from(o->words[0]),
                   .email = str_from(o->value[OPT_EMAIL]),
                   .role = str_from(o->value[OPT_ROLE]),
                   .team = str_from(o->value[OPT_TEAM]),
                   .state = STR("active") };
    if (!place_open(o, PLACE_NEW, &p))
        return 1;
    int       status = 1;
    const str names[] = { who.name, who.email, p.tables->org_name };
    if (choose_password(o, &p, names, countof(names), &password, &made)) {
        err e = store_write(&p.c, person_add, &who);
        status = e == ERR_OK ? set_password(&p, who.id, password, made) : place_fail(&p, e, o->words[0]);
    }
    place_close(&p);
    return status;
}

int cmd_user_list(const options *o)
{
    place p;
    if (!place_open(o, 0, &p))
        return 1;
    int status = table_query(&p, STR("SELECT login, name, email, role, team.name, state FROM user ORDER BY login"),
                             table_form_of(o));
    place_close(&p);
    return status;
}

int cmd_user_passwd(const options *o)
{
    place   p;
    int64_t id;
    str     password;
    bool    made;
    int     status = 1;
    if (!place_open(o, 0, &p))
        return 1;
    const str names[] = { str_from(o->words[0]), p.tables->org_name };
    err       e = find_user(&p, o->words[0], &id);
    if (e != ERR_OK)
        status = no_such_user(&p, e, o->words[0]);
    else if (choose_password(o, &p, names, countof(names), &password, &made))
        status = set_password(&p, id, password, made);
    place_close(&p);
    return status;
}

static err disable(ctx *c, void *arg)
{
    int64_t id = *(int64_t *)arg;
    rec    *r;
    TRY(store_load(c, snapshot_entity(c->snap, STR("user")), id, &r));
    TRY(store_set_text(c, r, entity_field(r->e, STR("state")), STR("disabled")));
    return store_save(c, r, 0); /* PEOPLE-8 ends what was open */
}

static int with_user(const options *o, store_work work)
{
    place   p;
    int64_t id;
    if (!place_open(o, 0, &p))
        return 1;
    err e = find_user(&p, o->words[0], &id);
    int status = e == ERR_OK ? 0 : no_such_user(&p, e, o->words[0]);
    if (status == 0 && (e = store_write(&p.c, work, &id)) != ERR_OK)
        status = place_fail(&p, e, o->words[0]);
    place_close(&p);
    return status;
}

int cmd_user_disable(const options *o)
{
    return with_user(o, disable);
}

/* For who has lost the app and the codes, where no other administrator can help. */
static err take_second_step(ctx *c, void *arg)
{
    int64_t id = *(int64_t *)arg;
    TRY(second_off(c, id));
    TRY(access_sessions_end(c, id, NULL));
    return audit_write(c, AUDIT_TOTP_RESET, id, NULL);
}

int cmd_user_second(const options *o)
{
    return with_user(o, take_second_step);
}

typedef struct {
    token_row row;
    uint8_t   hash[SECRET_HASH];
} new_token;

static err add_token(ctx *c, void *arg)
{
    new_token       *t = arg;
    const audit_word words[] = { { .name = "name", .text = t->row.name },
                                 { .name = "scope", .text = STR("all") },
                                 { 0 } };
    TRY(access_token_add(c, &t->row, t->hash));
    return audit_write(c, AUDIT_TOKEN_MADE, t->row.user, words);
}

int cmd_token_create(const options *o)
{
    place       p;
    new_token   t = { .row = { .name = str_from(o->value[OPT_NAME]) } };
    str         secret;
    const char *user = o->value[OPT_USER];
    if (!user || t.row.name.n == 0)
        return fputs("zhike: token create wants --user NAME and --name LABEL; see zhike token create --help\n", stderr),
               2;
    if (!place_open(o, 0, &p))
        return 1;
    err e = find_user(&p, user, &t.row.user);
    int status = e == ERR_OK ? 0 : no_such_user(&p, e, user);
    if (status == 0) {
        secret_make(p.a, &secret, t.hash);
        e = store_write(&p.c, add_token, &t);
        if (e != ERR_OK)
            status = place_fail(&p, e, "the token cannot be made");
        else
            printf("%.*s\n", STR_ARG(secret));
    }
    place_close(&p);
    return status;
}
