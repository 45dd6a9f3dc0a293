/* files.h — files: uploads spooled and put into the database in pieces, downloads read from it piece by piece. */
#ifndef ZK_API_FILES_H
#define ZK_API_FILES_H
#include "api/call.h"

err file_upload(call *k) MUST_USE;
err file_get(call *k) MUST_USE;
err file_info_get(call *k) MUST_USE;
err file_remove(call *k) MUST_USE;

/* The media type by the first bytes, never by what a client says; the name decides only among texts. */
const char *file_sniff(str head, str name);
#endif
