#include "api/jobs_run.h"

bool job_format_known(str format)
{
    return str_eq(format, STR("csv")) || str_eq(format, STR("xlsx")) || str_eq(format, STR("json"));
}

void job_run(server *s, ctx *c, const job_row *job, const atomic_bool *stopping)
{
    (void)s;
    (void)c;
    (void)job;
    (void)stopping;
}
