/* html.h — small pages for people who are not signed in: no script, one style, light and dark.
 *
 * Memory: the buffer's. Everything that comes from outside goes through html_text(). */
#ifndef ZK_BASE_HTML_H
#define ZK_BASE_HTML_H
#include "base/buf.h"

void html_text(buf *b, str s); /* escaped, for text and for attributes in double quotes */
/* Up to <main>; more_style: rules beside the common ones, or NULL. language: "zh-CN". */
void html_begin(buf *b, const char *language, str title, const char *more_style);
void html_end(buf *b);
/* <TAG>escaped</TAG> and a new line; tag may bear attributes: "p class=\"quiet\"". */
void html_element(buf *b, const char *tag, str text);
#endif
