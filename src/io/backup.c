#include "io/job.h"

err io_backup(io_job *j, const entity_def *const *rooms, const char *to_path, io_copy_result *result)
{
    (void)rooms, (void)result;
    return job_refuse(j, ERR_INTERNAL, "backup.failed", str_from(to_path), (str){ 0 });
}

err io_restore(io_job *j, const entity_def *const *rooms, const char *from_path, bool overwrite, io_copy_result *result)
{
    (void)rooms, (void)result, (void)overwrite;
    return job_refuse(j, ERR_INTERNAL, "backup.failed", str_from(from_path), (str){ 0 });
}
