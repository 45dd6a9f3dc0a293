/* One map of the database file for all connections of the process.
 *
 * SQLite can read pages from a memory-mapped file, but each connection makes a map of its own, whose pages are faulted in
 * again for each of them, and no map goes further than 2 GiB (SQLITE_MAX_MMAP_SIZE is fixed when the library is built); every
 * page behind that is a call of pread() and a copy. Here stands a VFS that is the system's own but for one thing: it answers
 * xFetch() (https://sqlite.org/c3ref/io_methods.html) from one map for all. The map is made once and much longer than the
 * file: behind the file's end it is only address space, which becomes readable as the file grows. `known` says how far the
 * file reaches; nothing is fetched from behind it, which would be SIGBUS.
 *
 * The descriptor under a map is closed only when no connection of this process has the file open: closing any descriptor of
 * a file gives up all POSIX locks that the process has on it. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/sqlite.h"

enum { SPAN_LEAST = 1 << 28 };

typedef struct file_map file_map;
struct file_map {
    file_map              *next;
    dev_t                  device;
    ino_t                  inode;
    int                    fd;
    int                    files; /* open ones */
    unsigned char         *at;
    sqlite3_int64          span;
    _Atomic(sqlite3_int64) known;
};

/* What this VFS keeps of an open file, behind the system's own part. */
typedef struct {
    const sqlite3_io_methods *system;
    sqlite3_io_methods        methods; /* the system's, but for those below */
    file_map                 *map;
    bool                      wanted; /* PRAGMA mmap_size is not 0 */
} mapped;

static sqlite3_vfs    *below;
static sqlite3_vfs     vfs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list and of the counts in it */
static file_map       *maps;

static mapped *of(sqlite3_file *f)
{
    return (mapped *)(void *)((char *)f + vfs.szOsFile - (int)sizeof(mapped));
}

/* ---- maps ---- */
static sqlite3_int64 look(file_map *m)
{
    struct stat   st;
    sqlite3_int64 size = fstat(m->fd, &st) == 0 ? st.st_size : 0;
    if (size > m->span)
        size = m->span;
    atomic_store_explicit(&m->known, size, memory_order_release);
    return size;
}

static file_map *new_map(int fd, const struct stat *st)
{
    size_t span = (size_t)1 << (sizeof(void *) >= 8 ? 37 : 30);
    void  *at;
    while ((at = mmap(NULL, span, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0)) == MAP_FAILED && span > SPAN_LEAST)
        span /= 2; /* there may be a limit on address space */
    if (at == MAP_FAILED)
        return NULL;
    (void)madvise(at, span, MADV_DONTDUMP);
    file_map *m = db_alloc(sizeof *m);
    *m = (file_map){
        .device = st->st_dev, .inode = st->st_ino, .fd = fd, .at = at, .span = (sqlite3_int64)span, .next = maps
    };
    (void)look(m);
    return maps = m;
}

/* Only as long as the path still leads to the file that SQLite has opened. */
static file_map *find(sqlite3_file *f, const char *path)
{
    struct stat st;
    int         moved = 1;
    if (stat(path, &st) != 0 || f->pMethods->xFileControl(f, SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || moved)
        return NULL;
    file_map *m = maps;
    while (m && (m->device != st.st_dev || m->inode != st.st_ino))
        m = m->next;
    if (m)
        return m;
    struct stat opened;
    int         fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &opened) == 0 && opened.st_dev == st.st_dev && opened.st_ino == st.st_ino)
        m = new_map(fd, &st);
    if (!m)
        close(fd);
    return m;
}

static file_map *take(sqlite3_file *f, const char *path)
{
    pthread_mutex_lock(&lock);
    file_map *m = find(f, path);
    if (m)
        m->files++;
    pthread_mutex_unlock(&lock);
    return m;
}

static void give_back(file_map *m)
{
    pthread_mutex_lock(&lock);
    if (--m->files == 0) {
        file_map **at = &maps;
        while (*at != m)
            at = &(*at)->next;
        *at = m->next;
        munmap(m->at, (size_t)m->span);
        close(m->fd);
        free(m);
    }
    pthread_mutex_unlock(&lock);
}

/* ---- methods of a file ---- */
static int map_close(sqlite3_file *f)
{
    mapped   *own = of(f);
    file_map *m = own->map;
    int       code = own->system->xClose(f);
    give_back(m);
    return code;
}

static int map_fetch(sqlite3_file *f, sqlite3_int64 offset, int amount, void **out)
{
    const mapped *own = of(f);
    sqlite3_int64 end = offset + amount;
    *out = NULL;
    if (own->wanted && (end <= atomic_load_explicit(&own->map->known, memory_order_acquire) || end <= look(own->map)))
        *out = own->map->at + offset;
    return SQLITE_OK;
}

static int map_unfetch(sqlite3_file *f, sqlite3_int64 offset, void *p)
{
    (void)f;
    (void)offset;
    (void)p; /* the map stays where it is */
    return SQLITE_OK;
}

static int map_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    file_map *m = of(f)->map;
    int       code = of(f)->system->xTruncate(f, size);
    (void)look(m);
    return code;
}

static int map_control(sqlite3_file *f, int what, void *arg)
{
    mapped        *own = of(f);
    sqlite3_int64 *size = arg;
    if (what != SQLITE_FCNTL_MMAP_SIZE)
        return own->system->xFileControl(f, what, arg);
    sqlite3_int64 asked = *size;
    *size = own->wanted ? own->map->span : 0;
    if (asked >= 0)
        own->wanted = asked > 0;
    return SQLITE_OK;
}

/* ---- the VFS ---- */
static int map_open(sqlite3_vfs *self, const char *path, sqlite3_file *f, int flags, int *out)
{
    (void)self;
    int code = below->xOpen(below, path, f, flags, out);
    if (code != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB) || !path || f->pMethods->iVersion < 3)
        return code;
    mapped *own = of(f);
    *own = (mapped){ .system = f->pMethods, .methods = *f->pMethods, .map = take(f, path) };
    if (!own->map)
        return code;
    own->methods.xClose = map_close;
    own->methods.xTruncate = map_truncate;
    own->methods.xFileControl = map_control;
    own->methods.xFetch = map_fetch;
    own->methods.xUnfetch = map_unfetch;
    f->pMethods = &own->methods;
    return code;
}

void sqlite_map_register(void)
{
    below = sqlite3_vfs_find(NULL);
    vfs = *below;
    vfs.zName = "zhike";
    vfs.pNext = NULL;
    vfs.szOsFile = (below->szOsFile + 15) / 16 * 16 + (int)sizeof(mapped);
    vfs.xOpen = map_open;
    sqlite3_vfs_register(&vfs, 1);
}
