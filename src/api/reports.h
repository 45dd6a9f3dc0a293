/* reports.h — the views that the app draws by itself, as /meta describes them. */
#ifndef ZK_API_REPORTS_H
#define ZK_API_REPORTS_H
#include "api/call.h"

/* "reports":[…]: of the entities that the person may read. */
void put_reports(const call *k, json_writer *w);
#endif
