/* report.h — the plan of an import as JSON. Internal to import. */
#ifndef ZK_IO_REPORT_H
#define ZK_IO_REPORT_H
#include "io/plan.h"

str report_plan(const plan *p, const table_info *about, arena *a);
#endif
