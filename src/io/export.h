/* export.h — the formats of an export. Internal to io. */
#ifndef ZK_IO_EXPORT_H
#define ZK_IO_EXPORT_H
#include "io/sink.h"
#include "query/query.h"

typedef struct {
    io_job                  *job;
    const io_export_request *ask;
    ctx                     *c;
    query                   *q;
    sink                    *out;  /* CSV, JSON */
    const char              *path; /* XLSX */
    int64_t                  rows;
} exporting;

str export_header(const exporting *x, size_t column);
/* After each row: progress, cancelled. */
err export_count(exporting *x) MUST_USE;

err export_csv(exporting *x) MUST_USE;
err export_json(exporting *x) MUST_USE;
err export_xlsx(exporting *x) MUST_USE;
#endif
