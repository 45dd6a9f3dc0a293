#include "base/html.h"

void html_text(buf *b, str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '<': buf_putz(b, "&lt;"); break;
        case '>': buf_putz(b, "&gt;"); break;
        case '&': buf_putz(b, "&amp;"); break;
        case '"': buf_putz(b, "&quot;"); break;
        default: buf_putc(b, s.p[i]);
        }
}

void html_begin(buf *b, const char *language, str title, const char *more_style)
{
    buf_printf(b, "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", language);
    buf_putz(b, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"robots\" content=\"noindex\">\n<title>");
    html_text(b, title);
    buf_putz(b, "</title>\n<style>:root{color-scheme:light dark}body{margin:0;background:Canvas;color:CanvasText;"
                "font:16px/1.5 system-ui,sans-serif}main{max-width:34rem;margin:0 auto;padding:2rem 1rem 4rem}");
    buf_putz(b, more_style ? more_style : "");
    buf_putz(b, "</style>\n</head>\n<body>\n<main>\n");
}

void html_end(buf *b)
{
    buf_putz(b, "</main>\n</body>\n</html>\n");
}

void html_element(buf *b, const char *tag, str text)
{
    buf_printf(b, "<%s>", tag);
    html_text(b, text);
    buf_printf(b, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}
