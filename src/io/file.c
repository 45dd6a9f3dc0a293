/* Files that lie in the database, as local ones and back: libraries that read workbooks want a path. */
#include "store/file.h"
#include "base/random.h"
#include "io/job.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static err write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return ERR_UNAVAILABLE;
        p += put;
        n -= (size_t)put;
    }
    return ERR_OK;
}

static err spool(ctx *c, int64_t id, int fd, str *name, arena *a)
{
    file_info f;
    char     *piece = arena_alloc(c->a, FILE_PIECE);
    size_t    got = 1;
    TRY(file_find(c, id, &f));
    *name = arena_str(a, f.name);
    for (int64_t n = 0; got > 0; n++) {
        TRY(file_read(c, id, n, piece, &got));
        TRY(write_all(fd, piece, got));
    }
    return ERR_OK;
}

err io_file_spool(io_job *j, int64_t id, const char *dir, const char **path, str *name)
{
    snapshot *tables;
    char     *temporary = arena_cstr(j->a, arena_printf(j->a, "%s/zhike-file-XXXXXX", dir));
    TRY(j->tables(j->arg, &tables));
    ctx c = io_job_ctx(j, arena_new(), tables);
    err e = db_read_begin(j->d, DB_LONG, &c.conn);
    int fd = e == ERR_OK ? mkostemp(temporary, O_CLOEXEC) : -1;
    if (e == ERR_OK && fd < 0)
        e = io_job_refuse(j, ERR_UNAVAILABLE, "export.cannot_write", str_from(dir), (str){ 0 });
    if (e == ERR_OK)
        e = spool(&c, id, fd, name, j->a);
    if (c.conn)
        db_read_end(c.conn);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && e != ERR_OK)
        unlink(temporary);
    if (e == ERR_OK)
        *path = temporary;
    arena_free(c.a);
    snapshot_unpin(tables);
    return e;
}

typedef struct {
    str     name, type, digest, piece;
    int64_t id, n, size;
} keeping;

static err keep_begin(ctx *c, void *arg)
{
    keeping *k = arg;
    return file_begin(c, k->name, (str){ 0 }, 0, &k->id);
}

static err keep_piece(ctx *c, void *arg)
{
    keeping *k = arg;
    return file_piece(c, k->id, k->n, k->piece);
}

static err keep_end(ctx *c, void *arg)
{
    keeping *k = arg;
    return file_end(c, k->id, k->size, k->type, k->digest);
}

static err keep_all(ctx *c, FILE *f, char *piece, keeping *k)
{
    sha256 digest;
    sha256_begin(&digest);
    TRY(store_write(c, keep_begin, k));
    for (;;) {
        size_t got = fread(piece, 1, FILE_PIECE, f);
        if (got == 0)
            break;
        k->piece = (str){ piece, (ptrdiff_t)got };
        sha256_add(&digest, piece, got);
        TRY(store_write(c, keep_piece, k));
        arena_clear(c->a);
        k->n++;
        k->size += (int64_t)got;
    }
    if (ferror(f))
        return ERR_UNAVAILABLE;
    uint8_t bytes[SHA256_BYTES];
    sha256_end(&digest, bytes);
    k->digest = hex_encode(c->a, (str){ (char *)bytes, SHA256_BYTES });
    return store_write(c, keep_end, k);
}

err io_file_keep(io_job *j, const char *path, str name, str type, int64_t *id)
{
    snapshot *tables;
    FILE     *f = fopen(path, "rbe");
    if (!f)
        return io_job_refuse(j, ERR_NOT_FOUND, "import.no_file", str_from(path), str_from(strerror(errno)));
    err e = j->tables(j->arg, &tables);
    if (e == ERR_OK) {
        ctx     c = io_job_ctx(j, arena_new(), tables);
        keeping k = { .name = name, .type = type };
        char   *piece = malloc(FILE_PIECE);
        ASSERT(piece);
        e = keep_all(&c, f, piece, &k);
        *id = k.id;
        free(piece);
        arena_free(c.a);
        snapshot_unpin(tables);
    }
    fclose(f);
    return e;
}
