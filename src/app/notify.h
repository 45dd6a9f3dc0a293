/* notify.h — tells the service manager how far the program is: one datagram to the socket that NOTIFY_SOCKET names, as
 * sd_notify(3) does (RUN-5). Without that variable nothing happens. */
#ifndef ZK_APP_NOTIFY_H
#define ZK_APP_NOTIFY_H

void notify_state(const char *assignments); /* "READY=1" */
#endif
