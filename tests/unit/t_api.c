/* The parts of api/ that need no server. */
#include <pthread.h>
#include <sched.h>

#include <cmocka.h>

#include "api/files.h"
#include "api/gate.h"
#include "api/openapi.h"
#include "api/seen.h"
#include "api/throttle.h"
#include "http/static_table.h"

/* ---- guessing is slowed down ---- */

static int try_once(throttle *t, const char *account, const char *net, const char *known, int64_t now)
{
    attempt by = { str_from(account), str_from(net), str_from(known) };
    return throttle_enter(t, &by, now);
}

static void test_throttle_account(void **state)
{
    (void)state;
    throttle *t = throttle_new();
    int64_t   now = 1000000;
    for (int i = 0; i < 5; i++)
        assert_int_equal(try_once(t, "admin", "10.0.0.1", NULL, now), 0);
    assert_int_equal(try_once(t, "admin", "10.0.0.1", NULL, now), 1);
    assert_int_equal(try_once(t, "admin", "10.0.0.2", NULL, now), 1); /* from elsewhere too */
    assert_int_equal(try_once(t, "other", "10.0.0.1", NULL, now), 0);
    for (int wait = 1; wait <= 512; wait *= 2) {
        now += wait * 1000;
        assert_int_equal(try_once(t, "admin", NULL, NULL, now - 1), 1);
        assert_int_equal(try_once(t, "admin", NULL, NULL, now), 0);
        assert_int_equal(try_once(t, "admin", NULL, NULL, now), wait < 512 ? wait * 2 : 900);
    }
    now += 1801000; /* long quiet: it begins anew */
    for (int i = 0; i < 5; i++)
        assert_int_equal(try_once(t, "admin", NULL, NULL, now), 0);
    throttle_free(t);
}

static void test_throttle_passed(void **state)
{
    (void)state;
    throttle *t = throttle_new();
    attempt   by = { STR("a"), STR("x"), { 0 } };
    for (int i = 0; i < 50; i++) { /* whoever knows the password does not wait for having forgotten it before */
        assert_int_equal(throttle_enter(t, &by, 1000), 0);
        throttle_passed(t, &by);
    }
    throttle_free(t);
}

static void test_throttle_net(void **state)
{
    (void)state;
    throttle *t = throttle_new();
    char      name[16];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "login%d", i);
        (void)try_once(t, name, "10.9.9.9", NULL, 5000);
        if (i % 5 == 0) { /* an account of one's own does not buy further guesses */
            attempt own = { STR("mine"), STR("10.9.9.9"), { 0 } };
            if (throttle_enter(t, &own, 5000) == 0)
                throttle_passed(t, &own);
        }
    }
    assert_true(try_once(t, "fresh", "10.9.9.9", NULL, 5000) > 0);
    assert_int_equal(try_once(t, "fresh", "10.9.9.8", NULL, 5000), 0);
    throttle_free(t);
}

static void test_throttle_owner(void **state)
{
    (void)state;
    throttle *t = throttle_new();
    for (int i = 0; i < 60; i++)
        (void)try_once(t, "owner", "10.1.1.1", NULL, 5000);
    assert_true(try_once(t, "owner", "10.1.1.1", NULL, 5000) > 0);
    assert_int_equal(try_once(t, "owner", "10.1.1.1", "device", 5000), 0); /* even from the same net */
    for (int i = 0; i < 4; i++)
        assert_int_equal(try_once(t, "owner", "10.1.1.1", "device", 5000), 0);
    assert_true(try_once(t, "owner", "10.1.1.1", "device", 5000) > 0); /* a stolen device guesses no faster */
    throttle_free(t);
}

static void test_gate(void **state)
{
    (void)state;
    gate *g = gate_new();
    for (int i = 0; i < GATE_AT_ONCE; i++)
        assert_int_equal(gate_enter(g), ERR_OK);
    gate_leave(g);
    assert_int_equal(gate_enter(g), ERR_OK);
    for (int i = 0; i < GATE_AT_ONCE; i++)
        gate_leave(g);
    gate_free(g);
}

static void *stand_in_line(void *g)
{
    err e = gate_enter(g);
    if (e == ERR_OK)
        gate_leave(g);
    return e == ERR_OK ? g : NULL;
}

static void test_gate_full(void **state)
{
    enum { MORE = 6 };
    (void)state;
    gate     *g = gate_new();
    pthread_t line[GATE_WAITING], more[MORE];
    void     *end;
    for (int i = 0; i < GATE_AT_ONCE; i++)
        assert_int_equal(gate_enter(g), ERR_OK);
    for (size_t i = 0; i < countof(line); i++)
        assert_int_equal(pthread_create(&line[i], NULL, stand_in_line, g), 0);
    while (gate_line(g) < GATE_WAITING)
        sched_yield();
    for (size_t i = 0; i < countof(more); i++)
        assert_int_equal(pthread_create(&more[i], NULL, stand_in_line, g), 0);
    for (size_t i = 0; i < countof(more); i++) {
        pthread_join(more[i], &end);
        assert_null(end); /* sent away */
    }
    for (int i = 0; i < GATE_AT_ONCE; i++)
        gate_leave(g);
    for (size_t i = 0; i < countof(line); i++) {
        pthread_join(line[i], &end);
        assert_non_null(end);
    }
    gate_free(g);
}

/* ---- files ---- */

static void test_sniff(void **state)
{
    (void)state;
    static const struct {
        str         head, name;
        const char *type;
    } cases[] = {
        { STR_INIT("\x89PNG\r\n\x1a\n...."), STR_INIT("a.html"), "image/png" },
        { STR_INIT("\xff\xd8\xff\xe0"), STR_INIT("a"), "image/jpeg" },
        { STR_INIT("RIFF1234WEBPVP8 "), STR_INIT("a"), "image/webp" },
        { STR_INIT("RIFF1234WAVEfmt "), STR_INIT("a"), "text/plain" },
        { STR_INIT("%PDF-1.7"), STR_INIT("a.exe"), "application/pdf" },
        { STR_INIT("PK\x03\x04..."), STR_INIT("a.zip"), "application/zip" },
        { STR_INIT("PK\x03\x04..."), STR_INIT("a.XLSX"),
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
        { STR_INIT("<html><script>"), STR_INIT("a.png"), "text/plain" },
        { STR_INIT("<svg xmlns="), STR_INIT("a.svg"), "text/plain" },
        { STR_INIT("a,b\n1,2\n"), STR_INIT("a.csv"), "text/csv" },
        { STR_INIT("\x00\x01\x02"), STR_INIT("a.txt"), "application/octet-stream" },
        { STR_INIT(""), STR_INIT("empty"), "text/plain" },
    };
    for (size_t i = 0; i < countof(cases); i++)
        assert_string_equal(file_sniff(cases[i].head, cases[i].name), cases[i].type);
}

/* ---- the table of operations ---- */

static const char *found(const paths *p, http_method m, const char *path, size_t *parts)
{
    str              at[4];
    const operation *o = paths_find(p, m, str_from(path), at, parts);
    return o ? o->id : "none";
}

static void test_paths(void **state)
{
    (void)state;
    arena *a = arena_new();
    paths *p = paths_new(a);
    size_t n;
    assert_string_equal(found(p, HTTP_GET, "/api/v1/leads", &n), "list");
    assert_int_equal(n, 1);
    assert_string_equal(found(p, HTTP_HEAD, "/api/v1/leads/7", &n), "get");
    assert_int_equal(n, 2);
    assert_string_equal(found(p, HTTP_POST, "/api/v1/leads/bulk", &n), "bulk");
    assert_string_equal(found(p, HTTP_POST, "/api/v1/leads/7/restore", &n), "restore");
    assert_string_equal(found(p, HTTP_POST, "/api/v1/leads/7/convert", &n), "action");
    assert_string_equal(found(p, HTTP_GET, "/api/v1/leads/7/history", &n), "history");
    assert_string_equal(found(p, HTTP_GET, "/api/v1/leads/7/activities", &n), "related");
    assert_int_equal(n, 3);
    assert_string_equal(found(p, HTTP_GET, "/api/v1/files/7", &n), "downloadFile");
    assert_string_equal(found(p, HTTP_POST, "/api/v1/users/7/password", &n), "setUserPassword");
    assert_string_equal(found(p, HTTP_PUT, "/api/v1/leads/7", &n), "none");
    assert_string_equal(found(p, HTTP_GET, "/api/v1/a/b/c/d/e/f/g/h/i", &n), "none");
    arena_free(a);
}

/* No row hides behind another, and every row says what it must. */
static void test_operations(void **state)
{
    (void)state;
    arena *a = arena_new();
    paths *p = paths_new(a);
    for (size_t i = 0; i < operation_count; i++) {
        const operation *o = &operations[i];
        str              at[4];
        size_t           n;
        char             path[200];
        size_t           k = 0;
        for (const char *c = o->path; *c; c++) { /* "{id}" → "x": any word that no row names */
            if (*c == '{') {
                path[k++] = 'x';
                c = strchr(c, '}');
            } else {
                path[k++] = *c;
            }
        }
        path[k] = 0;
        assert_ptr_equal(paths_find(p, o->method, str_from(path), at, &n), o);
        assert_non_null(o->run);
        assert_true(o->status >= 200 && o->status < 400);
        assert_true(!(o->flags & (OP_BODY | OP_SPOOL)) || (o->max_body > 0 && o->in));
        assert_true(!(o->flags & OP_RECORD) || o->flags & OP_ENTITY);
    }
    arena_free(a);
}

static void test_names(void **state)
{
    (void)state;
    char out[40];
    openapi_name(STR("opportunity_line"), out, sizeof out);
    assert_string_equal(out, "OpportunityLine");
    openapi_name(STR("case"), out, sizeof out);
    assert_string_equal(out, "Case");
    openapi_name(STR("opportunity_line"), out, 5);
    assert_string_equal(out, "Oppo");
}

/* ---- who it was the last time ---- */

static void test_seen(void **state)
{
    (void)state;
    seen      *s = seen_new();
    arena     *a = arena_new();
    uint8_t    one[SECRET_HASH] = { 1 }, clash[SECRET_HASH] = { 1, 0, 9 };
    access_row row = { .who = { .user = 7, .role = ROLE_MEMBER, .zone = STR("Asia/Shanghai"), .name = STR("gone") },
                       .tables = 3 },
               back;
    bool sure = true;
    assert_false(seen_find(s, one, 5, a, &back, &sure));
    seen_keep(s, one, 5, &row);
    assert_true(seen_find(s, one, 5, a, &back, &sure));
    assert_true(sure);
    assert_true(seen_same(&row, &back));
    assert_true(str_eq(back.who.name, STR("gone")));
    assert_true(seen_find(s, one, 6, a, &back, &sure)); /* somebody has committed since: a guess */
    assert_false(sure);
    seen_keep(s, one, 6, &row);
    assert_true(seen_find(s, one, 5, a, &back, &sure)); /* two readers, each in its state */
    assert_true(sure);
    seen_keep(s, one, 0, &row);
    assert_true(seen_find(s, one, 0, a, &back, &sure)); /* an unknown state is never the same */
    assert_false(sure);
    back.roles = STR("3");
    assert_false(seen_same(&row, &back));
    assert_false(seen_find(s, clash, 5, a, &back, &sure)); /* the same place, another secret */
    seen_keep(s, clash, 9, &row);
    assert_false(seen_find(s, one, 5, a, &back, &sure));
    assert_true(seen_find(s, clash, 5, a, &back, &sure)); /* the states of the one before are not its own */
    assert_false(sure);
    arena_free(a);
    seen_free(s);
}

static void test_seen_hash(void **state)
{
    (void)state;
    seen  *s = seen_new();
    arena *a = arena_new();
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3000; i++) { /* more than it keeps */
            uint8_t got[SECRET_HASH], again[SECRET_HASH], wanted[SECRET_HASH];
            str     secret = arena_printf(a, "secret %d", i);
            secret_hash(secret, wanted);
            seen_hash(s, secret, got);
            seen_hash(s, secret, again);
            assert_memory_equal(got, wanted, SECRET_HASH);
            assert_memory_equal(again, wanted, SECRET_HASH);
        }
    arena_free(a);
    seen_free(s);
}

/* ---- the shapes that belong to no entity ---- */

static const json *shape_of(arena *a, str name)
{
    const json *found = NULL;
    for (size_t i = 0; i < shape_file_count; i++) {
        json      *tree;
        json_fault fault;
        str        text = { (const char *)shape_files[i].bytes, (ptrdiff_t)shape_files[i].n };
        if (json_parse(a, text, &tree, &fault) != ERR_OK)
            fail_msg("%s, byte %td: %s", shape_files[i].name, fault.position, fault.what);
        const json *one = json_get(tree, name);
        if (one && found)
            fail_msg("%.*s stands twice", STR_ARG(name));
        found = one ? one : found;
    }
    return found;
}

static void check_references(arena *a, const json *j)
{
    const str   prefix = STR("#/components/schemas/");
    const json *to = json_is(j, JSON_OBJECT) ? json_get(j, STR("$ref")) : NULL;
    if (json_is(to, JSON_STRING)) {
        assert_true(str_starts(to->text, prefix));
        if (!shape_of(a, str_sub(to->text, prefix.n, to->text.n)))
            fail_msg("%.*s leads nowhere", STR_ARG(to->text));
    }
    for (const json *part = j->first; part; part = part->next)
        check_references(a, part);
}

/* Each is closed, and what it names is there. */
static void test_shapes(void **state)
{
    (void)state;
    arena *a = arena_new();
    size_t n = 0;
    for (size_t i = 0; i < shape_file_count; i++) {
        json      *tree;
        json_fault fault;
        str        text = { (const char *)shape_files[i].bytes, (ptrdiff_t)shape_files[i].n };
        assert_int_equal(json_parse(a, text, &tree, &fault), ERR_OK);
        for (const json *j = tree->first; j; j = j->next, n++) {
            assert_ptr_not_equal(shape_of(a, j->key), NULL);
            check_references(a, j);
            const json *type = json_get(j, STR("type"));
            if (json_is(type, JSON_STRING) && str_eq(type->text, STR("object")) && json_get(j, STR("properties")))
                assert_true(json_is(json_get(j, STR("additionalProperties")), JSON_FALSE));
        }
    }
    assert_true(n >= 40);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),          cmocka_unit_test(test_throttle_account),
        cmocka_unit_test(test_throttle_passed), cmocka_unit_test(test_throttle_net),
        cmocka_unit_test(test_throttle_owner),  cmocka_unit_test(test_gate),
        cmocka_unit_test(test_gate_full),       cmocka_unit_test(test_sniff),
        cmocka_unit_test(test_paths),           cmocka_unit_test(test_operations),
        cmocka_unit_test(test_names),           cmocka_unit_test(test_seen),
        cmocka_unit_test(test_seen_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
