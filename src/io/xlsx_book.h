/* xlsx_book.h — what a workbook says before its rows: relations, sheets, shared strings, styles. Internal to xlsx. */
#ifndef ZK_IO_XLSX_BOOK_H
#define ZK_IO_XLSX_BOOK_H
#include "base/buf.h"
#include "io/xlsx_style.h"

typedef struct {
    char   *text; /* all strings, one after the other */
    size_t  bytes;
    size_t *ends;
    size_t  count, room;
} string_table;

enum { XLSX_SHEETS = 1000 };

typedef struct {
    arena       *a;
    package      pack;
    xlsx_sheet   sheets[XLSX_SHEETS];
    const char  *sheet_parts[XLSX_SHEETS];
    size_t       sheet_count;
    bool         epoch_1904;
    xlsx_style   style;
    string_table strings;
} book;

err  book_read(book *b, io_fault *f) MUST_USE;
str  book_string(const book *b, const char *index, bool *found);
void book_free(book *b);

/* Collects the text of <t> elements outside <rPh> (how a word is read aloud), for shared and inline strings. */
typedef struct {
    bool in_t;
    int  phonetic;
} text_run;
void text_run_start(text_run *t, const char *tag);
void text_run_end(text_run *t, const char *tag);
/* "_x000D_" → CR and the like, in place; the new length. */
size_t xlsx_unescape(char *p, size_t n);
#endif
