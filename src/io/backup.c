/* A backup is a Zhike SQLite file from either engine; restoring is moving. */
#include "io/copy.h"
#include "store/store.h"
#include <dirent.h>
#include <unistd.h>

static err refuse_why(io_job *j, err e, const char *code, const char *path, str why)
{
    if (why.n > 0 && e != ERR_CONFLICT)
        j->why = arena_str(j->a, why);
    else
        (void)io_job_refuse(j, e, code, str_from(path), why);
    return e;
}

/* ---- backup ---- */

static void remove_database(const char *path, arena *a)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", ".lock" };
    for (size_t i = 0; i < countof(ends); i++)
        unlink(arena_printf(a, "%s%s", path, ends[i]).p);
}

/* From PostgreSQL: a new file with the tables, then all rows. */
static err backup_copy(io_job *j, const entity_def *const *rooms, const snapshot *source, const char *path,
                       io_copy_result *out)
{
    str        why = { 0 };
    db        *to;
    db_options o = { .target = path };
    err        e = db_open(&o, j->a, &to, &why);
    if (e != ERR_OK)
        return refuse_why(j, e, "backup.failed", path, why);
    e = store_migrate(to, rooms, j->a, &why);
    if (e == ERR_OK)
        e = copy_database(j, j->d, to, rooms, source, "backup", out);
    db_close(to);
    return e == ERR_OK ? e : refuse_why(j, e, "backup.failed", path, why);
}

err io_backup(io_job *j, const entity_def *const *rooms, const char *to_path, io_copy_result *result)
{
    snapshot *source;
    *result = (io_copy_result){ 0 };
    if (access(to_path, F_OK) == 0)
        return io_job_refuse(j, ERR_CONFLICT, "backup.exists", str_from(to_path), (str){ 0 });
    TRY(j->tables(j->arg, &source));
    const char *part = arena_printf(j->a, "%s.part", to_path).p;
    remove_database(part, j->a);
    err e = db_kind(j->d) == DB_SQLITE ? db_copy_file(j->d, part) : backup_copy(j, rooms, source, part, result);
    if (e == ERR_OK && db_kind(j->d) == DB_SQLITE)
        e = copy_count(j->d, source, result);
    if (e == ERR_OK) {
        const audit_word words[] = { { .name = "what", .text = STR("backup") },
                                     { .name = "rows", .number = result->rows },
                                     { 0 } };
        e = io_job_tell(j, source, AUDIT_BACKUP, words);
    }
    snapshot_unpin(source);
    if (e == ERR_OK && rename(part, to_path) != 0)
        e = ERR_UNAVAILABLE;
    remove_database(part, j->a);
    return e == ERR_OK || j->why.n > 0 ? e : io_job_refuse(j, e, "backup.failed", str_from(to_path), (str){ 0 });
}

/* ---- restore ---- */

/* Records that people made: not the configuration and the one user of a first start. */
static err holds_records(io_job *j, const snapshot *s, bool *out)
{
    db_conn *c;
    TRY(db_read_begin(j->d, DB_LONG, &c));
    err e = ERR_OK;
    *out = false;
    for (size_t i = 0; i < s->entity_count && e == ERR_OK && !*out; i++) {
        const entity *x = s->entities[i];
        int64_t       allowed = !x->def->configuration ? 0 : str_eq(x->name, STR("user")) ? 1 : INT64_MAX;
        db_stmt      *q;
        bool          row;
        if (allowed == INT64_MAX)
            continue;
        e = db_prepare(c,
                       arena_printf(j->a, "SELECT COUNT(*) FROM (SELECT 1 FROM \"%.*s\" LIMIT 2) t", STR_ARG(x->table)),
                       &q);
        if (e != ERR_OK)
            break;
        e = db_step(q, &row);
        *out = e == ERR_OK && row && db_int(q, 0) > allowed;
        db_done(q);
    }
    db_read_end(c);
    return e;
}

static err is_ours(db *d, bool *out)
{
    db_conn *c;
    TRY(db_read_begin(d, DB_LONG, &c));
    err e = db_table_exists(c, STR("zk_setting"), out);
    db_read_end(c);
    return e;
}

static void remove_folder(const char *folder, arena *a)
{
    DIR *d = opendir(folder);
    for (struct dirent *f; d && (f = readdir(d)) != NULL;)
        if (f->d_name[0] != '.')
            unlink(arena_printf(a, "%s/%s", folder, f->d_name).p);
    if (d)
        closedir(d);
    rmdir(folder);
}

/* A copy of the file, so that bringing it to the tables of today leaves the backup as it is. */
static err copy_of(io_job *j, const char *path, const char *to)
{
    str        why = { 0 };
    db        *d;
    bool       ours = false;
    db_options o = { .target = path, .must_exist = true };
    err        e = db_open(&o, j->a, &d, &why);
    if (e != ERR_OK)
        return refuse_why(j, e, "restore.no_zhike", path, why);
    e = is_ours(d, &ours);
    if (e == ERR_OK && ours)
        e = db_copy_file(d, to);
    db_close(d);
    return e != ERR_OK || ours ? e : io_job_refuse(j, ERR_INVALID, "restore.no_zhike", str_from(path), (str){ 0 });
}

static err restore_from(io_job *j, const entity_def *const *rooms, const char *path, const char *name,
                        io_copy_result *out)
{
    str        why = { 0 };
    db        *from;
    snapshot  *source = NULL;
    db_options o = { .target = path, .must_exist = true };
    err        e = db_open(&o, j->a, &from, &why);
    if (e != ERR_OK)
        return refuse_why(j, e, "restore.no_zhike", name, why);
    e = store_migrate(from, rooms, j->a, &why);
    if (e != ERR_OK)
        (void)refuse_why(j, e, "restore.newer", name, why);
    if (e == ERR_OK)
        e = store_snapshot_load(from, rooms, j->a, &source, &why);
    if (e == ERR_OK)
        e = copy_database(j, from, j->d, rooms, source, "restore", out);
    snapshot_unpin(source);
    db_close(from);
    return e;
}

static err tell_restored(io_job *j, const char *name, const io_copy_result *result)
{
    snapshot        *s;
    const audit_word words[] = { { .name = "what", .text = STR("restore") },
                                 { .name = "file", .text = str_from(name) },
                                 { .name = "rows", .number = result->rows },
                                 { 0 } };
    TRY(j->tables(j->arg, &s));
    err e = io_job_tell(j, s, AUDIT_BACKUP, words);
    snapshot_unpin(s);
    return e;
}

err io_restore(io_job *j, const entity_def *const *rooms, const char *from_path, bool overwrite, io_copy_result *result)
{
    snapshot *s;
    bool      holds = false;
    *result = (io_copy_result){ 0 };
    if (access(from_path, R_OK) != 0)
        return io_job_refuse(j, ERR_NOT_FOUND, "restore.no_zhike", str_from(from_path), (str){ 0 });
    TRY(j->tables(j->arg, &s));
    err e = overwrite ? ERR_OK : holds_records(j, s, &holds);
    snapshot_unpin(s);
    TRY(e);
    if (holds)
        return io_job_refuse(j, ERR_CONFLICT, "restore.not_empty", (str){ 0 }, (str){ 0 });
    const char *temporary = getenv("TMPDIR");
    char *folder = arena_cstr(j->a, arena_printf(j->a, "%s/zhike-restore-XXXXXX", temporary ? temporary : "/tmp"));
    if (!mkdtemp(folder))
        return io_job_refuse(j, ERR_UNAVAILABLE, "export.cannot_write", str_from(folder), (str){ 0 });
    const char *copy = arena_printf(j->a, "%s/zhike.db", folder).p;
    e = copy_of(j, from_path, copy);
    if (e == ERR_OK)
        e = restore_from(j, rooms, copy, from_path, result);
    remove_folder(folder, j->a);
    if (e == ERR_OK)
        e = tell_restored(j, from_path, result);
    if (e != ERR_OK && j->why.n == 0)
        j->why = io_say(j->a, j->lang, err_name(e), (str){ 0 }, (str){ 0 }, (str){ 0 });
    return e;
}
