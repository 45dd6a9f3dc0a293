/* The files that travel inside the program: the web app, the texts of locale/, the shapes of api/shapes/.

   tools/embed.c writes the tables at build time, sorted by path (bytes). Without a built web app static_files holds one
   /index.html that says so.

   Units: sizes in bytes. Memory: everything is constant and lives as long as the process. Errors: none. */
#ifndef ZK_HTTP_STATIC_TABLE_H
#define ZK_HTTP_STATIC_TABLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char          *path;                  /* "/index.html", "/assets/app-1a2b3c.js" */
    const char          *type;                  /* "text/html; charset=utf-8" */
    const char          *etag;                  /* with its quotes */
    const unsigned char *plain, *gzip, *brotli; /* gzip and brotli null where the file has no such twin */
    size_t               plain_n, gzip_n, brotli_n;
    bool                 immutable; /* its name holds a hash of its bytes */
} static_file;

extern const static_file static_files[];
extern const size_t      static_file_count;

typedef struct {
    const char          *name; /* "zh-CN.json" */
    const unsigned char *bytes;
    size_t               n;
} text_file;

extern const text_file locale_files[], shape_files[];
extern const size_t    locale_file_count, shape_file_count;

#endif
