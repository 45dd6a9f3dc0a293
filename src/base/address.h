/* address.h — IP addresses as texts: the net that one belongs to, and lists of nets.
 * Memory: the arena's. Threads: any. */
#ifndef ZK_BASE_ADDRESS_H
#define ZK_BASE_ADDRESS_H
#include "base/arena.h"

/* Who is counted as one: an IPv4 address, the first 64 bits of an IPv6 address (a customer's own net), "::ffff:…" as the
 * IPv4 address it carries. What is no address is itself. */
str address_net(arena *a, str address);

typedef struct address_nets address_nets;
/* "127.0.0.0/8, ::1 10.1.2.3": at most ADDRESS_NETS of them, by commas or white space. False: *bad is the word that is none. */
enum { ADDRESS_NETS = 64 };
bool address_nets_read(arena *a, str text, address_nets **out, str *bad);
/* NULL is empty. */
bool address_nets_hold(const address_nets *nets, str address);
#endif
