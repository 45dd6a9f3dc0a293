// Texts that have broken programs: to be written everywhere and come back, and to be sent where a program might take them for
// more than a text.

const wide = (from, to) => String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, i) => from + i))
const zalgo = [...'Zalgo comes'].map((c, i) => c + wide(0x300, 0x300 + (i % 9) * 3)).join('')

/** Kept as they are, but for what docs/api.md says of texts: trimmed, NFC, no control characters. */
export const naughty = [
  // words that are something else elsewhere
  'null', 'NULL', 'undefined', 'None', 'nil', 'true', 'false', 'NaN', 'Infinity', '-Infinity', '(null)', '[object Object]', 'new', 'delete', 'constructor', '__proto__', 'hasOwnProperty', 'toString', 'then', 'COUNT()', 'id',
  // numbers, or nearly
  '0', '00', '-0', '0.0', '1e1000', '1E-02', '0x1F', '0b11', '0o17', '1,000.00', '1.000,00', '١٢٣', '１２３', '½', '9007199254740993', '-9223372036854775808', '18446744073709551616', '1/0', '2026-02-30', '1899-12-31', '13:60', '٤٢', '1_000', '.5', '5.', '+86', '--1',
  // marks
  '!@#$%^&*()_+-=[]{}\\|;:\'",./<>?`~', "'", '"', "''", '""', '\'"\'"', '\\', '\\\\', '\\n', '\\u0000', '%', '%%', '%s%s%s%n', '%d %x %p', '{0}', '{name}', '${7*7}', '#{7*7}', '{{7*7}}', '<%= 7*7 %>', '$HOME', '`id`', '$(id)', '%PATH%', '%00', '%0d%0a', '&amp;', '&#0;', '&lt;b&gt;', 'a;b,c\td', '=1+1', '+1+1', '-1+1', '@SUM(1)', '\'=1+1', "'=quoted", '=HYPERLINK("http://x","y")', '|cmd', ';', ',', '«»„“”‚‘’', '‹›…—–‑', '™©®', '¡™£¢∞§¶•ªº–≠',
  // scripts and directions
  '张伟', '龍龜鬱', '𠮷野家', '㐂', '･ﾟ☆ﾟ･', 'ﾊﾝｶｸ', 'こんにちは', '사회과학원 어학연구소', 'Ω≈ç√∫˜µ≤≥÷', 'Ёлка', 'ЁЂЃЄ', 'Ñandú', 'İstanbul', 'ıI', 'ß', 'ſ', 'ǅ', 'ﬁ', 'Å', 'é', 'نص عربي', 'עברית', '\u202Etxt.exe\u202C', '\u2066left\u2069', 'mixed עברית and 中文', 'ଓଡ଼ିଆ', 'ไทยไม่มีช่องว่าง', 'ⰀⰁ', '\u{1D54F}\u{1D555}', zalgo,
  // pictures
  '😀', '👨‍👩‍👧‍👦', '🏳️‍🌈', '👩🏽‍💻', '🇨🇳🇩🇪', '❤️', '1️⃣', '\u{1F1E6}', '✋🏿', '🅰️',
  // what cannot be seen
  'a\u00A0b', 'a\u3000b', 'a\u200Db', 'a\u2060b', 'a\u00ADb', 'a\uFE0Fb', 'a\u2028b', 'a\uFFFCb', 'a\uFFFDb', '\u{E0001}x', '\u{10FFFD}x', '\uE000x',
  // names that systems keep for themselves, and ways out
  'CON', 'PRN', 'AUX', 'NUL', 'COM1', 'LPT9', 'con.txt', 'a.', '..', '../../etc/passwd', '..\\..\\boot.ini', '/etc/passwd', 'C:\\Windows\\x', '\\\\server\\share', 'file:///etc/passwd', '.htaccess', '~', '-rf', '--help', 'a/b', 'a:b', 'x.svg', 'x.html',
  // long
  'x'.repeat(120), '长'.repeat(120), '😀'.repeat(60), 'a '.repeat(60).trim(), zalgo.repeat(2).slice(0, 120),
  // words that filters dislike
  'Scunthorpe General', 'Lightwater', 'Dick van Dyke', "O'Reilly", 'Robert\'); DROP TABLE students;--', 'Nguyễn Thị', 'd’Artagnan', 'X Æ A-12', 'Jr.', 'select from where',
]

/** Scripts in all the ways that pages have run them. `canary(n)` is the address whose being asked would prove it. */
export const scripts = (canary) => [
  `<script src="${canary}"></script>`, `<img src=x onerror="alert(1)">`, `<img src="${canary}">`, `"><svg onload=alert(1)>`, `'><script>alert(1)</script>`, '</title><script>alert(1)</script>', '</textarea><script>alert(1)</script>', '<iframe srcdoc="<script>alert(1)</script>">',
  'javascript:alert(1)', ' javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,<script>alert(1)</script>', '<a href="javascript:alert(1)">x</a>', `<style>@import "${canary}"</style>`, '{{constructor.constructor("alert(1)")()}}', '{{_c.constructor("alert(1)")()}}', '${alert(1)}', '<svg><animate onbegin=alert(1) attributeName=x>',
  '<math><mi//xlink:href="data:x,<script>alert(1)</script>">', `<link rel=stylesheet href="${canary}">`, `<object data="${canary}">`, `<meta http-equiv=refresh content="0;url=${canary}">`, '<details open ontoggle=alert(1)>', '\u2028alert(1)', '--><script>alert(1)</script>', ']]><script>alert(1)</script>',
  `<video><source onerror="alert(1)">`, '<x onclick=alert(1)>x', `[x](javascript:alert(1))`, `![x](${canary})`, `url(${canary})`, '&lt;script&gt;alert(1)&lt;/script&gt;', '\\u003cscript\\u003ealert(1)\\u003c/script\\u003e', '%3Cscript%3Ealert(1)%3C/script%3E', `<base href="${canary}">`, '<form action=javascript:alert(1)><button>x', '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
]

/** What a program might run, open or resolve. */
export const injections = [
  // SQL
  "'", "''", '"', '`', "' OR '1'='1", "' OR 1=1 --", "') OR ('1'='1", "1' AND SLEEP(5)#", "'; DROP TABLE accounts; --", "'; SELECT pg_sleep(5); --", "1; UPDATE users SET role='administrator'", "' UNION SELECT NULL,NULL,NULL --", "' UNION SELECT password FROM users --", "1) UNION ALL SELECT 1,2,3 --", "'||(SELECT pg_sleep(5))||'", "'+randomblob(1000000000)+'", 'id; SELECT 1', '(SELECT 1)', '1 OR 1=1', '-1', '0', "\\'; --", '$1', ':me', ':1', '?1', '@x', "E'\\x27'", "'/**/OR/**/1=1", "\u02BC OR 1=1", '\uFF07 OR 1=1 --', "1 AND (SELECT COUNT(*) FROM sqlite_master) > 0", "1 AND (SELECT COUNT(*) FROM pg_catalog.pg_tables) > 0", 'id DESC; --', 'CASE WHEN 1=1 THEN id END', "name, (SELECT 1)", 'load_extension(1)', "lo_import('/etc/passwd')", "COPY x TO PROGRAM 'id'", 'ATTACH DATABASE x AS y', 'PRAGMA writable_schema=1',
  // our own language
  'id IN (SELECT id FROM user', "name = 'x' OR", 'NOT NOT NOT', '((((', "name LIKE '%'", 'owner.owner.owner.owner.owner.owner.name = 1', "password = 'x'", "login = 'admin'", 'SELECT id FROM zk_session', 'SELECT * FROM user', 'TODAY', 'LAST_N_DAYS:99999999999999999999', '99999999999999999999', '1e999', '-0', 'null', 'true', '[]', '{}', '"x"',
  // shells, templates, formats, paths, addresses
  '; id', '| id', '`id`', '$(id)', '& ping -c 9 127.0.0.1 &', '%s%s%s%s%n', '%n%n%n', '%99999999d', '${jndi:ldap://127.0.0.1/a}', '{{7*7}}', '<%= 7*7 %>', '#{7*7}', '../../../../etc/passwd', '..%2f..%2fetc%2fpasswd', '%2e%2e%2f', '....//....//', 'file:///etc/passwd', 'http://127.0.0.1:1/', 'http://[::1]/', '//127.0.0.1/', '\\\\127.0.0.1\\x', '/dev/zero', 'C:\\x', 'php://filter', 'gopher://127.0.0.1',
  // headers, logs, documents
  'x\r\nSet-Cookie: zhike_session=1', 'x\nLocation: http://x', '%0d%0aX: y', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>&a;', '<script>alert(1)</script>', '*)(uid=*))(|(uid=*', '{"$gt":""}', '[$ne]=1', '__proto__', 'constructor.prototype', "x' or name()='a", '=cmd|\' /C calc\'!A0',
  // limits
  'A'.repeat(300), '9'.repeat(400), '('.repeat(300), "'".repeat(300), '%'.repeat(300), '😀'.repeat(100), '\u202E', '\u0000', 'a\u0000b', '\uFFFF', '\uD800x',
]
