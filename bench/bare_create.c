/* bare_create FILE SECONDS TEMPLATE — what a durable create costs without any program around it: writes the rows that
 * the program writes for one account (accounts, registry, history, outbox, search index, the sequence of ids), each
 * account in a transaction of its own, synchronous=FULL. The rows are those of the account with the id TEMPLATE but for
 * the id, the name, its key and its tokens, which are made before the clock starts. Prints how many a second. */
#include <sqlite3.h>
#include <time.h>

#include "base/buf.h"
#include "base/random.h"
#include "base/text.h"

enum { NAMES = 2000 };

typedef struct {
    str name, key, tokens;
} made_name;

typedef struct {
    sqlite3_stmt *s;
    int           id, name, key; /* parameters; 0: none */
} insert;

static sqlite3 *db;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void need(bool well)
{
    if (well)
        return;
    fprintf(stderr, "bare_create: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *s;
    need(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK);
    return s;
}

static void run(sqlite3_stmt *s)
{
    while (sqlite3_step(s) == SQLITE_ROW) {
    }
    need(sqlite3_reset(s) == SQLITE_OK);
}

static void exec(const char *sql)
{
    need(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

/* INSERT of every column of the row that `which` finds, bound with its values; a column named `own` is left to the table. */
static insert copy_of(const char *table, const char *which, const char *id, const char *own)
{
    insert         in = { 0 };
    buf            sql, marks;
    char           text[200];
    sqlite3_value *values[200];
    int            n = 0;
    snprintf(text, sizeof text, "SELECT * FROM %s WHERE %s LIMIT 1", table, which);
    sqlite3_stmt *from = prepare(text);
    need(sqlite3_step(from) == SQLITE_ROW);
    buf_init(&sql, 1 << 16);
    buf_init(&marks, 1 << 16);
    buf_printf(&sql, "INSERT INTO %s(", table);
    for (int i = 0; i < sqlite3_column_count(from) && n < 200; i++) {
        const char *column = sqlite3_column_name(from, i);
        if (strcmp(column, own) == 0)
            continue;
        values[n++] = sqlite3_value_dup(sqlite3_column_value(from, i));
        buf_printf(&sql, "%s\"%s\"", n > 1 ? "," : "", column);
        buf_printf(&marks, "%s?", n > 1 ? "," : "");
        in.id = strcmp(column, id) == 0 ? n : in.id;
        in.name = strcmp(column, "name") == 0 ? n : in.name;
        in.key = strcmp(column, "name_k") == 0 ? n : in.key;
    }
    buf_printf(&sql, ")VALUES(%.*s)", STR_ARG(buf_str(&marks)));
    buf_putc(&sql, '\0');
    in.s = prepare(buf_str(&sql).p);
    for (int i = 0; i < n; i++) {
        sqlite3_bind_value(in.s, i + 1, values[i]);
        sqlite3_value_free(values[i]);
    }
    sqlite3_finalize(from);
    buf_free(&sql);
    buf_free(&marks);
    return in;
}

static void put(const insert *in, int64_t id, const made_name *name)
{
    sqlite3_bind_int64(in->s, in->id, id);
    if (in->name)
        sqlite3_bind_text(in->s, in->name, name->name.p, (int)name->name.n, SQLITE_STATIC);
    if (in->key)
        sqlite3_bind_blob(in->s, in->key, name->key.p, (int)name->key.n, SQLITE_STATIC);
    run(in->s);
}

static made_name *make_names(arena *a)
{
    static const char *const signs[] = { "华", "信", "达", "通", "恒", "瑞", "盛", "隆", "泰", "安", "康", "博" };
    made_name               *names = arena_make_n(a, made_name, NAMES);
    for (size_t i = 0; i < NAMES; i++) {
        uint8_t r[4];
        buf     b;
        random_bytes(r, sizeof r);
        names[i].name = arena_printf(a, "上海%s%s%s%s有限公司", signs[r[0] % 12], signs[r[1] % 12], signs[r[2] % 12],
                                     signs[r[3] % 12]);
        names[i].key = text_sort_key(a, names[i].name);
        token_list t = text_tokens(a, names[i].name, 4000);
        buf_init(&b, 1 << 16);
        for (size_t k = 0; k < t.count; k++)
            buf_printf(&b, "%s%.*s", k ? " " : "", STR_ARG(t.list[k].text));
        names[i].tokens = arena_str(a, buf_str(&b));
        buf_free(&b);
    }
    return names;
}

int main(int argc, char **argv)
{
    char which[100];
    if (argc != 4 || random_open() != ERR_OK || text_open() != ERR_OK)
        return fputs("usage: bare_create FILE SECONDS TEMPLATE\n", stderr), 2;
    arena     *a = arena_new();
    made_name *names = make_names(a);
    need(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    exec("PRAGMA synchronous=FULL; PRAGMA temp_store=memory; PRAGMA cache_size=-4096");
    long long template = strtoll(argv[3], NULL, 10);
    snprintf(which, sizeof which, "id=%lld", template);
    insert account = copy_of("accounts", which, "id", ""), registry = copy_of("zk_record", which, "id", "");
    snprintf(which, sizeof which, "record=%lld", template);
    insert        history = copy_of("zk_history", which, "record", "seq");
    insert        outbox = copy_of("zk_outbox", which, "record", "seq");
    sqlite3_stmt *next = prepare("UPDATE zk_sequence SET last=last+1 RETURNING last");
    sqlite3_stmt *search = prepare("INSERT INTO zk_search(rowid,t)VALUES(?,?)");
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
    long          n = 0;
    double        start = seconds(), end = start + strtod(argv[2], NULL);
    for (; seconds() < end; n++) {
        const made_name *name = &names[n % NAMES];
        run(begin);
        need(sqlite3_step(next) == SQLITE_ROW);
        int64_t id = sqlite3_column_int64(next, 0);
        run(next);
        put(&account, id, name);
        put(&registry, id, name);
        put(&history, id, name);
        put(&outbox, id, name);
        sqlite3_bind_int64(search, 1, id);
        sqlite3_bind_text(search, 2, name->tokens.p, (int)name->tokens.n, SQLITE_STATIC);
        run(search);
        run(commit);
    }
    printf("%.1f\n", (double)n / (seconds() - start));
    return 0;
}
